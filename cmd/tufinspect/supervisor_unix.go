//go:build unix

package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"example.com/tufinspect/internal/alive"
)

// drainWithin is how long the last lines of a process that has ended may take.
const drainWithin = time.Second

// supervisor waits for an inspection in a process of its own. It always comes to an
// end, whatever that process does.
type supervisor struct {
	vigil
	err     io.Writer
	signals <-chan os.Signal

	process   *os.Process
	control   *os.File                  // to the process
	lines     <-chan string             // from it; closed at its end
	states    <-chan syscall.WaitStatus // of it; closed when nothing more is known
	announced int                       // the exit code that it says it leaves with, or -1
	crash     string                    // where its last words would be
	code      int                       // what the signal that came stands for
	since     time.Time                 // when it came
}

// run starts a process and gives the exit code that the caller is to leave with. The
// error is why it could not be started. The process finds its control on stdin and
// tells of itself on file descriptor 3.
func (s *supervisor) run(cmd *exec.Cmd) (int, error) {
	controlled, control, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer control.Close()
	told, tells, err := os.Pipe()
	if err != nil {
		controlled.Close()
		return 0, err
	}
	defer told.Close()
	cmd.Stdin, cmd.ExtraFiles = controlled, []*os.File{tells}
	err = cmd.Start()
	controlled.Close()
	tells.Close()
	if err != nil {
		return 0, err
	}
	over := make(chan struct{})
	defer close(over)
	s.process, s.control, s.announced = cmd.Process, control, -1
	s.lines, s.states = listenTo(told, over), waitFor(cmd.Process.Pid, over)
	defer s.process.Release() //nolint:errcheck // it has ended, or cannot be helped
	return s.watch(), nil
}

// listenTo reads lines until there are no more.
func listenTo(f *os.File, over <-chan struct{}) <-chan string {
	ch := make(chan string, 16)
	go func() {
		defer close(ch)
		for lines := bufio.NewScanner(f); lines.Scan(); {
			select {
			case ch <- lines.Text():
			case <-over:
				return
			}
		}
	}()
	return ch
}

// waitFor brings each state of a child until it has ended. Without os.Process.Wait,
// which knows nothing of processes that are stopped.
func waitFor(pid int, over <-chan struct{}) <-chan syscall.WaitStatus {
	ch := make(chan syscall.WaitStatus, 1)
	go func() {
		defer close(ch)
		for {
			var st syscall.WaitStatus
			_, err := syscall.Wait4(pid, &st, syscall.WUNTRACED|syscall.WCONTINUED, nil)
			if err == syscall.EINTR {
				continue
			}
			if err != nil {
				return
			}
			select {
			case ch <- st:
			case <-over:
			}
			if st.Exited() || st.Signaled() {
				return
			}
		}
	}()
	return ch
}

// watch waits for the end of the process, and brings it about when it has to.
func (s *supervisor) watch() int {
	t := time.NewTicker(s.limits.look)
	defer t.Stop()
	s.last = time.Now()
	for {
		select {
		case line, ok := <-s.lines:
			if !ok {
				s.lines = nil
			}
			s.heard(line)
		case st, ok := <-s.states:
			if !ok {
				return s.result("ended in a way that nobody knows of")
			}
			s.stopped = st.Stopped()
			if st.Exited() || st.Signaled() {
				return s.conclude(st)
			}
		case sig := <-s.signals:
			if why := s.signalled(sig); why != "" {
				return s.kill(why, sig == syscall.SIGQUIT || sig == syscall.SIGABRT)
			}
		case <-t.C:
			if why := s.vigil.look(time.Now()); why != "" {
				return s.kill(why, !s.asked)
			}
		}
	}
}

// heard takes note of a line of the process.
func (s *supervisor) heard(line string) {
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case sayBeat:
		s.moved()
	case sayEnded:
		s.moved()
		s.wrote()
	case sayCrash:
		s.crash = rest
	case sayCode:
		if n, err := strconv.Atoi(rest); err == nil {
			s.announced = n
		}
	}
}

