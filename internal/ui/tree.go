package ui

import (
	"cmp"
	"slices"
	"strconv"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// tree is the roles as lines, each below the role that delegates to it. It is made
// anew when a role or a finding about one has changed, and not for every frame: there
// may be tens of thousands of them.
type tree struct {
	fresh    bool
	first    trust.Role // that ends first: name and expiry; zero where that cannot be said
	width    int        // of the screen for which causes were cut into lines
	rows     []treeRow
	roles    int // there are; all versions of the root are one
	matches  int // of them, those that were asked for; their ancestors are shown too
	troubled int // rows that a person may want to do something about, each version of the root by itself
	version  int // cells of the longest version
	roots    []trust.RoleID
	opened   map[groupKey]bool
}

// rowKind is what a line of the tree is about.
type rowKind uint8

const (
	roleRow  rowKind = iota
	groupRow         // several roles in one line
	causeRow         // what is wrong with the role above it
)

// treeRow is a line of the tree. The cursor stands on roles and groups only.
type treeRow struct {
	kind  rowKind
	id    trust.RoleID // of the role that it is or is about; of a group, its first
	lead  string       // the branches before it
	among bool         // it is there for what is below it
	wants bool         // a person may want to do something about it
	group *bunch
	text  string // the whole cause, of which this is one line
	part  int
	style style
}

// key is what a row is recognised by when the tree is made anew.
func (r *treeRow) key() rowKey {
	if r.kind == groupRow {
		return rowKey{r.id, r.group.key}
	}
	return rowKey{id: r.id}
}

type rowKey struct {
	id    trust.RoleID
	group groupKey // of a group's line; else zero
}

// noteOf is the worst finding about a role, and how many there are.
type noteOf struct {
	worst *engine.FindingRaised
	n     int
}

// grower makes a tree.
type grower struct {
	m       *model
	v       *trustView
	t       *tree
	st      *engine.State
	kids    [][]trust.RoleID
	visible []bool // it or something below it was asked for
	matched []bool
	seen    []bool
	notes   map[trust.RoleID]noteOf
	trusted map[string]bool // of the names of refused roles: whether one is accepted under somebody
}

// lines gives the tree, made anew if anything in it has changed.
func (v *trustView) lines(m *model) *tree {
	t := &v.tree
	if t.fresh && t.width == m.width {
		return t
	}
	t.fresh, t.width = true, m.width
	t.first = trust.Role{}
	if r := trust.FirstToEnd(m.st.Roles); r != nil {
		t.first = trust.Role{Name: r.Name, Expires: r.Expires, Expired: r.Expired}
	}
	g := &grower{m: m, v: v, t: t, st: m.st, notes: notesByRole(m.st)}
	g.grow()
	return t
}

// notesByRole finds the worst finding about each role that its line does not say.
func notesByRole(st *engine.State) map[trust.RoleID]noteOf {
	notes := map[trust.RoleID]noteOf{}
	for n := range st.Notes.All() {
		if r := st.Role(n.Role); !n.About || r == nil || saidByRow(&n.Finding, r) {
			continue
		}
		o := notes[n.Role]
		if o.n == 0 || n.Finding.Severity > o.worst.Finding.Severity {
			o.worst = n
		}
		o.n++
		notes[n.Role] = o
	}
	return notes
}

func (g *grower) grow() {
	n := len(g.st.Roles)
	t := g.t
	t.rows, t.matches, t.troubled, t.version = t.rows[:0], 0, 0, 4
	t.roots = t.roots[:0]
	rootFits := false
	g.kids, g.visible, g.matched, g.seen = make([][]trust.RoleID, n), make([]bool, n), make([]bool, n), make([]bool, n)
	g.trust()
	root := topRole(g.st, "root")
	var roots, tops []trust.RoleID
	for i := range g.st.Roles {
		r := &g.st.Roles[i]
		if r.Version > 0 {
			t.version = max(t.version, min(1+len(strconv.FormatInt(r.Version, 10)), 12))
		}
		if g.matched[i] = g.fits(r); g.matched[i] && !(r.Parent == "" && rootFits) {
			t.matches++
			rootFits = rootFits || r.Parent == ""
		}
		if g.wants(r) {
			t.troubled++
		}
		if r.Parent == "" {
			t.roots = append(t.roots, r.ID)
		}
		parent := g.st.Role(r.ParentID)
		switch {
		case root != nil && r.ID == root.ID:
			tops = append(tops, r.ID)
		case r.Parent == "":
			roots = append(roots, r.ID)
		case root != nil && r.Parent == "root" && (parent == nil || parent.Parent == ""):
			g.kids[root.ID] = append(g.kids[root.ID], r.ID)
		case parent != nil && parent.ID != r.ID:
			g.kids[parent.ID] = append(g.kids[parent.ID], r.ID)
		default:
			tops = append(tops, r.ID) // its delegator has not been heard of
		}
	}
	t.roles = n - max(0, len(t.roots)-1)
	g.look(tops)
	g.look(roots)
	// What is left delegates to itself in a circle.
	for i := range g.st.Roles {
		if id := trust.RoleID(i); !g.seen[i] && !slices.Contains(roots, id) {
			g.look([]trust.RoleID{id})
			tops = append(tops, id)
		}
	}
	clear(g.seen)
	for _, id := range tops {
		if root != nil && id == root.ID {
			g.root(id, roots)
		} else {
			g.role(id, "", "")
		}
	}
}

// trust finds out which of the refused roles are accepted under somebody else.
func (g *grower) trust() {
	g.trusted = map[string]bool{}
	for i := range g.st.Roles {
		if r := &g.st.Roles[i]; r.State == trust.Refused || r.State == trust.Expired {
			g.trusted[r.Name] = false
		}
	}
	if len(g.trusted) == 0 {
		return
	}
	for i := range g.st.Roles {
		r := &g.st.Roles[i]
		if r.State != trust.Accepted {
			continue
		}
		if _, refused := g.trusted[r.Name]; refused {
			g.trusted[r.Name] = true
		}
	}
}

// look finds out which roles are to be seen.
func (g *grower) look(ids []trust.RoleID) (any bool) {
	for _, id := range ids {
		if g.seen[id] {
			continue
		}
		g.seen[id] = true
		below := g.look(g.kids[id])
		g.visible[id] = below || g.matched[id]
		any = any || g.visible[id]
	}
	return any
}

// fits tells whether a role is one that was asked for.
func (g *grower) fits(r *trust.Role) bool {
	if g.v.problems && !g.wants(r) {
		return false
	}
	for _, w := range g.v.words {
		if !contains(r.Name, w) {
			return false
		}
	}
	return true
}

// wants tells whether a person may want to do something about a role. One that ends
// soon is not in trouble before it does, and may be summed up with others.
func (g *grower) wants(r *trust.Role) bool {
	return inTrouble(r) || verdictOf(r) == roleSoon || g.noted(r.ID)
}

// root adds the current root, the other ones, and what is below it. Older roots that
// are well are one line.
func (g *grower) root(id trust.RoleID, others []trust.RoleID) {
	slices.SortStableFunc(others, func(a, b trust.RoleID) int {
		return cmp.Compare(g.st.Roles[a].Version, g.st.Roles[b].Version)
	})
	var old, wrong []trust.RoleID
	for _, other := range others {
		switch {
		case !g.visible[other]:
		case !g.narrowed() && !inTrouble(&g.st.Roles[other]) && !g.noted(other):
			old = append(old, other)
		default:
			wrong = append(wrong, other)
		}
	}
	kids := g.shown(id)
	if !g.visible[id] && len(old)+len(wrong)+len(kids) == 0 {
		return
	}
	g.seen[id] = true
	g.add(id, "", len(old)+len(wrong)+len(kids) > 0, "")
	left := len(kids)
	if len(old) > 0 {
		g.children(old, "", len(wrong)+left == 0, groupKey{id, oldRoots})
	}
	if len(wrong) > 0 {
		g.children(wrong, "", left == 0, groupKey{})
	}
	g.below(id, kids, "")
}

// role adds a role and what is below it.
func (g *grower) role(id trust.RoleID, lead, hang string) {
	if g.seen[id] || !g.visible[id] {
		return
	}
	g.seen[id] = true
	kids := g.shown(id)
	g.add(id, lead, len(kids) > 0, hang)
	g.below(id, kids, hang)
}

// shown are the roles below one that are to be seen.
func (g *grower) shown(id trust.RoleID) []trust.RoleID {
	kids := g.kids[id]
	if !g.narrowed() {
		return kids
	}
	return slices.DeleteFunc(slices.Clone(kids), func(k trust.RoleID) bool { return !g.visible[k] })
}

func (g *grower) narrowed() bool { return g.v.problems || len(g.v.words) > 0 }

// below adds the roles below one, neighbours that are well and alike in one line.
func (g *grower) below(id trust.RoleID, kids []trust.RoleID, hang string) {
	if len(g.v.words) > 0 {
		g.children(kids, hang, true, groupKey{})
		return
	}
	stems := g.stems(kids)
	for len(kids) > 0 {
		n := 1
		for stems[0] != "" && n < len(kids) && stems[n] == stems[0] {
			n++
		}
		key := groupKey{}
		if n >= alikeLeast && stems[0] != "" {
			key = groupKey{id, stems[0]}
		}
		g.children(kids[:n], hang, n == len(kids), key)
		kids, stems = kids[n:], stems[n:]
	}
}

// children adds neighbours: with a key of a group as one line, and below it as such if
// the group is open. last says that no other ones follow.
func (g *grower) children(ids []trust.RoleID, hang string, last bool, key groupKey) {
	gl := g.m.p.g
	if len(hang) > 1024 {
		hang = "" // deeper than any screen is wide
	}
	fork, more := hang+gl.tee+gl.rule+" ", hang+gl.trunk+"  "
	end, none := hang+gl.corner+gl.rule+" ", hang+"   "
	if key.stem != "" && len(ids) > 1 {
		gr := g.sum(ids, key)
		lead := fork
		if last && !gr.open {
			lead = end
		}
		g.t.rows = append(g.t.rows, treeRow{kind: groupRow, id: ids[0], lead: lead, group: gr, wants: gr.count[roleSoon] > 0})
		if !gr.open {
			for _, id := range ids {
				g.seen[id] = true
			}
			return
		}
	}
	for i, id := range ids {
		if last && i == len(ids)-1 {
			g.role(id, end, none)
		} else {
			g.role(id, fork, more)
		}
	}
}

// noted tells whether there is a finding about a role that its line does not say.
func (g *grower) noted(id trust.RoleID) bool {
	o := g.notes[id]
	return o.n > 0 && o.worst.Finding.Severity >= finding.Warning
}

// saidByRow tells whether a role's line, or the cause below it, says a finding already.
func saidByRow(f *finding.Finding, r *trust.Role) bool {
	return f.ID == finding.Expired || f.ID == finding.ExpiresSoon || f.Message == r.Problem
}

// add adds a role's line, and below it what is wrong with it.
func (g *grower) add(id trust.RoleID, lead string, branches bool, hang string) {
	r := &g.st.Roles[id]
	g.t.rows = append(g.t.rows, treeRow{kind: roleRow, id: id, lead: lead, among: !g.matched[id], wants: g.wants(r)})
	causes := g.causes(r)
	if len(causes) == 0 {
		return
	}
	if branches {
		hang += g.m.p.g.trunk
	} else {
		hang += " "
	}
	hang += "    "
	for _, c := range causes {
		n := len(wrap(c.text, causeRoom(g.m.width, hang), causeLines, g.m.p.g.ellipsis))
		for i := range n {
			g.t.rows = append(g.t.rows, treeRow{kind: causeRow, id: id, lead: hang, text: c.text, part: i, style: c.style})
		}
	}
}

// causeLines is on how many lines one cause is written.
const causeLines = 3

// causeRoom is how many cells of a line a cause has.
func causeRoom(width int, lead string) int { return max(20, width-3-widthOf(lead)) }
