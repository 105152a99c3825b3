package ui

import (
	"fmt"
	"slices"
	"strings"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/trust"
)

// trustView is the view of the roles: who delegates to whom, what has become of each,
// and why. One of them can be opened: then its page takes the place of the tree.
type trustView struct {
	scroller
	tree     tree
	cursor   rowKey // what the cursor is on; its row follows it
	away     bool   // that is not there yet: the recording is played anew
	centre   bool   // the cursor was sent to a role, which is to be seen with its neighbours
	problems bool   // only roles that a person may want to do something about
	words    []string
	find     *prompt
	page     rolePage
	files    map[string][]engine.ItemID // metadata files by the role's name
	filed    int                        // items that were looked at for them
}

// trustView is the one of this model, on screen or not.
func (m *model) trustView() *trustView {
	v, _ := m.views[viewTrust].(*trustView)
	return v
}

// heard is told of every event.
func (v *trustView) heard(m *model, b engine.Body) {
	switch b := b.(type) {
	case engine.RunStarted, engine.AnchorChosen:
		v.stale()
	case engine.FindingRaised:
		if b.About || b.Withdrawn { // one is taken back by what it says, not by whom it is about
			v.stale()
		}
	case engine.RoleChanged:
		v.stale()
		v.page.changed(m, b.Role.ID)
	case engine.ItemsFound, engine.StateChanged:
		// While a role is fetched its page says how that goes on.
		if r := m.st.Role(v.page.role); v.page.open && r != nil && r.State == trust.Fetching {
			v.page.fresh = false
		}
	case engine.CommandDone:
		if !b.Past { // else somebody else has asked for it, in a run that is over
			v.page.heard(m, b)
		}
	default:
		v.page.heard(m, b)
	}
}

// rewound forgets the roles. The cursor comes back to its own.
func (v *trustView) rewound() {
	v.stale()
	v.tree.rows, v.files, v.filed = v.tree.rows[:0], nil, 0
	v.away = v.cursor != rowKey{}
	v.page.rewound()
}

func (v *trustView) stale() { v.tree.fresh, v.page.fresh = false, false }

// showRole shows the roles with the cursor on one of them.
func (m *model) showRole(id trust.RoleID) {
	v := m.trustView()
	r := m.st.Role(id)
	if r == nil {
		return
	}
	v.page.open = false
	v.clear()
	m.show(viewTrust)
	v.unfold(m, id)
}

// unfold puts the cursor on a role, and opens the group that it is in.
func (v *trustView) unfold(m *model, id trust.RoleID) {
	v.cursor, v.centre, v.away = rowKey{id: id}, true, false
	t := v.lines(m)
	for i := range t.rows {
		if row := &t.rows[i]; row.kind == groupRow && slices.Contains(row.group.ids, id) {
			v.fold(row.group, true)
		}
	}
	v.follow(m)
}

// fold opens a group or closes it.
func (v *trustView) fold(gr *bunch, open bool) {
	if v.tree.opened == nil {
		v.tree.opened = map[groupKey]bool{}
	}
	v.tree.opened[gr.key] = open
	v.stale()
}

func (v *trustView) act(m *model, a action) {
	if v.page.open {
		v.page.act(m, a)
		return
	}
	v.follow(m)
	if v.away { // a person goes on from where the cursor is now
		v.away = false
		v.settle(true)
	}
	switch a {
	case actOpen:
		v.enter(m)
	case actBack:
		v.clear()
	case actProblems:
		v.problems = !v.problems
		v.stale()
	case actFilter:
		m.typing = v.prompt(m)
	case actNextHit:
		v.jump(m, 1)
	case actPrevHit:
		v.jump(m, -1)
	default:
		before := v.row
		if v.scroller.act(a) {
			v.settle(v.row < before || a == actTop)
		}
	}
}

// enter opens the role or the group under the cursor.
func (v *trustView) enter(m *model) {
	row := v.at()
	switch {
	case row == nil:
	case row.kind == groupRow:
		v.fold(row.group, !row.group.open)
	default:
		v.page.show(m, row.id)
	}
}

// at is the row under the cursor, or nil.
func (v *trustView) at() *treeRow {
	if v.row < 0 || v.row >= len(v.tree.rows) {
		return nil
	}
	return &v.tree.rows[v.row]
}

