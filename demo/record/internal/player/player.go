// Package player does what a tape says, and keeps what was seen.
package player

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"example.com/tufinspect/demo/record/internal/cast"
	"example.com/tufinspect/demo/record/internal/screen"
	"example.com/tufinspect/demo/record/internal/tape"
	"example.com/tufinspect/demo/record/internal/terminal"
)

const (
	// keyPause is between two keys: a person can follow, and a program sees two keys.
	keyPause = 120 * time.Millisecond
	// typePause is between two characters of a text.
	typePause = 60 * time.Millisecond
	// look is how often the screen is searched for a text.
	look = 20 * time.Millisecond
	// maxOutput is how many bytes a program may write in a tape; above it nobody wants
	// to see the recording.
	maxOutput = 64 << 20
	// maxFrames is how many screens that differ a film may have.
	maxFrames = 2000
)

// Still is a screen that is kept for itself.
type Still struct {
	Name   string
	Screen *screen.Screen
}

// Film is what was seen of a tape.
type Film struct {
	// Frames are screens that differ, each from the one before it; the last was seen
	// until End.
	Frames []screen.Frame
	End    time.Duration
	Stills []Still
	// Output is what the programs wrote. What they had written when the film began is at
	// its beginning, so that a terminal shows there what stood on the screen.
	Output []cast.Event
}

// Options say how a tape is played.
type Options struct {
	// Path has folders of programs that come before those of PATH.
	Path string
	// Dir is the folder that programs start in, and their home.
	Dir string
	// FPS is how often a second the screen is looked at; 0 is what the tape says.
	FPS float64
}

// player is a tape that is being played, all of it on one goroutine.
type player struct {
	o      Options
	tape   *tape.Tape
	film   Film
	term   *terminal.Terminal
	began  time.Time     // of the first program
	from   time.Duration // since then: where the film begins
	frames *time.Ticker

	// written is the bytes of the output so far; it belongs to the terminal, while there
	// is one.
	written int
}

// Play plays a tape to its end, its first failure, or the context's end. Programs that
// it has started have ended then. The error names the line of the tape, and shows the
// screen.
func Play(ctx context.Context, t *tape.Tape, o Options) (*Film, error) {
	if o.FPS == 0 {
		o.FPS = t.FPS
	}
	p := &player{o: o, tape: t, frames: time.NewTicker(time.Duration(float64(time.Second) / o.FPS))}
	defer p.frames.Stop()
	defer p.stop()
	for _, s := range t.Steps {
		if err := p.step(ctx, s); err != nil {
			return nil, fmt.Errorf("%s:%d: %s: %w%s", t.Name, s.Line, s.Word, err, p.shown())
		}
	}
	p.frame()
	p.film.End = time.Since(p.began)
	p.stop()
	p.cut()
	if len(p.film.Frames) > maxFrames || p.written > maxOutput {
		return nil, fmt.Errorf("%s: more than %d screens that differ, or more than %d bytes of output: play less, or look less often (fps)", t.Name, maxFrames, maxOutput)
	}
	return &p.film, nil
}

// shown is the screen, for an error.
func (p *player) shown() string {
	if p.term == nil {
		return ""
	}
	return "\n" + p.term.Screen().String()
}

func (p *player) step(ctx context.Context, s tape.Step) error {
	switch s.Word {
	case tape.Run:
		return p.run(s)
	case tape.Until:
		return p.until(ctx, s.Limit, fmt.Sprintf("%q is not on screen", s.Text), func() bool { return p.term.Screen().Has(s.Text) })
	case tape.Absent:
		return p.until(ctx, s.Limit, fmt.Sprintf("%q is still on screen", s.Text), func() bool { return !p.term.Screen().Has(s.Text) })
	case tape.Wait:
		return p.pause(ctx, s.For)
	case tape.Key:
		return p.send(ctx, s.Keys, keyPause)
	case tape.Type:
		return p.send(ctx, strings.Split(s.Text, ""), typePause)
	case tape.Shot:
		p.film.Stills = append(p.film.Stills, Still{s.Text, p.term.Screen()})
		return nil
	case tape.Begin:
		p.film.Frames = nil
		p.frame()
		p.from = p.film.Frames[0].At
		return nil
	case tape.End:
		return p.end(ctx, s)
	}
	return errors.New("the player does not know this word")
}

