// Package screen is what a terminal shows: the other end of a pseudo terminal, for tests
// and measurements of the real screen.
package screen

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Grid is what a terminal shows, for the sequences that the inspector's screen and Bubble
// Tea write. Every character takes one cell: what is measured here has no others.
type Grid struct {
	cells         [][]rune
	width, height int
	row, col      int
	rest          []byte // a sequence or a character that is not complete

	// Frames is how many have ended, and Ended, if set, is called at the end of each.
	Frames int
	Ended  func()
}

// New is an empty one, of so many cells.
func New(width, height int) *Grid {
	g := &Grid{width: width, height: height, cells: make([][]rune, height)}
	for i := range g.cells {
		g.cells[i] = []rune(strings.Repeat(" ", width))
	}
	return g
}

// Resize makes it so many cells large. What it shows stays where it is, as far as there
// is room.
func (g *Grid) Resize(width, height int) {
	old := g.cells
	g.width, g.height = width, height
	g.cells = make([][]rune, height)
	for i := range g.cells {
		g.cells[i] = []rune(strings.Repeat(" ", width))
		if i < len(old) {
			copy(g.cells[i], old[i])
		}
	}
	g.row, g.col = min(g.row, height-1), min(g.col, width)
}

// Height is how many rows there are.
func (g *Grid) Height() int { return g.height }

// Line is a row's text.
func (g *Grid) Line(row int) string { return string(g.cells[row]) }

// Has tells whether a text is on screen.
func (g *Grid) Has(text string) bool {
	for r := range g.height {
		if strings.Contains(g.Line(r), text) {
			return true
		}
	}
	return false
}

// Write takes output in pieces that may end anywhere.
func (g *Grid) Write(p []byte) {
	b := slices.Concat(g.rest, p)
	for len(b) > 0 {
		n := g.one(b)
		if n == 0 {
			break
		}
		b = b[n:]
	}
	g.rest = b
}

// one takes what b starts with and gives its length, or 0 if it is not complete.
func (g *Grid) one(b []byte) int {
	switch {
	case b[0] == '\r':
		g.col = 0
		return 1
	case b[0] == '\n':
		g.row = min(g.row+1, g.height-1)
		return 1
	case b[0] == 0x1b:
		return g.escape(b)
	case !utf8.FullRune(b):
		return 0
	}
	r, n := utf8.DecodeRune(b)
	if r >= ' ' && g.col < g.width {
		g.cells[g.row][g.col] = r
		g.col++
	}
	return n
}

func (g *Grid) escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	if b[1] != '[' {
		return 2
	}
	for i := 2; i < len(b); i++ {
		if b[i] >= 0x40 && b[i] <= 0x7e {
			g.control(string(b[2:i]), b[i])
			return i + 1
		}
	}
	return 0
}

func (g *Grid) control(params string, final byte) {
	first, second, _ := strings.Cut(params, ";")
	n, _ := strconv.Atoi(first)
	m, _ := strconv.Atoi(second)
	switch {
	case final == 'H':
		g.row, g.col = min(max(n, 1), g.height)-1, min(max(m, 1), g.width)-1
	case final == 'A':
		g.row = max(0, g.row-max(n, 1))
	case final == 'B':
		g.row = min(g.height-1, g.row+max(n, 1))
	case final == 'G':
		g.col = min(max(n, 1), g.width) - 1
	case final == 'C':
		g.col = min(g.width-1, g.col+max(n, 1))
	case final == 'K' && n == 0:
		g.erase(g.row, g.col)
	case final == 'K':
		g.erase(g.row, 0)
	case final == 'J' && n == 0:
		g.erase(g.row, g.col)
		for r := g.row + 1; r < g.height; r++ {
			g.erase(r, 0)
		}
	case final == 'J':
		for r := range g.height {
			g.erase(r, 0)
		}
	case final == 'l' && params == "?2026":
		g.Frames++
		if g.Ended != nil {
			g.Ended()
		}
	}
}

func (g *Grid) erase(row, col int) {
	for c := col; c < g.width; c++ {
		g.cells[row][c] = ' '
	}
}
