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

// A rate that goes down tells when the files of a moment ago would have ended.
func TestNoTimeIsLeftToBeSaidWhileTheRateDecays(t *testing.T) {
	for _, c := range []struct {
		name  string
		rates []float64
		said  bool
	}{
		{"a steady rate", []float64{10, 10, 10, 10}, true},
		{"one that grows", []float64{1, 2, 4, 8, 16}, true},
		{"one that goes up and down", []float64{10, 7, 11, 6, 9}, true},
		{"one that decays", []float64{20, 16, 12, 8, 6}, false},
		{"one that has decayed long ago", []float64{20, 8, 8, 8, 8, 8, 8, 8}, true},
	} {
		s := small(t, 2)
		s.to("file000", engine.Connecting)
		s.to("file000", engine.Transferring)
		for _, r := range c.rates {
			s.wait(time.Second)
			s.fold(engine.QueueChanged{Workers: 1, Active: 1, Rate: r})
		}
		if got := s.m.tally.left(s.m.st) > 0; got != c.said {
			t.Errorf("%s: said is %v", c.name, got)
		}
	}
	for _, state := range []engine.ItemState{engine.Connecting, engine.Stalled, engine.Retrying} {
		s := small(t, 2)
		s.to("file000", engine.Connecting)
		if state != engine.Connecting {
			s.to("file000", state)
		}
		s.fold(engine.QueueChanged{Workers: 1, Active: 1, Rate: 10})
		if got := s.m.tally.left(s.m.st); got != 0 {
			t.Errorf("%s are left with nothing but a %s file", got, state)
		}
	}
}