// tell says something to the process. One that does not listen is dealt with by the
// limits.
func (s *supervisor) tell(line string) {
	_ = s.control.SetWriteDeadline(time.Now().Add(s.limits.look))
	_, _ = io.WriteString(s.control, line+"\n")
}

// signalled passes a signal on. It gives the reason if the process is to be killed
// at once: who asks twice means it. A terminal that is gone says so more than once.
func (s *supervisor) signalled(sig os.Signal) string {
	var word string
	switch sig {
	case syscall.SIGUSR1:
		s.tell(sayProgress)
		return ""
	case syscall.SIGQUIT, syscall.SIGABRT:
		return "was asked to quit and to say what it was doing"
	case os.Interrupt:
		word = sayInterrupt
	case syscall.SIGTERM:
		word = sayTerminate
	case syscall.SIGHUP:
		word = sayHangUp
	default:
		return ""
	}
	if s.asked {
		if sig == syscall.SIGHUP || time.Since(s.since) < s.again {
			return ""
		}
		return "was stopped by a second signal"
	}
	s.asked, s.code, s.since = true, signalCode(sig), time.Now()
	s.tell(word)
	return ""
}

// conclude gives the exit code of a process that has ended by itself: its own if it
// has announced it.
func (s *supervisor) conclude(st syscall.WaitStatus) int {
	s.drain()
	switch {
	case st.Exited() && st.ExitStatus() == s.announced:
		return s.announced
	case st.Signaled() && st.Signal() == syscall.SIGPIPE:
		return s.result("found nobody who reads its output any more")
	case st.Signaled() && st.Signal() == syscall.SIGABRT: // that of a runtime that crashes
		return s.result("crashed before it came to a verdict")
	case st.Signaled():
		return s.result(fmt.Sprintf("was killed (signal: %s) before it came to a verdict", st.Signal()))
	}
	return s.result(fmt.Sprintf("crashed (exit status %d) before it came to a verdict", st.ExitStatus()))
}

// drain reads what the process has still said.
func (s *supervisor) drain() {
	limit := time.NewTimer(drainWithin)
	defer limit.Stop()
	for s.lines != nil {
		select {
		case line, ok := <-s.lines:
			if !ok {
				return
			}
			s.heard(line)
		case <-limit.C:
			return
		}
	}
}

// kill ends the process. With dump it may say before what its goroutines are doing.
func (s *supervisor) kill(why string, dump bool) int {
	ended := false
	if dump {
		_ = s.process.Signal(syscall.SIGQUIT)
		ended = s.ends(s.dump)
	}
	if !ended {
		_ = s.process.Kill()
		// A system call on a dead mount keeps even that from being the end.
		s.ends(s.death)
	}
	s.drain()
	return s.result(why)
}

// ends waits for the end of the process, but not longer than limit.
func (s *supervisor) ends(limit time.Duration) bool {
	t := time.NewTimer(limit)
	defer t.Stop()
	for {
		select {
		case st, ok := <-s.states:
			if !ok || st.Exited() || st.Signaled() {
				return true
			}
		case <-t.C:
			return false
		}
	}
}

// result says what became of a process that came to no verdict, and gives the exit
// code for it.
func (s *supervisor) result(why string) int {
	code := exitUnknown
	if s.asked {
		code = s.code
	}
	text := fmt.Sprintf("tufinspect: the inspecting process %s; exit code %d", why, code)
	if s.lastWords() {
		text += "; its last words are in " + s.crash
	}
	say(s.err, text+"\n")
	return code
}

// lastWords tells whether the process has left some. An empty file for them is
// removed.
func (s *supervisor) lastWords() bool {
	if s.crash == "" {
		return false
	}
	left, err := alive.Within(crashWithin, "the disk", func() (bool, error) {
		st, err := os.Stat(s.crash)
		if err != nil {
			return false, err
		}
		if st.Size() == 0 {
			return false, os.Remove(s.crash)
		}
		return true, nil
	})
	return err == nil && left
}
