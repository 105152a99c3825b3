package main

import (
	"fmt"
	"slices"
)

// Workloads of metadata alone, and of starting up.

// emptyName is the inspector on a repository without targets: what is left of its memory then
// is not the targets'.
const emptyName = "no targets, for comparison"

// decodeName is the floor of metadata.
const decodeName = "floor, decoded once, hashed once"

// listings are roles that list many targets. Their files are not there.
func listings(z sizes) []workload {
	listing := func(name, title string, r repo, goals ...goal) workload {
		r.Size, r.Absent = 1, true
		w := workload{name: name, title: title + ", metadata only", repos: []repo{r, {}}}
		w.goals = append(slices.Clone(goals), goal{what: memory, base: emptyName, most: 700, each: r.Targets})
		w.contenders = func(s *stage) []contender {
			all := []contender{simple(decodeName, s.self, "decode", "-url", r.url(s.base))}
			all = append(all, s.inspectors(r, "--metadata-only")...)
			empty := s.inspectors(repo{}, "--metadata-only")[0]
			empty.name, empty.inspector, empty.tree = emptyName, false, false
			all = append(all, empty)
			if len(goals) == 0 {
				return all
			}
			flags := []string{"-n", "16", "-lookup", "1"}
			if r.Bins > 0 {
				flags = append(flags, "-walk")
			}
			return append(all, s.lookups(r, flags...)...)
		}
		return w
	}
	half := []goal{{what: wall, base: gotufName, most: 0.5}, {what: memory, base: gotufName, most: 0.5}}
	n := z.listed
	return []workload{
		listing("W6", fmt.Sprintf("%d targets in one role", 5*n), repo{Targets: 5 * n}, half...),
		listing("W6-fewer", fmt.Sprintf("%d targets in one role", n), repo{Targets: n}, half...),
		listing("W6-keys", fmt.Sprintf("%d targets in one role that five keys sign", n), repo{Targets: n, Keys: 5}, half...),
		listing("W6-bins", fmt.Sprintf("%d targets in %d hash bins", 2*n, z.manyBins), repo{Targets: 2 * n, Bins: z.manyBins}, half...),
		listing("W6-more", fmt.Sprintf("%d targets in 16 hash bins", 10*n), repo{Targets: 10 * n, Bins: 16}),
	}
}

// rotations is a client that trusts an old root.
func rotations(z sizes) workload {
	const roots = 11
	r := repo{Roots: roots}
	return workload{
		name: "W7", title: fmt.Sprintf("%d rotations of the root, %s before each answer", roots-1, z.delay),
		repos: []repo{r}, delay: z.delay,
		goals: []goal{{what: wall, base: rootsName, most: 0.4}},
		contenders: func(s *stage) []contender {
			all := []contender{simple(rootsName, s.self, "roots", "-url", r.url(s.base))}
			return append(append(all, s.inspectors(r)...), s.lookups(r, "-n", "16", "-lookup", "0")...)
		},
	}
}

// rootsName is the floor of rotations.
const rootsName = "the roots alone, in sequence"

// screens are the same runs with and without the screen. How long keys take is what
// scripts/ui-load measures.
func screens(z sizes) []workload {
	shown := func(name string, r repo) workload {
		return workload{
			name: name, title: fmt.Sprintf("the screen, %d targets of %d bytes", r.Targets, r.Size), repos: []repo{r}, base: "check",
			goals: []goal{{what: wall, base: inspectorName, most: 1.1}, {what: cpu, base: inspectorName, most: 1.1}},
			contenders: func(s *stage) []contender {
				with := s.inspectors(r)
				for i := range with { // the goals are about the screens
					with[i].inspector, with[i].tree = false, false
				}
				return append(with, s.screens(r)...)
			},
		}
	}
	return []workload{
		shown("W8", repo{Targets: z.small, Size: 4 << 10}),
		shown("W8-more", repo{Targets: z.shown, Size: 64}),
	}
}

// startUp is what a run costs that has nothing to do.
func startUp() []workload {
	return []workload{
		{
			name: "W9-version", title: "start-up: version", goals: []goal{{what: wall, most: 0.020}},
			contenders: func(s *stage) []contender {
				return append([]contender{simple(nothingName, s.self, "nothing")}, s.versions()...)
			},
		},
		{
			name: "W9-check", title: "start-up: check of a repository without targets", repos: []repo{{}},
			goals: []goal{{what: wall, most: 0.060}},
			contenders: func(s *stage) []contender {
				return append([]contender{simple(nothingName, s.self, "nothing")}, s.inspectors(repo{})...)
			},
		},
	}
}

// nothingName is the floor of starting up.
const nothingName = "a Go program that does nothing"
