package picture

import (
	"bytes"
	"image"
	"image/draw"
	"image/gif"
	"testing"
	"time"

	"example.com/tufinspect/demo/record/internal/screen"
)

// story is frames, some of which are the same, and one that ends as it began.
func story() []screen.Frame {
	first, second, third := scene(), scene(), scene()
	written(second, 3, 1, "another", screen.Cell{Ink: turned})
	written(third, 0, 5, "the end", screen.Cell{Ink: redInk, Bold: true})
	return []screen.Frame{
		{At: 3 * time.Second, Screen: first}, {At: 3400 * time.Millisecond, Screen: second},
		{At: 3800 * time.Millisecond, Screen: second}, {At: 5 * time.Second, Screen: third}, {At: 5005 * time.Millisecond, Screen: first},
	}
}

func TestGIFShowsTheFramesAgain(t *testing.T) {
	p, frames := painter(t), story()
	var b bytes.Buffer
	if err := p.GIF(&b, frames, 7*time.Second); err != nil {
		t.Fatal(err)
	}
	g, err := gif.DecodeAll(&b)
	if err != nil {
		t.Fatal(err)
	}
	shown := []screen.Frame{frames[0], frames[1], frames[3], frames[4]} // the third is the second
	if len(g.Image) != len(shown) {
		t.Fatalf("%d frames, want %d", len(g.Image), len(shown))
	}
	if g.LoopCount != 0 {
		t.Error("it does not begin again")
	}
	var all []*screen.Screen
	for _, f := range frames {
		all = append(all, f.Screen)
	}
	pal := newPalette(true, all...)
	canvas := image.NewRGBA(image.Rect(0, 0, g.Config.Width, g.Config.Height))
	total := 0
	for i, img := range g.Image {
		draw.Draw(canvas, img.Rect, img, img.Rect.Min, draw.Over)
		if !samePixels(canvas, p.paint(shown[i].Screen, pal)) {
			t.Errorf("frame %d is not what was seen", i)
		}
		if i > 0 && img.Rect == g.Image[0].Rect {
			t.Errorf("frame %d is whole", i)
		}
		if g.Delay[i] < minTicks {
			t.Errorf("frame %d is shown for %d0 ms", i, g.Delay[i])
		}
		total += g.Delay[i]
	}
	if g.Delay[0] != 40 || g.Delay[1] != 160 || total != 400 {
		t.Errorf("the delays are %v", g.Delay)
	}
}

func TestGIFOfNothingOrOfTwoSizes(t *testing.T) {
	p := painter(t)
	var b bytes.Buffer
	if err := p.GIF(&b, nil, time.Second); err == nil {
		t.Error("there is a GIF of no frames")
	}
	if err := p.GIF(&b, []screen.Frame{{At: 0, Screen: filled("a")}, {At: 1, Screen: filled("ab")}}, time.Second); err == nil {
		t.Error("there is a GIF of two sizes")
	}
}
