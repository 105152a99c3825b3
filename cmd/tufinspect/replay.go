package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/bundle"
	"example.com/tufinspect/internal/disk"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/journal"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/ui"
	"example.com/tufinspect/internal/ui/plain"
)

// replayFlags are those of replay alone.
type replayFlags struct {
	speed speedFlag
	from  time.Duration
}

func newReplay(std streams) *cobra.Command {
	var f runFlags
	var c checkFlags
	var r replayFlags
	cmd := &cobra.Command{
		Use:   "replay [flags] FILE",
		Short: "show a run that was recorded with --record again",
		Long: `replay shows a recorded run in the same terminal UI, in its own time, with
pause, step and seek. Without a terminal, or with --plain or --format, it prints
what the run would have printed, at once, and leaves with the exit code of its
verdict. It uses no network and changes nothing. A recording that is cut off is
shown as far as it goes, and is unknown at the best: what was proved until then
stays proved.`,
		Example: `  tufinspect check --record run.jsonl --root root.json https://tuf.example.org
  tufinspect replay --speed 8 run.jsonl
  tufinspect replay --format json run.jsonl`,
		Args: func(cmd *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				return usagef("no recording: give the file that --record wrote, as in: %s", cmd.UseLine())
			case 1:
				return nil
			}
			return usagef("one recording at a time: %q is one too many", safe.Text(args[1]))
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return replay(cmd.Context(), std, &f, &c, &r, args[0])
		},
	}
	fs := cmd.Flags()
	fs.Var(&r.speed, "speed", "seconds of the run in a second, 0.1 to 1000; default: 1 on the screen, and at once in plain lines")
	fs.DurationVar(&r.from, "from", 0, "begin at this `TIME` of the run, such as 90s or 2m; what was before is there at once")
	f.har.add(fs)
	c.addReport(fs, "", "text or json; without it, the screen or plain lines")
	f.addDisplay(fs)
	return cmd
}

// speedFlag is a speed as a flag's value; 0 is none.
type speedFlag float64

// Set is part of pflag.Value.
func (s *speedFlag) Set(text string) error {
	v, err := strconv.ParseFloat(strings.TrimSuffix(text, "x"), 64)
	if err != nil || !(v >= journal.SlowestSpeed && v <= journal.FastestSpeed) {
		return fmt.Errorf("not a number from %v to %v", journal.SlowestSpeed, journal.FastestSpeed)
	}
	*s = speedFlag(v)
	return nil
}

// String is part of pflag.Value.
func (s *speedFlag) String() string {
	if *s == 0 {
		return ""
	}
	return strconv.FormatFloat(float64(*s), 'g', -1, 64)
}

// Type is part of pflag.Value.
func (*speedFlag) Type() string { return "N" }

// replay plays a recording.
func replay(ctx context.Context, std streams, f *runFlags, c *checkFlags, r *replayFlags, path string) error {
	if r.from < 0 {
		return usagef("--from: %s is before the start of the run", r.from)
	}
	switch {
	case c.format == "" && (c.output != "" || c.all):
		c.format = formText
	case c.format != "" && c.format != formText && c.format != formJSON:
		return usagef("--format: %q is not text or json", safe.Text(c.format))
	}
	writes := []place{{"--output", c.output}, {"--har", string(f.har)}}
	if err := cmp.Or(f.har.check(), apart(writes, []place{{"the recording", path}})); err != nil {
		return err
	}
	if c.format != "" && f.plain {
		return usagef("--plain and --format %s: give one of them", c.format)
	}
	if c.format == "" && !f.plain && isTerminal(std) {
		return replayUI(ctx, std, f, r, path)
	}
	return supervise(std, 0, func(o overseer) error { return replayPlain(ctx, std, o, f, c, r, path) })
}

// openLog opens a recording. The caller closes the file.
func openLog(path string) (*journal.Log, *os.File, error) {
	shown := safe.Text(path)
	type opened struct {
		log  *journal.Log
		file *os.File
	}
	o, err := alive.Within(openWithin, "reading "+shown+": the disk", func() (opened, error) {
		switch st, err := os.Stat(path); {
		case err != nil:
			return opened{}, err
		case !st.Mode().IsRegular():
			return opened{}, errNotRegular
		}
		file, err := os.Open(path)
		if err != nil {
			return opened{}, err
		}
		st, err := file.Stat()
		if err != nil {
			file.Close()
			return opened{}, err
		}
		log, plain, err := openFile(file, st.Size())
		if err != nil {
			file.Close()
			return opened{}, err
		}
		return opened{log, plain}, nil
	})
	var pe *fs.PathError
	switch {
	case err == nil:
		return o.log, o.file, nil
	case errors.Is(err, alive.ErrNoAnswer):
		return nil, nil, err
	case errors.As(err, &pe):
		return nil, nil, usagef("recording: cannot read %s: %w", shown, disk.Reason(pe))
	}
	return nil, nil, usagef("recording: %s: %w; give a file that --record has written", shown, err)
}

