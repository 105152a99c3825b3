package picture

import (
	"cmp"
	"image/color"
	"slices"

	"example.com/tufinspect/demo/record/internal/screen"
)

// maxColors is how many a palette of GIF or PNG has.
const maxColors = 256

// softSteps and hardSteps are how many steps a ramp has at most. In a GIF each step costs
// bytes in every frame, and what more of them would smooth is not seen.
const softSteps, hardSteps = 16, 6

// edgeLevels is how many steps the edge of a window's corner has, from nothing to all.
const edgeLevels = 8

// palette is the colours of some screens: for each ink that is used, a ramp from its
// background to its foreground, so that letters keep their smooth edges. The more inks,
// the fewer steps each ramp has.
type palette struct {
	colors color.Palette
	steps  int // of each ramp; an index has one more
	ramps  map[screen.Ink][]uint8
	edge   [edgeLevels + 1]uint8 // of a window's corner, over whatever is below it
}

// newPalette makes the palette of screens. A hard one, which is for GIF, has no colours
// that are half transparent, and fewer steps.
func newPalette(hard bool, screens ...*screen.Screen) *palette {
	counts := map[screen.Ink]int{}
	for _, s := range screens {
		counts[s.Ink]++
		for i := range s.Cells {
			counts[s.Cells[i].Ink]++
		}
	}
	inks := make([]screen.Ink, 0, len(counts))
	for ink := range counts {
		inks = append(inks, ink)
	}
	// The most frequent first: they get what they want where there are too many.
	slices.SortFunc(inks, func(a, b screen.Ink) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a.Bg.String()+a.Fg.String(), b.Bg.String()+b.Fg.String()))
	})
	window := screens[0].Ink.Bg
	steps := softSteps
	if hard {
		steps = hardSteps
	}
	for ; ; steps-- {
		p := &palette{steps: steps, ramps: map[screen.Ink][]uint8{}}
		if p.fill(hard, window, inks) || steps == 1 {
			return p
		}
	}
}

// fill adds all colours, and tells whether there was room.
func (p *palette) fill(hard bool, window screen.Color, inks []screen.Ink) bool {
	fits := true
	known := map[color.Color]uint8{}
	add := func(c color.Color) uint8 {
		if i, ok := known[c]; ok {
			return i
		}
		if len(p.colors) == maxColors {
			fits = false
			known[c] = uint8(p.colors.Index(c))
			return known[c]
		}
		known[c] = uint8(len(p.colors))
		p.colors = append(p.colors, c)
		return known[c]
	}
	add(color.NRGBA{}) // index 0 is what is not drawn
	for i := range p.edge {
		alpha := uint8(i * 255 / edgeLevels)
		if hard && alpha < 128 {
			alpha = 0
		} else if hard {
			alpha = 255
		}
		if alpha > 0 {
			p.edge[i] = add(color.NRGBA{window.R, window.G, window.B, alpha})
		}
	}
	for _, ink := range inks {
		ramp := make([]uint8, p.steps+1)
		for i := range ramp {
			c := ink.Bg.Mix(ink.Fg, float64(i)/float64(p.steps))
			ramp[i] = add(color.NRGBA{c.R, c.G, c.B, 255})
		}
		p.ramps[ink] = ramp
	}
	return fits
}
