package demo_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
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
	"github.com/theupdateframework/go-tuf/v2/metadata"
)

func TestEveryListedHashHasItsCopy(t *testing.T) {
	repo := build(t, demo.Spec{Start: start, Targets: []demo.Target{
		{Path: "d/both", Size: 9000, Hashes: demo.BothHashes()},
		{Path: "only512", Size: 7, Hashes: []string{demo.SHA512}},
		{Path: "gone", Size: 7, Absent: true},
	}})
	for path, copies := range map[string]int{"d/both": 2, "only512": 1, "gone": 1} {
		l, ok := repo.Target(path)
		if !ok || len(l.Files) != copies || len(l.Hashes) != copies {
			t.Fatalf("%s: %+v", path, l)
		}
		for _, f := range l.Files {
			data, err := repo.ReadFile(f)
			if path == "gone" {
				if !errors.Is(err, demo.ErrNotThere) || !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("reading what is not there: %v", err)
				}
				continue
			}
			if err != nil || int64(len(data)) != l.Length || !sumsTo(data, l.Hashes) {
				t.Errorf("%s: %d bytes, %v", f, len(data), err)
			}
		}
	}
}

func TestGeneratedContentIsTheSameFromEveryPlace(t *testing.T) {
	repo := build(t, demo.Spec{PlainNames: true, Targets: []demo.Target{{Path: "f", Size: 10_007}}})
	whole, err := repo.ReadFile("targets/f")
	if err != nil {
		t.Fatal(err)
	}
	content, err := repo.Open("targets/f")
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []int64{0, 1, 7, 8, 9, 5000, 9_999, 10_006} {
		for _, n := range []int64{0, 1, 2, 7, 8, 9, 100} {
			n = min(n, 10_007-from)
			got := make([]byte, n)
			if _, err := content.ReadAt(got, from); err != nil || !bytes.Equal(got, whole[from:from+n]) {
				t.Errorf("%d bytes from %d differ, %v", n, from, err)
			}
		}
	}
	if _, err := content.ReadAt(make([]byte, 8), 10_000); !errors.Is(err, io.EOF) {
		t.Errorf("reading over the end: %v", err)
	}
	salted := build(t, demo.Spec{PlainNames: true, Targets: []demo.Target{{Path: "f", Size: 10_007, Salt: "x"}}})
	if other, _ := salted.ReadFile("targets/f"); bytes.Equal(other, whole) {
		t.Error("salt makes no difference")
	}
}

func TestAHugeTargetIsNotInMemory(t *testing.T) {
	repo := build(t, demo.Spec{Targets: []demo.Target{{Path: "huge", Size: 64 << 20}}})
	l, _ := repo.Target("huge")
	allocated := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			content, err := repo.Open(l.Files[0])
			if err != nil {
				b.Fatal(err)
			}
			h := sha256.New()
			if n, err := io.CopyBuffer(h, struct{ io.Reader }{content}, make([]byte, 32<<10)); err != nil || n != l.Length {
				b.Fatal(n, err)
			}
			if fmt.Sprintf("%x", h.Sum(nil)) != l.Hashes[demo.SHA256] {
				b.Fatal("other bytes than were hashed")
			}
		}
	}).AllocedBytesPerOp()
	if allocated > 1<<20 {
		t.Errorf("reading it allocates %d bytes", allocated)
	}
}

