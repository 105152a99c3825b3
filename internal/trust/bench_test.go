package trust

import (
	"fmt"
	"testing"
	"time"

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

func BenchmarkWalk250Roots(b *testing.B) {
	benchmarkWalk(b, demo.Spec{Roots: 250})
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

// BenchmarkClients measures the verdicts of clients: what the owner's goroutine does,
// and what is done beside it.
func BenchmarkClients(b *testing.B) {
	hashed := demo.Bins{Count: 4096}
	for i := range 2000 {
		hashed.Targets = append(hashed.Targets, demo.Target{Path: fmt.Sprintf("d/%d", i)})
	}
	succinct := hashed
	succinct.Succinct = true
	var flat []demo.Delegation
	for i := range 2000 {
		flat = append(flat, demo.Delegation{Name: fmt.Sprintf("r%d", i), Paths: []string{fmt.Sprintf("r%d/*", i)}, Targets: []demo.Target{{Path: fmt.Sprintf("r%d/f", i)}}})
	}
	for name, spec := range map[string]demo.Spec{
		"250 roots": {Roots: 250}, "4096 hashed bins": {Bins: &hashed}, "4096 succinct bins": {Bins: &succinct}, "2000 roles": {Delegations: flat},
		"2000 roles and a diamond": {Delegations: append(flat[:1999:1999], demo.Delegation{Name: "r0", Same: true, Paths: []string{"z/*"}})},
	} {
		b.Run(name, func(b *testing.B) {
			repo := build(b, spec)
			d := drive(b, Config{Root: repo.Root(1)}, served(repo, nil), 1)
			var prepare, ask time.Duration
			asked := 0
			for b.Loop() {
				began := time.Now()
				run, _, ok := d.w.Clients()
				prepare += time.Since(began)
				if !ok {
					b.Fatal("the clients cannot be asked")
				}
				began = time.Now()
				r := run()
				ask += time.Since(began)
				asked = d.w.Apply(r).Clients[0].Asked
			}
			b.ReportMetric(float64(prepare.Milliseconds())/float64(b.N), "ms-on-loop")
			b.ReportMetric(float64(ask.Milliseconds())/float64(b.N), "ms-beside")
			b.ReportMetric(float64(asked), "asked")
		})
	}
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
