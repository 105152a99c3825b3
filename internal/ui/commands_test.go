package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/tufinspect/internal/engine"
)

// A key that is held down starts one copy at a time, and the latest is the last.
func TestCopiesTakeTheirTurns(t *testing.T) {
	var copied []string
	sc := newScreen(Options{Session: newSession(), Theme: Mono}, func(string) string { return "" })
	sc.m = small(t, 5).m
	sc.ticking = true // a tick would be waited for
	sc.clip = func(text string) (string, error) {
		copied = append(copied, text)
		return "", nil
	}
	press := func(keys string) tea.Cmd {
		_, cmd := sc.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(keys)})
		return cmd
	}
	first := press("c")
	for range 3 {
		if late := messages(press("jc")); len(late) > 0 {
			t.Errorf("another is begun before the first has ended: %v", late)
		}
	}
	for next := first; next != nil; {
		got := messages(next)
		next = nil
		for _, msg := range got {
			_, next = sc.Update(msg)
		}
	}
	if got, want := strings.Join(copied, " "), "file000 file003"; got != want {
		t.Errorf("%q were copied, want %q", got, want)
	}
}

// What something else has written to the terminal goes when it is drawn anew, whatever is
// open.
func TestDrawingAnewInAProgram(t *testing.T) {
	s := newSession()
	f := startFlow(context.Background(), t, s)
	s.updates <- engine.Update{Events: nil}
	f.until("no file is known yet")
	for i, open := range []string{"", "/", "\r?"} {
		f.press(open + "\x0c")
		for end := time.Now().Add(10 * time.Second); f.out.count("\x1b[2J") < i+2; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("after %q nothing is drawn anew", open)
			}
		}
	}
	f.press("?q")
	f.wait()
}
