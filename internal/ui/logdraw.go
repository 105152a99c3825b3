package ui

import (
	"fmt"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
)

// Widths of the log's columns.
const (
	logTime    = 8  // "59:59.9"
	logHours   = 10 // "1:02:03.4", from an hour on
	logSeconds = 6  // "59:59", on narrow screens
	logWhat    = 10 // "UNTRUSTED"
	logIndent  = 4  // before what is said below its subject, on narrow screens
)

// textMost is how many lines the text of an entry may have.
const textMost = 200

func (v *logView) draw(m *model, rows int) {
	p := &m.p
	v.refresh(m)
	e := v.current(m)
	switch {
	case !v.open || v.away || e == nil:
		v.drawTable(m, rows)
	case m.height >= splitFrom:
		below := min(len(v.text(m, e))+2, rows/2)
		end := p.rows + rows
		v.drawTable(m, rows-below)
		p.fill(end - below)
		v.drawText(m, e, below)
	default:
		v.height = max(rows-1, 1)
		v.drawText(m, e, rows)
	}
}

func (v *logView) drawTable(m *model, rows int) {
	p := &m.p
	v.resize(len(v.rows), rows-1)
	at := logTime
	switch {
	case m.log.hours():
		at = logHours
	case m.width < medium:
		at = logSeconds
	}
	subject := 0 // in one column with the detail
	if m.width >= wide {
		subject = max(38, 48+(m.width-120)/3)
	}
	v.drawHead(m, at, subject)
	if len(v.rows) == 0 {
		p.space(2)
		p.put(faint, v.emptyText())
		p.end()
		return
	}
	for i := v.top; i < v.end(); i++ {
		e := &m.log.entries[v.rows[i]]
		p.gutter(i == v.row)
		if v.goesOn(m, i) {
			if subject > 0 {
				p.to(2 + at + logWhat)
			} else {
				p.to(logIndent)
			}
			p.put(normal, p.cut(e.text, p.width-p.col-1))
			p.end()
			continue
		}
		p.space(1)
		if at == logSeconds {
			p.cell(faint, clock(e.at), at)
		} else {
			p.cell(faint, tenths(e.at), at)
		}
		p.cell(e.style, e.word.String(), logWhat)
		if about := m.subjectOf(e); subject > 0 && about != "" {
			p.cell(normal, p.middle(about, subject-1), subject)
			p.put(normal, p.cut(m.detailOf(e), p.width-p.col-1))
		} else {
			m.putNews(about, m.detailOf(e))
		}
		p.end()
	}
}

func (v *logView) drawHead(m *model, at, subject int) {
	p := &m.p
	p.space(2)
	p.cell(bold, "TIME", at)
	p.cell(bold, "WHAT", logWhat)
	title := "TARGET OR ROLE"
	if subject == 0 {
		title += ": DETAIL"
	}
	if v.n > v.height {
		title += fmt.Sprintf("  %s-%s", measure.Digits(v.top+1), measure.Digits(v.end()))
	}
	title += v.narrowed()
	if subject > 0 {
		p.cell(bold, p.cut(title, subject-1), subject)
		p.put(bold, "DETAIL")
	} else {
		p.put(bold, title)
	}
	p.end()
}

// emptyText says why there is no row.
func (v *logView) emptyText() string {
	switch {
	case len(v.filter.terms) > 0:
		return "nothing matches; esc shows all"
	case v.filter.problems:
		return "no problems so far; ! shows all"
	}
	return "nothing has happened yet"
}

// hours tells whether times need more room.
func (l *eventLog) hours() bool {
	n := len(l.entries)
	return n > 0 && l.entries[n-1].at >= time.Hour
}

// text is the whole of an entry in lines.
func (v *logView) text(m *model, e *entry) []string {
	if a := m.story.of[e.subject]; a != nil && e.word == wordAbout && e.text == "" {
		var lines []string
		for _, text := range a.wrong {
			lines = append(lines, m.p.wrap(text, m.width-4, textMost)...)
		}
		for _, text := range a.cure {
			lines = append(lines, m.p.wrap(engine.ToDo+text, m.width-4, textMost)...)
		}
		return lines
	}
	return m.p.wrap(m.detailOf(e), m.width-4, textMost)
}

// drawText writes the whole text of an entry, from the line to which it was scrolled.
func (v *logView) drawText(m *model, e *entry, rows int) {
	p := &m.p
	end := p.rows + rows
	head := tenths(e.at) + "  " + e.word.String()
	p.put(faint, p.g.rule+" ")
	p.put(bold, head)
	if subject := m.subjectOf(e); subject != "" {
		p.put(bold, "  "+p.middle(subject, max(8, m.width-8-widthOf(head))))
	}
	p.space(1)
	p.repeat(faint, p.g.rule, m.width-p.col-1)
	p.end()
	lines := v.text(m, e)
	v.page = max(1, rows-1)
	v.skip = max(0, min(v.skip, len(lines)-v.page))
	lines = lines[v.skip:]
	for i, line := range lines {
		p.space(2)
		if p.rows == end-1 && i < len(lines)-1 {
			p.put(faint, fmt.Sprintf("%s %d more lines: pgdn shows them", p.g.ellipsis, len(lines)-i))
			p.end()
			break
		}
		p.put(normal, line)
		p.end()
	}
	p.fill(end)
}

// turn goes a page on or back in the text, and tells whether there was something to
// turn.
func (v *logView) turn(m *model, a action) bool {
	e := v.current(m)
	if !v.open || e == nil || m.typing != nil || len(v.text(m, e)) <= v.page {
		return false
	}
	lines := max(1, v.page-1)
	if a == actPageUp {
		lines = -lines
	}
	v.skip = max(0, v.skip+lines)
	return true
}
