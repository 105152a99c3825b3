//go:build unix

package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/creack/pty"

	"example.com/tufinspect/internal/screen"
)

// The terminal's cells.
const (
	columns = 120
	rows    = 36
)

// settledText is what the first line of the inspector's screen says when a run has settled.
const settledText = "  took "

// onTerminal runs a command on a pseudo terminal until its screen says that the run has
// settled, presses the key that quits, and gives the moment at which the screen said so.
func onTerminal(cmd *exec.Cmd) (time.Time, error) {
	master, tty, err := pty.Open()
	if err != nil {
		return time.Time{}, err
	}
	defer master.Close()
	if err := pty.Setsize(master, &pty.Winsize{Rows: rows, Cols: columns}); err != nil {
		tty.Close()
		return time.Time{}, err
	}
	cmd.Stdin, cmd.Stdout = tty, tty
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "NO_COLOR=", "CI=")
	// The session is also a process group of its own.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	err = cmd.Start()
	tty.Close()
	if err != nil {
		return time.Time{}, err
	}
	var settled time.Time
	read := make(chan struct{})
	go func() {
		defer close(read)
		g := screen.New(columns, rows)
		g.Ended = func() {
			if settled.IsZero() && strings.Contains(g.Line(0), settledText) {
				settled = time.Now()
				_, _ = master.WriteString("q") // if it does not arrive, the limit ends the command
			}
		}
		b := make([]byte, 32<<10)
		for {
			n, err := master.Read(b)
			g.Write(b[:n])
			if err != nil {
				return
			}
		}
	}()
	err = cmd.Wait()
	<-read // the terminal ends with the last process that has it open
	if settled.IsZero() {
		return time.Now(), fmt.Errorf("the screen has not said that the run has settled (%v)", err) //nolint:errorlint // an exit code is no reason to go on
	}
	return settled, err
}
