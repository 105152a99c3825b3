package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/demo"
)

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
