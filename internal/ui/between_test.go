package ui

import (
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/tufinspect/internal/engine"
)

// onTheWay has gone back to a mark in a recording, and not come to the goal yet.
func onTheWay(t *testing.T) *scene {
	t.Helper()
	s := onTape(t, 120, 36)
	s.brings(engine.Marked{N: 1})
	s.keys("j", "j", "j")
	s.m.draw()
	s.brings(engine.Rewound{To: 1, Keep: []int{1}})
	s.played(0, 41*time.Second, func(p *engine.Played) { p.Behind = true })
	return s
}

// The way from a mark may be long.
func TestALongWayFromAMarkIsSaid(t *testing.T) {
	s := onTheWay(t)
	if strings.Contains(s.m.draw(), "seeking") {
		t.Error("it is drawn at once")
	}
	s.wait(betweenMost)
	if !strings.Contains(s.m.draw(), "seeking") {
		t.Errorf("it is not said:\n%s", s.screen())
	}
}

func TestAnotherSizeIsDrawnOnTheWay(t *testing.T) {
	s := onTheWay(t)
	s.m.resize(80, 24)
	checkSize(t, s.m.draw(), 80, 24)
}

// What is pressed meanwhile is for the rows that are to be seen.
func TestKeysWaitForTheGoal(t *testing.T) {
	s := onTheWay(t)
	want := s.m.list.sought
	r := &screen{m: s.m, keys: newKeymap(), stop: make(chan struct{})}
	close(r.stop)
	r.Update(tea.KeyMsg{Type: tea.KeyDown})
	if s.m.list.sought != want || want == none || len(r.held) != 1 {
		t.Errorf("item %d is looked for, want %d; %d are held", s.m.list.sought, want, len(r.held))
	}
	s.played(0, 42*time.Second)
	row := s.m.list.row
	r.Update(wakeMsg{})
	if s.m.list.row != row+1 || row != 3 || len(r.held) != 0 {
		t.Errorf("from row %d to %d, %d are held", row, s.m.list.row, len(r.held))
	}
}
