package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"

	"example.com/tufinspect/demo/record/internal/cast"
	"example.com/tufinspect/demo/record/internal/picture"
	"example.com/tufinspect/demo/record/internal/player"
	"example.com/tufinspect/demo/record/internal/tape"
)

// write writes what a tape asks for: stills as PNG and SVG, a GIF, a cast.
func (r *recorder) write(t *tape.Tape, film *player.Film) error {
	p, err := picture.NewPainter(t.Font)
	if err != nil {
		return err
	}
	for _, s := range film.Stills {
		if err := r.file(s.Name+".png", func(w io.Writer) error { return p.PNG(w, s.Screen) }); err != nil {
			return err
		}
		if err := r.file(s.Name+".svg", func(w io.Writer) error { return picture.SVG(w, s.Screen) }); err != nil {
			return err
		}
	}
	if t.GIF != "" {
		if err := r.file(t.GIF, func(w io.Writer) error { return p.GIF(w, film.Frames, film.End) }); err != nil {
			return err
		}
	}
	if t.Cast != "" {
		first := t.Steps[0]
		if err := r.file(t.Cast, func(w io.Writer) error {
			return cast.Write(w, first.Width, first.Height, filepath.Base(t.Name), film.Output)
		}); err != nil {
			return err
		}
	}
	if missing := p.Missing(); len(missing) > 0 {
		return fmt.Errorf("%s: the font has none of these characters, boxes stand for them: %q", t.Name, missing)
	}
	return nil
}

// file writes one below the folder of what is made, and says how big it is.
func (r *recorder) file(name string, form func(io.Writer) error) error {
	path := filepath.Join(r.out, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	size := &counter{w: f}
	if err := form(size); err != nil {
		f.Close()
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	r.say("%9d  %s\n", size.n, path)
	return nil
}

// counter counts the bytes that pass.
type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
