package ui

import (
	"fmt"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
)

// waterfall is the view of items on a time axis: a line for each attempt. A repository
// that hangs is a wall of silence.
//
// The cursor stands on an attempt: its item is that of the list, and which of the
// item's attempts it is, is what the pane shows.
type waterfall struct {
	pane
	zoom   time.Duration // of a cell; 0: the whole run fits
	panned bool          // the axis stands still; else it follows now
	from   time.Duration // where it begins then

	of     int32 // the item under the cursor when the view last looked, or none
	tries  int   // attempts that it had
	line   int   // of the screen, in which the cursor stands
	height int   // lines there is room for
	lost   int32 // the item before a recording was played anew, or none
	oldest int   // and which of its attempts, counted from the oldest
	drawn  []itemLine
	cells  []cell
}

// itemLine is a line of an item on screen.
type itemLine struct {
	row  int   // in the list
	id   int32 // the item
	line int   // of its lines
}

// Lines of an item. One that is tried again and again must not push all others off
// the screen: the first attempt and the latest are shown, those between share a line.
const (
	mostLines = 5
	foldLine  = 1
)

// linesOf is how many lines an item has. One that has not started has one too.
func linesOf(it *engine.Item) int { return max(1, min(it.Tries(), mostLines)) }

// lineFor is the line in which an attempt stands, counted from the oldest.
func lineFor(it *engine.Item, attempt int) int {
	switch n := it.Tries(); {
	case n <= mostLines, attempt < foldLine:
		return max(attempt, 0)
	default:
		return max(foldLine, attempt-(n-mostLines))
	}
}

// attemptAt is the attempt in a line, of several the latest; it is -1 when there is
// none.
func attemptAt(it *engine.Item, line int) int {
	n := it.Tries()
	if n > mostLines && line >= foldLine {
		return line + n - mostLines
	}
	return min(line, n-1)
}

// at is the line of its item in which the cursor stands.
func (v *waterfall) at(it *engine.Item) int { return lineFor(it, it.Tries()-1-v.back) }

// opened keeps the item under the cursor where it was on screen. The cursor stands on
// its latest attempt, and the ones before are not to be above the screen.
func (v *waterfall) opened(m *model) {
	v.line = m.list.row - m.list.top
	if it := m.current(); it != nil {
		v.settle(m)
		v.line += v.at(it)
	}
}

// rewound keeps which attempt the cursor is on, counted from the oldest: there are fewer
// of them now.
func (v *waterfall) rewound() {
	if v.of != none && v.tries > 0 && v.back > 0 {
		v.lost, v.oldest = v.of, v.tries-1-v.back
	}
	v.of, v.tries, v.drawn = none, 0, v.drawn[:0]
}

func (v *waterfall) act(m *model, a action) {
	v.stay(m)
	v.settle(m)
	v.lost = none
	switch a {
	case actOpen:
		back := v.back
		v.toggle(m)
		v.back = back // the attempt under the cursor
	case actOlder:
		v.zoomOut(m)
	case actNewer:
		v.zoomIn(m)
	case actLeft:
		v.panLeft(m)
	case actRight:
		v.panRight(m)
	case actUp, actWheelUp:
		v.step(m, -1)
	case actDown, actWheelDown:
		v.step(m, 1)
	case actHalfUp:
		v.step(m, -max(1, v.height/2))
	case actHalfDown:
		v.step(m, max(1, v.height/2))
	case actPageUp, actPageDown:
		switch {
		case v.turn(m, a):
		case a == actPageUp:
			v.step(m, -max(1, v.height))
		default:
			v.step(m, max(1, v.height))
		}
	case actBack:
		if !v.open && v.zoom > 0 {
			v.follow()
			return
		}
		v.onItems(m, a)
	default:
		v.onItems(m, a)
	}
}

// onItems carries out what is not the waterfall's own.
func (v *waterfall) onItems(m *model, a action) {
	it, row, back := m.list.cursor, m.list.row, v.back
	m.actOnItems(&v.pane, a)
	if m.list.cursor == it {
		v.back = back
		return
	}
	v.moved(m)
	v.settle(m)
	switch a {
	case actNextHit, actPrevHit, actMark, actBottom:
		v.line += m.list.row - row // at least; the window keeps it on screen
	}
}

// step moves the cursor by some lines.
func (v *waterfall) step(m *model, by int) {
	it := m.current()
	if it == nil {
		return
	}
	row, line := m.list.row, v.at(it)
	for ; by < 0 && (row > 0 || line > 0); by++ {
		if line--; line < 0 {
			row--
			line = linesOf(m.item(row)) - 1
		}
		v.line--
	}
	for ; by > 0; by-- {
		if line+1 < linesOf(m.item(row)) {
			line++
		} else if row+1 < len(m.list.rows) {
			row, line = row+1, 0
		} else {
			break
		}
		v.line++
	}
	v.put(m, row, line)
}

// put moves the cursor to a line of a row.
func (v *waterfall) put(m *model, row, line int) {
	m.list.move(row-m.list.row, m.clock())
	it := m.current()
	if it == nil {
		return
	}
	v.moved(m)
	v.settle(m)
	v.back = max(0, it.Tries()-1-attemptAt(it, line))
}

// settle takes over what has become of the item under the cursor. The cursor stays on
// its attempt when another one begins, unless it is on the latest.
func (v *waterfall) settle(m *model) {
	it := m.current()
	if it == nil {
		v.of, v.tries, v.back = none, 0, 0
		return
	}
	n := it.Tries()
	switch {
	case m.list.cursor == v.lost && n > v.oldest:
		v.of, v.lost, v.back = v.lost, none, n-1-v.oldest
	case m.list.cursor != v.of:
		v.of, v.back = m.list.cursor, 0
	case v.back > 0:
		v.back += n - v.tries
	}
	v.tries = n
	v.back = max(0, min(v.back, n-1))
}

