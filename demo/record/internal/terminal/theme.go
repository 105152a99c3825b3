package terminal

import (
	"image/color"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"

	"example.com/tufinspect/demo/record/internal/screen"
)

// faintPart is how much of the background is in faint text: as little as can be told
// from the rest, since small pictures make it fainter still.
const faintPart = 0.38

// theme is the colours of the terminal. All are far enough from the background to be
// read in a small picture (a test has the figure).
type theme struct {
	ink    screen.Ink
	colors [16]screen.Color
}

func newTheme() *theme {
	return &theme{
		ink: screen.Ink{Fg: screen.Color{R: 0xd6, G: 0xdc, B: 0xe4}, Bg: screen.Color{R: 0x16, G: 0x1b, B: 0x22}},
		colors: [16]screen.Color{
			{R: 0x16, G: 0x1b, B: 0x22}, {R: 0xf0, G: 0x6a, B: 0x64}, {R: 0x56, G: 0xc3, B: 0x6a}, {R: 0xdb, G: 0xa6, B: 0x3f},
			{R: 0x5c, G: 0xa6, B: 0xf5}, {R: 0xb8, G: 0x8c, B: 0xf2}, {R: 0x4c, G: 0xc4, B: 0xcf}, {R: 0xd6, G: 0xdc, B: 0xe4},
			{R: 0x8a, G: 0x93, B: 0x9e}, {R: 0xff, G: 0x7b, B: 0x72}, {R: 0x7e, G: 0xe0, B: 0x87}, {R: 0xea, G: 0xbf, B: 0x57},
			{R: 0x6c, G: 0xb2, B: 0xff}, {R: 0xd2, G: 0xa8, B: 0xff}, {R: 0x5f, G: 0xd7, B: 0xe2}, {R: 0xff, G: 0xff, B: 0xff},
		},
	}
}

// screen copies what an emulator shows.
func (t *theme) screen(e *vt.Emulator) *screen.Screen {
	s := screen.New(e.Width(), e.Height(), t.ink)
	for y := range s.Height {
		for x := 0; x < s.Width; x++ {
			c := e.CellAt(x, y)
			if c == nil || c.Content == "" {
				continue
			}
			cell := t.cell(c)
			*s.At(x, y) = cell
			if cell.Wide && x+1 < s.Width {
				x++
				*s.At(x, y) = screen.Cell{Ink: cell.Ink, Underline: cell.Underline}
			}
		}
	}
	return s
}

func (t *theme) cell(c *uv.Cell) screen.Cell {
	ink := screen.Ink{Fg: t.color(c.Style.Fg, t.ink.Fg), Bg: t.color(c.Style.Bg, t.ink.Bg)}
	if c.Style.Attrs&uv.AttrReverse != 0 {
		ink.Fg, ink.Bg = ink.Bg, ink.Fg
	}
	if c.Style.Attrs&uv.AttrFaint != 0 {
		ink.Fg = ink.Fg.Mix(ink.Bg, faintPart)
	}
	if c.Style.Attrs&uv.AttrConceal != 0 {
		ink.Fg = ink.Bg
	}
	return screen.Cell{
		Text: c.Content, Ink: ink, Wide: c.Width > 1,
		Bold: c.Style.Attrs&uv.AttrBold != 0, Underline: c.Style.Underline != ansi.UnderlineNone,
	}
}

// color takes the first 16 from the theme, and others as they are.
func (t *theme) color(c color.Color, otherwise screen.Color) screen.Color {
	switch c := c.(type) {
	case nil:
		return otherwise
	case ansi.BasicColor:
		if int(c) < len(t.colors) {
			return t.colors[c]
		}
	case ansi.IndexedColor:
		if int(c) < len(t.colors) {
			return t.colors[c]
		}
	}
	r, g, b, _ := c.RGBA()
	return screen.Color{R: uint8(r >> 8), G: uint8(g >> 8), B: uint8(b >> 8)}
}
