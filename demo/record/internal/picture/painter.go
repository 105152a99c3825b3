package picture

import (
	"image"
	"image/png"
	"io"
	"maps"
	"math"
	"slices"

	"example.com/tufinspect/demo/record/internal/screen"
)

// Painter draws screens with letters of one size. It is for one goroutine.
type Painter struct{ face *face }

// NewPainter takes the size of letters in pixels.
func NewPainter(size float64) (*Painter, error) {
	f, err := newFace(size)
	if err != nil {
		return nil, err
	}
	return &Painter{f}, nil
}

// Missing is the characters that were to be drawn and are not in the font.
func (p *Painter) Missing() []rune { return slices.Sorted(maps.Keys(p.face.missing)) }

// pad is what is free around the cells.
func (p *Painter) pad() int { return p.face.width }

// bounds are those of a picture of a screen.
func (p *Painter) bounds(s *screen.Screen) image.Rectangle {
	return image.Rect(0, 0, s.Width*p.face.width+2*p.pad(), s.Height*p.face.height+2*p.pad())
}

// PNG writes a screen as a window with round corners.
func (p *Painter) PNG(w io.Writer, s *screen.Screen) error {
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	return enc.Encode(w, p.paint(s, newPalette(false, s)))
}

// paint draws with the colours of a palette that has those of the screen.
func (p *Painter) paint(s *screen.Screen, pal *palette) *image.Paletted {
	img := image.NewPaletted(p.bounds(s), pal.colors)
	p.window(img, pal)
	for y := range s.Height {
		for x := range s.Width {
			p.cell(img, pal, s.At(x, y), x, y)
		}
	}
	return img
}

// window draws what is behind the cells.
func (p *Painter) window(img *image.Paletted, pal *palette) {
	for i := range img.Pix {
		img.Pix[i] = pal.edge[edgeLevels]
	}
	radius := float64(p.pad()) * 0.8
	n := int(math.Ceil(radius))
	size := img.Rect.Max
	for y := range min(n, size.Y) {
		for x := range min(n, size.X) {
			inside := radius + 0.5 - math.Hypot(radius-float64(x)-0.5, radius-float64(y)-0.5)
			i := pal.edge[int(math.Round(edgeLevels*min(1, max(0, inside))))]
			img.SetColorIndex(x, y, i)
			img.SetColorIndex(size.X-1-x, y, i)
			img.SetColorIndex(x, size.Y-1-y, i)
			img.SetColorIndex(size.X-1-x, size.Y-1-y, i)
		}
	}
}

// cell draws one of them.
func (p *Painter) cell(img *image.Paletted, pal *palette, c *screen.Cell, x, y int) {
	left, top := p.pad()+x*p.face.width, p.pad()+y*p.face.height
	ramp := pal.ramps[c.Ink]
	if c.Text == "" { // its neighbour has drawn it
		return
	}
	m := p.face.mask(look{c.Text, c.Bold, c.Wide})
	underline := p.face.baseline + max(1, p.face.height/12)
	for row := range m.height {
		line := img.Pix[(top+row)*img.Stride+left:][:m.width]
		under := c.Underline && row == underline
		for col, cover := range m.cover[row*m.width:][:m.width] {
			if under {
				cover = 255
			}
			line[col] = ramp[(int(cover)*pal.steps+127)/255]
		}
	}
}
