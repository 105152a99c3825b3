package engine

import (
	"context"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
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

// TestAnOldRootCostsNoRoundTripsOfItsOwn: where the trusted root is an old one, snapshot
// and targets come while its chain is walked.
func TestAnOldRootCostsNoRoundTripsOfItsOwn(t *testing.T) {
	const latency, roots = 100 * time.Millisecond, 11
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 1, func(s *demo.Spec) { s.Roots, s.Start = roots, time.Now() }))
		cfg := configFor(m)
		cfg.Source, cfg.MetadataOnly, cfg.Workers = distant{m, latency}, true, 16
		st, err := Run(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		checkRun(t, st)
		// Three, or four if the end of the chain is heard of after the last link was judged.
		if st.Verdict() != Healthy || st.Now > 4*latency {
			t.Errorf("%s after %s\n%s", st.Verdict(), st.Now, show(st))
		}
		for i := range st.Items.Len() {
			if it := st.Items.At(i); st.Role(it.Role).Name != it.RoleName {
				t.Errorf("%s is said to be of the role %s", it.Path, st.Role(it.Role).Name)
			}
		}
	})
}

// What is asked for ahead under a wrong name, or cannot be had, changes nothing.
func TestAWrongGuessChangesNothing(t *testing.T) {
	silently := func(ctx context.Context, _ int, _ fetch.Trace) error { <-ctx.Done(); return context.Cause(ctx) }
	flip := func(s *demo.Spec) { // the first root says that names have no versions
		s.EditRoot = func(v *demo.RootVersion) { v.Consistent = v.Version > 1 }
	}
	for _, c := range []struct {
		name string
		edit func(*demo.Spec)
		sick string
		f    func(context.Context, int, fetch.Trace) error
	}{
		{"another name", flip, "", nil},
		{"a name that is never answered", flip, "snapshot.json", silently},
		{"a name that fails", flip, "snapshot.json", broken(100, unreachable)},
		{"the right name, which fails at first", nil, "1.snapshot.json", broken(1, unreachable)},
		{"the right name, which is not there at first", nil, "1.snapshot.json", broken(1, fetch.Error{Kind: finding.Missing, Text: "404 Not Found", Status: 404})},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(build(t, 3, func(s *demo.Spec) {
					s.Roots, s.Start = 11, time.Now()
					if c.edit != nil {
						c.edit(s)
					}
				}))
				if c.sick != "" {
					m.sick[c.sick] = c.f
				}
				cfg := configFor(m)
				cfg.Source = distant{m, 100 * time.Millisecond}
				st, err := Run(t.Context(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				checkRun(t, st)
				if st.Verdict() != Healthy || st.Targets.ByState[Verified] != 3 || st.Now > 3*time.Second {
					t.Errorf("%s after %s\n%s", st.Verdict(), st.Now, show(st))
				}
			})
		})
	}
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
