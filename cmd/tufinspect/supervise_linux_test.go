package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// underWay starts a program that inspects a server which is silent, and gives what it
// writes to stderr after the first stall, and the process that it has started.
func underWay(t *testing.T, cmd *exec.Cmd) (lines *bufio.Reader, pid int) {
	t.Helper()
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() { limit.Stop() })
	lines = bufio.NewReader(stderr)
	for said := ""; !strings.Contains(said, "STALLED"); {
		line, err := lines.ReadString('\n')
		if said += line; err != nil {
			t.Fatalf("%v after %q", err, said)
		}
	}
	return lines, childOf(t, cmd.Process.Pid)
}

// childOf waits for the one process that another one starts.
func childOf(t *testing.T, parent int) int {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if pid := startedBy(t, parent); pid > 0 {
			return pid
		}
	}
	t.Fatal("it has started no process")
	return 0
}

// startedBy finds the process that another one has started; 0 if there is none.
func startedBy(t *testing.T, parent int) int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range stats {
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		// The name, in brackets, may have anything in it.
		f := strings.Fields(string(data[strings.LastIndexByte(string(data), ')')+1:]))
		if len(f) > 1 && f[1] == strconv.Itoa(parent) {
			pid, _, _ := strings.Cut(string(data), " ")
			n, err := strconv.Atoi(pid)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	return 0
}

// silentCheck is a check of a server that is silent, which writes its report to a file.
func silentCheck(t *testing.T) (cmd *exec.Cmd, report string) {
	t.Helper()
	url, root := silentServer(t)
	report = filepath.Join(t.TempDir(), "report.json")
	cmd = command(t, "tufinspect", "check", "--root", root, "--stall-after", "200ms", "--format", "json", "--output", report, url)
	return cmd, report
}

func TestAnInspectionThatIsKilledIsUnknown(t *testing.T) {
	t.Parallel()
	cmd, report := silentCheck(t)
	lines, pid := underWay(t, cmd)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	said, _ := io.ReadAll(lines)
	wait(t, cmd, exitUnknown)
	if want := "tufinspect: the inspecting process was killed (signal: killed) before it came to a verdict; exit code 3\n"; !strings.HasSuffix(string(said), want) {
		t.Errorf("%q, want %q", said, want)
	}
	if _, err := os.Stat(report); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a report: %v", err)
	}
	state, err := os.ReadDir(filepath.Join(stateHome(t, cmd), "tufinspect"))
	if err != nil || len(state) > 0 {
		t.Errorf("left behind: %v, %v", state, err)
	}
}

func stateHome(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	for _, v := range slices.Backward(cmd.Env) { // the last one counts
		if dir, ok := strings.CutPrefix(v, "XDG_STATE_HOME="); ok {
			return dir
		}
	}
	t.Fatal("no state folder")
	return ""
}

func TestAnInterruptionOfTheWholeGroupCountsOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		signal syscall.Signal
		code   int
	}{{syscall.SIGINT, exitInterrupted}, {syscall.SIGTERM, exitTerminated}, {syscall.SIGHUP, exitHungUp}} {
		t.Run(c.signal.String(), func(t *testing.T) {
			cmd, report := silentCheck(t)
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			lines, _ := underWay(t, cmd)
			if err := syscall.Kill(-cmd.Process.Pid, c.signal); err != nil {
				t.Fatal(err)
			}
			said, _ := io.ReadAll(lines)
			wait(t, cmd, c.code)
			if _, err := os.Stat(report); err != nil {
				t.Errorf("%v after %q", err, said)
			}
		})
	}
}

func TestAnInspectionWhoseParentIsGoneLeaves(t *testing.T) {
	t.Parallel()
	cmd, report := silentCheck(t)
	lines, pid := underWay(t, cmd)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	limit := time.AfterFunc(patience, func() { _ = syscall.Kill(pid, syscall.SIGKILL) })
	said, _ := io.ReadAll(lines) // ends when both have left
	limit.Stop()
	wait(t, cmd, -1)
	data, err := os.ReadFile(report)
	if err != nil || !strings.Contains(string(data), "terminated") {
		t.Errorf("%v, %q after %q", err, data, said)
	}
}

func TestAProgressLineIsAskedForThroughTheParent(t *testing.T) {
	t.Parallel()
	cmd, _ := silentCheck(t)
	lines, _ := underWay(t, cmd)
	if err := cmd.Process.Signal(syscall.SIGUSR1); err != nil {
		t.Fatal(err)
	}
	for said := ""; !strings.Contains(said, "progress"); {
		line, err := lines.ReadString('\n')
		if said += line; err != nil {
			t.Fatalf("%v after %q", err, said)
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, lines)
	wait(t, cmd, exitTerminated)
}

// full is a pipe that nobody reads and that takes no byte.
func full(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close(); r.Close() })
	if err := w.SetWriteDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for b := make([]byte, 64<<10); ; {
		if _, err := w.Write(b); err != nil {
			return w
		}
	}
}

func TestOutputThatNobodyReadsHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		args   []string
		out    bool // stdout takes nothing
		err    bool // stderr takes nothing
		code   int
		report bool
	}{
		{"stdout of a check", []string{"check", "--quiet"}, true, false, exitUnknown, false},
		{"stdout of plain lines", nil, true, false, exitUnknown, false},
		{"stderr of a check", []string{"check", "--format", "json"}, false, true, exitUnknown, true},
		{"both", []string{"check"}, true, true, exitUnknown, false},
		{"stderr, and a mistake", []string{"check", "--workers", "0"}, false, true, exitUsage, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			url, root := silentServer(t)
			args := append(slices.Clone(c.args), "--root", root, "--stall-after", "50ms", "--stall-timeout", "50ms", "--retries", "0", url)
			cmd := command(t, "hasty", args...)
			var out, said strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &said
			if c.out {
				cmd.Stdout = full(t)
			}
			if c.err {
				cmd.Stderr = full(t)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			wait(t, cmd, c.code)
			if !c.err && !strings.Contains(said.String(), "could not write the report: nobody has read stdout") {
				t.Errorf("%q", said.String())
			}
			if c.report != strings.Contains(out.String(), `"verdict": "unknown"`) {
				t.Errorf("%q", out.String())
			}
		})
	}
}

