package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

func TestAHeldQueueIsSaidWhenItBeginsAndEnds(t *testing.T) {
	s := small(t, 3)
	held := engine.BreakerChanged{Host: "tuf.example.org", State: engine.Held, Why: "the last 24 attempts all stalled", Next: 4 * time.Second, Queued: 3}
	s.fold(held)
	s.wantStatus("0:00  HELD  tuf.example.org: 3 files held back, the last 24 attempts all stalled")
	for _, want := range []string{"HELD tuf.example.org: 3 files wait, next try in 4s (r tries one now)", "host held"} {
		if !strings.Contains(s.screen(), want) {
			t.Errorf("%q is not on screen:\n%s", want, s.screen())
		}
	}
	s.keys("r")
	s.wantSent(engine.Retry{Items: []engine.ItemID{0}})
	s.to("file000", engine.Connecting)
	s.to("file000", engine.Failed, problem(finding.Unreachable, "refused"))
	held.Next = 0
	s.fold(held)
	s.wantStatus("0:00  UNCHECKED  file000: refused") // the hold is no news any more
	if want := "HELD tuf.example.org: 2 files wait, one is tried now"; !strings.Contains(s.screen(), want) {
		t.Errorf("%q is not on screen:\n%s", want, s.screen())
	}
	s.fold(engine.BreakerChanged{Host: "tuf.example.org"})
	s.wantStatus("0:00  FLOWS  tuf.example.org: it answers again, and its files go on")
	if strings.Contains(s.screen(), "HELD") || strings.Contains(s.screen(), "host held") {
		t.Errorf("it is still held:\n%s", s.screen())
	}
}

// The engine says how many wait only when it sends the next try; files go on waiting,
// or stop, in between.
func TestAHeldBannerCountsWhatWaitsNow(t *testing.T) {
	s := small(t, 3)
	s.fold(engine.BreakerChanged{Host: "tuf.example.org", State: engine.Held, Next: time.Hour, Queued: 9968})
	for i, want := range []string{"3 files wait,", "2 files wait,", "1 file waits,", ""} {
		if i > 0 {
			s.to(fmt.Sprintf("file%03d", i-1), engine.Cancelled)
		}
		if got := s.screen(); !strings.Contains(got, want) || want == "" && strings.Contains(got, "HELD tuf") {
			t.Errorf("with %d cancelled, %q is not on screen:\n%s", i, want, got)
		}
	}
}

func TestAFileThatWaitsForItsNextAttemptWaitsForItsHost(t *testing.T) {
	s := small(t, 1)
	s.to("file000", engine.Connecting)
	if n := s.m.tally.waiting("tuf.example.org"); n != 0 {
		t.Errorf("%d wait, and the only file is under way", n)
	}
	s.to("file000", engine.Retrying, problem(finding.Unreachable, "refused"))
	if n := s.m.tally.waiting("tuf.example.org"); n != 1 {
		t.Errorf("%d wait, not the one that is retried", n)
	}
}

func TestAHeldBannerSaysWhenTheNextTryIs(t *testing.T) {
	s := small(t, 3)
	s.fold(engine.BreakerChanged{Host: "tuf.example.org", State: engine.Held, Next: time.Second}, engine.QueueChanged{Workers: 2})
	says := func(want string) {
		t.Helper()
		if !strings.Contains(s.screen(), "3 files wait, "+want) {
			t.Errorf("%q is not on screen:\n%s", want, s.screen())
		}
	}
	says("next try in 1s (r tries one now)")
	s.wait(time.Second)
	s.m.tick()
	says("one is tried next")
	s.fold(engine.QueueChanged{Workers: 2, Paused: true})
	says("paused: p goes on")
}

func TestNoQueueIsHeldOnceTheRunIsOver(t *testing.T) {
	for name, end := range map[string]func(*scene){
		"settled": func(s *scene) { s.fold(engine.RunSettled{}) },
		"over":    func(s *scene) { s.m.closed() },
	} {
		s := small(t, 1)
		s.fold(engine.BreakerChanged{Host: "tuf.example.org", State: engine.Held})
		end(s)
		if got := s.screen(); strings.Contains(got, "HELD tuf") {
			t.Errorf("%s, and still held:\n%s", name, got)
		}
		if word, _ := s.m.badge(); word != "" {
			t.Errorf("%s, and the badge is %q", name, word)
		}
	}
}

