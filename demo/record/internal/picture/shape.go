package picture

import "math"

// arms are how thick the lines are from the middle of a cell to its edges: 0 is none,
// 1 a light one, 2 a heavy one.
type arms struct{ up, right, down, left int }

// boxes are the characters that are made of such lines.
func boxes() map[rune]arms {
	return map[rune]arms{
		'─': {0, 1, 0, 1}, '━': {0, 2, 0, 2}, '│': {1, 0, 1, 0}, '┃': {2, 0, 2, 0},
		'┌': {0, 1, 1, 0}, '┐': {0, 0, 1, 1}, '└': {1, 1, 0, 0}, '┘': {1, 0, 0, 1},
		'├': {1, 1, 1, 0}, '┤': {1, 0, 1, 1}, '┬': {0, 1, 1, 1}, '┴': {1, 1, 0, 1}, '┼': {1, 1, 1, 1},
		'╴': {0, 0, 0, 1}, '╵': {1, 0, 0, 0}, '╶': {0, 1, 0, 0}, '╷': {0, 0, 1, 0},
		'╸': {0, 0, 0, 2}, '╹': {2, 0, 0, 0}, '╺': {0, 2, 0, 0}, '╻': {0, 0, 2, 0},
	}
}

// pen is what shapes are drawn with: pixels, or elements of an SVG. All places are in
// units of its cells.
type pen interface {
	// rect fills a rectangle wholly, or to a part from 0 to 1.
	rect(x0, y0, x1, y1 int, part float64)
	// arc draws the quarter of a ring that is left or right of its middle, and above or
	// below.
	arc(cx, cy, radius, thick float64, right, down bool)
	// dot fills a circle.
	dot(cx, cy, radius float64)
}

// shape draws a cell of some size.
type shape struct {
	pen
	width, height int
}

// draw draws a character that has to join with its neighbours, and tells whether it is
// one.
func (s shape) draw(r rune) bool {
	if a, ok := boxes()[r]; ok {
		s.lines(a)
		return true
	}
	switch {
	case r >= '▀' && r <= '▟':
		s.block(r)
	case r == '╌':
		s.dashes(2, s.light())
	case r == '╍':
		s.dashes(2, 2*s.light())
	case r == '┄':
		s.dashes(3, s.light())
	case r >= '╭' && r <= '╰':
		s.corner(r)
	case r >= '⠀' && r <= '⣿':
		s.dots(int(r - '⠀'))
	default:
		return false
	}
	return true
}

// light is how thick a light line is.
func (s shape) light() int { return max(1, (s.width+4)/9) }

// span is where a line of some thickness begins and ends in a cell of some size. Lines
// of one thickness meet, whatever cells they are in.
func span(size, thick int) (from, to int) {
	from = (size - thick) / 2
	return from, from + thick
}

func (s shape) lines(a arms) {
	light := s.light()
	width := func(arm int) int { return arm * light }
	// An arm reaches over the middle, to the far side of the lines that cross it.
	_, endX := span(s.width, width(max(a.up, a.down)))
	beginX, _ := span(s.width, width(max(a.up, a.down)))
	beginY, endY := span(s.height, width(max(a.left, a.right)))
	if a.left > 0 {
		from, to := span(s.height, width(a.left))
		s.rect(0, from, max(endX, s.width/2), to, 1)
	}
	if a.right > 0 {
		from, to := span(s.height, width(a.right))
		s.rect(min(beginX, s.width/2), from, s.width, to, 1)
	}
	if a.up > 0 {
		from, to := span(s.width, width(a.up))
		s.rect(from, 0, to, max(endY, s.height/2), 1)
	}
	if a.down > 0 {
		from, to := span(s.width, width(a.down))
		s.rect(from, min(beginY, s.height/2), to, s.height, 1)
	}
}

// dashes are a line of n pieces, with as much between them everywhere in a row.
func (s shape) dashes(n, thick int) {
	from, to := span(s.height, thick)
	gap := max(1, s.width/(3*n))
	for i := range n {
		s.rect(i*s.width/n+gap/2, from, (i+1)*s.width/n-(gap-gap/2), to, 1)
	}
}

// corner is a round one: ╭ ╮ ╯ ╰.
func (s shape) corner(r rune) {
	light := s.light()
	fromX, toX := span(s.width, light)
	fromY, toY := span(s.height, light)
	midX, midY := float64(fromX+toX)/2, float64(fromY+toY)/2
	right, down := r == '╭' || r == '╰', r == '╭' || r == '╮'
	// Some of the line to the edge stays straight, so that it meets the next cell's.
	radius := max(1, math.Floor(min(float64(s.width)-midX, midX))-float64(light))
	cx, cy := midX-radius, midY-radius
	if right {
		cx = midX + radius
	}
	if down {
		cy = midY + radius
	}
	s.arc(cx, cy, radius, float64(light), !right, !down)
	// What is left to the edges is straight.
	if right {
		s.rect(int(cx), fromY, s.width, toY, 1)
	} else {
		s.rect(0, fromY, int(math.Ceil(cx)), toY, 1)
	}
	if down {
		s.rect(fromX, int(cy), toX, s.height, 1)
	} else {
		s.rect(fromX, 0, toX, int(math.Ceil(cy)), 1)
	}
}

// block is one of the block elements.
func (s shape) block(r rune) {
	w, h := s.width, s.height
	halfX, halfY := (w+1)/2, (h+1)/2
	// The quarters of ▖ to ▟: upper left, upper right, lower left, lower right.
	quarters := [...]int{4, 8, 1, 13, 9, 7, 11, 2, 6, 14}
	switch {
	case r == '▀':
		s.rect(0, 0, w, halfY, 1)
	case r >= '▁' && r <= '█':
		s.rect(0, h-(h*int(r-'▀')+4)/8, w, h, 1)
	case r >= '▉' && r <= '▏':
		s.rect(0, 0, max(1, (w*int('▐'-r)+4)/8), h, 1)
	case r == '▐':
		s.rect(halfX, 0, w, h, 1)
	case r >= '░' && r <= '▓':
		s.rect(0, 0, w, h, 0.25*float64(r-'░'+1))
	case r == '▔':
		s.rect(0, 0, w, max(1, h/8), 1)
	case r == '▕':
		s.rect(w-max(1, w/8), 0, w, h, 1)
	default:
		for i, q := 0, quarters[r-'▖']; i < 4; i++ {
			if q&(1<<i) != 0 {
				x, y := i%2, i/2
				s.rect(x*halfX, y*halfY, halfX+x*w, halfY+y*h, 1)
			}
		}
	}
}

// dots are a Braille pattern, whose bits are in the order of Unicode.
func (s shape) dots(bits int) {
	places := [8][2]int{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}, {0, 3}, {1, 3}}
	radius := float64(s.width) / 8
	for i, at := range places {
		if bits&(1<<i) == 0 {
			continue
		}
		cx, cy := (float64(at[0])+0.5)*float64(s.width)/2, (float64(at[1])+0.5)*float64(s.height)/4
		s.dot(cx, cy, radius)
	}
}
