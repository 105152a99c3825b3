package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"
)

// gotufCommand is what a program with go-tuf's client does: refresh, look each target up, and
// download it. The look-ups are one after the other, since the client is not made for
// more; downloads may be many at a time, and then over kept connections.
func gotufCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("gotuf", flag.ExitOnError)
	base := flags.String("url", "", "the repository's address")
	root := flags.String("root", "", "the trusted root")
	file := flags.String("list", "", "the list of targets")
	workers := flags.Int("n", 1, "how many downloads at a time; 1 is with the client's own fetcher, more with a tuned one")
	lookup := flags.Int("lookup", -1, "look so many targets up, or load all by hand, and download none")
	byHand := flags.Bool("walk", false, "load all delegated roles in place of looking targets up")
	_ = flags.Parse(args) // it ends the process on an error
	trusted, err := os.ReadFile(*root)
	if err != nil {
		return err
	}
	list, err := readList(*file)
	if err != nil {
		return err
	}
	cfg, err := config.New(*base, trusted)
	if err != nil {
		return err
	}
	cfg.DisableLocalCache = true
	cfg.SnapshotMaxLength, cfg.TargetsMaxLength = 1<<30, 1<<30
	cfg.MaxDelegations = 1 << 20
	if *workers > 1 {
		cfg.Fetcher = tunedFetcher{ctx, &http.Client{Transport: tuned(*workers)}}
	}
	client, err := updater.New(cfg)
	if err != nil {
		return err
	}
	if err := client.Refresh(); err != nil {
		return err
	}
	if *lookup >= 0 {
		list = list[:min(*lookup, len(list))]
	}
	infos := make(chan *metadata.TargetFiles, *workers)
	wrong := make(chan error, 1)
	find := func() error {
		if *byHand {
			found, err := walk(client, func(file string) ([]byte, error) {
				return cfg.Fetcher.DownloadFile(*base+"/"+file, 1<<30, 0)
			}, *workers)
			for _, info := range found {
				infos <- info
			}
			return err
		}
		for _, t := range list {
			info, err := client.GetTargetInfo(t.path)
			if err != nil {
				return err
			}
			infos <- info
		}
		return nil
	}
	go func() {
		defer close(infos)
		wrong <- find()
	}()
	err = spread(*workers, *workers, func() func(int) error {
		return func(int) error {
			for info := range infos {
				if *lookup >= 0 {
					continue
				}
				if _, _, err := client.DownloadTarget(info, "unused", ""); err != nil {
					return err
				}
			}
			return nil
		}
	})
	if err != nil {
		return err // the process ends, and the other goroutine with it
	}
	return <-wrong
}

// tunedFetcher brings files for go-tuf over connections that are kept.
type tunedFetcher struct {
	ctx    context.Context
	client *http.Client
}

// DownloadFile is part of go-tuf's fetcher.
func (f tunedFetcher) DownloadFile(url string, limit int64, _ time.Duration) ([]byte, error) {
	req, err := http.NewRequestWithContext(f.ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := f.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, &metadata.ErrDownloadHTTP{StatusCode: resp.StatusCode, URL: url}
	}
	if resp.ContentLength > limit {
		return nil, fmt.Errorf("%s has %d bytes, not %d", url, resp.ContentLength, limit)
	}
	if resp.ContentLength < 0 {
		return nil, errors.New(url + " has no length")
	}
	b := make([]byte, resp.ContentLength)
	_, err = io.ReadFull(resp.Body, b)
	return b, err
}

// walk loads all roles that the top one delegates to, and gives what they list: what a program
// does by hand whose targets are in hash bins, since go-tuf's own look-up compares their
// prefixes with another encoding of the hash, and does not find them.
func walk(client *updater.Updater, fetch func(file string) ([]byte, error), workers int) ([]*metadata.TargetFiles, error) {
	trusted := client.GetTrustedMetadataSet()
	top := trusted.Targets[metadata.TARGETS].Signed.Delegations
	if top == nil {
		return nil, errors.New("the top role delegates to none")
	}
	files := make([][]byte, len(top.Roles))
	err := spread(workers, len(files), func() func(int) error {
		return func(i int) (err error) {
			name := top.Roles[i].Name + ".json"
			files[i], err = fetch(fmt.Sprintf("%d.%s", trusted.Snapshot.Signed.Meta[name].Version, name))
			return err
		}
	})
	if err != nil {
		return nil, err
	}
	var found []*metadata.TargetFiles
	for i, b := range files {
		role, err := trusted.UpdateDelegatedTargets(b, top.Roles[i].Name, metadata.TARGETS)
		if err != nil {
			return nil, err
		}
		files[i] = nil
		found = slices.AppendSeq(found, maps.Values(role.Signed.Targets))
	}
	return found, nil
}
