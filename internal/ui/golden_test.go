package ui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/trust"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares a screen with a file: its text, or with styled its sequences too.
func golden(t *testing.T, name string, s *scene, styled bool) {
	t.Helper()
	frame := s.m.draw()
	checkSize(t, frame, s.m.width, s.m.height)
	got := strings.ReplaceAll(frame, "\x1b", "␛")
	if !styled {
		lines := strings.Split(ansi.Strip(frame), "\n")
		for i := range lines {
			lines[i] = strings.TrimRight(lines[i], " ")
		}
		got = strings.Join(lines, "\n")
	}
	got += "\n"
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the screen is not the one in %s (go test -update rewrites it):\n%s", path, got)
	}
}

// screensAtAllSizes compares each scene with its golden files at the four sizes.
func screensAtAllSizes(t *testing.T, plays map[string]func(*scene)) {
	t.Helper()
	for _, size := range [...]struct{ width, height int }{{120, 36}, {80, 24}, {60, 12}, {200, 60}} {
		for name, play := range plays {
			name := fmt.Sprintf("%s-%dx%d", name, size.width, size.height)
			t.Run(name, func(t *testing.T) {
				s := newScene(t, look{theme: Dark}, size.width, size.height)
				play(s)
				golden(t, name, s, false)
			})
		}
	}
}

func checkSize(t testing.TB, frame string, width, height int) {
	t.Helper()
	lines := strings.Split(frame, "\n")
	if len(lines) > height {
		t.Errorf("%d lines on a screen of %dx%d", len(lines), width, height)
	}
	for i, l := range lines {
		if w := ansi.StringWidth(l); w > width {
			t.Errorf("line %d has %d cells on a screen of %dx%d: %q", i+1, w, width, height, ansi.Strip(l))
		}
	}
}

func TestScreens(t *testing.T) {
	sizes := []struct {
		name          string
		width, height int
	}{{"120x36", 120, 36}, {"80x24", 80, 24}, {"60x12", 60, 12}}
	scenes := []struct {
		name string
		play func(*scene)
	}{
		{"locating", func(s *scene) {
			s.start()
			s.fold(engine.ItemsFound{Items: []engine.ItemSpec{s.item(engine.Metadata, "timestamp.json", "", 0, "timestamp", -1)}})
			s.to("timestamp.json", engine.Connecting)
			s.wait(3 * time.Second)
		}},
		{"running", (*scene).running},
		{"settled", func(s *scene) { s.running(); s.settle() }},
		{"detail-failed", func(s *scene) { s.running(); s.keys("down", "enter") }},
		{"detail-stalled", func(s *scene) { s.running(); s.keys("down", "down", "down", "enter") }},
		{"detail-retried", func(s *scene) { s.running(); s.keys("enter", "[") }},
		{"slow", (*scene).crawl},
		{"detail-slow", func(s *scene) { s.crawl(); s.keys("/", "1.20.6/darwin", "enter", "enter") }},
		{"detail-silent", (*scene).silentFor},
		{"detail-resumed", (*scene).resume},
		{"detail-redirected", (*scene).redirect},
		{"probing", (*scene).probing},
		{"probed", (*scene).probed},
		{"held", func(s *scene) { s.hold(); s.keys("/", "updater", "enter") }},
		{"detail-held", func(s *scene) { s.hold(); s.keys("/", "state:queued", "enter", "enter") }},
		{"stuck", (*scene).stand},
		{"detail-metadata", func(s *scene) { s.running(); s.keys("/", "timestamp", "enter", "enter") }},
		{"filter", func(s *scene) { s.running(); s.keys("/", "sbom !darwin") }},
		{"help", func(s *scene) { s.running(); s.keys("?") }},
		{"quit", func(s *scene) { s.running(); s.keys("q") }},
		{"refused", func(s *scene) {
			s.running()
			r := role(5, "releases/sbom", "releases", 4, 12, 40*day, 0, 2)
			r.State, r.Threshold, r.Problem = trust.Refused, 1, "threshold not met: 0 of 1 signatures"
			s.fold(engine.RoleChanged{Role: r})
		}},
	}
	for _, size := range sizes {
		for _, sc := range scenes {
			name := sc.name + "-" + size.name
			t.Run(name, func(t *testing.T) {
				s := newScene(t, look{theme: Dark}, size.width, size.height)
				sc.play(s)
				golden(t, name, s, false)
			})
		}
	}
}

