package ui

import (
	"fmt"

	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/report"
)

func (v *trustView) draw(m *model, rows int) {
	if v.page.open {
		v.page.draw(m, rows)
		return
	}
	p := &m.p
	end := p.rows + rows
	below := 0
	if m.height >= tallHeader {
		below = 1
		if len(m.st.Clients) > 0 {
			below = 2
		}
	}
	v.height = max(1, rows-1-below)
	v.follow(m)
	if v.centre && (v.row < v.top || v.row >= v.end()-1 || v.row == v.top) {
		v.top = v.row - v.height/2
		v.to(v.row)
	}
	v.centre = false
	c := treeColumnsAt(m.width, v.tree.version)
	v.drawHead(m, c)
	if len(v.tree.rows) == 0 {
		p.space(2)
		p.put(faint, v.emptyText(m))
		p.end()
	}
	for i := v.top; i < v.end(); i++ {
		row := &v.tree.rows[i]
		p.gutter(i == v.row)
		p.space(1)
		v.drawRow(m, row, c)
		p.end()
	}
	if below > 0 {
		p.fill(end - below)
		v.drawFoot(m)
	}
	if below > 1 {
		p.space(2)
		p.put(faint, p.cut("clients: "+report.ClientLine(m.st.Clients), max(0, m.width-3)))
		p.end()
	}
}

// emptyText says why there is no row.
func (v *trustView) emptyText(m *model) string {
	switch {
	case len(m.st.Roles) > 0 && len(v.words) == 0:
		return "no role is in trouble so far; ! shows all"
	case len(m.st.Roles) > 0:
		return "nothing matches; esc shows all"
	case m.over:
		return "the run ended before a role was looked at"
	}
	return "no role is known yet: the repository is still looked for"
}

// drawFoot says how much there is of what, below the roles.
func (v *trustView) drawFoot(m *model) {
	p, t := &m.p, &v.tree
	p.space(2)
	roles, roots := measure.Count(t.roles, "role"), ""
	text := v.narrowed()
	switch {
	case text != "":
		roles = measure.Digits(t.matches) + " of " + roles
	case len(t.roots) > 1:
		roots = fmt.Sprintf(", %s versions of the root", measure.Digits(len(t.roots)))
	}
	if text == "" && t.troubled > 0 {
		text = fmt.Sprintf(", %s to look at: n goes there, ! hides the rest", measure.Digits(t.troubled))
	}
	if v.n > v.height {
		text += fmt.Sprintf("  lines %s-%s of %s", measure.Digits(v.top+1), measure.Digits(v.end()), measure.Digits(v.n))
	}
	if widthOf(roles+roots+text) > m.width-3 {
		roots = "" // the tree has a line for them
	}
	if t.roles > 0 {
		p.put(faint, roles+roots+text)
	}
	p.end()
}
