package engine

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/fetch"
)

// stuckLoop is a run whose control loop hangs for so long, in a source that breaks
// its promise to do no input or output when it is asked for an address.
func stuckLoop(t *testing.T, hangs time.Duration, watch func(*Session, *State, Event)) *State {
	t.Helper()
	m := newMemory(build(t, 3))
	m.sick["t2"] = func(context.Context, int, fetch.Trace) error {
		time.Sleep(3 * time.Second) // the run goes on for a while behind it
		return nil
	}
	cfg := configFor(m)
	cfg.Source = &bent{memory: m, locate: func(f fetch.File) (string, error) {
		time.Sleep(hangs)
		return m.Locate(f)
	}}
	var s *Session
	cfg.Watchdog = alive.NewWatchdog(alive.Options{Alarm: func(a alive.Alarm) { s.Alarm(a) }})
	s, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Watchdog.Start()
	defer cfg.Watchdog.Close()
	defer s.Close()
	st := &State{}
	for u := range s.Updates() {
		for _, e := range u.Events {
			st.Apply(e)
			watch(s, st, e)
		}
	}
	return st
}

func TestAControlLoopThatStandsStillIsSaidToAndSoIsItsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said []InspectorStuck
		st := stuckLoop(t, 20*time.Second, func(_ *Session, st *State, e Event) {
			if b, ok := e.Body.(InspectorStuck); ok {
				said = append(said, b)
				if b.Over != (len(st.Stuck) == 0) {
					t.Errorf("%+v, the state has %+v", b, st.Stuck)
				}
			}
		})
		checkRun(t, st)
		if len(said) != 2 || said[0].Over || !said[1].Over || said[0].Part != "control loop" ||
			said[0].For < 4*time.Second || said[0].For > 7*time.Second || said[1].For < 18*time.Second {
			t.Errorf("%+v", said)
		}
		if st.Verdict() != Healthy || st.Targets.ByState[Verified] != 3 {
			t.Errorf("%s: it was late, and nothing is wrong\n%s", st.Verdict(), show(st))
		}
	})
}

// A command is answered whatever becomes of the control loop.
func TestACommandOnWhichTheControlLoopFailsIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 3))
		cfg := configFor(m)
		cfg.Interactive = true
		cfg.Source = &probedSource{m, nil}
		ctx, cancel := context.WithCancelCause(t.Context())
		s := newSession(cancel)
		r := newRun(ctx, cfg, s)
		r.probing = nil // a mistake of this program
		s.serve(r)
		defer s.Close()
		answers := 0
		st := &State{}
		for u := range s.Updates() {
			for _, e := range u.Events {
				st.Apply(e)
				switch b := e.Body.(type) {
				case RunSettled:
					go s.Send(Probe{})
				case CommandDone:
					answers++
					if b.Err != "the inspector failed" {
						t.Errorf("%+v", b)
					}
				}
			}
		}
		if answers != 1 || len(st.Faults) != 1 || !st.Finished || st.Verdict().ExitCode() != 3 {
			t.Errorf("%d answers, %+v, %s", answers, st.Faults, st.Verdict())
		}
	})
}

// Whoever closes a session must not hang with it.
func TestCloseDoesNotWaitForAControlLoopThatStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 3))
		cfg := configFor(m)
		release := make(chan struct{})
		cfg.Source = &bent{memory: m, locate: func(f fetch.File) (string, error) {
			<-release
			return m.Locate(f)
		}}
		s, err := Start(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		start := time.Now()
		s.Close()
		if took := time.Since(start); took != closeWithin {
			t.Errorf("took %s", took)
		}
		close(release)
		s.Close() // which waits, now that there is an end
	})
}
