package trust

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/finding"
)

// team is a repository with a delegated role, at a version.
func teamAt(version int64) demo.Spec {
	return demo.Spec{
		Timestamp: demo.Role{Version: version}, Snapshot: demo.Role{Version: version}, TargetsRole: demo.Role{Version: version},
		Targets:     []demo.Target{{Path: "a.txt", Size: 10}},
		Delegations: []demo.Delegation{{Name: "team", Paths: []string{"team/*"}, Role: demo.Role{Version: version}, Targets: []demo.Target{{Path: "team/b", Size: 10}}}},
	}
}

// leaves is what a run at a repository leaves.
func leaves(t *testing.T, repo *demo.Repository) *Remembered {
	t.Helper()
	d := drive(t, Config{Root: repo.Root(1), At: start}, served(repo, nil), 1)
	b := d.w.Remember()
	if b == nil {
		t.Fatalf("the run leaves nothing; it says %q", d.ids())
	}
	return b
}

// A client that remembers nothing accepts what has gone back, and that goes for those
// that are not asked too.
func TestClientsWithoutAMemory(t *testing.T) {
	old, next := build(t, teamAt(1)), build(t, teamAt(2))
	gone := teamAt(3)
	gone.Delegations = nil
	for name, repo := range map[string]*demo.Repository{"an older timestamp": old, "a role that is gone": build(t, gone)} {
		d := drive(t, Config{Root: repo.Root(1), At: start, Before: leaves(t, next)}, served(repo, nil), 1)
		list, notes := judge(t, d)
		for _, v := range list {
			if v.State != ClientAccepts || !v.Anew {
				t.Errorf("%s: %+v", name, v)
			}
		}
		if len(notes) > 0 {
			t.Errorf("%s: the verdicts differ: %+v", name, notes)
		}
	}
	d := drive(t, Config{Root: next.Root(1), At: start, Before: leaves(t, old)}, served(next, nil), 1)
	if list, _ := judge(t, d); list[0].Anew {
		t.Errorf("nothing has gone back: %+v", list[0])
	}
}

// A timestamp that is older than before, once, is what a cache or a publication in
// progress does. It is asked for once more before a word is said.
func TestAnOlderTimestampIsLookedAtOnceMore(t *testing.T) {
	old, next := build(t, teamAt(1)), build(t, teamAt(2))
	before := leaves(t, next)
	for seed := range uint64(10) {
		asked := 0
		src := func(name string) Answer {
			if name == "timestamp.json" {
				if asked++; asked == 1 {
					return served(old, nil)(name)
				}
			}
			return served(next, nil)(name)
		}
		d := drive(t, Config{Root: next.Root(1), Before: before}, src, seed)
		if asked != 2 || len(d.ids()) != 0 || d.role("team", "targets").State != Accepted {
			t.Fatalf("asked %d times, it says %q, team is %s", asked, d.ids(), d.role("team", "targets").State)
		}
		if d.w.Remember() == nil {
			t.Error("it leaves nothing")
		}
	}
	for seed := range uint64(10) {
		asked := 0
		src := func(name string) Answer {
			if name == "timestamp.json" {
				asked++
			}
			return served(old, nil)(name)
		}
		d := drive(t, Config{Root: old.Root(1), Before: before}, src, seed)
		if asked != 2 || !d.has(finding.Rollback, "timestamp") || d.role("timestamp", "root").State != Refused {
			t.Fatalf("asked %d times, it says %q", asked, d.ids())
		}
		if d.w.Remember() != nil {
			t.Error("a run that has seen the repository go back leaves something")
		}
		// It recovers, and somebody retries.
		d.src = served(next, nil)
		d.redeliver(needOf(t, d, "timestamp.json"))
		if len(d.ids()) != 0 || d.role("team", "targets").State != Accepted {
			t.Errorf("afterwards it says %q, and team is %s", d.ids(), d.role("team", "targets").State)
		}
	}
}

func needOf(t *testing.T, d *driver, name string) NeedID {
	t.Helper()
	for _, n := range d.needs {
		if fileName(n) == name {
			return n.ID
		}
	}
	t.Fatalf("%s was not asked for", name)
	return 0
}

