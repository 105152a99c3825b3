package ui

import (
	"testing"
	"time"
)

// The screens of rows that were marked, sorted or frozen, and of hidden names.
func TestScreensOfWhatWasChosen(t *testing.T) {
	marked := func(s *scene) {
		s.running()
		s.m.draw() // from now on it is known how many rows there are
		s.keys("j", " ", "j", " ", " ", "/", "linux", "enter")
	}
	asked := func(s *scene) { marked(s); s.keys("x") }
	sorted := func(s *scene) { s.running(); s.keys("s", "s", "s", "S"); s.errands() }
	frozen := func(s *scene) {
		s.running()
		s.keys("f")
		s.wait(12 * time.Second)
		s.m.tick()
	}
	private := func(s *scene) { s.probed(); s.keys("P") }
	scenes := []struct {
		name string
		play func(*scene)
	}{{"marked", marked}, {"marked-asked", asked}, {"sorted", sorted}, {"frozen", frozen}, {"private", private}, {"private-held", func(s *scene) { s.hold(); s.keys("P") }}}
	for _, sc := range scenes {
		for _, size := range []struct {
			name          string
			width, height int
		}{{"120x36", 120, 36}, {"80x24", 80, 24}, {"60x12", 60, 12}} {
			name := sc.name + "-" + size.name
			t.Run(name, func(t *testing.T) {
				s := newScene(t, look{theme: Dark}, size.width, size.height)
				sc.play(s)
				golden(t, name, s, false)
			})
		}
	}
	t.Run("mono", func(t *testing.T) {
		s := newScene(t, look{theme: Mono}, 80, 24)
		asked(s)
		golden(t, "marked-mono-80x24", s, true)
		s = newScene(t, look{theme: Mono}, 80, 24)
		frozen(s)
		golden(t, "frozen-mono-80x24", s, true)
		s = newScene(t, look{theme: Dark, ascii: true}, 120, 36)
		asked(s)
		golden(t, "marked-ascii-120x36", s, false)
	})
}
