package ui

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

func (s *scene) screen() string { return ansi.Strip(s.m.draw()) }

// status is the line above the footer.
func (s *scene) status() string {
	lines := strings.Split(s.screen(), "\n")
	return strings.TrimSpace(lines[len(lines)-2])
}

func (s *scene) wantStatus(want string) {
	s.t.Helper()
	if got := s.status(); got != want {
		s.t.Errorf("the status line says %q, want %q", got, want)
	}
}

// wantSent compares the commands since the last time.
func (s *scene) wantSent(want ...engine.Command) {
	s.t.Helper()
	if got := s.m.commands; !reflect.DeepEqual(got, want) {
		s.t.Errorf("sent %#v, want %#v", got, want)
	}
	s.m.commands = nil
}

func TestQuitting(t *testing.T) {
	t.Run("asks while transfers are under way", func(t *testing.T) {
		s := small(t, 3)
		s.to("file000", engine.Connecting)
		s.keys("q")
		s.wantStatus("stop the run: 1 transfer is under way, 2 to come? y/N")
		s.keys("n")
		if s.m.leave || s.m.ask != nil {
			t.Error("no is taken for yes")
		}
		s.wantStatus("the run goes on")
		s.keys("q", "enter")
		if s.m.leave {
			t.Error("enter is taken for yes")
		}
		s.wantStatus("the run goes on")
		s.keys("q", "j", "x", "y")
		if !s.m.leave {
			t.Error("yes is not heard")
		}
		s.wantSent() // keys beside the answer have no effect
	})
	t.Run("asks while files are queued", func(t *testing.T) {
		s := small(t, 1)
		s.keys("q")
		s.wantStatus("stop the run: 1 file is still to come? y/N")
	})
	t.Run("does not ask when the run has settled", func(t *testing.T) {
		s := small(t, 1)
		s.to("file000", engine.Connecting)
		s.to("file000", engine.Verified)
		s.fold(engine.RunSettled{})
		s.keys("q")
		if !s.m.leave {
			t.Error("it stays")
		}
	})
	t.Run("does not ask when the run has ended by itself", func(t *testing.T) {
		s := small(t, 1)
		s.m.closed()
		s.keys("q")
		if !s.m.leave {
			t.Error("it stays")
		}
	})
	t.Run("a second ctrl+c within a second needs no answer", func(t *testing.T) {
		s := small(t, 1)
		s.keys("ctrl+c")
		if s.m.leave || s.m.ask == nil {
			t.Error("the first one does not ask")
		}
		s.wait(999 * time.Millisecond)
		s.keys("ctrl+c")
		if !s.m.leave {
			t.Error("the second one asks")
		}
	})
	t.Run("a later ctrl+c asks again", func(t *testing.T) {
		s := small(t, 1)
		s.keys("ctrl+c")
		s.wait(time.Second)
		s.keys("ctrl+c")
		if s.m.leave {
			t.Error("it leaves")
		}
		s.wait(500 * time.Millisecond)
		s.keys("ctrl+c")
		if !s.m.leave {
			t.Error("two in a row do not leave")
		}
	})
	t.Run("ctrl+c works while a filter is typed", func(t *testing.T) {
		s := small(t, 1)
		s.keys("/", "x", "ctrl+c", "ctrl+c")
		if !s.m.leave {
			t.Error("it stays")
		}
	})
}

