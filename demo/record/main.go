// Command record plays tapes: it does to a program in a pseudo terminal what they say,
// and writes what was seen. It needs no network, no browser, and no font of the
// system's.
//
//	record -out demo/out -path bin demo/tapes/*.tape
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"example.com/tufinspect/demo/record/internal/player"
	"example.com/tufinspect/demo/record/internal/tape"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "record:", err)
		os.Exit(1)
	}
}

// recorder is what the flags say.
type recorder struct {
	out, path string
	fps       float64
	together  bool
	limit     time.Duration

	mu     sync.Mutex // of lines
	stdout io.Writer
}

// run plays the tapes that the arguments name. All of them are read before any is
// played.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	r := &recorder{stdout: stdout}
	fs := flag.NewFlagSet("record", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&r.out, "out", ".", "the `FOLDER` of what is made")
	fs.StringVar(&r.path, "path", "", "the `FOLDER` of the programs that tapes run, before those of PATH")
	fs.Float64Var(&r.fps, "fps", 0, "frames a second, whatever the tapes say")
	fs.BoolVar(&r.together, "together", false, "play all tapes at the same time, those with a GIF too")
	fs.DurationVar(&r.limit, "limit", 3*time.Minute, "how long a tape may take")
	if err := fs.Parse(args); err != nil {
		return err
	}
	switch {
	case fs.NArg() == 0:
		return errors.New("which tapes? give their files")
	case r.fps != 0 && !(r.fps >= 0.1 && r.fps <= 30):
		return fmt.Errorf("-fps %v is not from 0.1 to 30", r.fps)
	}
	if r.path != "" { // programs start in a folder of their own
		var err error
		if r.path, err = filepath.Abs(r.path); err != nil {
			return err
		}
	}
	tapes, err := read(fs.Args())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.out, 0o755); err != nil {
		return err
	}
	return r.all(ctx, tapes)
}

func read(names []string) ([]*tape.Tape, error) {
	var tapes []*tape.Tape
	var wrong []error
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		t, err := tape.Parse(name, f)
		f.Close()
		tapes, wrong = append(tapes, t), append(wrong, err)
	}
	return tapes, errors.Join(wrong...)
}

// all plays tapes and gives every failure. One with a GIF, which shows time as it
// passes, is played alone, unless all are to be together; then the others at once.
func (r *recorder) all(ctx context.Context, tapes []*tape.Tape) error {
	failed := make([]error, len(tapes))
	alone := func(t *tape.Tape) bool { return t.GIF != "" && !r.together }
	for i, t := range tapes {
		if alone(t) {
			failed[i] = r.one(ctx, t)
		}
	}
	var wg sync.WaitGroup
	for i, t := range tapes {
		if !alone(t) {
			wg.Go(func() { failed[i] = r.one(ctx, t) })
		}
	}
	wg.Wait()
	return errors.Join(failed...)
}

// one plays a tape in a new folder of its own, and writes what was seen.
func (r *recorder) one(ctx context.Context, t *tape.Tape) error {
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, r.limit, fmt.Errorf("it takes longer than %v", r.limit))
	defer cancel()
	dir, err := os.MkdirTemp("", "record-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	film, err := player.Play(ctx, t, player.Options{Path: r.path, Dir: dir, FPS: r.fps})
	if err != nil {
		return err
	}
	r.say("%s: played in %v, %d frames, %d stills\n", t.Name, time.Since(began).Round(100*time.Millisecond), len(film.Frames), len(film.Stills))
	return r.write(t, film)
}

func (r *recorder) say(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.stdout, format, args...)
}
