package ui

import (
	"context"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/tufinspect/internal/engine"
)

// pointed is a screen without a program, and what its mouse does.
type pointed struct {
	*scene
	screen *screen
}

func pointedAt(t *testing.T, width, height int) *pointed {
	t.Helper()
	s := newScene(t, look{theme: Mono}, width, height)
	s.running()
	sc := newScreen(Options{Session: newSession(), Theme: Mono, Mouse: true}, func(string) string { return "" })
	sc.m = s.m
	sc.m.mouse = true
	sc.View()
	return &pointed{s, sc}
}

func (p *pointed) mouse(button tea.MouseButton, action tea.MouseAction, y int) {
	p.t.Helper()
	p.screen.Update(tea.MouseMsg{Button: button, Action: action, X: 10, Y: y})
	p.screen.View()
}

func (p *pointed) click(y int) { p.mouse(tea.MouseButtonLeft, tea.MouseActionPress, y) }

func (p *pointed) wantRow(row int) {
	p.t.Helper()
	if got := p.m.list.row; got != row {
		p.t.Errorf("the cursor is in row %d, want %d", got, row)
	}
}

func TestMouse(t *testing.T) {
	const head = 4 // rows of the header at this size; then come the table's head and its rows
	t.Run("a click selects a row", func(t *testing.T) {
		p := pointedAt(t, 120, 36)
		p.click(head + 1 + 7)
		p.wantRow(7)
		p.keys("G")
		p.screen.View()
		p.click(head + 1)
		p.wantRow(p.m.list.top)
	})
	t.Run("a click elsewhere does nothing", func(t *testing.T) {
		p := pointedAt(t, 120, 36)
		p.keys("j", "j", "j")
		for _, y := range []int{0, 3, head, 34, 35, 100, -1} {
			p.click(y)
			p.wantRow(3)
		}
		p.keys("/", "bootloader", "state:failed", "enter")
		p.keys("esc", "/", "state:failed", "enter", "j")
		p.screen.View()
		p.click(head + 1 + 20) // below the last row
		p.wantRow(p.m.list.row)
	})
	t.Run("a click into the detail does nothing", func(t *testing.T) {
		for _, height := range []int{36, 24} {
			p := pointedAt(t, 80, height)
			p.keys("j", "enter")
			p.screen.View()
			for y := head + 1 + p.m.list.height; y < height+2; y++ {
				p.click(y)
				p.wantRow(1)
			}
			if height == 24 {
				p.click(head + 4) // where the table would be
				p.wantRow(1)
			}
		}
	})
	t.Run("a click on a screen that is too small does nothing", func(t *testing.T) {
		p := pointedAt(t, 120, 36)
		p.keys("j")
		p.screen.Update(tea.WindowSizeMsg{Width: 40, Height: 30})
		p.screen.View()
		p.click(10)
		p.wantRow(1)
	})
	t.Run("dragging, letting go and other buttons do nothing", func(t *testing.T) {
		p := pointedAt(t, 120, 36)
		p.mouse(tea.MouseButtonLeft, tea.MouseActionMotion, 10)
		p.mouse(tea.MouseButtonLeft, tea.MouseActionRelease, 10)
		p.mouse(tea.MouseButtonNone, tea.MouseActionMotion, 10)
		p.mouse(tea.MouseButtonRight, tea.MouseActionPress, 10)
		p.wantRow(0)
	})
	t.Run("the wheel scrolls three rows", func(t *testing.T) {
		p := pointedAt(t, 120, 36)
		p.mouse(tea.MouseButtonWheelDown, tea.MouseActionPress, 10)
		p.mouse(tea.MouseButtonWheelDown, tea.MouseActionPress, 10)
		p.wantRow(6)
		p.mouse(tea.MouseButtonWheelUp, tea.MouseActionPress, 10)
		p.wantRow(3)
	})
	t.Run("the wheel over a detail scrolls it and leaves the cursor", func(t *testing.T) {
		for _, view := range []string{"1", "2"} {
			p := pointedAt(t, 120, 30)
			p.keys(view, "j", "j", "j", "j", "enter")
			p.screen.View()
			row := p.m.list.row
			p.mouse(tea.MouseButtonWheelDown, tea.MouseActionPress, 26)
			p.wantRow(row)
			if n := p.m.view().(interface{ scrolled() int }).scrolled(); n < 1 {
				t.Errorf("view %s: the detail did not scroll:\n%s", view, p.screen.View())
			}
			p.mouse(tea.MouseButtonWheelUp, tea.MouseActionPress, 26)
			if n := p.m.view().(interface{ scrolled() int }).scrolled(); n != 0 {
				t.Errorf("view %s: %d lines are scrolled away, want none", view, n)
			}
			p.mouse(tea.MouseButtonWheelDown, tea.MouseActionPress, head+2)
			if p.m.list.row == row && view == "1" {
				t.Errorf("view %s: the wheel over the rows does not scroll them", view)
			}
		}
	})
	t.Run("the wheel scrolls the help", func(t *testing.T) {
		p := pointedAt(t, 60, 12)
		p.keys("?")
		p.screen.View()
		p.mouse(tea.MouseButtonWheelDown, tea.MouseActionPress, 5)
		if p.m.helpTop == 0 || !p.m.help {
			t.Error("it does not")
		}
		p.click(5)
		p.wantRow(0)
	})
	t.Run("the wheel scrolls while a filter is typed", func(t *testing.T) {
		p := pointedAt(t, 120, 36)
		p.keys("/")
		p.mouse(tea.MouseButtonWheelDown, tea.MouseActionPress, 5)
		p.wantRow(3)
	})
	t.Run("a question waits for its answer", func(t *testing.T) {
		p := pointedAt(t, 120, 36)
		p.keys("q")
		p.click(10)
		p.mouse(tea.MouseButtonWheelDown, tea.MouseActionPress, 5)
		p.wantRow(0)
		if p.m.ask == nil {
			t.Error("the question is gone")
		}
	})
	t.Run("a mouse that is off does nothing", func(t *testing.T) {
		p := pointedAt(t, 120, 36)
		p.keys("m")
		p.wantStatus("mouse off")
		p.click(10)
		p.wantRow(0)
		p.keys("m")
		p.wantStatus("mouse on: the wheel scrolls, a click selects; hold shift to select text")
	})
	t.Run("it is off at first", func(t *testing.T) {
		if small(t, 1).m.mouse {
			t.Error("it takes away the selection of text")
		}
	})
}

