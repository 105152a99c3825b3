package client

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"example.com/tufinspect/internal/trust"
)

// loadRoot starts from the trusted root (5.2). Its expiry does not matter here.
func (c *Client) loadRoot() error {
	data, err := c.cfg.Cache.Read(metadata.ROOT)
	if err != nil {
		return fmt.Errorf("no trusted root: %w", err)
	}
	c.trusted, err = c.anchor(data)
	return err
}

// anchor begins a set of trusted metadata with a root that signs itself.
func (c *Client) anchor(data []byte) (trusted *trustedmetadata.TrustedMetadata, err error) {
	md, err := parseRoot(data)
	if err != nil {
		return nil, err
	}
	err = c.ask(metadata.ROOT, keysOf(md, metadata.ROOT), data, func() (err error) {
		trusted, err = trustedmetadata.New(data)
		return err
	})
	if err != nil {
		return nil, err
	}
	trusted.RefTime = c.cfg.At // 5.1
	return trusted, nil
}

// parseRoot reads a root without judging it.
func parseRoot(data []byte) (md *metadata.Metadata[metadata.RootType], err error) {
	if err := trust.Guard(func() (err error) { md, err = metadata.Root().FromBytes(data); return }); err != nil {
		return nil, &refused{metadata.ROOT, err}
	}
	return md, counted(metadata.ROOT, md.Signed.Version)
}

// keysOf is how many keys a root names for a role.
func keysOf(root *metadata.Metadata[metadata.RootType], role string) int {
	if r := root.Signed.Roles[role]; r != nil {
		return len(r.KeyIDs)
	}
	return 0
}

// updateRoot follows the chain of roots to its end (5.3).
func (c *Client) updateRoot(ctx context.Context) error {
	for range c.cfg.Limits.Roots {
		more, err := c.nextRoot(ctx)
		if err != nil {
			return err
		}
		if more {
			continue
		}
		// 5.3.10: the last root must not have expired. Those before it may have.
		if root := c.trusted.Root; root.Signed.IsExpired(c.cfg.At) {
			return &refused{metadata.ROOT, fmt.Errorf("version %d, the last one, has expired", root.Signed.Version)}
		}
		// 5.3.11: where the keys of timestamp or snapshot were rotated, the cached files
		// are to be forgotten. They are: they do not verify any more.
		return nil
	}
	// Going on with a root that may not be the last would use keys that may have been
	// revoked. Those that were accepted are cached.
	return fmt.Errorf("%d new versions of the root and no end; the next update goes on from version %d", c.cfg.Limits.Roots, c.trusted.Root.Signed.Version)
}

// nextRoot goes from root N to N+1, and tells whether there is one.
func (c *Client) nextRoot(ctx context.Context) (bool, error) {
	before := c.trusted.Root
	// 5.3.2, 5.3.3: always by a name with a version, and of a bounded size.
	name := strconv.FormatInt(before.Signed.Version+1, 10) + ".root.json"
	data, err := c.fetch(ctx, name, -1, c.cfg.Limits.RootMax)
	if errors.Is(err, ErrAbsent) {
		return false, nil // on to 5.3.10
	}
	if err != nil {
		return false, err
	}
	md, err := parseRoot(data)
	if err != nil {
		return false, err
	}
	// 5.3.4: signed by a threshold of N's keys and by a threshold of its own. 5.3.5: its
	// version is N+1, exactly. 5.3.6: its own expiry does not matter yet.
	keys := keysOf(before, metadata.ROOT) + keysOf(md, metadata.ROOT)
	err = c.ask(metadata.ROOT, keys, data, func() error { _, err := c.trusted.UpdateRoot(data); return err })
	if err != nil {
		return false, err
	}
	return true, c.keep(metadata.ROOT, data) // 5.3.7, 5.3.8
}
