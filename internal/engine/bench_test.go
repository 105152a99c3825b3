package engine

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
)

// BenchmarkOneStalledAmongAThousand makes pairs of runs over real sockets, one of
// them with a target that is silent for ever, and gives the median of the ratios of
// the times after which the 999 others were verified.
func BenchmarkOneStalledAmongAThousand(b *testing.B) {
	repo := build(b, 1000)
	healthy, sick := othersTake(b, repo), othersTake(b, repo, demo.WithFault("targets/t500", demo.Fault{Kind: demo.StallHeaders}))
	healthy()
	sick()
	var ratios []float64
	var all [2]time.Duration
	for i := range b.N {
		first, second := healthy, sick
		if i%2 == 1 {
			first, second = sick, healthy
		}
		x, y := first(), second()
		if i%2 == 1 {
			x, y = y, x
		}
		all[0], all[1] = all[0]+x, all[1]+y
		ratios = append(ratios, y.Seconds()/x.Seconds())
	}
	slices.Sort(ratios)
	b.ReportMetric(ratios[len(ratios)/2], "ratio")
	b.ReportMetric(all[0].Seconds()/float64(b.N), "healthy-s/op")
	b.ReportMetric(all[1].Seconds()/float64(b.N), "sick-s/op")
}

// othersTake gives a function that makes a run and gives the time until 999 targets
// were verified.
func othersTake(b *testing.B, repo *demo.Repository, opts ...demo.Option) func() time.Duration {
	b.Helper()
	server, err := demo.Serve(repo, opts...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(server.Close)
	return func() time.Duration {
		source, err := fetch.New(fetch.Options{Proxy: "none", MaxConns: 2 * AutoWorkers})
		if err != nil {
			b.Fatal(err)
		}
		defer source.Close()
		cfg := DefaultConfig()
		cfg.Source, cfg.Repository = source, server.URL()
		cfg.Root, cfg.RootSource = repo.Root(1), RootFile
		ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
		defer cancel()
		s, err := Start(ctx, cfg)
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		st := &State{}
		for u := range s.Updates() {
			for _, e := range u.Events {
				if st.Apply(e); st.Targets.ByState[Verified] == 999 {
					return e.At
				}
			}
		}
		b.Fatal(fmt.Errorf("%d verified", st.Targets.ByState[Verified]))
		return 0
	}
}
