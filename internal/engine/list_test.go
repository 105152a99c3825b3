package engine

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
	"unsafe"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// lister is a run that is told by hand what roles list, and nothing else happens in it.
func lister(t testing.TB, base string, consistent bool) *run {
	t.Helper()
	source, err := fetch.New(fetch.Options{Proxy: "none"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(source.Close)
	cfg := configFor(newMemory(build(t, 0, func(s *demo.Spec) { s.PlainNames = !consistent })))
	cfg.Source, cfg.Repository, cfg.TargetsURL = source, base, base
	r := newRun(t.Context(), cfg, newSession(func(error) {}))
	r.walk, _ = trust.New(trust.Config{Root: cfg.Root, At: time.Now()})
	if r.walk.Consistent() != consistent {
		t.Fatalf("consistent snapshots: %v", r.walk.Consistent())
	}
	return r
}

// found takes the items that were announced since the last time.
func (r *run) found() []ItemSpec {
	var specs []ItemSpec
	u, _ := r.hub.take()
	for _, e := range u.Events {
		if b, ok := e.Body.(ItemsFound); ok {
			specs = append(specs, b.Items...)
		}
	}
	return specs
}

// odd are parts of names that escaping, cutting and putting together may get wrong.
var odd = []string{
	"a", "b", "targets", "a b", "%", "%2F", "%25", "?", "#", "?x=y", "größe", "日本", "\u202e", "\x1b[2J", "\xff", "\x00", "~", "+", "@:", ";,", "..", ".", "...",
	"a.", ".a", "1.a", strings.Repeat("0a", 32) + ".a", "'\"<>", "\\", "|", "&=", "xxxxx", "/", "\n", strings.Repeat("long", 1200), "",
}

func oddPath(random *rand.Rand) string {
	var parts []string
	for range 1 + random.IntN(4) {
		part := odd[random.IntN(len(odd))]
		if random.IntN(3) == 0 {
			part += odd[random.IntN(len(odd))]
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "/")
}

func randomTarget(random *rand.Rand, path string) trust.Target {
	sum := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.IntN(256))
		}
		return b
	}
	t := trust.Target{Path: path, Length: random.Int64() >> random.IntN(63)}
	switch random.IntN(12) {
	case 0: // none
	case 1:
		t.Hashes = []trust.Hash{{Algorithm: "md5", Sum: sum(16)}, {Algorithm: "sha256", Sum: sum(32)}}
	case 2:
		t.Hashes = []trust.Hash{{Algorithm: "sha512", Sum: sum(64)}}
	case 3, 4, 5:
		t.Hashes = []trust.Hash{{Algorithm: "sha256", Sum: sum(32)}, {Algorithm: "sha512", Sum: sum(64)}}
	default:
		t.Hashes = []trust.Hash{{Algorithm: "sha256", Sum: sum(32)}}
	}
	return t
}

// wanted are the names that the specification (5.7.3) gives a target's files.
func wanted(t *trust.Target, consistent bool) []string {
	if !consistent || len(t.Hashes) == 0 {
		return []string{t.Path}
	}
	dir, base := "", t.Path
	if i := strings.LastIndexByte(t.Path, '/'); i >= 0 {
		dir, base = t.Path[:i+1], t.Path[i+1:]
	}
	var names []string
	for _, h := range t.Hashes {
		names = append(names, fmt.Sprintf("%s%x.%s", dir, h.Sum, base))
		if h.Algorithm == "md5" {
			break // it cannot be verified, whatever it is called
		}
	}
	return names
}

