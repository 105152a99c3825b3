package journal

import (
	"fmt"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/engine"
)

// Session is a run whose events are recorded on their way. It is one for a screen.
type Session struct {
	source interface {
		Updates() <-chan engine.Update
		Send(engine.Command) bool
	}
	take    func([]engine.Event)
	updates chan engine.Update
	quit    chan struct{}
	done    chan struct{}
}

// Record has the events of a run recorded as they come: take is given each batch, and must
// not wait, as [Writer.Take] does not. Whoever reads the run reads Session.Updates from then
// on; a reader that is slow holds up neither the run nor the recording. Close it after the
// run.
func Record(source interface {
	Updates() <-chan engine.Update
	Send(engine.Command) bool
}, take func([]engine.Event),
) *Session {
	s := &Session{source: source, take: take, updates: make(chan engine.Update, 1), quit: make(chan struct{}), done: make(chan struct{})}
	alive.Go("journal", "tee", func() {
		defer close(s.done)
		s.pass()
	}, func(alive.Fault) {})
	return s
}

// Updates brings the events of the run, and is closed after the last.
func (s *Session) Updates() <-chan engine.Update { return s.updates }

// Send hands a command to the run.
func (s *Session) Send(c engine.Command) bool { return s.source.Send(c) }

// Close ends the passing on. It may be called once.
func (s *Session) Close() {
	close(s.quit)
	<-s.done
}

// pass takes each batch as it comes, and keeps it until the reader has time.
func (s *Session) pass() {
	defer close(s.updates)
	from := s.source.Updates()
	var kept engine.Update
	defer func() { // who reads must not take what has come so far for the whole
		if v := recover(); v != nil {
			kept.Events = append(kept.Events, engine.Event{Body: engine.InspectorFault{Goroutine: "recorder", Value: printable(fmt.Sprint(v))}})
			select {
			case s.updates <- kept:
			case <-s.quit:
			}
		}
	}()
	for from != nil || len(kept.Events) > 0 {
		var to chan<- engine.Update
		if len(kept.Events) > 0 {
			to = s.updates
		}
		select {
		case u, ok := <-from:
			if !ok {
				from = nil
				continue
			}
			s.take(u.Events)
			kept.Events = append(kept.Events, u.Events...)
		case to <- kept:
			kept = engine.Update{}
		case <-s.quit:
			return
		}
	}
}
