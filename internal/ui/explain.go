package ui

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

// subjects are what a row stands for when that is more than one: files by their ids, or
// findings. They are gathered when the explanation is opened, and again when something
// has changed, at most once a second.
type subjects struct {
	of      findingKey
	made    time.Time
	raised  int
	gen     int
	items   []engine.ItemID
	notes   []*engine.FindingRaised
	present bool
}

// gather makes the list for a row, if what there is does not do.
func (s *subjects) gather(m *model, rows *findingRows, r *findingRow) {
	t := &m.tally
	if s.present && s.of == r.findingKey {
		same := s.raised == t.raised && s.gen == t.problems.gen
		if same || !m.halted() && m.clock().Sub(s.made) < time.Second {
			return
		}
	}
	*s = subjects{of: r.findingKey, made: m.clock(), raised: t.raised, gen: t.problems.gen, items: s.items[:0], notes: s.notes[:0], present: true}
	switch r.sort {
	case aboutFiles:
		s.items = rows.files(t, r.id, m.st.Items.Len(), s.items)
	case aboutNotes:
		for n := range m.st.Notes.All() {
			if n.Finding.ID == r.id {
				s.notes = append(s.notes, n)
			}
		}
	}
}

func (s *subjects) len() int { return len(s.items) + len(s.notes) }

// drawExplanation draws it from the line to which it was scrolled, and no further than
// to its last page.
func (v *findingsView) drawExplanation(m *model, r *findingRow, rows int) {
	v.list.gather(m, &v.rows, r)
	v.page = rows - 1
	p := &m.p
	length, before := len(p.buf), p.rows
	all := v.explain(m, r, rows)
	if most := max(0, all-v.page); v.skip > most {
		v.skip = most
		p.buf, p.rows = p.buf[:length], before
		v.explain(m, r, rows)
	}
}

// explain gives how many lines there are, the title left out.
func (v *findingsView) explain(m *model, r *findingRow, rows int) int {
	p := &m.p
	d := &detail{m: m, now: m.now(), label: m.labelWidth(), rows: rows, end: p.rows + rows, skip: v.skip}
	from := ""
	if v.skip > 0 {
		from = fmt.Sprintf(" from line %d", v.skip+1)
	}
	subject, message := r.texts(m)
	p.put(faint, p.g.rule+" ")
	p.put(bold, p.middle(string(r.id)+": "+subject, m.width-6-widthOf(from)))
	p.put(faint, from)
	p.space(1)
	p.repeat(faint, p.g.rule, m.width-p.col-1)
	p.end()

	kind, known := finding.Lookup(r.id)
	glyph, word, s := severityMark(p.g, r.severity)
	what := glyph + " " + word
	if known {
		what += ": " + kind.Title
	}
	d.wrapped("what", s, what, 2)
	evidence, hint := map[string]string(nil), ""
	switch r.sort {
	case aboutPart:
		d.wrapped("this", warn, subject+" "+message, 3)
		d.wrapped("see", normal, dumpText(&r.part), 3)
	case aboutFault:
		d.wrapped("this", warn, message, 4)
	case aboutNote:
		d.wrapped("this", normal, message, 4)
		evidence, hint = r.note.Finding.Evidence, r.note.Finding.Hint
	case aboutFiles:
		d.states(&r.group)
		if it := m.st.Item(r.example); r.n == 1 && it != nil && it.Problem != nil {
			d.wrapped("this", normal, message, 4)
			evidence, hint = it.Problem.Evidence, it.Problem.Hint
		}
	}
	if known {
		d.wrapped("a client", normal, kind.Client, 3)
		d.wrapped("to do", normal, kind.Do, 3)
	}
	d.wrapped(word, normal, r.severity.Means(), 2)
	if hint != kind.Do {
		d.wrapped("hint", normal, hint, 3)
	}
	for _, k := range slices.Sorted(maps.Keys(evidence)) {
		d.wrapped("evidence", normal, k+": "+evidence[k], 3)
	}
	if r.sort == aboutFault {
		d.stack(r.fault.Stack)
	}
	if r.sort == aboutNote && r.note.About {
		d.about(&r.note)
	}
	d.wrapped("about", faint, kind.About(), 12) // after what is special to this one, before a list that may have no end
	v.subjects(d)
	if d.over > 0 {
		d.replaceLast()
	}
	p.fill(d.end)
	return d.lines
}

// states is how many files of a group are in which state.
func (d *detail) states(g *problemGroup) {
	if !d.begin("state") {
		return
	}
	p := &d.m.p
	n := 0
	for _, s := range counterFaces {
		if k := g.state[s]; k > 0 {
			if n > 0 {
				p.put(normal, ", ")
			}
			p.put(styleOf[s], fmt.Sprintf("%s %s %s", p.g.state[s], measure.Digits(k), s))
			n++
		}
	}
	p.end()
}

// about is the role that a finding is about, and those that it hangs on.
func (d *detail) about(n *engine.FindingRaised) {
	r := d.m.st.Role(n.Role)
	if r == nil {
		return
	}
	d.it = &engine.Item{ItemSpec: engine.ItemSpec{Role: n.Role, RoleName: r.Name}}
	d.role()
	text := r.Name
	// At most as many steps as there are roles: parents may not be a loop.
	for range d.m.st.Roles {
		parent := d.m.st.Role(r.ParentID)
		if r.Parent == "" || parent == nil || parent.ID == r.ID {
			break
		}
		r = parent
		text += ", via " + r.Name
		if r.Version > 0 {
			text += fmt.Sprintf(" v%d", r.Version)
		}
		if word := roleTrouble(r); word != "" {
			text += " " + word
		}
	}
	if text != r.Name {
		d.wrapped("chain", normal, text, 3)
	}
}

// stackMost is how many lines of a stack are shown.
const stackMost = 200

func (d *detail) stack(text string) {
	label := "stack"
	for i, line := range lines(text) {
		if i == stackMost {
			break
		}
		d.text(label, faint, line)
		label = ""
	}
}

// subjects lists what a row stands for. Only those on screen are looked at.
func (v *findingsView) subjects(d *detail) {
	n := v.list.len()
	if n == 0 || v.list.of.sort == aboutFiles && n == 1 {
		return
	}
	label := "subjects"
	if v.list.of.sort == aboutFiles {
		label = "files"
	}
	i := min(d.skip, n)
	d.skip -= i
	d.lines += i
	if i > 0 {
		label = ""
	}
	for ; i < n && d.m.p.rows < d.end; i++ {
		v.subject(d, label, i)
		label = ""
	}
	d.lines += n - i
	d.over += n - i
}

func (v *findingsView) subject(d *detail, label string, i int) {
	if !d.begin(label) {
		return
	}
	p := &d.m.p
	name, text := "", ""
	if i < len(v.list.items) {
		if it := d.m.st.Item(v.list.items[i]); it != nil {
			p.put(styleOf[faceOf(it)], p.g.state[faceOf(it)]+" ")
			name = nameOf(it)
			if it.Problem != nil {
				text = it.Problem.Text
			}
		}
	} else { // some may have been withdrawn, and are empty
		f := &v.list.notes[i-len(v.list.items)].Finding
		name, text = f.Subject, f.Message
	}
	room := p.width - p.col - 1
	if text != "" {
		text = ": " + text
	}
	p.put(normal, p.middle(name, max(room-widthOf(text), room*2/3)))
	p.put(faint, p.cut(text, p.width-p.col-1))
	p.end()
}

// lines splits a stack, whose lines begin with tabs.
func lines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = safe.Text(strings.TrimSpace(line)); line != "" {
			out = append(out, line)
		}
	}
	return out
}
