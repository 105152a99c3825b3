package ui

import (
	"fmt"
	"strings"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
)

// What a person does with the rows of items, in whichever view they stand: moving,
// filtering, marking, and acting on what is marked.

// actOnItems carries out what means the same in all views of items.
func (m *model) actOnItems(v *pane, a action) {
	now := m.clock()
	switch a {
	case actUp, actWheelUp:
		m.list.move(-1, now)
	case actDown, actWheelDown:
		m.list.move(1, now)
	case actPageUp:
		m.list.move(-m.list.height, now)
	case actPageDown:
		m.list.move(m.list.height, now)
	case actHalfUp:
		m.list.move(-max(1, m.list.height/2), now)
	case actHalfDown:
		m.list.move(max(1, m.list.height/2), now)
	case actTop:
		m.list.release(now)
	case actBottom:
		m.list.move(len(m.list.rows), now)
	case actNextHit:
		m.nextProblem(1)
	case actPrevHit:
		m.nextProblem(-1)
	case actBack:
		if v.open {
			v.show(m, false)
		} else if m.filter.active() {
			m.clearFilter()
		}
	case actFilter:
		m.typing = &m.find
	case actProblems:
		m.filter.problems = !m.filter.problems
		m.refilter()
	case actSort:
		m.sortBy((m.list.by + 1) % numCriteria)
	case actSortBack:
		m.list.reverse = !m.list.reverse
		m.sortBy(m.list.by)
	case actMark:
		m.markOne()
	case actMarkAll:
		m.markAll()
	case actMarkNone:
		m.list.unmark()
	case actCancel, actRetry, actFirst, actProbe:
		m.command(v, a)
	}
}

// found says how many rows the filter has left of those that there are without one. A
// filter finds metadata that is verified too, which has no row otherwise.
func (m *model) found() string {
	well := 0
	for _, id := range m.tally.files {
		well += boolInt(m.tally.seen[id] == face(engine.Verified) && m.list.groups[id] != hidden)
	}
	all := m.st.Items.Len() - m.tally.metadata[engine.Verified]
	if !m.filter.byState {
		all -= m.st.Counts[engine.Skipped]
	}
	text := fmt.Sprintf("%d of %d", m.list.shown()-well, all)
	if well > 0 {
		text += fmt.Sprintf(" and %d of metadata", well)
	}
	return text
}

// nextProblem moves to the next row that a person may want to do something about, in
// one direction or the other, and past the end to the other one.
func (m *model) nextProblem(by int) {
	l := &m.list
	n := len(l.rows)
	for i := 1; i <= n; i++ {
		row := ((l.row+by*i)%n + n) % n
		switch l.groups[l.rows[row]] {
		case groupFailed, groupUntrusted, groupUnchecked, groupStalled, groupSlow, groupRetrying, groupCancelled:
			l.move(row-l.row, m.clock())
			return
		}
	}
	m.news.answer("no row here is in trouble", m.clock())
}

// markOne marks the row under the cursor, or takes its mark away, and goes on to the
// next.
func (m *model) markOne() {
	if l := &m.list; l.cursor != none {
		l.mark(l.cursor, !l.marked[l.cursor])
		l.move(1, m.clock())
	}
}

// markAll marks all that is shown.
func (m *model) markAll() {
	for _, id := range m.list.rows {
		m.list.mark(id, true)
	}
	m.list.hold(m.clock())
}

// drawMark writes the cell between the cursor and a row.
func (m *model) drawMark(it *engine.Item) {
	if m.list.marked[it.ID] {
		m.p.put(bold, m.p.g.mark)
	} else {
		m.p.space(1)
	}
}

// chosen are the items that an action is meant for: the marked ones or, without marks,
// the one under the cursor.
func (m *model) chosen() []engine.ItemID {
	l := &m.list
	if l.marks == 0 {
		if l.cursor == none {
			return nil
		}
		return []engine.ItemID{engine.ItemID(l.cursor)}
	}
	ids := make([]engine.ItemID, 0, l.marks)
	for id, on := range l.marked {
		if on {
			ids = append(ids, engine.ItemID(id))
		}
	}
	return ids
}

