//go:build linux

package main

import (
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"

	"example.com/tufinspect/demo"
)

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
	x.settles("the frame of the help has its right side", func(lines []string) bool {
		return slices.ContainsFunc(lines, func(line string) bool {
			return strings.Contains(line, "suspend") && strings.HasSuffix(strings.TrimRight(line, " "), "│")
		})
	})
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
