package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/report"
	"example.com/tufinspect/internal/ui"
	"example.com/tufinspect/internal/ui/plain"
)

const (
	// startWithin is how long everything before the run may take: each step of it has
	// a limit of its own, and they add up to less.
	startWithin = 2 * time.Minute
	// endWithin is how long a run may take to clear up after its last event.
	endWithin = 10*time.Second + memoryWithin
	// hangUpWithin is how long the signal of a terminal that is gone is waited for.
	hangUpWithin = 500 * time.Millisecond
)

// isTerminal tells whether there is a terminal to draw on and to read keys from.
func isTerminal(std streams) bool {
	if t := os.Getenv("TERM"); t == "" || t == "dumb" {
		return false
	}
	return term.IsTerminal(int(std.in.Fd())) && term.IsTerminal(int(std.out.Fd()))
}

// inspection is a run that has come to its end.
type inspection struct {
	st   *engine.State
	code int        // that of a signal which ended it, or 0
	rec  *recording // which is still to be closed
}

// inspectPlain makes a run with plain lines, from the flags to its last event. record
// begins its recording once nothing is wrong with the flags.
func (f *runFlags) inspectPlain(ctx context.Context, std streams, o overseer, w io.Writer, record func() (*recording, error), repository string) (end inspection, err error) {
	ctx, sig := watchSignals(ctx, std)
	defer sig.stop()
	lines := alive.NewLines(w)
	defer lines.Close(std.limits.lines) //nolint:errcheck // nobody is there to be told
	wd := newWatch(lines)
	defer wd.close()
	o.run(wd.Watchdog)
	part := wd.Part("the start or the end of the run")
	defer part.Done()
	part.Idle(time.Now().Add(startWithin))
	cfg, cleanup, err := f.config(ctx, repository, false)
	if err != nil {
		if code := sig.code(); code != 0 {
			say(std.err, fmt.Sprintf("tufinspect: %v\n", err))
			return end, exitError(code)
		}
		return end, err
	}
	defer cleanup()
	if end.rec, err = record(); err != nil {
		return end, err
	}
	kept := f.remember(ctx, &cfg)
	part.Idle(time.Time{})
	end.st, err = runPlain(ctx, std, lines, cfg, wd, kept, end.rec, func() { part.Idle(time.Now().Add(endWithin)) })
	end.code = sig.code()
	return end, err
}

