package picture

import (
	"bytes"
	"flag"
	"go/ast"
	"go/parser"
	"go/token"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"example.com/tufinspect/demo/record/internal/screen"
)

var update = flag.Bool("update", false, "write the golden pictures anew")

func painter(t testing.TB) *Painter {
	t.Helper()
	p, err := NewPainter(20)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func samePixels(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			r, g, b1, a1 := a.At(x, y).RGBA()
			r2, g2, b2, a2 := b.At(x, y).RGBA()
			if r != r2 || g != g2 || b1 != b2 || a1 != a2 {
				return false
			}
		}
	}
	return true
}

func TestPictureIsTheGoldenOne(t *testing.T) {
	p := painter(t)
	var b bytes.Buffer
	if err := p.PNG(&b, scene()); err != nil {
		t.Fatal(err)
	}
	if m := p.Missing(); len(m) > 0 {
		t.Errorf("the font lacks %q", m)
	}
	golden := filepath.Join("testdata", "scene.png")
	if *update {
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	a, err := png.Decode(&b)
	if err != nil {
		t.Fatal(err)
	}
	g, err := png.Decode(bytes.NewReader(want))
	if err != nil {
		t.Fatal(err)
	}
	// Compressed bytes may differ from one Go to the next; pixels may not.
	if !samePixels(a, g) {
		t.Error("the picture is another than testdata/scene.png; look at it after go test -update")
	}
}

// uiGlyphs is every character beyond ASCII in the texts of the program's screen.
func uiGlyphs(t *testing.T) []rune {
	t.Helper()
	files, err := filepath.Glob("../../../../internal/ui/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var found []rune
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && (lit.Kind == token.STRING || lit.Kind == token.CHAR) {
				text, _ := strconv.Unquote(lit.Value)
				for _, r := range text {
					if r > '~' {
						found = append(found, r)
					}
				}
			}
			return true
		})
	}
	slices.Sort(found)
	return slices.Compact(found)
}

func TestEveryGlyphOfTheScreenIsDrawn(t *testing.T) {
	glyphs := uiGlyphs(t)
	if !slices.Contains(glyphs, '✗') || len(glyphs) < 30 {
		t.Fatalf("the glyphs of the screen are not where they were: %q", glyphs)
	}
	p := painter(t)
	for _, r := range glyphs {
		for _, bold := range []bool{false, true} {
			m := p.face.mask(look{text: string(r), bold: bold})
			if slices.Max(m.cover) < 128 {
				t.Errorf("nothing is seen of %q (bold: %t)", r, bold)
			}
		}
	}
	if m := p.Missing(); len(m) > 0 {
		t.Errorf("the font lacks %q", m)
	}
}

func TestMissingCharactersAreBoxesAndNamed(t *testing.T) {
	p := painter(t)
	p.paint(filled("a画b"), newPalette(false, filled("a画b")))
	if m := p.Missing(); string(m) != "画" {
		t.Errorf("the missing are %q", m)
	}
	if m := p.face.mask(look{text: "画"}); slices.Max(m.cover) != 255 {
		t.Error("nothing is drawn for it")
	}
}

// edge is a column or row of a mask.
func column(m *mask, x int) (out []uint8) {
	for y := range m.height {
		out = append(out, m.cover[y*m.width+x])
	}
	return out
}

func row(m *mask, y int) []uint8 { return m.cover[y*m.width:][:m.width] }

func TestLinesJoinFromCellToCell(t *testing.T) {
	for _, size := range []float64{7, 13.3, 16.6, 20, 23.25, 40} {
		p, err := NewPainter(size)
		if err != nil {
			t.Fatal(err)
		}
		of := func(r rune) *mask { return p.face.mask(look{text: string(r)}) }
		for _, pair := range []string{"──", "━━", "╭─", "─╮", "╰─", "─╯", "├─", "─┤", "└─", "┌─", "─┐", "─┬", "┴─", "┼─", "██"} {
			r := []rune(pair)
			a, b := of(r[0]), of(r[1])
			if !slices.Equal(column(a, a.width-1), column(b, 0)) || slices.Max(column(b, 0)) != 255 {
				t.Errorf("size %v: %s does not join", size, pair)
			}
		}
		for _, pair := range []string{"││", "╭│", "╮│", "│╰", "│╯", "│├", "┤│", "│└", "┬│", "│┴", "┼│", "██"} {
			r := []rune(pair)
			a, b := of(r[0]), of(r[1])
			if !slices.Equal(row(a, a.height-1), row(b, 0)) || slices.Max(row(b, 0)) != 255 {
				t.Errorf("size %v: %c above %c does not join", size, r[0], r[1])
			}
		}
		if full := of('█'); slices.Min(full.cover) != 255 {
			t.Errorf("size %v: a full block is not full", size)
		}
		steps := -1
		for _, r := range "▁▂▃▄▅▆▇█" {
			sum := 0
			for _, c := range of(r).cover {
				sum += int(c)
			}
			if sum <= steps && size > 10 {
				t.Errorf("size %v: %c is not more than the step before", size, r)
			}
			steps = sum
		}
	}
}

func TestPaletteHasWhatIsUsed(t *testing.T) {
	s := scene()
	p := newPalette(false, s)
	if len(p.colors) > maxColors || p.steps != softSteps {
		t.Errorf("%d colours, %d steps", len(p.colors), p.steps)
	}
	for _, ink := range []screen.Ink{plainInk, redInk, turned} {
		ramp := p.ramps[ink]
		for i, want := range map[int]screen.Color{0: ink.Bg, p.steps: ink.Fg} {
			if r, g, b, _ := p.colors[ramp[i]].RGBA(); uint8(r>>8) != want.R || uint8(g>>8) != want.G || uint8(b>>8) != want.B {
				t.Errorf("step %d of %v is %v, want %v", i, ink, p.colors[ramp[i]], want)
			}
		}
	}
}

func TestManyInksHaveFewerSteps(t *testing.T) {
	for _, n := range []int{20, 60, 120, 400} {
		s := screen.New(n, 1, plainInk)
		for i := range n {
			*s.At(i, 0) = screen.Cell{Text: "x", Ink: screen.Ink{Fg: screen.Color{R: uint8(i), G: uint8(i >> 4), B: 200}, Bg: plainInk.Bg}}
		}
		p := newPalette(true, s)
		if len(p.colors) > maxColors || p.steps < 1 || len(p.ramps) != n+1 {
			t.Errorf("%d inks: %d colours, %d steps, %d ramps", n, len(p.colors), p.steps, len(p.ramps))
		}
		painter(t).paint(s, p)
	}
}

// FuzzDraw looks for text that cannot be drawn.
func FuzzDraw(f *testing.F) {
	f.Add("plain <b> & \"x\"")
	f.Add("▕█▏╭╮╰╯⣿\u202e\x00\xff画\u0301")
	p := painter(f)
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 200 {
			return
		}
		s := filled(text)
		p.paint(s, newPalette(false, s))
		var b bytes.Buffer
		if err := SVG(&b, s); err != nil {
			t.Fatal(err)
		}
		readSVG(t, b.Bytes())
	})
}
