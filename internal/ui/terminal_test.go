//go:build linux

package ui

import (
	"context"
	"os"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

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
// paste.
func (x *terminal) modes() [3]bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return [3]bool{x.screen.hidden, x.screen.alternate, x.screen.paste}
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
		if on == [3]bool{} {
			return
		}
		if time.Now().After(end) {
			x.t.Fatalf("still on: hidden cursor, alternate screen, bracketed paste: %v", on)
		}
	}
}

type ended struct {
	Outcome
	err  error
	took time.Duration // from being asked
}

// show runs the screen on the terminal.
func (x *terminal) show(ctx context.Context, s Session) <-chan ended {
	c := make(chan ended, 1)
	go func() {
		o, err := Run(ctx, Options{Session: s, In: x.tty, Out: x.tty, Theme: Dark})
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
			if on := x.modes(); on != [3]bool{true, true, true} {
				t.Errorf("hidden cursor, alternate screen, bracketed paste: %v", on)
			}
			s.updates <- script(t, (*scene).running)
			x.until("✗ 3 failed")
			x.press("\x1b[B\x1b[B\r") // arrows
			x.until("1 byte more than was signed")
			x.until("─ releases/1.20.7/linux/arm64/policy.tar.zst")
			if err := pty.Setsize(x.master, &pty.Winsize{Rows: 24, Cols: 80}); err != nil {
				t.Fatal(err)
			}
			x.mu.Lock()
			x.screen.resize(80, 24)
			x.mu.Unlock()
			_ = syscall.Kill(os.Getpid(), syscall.SIGWINCH)
			x.until("✗3 failed !4 stalled")
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

func TestAPanicRestoresTheTerminal(t *testing.T) {
	x := newTerminal(t, 80, 24)
	c := x.show(context.Background(), &panicky{newSession()})
	x.until("no file is known yet")
	x.press("p")
	if e := x.wait(c); e.err == nil {
		t.Error("nothing is said of the panic")
	}
	x.restored()
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
