//go:build linux

package ui

import (
	"context"
	"errors"
	"os"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unicode"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"

	"example.com/tufinspect/internal/engine"
)

// terminal is a pseudo terminal with an emulator behind it.
type terminal struct {
	t       *testing.T
	master  *os.File
	tty     *os.File
	mu      sync.Mutex
	screen  *emulator
	fresh   *emulator // nil, or one that has seen only what came since it was made
	reading atomic.Bool
	read    chan struct{} // closed when nothing more is read
	before  *term.State
}

func newTerminal(t *testing.T, width, height int) *terminal {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo terminal: %v", err)
	}
	if err := pty.Setsize(master, &pty.Winsize{Rows: uint16(height), Cols: uint16(width)}); err != nil {
		t.Fatal(err)
	}
	before, err := term.GetState(tty.Fd())
	if err != nil {
		t.Fatal(err)
	}
	x := &terminal{t: t, master: master, tty: tty, screen: newEmulator(width, height), read: make(chan struct{}), before: before}
	x.reading.Store(true)
	go x.emulate()
	t.Cleanup(func() {
		tty.Close()
		<-x.read
		master.Close()
	})
	return x
}

// emulate reads what is written until the last one that could write has gone.
func (x *terminal) emulate() {
	defer close(x.read)
	b := make([]byte, 32<<10)
	for {
		if !x.reading.Load() {
			time.Sleep(time.Millisecond)
			continue
		}
		n, err := x.master.Read(b)
		x.mu.Lock()
		_, _ = x.screen.Write(b[:n])
		if x.fresh != nil {
			_, _ = x.fresh.Write(b[:n])
		}
		x.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (x *terminal) text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.screen.String()
}

// modes tells which modes are on: a hidden cursor, the alternate screen, bracketed
// paste, the mouse.
func (x *terminal) modes() [4]bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return [4]bool{x.screen.hidden, x.screen.alternate, x.screen.paste, x.screen.mouse}
}

// resize changes the terminal's size, and tells the program of it as the system does
// whose controlling terminal it is.
func (x *terminal) resize(width, height int) {
	x.t.Helper()
	x.mu.Lock()
	x.screen.resize(width, height)
	x.mu.Unlock()
	if err := pty.Setsize(x.master, &pty.Winsize{Rows: uint16(height), Cols: uint16(width)}); err != nil {
		x.t.Fatal(err)
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGWINCH)
}

