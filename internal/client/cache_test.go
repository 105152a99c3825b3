package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/client"
)

func TestWhatTheCacheHoldsIsNotTrustedForBeingThere(t *testing.T) {
	// A cache whose files are no use is as good as one that has none.
	for _, c := range []struct {
		name, role string
		content    string
		asks       string
	}{
		{"a timestamp that is no JSON", "timestamp", "{", "2.root timestamp"},
		{"a timestamp of nobody's", "timestamp", `{"signed":{"_type":"timestamp","version":9,"spec_version":"1.0.0","expires":"2099-01-01T00:00:00Z","meta":{"snapshot.json":{"version":9}}},"signatures":[]}`, "2.root timestamp"},
		{"a timestamp that is empty", "timestamp", "", "2.root timestamp"},
		{"a snapshot that is no JSON", "snapshot", "[]", "2.root timestamp 1.snapshot"},
		{"a snapshot of nobody's", "snapshot", `{"signed":{"_type":"snapshot","version":9,"spec_version":"1.0.0","expires":"2099-01-01T00:00:00Z","meta":{"targets.json":{"version":9}}},"signatures":[]}`, "2.root timestamp 1.snapshot"},
		{"targets that are null", "targets", "null", "2.root timestamp 1.targets"},
		{"targets of nobody's", "targets", `{"signed":{"_type":"targets","version":1,"spec_version":"1.0.0","expires":"2099-01-01T00:00:00Z","targets":{}},"signatures":[]}`, "2.root timestamp 1.targets"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, demo.Spec{}, nil)
			w.step(step{caches: allFirst}, "first")
			if err := os.WriteFile(filepath.Join(w.cache.Dir, c.role+".json"), []byte(c.content), 0o600); err != nil {
				t.Fatal(err)
			}
			w.step(step{asks: c.asks, caches: allFirst}, "second")
		})
	}
	t.Run("a folder in the place of a file", func(t *testing.T) {
		w := newWorld(t, demo.Spec{}, nil)
		if err := os.Mkdir(filepath.Join(w.cache.Dir, "snapshot.json"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := w.client().Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), "caching snapshot") {
			t.Errorf("the error is %v", err)
		}
	})
	t.Run("a file that is longer than any", func(t *testing.T) {
		w := newWorld(t, demo.Spec{}, nil)
		w.step(step{}, "first")
		w.cache.Limit = 3000
		if err := os.WriteFile(filepath.Join(w.cache.Dir, "targets.json"), bytes.Repeat([]byte(" "), 4000), 0o600); err != nil {
			t.Fatal(err)
		}
		w.step(step{asks: "2.root timestamp 1.targets", caches: allFirst}, "second")
	})
}

// memory is a Cache and a Fetcher of what is in memory.
type memory struct {
	files map[string][]byte
	fails string // the role that cannot be written
}

func (m *memory) Read(role string) ([]byte, error) {
	if data, ok := m.files[role]; ok {
		return data, nil
	}
	return nil, fs.ErrNotExist
}

func (m *memory) Write(role string, data []byte) error {
	if role == m.fails {
		return errors.New("the disk is full")
	}
	m.files[role] = slices.Clone(data)
	return nil
}

func (m *memory) Fetch(_ context.Context, name string, length, limit int64, sink io.Writer) error {
	data, ok := m.files[name]
	switch {
	case !ok:
		return client.ErrAbsent
	case length >= 0 && int64(len(data)) != length, length < 0 && int64(len(data)) > limit:
		return fmt.Errorf("%d bytes", len(data))
	}
	_, err := sink.Write(data)
	return err
}

// inMemory gives all files of metadata of a repository.
func inMemory(t testing.TB, spec demo.Spec) *memory {
	t.Helper()
	spec.Start = published
	repo, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	m := &memory{files: map[string][]byte{}}
	for _, p := range repo.Paths() {
		if m.files[p], err = repo.ReadFile(p); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func TestACacheThatCannotBeWrittenEndsTheUpdateThere(t *testing.T) {
	for role, kept := range map[string]int{"root": 1, "timestamp": 1, "snapshot": 2, "targets": 3} {
		repo := inMemory(t, demo.Spec{Roots: 2})
		cache := &memory{files: map[string][]byte{"root": repo.files["1.root.json"]}, fails: role}
		c := client.New(client.Config{Metadata: repo, Cache: cache, At: published})
		if err := c.Refresh(t.Context()); err == nil || !strings.Contains(err.Error(), "caching "+role+": the disk is full") {
			t.Errorf("%s: the error is %v", role, err)
		}
		if len(cache.files) != kept {
			t.Errorf("%s: the cache has %d files, want %d", role, len(cache.files), kept)
		}
		if _, err := c.Find(t.Context(), "a"); err == nil {
			t.Errorf("%s: something is looked up after all", role)
		}
	}
}

func TestQuotedNamesAreOneElementEach(t *testing.T) {
	seen := map[string]string{}
	for _, name := range []string{"a", "a/b", `a\b`, "a%2Fb", "..", "../a", "", " ", "+", "%20", "a\x00b", "\xff", "ä", "a?b", "CON"} {
		dir := t.TempDir()
		f := client.Folder{Dir: dir, Limit: 100}
		if err := f.Write(name, []byte(name)); err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if data, err := f.Read(name); err != nil || string(data) != name {
			t.Errorf("%q is read as %q: %v", name, data, err)
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 1 {
			t.Fatalf("%q makes %d files: %v", name, len(entries), err)
		}
		if other, ok := seen[entries[0].Name()]; ok {
			t.Errorf("%q and %q are both called %s", name, other, entries[0].Name())
		}
		seen[entries[0].Name()] = name
	}
}

// FuzzAServedFile holds that no file makes a client panic, or keep what it does not
// accept: all that is cached is what was served, under its own role.
func FuzzAServedFile(f *testing.F) {
	spec := demo.Spec{
		Roots: 2, Meta: demo.ListNeither, Targets: []demo.Target{{Path: "top", Content: []byte("top")}},
		Delegations: []demo.Delegation{lists(role("A"), "a")},
	}
	good := inMemory(f, spec)
	names := []string{"2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json", "1.A.json"}
	roles := []string{"root", "timestamp", "snapshot", "targets", "A"}
	for i, name := range names {
		f.Add(uint8(i), good.files[name])
		f.Add(uint8(i), bytes.ReplaceAll(good.files[name], []byte(":1"), []byte(":null")))
		f.Add(uint8(i), bytes.ReplaceAll(good.files[name], []byte("keyid"), []byte("x")))
	}
	f.Fuzz(func(t *testing.T, which uint8, data []byte) {
		i := int(which) % len(names)
		served := &memory{files: map[string][]byte{}}
		for name, file := range good.files {
			served.files[name] = file
		}
		served.files[names[i]] = data
		cache := &memory{files: map[string][]byte{"root": good.files["1.root.json"]}}
		for range 2 { // the second time with what the first one left
			c := client.New(client.Config{Metadata: served, Cache: cache, At: published})
			if c.Refresh(t.Context()) == nil {
				_, _ = c.Find(t.Context(), "a")
			}
		}
		for k, name := range names {
			kept, ok := cache.files[roles[k]]
			if ok && !bytes.Equal(kept, served.files[name]) && !(k == 0 && bytes.Equal(kept, good.files["1.root.json"])) {
				t.Errorf("%s is cached as it was not served", roles[k])
			}
		}
	})
}
