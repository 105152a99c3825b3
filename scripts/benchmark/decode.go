package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
)

// role is a metadata file as a plain structure: what decoding it once comes to.
type role struct {
	Signatures []struct{ KeyID, Sig string }
	Signed     struct {
		Type        string `json:"_type"`
		SpecVersion string `json:"spec_version"`
		Version     int64
		Expires     string
		Meta        map[string]struct {
			Version int64
			Length  int64
			Hashes  map[string]string
		}
		Targets map[string]struct {
			Length int64
			Hashes map[string]string
		}
		Delegations *struct {
			Keys  map[string]any
			Roles []map[string]any
		}
	}
}

// decodeCommand is the floor of metadata alone: all files that the snapshot lists are fetched,
// hashed once and decoded once, and kept; nothing is verified.
func decodeCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("decode", flag.ExitOnError)
	base := flags.String("url", "", "the repository's address")
	workers := flags.Int("n", 16, "how many at a time")
	_ = flags.Parse(args) // it ends the process on an error
	client := &http.Client{Transport: tuned(*workers)}
	var snapshot role
	if err := decodeRole(ctx, client, *base+"/1.snapshot.json", &snapshot); err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(snapshot.Signed.Meta))
	roles := make([]role, len(names))
	err := spread(*workers, len(names), func() func(int) error {
		return func(i int) error {
			url := fmt.Sprintf("%s/%d.%s", *base, snapshot.Signed.Meta[names[i]].Version, names[i])
			return decodeRole(ctx, client, url, &roles[i])
		}
	})
	if err != nil {
		return err
	}
	n := 0
	for i := range roles {
		n += len(roles[i].Signed.Targets)
	}
	fmt.Println(n, "targets")
	return nil
}

func decodeRole(ctx context.Context, client *http.Client, url string, to *role) error {
	b, err := get(ctx, client, url)
	if err != nil {
		return err
	}
	if sha256.Sum256(b) == [sha256.Size]byte{} {
		return errors.New("a hash of nothing but zeros")
	}
	return json.Unmarshal(b, to)
}

// rootsCommand is the floor of rotations: one root after the other, as each one has to be
// there before its successor can be judged, until there is none.
func rootsCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("roots", flag.ExitOnError)
	base := flags.String("url", "", "the repository's address")
	_ = flags.Parse(args) // it ends the process on an error
	client := &http.Client{Transport: tuned(1)}
	for v := 2; ; v++ {
		_, err := get(ctx, client, fmt.Sprintf("%s/%d.root.json", *base, v))
		if errors.Is(err, errNotThere) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

var errNotThere = errors.New("not there")

// get fetches a file into memory.
func get(ctx context.Context, client *http.Client, url string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	switch resp.StatusCode {
	case http.StatusOK:
	case http.StatusNotFound:
		_, _ = io.Copy(io.Discard, resp.Body) // for the connection's sake
		return nil, errNotThere
	default:
		return nil, fmt.Errorf("%s: %s", url, resp.Status)
	}
	if resp.ContentLength < 0 {
		return io.ReadAll(resp.Body)
	}
	data := make([]byte, resp.ContentLength)
	_, err = io.ReadFull(resp.Body, data)
	return data, err
}
