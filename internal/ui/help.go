package ui

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"example.com/tufinspect/internal/engine"
)

// overlay puts the help over a frame.
func (m *model) overlay(frame string) string {
	lines := strings.Split(frame, "\n")
	for len(lines) < m.height {
		lines = append(lines, "")
	}
	box, w := m.helpBox()
	top := max(0, (m.height-1-len(box))/2)
	left := max(0, (m.width-w)/2)
	for i, b := range box {
		if top+i >= m.height-1 {
			break // the footer says how to get out
		}
		back := lines[top+i]
		before := ansi.Truncate(back, left, "")
		before += reset + strings.Repeat(" ", left-ansi.StringWidth(before))
		after := ""
		if ansi.StringWidth(back) > left+w {
			after = ansi.TruncateLeft(back, left+w, "")
		}
		lines[top+i] = before + b + after
	}
	return strings.Join(lines, "\n")
}

// helpBox paints the key table in a frame of its own, and gives its width. It is as
// roomy as the screen allows.
func (m *model) helpBox() ([]string, int) {
	g := m.p.g
	var keys [][2]string
	for _, t := range groupTitles {
		for _, b := range m.bindings {
			if b.group == t[0] && b.show != "" {
				keys = append(keys, [2]string{strings.ReplaceAll(b.show, "↑↓", g.moves), b.what})
			}
		}
	}
	var states []string
	for s := range engine.NumStates {
		states = append(states, fmt.Sprintf("%s %s", g.state[s], engine.ItemState(s)))
	}
	w := min(m.width, 100)
	inner := w - 4
	column := inner / 2
	rows := (len(keys) + 1) / 2
	p := painter{pal: m.p.pal, g: g}
	p.begin(inner)
	for i := range rows {
		for c := range 2 {
			p.to(c * column)
			if n := c*rows + i; n < len(keys) {
				p.cell(bold, keys[n][0], 11)
				p.put(normal, cut(keys[n][1], column-12, g.ellipsis))
			}
		}
		p.end()
	}
	if m.height >= rows+10 {
		p.end()
		for _, s := range states {
			if p.col > 0 && p.col+3+widthOf(s) > inner {
				p.end()
			}
			if p.col > 0 {
				p.space(3)
			}
			p.put(faint, s)
		}
		p.end()
		p.end()
		p.put(faint, "filter: words, !word, state:failed, role:name, err:503; all of them have to hold")
		p.end()
	}
	b := g.box
	title := b[4] + " keys "
	out := []string{b[0] + title + strings.Repeat(b[4], w-2-ansi.StringWidth(title)) + b[1]}
	for _, line := range strings.Split(p.frame(), "\n") {
		out = append(out, b[5]+" "+line+strings.Repeat(" ", inner-ansi.StringWidth(line))+" "+b[5])
	}
	out = append(out, b[2]+strings.Repeat(b[4], w-2)+b[3])
	return out, w
}
