package ui

import (
	"fmt"
	"slices"

	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/trust"
)

// logView is the log: what has happened, the latest at the end. The cursor follows the
// end until it is moved, and stays on its entry then, whatever comes and goes.
type logView struct {
	scroller
	rows    []int32 // places in the log of what is shown
	upTo    int     // how much of the log they are made of
	changes int     // the log's, when they were
	stale   bool    // they have to be made anew
	held    bool    // the cursor does not follow the end
	on      uint64  // the entry under it
	away    bool    // that is not there yet: the recording is played anew
	begun   bool    // it has been read from its start

	filter  filter
	judging uint32 // counts filters
	find    prompt

	open bool // the text of the entry under the cursor is shown whole
	skip int  // lines of it that are scrolled away
	page int  // lines of it on screen
}

// refresh takes over what has happened since the last time.
func (v *logView) refresh(m *model) {
	l := &m.log
	if v.filter.byAge {
		v.refilter() // what fits changes with time
	}
	if v.stale || v.changes != l.changes {
		v.rows, v.upTo = v.rows[:0], 0
		v.stale, v.changes = false, l.changes
	}
	for ; v.upTo < len(l.entries); v.upTo++ {
		if e := &l.entries[v.upTo]; !e.gone && v.shows(m, e) {
			v.rows = append(v.rows, int32(v.upTo))
		}
	}
	row := len(v.rows) - 1
	if v.away = v.away && l.seq < v.on; v.away {
		v.n = len(v.rows)
		v.to(row)
		return
	}
	if v.held {
		row, _ = slices.BinarySearchFunc(v.rows, v.on, func(i int32, on uint64) int {
			switch seq := l.entries[i].seq; {
			case seq < on:
				return -1
			case seq > on:
				return 1
			}
			return 0
		})
	}
	v.n = len(v.rows)
	v.top += row - v.row // it stays where it is on screen
	v.place(m, row)
}

// rewound forgets the rows. A cursor that was held comes back to its entry.
func (v *logView) rewound() {
	v.rows, v.upTo, v.stale = v.rows[:0], 0, true
	v.away = v.held
}

// stay ends the waiting for the entry that the cursor was on: a person goes on from where
// it is now.
func (v *logView) stay(m *model) {
	if v.away {
		v.away, v.open = false, false
		v.place(m, v.row)
	}
}

// place puts the cursor into a row.
func (v *logView) place(m *model, row int) {
	v.to(row)
	if e := v.current(m); e != nil {
		v.on = e.seq
	}
}

// current is the entry under the cursor, or nil.
func (v *logView) current(m *model) *entry {
	if v.row >= len(v.rows) {
		return nil
	}
	return &m.log.entries[v.rows[v.row]]
}

func (v *logView) act(m *model, a action) {
	v.refresh(m)
	v.stay(m)
	before := v.row
	switch a {
	case actPageUp, actPageDown:
		if !v.turn(m, a) {
			v.move(m, a)
		}
	case actNextHit:
		v.nextTrouble(m, 1)
	case actPrevHit:
		v.nextTrouble(m, -1)
	case actOpen:
		v.enter(m)
	case actBack:
		if v.open {
			v.open = false
		} else if v.filter.active() {
			v.find.set("")
			v.filter = filter{}
			v.refilter()
		}
	case actFilter:
		v.find.help = "words, !word, what:FAIL, state:failed, role:name, err:503, host:name, age:<1m"
		v.find.changed = v.setFilter
		v.find.found = func() string { return measure.Digits(len(v.rows)) + " of " + measure.Digits(m.log.kept) }
		m.typing = &v.find
	case actProblems:
		v.filter.problems = !v.filter.problems
		v.refilter()
	default:
		v.move(m, a)
	}
	if v.row != before {
		v.skip = 0
	}
}

// move moves the cursor. At the end it goes on to follow it when it is asked to go
// further.
func (v *logView) move(m *model, a action) {
	before := v.row
	if !v.scroller.act(a) {
		return
	}
	if a == actBottom {
		v.held = false
	} else if v.row != before {
		v.held = true
	}
	v.place(m, v.row)
}

// nextTrouble moves to the next entry that a person may want to do something about, and
// past the end to the other one.
func (v *logView) nextTrouble(m *model, by int) {
	n := len(v.rows)
	for i := 1; i <= n; i++ {
		row := ((v.row+by*i)%n + n) % n
		if m.log.entries[v.rows[row]].trouble() {
			v.held = true
			v.place(m, row)
			return
		}
	}
	m.news.answer("no entry here tells of trouble", m.clock())
}

// enter opens what the entry under the cursor is about; where that has no view of its
// own, its text.
func (v *logView) enter(m *model) {
	e := v.current(m)
	if e == nil {
		return
	}
	v.held = true
	switch {
	case m.itemOf(e) != nil:
		m.openItem(m.itemOf(e).ID)
	case m.roleOf(e) != nil:
		m.showRole(trust.RoleID(e.role))
	default:
		v.open, v.skip = !v.open, 0
	}
}

func (v *logView) click(m *model, row int) {
	v.refresh(m)
	v.stay(m)
	if i := v.top + row - 1; row > 0 && row <= v.height && i < v.n && (!v.open || m.height >= splitFrom) {
		v.held = true
		v.skip = 0
		v.place(m, i)
	}
}

func (v *logView) copy(m *model, line bool) string {
	v.refresh(m)
	e := v.current(m)
	switch {
	case e == nil:
		return ""
	case line:
		return m.lineOf(e)
	}
	return or(m.subjectOf(e), m.detailOf(e))
}

func (v *logView) footer(m *model, a action) string {
	e := v.current(m)
	if a != actOpen {
		return ""
	}
	switch {
	case e == nil:
		return "-"
	case m.itemOf(e) != nil:
		return "detail"
	case m.roleOf(e) != nil:
		return "role"
	case v.open && !v.away:
		return "close"
	}
	return "whole text"
}

// status says how many entries there are, and whether the end is followed.
func (v *logView) status(m *model) bool {
	p, l := &m.p, &m.log
	text := measure.Digits(len(v.rows)) + " of " + measure.Digits(l.kept) + " events"
	switch gone := l.total - l.kept; {
	case gone > 0 && v.filter.active():
		text += ", " + measure.Digits(gone) + " more are gone"
	case gone > 0:
		text = measure.Digits(len(v.rows)) + " of " + measure.Digits(l.total) + " events, the oldest are gone"
	case l.total == 1 && len(v.rows) == 1:
		text = "1 of 1 event"
	}
	p.put(normal, text)
	p.space(3)
	switch newer := v.n - 1 - v.row; {
	case !v.held:
		p.put(normal, "following the end (G)")
	case newer > 0:
		p.put(warn, measure.Digits(newer)+" below")
		p.put(normal, " (G follows the end)")
	default:
		p.put(normal, "at the end (G follows it)")
	}
	if m.asked > 0 && !m.over && !m.ice.on {
		p.put(warn, fmt.Sprintf("   %s not answered yet", measure.Count(m.asked, "command")))
	}
	if v.filter.active() {
		p.put(normal, "   esc shows all")
	} else {
		p.put(normal, "   / filter")
	}
	return true
}
