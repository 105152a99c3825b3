//go:build unix

package term

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

func playPart(part string) {
	switch part {
	case "program":
		away, ok := Suspend()
		// Printed by the program, read by whoever started it.
		if ok && away >= 50*time.Millisecond {
			os.Stdout.WriteString("was away\n")
		} else {
			os.Stdout.WriteString("was not suspended\n")
		}
	case "shell":
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), partEnv+"=program")
		cmd.Stdout = os.Stdout
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := cmd.Start(); err != nil {
			panic(err)
		}
		var status syscall.WaitStatus
		if _, err := syscall.Wait4(cmd.Process.Pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
			os.Stdout.WriteString("was not stopped\n")
			return
		}
		time.Sleep(100 * time.Millisecond)
		_ = syscall.Kill(cmd.Process.Pid, syscall.SIGCONT)
		_ = cmd.Wait()
	}
}

// start plays a part in a session of its own, and gives what is printed.
func start(t *testing.T, part string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), partEnv+"="+part)
	f, err := pty.Start(cmd)
	if err != nil {
		t.Skipf("no pseudo terminal: %v", err)
	}
	defer f.Close()
	printed := make(chan string, 1)
	go func() {
		var b bytes.Buffer
		_, _ = io.Copy(&b, f) // ends with EIO when all have gone
		printed <- b.String()
	}()
	kill := time.AfterFunc(10*time.Second, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	defer kill.Stop()
	_ = cmd.Wait()
	return strings.TrimSpace(<-printed)
}

func TestSuspendWaitsToBeContinued(t *testing.T) {
	if got := start(t, "shell"); got != "was away" {
		t.Errorf("%q", got)
	}
}

// Without a shell that could continue it, a program would be gone for ever.
func TestSuspendComesBackWithoutJobControl(t *testing.T) {
	if got := start(t, "program"); got != "was not suspended" {
		t.Errorf("%q", got)
	}
}
