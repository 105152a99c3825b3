package main

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"flag"
	"fmt"
	"hash"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// tuned is the transport of the floor and of go-tuf's tuned client: connections are kept
// for all workers, and nothing is decoded.
func tuned(workers int) *http.Transport {
	return &http.Transport{
		MaxIdleConns: workers, MaxIdleConnsPerHost: workers, MaxConnsPerHost: workers,
		DisableCompression: true, ReadBufferSize: 16 << 10,
	}
}

// floorCommand fetches and hashes all files of a list, with nothing else: what no program in
// this language that does more can be expected to beat.
func floorCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("floor", flag.ExitOnError)
	base := flags.String("url", "", "the repository's address")
	file := flags.String("list", "", "the list of targets")
	workers := flags.Int("n", 16, "how many at a time")
	trips := flags.Int("behind", 0, "how many requests to make before, one after the other")
	_ = flags.Parse(args) // it ends the process on an error
	list, err := readList(*file)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: tuned(*workers)}
	for range *trips {
		if _, err := get(ctx, client, *base+"/timestamp.json"); err != nil {
			return err
		}
	}
	return spread(*workers, len(list), func() func(i int) error {
		f := newHasher()
		return func(i int) error { return f.fetch(ctx, client, *base+"/"+list[i].file, list[i]) }
	})
}

// spread does n things on so many goroutines, each with a function of its own that worker
// makes. It stops at the first error.
func spread(workers, n int, worker func() func(i int) error) error {
	var (
		next atomic.Int64
		wg   sync.WaitGroup
		once sync.Once
		bad  error
	)
	for range min(workers, n) {
		wg.Go(func() {
			do := worker()
			for {
				i := int(next.Add(1)) - 1
				if i >= n {
					return
				}
				if err := do(i); err != nil {
					once.Do(func() { bad = err })
					next.Store(int64(n))
					return
				}
			}
		})
	}
	wg.Wait()
	return bad
}

// hasher is what one goroutine keeps from file to file.
type hasher struct {
	buf            []byte
	sha256, sha512 hash.Hash
	both           io.Writer
}

func newHasher() *hasher {
	h := &hasher{buf: make([]byte, 64<<10), sha256: sha256.New(), sha512: sha512.New()}
	h.both = io.MultiWriter(h.sha256, h.sha512)
	return h
}

// fetch streams one file into its hashes and compares them.
func (h *hasher) fetch(ctx context.Context, client *http.Client, url string, t listed) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, resp.Status)
	}
	var sink io.Writer = h.sha256
	h.sha256.Reset()
	if t.sha512 != "" {
		h.sha512.Reset()
		sink = h.both
	}
	// Without a ReadFrom or a WriteTo, io.CopyBuffer keeps to the buffer given.
	n, err := io.CopyBuffer(struct{ io.Writer }{sink}, struct{ io.Reader }{resp.Body}, h.buf)
	if err != nil {
		return fmt.Errorf("%s: %w", url, err)
	}
	if n != t.length || hex.EncodeToString(h.sha256.Sum(nil)) != t.sha256 ||
		t.sha512 != "" && hex.EncodeToString(h.sha512.Sum(nil)) != t.sha512 {
		return fmt.Errorf("%s is not what is listed", url)
	}
	return nil
}