// A silent file leaves its worker to another one, as long as there are not too many.
func TestThatSilentFilesHaveAllWorkersIsSaid(t *testing.T) {
	const want = "every worker waits for a silent file; x or r frees one"
	s := small(t, 5)
	s.fold(engine.QueueChanged{Workers: 2, Active: 2})
	for i := range 4 {
		if strings.Contains(s.screen(), want) {
			t.Errorf("it is said with %d silent files:\n%s", i, s.screen())
		}
		name := fmt.Sprintf("file%03d", i)
		s.to(name, engine.Connecting)
		s.to(name, engine.Stalled)
	}
	if !strings.Contains(s.screen(), want) {
		t.Errorf("%q is not on screen:\n%s", want, s.screen())
	}
	if word, _ := s.m.badge(); word != "NO WORKER FREE" {
		t.Errorf("the badge is %q", word)
	}
	s.fold(engine.QueueChanged{Workers: 2, Auto: true, Active: 2}) // more may be silent beside these
	if word, _ := s.m.badge(); word != "" {
		t.Errorf("the badge is %q", word)
	}
	s.fold(engine.QueueChanged{Workers: 2, Active: 2, Paused: true})
	if strings.Contains(s.screen(), want) {
		t.Errorf("the queue is paused, and that is not what is said:\n%s", s.screen())
	}
	s.fold(engine.QueueChanged{Workers: 2, Active: 2})
	s.to("file004", engine.Cancelled)
	if strings.Contains(s.screen(), want) {
		t.Errorf("it is said with nothing queued:\n%s", s.screen())
	}
}

func TestAnotherHostsQueueIsNotHeld(t *testing.T) {
	s := small(t, 1)
	s.fold(engine.BreakerChanged{Host: "other.example.org:8443", State: engine.Held, Queued: 1})
	if strings.Contains(s.screen(), "host held") {
		t.Errorf("a file of another host is taken for held:\n%s", s.screen())
	}
}

func TestHostOf(t *testing.T) {
	for address, want := range map[string]string{
		"https://tuf.example.org/a": "tuf.example.org", "http://127.0.0.1:8080/a": "127.0.0.1:8080",
		"file:///srv/tuf/a": "local", "": "local", "https://user@a.example/x": "a.example", "http://[2001:db8::1]:80/": "[2001:db8::1]:80",
	} {
		if got := hostOf(&engine.Item{ItemSpec: engine.ItemSpec{Site: engine.SiteOf(address)}}); got != want {
			t.Errorf("%q is at %q, want %q", address, got, want)
		}
	}
}

func TestAnInspectorThatStandsStillIsShownUntilItMoves(t *testing.T) {
	s := small(t, 1)
	s.fold(engine.InspectorStuck{Part: "control loop", For: 12 * time.Second, Dump: "/state/dump\x1b[2J.txt"})
	s.wantStatus(`0:00  STUCK  the inspector itself: the control loop has not moved for 12s; see /state/dump\u{1b}[2J.txt`)
	s.m.tick()
	s.wait(3 * time.Second)
	s.m.tick()
	if want := `INSPECTOR: the control loop has not moved for 15s; see /state/dump\u{1b}[2J.txt`; !strings.Contains(s.screen(), want) {
		t.Errorf("%q is not on screen:\n%s", want, s.screen())
	}
	if !s.m.ticking() {
		t.Error("its age does not grow by itself")
	}
	s.fold(engine.InspectorStuck{Part: "control loop", For: 16 * time.Second, Over: true})
	s.wantStatus("0:03  MOVES  the inspector itself: the control loop moves again, after 16s")
	if strings.Contains(s.screen(), "INSPECTOR") {
		t.Errorf("the banner stays:\n%s", s.screen())
	}
}

func TestManyBannersLeaveRoomForTheTable(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 60, 12)
	s.hold()
	s.fold(engine.InspectorStuck{Part: "worker 3", For: time.Minute}, engine.BreakerChanged{Host: "mirror.example.org", State: engine.GivenUp})
	if got := s.screen(); !strings.Contains(got, "INSPECTOR: worker 3 has not moved for 1m00s  and 2 more") || strings.Contains(got, "HELD tuf") {
		t.Errorf("not one banner, the worst:\n%s", got)
	}
}
