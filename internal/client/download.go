package client

import (
	"context"
	"errors"
	"fmt"
	"hash"
	"io"

	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// Store holds target files that were downloaded and verified, by their paths (raw).
type Store interface {
	// Open gives a target file. Any error counts as "there is none".
	Open(path string) (io.ReadCloser, error)
	// Create begins a target file, which replaces the one that is there only when
	// Commit is called. Abandon is called in any case and undoes what was not committed.
	Create(path string) (Pending, error)
}

// Pending is a target file that nobody sees yet.
type Pending interface {
	io.Writer
	Commit() error
	Abandon()
}

// Download brings a target file into the store (5.7), unless it is there already. The
// metadata is updated first.
func (c *Client) Download(ctx context.Context, path string, store Store) error {
	if err := c.Refresh(ctx); err != nil {
		return err
	}
	t, err := c.Find(ctx, path) // 5.7.1, 5.7.2
	if err != nil {
		return err
	}
	if alg, unknown := trust.UnknownHash(t.Hashes); unknown {
		return fmt.Errorf("%s: a hash of a kind that clients do not know: %s", safe.Text(path), safe.Text(alg))
	}
	if stored(store, t) {
		return nil
	}
	return c.fetchTarget(ctx, t, store)
}

// stored tells whether the store has the file that is listed.
func stored(store Store, t *trust.Target) bool {
	f, err := store.Open(t.Path)
	if err != nil {
		return false
	}
	defer f.Close()
	d := newDigest(t)
	_, err = io.Copy(d, io.LimitReader(f, t.Length+1))
	return err == nil && d.matches() == nil
}

func (c *Client) fetchTarget(ctx context.Context, t *trust.Target, store Store) error {
	name := t.Path
	if c.trusted.Root.Signed.ConsistentSnapshot {
		name = trust.HashedName(name, t.Hashes[0].Sum) // 5.7.3
	}
	file, err := store.Create(t.Path)
	if err != nil {
		return fmt.Errorf("storing %s: %w", safe.Text(t.Path), err)
	}
	defer file.Abandon()
	d := newDigest(t)
	// 5.7.3: no more than the listed length is read. Every listed hash has to match.
	if err := c.cfg.Targets.Fetch(ctx, name, t.Length, t.Length, io.MultiWriter(d, file)); err != nil {
		return fmt.Errorf("fetching %s: %w", safe.Text(name), err)
	}
	if err := d.matches(); err != nil {
		return fmt.Errorf("%s refused: %w", safe.Text(t.Path), err)
	}
	if err := file.Commit(); err != nil {
		return fmt.Errorf("storing %s: %w", safe.Text(t.Path), err)
	}
	return nil
}

// digest holds a stream against what is listed of a target.
type digest struct {
	target *trust.Target
	hashes []hash.Hash
	n      int64
}

// newDigest needs a target whose hashes are all known.
func newDigest(t *trust.Target) *digest {
	d := &digest{target: t}
	for _, h := range t.Hashes {
		d.hashes = append(d.hashes, h.New())
	}
	return d
}

// Write is part of io.Writer; it never fails.
func (d *digest) Write(p []byte) (int, error) {
	for _, h := range d.hashes {
		h.Write(p)
	}
	d.n += int64(len(p))
	return len(p), nil
}

// matches gives what differs, or nil.
func (d *digest) matches() error {
	if d.n != d.target.Length {
		return fmt.Errorf("%d bytes came, and %d are listed", d.n, d.target.Length)
	}
	if len(d.hashes) == 0 {
		return errors.New("no hash is listed")
	}
	for i, h := range d.target.Hashes {
		if string(d.hashes[i].Sum(nil)) != string(h.Sum) {
			return fmt.Errorf("its %s differs from the signed one", h.Algorithm)
		}
	}
	return nil
}
