//go:build unix

package main

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

const (
	// childMark is the environment variable by which a child knows that it is one.
	childMark = "TUFINSPECT_SUPERVISED"
	// childTells is the file descriptor on which a child tells its parent of itself.
	childTells = 3
)

// attach gives the process as its parent sees it, or nil if it has none that
// supervises it. Signals of a terminal go to parent and child, and must count once:
// the parent passes them on.
func attach(l limits) *child {
	mark := os.Getenv(childMark)
	if mark == "" {
		return nil
	}
	_ = os.Unsetenv(childMark)
	if !isPipe(int(os.Stdin.Fd())) || !isPipe(childTells) {
		return nil // the variable comes from somewhere else
	}
	signal.Ignore(syscall.SIGINT, syscall.SIGHUP)
	syscall.CloseOnExec(childTells)
	_ = syscall.SetNonblock(childTells, true) // else writes have no deadline
	c := newChild(l, os.Stdin, os.NewFile(childTells, "parent"))
	// For as long as the process lasts: a signal to the whole group must not cut the
	// report that is being written. The parent bounds that.
	signal.Notify(c.signals, syscall.SIGTERM)
	return c
}

func isPipe(fd int) bool {
	var st syscall.Stat_t
	return syscall.Fstat(fd, &st) == nil && st.Mode&syscall.S_IFMT == syscall.S_IFIFO
}

// beParent runs this program once more, with the same arguments, and supervises it.
// The error is why it could not be started.
func beParent(std streams, deadline time.Duration) (int, error) {
	path, err := os.Executable()
	if err != nil {
		return 0, err
	}
	ch := make(chan os.Signal, 16)
	wanted := []os.Signal{syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGABRT, syscall.SIGUSR1}
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
		if !signal.Ignored(sig) { // as under nohup
			wanted = append(wanted, sig)
		}
	}
	signal.Notify(ch, wanted...)
	defer signal.Stop(ch)
	defer std.early.yield()()
	s := &supervisor{vigil: vigil{limits: std.limits, deadline: deadline}, err: std.err, signals: ch}
	return s.run(&exec.Cmd{
		Path: path, Args: std.self, Env: append(os.Environ(), childMark+"=1"),
		Stdout: std.out, Stderr: std.err,
	})
}
