package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"example.com/tufinspect/demo"
)

// Files of a repository's folder in the cache, beside its folder "repo".
const (
	stampFile = "stamp.json" // written last: what was built, and when
	rootFile  = "root.json"  // what a client trusts
	listFile  = "list"       // the targets, for those that read no metadata
)

// builderVersion grows when the same [repo] is to be built in another way.
const builderVersion = 1

// stamp tells what is in a folder of the cache.
type stamp struct {
	Builder int
	Repo    repo
	Built   time.Time
}

// fresh tells whether the folder has what it is to have, for some months more.
func fresh(dir string, r repo, now time.Time) bool {
	b, err := os.ReadFile(filepath.Join(dir, stampFile))
	if err != nil {
		return false
	}
	var s stamp
	if err := json.Unmarshal(b, &s); err != nil {
		return false
	}
	age := now.Sub(s.Built)
	return s.Builder == builderVersion && s.Repo == r && age >= 0 && age < validity/2
}

// build makes a repository's folder in the cache, in place of an older one. Target files
// that another repository of the cache has under the same path are links to it: large ones
// would otherwise be there twice.
func build(cache string, r repo, now time.Time) error {
	dir := filepath.Join(cache, r.name())
	if fresh(dir, r, now) {
		return nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	built, err := r.spec().Build()
	if err != nil {
		return err
	}
	targets := built.Targets()
	if r.Both {
		if err := linkTargets(cache, dir, built, targets); err != nil {
			return err
		}
	}
	if err := built.WriteTo(filepath.Join(dir, "repo")); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, rootFile), built.Root(1), 0o644); err != nil {
		return err
	}
	if err := writeList(filepath.Join(dir, listFile), targets); err != nil {
		return err
	}
	b, err := json.Marshal(stamp{builderVersion, r, now})
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, stampFile), b, 0o644)
}

// linkTargets links targets from the repository of the same contents that lists sha256 alone
// and names its files by it, where that is in the cache already. What is linked is taken out
// of the built repository, so that it is not written.
func linkTargets(cache, dir string, built *demo.Repository, targets []demo.Listed) error {
	for _, t := range targets {
		name := path.Join(path.Dir(t.Path), t.Hashes[demo.SHA256]+"."+path.Base(t.Path))
		found, err := filepath.Glob(filepath.Join(cache, "*", "repo", "targets", filepath.FromSlash(name)))
		if err != nil || len(found) == 0 {
			continue
		}
		for _, f := range t.Files {
			to := filepath.Join(dir, "repo", filepath.FromSlash(f))
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				return err
			}
			if err := os.Link(found[0], to); err != nil {
				if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, fs.ErrPermission) {
					continue // a file system without links
				}
				return fmt.Errorf("linking a target: %w", err)
			}
			built.Remove(f)
		}
	}
	return nil
}
