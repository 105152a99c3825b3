package ui

import (
	"fmt"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/trust"
)

// topRoles are the roles of the header's trust line, in the order of trust.
var topRoles = [...]string{"root", "timestamp", "snapshot", "targets"}

// topRole finds the role of that name that counts, or nil.
func topRole(st *engine.State, name string) *trust.Role {
	var best *trust.Role
	for i := range st.Roles {
		r := &st.Roles[i]
		parent := "root"
		if name == "root" {
			parent = ""
		}
		if r.Name != name || r.Parent != parent {
			continue
		}
		// The root that clients end with; before that is known, the newest that was
		// found to be anything.
		if best == nil || r.Current && !best.Current || r.Current == best.Current && r.State != trust.Skipped && r.Version >= best.Version {
			best = r
		}
	}
	return best
}

// trustLine is what the header says of the roles, kept until a role changes: there
// may be thousands of them.
type trustLine struct {
	fresh     bool
	top       [len(topRoles)]trust.Role
	known     [len(topRoles)]bool
	silent    map[string]bool // roles whose file is stalled
	delegated []mark
}

// roles gives the summary of the roles.
func (m *model) roles() *trustLine {
	t := &m.trust
	if t.fresh {
		return t
	}
	t.fresh = true
	for i, name := range topRoles {
		r := topRole(m.st, name)
		if t.known[i] = r != nil; r != nil {
			t.top[i] = *r
		}
	}
	t.silent = nil
	for id := range m.tally.laggards {
		if it := m.st.Items.At(int(id)); it.Kind == engine.Metadata && it.State == engine.Stalled {
			if t.silent == nil {
				t.silent = map[string]bool{}
			}
			t.silent[it.RoleName] = true
		}
	}
	t.delegated = m.delegatedMarks()
	return t
}

// topMarks are the marks of the top-level roles.
func (m *model) topMarks(level int) []mark {
	t := m.roles()
	var out []mark
	for i, name := range topRoles {
		var r *trust.Role
		if t.known[i] {
			r = &t.top[i]
		}
		out = append(out, m.roleMark(name, r, level))
	}
	return out
}

// mark is a piece of the trust line.
type mark struct {
	glyph string
	text  string
	s     style
	bad   bool
}

// The forms of the trust line, from the roomiest to the tightest.
const (
	whole      = iota // version, signatures, time left
	unsigned          // without signatures
	unnumbered        // without version
	tight             // without blanks
	trustForms
)

// roleMark says what is known of a role, in one of the forms.
func (m *model) roleMark(name string, r *trust.Role, level int) mark {
	g := m.p.g
	if r == nil || r.State == trust.Fetching {
		if m.trust.silent[name] {
			return mark{g.state[engine.Stalled], name + " stalled", warn, true}
		}
		return mark{glyph: g.state[engine.Connecting], text: name, s: faint}
	}
	text := name
	if level <= unsigned && r.Version > 0 {
		text = fmt.Sprintf("%s v%d", name, r.Version)
	}
	left := r.Expires.Sub(m.st.Run.ReferenceTime)
	switch r.State {
	case trust.Unfetched:
		return mark{g.state[engine.Untrusted], text + " " + r.State.String(), odd, true}
	case trust.Skipped: // nobody has looked at it
		return mark{g.state[engine.Skipped], text + " " + r.State.String(), faint, false}
	case trust.Refused, trust.Absent:
		return mark{g.state[engine.Failed], text + " " + r.State.String(), bad, true}
	}
	if level == whole && len(r.Signers) > 0 {
		text += fmt.Sprintf(" %d/%d", r.ValidSigners(), len(r.Signers))
	}
	switch {
	case r.Expired:
		text += " EXPIRED"
		if level <= unsigned {
			text += " " + measure.Left(left) + " ago"
		}
		return mark{g.state[engine.Failed], text, bad, true}
	case !r.Expires.IsZero():
		text += " " + measure.Left(left)
	}
	if name == "root" && m.st.Anchor.Source == engine.RootFirstUse {
		return mark{g.soon, text + " not pinned", warn, false}
	}
	if r.Soon {
		return mark{g.soon, text, warn, false}
	}
	return mark{g.state[engine.Verified], text, good, false}
}

