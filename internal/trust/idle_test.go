package trust

import (
	"strings"
	"testing"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/finding"
)

// A role that is refused only where no search comes to it is nothing critical: clients
// find all that is listed. Where a search can come that way, it is.
func TestARefusalThatNoClientMeets(t *testing.T) {
	again := demo.Delegation{Name: "x", Same: true, Paths: []string{"x/*"}, Role: demo.Role{Keys: demo.NewKeys("other", 1)}}
	other := again
	other.Paths = []string{"z/*"}
	y := demo.Delegation{Name: "y", Paths: []string{"x/*"}, Targets: target("x/2"), Delegations: []demo.Delegation{again}}
	x := demo.Delegation{Name: "x", Paths: []string{"x/*"}, Targets: target("x/1"), Delegations: []demo.Delegation{y}}
	alone := x
	alone.Delegations = nil
	itself := x
	itself.Delegations = []demo.Delegation{again}
	for _, c := range []struct {
		name string
		list []demo.Delegation
		want finding.Severity
	}{
		{"the way back of a cycle", []demo.Delegation{x}, finding.Warning},
		{"a role that delegates to itself", []demo.Delegation{itself}, finding.Warning},
		{"a cycle that is entered on two sides", []demo.Delegation{{Name: "y", Same: true, Paths: []string{"x/*"}}, x}, finding.Critical},
		{"a role beside it that comes later", []demo.Delegation{alone, y}, finding.Warning},
		{"a role beside it that comes first", []demo.Delegation{y, alone}, finding.Critical},
		{"a role beside it for other paths", []demo.Delegation{alone, {Name: "z", Paths: []string{"z/*"}, Targets: target("z/1"), Delegations: []demo.Delegation{other}}}, finding.Warning},
		{"a role beside it for other paths that another one lists", []demo.Delegation{alone, {Name: "z", Paths: []string{"z/*"}, Targets: target("z/1"), Delegations: []demo.Delegation{other}}, {Name: "late", Paths: []string{"z/*"}, Targets: target("z/2")}}, finding.Critical},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := build(t, demo.Spec{Delegations: c.list})
			for seed := range most(20, 5) {
				src := served(repo, nil)
				d := drive(t, Config{Root: repo.Root(1)}, src, seed)
				said := func() (list []finding.Finding) {
					for _, n := range d.notes {
						if n.Finding.ID == finding.BadSignatures {
							list = append(list, n.Finding)
						}
					}
					return list
				}
				if got := said(); len(got) != 1 || got[0].Severity != c.want || got[0].Subject != "x" {
					t.Fatalf("%+v, want it to be %s", got, c.want)
				}
				for _, l := range repo.Targets() {
					_, err := client(t, repo.Root(1), src).GetTargetInfo(l.Path)
					if found := d.w.Reach(l.Role, l.Path).State == Found; found != (err == nil) || c.want == finding.Warning && !found {
						t.Errorf("%s: found %v, and the client says %v", l.Path, found, err)
					}
				}
				// It is all of it as soon as the role is not accepted anywhere, and as before
				// when it is there again.
				broken := true
				d.src = func(name string) Answer {
					a := src(name)
					if broken && name == "1.x.json" {
						a.Bytes = []byte(strings.Replace(string(a.Bytes), `"sig":"`, `"sig":"00`, 1))
					}
					return a
				}
				for _, n := range d.needs {
					if n.Name == "x" {
						broken = true
						d.redeliver(n.ID)
						for _, f := range said() {
							if f.Severity != finding.Critical {
								t.Fatalf("refused everywhere: %+v", f)
							}
						}
						broken = false
						d.redeliver(n.ID)
					}
				}
				if got := said(); len(got) != 1 || got[0].Severity != c.want {
					t.Fatalf("%+v in the end, want it to be %s", got, c.want)
				}
			}
		})
	}
}
