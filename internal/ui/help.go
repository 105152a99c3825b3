package ui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// read moves in the help, or closes it.
func (m *model) read(a action) {
	switch a {
	case actUp, actWheelUp:
		m.helpTop--
	case actDown, actWheelDown:
		m.helpTop++
	case actPageUp:
		m.helpTop -= m.height / 2
	case actPageDown:
		m.helpTop += m.height / 2
	case actHelp:
		m.help = false
	}
}

// overlay puts the help over a frame.
func (m *model) overlay(frame string) string {
	lines := strings.Split(frame, "\n")
	for len(lines) < m.height {
		lines = append(lines, "")
	}
	box, w := m.helpBox(m.height - 1) // the footer says how to get out
	top := max(0, (m.height-1-len(box))/2)
	left := max(0, (m.width-w)/2)
	for i, b := range box {
		back := lines[top+i]
		before := ansi.Truncate(back, left, "")
		before += reset + strings.Repeat(" ", left-ansi.StringWidth(before))
		after := ""
		if rest := ansi.StringWidth(back) - left - w; rest > 0 {
			after = ansi.TruncateLeft(back, left+w, "")
			if ansi.StringWidth(after) > rest { // a wide character at the edge stays whole
				after = " " + ansi.TruncateLeft(back, left+w+1, "")
			}
		}
		lines[top+i] = before + b + after
	}
	return strings.Join(lines, "\n")
}

// helpWidest is the widest that the help gets: longer lines are hard to read.
const helpWidest = 100

// helpBox paints the key table in a frame of its own of at most so many rows, and
// gives its width. What does not work in the present view is faint.
func (m *model) helpBox(rows int) ([]string, int) {
	g := m.p.g
	w := min(m.width, helpWidest)
	inner := w - 4
	lines := m.helpLines(inner)
	title, more := " keys ", ""
	if n := rows - 2; len(lines) > n {
		m.helpTop = max(0, min(m.helpTop, len(lines)-n))
		more = fmt.Sprintf(" %d-%d of %d, %s move ", m.helpTop+1, m.helpTop+n, len(lines), g.moves)
		lines = lines[m.helpTop : m.helpTop+n]
	} else {
		m.helpTop = 0
	}
	b := g.box
	edge := func(left, text, right string) string {
		return left + b[4] + text + strings.Repeat(b[4], w-3-ansi.StringWidth(text)) + right
	}
	out := []string{edge(b[0], title, b[1])}
	for _, line := range lines {
		out = append(out, b[5]+" "+line+strings.Repeat(" ", max(0, inner-ansi.StringWidth(line)))+" "+b[5])
	}
	return append(out, edge(b[2], more, b[3])), w
}

// helpLines are the lines of the help, w cells wide: the keys of a group follow one
// another.
func (m *model) helpLines(w int) []string {
	const label = 8
	p := painter{pal: m.p.pal, g: m.p.g}
	p.begin(w)
	group := ""
	for i := range m.bindings {
		b := &m.bindings[i]
		if b.show == "" {
			continue
		}
		keys := p.g.keys(b.show)
		switch n := widthOf(keys) + 1 + widthOf(b.what); {
		case b.group != group:
			if group != "" {
				p.end()
			}
			group = b.group
			p.cell(faint, group, label)
		case p.col+3+n > w:
			p.end()
			p.space(label)
		default:
			p.space(3)
		}
		keyStyle, textStyle := bold, normal
		if !b.works(m.at) {
			keyStyle, textStyle = faint, faint
		}
		p.put(keyStyle, keys)
		p.put(textStyle, " "+b.what)
	}
	p.end()
	p.end()
	for _, line := range inLines(m.legend(), w) {
		p.put(faint, line)
		p.end()
	}
	p.end()
	texts := []string{
		"filter: words, !word, state:failed, state:not (checked), role:name, err:503, host:name, age:>10s; all have to hold",
		"marked rows are acted on together; without marks, the row under " + p.g.cursor,
	}
	if m.tape.on {
		texts = texts[:1]
	}
	for _, text := range texts {
		for _, line := range wrap(text, w, 3, p.g.ellipsis) {
			p.put(faint, line)
			p.end()
		}
	}
	return strings.Split(p.frame(), "\n")
}

// legend are the states with their glyphs.
func (m *model) legend() []string {
	var states []string
	for _, f := range faces() {
		states = append(states, fmt.Sprintf("%s %s", m.p.g.state[f], f))
	}
	states = append(states, m.p.g.soon+" ends soon")
	if m.tape.on {
		return states // where no row is marked
	}
	return append(states, m.p.g.mark+" marked")
}

// inLines puts pieces of text into lines of at most w cells, three cells apart.
func inLines(pieces []string, w int) []string {
	var lines []string
	line := ""
	for _, s := range pieces {
		switch {
		case line == "":
			line = s
		case widthOf(line)+3+widthOf(s) > w:
			lines = append(lines, line)
			line = s
		default:
			line += "   " + s
		}
	}
	return append(lines, line)
}
