package mutant

import (
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"
)

// Client is go-tuf's client, new, with nothing remembered.
type Client struct {
	c  *Case
	up *updater.Updater
}

// base is an address that nothing listens at.
const base = "http://repository.invalid"

// Client makes a client of the case. It reads nothing but the case.
func (c *Case) Client() (client *Client, err error) {
	client = &Client{c: c}
	err = guarded(func() error {
		cfg, err := config.New(base, c.Root)
		if err != nil {
			return err
		}
		cfg.Fetcher = client
		cfg.DisableLocalCache = true
		cfg.LocalMetadataDir = "\x00" // no file system has it
		client.up, err = updater.New(cfg)
		if err == nil {
			client.up.UnsafeSetRefTime(c.At)
		}
		return err
	})
	return client, err
}

// Refresh does the top-level roles.
func (c *Client) Refresh() error { return guarded(c.up.Refresh) }

// Target searches for a path, and refreshes before if that has not been done.
func (c *Client) Target(path string) (t *metadata.TargetFiles, err error) {
	err = guarded(func() error { t, err = c.up.GetTargetInfo(path); return err })
	return t, err
}

// Accepted are the targets roles that it has accepted on its ways so far, sorted.
func (c *Client) Accepted() []string {
	return slices.Sorted(maps.Keys(c.up.GetTrustedMetadataSet().Targets))
}

// DownloadFile is go-tuf's Fetcher.
func (c *Client) DownloadFile(address string, most int64, _ time.Duration) ([]byte, error) {
	name := strings.TrimPrefix(address, base+"/")
	data, status := c.c.Get(name)
	switch {
	case status != http.StatusOK:
		return nil, &metadata.ErrDownloadHTTP{StatusCode: status, URL: address}
	case int64(len(data)) > most:
		return nil, &metadata.ErrDownloadLengthMismatch{Msg: fmt.Sprintf("%s: more than %d bytes", name, most)}
	}
	return data, nil
}

// guarded turns a panic of go-tuf into an error.
func guarded(f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("go-tuf panicked: %v", v)
		}
	}()
	return f()
}

// Download searches for a path and fetches the target under each of its names, of which
// go-tuf's client takes one by chance.
func (c *Client) Download(path string) error {
	t, err := c.Target(path)
	if err != nil {
		return err
	}
	return guarded(func() error {
		names := []string{path}
		if set := c.up.GetTrustedMetadataSet(); set.Root.Signed.ConsistentSnapshot {
			names = names[:0]
			dir, file := "", path
			if i := strings.LastIndexByte(path, '/'); i >= 0 {
				dir, file = path[:i+1], path[i+1:]
			}
			for _, sum := range t.Hashes {
				names = append(names, dir+hex.EncodeToString(sum)+"."+file)
			}
		}
		for _, name := range names {
			data, err := c.DownloadFile(base+"/targets/"+name, t.Length, 0)
			if err != nil {
				return err
			}
			if err := t.VerifyLengthHashes(data); err != nil {
				return err
			}
		}
		return nil
	})
}
