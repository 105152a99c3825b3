package ui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// logged is a run in which one thing of most kinds happens, up to its 58th second.
func (s *scene) logged() {
	s.t.Helper()
	s.metadata()
	s.until(300 * time.Millisecond)
	var specs []engine.ItemSpec
	for i, path := range []string{rootfs, boot, cli, agent, kernel, sbom, winSbom} {
		specs = append(specs, s.item(engine.Target, path, "", trust.RoleID(3+i%2), [...]string{"targets", "releases"}[i%2], 69*mib))
	}
	s.fold(engine.ItemsFound{Items: specs})
	s.begin(rootfs, 500*time.Millisecond)
	s.body(rootfs)
	s.begin(boot, 6800*time.Millisecond)
	s.to(boot, engine.Failed, problem(finding.ServerError, "503 Service Unavailable, Retry-After 30s"))
	s.begin(sbom, 7*time.Second)
	s.until(8100 * time.Millisecond)
	s.to(sbom, engine.Transferring)
	s.to(sbom, engine.Retrying, problem(finding.Incomplete, "unexpected EOF"), done(12*mib), next(9*time.Second))
	s.begin(kernel, 8200*time.Millisecond)
	s.body(kernel)
	s.begin(agent, 8300*time.Millisecond)
	s.to(sbom, engine.Connecting, func(c *engine.StateChanged) { c.Attempt = 2 })
	s.until(9 * time.Second)
	s.progress(kernel, 10*mib, 0)
	s.until(11 * time.Second)
	s.to(sbom, engine.Verified, done(69*mib))
	s.progress(rootfs, 24*mib, 0)
	s.until(19 * time.Second)
	s.to(kernel, engine.Stalled, problem(finding.Stalled, "no body byte for 10s after 10.0 MiB of 69.0 MiB"), reason("no body byte"))
	s.until(21 * time.Second)
	s.to(rootfs, engine.Stalled, problem(finding.Stalled, "no body byte for 10s after 24.0 MiB of 69.0 MiB"), reason("no body byte"))
	s.until(27 * time.Second)
	s.to(kernel, engine.Transferring)
	s.diagnosed(kernel, fetch.Diagnosis{Cause: fetch.SlowDrip, Label: "slow: 10 B/s, would take 3h20m0s", Certainty: fetch.Certain})
	s.until(31400 * time.Millisecond)
	id := s.ids[rootfs]
	s.fold(
		engine.StateChanged{Item: id, Attempt: 1, From: engine.Stalled, To: engine.Cancelled, Reason: "cancelled by you", Problem: &engine.Problem{Kind: finding.Cancelled, Text: "cancelled by you"}},
		engine.CommandDone{Command: engine.Cancel{Items: []engine.ItemID{id}}, Accepted: 1},
		engine.CommandDone{Command: engine.SetWorkers{N: 13}},
	)
	s.until(33 * time.Second)
	s.fold(engine.CommandDone{Command: engine.Retry{Items: []engine.ItemID{0, 1, 2}}, Accepted: 1, Skipped: 2, Reason: "it is verified already"})
	s.until(36 * time.Second)
	s.fold(
		engine.BreakerChanged{Host: "tuf.example.org", State: engine.Held, Why: "the last 24 attempts all stalled or failed to connect", Since: s.at},
		engine.ProbeBegan{Item: s.ids[agent]},
		engine.CommandDone{Command: engine.Probe{Item: s.ids[agent]}, Accepted: 1},
	)
	s.until(39 * time.Second)
	s.fold(
		engine.ProbeEnded{Item: s.ids[agent], Text: "203.0.113.7:443 takes the connection and says nothing; 203.0.113.8:443 answers"},
		engine.BreakerChanged{Host: "tuf.example.org", State: engine.Flowing, Since: s.at},
	)
	s.begin(cli, 40*time.Second)
	s.until(41200 * time.Millisecond)
	s.to(cli, engine.Failed, done(69*mib), problem(finding.WrongHash, "sha256 differs from the hash signed in agents v9"))
	refused := role(5, "releases/sbom", "releases", 4, 12, 40*day, 0, 2)
	refused.State, refused.Threshold, refused.Problem = trust.Refused, 1, "threshold not met: 0 of 1 signatures"
	s.until(50 * time.Second)
	s.fold(
		engine.RoleChanged{Role: refused},
		engine.InspectorStuck{Part: "control loop", For: 5 * time.Second, Dump: "/tmp/tufinspect-stuck.txt"},
		engine.FindingRaised{Finding: finding.New(finding.ExpiresSoon, "timestamp", "expires in 18h"), Role: 1, About: true, Withdrawn: true},
	)
	s.until(52 * time.Second)
	s.fold(engine.InspectorStuck{Part: "control loop", For: 7 * time.Second, Over: true})
	s.until(58 * time.Second)
	s.fold(
		engine.InspectorFault{Goroutine: "worker 3", Value: "index out of range [3] with length 3"},
		engine.RunSettled{Verdict: engine.Broken},
	)
	s.wait(4 * time.Second)
}

