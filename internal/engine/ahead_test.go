package engine

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// A file that was asked for ahead, cancelled and retried is under way again. What came
// of it before is over: it can be cancelled once more, and the walk waits for it.
func TestWhatIsAskedForAheadIsCancelledAndRetriedLikeAnythingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 1, func(s *demo.Spec) { s.Roots = 2 }))
		m.sick["timestamp.json"], m.sick["2.root.json"] = silent(99), silent(99)
		cfg := configFor(m)
		cfg.Interactive = true
		stalls, cancels := 0, 0
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			switch b := e.Body.(type) {
			case StateChanged:
				switch {
				case st.Item(b.Item).Path != "2.root.json":
				case b.To == Stalled:
					stalls++
					go s.Send(Cancel{[]ItemID{b.Item}})
				case b.To == Cancelled && stalls == 1:
					go s.Send(Retry{Items: []ItemID{b.Item}})
				}
			case CommandDone:
				if c, ok := b.Command.(Cancel); ok {
					cancels += b.Accepted
					if b.Reason != "" {
						t.Errorf("%+v: %s", c, b.Reason)
					}
					if stalls == 2 {
						go s.Send(Stop{Now: true})
					}
				}
			}
		})
		checkRun(t, st)
		if stalls != 2 || cancels != 2 {
			t.Errorf("stalled %d times, cancelled %d times\n%s", stalls, cancels, show(st))
		}
	})
}

// The walk is not told what came of it before, while it is under way again.
func TestTheWalkWaitsForWhatIsRetriedAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 1, func(s *demo.Spec) { s.Roots = 2 }))
		late := func(context.Context, int, fetch.Trace) error { time.Sleep(15 * time.Second); return nil }
		m.sick["timestamp.json"] = late
		m.sick["2.root.json"] = func(ctx context.Context, n int, tr fetch.Trace) error {
			if err := silent(1)(ctx, n, tr); err != nil {
				return err
			}
			return late(ctx, n, tr)
		}
		cfg := configFor(m)
		cfg.StallAfter, cfg.StallTimeout = 10*time.Second, time.Hour
		cancelled := false
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			b, ok := e.Body.(StateChanged)
			switch {
			case !ok || st.Item(b.Item).Path != "2.root.json":
			case b.To == Stalled && !cancelled:
				cancelled = true
				go s.Send(Cancel{[]ItemID{b.Item}})
			case b.To == Cancelled:
				go s.Send(Retry{Items: []ItemID{b.Item}})
			}
		})
		checkRun(t, st)
		if it := byPath(t, st, "timestamp.json"); !cancelled || st.Verdict() != Healthy || it.Tries() != 1 {
			t.Errorf("%s, and the timestamp was looked at %d times\n%s", st.Verdict(), it.Tries(), show(st))
		}
	})
}

// What is asked for ahead where the repository is not means nothing, whatever came of it.
func TestARootThatFailsWhereTheRepositoryIsNotMeansNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 1, func(s *demo.Spec) { s.MetadataDir = "metadata" }))
		m.sick["2.root.json"] = broken(1, fetch.Error{Kind: finding.ServerError, Text: "400 Bad Request", Status: 400})
		m.sick["timestamp.json"] = func(context.Context, int, fetch.Trace) error { time.Sleep(time.Second); return nil }
		st := runAndWatch(t, configFor(m), func(*Session, *State, Event) {})
		checkRun(t, st)
		if st.Verdict() != Healthy {
			t.Errorf("%s\n%s", st.Verdict(), show(st))
		}
	})
}

// A file that was asked for ahead and is cancelled stays cancelled when the walk gets to
// it, and a retry brings it.
func TestWhatIsCancelledAheadIsNotFetchedAllTheSame(t *testing.T) {
	for _, name := range []string{"1.snapshot.json", "1.targets.json"} {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory(build(t, 1, func(s *demo.Spec) { s.Roots, s.Start = 11, time.Now() }))
			cfg := configFor(m)
			cfg.Source, cfg.Interactive = distant{m, 350 * time.Millisecond}, true // longer than until the next update
			s, err := Start(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			var st State
			cancelled, retried := false, false
			for u := range s.Updates() {
				for _, e := range u.Events {
					st.Apply(e)
				}
				switch {
				case st.Settled && cancelled && !retried:
					if it := byPath(t, &st, name); it.State != Cancelled || m.asked[name] > 0 || st.Verdict() != Undecided {
						t.Errorf("%s is %s, and was asked for %d times\n%s", name, it.State, m.asked[name], show(&st))
					}
					retried = true
					s.Send(RetryFailed{})
				case st.Settled:
					s.Send(Stop{})
				}
				for i := range st.Items.Len() {
					if it := st.Items.At(i); it.Path == name && !cancelled && it.State.Active() {
						cancelled = true
						s.Send(Cancel{Items: []ItemID{it.ID}})
					}
				}
			}
			checkRun(t, &st)
			if it := byPath(t, &st, name); it.State != Verified || st.Verdict() != Healthy {
				t.Errorf("%s is %s: %s\n%s", name, it.State, it.Reason, show(&st))
			}
		})
	}
}
