package ui

import (
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

// told begins a run of which something was said before.
func (s *scene) told() {
	s.t.Helper()
	s.start()
	s.fold(
		engine.Noted{Subject: "demo sick", Text: "three targets, one of them sick"},
		engine.Noted{Subject: "demo sick", Text: "it ends critical, exit code 2 of a check"},
		engine.Noted{Subject: "images/debian-12/arm64/initrd.zst", Text: "one byte is not the signed one; a cache says that it is a day old"},
		engine.Noted{Subject: "images/debian-12/arm64/initrd.zst", Text: engine.ToDo + "compare with the origin, purge the cache, retry past caches"},
		engine.Noted{Subject: "agents", Text: "the role's file takes 2 seconds to begin: nothing of the role starts before"},
		engine.Noted{Subject: "agents", Text: engine.ToDo + "put metadata on a fast path of its own: everything waits for it"},
	)
	s.fold(engine.ItemsFound{Items: []engine.ItemSpec{
		s.item(engine.Metadata, "9.agents.json", "", 0, "agents", -1),
		s.item(engine.Target, "images/debian-12/arm64/initrd.zst", "", 0, "targets", 4711),
		s.item(engine.Target, "agents/linux/agent", "", 0, "agents", 4711),
	}})
}

// sicken goes on until the file is what the story says.
func (s *scene) sicken() {
	s.t.Helper()
	const file = "images/debian-12/arm64/initrd.zst"
	s.wait(time.Second)
	s.to(file, engine.Connecting)
	s.wait(time.Second)
	s.to(file, engine.Failed, done(4711), problem(finding.WrongHash, "sha256 differs from the signed hash", "sha256 got", gotSHA))
}

// lacks is the opposite of contains.
func (s *scene) lacks(text string) {
	s.t.Helper()
	if screen := s.screen(); strings.Contains(screen, text) {
		s.t.Errorf("%q is on the screen:\n%s", text, screen)
	}
}

func TestTheStoryOnScreen(t *testing.T) {
	screensAtAllSizes(t, map[string]func(*scene){
		"story-log":    func(s *scene) { s.told(); s.sicken(); s.keys("3") },
		"story-detail": func(s *scene) { s.told(); s.sicken(); s.wait(time.Second); s.m.tick(); s.keys("g", "enter") },
	})
}

func TestTheStoryIsReadFromItsStart(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 12)
	s.told()
	s.keys("3")
	s.sicken()
	s.contains("› 0:00.0  START", "three targets, one of them sick")
	s.keys("G")
	s.lacks("START")
	s.keys("1", "3")
	s.lacks("START") // that was once
}

func TestALogThatWasMovedStaysThere(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 12)
	s.m.show(viewLog)
	s.told()
	s.sicken()
	s.contains("following the end")
	s.keys("k", "1", "3")
	s.lacks("START")
}

func TestWithoutAStoryTheLogFollowsTheEnd(t *testing.T) {
	s := small(t, 3)
	s.fold(engine.Noted{Subject: "recording", Text: "it ends here, and the run goes on without it: disk full"})
	s.keys("3")
	s.contains("following the end", "recording", "it ends here") // in one line, as all that happens
	s.lacks(storyHint)
}

func TestTheStatusLineSaysWhereTheStoryIs(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.told()
	s.wantStatus(storyHint)
	s.sicken() // news wait until it can have been read
	s.wantStatus(storyHint)
	s.wait(hintStays)
	s.m.tick()
	s.wantStatus("0:02  FAIL  images/debian-12/arm64/initrd.zst: sha256 differs from the signed hash")

	s = newScene(t, look{theme: Mono}, 120, 36)
	s.told()
	s.keys("3", "1")
	s.wantStatus("") // it has been followed
}

// What is left of a story by a filter says what it is about.
func TestALineOfTheStoryAloneNamesItsSubject(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 200, 36)
	s.told()
	s.keys("3", "/", "purge", "enter")
	s.contains("ABOUT     images/debian-12/arm64/initrd.zst", "to do: compare with the origin")
	s.keys("C")
	if got := s.m.errands[0].copy; got != "0:00.0  ABOUT  images/debian-12/arm64/initrd.zst: to do: compare with the origin, purge the cache, retry past caches" {
		t.Errorf("%q is copied", got)
	}
	s.keys("esc", "g", "j", "j", "j", "j", "enter")
	s.contains("─ 0:00.0  ABOUT  images/debian-12/arm64/initrd.zst ─")
}

func TestTheDetailTellsTheStoryOfAFileAndOfItsRole(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.told()
	s.keys("/", "initrd", "enter", "enter")
	s.contains("about       one byte is not the signed one; a cache says that it is a day old",
		"to do       compare with the origin, purge the cache, retry past caches")
	s.keys("esc", "esc", "/", "9.agents", "enter", "enter")
	s.contains("about       the role's file takes 2 seconds to begin")
	s.keys("esc", "esc", "/", "linux", "enter", "enter")
	s.contains("about       role agents: the role's file takes 2 seconds to begin")
}