func TestCommands(t *testing.T) {
	t.Run("x cancels what is under the cursor", func(t *testing.T) {
		s := small(t, 3)
		s.keys("j", "x")
		s.wantSent(engine.Cancel{Items: []engine.ItemID{1}})
		s.fold(engine.CommandDone{Command: engine.Cancel{Items: ids(1)}, Accepted: 1})
		s.wantStatus("cancelled file001")
		s.fold(engine.CommandDone{Command: engine.Retry{Items: ids(1)}, Accepted: 1})
		s.wantStatus("retrying file001")
		s.fold(engine.CommandDone{Command: engine.Retry{Items: ids(1)}, Skipped: 1, Reason: "it is under way"})
		s.wantStatus("nothing to retry: it is under way")
	})
	t.Run("an answer names the file by its ends where there is no room", func(t *testing.T) {
		s := newScene(t, look{theme: Mono}, 60, 12)
		s.start()
		long := "releases/1.20.3/windows/amd64/a-name-that-is-much-too-long-for-it/cli.tar.zst"
		s.fold(engine.ItemsFound{Items: []engine.ItemSpec{s.item(engine.Target, long, "", 0, "targets", 1)}})
		s.fold(engine.CommandDone{Command: engine.Cancel{Items: ids(0)}, Accepted: 1})
		s.wantStatus("cancelled releases/1.20.3…much-too-long-for-it/cli.tar.zst")
	})
	t.Run("r tells why it does nothing", func(t *testing.T) {
		s := small(t, 3)
		s.keys("r")
		s.wantSent(engine.Retry{Items: []engine.ItemID{0}})
		s.fold(engine.CommandDone{Command: engine.Retry{}, Skipped: 1, Reason: "it is verified already"})
		s.wantStatus("nothing to retry: it is verified already")
	})
	t.Run("r goes past caches when the bytes were wrong", func(t *testing.T) {
		s := small(t, 1)
		s.to("file000", engine.Connecting)
		s.to("file000", engine.Failed, problem(finding.WrongHash, "differs"))
		s.keys("r")
		s.wantSent(engine.Retry{Items: []engine.ItemID{0}, NoCache: true})
	})
	t.Run("a row that has just come under the cursor is not acted on", func(t *testing.T) {
		s := small(t, 3)
		s.wait(2 * time.Second)
		s.to("file002", engine.Connecting)
		s.to("file002", engine.Failed, problem(finding.ServerError, "503"))
		s.keys("x")
		s.wantSent()
		s.to("file001", engine.Connecting)
		s.to("file001", engine.Failed, problem(finding.ServerError, "503"))
		s.wait(2 * time.Second)
		s.m.tick()
		s.keys("x") // it holds the item since
		s.wantSent(engine.Cancel{Items: []engine.ItemID{2}})
	})
	t.Run("R asks with the number", func(t *testing.T) {
		s := small(t, 2)
		s.keys("R")
		s.wantStatus("nothing to retry: nothing has failed")
		s.to("file000", engine.Connecting)
		s.to("file000", engine.Failed, problem(finding.ServerError, "503"))
		s.keys("R")
		s.wantStatus("retry 1 not checked? y/N")
		s.keys("esc")
		s.wantSent()
		s.keys("R", "y")
		s.wantSent(engine.RetryFailed{})
		s.to("file001", engine.Cancelled)
		s.keys("R")
		s.wantStatus("retry 2 files (1 not checked, 1 cancelled)? y/N")
	})
	t.Run("p pauses and goes on", func(t *testing.T) {
		s := small(t, 1)
		s.keys("p")
		s.wantSent(engine.Pause{})
		s.fold(engine.QueueChanged{Paused: true, Workers: 12})
		s.keys("p")
		s.wantSent(engine.Resume{})
	})
	t.Run("plus and minus count on when keys are faster than answers", func(t *testing.T) {
		s := small(t, 1)
		s.keys("+", "+", "-")
		s.wantSent(engine.SetWorkers{N: 13}, engine.SetWorkers{N: 14}, engine.SetWorkers{N: 13})
		s.fold(engine.QueueChanged{Workers: 13}, engine.CommandDone{Command: engine.SetWorkers{N: 13}})
		s.keys("-")
		s.wantSent(engine.SetWorkers{N: 12})
		s.fold(engine.QueueChanged{Workers: 1}, engine.CommandDone{Command: engine.SetWorkers{N: 12}})
		s.keys("-")
		s.wantSent(engine.SetWorkers{N: 1})
	})
	t.Run("0 leaves the workers to the run, and plus goes on from its number", func(t *testing.T) {
		s := small(t, 1)
		s.keys("+", "0")
		s.wantSent(engine.SetWorkers{N: 13}, engine.SetWorkers{})
		s.fold(engine.QueueChanged{Workers: 40, Auto: true}, engine.CommandDone{Command: engine.SetWorkers{N: 13}}, engine.CommandDone{Command: engine.SetWorkers{}})
		s.wantStatus("as many workers as are worth it")
		s.keys("+")
		s.wantSent(engine.SetWorkers{N: 41})
	})
	t.Run("d asks the network and opens the detail", func(t *testing.T) {
		s := small(t, 3)
		s.keys("j", "d")
		s.wantSent(engine.Probe{Item: 1})
		if !strings.Contains(s.screen(), "─ file001 ─") {
			t.Errorf("the detail is not open:\n%s", s.screen())
		}
		s.keys("d")
		s.wantSent(engine.Probe{Item: 1})
		s.fold(engine.ProbeBegan{Item: 1})
		s.wait(3 * time.Second)
		s.fold(engine.ProbeEnded{Item: 1, Text: "every address is silent"})
		s.wantStatus("0:03  PROBE  file001: every address is silent")
	})
	t.Run("a probe goes on when the run has settled", func(t *testing.T) {
		s := small(t, 1)
		s.to("file000", engine.Cancelled)
		s.wait(time.Minute)
		s.fold(engine.RunSettled{})
		s.wait(time.Minute)
		s.keys("d")
		s.fold(engine.ProbeBegan{Item: 0}, engine.CommandDone{Command: engine.Probe{}})
		s.wait(4 * time.Second)
		s.m.tick()
		if !s.m.ticking() || !strings.Contains(s.screen(), "probing for 4s") || !strings.Contains(s.screen(), "took 1:00") {
			t.Errorf("ticking is %v:\n%s", s.m.ticking(), s.screen())
		}
		s.fold(engine.ProbeEnded{Item: 0, Text: "all is well"})
		s.wantStatus("2:04  PROBE  file000: all is well")
		if s.m.ticking() {
			t.Error("it ticks on when nothing is under way")
		}
	})
	t.Run("u puts the file first", func(t *testing.T) {
		s := small(t, 3)
		s.keys("j", "u")
		s.wantSent(engine.Prioritise{Items: []engine.ItemID{1}})
	})
	t.Run("X asks with the numbers", func(t *testing.T) {
		s := small(t, 3)
		s.to("file000", engine.Connecting)
		s.keys("X")
		s.wantStatus("cancel all: 1 under way, 2 to come? y/N")
		for _, no := range []string{"n", "esc", "enter"} {
			s.keys(no)
			s.wantStatus("not done")
			s.keys("X")
		}
		s.keys("n")
		s.wantSent()
		s.keys("X", "y")
		s.wantSent(engine.CancelAll{})
		for _, name := range []string{"file000", "file001", "file002"} {
			s.to(name, engine.Cancelled)
		}
		s.keys("X")
		s.wantStatus("nothing to cancel: nothing is under way or queued")
	})
	t.Run("less and greater halve and double the stall limit, within bounds", func(t *testing.T) {
		s := small(t, 1)
		s.keys("<", "<", ">")
		s.wantSent(engine.SetStallAfter{D: 5 * time.Second}, engine.SetStallAfter{D: 2500 * time.Millisecond}, engine.SetStallAfter{D: 5 * time.Second})
		s.fold(engine.QueueChanged{StallAfter: 5 * time.Second}, engine.CommandDone{Command: engine.SetStallAfter{D: 5 * time.Second}})
		s.wantStatus("a file is stalled after 5s without a byte")
		s.fold(engine.QueueChanged{StallAfter: 1500 * time.Millisecond})
		s.keys("<", "<")
		s.wantSent(engine.SetStallAfter{D: time.Second})
		s.wantStatus("the stall limit is 1s already, and goes no further")
		s.fold(engine.QueueChanged{StallAfter: 6 * time.Minute}, engine.CommandDone{Command: engine.SetStallAfter{D: time.Second}})
		s.keys(">", ">")
		s.wantSent(engine.SetStallAfter{D: 10 * time.Minute})
		s.wantStatus("the stall limit is 10m already, and goes no further")
	})
	t.Run("after the run's end nothing is sent", func(t *testing.T) {
		s := small(t, 1)
		s.m.closed()
		s.keys("x", "p", "+", "d", "u", ">")
		s.wantSent()
		s.wantStatus("the run has ended: nothing can be changed any more")
	})
	t.Run("a suspension is told to the engine", func(t *testing.T) {
		s := small(t, 1)
		s.keys("ctrl+z")
		if !s.m.suspend {
			t.Fatal("ctrl+z is not heard")
		}
		s.m.resumed(12*time.Second, true)
		s.wantSent(engine.ClockJumped{D: 12 * time.Second})
		s.m.resumed(0, false)
		s.wantSent()
		s.wantStatus("this terminal has no job control: not suspended")
	})
}

