package picture

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"example.com/tufinspect/demo/record/internal/screen"
)

// A cell of an SVG, in its units. Shapes are drawn in tenths of them.
const (
	svgWidth    = 8
	svgHeight   = 17
	svgFont     = 13.3 // makes DejaVu Sans Mono, Menlo and their like one cell wide
	svgBaseline = 12.9
	svgPad      = 10
	svgFine     = 10
)

// SVG writes a screen with its text as text, which can be searched and is sharp at any
// size. It is shown in a font of the reader's; the width of each piece is fixed.
func SVG(w io.Writer, s *screen.Screen) error {
	out := bufio.NewWriter(w)
	width, height := s.Width*svgWidth+2*svgPad, s.Height*svgHeight+2*svgPad
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace" font-size="%v">`+"\n", width, height, width, height, svgFont)
	fmt.Fprintf(out, `<style>text{white-space:pre}</style><rect width="100%%" height="100%%" rx="8" fill="%s"/>`+"\n", s.Ink.Bg)
	for y := range s.Height {
		row := svgRow{out: out, s: s, y: y}
		row.grounds()
		for x := 0; x < s.Width; {
			x = row.piece(x)
		}
	}
	fmt.Fprintln(out, "</svg>")
	return out.Flush()
}

// svgRow is a row of a screen that is being written.
type svgRow struct {
	out *bufio.Writer
	s   *screen.Screen
	y   int
}

func left(x int) int { return svgPad + x*svgWidth }
func top(y int) int  { return svgPad + y*svgHeight }

// grounds fills what has a background of its own.
func (r svgRow) grounds() {
	for x := 0; x < r.s.Width; {
		bg, from := r.s.At(x, r.y).Bg, x
		for x < r.s.Width && r.s.At(x, r.y).Bg == bg {
			x++
		}
		if bg != r.s.Ink.Bg {
			fmt.Fprintf(r.out, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`+"\n", left(from), top(r.y), (x-from)*svgWidth, svgHeight, bg)
		}
	}
}

// piece writes what begins at a cell, and gives the cell after it.
func (r svgRow) piece(x int) int {
	c := r.s.At(x, r.y)
	if c.Blank() || c.Text == "" {
		return x + 1
	}
	if n := r.shapes(x); n > x {
		return n
	}
	// Letters of one look are one piece. Whatever a reader's font may lack is alone, and
	// so is what stands behind a gap: it keeps its place then.
	from, text := x, ""
	for alone := !plain(c.Text); x < r.s.Width; {
		n := r.s.At(x, r.y)
		gap := strings.TrimSpace(n.Text) == "" && (x+1 == r.s.Width || strings.TrimSpace(r.s.At(x+1, r.y).Text) == "")
		if x > from && (alone || !plain(n.Text) || gap || n.Ink != c.Ink || n.Bold != c.Bold || n.Underline != c.Underline) {
			break
		}
		text += n.Text
		if x++; n.Wide {
			x++
		}
	}
	kept := strings.TrimRight(text, " ")
	width := (x - from - (len(text) - len(kept))) * svgWidth
	more := ""
	if c.Bold {
		more += ` font-weight="bold"`
	}
	if c.Underline {
		more += ` text-decoration="underline"`
	}
	fmt.Fprintf(r.out, `<text x="%d" y="%.1f" textLength="%d" lengthAdjust="spacingAndGlyphs" fill="%s"%s>`, left(from), float64(top(r.y))+svgBaseline, width, c.Fg, more)
	_ = xml.EscapeText(r.out, []byte(kept)) // a bufio.Writer keeps its error for Flush
	fmt.Fprintln(r.out, "</text>")
	return x
}

// plain tells whether every font has a character.
func plain(text string) bool { return len(text) == 1 }

// shapes draws the lines and blocks of one look that begin at a cell, and gives the
// cell after them.
func (r svgRow) shapes(x int) int {
	c := r.s.At(x, r.y)
	var pen svgPen
	from := x
	for ; x < r.s.Width; x++ {
		n := r.s.At(x, r.y)
		runes := []rune(n.Text)
		pen.left = (x - from) * svgWidth * svgFine
		if n.Ink != c.Ink || len(runes) != 1 || !(shape{&pen, svgWidth * svgFine, svgHeight * svgFine}).draw(runes[0]) {
			break
		}
	}
	if x > from {
		pen.flush()
		fmt.Fprintf(r.out, `<g transform="translate(%d %d) scale(%v)" fill="%s" stroke="%s" stroke-width="0" shape-rendering="crispEdges">%s</g>`+"\n",
			left(from), top(r.y), 1.0/svgFine, c.Fg, c.Fg, pen.out.String())
	}
	return x
}

// svgPen writes elements. Rectangles that touch in a row are one, so that nothing shows
// between them.
type svgPen struct {
	out  strings.Builder
	left int // of the cell
	last struct {
		x0, y0, x1, y1 int
		part           float64
	}
}

func (p *svgPen) rect(x0, y0, x1, y1 int, part float64) {
	x0, x1 = x0+p.left, x1+p.left
	l := &p.last
	if l.x1 == x0 && l.y0 == y0 && l.y1 == y1 && l.part == part {
		l.x1 = x1
		return
	}
	p.flush()
	l.x0, l.y0, l.x1, l.y1, l.part = x0, y0, x1, y1, part
}

// flush writes the rectangle that is kept.
func (p *svgPen) flush() {
	l := &p.last
	if l.x1 > l.x0 {
		fmt.Fprintf(&p.out, `<rect x="%d" y="%d" width="%d" height="%d"`, l.x0, l.y0, l.x1-l.x0, l.y1-l.y0)
		if l.part < 1 {
			fmt.Fprintf(&p.out, ` opacity="%v"`, l.part)
		}
		p.out.WriteString("/>")
	}
	l.x0, l.x1 = 0, 0
}

func (p *svgPen) arc(cx, cy, radius, thick float64, right, down bool) {
	cx += float64(p.left)
	sideways, upright := -radius, -radius
	if right {
		sideways = radius
	}
	if down {
		upright = radius
	}
	sweep := 0
	if right == down {
		sweep = 1
	}
	fmt.Fprintf(&p.out, `<path d="M%.1f %.1fA%.1f %.1f 0 0 %d %.1f %.1f" fill="none" stroke-width="%.1f" shape-rendering="auto"/>`,
		cx+sideways, cy, radius, radius, sweep, cx, cy+upright, thick)
}

func (p *svgPen) dot(cx, cy, radius float64) {
	fmt.Fprintf(&p.out, `<circle cx="%.1f" cy="%.1f" r="%.1f" shape-rendering="auto"/>`, cx+float64(p.left), cy, radius)
}