// item is the one in a row.
func (m *model) item(row int) *engine.Item { return m.st.Items.At(int(m.list.rows[row])) }

func (v *waterfall) click(m *model, row int) {
	if row < 1 || row > len(v.drawn) {
		return
	}
	v.stay(m)
	at := v.drawn[row-1]
	if i := m.list.find(at.id); i != none {
		v.line = row - 1
		v.put(m, i, at.line)
	}
}

func (v *waterfall) copy(m *model, line bool) string { return m.copyItem(line) }

func (v *waterfall) footer(m *model, a action) string {
	switch {
	case a == actOpen && v.open:
		return "close"
	case m.width < medium: // there is no room for more than what matters most
	case a == actOlder:
		return "zoom"
	case a == actLeft && v.zoom > 0:
		return "pan"
	case a == actBack && v.zoom > 0 && !v.open:
		return "whole run"
	}
	return ""
}

func (v *waterfall) draw(m *model, rows int) {
	v.settle(m)
	v.drawn = v.drawn[:0]
	v.split(m, rows, func(rows int) { v.drawTable(m, rows) })
}

// legendFrom is how many rows there have to be for a legend. A low screen has it only
// while it says something that cannot be seen.
const legendFrom = 10

func (v *waterfall) drawTable(m *model, rows int) {
	p := &m.p
	end := p.rows + rows
	legend := rows >= legendFrom || v.zoom > 0
	v.height = max(1, rows-1-boolInt(legend))
	if len(m.list.rows) == 0 {
		m.list.resize(v.height)
	} else {
		v.window(m)
	}
	s := v.scale(m)
	v.drawHead(m, s)
	if len(m.list.rows) == 0 {
		p.space(2)
		p.put(faint, m.emptyText())
		p.end()
	}
	now := m.now()
	for i := range v.drawn {
		v.drawLine(m, s, now, i)
	}
	if legend {
		p.fill(end - 1)
		v.drawLegend(m, s)
	}
}

// window finds the lines on screen: the cursor stays in its line as long as that is
// possible, whatever comes and goes above it. It looks at no more items than there
// are lines.
func (v *waterfall) window(m *model) {
	l := &m.list
	it := m.current()
	at := v.at(it)
	if !l.held {
		v.line = at // the list begins at its first row
	}
	below := linesOf(it) - at
	for row := l.row + 1; row < len(l.rows) && below < v.height; row++ {
		below += linesOf(m.item(row))
	}
	v.line = max(0, min(max(v.line, v.height-below), v.height-1))
	// Up from the cursor, as far as there is something.
	row, line := l.row, at-v.line
	for line < 0 && row > 0 {
		row--
		line += linesOf(m.item(row))
	}
	if line < 0 {
		v.line += line
		line = 0
	}
	items := 1
	for first := row; len(v.drawn) < v.height && row < len(l.rows); row, line = row+1, 0 {
		id := l.rows[row]
		for n := linesOf(m.item(row)); line < n && len(v.drawn) < v.height; line++ {
			v.drawn = append(v.drawn, itemLine{row, id, line})
		}
		items = row - first + 1
	}
	l.resize(items)
	l.top = v.drawn[0].row
}

// nameWidth is how many cells the names have.
func nameWidth(width int) int {
	switch {
	case width < medium:
		return width/2 - 10
	case width < 120:
		return 30
	}
	return min(33+(width-120)*3/10, 60)
}

// beforeAxis is at which column the axis begins.
func beforeAxis(width int) int { return 2 + nameWidth(width) + 1 }

func (v *waterfall) drawHead(m *model, s scale) {
	p := &m.p
	p.space(2)
	title := "TARGET"
	if n := len(m.list.rows); len(v.drawn) > 0 {
		first, last := v.drawn[0], v.drawn[len(v.drawn)-1]
		if first.row > 0 || last.row < n-1 {
			title += fmt.Sprintf("  %d-%d of %d", first.row+1, last.row+1, n)
		}
	}
	title += m.narrowed()
	p.cell(bold, title, nameWidth(m.width))
	s.drawLabels(p, beforeAxis(m.width))
	p.end()
}

// drawLegend explains the cells, and says what part of the run is shown.
func (v *waterfall) drawLegend(m *model, s scale) {
	p := &m.p
	state := "whole run"
	switch {
	case v.still(m):
		step := min(s.step(), time.Second)
		if s.step() >= time.Second {
			step = time.Second
		}
		state = moment(s.from, step) + " to " + moment(s.end(), step) + ", esc shows all"
	case v.zoomed(m):
		state = "the last " + measure.Lapse(s.per*time.Duration(s.cells-reasonRoom(s.cells))) + ", esc shows all"
	}
	room := p.width - 2 - widthOf(state)
	for i, part := range [...]struct {
		s           style
		glyph, text string
	}{
		{busy, p.g.connect, "connect"}, {busy, p.g.await, "first byte"}, {busy, p.g.body, "body"},
		{warn, p.g.silence, "silence"}, {working, p.g.hash, "hash"},
	} {
		if p.col+3+boolInt(i > 0)*2+widthOf(part.text) > room {
			break
		}
		p.space(2)
		p.put(part.s, part.glyph)
		p.put(faint, " "+part.text)
	}
	p.space(3)
	p.put(normal, state)
	p.end()
}
