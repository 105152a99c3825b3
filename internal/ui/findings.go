package ui

import (
	"fmt"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
)

// findingsView is the view of all that is wrong or worth knowing, the worst first:
// findings, the problems of files by kind, and what is wrong with this program. An
// explanation of the one under the cursor can be opened.
type findingsView struct {
	scroller
	rows   findingRows
	severe bool       // only warnings and worse
	at     findingKey // what the cursor follows, if moved
	moved  bool       // a person has put the cursor where it is
	away   bool       // that is not there yet: the recording is played anew
	open   bool       // the explanation
	skip   int        // lines of it that are scrolled away
	page   int        // lines of it on screen
	list   subjects   // of the row whose explanation is open
	under  findingKey // what was under the cursor last
	came   time.Time  // when that came there by itself
}

// follow makes the rows and puts the cursor where its row is now.
func (v *findingsView) follow(m *model) {
	v.rows.collect(m, v.severe)
	v.n = len(v.rows.all)
	v.place(m)
	if r := v.current(); r != nil && r.findingKey != v.under {
		if v.under != (findingKey{}) {
			v.came = m.clock()
		}
		v.under = r.findingKey
	}
}

func (v *findingsView) place(m *model) {
	if !v.moved && !v.open {
		v.to(0)
		return
	}
	for i := range v.rows.all {
		if v.rows.all[i].findingKey == v.at {
			v.top += i - v.row // it stays where it is on screen
			v.row, v.away = i, false
			return
		}
	}
	if v.away {
		v.to(v.row)
		return
	}
	if v.open { // what comes in its place is something else
		v.open, v.skip = false, 0
		m.news.answer("there is no "+string(v.at.id)+" here any more", m.clock())
	}
	v.to(v.row)
	v.point()
}

// rewound forgets the rows. A cursor that was moved comes back to its own.
func (v *findingsView) rewound() {
	v.rows.fresh, v.list = false, subjects{}
	v.away = v.moved || v.open
}

// stay ends the waiting for the row that the cursor was on: a person goes on from where it
// is now.
func (v *findingsView) stay() {
	if v.away {
		v.away, v.open = false, false
		v.point()
	}
}

// point says that the cursor stays on its row from now on.
func (v *findingsView) point() {
	if r := v.current(); r != nil {
		v.at = r.findingKey
	}
}

func (v *findingsView) current() *findingRow {
	if v.row >= len(v.rows.all) {
		return nil
	}
	return &v.rows.all[v.row]
}

// move puts the cursor into another row, as a person asked.
func (v *findingsView) move(row int) {
	before := v.row
	v.to(row)
	v.moved = v.row > 0
	v.point()
	v.under, v.came = v.at, time.Time{}
	if v.row != before {
		v.skip = 0
	}
}

func (v *findingsView) act(m *model, a action) {
	v.follow(m)
	v.stay()
	switch a {
	case actOpen:
		v.enter(m)
	case actBack:
		v.open = false
	case actProblems:
		v.severe = !v.severe
		v.follow(m)
	case actRetry:
		v.retry(m)
	case actNextHit:
		v.nextSevere(m, 1)
	case actPrevHit:
		v.nextSevere(m, -1)
	case actPageUp, actPageDown:
		if v.open {
			v.turn(a)
			return
		}
		fallthrough
	default:
		s := v.scroller
		if s.act(a) {
			v.move(s.row)
		}
	}
}

// enter opens the explanation or, when it is open, goes to the files that it is about.
func (v *findingsView) enter(m *model) {
	switch r := v.current(); {
	case r == nil:
	case !v.open:
		v.open, v.skip = true, 0
		v.point()
	case r.sort == aboutFiles:
		m.showFiltered("err:" + string(r.id))
	default:
		v.open = false
	}
}

func (v *findingsView) turn(a action) {
	lines := max(1, v.page-2)
	if a == actPageUp {
		lines = -lines
	}
	v.skip = max(0, v.skip+lines)
}

func (v *findingsView) nextSevere(m *model, by int) {
	n := len(v.rows.all)
	for i := 1; i <= n; i++ {
		row := ((v.row+by*i)%n + n) % n
		if v.rows.all[row].severity >= finding.Warning {
			v.move(row)
			return
		}
	}
	m.news.answer("no warning here, and nothing worse", m.clock())
}

// retry fetches again what the row under the cursor is about. A row that came there by
// itself a moment ago may not be the one that was meant.
func (v *findingsView) retry(m *model) {
	now := m.clock()
	came := v.came
	v.came = time.Time{}
	switch r := v.current(); {
	case r == nil:
	case now.Sub(came) < settledRow:
		m.news.answer("another row has just come under the cursor: press the key again", now)
	case r.sort == aboutFiles:
		v.retryKind(m, r.id)
	case r.sort == aboutNote && r.note.About:
		m.retryRole(&r.note)
	default:
		m.news.answer("there is no file here to be fetched again", m.clock())
	}
}

