package engine

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
)

// distant is a source whose every answer takes so long to begin.
type distant struct {
	*memory
	latency time.Duration
}

func (d distant) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	select {
	case <-time.After(d.latency):
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	return d.memory.Get(ctx, req, sink, tr)
}

// TestRootsAreFetchedAhead: a client asks for one root after the other. Ten roots that
// are 100 ms away cost less than half of that here.
func TestRootsAreFetchedAhead(t *testing.T) {
	const latency, roots = 100 * time.Millisecond, 10
	took := func(t *testing.T, roots int) (d time.Duration) {
		repo := build(t, 1, func(s *demo.Spec) { s.Roots, s.Start = roots, time.Now() })
		m := newMemory(repo)
		cfg := configFor(m)
		cfg.Source, cfg.MetadataOnly = distant{m, latency}, true
		st, err := Run(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		checkRun(t, st)
		if st.Verdict() != Healthy || st.Anchor.Version != 1 {
			t.Errorf("%s\n%s", st.Verdict(), show(st))
		}
		return st.Now
	}
	synctest.Test(t, func(t *testing.T) {
		alone, all := took(t, 1), took(t, roots)
		sequential := (roots - 1) * latency
		t.Logf("%d roots take %s more than one; one after the other they would take %s", roots, all-alone, sequential)
		if all-alone >= sequential/2 {
			t.Errorf("%d roots take %s more than one, and one after the other %s", roots, all-alone, sequential)
		}
	})
}

// TestMetadataTakesThreeRoundTrips: the root after the trusted one is asked for beside
// the timestamp; snapshot and targets come one after the other, because each names the
// next. A client takes four, with the root first.
func TestMetadataTakesThreeRoundTrips(t *testing.T) {
	const latency = 100 * time.Millisecond
	for _, dir := range []string{"", "metadata"} {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory(build(t, 1, func(s *demo.Spec) { s.Start, s.MetadataDir = time.Now(), dir }))
			cfg := configFor(m)
			cfg.Source, cfg.MetadataOnly = distant{m, latency}, true
			trips := 3
			if dir != "" {
				trips++ // to the place where it is not
			}
			st, err := Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			checkRun(t, st)
			if st.Verdict() != Healthy || st.Now != time.Duration(trips)*latency {
				t.Errorf("%s after %s, and %d round trips are expected\n%s", st.Verdict(), st.Now, trips, show(st))
			}
		})
	}
}
