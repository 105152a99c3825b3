package ui

import (
	"fmt"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/trust"
)

// rolePage is one role with all that is known of it, and its file, in place of the
// tree. Of the files that were asked for only the last one is kept.
type rolePage struct {
	textPane
	open  bool
	role  trust.RoleID
	file  *trust.RoleFile // of the role, or nil
	why   string          // why there is none
	made  roleStamp       // what the role was like when it was asked for
	fresh bool            // the lines say what is known
	seek  *prompt

	asking bool // a file is being read
	asked  trust.RoleID
}

// roleStamp changes when a role's file, or what was made of it, is another one.
type roleStamp struct {
	state   trust.RoleState
	version int64
	sha256  string
}

func stampOf(r *trust.Role) roleStamp { return roleStamp{r.State, r.Version, r.SHA256} }

// show opens the page of a role.
func (g *rolePage) show(m *model, id trust.RoleID) {
	if g.role != id || g.file == nil {
		*g = rolePage{role: id, asking: g.asking, asked: g.asked}
	}
	g.open, g.fresh = true, false
	g.textPane.hit, g.needle, g.seek = 0, "", nil
	g.row, g.top = 0, 0
	g.ask(m)
}

// rewound forgets the file: the role is not known yet. It is asked for when it is.
func (g *rolePage) rewound() { g.file, g.why, g.made, g.fresh = nil, "", roleStamp{}, false }

// ask has the role's file read, unless it was since it is as it is. One is read at a
// time: the next is asked for when that has been answered.
func (g *rolePage) ask(m *model) {
	r := m.st.Role(g.role)
	if r == nil || g.asking || stampOf(r) == g.made && (g.file != nil || g.why != "") {
		return
	}
	g.fresh = false
	if m.over {
		if g.file == nil {
			g.why = g.tooLate(m)
		}
		return
	}
	g.made, g.why = stampOf(r), ""
	g.asking, g.asked = true, g.role
	m.send(engine.ReadRole{Role: g.role})
}

func (g *rolePage) tooLate(m *model) string {
	if m.tape.on {
		return "the recording is closed: the file cannot be read any more"
	}
	return "the run has ended: the file cannot be read any more"
}

// changed says that something is new about a role.
func (g *rolePage) changed(m *model, id trust.RoleID) {
	if g.open && g.role == id {
		g.ask(m)
	}
}

// heard takes the file, or why there is none.
func (g *rolePage) heard(m *model, b engine.Body) {
	switch b := b.(type) {
	case engine.RoleRead:
		if b.Role == g.role && (g.open || g.asking && g.asked == b.Role) {
			g.file, g.why, g.fresh = &b.File, "", false
		}
	case engine.CommandDone:
		c, ok := b.Command.(engine.ReadRole)
		if !ok {
			return
		}
		g.asking = false
		if c.Role == g.role {
			g.fresh = false
			if b.Err != "" {
				g.why = b.Err
			}
		}
		if g.open {
			g.ask(m)
		}
	}
}

func (g *rolePage) act(m *model, a action) {
	switch a {
	case actOpen, actBack:
		g.open = false
		g.lines, g.rows, g.fresh = nil, nil, false
	case actFilter:
		m.typing = g.prompt(m)
	case actNextHit, actPrevHit:
		by := 1
		if a == actPrevHit {
			by = -1
		}
		if !g.next(by) {
			m.news.answer("nothing was looked for, or found: / finds text in this page", m.clock())
		}
	default:
		g.textPane.act(a)
	}
}

// prompt is the line in which is typed what to look for.
func (g *rolePage) prompt(m *model) *prompt {
	if g.seek == nil {
		g.seek = &prompt{
			help:    "text to find in this page; n and N go on",
			undo:    "stop looking",
			changed: func(text string) { g.lay(m); g.find(text) },
			found:   g.found,
		}
	}
	return g.seek
}

// lay makes the lines if something is new.
func (g *rolePage) lay(m *model) {
	if g.fresh && g.width == m.width && !(m.over && g.asking) {
		return
	}
	if m.over && g.asking { // nobody will answer
		g.asking = false
		if g.file == nil {
			g.why = g.tooLate(m)
		}
	}
	g.fresh = true
	w := pageWriter{m: m, g: g, r: m.st.Role(g.role)}
	g.set(w.write(), m.width)
}

func (g *rolePage) draw(m *model, rows int) {
	p := &m.p
	g.lay(m)
	g.resize(len(g.rows), rows-1)
	title := fmt.Sprintf("role %d", g.role)
	if r := m.st.Role(g.role); r != nil {
		title = r.Name
		if r.Version > 0 {
			title += fmt.Sprintf(" v%d", r.Version)
		}
	}
	where := ""
	if g.n > g.height {
		where = fmt.Sprintf(" %d-%d of %s ", g.top+1, g.end(), measure.Digits(g.n))
	}
	if hits := g.found(); hits != "" {
		where = " " + hits + " " + p.g.rule + where
	}
	p.put(faint, p.g.rule+" ")
	p.put(bold, p.middle(title, m.width-6-widthOf(where)))
	p.space(1)
	p.repeat(faint, p.g.rule, m.width-p.col-1-widthOf(where))
	p.put(faint, where)
	p.end()
	g.textPane.draw(m, rows-1)
}

func (g *rolePage) click(row int) {
	if i := g.top + row - 1; row > 0 && row <= g.height && i < g.n {
		g.to(i)
	}
}

func (g *rolePage) footer(a action) string {
	switch a {
	case actOpen:
		return "close"
	case actFilter:
		return "find"
	case actProblems:
		return "-"
	case actNextHit:
		if len(g.hits) > 0 {
			return "next hit"
		}
	}
	return ""
}

// copy gives the address of the role's file, or the line under the cursor.
func (g *rolePage) copy(m *model, line bool) string {
	if line {
		return g.line()
	}
	if r := m.st.Role(g.role); r != nil {
		return m.trustView().urlOf(m, r)
	}
	return ""
}
