package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// findingSort is what a row of the findings is about, in the order in which rows that
// are as bad as each other stand.
type findingSort uint8

const (
	aboutPart  findingSort = iota // a part of this program that stands still
	aboutFault                    // a fault of this program
	aboutNote                     // a finding
	aboutNotes                    // many findings of a kind
	aboutFiles                    // the files with a kind of problem
)

// findingKey names a row: the cursor follows it while what it counts changes.
type findingKey struct {
	sort             findingSort
	id               finding.ID
	subject, message string // of a single finding, a fault or a part
}

// findingRow is a row of the findings.
type findingRow struct {
	findingKey
	severity finding.Severity
	rank     int // of its kind in the catalogue
	n        int // how many it stands for
	group    problemGroup
	example  engine.ItemID        // of the files
	note     engine.FindingRaised // the only one, or the first
	fault    engine.InspectorFault
	part     engine.InspectorStuck
}

const (
	// notesApart is how many findings of a kind have rows of their own. A repository may
	// have one for every target.
	notesApart = 8
	// notesMany is from how many findings and faults on the rows are made at most once a second.
	notesMany = 2000
)

// findingRows are the rows, kept until something has changed.
type findingRows struct {
	all    []findingRow // worst first
	severe bool         // only warnings and worse are shown
	made   time.Time
	raised int // what they were made of
	gen    int
	fresh  bool
	noted  map[engine.ItemID]bool // files that a finding about their role stands for
}

// due tells whether they have to be made anew.
func (f *findingRows) due(m *model, severe bool) bool {
	t := &m.tally
	switch {
	case !f.fresh, f.severe != severe:
		return true
	case f.raised == t.raised && f.gen == t.problems.gen:
		return false
	}
	return m.st.Notes.Len()+len(m.st.Faults) < notesMany || m.halted() || m.clock().Sub(f.made) >= time.Second
}

// collect makes the rows if that is due.
func (f *findingRows) collect(m *model, severe bool) {
	if !f.due(m, severe) {
		return
	}
	t := &m.tally
	*f = findingRows{all: f.all[:0], severe: severe, made: m.clock(), raised: t.raised, gen: t.problems.gen, fresh: true}
	for i := range m.st.Stuck {
		s := &m.st.Stuck[i]
		f.add(findingRow{findingKey: findingKey{aboutPart, finding.InspectorFault, s.Part, ""}, n: 1, severity: finding.Unknown, part: *s})
	}
	for i := range m.st.Faults {
		b := &m.st.Faults[i]
		f.add(findingRow{findingKey: findingKey{aboutFault, finding.InspectorFault, b.Goroutine, b.Value}, n: 1, severity: finding.Unknown, fault: *b})
	}
	f.noted = m.notedFiles()
	for _, g := range t.problems.groups { // copies
		for id := range f.noted {
			if it := m.st.Items.At(int(id)); problemOf(it) == g.id {
				g.n--
				g.state[faceOf(it)]--
			}
		}
		if g.n > 0 {
			r := findingRow{findingKey: findingKey{sort: aboutFiles, id: g.id}, n: g.n, severity: severityOf(g.id), group: g}
			if ids := f.files(t, g.id, 1, nil); len(ids) > 0 {
				r.example = ids[0]
			}
			f.add(r)
		}
	}
	f.notes(&m.st.Notes)
	slices.SortStableFunc(f.all, func(a, b findingRow) int {
		return cmp.Or(cmp.Compare(b.severity, a.severity), cmp.Compare(a.sort, b.sort), cmp.Compare(a.rank, b.rank))
	})
}

// files gives at most so many of the items that a row of files is about.
func (f *findingRows) files(t *tally, id finding.ID, most int, out []engine.ItemID) []engine.ItemID {
	out = t.problems.items(id, most+len(f.noted), out)
	if len(f.noted) > 0 {
		out = slices.DeleteFunc(out, func(id engine.ItemID) bool { return f.noted[id] })
	}
	return out[:min(most, len(out))]
}

// notedFiles are the metadata files with a problem that a finding about their role
// says too: that has a row of its own.
func (m *model) notedFiles() map[engine.ItemID]bool {
	type about struct {
		role trust.RoleID
		id   finding.ID
	}
	var said map[about]bool
	var out map[engine.ItemID]bool
	for _, id := range m.tally.files {
		it := m.st.Items.At(int(id))
		if !troubled(it.State) {
			continue
		}
		if said == nil {
			said, out = map[about]bool{}, map[engine.ItemID]bool{}
			for n := range m.st.Notes.All() {
				if n.About {
					said[about{n.Role, n.Finding.ID}] = true
				}
			}
		}
		if said[about{it.Role, problemOf(it)}] {
			out[id] = true
		}
	}
	return out
}

// notes adds the findings: each by itself, or as one row where there are many of a
// kind. Findings of one kind mostly come together; a recording from anywhere may have as
// many kinds as findings.
func (f *findingRows) notes(notes *engine.Notes) {
	type kind struct {
		id    finding.ID
		n     int
		first [notesApart]*engine.FindingRaised
	}
	var kinds []kind
	places := map[finding.ID]int{}
	k := 0
	for b := range notes.All() {
		id := b.Finding.ID
		if k >= len(kinds) || kinds[k].id != id {
			var known bool
			if k, known = places[id]; !known {
				k = len(kinds)
				places[id] = k
				kinds = append(kinds, kind{id: id})
			}
		}
		if of := &kinds[k]; of.n < notesApart {
			of.first[of.n] = b
		}
		kinds[k].n++
	}
	for i := range kinds {
		of := &kinds[i]
		first := *of.first[0]
		// What is only worth knowing has one row for each kind: there may be dozens.
		if of.n > notesApart || of.n > 1 && first.Finding.Severity == finding.Info {
			f.add(findingRow{findingKey: findingKey{sort: aboutNotes, id: of.id}, n: of.n, severity: first.Finding.Severity, note: first})
			continue
		}
		for _, n := range of.first[:of.n] {
			b := &n.Finding
			f.add(findingRow{findingKey: findingKey{aboutNote, b.ID, b.Subject, b.Message}, n: 1, severity: b.Severity, note: *n})
		}
	}
}