// openFile reads a recording, or the one in an archive, which it puts into a file that
// nobody else sees. What it gives is open; of what it was given only the former stays so.
func openFile(file *os.File, size int64) (*journal.Log, *os.File, error) {
	start := make([]byte, 64)
	n, err := file.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, nil, err
	}
	if !bundle.Is(start[:n]) {
		log, err := journal.Open(file, size)
		return log, file, err
	}
	plain, err := disk.Nameless("", "tufinspect")
	if err != nil {
		return nil, nil, err
	}
	if err := bundle.Recording(plain, bufio.NewReader(file)); err != nil {
		plain.Close()
		return nil, nil, err
	}
	size, err = plain.Seek(0, io.SeekEnd)
	if err == nil {
		var log *journal.Log
		if log, err = journal.Open(plain, size); err == nil {
			file.Close()
			return log, plain, nil
		}
	}
	plain.Close()
	return nil, nil, err
}

// openWithin is how long the disk may take to read a recording once: one of a gigabyte
// takes seconds.
const openWithin = 2 * time.Minute

// replayUI plays a recording on the screen.
func replayUI(ctx context.Context, std streams, f *runFlags, r *replayFlags, path string) error {
	log, file, err := openLog(path)
	if err != nil {
		return err
	}
	defer file.Close()
	ctx, sig := watchSignals(ctx, std)
	defer sig.stop()
	wd := newWatch(nil)
	defer wd.close()
	player := journal.Play(log, journal.PlayerOptions{Speed: float64(r.speed), From: r.from})
	defer player.Close()
	out, err := f.show(ctx, std, sig, ui.Options{Session: player, Save: saving(std, time.Now, func() int64 { return log.PeakMemory }), Recording: filepath.Base(path), Troubles: log.Troubles(), Watchdog: wd.Watchdog})
	if err != nil {
		return err
	}
	if code := sig.code(); code != 0 {
		return exitError(code)
	}
	return cmp.Or(keepScreen(std, out.Screen), f.har.write(std, std.child, out.State, 0, 0))
}

// replayPlain tells a recording in plain lines, or gives its report.
func replayPlain(ctx context.Context, std streams, o overseer, f *runFlags, c *checkFlags, r *replayFlags, path string) error {
	ctx, sig := watchSignals(ctx, std)
	defer sig.stop()
	log, file, err := openLog(path)
	if err != nil {
		return err
	}
	defer file.Close()
	speed := float64(r.speed)
	if speed == 0 {
		speed = journal.AtOnce
	}
	player := journal.Play(log, journal.PlayerOptions{Speed: speed, From: r.from, Once: true})
	defer player.Close()
	defer context.AfterFunc(ctx, player.Close)()
	var st *engine.State
	if c.format != "" {
		st = fold(player)
	} else {
		lines := alive.NewLines(std.out)
		st = plain.New(lines, plain.Options{}).Run(context.WithoutCancel(ctx), player.Updates(), nil)
		if err := lines.Close(std.limits.lines); err != nil {
			return err
		}
	}
	o.ended()
	if code := sig.code(); code != 0 {
		return exitError(code)
	}
	unwritten := f.har.write(std, o, st, 0, 0)
	end := inspection{st: st}
	if c.format != "" {
		return cmp.Or(end.leave(std, c.write(std.out, o, st, log.PeakMemory, "")), unwritten)
	}
	opt := f.summary(std)
	opt.Rest = "tufinspect replay --format text --all lists all of it"
	return cmp.Or(end.leave(std, summarise(taken{std.out, o}, st, log.PeakMemory, opt)), unwritten)
}

// folded is the state to which the events of a recording lead.
func folded(ctx context.Context, l *journal.Log) *engine.State {
	p := journal.Play(l, journal.PlayerOptions{Speed: journal.AtOnce, Once: true})
	defer p.Close()
	defer context.AfterFunc(ctx, p.Close)()
	return fold(p)
}

// fold applies all events of a player.
func fold(p *journal.Player) *engine.State {
	st := &engine.State{}
	for u := range p.Updates() {
		for _, e := range u.Events {
			st.Apply(e)
		}
	}
	return st
}
