package ui

import (
	"fmt"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
)

// What a person asks of the run as a whole, and what is asked back.

func (m *model) setWorkers(by int) {
	n := m.st.Queue.Workers
	if m.wanted > 0 {
		n = m.wanted // keys come faster than answers
	}
	n = max(1, min(n+by, engine.MaxWorkers))
	m.wanted = n
	m.send(engine.SetWorkers{N: n})
}

// autoWorkers leaves the number of workers to the run.
func (m *model) autoWorkers() {
	m.wanted = 0
	m.send(engine.SetWorkers{})
}

// Bounds of the stall limit.
const (
	stallLeast = time.Second
	stallMost  = 10 * time.Minute
)

// stallAfter is the stall limit that was asked for last.
func (m *model) stallAfter() time.Duration {
	if m.limit > 0 {
		return m.limit // keys come faster than answers
	}
	return m.st.Run.Limits.StallAfter
}

func (m *model) setStallAfter(d time.Duration) {
	d = max(stallLeast, min(d, stallMost))
	if d == m.stallAfter() {
		m.news.answer("the stall limit is "+measure.Tenths(d)+" already, and goes no further", m.clock())
		return
	}
	if !m.over {
		m.limit = d
	}
	m.send(engine.SetStallAfter{D: d})
}

func (m *model) cancelAll() {
	active := m.counter(face(engine.Transferring)) + m.counter(face(engine.Stalled))
	queued := m.counter(face(engine.Queued)) + m.counter(face(engine.Retrying))
	if active+queued == 0 {
		m.news.answer("nothing to cancel: nothing is under way or queued", m.clock())
		return
	}
	text := fmt.Sprintf("cancel all: %s under way, %s to come? y/N", measure.Digits(active), measure.Digits(queued))
	m.ask = &question{text: text, yes: func() { m.send(engine.CancelAll{}) }}
}

func (m *model) retryFailed() {
	all := 0
	var parts []string
	for _, f := range [...]face{face(engine.Failed), face(engine.Untrusted), faceUnchecked, face(engine.Cancelled)} {
		if n := m.counter(f); n > 0 {
			all += n
			parts = append(parts, fmt.Sprintf("%s %s", measure.Digits(n), f))
		}
	}
	if all == 0 {
		m.news.answer("nothing to retry: nothing has failed", m.clock())
		return
	}
	text := "retry " + parts[0]
	if len(parts) > 1 {
		text = fmt.Sprintf("retry %s (%s)", measure.Count(all, "file"), strings.Join(parts, ", "))
	}
	m.ask = &question{text: text + "? y/N", yes: func() { m.send(engine.RetryFailed{}) }}
}
