package client_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/client"
)

func TestATargetIsDownloadedOnce(t *testing.T) {
	one := demo.Spec{Targets: []demo.Target{{Path: "dir/sub/a.txt", Content: []byte("first")}, {Path: "empty", Content: []byte{}}, {Path: "big", Size: 3 << 20}}}
	tell(t, []story{
		{
			name: "and again when it is another one",
			spec: one,
			steps: []step{
				{download: "dir/sub/a.txt", asks: asFresh + " targets/dir/sub/HASH256.a.txt"},
				{download: "dir/sub/a.txt", asks: "2.root timestamp"},
				{publish: func(s *demo.Spec) { versions(s, 2, 2, 2); s.Targets[0].Content = []byte("second") }, download: "dir/sub/a.txt", asks: "2.root timestamp 2.snapshot 2.targets targets/dir/sub/HASH256.a.txt"},
			},
		},
		{name: "one without a byte", spec: one, steps: []step{{download: "empty"}, {download: "empty", asks: "2.root timestamp"}}},
		{name: "a large one", spec: one, steps: []step{{download: "big"}, {download: "big", asks: "2.root timestamp"}}},
		{
			name: "an update alone brings no target",
			spec: one, steps: []step{{asks: asFresh}},
		},
	})
	t.Run("what is stored and was changed is fetched again", func(t *testing.T) {
		w := newWorld(t, one, nil)
		w.step(step{download: "dir/sub/a.txt"}, "first")
		for _, content := range []string{"fyrst", "first and more", ""} {
			w.scribble(content)
			w.step(step{download: "dir/sub/a.txt", asks: "2.root timestamp targets/dir/sub/HASH256.a.txt"}, content)
			if got := w.stored(); !slices.Equal(got, []string{"first"}) {
				t.Errorf("after %q the store has %q", content, got)
			}
		}
	})
}

// scribble overwrites the only stored file.
func (w *world) scribble(content string) {
	w.t.Helper()
	entries, err := os.ReadDir(w.store.Dir)
	if err != nil || len(entries) != 1 {
		w.t.Fatalf("the store has %d files: %v", len(entries), err)
	}
	if err := os.WriteFile(filepath.Join(w.store.Dir, entries[0].Name()), []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func TestASubstitutedTargetIsRefused(t *testing.T) {
	spec := demo.Spec{PlainNames: true, Targets: []demo.Target{{Path: "a", Content: []byte("a as signed")}, {Path: "b", Content: []byte("b as signed")}}}
	for name, other := range map[string]string{
		"of the same length": "A AS SIGNED",
		"longer":             "a as signed, and more",
		"shorter":            "a as",
		"empty":              "",
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, spec, nil)
			w.step(step{download: "a", asks: "2.root timestamp snapshot targets targets/a"}, "first")
			substitute := func(r *demo.Repository) {
				r.Set("targets/a", []byte(other))
				r.Set("targets/b", []byte(other))
			}
			w.step(step{change: substitute, download: "a", asks: "2.root timestamp"}, "the stored one is still good")
			w.step(step{download: "b", fails: "b", asks: "2.root timestamp targets/b"}, "the other one is refused")
			if got := w.stored(); !slices.Equal(got, []string{"a as signed"}) {
				t.Errorf("the store has %q", got)
			}
		})
	}
}

func TestATargetThatChangesAgainAndAgain(t *testing.T) {
	w := newWorld(t, demo.Spec{Targets: []demo.Target{{Path: "a", Content: []byte("content 0")}}}, nil)
	w.step(step{download: "a"}, "begin")
	for i := int64(2); i < 12; i++ {
		content := fmt.Sprintf("content %d", i)
		w.step(step{publish: func(s *demo.Spec) { versions(s, i, i, i); s.Targets[0].Content = []byte(content) }, download: "a"}, content)
		w.step(step{change: func(r *demo.Repository) {
			for _, p := range r.Paths() {
				if strings.HasPrefix(p, "targets/") {
					r.Set(p, []byte("replaced"))
				}
			}
		}, download: "a", asks: "2.root timestamp"}, content+", replaced on the server")
		if got := w.stored(); !slices.Equal(got, []string{content}) {
			t.Errorf("the store has %q, want %q", got, content)
		}
	}
}

