package ui

import (
	"fmt"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
)

// quit leaves, after a question while something is under way.
func (m *model) quit() {
	// The numbers are those of the header.
	active := m.counter(face(engine.Transferring)) + m.counter(face(engine.Stalled))
	queued := m.counter(face(engine.Queued)) + m.counter(face(engine.Retrying))
	if m.tape.on || m.still() || active+queued == 0 {
		m.leave = true
		return
	}
	m.ask = &question{text: stopText(active, queued), yes: func() { m.leave = true }, no: "the run goes on"}
}

func stopText(active, queued int) string {
	are := func(n int) string {
		if n == 1 {
			return "is"
		}
		return "are"
	}
	switch {
	case queued == 0:
		return fmt.Sprintf("stop the run: %s %s under way? y/N", measure.Count(active, "transfer"), are(active))
	case active == 0:
		return fmt.Sprintf("stop the run: %s %s still to come? y/N", measure.Count(queued, "file"), are(queued))
	}
	return fmt.Sprintf("stop the run: %s %s under way, %d to come? y/N", measure.Count(active, "transfer"), are(active), queued)
}

// interrupt is ctrl+c: it asks as quit does, and a second one soon after leaves.
func (m *model) interrupt() {
	now := m.clock()
	if !m.broke.IsZero() && now.Sub(m.broke) < twiceWithin {
		m.leave = true
		return
	}
	m.broke = now
	m.typing, m.help, m.keep = nil, false, false
	m.quit()
}
