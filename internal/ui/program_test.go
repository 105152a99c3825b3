package ui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	"example.com/tufinspect/internal/engine"
)

// session is a run that does as it is told. It answers commands as the engine does.
type session struct {
	updates chan engine.Update
	deaf    bool // takes commands and never ends

	mu   sync.Mutex
	got  []engine.Command
	once sync.Once
}

func newSession() *session { return &session{updates: make(chan engine.Update, 100)} }

func (s *session) Updates() <-chan engine.Update { return s.updates }

func (s *session) Send(c engine.Command) bool {
	s.mu.Lock()
	s.got = append(s.got, c)
	s.mu.Unlock()
	if _, ok := c.(engine.Stop); ok && !s.deaf {
		s.once.Do(func() {
			s.updates <- engine.Update{Events: []engine.Event{{At: time.Hour, Body: engine.RunFinished{Why: "stopped"}}}}
			close(s.updates)
		})
	}
	return true
}

func (s *session) commands() []engine.Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]engine.Command(nil), s.got...)
}

// sink is an output that remembers.
type sink struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *sink) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ansi.Strip(s.b.String())
}

// flow is a screen that runs in a real Bubble Tea program, without a terminal.
type flow struct {
	t       *testing.T
	screen  *screen
	session *session
	keys    *io.PipeWriter
	out     *sink
	ended   chan struct{}
	outcome Outcome
	err     error
}

func startFlow(ctx context.Context, t *testing.T, s *session, change ...func(*screen)) *flow {
	t.Helper()
	r, w := io.Pipe()
	f := &flow{t: t, session: s, keys: w, out: &sink{}, ended: make(chan struct{})}
	f.screen = newScreen(Options{Session: s, Theme: Mono}, func(string) string { return "" })
	f.screen.size = tea.WindowSizeMsg{Width: 120, Height: 36}
	for _, c := range change {
		c(f.screen)
	}
	go func() {
		defer close(f.ended)
		f.outcome, f.err = f.screen.run(ctx, r, f.out, func(error) {})
		r.Close()
	}()
	t.Cleanup(func() { w.Close() })
	return f
}

