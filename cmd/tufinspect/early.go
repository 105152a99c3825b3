package main

import (
	"io"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// early answers requests to quit or to abort while nothing else does: at the start,
// and while the report is written. Go's own answer leaves with 2, which stands for a
// repository that is proved to be broken. The methods of a nil early do nothing.
type early struct{ others atomic.Int32 }

// listenEarly begins to answer, for as long as the process lasts.
func listenEarly(w io.Writer) *early {
	e := &early{}
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, syscall.SIGQUIT, syscall.SIGABRT)
	go func() {
		for range ch {
			if e.others.Load() == 0 {
				lastWords(w)
				os.Exit(exitUnknown)
			}
		}
	}()
	return e
}

// yield says that somebody else answers, until the function that it gives is called.
func (e *early) yield() func() {
	if e == nil {
		return func() {}
	}
	e.others.Add(1)
	return func() { e.others.Add(-1) }
}
