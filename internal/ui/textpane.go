package ui

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// textPane is text to be read: lines with labels, cut into rows as wide as the screen.
// The cursor stands on a row, and words can be looked for.
type textPane struct {
	scroller
	lines  []textLine
	rows   []textRow
	width  int // of the screen for which the rows were made
	needle string
	hits   []textHit
	hit    int // the one that was gone to
}

// textLine is a line before it is cut.
type textLine struct {
	label string // in a column of its own, or ""
	text  string
	style style
	whole bool // the line begins at the left: it has no label, and its rows are cut anywhere
}

// textRow is a part of a line.
type textRow struct{ line, part int32 }

// textHit is where something was found.
type textHit struct {
	row int32
}

// hitsMost bounds what is counted.
const hitsMost = 9999

// labelWidth is the width of the labels' column.
func labelWidth(width int) int {
	if width < wide {
		return 11
	}
	return 12
}

// span is a part of a line, in bytes.
type span struct{ from, to int }

// spans cuts text into parts of at most w cells, and the ones behind the first of at
// most rest: between words, or with anywhere where a part is full.
func spans(text string, w, rest int, anywhere bool) []span {
	if len(text) <= w && widthOf(text) <= w {
		return []span{{0, len(text)}}
	}
	plain := widthOf(text) == len(text)
	var out []span
	for from := 0; from < len(text); {
		n := min(w, len(text)-from)
		if !plain {
			n = len(cut(text[from:], w, ""))
		}
		if n <= 0 { // a character that is wider than the screen
			_, n = utf8.DecodeRuneInString(text[from:])
		}
		to, next := from+n, from+n
		if to < len(text) && !anywhere {
			if i := strings.LastIndexByte(text[from:to], ' '); i > n/2 {
				to = from + i
				next = to
				for next < len(text) && text[next] == ' ' {
					next++
				}
			}
		}
		out = append(out, span{from, to})
		from, w = next, rest
	}
	return out
}

// cuts gives the parts of a line of the page, and how far those behind the first are
// set in.
func (l *textLine) cuts(text string, width int) (parts []span, indent int) {
	// The cursor before, and a blank behind. A terminal may have no width at all for a
	// moment, and what is typed then looks into the text all the same.
	room := max(1, width-3)
	if !l.whole {
		room = max(10, room-labelWidth(width))
		return spans(text, room, room, false), 0
	}
	indent = min(len(text)-len(strings.TrimLeft(text, " "))+4, room/2)
	return spans(text, room, room-indent, true), indent
}

// set gives the pane its lines. The cursor keeps its row.
func (t *textPane) set(lines []textLine, width int) {
	t.lines, t.width = lines, width
	t.rows = t.rows[:0]
	for i := range lines {
		parts, _ := lines[i].cuts(lines[i].text, width)
		for k := range max(1, len(parts)) {
			t.rows = append(t.rows, textRow{int32(i), int32(k)})
		}
	}
	t.look()
}

// look finds the needle, whatever the case.
func (t *textPane) look() {
	t.hits = t.hits[:0]
	if t.needle == "" {
		return
	}
	row := 0
	for i := range t.lines {
		first := row
		for row < len(t.rows) && int(t.rows[row].line) == i {
			row++
		}
		l := &t.lines[i]
		for _, at := range foundIn(l.text, t.needle) {
			if len(t.hits) == hitsMost {
				return
			}
			part := 0
			if row-first > 1 {
				parts, _ := l.cuts(l.text, t.width)
				for part+1 < len(parts) && parts[part+1].from <= at {
					part++
				}
			}
			t.hits = append(t.hits, textHit{int32(min(first+part, row-1))})
		}
	}
	t.hit = min(t.hit, max(0, len(t.hits)-1))
}

// foundIn gives where lower-case text is found.
func foundIn(s, lower string) []int {
	s = lowered(s)
	var out []int
	for at := 0; ; {
		i := strings.Index(s[at:], lower)
		if i < 0 {
			return out
		}
		out = append(out, at+i)
		at += i + len(lower)
	}
}