// retryKind asks before it retries several files with a kind of problem.
func (v *findingsView) retryKind(m *model, id finding.ID) {
	ids := v.rows.files(&m.tally, id, m.st.Items.Len(), nil)
	if len(ids) == 0 {
		return
	}
	do := func() {
		// By then some may have gone on.
		ids := v.rows.files(&m.tally, id, m.st.Items.Len(), nil)
		var named []engine.ItemID
		for _, i := range ids {
			if it := m.st.Item(i); it != nil && (!it.State.Ended() || wrongBytes(it)) {
				named = append(named, i)
			}
		}
		// What has not ended, or may be an old copy in a cache, is named one by one.
		if len(named) > 0 {
			m.retry(named)
		}
		if len(named) < len(ids) {
			m.send(engine.RetryFailed{Kinds: []finding.ID{id}})
		}
	}
	if len(ids) == 1 {
		do()
		return
	}
	m.ask = &question{text: fmt.Sprintf("retry %s with %s? y/N", measure.Count(len(ids), "file"), id), yes: do}
}

// retryRole retries the metadata file of the role that a finding is about, if that
// file did not end well.
func (m *model) retryRole(n *engine.FindingRaised) {
	for i := range m.st.Items.Len() {
		it := m.st.Items.At(i)
		if it.Kind == engine.Metadata && it.Role == n.Role && troubled(it.State) {
			m.retry([]engine.ItemID{it.ID})
			return
		}
	}
	if i := int(n.Role); i < len(m.st.Roles) && m.st.Roles[i].Parent == "" {
		// A version of the root is never published anew. What mends it is a later one, which
		// is looked for whenever the timestamp is.
		for i := range m.st.Items.Len() {
			it := m.st.Items.At(i)
			if it.Kind == engine.Metadata && it.RoleName == "timestamp" && troubled(it.State) {
				m.retry([]engine.ItemID{it.ID})
				return
			}
		}
	}
	m.news.answer("nothing to retry: the file of "+n.Finding.Subject+" is there, and has been judged", m.clock())
}

func (v *findingsView) footer(_ *model, a action) string {
	r := v.current()
	switch {
	case a == actRetry && (r == nil || r.sort != aboutFiles && (r.sort != aboutNote || !r.note.About)):
		return "-"
	case a == actOpen && r == nil:
		return "-"
	case a == actProblems && v.severe:
		return "all"
	case a == actProblems:
		return "warnings"
	case a == actBack && v.open && !v.away && r != nil && r.sort == aboutFiles:
		return "close"
	case a != actOpen:
		return ""
	case !v.open || v.away:
		return "explain"
	case r != nil && r.sort == aboutFiles:
		return "its files"
	}
	return "close"
}

func (v *findingsView) click(m *model, row int) {
	i := v.top + row - 1
	v.stay()
	if row > 0 && row <= v.height && i < v.n && (!v.open || m.height >= splitFrom) {
		v.move(i)
	}
}

func (v *findingsView) copy(m *model, line bool) string {
	v.follow(m)
	r := v.current()
	if r == nil {
		return ""
	}
	subject, message := r.texts(m)
	switch {
	case line:
		return r.severity.String() + "  " + string(r.id) + "  " + subject + ": " + message
	case r.n > 1:
		return string(r.id)
	}
	return subject
}

func (v *findingsView) draw(m *model, rows int) {
	v.follow(m)
	r := v.current()
	switch {
	case !v.open || v.away || r == nil:
		v.drawTable(m, rows)
	case m.height >= splitFrom:
		end := m.p.rows + rows
		above := max(4, min(1+v.n, rows*2/5))
		v.drawTable(m, above)
		m.p.fill(end - (rows - above))
		v.drawExplanation(m, r, rows-above)
	default:
		v.resize(v.n, rows-1)
		v.drawExplanation(m, r, rows)
	}
}

func (v *findingsView) drawTable(m *model, rows int) {
	p := &m.p
	v.resize(v.n, rows-1)
	c := v.columns(m)
	v.drawHead(m, c)
	if v.n == 0 {
		p.space(2)
		p.put(faint, p.cut(v.emptyText(m), m.width-3))
		p.end()
		return
	}
	for i := v.top; i < v.end(); i++ {
		p.gutter(i == v.row)
		p.space(1)
		m.drawFinding(&v.rows.all[i], c)
		p.end()
	}
}

func (v *findingsView) drawHead(m *model, c findingColumns) {
	p := &m.p
	p.space(2)
	if c.word > 0 {
		p.cell(bold, "SEVERITY", c.word+2)
	} else {
		p.space(2)
	}
	p.cell(bold, "FINDING", c.id)
	if c.subject > 0 {
		p.cell(bold, "SUBJECT", c.subject)
	} else {
		p.put(bold, "SUBJECT / ")
	}
	p.put(bold, "MESSAGE"+v.shown())
	p.end()
}

// shown says which rows are on screen, if those are not all.
func (v *findingsView) shown() string {
	text := ""
	if v.n > v.height {
		text = fmt.Sprintf("  %d-%d of %d", v.top+1, v.end(), v.n)
	}
	if v.severe {
		text += "  warnings and worse"
	}
	return text
}

// emptyText says what it means that there is nothing.
func (v *findingsView) emptyText(m *model) string {
	tt := &m.st.Targets
	verified := fmt.Sprintf("%d of %d targets verified", tt.ByState[engine.Verified], tt.Total)
	if tt.Total == 0 {
		verified = "no target is known"
		if !m.still() {
			verified += " yet"
		}
	}
	switch {
	case v.severe:
		return "no warning and nothing worse; ! shows all: " + verified
	case m.still() && !m.st.Run.Started.IsZero():
		return "nothing found: " + verified
	}
	return "nothing found so far: " + verified
}