// until polls for a text in what was written.
func (f *flow) until(text string) {
	f.t.Helper()
	for end := time.Now().Add(10 * time.Second); !strings.Contains(f.out.text(), text); {
		if time.Now().After(end) {
			f.t.Fatalf("%q does not appear in %q", text, f.out.text())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (f *flow) untilSent(n int) {
	f.t.Helper()
	for end := time.Now().Add(10 * time.Second); len(f.session.commands()) < n; {
		if time.Now().After(end) {
			f.t.Fatalf("only %v was sent", f.session.commands())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (f *flow) press(keys string) {
	f.t.Helper()
	if _, err := io.WriteString(f.keys, keys); err != nil {
		f.t.Fatal(err)
	}
}

func (f *flow) wait() {
	f.t.Helper()
	select {
	case <-f.ended:
	case <-time.After(10 * time.Second):
		f.t.Fatal("the screen does not end")
	}
}

// script are the events of a scene, for a session to send.
func script(t *testing.T, play func(*scene)) engine.Update {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.tape = &[]engine.Event{}
	play(s)
	return engine.Update{Events: *s.tape}
}

func TestAPersonLooksRetriesAndLeaves(t *testing.T) {
	s := newSession()
	f := startFlow(context.Background(), t, s)
	s.updates <- script(t, (*scene).running)
	f.until("cli.tar.zst")
	f.press("\r")
	f.until("sha256 differs from the signed hash")
	f.until("want 8a361d8b")
	f.press("r")
	f.untilSent(1)
	if c, ok := s.commands()[0].(engine.Retry); !ok || !c.NoCache {
		t.Errorf("sent %#v", s.commands()[0])
	}
	s.updates <- engine.Update{Events: []engine.Event{{At: 43 * time.Second, Body: engine.CommandDone{Command: engine.Retry{}, Accepted: 1}}}}
	f.until("retrying 1")
	f.press("q")
	f.until("stop the run: 9 transfers are under way")
	f.press("y")
	f.wait()
	if f.err != nil || f.outcome.Interrupted || !f.outcome.Complete {
		t.Errorf("%+v, %v", f.outcome, f.err)
	}
	if st := f.outcome.State; st == nil || !st.Finished || st.Why != "stopped" || st.Items.Len() != 2513 {
		t.Error("the outcome does not have the end of the run")
	}
	sent := s.commands()
	if stop, ok := sent[len(sent)-1].(engine.Stop); !ok || !stop.Now {
		t.Errorf("sent %#v at the end", sent[len(sent)-1])
	}
}

func TestASignalLeavesAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	s := newSession()
	f := startFlow(ctx, t, s)
	s.updates <- script(t, (*scene).running)
	f.until("cli.tar.zst")
	start := time.Now()
	cancel()
	f.wait()
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %s", took)
	}
	if f.err != nil || !f.outcome.Interrupted || !f.outcome.Complete || !f.outcome.State.Finished {
		t.Errorf("%+v, %v", f.outcome, f.err)
	}
}

func TestARunThatEndsByItselfStaysOnScreen(t *testing.T) {
	s := newSession()
	f := startFlow(context.Background(), t, s)
	s.updates <- script(t, func(s *scene) { s.running(); s.settle() })
	s.updates <- engine.Update{Events: []engine.Event{{At: 120 * time.Second, Body: engine.RunFinished{}}}}
	close(s.updates)
	s.once.Do(func() {})
	f.until("CRITICAL: timestamp expired, 2 failed, 5 not checked")
	select {
	case <-f.ended:
		t.Fatal("the screen has gone")
	default:
	}
	f.press("q")
	f.wait()
	if f.err != nil || !f.outcome.Complete || len(s.commands()) != 0 {
		t.Errorf("%+v, %v, sent %v", f.outcome, f.err, s.commands())
	}
}

func TestASessionThatDoesNotEndIsNotWaitedForLongerThanTheLimit(t *testing.T) {
	s := newSession()
	s.deaf = true
	const patience = 100 * time.Millisecond
	f := startFlow(context.Background(), t, s, func(sc *screen) { sc.patience = patience })
	s.updates <- script(t, (*scene).running)
	f.until("cli.tar.zst")
	start := time.Now()
	f.press("\x03\x03")
	f.wait()
	if took := time.Since(start); took < patience || took > patience+time.Second {
		t.Errorf("it took %s, the limit is %s", took, patience)
	}
	if f.outcome.Complete || f.err != nil {
		t.Errorf("%+v, %v", f.outcome, f.err)
	}
}

// No update is lost when the program ends while one is on its way.
func TestWhatWasReceivedIsFolded(t *testing.T) {
	u := script(t, func(s *scene) { s.metadata(); s.targets() })
	for range 20 {
		s := newSession()
		s.deaf = true // the end comes from here
		f := startFlow(context.Background(), t, s)
		go func() {
			for _, e := range u.Events {
				s.updates <- engine.Update{Events: []engine.Event{e}}
			}
			close(s.updates)
		}()
		f.press("\x03\x03")
		f.wait()
		if n := f.outcome.State.Items.Len(); n != 2513 || !f.outcome.Complete || f.outcome.State.Violations > 0 {
			t.Fatalf("%d items, complete %v, %d violations", n, f.outcome.Complete, f.outcome.State.Violations)
		}
	}
}

func TestAPanicOfTheScreenIsReported(t *testing.T) {
	for _, where := range []string{"act", "draw"} {
		t.Run("in "+where, func(t *testing.T) {
			s := newSession()
			f := startFlow(context.Background(), t, s, func(sc *screen) { sc.m.views[viewTargets] = brokenView{where, sc.m.view()} })
			f.until("no file is known yet")
			f.press("j")
			f.wait()
			var p *PanicError
			if !errors.As(f.err, &p) || len(p.Stack) == 0 || !strings.Contains(p.Error(), "the screen failed: broken") {
				t.Errorf("%v", f.err)
			}
			if !f.outcome.Complete {
				t.Error("the run was not waited for")
			}
		})
	}
}

// brokenView panics when a key comes, or when it draws after that.
type brokenView struct {
	where string
	view
}

func (v brokenView) act(m *model, a action) {
	if v.where == "act" {
		panic("broken")
	}
	m.help = false
	m.title = "broken"
}

func (v brokenView) draw(m *model, rows int) {
	if m.title == "broken" {
		panic("broken")
	}
	v.view.draw(m, rows)
}

func TestKeyMessages(t *testing.T) {
	tests := []struct {
		name  string
		msg   tea.KeyMsg
		where []string // keys before
		check func(*scene) bool
	}{
		{"an arrow", tea.KeyMsg{Type: tea.KeyDown}, nil, func(s *scene) bool { return s.m.list.row == 1 }},
		{"several letters at once", tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("jjk")}, nil, func(s *scene) bool { return s.m.list.row == 1 }},
		{"a slash and what is typed after it", tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("/qx")}, nil, func(s *scene) bool { return s.m.find.String() == "qx" && s.m.ask == nil }},
		{"a paste outside of the prompt", tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("qy"), Paste: true}, nil, func(s *scene) bool { return s.m.ask == nil && !s.m.leave }},
		{"a paste in the prompt", tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("a\nb\x1bq"), Paste: true}, []string{"/"}, func(s *scene) bool { return s.m.find.String() == "a bq" }},
		{"a paste while a question is open", tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("y"), Paste: true}, []string{"q"}, func(s *scene) bool { return !s.m.leave && s.m.ask != nil }},
		{"alt and a letter", tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune("q"), Alt: true}, nil, func(s *scene) bool { return s.m.ask == nil }},
		{"a space in the prompt", tea.KeyMsg{Type: tea.KeySpace, Runes: []rune(" ")}, []string{"/", "a"}, func(s *scene) bool { return s.m.find.String() == "a " }},
		{"ctrl+u erases in the prompt", tea.KeyMsg{Type: tea.KeyCtrlU}, []string{"/", "a"}, func(s *scene) bool { return s.m.find.String() == "" && s.m.typing != nil }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := small(t, 5)
			s.m.draw()
			s.keys(tt.where...)
			newKeymap().translate(tt.msg, s.m.mode, s.m.do)
			if !tt.check(s) {
				t.Errorf("row %d, text %q, question %v, leave %v", s.m.list.row, s.m.find.String(), s.m.ask, s.m.leave)
			}
		})
	}
}

