package picture

import (
	"fmt"
	"math"

	"github.com/go-fonts/dejavu/dejavusansmono"
	"github.com/go-fonts/dejavu/dejavusansmonobold"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// look is a character as it is written.
type look struct {
	text       string
	bold, wide bool
}

// face makes characters of one size. It is for one goroutine.
type face struct {
	width, height int // of a cell, in pixels
	baseline      int // from the top of a cell
	fonts         [2]*sfnt.Font
	faces         [2]font.Face // regular, bold
	masks         map[look]*mask
	missing       map[rune]bool // characters that the font lacks
	buf           sfnt.Buffer
}

// newFace takes the size of letters in pixels.
func newFace(size float64) (*face, error) {
	f := &face{masks: map[look]*mask{}, missing: map[rune]bool{}}
	for i, data := range [][]byte{dejavusansmono.TTF, dejavusansmonobold.TTF} {
		var err error
		if f.fonts[i], err = opentype.Parse(data); err != nil {
			return nil, fmt.Errorf("reading the font: %w", err)
		}
		if f.faces[i], err = opentype.NewFace(f.fonts[i], &opentype.FaceOptions{Size: size, DPI: 72}); err != nil {
			return nil, fmt.Errorf("opening the font: %w", err)
		}
	}
	m := f.faces[0].Metrics()
	advance, _ := f.faces[0].GlyphAdvance('M')
	f.width = advance.Round()
	// A little more than the font asks for: lines of a table are told apart, and bars
	// are not too fat.
	f.height = int(math.Round(1.27 * size))
	f.baseline = m.Ascent.Round() + (f.height-m.Ascent.Round()-m.Descent.Round())/2
	return f, nil
}

// mask is a character's, made once.
func (f *face) mask(l look) *mask {
	if m, ok := f.masks[l]; ok {
		return m
	}
	width := f.width
	if l.wide {
		width *= 2
	}
	m := newMask(width, f.height)
	f.masks[l] = m
	runes := []rune(l.text)
	if len(runes) == 1 && (shape{m, width, f.height}).draw(runes[0]) {
		return m
	}
	which := 0
	if l.bold {
		which = 1
	}
	for _, r := range runes {
		if i, err := f.fonts[which].GlyphIndex(&f.buf, r); err != nil || i == 0 {
			f.missing[r] = true
			f.tofu(m)
			continue
		}
		// What combines stands over what it combines with: both begin at the cell.
		if at, img, from, _, ok := f.faces[which].Glyph(fixed.P(0, f.baseline), r); ok {
			m.take(at, img, from)
		}
	}
	return m
}

// tofu is an empty box, for a character that the font does not have.
func (f *face) tofu(m *mask) {
	const edge = 2
	top, bottom := f.height/5, f.baseline
	m.rect(edge, top, m.width-edge, top+1, 1)
	m.rect(edge, bottom-1, m.width-edge, bottom, 1)
	m.rect(edge, top, edge+1, bottom, 1)
	m.rect(m.width-edge-1, top, m.width-edge, bottom, 1)
}
