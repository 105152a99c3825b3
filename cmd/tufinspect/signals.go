package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// signals ends a run on SIGINT and SIGTERM, and remembers which came. A second one
// ends the process at once: a person who presses ctrl+c twice means it.
type signals struct {
	got  atomic.Int32
	stop func()
}

var (
	errInterrupted = errors.New("interrupted")
	errTerminated  = errors.New("terminated")
)

// watchSignals gives a context that ends with the first signal. The caller calls
// stop when the run is over.
func watchSignals(ctx context.Context) (context.Context, *signals) {
	ctx, cancel := context.WithCancelCause(ctx)
	ch := make(chan os.Signal, 2)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	s := &signals{}
	s.stop = func() {
		signal.Stop(ch)
		close(done)
		cancel(nil)
	}
	go func() {
		for {
			select {
			case sig := <-ch:
				code, cause := int32(130), errInterrupted
				if sig == syscall.SIGTERM {
					code, cause = 143, errTerminated
				}
				if !s.got.CompareAndSwap(0, code) {
					os.Exit(int(code))
				}
				cancel(cause)
			case <-done:
				return
			}
		}
	}()
	return ctx, s
}

// code is the exit code that stands for the signal which came, or 0.
func (s *signals) code() int { return int(s.got.Load()) }