func (x *terminal) until(text string) {
	x.t.Helper()
	for end := time.Now().Add(10 * time.Second); !strings.Contains(x.text(), text); {
		if time.Now().After(end) {
			x.t.Fatalf("%q does not appear:\n%s", text, x.text())
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func (x *terminal) press(keys string) {
	x.t.Helper()
	if _, err := x.master.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// restored checks that the terminal is as a shell expects it.
func (x *terminal) restored() {
	x.t.Helper()
	after, err := term.GetState(x.tty.Fd())
	if err != nil {
		x.t.Fatal(err)
	}
	if !reflect.DeepEqual(x.before, after) {
		x.t.Error("the terminal's modes are not the ones from before")
	}
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		on := x.modes()
		if on == [4]bool{} {
			return
		}
		if time.Now().After(end) {
			x.t.Fatalf("still on: hidden cursor, alternate screen, bracketed paste, mouse: %v", on)
		}
	}
}

// What is thrown away for a terminal that does not read may end anywhere.
func TestTheEmulatorTakesSequencesThatAreCutOff(t *testing.T) {
	for _, cut := range []string{"\x1b", "\x1b[", "\x1b[2", "\x1b[?10", "\x1b]52;c;"} {
		e := newEmulator(10, 1)
		for _, s := range []string{cut, "\x1b\\\x1b[?25l", "x"} {
			_, _ = e.Write([]byte(s))
		}
		if !e.hidden || e.String() != "x\n" {
			t.Errorf("after %q: hidden cursor %v, %q", cut, e.hidden, e.String())
		}
	}
}

type ended struct {
	Outcome
	err  error
	took time.Duration // from being asked
}

// show runs the screen on the terminal.
func (x *terminal) show(ctx context.Context, s Session, change ...func(*Options)) <-chan ended {
	ctx, cancel := context.WithCancel(ctx)
	c, left := make(chan ended, 1), make(chan struct{})
	x.t.Cleanup(func() { // a test that has failed leaves it as it is
		cancel()
		select {
		case <-left:
		case <-time.After(10 * time.Second):
		}
	})
	opt := Options{Session: s, In: x.tty, Out: x.tty, Theme: Dark}
	for _, f := range change {
		f(&opt)
	}
	go func() {
		defer close(left)
		o, err := Run(ctx, opt)
		c <- ended{Outcome: o, err: err}
	}()
	return c
}

func (x *terminal) wait(c <-chan ended) ended {
	x.t.Helper()
	start := time.Now()
	select {
	case e := <-c:
		e.took = time.Since(start)
		return e
	case <-time.After(10 * time.Second):
		x.t.Fatal("the screen does not end")
		return ended{}
	}
}

func TestOnATerminal(t *testing.T) {
	for _, env := range [][2]string{{"CI", ""}, {"CI", "true"}, {"NO_COLOR", "1"}} {
		t.Run(env[0]+"="+env[1], func(t *testing.T) {
			t.Setenv(env[0], env[1])
			x := newTerminal(t, 120, 36)
			s := newSession()
			c := x.show(context.Background(), s)
			x.until("no file is known yet")
			if on := x.modes(); on != [4]bool{true, true, true} {
				t.Errorf("hidden cursor, alternate screen, bracketed paste, mouse: %v", on)
			}
			s.updates <- script(t, (*scene).running)
			x.until("✗ 2 failed")
			x.press("\x1b[B\r") // an arrow
			x.until("1 byte more than was signed")
			x.until("─ releases/1.20.7/linux/arm64/policy.tar.zst")
			x.resize(80, 24)
			x.until("✗2 failed ∅1 unchecked !4 stalled")
			x.press("\x1b") // closes the detail, after a moment
			x.until("PROGRESS/REASON")
			x.press("/sbom\r")
			x.until("/sbom")
			x.press("q")
			x.until("y/N")
			x.press("y")
			e := x.wait(c)
			if e.err != nil || !e.Complete || e.Interrupted {
				t.Errorf("%+v", e)
			}
			x.restored()
		})
	}
}

// The selected row and a failure can be seen on every terminal, and colours are there
// only where they are wanted.
func TestWhatStandsOutDoesSoEverywhere(t *testing.T) {
	for _, c := range []struct {
		name    string
		env     [][2]string
		theme   Theme
		colours bool
		ascii   bool
	}{
		{"as usual", nil, Auto, true, false},
		{"CI", [][2]string{{"CI", "true"}}, Auto, true, false},
		{"NO_COLOR", [][2]string{{"NO_COLOR", "1"}}, Dark, false, false},
		{"NO_COLOR and CI", [][2]string{{"NO_COLOR", "1"}, {"CI", "true"}}, Auto, false, false},
		{"an empty NO_COLOR", [][2]string{{"NO_COLOR", ""}}, Auto, true, false},
		{"mono", nil, Mono, false, false},
		{"light", nil, Light, true, false},
		{"the Linux console", [][2]string{{"TERM", "linux"}}, Auto, true, true},
		{"the C locale", [][2]string{{"LC_ALL", "C"}}, Auto, true, true},
		{"the C locale without colours", [][2]string{{"LC_ALL", "C"}, {"NO_COLOR", "1"}, {"CI", "1"}}, Auto, false, true},
		{"a terminal that says it has no colours", [][2]string{{"TERM", "vt100"}}, Mono, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, kv := range [][2]string{{"NO_COLOR", ""}, {"CI", ""}, {"TERM", "xterm-256color"}, {"LC_ALL", "C.UTF-8"}, {"COLORFGBG", ""}} {
				t.Setenv(kv[0], kv[1])
			}
			for _, kv := range c.env {
				t.Setenv(kv[0], kv[1])
			}
			x := newTerminal(t, 120, 36)
			s := newSession()
			ended := x.show(context.Background(), s, func(opt *Options) { opt.Theme, opt.ASCII = c.theme, WantsASCII(os.Getenv) })
			x.until("no file is known yet")
			s.updates <- script(t, (*scene).running)
			x.until("cli.tar.zst")
			x.press("j")
			x.until("sha256 differs")
			x.mu.Lock()
			e := *x.screen
			x.mu.Unlock()
			if e.reverse == 0 || e.bold == 0 {
				t.Errorf("reverse is used %d times, bold %d times", e.reverse, e.bold)
			}
			if c.colours != (e.colours > 0) {
				t.Errorf("%d colours", e.colours)
			}
			for _, r := range x.text() {
				if c.ascii && r > unicode.MaxASCII {
					t.Errorf("%q is not ASCII", r)
				}
			}
			x.press("\x03\x03")
			x.wait(ended)
			x.restored()
		})
	}
}

func TestASignalRestoresTheTerminal(t *testing.T) {
	x := newTerminal(t, 80, 24)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	c := x.show(ctx, newSession())
	x.until("no file is known yet")
	cancel()
	if e := x.wait(c); e.err != nil || !e.Interrupted || e.took > time.Second {
		t.Errorf("%+v", e)
	}
	x.restored()
}

// Neither a megabyte that was pasted by mistake nor a paste that does not end leaves
// the keyboard dead.
func TestAPasteDoesNotTakeTheKeyboard(t *testing.T) {
	x := newTerminal(t, 80, 24)
	c := x.show(context.Background(), newSession())
	x.until("no file is known yet")
	x.press("\x1b[200~" + strings.Repeat("qyx?", 256<<10) + "\x1b[201~")
	x.press("?")
	x.until("this help")
	x.press("?/")
	x.press("\x1b[200~one line\x1b[201~")
	x.until("one line")
	x.press("\x1b[200~without an end")
	var e ended
	for end := time.Now().Add(10 * time.Second); ; {
		x.press("\x03") // by itself at the second time at the latest
		select {
		case e = <-c:
		case <-time.After(100 * time.Millisecond):
			if time.Now().After(end) {
				t.Fatal("ctrl+c is not heard")
			}
			continue
		}
		break
	}
	if e.err != nil {
		t.Error(e.err)
	}
	x.restored()
}

// The terminal is restored wherever this program fails, with the mouse on.
func TestAPanicRestoresTheTerminal(t *testing.T) {
	in := func(where string) bool {
		pc := make([]uintptr, 100)
		frames := runtime.CallersFrames(pc[:runtime.Callers(1, pc)])
		for {
			f, more := frames.Next()
			if strings.HasSuffix(f.Function, where) {
				return true
			}
			if !more {
				return false
			}
		}
	}
	var armed atomic.Bool
	clockIn := func(where string) func(*Options) {
		return func(opt *Options) {
			opt.Clock = func() time.Time {
				if armed.Load() && in(where) {
					panic("broken")
				}
				return time.Now()
			}
		}
	}
	for _, c := range []struct {
		name   string
		key    string
		change func(*Options)
	}{
		{"in Update", "p", clockIn("(*screen).Update")},
		{"in View", "f", clockIn("(*screen).View")},
		{"in Send, on a goroutine of its own", "p", func(*Options) {}},
		{"while a report is prepared", "w", func(opt *Options) {
			opt.Save = func(*engine.State) func() (string, error) { panic("broken") }
		}},
		{"while a report is written", "w", func(opt *Options) {
			opt.Save = func(*engine.State) func() (string, error) {
				return func() (string, error) { panic("broken") }
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			armed.Store(false)
			x := newTerminal(t, 80, 24)
			result := x.show(context.Background(), &panicky{newSession()}, c.change, func(opt *Options) { opt.Mouse = true })
			x.until("no file is known yet")
			armed.Store(true)
			x.press(c.key)
			var crash *PanicError
			if e := x.wait(result); !errors.As(e.err, &crash) || len(crash.Stack) == 0 || !strings.Contains(crash.Error(), "broken") {
				t.Errorf("it is said of the panic: %v", e.err)
			}
			x.restored()
		})
	}
}

// panicky is a session whose Send panics.
type panicky struct{ *session }

func (p *panicky) Send(c engine.Command) bool {
	if _, ok := c.(engine.Pause); ok {
		panic("broken")
	}
	return p.session.Send(c)
}

// A terminal that does not read neither stops the run nor the way out.
func TestQuittingWhileTheTerminalDoesNotRead(t *testing.T) {
	x := newTerminal(t, 120, 36)
	s := newSession()
	c := x.show(context.Background(), s)
	x.until("no file is known yet")
	x.reading.Store(false)
	// The reader may be inside of one more read; a few dozen frames in which much
	// changes fill whatever the system holds.
	s.updates <- script(t, (*scene).running)
	for i := range 300 {
		s.updates <- engine.Update{Events: []engine.Event{{At: time.Duration(42+i) * time.Second, Body: engine.QueueChanged{Workers: 12, Active: i, Rate: float64(i) * mib}}}}
		if i%5 == 0 {
			x.press("?")
			time.Sleep(20 * time.Millisecond) // a frame is drawn every 16 ms at most
		}
	}
	x.press("\x03\x03")
	e := x.wait(c)
	if e.err != nil || !e.Complete || e.took > time.Second {
		t.Errorf("it took %s: %+v", e.took, e)
	}
	if e.took < flushWithin {
		t.Errorf("it took %s only: the terminal was not full, and the test is blind", e.took)
	}
	x.reading.Store(true)
	x.restored()
}

// clean waits until the screen shows what it would if it had been empty before the
// last change of its size.
func (x *terminal) clean() {
	x.t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		x.mu.Lock()
		is, should := x.screen.String(), x.fresh.String()
		x.mu.Unlock()
		if is == should && strings.TrimSpace(is) != "" {
			return
		}
		if time.Now().After(end) {
			x.t.Fatalf("%dx%d shows\n%s\nand on an empty screen it would be\n%s", x.screen.width, x.screen.height, is, should)
		}
	}
}

// Whatever sizes the terminal has had, it shows the last frame and nothing else.
func TestNothingIsLeftOfAnotherSize(t *testing.T) {
	sizes := [][2]int{{200, 60}, {120, 36}, {80, 24}, {60, 12}, {59, 20}, {60, 11}, {20, 5}, {5, 20}, {2, 2}, {1, 1}, {1, 60}, {200, 1}}
	x := newTerminal(t, 120, 36)
	s := newSession()
	fixed := time.Now() // ages stand still, so that the last frame is the last
	c := x.show(context.Background(), s, func(opt *Options) { opt.Clock = func() time.Time { return fixed } })
	x.until("no file is known yet")
	s.updates <- script(t, (*scene).running)
	x.until("✗ 2 failed")
	storm := func(to [2]int, i int) {
		x.resize(to[0], to[1])
		s.updates <- engine.Update{Events: []engine.Event{{At: 43 * time.Second, Body: engine.QueueChanged{Workers: 12, Active: 4, Rate: float64(i) * mib}}}}
		if i%3 == 0 {
			x.press("\x1b[B")
		}
		if i%7 == 0 {
			time.Sleep(20 * time.Millisecond) // a frame is drawn now and then
		}
	}
	n := 0
	for _, last := range sizes {
		for range 4 {
			for _, size := range sizes {
				n++
				storm(size, n)
			}
			for i := range sizes {
				n++
				storm(sizes[len(sizes)-1-i], n)
			}
		}
		storm(last, 1)
		x.mu.Lock()
		x.fresh = x.screen.blank()
		x.mu.Unlock()
		x.resize(last[0], last[1]) // again, since it may have been drawn by now
		x.clean()
	}
	x.resize(120, 36)
	x.until("PROGRESS / REASON")
	x.press("\x03\x03")
	if e := x.wait(c); e.err != nil {
		t.Error(e.err)
	}
	x.restored()
}