func TestARequestToQuitLeavesTheLastWords(t *testing.T) {
	t.Parallel()
	cmd, _ := silentCheck(t)
	lines, _ := underWay(t, cmd)
	if err := cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		t.Fatal(err)
	}
	said, _ := io.ReadAll(lines)
	wait(t, cmd, exitUnknown)
	_, path, ok := strings.Cut(string(said), "and to say what it was doing; exit code 3; its last words are in ")
	words, err := os.ReadFile(strings.TrimSpace(path))
	if !ok || err != nil || !strings.Contains(string(words), "goroutine ") || filepath.Dir(filepath.Dir(strings.TrimSpace(path))) != stateHome(t, cmd) {
		t.Errorf("%v, %q after %q", err, words, said)
	}
}

func TestAJobThatIsStoppedGoesOn(t *testing.T) {
	t.Parallel()
	cmd, report := silentCheck(t)
	path, err := exec.LookPath("hasty")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Path, cmd.Args[0] = path, "hasty"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	lines, _ := underWay(t, cmd)
	for _, sig := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGCONT, syscall.SIGTERM} {
		if sig == syscall.SIGCONT {
			time.Sleep(2 * hasty().silent) // longer than it may be silent
		}
		if err := syscall.Kill(-cmd.Process.Pid, sig); err != nil {
			t.Fatal(err)
		}
	}
	said, _ := io.ReadAll(lines)
	wait(t, cmd, exitTerminated)
	if _, err := os.Stat(report); err != nil {
		t.Errorf("%v after %q", err, said)
	}
}

func TestARunThatIsKilledLeavesARecording(t *testing.T) {
	t.Parallel()
	url, root := silentServer(t)
	file := filepath.Join(t.TempDir(), "run.jsonl")
	cmd := command(t, "tufinspect", "check", "--root", root, "--stall-after", "200ms", "--record", file, url)
	_, pid := underWay(t, cmd)
	// The batch with the stall is on its way to the disk.
	for limit := time.Now().Add(patience); ; {
		data, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(data), `"to":"stalled"`) {
			break
		}
		if time.Now().After(limit) {
			t.Fatalf("the stall is not in the recording: %v\n%s", err, data)
		}
		runtime.Gosched()
	}
	// The parent would have the chance to say so, and the child to hear that it is alone.
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Process.Kill() // if it has not left by itself
	_ = cmd.Wait()
	replay := command(t, "tufinspect", "replay", "--plain", file)
	out, err := replay.Output()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitUnknown {
		t.Errorf("replay: %v, want exit code %d", err, exitUnknown)
	}
	for _, want := range []string{"STALLED", "the recording is cut off: its last line is missing; whoever wrote it was stopped"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

func TestTwoRunsDoNotRecordToOneFile(t *testing.T) {
	t.Parallel()
	url, root := silentServer(t)
	file := filepath.Join(t.TempDir(), "run.jsonl")
	first := command(t, "tufinspect", "check", "--root", root, "--stall-after", "200ms", "--record", file, url)
	_, pid := underWay(t, first)
	second := command(t, "tufinspect", "check", "--root", root, "--record", file, url)
	out, err := second.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != exitUsage || !strings.Contains(string(out), "another run is recording to it; give another name") {
		t.Errorf("%v: %s", err, out)
	}
	for _, p := range []int{first.Process.Pid, pid} {
		_ = syscall.Kill(p, syscall.SIGKILL)
	}
	_ = first.Wait() // killed
}

func TestARecordingThatNobodyTakesDoesNotCostTheReport(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it waits for ten seconds")
	}
	url, root := silentServer(t)
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close() // and reads nothing
	writer, err := syscall.Open(pipe, syscall.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(writer)
	for err == nil { // until it is full
		_, err = syscall.Write(writer, make([]byte, 4096))
	}
	cmd := command(t, "tufinspect", "check", "--quiet", "--root", root, "--stall-after", "100ms", "--stall-timeout", "100ms", "--retries", "0", "--record", pipe, "--format", "json", url)
	var out, said strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	wait(t, cmd, exitUnknown)
	if !strings.Contains(out.String(), `"schema": "tufinspect.report/1"`) {
		t.Errorf("no report: %q, %q", out.String(), said.String())
	}
}

func TestASignalEndsTheWritingOfAnArchive(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "run.jsonl")
	var text strings.Builder
	text.WriteString(`{"schema":"tufinspect.journal/1","program":{"name":"tufinspect"}}` + "\n")
	text.WriteString(`{"seq":1,"at_ns":0,"event":"run-started","data":{"started":"2026-11-27T04:28:48Z","workers":4}}` + "\n")
	for i := range 400_000 { // some seconds' worth
		fmt.Fprintf(&text, `{"seq":%d,"at_ns":1,"event":"finding-raised","data":{"finding":{"id":"expired","severity":"critical","subject":"r%d","message":"x"},"role":0}}`+"\n", i+2, i)
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, "tufinspect", "bundle", "--output", filepath.Join(dir, "x.tar.gz"), file)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	childOf(t, cmd.Process.Pid)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	wait(t, cmd, exitTerminated)
	left, err := filepath.Glob(filepath.Join(dir, "x.tar.gz*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %q %v", left, err)
	}
}