func TestAnswers(t *testing.T) {
	tests := []struct {
		done engine.CommandDone
		want string
	}{
		{engine.CommandDone{Command: engine.Cancel{}, Accepted: 1}, "cancelled 1"},
		{engine.CommandDone{Command: engine.Cancel{}, Skipped: 1, Reason: "it is failed already"}, "nothing to cancel: it is failed already"},
		{engine.CommandDone{Command: engine.RetryFailed{}, Accepted: 10, Skipped: 2, Reason: "it is under way"}, "retrying 10, not 2: it is under way"},
		{engine.CommandDone{Command: engine.RetryFailed{}}, "nothing to retry"},
		{engine.CommandDone{Command: engine.Retry{}, Err: "the run is being stopped"}, "not done: the run is being stopped"},
		{engine.CommandDone{Command: engine.SetWorkers{N: 1}}, "1 worker"},
		{engine.CommandDone{Command: engine.ClockJumped{D: 12 * time.Second}}, "back after 12s: that time does not count as silence"},
		{engine.CommandDone{Command: engine.Prioritise{}, Accepted: 1}, "first in the queue"},
		{engine.CommandDone{Command: engine.Prioritise{}, Skipped: 1, Reason: "it is not queued"}, "not moved: it is not queued"},
		{engine.CommandDone{Command: engine.Prioritise{}, Skipped: 1200, Reason: "it is not queued"}, "not moved: none of the 1,200 files is queued"},
		{engine.CommandDone{Command: engine.SetStallAfter{D: 2500 * time.Millisecond}}, "a file is stalled after 2.5s without a byte"},
		{engine.CommandDone{Command: engine.Probe{Item: 1}}, "asking the network, for at most 25s"},
		{engine.CommandDone{Command: engine.Probe{Item: 1}, Err: "4 probes are under way already"}, "not done: 4 probes are under way already"},
		{engine.CommandDone{Command: engine.CancelAll{}, Accepted: 1589}, "cancelled 1,589"},
	}
	for _, tt := range tests {
		if got := answerTo(tt.done); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.done, got, tt.want)
		}
	}
}

