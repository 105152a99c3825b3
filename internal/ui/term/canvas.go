package term

import (
	"bytes"
	"strconv"
)

// canvas knows what a terminal shows and what it is to show, and writes as little as
// leads from the one to the other. Frames that come while the terminal is busy are
// laid over each other: what is written in the end is the way to the latest of them.
//
// It reads the frames of Bubble Tea v1 in the alternate screen, which are lines: a
// whole one for each that has changed, and an empty one for each that has not. What
// it does not recognise it leaves alone, and then it knows nothing until Bubble Tea
// paints all lines. It counts on the widths on which Bubble Tea and the screen count:
// where a terminal draws the screen's glyphs two cells wide, ASCII is the way out.
type canvas struct {
	want  []row // the latest frame; nil is unknown
	have  []row // what the terminal shows; nil is unknown
	home  []byte
	below bool // the terminal may have old lines below the latest frame
}

// row is a line with its styles, as Bubble Tea writes it.
type row struct {
	text  []byte
	cells []cell // nil if a character in it may not have the width of one cell
}

// What Bubble Tea writes around lines.
var (
	cursorHome = []byte("\x1b[H")
	eraseBelow = []byte("\x1b[J")
	eraseRight = []byte("\x1b[K")
)

// Whether text that comes to the edge of the screen goes on in the next line.
const (
	wrapOff = "\x1b[?7l"
	wrapOn  = "\x1b[?7h"
)

// take lays a frame over the latest one. It returns false if p is none.
func (c *canvas) take(p []byte) bool {
	lines, home, ok := parse(p)
	if !ok {
		c.want, c.have = nil, nil
		return false
	}
	all := bytes.HasPrefix(lines[0], []byte("\r")) // it paints everything, whatever there is
	lines[0] = bytes.TrimPrefix(lines[0], []byte("\r"))
	last := len(lines) - 1
	if erased, ok := bytes.CutSuffix(lines[last], eraseBelow); ok {
		lines[last], c.below = erased, true
	}
	want := make([]row, len(lines))
	for i, l := range lines {
		switch l = bytes.TrimSuffix(l, []byte("\r")); {
		case len(l) > 0 || all:
			text := bytes.Clone(l)
			want[i] = row{text, cellsOf(text)}
		case i < len(c.want):
			want[i] = c.want[i]
		default:
			c.want, c.have = nil, nil
			return false
		}
	}
	if all {
		c.have = nil
	}
	c.want, c.home = want, home
	return true
}

// parse gives the lines of a frame, and the sequence at its end that puts the cursor
// into the last of them.
func parse(p []byte) (lines [][]byte, home []byte, ok bool) {
	body, ok := bytes.CutPrefix(p, cursorHome)
	at := bytes.LastIndex(body, []byte("\x1b["))
	if !ok || at < 0 || body[len(body)-1] != 'H' {
		return nil, nil, false
	}
	return bytes.Split(body[:at], []byte("\n")), bytes.Clone(body[at:]), true
}

// forget says that something else has been written to the terminal.
func (c *canvas) forget() { c.have = nil }

// paint gives what leads from what the terminal shows to the latest frame, or nil.
func (c *canvas) paint() []byte {
	if c.want == nil {
		return nil
	}
	b := []byte(syncBegin)
	for i, w := range c.want {
		switch {
		case c.below && i == len(c.want)-1:
			// Erasing starts in the last line itself: there may be none below it.
			b = w.whole(append(append(b, to(i)...), eraseBelow...), i)
		case i < len(c.have):
			b = w.over(b, c.have[i], i)
		default:
			b = w.whole(b, i)
		}
	}
	c.have, c.below = c.want, false
	if len(b) == len(syncBegin) {
		return nil
	}
	return append(append(b, c.home...), syncEnd...)
}

// to puts the cursor at the start of a line.
func to(line int) string { return "\x1b[" + strconv.Itoa(line+1) + "H" }

// toCell puts it into a cell.
func toCell(line, col int) string {
	return "\x1b[" + strconv.Itoa(line+1) + ";" + strconv.Itoa(col+1) + "H"
}
