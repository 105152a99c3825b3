package ui

import (
	"fmt"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

// itemsView is the main view: the files as a table, and the detail of the one under
// the cursor below or instead of it.
type itemsView struct {
	open bool // the detail
	back int  // which attempt the detail shows: how many before the latest
	skip int  // lines of the detail that are scrolled away
	page int  // lines of the detail on screen
}

// Heights of the detail when it stands below the table.
const (
	detailLeast = 15
	detailMost  = 26
)

func (v *itemsView) act(m *model, a action) {
	now := m.clock()
	row := m.list.cursor
	switch a {
	case actUp:
		m.list.move(-1, now)
	case actDown:
		m.list.move(1, now)
	case actPageUp, actPageDown:
		v.turn(m, a)
	case actHalfUp:
		m.list.move(-max(1, m.list.height/2), now)
	case actHalfDown:
		m.list.move(max(1, m.list.height/2), now)
	case actTop:
		m.list.release(now)
	case actBottom:
		m.list.move(len(m.list.rows), now)
	case actOpen:
		v.show(m, !v.open && m.list.cursor != none)
	case actBack:
		if v.open {
			v.show(m, false)
		} else if m.filter.active() {
			m.clearFilter()
		}
	case actOlder, actNewer:
		v.attempt(m, a)
	case actCancel, actRetry, actFirst, actProbe:
		v.command(m, a)
	}
	if m.list.cursor != row {
		v.back, v.skip = 0, 0
		if v.open {
			v.hold(m)
		}
	}
}

// show opens or closes the detail.
func (v *itemsView) show(m *model, open bool) {
	v.open, v.back, v.skip = open, 0, 0
	m.list.hold(m.clock())
	v.hold(m)
}

// turn goes a page on or back: in the detail, if it is open, else in the list.
func (v *itemsView) turn(m *model, a action) {
	by, lines := m.list.height, max(1, v.page-2)
	if a == actPageUp {
		by, lines = -by, -lines
	}
	if v.open && m.list.cursor != none && !m.typing {
		v.skip = max(0, v.skip+lines)
		return
	}
	m.list.move(by, m.clock())
}

// hold keeps the item whose detail is open in the list, whatever becomes of it.
func (v *itemsView) hold(m *model) {
	before := m.list.keep
	m.list.keep = none
	if v.open {
		m.list.keep = m.list.cursor
	}
	if it := m.st.Item(engine.ItemID(max(before, 0))); before != none && it != nil {
		m.regroup(it)
	}
}

func (v *itemsView) attempt(m *model, a action) {
	it := m.current()
	if !v.open || it == nil {
		return
	}
	if a == actOlder {
		v.back = min(v.back+1, max(0, len(it.Attempts)-1))
	} else {
		v.back = max(v.back-1, 0)
	}
}

// command acts on the item under the cursor. An item that came there by
// itself a moment ago may not be the one that was meant.
func (v *itemsView) command(m *model, a action) {
	it := m.current()
	if it == nil {
		return
	}
	now := m.clock()
	fresh := !m.list.swapped.IsZero() && now.Sub(m.list.swapped) < settledRow
	m.list.hold(now)
	if fresh {
		m.news.answer("another row has just come under the cursor, which stays on it now: press the key again", now)
		return
	}
	ids := []engine.ItemID{it.ID}
	switch a {
	case actCancel:
		m.send(engine.Cancel{Items: ids})
	case actRetry:
		m.send(engine.Retry{Items: ids, NoCache: wrongBytes(it)})
	case actFirst:
		m.send(engine.Prioritise{Items: ids})
	case actProbe:
		if !v.open {
			v.show(m, true) // what the network says stands there
		}
		m.send(engine.Probe{Item: it.ID})
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

func (v *itemsView) footer(m *model, a action) string {
	if !v.open {
		return ""
	}
	switch it := m.current(); {
	case a == actOpen:
		return "close"
	case a == actOlder && it != nil && len(it.Attempts) > 1:
		return "attempts"
	}
	return ""
}

func (v *itemsView) draw(m *model, rows int) {
	it := m.current()
	switch {
	case !v.open || it == nil:
		v.drawTable(m, rows)
	case m.height >= splitFrom:
		below := max(detailLeast, min(rows*detailShare(m, it)/30, detailMost))
		end := m.p.rows + rows
		v.drawTable(m, rows-below)
		m.p.fill(end - below)
		v.drawDetail(m, it, below)
	default:
		m.list.resize(rows - 1)
		v.drawDetail(m, it, rows)
	}
}

// drawDetail draws it from the line to which it was scrolled, and no further than to
// its last page.
func (v *itemsView) drawDetail(m *model, it *engine.Item, rows int) {
	v.page = rows - 1
	if v.skip > 0 {
		p := &m.p
		length, before := len(p.buf), p.rows
		all := drawDetail(m, it, v.back, 0, rows)
		p.buf, p.rows = p.buf[:length], before
		v.skip = max(0, min(v.skip, all-v.page))
	}
	drawDetail(m, it, v.back, v.skip, rows)
}

// detailShare is how many of thirty rows the detail gets. Evidence needs more of
// them than a file that is well.
func detailShare(m *model, it *engine.Item) int {
	if m.st.Probes[it.ID] != nil || diagnosis(it) != nil {
		return 21
	}
	return 17
}

func (v *itemsView) drawTable(m *model, rows int) {
	p := &m.p
	m.list.resize(rows - 1)
	c := columnsAt(m.width)
	v.drawHead(m, c)
	if len(m.list.rows) == 0 {
		p.space(2)
		p.put(faint, m.emptyText())
		p.end()
		return
	}
	now := m.now()
	last := min(m.list.top+m.list.height, len(m.list.rows))
	for i := m.list.top; i < last; i++ {
		it := &m.st.Items[m.list.rows[i]]
		if i == m.list.row {
			p.mark()
			p.put(normal, p.g.cursor+" ")
		} else {
			p.space(2)
		}
		m.drawRow(it, c, now)
		p.end()
	}
}

// emptyText says why there is no row.
func (m *model) emptyText() string {
	switch {
	case m.filter.active() && len(m.st.Items) > 0 && len(m.filter.terms) == 0:
		return "no problems so far; ! shows all"
	case m.filter.active():
		return "nothing matches; esc shows all"
	case m.over && len(m.st.Items) == 0:
		return "the run ended before a file was looked at"
	case len(m.st.Items) == 0:
		return "no file is known yet"
	}
	return "nothing to show: no target files have been found"
}

func (v *itemsView) drawHead(m *model, c columns) {
	p := &m.p
	p.space(2)
	title := "TARGET"
	if n := len(m.list.rows); n > m.list.height {
		title += fmt.Sprintf("  %d-%d of %d", m.list.top+1, min(m.list.top+m.list.height, n), n)
	}
	switch {
	case m.filter.problems && len(m.filter.terms) > 0:
		title += "  problems only, /" + m.editor.String()
	case m.filter.problems:
		title += "  problems only"
	case len(m.filter.terms) > 0:
		title += "  /" + m.editor.String()
	}
	p.cell(bold, title, c.name)
	p.space(1)
	if c.state == 0 {
		p.space(2)
		p.put(bold, "REASON")
		p.end()
		return
	}
	if c.role > 0 {
		p.cell(bold, "ROLE", c.role)
	}
	p.cell(bold, "STATE", c.state)
	if c.short {
		p.cell(bold, "PROGRESS/REASON", c.reason)
	} else {
		p.cell(bold, "PROGRESS / REASON", c.reason)
	}
	if c.rate > 0 {
		p.right(bold, "RATE/FAULT", c.rate)
	}
	p.right(bold, "AGE", c.age)
	p.right(bold, "TRY", c.try+boolInt(c.short))
	p.end()
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
