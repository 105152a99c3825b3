package trust

import (
	"slices"
	"testing"
	"time"

	"example.com/tufinspect/demo"
)

// at makes a role that ends so many days after the reference time.
func endsIn(name, parent string, days int) Role {
	r := Role{Name: name, Parent: parent, State: Accepted, Current: true, Threshold: 1, Signers: []Signer{{Valid: true}}}
	r.Expires, r.Expired = now.Add(time.Duration(days)*day), days < 0
	return r
}

func TestTheFirstRoleToEnd(t *testing.T) {
	whole := []Role{endsIn("root", "", 300), endsIn("timestamp", "root", 3), endsIn("snapshot", "root", 10), endsIn("targets", "root", 60), endsIn("team", "targets", 50)}
	with := func(i int, f func(*Role)) []Role {
		list := slices.Clone(whole)
		f(&list[i])
		return list
	}
	for _, c := range []struct {
		name  string
		roles []Role
		want  string // "" if nothing can be said
	}{
		{"nothing is known", nil, ""},
		{"the timestamp, as it should be", whole, "timestamp"},
		{"the root", with(0, func(r *Role) { r.Expires = now.Add(day) }), "root"},
		{"an older root does not matter", append(with(0, func(*Role) {}), func() Role { r := endsIn("root", "", -90); r.Current = false; return r }()), "timestamp"},
		{"a delegated role", with(4, func(r *Role) { r.Expires = now.Add(day) }), "team"},
		{"a delegated role that was refused", with(4, func(r *Role) { r.Expires, r.State = now.Add(day), Refused }), "timestamp"},
		{"of two at the same moment, the one nearer to the root", with(4, func(r *Role) { r.Expires = now.Add(3 * day) }), "timestamp"},
		{"one that has expired and is still accepted", with(2, func(r *Role) { *r = endsIn(r.Name, r.Parent, -1) }), "snapshot"},
		{"one that has expired and was refused for it", with(2, func(r *Role) { *r = endsIn(r.Name, r.Parent, -1); r.State = Refused }), "snapshot"},
		{"one that has expired and that nobody has signed", with(2, func(r *Role) { *r = endsIn(r.Name, r.Parent, -1); r.State, r.Signers = Refused, nil }), ""},
		{"a timestamp that was refused", with(1, func(r *Role) { r.State = Refused }), ""},
		{"a snapshot that could not be had", with(2, func(r *Role) { *r = Role{Name: "snapshot", Parent: "root", State: Unfetched, Current: true} }), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := ""
			if r := FirstToEnd(c.roles); r != nil {
				got = r.Name
			}
			if got != c.want {
				t.Errorf("%q ends first, want %q", got, c.want)
			}
		})
	}
}

func TestTheFirstRoleToEndOfAWalk(t *testing.T) {
	for _, c := range []struct {
		name string
		spec demo.Spec
		want string
	}{
		{"a plain repository", demo.Spec{}, "timestamp"},
		{"a delegated role, two below", demo.Spec{Delegations: []demo.Delegation{{
			Name: "a", Paths: []string{"a/*"},
			Delegations: []demo.Delegation{{Name: "b", Paths: []string{"a/b*"}, Role: demo.Role{Expires: 2 * time.Hour}}},
		}}}, "b"},
		{"roots that have been replaced have ended", demo.Spec{Roots: 3, EditRoot: func(v *demo.RootVersion) {
			if v.Version < 3 {
				v.Root.Expires = -day
			}
		}}, "timestamp"},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := build(t, c.spec)
			for seed := range most(20, 3) {
				d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), seed)
				if r := FirstToEnd(d.roles); r == nil || r.Name != c.want {
					t.Fatalf("the first to end is %+v, want %s", r, c.want)
				}
			}
		})
	}
}

func TestDelegatedRolesAreHeldAgainstTheSameLimits(t *testing.T) {
	spec := func(expires time.Duration) demo.Spec {
		return demo.Spec{Delegations: []demo.Delegation{{
			Name: "a", Paths: []string{"a/*"},
			Delegations: []demo.Delegation{{Name: "b", Paths: []string{"a/b*"}, Role: demo.Role{Expires: expires}}},
		}}}
	}
	period := func(s demo.Spec, days int) demo.Spec {
		s.Delegations[0].Delegations[0].Role.Extra = map[string]any{"x-tuf-on-ci-signing-period": int64(days)}
		return s
	}
	for _, c := range []struct {
		name string
		spec demo.Spec
		soon time.Duration
		want bool
	}{
		{"far from its end", spec(20 * day), 0, false},
		{"within the default of 15 days", spec(14 * day), 0, true},
		{"within the period that it states", period(spec(20*day), 21), 0, true},
		{"outside the period that it states", period(spec(14*day), 10), 0, false},
		{"within what was asked for", period(spec(20*day), 1), 40 * day, true},
		{"outside what was asked for", spec(2 * day), time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := build(t, c.spec)
			d := drive(t, Config{Root: repo.Root(1), Soon: c.soon}, served(repo, nil), 1)
			said := d.has("expires-soon", "b") || d.has("signing-overdue", "b")
			if r := d.role("b", "a"); r.Soon != c.want || said != c.want {
				t.Errorf("soon is %t, said is %t, want %t", r.Soon, said, c.want)
			}
		})
	}
}
