package ui

import "strings"

// prompt is a line that is typed below the rows: a filter, or what is looked for in a
// text. It takes effect with every key.
type prompt struct {
	editor
	help    string            // what can be typed, while nothing is
	lead    string            // what stands before it; "" is a slash
	undo    string            // what esc does, if not to show all rows
	changed func(text string) // takes effect
	found   func() string     // what came of it: "37 of 2506"
	// accepted takes effect when the line is finished; it may be nil.
	accepted func(text string)
}

// edit carries out an action while a prompt is open.
func (m *model) edit(in input) {
	t := m.typing
	switch in.act {
	case actAccept:
		m.typing = nil
		if t.accepted != nil {
			t.accepted(t.String())
		}
	case actAbandon:
		m.typing = nil
		t.set("")
		t.changed("")
	case actUp, actDown, actPageUp, actPageDown:
		m.view().act(m, in.act)
	case actWheelUp, actWheelDown:
		m.wheel(in)
	default:
		if t.edit(in) {
			t.changed(t.String())
		}
	}
}

// drawPrompt writes it with its cursor.
func (m *model) drawPrompt() {
	p, t := &m.p, m.typing
	p.put(bold, or(t.lead, "/"))
	found := ""
	if t.found != nil {
		found = "  " + t.found()
	}
	help := ""
	if m.width >= medium && len(t.text) == 0 {
		help = "   " + t.help
	}
	text := []rune(p.private(t.String()))
	if len(text) != len(t.text) {
		text = []rune(strings.Repeat(veil, len(t.text))) // a name in wide characters
	}
	before, at, after := string(text[:t.pos]), " ", ""
	if t.pos < len(text) {
		at, after = string(text[t.pos:t.pos+1]), string(text[t.pos+1:])
	}
	room := p.width - p.col - widthOf(found) - 2
	for widthOf(before) > room && before != "" {
		before = string([]rune(before)[1:])
	}
	p.put(normal, before)
	p.put(selected, at)
	p.put(normal, cut(after, room-widthOf(before), ""))
	p.put(bold, found)
	p.put(faint, help)
}