// runPlain makes a run with plain lines. It calls over when the last event has come,
// before what the run leaves is kept and before it waits for the end of its goroutines.
func runPlain(ctx context.Context, std streams, w io.Writer, cfg engine.Config, wd *watch, kept *keeper, rec *recording, over func()) (*engine.State, error) {
	cfg.Watchdog = wd.Watchdog
	session, err := engine.Start(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	wd.tell(session)
	defer wd.tell(nil)
	usr1, stop := progressSignal(std.child)
	defer stop()
	updates, untee := rec.of(session)
	defer untee()
	// The printer goes on until the run has ended, also after a signal: what
	// happened is still to be said.
	st := plain.New(w, plain.Options{}).Run(context.WithoutCancel(ctx), updates, usr1)
	over()
	kept.keep(ctx, session, st, rec)
	return st, nil
}

// showPlain makes a run with plain lines and the summary behind them.
func (f *runFlags) showPlain(ctx context.Context, std streams, o overseer, repository string) error {
	end, err := f.inspectPlain(ctx, std, o, std.out, f.startRecording, repository)
	o.ended()
	end.rec.close(std.limits.report)
	if err != nil {
		return err
	}
	unwritten := f.har.write(std, o, end.st, f.deadline, end.code)
	opt := f.summary(std)
	opt.Rest, opt.Recording = "tufinspect check --all lists all of it", end.rec.name()
	return cmp.Or(end.leave(std, summarise(taken{std.out, o}, end.st, end.rec.peakMemory(), opt)), unwritten)
}

// showUI makes a run in the terminal UI and leaves the summary in the scrollback.
func (f *runFlags) showUI(ctx context.Context, std streams, repository string) error {
	cfg, cleanup, err := f.config(ctx, repository, true)
	if err != nil {
		return err
	}
	defer cleanup()
	rec, err := f.startRecording()
	if err != nil {
		return err
	}
	defer rec.close(std.limits.report)
	kept := f.remember(ctx, &cfg)
	st, code, err := runUI(ctx, std, f, cfg, kept, rec)
	if err != nil {
		return err
	}
	rec.close(std.limits.report)
	unwritten := f.har.write(std, std.child, st, 0, code)
	return cmp.Or(inspection{st, code, rec}.leave(std, f.leaveSummary(std, st, rec)), unwritten)
}

// leave turns the end of a run into the command's result. Without its report a run is
// undecided. A recording that is not whole does not change a bad verdict, but is never
// passed over.
func (i inspection) leave(std streams, unreported error) error {
	if unreported != nil && i.code == 0 {
		return unreported
	}
	end, lost := verdictExit(i.st, i.code), i.rec.failure()
	if lost == nil || end == nil {
		return cmp.Or(lost, end)
	}
	say(std.err, fmt.Sprintf("tufinspect: %v\n", lost))
	return end
}

// leaveSummary writes the summary to a terminal that may have stopped reading.
func (f *runFlags) leaveSummary(std streams, st *engine.State, rec *recording) error {
	_, err := alive.Within(std.limits.report, "writing the summary: the terminal", func() (struct{}, error) {
		opt := f.summary(std)
		opt.Recording = rec.name()
		return struct{}{}, summarise(std.out, st, rec.peakMemory(), opt)
	})
	return err
}

func runUI(ctx context.Context, std streams, f *runFlags, cfg engine.Config, kept *keeper, rec *recording) (*engine.State, int, error) {
	ctx, sig := watchSignals(ctx, std)
	defer sig.stop()
	wd := newWatch(nil)
	defer wd.close()
	cfg.Watchdog = wd.Watchdog
	// The run is ended by the UI's own Stop, so that its last events are seen.
	session, err := engine.Start(context.WithoutCancel(ctx), cfg)
	if err != nil {
		return nil, 0, err
	}
	defer session.Close()
	wd.tell(session)
	shown, untee := rec.of(session)
	defer untee()
	out, err := f.show(ctx, std, sig, ui.Options{Session: recorded{shown, session}, Watchdog: wd.Watchdog})
	if err != nil {
		return nil, 0, err
	}
	kept.keep(ctx, session, out.State, rec)
	return out.State, sig.code(), keepScreen(std, out.Screen)
}

// show opens the terminal UI on a session, and returns when the person has left it, or a
// signal came.
func (f *runFlags) show(ctx context.Context, std streams, sig *signals, opt ui.Options) (ui.Outcome, error) {
	opt.In, opt.Out, opt.Theme, opt.ASCII, opt.Mouse = std.in, std.out, f.theme.Theme, f.wantASCII(), f.mouse
	if opt.Save == nil {
		opt.Save = saving(std, time.Now, peakMemory)
	}
	opt.Restorer = func(restore func()) { sig.restore.Store(&restore) }
	out, err := ui.Run(ctx, opt)
	sig.restore.Store(nil)
	var crash *ui.PanicError
	if errors.As(err, &crash) {
		say(std.err, string(crash.Stack)+"\n")
		return out, err
	}
	if err != nil && out.State != nil {
		// A terminal that is gone is read of before its signal comes.
		select {
		case <-ctx.Done():
			err = nil
		case <-time.After(hangUpWithin):
		}
	}
	return out, err
}

// keepScreen writes the last screen, if the person wanted to keep it, to a terminal
// that may have stopped reading.
func keepScreen(std streams, screen string) error {
	if screen == "" {
		return nil
	}
	_, err := alive.Within(std.limits.report, "writing the screen: the terminal", func() (struct{}, error) {
		_, err := io.WriteString(std.out, screen+"\n\n")
		return struct{}{}, err
	})
	return err
}

// summarise writes what stays after a run.
func summarise(w io.Writer, st *engine.State, peak int64, opt report.TextOptions) error {
	return report.WriteText(w, report.New(st, report.Options{PeakMemory: peak}), opt)
}

// summary says how a summary is written to stdout: a terminal of a known width has
// lines that fit.
func (f *runFlags) summary(std streams) report.TextOptions {
	return report.TextOptions{
		ASCII: f.wantASCII(), Width: columns(std.out),
		Rest: "tufinspect check --all lists all of it; on the screen w writes it to a file, before q",
	}
}

// columns is the width of a terminal, or 0 of what is none.
func columns(f *os.File) int {
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// wantASCII tells whether the screen is to do without characters beyond ASCII: on
// demand, and where they would be missing or of doubtful width.
func (f *runFlags) wantASCII() bool { return f.ascii || ui.WantsASCII(os.Getenv) }
