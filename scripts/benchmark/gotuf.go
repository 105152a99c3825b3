package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"
)

// gotufCommand is what a program with go-tuf's client does: refresh, look each target up, and
// download it. The look-ups are one after the other, since the client is not made for
// more; downloads may be many at a time.
func gotufCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("gotuf", flag.ExitOnError)
	base := flags.String("url", "", "the repository's address")
	root := flags.String("root", "", "the trusted root")
	file := flags.String("list", "", "the list of targets")
	workers := flags.Int("n", 1, "how many downloads at a time; 1 is with the client's own fetcher, more with a tuned one")
	only := flags.Int("only", -1, "look so many targets up and download none")
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
	if *workers > 1 || *only >= 0 {
		cfg.Fetcher = tunedFetcher{ctx, &http.Client{Transport: tuned(*workers)}}
	}
	client, err := updater.New(cfg)
	if err != nil {
		return err
	}
	if err := client.Refresh(); err != nil {
		return err
	}
	if *only >= 0 {
		list = list[:min(*only, len(list))]
	}
	infos := make(chan *metadata.TargetFiles, *workers)
	wrong := make(chan error, 1)
	go func() {
		defer close(infos)
		for _, t := range list {
			info, err := client.GetTargetInfo(t.path)
			if err != nil {
				wrong <- err
				return
			}
			infos <- info
		}
		wrong <- nil
	}()
	err = spread(*workers, *workers, func() func(int) error {
		return func(int) error {
			for info := range infos {
				if *only >= 0 {
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
