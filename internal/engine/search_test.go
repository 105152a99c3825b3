package engine

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// startSlow starts a run in which every search for a target takes at least so long.
func startSlow(t *testing.T, cfg Config, each time.Duration) *Session {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	s := newSession(cancel)
	r := newRun(ctx, cfg, s)
	r.searched = func() { time.Sleep(each) }
	s.serve(r)
	return s
}

// hostile delegates by many patterns to a role that comes late, before it delegates to
// the one that lists the targets: each of them waits for the first.
func hostile(t *testing.T, n int) *demo.Repository {
	late := demo.Delegation{Name: "late", Targets: []demo.Target{{Path: "x/late", Size: 9}}}
	for i := range 500 {
		late.Paths = append(late.Paths, fmt.Sprintf("*%d/*", i))
	}
	late.Paths = append(late.Paths, "*/*")
	lists := demo.Delegation{Name: "lists", Paths: []string{"x/*"}}
	for i := range n {
		lists.Targets = append(lists.Targets, demo.Target{Path: fmt.Sprintf("x/%d", i), Size: 9})
	}
	return build(t, 0, func(s *demo.Spec) { s.Delegations = []demo.Delegation{late, lists} })
}

// lateRole has the first role come only after so long.
func lateRole(m *memory, after time.Duration) {
	m.sick["1.late.json"] = func(context.Context, int, fetch.Trace) error {
		time.Sleep(after)
		return nil
	}
}

// follow folds a run to its end and shows each event to watch.
func follow(s *Session, watch func(*State, Event)) *State {
	st := &State{}
	for u := range s.Updates() {
		for _, e := range u.Events {
			st.Apply(e)
			watch(st, e)
		}
	}
	s.Close()
	return st
}

// While hundreds of targets are searched for, which takes seconds, commands are taken
// at once, and none of the targets that wait is ended as one that nobody looks after.
func TestCommandsAreAnsweredWhileTargetsAreSearchedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const n = 300
		m := newMemory(hostile(t, n))
		lateRole(m, 3*time.Second)
		s := startSlow(t, configFor(m), 5*time.Millisecond)
		longest := time.Duration(0)
		asked := make(chan struct{})
		go func() {
			defer close(asked)
			for {
				at := time.Now()
				if !s.Send(SetWorkers{N: 3}) {
					return
				}
				longest = max(longest, time.Since(at))
				time.Sleep(37 * time.Millisecond)
			}
		}()
		waited, parts := 0, map[time.Duration]bool{}
		st := follow(s, func(st *State, e Event) {
			waited = max(waited, st.Counts[Verifying])
			if b, ok := e.Body.(StateChanged); ok && b.To == Verified && b.From == Verifying {
				parts[e.At] = true
			}
		})
		<-asked
		checkRun(t, st)
		if st.Targets.ByState[Verified] != n+1 || st.Verdict() != Healthy || waited < n || len(parts) < n/4 {
			t.Errorf("%s, %d waited at a time, verified at %d moments\n%s", st.Verdict(), waited, len(parts), show(st))
		}
		if longest > 30*time.Millisecond {
			t.Errorf("a command waited for %s", longest)
		}
	})
}

// Whoever stops the run then does not wait for the rest of the searches.
func TestARunIsStoppedWhileTargetsAreSearchedFor(t *testing.T) {
	for name, now := range map[string]bool{"at once": true, "when what runs has ended": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 300
				m := newMemory(hostile(t, n))
				lateRole(m, 3*time.Second)
				s := startSlow(t, configFor(m), 5*time.Millisecond)
				var stopped time.Time
				st := follow(s, func(st *State, e Event) {
					if stopped.IsZero() && st.Targets.ByState[Verified] > n/3 {
						stopped = time.Now()
						go s.Send(Stop{Now: now})
					}
				})
				checkRun(t, st)
				verified, cancelled := st.Targets.ByState[Verified], st.Targets.ByState[Cancelled]
				switch took := time.Since(stopped); {
				case verified+cancelled != n+1:
					t.Errorf("%d verified, %d cancelled\n%s", verified, cancelled, show(st))
				case now && (cancelled < n/3 || took > time.Second || st.Verdict() != Undecided):
					t.Errorf("%s after %s, %d cancelled", st.Verdict(), took, cancelled)
				case !now && cancelled > 0:
					t.Errorf("%d cancelled, and only searches were left to do", cancelled)
				}
			})
		})
	}
}

// A run that is stopped in the middle of a second look at what was verified calls
// nothing verified that it has not looked at again, and does not take longer for it
// than a second or two.
func TestWhatHasNotBeenSearchedForAgainIsNotVerifiedAfterAStop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 200, func(s *demo.Spec) {
			s.Roots = 2
			s.EditRoot = func(v *demo.RootVersion) {
				if v.Version == 2 {
					v.Targets.Keys = demo.NewKeys("successor", 1)
				}
			}
			s.TargetsRole.Signatures = demo.SignedBy(demo.Key{Name: "targets"})
		}))
		m.sick["2.root.json"] = broken(1, unreachable)
		cfg := configFor(m)
		cfg.Interactive = true
		s := startSlow(t, cfg, 20*time.Millisecond)
		settled, before := false, 0
		var stopped time.Time
		st := follow(s, func(st *State, e Event) {
			switch b := e.Body.(type) {
			case RunSettled:
				if !settled {
					settled, before = true, st.Targets.ByState[Verified]
					go s.Send(RetryFailed{Kinds: []finding.ID{finding.Unreachable}})
				}
			case StateChanged:
				if settled && stopped.IsZero() && b.From == Verified {
					stopped = time.Now()
					go s.Send(Stop{Now: true})
				}
			}
		})
		checkRun(t, st)
		if before != 200 || stopped.IsZero() || st.Targets.ByState[Verified] > 0 {
			t.Errorf("%d were verified at first\n%s", before, show(st))
		}
		if took := time.Since(stopped); took > searchStopped+leaveWithin {
			t.Errorf("it ended after %s", took)
		}
	})
}