// A screen that is folded event by event is the one of a batch.
func TestBatchesDoNotMatter(t *testing.T) {
	one := newScene(t, look{theme: Dark}, 120, 36)
	one.play()
	all := newScene(t, look{theme: Dark}, 120, 36)
	all.running()
	a, b := ansi.Strip(one.m.draw()), ansi.Strip(all.m.draw())
	// What was said last may differ: of a batch the worst is told.
	cutStatus := func(s string) string {
		lines := strings.Split(s, "\n")
		return strings.Join(append(lines[:len(lines)-2], lines[len(lines)-1]), "\n")
	}
	if cutStatus(a) != cutStatus(b) {
		t.Errorf("event by event:\n%s\nat once:\n%s", a, b)
	}
}

func TestALargeBatchLeavesRoomForKeys(t *testing.T) {
	const n = 3*foldAtOnce + 1000
	var u engine.Update
	for from := 0; from < n; from += 1000 {
		specs := make([]engine.ItemSpec, 1000)
		for i := range specs {
			id := engine.ItemID(from + i)
			specs[i] = engine.ItemSpec{ID: id, Of: id, Kind: engine.Target, Path: "f"}
		}
		u.Events = append(u.Events, engine.Event{Body: engine.ItemsFound{Items: specs}})
	}
	for _, tt := range []struct {
		name string
		turn int // of folding, after which the person leaves
	}{{"to its end", 10}, {"left in the middle", 2}} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSession()
			s.updates <- u
			close(s.updates)
			x := newScreen(Options{Session: s}, func(string) string { return "" })
			for x.feed.wait(); !x.feed.over; x.feed.wait() {
			}
			for turn := 0; turn < tt.turn && !x.m.over; turn++ {
				before := x.m.st.Items.Len()
				x.Update(fedMsg{})
				if got := x.m.st.Items.Len() - before; got > foldAtOnce {
					t.Fatalf("%d targets are folded at once", got)
				}
			}
			if tt.turn == 10 != x.m.over {
				t.Errorf("the end of the updates was seen: %t", x.m.over)
			}
			if !x.finish() || x.m.st.Items.Len() != n || x.m.st.Violations > 0 {
				t.Errorf("%d targets of %d are known, %d violations", x.m.st.Items.Len(), n, x.m.st.Violations)
			}
		})
	}
}
