package picture

import (
	"errors"
	"image"
	"image/gif"
	"io"
	"time"

	"example.com/tufinspect/demo/record/internal/screen"
)

// tick is GIF's unit of time.
const tick = 10 * time.Millisecond

// minTicks is how long a frame is shown at least: browsers take shorter ones for a
// slip and show them for longer.
const minTicks = 2

// GIF writes frames of one size, the last shown until end, over and over. Only what
// has changed is in a frame, and a frame in which nothing has is not there.
func (p *Painter) GIF(w io.Writer, frames []screen.Frame, end time.Duration) error {
	if len(frames) == 0 {
		return errors.New("there is nothing to show")
	}
	screens := make([]*screen.Screen, len(frames))
	for i, f := range frames {
		screens[i] = f.Screen
	}
	pal := newPalette(true, screens...)
	g := &gif.GIF{Config: image.Config{ColorModel: pal.colors}}
	begin := frames[0].At
	ticks := func(at time.Duration) int { return int((at - begin + tick/2) / tick) }
	shown := 0 // ticks of the frames before the last one in g
	var before *image.Paletted
	for _, f := range frames {
		img := p.paint(f.Screen, pal)
		if before != nil && before.Rect != img.Rect {
			return errors.New("the frames are not of one size")
		}
		change := changed(before, img)
		before = img
		if change == nil {
			continue
		}
		if n := len(g.Image); n > 0 {
			g.Delay[n-1] = max(minTicks, ticks(f.At)-shown)
			shown += g.Delay[n-1]
		}
		g.Image = append(g.Image, change)
		g.Delay = append(g.Delay, minTicks)
		g.Disposal = append(g.Disposal, gif.DisposalNone)
	}
	g.Config.Width, g.Config.Height = before.Rect.Dx(), before.Rect.Dy()
	last := len(g.Delay) - 1
	g.Delay[last] = max(minTicks, ticks(end)-shown)
	return gif.EncodeAll(w, g)
}

// changed is what differs between two pictures: the smallest rectangle with all of it,
// in which what is the same is transparent. It is nil where nothing differs.
func changed(before, img *image.Paletted) *image.Paletted {
	if before == nil {
		return img
	}
	var r image.Rectangle
	for y := range img.Rect.Dy() {
		a, b := before.Pix[y*before.Stride:][:img.Rect.Dx()], img.Pix[y*img.Stride:][:img.Rect.Dx()]
		if string(a) == string(b) {
			continue
		}
		from, to := 0, len(a)
		for a[from] == b[from] {
			from++
		}
		for a[to-1] == b[to-1] {
			to--
		}
		r = r.Union(image.Rect(from, y, to, y+1))
	}
	if r.Empty() {
		return nil
	}
	out := image.NewPaletted(r, img.Palette)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if i := img.ColorIndexAt(x, y); i != before.ColorIndexAt(x, y) {
				out.SetColorIndex(x, y, i) // else 0, which is transparent
			}
		}
	}
	return out
}
