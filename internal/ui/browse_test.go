package ui

import (
	"context"
	"slices"
	"strings"
	"testing"
)

func TestGoingThroughTheViews(t *testing.T) {
	s := small(t, 3)
	var seen []viewID
	for _, key := range []string{"2", "6", "tab", "tab", "shift+tab", "shift+tab", "1", "4", "3", "5"} {
		s.keys(key)
		seen = append(seen, s.m.at)
	}
	want := []viewID{viewWaterfall, viewFindings, viewTargets, viewWaterfall, viewTargets, viewFindings, viewTargets, viewTrust, viewLog, viewHosts}
	if !slices.Equal(seen, want) {
		t.Errorf("it goes to %v, want %v", seen, want)
	}
	for v := range numViews {
		if v.String() == "" {
			t.Errorf("view %d has no name", v)
		}
	}
}

func TestGoingThroughTheThemes(t *testing.T) {
	s := newScene(t, look{theme: Dark}, 120, 36)
	s.running()
	frames := map[string]bool{}
	var said []string
	for range 3 {
		frames[strings.Join(strings.Split(s.m.draw(), "\n")[:10], "\n")] = true
		s.keys("t")
		said = append(said, s.status())
	}
	if want := []string{"theme light", "theme mono", "theme dark"}; !slices.Equal(said, want) {
		t.Errorf("%q, want %q", said, want)
	}
	if len(frames) != 3 {
		t.Errorf("%d different screens", len(frames))
	}
}

func TestHelp(t *testing.T) {
	t.Run("scrolls to its end and no further", func(t *testing.T) {
		s := newScene(t, look{theme: Mono}, 60, 12)
		s.running()
		s.keys("?")
		s.contains("move    ↑↓ j k", "1-9 of")
		for range 100 {
			s.keys("j")
			s.m.draw()
		}
		s.contains("row under ›")
		s.keys("k")
		if s.contains("╰─ 2"); strings.Contains(s.screen(), "row under ›") {
			t.Error("it was scrolled further than to its end")
		}
		s.keys("pgup", "pgup", "pgup", "pgup", "pgup", "pgup", "pgup")
		s.contains("move    ↑↓ j k")
	})
	t.Run("a larger screen shows all of it again", func(t *testing.T) {
		s := newScene(t, look{theme: Mono}, 60, 12)
		s.running()
		s.keys("?", "pgdown", "pgdown")
		s.m.draw()
		s.m.resize(120, 50)
		s.contains("move    ↑↓ j k", "row under ›")
	})
	t.Run("keys close it, others do nothing", func(t *testing.T) {
		for _, key := range []string{"?", "esc", "enter", "q"} {
			s := small(t, 3)
			s.keys("?", "x", "R", "2", "f", key)
			if s.m.help || s.m.leave || s.m.at != viewTargets || s.m.ice.on || len(s.m.commands) > 0 || s.m.ask != nil {
				t.Errorf("%q does not close it, or another key has acted", key)
			}
		}
	})
	t.Run("what does not work in a view is faint there", func(t *testing.T) {
		s := newScene(t, look{theme: Mono}, 120, 36)
		s.running()
		s.keys("?")
		if !strings.Contains(s.m.draw(), "\x1b[1mspace\x1b[0m mark a row") {
			t.Error("marking does not look as if it worked")
		}
		s.keys("?", "5", "?")
		frame := s.m.draw()
		if !strings.Contains(frame, "\x1b[2mspace\x1b[0m\x1b[2m mark a row") {
			t.Error("marking looks as if it worked in the view of hosts")
		}
		if !strings.Contains(frame, "\x1b[1mR\x1b[0m retry all failed") {
			t.Error("retrying all looks as if it did not work there")
		}
	})
}

// The screen that is kept is the last one that the person saw, without the question.
func TestTheScreenIsKept(t *testing.T) {
	for _, tt := range []struct {
		keys string
		kept bool
	}{{"Q", true}, {"q", false}} {
		s := newSession()
		f := startFlow(context.Background(), t, s)
		s.updates <- script(t, (*scene).running)
		f.until("cli.tar.zst")
		f.press(tt.keys)
		f.until("y/N")
		f.press("y")
		f.wait()
		kept := f.outcome.Screen
		if tt.kept != strings.Contains(kept, "cli.tar.zst") || strings.Contains(kept, "y/N") {
			t.Errorf("%s keeps %q", tt.keys, kept)
		}
	}
}

// A large list is sorted while the program goes on.
func TestSortingInAProgram(t *testing.T) {
	s := newSession()
	f := startFlow(context.Background(), t, s)
	s.updates <- script(t, func(sc *scene) { sc.running() })
	f.until("cli.tar.zst")
	f.press("s")
	f.until("of 2506  by target") // and not "sorting by target", which comes before
	f.press("Qy")
	f.wait()
	if strings.Contains(f.outcome.Screen, "sorting") {
		t.Error("it still sorts")
	}
	if first := strings.Index(f.outcome.Screen, "releases/1.20.1/"); first < 0 || first > strings.Index(f.outcome.Screen, "releases/1.20.1001") {
		t.Errorf("the rows are not sorted:\n%s", f.outcome.Screen)
	}
}
