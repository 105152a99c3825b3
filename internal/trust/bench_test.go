package trust

import (
	"fmt"
	"testing"

	"example.com/tufinspect/demo"
)

func manyTargets(n int) []demo.Target {
	out := make([]demo.Target, n)
	for i := range out {
		out[i] = demo.Target{Path: fmt.Sprintf("d/%d", i), Content: []byte{byte(i)}}
	}
	return out
}

func benchmarkWalk(b *testing.B, spec demo.Spec) {
	repo := build(b, spec)
	cache := map[string][]byte{}
	for _, p := range repo.Paths() {
		cache[p] = mustRead(b, repo, p)
	}
	b.ReportAllocs()
	for b.Loop() {
		drive(b, Config{Root: repo.Root(1)}, files(cache), 1)
	}
}

func BenchmarkWalk10000Targets(b *testing.B) {
	benchmarkWalk(b, demo.Spec{Targets: manyTargets(10_000)})
}

func BenchmarkWalk1024HashBins(b *testing.B) {
	benchmarkWalk(b, demo.Spec{Bins: &demo.Bins{Count: 1024, Targets: manyTargets(5000)}})
}

func BenchmarkWalk4096SuccinctBins(b *testing.B) {
	benchmarkWalk(b, demo.Spec{Bins: &demo.Bins{Count: 4096, Succinct: true}})
}

// ReachHashBins and ReachSuccinctBins ask where a search for a path ends.
func benchmarkReach(b *testing.B, bins demo.Bins) {
	repo := build(b, demo.Spec{Bins: &bins})
	d := drive(b, Config{Root: repo.Root(1)}, served(repo, nil), 1)
	listed := repo.Targets()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l := listed[i%len(listed)]
		if r := d.w.Reach(l.Role, l.Path); r.State != Found {
			b.Fatalf("%s: %+v", l.Path, r)
		}
	}
}

func BenchmarkReach256HashBins(b *testing.B) {
	benchmarkReach(b, demo.Bins{Count: 256, Targets: manyTargets(2000)})
}

func BenchmarkReach16384SuccinctBins(b *testing.B) {
	benchmarkReach(b, demo.Bins{Count: 16384, Succinct: true, Targets: manyTargets(2000)})
}

// ReachOfManyPatterns asks in a role that delegates to ten thousand by patterns.
func BenchmarkReachOf10000Patterns(b *testing.B) {
	var spec demo.Spec
	for i := range 10_000 {
		dir := fmt.Sprintf("r%05d", i)
		d := demo.Delegation{Name: dir, Paths: []string{dir + "/*"}, Role: demo.Role{Keys: []demo.Key{key("all")}}}
		if i%100 == 0 {
			d.Targets = []demo.Target{{Path: dir + "/f", Content: []byte("f")}}
		}
		spec.Delegations = append(spec.Delegations, d)
	}
	repo := build(b, spec)
	d := drive(b, Config{Root: repo.Root(1)}, served(repo, nil), 1)
	listed := repo.Targets()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		l := listed[i%len(listed)]
		if r := d.w.Reach(l.Role, l.Path); r.State != Found {
			b.Fatalf("%s: %+v", l.Path, r)
		}
	}
}

// ReachBeyondTheLimit follows a search through a hundred roles.
func BenchmarkReachBeyondTheLimit(b *testing.B) {
	repo := build(b, demo.Spec{Delegations: beside(100)})
	d := drive(b, Config{Root: repo.Root(1)}, served(repo, nil), 1)
	b.ReportAllocs()
	for b.Loop() {
		if r := d.w.Reach("r100", "deep/100"); r.State != BeyondLimit {
			b.Fatalf("%+v", r)
		}
	}
}
