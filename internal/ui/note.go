package ui

import (
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/trust"
)

// note keeps what is counted and said beside the state.
func (m *model) note(e engine.Event) {
	m.trustView().heard(m, e.Body)
	switch b := e.Body.(type) {
	case engine.Noted, engine.Played, engine.Marked: // the latter say nothing of the run
	case engine.CommandDone:
		m.story.on = m.story.on && !b.Past
	default:
		m.story.on = false
	}
	switch b := e.Body.(type) {
	case engine.RunStarted:
		m.trust.fresh = false
		m.story.on = true
		m.tellStart(e.At, &b)
	case engine.Noted:
		m.tellNoted(e.At, &b)
	case engine.AnchorChosen:
		m.trust.fresh = false
		m.tellAnchor(e.At, b)
	case engine.LayoutFound:
		m.located = true
		m.tellLayout(e.At, &b)
	case engine.RoleChanged:
		m.located = m.located || b.Role.State == trust.Accepted
		m.trust.fresh = false
		m.tellRole(e.At, &b.Role)
	case engine.ItemsFound:
		for id := len(m.tally.seen); id < m.st.Items.Len(); id++ {
			m.touch(engine.ItemID(id))
		}
	case engine.StateChanged:
		m.touch(b.Item)
		if it := m.st.Item(b.Item); it != nil && it.Kind == engine.Metadata && (b.From == engine.Stalled || b.To == engine.Stalled) {
			m.trust.fresh = false // the role's file is silent, or no longer
		}
		m.tellState(e.At, &b)
	case engine.QueueChanged:
		m.tally.rates.add(e.At, b.Rate)
	case engine.FindingRaised:
		m.tally.raised++
		m.tellFinding(e.At, &b)
	case engine.InspectorFault:
		m.tally.raised++
		m.tellFault(e.At, &b)
	case engine.Diagnosed:
		m.touch(b.Item)
		m.tellDiagnosis(e.At, &b)
	case engine.BreakerChanged:
		before := m.queues[b.Host]
		if m.queues == nil {
			m.queues = map[string]engine.BreakerState{}
		}
		m.queues[b.Host] = b.State
		if before != b.State {
			b.Queued = m.tally.waiting(b.Host) // as the banner has it
			m.tellBreaker(e.At, &b)
		}
	case engine.InspectorStuck:
		m.tally.raised++
		m.stands(e.At, &b)
	case engine.ProbeEnded:
		m.tellProbe(e.At, &b)
	case engine.Rewound:
		m.rewind()
		m.comeBack(&b)
	case engine.Marked:
		m.keepMark(b.N)
	case engine.Played:
		m.tape.Played, m.tape.since = b, m.clock()
		if !b.Behind {
			m.between = time.Time{}
		}
		if m.list.anew && !b.Behind {
			m.list.anew, m.list.stale, m.list.sortedAt = false, true, time.Time{}
		}
	case engine.CommandDone:
		if b.Past {
			m.tellCommand(e.At, &b)
			return
		}
		m.asked = max(0, m.asked-1)
		if m.tape.on {
			m.arrived(b.Command)
			m.news.answer(m.answerOnTape(&b), m.clock())
			return
		}
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
		m.tellCommand(e.At, &b)
		text, name := m.answerOf(&b)
		m.news.answerOn(text, name, m.clock())
	case engine.RunSettled:
		m.tally.judge(m.st)
		m.tellSettled(e.At)
	case engine.RunFinished:
		m.tally.judge(m.st)
		if b.Why != "" {
			m.tell(happened(e.At, wordEnded).says("", b.Why))
		}
	}
}

// stands keeps since when a part of this program has stood still.
func (m *model) stands(at time.Duration, b *engine.InspectorStuck) {
	if b.Over {
		delete(m.stuck, b.Part)
		m.tellMoves(at, b)
		return
	}
	if m.stuck == nil {
		m.stuck = map[string]stand{}
	}
	_, known := m.stuck[b.Part]
	m.stuck[b.Part] = stand{m.clock().Add(-b.For), at - b.For}
	if !known {
		m.tellStuck(at, b)
	}
}
