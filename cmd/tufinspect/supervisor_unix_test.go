//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

func init() {
	// A program that fails in the middle of an inspection, in its own process.
	programs["panicking"] = func() {
		std := streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, self: os.Args, child: attach(hasty()), limits: hasty()}
		err := supervise(std, 0, func(overseer) error {
			go panic("boom")
			select {}
		})
		code := exitCode(err, std.err)
		std.child.leave(code)
		os.Exit(code)
	}
}

const beats = `while :; do echo beat >&3; sleep 0.02; done`

// meant are the limits of a supervisor in a test for what it is to say: those that this is
// not about are wide, since a busy machine may take its time to start a shell.
func meant(said string) limits {
	l := hasty()
	if !strings.Contains(said, "second signal") {
		l.again = patience
	}
	if !strings.Contains(said, "no sign of life") {
		l.silent = patience
	}
	if !strings.Contains(said, "has not ended within") {
		l.stop = patience
	}
	return l
}

// supervised supervises a shell script, and signals the supervisor whenever the
// script says so with a line on stdout.
func supervised(t *testing.T, limits limits, deadline time.Duration, script string, signals ...os.Signal) (int, string) {
	t.Helper()
	var said bytes.Buffer
	ch := make(chan os.Signal, 1)
	ready, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ready.Close()
	next := make(chan struct{})
	go func() {
		defer close(next)
		b := make([]byte, 1)
		for _, sig := range signals {
			if n, _ := ready.Read(b); n == 0 {
				return
			}
			ch <- sig
		}
	}()
	s := &supervisor{vigil: vigil{limits: limits, deadline: deadline}, err: &said, signals: ch}
	cmd := exec.Command("sh", "-c", script)
	cmd.Stdout = out
	code, err := s.run(cmd)
	out.Close()
	if err != nil {
		t.Fatal(err)
	}
	ready.Close()
	<-next
	return code, said.String()
}

func TestOnlyAnAnnouncedExitCodeIsBelieved(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		script   string
		deadline time.Duration
		code     int
		want     string
	}{
		{"announced", `echo code 2 >&3; exit 2`, 0, 2, ""},
		{"announced and healthy", `echo beat >&3; echo ended >&3; echo code 0 >&3; exit 0`, 0, 0, ""},
		{"a crash of Go's runtime", `exit 2`, 0, 3, "crashed (exit status 2) before it came to a verdict; exit code 3"},
		{"a crash that ends by a signal", `kill -ABRT $$`, 0, 3, "crashed before it came to a verdict; exit code 3"},
		{"an end without a word", `exit 0`, 0, 3, "crashed (exit status 0) before it came to a verdict; exit code 3"},
		{"another one than announced", `echo code 0 >&3; exit 1`, 0, 3, "crashed (exit status 1)"},
		{"a kill", `kill -9 $$`, 0, 3, "was killed (signal: killed) before it came to a verdict; exit code 3"},
		{"a kill after the announcement", `echo code 0 >&3; kill -9 $$`, 0, 3, "was killed (signal: killed)"},
		{"output that nobody reads any more", `kill -PIPE $$`, 0, 3, "found nobody who reads its output any more"},
		{"no sign of life", `exec sleep 1000`, 0, 3, "has given no sign of life"},
		{"no sign of life, and no answer", `trap "" QUIT; while :; do sleep 1; done`, 0, 3, "has given no sign of life"},
		{"a channel that is closed", `exec 3>&-; exec sleep 1000`, 0, 3, "has given no sign of life"},
		{"a report that does not get on", `echo ended >&3; ` + beats, 0, 3, "could not write the report"},
		{"no end after the deadline", beats, 10 * time.Millisecond, 3, "after its deadline of 10ms"},
		{"nonsense instead of signs", `echo hello >&3; echo code x >&3; echo >&3; echo code 1 >&3; exit 1`, 0, 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, said := supervised(t, meant(c.want), c.deadline, c.script)
			if code != c.code || !strings.Contains(said, c.want) || (said == "") != (c.want == "") || strings.Count(said, "\n") > 1 {
				t.Errorf("exit code %d, %q, want %d, %q", code, said, c.code, c.want)
			}
		})
	}
}