// settle takes the cursor off a cause, up or down to the next row that it can stand
// on, and shows the causes below that.
func (v *trustView) settle(up bool) {
	rows := v.tree.rows
	if len(rows) == 0 {
		return
	}
	row := v.row
	for !up && row < len(rows) && rows[row].kind == causeRow {
		row++
	}
	if row >= len(rows) {
		row = v.row
	}
	for row > 0 && rows[row].kind == causeRow {
		row--
	}
	v.to(row)
	last := row
	for last+1 < len(rows) && rows[last+1].kind == causeRow {
		last++
	}
	v.top = max(v.top, min(row, last-v.height+1))
	v.cursor = rows[row].key()
}

// follow takes over what has become of the tree: the cursor stays on its role, and the
// role on its line of the screen.
func (v *trustView) follow(m *model) {
	t := v.lines(m)
	v.n = len(t.rows)
	if row := v.at(); row != nil && row.kind != causeRow && row.key() == v.cursor {
		v.to(v.row)
		v.away = false
		return
	}
	if v.cursor == (rowKey{}) && v.row == 0 {
		v.settle(false)
		return
	}
	cursor := v.cursor
	if at := v.sought(); at >= 0 {
		v.top += at - v.row
		v.row, v.away = at, false
	}
	v.to(v.row)
	v.settle(true)
	if v.away {
		v.cursor = cursor
	}
}

// sought is the row that the cursor belongs to: that of its role, or of the group in
// which that is now; -1 if it is not to be seen.
func (v *trustView) sought() int {
	in := -1
	for i := range v.tree.rows {
		row := &v.tree.rows[i]
		switch {
		case row.kind == causeRow:
		case row.key() == v.cursor:
			return i
		case row.kind == groupRow && in < 0 && slices.Contains(row.group.ids, v.cursor.id):
			in = i
		}
	}
	return in
}

// jump goes to the next row that was asked for, or that a person may want to do
// something about, and past the end to the first one.
func (v *trustView) jump(m *model, by int) {
	rows := v.tree.rows
	n := len(rows)
	for i := 1; i <= n; i++ {
		at := ((v.row+by*i)%n + n) % n
		row := &rows[at]
		hit := row.wants
		if len(v.words) > 0 {
			hit = row.kind == roleRow && !row.among
		}
		if hit {
			v.to(at)
			v.settle(true)
			return
		}
	}
	m.news.answer("no role here is in trouble", m.clock())
}

// prompt is the line in which the words of a name are typed.
func (v *trustView) prompt(m *model) *prompt {
	if v.find == nil {
		v.find = &prompt{
			help:    "words of a role's name",
			changed: func(text string) { v.seek(m, text) },
			found:   func() string { t := v.lines(m); return fmt.Sprintf("%d of %d", t.matches, t.roles) },
		}
	}
	return v.find
}

// seek shows the roles with all words in their names, and those above them. The cursor
// goes to the first one, unless it is on one already.
func (v *trustView) seek(m *model, text string) {
	v.words = strings.Fields(strings.ToLower(text))
	v.stale()
	v.follow(m)
	if row := v.at(); len(v.words) > 0 && v.tree.matches > 0 && row != nil && row.among {
		v.jump(m, 1)
	}
}

// clear shows all roles.
func (v *trustView) clear() {
	if v.find != nil {
		v.find.set("")
	}
	v.words, v.problems = nil, false
	v.stale()
}

// narrowed says what was asked for; "" if nothing was.
func (v *trustView) narrowed() string {
	text := ""
	if v.problems {
		text += "  problems only"
	}
	if len(v.words) > 0 {
		text += "  /" + strings.Join(v.words, " ")
	}
	return text
}

func (v *trustView) click(_ *model, row int) {
	if v.page.open {
		v.page.click(row)
		return
	}
	if i := v.top + row - 1; row > 0 && row <= v.height && i < v.n {
		v.to(i)
		v.away = false
		v.settle(true)
	}
}

func (v *trustView) footer(m *model, a action) string {
	if v.page.open {
		return v.page.footer(a)
	}
	if a == actOpen {
		switch row := v.at(); {
		case row == nil:
			return "-"
		case row.kind == groupRow && row.group.open:
			return "close"
		}
		return "open"
	}
	return ""
}

func (v *trustView) copy(m *model, line bool) string {
	if v.page.open {
		return v.page.copy(m, line)
	}
	v.follow(m)
	row := v.at()
	if row == nil || row.kind != roleRow {
		return ""
	}
	r := m.st.Role(row.id)
	switch {
	case r == nil:
		return ""
	case line:
		return v.lineOf(m, r)
	}
	return v.urlOf(m, r)
}