// messages runs a command and gives what came of it.
func messages(cmd tea.Cmd) []tea.Msg {
	if cmd == nil {
		return nil
	}
	msg := cmd()
	batch, ok := msg.(tea.BatchMsg)
	if !ok {
		return []tea.Msg{msg}
	}
	var all []tea.Msg
	for _, c := range batch {
		all = append(all, messages(c)...)
	}
	return all
}

// The terminal is told once for each change, and again after it was given away: Bubble
// Tea switches the mouse off then, and not on again.
func TestTheMouseIsSwitchedOnceForAChange(t *testing.T) {
	s := newScreen(Options{Session: newSession(), Theme: Mono}, func(string) string { return "" })
	on, off := tea.EnableMouseCellMotion(), tea.DisableMouse()
	press := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("m")}
	for _, step := range []struct {
		name string
		msg  tea.Msg
		want tea.Msg
	}{
		{"at the start", tea.WindowSizeMsg{Width: 80, Height: 24}, nil},
		{"switched on", press, on},
		{"another key", tea.KeyMsg{Type: tea.KeyDown}, nil},
		{"back from a suspension", resumeMsg{away: time.Second, ok: true}, on},
		{"switched off", press, off},
		{"back from another", resumeMsg{away: time.Second, ok: true}, nil},
	} {
		_, cmd := s.Update(step.msg)
		var got []tea.Msg
		for _, msg := range messages(cmd) {
			if _, ok := msg.(sentMsg); !ok { // that the engine was told of the suspension
				got = append(got, msg)
			}
		}
		var want []tea.Msg
		if step.want != nil {
			want = []tea.Msg{step.want}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: the terminal is told %#v, want %#v", step.name, got, want)
		}
	}
}

// count counts a sequence in what a screen writes.
func (s *sink) count(sequence string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Count(s.b.String(), sequence)
}

func TestTheMouseInAProgram(t *testing.T) {
	if runtime.GOOS == "windows" {
		// It begins to read anew there, which of a console it may and of this pipe not: the
		// reader from before takes keys, too.
		t.Skip("Bubble Tea cannot switch the mouse there without a console")
	}
	s := newSession()
	f := startFlow(context.Background(), t, s)
	s.updates <- engine.Update{Events: nil}
	f.until("no file is known yet")
	const on, off = "\x1b[?1002h", "\x1b[?1002l"
	if n := f.out.count(on); n != 0 {
		t.Errorf("it is switched on %d times at the start", n)
	}
	wait := func(sequence string, n int) {
		t.Helper()
		for end := time.Now().Add(10 * time.Second); f.out.count(sequence) < n; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%q was written %d times, want %d", sequence, f.out.count(sequence), n)
			}
		}
	}
	f.press("m")
	f.until("mouse on")
	wait(on, 1)
	f.press("jjjj")
	f.press("m")
	f.until("mouse off")
	wait(off, 1)
	f.press("q")
	f.wait()
	if n := f.out.count(on); n != 1 {
		t.Errorf("it was switched on %d times", n)
	}
}

// scrolled is how many lines of an open detail are above its first one.
func (v *pane) scrolled() int { return v.skip }