func TestSignalsArePassedOnAndBounded(t *testing.T) {
	t.Parallel()
	term, hup, quit, usr1 := syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1
	const obeys = `echo; read word; case $word in int) c=130;; term) c=143;; hup) c=129;; *) c=9;; esac; echo code $c >&3; exit $c`
	for _, c := range []struct {
		name    string
		script  string
		signals []os.Signal
		code    int
		want    string
	}{
		{"an interruption", obeys, []os.Signal{os.Interrupt}, 130, ""},
		{"a termination", obeys, []os.Signal{term}, 143, ""},
		{"a hang-up", obeys, []os.Signal{hup}, 129, ""},
		{"a question for progress", `echo; read word; [ $word = usr1 ] && echo code 0 >&3`, []os.Signal{usr1}, 0, ""},
		{"a process that does not end", `echo; ` + beats, []os.Signal{term}, 143, "has not ended within"},
		{"a second signal", `echo; read word; sleep 0.1; echo; ` + beats, []os.Signal{os.Interrupt, term}, 130, "was stopped by a second signal"},
		{"the same signal twice in a moment", `echo; echo; read word; sleep 0.1; read -t 0.1 more && exit 9; echo code 143 >&3; exit 143`, []os.Signal{term, term}, 143, ""},
		{"hang-ups without end", `echo; read word; sleep 0.1; echo; sleep 0.1; echo; sleep 0.1; echo code 129 >&3; exit 129`, []os.Signal{hup, hup, hup}, 129, ""},
		{"a crash after the signal", `echo; read word; exit 2`, []os.Signal{term}, 143, "crashed (exit status 2) before it came to a verdict; exit code 143"},
		{"a request to quit", `trap "exit 2" QUIT; echo; while :; do echo beat >&3; sleep 0.02; done`, []os.Signal{quit}, 3, "was asked to quit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, said := supervised(t, meant(c.want), 0, c.script, c.signals...)
			if code != c.code || !strings.Contains(said, c.want) || (said == "") != (c.want == "") {
				t.Errorf("exit code %d, %q, want %d, %q", code, said, c.code, c.want)
			}
		})
	}
}

func TestAProcessThatIsStoppedIsNotDead(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	pids, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pids.Close()
	s := &supervisor{vigil: vigil{limits: hasty()}, err: &said}
	cmd := exec.Command("sh", "-c", `echo beat >&3; echo $$; kill -STOP $$; echo beat >&3; echo code 1 >&3; exit 1`)
	cmd.Stdout = out
	continued := make(chan struct{})
	go func() {
		defer close(continued)
		pid := 0
		if _, err := fmt.Fscan(pids, &pid); err == nil && pid > 0 {
			time.Sleep(3 * s.silent) // it is stopped for longer than it may be silent
			_ = syscall.Kill(pid, syscall.SIGCONT)
		}
	}()
	code, err := s.run(cmd)
	out.Close()
	<-continued
	if err != nil || code != 1 || said.Len() > 0 {
		t.Errorf("exit code %d, %v, %q", code, err, said.String())
	}
}

func TestAPanicIsNeverCritical(t *testing.T) {
	t.Parallel()
	state := t.TempDir()
	cmd := exec.Command("panicking")
	cmd.Env = append(os.Environ(), "XDG_STATE_HOME="+state)
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != exitUnknown {
		t.Fatalf("exit code %d, %v: %s", code, err, out)
	}
	text := string(out)
	i := strings.Index(text, "tufinspect: the inspecting process crashed before it came to a verdict; exit code 3")
	if i < 0 || !strings.Contains(text, "panic: boom") {
		t.Fatalf("%s", text)
	}
	// The file of its last words is made while it already runs, so that it need not
	// be there.
	if _, path, ok := strings.Cut(text[i:], "; its last words are in "); ok {
		words, err := os.ReadFile(strings.TrimSpace(path))
		if err != nil || !strings.Contains(string(words), "panic: boom") {
			t.Errorf("%v, %q", err, words)
		}
	}
}