// lowered is text in lower case, byte for byte: letters whose lower-case form is of
// another length stay.
func lowered(s string) string {
	if l := strings.ToLower(s); len(l) == len(s) {
		return l
	}
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf && 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// act moves in the text. A page is turned as a whole: what was read is gone.
func (t *textPane) act(a action) {
	switch a {
	default:
		t.scroller.act(a)
	case actPageUp, actHalfUp, actPageDown, actHalfDown:
		top := t.top
		t.scroller.act(a)
		by := max(1, t.height-1)
		if a == actHalfUp || a == actHalfDown {
			by = max(1, t.height/2)
		}
		if a == actPageUp || a == actHalfUp {
			by = -by
		}
		t.top = max(0, min(top+by, t.n-t.height))
		t.to(t.row)
	}
}

// find looks for text from the cursor on, and goes to the first hit.
func (t *textPane) find(text string) {
	t.needle = strings.ToLower(text)
	t.look()
	for i := range t.hits {
		if int(t.hits[i].row) >= t.row {
			t.goTo(i)
			return
		}
	}
	if len(t.hits) > 0 {
		t.goTo(0)
	}
}

// next goes to the next hit or the one before, and past the end to the other one. It
// tells whether there is any.
func (t *textPane) next(by int) bool {
	n := len(t.hits)
	if n == 0 {
		return false
	}
	t.goTo(((t.hit+by)%n + n) % n)
	return true
}

func (t *textPane) goTo(hit int) {
	t.hit = hit
	t.n = len(t.rows)
	row := int(t.hits[hit].row)
	if row < t.top || row >= t.top+t.height {
		t.top = max(0, row-t.height/3) // with what stands before and behind it
	}
	t.to(row)
}

// found says how many hits there are, and which one is shown.
func (t *textPane) found() string {
	switch n := len(t.hits); {
	case t.needle == "":
		return ""
	case n == 0:
		return "no hit"
	case n == hitsMost:
		return fmt.Sprintf("hit %d of more than %d", t.hit+1, n)
	default:
		return fmt.Sprintf("hit %d of %d", t.hit+1, n)
	}
}

// line is the whole line under the cursor, as it can be taken along.
func (t *textPane) line() string {
	if t.row < 0 || t.row >= len(t.rows) {
		return ""
	}
	l := &t.lines[t.rows[t.row].line]
	return strings.TrimSpace(l.label + "  " + strings.TrimSpace(l.text))
}

// draw draws so many rows.
func (t *textPane) draw(m *model, rows int) {
	p := &m.p
	t.resize(len(t.rows), rows)
	label := labelWidth(m.width)
	last := int32(-1)
	var text string
	var parts []span
	indent := 0
	for i := t.top; i < t.end(); i++ {
		row := t.rows[i]
		l := &t.lines[row.line]
		if row.line != last {
			last = row.line
			// What is not to be shown goes before anything is cut: half a name can be read.
			text = p.private(l.text)
			parts, indent = l.cuts(text, m.width)
		}
		p.gutter(i == t.row)
		p.space(1)
		switch {
		case l.whole && row.part > 0:
			p.space(indent)
		case !l.whole && row.part == 0:
			p.cell(faint, l.label, label)
		case !l.whole:
			p.space(label)
		}
		if int(row.part) < len(parts) {
			s := parts[row.part]
			t.put(p, l.style, text[s.from:s.to])
		}
		p.end()
	}
}

// put writes a part of a line, and what was looked for in it so that it is seen.
func (t *textPane) put(p *painter, s style, text string) {
	if t.needle == "" {
		p.put(s, text)
		return
	}
	from := 0
	for _, at := range foundIn(text, t.needle) {
		p.put(s, text[from:at])
		from = at + len(t.needle)
		p.put(selected, text[at:from])
	}
	p.put(s, text[from:])
}
