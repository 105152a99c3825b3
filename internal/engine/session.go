// Package engine runs an inspection: one goroutine owns the run's state, workers
// make one attempt each at one file, events go out and commands come in.
//
// [Start] returns a [Session]. Read [Session.Updates] until it is closed, fold
// each event into a [State], and send commands with [Session.Send]. [Run] is the
// blocking twin for programs that only want the end.
//
// Every wait has an owner and a limit. A transfer that stays silent is ended by
// the control loop's clock and not by the goroutine that waits; a worker that does
// not come back is given up and reported.
package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// Session is a run under way.
type Session struct {
	updates  chan Update
	commands chan Command
	over     chan struct{} // closed when the control loop has ended
	quit     chan struct{} // closed by Close: nobody reads updates any more
	pumped   chan struct{} // closed when the pump has ended
	hub      *hub
	cancel   context.CancelCauseFunc
	once     sync.Once
	whole    *trust.Walk // of a run of full success; set before over is closed
}

var errClosed = errors.New("closed")

// Start begins a run; the error is that of Config.Validate. When ctx ends, the run
// cancels everything and finishes, with the cause of ctx as the reason. The caller
// reads Updates until it is closed, or calls Close.
func Start(ctx context.Context, cfg Config) (*Session, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	s := newSession(cancel)
	s.serve(newRun(ctx, cfg, s))
	return s, nil
}

func newSession(cancel context.CancelCauseFunc) *Session {
	return &Session{
		updates:  make(chan Update, 1),
		commands: make(chan Command),
		over:     make(chan struct{}),
		quit:     make(chan struct{}),
		pumped:   make(chan struct{}),
		cancel:   cancel,
	}
}

// serve starts what runs for as long as the session does.
func (s *Session) serve(r *run) {
	s.hub = r.hub
	spawn("pump", "updates", func() {
		defer close(s.pumped)
		r.hub.pump(s.updates, s.quit)
	}, func(InspectorFault) {}) // the pump runs no code but its own
	spawn("control", "loop", r.loop, r.crashed)
}

// Updates brings the events in batches, at most one every 100 ms. It is closed
// after the batch with RunFinished. A reader that is slow, or stops for a while,
// slows nothing and loses no event but those that are marked as coalesced.
func (s *Session) Updates() <-chan Update { return s.updates }

// Send hands over a command. It blocks until the run has taken it, which takes
// milliseconds, and returns false if the run has finished and nobody will.
func (s *Session) Send(c Command) bool {
	select {
	case s.commands <- c:
		return true
	case <-s.over:
		return false
	}
}

// Alarm passes on that a part of this program stands still, or moves again. It does
// not depend on the control loop, which may be that part, and may be called by any
// goroutine.
func (s *Session) Alarm(a alive.Alarm) {
	s.hub.publish(InspectorStuck{
		Part: safe.Text(a.Part), For: a.For, Over: a.Over, Dump: safe.Text(a.Dump), Trace: safe.Text(a.Trace), Err: safe.Text(a.Err),
	})
}

// Note has something said of the run, in its place among the events. Like Alarm it may be
// called by any goroutine.
func (s *Session) Note(n Noted) {
	s.hub.publish(Noted{safe.Text(n.Subject), safe.Text(n.Text)})
}

// Remember gives what a later run should know of this one, or nil. There is something
// only after full success: the run has come to its end by itself or when nothing was
// left to do, it says healthy or warning, and everything was accepted. It waits for
// the run's end, takes about a second for a million targets, and may be called once.
func (s *Session) Remember() *trust.Remembered {
	<-s.over
	if s.whole == nil {
		return nil
	}
	return s.whole.Remember()
}

// closeWithin is how long Close waits for the session's goroutines.
const closeWithin = 5 * time.Second

// Close ends the run at once, throws away updates that were not read, and returns
// when its goroutines have ended, abandoned workers excepted, or after five seconds:
// a control loop that stands still must not hold its owner. It may be called more
// than once.
func (s *Session) Close() {
	s.once.Do(func() {
		s.cancel(errClosed)
		close(s.quit)
	})
	limit := time.NewTimer(closeWithin)
	defer limit.Stop()
	for _, ended := range []chan struct{}{s.over, s.pumped} {
		select {
		case <-ended:
		case <-limit.C:
			return
		}
	}
}

// Run makes a whole run and returns its final state. The error is that of
// Config.Validate; what is wrong with the repository is in the state.
func Run(ctx context.Context, cfg Config) (*State, error) {
	cfg.Interactive = false
	s, err := Start(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	var st State
	for u := range s.Updates() {
		for _, e := range u.Events {
			st.Apply(e)
		}
	}
	return &st, nil
}
