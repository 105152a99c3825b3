//go:build linux

package main

import (
	"errors"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"

	"example.com/tufinspect/internal/screen"
)

// terminal is a pseudo terminal that never answers, with the program on it.
type terminal struct {
	t      *testing.T
	master *os.File
	tty    *os.File
	cmd    *exec.Cmd
	before *term.State
	since  time.Time

	deaf atomic.Bool // nothing is read
	mu   sync.Mutex
	out  strings.Builder
	grid *screen.Grid
	seen string        // what was on screen when keys were last pressed
	read chan struct{} // closed when nothing more will be read
}

// open starts the program on a terminal of its own.
func open(t *testing.T, width, height int, args ...string) *terminal {
	t.Helper()
	return openProgram(t, width, height, "tufinspect", args...)
}

func openProgram(t *testing.T, width, height int, name string, args ...string) *terminal {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo terminal: %v", err)
	}
	x := &terminal{t: t, master: master, tty: tty, cmd: command(t, name, args...), grid: screen.New(width, height), read: make(chan struct{})}
	x.resize(width, height)
	if x.before, err = term.GetState(tty.Fd()); err != nil {
		t.Fatal(err)
	}
	x.cmd.Stdin, x.cmd.Stdout, x.cmd.Stderr = tty, tty, tty
	x.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	go x.listen()
	t.Cleanup(func() {
		tty.Close()
		<-x.read
		master.Close()
	})
	x.since = time.Now()
	if err := x.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return x
}

// command is a program, with an environment that is the same everywhere and a state
// folder of its own.
func command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8", "NO_COLOR=", "COLORTERM=", "XDG_STATE_HOME="+t.TempDir())
	return cmd
}

// listen reads what is written until the last one that could write has gone.
func (x *terminal) listen() {
	defer close(x.read)
	b := make([]byte, 32<<10)
	for {
		if x.deaf.Load() {
			time.Sleep(time.Millisecond)
			continue
		}
		n, err := x.master.Read(b)
		x.mu.Lock()
		x.out.Write(b[:n])
		x.grid.Write(b[:n])
		x.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (x *terminal) written() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.out.String()
}

// shows gives what is on screen.
func (x *terminal) shows() string { return strings.Join(x.lines(), "\n") }

func (x *terminal) lines() []string {
	x.mu.Lock()
	defer x.mu.Unlock()
	lines := make([]string, x.grid.Height())
	for i := range lines {
		lines[i] = x.grid.Line(i)
	}
	return lines
}

// settles waits until the lines on screen are such: a frame for a size before may still be
// on its way.
func (x *terminal) settles(what string, ok func(lines []string) bool) {
	x.t.Helper()
	for end := time.Now().Add(patience); !ok(x.lines()); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			_ = x.cmd.Process.Kill()
			x.t.Fatalf("not on screen: %s\n%s", what, x.shows())
		}
	}
}

// appears tells whether a text is in what was written from a place on, escapes aside, or
// on screen where it was not when keys were last pressed: of a line only the cells that
// differ are written.
func (x *terminal) appears(from int, text string) bool {
	return strings.Contains(ansi.Strip(x.written()[from:]), text) ||
		!strings.Contains(x.seen, text) && strings.Contains(x.shows(), text)
}

// until waits for texts to appear.
func (x *terminal) until(from int, texts ...string) {
	x.t.Helper()
	end := time.Now().Add(patience)
	for _, text := range texts {
		for !x.appears(from, text) {
			if time.Now().After(end) {
				_ = x.cmd.Process.Kill()
				x.t.Fatalf("%q does not appear:\n%s\n%s", text, ansi.Strip(x.written()[from:]), x.shows())
			}
			time.Sleep(5 * time.Millisecond)
		}
	}
}

// press types keys, and gives the place in the output from which on what they led
// to is found.
func (x *terminal) press(keys string) int {
	x.t.Helper()
	at := len(x.written())
	x.seen = x.shows()
	if _, err := x.master.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
	return at
}

// hangUp closes the terminal's other side, as when its window is closed.
func (x *terminal) hangUp() {
	_ = x.master.SetReadDeadline(time.Now()) // the reader holds it open
	<-x.read
	x.master.Close()
}

func (x *terminal) resize(width, height int) {
	x.t.Helper()
	x.mu.Lock()
	x.grid.Resize(width, height)
	x.mu.Unlock()
	if err := pty.Setsize(x.master, &pty.Winsize{Rows: uint16(height), Cols: uint16(width)}); err != nil {
		x.t.Fatal(err)
	}
}

// ends waits for the end of the program, checks its exit code and that it left the
// terminal as it was, and gives how long it ran.
func (x *terminal) ends(codes ...int) time.Duration {
	x.t.Helper()
	wait(x.t, x.cmd, codes...)
	took := time.Since(x.since)
	after, err := term.GetState(x.tty.Fd())
	if err != nil {
		x.t.Fatal(err)
	}
	if !reflect.DeepEqual(x.before, after) {
		x.t.Error("the terminal's modes are not the ones from before")
	}
	x.tty.Close()
	<-x.read
	for _, mode := range []struct{ on, off string }{{"\x1b[?1049h", "\x1b[?1049l"}, {"\x1b[?25l", "\x1b[?25h"}, {"\x1b[?2004h", "\x1b[?2004l"}} {
		if out := x.written(); strings.LastIndex(out, mode.on) > strings.LastIndex(out, mode.off) {
			x.t.Errorf("%q is not undone", mode.on)
		}
	}
	return took
}

// wait waits for the end of the program and checks that its exit code is one of those.
func wait(t *testing.T, cmd *exec.Cmd, codes ...int) {
	t.Helper()
	limit := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	err := cmd.Wait()
	limit.Stop()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); !slices.Contains(codes, got) {
		t.Errorf("exit code %d (%s), want %d", got, cmd.ProcessState, codes)
	}
}