func TestNews(t *testing.T) {
	s := small(t, 3)
	s.to("file000", engine.Connecting)
	s.to("file000", engine.Failed, problem(finding.ServerError, "503"))
	s.wantStatus("0:00  UNCHECKED  file000: 503")
	s.fold(engine.CommandDone{Command: engine.Cancel{}, Accepted: 1})
	s.wait(time.Second)
	s.to("file001", engine.Connecting)
	s.to("file001", engine.Failed, problem(finding.ServerError, "504"))
	s.wantStatus("cancelled 1") // an answer can be read before news cover it
	s.wait(2 * time.Second)
	s.m.tick()
	s.wantStatus("0:01  UNCHECKED  file001: 504")
	// Of a batch the worst is told.
	id := s.ids["file002"]
	s.fold(
		engine.StateChanged{Item: id, Attempt: 1, From: engine.Queued, To: engine.Connecting},
		engine.StateChanged{Item: id, Attempt: 1, From: engine.Connecting, To: engine.Failed, Problem: &engine.Problem{Kind: finding.WrongHash, Text: "differs"}},
		engine.FindingRaised{Finding: finding.New(finding.FirstUse, "root", "not pinned")},
	)
	s.wantStatus("0:03  FAIL  file002: differs")
}

func TestTheFilterPrompt(t *testing.T) {
	s := small(t, 20)
	rows := func(want int) {
		t.Helper()
		if got := len(s.m.list.rows); got != want {
			t.Errorf("%q shows %d rows, want %d", s.m.find.String(), got, want)
		}
	}
	s.keys("/", "f", "i", "l", "e", "0", "1", "x", "backspace")
	rows(10)
	if !strings.Contains(s.status(), "/file01   10 of 20") {
		t.Errorf("the prompt is %q", s.status())
	}
	s.keys("q") // is text here
	rows(0)
	s.keys("backspace", "enter")
	rows(10)
	s.keys("/")
	if s.m.find.String() != "file01" {
		t.Error("the filter cannot be changed")
	}
	s.keys("esc")
	rows(20)
	s.keys("!")
	if !strings.Contains(s.screen(), "no problems so far") {
		t.Errorf("! does not show problems only:\n%s", s.screen())
	}
	s.to("file007", engine.Connecting)
	s.to("file007", engine.Stalled, reason("no DNS answer"))
	rows(1)
	s.keys("esc")
	rows(20)
}

