package term

import (
	"bytes"
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// cell is a character of one cell and how it is drawn: the sequences since the last
// reset, as they stand in the line.
type cell struct {
	r     rune
	style string
}

// blank is a cell that was erased.
var blank = cell{r: ' '}

// noStyle ends all styles.
const noStyle = "\x1b[0m"

// nearby is how many unchanged cells between changed ones are written again, because
// to pass over them takes as many bytes.
const nearby = 5

// cellsOf takes a line apart. It gives nil if not every character is sure to take
// one cell on every terminal, or if there is something else than text and styles. Some
// characters take a cell by themselves and none behind another one: a line with those
// has not as many cells as Bubble Tea counts.
func cellsOf(line []byte) []cell {
	line, _ = bytes.CutSuffix(line, eraseRight)
	whole, plain := line, true
	cells := make([]cell, 0, len(line))
	style := ""
	for len(line) > 0 {
		if line[0] == 0x1b {
			n := styleLength(line)
			if n == 0 {
				return nil
			}
			if seq := string(line[:n]); seq == noStyle || seq == "\x1b[m" {
				style = ""
			} else {
				style += seq
			}
			line = line[n:]
			continue
		}
		r, n := utf8.DecodeRune(line)
		if !single(r) {
			return nil
		}
		plain = plain && r < utf8.RuneSelf
		cells = append(cells, cell{r, style})
		line = line[n:]
	}
	if !plain && ansi.StringWidth(string(whole)) != len(cells) {
		return nil
	}
	return cells
}

// styleLength is the length of the SGR sequence at the start of b, or 0.
func styleLength(b []byte) int {
	if len(b) < 3 || b[1] != '[' {
		return 0
	}
	for i, c := range b[2:] {
		switch {
		case c == 'm':
			return i + 3
		case c != ';' && c != ':' && (c < '0' || c > '9'):
			return 0
		}
	}
	return 0
}

// single tells whether a character takes one cell and joins with no other.
func single(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= ' ' && r < 0x7f
	}
	// Beyond the basic plane are flags and pictures, of which terminals think
	// differently.
	return r < 0x1_0000 && r != utf8.RuneError && unicode.IsGraphic(r) && ansi.StringWidth(string(r)) == 1
}

// whole writes all of a row. Where a terminal draws a character in it wider than it is
// counted, the row ends at the edge of the screen and does not go on in the next one,
// which may not be written again.
func (w row) whole(b []byte, at int) []byte {
	if w.cells != nil {
		return append(append(b, to(at)...), w.text...)
	}
	b = append(append(append(b, wrapOff...), to(at)...), w.text...)
	return append(b, wrapOn...)
}

// over writes the cells in which a row differs from the one that the terminal shows
// in its place.
func (w row) over(b []byte, have row, at int) []byte {
	if bytes.Equal(w.text, have.text) {
		return b
	}
	if w.cells == nil || have.cells == nil {
		return w.whole(b, at)
	}
	end := len(w.cells) // from here on it is blank
	for end > 0 && w.cells[end-1] == blank {
		end--
	}
	style, col := "", -1 // where the cursor is, and how it writes
	for i := 0; i < end; {
		from := i
		if i = wordEnd(w.cells, from, end); same(w.cells, have.cells, from, i) {
			continue
		}
		switch {
		case col < 0:
			b, col = append(b, toCell(at, from)...), from
		case from-col > nearby:
			b, col = append(b, "\x1b["+strconv.Itoa(from+1)+"G"...), from
		}
		for ; col < i; col++ {
			b = w.cells[col].write(b, &style)
		}
	}
	if style != "" {
		b = append(b, noStyle...)
	}
	left := have.cells[min(end, len(have.cells)):]
	if slices.ContainsFunc(left, func(c cell) bool { return c != blank }) {
		if col != end {
			b = append(b, toCell(at, end)...)
		}
		b = append(b, eraseRight...)
	}
	return b
}

// write writes the cell, where the latest was written in that style.
func (c cell) write(b []byte, style *string) []byte {
	if c.style != *style {
		if *style != "" {
			b = append(b, noStyle...)
		}
		b = append(b, c.style...)
		*style = c.style
	}
	return utf8.AppendRune(b, c.r)
}

// wordEnd is where the letters end that start at a cell, or the one behind it. Words
// are written whole: who searches what a terminal was sent, finds them.
func wordEnd(cells []cell, i, end int) int {
	j := i
	for j < end && unicode.IsLetter(cells[j].r) {
		j++
	}
	return max(j, i+1)
}

// same tells whether two lines are the same between two cells.
func same(a, b []cell, from, to int) bool {
	for i := from; i < to; i++ {
		if get(a, i) != get(b, i) {
			return false
		}
	}
	return true
}

// get gives a cell of a line that ends in blanks.
func get(cells []cell, i int) cell {
	if i < len(cells) {
		return cells[i]
	}
	return blank
}
