package ui

import (
	"fmt"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// note keeps what is counted and said beside the state.
func (m *model) note(e engine.Event) {
	m.trustView().heard(m, e.Body)
	switch b := e.Body.(type) {
	case engine.RunStarted, engine.AnchorChosen:
		m.trust.fresh = false
	case engine.LayoutFound:
		m.located = true
	case engine.RoleChanged:
		m.located = m.located || b.Role.State == trust.Accepted
		m.trust.fresh = false
		m.news.role(e.At, &b.Role)
	case engine.ItemsFound:
		for id := len(m.tally.seen); id < len(m.st.Items); id++ {
			m.touch(engine.ItemID(id))
		}
	case engine.StateChanged:
		m.touch(b.Item)
		if it := m.st.Item(b.Item); it != nil && it.State == b.To {
			m.news.item(e.At, it)
		}
	case engine.QueueChanged:
		m.tally.rates.add(e.At, b.Rate)
	case engine.FindingRaised:
		if !b.Withdrawn && b.Finding.Severity >= finding.Warning {
			m.news.say(note{e.At, "NOTE", b.Finding.Subject + ": " + b.Finding.Message, warn, 1})
		}
	case engine.InspectorFault:
		m.news.say(note{e.At, "FAULT", "the inspector itself failed in " + b.Goroutine + ": " + b.Value, bad, 3})
	case engine.Diagnosed:
		m.touch(b.Item)
		if it := m.st.Item(b.Item); it != nil && crawls(it) && it.Attempt == b.Attempt {
			m.news.slow(e.At, it)
		}
	case engine.BreakerChanged:
		before := m.queues[b.Host]
		if m.queues == nil {
			m.queues = map[string]engine.BreakerState{}
		}
		m.queues[b.Host] = b.State
		if before != b.State {
			b.Queued = m.tally.waiting(b.Host) // as the banner has it
			m.news.breaker(e.At, &b)
		}
	case engine.InspectorStuck:
		m.stands(e.At, &b)
	case engine.ProbeEnded:
		if it, inv := m.st.Item(b.Item), m.st.Probes[b.Item]; it != nil && inv != nil {
			m.news.say(note{e.At, "PROBE", nameOf(it) + ": " + inv.Text, bold, 4})
			m.news.reply = "" // that it was being asked
		}
	case engine.CommandDone:
		switch c := b.Command.(type) {
		case engine.SetWorkers:
			if c.N == m.wanted {
				m.wanted = 0
			}
		case engine.SetStallAfter:
			if c.D == m.limit {
				m.limit = 0
			}
		}
		m.news.answer(answerTo(b), m.clock())
	case engine.RunSettled:
		m.took = e.At
		m.tally.judge(m.st)
		m.news.say(note{e.At, "DONE", m.tally.farewell(m.st), bold, 4})
	case engine.RunFinished:
		m.tally.judge(m.st)
		if b.Why != "" {
			m.news.say(note{e.At, "ENDED", b.Why, bold, 5})
		}
	}
}

// stands keeps since when a part of this program has stood still.
func (m *model) stands(at time.Duration, b *engine.InspectorStuck) {
	if b.Over {
		delete(m.stuck, b.Part)
		m.news.say(note{at, "MOVES", fmt.Sprintf("the inspector itself: %s moves again, after %s", partName(b.Part), age(b.For)), bold, 4})
		return
	}
	if m.stuck == nil {
		m.stuck = map[string]time.Time{}
	}
	_, known := m.stuck[b.Part]
	m.stuck[b.Part] = m.clock().Add(-b.For)
	if !known {
		text := fmt.Sprintf("the inspector itself: %s has not moved for %s", partName(b.Part), age(b.For))
		if b.Dump != "" {
			text += "; see " + safe.Text(b.Dump)
		}
		m.news.say(note{at, "STUCK", text, bad, 5})
	}
}