func TestAChainThatEndsEarlyIsLookedAtOnceMore(t *testing.T) {
	spec := teamAt(1)
	spec.Roots = 2
	repo := build(t, spec)
	before := leaves(t, repo)
	for seed := range uint64(10) {
		asked := 0
		src := func(name string) Answer {
			if name == "2.root.json" {
				if asked++; asked == 1 {
					return Answer{Absent: true, Status: 404, Reason: "not found"}
				}
			}
			return served(repo, nil)(name)
		}
		d := drive(t, Config{Root: repo.Root(1), Before: before}, src, seed)
		if asked != 2 || len(d.ids()) != 0 {
			t.Fatalf("asked %d times, it says %q", asked, d.ids())
		}
	}
	gone := served(repo, map[string]Answer{"2.root.json": {Absent: true, Status: 404, Reason: "not found"}})
	d := drive(t, Config{Root: repo.Root(1), Before: before}, gone, 1)
	if !d.has(finding.Rollback, "root") || d.w.Remember() != nil {
		t.Errorf("it says %q", d.ids())
	}
	// A root that could not be fetched proves nothing.
	lost := served(repo, map[string]Answer{"2.root.json": {Reason: "no answer"}})
	d = drive(t, Config{Root: repo.Root(1), Before: before}, lost, 1)
	if len(d.ids()) != 0 || d.w.Remember() != nil {
		t.Errorf("with a root that could not be fetched it says %q", d.ids())
	}
}

// New keys of one of timestamp and snapshot end the memory of both. Clients of go-tuf
// and python-tuf keep the one that still verifies.
func TestWhatClientsDoNotForget(t *testing.T) {
	old := teamAt(2)
	old.Timestamp.Keys = demo.NewKeys("ts", 2)
	old.Timestamp.Signatures = demo.SignedBy(old.Timestamp.Keys[0])
	before := leaves(t, build(t, old))
	for _, c := range []struct {
		name   string
		change func(s *demo.Spec)
		edit   func(v *demo.RootVersion) // of the second root
		want   string
	}{
		{
			"new keys of timestamp, and a snapshot that goes back", func(s *demo.Spec) { *s = teamAt(1); s.Snapshot.Version = 3 },
			func(v *demo.RootVersion) { v.Timestamp.Keys = demo.NewKeys("new", 1) }, "snapshot: not-forgotten",
		},
		{
			"new keys of snapshot, and a timestamp that goes back", func(s *demo.Spec) { *s = teamAt(1) },
			func(v *demo.RootVersion) { v.Snapshot.Keys = demo.NewKeys("new", 1) }, "timestamp: not-forgotten",
		},
		{
			"new keys of both", func(s *demo.Spec) { *s = teamAt(1) },
			func(v *demo.RootVersion) {
				v.Timestamp.Keys, v.Snapshot.Keys = demo.NewKeys("new", 1), demo.NewKeys("new", 1)
			}, "",
		},
		{
			"new keys of timestamp, and nothing goes back", func(s *demo.Spec) { *s = teamAt(3) },
			func(v *demo.RootVersion) { v.Timestamp.Keys = demo.NewKeys("new", 1) }, "",
		},
		{
			"new keys of timestamp, and a snapshot whose own version goes back too", func(s *demo.Spec) { *s = teamAt(1) },
			func(v *demo.RootVersion) { v.Timestamp.Keys = demo.NewKeys("new", 1) }, "snapshot: not-forgotten",
		},
		{
			"new keys of timestamp, and only the version of the snapshot goes back", func(s *demo.Spec) { *s = teamAt(2); s.Snapshot.Version = 1 },
			func(v *demo.RootVersion) { v.Timestamp.Keys = demo.NewKeys("new", 1) }, "",
		},
		{
			"a higher threshold of timestamp ends the memory of that alone", func(s *demo.Spec) { *s = teamAt(1) },
			func(v *demo.RootVersion) { v.Timestamp.Threshold = 2 }, "snapshot: rollback",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			spec := old
			c.change(&spec)
			spec.Timestamp.Keys, spec.Roots, spec.Rotate = old.Timestamp.Keys, 2, []string{}
			spec.Timestamp.Signatures = nil
			spec.EditRoot = func(v *demo.RootVersion) {
				if v.Version == 2 {
					c.edit(v)
				}
			}
			repo := build(t, spec)
			for seed := range uint64(5) {
				d := drive(t, Config{Root: repo.Root(1), Before: before}, served(repo, nil), seed)
				if got := strings.Join(d.ids(), ", "); got != c.want {
					t.Fatalf("it says %q, want %q", got, c.want)
				}
				refused := strings.HasSuffix(c.want, "rollback")
				if kept := d.w.Remember() != nil; kept == refused {
					t.Errorf("it leaves something: %t", kept)
				}
			}
		})
	}
}

