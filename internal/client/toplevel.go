package client

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// snapshotJSON is the one name that a timestamp lists.
const snapshotJSON = "snapshot.json"

// updateTimestamp brings the timestamp up to date (5.4).
func (c *Client) updateTimestamp(ctx context.Context) error {
	if data, err := c.cfg.Cache.Read(metadata.TIMESTAMP); err == nil {
		// The one from last time is what the new one must not go behind. If it has expired,
		// go-tuf says so and remembers it all the same; whatever else is wrong with it,
		// there is none.
		_ = c.takeTimestamp(data)
	}
	// 5.4.1: by a name without a version, and of a bounded size.
	data, err := c.fetch(ctx, "timestamp.json", -1, c.cfg.Limits.TimeMax)
	if err != nil {
		return err
	}
	// 5.4.2 to 5.4.4: signed by a threshold; neither its version nor that of the
	// snapshot goes back; not expired.
	err = c.takeTimestamp(data)
	if errors.Is(err, &metadata.ErrEqualVersionNumber{}) {
		// 5.4.3.1: nothing is new, and the one from last time stays. It may have expired.
		if c.trusted.Timestamp.Signed.IsExpired(c.cfg.At) {
			return &refused{metadata.TIMESTAMP, errors.New("it has expired, and there is no newer one")}
		}
		return nil
	}
	if err != nil {
		return err
	}
	return c.keep(metadata.TIMESTAMP, data) // 5.4.5
}

// takeTimestamp has a timestamp judged.
func (c *Client) takeTimestamp(data []byte) error {
	var md *metadata.Metadata[metadata.TimestampType]
	if err := trust.Guard(func() (err error) { md, err = metadata.Timestamp().FromBytes(data); return }); err != nil {
		return &refused{metadata.TIMESTAMP, err}
	}
	if err := counted(metadata.TIMESTAMP, md.Signed.Version); err != nil {
		return err
	}
	if md.Signed.Meta[snapshotJSON] == nil { // go-tuf accepts that and crashes at the next file
		return &refused{metadata.TIMESTAMP, errors.New("it does not list " + snapshotJSON)}
	}
	return c.ask(metadata.TIMESTAMP, keysOf(c.trusted.Root, metadata.TIMESTAMP), data, func() error {
		_, err := c.trusted.UpdateTimestamp(data)
		return err
	})
}

// updateSnapshot brings the snapshot up to date (5.5).
func (c *Client) updateSnapshot(ctx context.Context) error {
	if data, err := c.cfg.Cache.Read(metadata.SNAPSHOT); err == nil {
		// If it is the one that the timestamp names, there is nothing to fetch. Else it is
		// what the new one must not go behind, expired or not. It was held against length
		// and hashes when it came.
		if c.takeSnapshot(data, true) == nil {
			return nil
		}
	}
	// 5.5.1: of the listed length, else of a bounded size.
	meta := c.trusted.Timestamp.Signed.Meta[snapshotJSON]
	data, err := c.fetch(ctx, c.fileName(metadata.SNAPSHOT, meta.Version), listed(meta), c.cfg.Limits.SnapMax)
	if err != nil {
		return err
	}
	// 5.5.2 to 5.5.6: the listed hashes; signed by a threshold; the version that the
	// timestamp names; no listed version goes back, and no file is gone; not expired.
	if err := c.takeSnapshot(data, false); err != nil {
		return err
	}
	return c.keep(metadata.SNAPSHOT, data) // 5.5.7
}

// takeSnapshot has a snapshot judged; one from the cache is not held against the length
// and hashes that the timestamp lists.
func (c *Client) takeSnapshot(data []byte, cached bool) error {
	var md *metadata.Metadata[metadata.SnapshotType]
	if err := trust.Guard(func() (err error) { md, err = metadata.Snapshot().FromBytes(data); return }); err != nil {
		return &refused{metadata.SNAPSHOT, err}
	}
	if err := counted(metadata.SNAPSHOT, md.Signed.Version); err != nil {
		return err
	}
	for name, meta := range md.Signed.Meta {
		if meta == nil { // go-tuf accepts that and crashes at the next snapshot
			return &refused{metadata.SNAPSHOT, fmt.Errorf("it lists %s without a version", safe.Text(name))}
		}
	}
	return c.ask(metadata.SNAPSHOT, keysOf(c.trusted.Root, metadata.SNAPSHOT), data, func() error {
		_, err := c.trusted.UpdateSnapshot(data, cached)
		return err
	})
}

// fileName is what a role's file is called on the server: with its version in front
// where snapshots are consistent (5.5.1, 5.6.1).
func (c *Client) fileName(role string, version int64) string {
	if !c.trusted.Root.Signed.ConsistentSnapshot {
		return role + ".json"
	}
	return strconv.FormatInt(version, 10) + "." + role + ".json"
}

// listed is the length that is listed for a file, or -1 when there is none.
func listed(meta *metadata.MetaFiles) int64 {
	if meta.Length > 0 {
		return meta.Length
	}
	return -1
}

// quote writes a name so that it is one element of a path on every system and no
// other name is written alike: all but letters, digits and "_.-~" is escaped.
func quote(name string) string { return strings.ReplaceAll(url.QueryEscape(name), "+", "%20") }
