package engine

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/trust"
)

// startWithJobs starts a run that does its verification in another way.
func startWithJobs(t *testing.T, cfg Config, do func(trust.Job) trust.Result) *Session {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	s := newSession(cancel)
	r := newRun(ctx, cfg, s)
	r.do = do
	s.serve(r)
	return s
}

func TestVerificationThatFailsOrNeverEndsHoldsNothingUp(t *testing.T) {
	for _, c := range []struct {
		name   string
		never  bool
		stop   bool
		within time.Duration
	}{
		{"panics", false, false, time.Second},
		{"never ends", true, false, jobLimit + time.Second},
		{"never ends, and the run is stopped", true, true, leaveWithin + 2*time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			within(t, c.within, func(t *testing.T) {
				release := make(chan struct{})
				defer close(release)
				cfg := configFor(newMemory(build(t, 3, func(s *demo.Spec) { s.Roots = 2 })))
				var once atomic.Bool
				s := startWithJobs(t, cfg, func(j trust.Job) trust.Result {
					if once.Swap(true) {
						return j.Run()
					}
					if c.never {
						<-release
					}
					panic("boom")
				})
				defer s.Close()
				if c.stop {
					go func() {
						time.Sleep(time.Second)
						s.Send(Stop{Now: true})
					}()
				}
				st := &State{}
				for u := range s.Updates() {
					for _, e := range u.Events {
						st.Apply(e)
					}
				}
				if !st.Finished || st.Violations != 0 || len(st.Faults) != 1 || st.Verdict().ExitCode() != 3 {
					t.Errorf("%+v, %s\n%s", st.Faults, st.Verdict(), show(st))
				}
			})
		})
	}
}
