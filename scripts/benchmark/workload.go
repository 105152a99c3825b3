package main

import (
	"fmt"
	"slices"
	"time"
)

// workload is something that clients do, with who does it here and what is to be reached.
type workload struct {
	name       string // "W1"
	title      string
	repos      []repo                     // what is to be built for it
	delay      time.Duration              // before each answer of the server
	contenders func(s *stage) []contender // the first one is what the others are compared with
	base       string                     // what that is, in a word; "" means the floor
	goals      []goal
}

// sizes is how large the workloads are.
type sizes struct {
	small, bins, binned int   // W1, W4
	large               int   // W2, W3
	bytes               int64 // of each of them
	some                int   // W5
	listed, manyBins    int   // W6
	shown               int   // W8
	delay               time.Duration
}

// fullSizes are the workloads as the goals are stated for, and quickSizes are for seeing in
// seconds that everything still runs.
func fullSizes() sizes {
	return sizes{
		small: 5000, bins: 256, binned: 20_000, large: 8, bytes: 512 << 20, some: 200, listed: 100_000, manyBins: 16_384,
		shown: 100_000, delay: 100 * time.Millisecond,
	}
}

func quickSizes() sizes {
	return sizes{
		small: 200, bins: 16, binned: 300, large: 2, bytes: 4 << 20, some: 20, listed: 1000, manyBins: 64,
		shown: 1000, delay: 5 * time.Millisecond,
	}
}

// workloads are all there are, in the order in which they run.
func workloads(z sizes) []workload {
	return slices.Concat(
		[]workload{small(z), large(z)}, both(z), []workload{bins(z), late(z)},
		listings(z), []workload{rotations(z)}, screens(z), startUp(),
	)
}

// whole is a workload of fetching everything, for all contenders.
func whole(name, title string, r repo, goals ...goal) workload {
	return workload{
		name: name, title: title, repos: []repo{r}, goals: goals,
		contenders: func(s *stage) []contender {
			return slices.Concat(one(s.floor(r, 16)), s.inspectors(r), s.everyone(r))
		},
	}
}

func small(z sizes) workload {
	r := repo{Targets: z.small, Size: 4 << 10}
	return whole("W1", fmt.Sprintf("%d targets of 4 KiB", r.Targets), r, goal{what: wall, base: floorOf(16), most: 1.25})
}

func large(z sizes) workload {
	r := repo{Targets: z.large, Size: z.bytes}
	return whole("W2", fmt.Sprintf("%d targets of %d MiB, sha256", r.Targets, z.bytes>>20), r,
		goal{what: wall, base: floorOf(16), most: 1.03}, goal{what: memory, most: 40 << 20})
}

// both are large targets with two hashes. With plain names each is one file, as the floor
// fetches it. With consistent snapshots there is a copy for each hash, and an inspector has to
// look at both, where a client takes one.
func both(z sizes) []workload {
	files := repo{Targets: z.large, Size: z.bytes} // which the others are links to
	r := repo{Targets: z.large, Size: z.bytes, Both: true, Plain: true}
	all := whole("W3", fmt.Sprintf("%d targets of %d MiB, sha256 and sha512", r.Targets, z.bytes>>20), r,
		goal{what: wall, base: floorOf(16), most: 1.03})
	single := repo{Targets: 1, Size: z.bytes, Both: true, Plain: true}
	alone := workload{
		name: "W3-one", title: fmt.Sprintf("1 target of %d MiB, sha256 and sha512", z.bytes>>20),
		goals: []goal{{what: wall, base: floorOf(1), most: 0.65}},
		contenders: func(s *stage) []contender {
			return slices.Concat(one(s.floor(single, 1)), s.inspectors(single))
		},
	}
	copied := repo{Targets: z.large, Size: z.bytes, Both: true}
	copies := workload{
		name: "W3-copies", title: fmt.Sprintf("%d targets of %d MiB, a copy for each of sha256 and sha512; the floor takes one of them", r.Targets, z.bytes>>20),
		contenders: func(s *stage) []contender {
			return slices.Concat(one(s.floor(copied, 16)), s.inspectors(copied))
		},
	}
	all.repos, alone.repos, copies.repos = []repo{files, r}, []repo{files, single}, []repo{files, copied}
	return []workload{all, alone, copies}
}

func bins(z sizes) workload {
	r := repo{Targets: z.binned, Size: 1 << 10, Bins: z.bins}
	return whole("W4", fmt.Sprintf("%d targets of 1 KiB in %d hash bins", r.Targets, r.Bins), r,
		goal{what: wall, base: floorOf(16), most: 1.5})
}

func late(z sizes) workload {
	r := repo{Targets: z.some, Size: 1 << 20}
	w := whole("W5", fmt.Sprintf("%d targets of 1 MiB, %s before each answer", r.Targets, z.delay), r,
		goal{what: wall, base: floorOf(64), most: 1.1}, goal{what: wall, base: behindName, most: 1.1})
	rest := w.contenders
	w.delay = z.delay
	w.contenders = func(s *stage) []contender { return append([]contender{s.floor(r, 64), s.behind(r, 64)}, rest(s)...) }
	return w
}

// floorOf is the name of the floor with so many files at a time.
func floorOf(n int) string { return fmt.Sprintf("floor, %d at a time", n) }

func one(c contender) []contender { return []contender{c} }