// delegatedMarks sum up the delegated roles; those that are not accepted are named.
func (m *model) delegatedMarks() []mark {
	g := m.p.g
	var accepted, pending, soon, wrong, skipped, silent int
	var worst, stalled *trust.Role
	seen := map[string]bool{}
	for i := range m.st.Roles {
		r := &m.st.Roles[i]
		if r.Parent == "" || r.Parent == "root" {
			continue
		}
		switch word := roleTrouble(r); {
		case word != "":
			if !seen[r.Name] {
				seen[r.Name] = true
				wrong++
			}
			if worst == nil || worst.State == trust.Unfetched && r.State != trust.Unfetched {
				worst = r
			}
		case r.State == trust.Skipped:
			skipped++
		case r.State == trust.Fetching && m.trust.silent[r.Name]:
			silent++
			if stalled == nil {
				stalled = r
			}
		case r.State == trust.Fetching:
			pending++
		case r.Soon:
			soon++
		default:
			accepted++
		}
	}
	var out []mark
	if worst != nil {
		text := m.p.middle(worst.Name, 24) + " " + roleTrouble(worst)
		if wrong > 1 {
			text += fmt.Sprintf(" +%d", wrong-1)
		}
		k := mark{g.state[engine.Failed], text, roleStyle(worst), true}
		if worst.State == trust.Unfetched {
			k.glyph = g.state[engine.Untrusted]
		}
		out = append(out, k)
	}
	if stalled != nil {
		text := m.p.middle(stalled.Name, 24) + " stalled"
		if silent > 1 {
			text += fmt.Sprintf(" +%d", silent-1)
		}
		out = append(out, mark{g.state[engine.Stalled], text, warn, true})
	}
	add := func(n int, glyph, what string, s style) {
		if n > 0 {
			out = append(out, mark{glyph, fmt.Sprintf("%d %s", n, what), s, false})
		}
	}
	add(skipped, g.state[engine.Skipped], "skipped", faint)
	add(soon, g.soon, "delegated expire soon", warn)
	add(accepted, g.state[engine.Verified], "delegated", good)
	add(pending, g.state[engine.Connecting], "delegated", faint)
	return out
}

// drawTrust is the line with the roles. It takes the roomiest form that fits; if
// none does, what is wrong comes first.
func (m *model) drawTrust() {
	p := &m.p
	start := 1
	if m.width >= wide {
		p.put(faint, " trust  ")
		start = p.col
	} else {
		p.space(1)
	}
	delegated := m.roles().delegated
	var marks []mark
	for level := range trustForms {
		gap, blank := " "+p.g.rule+" ", " "
		switch level {
		case unnumbered:
			gap = "  "
		case tight:
			gap, blank = " ", ""
		}
		marks = append(m.topMarks(level), delegated...)
		if fits := start+lineOf(marks, gap, blank) < p.width; fits || level == tight {
			if !fits {
				marks = worstFirst(marks)
			}
			for i, k := range marks {
				if i > 0 {
					p.put(faint, gap)
				}
				p.put(k.s, k.glyph)
				s := normal
				if k.bad || k.s == faint {
					s = k.s
				}
				p.put(s, blank+k.text)
			}
			break
		}
	}
	p.end()
}

func lineOf(marks []mark, gap, blank string) int {
	n := 0
	for i, k := range marks {
		if i > 0 {
			n += widthOf(gap)
		}
		n += widthOf(k.glyph) + widthOf(blank) + widthOf(k.text)
	}
	return n
}

func worstFirst(marks []mark) []mark {
	var out []mark
	for _, k := range marks {
		if k.bad {
			out = append(out, k)
		}
	}
	for _, k := range marks {
		if !k.bad {
			out = append(out, k)
		}
	}
	return out
}

// trustBadge names the first role that is in trouble, for screens without a trust
// line; "" if none is.
func (m *model) trustBadge() (string, style) {
	for _, k := range append(m.topMarks(tight), m.roles().delegated...) {
		if k.bad {
			return k.glyph + " " + k.text, k.s
		}
	}
	return "", normal
}
