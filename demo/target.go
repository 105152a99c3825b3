package demo

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// entryKey tells contents apart: the same path in two roles is one content
// unless something about it differs.
type entryKey struct {
	path, salt string
	size       int64
	data       string
	given      bool
}

// entry is one content with its hashes.
type entry struct {
	body   body
	want   []string // algorithms
	hashes map[string]string
}

func keyOf(t Target) entryKey {
	if t.Content != nil {
		return entryKey{path: t.Path, data: string(t.Content), given: true}
	}
	return entryKey{path: t.Path, salt: t.Salt, size: t.Size}
}

// hashTargets makes the contents of all targets, hashes them on all processors,
// and stores their files.
func (b *builder) hashTargets() error {
	var order []*entry
	for _, n := range b.order {
		for _, t := range n.targets {
			if t.Size < 0 {
				return fmt.Errorf("target %q: size %d", t.Path, t.Size)
			}
			k := keyOf(t)
			e, ok := b.entries[k]
			if !ok {
				e = &entry{hashes: map[string]string{}}
				if t.Content != nil {
					e.body = body{size: int64(len(t.Content)), data: t.Content}
				} else {
					s := newStream(b.spec.Seed, t.Path, t.Salt)
					e.body = body{size: t.Size, gen: &s}
				}
				b.entries[k] = e
				order = append(order, e)
			}
			for _, a := range algorithms(t) {
				if a != SHA256 && a != SHA512 {
					return fmt.Errorf("target %q: unknown hash %q", t.Path, a)
				}
				if !slices.Contains(e.want, a) {
					e.want = append(e.want, a)
				}
			}
		}
	}
	if err := hashAll(order); err != nil {
		return err
	}
	for _, n := range b.order {
		for _, t := range n.targets {
			b.store(n.name, t)
		}
	}
	return nil
}

// hashAll hashes the entries side by side.
func hashAll(entries []*entry) error {
	var (
		next   atomic.Int64
		wg     sync.WaitGroup
		failed = make([]error, min(len(entries), runtime.GOMAXPROCS(0)))
	)
	for w := range failed {
		wg.Go(func() {
			buf := make([]byte, 128<<10)
			for {
				i := int(next.Add(1)) - 1
				if i >= len(entries) {
					return
				}
				if err := entries[i].hash(buf); err != nil {
					failed[w] = err
					return
				}
			}
		})
	}
	wg.Wait()
	for _, err := range failed {
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *entry) hash(buf []byte) error {
	sums := map[string]hash.Hash{}
	var sinks []io.Writer
	for _, a := range e.want {
		if a == SHA256 {
			sums[a] = sha256.New()
		} else {
			sums[a] = sha512.New()
		}
		sinks = append(sinks, sums[a])
	}
	// A writer with no ReadFrom keeps io.CopyBuffer to the buffer given.
	if _, err := io.CopyBuffer(struct{ io.Writer }{io.MultiWriter(sinks...)}, struct{ io.Reader }{e.body.open()}, buf); err != nil {
		return fmt.Errorf("hashing generated content: %w", err)
	}
	for a, h := range sums {
		e.hashes[a] = hex.EncodeToString(h.Sum(nil))
	}
	return nil
}

func algorithms(t Target) []string {
	if t.Hashes == nil {
		return []string{SHA256}
	}
	return t.Hashes
}

// list is the target's entry in a role.
func (b *builder) list(t Target) map[string]any {
	e := b.entries[keyOf(t)]
	hashes := map[string]any{}
	for _, a := range algorithms(t) {
		hashes[a] = e.hashes[a]
	}
	doc := map[string]any{"length": e.body.size, "hashes": hashes}
	if t.Custom != nil {
		doc["custom"] = t.Custom
	}
	return doc
}

// store puts the target's files into the repository and notes where they are.
func (b *builder) store(role string, t Target) {
	e := b.entries[keyOf(t)]
	listed := Listed{Role: role, Path: t.Path, Length: e.body.size, Hashes: map[string]string{}}
	plain := "targets/" + t.Path
	for _, a := range algorithms(t) {
		listed.Hashes[a] = e.hashes[a]
	}
	if b.spec.PlainNames {
		listed.Files = []string{plain}
	} else {
		dir, base := "targets/", t.Path
		if i := strings.LastIndexByte(t.Path, '/'); i >= 0 {
			dir, base = "targets/"+t.Path[:i+1], t.Path[i+1:]
		}
		for _, a := range slices.Sorted(maps.Keys(listed.Hashes)) {
			listed.Files = append(listed.Files, dir+listed.Hashes[a]+"."+base)
		}
	}
	if !t.Absent {
		for _, f := range listed.Files {
			// Without hashes in the names, the first role that lists a path decides.
			if _, ok := b.repo.files[f]; !ok {
				b.repo.files[f] = &file{body: e.body, plain: plain, tag: e.tag()}
			}
		}
	}
	b.repo.listed = append(b.repo.listed, listed)
}

// tag is an entity tag that no other content has.
func (e *entry) tag() string {
	for _, a := range []string{SHA256, SHA512} {
		if h, ok := e.hashes[a]; ok {
			return `"` + h[:32] + `"`
		}
	}
	return ""
}
