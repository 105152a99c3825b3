package engine

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/trust"
)

func TestALongListIsListedAtSeveralTurns(t *testing.T) {
	const n = 2*listAtOnce + 5
	l := listOf("targets", 0, n)
	goOn := func(r *run) int {
		turns := 0
		for ; len(r.lists) > 0; turns++ {
			if r.idle() {
				t.Fatal("the run is idle, and more is to be listed")
			}
			r.listNext = 0
			r.goOnListing()
		}
		return turns
	}
	t.Run("to its end", func(t *testing.T) {
		r := lister(t, "https://tuf.example.org/targets", true)
		r.list(l)
		first := r.found()
		rests := r.listNext > 0
		r.listNext += time.Hour
		r.goOnListing() // not yet
		if again := r.found(); len(first) != listAtOnce || len(again) != 0 || !rests {
			t.Errorf("%d targets are listed at first, then %d", len(first), len(again))
		}
		if turns := goOn(r); turns > 2 {
			t.Errorf("%d more turns", turns)
		}
		checkListed(t, r, l)
		if r.queued != n || len(r.listed["targets"].items) != n || r.listed["targets"].rest != nil {
			t.Errorf("%d are queued", r.queued)
		}
	})
	t.Run("and again in between", func(t *testing.T) {
		r := lister(t, "https://tuf.example.org/targets", true)
		r.list(l)
		r.list(listOf("other", 0, n))
		again := trust.TargetList{Role: 2, Name: "targets", Targets: l.Targets[3 : n-7]}
		more := listOf("targets", n, 9)
		again.Targets = append(again.Targets[:len(again.Targets):len(again.Targets)], more.Targets...)
		r.list(again)
		checkListed(t, r, again)
		goOn(r)
		checkListed(t, r, again)
		checkListed(t, r, listOf("other", 0, n))
	})
	t.Run("with the names that it began with", func(t *testing.T) {
		r := lister(t, "https://tuf.example.org/targets", true)
		plain := lister(t, "https://tuf.example.org/targets", false)
		r.list(l)
		r.walk = plain.walk // a later root
		goOn(r)
		r.rename()
		checkListed(t, r, l)
	})
}

// A run that is stopped while a long list is being listed knows of all its targets in
// the end, and of what became of each.
func TestARunThatIsStoppedListsTheRestOfALongList(t *testing.T) {
	for name, now := range map[string]bool{"at once": true, "when what runs has ended": false} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const n = 2*listAtOnce + 5
				ctx, cancel := context.WithCancelCause(t.Context())
				s := newSession(cancel)
				r := newRun(ctx, configFor(newMemory(build(t, n))), s)
				listed := 0
				r.turned = func() {
					if listed == 0 && len(r.lists) > 0 {
						listed = len(r.lists[0].items)
						go s.Send(Stop{Now: now})
					}
				}
				s.serve(r)
				st := follow(s, func(*State, Event) {})
				checkRun(t, st)
				by := &st.Targets.ByState
				if listed != listAtOnce || st.Targets.Total != n || by[Verified]+by[Cancelled] != n || by[Cancelled] == 0 || st.Verdict() != Undecided {
					t.Errorf("%s: stopped after %d of %d targets\n%v", st.Verdict(), listed, st.Targets.Total, st.Targets.ByState)
				}
			})
		})
	}
}
