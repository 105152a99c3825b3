package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func init() { programs["jobshell"] = jobShell }

// jobShell is as much of a shell as job control needs: it runs tufinspect as a job in
// the foreground of its terminal, says when that has stopped or ended, and then takes
// the commands fg, bg, kill and exit, one a line.
func jobShell() {
	// Whoever gives the terminal away from the background is stopped for it.
	signal.Ignore(syscall.SIGTTOU)
	foreground := func(group int) {
		if err := unix.IoctlSetPointerInt(0, unix.TIOCSPGRP, group); err != nil {
			panic(err)
		}
	}
	job := exec.Command("tufinspect", os.Args[1:]...)
	job.Stdin, job.Stdout, job.Stderr = os.Stdin, os.Stdout, os.Stderr
	job.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Foreground: true}
	if err := job.Start(); err != nil {
		panic(err)
	}
	pid := job.Process.Pid
	fmt.Printf("[job %d]\n", pid)
	commands := bufio.NewScanner(os.Stdin)
	for {
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(pid, &status, syscall.WUNTRACED, nil); err != nil {
			panic(err)
		}
		foreground(syscall.Getpgrp())
		if !status.Stopped() {
			fmt.Printf("[ended %d]\n", status.ExitStatus())
			os.Exit(status.ExitStatus())
		}
		fmt.Println("[stopped]")
		for back := false; !back && commands.Scan(); {
			switch commands.Text() {
			case "fg":
				foreground(pid)
				back = true
			case "kill":
				_ = syscall.Kill(-pid, syscall.SIGTERM)
				back = true
			case "exit":
				os.Exit(0)
			}
			_ = syscall.Kill(-pid, syscall.SIGCONT)
			fmt.Println("[continued]")
		}
	}
}

// aJob starts the screen under a shell, with the mouse on.
func aJob(t *testing.T) *terminal {
	t.Helper()
	url, root := silentServer(t)
	x := openProgram(t, 100, 30, "jobshell", "--root", root, "--stall-after", "300ms", "--stall-timeout", "0", "--mouse", url)
	x.until(0, "timestamp.json", "no first byte")
	return x
}

// screenModes are those of a screen with the mouse on.
var screenModes = []string{"\x1b[?1049", "\x1b[?25", "\x1b[?2004", "\x1b[?1002", "\x1b[?1006"}

// holds tells whether the screen has the terminal: the last that was said of each of
// its modes is that it is on; and whether all of them are off.
func (x *terminal) holds() (taken, given bool) {
	out := x.written()
	taken, given = true, true
	for _, mode := range screenModes {
		on, off := mode+"h", mode+"l"
		if mode == "\x1b[?25" {
			on, off = off, on
		}
		is := strings.LastIndex(out, on) > strings.LastIndex(out, off)
		taken, given = taken && is, given && !is
	}
	return taken, given
}

// suspend stops the job and checks that the shell has its terminal.
func (x *terminal) suspend() {
	x.t.Helper()
	at := x.press("\x1a")
	x.until(at, "[stopped]")
	if _, given := x.holds(); !given {
		x.t.Errorf("the shell has not got its terminal: %q", x.written()[at:])
	}
}

// back waits until the screen is there again, as it was.
func (x *terminal) back(at int) {
	x.t.Helper()
	x.until(at, "timestamp.json", "no first byte")
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		taken, _ := x.holds()
		if taken {
			return
		}
		if time.Now().After(end) {
			x.t.Fatalf("the screen has not got all of its modes back: %q", x.written()[at:])
		}
	}
}

func TestASuspendedScreenComesBackAsItWas(t *testing.T) {
	x := aJob(t)
	for range 2 {
		x.suspend()
		x.resize(80, 24)
		x.back(x.press("fg\n"))
	}
	at := x.press("\x1b[B?")
	x.until(at, "this help")
	at = x.press("?q")
	x.until(at, "y/N")
	x.press("y")
	x.ends(exitUnknown)
}

func TestARunGoesOnInTheBackground(t *testing.T) {
	x := aJob(t)
	x.suspend()
	at := x.press("bg\n")
	x.until(at, "[continued]")
	time.Sleep(300 * time.Millisecond) // it must not draw, and not be stopped again
	if taken, _ := x.holds(); taken || strings.Contains(x.written()[at:], "timestamp.json") {
		t.Errorf("the screen is drawn in the background: %q", x.written()[at:])
	}
	x.back(x.press("fg\n"))
	at = x.press("qy")
	x.ends(exitUnknown)
	if out := x.written()[at:]; !strings.Contains(out, "tufinspect: http") {
		t.Errorf("no summary: %q", out)
	}
}

// A shell's kill continues the job after the signal, in the background.
func TestASuspendedScreenCanBeEnded(t *testing.T) {
	x := aJob(t)
	x.suspend()
	at := x.press("kill\n")
	x.until(at, "[ended 143]")
	x.ends(exitTerminated)
	out := x.written()[at:]
	if strings.Contains(out, "\x1b") {
		t.Errorf("the shell's terminal was drawn on: %q", out)
	}
	for _, want := range []string{"tufinspect: http", "timestamp.json"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in what is left: %q", want, out)
		}
	}
}

// A shell that leaves takes the terminal with it.
func TestASuspendedScreenLeavesWithItsShell(t *testing.T) {
	x := aJob(t)
	x.suspend()
	pid := 0
	_, job, _ := strings.Cut(x.written(), "[job ")
	if _, err := fmt.Sscanf(job, "%d", &pid); err != nil {
		t.Fatal(err)
	}
	x.press("exit\n")
	wait(t, x.cmd, 0)
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		// Nobody may be there who takes notice of its end.
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(stat), ") Z ") {
			return
		}
		if time.Now().After(end) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("the screen stays behind")
		}
	}
}