// inLog shows the log.
func logOf(play func(*scene), keys ...string) func(*scene) {
	return func(s *scene) {
		play(s)
		s.keys("3")
		s.keys(keys...)
	}
}

func TestLogScreens(t *testing.T) {
	plain, ascii := look{theme: Dark}, look{theme: Dark, ascii: true}
	logged := logOf((*scene).logged)
	text := logOf((*scene).logged, "g", "enter")
	tests := []struct {
		name          string
		width, height int
		look          look
		styled        bool
		play          func(*scene)
	}{
		{"log-120x36", 120, 36, plain, false, logOf((*scene).logged, "up", "up")},
		{"log-80x24", 80, 24, plain, false, logged},
		{"log-60x12", 60, 12, plain, false, logged},
		{"log-200x60", 200, 60, plain, false, logged},
		{"log-running-120x36", 120, 36, plain, false, logOf((*scene).running)},
		{"log-problems-80x24", 80, 24, plain, false, logOf((*scene).logged, "!")},
		{"log-filter-120x36", 120, 36, plain, false, logOf((*scene).logged, "/", "what:fail")},
		{"log-text-120x36", 120, 36, plain, false, text},
		{"log-text-80x24", 80, 24, plain, false, text},
		{"log-ascii-80x24", 80, 24, ascii, false, logged},
		{"log-mono-80x24", 80, 24, look{theme: Mono}, true, logged},
		{"log-empty-80x24", 80, 24, plain, false, logOf(func(*scene) {})},
		{"log-foreign-80x24", 80, 24, plain, false, logOf((*scene).foreign)},
		{"log-private-80x24", 80, 24, plain, false, logOf((*scene).logged, "g", "P")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t, tt.look, tt.width, tt.height)
			tt.play(s)
			golden(t, tt.name, s, tt.styled)
		})
	}
}

func TestNoLogOverflows(t *testing.T) {
	for i, play := range []func(*scene){func(*scene) {}, (*scene).logged, (*scene).foreign, (*scene).running} {
		s := newScene(t, look{theme: Dark, ascii: i%2 == 1}, 80, 24)
		play(s)
		for _, key := range []string{"3", "g", "enter", "pgdown", "esc", "!", "/", "n"} {
			s.keys(key)
			for width := 1; width <= 220; width += 1 + width/20 {
				for _, height := range []int{1, 11, 12, 13, 17, 24, 30, 60} {
					s.m.resize(width, height)
					checkSize(t, s.m.draw(), width, height)
				}
			}
		}
	}
}

func (s *scene) logView() *logView { return s.m.views[viewLog].(*logView) }

// entryUnder is the line under the log's cursor, on screen.
func (s *scene) entryUnder() string {
	s.m.dirty = true
	s.m.draw()
	return s.logView().copy(s.m, true)
}

