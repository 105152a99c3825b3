package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/trust"
)

// treeColumns are the widths of the tree's columns at a screen width; 0 leaves a
// column out.
type treeColumns struct {
	name, version, verdict, expires, signed, targets, paths int
	short                                                   bool // without the names of keys
}

func treeColumnsAt(width, version int) treeColumns {
	c := treeColumns{version: version + 2, verdict: 16, expires: 9}
	switch {
	case width >= wide:
		// Of what is more than 120, the names get a third, and so do those of the keys.
		extra := max(0, width-120) / 3
		c.name, c.verdict, c.signed, c.targets = 26+extra, 18, 23+extra, 9
		c.paths = width - 2 - c.name - c.version - c.verdict - c.expires - c.signed - c.targets
		return c
	case width >= medium:
		c.signed, c.targets, c.short = 10, 9, true
		c.paths = max(0, width-110)
	default:
		c.expires, c.short = 8, true
	}
	c.name = width - 2 - c.version - c.verdict - c.expires - c.signed - c.targets - c.paths
	return c
}

func (v *trustView) drawHead(m *model, c treeColumns) {
	p := &m.p
	p.space(2)
	title := "ROLE"
	if m.height < tallHeader { // there is no line below the roles for this
		if text := v.narrowed(); text != "" {
			title += fmt.Sprintf("  %d of %d", v.tree.matches, v.tree.roles) + text
		}
	}
	title += v.validity(c.name - widthOf(title) - 1)
	p.cell(bold, title, c.name)
	p.cell(bold, "VER", c.version)
	p.cell(bold, "VERDICT", c.verdict)
	p.cell(bold, "EXPIRES", c.expires)
	if c.signed > 0 {
		p.cell(bold, "SIGNED BY", c.signed)
	}
	if c.targets > 0 {
		p.right(bold, "TARGETS", c.targets-2)
		p.space(2)
	}
	if c.paths > 0 {
		p.put(bold, "PATHS / CHAIN")
	}
	p.end()
}

// validity says until when the whole repository is valid, in at most so many columns: a
// date, and which role ends first where there is room for it. "" if not even that fits.
func (v *trustView) validity(room int) string {
	r := &v.tree.first
	if r.Expires.IsZero() {
		return ""
	}
	s := "  valid to " + r.Expires.UTC().Format(time.DateOnly)
	if r.Expired {
		s = "  EXPIRED " + r.Expires.UTC().Format(time.DateOnly)
	}
	if long := s + " (" + r.Name + ")"; widthOf(long) <= room {
		return long
	}
	if widthOf(s) <= room {
		return s
	}
	return ""
}

func (v *trustView) drawRow(m *model, row *treeRow, c treeColumns) {
	switch row.kind {
	case groupRow:
		v.drawGroup(m, row, c)
	case causeRow:
		p := &m.p
		p.put(faint, row.lead)
		lines := p.wrap(row.text, causeRoom(m.width, row.lead), causeLines)
		if row.part < len(lines) {
			p.put(row.style, lines[row.part])
		}
	default:
		v.drawRole(m, row, c)
	}
}

// putName writes the branches and a name behind them. Of many branches the last ones
// are kept.
func (v *trustView) putName(m *model, s style, lead, name string, w int) {
	p := &m.p
	end := p.col + w
	if n := widthOf(lead); n > w/2 {
		runes := []rune(lead)
		lead = p.g.ellipsis + string(runes[max(0, len(runes)-w/2+1):])
	}
	p.put(faint, lead)
	p.put(s, p.middle(name, end-p.col-1))
	p.to(end)
}

func (v *trustView) drawRole(m *model, row *treeRow, c treeColumns) {
	p := &m.p
	r := m.st.Role(row.id)
	if r == nil {
		return
	}
	verdict := verdictOf(r)
	name, text := normal, normal
	if row.among || !r.Current || verdict == roleFetching || verdict == roleSkipped {
		name, text = faint, faint
	}
	v.putName(m, name, row.lead, r.Name, c.name)
	version := ""
	if r.Version > 0 {
		version = fmt.Sprintf("v%d", r.Version)
	}
	p.cell(text, version, c.version)
	glyph, word, s := p.g.glyphOf(verdict), roleWords[verdict], roleStyles[verdict]
	waits := ""
	if verdict == roleFetching {
		if it := v.fileOf(m, r); it != nil && (it.State == engine.Stalled || it.State == engine.Retrying) {
			glyph, word, s = p.g.state[it.State], it.State.String(), styleOf[it.State]
			waits = m.reason(it, m.now())
		}
	}
	p.cell(s, glyph+" "+word, c.verdict)
	left, s := leftOf(m.st, r)
	if s == normal {
		s = text
	}
	p.cell(s, left, c.expires)
	if c.signed > 0 {
		s = text
		if verdict != roleFetching && r.ValidSigners() < r.Threshold {
			s = bad
		}
		p.cell(s, p.cut(v.signedBy(r, c.short), c.signed-1), c.signed)
	}
	if c.targets > 0 {
		n := ""
		if r.Targets > 0 || r.Parent != "" && r.Parent != "root" && r.Version > 0 {
			n = measure.Digits(r.Targets)
		}
		p.right(text, n, c.targets-2)
		p.space(2)
	}
	if c.paths > 0 {
		if waits != "" {
			p.put(warn, waits)
		} else {
			p.put(faint, v.paths(m, r))
		}
	}
}

// leftOf says how long a role still has, or since when it has been over.
func leftOf(st *engine.State, r *trust.Role) (string, style) {
	left := r.Expires.Sub(st.Run.ReferenceTime)
	switch {
	case r.Expires.IsZero():
		return "", normal
	case r.Expired && !r.Current:
		return measure.Left(left) + " ago", faint
	case r.Expired:
		return measure.Left(left) + " ago", bad
	case r.Soon:
		return measure.Left(left), warn
	}
	return measure.Left(left), normal
}

