package trust

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/demo"
)

func target(path string) []demo.Target { return []demo.Target{{Path: path, Content: []byte(path)}} }

// rich is a repository with every shape of delegation.
func rich() demo.Spec {
	return demo.Spec{
		Roots: 4, Rotate: []string{"root", "snapshot"},
		Root:    demo.Role{Keys: demo.NewKeys("root", 3), Threshold: 2},
		Targets: target("top.txt"),
		Delegations: []demo.Delegation{
			{Name: "a", Paths: []string{"a/*", "shared/*"}, Targets: target("a/1"), Delegations: []demo.Delegation{
				{Name: "a/deep", Paths: []string{"a/*"}, Targets: target("a/2"), Delegations: []demo.Delegation{
					{Name: "a", Same: true, Paths: []string{"a/*"}},
					{Name: "shared", Same: true, Paths: []string{"shared/*"}},
				}},
				{Name: "shared", Paths: []string{"shared/*"}, Targets: target("shared/1")},
			}},
			{Name: "b", Paths: []string{"b/*", "shared/*"}, Terminating: true, Targets: target("b/1"), Delegations: []demo.Delegation{
				{Name: "shared", Same: true, Paths: []string{"shared/*"}},
				// Refused here: this delegator lists another key.
				{Name: "a/deep", Same: true, Paths: []string{"b/*"}, Role: demo.Role{Keys: []demo.Key{key("other")}}},
				{Name: "bins", Paths: []string{"b/?*"}, Bins: &demo.Bins{Count: 4, Succinct: true, Prefix: "bin", Targets: []demo.Target{{Path: "b/x", Size: 3}, {Path: "b/y", Size: 4}}}},
			}},
			{Name: "hashed", PathHashPrefixes: []string{"0", "1", "2", "3"}, Targets: target("h/2")},
		},
	}
}

func TestTheOrderOfDeliveryDecidesNothing(t *testing.T) {
	t.Parallel()
	repo := build(t, rich())
	must(t, repo.ResignBy("3.root", nil, demo.SignedBy(demo.NewKeys("root@3", 3)...)...))
	broken := build(t, rich())
	must(t, broken.Resign("b", func(s map[string]any) { s["x"] = 1 }))
	broken.Remove(broken.MetaFile("a"))
	for _, c := range []struct {
		name string
		repo *demo.Repository
		cfg  Config
	}{
		{"a sound repository", build(t, rich()), Config{Root: build(t, rich()).Root(2)}},
		{"a sound repository, on first use", build(t, rich()), Config{}},
		{"a broken root chain", repo, Config{Root: repo.Root(1)}},
		{"missing and refused roles", broken, Config{Root: broken.Root(1)}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := drive(t, c.cfg, served(c.repo, nil), 0).end()
			for seed := range most(40, 6) {
				if got := drive(t, c.cfg, served(c.repo, nil), seed).end(); got != want {
					t.Fatalf("seed %d:\n%s", seed, differ(want, got))
				}
			}
		})
	}
}

// metadataFiles names the files of a walk that has run.
func metadataFiles(d *driver) []string {
	var out []string
	for id, a := range d.last {
		if a.Bytes != nil {
			out = append(out, fileName(d.needs[id]))
		}
	}
	slices.Sort(out)
	return out
}

// faults are what a file can be at first.
var faults = []struct {
	name string
	make func(good []byte) Answer
}{
	{"missing", func([]byte) Answer { return Answer{Absent: true, Status: 404, Reason: "not found"} }},
	{"out of reach", func([]byte) Answer { return Answer{Reason: "connection reset"} }},
	{"garbage", func([]byte) Answer { return Answer{Bytes: []byte("<html>")} }},
	{"cut off", func(good []byte) Answer { return Answer{Bytes: good[:len(good)/2]} }},
	{"not signed", func(good []byte) Answer {
		return Answer{Bytes: []byte(strings.ReplaceAll(string(good), `"sig":"`, `"sig":"00`))}
	}},
	{"with other content", func(good []byte) Answer {
		return Answer{Bytes: []byte(strings.Replace(string(good), `"spec_version":"1.`, `"delegations":{"keys":{},"roles":[]},"targets":{},"spec_version":"1.`, 1))}
	}},
}

func TestAFileThatIsDeliveredAgainEndsAsIfItHadBeenGood(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		repo *demo.Repository
		root int
	}{
		{"from a trusted root", build(t, rich()), 2},
		{"on first use", build(t, rich()), 0},
	} {
		cfg := Config{}
		if c.root > 0 {
			cfg.Root = c.repo.Root(c.root)
		}
		good := drive(t, cfg, served(c.repo, nil), 1)
		want := good.end()
		for _, name := range metadataFiles(good) {
			for i, f := range faults {
				if !thorough() && (i+len(name))%3 > 0 {
					continue
				}
				t.Run(fmt.Sprintf("%s, %s is %s at first", c.name, name, f.name), func(t *testing.T) {
					for seed := range most(1+len(name)%2, 1) {
						except := map[string]Answer{name: f.make(mustRead(t, c.repo, name))}
						d := drive(t, cfg, served(c.repo, except), seed)
						first := d.end()
						delete(except, name)
						for id := range d.needs {
							if fileName(d.needs[id]) == name {
								d.redeliver(NeedID(id))
								break
							}
						}
						if got := d.end(); got != want {
							t.Fatalf("seed %d, after %s:\n%s", seed, differ(want, first), differ(want, got))
						}
					}
				})
			}
		}
	}
}

