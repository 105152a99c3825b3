package ui

import "fmt"

// itemsView is the main view: the files as a table, and the detail of the one under
// the cursor.
type itemsView struct {
	pane
}

func (v *itemsView) act(m *model, a action) {
	v.stay(m)
	row := m.list.cursor
	switch a {
	case actOpen:
		v.toggle(m)
	case actOlder, actNewer:
		v.attempt(m, a)
	case actPageUp, actPageDown:
		if !v.turn(m, a) {
			m.actOnItems(&v.pane, a)
		}
	default:
		m.actOnItems(&v.pane, a)
	}
	if m.list.cursor != row {
		v.moved(m)
	}
}

func (v *itemsView) footer(m *model, a action) string { return v.pane.footer(m, a) }

func (v *itemsView) draw(m *model, rows int) {
	v.split(m, rows, func(rows int) { v.drawTable(m, rows) })
}

func (v *itemsView) click(m *model, row int) {
	v.stay(m)
	if i := m.list.top + row - 1; row > 0 && i < len(m.list.rows) && row <= m.list.height && (!v.open || m.height >= splitFrom) {
		m.list.move(i-m.list.row, m.clock())
		v.moved(m)
	}
}

func (v *itemsView) copy(m *model, line bool) string { return m.copyItem(line) }

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
		it := m.st.Items.At(int(m.list.rows[i]))
		p.gutter(i == m.list.row)
		m.drawMark(it)
		m.drawRow(it, c, now)
		p.end()
	}
}

// emptyText says why there is no row.
func (m *model) emptyText() string {
	switch {
	case m.filter.active() && m.st.Items.Len() > 0 && len(m.filter.terms) == 0:
		return "no problems so far; ! shows all"
	case m.filter.active():
		return "nothing matches; esc shows all"
	case m.over && m.st.Items.Len() == 0:
		return "the run ended before a file was looked at"
	case m.st.Items.Len() == 0:
		return "no file is known yet"
	}
	return "nothing to show: no target files have been found"
}

func (v *itemsView) drawHead(m *model, c columns) {
	p := &m.p
	p.space(2)
	title, chosen, room := "TARGET", m.narrowed(), c.name
	if n := len(m.list.rows); n > m.list.height {
		part := fmt.Sprintf("  %d-%d of %d", m.list.top+1, min(m.list.top+m.list.height, n), n)
		if chosen == "" || widthOf(title+part+chosen) <= room {
			title += part
		}
	}
	// What the rows were chosen by is not to be guessed; what roles are is.
	title += chosen
	if widthOf(title) > room && c.role > 0 {
		room, c.role = room+c.role, 0
	}
	p.cell(bold, title, room)
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
		head := "RATE/FAULT"
		if m.list.by == bySize {
			head = "SIZE"
		}
		p.right(bold, head, c.rate)
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
