package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"example.com/tufinspect/internal/alive"
)

// sayWithin is how long a message of this process may wait for stderr.
const sayWithin = 2 * time.Second

// overseer is who watches an inspection from outside.
type overseer interface {
	// run says which watchdog knows whether the inspection still moves.
	run(wd *alive.Watchdog)
	// ended says that the run is over, and again whenever the report gets on.
	ended()
}

// supervise makes an inspection such that its caller hears an exit code whatever
// becomes of it. Where the system allows, it runs in a process of its own, of which
// this one believes only the exit code that was announced: a crash of the runtime
// leaves with 2 as well, which stands for a repository that is proved to be broken. A
// process that does not move is killed.
func supervise(std streams, deadline time.Duration, inspect func(overseer) error) error {
	if std.child != nil {
		return inspect(std.child)
	}
	if std.self != nil {
		// What is said about a child that died must not kill the parent.
		signal.Ignore(syscall.SIGPIPE)
		if code, err := beParent(std, deadline); err == nil {
			return exitError(code)
		} else if scarce(err) {
			// What the system refuses to a process of its own it may refuse to the runtime
			// of this one in the middle of the inspection.
			return fmt.Errorf("no process for the inspection: %w", err)
		} else if !errors.Is(err, errNoParent) {
			say(std.err, fmt.Sprintf("tufinspect: no process of its own for the inspection: %v\n", err))
		}
		signal.Reset(syscall.SIGPIPE)
	}
	a := newAlone(std.limits, deadline, func(why string) {
		say(std.err, fmt.Sprintf("tufinspect: the inspection %s; exit code %d\n", why, exitUnknown))
		os.Exit(exitUnknown)
	})
	defer a.close()
	return inspect(a)
}

// scarce tells whether the system has no more of something.
func scarce(err error) bool {
	for _, e := range []error{syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// errNoParent is why there is no parent where the system knows no such thing.
var errNoParent = errors.New("not on this system")

// alone watches an inspection from within its own process.
type alone struct {
	wd   atomic.Pointer[alive.Watchdog]
	stop chan struct{}
	done chan struct{}

	mu sync.Mutex
	v  vigil
}

// newAlone begins to watch. Whoever is called with the reason does not come back.
func newAlone(l limits, deadline time.Duration, end func(why string)) *alone {
	a := &alone{stop: make(chan struct{}), done: make(chan struct{}), v: vigil{limits: l, deadline: deadline, last: time.Now()}}
	alive.Go("alone", "looks", func() {
		defer close(a.done)
		t := time.NewTicker(l.look)
		defer t.Stop()
		for {
			select {
			case <-a.stop:
				return
			case now := <-t.C:
				if why := a.look(now); why != "" {
					end(why)
					return
				}
			}
		}
	}, func(f alive.Fault) { end("is not watched any more: " + f.Value) })
	return a
}

func (a *alone) look(now time.Time) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.wd.Load().Healthy() {
		a.v.moved()
	}
	return a.v.look(now)
}

func (a *alone) run(wd *alive.Watchdog) { a.wd.Store(wd) }

func (a *alone) ended() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.v.wrote()
}

func (a *alone) close() {
	close(a.stop)
	<-a.done
}

// say writes a message to a place that may not take it.
func say(w io.Writer, text string) {
	_, _ = alive.Within(sayWithin, "stderr", func() (int, error) { return io.WriteString(w, text) })
}

// taken tells the overseer of each byte of a report that somebody takes.
type taken struct {
	io.Writer
	overseer
}

// Write is part of io.Writer. It hands over little at a time: a pipe takes all of
// what it is given, or is not heard of until it has.
func (t taken) Write(p []byte) (int, error) {
	const most = 4 << 10
	written := 0
	for {
		n, err := t.Writer.Write(p[:min(len(p), most)])
		written += n
		if p = p[n:]; err != nil || len(p) == 0 {
			return written, err
		}
		t.ended()
	}
}