func TestAFileCanGoBadAndGoodAgain(t *testing.T) {
	t.Parallel()
	repo := build(t, rich())
	cfg := Config{Root: repo.Root(2)}
	good := drive(t, cfg, served(repo, nil), 1)
	want := good.end()
	for _, name := range metadataFiles(good) {
		if strings.Contains(name, "root") {
			continue // what was verified once stays so
		}
		for i, f := range faults {
			if !thorough() && (i+len(name))%3 > 0 {
				continue
			}
			t.Run(name+" is "+f.name+" the second time", func(t *testing.T) {
				for seed := range uint64(1) {
					except := map[string]Answer{}
					d := drive(t, cfg, served(repo, except), seed)
					bad := f.make(mustRead(t, repo, name))
					for range 2 {
						except[name] = bad
						id := slices.IndexFunc(d.needs, func(n Need) bool { return fileName(n) == name })
						d.redeliver(NeedID(id))
						fresh := drive(t, cfg, served(repo, except), seed)
						if got, want := d.accepted(), fresh.accepted(); !slices.Equal(got, want) {
							t.Errorf("accepted %q, from the start it is %q", got, want)
						}
						delete(except, name)
						d.redeliver(NeedID(id))
					}
					if got := d.end(); got != want {
						t.Fatalf("seed %d:\n%s", seed, differ(want, got))
					}
				}
			})
		}
	}
}

func TestALostJobIsAFileThatCouldNotBeHad(t *testing.T) {
	t.Parallel()
	repo := build(t, rich())
	for _, cfg := range []Config{{Root: repo.Root(1)}, {}} {
		want := drive(t, cfg, served(repo, nil), 1).end()
		for _, name := range metadataFiles(drive(t, cfg, served(repo, nil), 1)) {
			for seed := range most(2, 1) {
				d := newDriver(t, cfg, served(repo, nil), seed)
				d.lose = func(n Need) bool { return fileName(n) == name }
				d.run()
				d.lose = nil
				d.redeliver(NeedID(slices.IndexFunc(d.needs, func(n Need) bool { return fileName(n) == name })))
				if got := d.end(); got != want {
					t.Fatalf("%s, seed %d:\n%s", name, seed, differ(want, got))
				}
			}
		}
	}
}

func TestJobsShareNothingThatChanges(t *testing.T) {
	repo := build(t, rich())
	for _, cfg := range []Config{{Root: repo.Root(1)}, {}} {
		want := drive(t, cfg, served(repo, nil), 1).end()
		for seed := range most(20, 5) {
			d := newDriver(t, cfg, served(repo, nil), seed)
			d.runConcurrently()
			// The timestamp again, and all below it, while jobs run.
			d.deliver(NeedID(slices.IndexFunc(d.needs, func(n Need) bool { return n.Name == "timestamp" })), d.src("timestamp.json"))
			d.runConcurrently()
			if got := d.end(); got != want {
				t.Fatalf("seed %d:\n%s", seed, differ(want, got))
			}
		}
	}
}

func TestAnotherSnapshotHasWhatItListsOtherwiseLookedAtAgain(t *testing.T) {
	for _, plain := range []bool{true, false} {
		repo := build(t, demo.Spec{PlainNames: plain, Meta: demo.ListNeither, Delegations: []demo.Delegation{leaf("a", leaf("b")), leaf("c")}})
		name := repo.MetaFile("snapshot")
		good := mustRead(t, repo, name)
		must(t, repo.Resign("snapshot", func(s map[string]any) {
			demo.Sub(s, "meta", "b.json")["version"] = 9
			delete(demo.Sub(s, "meta"), "c.json")
			demo.Sub(s, "meta")["d.json"] = map[string]any{"version": 1}
		}))
		stale := mustRead(t, repo, name)
		repo.Set(name, good)
		cfg := Config{Root: repo.Root(1)}
		want := drive(t, cfg, served(repo, nil), 1).end()
		other := drive(t, cfg, served(repo, map[string]Answer{name: {Bytes: stale}}), 1).end()
		except := map[string]Answer{name: {Bytes: stale}}
		d := drive(t, cfg, served(repo, except), 2)
		for _, c := range []struct {
			file []byte
			want string
		}{{good, want}, {stale, other}, {good, want}} {
			except[name] = Answer{Bytes: c.file}
			d.redeliver(NeedID(slices.IndexFunc(d.needs, func(n Need) bool { return n.Name == "snapshot" })))
			lists := d.lists
			if strings.Contains(c.want, "not-in-snapshot") {
				d.lists = map[string]TargetList{} // what was listed before is remembered by the owner
			}
			if got := d.end(); got != c.want && len(d.lists) > 0 {
				t.Errorf("plain names %v:\n%s", plain, differ(c.want, got))
			}
			d.lists = lists
			fresh := drive(t, cfg, served(repo, except), 2)
			if !slices.Equal(d.accepted(), fresh.accepted()) || !slices.Equal(d.ids(), fresh.ids()) {
				t.Errorf("plain names %v: accepted %q, findings %q; from the start %q, %q", plain, d.accepted(), d.ids(), fresh.accepted(), fresh.ids())
			}
		}
	}
}
