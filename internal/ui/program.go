package ui

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/ui/term"
)

const (
	// finishWithin is how long the end of a stopped run is waited for.
	finishWithin = 3 * time.Second
	// flushWithin is how long the last frame may take to reach the terminal.
	flushWithin = 200 * time.Millisecond
	// foldAtOnce is how many changes are folded before the keys get their turn: those
	// of a hundredth of a second or two. A large repository is found in one batch.
	foldAtOnce = 8_000
	// killAfter is how long the program may take to hear that it is to end.
	killAfter = 500 * time.Millisecond
)

// Run shows a session until a person leaves or ctx is done. Then it restores the
// terminal, stops the run, and folds what still comes for at most 3 s, so that a
// summary has all of it. When the session ends by itself the screen stays.
//
// The Outcome is of use with an error too: that of the terminal, or a *PanicError.
// The caller handles signals, through ctx; what is to be printed is printed after
// Run.
func Run(ctx context.Context, opt Options) (Outcome, error) {
	out := term.NewWriter(opt.Out)
	defer out.Finish(flushWithin)
	s := newScreen(opt, os.Getenv)
	s.dropped = out.Dropped()
	s.flush = func() { out.Flush(flushWithin) }
	s.clip = func(text string) (string, error) { return out.Copy(text, os.Getenv) }
	s.foreground = func() bool { return term.Foreground(opt.In) }
	restore := term.Save(opt.In)
	if opt.Restorer != nil {
		opt.Restorer(func() {
			if s.foreground() {
				out.Abandon(flushWithin)
			}
			restore()
		})
	}
	return s.run(ctx, term.NewReader(opt.In), out, func(err error) {
		if err != nil && !errors.Is(err, tea.ErrProgramKilled) {
			// Bubble Tea leaves in the middle of its own start when that fails.
			out.Restore()
		}
		out.Finish(flushWithin)
		restore()
	})
}

// screen carries the model in a Bubble Tea program: it turns messages into the
// model's own terms, and what the model wants done into commands. It waits for
// nothing in Update and View.
type screen struct {
	m          *model
	keys       *keymap
	session    Session
	feed       *feed
	part       *alive.Part                               // busy while the screen folds or draws
	dropped    <-chan struct{}                           // the terminal has missed frames; may be nil
	flush      func()                                    // waits a little for the terminal; may be nil
	clip       func(text string) (how string, err error) // to the clipboard
	foreground func() bool                               // the terminal may be used; may be nil
	save       func(*engine.State) func() (string, error)
	mouse      bool // is on

	rest     []engine.Event // taken and not yet folded
	over     bool           // nothing comes behind them
	pending  []engine.Command
	sending  bool
	waits    []errand // to be copied or saved
	running  bool     // one of these is
	ticking  bool
	waking   bool      // it wakes when what was drawn last stays no longer
	held     []tea.Msg // keys and clicks of meanwhile: what they are for is not to be seen
	quitting bool

	patience time.Duration  // for the end of a stopped run
	stop     chan struct{}  // closed when the program has ended
	waiting  sync.WaitGroup // commands that wait for stop or less
	abort    context.CancelFunc
	aborted  <-chan struct{} // closed when the screen is to end
	left     chan struct{}   // closed when it has ended in the background of a shell
	lost     error           // why the terminal could not be taken again
	mu       sync.Mutex
	ended    bool // no more of them start
	panic    *PanicError
	size     tea.WindowSizeMsg // to start with, where there is no terminal to ask
}

func newScreen(opt Options, getenv func(string) string) *screen {
	now := opt.Clock
	if now == nil {
		now = time.Now
	}
	k := look{title: opt.Title, theme: opt.Theme.resolve(getenv), ascii: opt.ASCII, tape: safe.Text(opt.Recording)}
	stop := make(chan struct{})
	m := newModel(k, now)
	m.tape.troubles = opt.Troubles
	m.mouse = opt.Mouse
	return &screen{
		m: m, keys: newKeymap(), session: opt.Session, stop: stop, left: make(chan struct{}), patience: finishWithin,
		feed: &feed{source: opt.Session.Updates(), stop: stop},
		part: opt.Watchdog.Part("screen"), save: opt.Save,
	}
}

