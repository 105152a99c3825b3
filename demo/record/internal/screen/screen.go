// Package screen is what a terminal shows at one moment: cells, with their colours
// worked out. Whoever draws needs to know nothing of terminals.
package screen

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Color is one that covers what is below it.
type Color struct{ R, G, B uint8 }

// String writes it as CSS does.
func (c Color) String() string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// Mix is c with a part of other in it, from 0 (none) to 1 (other alone).
func (c Color) Mix(other Color, part float64) Color {
	mix := func(a, b uint8) uint8 { return uint8(float64(a)*(1-part) + float64(b)*part + 0.5) }
	return Color{mix(c.R, other.R), mix(c.G, other.G), mix(c.B, other.B)}
}

// Ink is what a character is written with.
type Ink struct{ Fg, Bg Color }

// Cell is one place of a screen.
type Cell struct {
	// Text is a character with what combines with it. It is "" in the second cell of
	// one that takes two.
	Text string
	Ink
	Bold, Underline bool
	// Wide says that the character takes the next cell too.
	Wide bool
}

// Blank tells whether there is nothing to see but the background.
func (c Cell) Blank() bool { return strings.TrimSpace(c.Text) == "" && !c.Underline }

// Screen is rows of cells.
type Screen struct {
	Width, Height int
	Cells         []Cell // row by row
	// Ink is what is written with where no colour was asked for.
	Ink Ink
}

// New is an empty one.
func New(width, height int, ink Ink) *Screen {
	s := &Screen{Width: width, Height: height, Ink: ink, Cells: make([]Cell, width*height)}
	for i := range s.Cells {
		s.Cells[i] = Cell{Text: " ", Ink: ink}
	}
	return s
}

// At is the cell of a column and a row.
func (s *Screen) At(x, y int) *Cell { return &s.Cells[y*s.Width+x] }

// Line is a row's text, without the spaces at its end.
func (s *Screen) Line(y int) string {
	var b strings.Builder
	for x := range s.Width {
		b.WriteString(s.At(x, y).Text)
	}
	return strings.TrimRight(b.String(), " ")
}

// Has tells whether a text stands in one of the rows.
func (s *Screen) Has(text string) bool {
	for y := range s.Height {
		if strings.Contains(s.Line(y), text) {
			return true
		}
	}
	return false
}

// Equal tells whether two screens look the same.
func (s *Screen) Equal(o *Screen) bool {
	return s.Width == o.Width && s.Height == o.Height && s.Ink == o.Ink && slices.Equal(s.Cells, o.Cells)
}

// Frame is a screen and since when it was seen.
type Frame struct {
	At     time.Duration
	Screen *Screen
}

// String is the text of the rows down to the last that is not empty, in a frame: for
// people who have to see why a text was not found.
func (s *Screen) String() string {
	var b strings.Builder
	edge := "+" + strings.Repeat("-", s.Width) + "+\n"
	b.WriteString(edge)
	height := s.Height
	for height > 1 && s.Line(height-1) == "" {
		height--
	}
	for y := range height {
		line := ""
		for x := range s.Width {
			line += s.At(x, y).Text
		}
		b.WriteString("|" + line + "|\n")
	}
	b.WriteString(edge)
	return b.String()
}