func TestBinsHoldWhatTheirPrefixesSay(t *testing.T) {
	for _, count := range []int{1, 2, 8, 16, 32, 256} {
		repo := build(t, demo.Spec{Bins: &demo.Bins{Count: count, Targets: many(200, 5)}})
		data, err := repo.ReadFile(repo.MetaFile("targets"))
		if err != nil {
			t.Fatal(err)
		}
		top, err := metadata.Targets().FromBytes(data)
		if err != nil {
			t.Fatal(err)
		}
		prefixes := map[string][]string{}
		all := map[string]bool{}
		for _, r := range top.Signed.Delegations.Roles {
			prefixes[r.Name] = r.PathHashPrefixes
			for _, p := range r.PathHashPrefixes {
				if all[p] || len(p) != len(r.PathHashPrefixes[0]) {
					t.Errorf("%d bins: prefix %s is there twice, or of another length", count, p)
				}
				all[p] = true
			}
		}
		if len(prefixes) != count || len(repo.Targets()) != 200 {
			t.Errorf("%d bins, want %d, with %d targets", len(prefixes), count, len(repo.Targets()))
		}
		for _, l := range repo.Targets() {
			hash := fmt.Sprintf("%x", sha256.Sum256([]byte(l.Path)))
			if !slices.ContainsFunc(prefixes[l.Role], func(p string) bool { return strings.HasPrefix(hash, p) }) {
				t.Errorf("%d bins: %s with hash %s is in %s %v", count, l.Path, hash[:4], l.Role, prefixes[l.Role])
			}
		}
		full := 1
		for range len(repo.Targets()[0].Role) - len("bin-") {
			full *= 16
		}
		if count > 1 && len(all) != full {
			t.Errorf("%d bins: %d prefixes, want %d", count, len(all), full)
		}
	}
}

