package engine

import (
	"testing"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// TestEveryPhaseIsShownAsAStateAndEndsByItself walks the table of waits: each phase
// has an entry, an owner or a limit, words, and a state of the item; and each that
// waits for something outside can be played.
func TestEveryPhaseIsShownAsAStateAndEndsByItself(t *testing.T) {
	states := map[fetch.Phase]ItemState{
		fetch.Queued: Connecting, // of an attempt that has begun and not asked for anything yet
		fetch.Pool:   Connecting, fetch.DNS: Connecting, fetch.Connect: Connecting, fetch.Proxy: Connecting, fetch.TLS: Connecting,
		fetch.Send: Waiting, fetch.Headers: Waiting, fetch.Body: Transferring, fetch.Verify: Verifying,
	}
	played := map[fetch.Phase]bool{}
	for _, p := range plays {
		played[p.phase] = true
		if limit, fixed := fetch.PhaseLimit(p.phase); fixed && p.stall >= limit {
			t.Errorf("%s %s: the transport's limit of %s comes before the stall limit of %s", p.number, p.name, limit, p.stall)
		}
	}
	before := Queued
	for p := range fetch.Phase(fetch.NumPhases) {
		info := p.Info()
		if info.Entered == "" || info.Left == "" || info.Short == "" || info.Tells == "" {
			t.Errorf("%s: %+v", p, info)
		}
		waits := info.Owner != fetch.Unlimited
		if waits == (p == fetch.Queued || p == fetch.Verify) {
			t.Errorf("%s is ended by %s", p, info.Owner)
		}
		if waits && p != fetch.Send && !played[p] {
			t.Errorf("%s waits for something outside, and no cause is played there", p)
		}
		want, ok := states[p]
		if got := stateIn(p); !ok || got != want || got < before || !got.Active() {
			t.Errorf("%s is shown as %s, want %s", p, got, want)
		}
		before = stateIn(p)
		if d := fetch.Diagnose(fetch.Observation{Phase: p, Total: -1}); d.Label == "" || d.Cause != info.Cause && d.Cause != fetch.BodyNeverStarts {
			t.Errorf("%s with nothing known: %+v", p, d)
		}
		for _, base := range []string{"http://repo", "/folder"} {
			if short(&item{origin: &origin{base: base}}, p) == "" {
				t.Errorf("%s of %s has no words for a column", p, base)
			}
		}
	}
	if _, ok := finding.Lookup(finding.Stalled); !ok {
		t.Error("a stall is not in the catalogue")
	}
}

// TestEveryNumberOfTheHangMatrixIsPlayed: each cause of package fetch that has one.
func TestEveryNumberOfTheHangMatrixIsPlayed(t *testing.T) {
	played := map[fetch.Cause]bool{fetch.RequestNotTaken: true, fetch.DiskSilent: true} // these have none
	for _, p := range plays {
		played[p.cause] = true
	}
	for c := fetch.NoCause + 1; int(c) < fetch.NumCauses; c++ {
		if !played[c] {
			t.Errorf("%s is not played", c)
		}
	}
}