func TestTheDetailStaysWithItsItem(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.start()
	s.fold(engine.ItemsFound{Items: []engine.ItemSpec{
		s.item(engine.Metadata, "timestamp.json", "", 0, "timestamp", -1),
		s.item(engine.Metadata, "snapshot.json", "", 0, "snapshot", -1),
	}})
	s.to("timestamp.json", engine.Connecting)
	s.keys("enter")
	s.to("timestamp.json", engine.Verifying)
	s.to("timestamp.json", engine.Verified)
	s.wait(2 * time.Second)
	s.m.tick()
	if !strings.Contains(s.screen(), "─ timestamp.json ─") {
		t.Errorf("the detail is of something else:\n%s", s.screen())
	}
	s.keys("esc")
	s.wait(2 * time.Second)
	s.m.tick()
	if len(s.m.list.rows) != 1 {
		t.Errorf("the verified file is still one of %d rows", len(s.m.list.rows))
	}
}

func TestPagingThroughAttempts(t *testing.T) {
	s := small(t, 1)
	for i := range 3 {
		s.to("file000", engine.Connecting)
		s.wait(time.Second)
		s.to("file000", engine.Retrying, problem(finding.ServerError, fmt.Sprintf("answer %d", i+1)))
		s.to("file000", engine.Queued)
	}
	v := s.m.view().(*itemsView)
	for _, step := range []struct {
		keys []string
		back int
	}{{[]string{"["}, 0}, {[]string{"enter", "["}, 1}, {[]string{"[", "[", "["}, 2}, {[]string{"]"}, 1}, {[]string{"]", "]"}, 0}} {
		s.keys(step.keys...)
		if v.back != step.back {
			t.Errorf("%v leads %d attempts back, want %d", step.keys, v.back, step.back)
		}
	}
}

func TestTicksComeOnlyWhileSomethingIsUnderWay(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 80, 24)
	want := func(when string, want bool) {
		t.Helper()
		if s.m.ticking() != want {
			t.Errorf("%s: %v", when, !want)
		}
	}
	want("before the start", false)
	s.start()
	s.fold(engine.ItemsFound{Items: []engine.ItemSpec{s.item(engine.Target, "a", "", 0, "targets", 1)}})
	want("while something is to come", true)
	s.fold(engine.QueueChanged{Paused: true})
	want("while paused and nothing is under way", false)
	s.to("a", engine.Connecting)
	want("while paused and something is under way", true)
	s.to("a", engine.Verified)
	s.fold(engine.RunSettled{})
	want("after the end", false)
	before := s.m.now()
	s.wait(time.Hour)
	if s.m.now() != before {
		t.Error("the clock goes on after the end")
	}
}

func TestTheFrameIsKeptWhileNothingChanges(t *testing.T) {
	s := newScene(t, look{theme: Dark}, 80, 24)
	s.running()
	a := s.m.draw()
	s.wait(time.Minute)
	if b := s.m.draw(); a != b {
		t.Error("the frame changes by itself")
	}
	s.m.tick()
	if b := s.m.draw(); a == b {
		t.Error("a tick changes nothing")
	}
}

// Who sees no colours sees the same text, and what is selected.
func TestThemesDifferInColoursOnly(t *testing.T) {
	var first string
	for _, theme := range []Theme{Dark, Light, Mono} {
		s := newScene(t, look{theme: theme}, 120, 36)
		s.running()
		frame := s.m.draw()
		if text := ansi.Strip(frame); first == "" {
			first = text
		} else if text != first {
			t.Errorf("the text of %s differs", theme)
		}
		for _, sgr := range []string{"\x1b[7m", "\x1b[1m", "\x1b[2m"} {
			if !strings.Contains(frame, sgr) {
				t.Errorf("%s has no %q", theme, sgr)
			}
		}
		coloured := strings.Contains(frame, "\x1b[3") || strings.Contains(frame, "\x1b[9") || strings.Contains(frame, ";3") || strings.Contains(frame, ";9")
		if coloured == (theme == Mono) {
			t.Errorf("%s has colours: %v", theme, coloured)
		}
	}
}