// The end does not depend on the order in which things come, nor on what is delivered
// again.
func TestWhatIsRememberedDoesNotDependOnTheOrder(t *testing.T) {
	now := teamAt(2)
	now.Targets = []demo.Target{{Path: "a.txt", Size: 11}, {Path: "c.txt", Size: 1}}
	repo := build(t, now)
	before := leaves(t, build(t, teamAt(1)))
	cfg := Config{Root: repo.Root(1), Before: before}
	first := drive(t, cfg, served(repo, nil), 0)
	const want = "since the run of 2026-03-01 12:00 UTC: timestamp v1 to v2, snapshot v1 to v2, targets v1 to v2, team v1 to v2; targets added: c.txt; targets changed: a.txt"
	if got := first.message(finding.ChangedSince, "repository"); got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	for seed := range most(50, 10) {
		d := drive(t, cfg, served(repo, nil), seed)
		if diff := differ(first.end(), d.end()); diff != "" {
			t.Fatalf("seed %d:\n%s", seed, diff)
		}
		for id := range d.needs {
			d.redeliver(NeedID(id))
		}
		if diff := differ(first.end(), d.end()); diff != "" {
			t.Fatalf("seed %d, all delivered again:\n%s", seed, diff)
		}
	}
}

func TestMetadataAloneKeepsWhatIsRememberedOfTargets(t *testing.T) {
	now := teamAt(2)
	now.Targets = nil
	repo := build(t, now)
	before := leaves(t, build(t, teamAt(1)))
	d := drive(t, Config{Root: repo.Root(1), Before: before, MetadataOnly: true}, served(repo, nil), 1)
	if got := d.message(finding.ChangedSince, "repository"); strings.Contains(got, "removed") {
		t.Errorf("it says %q", got)
	}
	b := d.w.Remember()
	if b == nil || !b.TargetsAt.Equal(before.TargetsAt) || len(b.role("targets").Targets) != 1 || b.role("targets").Version != 2 {
		t.Fatalf("it leaves %+v", b)
	}
	d = drive(t, Config{Root: repo.Root(1), Before: b}, served(repo, nil), 1)
	if got := d.message(finding.ChangedSince, "repository"); !strings.HasSuffix(got, ": targets removed: a.txt") {
		t.Errorf("the next whole run says %q", got)
	}
}

// Whoever can write the memory can make the inspector say what is not so, and must not
// be able to make it crash or accept what a client without memory would refuse.
func TestAMemoryOfNonsense(t *testing.T) {
	repo := build(t, teamAt(2))
	good := leaves(t, repo)
	for name, change := range map[string]func(*Remembered){
		"no root": func(b *Remembered) { b.Root = nil },
		"null root": func(b *Remembered) {
			b.Root = []byte(`{"signed":{"_type":"root","roles":{"root":null}},"signatures":[]}`)
		},
		"no timestamp": func(b *Remembered) { b.Timestamp = nil },
		"other files":  func(b *Remembered) { b.Timestamp, b.Snapshot = b.Snapshot, b.Timestamp },
		"null in a file": func(b *Remembered) {
			b.Snapshot = []byte(`{"signed":{"_type":"snapshot","meta":{"a.json":null}},"signatures":[]}`)
		},
		"no roles": func(b *Remembered) { b.Roles = nil },
		"nothing":  func(b *Remembered) { *b = Remembered{} },
	} {
		for _, root := range [][]byte{repo.Root(1), nil} {
			t.Run(fmt.Sprintf("%s, root %t", name, root != nil), func(t *testing.T) {
				b := *good
				change(&b)
				d := drive(t, Config{Root: root, Before: &b}, served(repo, nil), 1)
				if got := d.role("team", "targets").State; got != Accepted {
					t.Errorf("team is %s; it says %q", got, d.ids())
				}
				for _, n := range d.notes {
					if n.Finding.Severity >= finding.Unknown {
						t.Errorf("it says %+v", n.Finding)
					}
				}
			})
		}
	}
}

