package engine

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// When nothing is under way, the counters do not go on saying that something is.
func TestARunThatRestsSaysSo(t *testing.T) {
	brief := func(context.Context, int, fetch.Trace) error { time.Sleep(1050 * time.Millisecond); return nil }
	busy := func(ctx context.Context, n int, tr fetch.Trace) error {
		_ = brief(ctx, n, tr)
		return broken(1, fetch.Error{Kind: finding.ServerError, Text: "503", Retry: true, RetryAfter: 20 * time.Second})(ctx, n, tr)
	}
	for name, c := range map[string]struct {
		sick  func(context.Context, int, fetch.Trace) error
		pause bool
	}{
		"in a pause":                   {brief, true},
		"when all count down to a try": {busy, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(build(t, 4))
				for _, path := range []string{"t0", "t1", "t2", "t3"} {
					m.sick[path] = c.sick
				}
				cfg := configFor(m)
				cfg.Workers = 2
				s, err := Start(t.Context(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				defer s.Close()
				st, paused := &State{}, !c.pause
				looked := time.NewTimer(10 * time.Second)
				for over := false; !over; {
					select {
					case u, ok := <-s.Updates():
						over = !ok
						for _, e := range u.Events {
							st.Apply(e)
						}
						if !paused && st.Targets.Total == 4 && st.Targets.ByState[Queued] == 2 {
							paused = true // two are under way
							s.Send(Pause{})
						}
					case <-looked.C:
						over = true
					}
				}
				if q := st.Queue; q.Active != 0 || q.Rate != 0 || q.Paused != c.pause || st.Settled {
					t.Errorf("nothing is under way: %+v\n%s", q, show(st))
				}
			})
		})
	}
}
