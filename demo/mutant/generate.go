package mutant

import (
	"fmt"
	"math/rand/v2"
	"time"

	"example.com/tufinspect/demo"
)

// generator makes what a repository is built from.
type generator struct {
	rnd   *rand.Rand
	roles []string // delegated so far, whole definitions
}

// in tells whether something that happens once in n times happens now.
func (g *generator) in(n int) bool { return g.rnd.IntN(n) == 0 }

func (g *generator) spec() demo.Spec {
	s := demo.Spec{
		Seed: g.rnd.Uint64(), Start: start(), PlainNames: g.in(3), Meta: demo.Listing(g.rnd.IntN(4)),
		Roots: []int{1, 1, 2, 3}[g.rnd.IntN(4)], Root: g.role("root"), Timestamp: g.role("timestamp"), Snapshot: g.role("snapshot"), TargetsRole: g.role("targets"),
		Targets: g.targets("", 2),
	}
	if g.in(8) {
		s.Keys = demo.ECDSA
	}
	if g.in(3) {
		s.Rotate = []string{"root", "timestamp", "targets"}
	}
	if g.in(6) {
		s.Bins = g.bins()
	} else {
		s.Delegations = g.delegations(2)
	}
	return s
}

func (g *generator) role(name string) demo.Role {
	n := []int{1, 1, 2, 2, 3}[g.rnd.IntN(5)]
	r := demo.Role{Keys: demo.NewKeys(name, n), Threshold: 1 + g.rnd.IntN(n), Version: 1 + int64(g.rnd.IntN(4))}
	if g.in(4) { // fewer sign than could
		r.Signatures = demo.SignedBy(r.Keys[:r.Threshold]...)
	}
	if g.in(40) {
		r.Expires = -time.Hour
	}
	if name == "root" {
		r.Version, r.Signatures = 0, nil
	}
	return r
}

// targets have small contents below a folder.
func (g *generator) targets(below string, most int) []demo.Target {
	var out []demo.Target
	for i := range g.rnd.IntN(most + 1) {
		t := demo.Target{Path: fmt.Sprintf("%sf%d", below, i), Size: int64(g.rnd.IntN(40))}
		switch g.rnd.IntN(6) {
		case 0:
			t.Hashes = demo.BothHashes()
		case 1:
			t.Hashes = []string{demo.SHA512}
		}
		if g.in(8) {
			t.Custom = []byte(`{"a":1}`)
		}
		out = append(out, t)
	}
	return out
}

func (g *generator) bins() *demo.Bins {
	return &demo.Bins{Count: 1 << (1 + g.rnd.IntN(3)), Succinct: g.in(2), Role: g.role("bin"), Targets: g.targets("bin/", 4)}
}

// delegations are up to three roles, that delegate further up to so many times.
func (g *generator) delegations(deep int) []demo.Delegation {
	var out []demo.Delegation
	if deep == 0 {
		return nil
	}
	names := map[string]bool{}
	for range g.rnd.IntN(4) {
		if len(g.roles) > 0 && g.in(8) { // a diamond, or a cycle
			d := demo.Delegation{Name: g.roles[g.rnd.IntN(len(g.roles))], Same: true, Paths: g.paths("*"), Terminating: g.in(4)}
			if !names[d.Name] {
				names[d.Name] = true
				out = append(out, d)
			}
			continue
		}
		name := fmt.Sprintf("r%d", len(g.roles))
		if g.in(5) {
			name = "a/" + name
		}
		names[name] = true
		g.roles = append(g.roles, name)
		d := demo.Delegation{Name: name, Role: g.role(name), Paths: g.paths(name + "/*"), Terminating: g.in(4)}
		d.Targets = g.targets(name+"/", 2)
		if g.in(4) {
			d.Targets = append(d.Targets, demo.Target{Path: "shared", Size: int64(g.rnd.IntN(3))})
		}
		if g.in(8) {
			d.Bins = g.bins()
			d.Bins.Prefix = fmt.Sprintf("bin%d", len(g.roles))
			d.Bins.Role = g.role(d.Bins.Prefix)
		} else {
			d.Delegations = g.delegations(deep - 1)
		}
		out = append(out, d)
	}
	return out
}

func (g *generator) paths(own string) []string {
	switch g.rnd.IntN(6) {
	case 0:
		return []string{"*"}
	case 1:
		return []string{"*/*", "shared"}
	case 2:
		return []string{own, "*", "*/*", "*/*/*"}
	case 3:
		return []string{"[a-z]*/f?", "f\\0", "*/*/f[^1]"}
	case 4:
		return []string{"[", own, "*"}
	}
	return []string{own, "shared"}
}
