package picture

import (
	"unicode/utf8"

	"example.com/tufinspect/demo/record/internal/screen"
)

var (
	plainInk = screen.Ink{Fg: screen.Color{R: 0xd6, G: 0xdc, B: 0xe4}, Bg: screen.Color{R: 0x16, G: 0x1b, B: 0x22}}
	redInk   = screen.Ink{Fg: screen.Color{R: 0xff, G: 0x7b, B: 0x72}, Bg: plainInk.Bg}
	turned   = screen.Ink{Fg: plainInk.Bg, Bg: plainInk.Fg}
)

// written puts text on a screen, a cell for each character.
func written(s *screen.Screen, x, y int, text string, as screen.Cell) {
	for _, r := range text {
		as.Text = string(r)
		*s.At(x, y) = as
		x++
	}
}

// scene has what screens are made of.
func scene() *screen.Screen {
	s := screen.New(30, 6, plainInk)
	plain, red := screen.Cell{Ink: plainInk}, screen.Cell{Ink: redInk}
	written(s, 0, 0, "✓ root v5  <a&b>", plain)
	written(s, 20, 0, "failed", screen.Cell{Ink: redInk, Bold: true})
	written(s, 0, 1, "› charts/x.tgz  ! stalled     ", screen.Cell{Ink: turned})
	written(s, 0, 2, "╭──┬──╮ ╌╌╌╌ ━━━━ ▁▂▃▄▅▆▇█", plain)
	written(s, 0, 3, "│  ├  │ ▕███▌  ▏░▒▓ ▖▗▘▝▚", red)
	written(s, 0, 4, "╰──┴──╯ ⠇⠿⣿ ↓≡◔↻✗⊘∅○▲•…→", plain)
	written(s, 0, 5, "under", screen.Cell{Ink: plainInk, Underline: true})
	*s.At(10, 5) = screen.Cell{Text: "e\u0301", Ink: plainInk} // a letter and its accent
	return s
}

// filled is a screen with a text from its first cell on.
func filled(text string) *screen.Screen {
	s := screen.New(max(1, utf8.RuneCountInString(text)), 1, plainInk)
	written(s, 0, 0, text, screen.Cell{Ink: plainInk})
	return s
}
