// Package client is a TUF client, for tests of interoperability: it asks only for
// what a client asks for, in a client's order, and says yes or no. It is what the
// inspection, which looks at everything and explains it, is held against.
//
// The steps of the client workflow (section 5 of the TUF specification 1.0.34)
// stand in the code with their numbers. go-tuf's trustedmetadata decides what is
// accepted. This package brings it the bytes, in order and within limits, and has of
// its own only what go-tuf leaves to its client: the search through the delegations,
// with hash prefixes compared in hexadecimal as the specification says, and the
// hashes of target files. What the inspection does likewise it takes from
// internal/trust.
//
// A file of metadata is cached as it was served, byte for byte, and only after it
// was accepted. What the cache holds is never trusted for being there: it is
// verified anew each time, and what does not verify counts as not there. So a
// timestamp or a snapshot whose keys were rotated is forgotten (5.3.11), and one
// that has expired still keeps versions from going back.
//
// Nothing here starts goroutines but [Folder], for disks that do not answer. All
// calls block until they are done or their context is.
package client

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// Fetcher brings files from one base.
type Fetcher interface {
	// Fetch writes the file of this name (raw, not escaped) to sink. Length is the
	// file's exact length in bytes, or negative when it is not known; then limit is
	// the most that is read. Any other size is an error. ErrAbsent is in the error
	// when there is no such file. After an error the sink may hold a part of the file.
	Fetch(ctx context.Context, name string, length, limit int64, sink io.Writer) error
}

// ErrAbsent is in the error for a file that the server does not have, or does not
// admit to have.
var ErrAbsent = errors.New("not there")

// Cache holds the metadata that was accepted last, by the names of roles (raw).
type Cache interface {
	// Read gives a role's file. Any error counts as "there is none", except for the
	// root.
	Read(role string) ([]byte, error)
	// Write replaces a role's file. Others see the old or the new one, and no mixture.
	Write(role string, data []byte) error
}

// Config is what a client works with.
type Config struct {
	Metadata Fetcher
	Targets  Fetcher // may be nil where nothing is downloaded
	Cache    Cache
	// At is the one moment by which expiry is judged (5.1).
	At time.Time
	// Limits bound what a repository can make a client do; the zero value means
	// [trust.DefaultLimits].
	Limits trust.Limits
}

// maxDelegations is how many delegated roles a search visits at most, the same
// number as in python-tuf and go-tuf.
const maxDelegations = 32

// Client is one update of the metadata, and what is looked up after it. It is for
// one goroutine.
type Client struct {
	cfg     Config
	trusted *trustedmetadata.TrustedMetadata // nil before Refresh
}

// New makes a client.
func New(cfg Config) *Client {
	if cfg.Limits == (trust.Limits{}) {
		cfg.Limits = trust.DefaultLimits()
	}
	return &Client{cfg: cfg}
}

// Init makes a root the trusted one. It comes from the user and not from the
// repository (5.2), and it is refused at once if it is none.
func (c *Client) Init(root []byte) error {
	if _, err := c.anchor(root); err != nil {
		return err
	}
	return c.keep("root", root)
}

// Refresh updates the metadata of the top-level roles (5.2 to 5.6). The error names
// the role at which it ended; roles before it have been updated and are cached.
func (c *Client) Refresh(ctx context.Context) error {
	c.trusted = nil
	if err := c.loadRoot(); err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{c.updateRoot, c.updateTimestamp, c.updateSnapshot, c.updateTargets} {
		if err := step(ctx); err != nil {
			c.trusted = nil
			return err
		}
	}
	return nil
}

// fetch brings a file of metadata into memory.
func (c *Client) fetch(ctx context.Context, name string, length, limit int64) ([]byte, error) {
	if length > c.cfg.Limits.File {
		return nil, fmt.Errorf("%s is listed with %d bytes, and no more than %d are read", safe.Text(name), length, c.cfg.Limits.File)
	}
	var b bytes.Buffer
	if err := c.cfg.Metadata.Fetch(ctx, name, length, limit, &b); err != nil {
		return nil, fmt.Errorf("fetching %s: %w", safe.Text(name), err)
	}
	return b.Bytes(), nil
}

// keep caches a file that was accepted.
func (c *Client) keep(role string, data []byte) error {
	if err := c.cfg.Cache.Write(role, data); err != nil {
		return fmt.Errorf("caching %s: %w", safe.Text(role), err)
	}
	return nil
}

// refused is the error for a role that go-tuf does not accept.
type refused struct {
	role string
	err  error
}

func (r *refused) Error() string {
	return fmt.Sprintf("%s refused: %s", safe.Text(r.role), trust.Explain(r.err))
}

func (r *refused) Unwrap() error { return r.err }

// ask has go-tuf judge a file of which one of so many keys may have signed.
func (c *Client) ask(role string, keys int, data []byte, f func() error) error {
	err := c.cfg.Limits.Affordable(keys, len(data))
	if err == nil {
		err = trust.Guard(f)
	}
	if err != nil {
		return &refused{role, err}
	}
	return nil
}

// counted refuses versions that do not begin at one, which go-tuf does not ask.
func counted(role string, version int64) error {
	if version < 1 {
		return &refused{role, fmt.Errorf("it says that its version is %d", version)}
	}
	return nil
}
