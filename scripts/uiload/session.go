package main

import (
	"sync"
	"sync/atomic"
	"time"

	"example.com/tufinspect/internal/engine"
)

// batchEvery is the engine's shortest time between two updates.
const batchEvery = 100 * time.Millisecond

// session is a made-up run. It refuses commands, and ends with the first Stop.
type session struct {
	updates chan engine.Update
	story   *story
	rate    int
	loaded  chan struct{} // closed when all targets have been handed over
	over    chan struct{} // closed when it is to end
	once    sync.Once
	answers chan engine.Command
	events  atomic.Int64 // handed over so far, without those that tell of the targets
	batches atomic.Int64
}

func newSession(targets, rate int) *session {
	return &session{
		updates: make(chan engine.Update, 1), story: newStory(targets), rate: rate,
		loaded: make(chan struct{}), over: make(chan struct{}), answers: make(chan engine.Command, 16),
	}
}

// Updates is part of ui.Session.
func (s *session) Updates() <-chan engine.Update { return s.updates }

// Send is part of ui.Session.
func (s *session) Send(c engine.Command) bool {
	if _, ok := c.(engine.Stop); ok {
		s.once.Do(func() { close(s.over) })
		return true
	}
	select {
	case s.answers <- c:
		return true
	case <-s.over:
		return false
	}
}

// run sends batches until it is stopped. A reader that is late gets the events that
// were due in the meantime with the next batch, as from the engine.
func (s *session) run() {
	defer close(s.updates)
	start := time.Now()
	s.story.begin(start)
	if !s.hand(s.story.take()) {
		return
	}
	close(s.loaded)
	tick := time.NewTicker(batchEvery)
	defer tick.Stop()
	began, sent := time.Now(), 0
	for {
		select {
		case <-tick.C:
		case c := <-s.answers:
			s.story.say(engine.CommandDone{Command: c, Err: "this run is made up"})
			continue
		case <-s.over:
			s.story.say(engine.RunFinished{Verdict: engine.Undecided, Why: "interrupted"})
			s.hand(s.story.take())
			return
		}
		s.story.at = time.Since(start)
		n := int(time.Since(began).Seconds()*float64(s.rate)) - sent
		s.story.advance(n)
		events := s.story.take()
		sent += len(events)
		if !s.hand(events) {
			return
		}
		s.events.Add(int64(len(events)))
		s.batches.Add(1)
	}
}

// hand hands a batch over, and tells whether somebody may want more.
func (s *session) hand(events []engine.Event) bool {
	select {
	case s.updates <- engine.Update{Events: events}:
		return true
	case <-s.over:
		return false
	}
}
