//go:build linux

package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
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

	"example.com/tufinspect/demo"
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
	x := &terminal{t: t, master: master, tty: tty, cmd: command(t, name, args...), read: make(chan struct{})}
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

// until waits for texts in what is written from a place on, escapes aside.
func (x *terminal) until(from int, texts ...string) {
	x.t.Helper()
	end := time.Now().Add(patience)
	for _, text := range texts {
		for !strings.Contains(ansi.Strip(x.written()[from:]), text) {
			if time.Now().After(end) {
				_ = x.cmd.Process.Kill()
				x.t.Fatalf("%q does not appear:\n%s", text, ansi.Strip(x.written()[from:]))
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

// silentServer serves a repository whose timestamp never comes.
func silentServer(t *testing.T) (url, root string) {
	t.Helper()
	repo, err := demo.Spec{Seed: 7, Targets: []demo.Target{{Path: "a.txt", Size: 1000}}}.Build()
	if err != nil {
		t.Fatal(err)
	}
	server, err := demo.Serve(repo)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	server.SetFault("timestamp.json", demo.Fault{Kind: demo.StallHeaders})
	root = filepath.Join(t.TempDir(), "root.json")
	if err := os.WriteFile(root, repo.Root(1), 0o600); err != nil {
		t.Fatal(err)
	}
	return server.URL(), root
}

func TestWhatNeedsNoScreenAsksTheTerminalForNothing(t *testing.T) {
	for _, c := range []struct {
		args string
		text string
		code int
	}{
		{"version", "go-tuf", 0},
		{"version --json", `"go_tuf"`, 0},
		{"--help", "--stall-after", 0},
		{"help", "--stall-after", 0},
		{"check --help", "--format", 0},
		{"probe --help", "probe", 0},
		{"demo --help", "--list", 0},
		{"demo --list", "sick", 0},
		{"version --help", "--json", 0},
		{"completion bash", "__start_tufinspect", 0},
		{"completion zsh", "#compdef", 0},
		{"completion fish", "fish completion", 0},
		{"__complete ch", "check", 0},
		{"", "no repository", 64},
		{"./a b", "one repository at a time", 64},
		{"a b", "is no command, no URL, and no folder", 64},
		{"check", "no repository", 64},
		{"check --format xml x", "is not text, json or jsonl", 64},
		{"probe", "probe", 64},
		{"demo nonsense", "nonsense", 64},
		{"demo a b", "one scenario", 64},
		{"--theme pink x", "pink", 64},
		{"--stall-after soon x", "stall-after", 64},
		{"version surplus", "surplus", 64},
		{"completion bash surplus", "surplus", 64},
		{"--no-such-flag", "unknown flag", 64},
	} {
		t.Run(c.args, func(t *testing.T) {
			x := open(t, 80, 24, strings.Fields(c.args)...)
			if took := x.ends(c.code); took > slower*time.Second {
				t.Errorf("took %s", took)
			}
			if out := x.written(); !strings.Contains(out, c.text) || strings.Contains(out, "\x1b") {
				t.Errorf("%q", out)
			}
		})
	}
}

func TestTheDemoIsALiveScreenAndLeavesASummary(t *testing.T) {
	archive := filepath.Join(t.TempDir(), "run.har")
	x := open(t, 120, 36, "demo", "--har", archive)
	x.until(0, "failed", "stalled", "no first byte", "404", "verified")
	x.resize(80, 24)
	at := x.press("?")
	x.until(at, "this help", "suspend")
	toLine := regexp.MustCompile(`\x1b\[\d*(;\d*)?H`)
	for line := range strings.SplitSeq(ansi.Strip(toLine.ReplaceAllString(x.written()[at:], "\n")), "\n") {
		if w := ansi.StringWidth(line[strings.LastIndex(line, "\r")+1:]); w > 80 && strings.Contains(line, "suspend") {
			t.Errorf("%d columns on a terminal of 80: %q", w, line)
		}
	}
	at = x.press("?")
	x.until(at, "TARGET")
	at = x.press("q")
	x.until(at, "y")
	x.press("y")
	x.ends(0)
	archived(t, archive)
	out := x.written()
	if after := out[strings.LastIndex(out, "\x1b[?1049l")+1:]; !strings.Contains(after, "tufinspect: http://127.0.0.1") || !strings.Contains(after, "That was a demonstration") {
		t.Errorf("on the screen afterwards: %q", after)
	}
}

func TestATerminatedScreenLeavesInOrder(t *testing.T) {
	for _, c := range []struct {
		signal syscall.Signal
		code   int
	}{{syscall.SIGTERM, exitTerminated}, {syscall.SIGHUP, exitHungUp}, {syscall.SIGINT, exitInterrupted}} {
		t.Run(c.signal.String(), func(t *testing.T) {
			url, root := silentServer(t)
			x := open(t, 100, 30, "--root", root, "--stall-after", "300ms", url)
			x.until(0, "timestamp.json", "stalled")
			if err := x.cmd.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			asked := time.Now()
			x.ends(c.code)
			if took := time.Since(asked); took > 3*time.Second*slower {
				t.Errorf("took %s", took)
			}
			out := x.written()
			if after := out[strings.LastIndex(out, "\x1b[?1049l")+1:]; !strings.Contains(after, "tufinspect: "+url) || !strings.Contains(after, "timestamp.json") {
				t.Errorf("on the screen afterwards: %q", after)
			}
		})
	}
}

func TestAScreenThatHasToLeaveAtOnceRestoresTheTerminal(t *testing.T) {
	for _, c := range []struct {
		name    string
		signals []syscall.Signal
		codes   []int
	}{
		// While it is stopped they gather, and then come by their numbers. It may be
		// quicker to leave in order than to leave at once.
		{"a second signal", []syscall.Signal{syscall.SIGSTOP, syscall.SIGINT, syscall.SIGTERM, syscall.SIGCONT}, []int{exitTerminated, exitInterrupted}},
		{"a request to quit", []syscall.Signal{syscall.SIGQUIT}, []int{exitUnknown}},
	} {
		t.Run(c.name, func(t *testing.T) {
			url, root := silentServer(t)
			x := openProgram(t, 100, 30, "insisting", "--root", root, "--stall-after", "300ms", url)
			x.until(0, "timestamp.json", "stalled")
			for _, sig := range c.signals {
				if err := x.cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
			}
			x.ends(c.codes...)
			out := x.written()
			if after := out[strings.LastIndex(out, "\x1b[?1049l"):]; strings.Contains(after, "\x1b[?2026h") && c.codes[0] == exitUnknown {
				t.Errorf("the screen is drawn after it was left: %q", after)
			}
			if c.codes[0] == exitUnknown && !strings.Contains(x.written(), "asked to quit\r\ngoroutine ") {
				t.Errorf("%q", x.written())
			}
		})
	}
}

// A terminal that does not read holds nobody up, and is restored when it reads again.
func TestATerminatedScreenLeavesATerminalThatDoesNotRead(t *testing.T) {
	url, root := silentServer(t)
	x := openProgram(t, 200, 60, "hasty", "--root", root, "--stall-after", "300ms", url)
	x.until(0, "timestamp.json", "stalled")
	x.deaf.Store(true)
	for i := range 100 { // each is a frame of some KiB, far more than the system holds
		x.resize(199+i%2, 60)
		time.Sleep(20 * time.Millisecond)
	}
	asked := time.Now()
	if err := x.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	wait(t, x.cmd, exitTerminated)
	took := time.Since(asked)
	if took > 5*time.Second*slower {
		t.Errorf("it took %s", took)
	}
	if took < 150*time.Millisecond {
		t.Errorf("it took %s only: the terminal was not full, and the test is blind", took)
	}
	if after, err := term.GetState(x.tty.Fd()); err != nil || !reflect.DeepEqual(x.before, after) {
		t.Errorf("the terminal's modes are not the ones from before: %v", err)
	}
	x.deaf.Store(false)
	x.tty.Close()
	<-x.read
	out := x.written()
	for _, mode := range []struct{ on, off string }{{"\x1b[?1049h", "\x1b[?1049l"}, {"\x1b[?25l", "\x1b[?25h"}, {"\x1b[?2004h", "\x1b[?2004l"}} {
		if strings.LastIndex(out, mode.on) > strings.LastIndex(out, mode.off) {
			t.Errorf("%q is not undone", mode.on)
		}
	}
}

func TestATerminalThatHangsUpEndsTheScreen(t *testing.T) {
	url, root := silentServer(t)
	x := open(t, 100, 30, "--root", root, "--stall-after", "300ms", url)
	x.until(0, "timestamp.json", "stalled")
	x.tty.Close()
	x.hangUp()
	wait(t, x.cmd, exitHungUp)
}

func TestAnInterruptedCheckStillWritesItsReport(t *testing.T) {
	for _, c := range []struct {
		signal syscall.Signal
		code   int
		why    string
	}{{syscall.SIGINT, 130, "interrupted"}, {syscall.SIGTERM, 143, "terminated"}} {
		t.Run(c.why, func(t *testing.T) {
			url, root := silentServer(t)
			file := filepath.Join(t.TempDir(), "report.json")
			cmd := command(t, "tufinspect", "check", "--root", root, "--stall-after", "200ms", "--format", "json", "--output", file, url)
			lines, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var said strings.Builder
			b := make([]byte, 4096)
			for !strings.Contains(said.String(), "STALLED") { // ends with the program, at the latest
				n, err := lines.Read(b)
				said.Write(b[:n])
				if err != nil {
					t.Fatalf("%v after %q", err, said.String())
				}
			}
			if err := cmd.Process.Signal(c.signal); err != nil {
				t.Fatal(err)
			}
			asked := time.Now()
			_, _ = io.Copy(io.Discard, lines)
			wait(t, cmd, c.code)
			if took := time.Since(asked); took > 3*time.Second*slower {
				t.Errorf("took %s", took)
			}
			report, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []string{`"verdict": "unknown"`, c.why, "timestamp.json"} {
				if !strings.Contains(string(report), want) {
					t.Errorf("no %s in %s", want, report)
				}
			}
		})
	}
}