// run starts a program in a terminal of its own; the one before is ended.
func (p *player) run(s tape.Step) error {
	p.stop()
	if p.began.IsZero() {
		p.began = time.Now()
	}
	path := os.Getenv("PATH")
	if p.o.Path != "" {
		path = p.o.Path + string(os.PathListSeparator) + path
	}
	term, err := terminal.Start(terminal.Options{
		Args: s.Args, Path: path, Dir: p.o.Dir, Width: s.Width, Height: s.Height,
		// Nothing of whoever makes the pictures is in them.
		Env: append([]string{
			"PATH=" + path, "HOME=" + p.o.Dir, "TERM=xterm-256color", "COLORTERM=truecolor",
			"LANG=C.UTF-8", "TZ=UTC",
		}, s.Env...),
		Output: func(text []byte) {
			if p.written += len(text); p.written <= maxOutput {
				p.film.Output = append(p.film.Output, cast.Event{At: time.Since(p.began), Text: string(text)})
			}
		},
	})
	if err != nil {
		return err
	}
	p.term = term
	return nil
}

func (p *player) stop() {
	if p.term != nil {
		p.term.Close()
		p.term = nil
	}
}

// frame keeps the screen if it is another than the last.
func (p *player) frame() {
	if p.term == nil || len(p.film.Frames) > maxFrames {
		return
	}
	s := p.term.Screen()
	if n := len(p.film.Frames); n == 0 || !p.film.Frames[n-1].Screen.Equal(s) {
		p.film.Frames = append(p.film.Frames, screen.Frame{At: time.Since(p.began), Screen: s})
	}
}

// cut lets the film begin where the tape says. Programs have ended.
func (p *player) cut() {
	for i := range p.film.Frames {
		p.film.Frames[i].At -= p.from
	}
	for i := range p.film.Output {
		p.film.Output[i].At = max(0, p.film.Output[i].At-p.from)
	}
	p.film.End -= p.from
}

// pause lets time pass, and takes frames meanwhile.
func (p *player) pause(ctx context.Context, d time.Duration) error {
	end := time.NewTimer(d)
	defer end.Stop()
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-end.C:
			return nil
		case <-p.frames.C:
			p.frame()
		}
	}
}

// until waits for something to become true. When the program has ended and it is not,
// it never will be.
func (p *player) until(ctx context.Context, limit time.Duration, not string, done func() bool) error {
	for end := time.Now().Add(limit); ; {
		over := closed(p.term.Ended())
		switch {
		case done():
			return nil
		case over:
			return fmt.Errorf("%s, and the program has ended with exit code %d", not, p.term.ExitCode())
		case time.Now().After(end):
			return fmt.Errorf("%s after %v", not, limit)
		}
		if err := p.pause(ctx, look); err != nil {
			return err
		}
	}
}

// send types pieces, with a pause after each.
func (p *player) send(ctx context.Context, pieces []string, pause time.Duration) error {
	for _, s := range pieces {
		if err := p.term.Type(ctx, s); err != nil {
			return err
		}
		if err := p.pause(ctx, pause); err != nil {
			return err
		}
	}
	return nil
}

// end waits for the program's own end.
func (p *player) end(ctx context.Context, s tape.Step) error {
	for limit := time.Now().Add(s.Limit); !closed(p.term.Ended()); {
		if time.Now().After(limit) {
			return fmt.Errorf("the program has not ended after %v", s.Limit)
		}
		if err := p.pause(ctx, look); err != nil {
			return err
		}
	}
	if code := p.term.ExitCode(); code != s.Code {
		return fmt.Errorf("the program has ended with exit code %d, not %d", code, s.Code)
	}
	return nil
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
