package demo

import (
	"fmt"
	"time"
)

// part is what one story adds to a repository. Parts stand side by side: each has
// roles and files of its own.
type part struct {
	targets     []Target // of the top-level role
	delegations []Delegation
	faults      []Ailment
	// tamper changes the files of roles after they were signed; parents list what it
	// returns.
	tamper map[string]func(file []byte) []byte
	// finish changes what is published already; parents list what it was.
	finish func(*Repository) error
}

// company is the repository of the default scenario without anything in it: three
// owners, and roles whose versions tell that it has been published for a while.
func company(seed uint64, start time.Time) Spec {
	owners := []string{"@ana", "@ben", "@chloe"}
	return Spec{
		Seed: seed, Start: start, Roots: 3,
		Root:        Role{Keys: OwnedKeys("root", owners...), Threshold: 2},
		TargetsRole: Role{Keys: OwnedKeys("targets", owners...), Threshold: 2, Version: 41},
		Snapshot:    Role{Version: 212},
		Timestamp:   Role{Version: 1904},
	}
}

// crew gives a delegated role three owners of whom two have to sign.
func crew(name string, version int64) Role {
	return Role{Keys: OwnedKeys(name, "@dora", "@emil", "@farah"), Threshold: 2, Version: version}
}

// stage builds a repository of a Spec and parts.
func stage(name string, spec Spec, parts ...part) (*Stage, error) {
	tamper := map[string]func([]byte) []byte{}
	s := &Stage{}
	for _, p := range parts {
		spec.Targets = append(spec.Targets, p.targets...)
		spec.Delegations = append(spec.Delegations, p.delegations...)
		s.Faults = append(s.Faults, p.faults...)
		for role, f := range p.tamper {
			tamper[role] = f
		}
	}
	spec.TamperFile = func(role string, file []byte) []byte {
		if f := tamper[role]; f != nil {
			return f(file)
		}
		return file
	}
	var err error
	if s.Repository, err = spec.Build(); err != nil {
		return nil, fmt.Errorf("building the scenario %s: %w", name, err)
	}
	for _, p := range parts {
		if p.finish == nil {
			continue
		}
		if err := p.finish(s.Repository); err != nil {
			return nil, fmt.Errorf("building the scenario %s: %w", name, err)
		}
	}
	return s, nil
}

// goods lists targets whose sizes depend on their paths.
type goods struct {
	size func(path string, low, high int64) int64
	list []Target
}

func newGoods(seed uint64) *goods { return &goods{size: sizes(seed)} }

func (g *goods) add(low, high int64, paths ...string) {
	for _, p := range paths {
		g.list = append(g.list, Target{Path: p, Size: g.size(p, low, high)})
	}
}