func (f *findingRows) add(r findingRow) {
	if f.severe && r.severity < finding.Warning {
		return
	}
	r.rank = slices.IndexFunc(finding.All(), func(k finding.Kind) bool { return k.ID == r.id })
	f.all = append(f.all, r)
}

// severityOf is the catalogue's severity of a kind. One that it does not have says
// nothing that is proved.
func severityOf(id finding.ID) finding.Severity {
	p := engine.Problem{Kind: id}
	return p.Severity()
}

// texts are what a row says: whom or what it is about, and what is wrong.
func (r *findingRow) texts(m *model) (subject, message string) {
	switch r.sort {
	case aboutPart:
		return partName(r.part.Part), fmt.Sprintf("has not moved for %s", measure.Age(m.standing(&r.part)))
	case aboutFault:
		return r.fault.Goroutine, r.fault.Value
	case aboutNote:
		return r.note.Finding.Subject, r.note.Finding.Message
	case aboutNotes:
		return measure.Count(r.n, "subject"), fmt.Sprintf("%s and %s more", r.note.Finding.Subject, measure.Digits(r.n-1))
	}
	subject = measure.Count(r.n, "file")
	it := m.st.Item(r.example)
	if it == nil {
		return subject, ""
	}
	if r.n == 1 {
		message = faceOf(it).String()
		if it.Problem != nil {
			message = it.Problem.Text
		}
		return nameOf(it), message
	}
	return subject, fmt.Sprintf("%s and %s more", nameOf(it), measure.Digits(r.n-1))
}

// isPath tells whether the text that does not fit is to be cut in its middle.
func (r *findingRow) isPath() bool { return r.sort == aboutFiles || r.sort == aboutNotes }

// severityMark is how a severity is written: its glyph, its word and its style.
func severityMark(g *glyphs, s finding.Severity) (glyph, word string, as style) {
	switch s {
	case finding.Critical:
		return g.state[engine.Failed], s.String(), bad
	case finding.Unknown:
		return g.state[engine.Untrusted], s.String(), odd
	case finding.Warning:
		return g.soon, s.String(), warn
	}
	return g.state[engine.Queued], s.String(), faint
}

// drawFinding writes a row: severity, kind, subject and message.
func (m *model) drawFinding(r *findingRow, c findingColumns) {
	p := &m.p
	glyph, word, s := severityMark(p.g, r.severity)
	p.put(s, glyph+" ")
	p.cell(s, word, c.word)
	p.cell(normal, p.cut(string(r.id), c.id-1), c.id)
	subject, message := r.texts(m)
	if c.subject == 0 {
		if r.n > 1 {
			subject = fmt.Sprint(r.n) // the message names one of them
		}
		p.put(normal, p.middle(subject, m.width/3)+": ")
	} else {
		p.cell(normal, p.middle(subject, c.subject-1), c.subject)
	}
	room := p.width - p.col - 1
	if r.isPath() && r.n > 1 {
		p.put(normal, p.andMore(message, room))
	} else {
		p.put(normal, p.cut(message, room))
	}
}

// andMore shortens "PATH and 2 more" inside of the path.
func (p *painter) andMore(text string, w int) string {
	i := strings.LastIndex(text, " and ")
	if i < 0 {
		return p.cut(text, w)
	}
	rest := text[i:]
	if w-widthOf(rest) < 12 {
		return p.middle(text[:i], w)
	}
	return p.middle(text[:i], w-widthOf(rest)) + rest
}

// findingColumns are the widths of the table at a screen width; 0 leaves a column out,
// and subject and message share one.
type findingColumns struct{ word, id, subject int }

func findingColumnsAt(width int) findingColumns {
	switch {
	case width >= wide:
		return findingColumns{word: 9, id: 20, subject: 34 + max(0, width-120)/3}
	case width >= medium:
		return findingColumns{word: 9, id: 18, subject: 18}
	}
	return findingColumns{id: 16}
}

// exampleWidth is how many cells are enough for an example.
const exampleWidth = 36

// columns are those at the screen's width, where the subjects on screen have what the
// messages on screen do not need.
func (v *findingsView) columns(m *model) findingColumns {
	c := findingColumnsAt(m.width)
	if c.subject == 0 {
		return c
	}
	subjects, messages := c.subject, widthOf("MESSAGE"+v.shown())
	for i := v.top; i < v.end(); i++ {
		r := &v.rows.all[i]
		subject, message := r.texts(m)
		need := widthOf(message)
		if r.isPath() && r.n > 1 {
			need = min(need, exampleWidth) // one of many, shortened inside of its path
		}
		subjects, messages = max(subjects, widthOf(subject)+1), max(messages, need)
	}
	room := m.width - 4 - c.word - c.id - 1
	c.subject = max(c.subject, min(subjects, room-messages))
	return c
}

// dumpText says where a part that stands still has left what it was doing.
func dumpText(s *engine.InspectorStuck) string {
	switch {
	case s.Dump != "":
		return "see " + safe.Text(s.Dump)
	case s.Err != "":
		return "no dump: " + safe.Text(s.Err)
	}
	return ""
}