func TestCompareTargets(t *testing.T) {
	one := func(path string, length int64) Target {
		return Target{Path: path, Length: length, Hashes: []Hash{{"sha256", []byte{byte(length)}}}}
	}
	now := []Target{one("a", 1), one("b", 2), one("d\x1b", 4)}
	var was []RememberedTarget
	for _, tgt := range []Target{one("a", 1), one("b", 3), one("c", 1)} {
		was = append(was, RememberedTarget{tgt.Path, tgt.sum()})
	}
	c := compareTargets(was, now)
	if got := fmt.Sprint(c); got != `{1 1 1 [d\u{1b}] [c] [b]}` {
		t.Errorf("%s", got)
	}
	many := make([]Target, 1000)
	for i := range many {
		many[i] = one(fmt.Sprintf("%04d", i), 1)
	}
	if c := compareTargets(nil, many); c.Added != 1000 || len(c.AddedPaths) != mostPaths {
		t.Errorf("%d added, %d of them named", c.Added, len(c.AddedPaths))
	}
}

func TestJumped(t *testing.T) {
	now := time.Date(2026, 4, 1, 0, 10, 0, 0, time.UTC)
	for _, c := range []struct {
		name     string
		from, to int64
		ago      time.Duration
		want     bool
	}{
		{"the next version", 5, 6, time.Hour, false},
		{"a million in a minute", 5, 1 << 20, time.Minute, false},
		{"a billion in a day", 5, 1 << 30, day, true},
		{"the largest", 5, 1<<53 - 1, 365 * day, true},
		{"a hundred a second for a year", 5, 3_000_000_000, 365 * day, false},
		{"seconds", 1774915800, 1775002200, day, false},
		{"milliseconds", 1774915800000, 1775002200000, day, false},
		{"microseconds", 1774915800000000, 1775002200000000, day, false},
		{"seconds, and then the largest", 1774915800, 1<<53 - 1, day, true},
		{"seconds from the far future", 1774915800, 7775002200, day, true},
		{"dates to the minute, over the end of a month", 202603312350, 202604010010, 20 * time.Minute, false},
		{"dates to the second, over the end of a year", 20251231235959, 20260101000001, 2 * time.Second, false},
		{"dates with a number", 2026033199, 2026040100, time.Minute, false},
		{"from a number to seconds", 5, 1775002200, day, true},
		{"a new role", 0, 1 << 40, day, false},
		{"back", 1 << 40, 1, day, false},
		{"the clock went back", 5, 1 << 21, -day, true},
	} {
		if got := jumped(c.from, c.to, now.Add(-c.ago), now); got != c.want {
			t.Errorf("%s: %t, want %t", c.name, got, c.want)
		}
	}
}

func TestRootsOfAnotherChain(t *testing.T) {
	spec := teamAt(1)
	before := leaves(t, build(t, spec))
	spec.Seed = 99
	other := build(t, spec)
	d := drive(t, Config{Root: other.Root(1), Before: before}, served(other, nil), 1)
	if !slices.Equal(d.ids(), []string{"root v1: same-version-other-bytes"}) {
		t.Errorf("it says %q", d.ids())
	}
	// Without a root the remembered one holds, and the other chain is not believed.
	d = drive(t, Config{Before: before}, served(other, nil), 1)
	if !d.has(finding.BadSignatures, "timestamp") || d.role("team", "targets").State == Accepted {
		t.Errorf("it says %q", d.ids())
	}
}

func BenchmarkCompareAMillionTargets(b *testing.B) {
	now := make([]Target, 1_000_000)
	was := make([]RememberedTarget, len(now))
	sum := make([]byte, 32)
	for i := range now {
		now[i] = Target{Path: fmt.Sprintf("packages/%03d/some-package-name-%07d.tar.gz", i/10_000, i), Length: int64(i), Hashes: []Hash{{"sha256", sum}}}
		was[i] = RememberedTarget{now[i].Path, now[i].sum()}
	}
	for b.Loop() {
		if c := compareTargets(was, now); c.any() {
			b.Fatal(c)
		}
	}
}