func TestAContradictionIsAnError(t *testing.T) {
	for name, s := range map[string]demo.Spec{
		"a role defined twice":             {Delegations: []demo.Delegation{{Name: "a"}, {Name: "a"}}},
		"a role that is nowhere":           {Delegations: []demo.Delegation{{Name: "a", Same: true}}},
		"a role without a name":            {Delegations: []demo.Delegation{{}}},
		"a delegation that defines itself": {Delegations: []demo.Delegation{{Name: "targets"}}},
		"a target listed twice":            {Targets: []demo.Target{{Path: "a"}, {Path: "a", Size: 1}}},
		"a negative size":                  {Targets: []demo.Target{{Path: "a", Size: -1}}},
		"an unknown hash":                  {Targets: []demo.Target{{Path: "a", Hashes: []string{"md5"}}}},
		"three bins":                       {Bins: &demo.Bins{Count: 3}},
		"no bins":                          {Bins: &demo.Bins{}},
		"too many bins":                    {Bins: &demo.Bins{Count: 1 << 17}},
		"succinct bins beside a role":      {Delegations: []demo.Delegation{{Name: "a"}}, Bins: &demo.Bins{Count: 2, Succinct: true}},
		"negative roots":                   {Roots: -1},
		"an unknown key type":              {Keys: 99},
		"an unknown kind of signature":     {Root: demo.Role{Signatures: []demo.Signature{{By: demo.Key{Name: "x"}, Kind: 99}}}},
		"a number that JSON cannot hold":   {Root: demo.Role{Extra: map[string]any{"x": 1.5}}},
	} {
		if _, err := s.Build(); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestHooksChangeWhatTheyAreAskedTo(t *testing.T) {
	var names []string
	s := demo.Spec{Start: start, Roots: 2, Delegations: []demo.Delegation{{Name: "d/e"}},
		Tamper: func(name string, signed map[string]any) {
			names = append(names, name)
			if name == "timestamp" {
				signed["mark"] = json.RawMessage(`{"b": [1, null], "a": "x"}`)
			}
		},
		TamperFile: func(name string, file []byte) []byte {
			if name == "d/e" {
				return append(file, "\n\n"...)
			}
			return file
		},
	}
	repo := build(t, s)
	if want := []string{"1.root", "2.root", "targets", "d/e", "snapshot", "timestamp"}; !slices.Equal(names, want) {
		t.Errorf("hooks saw %v, want %v", names, want)
	}
	// The signature is over the tampered object, the parent lists the tampered file.
	if _, err := update(t, repo, serve(t, repo)); err != nil {
		t.Error(err)
	}
	data, _ := repo.ReadFile("timestamp.json")
	if !bytes.Contains(data, []byte(`"mark":{"b":[1,null],"a":"x"}`)) {
		t.Errorf("the timestamp is not tampered with: %s", data)
	}
	if data, _ = repo.ReadFile("1.d%2Fe.json"); !bytes.HasSuffix(data, []byte("}\n\n")) {
		t.Error("the file is not tampered with")
	}
	if size := fmt.Sprintf(`"d/e.json":{"hashes":{"sha256":"%x"},"length":%d,`, sha256.Sum256(data), len(data)); true {
		if snapshot, _ := repo.ReadFile("1.snapshot.json"); !bytes.Contains(snapshot, []byte(size)) {
			t.Errorf("the snapshot does not list the tampered file: %s", snapshot)
		}
	}
}

func TestARoleCanBeSignedAnew(t *testing.T) {
	spec := demo.Spec{Start: start, Meta: demo.ListNeither}
	repo := build(t, spec)
	edit := func(signed map[string]any) { signed["note"] = "<changed>" }
	if err := repo.Resign("targets", edit); err != nil {
		t.Fatal(err)
	}
	if _, err := update(t, repo, serve(t, repo)); err != nil {
		t.Errorf("signed by the same keys: %v", err)
	}
	if err := repo.ResignBy("targets", nil, demo.SignedBy(demo.Key{Name: "stranger"})...); err != nil {
		t.Fatal(err)
	}
	if _, err := update(t, repo, serve(t, repo)); err == nil {
		t.Error("signed by a stranger, and go-tuf takes it")
	}
	if data, _ := repo.ReadFile("1.targets.json"); !bytes.Contains(data, []byte("changed")) {
		t.Error("the edit is lost")
	}
	if repo.Resign("nonesuch", nil) == nil {
		t.Error("a role that is not there is signed")
	}
	if !repo.Remove("1.targets.json") || repo.Remove("1.targets.json") || repo.Resign("targets", nil) == nil {
		t.Error("removing takes the file away once")
	}
}

func TestWrittenAsAFolder(t *testing.T) {
	repo := build(t, rich())
	dir := filepath.Join(t.TempDir(), "new")
	for range 2 { // a second time over the first
		if err := repo.WriteTo(dir); err != nil {
			t.Fatal(err)
		}
	}
	var found []string
	err := fs.WalkDir(os.DirFS(dir), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		found = append(found, p)
		got, err := os.ReadFile(filepath.Join(dir, p))
		if want, _ := repo.ReadFile(p); !bytes.Equal(got, want) {
			t.Errorf("%s differs", p)
		}
		return err
	})
	slices.Sort(found)
	if err != nil || !slices.Equal(found, repo.Paths()) {
		t.Errorf("%v: %v, want %v", err, found, repo.Paths())
	}
	for _, path := range []string{"../../x", "/x", "a//b", "a/./b"} {
		outside := build(t, demo.Spec{PlainNames: true, Targets: []demo.Target{{Path: path, Size: 1}}})
		dir := filepath.Join(t.TempDir(), "a", "b")
		if err := outside.WriteTo(dir); err == nil {
			t.Errorf("%q is written", path)
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%q: something is written", path)
		}
	}
}

func TestKeyIDsAndOwners(t *testing.T) {
	one := demo.Key{Name: "k"}
	alias := demo.Key{Name: "k", ID: strings.Repeat("0", 64)}
	repo := build(t, demo.Spec{
		Root:     demo.Role{Keys: demo.OwnedKeys("root", "@ana", "@ben")},
		Snapshot: demo.Role{Keys: []demo.Key{one, alias}, Threshold: 2},
	})
	root, err := metadata.Root().FromBytes(repo.Root(1))
	if err != nil {
		t.Fatal(err)
	}
	owners := 0
	for id, k := range root.Signed.Keys {
		if k.UnrecognizedFields["x-tuf-on-ci-keyowner"] != nil {
			owners++
		}
		if got, _ := k.ID(); got != id && id != alias.ID {
			t.Errorf("key %s has the digest %s", id, got)
		}
	}
	if owners != 2 || root.Signed.Keys[alias.ID] == nil {
		t.Errorf("%d owners, keys %v", owners, root.Signed.Keys)
	}
	// One public key under two ids counts once.
	if _, err := update(t, repo, serve(t, repo)); err == nil || !strings.Contains(err.Error(), "got 1, want 2") {
		t.Errorf("go-tuf says %v", err)
	}
}