// signedBy says how many of a role's keys have signed it, and how many it takes if
// they are too few, and which.
func (v *trustView) signedBy(r *trust.Role, short bool) string {
	if len(r.Signers) == 0 {
		if r.Threshold > 0 && r.State == trust.Refused {
			return fmt.Sprintf("0, needs %d", r.Threshold)
		}
		return ""
	}
	text := fmt.Sprintf("%d of %d", r.ValidSigners(), len(r.Signers))
	if short {
		return text
	}
	if r.ValidSigners() < r.Threshold {
		return text + fmt.Sprintf(", needs %d", r.Threshold)
	}
	return text + "  " + signers(r)
}

// paths says which targets a role is asked for; of a root, how it came to be trusted.
func (v *trustView) paths(m *model, r *trust.Role) string {
	if r.Parent == "" {
		return v.chain(m, r)
	}
	var words []string
	if len(r.Paths) > 0 {
		words = append(words, strings.Join(r.Paths, " "))
	}
	if r.Terminating && !(len(r.Paths) == 1 && strings.HasPrefix(r.Paths[0], "one of ")) { // bins always are
		words = append(words, "terminating")
	}
	return strings.Join(words, " ")
}

// drawGroup draws roles that are summed up: what can be said of all of them.
func (v *trustView) drawGroup(m *model, row *treeRow, c treeColumns) {
	p, gr := &m.p, row.group
	first, last := m.st.Role(gr.ids[0]), m.st.Role(gr.ids[len(gr.ids)-1])
	if first == nil || last == nil {
		return
	}
	fold := p.g.closed
	if gr.open {
		fold = p.g.opened
	}
	name := first.Name + " " + p.g.ellipsis + " " + last.Name
	if room := c.name - min(widthOf(row.lead), c.name/2) - 3; widthOf(p.private(name)) > room {
		// What all of them begin with need not be said twice.
		if i := strings.LastIndexAny(first.Name, "-_./"); i >= 0 && strings.HasPrefix(last.Name, first.Name[:i+1]) {
			name = first.Name + " " + p.g.ellipsis + " " + last.Name[i+1:]
		}
	}
	if gr.key.stem == oldRoots {
		name = measure.Count(len(gr.ids), "older root")
	}
	v.putName(m, faint, row.lead, fold+" "+name, c.name)
	versions := ""
	switch {
	case gr.oldest == 0:
	case gr.oldest == gr.newest:
		versions = fmt.Sprintf("v%d", gr.oldest)
	case widthOf(fmt.Sprintf("v%d-%d", gr.oldest, gr.newest)) < c.version:
		versions = fmt.Sprintf("v%d-%d", gr.oldest, gr.newest)
	}
	p.cell(faint, versions, c.version)
	// What stands out is said of itself, and the rest counted.
	show, kinds := roleAccepted, 0
	for w, n := range gr.count {
		if n > 0 {
			kinds++
			if show == roleAccepted || roleVerdict(w) == roleSoon {
				show = roleVerdict(w)
			}
		}
	}
	n := gr.count[show]
	word := roleWords[show]
	switch {
	case show == roleSoon:
		word = "soon"
	case show == roleAccepted && c.short:
		word = "ok"
	}
	p.cell(roleStyles[show], p.cut(p.g.glyphOf(show)+" "+measure.Digits(n)+" "+word, c.verdict-1), c.verdict)
	left, s := "", faint
	if !gr.first.IsZero() && gr.key.stem != oldRoots {
		d := gr.first.Sub(m.st.Run.ReferenceTime)
		left = measure.Left(d)
		if gr.count[roleSoon] > 0 {
			s = warn
		}
	}
	p.cell(s, left, c.expires)
	if c.signed > 0 {
		text := ""
		if kinds > 1 {
			text = fmt.Sprintf("of %s", measure.Digits(len(gr.ids)))
		}
		p.cell(faint, text, c.signed)
	}
	if c.targets > 0 {
		text := ""
		if gr.key.stem != oldRoots {
			text = measure.Digits(gr.targets)
		}
		p.right(faint, text, c.targets-2)
		p.space(2)
	}
	if c.paths > 0 {
		switch {
		case kinds > 1:
			p.put(faint, gr.words())
		case gr.key.stem == oldRoots:
		case slices.Equal(first.Paths, last.Paths):
			p.put(faint, strings.Join(first.Paths, " "))
		}
	}
}

// words counts a group's roles by what has become of them.
func (gr *bunch) words() string {
	var parts []string
	for w, n := range gr.count {
		if n > 0 {
			parts = append(parts, measure.Digits(n)+" "+roleWords[w])
		}
	}
	return strings.Join(parts, ", ")
}

// ends says when a role ends, in full.
func ends(m *model, r *trust.Role) (string, style) {
	left := r.Expires.Sub(m.st.Run.ReferenceTime)
	switch when := dateOf(r); {
	case r.Expired && r.Current:
		return fmt.Sprintf("%s EXPIRED %s ago, %s", m.p.g.state[engine.Failed], measure.Left(left), when), bad
	case r.Expired:
		return fmt.Sprintf("%s ago, %s", measure.Left(left), when), normal
	case r.Soon:
		return fmt.Sprintf("%s expires soon: in %s, %s", m.p.g.soon, measure.Left(left), when), warn
	default:
		return fmt.Sprintf("in %s, %s", measure.Left(max(left, time.Duration(0))), when), normal
	}
}