func TestHashesOfTargets(t *testing.T) {
	with := func(hashes ...string) demo.Spec {
		return demo.Spec{Targets: []demo.Target{{Path: "a", Content: []byte("content"), Hashes: hashes}}}
	}
	listed := func(change func(hashes map[string]any), hashes ...string) demo.Spec {
		s := with(hashes...)
		s.Tamper = demo.OnRole("targets", func(signed map[string]any) { change(demo.Sub(signed, "targets", "a", "hashes")) })
		return s
	}
	tell(t, []story{
		{name: "sha256", spec: with(demo.SHA256), steps: []step{{download: "a", asks: asFresh + " targets/HASH256.a"}}},
		{name: "sha512", spec: with(demo.SHA512), steps: []step{{download: "a", asks: asFresh + " targets/HASH512.a"}}},
		{name: "both: either copy is the file", spec: with(demo.BothHashes()...), steps: []step{{download: "a", asks: asFresh + " targets/HASH256.a"}}},
		{
			name: "both have to match", spec: listed(func(h map[string]any) { h["sha512"] = strings.Repeat("00", 64) }, demo.BothHashes()...),
			steps: []step{{download: "a", fails: "a refused: its sha512 differs from the signed one"}},
		},
		{
			name: "one that nobody knows beside one that is right", spec: listed(func(h map[string]any) { h["crc32"] = "00000000" }, demo.SHA256),
			steps: []step{{download: "a", fails: "a hash of a kind that clients do not know: crc32", asks: asFresh}},
		},
		{
			name: "only one that nobody knows", spec: listed(func(h map[string]any) { delete(h, "sha256"); h["md5"] = "00" }, demo.SHA256),
			steps: []step{{download: "a", fails: "a hash of a kind that clients do not know: md5", asks: asFresh}},
		},
		{
			name: "none", spec: listed(func(h map[string]any) { delete(h, "sha256") }, demo.SHA256),
			steps: []step{{download: "a", fails: "refused"}},
		},
		{
			name: "one that is too short to be one", spec: listed(func(h map[string]any) { h["sha256"] = "00" }, demo.SHA256),
			steps: []step{{download: "a", fails: "fetching 00.a"}},
		},
	})
}

func TestATargetThatDoesNotComeWholeIsNotStored(t *testing.T) {
	spec := demo.Spec{Targets: []demo.Target{{Path: "a", Size: 5000}}}
	for name, fault := range map[string]demo.Fault{
		"cut off":  {Kind: demo.Short, After: 1000},
		"too long": {Kind: demo.Long},
		"endless":  {Kind: demo.Endless},
		"corrupt":  {Kind: demo.Corrupt, After: 100},
		"missing":  {Kind: demo.Status, Status: 404},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, spec, nil)
			w.step(step{faults: map[string]demo.Fault{"targets/a": fault}, download: "a", fails: "a", asks: asFresh + " targets/HASH256.a"}, name)
			if got := w.stored(); len(got) != 0 {
				t.Errorf("the store has %d files", len(got))
			}
			w.server.ClearFault("targets/a")
			w.step(step{download: "a", asks: "2.root timestamp targets/HASH256.a"}, "once it is well again")
		})
	}
}

func TestUnusualNamesOfTargets(t *testing.T) {
	for _, path := range []string{"a b", "q?x", "a#b", "100%", "a+b", "ü/ö", `a\b`, "%2e", "a:b", ".hidden", "a/.b", "CON", "aux.txt", "nul/b", "com1.tar.gz", "a.", "a ", "a. .", `C:\x`} {
		tell(t, []story{{
			name: fmt.Sprintf("%q", path), spec: demo.Spec{Targets: []demo.Target{{Path: path, Content: []byte("x")}}},
			steps: []step{{download: path}, {download: path, asks: "2.root timestamp"}},
		}})
	}
	for _, path := range []string{"../a", "a/../../b", "..", "/a"} {
		t.Run(fmt.Sprintf("%q leads nowhere else", path), func(t *testing.T) {
			w := newWorld(t, demo.Spec{Targets: []demo.Target{{Path: path, Content: []byte("x")}}}, nil)
			_ = w.client().Download(t.Context(), path, w.store) // whatever becomes of it
			entries, err := os.ReadDir(filepath.Dir(w.store.Dir))
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if e.Name() != "metadata" && e.Name() != "targets" {
					t.Errorf("there is a file %s now", e.Name())
				}
			}
		})
	}
}

// Not even while it is on its way: who is killed then would leave it there.
func TestATargetCalledLikeAFolderIsAFileInTheStore(t *testing.T) {
	for _, path := range []string{".", "..", "../..", "...", "/"} {
		store := client.Files{Dir: filepath.Join(t.TempDir(), "targets")}
		file, err := store.Create(path)
		if err != nil {
			t.Fatalf("%q: %v", path, err)
		}
		if entries, err := os.ReadDir(store.Dir); err != nil || len(entries) != 1 {
			t.Errorf("%q: the store has %v, %v while it comes", path, entries, err)
		}
		if err := file.Commit(); err != nil {
			t.Errorf("%q: %v", path, err)
		}
		file.Abandon()
		if f, err := store.Open(path); err != nil {
			t.Errorf("%q: %v", path, err)
		} else {
			f.Close()
		}
	}
}
