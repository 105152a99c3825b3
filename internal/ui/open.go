package ui

import (
	"example.com/tufinspect/internal/engine"
)

// How one view leads to what another shows.

// openItem shows the detail of a file in the first view, whether its filter shows the
// file or not.
func (m *model) openItem(id engine.ItemID) {
	it := m.st.Item(id)
	v, ok := m.views[viewTargets].(*itemsView)
	if it == nil || !ok {
		return
	}
	before := m.list.keep
	m.list.keep = int32(id)
	m.rekept(int32(id))
	m.rekept(before)
	now := m.clock()
	m.list.sort(now)
	if row := m.list.find(int32(id)); row != none {
		m.list.move(row-m.list.row, now)
	}
	v.show(m, true)
	m.show(viewTargets)
}
