package ui

import "example.com/tufinspect/internal/engine"

// pane is the detail of the item under the cursor: below the rows of a view, or on low
// screens instead of them. The views of items share its behaviour.
type pane struct {
	open bool
	back int // which attempt it shows: how many before the latest
	skip int // lines that are scrolled away
	page int // lines on screen
	from int // its first row on screen
}

// Heights of the pane when it stands below a table.
const (
	paneLeast = 15
	paneMost  = 26
)

// show opens or closes the pane.
func (v *pane) show(m *model, open bool) {
	v.open, v.back, v.skip = open, 0, 0
	m.list.hold(m.clock())
	v.hold(m)
}

// toggle opens the pane if there is an item to show, and closes it if it is open.
func (v *pane) toggle(m *model) { v.show(m, !v.open && m.list.cursor != none) }

// moved says that another item has come under the cursor.
func (v *pane) moved(m *model) {
	v.back, v.skip = 0, 0
	if v.open {
		v.hold(m)
	}
}

// stay ends the search for the item that was under the cursor before a recording was played
// anew: a person goes on from where the cursor is now, and its detail is closed.
func (v *pane) stay(m *model) {
	if m.list.sought != none {
		m.list.sought = none
		v.show(m, false)
	}
}

// hold keeps the item whose detail is open in the list, whatever becomes of it.
func (v *pane) hold(m *model) {
	before := m.list.keep
	m.list.keep = none
	if v.open {
		m.list.keep = m.list.cursor
	}
	m.rekept(before)
	m.rekept(m.list.keep) // it may just have ended as one that is not shown
}

// rekept takes over that an item is kept in the list, or is not any more.
func (m *model) rekept(id int32) {
	if id == none {
		return
	}
	if it := m.st.Item(engine.ItemID(id)); it != nil {
		m.regroup(it)
	}
}

// turn goes a page on or back, and tells whether there was something to turn.
func (v *pane) turn(m *model, a action) bool {
	if !v.open || m.list.cursor == none || m.typing != nil {
		return false
	}
	lines := max(1, v.page-2)
	if a == actPageUp {
		lines = -lines
	}
	v.skip = max(0, v.skip+lines)
	return true
}

// scroll moves the text if the row is one of the pane's.
func (v *pane) scroll(m *model, row, lines int) bool {
	if !v.open || m.list.cursor == none || m.list.sought != none || row < v.from || row > v.from+v.page {
		return false
	}
	v.skip = max(0, v.skip+lines)
	return true
}

// attempt shows an older or a newer attempt.
func (v *pane) attempt(m *model, a action) {
	it := m.current()
	if !v.open || it == nil {
		return
	}
	if a == actOlder {
		v.back = min(v.back+1, max(0, it.Tries()-1))
	} else {
		v.back = max(v.back-1, 0)
	}
}

// split draws the rows above the pane, or one of both where there is no room for two.
func (v *pane) split(m *model, rows int, above func(rows int)) {
	it := m.current()
	switch {
	case !v.open || it == nil || m.list.sought != none:
		above(rows)
	case m.height >= splitFrom:
		below := max(paneLeast, min(rows*paneShare(m, it)/30, paneMost))
		end := m.p.rows + rows
		above(rows - below)
		m.p.fill(end - below)
		v.draw(m, it, below)
	default:
		m.list.resize(rows - 1)
		v.draw(m, it, rows)
	}
}

// draw draws it from the line to which it was scrolled, and no further than to its
// last page.
func (v *pane) draw(m *model, it *engine.Item, rows int) {
	v.page, v.from = rows-1, m.p.rows
	if v.skip > 0 {
		p := &m.p
		length, before := len(p.buf), p.rows
		all := drawDetail(m, it, v.back, 0, rows)
		p.buf, p.rows = p.buf[:length], before
		v.skip = max(0, min(v.skip, all-v.page))
	}
	drawDetail(m, it, v.back, v.skip, rows)
}

// paneShare is how many of thirty rows the pane gets. Evidence needs more of them than
// a file that is well.
func paneShare(m *model, it *engine.Item) int {
	if m.st.Probes[it.ID] != nil || diagnosis(it) != nil {
		return 21
	}
	return 17
}

// footer is what the footer says while the pane is open.
func (v *pane) footer(m *model, a action) string {
	if !v.open || m.list.sought != none {
		return ""
	}
	switch it := m.current(); {
	case a == actOpen:
		return "close"
	case a == actOlder && it != nil && it.Tries() > 1:
		return "attempts"
	}
	return ""
}