func TestScreensInOtherForms(t *testing.T) {
	running := (*scene).running
	stalled := func(s *scene) { s.running(); s.keys("down", "down", "down", "enter") }
	settled := func(s *scene) { s.running(); s.settle() }
	plain, ascii := look{theme: Dark}, look{theme: Dark, ascii: true}
	tests := []struct {
		name          string
		width, height int
		look          look
		styled        bool
		play          func(*scene)
	}{
		{"running-200x60", 200, 60, plain, false, running},
		{"detail-200x60", 200, 60, plain, false, stalled},
		{"running-ascii-120x36", 120, 36, ascii, false, running},
		{"detail-ascii-80x24", 80, 24, ascii, false, stalled},
		{"help-ascii-80x24", 80, 24, ascii, false, func(s *scene) { s.running(); s.keys("?") }},
		{"running-colours-80x24", 80, 24, plain, true, running},
		{"running-mono-80x24", 80, 24, look{theme: Mono}, true, running},
		{"settled-light-80x24", 80, 24, look{theme: Light}, true, settled},
		{"running-59x20", 59, 20, plain, false, running},
		{"settled-59x20", 59, 20, plain, false, settled},
		{"quit-40x8", 40, 8, plain, false, func(s *scene) { s.running(); s.keys("q") }},
		{"wide-characters-80x24", 80, 24, plain, false, (*scene).foreign},
		{"probed-ascii-80x24", 80, 24, ascii, false, (*scene).probed},
		{"held-mono-80x24", 80, 24, look{theme: Mono}, true, func(s *scene) { s.hold(); s.keys("!") }},
		{"held-59x20", 59, 20, plain, false, (*scene).hold},
		{"given-up-120x36", 120, 36, plain, false, (*scene).giveUp},
		{"problems-120x36", 120, 36, plain, false, func(s *scene) { s.running(); s.keys("!") }},
		{"first-use-120x36", 120, 36, plain, false, func(s *scene) {
			s.running()
			s.fold(engine.AnchorChosen{Version: 5, Source: engine.RootFirstUse})
		}},
		{"paused-120x36", 120, 36, plain, false, func(s *scene) {
			s.running()
			s.fold(engine.QueueChanged{Paused: true, Workers: 12, Active: 9, Rate: 90 * mib}, engine.CommandDone{Command: engine.Pause{}})
		}},
		{"auto-120x36", 120, 36, plain, false, (*scene).auto},
		{"auto-80x24", 80, 24, plain, false, (*scene).auto},
		{"auto-60x20", 60, 20, plain, false, (*scene).auto},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t, tt.look, tt.width, tt.height)
			tt.play(s)
			golden(t, tt.name, s, tt.styled)
		})
	}
}

func TestNoScreenOverflows(t *testing.T) {
	plays := []func(*scene){
		func(*scene) {}, (*scene).start, (*scene).foreign, (*scene).running,
		func(s *scene) { s.keys("enter") },
		func(s *scene) { s.keys("?") },
		func(s *scene) { s.keys("?", "/", strings.Repeat("x", 300)) },
		func(s *scene) { s.keys("esc", "enter", "end", "ctrl+c") },
		func(s *scene) { s.keys("n"); s.settle() },
	}
	s := newScene(t, look{theme: Dark}, 80, 24)
	for i, play := range plays {
		if i < 4 {
			s = newScene(t, look{theme: Dark}, 80, 24)
		}
		play(s)
		for width := 1; width <= 220; width += 1 + width/30 {
			for _, height := range []int{1, 2, 11, 12, 13, 17, 18, 24, 29, 30, 31, 60} {
				s.m.resize(width, height)
				frame := s.m.draw()
				checkSize(t, frame, width, height)
				if width > 10 && strings.TrimSpace(ansi.Strip(frame)) == "" {
					t.Errorf("the screen of %dx%d is empty", width, height)
				}
				if t.Failed() {
					t.FailNow()
				}
			}
		}
	}
}

// The screens of things that are stuck have lines of any length.
func TestNoStuckScreenOverflows(t *testing.T) {
	for i, play := range []func(*scene){(*scene).crawl, (*scene).silentFor, (*scene).probing, (*scene).probed, (*scene).hold, (*scene).giveUp, (*scene).stand, (*scene).resume} {
		s := newScene(t, look{theme: Dark, ascii: i%2 == 1}, 80, 24)
		play(s)
		for _, key := range []string{"", "enter", "pgdown", "?", "esc", "X"} {
			s.keys(key)
			for width := 1; width <= 220; width += 1 + width/15 {
				for _, height := range []int{1, 11, 12, 13, 17, 24, 30, 60} {
					s.m.resize(width, height)
					checkSize(t, s.m.draw(), width, height)
				}
			}
		}
	}
}
