package trust

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/finding"
)

// leaf is a delegation with one target below its own name.
func leaf(name string, more ...demo.Delegation) demo.Delegation {
	return demo.Delegation{Name: name, Paths: []string{name + "/*"}, Targets: target(name + "/f"), Delegations: more}
}

// numbered gives a delegated role another version, so that its file is not one of
// the top-level role of the same name.
func numbered(d demo.Delegation, version int64) demo.Delegation {
	d.Role.Version = version
	return d
}

func TestDelegations(t *testing.T) {
	other := demo.Role{Keys: []demo.Key{key("other")}}
	keys := demo.NewKeys("x", 2)
	tamper := func(edit func(role, delegations map[string]any)) func(string, map[string]any) {
		return demo.OnRole("targets", func(s map[string]any) {
			d := demo.Sub(s, "delegations")
			edit(d["roles"].([]any)[0].(map[string]any), d)
		})
	}
	for _, c := range []struct {
		name     string
		spec     demo.Spec
		edit     func(t *testing.T, r *demo.Repository)
		accepted []string // delegated ones
		findings []string
		message  string // in one of them
	}{
		{name: "nested ones are followed", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a", leaf("b", leaf("c")))}}, accepted: []string{"a/b", "b/c", "targets/a"}},
		{name: "a cycle ends", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a", leaf("b", demo.Delegation{Name: "a", Same: true, Paths: []string{"*"}}))}}, accepted: []string{"a/b", "b/a", "targets/a"}},
		{name: "a role that delegates to itself", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a", demo.Delegation{Name: "a", Same: true, Paths: []string{"*"}})}}, accepted: []string{"a/a", "targets/a"}},
		{name: "a diamond is verified on each edge", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a", leaf("x")), leaf("b", demo.Delegation{Name: "x", Same: true, Role: other, Paths: []string{"*"}})}},
			accepted: []string{"a/x", "targets/a", "targets/b"}, findings: []string{"x: bad-signatures"}, message: "0 of 1 signed, 1 required"},
		{name: "a refused role ends its branch alone", spec: demo.Spec{Meta: demo.ListNeither, Delegations: []demo.Delegation{leaf("a", leaf("b")), leaf("c")}}, edit: resignBy("a", "stranger"),
			accepted: []string{"targets/c"}, findings: []string{"a: bad-signatures"}},
		{name: "a missing role", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a"), leaf("b")}}, edit: func(_ *testing.T, r *demo.Repository) { r.Remove("1.a.json") }, accepted: []string{"targets/b"}},
		{name: "a role that the snapshot does not list", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a"), leaf("b")}, Tamper: demo.OnRole("snapshot", func(s map[string]any) { delete(demo.Sub(s, "meta"), "a.json") })},
			accepted: []string{"targets/b"}, findings: []string{"a: not-in-snapshot"}, message: "the snapshot does not list it, and targets delegates to it"},
		{name: "a role that nobody delegates to", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a")}, Tamper: demo.OnRole("snapshot", func(s map[string]any) { demo.Sub(s, "meta")["old.json"] = map[string]any{"version": 3} })},
			accepted: []string{"targets/a"}, findings: []string{"old: undelegated-role"}},
		{name: "hashed bins", spec: demo.Spec{Bins: &demo.Bins{Count: 2, Targets: target("x")}}, accepted: []string{"targets/bin-0", "targets/bin-1"}, findings: []string{"targets: gotuf-hash-prefix"}},
		{name: "a name with a slash", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a/b")}}, accepted: []string{"targets/a/b"}},
		{name: "a name that leads upwards", spec: demo.Spec{Delegations: []demo.Delegation{leaf("..")}}, accepted: []string{"targets/.."}},
		{name: "a name with a question mark", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a?b")}}, accepted: []string{"targets/a?b"}},
		{name: "a role called root", spec: demo.Spec{Delegations: []demo.Delegation{numbered(leaf("root", leaf("x")), 70)}}, accepted: []string{"targets/root"}, findings: []string{"x: role-refused"}, message: "is called root"},
		{name: "a role called snapshot", spec: demo.Spec{Delegations: []demo.Delegation{numbered(leaf("snapshot", leaf("x")), 70)}}, accepted: []string{"snapshot/x", "targets/snapshot"}},
		{name: "a role that delegates to targets", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a", demo.Delegation{Name: "targets", Same: true, Paths: []string{"*"}})}}, accepted: []string{"a/targets", "targets/a"}},
		{name: "the same role twice in one delegator", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a"), {Name: "a", Same: true, Role: other, Paths: []string{"z/*"}}}}, accepted: []string{"targets/a"}},
		{name: "the same role twice, the first time with other keys", spec: demo.Spec{Delegations: []demo.Delegation{{Name: "a", Same: true, Role: other, Paths: []string{"z/*"}}, leaf("a")}}, findings: []string{"a: bad-signatures"}},
		{name: "threshold 0", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a")}, Tamper: tamper(func(r, _ map[string]any) { r["threshold"] = 0 })}, findings: []string{"a: bad-signatures"}, message: "a threshold of 0"},
		{name: "a threshold above the number of keys", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a")}, Tamper: tamper(func(r, _ map[string]any) { r["threshold"] = 2 })}, findings: []string{"a: threshold-unreachable"}, message: "targets sets a threshold of 2 and lists 1 key; 1 of 1 signed, 2 required"},
		{name: "no key ids", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a")}, Tamper: tamper(func(r, _ map[string]any) { r["keyids"] = []any{} })}, findings: []string{"a: bad-signatures"}, message: "names no key"},
		{name: "an unknown key id", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a")}, Tamper: tamper(func(r, _ map[string]any) { r["keyids"] = append(r["keyids"].([]any), "0123456789") })}, findings: []string{"a: key-not-listed"}, message: "targets names the key 01234567… and does not list it"},
		{name: "an unreadable key beside a good one", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a")}, Tamper: tamper(func(r, d map[string]any) {
			r["keyids"] = append(r["keyids"].([]any), "0123456789")
			demo.Sub(d, "keys")["0123456789"] = map[string]any{"keytype": "ecdsa", "scheme": "ecdsa-sha2-nistp256", "keyval": map[string]any{"public": "04ab"}}
		})}, findings: []string{"a: unreadable-key", "targets: keyid-mismatch"}, message: "key 01234567… (ecdsa) cannot be read"},
		{name: "a key of unknown type", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a")}, Tamper: tamper(func(_, d map[string]any) {
			for _, k := range demo.Sub(d, "keys") {
				k.(map[string]any)["keytype"] = "sphincs"
			}
		})}, findings: []string{"a: unreadable-key", "targets: keyid-mismatch"}, message: "(sphincs) cannot be read"},
		{name: "a key that is cut off", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a")}, Tamper: tamper(func(_, d map[string]any) {
			for _, k := range demo.Sub(d, "keys") {
				k.(map[string]any)["keyval"] = map[string]any{"public": "abcd"}
			}
		})}, findings: []string{"a: verifier-crashed", "targets: keyid-mismatch"}},
		{name: "one public key under two ids counts once", spec: demo.Spec{Delegations: []demo.Delegation{{Name: "a", Paths: []string{"*"}, Role: demo.Role{Keys: []demo.Key{{Name: "k"}, {Name: "k", ID: strings.Repeat("ab", 32)}}, Threshold: 2}}}},
			findings: []string{"a: threshold-unreachable", "targets: duplicate-key", "targets: keyid-mismatch"}, message: "lists 1 key, under 2 ids; 1 of 2 signed, 2 required"},
		{name: "a signer that has not signed yet", spec: demo.Spec{Delegations: []demo.Delegation{{Name: "a", Paths: []string{"*"}, Role: demo.Role{Keys: keys, Threshold: 1, Signatures: []demo.Signature{{By: keys[0]}, {By: keys[1], Kind: demo.Empty}}}}}}, accepted: []string{"targets/a"}},
		{name: "a target with a length below zero, which is its own fault and not the role's", spec: demo.Spec{Delegations: []demo.Delegation{leaf("a")}, Tamper: demo.OnRole("a", func(s map[string]any) { demo.Sub(s, "targets", "a/f")["length"] = -1 })}, accepted: []string{"targets/a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := build(t, c.spec)
			if c.edit != nil {
				c.edit(t, repo)
			}
			for seed := range uint64(6) {
				d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), seed)
				got := slices.DeleteFunc(d.accepted(), func(s string) bool { return s == "/root" || strings.HasPrefix(s, "root/") })
				if !slices.Equal(got, c.accepted) {
					t.Errorf("accepted %q, want %q", got, c.accepted)
				}
				if got := d.ids(); !slices.Equal(got, c.findings) {
					t.Errorf("findings %q, want %q", got, c.findings)
				}
				if c.message != "" && !slices.ContainsFunc(d.notes, func(n Note) bool { return strings.Contains(n.Finding.Message, c.message) }) {
					t.Errorf("no finding says %q: %+v", c.message, d.notes)
				}
			}
		})
	}
}

// Nobody knows whether a file is there when its server did not say so.
func TestADelegatedRoleThatWasNotFetchedIsNotMissing(t *testing.T) {
	repo := build(t, demo.Spec{Delegations: []demo.Delegation{leaf("a")}})
	for want, a := range map[RoleState]Answer{
		Absent:    {Absent: true, Status: 410, Reason: "410 Gone"},
		Unfetched: {Reason: "cancelled"},
	} {
		d := drive(t, Config{Root: repo.Root(1)}, served(repo, map[string]Answer{"1.a.json": a}), 1)
		if r := d.role("a", "targets"); r.State != want || r.Problem == "" {
			t.Errorf("after %+v it is %s: %q", a, r.State, r.Problem)
		}
	}
}

func TestSuccinctBins(t *testing.T) {
	for _, n := range []int{2, 8, 256} {
		bins := demo.Bins{Count: n, Succinct: true, Prefix: "p-q"}
		for i := range 50 {
			bins.Targets = append(bins.Targets, target(fmt.Sprintf("d/%d", i))...)
		}
		repo := build(t, demo.Spec{Bins: &bins})
		d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), uint64(n))
		if got := len(d.accepted()); got != n+4 || len(d.ids()) > 0 {
			t.Errorf("%d bins: %d roles accepted, findings %q", n, got, d.ids())
		}
		for _, l := range repo.Targets() {
			if r := d.w.Reach(l.Role, l.Path); r.State != Found {
				t.Errorf("%d bins: %s in %s: %+v", n, l.Path, l.Role, r)
			}
		}
		for _, r := range d.roles {
			if r.Parent == "targets" && (!r.Terminating || r.Paths[0] != fmt.Sprintf("one of %d bins", n)) {
				t.Errorf("%d bins: %+v", n, r)
			}
		}
	}
}

func TestSuccinctBinsAreOnlyThoseThatASearchComesTo(t *testing.T) {
	repo := build(t, demo.Spec{
		Bins: &demo.Bins{Count: 16, Succinct: true, Targets: target("x")},
		Tamper: demo.OnRole("snapshot", func(s map[string]any) {
			meta := demo.Sub(s, "meta")
			for _, name := range []string{"bin-A", "bin-+1", "bin-10", "bin-", "bin-g", "binx-1"} {
				meta[name+".json"] = map[string]any{"version": 1}
			}
			delete(meta, "bin-3.json")
		}),
	})
	d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
	for _, n := range d.needs {
		if strings.HasPrefix(n.Name, "bin") && (len(n.Name) != 5 || strings.ContainsAny(n.Name, "A+g")) {
			t.Errorf("%s was asked for", n.Name)
		}
	}
	for i := range 1000 {
		path := fmt.Sprint(i)
		if strings.HasPrefix(pathDigest(path), "3") {
			if r := d.w.Reach("bin-3", path); r.State != Broken || r.By != "bin-3" {
				t.Errorf("a path of the missing bin: %+v", r)
			}
			return
		}
	}
}

func TestASecondDelegatorTurnsUpAfterTheFileWasJudged(t *testing.T) {
	// "late" delegates to x as well, and its file comes when all else is done.
	for _, c := range []struct {
		name        string
		first, late demo.Role
		want        string
	}{
		{"accepted by both", demo.Role{}, demo.Role{}, "late/x a/x"},
		{"accepted by the first", demo.Role{}, demo.Role{Keys: []demo.Key{key("other")}}, "a/x"},
		{"accepted by the second", demo.Role{Keys: []demo.Key{key("other")}}, demo.Role{}, "late/x"},
	} {
		for _, size := range []int{10, keepFile} { // above keepFile it is fetched again
			if size > 10 && !thorough() && c.want != "late/x" {
				continue
			}
			x := demo.Delegation{Name: "x", Role: demo.Role{Extra: map[string]any{"x-pad": strings.Repeat("p", size)}}, Paths: []string{"*"}, Targets: target("t"), Delegations: []demo.Delegation{leaf("y")}}
			home := demo.Delegation{Name: "home", Paths: []string{"nothing"}, Delegations: []demo.Delegation{x}}
			repo := build(t, demo.Spec{Delegations: []demo.Delegation{
				{Name: "a", Paths: []string{"*"}, Delegations: []demo.Delegation{{Name: "x", Same: true, Role: c.first, Paths: []string{"*"}}}},
				{Name: "late", Paths: []string{"*"}, Delegations: []demo.Delegation{{Name: "x", Same: true, Role: c.late, Paths: []string{"*"}}}},
				home,
			}})
			repo.Remove("1.home.json") // only there because a role has to be defined somewhere
			want := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
			d := newDriver(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
			var held []NeedID
			for len(d.open)+len(d.jobs) > 0 {
				i := slices.IndexFunc(d.open, func(id NeedID) bool { return d.needs[id].Name == "late" })
				if i >= 0 {
					held = append(held, d.open[i])
					d.open = slices.Delete(d.open, i, i+1)
					continue
				}
				switch {
				case len(d.open) > 0:
					id := d.open[0]
					d.open = d.open[1:]
					d.deliver(id, d.src(fileName(d.needs[id])))
				default:
					j := d.jobs[0]
					d.jobs = d.jobs[1:]
					d.take(d.w.Apply(j.Run()))
				}
			}
			d.open = held
			d.run()
			if got := d.end(); got != want.end() {
				t.Errorf("%s, %d bytes:\n%s", c.name, size, differ(want.end(), got))
			}
			for _, edge := range strings.Fields(c.want) {
				if !slices.Contains(d.accepted(), edge) {
					t.Errorf("%s, %d bytes: %s is not accepted: %q", c.name, size, edge, d.accepted())
				}
			}
			if !slices.Contains(d.accepted(), "x/y") {
				t.Errorf("%s, %d bytes: what x delegates to is not accepted", c.name, size)
			}
		}
	}
}

func TestLimitsOfDelegations(t *testing.T) {
	deep := leaf("r9")
	for i := 8; i >= 0; i-- {
		deep = leaf(fmt.Sprintf("r%d", i), deep)
	}
	repo := build(t, demo.Spec{Delegations: []demo.Delegation{deep}})
	l := DefaultLimits()
	l.Depth = 4
	d := drive(t, Config{Root: repo.Root(1), Limits: l}, served(repo, nil), 1)
	if !d.has(finding.WalkLimit, "delegations") || len(d.accepted()) != 8 {
		t.Errorf("depth: findings %q, accepted %q", d.ids(), d.accepted())
	}
	wide := demo.Spec{Targets: oneTarget}
	for i := range 20 {
		wide.Delegations = append(wide.Delegations, demo.Delegation{Name: fmt.Sprint("w", i), Paths: []string{"w/*"}, Targets: target(fmt.Sprint("w/", i))})
	}
	repo = build(t, wide)
	l = DefaultLimits()
	l.Roles = 5
	d = drive(t, Config{Root: repo.Root(1), Limits: l}, served(repo, nil), 1)
	if !d.has(finding.WalkLimit, "delegations") || len(d.accepted()) != 9 {
		t.Errorf("number: findings %q, accepted %q", d.ids(), d.accepted())
	}
	if r := d.w.Reach("w4", "w/4"); r.State != Found {
		t.Errorf("within the limit: %+v", r)
	}
	if r := d.w.Reach("w9", "w/9"); r.State != Broken || r.By != "w5" {
		t.Errorf("beyond the limit: %+v", r)
	}
	repo = build(t, demo.Spec{Bins: &demo.Bins{Count: 16, Succinct: true}})
	d = drive(t, Config{Root: repo.Root(1), Limits: l}, served(repo, nil), 1)
	if !d.has(finding.WalkLimit, "delegations") || len(d.accepted()) != 9 {
		t.Errorf("bins: findings %q, accepted %q", d.ids(), d.accepted())
	}
}