// Whatever a role lists, each target has its own length, hashes, name and address: those
// that the specification gives it, and the source makes of it. That also holds for what
// is listed again otherwise.
func TestEachTargetKeepsItsOwnNameLengthAndHashes(t *testing.T) {
	for seed := range seeds(40, 10) {
		random := rand.New(rand.NewPCG(uint64(seed), 5))
		base := []string{"https://tuf.example.org/targets", "http://user:secret@h:8080/r%20s/?key=targets", "/srv/tuf/targets", "https://h"}[seed%4]
		consistent := random.IntN(3) > 0
		r, other := lister(t, base, consistent), lister(t, base, !consistent).walk
		lists := map[string]map[string]trust.Target{"targets": {}, "r\u202e": {}}
		for round := range 4 {
			for _, name := range slices.Sorted(maps.Keys(lists)) {
				list := lists[name]
				for range random.IntN(300) {
					path := oddPath(random)
					list[path] = randomTarget(random, path)
				}
				for _, path := range slices.Sorted(maps.Keys(list)) {
					switch random.IntN(20) {
					case 0:
						delete(list, path)
					case 1:
						list[path] = randomTarget(random, path)
					}
				}
				l := trust.TargetList{Role: trust.RoleID(10*round + len(name)), Name: name}
				for _, target := range list {
					l.Targets = append(l.Targets, target)
				}
				slices.SortFunc(l.Targets, func(a, b trust.Target) int { return strings.Compare(a.Path, b.Path) })
				r.list(l)
				specs := r.found()
				checkSpecs(t, r, l, specs)
				checkListed(t, r, l)
				if random.IntN(3) == 0 { // a later root changes the names of all files
					r.walk, other = other, r.walk
					r.rename()
					checkSpecs(t, r, l, only(r.found(), name))
					checkListed(t, r, l)
				}
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// only gives the items of one role.
func only(specs []ItemSpec, role string) []ItemSpec {
	return slices.DeleteFunc(specs, func(s ItemSpec) bool { return s.RoleName != safe.Text(role) })
}

// checkSpecs compares what is said of new items with what the control loop does.
func checkSpecs(t *testing.T, r *run, l trust.TargetList, specs []ItemSpec) {
	t.Helper()
	for i := range specs {
		s := &specs[i]
		it := r.item(s.ID)
		if s.Length != it.length() || s.Role != l.Role || s.RoleName != safe.Text(l.Name) || s.Path != safe.Text(it.path()) || s.Kind != it.kind || s.Of != it.of ||
			!slices.EqualFunc(s.Hashes, it.as.Hashes, func(a, b trust.Hash) bool { return a.Algorithm == b.Algorithm && bytes.Equal(a.Sum, b.Sum) }) {
			t.Errorf("%+v is not %+v of role %d", s, it.as, l.Role)
		}
		want, err := r.cfg.Source.Locate(r.file(s.ID))
		if it.unsafe {
			want = ""
		} else if err != nil {
			t.Errorf("%q: %v", r.file(s.ID).Name, err)
		}
		if s.URL() != want {
			t.Errorf("%q has the address %s, want %s", it.path(), s.URL(), want)
		}
		if u, err := url.Parse(want); err == nil && u.Scheme != "" && !strings.HasSuffix(want, "…") && want != "" && !strings.HasSuffix(u.Path, "/"+r.file(s.ID).Name) {
			t.Errorf("%s does not lead to %q", want, r.file(s.ID).Name)
		}
	}
}

// checkListed compares all items of a role with its list.
func checkListed(t *testing.T, r *run, l trust.TargetList) {
	t.Helper()
	items := map[string][]ItemID{}
	for i := range r.items.Len() {
		if it := r.items.At(i); it.role.name == l.Name && !it.outdated {
			items[it.path()] = append(items[it.path()], ItemID(i))
		}
	}
	if len(items) != len(l.Targets) {
		t.Errorf("%d targets are looked at, %d are listed", len(items), len(l.Targets))
	}
	for i := range l.Targets {
		target := &l.Targets[i]
		names := wanted(target, r.walk.Consistent())
		ids := items[target.Path]
		if len(ids) != len(names) {
			t.Errorf("%q has %d files, want %q", target.Path, len(ids), names)
			continue
		}
		for k, id := range ids {
			it := r.item(id)
			if got := r.file(id); got.Name != names[k] || got.Base != r.cfg.TargetsURL || got.Flat {
				t.Errorf("%q is fetched as %+v, want %q", target.Path, got, names[k])
			}
			if it.length() != target.Length || !slices.EqualFunc(it.as.Hashes, target.Hashes, func(a, b trust.Hash) bool { return a.Algorithm == b.Algorithm && bytes.Equal(a.Sum, b.Sum) }) {
				t.Errorf("%q has %+v, want %+v", target.Path, it.as, target)
			}
		}
	}
}

// A role that has come to hang on another delegation is named by that.
func TestWhatARoleListsLaterIsItsOwn(t *testing.T) {
	r := lister(t, "https://h/targets", true)
	random := rand.New(rand.NewPCG(1, 1))
	a, b := randomTarget(random, "a"), randomTarget(random, "b")
	r.list(trust.TargetList{Role: 4, Name: "x", Targets: []trust.Target{a}})
	r.list(trust.TargetList{Role: 9, Name: "x", Targets: []trust.Target{a, b}})
	for _, s := range r.found() {
		if want := map[string]trust.RoleID{"a": 4, "b": 9}[s.Path]; s.Role != want {
			t.Errorf("%s is of role %d, want %d", s.Path, s.Role, want)
		}
	}
}

// A role that is published every minute, and looked at each time, is not kept whole
// each time for the one target that is new.
func TestANewTargetDoesNotHoldOnToTheWholeList(t *testing.T) {
	r := lister(t, "https://h/targets", true)
	random := rand.New(rand.NewPCG(1, 1))
	var list []trust.Target
	for i := range 20 {
		list = append(list, randomTarget(random, fmt.Sprintf("a%02d", i)))
	}
	r.list(trust.TargetList{Role: 4, Name: "x", Targets: slices.Clone(list)})
	again := append(slices.Clone(list), randomTarget(random, "c"))
	r.list(trust.TargetList{Role: 4, Name: "x", Targets: again})
	of := r.items.At(r.items.Len() - 1)
	s := r.found()
	last := &s[len(s)-1]
	if of.path() != "c" || last.Path != "c" || of.as == &again[20] || unsafe.StringData(last.Path) == unsafe.StringData(again[20].Path) {
		t.Errorf("%+v holds on to its list", of.as)
	}
}

// The second file at a person's side is another one, also where a metadata file was
// asked for twice.
func TestAFileIsNoWitnessOfItself(t *testing.T) {
	r := lister(t, "https://h/targets", false)
	r.items = Blocks[item]{}
	for _, name := range []string{"snapshot", "snapshot", "targets"} {
		r.addMetadata(trust.Need{Name: name})
	}
	if got := r.witness(1); len(got) != 1 || got[0].Name != "targets.json" {
		t.Errorf("%+v", got)
	}
}