func TestTheCursorStaysOnItsEntry(t *testing.T) {
	s := crowded(t, 30_000)
	s.ends(1, 100)
	s.keys("3")
	if got := s.entryUnder(); !strings.Contains(got, "file000100") {
		t.Errorf("the end is not followed: %q", got)
	}
	s.ends(101, 10)
	if got := s.entryUnder(); !strings.Contains(got, "file000110") {
		t.Errorf("the end is not followed: %q", got)
	}
	s.keys("down") // it is on the last row already
	s.ends(111, 10)
	if got := s.entryUnder(); !strings.Contains(got, "file000120") {
		t.Errorf("the end is not followed after going further down: %q", got)
	}
	s.keys("up")
	here, top := s.entryUnder(), s.logView().row-s.logView().top
	s.ends(121, 5000)
	if got := s.entryUnder(); got != here {
		t.Errorf("the cursor went from %q to %q", here, got)
	}
	if got := s.logView().row - s.logView().top; got != top {
		t.Errorf("it went from line %d of the screen to %d", top, got)
	}
	if got := s.status(); !strings.Contains(got, "5,001 below (G follows the end)") {
		t.Errorf("the status line says %q", got)
	}
	for from := 5121; from < 29_000; from += 1000 {
		s.ends(from, 1000)
	}
	if got := s.entryUnder(); got == here || !strings.Contains(got, "OK") {
		t.Errorf("the entry is still there: %q", got)
	}
	s.keys("G")
	s.ends(29_121, 10)
	if got := s.entryUnder(); !strings.Contains(got, "file029130") {
		t.Errorf("the end is not followed again: %q", got)
	}
}

func TestTheLogIsFiltered(t *testing.T) {
	tests := []struct {
		filter string
		want   int
	}{
		{"", 38}, {"what:FAIL", 1}, {"WHAT:fa", 2}, {"state:failed", 1}, {"state:not", 1}, {"what:unch", 1}, {"!what:ok what:o", 0}, {"role:releases what:fail", 0},
		{"err:503", 1}, {"err:attempt", 2}, {"host:example what:held", 1}, {"bootloader", 1}, {"you", 5}, {"silence", 1}, {"age:<15s", 6},
		{"what:role", 8}, {"role:sbom", 3}, {"state:", 38},
	}
	for _, tt := range tests {
		s := newScene(t, look{theme: Mono}, 120, 36)
		s.logged()
		s.keys("3", "/", tt.filter)
		s.m.draw()
		if got := len(s.logView().rows); got != tt.want {
			t.Errorf("%q shows %d, want %d:\n%s", tt.filter, got, tt.want, ansi.Strip(s.m.draw()))
		}
	}
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.logged()
	s.keys("3", "/", "what:fail", "enter")
	s.m.draw()
	s.to(untried(s), engine.Failed, problem(finding.Missing, "404"))
	s.entryUnder()
	if got := len(s.logView().rows); got != 2 {
		t.Errorf("%d rows, want 2: what is new is filtered too", got)
	}
	s.keys("esc")
	s.entryUnder()
	if got := len(s.logView().rows); got != 39 {
		t.Errorf("esc shows %d rows", got)
	}
}

// untried starts a file that has not been tried yet.
func untried(s *scene) string {
	s.to(winSbom, engine.Connecting)
	return winSbom
}

