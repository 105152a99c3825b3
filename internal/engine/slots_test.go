package engine

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A stalled attempt holds no worker: as many silent targets as there are workers
// delay none of the others.
func TestStalledAttemptsDelayNoOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 1000))
		for i := range 16 {
			m.sick[fmt.Sprintf("t%d", i)] = silent(99)
		}
		var last time.Duration
		st := runAndWatch(t, configFor(m), func(_ *Session, _ *State, e Event) {
			if b, ok := e.Body.(StateChanged); ok && b.To == Verified {
				last = e.At
			}
		})
		checkRun(t, st)
		// All sixteen are in the first slots and are silent for the ten seconds of the
		// stall limit; from then on they cost nothing.
		if st.Targets.ByState[Verified] != 984 || last > 11*time.Second {
			t.Errorf("%d verified, the last after %s", st.Targets.ByState[Verified], last)
		}
	})
}

func TestAsManyMayBeStalledAsThereAreWorkersAndNoMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 40))
		for i := range 40 {
			m.sick[fmt.Sprintf("t%d", i)] = silent(99)
		}
		cfg := configFor(m)
		cfg.Workers, cfg.Retries, cfg.Deadline = 4, 0, 65*time.Second
		most, active := 0, 0
		st := runAndWatch(t, cfg, func(_ *Session, st *State, e Event) {
			most = max(most, st.Counts[Stalled]+st.Counts[Connecting]+st.Counts[Waiting])
			if b, ok := e.Body.(QueueChanged); ok {
				active = max(active, b.Active)
			}
		})
		checkRun(t, st)
		// The canary of the host, which is held by then, is one more; the source may
		// still be leaving the one before.
		if most != 9 || m.most > 10 || active > 4 {
			t.Errorf("%d at a time, %d as the source saw it, %d active", most, m.most, active)
		}
	})
}
