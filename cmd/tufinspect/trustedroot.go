package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/safe"
)

const (
	// rootLimit is the largest trusted root that is read, in bytes.
	rootLimit = 64 << 20
	// rootTimeout bounds the fetch of a trusted root given as a URL.
	rootTimeout = 30 * time.Second
)

// trustedRoot reads the root that --root names and checks it against the pins,
// before anything else is done with it.
func (f *runFlags) trustedRoot(ctx context.Context, src fetch.Source, cfg *engine.Config) error {
	if f.root == "" {
		return nil
	}
	data, err := f.readRoot(ctx, src)
	if err != nil {
		return err
	}
	cfg.Root, cfg.RootSource = data, engine.RootFile
	s256, s512 := sha256.Sum256(data), sha512.Sum512(data)
	for _, pin := range []struct{ flag, want, got string }{
		{"--root-sha256", f.sha256, hex.EncodeToString(s256[:])},
		{"--root-sha512", f.sha512, hex.EncodeToString(s512[:])},
	} {
		if pin.want == "" {
			continue
		}
		if !strings.EqualFold(pin.want, pin.got) {
			return usagef("%s: %s has %s, not %s; use the file that the pin was made of", pin.flag, f.rootPlace(), pin.got, strings.ToLower(pin.want))
		}
		cfg.RootSource = engine.RootPinned
	}
	return nil
}

// rootPlace is where the root is, as it can be printed: an address without its password.
func (f *runFlags) rootPlace() string {
	if strings.Contains(f.root, "://") {
		return fetch.Redact(f.root)
	}
	return safe.Text(f.root)
}

func (f *runFlags) readRoot(ctx context.Context, src fetch.Source) ([]byte, error) {
	if i := strings.Index(f.root, "://"); i > 0 {
		return f.fetchRoot(ctx, src)
	}
	return readFile("--root", f.root, "give a root.json or its URL", rootLimit)
}

// fetchRoot brings a root that is given as a URL. A stall ends with rootTimeout.
func (f *runFlags) fetchRoot(ctx context.Context, src fetch.Source) ([]byte, error) {
	file, err := fetch.SplitFile(f.root)
	if err != nil {
		return nil, usagef("--root: %q is not the URL of a root.json: %w", fetch.Redact(f.root), err)
	}
	ctx, cancel := context.WithTimeout(ctx, rootTimeout)
	defer cancel()
	var buf bytes.Buffer
	req := fetch.Request{File: file, Length: -1, Limit: rootLimit}
	if _, err := src.Get(ctx, req, &buf, quiet{}); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("no answer within %s", rootTimeout)
		}
		return nil, fmt.Errorf("--root: %s: %w", fetch.Redact(f.root), err)
	}
	return buf.Bytes(), nil
}

// quiet is a trace that nobody watches.
type quiet struct{}

func (quiet) Enter(fetch.Mark)       {}
func (quiet) Respond(fetch.Response) {}
func (quiet) Got(int)                {}
