package main

import (
	"fmt"
	"time"
)

// workload is something that clients do, with who does it here and what is to be reached.
type workload struct {
	name       string // "W1"
	title      string
	repos      []repo        // what is to be built for it
	delay      time.Duration // before each answer of the server
	contenders func(s *stage) []contender
	goals      []goal
}

// sizes is how large the workloads are.
type sizes struct {
	small, bins, large, listed, some int
	bytes                            int64 // of a large target
	delay                            time.Duration
}

// full are the workloads as the goals are stated for, and quick is for seeing in seconds that
// everything still runs.
var (
	full  = sizes{small: 5000, bins: 256, large: 8, listed: 500_000, some: 200, bytes: 512 << 20, delay: 100 * time.Millisecond}
	quick = sizes{small: 200, bins: 16, large: 2, listed: 2000, some: 20, bytes: 4 << 20, delay: 5 * time.Millisecond}
)

// floorOf is the name of the floor that most workloads compare with.
func floorOf(n int) string { return fmt.Sprintf("floor, %d at a time", n) }

// workloads are all there are, in the order in which they run.
func workloads(z sizes) []workload {
	return []workload{w1(z), w2(z), w5(z)}
}

func w1(z sizes) workload {
	r := repo{Targets: z.small, Size: 4 << 10}
	return workload{
		name: "W1", title: fmt.Sprintf("%d targets of 4 KiB", r.Targets), repos: []repo{r},
		contenders: func(s *stage) []contender {
			return join(one(s.floor(r, 16)), s.inspectors(r), s.everyone(r))
		},
		goals: []goal{{wall, floorOf(16), 1.25}},
	}
}

func w2(z sizes) workload {
	r := repo{Targets: z.large, Size: z.bytes}
	return workload{
		name: "W2", title: fmt.Sprintf("%d targets of %d MiB, sha256", r.Targets, z.bytes>>20), repos: []repo{r},
		contenders: func(s *stage) []contender {
			return join(one(s.floor(r, 16)), s.inspectors(r), s.everyone(r))
		},
		goals: []goal{{wall, floorOf(16), 1.03}, {memory, "", 40 << 20}},
	}
}

func w5(z sizes) workload {
	r := repo{Targets: z.some, Size: 1 << 20}
	return workload{
		name: "W5", title: fmt.Sprintf("%d targets of 1 MiB, %s latency a request", r.Targets, z.delay), repos: []repo{r}, delay: z.delay,
		contenders: func(s *stage) []contender {
			return join(one(s.floor(r, 64)), one(s.floor(r, 16)), s.inspectors(r), s.everyone(r))
		},
		goals: []goal{{wall, floorOf(64), 1.1}},
	}
}

func one(c contender) []contender { return []contender{c} }

func join(lists ...[]contender) []contender {
	var all []contender
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}
