package terminal

import (
	"math"
	"strings"
	"testing"

	"github.com/charmbracelet/x/vt"

	"example.com/tufinspect/demo/record/internal/screen"
)

// contrast is the ratio of WCAG 2 (https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio).
func contrast(a, b screen.Color) float64 {
	light := func(c screen.Color) float64 {
		part := func(v uint8) float64 {
			f := float64(v) / 255
			if f <= 0.04045 {
				return f / 12.92
			}
			return math.Pow((f+0.055)/1.055, 2.4)
		}
		return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func TestColoursCanBeRead(t *testing.T) {
	th := newTheme()
	// 4.5 is what WCAG asks of small text.
	for i, c := range th.colors[1:] {
		if got := contrast(c, th.ink.Bg); got < 4.5 {
			t.Errorf("colour %d (%s) has a contrast of %.1f", i+1, c, got)
		}
		if got := contrast(c.Mix(th.ink.Bg, faintPart), th.ink.Bg); got < 2.7 {
			t.Errorf("colour %d (%s), faint, has a contrast of %.1f", i+1, c, got)
		}
	}
	if got := contrast(th.ink.Fg.Mix(th.ink.Bg, faintPart), th.ink.Bg); got < 4.5 {
		t.Errorf("faint text has a contrast of %.1f", got)
	}
}

func TestCellsHaveTheirColoursWorkedOut(t *testing.T) {
	th := newTheme()
	e := vt.NewEmulator(20, 2)
	if _, err := e.WriteString("\x1b[1;91mR\x1b[0m\x1b[7mV\x1b[0m\x1b[2mF\x1b[0m\x1b[4mU\x1b[0m\x1b[38;2;1;2;3mT\x1b[0m画x"); err != nil {
		t.Fatal(err)
	}
	s := th.screen(e)
	if got := s.Line(0); got != "RVFUT画x" {
		t.Fatalf("the row is %q", got)
	}
	plain := th.ink
	for i, want := range []screen.Cell{
		{Text: "R", Ink: screen.Ink{Fg: th.colors[9], Bg: plain.Bg}, Bold: true},
		{Text: "V", Ink: screen.Ink{Fg: plain.Bg, Bg: plain.Fg}},
		{Text: "F", Ink: screen.Ink{Fg: plain.Fg.Mix(plain.Bg, faintPart), Bg: plain.Bg}},
		{Text: "U", Ink: plain, Underline: true},
		{Text: "T", Ink: screen.Ink{Fg: screen.Color{R: 1, G: 2, B: 3}, Bg: plain.Bg}},
		{Text: "画", Ink: plain, Wide: true},
		{Ink: plain},
		{Text: "x", Ink: plain},
		{Text: " ", Ink: plain},
	} {
		if got := *s.At(i, 0); got != want {
			t.Errorf("cell %d is %+v, want %+v", i, got, want)
		}
	}
}

func TestPiecesAreWholeCharacters(t *testing.T) {
	const text = "▕█▏ é 画 😀 x"
	for size := 1; size < 6; size++ {
		var r runes
		var out strings.Builder
		for b := []byte(text); len(b) > 0; {
			n := min(size, len(b))
			piece := string(r.add(b[:n]))
			if strings.ContainsRune(piece, '\uFFFD') || !strings.HasPrefix(text[out.Len():], piece) {
				t.Fatalf("with %d bytes at a time, %q follows %q", size, piece, out.String())
			}
			out.WriteString(piece)
			b = b[n:]
		}
		if out.String() != text {
			t.Errorf("with %d bytes at a time: %q", size, out.String())
		}
	}
	// What is no text is passed on and not kept for ever.
	var r runes
	if got := len(r.add([]byte("\xff\xff\xff\xff"))); got != 4 {
		t.Errorf("%d of 4 bytes that begin nothing", got)
	}
	r.add([]byte("\xe2"))
	if got := string(r.add([]byte("A"))); got != "\xe2A" {
		t.Errorf("half a character and a letter are %q", got)
	}
}
