package engine

import (
	"slices"
	"testing"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

func TestAnAttemptKeepsItsSilences(t *testing.T) {
	const s = time.Second
	begin := StateChanged{Item: 1, Attempt: 1, From: Queued, To: Connecting}
	stall := StateChanged{Item: 1, Attempt: 1, From: Connecting, To: Stalled, Reason: "no TLS hello"}
	slow := stall
	slow.Reason = belowMinRate
	on := StateChanged{Item: 1, Attempt: 1, From: Stalled, To: Connecting}
	end := StateChanged{Item: 1, Attempt: 1, From: Stalled, To: Failed, Problem: &Problem{Kind: finding.Stalled}}
	type timed struct {
		at   time.Duration
		body Body
	}
	for _, c := range []struct {
		name   string
		events []timed
		want   []Silence
	}{
		{"one that goes on", []timed{{20 * s, begin}, {60 * s, stall}}, []Silence{{From: 50 * s}}},
		{"one that is over", []timed{{20 * s, begin}, {60 * s, stall}, {65 * s, on}}, []Silence{{50 * s, 65 * s}}},
		{"one that ended the attempt", []timed{{20 * s, begin}, {60 * s, stall}, {90 * s, end}}, []Silence{{50 * s, 90 * s}}},
		{"two", []timed{{20 * s, begin}, {60 * s, stall}, {65 * s, on}, {80 * s, stall}}, []Silence{{50 * s, 65 * s}, {From: 70 * s}}},
		{"from no earlier than the attempt", []timed{{55 * s, begin}, {60 * s, stall}}, []Silence{{From: 55 * s}}},
		{"from no earlier than its phase", []timed{
			{20 * s, begin}, {56 * s, PhasesEntered{Item: 1, Attempt: 1, Marks: []TimedMark{{fetch.TLS, 55 * s}}}}, {60 * s, stall},
		}, []Silence{{From: 55 * s}}},
		{"the limit in force counts", []timed{{20 * s, begin}, {21 * s, QueueChanged{StallAfter: 30 * s}}, {60 * s, stall}}, []Silence{{From: 30 * s}}},
		{"none that begins after it was told, when time goes back", []timed{{60 * s, begin}, {50 * s, stall}}, []Silence{{From: 50 * s}}},
		{"below the minimum rate is not silent", []timed{{20 * s, begin}, {60 * s, slow}, {90 * s, end}}, nil},
	} {
		st := threeItems()
		st.Run.Limits.StallAfter = 10 * s
		for _, e := range c.events {
			st.Apply(Event{At: e.at, Body: e.body})
		}
		if got := st.Item(1).Current().Silent; !slices.Equal(got, c.want) || st.Violations > 0 {
			t.Errorf("%s: %v, want %v (%d violations)", c.name, got, c.want, st.Violations)
		}
	}
}

func TestOfManySilencesTheLatestAreKept(t *testing.T) {
	st := threeItems()
	st.Run.Limits.StallAfter = time.Second
	fold(st, StateChanged{Item: 1, Attempt: 1, From: Queued, To: Connecting})
	for range 3 * maxSilences {
		fold(st, StateChanged{Item: 1, Attempt: 1, From: Connecting, To: Stalled},
			StateChanged{Item: 1, Attempt: 1, From: Stalled, To: Connecting})
	}
	silent := st.Item(1).Current().Silent
	if len(silent) != maxSilences || silent[maxSilences-1].Until != st.Now || st.Violations > 0 {
		t.Errorf("%d silences, the last %v at %v", len(silent), silent[len(silent)-1], st.Now)
	}
}
