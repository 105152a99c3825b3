package ui

import (
	"fmt"
	"time"

	"example.com/tufinspect/internal/engine"
)

// heldMost is how many events a frozen screen keeps before it goes on by itself: some
// 100 MiB of them.
const heldMost = 500_000

// frozen is a screen that stands still. The run goes on: its events are kept and
// folded when the screen thaws. So all views, filters and details can be looked at as
// they were at one moment, and no copy of the state is made.
type frozen struct {
	on    bool
	since time.Time
	now   time.Duration // what the run's clock said
	held  []engine.Update
	n     int // events in held
}

// freeze stops the screen, or lets it go on.
func (m *model) freeze() {
	if m.ice.on {
		m.thaw()
		return
	}
	m.ice = frozen{on: true, since: m.clock(), now: m.elapsed()}
}

// thaw folds what has been held.
func (m *model) thaw() {
	held := m.ice.held
	m.ice = frozen{}
	for _, u := range held {
		m.fold(u.Events)
	}
	m.dirty = true
}

// take folds an update, or holds it while the screen is frozen.
func (m *model) take(u engine.Update) {
	if !m.ice.on {
		m.fold(u.Events)
		return
	}
	m.ice.held = append(m.ice.held, u)
	m.ice.n += len(u.Events)
	for _, e := range u.Events {
		switch e.Body.(type) {
		case engine.RoleRead, engine.CommandDone:
			// What a person has asked for comes also now: it is no part of the moment at
			// which the screen stands.
			m.trustView().heard(m, e.Body)
		}
		if d, ok := e.Body.(engine.CommandDone); ok {
			m.news.answer(answerTo(d), m.clock()) // keys still act, and are answered
			m.dirty = true
		}
	}
	if m.ice.n > heldMost {
		m.thaw()
		m.news.answer("not frozen any more: too much has happened meanwhile", m.clock())
	}
}

// frozenFor says for the header how long the screen has stood still; "" if it does not.
func (m *model) frozenFor() string {
	if !m.ice.on {
		return ""
	}
	return fmt.Sprintf("FROZEN %s", age(m.clock().Sub(m.ice.since)))
}
