package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/pprof"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"example.com/tufinspect/internal/alive"
)

// Exit codes after signals, besides 130 for SIGINT.
const (
	exitHungUp      = 129
	exitInterrupted = 130
	exitTerminated  = 143
)

// restoreWithin is how long a terminal may take to be restored when the process has
// to leave at once.
const restoreWithin = time.Second

// signals ends a run on SIGINT, SIGTERM and SIGHUP, and remembers which came. A
// second one ends the process at once: a person who presses ctrl+c twice means it.
// Where a parent supervises this process, the parent decides that.
type signals struct {
	std     streams
	got     atomic.Int32
	restore atomic.Pointer[func()] // of the terminal, while it is not as it was
	stop    func()
}

var (
	errInterrupted = errors.New("interrupted")
	errTerminated  = errors.New("terminated")
	errHungUp      = errors.New("hung up")
)

// watchSignals gives a context that ends with the first signal. The caller calls
// stop when the run is over.
func watchSignals(ctx context.Context, std streams) (context.Context, *signals) {
	ctx, cancel := context.WithCancelCause(ctx)
	ch := make(chan os.Signal, 4)
	var passed <-chan os.Signal
	if std.child != nil {
		passed = std.child.signals
	} else {
		signal.Notify(ch, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGABRT)
		for _, sig := range []os.Signal{os.Interrupt, syscall.SIGHUP} {
			if !signal.Ignored(sig) { // as under nohup
				signal.Notify(ch, sig)
			}
		}
	}
	done, left := make(chan struct{}), make(chan struct{})
	s := &signals{std: std}
	back := std.early.yield()
	s.stop = func() {
		defer back()
		signal.Stop(ch)
		close(done)
		<-left
		cancel(nil)
	}
	go func() {
		defer close(left)
		var since time.Time
		for {
			var sig os.Signal
			select {
			case sig = <-ch:
			case sig = <-passed:
			case <-done:
				return
			}
			switch {
			case sig == syscall.SIGQUIT || sig == syscall.SIGABRT:
				s.quit()
			case s.got.CompareAndSwap(0, int32(signalCode(sig))):
				since = time.Now()
				cancel(signalCause(sig))
			case std.child == nil && sig != syscall.SIGHUP && time.Since(since) >= std.limits.again:
				s.leave(signalCode(sig))
			}
		}
	}()
	return ctx, s
}

func signalCode(sig os.Signal) int {
	switch sig {
	case syscall.SIGTERM:
		return exitTerminated
	case syscall.SIGHUP:
		return exitHungUp
	}
	return exitInterrupted
}

func signalCause(sig os.Signal) error {
	switch sig {
	case syscall.SIGTERM:
		return errTerminated
	case syscall.SIGHUP:
		return errHungUp
	}
	return errInterrupted
}

// code is the exit code that stands for the signal which came, or 0.
func (s *signals) code() int { return int(s.got.Load()) }

// leave ends the process at once, but not without the terminal.
func (s *signals) leave(code int) {
	s.restored()
	os.Exit(code)
}

func (s *signals) restored() {
	if restore := s.restore.Load(); restore != nil {
		_, _ = alive.Within(restoreWithin, "the terminal", func() (struct{}, error) { (*restore)(); return struct{}{}, nil })
	}
}

// quit is SIGQUIT, or SIGABRT: it says what all goroutines are doing and ends the process. Go's
// own way leaves with 2, which stands for a repository that is proved to be broken.
func (s *signals) quit() {
	s.restored()
	lastWords(s.std.err)
	os.Exit(exitUnknown)
}

func lastWords(w io.Writer) {
	var b strings.Builder
	fmt.Fprintln(&b, "tufinspect: asked to quit")
	_ = pprof.Lookup("goroutine").WriteTo(&b, 2)
	say(w, b.String())
}