func TestEnterOpensWhatAnEntryIsAbout(t *testing.T) {
	t.Run("a file, also one that the filter of the files hides", func(t *testing.T) {
		s := newScene(t, look{theme: Mono}, 120, 36)
		s.logged()
		s.keys("/", "nothing", "enter", "3", "/", "timestamp.json", "enter")
		s.entryUnder()
		s.keys("enter")
		if s.m.at != viewTargets || s.m.current() == nil || s.m.current().Path != "timestamp.json" {
			t.Fatalf("view %s, item %v", s.m.at, s.m.current())
		}
		if frame := ansi.Strip(s.m.draw()); !strings.Contains(frame, "timestamp.json ─") {
			t.Errorf("its detail is not open:\n%s", frame)
		}
		s.keys("3")
		if got := s.entryUnder(); !strings.Contains(got, "timestamp.json") {
			t.Errorf("the log came back with %q", got)
		}
	})
	t.Run("a role", func(t *testing.T) {
		s := newScene(t, look{theme: Mono}, 120, 36)
		s.logged()
		s.keys("3", "/", "what:role", "enter")
		s.entryUnder()
		s.keys("enter")
		if s.m.at != viewTrust {
			t.Errorf("the view is %s", s.m.at)
		}
	})
	t.Run("the text of anything else", func(t *testing.T) {
		s := newScene(t, look{theme: Mono}, 60, 12)
		s.start()
		long := strings.Repeat("word ", 150) + "last"
		s.fold(engine.InspectorFault{Goroutine: "worker", Value: long})
		s.keys("3")
		s.entryUnder()
		s.keys("enter")
		first := ansi.Strip(s.m.draw())
		for range 10 {
			s.keys("pgdown")
			s.m.draw()
		}
		if frame := ansi.Strip(s.m.draw()); frame == first || !strings.Contains(frame, "last") {
			t.Errorf("the end cannot be read:\n%s", frame)
		}
		s.keys("esc")
		if frame := ansi.Strip(s.m.draw()); !strings.Contains(frame, "TIME") {
			t.Errorf("the text is still open:\n%s", frame)
		}
	})
}

func TestTheLogsRowsAreCopiedAndClicked(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.logged()
	s.keys("3", "g", "c", "C")
	if got, want := s.m.errands[0].copy, "timestamp.json"; !strings.HasPrefix(s.m.errands[1].copy, "0:00.0  START  ") || got == want {
		t.Errorf("copied %q and %q", got, s.m.errands[1].copy)
	}
	s.m.draw()
	s.m.do(input{act: actClick, row: s.m.viewTop + 3})
	if got := s.logView().row; got != 2 {
		t.Errorf("a click into the third row led to row %d", got)
	}
	s.m.do(input{act: actWheelDown})
	if got := s.logView().row; got != 5 {
		t.Errorf("the wheel led to row %d", got)
	}
}

func TestCommandsWithoutAnAnswerAreCounted(t *testing.T) {
	s := small(t, 3)
	s.keys("+", "+", "3")
	s.entryUnder()
	if got := s.status(); !strings.Contains(got, "2 commands not answered yet") {
		t.Errorf("the status line says %q", got)
	}
	s.fold(engine.CommandDone{Command: engine.SetWorkers{N: 13}}, engine.CommandDone{Command: engine.SetWorkers{N: 14}})
	s.wait(answerStays + time.Second)
	s.to("file000", engine.Connecting)
	s.to("file000", engine.Failed, problem(finding.Missing, "404"))
	s.entryUnder()
	if got := s.status(); strings.Contains(got, "answered") {
		t.Errorf("the status line says %q", got)
	}
}

// full is a log that has been full for long.
func full(b *testing.B) *scene {
	s := crowded(b, 100_000)
	s.m.resize(200, 50)
	for from := 1; from < 99_000; from += 1000 {
		s.ends(from, 1000)
	}
	s.keys("3")
	s.m.draw()
	return s
}

func BenchmarkLogFrame100000(b *testing.B) {
	s := full(b)
	for b.Loop() {
		s.m.dirty = true
		s.m.draw()
	}
}

// BenchmarkLogFrameAfterBatch draws a full log of which a batch has just pushed the
// oldest out, so that all rows are counted anew.
func BenchmarkLogFrameAfterBatch(b *testing.B) {
	s := full(b)
	for b.Loop() {
		s.m.tell(happened(s.at, wordOK).about(5))
		s.m.dirty = true
		s.m.draw()
	}
}

// BenchmarkLogFilter judges a full log by a filter that looks into every line.
func BenchmarkLogFilter(b *testing.B) {
	s := full(b)
	for b.Loop() {
		s.logView().setFilter("9999 !linux/arm64")
		s.logView().refresh(s.m)
	}
}
