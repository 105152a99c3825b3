package engine

import (
	"slices"
	"time"

	"example.com/tufinspect/internal/fetch"
)

// running gives the item if this attempt of it is under way, else nil: what comes
// late means nothing any more.
func (s *State) running(id ItemID, attempt int) *Item {
	it := s.Item(id)
	if it == nil || it.Attempt != attempt || !it.State.Active() {
		return nil
	}
	return it
}

func (s *State) attempt(id ItemID, n int) *Attempt {
	it := s.Item(id)
	if it == nil {
		return nil
	}
	if n == 0 || it.lastAttempt() != n {
		return nil
	}
	return it.tried.open()
}

func (s *State) applyPhases(b PhasesEntered) {
	a := s.attempt(b.Item, b.Attempt)
	if a == nil {
		return
	}
	a.Marks = further(a.Marks, b.Marks)
	if b.Address != "" {
		a.Address, a.Reused = s.word(b.Address), b.Reused
	}
}

// applyCheck has an attempt enter the phase of checking with its item, if it has not yet:
// what follows is the walk's time, and not that of a server which has answered, be it
// that the file is not there.
func applyCheck(it *Item, at time.Duration) {
	if it.tried.well != "" {
		return // it has ended
	}
	a := it.tried.last()
	if a == nil || a.Ended > 0 {
		return
	}
	if n := len(a.Marks); n == 0 || a.Marks[n-1].Phase < fetch.Verify {
		a.Marks = append(a.Marks, TimedMark{fetch.Verify, at})
	}
}

// applySilence keeps when an attempt fell silent, and until when. It counts as stalled
// only after the stall limit, so it had been silent for that long; for how much longer
// is not known. One that is below the minimum rate is not silent.
func (s *State) applySilence(it *Item, b StateChanged, at time.Duration) {
	if it.tried.well != "" {
		return // it has ended
	}
	a := it.tried.last()
	if a == nil || a.Ended > 0 {
		return
	}
	if n := len(a.Silent); b.From == Stalled && n > 0 && a.Silent[n-1].Until == 0 {
		a.Silent[n-1].Until = at
	}
	if b.To != Stalled || b.Reason == belowMinRate {
		return
	}
	from := max(at-s.Run.Limits.StallAfter, a.Started)
	if n := len(a.Marks); n > 0 {
		from = max(from, min(a.Marks[n-1].At, at)) // the phase's begin was a sign of life
	}
	if n := len(a.Silent); n > 0 {
		from = max(from, a.Silent[n-1].Until)
	}
	if len(a.Silent) == maxSilences {
		a.Silent = slices.Delete(a.Silent, 0, 1)
	}
	a.Silent = append(a.Silent, Silence{From: min(from, at)})
}

// maxWords bounds the words that are kept once: a hostile repository may bring a
// new one with every file.
const maxWords = 1024

// word gives text that many attempts have in common as one string for all of them.
func (s *State) word(text string) string {
	known, ok := s.words[text]
	switch {
	case ok:
		return known
	case len(s.words) == maxWords:
		return text
	case s.words == nil:
		s.words = map[string]string{}
	}
	s.words[text] = text
	return text
}
