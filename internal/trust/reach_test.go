package trust

import (
	"fmt"
	"math/rand/v2"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"

	"example.com/tufinspect/demo"
)

func TestReach(t *testing.T) {
	same := []demo.Target{{Path: "f", Content: []byte("one")}}
	for _, c := range []struct {
		name       string
		spec       demo.Spec
		edit       func(t *testing.T, r *demo.Repository)
		role, path string
		want       Reach // without Why
	}{
		{"in targets itself", demo.Spec{Targets: target("f")}, nil, "targets", "f", Reach{State: Found, By: "targets"}},
		{"through a delegation", demo.Spec{Delegations: []demo.Delegation{leaf("a")}}, nil, "a", "a/f", Reach{State: Found, By: "a"}},
		{"a pattern that does not cover it", demo.Spec{Delegations: []demo.Delegation{{Name: "a", Paths: []string{"b/*"}, Targets: target("a/f")}}}, nil, "a", "a/f", Reach{State: Undelegated}},
		{"a star does not cross a slash", demo.Spec{Delegations: []demo.Delegation{{Name: "a", Paths: []string{"*", "a/*"}, Targets: target("a/b/f")}}}, nil, "a", "a/b/f", Reach{State: Undelegated}},
		{"a question mark is one character", demo.Spec{Delegations: []demo.Delegation{{Name: "a", Paths: []string{"a/?"}, Targets: target("a/ü")}}}, nil, "a", "a/ü", Reach{State: Found, By: "a"}},
		{"a malformed pattern covers nothing", demo.Spec{Delegations: []demo.Delegation{{Name: "a", Paths: []string{"["}, Targets: target("[")}}}, nil, "a", "[", Reach{State: Undelegated}},
		{"the delegator lists it first", demo.Spec{Targets: target("f"), Delegations: []demo.Delegation{{Name: "a", Paths: []string{"*"}, Targets: []demo.Target{{Path: "f", Size: 9}}}}}, nil, "a", "f", Reach{State: Shadowed, By: "targets"}},
		{"an earlier role lists the same", demo.Spec{Delegations: []demo.Delegation{{Name: "a", Paths: []string{"*"}, Targets: same}, {Name: "b", Paths: []string{"*"}, Targets: same}}}, nil, "b", "f", Reach{State: Shadowed, By: "a", Same: true}},
		{"the order of appearance decides", demo.Spec{Delegations: []demo.Delegation{{Name: "b", Paths: []string{"*"}, Targets: same}, {Name: "a", Paths: []string{"*"}, Targets: same}}}, nil, "b", "f", Reach{State: Found, By: "b"}},
		{"what the first delegates to comes before the second", demo.Spec{Delegations: []demo.Delegation{
			{Name: "a", Paths: []string{"*"}, Delegations: []demo.Delegation{{Name: "c", Paths: []string{"*"}, Targets: same}}}, {Name: "b", Paths: []string{"*"}, Targets: same}}}, nil, "b", "f", Reach{State: Shadowed, By: "c", Same: true}},
		{"a terminating delegation ends the search", demo.Spec{Delegations: []demo.Delegation{{Name: "a", Paths: []string{"*"}, Terminating: true}, {Name: "b", Paths: []string{"*"}, Targets: same}}}, nil, "b", "f", Reach{State: Terminated, By: "a"}},
		{"a terminating delegation deeper down ends it too", demo.Spec{Delegations: []demo.Delegation{
			{Name: "a", Paths: []string{"*"}, Delegations: []demo.Delegation{{Name: "c", Paths: []string{"*"}, Terminating: true}}}, {Name: "b", Paths: []string{"*"}, Targets: same}}}, nil, "b", "f", Reach{State: Terminated, By: "c"}},
		{"a terminating delegation that hides nothing is not the reason", demo.Spec{Delegations: []demo.Delegation{{Name: "a", Paths: []string{"*"}, Terminating: true}, {Name: "b", Paths: []string{"x"}, Targets: same}}}, nil, "b", "f", Reach{State: Undelegated}},
		{"what is below a role that a terminating delegation hides", demo.Spec{Delegations: []demo.Delegation{
			{Name: "a", Paths: []string{"?"}, Terminating: true}, {Name: "b", Paths: []string{"*"}, Delegations: []demo.Delegation{{Name: "c", Paths: []string{"f"}, Targets: same}}}}}, nil, "c", "f", Reach{State: Terminated, By: "a"}},
		{"the first of two terminating delegations hides it", demo.Spec{Delegations: []demo.Delegation{
			{Name: "a", Paths: []string{"*"}, Terminating: true, Delegations: []demo.Delegation{{Name: "c", Paths: []string{"*"}, Terminating: true}, {Name: "d", Paths: []string{"*"}}}}, {Name: "b", Paths: []string{"*"}, Targets: same}}}, nil, "b", "f", Reach{State: Terminated, By: "a"}},
		{"bins end a search as terminating delegations do", demo.Spec{Delegations: []demo.Delegation{
			{Name: "a", Paths: []string{"*"}, Bins: &demo.Bins{Count: 2, Succinct: true}}, {Name: "b", Paths: []string{"*"}, Targets: same}}}, nil, "b", "f", Reach{State: Terminated, By: "bin-" + binOf("f")}},
		{"a diamond that is accepted on the edge that the search comes over", demo.Spec{Delegations: []demo.Delegation{
			{Name: "a", Paths: []string{"*"}, Delegations: []demo.Delegation{{Name: "x", Paths: []string{"*"}, Targets: same}}}, {Name: "b", Paths: []string{"*"}, Delegations: []demo.Delegation{{Name: "x", Same: true, Role: demo.Role{Keys: []demo.Key{{Name: "other"}}}, Paths: []string{"*"}}}}}}, nil, "x", "f", Reach{State: Found, By: "x"}},
		{"a diamond that is refused on the edge that the search comes over", demo.Spec{Delegations: []demo.Delegation{
			{Name: "b", Paths: []string{"*"}, Delegations: []demo.Delegation{{Name: "x", Same: true, Role: demo.Role{Keys: []demo.Key{{Name: "other"}}}, Paths: []string{"*"}}}}, {Name: "a", Paths: []string{"*"}, Delegations: []demo.Delegation{{Name: "x", Paths: []string{"*"}, Targets: same}}}}}, nil, "x", "f", Reach{State: Broken, By: "x"}},
		{"a terminating delegation for other paths does not", demo.Spec{Delegations: []demo.Delegation{{Name: "a", Paths: []string{"x"}, Terminating: true}, {Name: "b", Paths: []string{"*"}, Targets: same}}}, nil, "b", "f", Reach{State: Found, By: "b"}},
		{"a missing role breaks the search", demo.Spec{Delegations: []demo.Delegation{leaf("x"), {Name: "a", Paths: []string{"*"}}, {Name: "b", Paths: []string{"*"}, Targets: same}}},
			func(_ *testing.T, r *demo.Repository) { r.Remove("1.a.json") }, "b", "f", Reach{State: Broken, By: "a"}},
		{"a missing role for other paths does not", demo.Spec{Delegations: []demo.Delegation{{Name: "a", Paths: []string{"x/*"}}, {Name: "b", Paths: []string{"*"}, Targets: same}}},
			func(_ *testing.T, r *demo.Repository) { r.Remove("1.a.json") }, "b", "f", Reach{State: Found, By: "b"}},
		{"a missing role after the one that lists it does not", demo.Spec{Delegations: []demo.Delegation{{Name: "b", Paths: []string{"*"}, Targets: same}, {Name: "a", Paths: []string{"*"}}}},
			func(_ *testing.T, r *demo.Repository) { r.Remove("1.a.json") }, "b", "f", Reach{State: Found, By: "b"}},
		{"a cycle is gone through once", demo.Spec{Delegations: []demo.Delegation{{Name: "a", Paths: []string{"*"}, Delegations: []demo.Delegation{{Name: "a", Same: true, Paths: []string{"*"}}, {Name: "c", Paths: []string{"*"}, Targets: same}}}}}, nil, "c", "f", Reach{State: Found, By: "c"}},
		{"hash prefixes of mixed lengths", demo.Spec{Delegations: []demo.Delegation{{Name: "a", PathHashPrefixes: []string{"00", pathDigest("f")[:3]}, Targets: same}, {Name: "b", PathHashPrefixes: []string{pathDigest("f")[:1]}}}}, nil, "a", "f", Reach{State: Found, By: "a"}},
		{"a whole hash as prefix", demo.Spec{Delegations: []demo.Delegation{{Name: "a", PathHashPrefixes: []string{pathDigest("f")}, Targets: same}}}, nil, "a", "f", Reach{State: Found, By: "a"}},
		{"a prefix longer than any hash", demo.Spec{Delegations: []demo.Delegation{{Name: "a", PathHashPrefixes: []string{pathDigest("f") + "0"}, Targets: same}}}, nil, "a", "f", Reach{State: Undelegated}},
		{"an empty prefix covers all", demo.Spec{Delegations: []demo.Delegation{{Name: "a", PathHashPrefixes: []string{""}, Targets: same}}}, nil, "a", "f", Reach{State: Found, By: "a"}},
		{"upper-case prefixes cover nothing", demo.Spec{Delegations: []demo.Delegation{{Name: "a", PathHashPrefixes: []string{strings.ToUpper(pathDigest("a11")[:2])}, Targets: target("a11")}}}, nil, "a", "a11", Reach{State: Undelegated}},
		{"clients refuse a delegation with both paths and hash prefixes", demo.Spec{Delegations: []demo.Delegation{{Name: "a", Paths: []string{"x"}, PathHashPrefixes: []string{""}, Targets: same}}}, nil, "a", "f", Reach{State: Broken, By: "targets"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if strings.HasPrefix(c.name, "upper-case") && strings.ToUpper(pathDigest(c.path)[:2]) == pathDigest(c.path)[:2] {
				t.Fatal("the path's hash begins with digits: take another")
			}
			repo := build(t, c.spec)
			if c.edit != nil {
				c.edit(t, repo)
			}
			d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
			got := d.w.Reach(c.role, c.path)
			if (got.Why == "") != (got.State == Found) {
				t.Errorf("why: %q", got.Why)
			}
			got.Why = ""
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

// binOf is which of two bins a path belongs to.
func binOf(path string) string {
	if pathDigest(path)[0] < '8' {
		return "0"
	}
	return "1"
}

// inMemory is a fetcher of go-tuf's client over a repository.
type inMemory struct{ src source }

func (f inMemory) DownloadFile(url string, _ int64, _ time.Duration) ([]byte, error) {
	a := f.src(path.Base(url))
	if a.Bytes == nil {
		return nil, &metadata.ErrDownloadHTTP{StatusCode: 404, URL: url}
	}
	return a.Bytes, nil
}

// client is go-tuf's own client, fresh.
func client(t testing.TB, root []byte, src source) *updater.Updater {
	t.Helper()
	cfg, err := config.New("http://repository.invalid", root)
	must(t, err)
	cfg.Fetcher, cfg.DisableLocalCache, cfg.LocalMetadataDir, cfg.LocalTargetsDir = inMemory{src}, true, t.TempDir(), t.TempDir()
	u, err := updater.New(cfg)
	must(t, err)
	u.UnsafeSetRefTime(now)
	return u
}

// randomTree grows delegations over a small alphabet of paths.
func randomTree(r *rand.Rand) demo.Spec {
	paths := []string{"a", "b", "a/a", "a/b", "b/a", "b/b"}
	patterns := []string{"*", "?", "a", "b", "*/*", "a/*", "*/b", "?/a", "[ab]", "[", "a/?", "b/[!a]"}
	var names []string
	var grow func(depth int) []demo.Delegation
	some := func() (out []demo.Target) {
		for _, p := range paths {
			if r.IntN(5) == 0 {
				out = append(out, demo.Target{Path: p, Content: fmt.Append(nil, r.IntN(3))})
			}
		}
		return out
	}
	grow = func(depth int) []demo.Delegation {
		var out []demo.Delegation
		for range r.IntN(4) {
			d := demo.Delegation{Terminating: r.IntN(6) == 0}
			for range 1 + r.IntN(2) {
				d.Paths = append(d.Paths, patterns[r.IntN(len(patterns))])
			}
			if len(names) > 0 && r.IntN(4) == 0 {
				d.Name, d.Same = names[r.IntN(len(names))], true
				if r.IntN(4) == 0 {
					d.Role.Keys = []demo.Key{{Name: "other"}}
				}
				out = append(out, d)
				continue
			}
			d.Name = fmt.Sprint("r", len(names))
			names = append(names, d.Name)
			d.Targets = some()
			switch {
			case depth < 3 && r.IntN(6) == 0:
				d.Bins = &demo.Bins{Count: 2, Succinct: true, Prefix: d.Name + "s", Targets: some()}
			case depth < 3:
				d.Delegations = grow(depth + 1)
			}
			out = append(out, d)
		}
		return out
	}
	return demo.Spec{Targets: some()[:0], Delegations: grow(0), Meta: demo.ListNeither}
}

func TestFoundIsWhatTheClientFinds(t *testing.T) {
	t.Parallel()
	trees := int(most(150, 20))
	found, not := 0, 0
	for seed := range uint64(trees) {
		r := rand.New(rand.NewPCG(seed, 1))
		repo := build(t, randomTree(r))
		// Some roles are missing, some signed by a stranger.
		for _, l := range repo.Paths() {
			if name, ok := strings.CutPrefix(l, "1.r"); ok && strings.HasSuffix(name, ".json") {
				role := strings.TrimSuffix(strings.TrimPrefix(l, "1."), ".json")
				switch r.IntN(15) {
				case 0:
					repo.Remove(l)
				case 1:
					if repo.MetaFile(role) == l && role != "root" {
						must(t, repo.ResignBy(role, nil, demo.SignedBy(key("stranger"))...))
					}
				}
			}
		}
		if repo.Root(1) == nil {
			continue
		}
		src := served(repo, nil)
		d := drive(t, Config{Root: repo.Root(1)}, src, seed)
		type entry struct{ role, path string }
		done := map[entry]bool{}
		for _, l := range repo.Targets() {
			if _, read := d.lists[l.Role]; !read || done[entry{l.Role, l.Path}] {
				continue
			}
			done[entry{l.Role, l.Path}] = true
			info, err := client(t, repo.Root(1), src).GetTargetInfo(l.Path)
			got := d.w.Reach(l.Role, l.Path)
			switch {
			case got.State == Pending:
				t.Errorf("seed %d: %s in %s is pending", seed, l.Path, l.Role)
			case got.State == Found:
				found++
				if err != nil || fmt.Sprintf("%x", []byte(info.Hashes["sha256"])) != l.Hashes["sha256"] {
					t.Errorf("seed %d: %s is found in %s, and the client says %v, %v", seed, l.Path, l.Role, info, err)
				}
			default:
				not++
				if err == nil && fmt.Sprintf("%x", []byte(info.Hashes["sha256"])) == l.Hashes["sha256"] && !got.Same {
					t.Errorf("seed %d: %s in %s: %+v, and the client finds it", seed, l.Path, l.Role, got)
				}
				if err == nil && got.State != Shadowed {
					t.Errorf("seed %d: %s in %s: %+v, and the client finds it somewhere", seed, l.Path, l.Role, got)
				}
				if err != nil && got.State == Shadowed {
					t.Errorf("seed %d: %s in %s is shadowed, and the client says %v", seed, l.Path, l.Role, err)
				}
			}
		}
	}
	if found < trees/2 || not < trees/2 {
		t.Errorf("the trees are too plain: %d found, %d not", found, not)
	}
}

func FuzzMatchPathIsTheClients(f *testing.F) {
	f.Add("a/*", "a/b")
	f.Add("[!a]/?", "b/ü")
	f.Add("*//", "a//")
	f.Fuzz(func(t *testing.T, pattern, target string) {
		role := metadata.DelegatedRole{Paths: []string{pattern}}
		want, err := role.IsDelegatedPath(target)
		if err != nil {
			t.Skip()
		}
		if got := matchPath(pattern, target); got != want {
			t.Errorf("%q, %q: %v", pattern, target, got)
		}
	})
}

func FuzzBinIsTheClients(f *testing.F) {
	f.Add(1, "a", "x")
	f.Add(32, "", "")
	f.Fuzz(func(t *testing.T, bits int, prefix, target string) {
		s := &metadata.SuccinctRoles{BitLength: bits, NamePrefix: prefix}
		if !validBits(s) {
			t.Skip()
		}
		want := s.GetRolesForTarget(target)[0].Name
		if got := bin(s, target); got != want || !isBin(s, got) {
			t.Errorf("%d bits: %q, want %q", bits, got, want)
		}
	})
}
