package ui

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// painter builds a frame line by line, into a buffer that is used again for the
// next. Whatever is written stops at the width: a line never wraps.
type painter struct {
	pal   *palette
	g     *glyphs
	buf   []byte
	width int
	col   int // cells written in this line
	rows  int // lines ended
	flat  bool
	hide  *mask // of what is not to be shown, or nil
}

// begin starts a frame.
func (p *painter) begin(width int) {
	p.buf, p.width, p.col, p.rows, p.flat = p.buf[:0], width, 0, 0, false
}

// put writes text in a style, cut at the end of the line.
func (p *painter) put(s style, text string) {
	text = p.private(text)
	n := widthOf(text)
	if p.col+n > p.width {
		text = p.cut(text, p.width-p.col)
		n = widthOf(text)
	}
	if n == 0 {
		return
	}
	if prefix := p.pal[s]; prefix != "" && !p.flat {
		p.buf = append(append(append(p.buf, prefix...), text...), reset...)
	} else {
		p.buf = append(p.buf, text...)
	}
	p.col += n
}

// space writes n blanks.
func (p *painter) space(n int) {
	n = min(n, p.width-p.col)
	for range n {
		p.buf = append(p.buf, ' ')
	}
	p.col += max(n, 0)
}

// to writes blanks up to a column.
func (p *painter) to(col int) { p.space(col - p.col) }

// cell writes text into exactly w cells, from the left.
func (p *painter) cell(s style, text string, w int) {
	end := p.col + w
	p.put(s, p.cut(text, w))
	p.to(end)
}

// right writes text into exactly w cells, to the right.
func (p *painter) right(s style, text string, w int) {
	end := p.col + w
	text = p.cut(text, w)
	p.space(w - widthOf(text))
	p.put(s, text)
	p.to(end)
}

// repeat writes a one-cell glyph n times. Being one cell wide it is not measured: a
// screen may be full of them.
func (p *painter) repeat(s style, glyph string, n int) {
	n = min(n, p.width-p.col)
	if n <= 0 {
		return
	}
	prefix := p.pal[s]
	if p.flat {
		prefix = ""
	}
	p.buf = append(p.buf, prefix...)
	for range n {
		p.buf = append(p.buf, glyph...)
	}
	if prefix != "" {
		p.buf = append(p.buf, reset...)
	}
	p.col += n
}

// bar writes a bar of w cells between its ends, for a part from 0 to 1. It is full
// only when the part is whole.
func (p *painter) bar(s style, part float64, w int) {
	n := int(max(0, min(1, part)) * float64(w))
	p.put(faint, p.g.left)
	p.repeat(s, p.g.full, n)
	p.repeat(normal, p.g.empty, w-n)
	p.put(faint, p.g.right)
}

// mark starts a line that is written in reverse as a whole: styles in it are left
// out, since colours on a reversed ground are often unreadable.
func (p *painter) mark() {
	p.buf = append(p.buf, p.pal[selected]...)
	p.flat = true
}

// gutter writes the cell before a row of a list. That of the cursor is marked, and so is
// the rest of its line.
func (p *painter) gutter(current bool) {
	if !current {
		p.space(1)
		return
	}
	p.mark()
	p.put(normal, p.g.cursor)
}

// end ends the line.
func (p *painter) end() {
	if p.flat {
		p.to(p.width)
		p.buf = append(p.buf, reset...)
		p.flat = false
	}
	p.buf = append(p.buf, '\n')
	p.col = 0
	p.rows++
}

// fill writes empty lines until there are rows of them.
func (p *painter) fill(rows int) {
	for p.rows < rows {
		p.end()
	}
}

// frame gives the finished frame, without the last line's end.
func (p *painter) frame() string { return strings.TrimSuffix(string(p.buf), "\n") }

// widthOf is how many cells text takes.
func widthOf(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return ansi.StringWidth(s)
		}
	}
	return len(s)
}

// cut shortens text to at most w cells, with an ellipsis in place of what is gone.
func cut(s string, w int, ellipsis string) string {
	switch {
	case w <= 0:
		return ""
	case widthOf(s) <= w:
		return s
	case w <= widthOf(ellipsis):
		return ansi.Truncate(s, w, "")
	}
	return ansi.Truncate(s, w, ellipsis)
}

// middle shortens a path to at most w cells. Two thirds of what stays are its end:
// the file's name is what differs.
func middle(s string, w int, ellipsis string) string {
	n := widthOf(s)
	if n <= w {
		return s
	}
	if w < 8 {
		return cut(s, w, ellipsis)
	}
	tail := w * 2 / 3
	head := w - tail - widthOf(ellipsis)
	end := ansi.TruncateLeft(s, n-tail, "")
	// A wide character at the cut stays whole.
	for more := 1; widthOf(end) > tail; more++ {
		end = ansi.TruncateLeft(s, n-tail+more, "")
	}
	return ansi.Truncate(s, head, "") + ellipsis + end
}

// wrap cuts text into lines of at most w cells, between words where it can.
func wrap(text string, w, limit int, ellipsis string) []string {
	var lines []string
	for text != "" {
		if len(lines) == limit-1 || widthOf(text) <= w {
			return append(lines, cut(text, w, ellipsis))
		}
		head := cut(text, w, "")
		if head == "" {
			return lines
		}
		if i := strings.LastIndexByte(head, ' '); i > len(head)/2 {
			head = head[:i]
		}
		lines = append(lines, strings.TrimRight(head, " "))
		text = strings.TrimLeft(text[len(head):], " ")
	}
	return lines
}

// cut shortens text to at most w cells.
func (p *painter) cut(s string, w int) string { return cut(p.private(s), w, p.g.ellipsis) }

// middle shortens a path to at most w cells.
func (p *painter) middle(s string, w int) string { return middle(p.private(s), w, p.g.ellipsis) }

// wrap cuts text into lines of at most w cells.
func (p *painter) wrap(text string, w, limit int) []string {
	return wrap(p.private(text), w, limit, p.g.ellipsis)
}

// private takes out of text what is not to be shown. It comes before anything is cut:
// half a name can be read as well as a whole one.
func (p *painter) private(text string) string {
	if p.hide == nil {
		return text
	}
	return p.hide.of(text)
}
