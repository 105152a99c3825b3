package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/report"
	"example.com/tufinspect/internal/ui"
	"example.com/tufinspect/internal/ui/plain"
)

// isTerminal tells whether there is a terminal to draw on and to read keys from.
func isTerminal(std streams) bool {
	if t := os.Getenv("TERM"); t == "" || t == "dumb" {
		return false
	}
	return term.IsTerminal(int(std.in.Fd())) && term.IsTerminal(int(std.out.Fd()))
}

// runPlain makes a run with plain lines. The code is that of a signal which ended
// it, or 0.
func runPlain(ctx context.Context, w io.Writer, cfg engine.Config) (*engine.State, int, error) {
	ctx, sig := watchSignals(ctx)
	defer sig.stop()
	session, err := engine.Start(ctx, cfg)
	if err != nil {
		return nil, 0, err
	}
	defer session.Close()
	usr1, stop := progressSignal()
	defer stop()
	// The printer goes on until the run has ended, also after a signal: what
	// happened is still to be said.
	st := plain.New(w, plain.Options{}).Run(context.WithoutCancel(ctx), session.Updates(), usr1)
	return st, sig.code(), nil
}

// showPlain makes a run with plain lines and the summary behind them.
func showPlain(ctx context.Context, lines, summary io.Writer, cfg engine.Config) error {
	st, code, err := runPlain(ctx, lines, cfg)
	if err != nil {
		return err
	}
	if err := summarise(summary, st, false); err != nil {
		return err
	}
	return verdictExit(st, code)
}

// showUI makes a run in the terminal UI and leaves the summary in the scrollback.
func showUI(ctx context.Context, std streams, f *runFlags, cfg engine.Config) error {
	st, code, err := runUI(ctx, std, f, cfg)
	if err != nil {
		return err
	}
	if err := summarise(std.out, st, f.wantASCII()); err != nil {
		return err
	}
	return verdictExit(st, code)
}

func runUI(ctx context.Context, std streams, f *runFlags, cfg engine.Config) (*engine.State, int, error) {
	ctx, sig := watchSignals(ctx)
	defer sig.stop()
	// The run is ended by the UI's own Stop, so that its last events are seen.
	session, err := engine.Start(context.WithoutCancel(ctx), cfg)
	if err != nil {
		return nil, 0, err
	}
	defer session.Close()
	out, err := ui.Run(ctx, ui.Options{
		Session: session, In: std.in, Out: std.out, Theme: f.theme.Theme, ASCII: f.wantASCII(),
	})
	var crash *ui.PanicError
	if errors.As(err, &crash) {
		fmt.Fprintf(std.err, "%s\n", crash.Stack)
	}
	if err != nil {
		return nil, 0, err
	}
	return out.State, sig.code(), nil
}

// summarise writes what stays after a run.
func summarise(w io.Writer, st *engine.State, ascii bool) error {
	return report.WriteText(w, report.New(st, report.Options{PeakMemory: peakMemory()}), report.TextOptions{ASCII: ascii})
}

// wantASCII tells whether the screen is to do without characters beyond ASCII: on
// demand, and where they would be missing or of doubtful width.
func (f *runFlags) wantASCII() bool { return f.ascii || ui.WantsASCII(os.Getenv) }