func TestThemeFollowsTheEnvironment(t *testing.T) {
	tests := []struct {
		name  string
		theme Theme
		env   map[string]string
		want  Theme
	}{
		{"nothing is known", Auto, nil, Dark},
		{"a light background", Auto, map[string]string{"COLORFGBG": "0;15"}, Light},
		{"a light background in three parts", Auto, map[string]string{"COLORFGBG": "0;default;7"}, Light},
		{"a dark background", Auto, map[string]string{"COLORFGBG": "15;0"}, Dark},
		{"asked for", Light, nil, Light},
		{"NO_COLOR wins", Light, map[string]string{"NO_COLOR": "1"}, Mono},
		{"an empty NO_COLOR does not", Light, map[string]string{"NO_COLOR": ""}, Light},
		{"CI changes nothing", Dark, map[string]string{"CI": "true"}, Dark},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.theme.resolve(func(k string) string { return tt.env[k] }); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
	for i, name := range themeNames {
		if theme, err := ParseTheme(name); err != nil || theme != Theme(i) || theme.String() != name {
			t.Errorf("%q is read as %s, %v", name, theme, err)
		}
	}
	if _, err := ParseTheme("pink"); err == nil {
		t.Error("pink is a theme")
	}
}

func TestASCIIIsWantedWhereGlyphsAreMissingOrWide(t *testing.T) {
	tests := []struct {
		name string
		env  map[string]string
		want bool
	}{
		{"an English terminal", map[string]string{"LANG": "en_GB.UTF-8", "TERM": "xterm-256color"}, false},
		{"the Linux console", map[string]string{"LANG": "en_GB.UTF-8", "TERM": "linux"}, true},
		{"the C locale", map[string]string{"LANG": "C"}, true},
		{"C with UTF-8", map[string]string{"LANG": "C.UTF-8"}, false},
		{"Japanese", map[string]string{"LANG": "ja_JP.UTF-8"}, true},
		{"LC_ALL wins", map[string]string{"LANG": "C", "LC_ALL": "de_DE.UTF-8"}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := WantsASCII(func(k string) string { return tt.env[k] }); got != tt.want {
				t.Error(got)
			}
		})
	}
}

func TestASCIIScreensAreASCII(t *testing.T) {
	for _, keys := range [][]string{nil, {"?"}, {"j", "enter"}, {"/", "x"}} {
		s := newScene(t, look{theme: Dark, ascii: true}, 120, 36)
		s.running()
		s.keys(keys...)
		if i := strings.IndexFunc(s.screen(), func(r rune) bool { return r >= 0x7f }); i >= 0 {
			t.Errorf("after %v: %q", keys, s.screen()[i:i+8])
		}
	}
}

func TestEachStateHasItsSigns(t *testing.T) {
	for _, g := range []*glyphs{glyphsOf(false), glyphsOf(true)} {
		seen := map[string]bool{}
		for i := range numFaces {
			glyph := g.state[i]
			if widthOf(glyph) != 1 || seen[glyph] {
				t.Errorf("%s is written as %q", face(i), glyph)
			}
			seen[glyph] = true
			if n := len(shortWord[i]); n == 0 || n > 9 {
				t.Errorf("the short word of %s has %d letters", face(i), n)
			}
		}
	}
}

func TestTheKeyTable(t *testing.T) {
	groups := map[string]bool{} // that have ended
	last := ""
	seen := map[string]bool{}
	for _, b := range tableFor(false) {
		if b.group != last {
			groups[last] = true
			last = b.group
		}
		if b.group == "" || groups[b.group] || len(b.keys) == 0 || b.act == actNone || (b.show == "") != (b.what == "") {
			t.Errorf("a binding is not whole: %+v", b)
		}
		for _, k := range b.keys {
			if seen[k] {
				t.Errorf("%q is bound twice", k)
			}
			seen[k] = true
		}
	}
	for _, k := range Keys() {
		if k.Keys == "" || k.Does == "" || k.Group == "" {
			t.Errorf("%+v", k)
		}
	}
}

