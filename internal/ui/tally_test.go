package ui

import (
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
)

// How fast others are says nothing of when a silent or a crawling file ends.
func TestTheTimeLeftIsThatOfTheFilesThatMove(t *testing.T) {
	s := small(t, 4) // of 100 bytes each
	want := func(when string, left time.Duration) {
		t.Helper()
		if got := s.m.tally.left(s.m.st); got != left {
			t.Errorf("%s, %s are left, want %s", when, got, left)
		}
	}
	for _, name := range []string{"file000", "file001", "file002"} {
		s.to(name, engine.Connecting)
		s.to(name, engine.Transferring)
		s.progress(name, 50, 10)
	}
	s.fold(engine.QueueChanged{Workers: 3, Active: 3, Rate: 10})
	want("with all files on their way", 25*time.Second)
	s.to("file000", engine.Stalled)
	want("with a silent one", 20*time.Second)
	crawl := fetch.Diagnosis{Cause: fetch.SlowDrip, Label: "slow: 1 B/s", Certainty: fetch.Certain}
	s.diagnosed("file001", crawl)
	s.progress("file001", 51, 1)
	want("with one that crawls besides", 15*time.Second)
	s.diagnosed("file002", crawl)
	want("with nothing but those that crawl", 0)
	s.to("file000", engine.Transferring)
	want("with the silent one going on", 15*time.Second)
	s.to("file000", engine.Cancelled)
	s.to("file001", engine.Cancelled)
	s.to("file002", engine.Cancelled)
	if n := len(s.m.tally.laggards); n != 0 {
		t.Errorf("%d files that have ended still count as silent or slow", n)
	}
}

// A canary of a silent host counts as active, and the rate still remembers what came
// before the silence.
func TestThereIsNoTimeLeftWhileNothingButSilenceIsOut(t *testing.T) {
	s := small(t, 3)
	s.to("file000", engine.Connecting)
	s.to("file000", engine.Stalled)
	s.to("file001", engine.Connecting)
	s.fold(engine.QueueChanged{Workers: 3, Active: 1, Rate: 10})
	if got := s.m.tally.left(s.m.st); got != 0 {
		t.Errorf("%s", got)
	}
	s.to("file001", engine.Transferring)
	if got := s.m.tally.left(s.m.st); got == 0 {
		t.Error("none either once something moves")
	}
}
