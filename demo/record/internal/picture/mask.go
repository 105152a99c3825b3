package picture

import (
	"image"
	"image/color"
	"math"
)

// mask says how much of each pixel of a cell a character covers.
type mask struct {
	width, height int
	cover         []uint8 // row by row, from 0 to 255
}

func newMask(width, height int) *mask {
	return &mask{width: width, height: height, cover: make([]uint8, width*height)}
}

// rect covers a part of the cell wholly, or to a part from 0 to 1.
func (m *mask) rect(x0, y0, x1, y1 int, part float64) {
	for y := max(0, y0); y < min(m.height, y1); y++ {
		for x := max(0, x0); x < min(m.width, x1); x++ {
			m.more(x, y, part)
		}
	}
}

// more makes a pixel at least so much covered.
func (m *mask) more(x, y int, part float64) {
	v := uint8(math.Round(255 * min(1, max(0, part))))
	m.cover[y*m.width+x] = max(m.cover[y*m.width+x], v)
}

// ring covers a line of some thickness at a distance from a point, where keep says so.
func (m *mask) ring(cx, cy, radius, thick float64, keep func(x, y float64) bool) {
	for y := range m.height {
		for x := range m.width {
			px, py := float64(x)+0.5, float64(y)+0.5
			if keep(px, py) {
				m.more(x, y, thick/2+0.5-math.Abs(math.Hypot(px-cx, py-cy)-radius))
			}
		}
	}
}

func (m *mask) arc(cx, cy, radius, thick float64, right, down bool) {
	m.ring(cx, cy, radius, thick, func(x, y float64) bool { return (x > cx) == right && (y > cy) == down })
}

func (m *mask) dot(cx, cy, radius float64) {
	m.ring(cx, cy, 0, 2*radius, func(float64, float64) bool { return true })
}

// take covers what an image covers that is placed at a point of the cell. What is
// outside of the cell is left.
func (m *mask) take(at image.Rectangle, img image.Image, from image.Point) {
	for y := max(0, at.Min.Y); y < min(m.height, at.Max.Y); y++ {
		for x := max(0, at.Min.X); x < min(m.width, at.Max.X); x++ {
			a, ok := color.AlphaModel.Convert(img.At(from.X+x-at.Min.X, from.Y+y-at.Min.Y)).(color.Alpha)
			if ok {
				m.more(x, y, float64(a.A)/255)
			}
		}
	}
}
