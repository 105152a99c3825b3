package ui

import (
	"errors"
	"strings"
	"testing"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

func TestCopyingFromTheScreen(t *testing.T) {
	var copied []string
	var fault error
	open := func(t *testing.T) (*scene, func(key string)) {
		copied, fault = nil, nil
		s := small(t, 3)
		sc := newScreen(Options{Session: newSession(), Theme: Mono}, func(string) string { return "" })
		sc.m = s.m
		sc.ticking = true // a tick would be waited for
		sc.clip = func(text string) (string, error) {
			copied = append(copied, text)
			return "sent to the terminal's clipboard", fault
		}
		return s, func(key string) {
			_, cmd := sc.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(key)})
			for _, msg := range messages(cmd) {
				sc.Update(msg)
			}
		}
	}
	t.Run("c takes the name", func(t *testing.T) {
		s, press := open(t)
		s.keys("j")
		press("c")
		s.wantStatus("sent to the terminal's clipboard (7 bytes)")
		if len(copied) != 1 || copied[0] != "file001" {
			t.Errorf("%q", copied)
		}
	})
	t.Run("C takes a line for a report", func(t *testing.T) {
		s, press := open(t)
		s.to("file001", engine.Connecting)
		s.to("file001", engine.Failed, problem(finding.ServerError, "503 Service Unavailable"))
		press("C")
		if want := "not checked  file001: 503 Service Unavailable  https://tuf.example.org/targets/file001"; len(copied) != 1 || copied[0] != want {
			t.Errorf("%q, want %q", copied, want)
		}
	})
	t.Run("privacy hides, and does not change what is taken", func(t *testing.T) {
		_, press := open(t)
		press("P")
		press("C")
		if len(copied) != 1 || !strings.Contains(copied[0], "tuf.example.org") {
			t.Errorf("%q", copied)
		}
	})
	t.Run("what went wrong is said", func(t *testing.T) {
		s, press := open(t)
		fault = errors.New("the terminal does not read\x1b[2J")
		press("c")
		s.wantStatus(`not copied: the terminal does not read\u{1b}[2J`)
	})
	t.Run("nothing is copied where there is nothing", func(t *testing.T) {
		s, press := open(t)
		s.keys("/", "none", "enter")
		press("c")
		s.wantStatus("nothing to copy here")
		if len(copied) != 0 {
			t.Errorf("%q", copied)
		}
	})
	t.Run("what is taken is printable", func(t *testing.T) {
		s, press := open(t)
		raw := "a\x1b]52;c;aGk=\x07\r\u202eb"
		s.fold(engine.ItemsFound{Items: []engine.ItemSpec{s.item(engine.Target, raw, "", 0, "targets", 1)}}) // as the engine never does
		s.keys("G")
		press("c")
		if len(copied) != 1 || copied[0] != safe.Text(raw) {
			t.Errorf("%q", copied)
		}
	})
}

func TestWritingTheReport(t *testing.T) {
	press := func(t *testing.T, s *scene, save func(*engine.State) func() (string, error)) {
		t.Helper()
		sc := newScreen(Options{Session: newSession(), Theme: Mono, Save: save}, func(string) string { return "" })
		sc.m = s.m
		sc.ticking = true // a tick would be waited for
		_, cmd := sc.Update(tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("w")})
		for _, msg := range messages(cmd) {
			sc.Update(msg)
		}
	}
	t.Run("takes what it needs of the state at once", func(t *testing.T) {
		s := small(t, 3)
		items := 0
		press(t, s, func(st *engine.State) func() (string, error) {
			items = st.Items.Len()
			return func() (string, error) { return "/home/me/tufinspect-0942.json", nil }
		})
		s.wantStatus("the report is in /home/me/tufinspect-0942.json")
		if items != 3 {
			t.Errorf("%d items", items)
		}
		s.keys("P")
		s.wantStatus("the report is in ********/tufinspect-0942.json")
	})
	t.Run("says why it could not", func(t *testing.T) {
		s := small(t, 3)
		press(t, s, func(*engine.State) func() (string, error) {
			return func() (string, error) { return "", errors.New("no space left on device") }
		})
		s.wantStatus("the report was not written: no space left on device")
	})
	t.Run("says that nothing writes reports here", func(t *testing.T) {
		s := small(t, 3)
		press(t, s, nil)
		if !strings.HasPrefix(s.status(), "the report was not written: ") {
			t.Error(s.status())
		}
	})
}