func (s *screen) run(ctx context.Context, in io.Reader, out io.Writer, restored func(error)) (Outcome, error) {
	inner, abort := context.WithCancel(ctx)
	defer abort()
	s.abort, s.aborted = abort, inner.Done()
	p := tea.NewProgram(s, tea.WithInput(in), tea.WithOutput(out), tea.WithAltScreen(), tea.WithoutSignalHandler())
	over := make(chan struct{})
	s.waiting.Add(1)
	alive.Go("screen", "end", func() {
		defer s.waiting.Done()
		quitWith(inner, p, over)
	}, func(f alive.Fault) { s.fail(f.Value, []byte(f.Stack)) })
	err := s.drawn(p)
	close(over)
	s.part.Done()
	s.m.stopSorting()
	s.mu.Lock()
	s.ended = true
	s.mu.Unlock()
	close(s.stop)
	restored(err)
	s.waiting.Wait()

	if err == nil {
		err = s.lost
	}
	o := Outcome{State: s.m.st, Interrupted: ctx.Err() != nil && !s.quitting}
	if s.quitting && s.m.keep {
		o.Screen = s.View()
	}
	o.Complete = s.finish()
	switch {
	case s.failed() != nil:
		return o, s.failed()
	case err == nil, ctx.Err() != nil && errors.Is(err, tea.ErrProgramKilled):
		return o, nil
	}
	return o, fmt.Errorf("using the terminal: %w", err)
}

// drawn runs the program to its end, or until a person ends the run while it is in the
// background of a shell. It must not touch the terminal then, and the program could
// not end without: it stays behind, where it waits, and does no more.
func (s *screen) drawn(p *tea.Program) error {
	ended := make(chan error, 1)
	alive.Go("screen", "program", func() {
		_, err := p.Run()
		ended <- err
	}, func(f alive.Fault) {
		s.fail(f.Value, []byte(f.Stack))
		ended <- nil
	})
	select {
	case err := <-ended:
		return err
	case <-s.left:
		return nil
	}
}

// quitWith ends the program when ctx is done. Bubble Tea's own way for that closes
// the key reader while it may still be reading; so the program is asked first, and
// killed only if it does not hear.
func quitWith(ctx context.Context, p *tea.Program, over <-chan struct{}) {
	select {
	case <-ctx.Done():
	case <-over:
		return
	}
	// It returns when the program has ended, at the latest.
	alive.Go("screen", "quit", p.Quit, func(alive.Fault) {})
	t := time.NewTimer(killAfter)
	defer t.Stop()
	select {
	case <-over:
	case <-t.C:
		p.Kill()
	}
}

// finish stops the run and folds the rest of it. It tells whether the run has come
// to its end. A Send that hangs stays behind: the session promises that it does not.
func (s *screen) finish() bool {
	s.m.thaw()
	s.take()
	for s.foldSome() {
	}
	if s.over {
		return true
	}
	if s.m.tape.on { // nothing goes on, and nothing is lost
		return s.m.st.Finished
	}
	alive.Go("screen", "stop", func() { s.session.Send(engine.Stop{Now: true}) }, func(alive.Fault) {})
	limit := time.NewTimer(s.patience)
	defer limit.Stop()
	for {
		select {
		case u, ok := <-s.feed.source:
			if !ok {
				return true
			}
			s.m.fold(u.Events)
		case <-limit.C:
			return false
		}
	}
}

// take takes what has been received behind what is still to be folded.
func (s *screen) take() {
	updates, over := s.feed.take()
	for _, u := range updates {
		s.rest = append(s.rest, u.Events...)
	}
	s.rest = void(s.rest)
	s.over = over
}

// void takes out what a recording that is played anew has told before: it need not be folded.
// Answers to commands stay, because they are waited for.
func void(events []engine.Event) []engine.Event {
	for i := len(events) - 1; i > 0; i-- {
		if _, ok := events[i].Body.(engine.Rewound); !ok {
			continue
		}
		before := slices.DeleteFunc(events[:i], func(e engine.Event) bool {
			done, ok := e.Body.(engine.CommandDone)
			return !ok || done.Past
		})
		return append(before, events[i:]...)
	}
	return events
}

// foldSome folds as much as may be folded at once, and tells whether there is more.
func (s *screen) foldSome() bool {
	n := 0
	for i, e := range s.rest {
		n++
		if found, ok := e.Body.(engine.ItemsFound); ok {
			n += len(found.Items)
		}
		if n >= foldAtOnce {
			s.m.take(engine.Update{Events: s.rest[:i+1]})
			s.rest = s.rest[i+1:]
			return len(s.rest) > 0
		}
	}
	if len(s.rest) > 0 {
		s.m.take(engine.Update{Events: s.rest})
		s.rest = nil
	}
	return false
}

// guard keeps a panic from leaving the terminal in disorder: the program ends in
// order and Run reports it.
func (s *screen) guard() {
	if v := recover(); v != nil {
		s.fail(v, debug.Stack())
	}
}

func (s *screen) fail(v any, stack []byte) {
	s.mu.Lock()
	if s.panic == nil {
		s.panic = &PanicError{v, stack}
	}
	s.mu.Unlock()
	s.abort()
}

func (s *screen) failed() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.panic == nil {
		return nil
	}
	return s.panic
}
