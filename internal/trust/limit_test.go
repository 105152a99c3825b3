package trust

import (
	"fmt"
	"strings"
	"testing"

	"example.com/tufinspect/demo"
)

// chained gives n roles below each other, r1 to rn; each lists a target of its own
// number below deep/.
func chained(n int) []demo.Delegation {
	var below []demo.Delegation
	for i := n; i > 0; i-- {
		below = []demo.Delegation{{Name: fmt.Sprint("r", i), Paths: []string{"deep/*"}, Targets: target(fmt.Sprint("deep/", i)), Delegations: below}}
	}
	return below
}

// beside gives n roles beside each other.
func beside(n int) []demo.Delegation {
	var list []demo.Delegation
	for i := 1; i <= n; i++ {
		list = append(list, demo.Delegation{Name: fmt.Sprint("r", i), Paths: []string{"deep/*"}, Targets: target(fmt.Sprint("deep/", i))})
	}
	return list
}

// A search ends for us at the very role at which it ends for go-tuf's client, with the
// limit that it has by itself.
func TestTheLimitOfASearchIsTheClients(t *testing.T) {
	twice := func() []demo.Delegation {
		// Each role is delegated to twice: what was visited does not count again.
		list := beside(40)
		for i := 40; i > 0; i-- {
			list = append(list[:i:i], append([]demo.Delegation{{Name: fmt.Sprint("r", i), Same: true, Paths: []string{"deep/*"}}}, list[i:]...)...)
		}
		return list
	}
	deep := chained(20)
	deep[0].Terminating = true
	mixed := append(beside(5), demo.Delegation{Name: "m", Paths: []string{"deep/*"}, Delegations: rename(chained(20), "x")}, demo.Delegation{Name: "n", Paths: []string{"deep/*"}, Delegations: rename(beside(20), "y")})
	for name, list := range map[string][]demo.Delegation{
		"below each other": chained(40), "beside each other": beside(40), "each delegated to twice": twice(), "terminating": deep, "mixed": mixed,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			repo := build(t, demo.Spec{Delegations: list})
			src := served(repo, nil)
			d := drive(t, Config{Root: repo.Root(1)}, src, 1)
			found, beyond := 0, 0
			for _, l := range repo.Targets() {
				_, err := client(t, repo.Root(1), src).GetTargetInfo(l.Path)
				got := d.w.Reach(l.Role, l.Path)
				switch got.State {
				case Found:
					found++
				case BeyondLimit:
					beyond++
					if !strings.Contains(got.Why, "at most 32 more roles, and stop after "+got.By) {
						t.Errorf("%s: %q", l.Path, got.Why)
					}
				default:
					t.Errorf("%s in %s: %+v", l.Path, l.Role, got)
				}
				if (err == nil) != (got.State == Found) {
					t.Errorf("%s in %s: %+v, and the client says %v", l.Path, l.Role, got, err)
				}
			}
			if all := found + beyond; name == "terminating" && beyond != 0 || name != "terminating" && (found == 0 || beyond == 0 || all == 40 && found != 32) {
				t.Errorf("%d found, %d beyond the limit", found, beyond)
			}
		})
	}
}

// rename gives the roles other names, and their targets with them.
func rename(list []demo.Delegation, prefix string) []demo.Delegation {
	for i := range list {
		d := &list[i]
		d.Name = prefix + d.Name
		for k := range d.Targets {
			d.Targets[k].Path += prefix
		}
		rename(d.Delegations, prefix)
	}
	return list
}

func TestWhatIsBeyondTheLimit(t *testing.T) {
	same := target("deep/f")
	broken := beside(40)
	broken[35].Role.Signatures = []demo.Signature{}
	twice := beside(40)
	twice[35].Targets, twice[38].Targets = same, same
	other := beside(40)
	other[35].Targets, other[38].Targets = same, []demo.Target{{Path: "deep/f", Size: 99}}
	hidden := beside(40)
	hidden[33].Terminating = true
	l := DefaultLimits()
	for _, c := range []struct {
		name       string
		list       []demo.Delegation
		role, path string
		want       ReachState
	}{
		{"a role that is refused there is not what a client sees", broken, "r40", "deep/40", BeyondLimit},
		{"nor is it before the limit", broken, "r32", "deep/32", Found},
		{"the same target in a role before it", twice, "r39", "deep/f", Shadowed},
		{"the first of them", twice, "r36", "deep/f", BeyondLimit},
		{"another target in a role before it", other, "r39", "deep/f", BeyondLimit},
		{"a terminating delegation there ends it for all", hidden, "r40", "deep/40", Terminated},
		{"a path that no role lists", beside(40), "r1", "deep/none", Undelegated},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := build(t, demo.Spec{Delegations: c.list})
			d := drive(t, Config{Root: repo.Root(1), Limits: l}, served(repo, nil), 1)
			if got := d.w.Reach(c.role, c.path); got.State != c.want {
				t.Errorf("%+v, want state %d", got, c.want)
			}
		})
	}
}

func TestASearchThroughManyRolesEnds(t *testing.T) {
	list := beside(maxVisits + 100)
	for i := range list {
		list[i].Targets = nil
	}
	list[len(list)-1].Targets = target("deep/f")
	repo := build(t, demo.Spec{Delegations: list})
	d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
	if got := d.w.Reach(list[len(list)-1].Name, "deep/f"); got.State != BeyondLimit {
		t.Errorf("%+v", got)
	}
}