// command acts on the chosen items. One that came under the cursor by itself a moment
// ago may not be the one that was meant.
func (m *model) command(v *pane, a action) {
	now := m.clock()
	fresh := !m.list.swapped.IsZero() && now.Sub(m.list.swapped) < settledRow
	m.list.hold(now)
	if fresh && (m.list.marks == 0 || a == actProbe) {
		m.news.answer("another row has just come under the cursor, which stays on it now: press the key again", now)
		return
	}
	if a == actProbe { // one at a time, whatever is marked
		if it := m.current(); it != nil {
			if !v.open {
				v.show(m, true) // what the network says stands there
			}
			m.send(engine.Probe{Item: it.ID})
		}
		return
	}
	ids := m.chosen()
	if len(ids) == 0 {
		return
	}
	switch a {
	case actCancel:
		if n := m.live(ids); n == 0 && len(ids) > 1 {
			m.news.answer("nothing to cancel: all "+measure.Count(len(ids), "marked file")+" have ended", now)
			return
		}
		m.confirm("cancel", len(ids), func() { m.send(engine.Cancel{Items: ids}) })
	case actRetry:
		m.confirm("retry", len(ids), func() { m.retry(ids) })
	case actFirst:
		m.send(engine.Prioritise{Items: ids})
	}
}

// live is how many of these items have not ended.
func (m *model) live(ids []engine.ItemID) int {
	n := 0
	for _, id := range ids {
		if it := m.st.Item(id); it != nil && !it.State.Ended() {
			n++
		}
	}
	return n
}

// confirm asks before something is done to more than one item, or to one that cannot
// be seen.
func (m *model) confirm(verb string, n int, do func()) {
	unseen := m.list.marksHidden
	if n == 1 && unseen == 0 {
		do()
		return
	}
	text := verb + " " + measure.Count(n, "marked file")
	switch {
	case unseen == 0:
	case unseen < n:
		text += fmt.Sprintf(", %s of them hidden", measure.Digits(unseen))
	case n == 1:
		text += ", which is hidden"
	default:
		text += ", all of them hidden"
	}
	m.ask = &question{text: text + "? y/N", yes: do}
}

// retry asks for what may be an old copy past the caches.
func (m *model) retry(ids []engine.ItemID) {
	var plain, fresh []engine.ItemID
	for _, id := range ids {
		if it := m.st.Item(id); it != nil && wrongBytes(it) {
			fresh = append(fresh, id)
		} else {
			plain = append(plain, id)
		}
	}
	if len(plain) > 0 {
		m.send(engine.Retry{Items: plain})
	}
	if len(fresh) > 0 {
		m.send(engine.Retry{Items: fresh, NoCache: true})
	}
}

// wrongBytes tells whether an item's problem may be a cache that serves something
// old.
func wrongBytes(it *engine.Item) bool {
	if it.Problem == nil {
		return false
	}
	switch it.Problem.Kind {
	case finding.WrongHash, finding.WrongLength, finding.MetadataHash, finding.VersionMismatch, finding.Missing:
		return true
	}
	return false
}

// narrowed says what the rows were chosen by and how they are sorted, for the title of
// their table.
func (m *model) narrowed() string {
	var parts []string
	if n := m.list.marks; n > 0 {
		text := measure.Digits(n) + " marked"
		if unseen := m.list.marksHidden; unseen > 0 {
			text += fmt.Sprintf(", %s hidden", measure.Digits(unseen))
		}
		parts = append(parts, text)
	}
	if m.filter.problems {
		parts = append(parts, "problems only")
	}
	if len(m.filter.terms) > 0 {
		parts = append(parts, "/"+m.find.String())
	}
	if m.sorting != nil {
		parts = append(parts, "sorting by "+m.list.by.String()+m.p.g.ellipsis)
	} else if m.list.by != byNeed {
		order := "by " + m.list.by.String()
		if m.list.reverse {
			order += ", reversed"
		}
		parts = append(parts, order)
	} else if m.list.reverse {
		parts = append(parts, "reversed")
	}
	if len(parts) == 0 {
		return ""
	}
	return "  " + strings.Join(parts, "  ")
}

// copyItem is what c and C take of the item under the cursor.
func (m *model) copyItem(line bool) string {
	it := m.current()
	switch {
	case it == nil:
		return ""
	case !line:
		return nameOf(it)
	}
	text := faceOf(it).String() + "  " + nameOf(it)
	if why := problemText(it); why != "" {
		text += ": " + why
	}
	if d := diagnosis(it); d != nil {
		text += " (" + d.Label + ")"
	}
	if u := it.URL(); u != "" {
		text += "  " + u
	}
	return text
}
