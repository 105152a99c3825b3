package ui

import (
	"fmt"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
)

// heldMost is how many events a frozen screen keeps before it goes on by itself: some
// 100 MiB of them.
const heldMost = 500_000

// frozen is a screen that stands still. The run goes on: its events are kept and
// folded when the screen thaws. So all views, filters and details can be looked at as
// they were at one moment, and no copy of the state is made.
//
// Three things come through: the answers to commands and the files of roles that were
// asked for, because keys still act and that is no part of the moment; that
// the run has come to its end; and that this program itself has a fault or stands
// still, because that is no part of what is looked at and nobody may miss it.
type frozen struct {
	on     bool
	since  time.Time
	now    time.Duration // what the run's clock said
	held   []engine.Event
	paused bool // whether the queue is by now
}

// freeze stops the screen, or lets it go on.
func (m *model) freeze() {
	if m.ice.on {
		m.thaw()
		return
	}
	m.ice = frozen{on: true, since: m.clock(), now: m.elapsed(), paused: m.st.Queue.Paused}
}

// thaw folds what has been held, as one batch.
func (m *model) thaw() {
	if !m.ice.on {
		return
	}
	held := m.ice.held
	m.ice = frozen{}
	reply, named, at := m.news.reply, m.news.named, m.news.replyAt // which the answers in it have been already
	m.fold(held)
	m.news.reply, m.news.named, m.news.replyAt = strings.TrimSuffix(reply, notShown), named, at
}

// take folds an update, or holds it while the screen is frozen.
func (m *model) take(u engine.Update) {
	if !m.ice.on {
		m.fold(u.Events)
		return
	}
	for _, e := range u.Events {
		switch b := e.Body.(type) {
		case engine.InspectorStuck, engine.InspectorFault:
			m.fold([]engine.Event{e})
			continue
		case engine.RoleRead:
			m.trustView().heard(m, b)
			m.dirty = true
		case engine.CommandDone:
			m.trustView().heard(m, b)
			text, name := m.answerOf(&b)
			m.hear(text, name)
		case engine.QueueChanged:
			m.dirty = m.dirty || m.ice.paused != b.Paused // the footer says what p would do
			m.ice.paused = b.Paused
		case engine.RunSettled:
			m.hear("nothing is left to do", "")
		}
		m.ice.held = append(m.ice.held, e)
	}
	if len(m.ice.held) > heldMost {
		m.thaw()
		m.news.answer("not frozen any more: too much has happened meanwhile", m.clock())
	}
}

// notShown follows what a frozen screen says and does not show.
const notShown = " (frozen: f shows it)"

// hear says what a frozen screen does not show, and which file is named in it, or "".
func (m *model) hear(what, name string) {
	if what != "" {
		m.news.answerOn(what+notShown, name, m.clock())
		m.dirty = true
	}
}

// paused tells whether the queue is, whatever a frozen screen shows.
func (m *model) paused() bool {
	if m.ice.on {
		return m.ice.paused
	}
	return m.st.Queue.Paused
}

// frozenFor says for the header how long the screen has stood still; "" if it does not.
func (m *model) frozenFor() string {
	if !m.ice.on {
		return ""
	}
	return fmt.Sprintf("FROZEN %s", measure.Age(m.clock().Sub(m.ice.since)))
}