func TestVerdictInWords(t *testing.T) {
	want := func(s *scene, w int, want string) {
		t.Helper()
		if got := s.m.tally.words(s.m.st, w); got != want {
			t.Errorf("in %d cells: %q, want %q", w, got, want)
		}
	}
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.running()
	s.settle()
	want(s, 80, "CRITICAL: timestamp expired, 2 failed, 5 not checked")
	want(s, 31, "CRITICAL: timestamp expired, +2")
	want(s, 30, "CRITICAL: timestamp expired")
	want(s, 26, "CRITICAL: expired")
	want(s, 5, "CRITICAL")

	h := small(t, 2)
	for _, f := range []string{"file000", "file001"} {
		h.to(f, engine.Connecting)
		h.to(f, engine.Verified, done(100))
	}
	h.fold(engine.RunSettled{})
	want(h, 80, "HEALTHY: 2 of 2 targets verified")
	h.fold(engine.FindingRaised{Finding: finding.New(finding.FirstUse, "repository", "the root is its own")}, engine.RunSettled{})
	want(h, 80, "WARNING: root not pinned")
	h.fold(engine.RunFinished{Why: "the deadline of 1s was reached"})
	want(h, 80, "UNKNOWN: root not pinned, the deadline of 1s was reached")
}

// What has expired stands first, and what is refused for nothing but a role above it is
// left out.
func TestTheVerdictNamesTheCauseAndNotWhatItLeadsTo(t *testing.T) {
	for _, c := range []struct {
		expired []string
		want    string
	}{
		{[]string{"timestamp"}, "CRITICAL: timestamp expired"},
		{[]string{"timestamp", "targets"}, "CRITICAL: timestamp and targets expired"},
		{[]string{"root", "timestamp", "snapshot", "targets"}, "CRITICAL: root and 3 more expired"},
	} {
		s := newScene(t, look{theme: Mono}, 120, 36)
		for i, name := range []string{"root", "timestamp", "snapshot", "targets", "team"} {
			r := trust.Role{ID: trust.RoleID(i), Name: name, Parent: "root", Current: true, State: trust.Refused, Problem: "below " + c.expired[0] + ", which has expired"}
			if name == "root" {
				r.Parent, r.State, r.Problem = "", trust.Accepted, ""
			}
			if slices.Contains(c.expired, name) {
				r.State, r.Expired, r.Problem = trust.Expired, true, "it has expired"
			}
			s.fold(engine.RoleChanged{Role: r})
		}
		s.fold(engine.FindingRaised{Finding: finding.New(finding.Expired, c.expired[0], "it has expired")}, engine.RunSettled{})
		if got := s.m.tally.words(s.m.st, 100); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}

func TestTheVerdictNamesARefusedRootOnce(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.fold(engine.RoleChanged{Role: trust.Role{Name: "root", Version: 3, State: trust.Refused, Problem: "not signed by enough keys"}},
		engine.FindingRaised{Finding: finding.New(finding.BadSignatures, "root v3", "not signed by enough keys")}, engine.RunSettled{})
	if got := s.m.tally.words(s.m.st, 100); got != "CRITICAL: root refused" {
		t.Errorf("%q", got)
	}
}

// The tally agrees with a count from scratch.
func TestTally(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.running()
	check := func() {
		t.Helper()
		var metadata [numFaces]int
		missing := int64(0)
		for i := range s.m.st.Items.Len() {
			it := s.m.st.Items.At(i)
			if it.Kind == engine.Metadata {
				metadata[faceOf(it)]++
			} else if it.State.Ended() {
				missing += max(0, it.Length-it.Done)
			}
		}
		if s.m.tally.metadata != metadata || s.m.tally.missing != missing {
			t.Errorf("%v and %d, want %v and %d", s.m.tally.metadata, s.m.tally.missing, metadata, missing)
		}
	}
	check()
	s.settle()
	check()
	if p := s.m.tally.progress(s.m.st); p != 1 {
		t.Errorf("the progress of a settled run is %v", p)
	}
	// A retry takes the missing bytes back.
	s.to(boot, engine.Queued, func(c *engine.StateChanged) { c.Attempt++ })
	check()
	if s.m.st.Settled {
		t.Error("the run is still settled")
	}
}
