package main

import (
	"cmp"
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"example.com/tufinspect/internal/disk"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/report"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/ui"
)

// checkFlags are those of check alone.
type checkFlags struct {
	format string
	output string
	all    bool
	quiet  bool
}

func newCheck(std streams) *cobra.Command {
	var f runFlags
	var c checkFlags
	cmd := &cobra.Command{
		Use:   "check [flags] REPO",
		Short: "inspect without a display: one verdict, one exit code, a report",
		Long: `check makes the same run without a display, for alarms and scripts. The report
goes to stdout or to --output; what happens meanwhile goes to stderr as plain
lines.

Exit codes: 0 healthy, 1 warning, 2 critical (bytes prove it), 3 unknown (it
could not be decided), 64 usage, 129, 130 and 143 after SIGHUP, SIGINT and
SIGTERM.`,
		Example: `  tufinspect check --root root.json --format json https://tuf.example.org
  tufinspect check --at 2026-01-31T12:00:00Z --root root.json ./repository`,
		Args: oneRepository,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.called = calledAs(cmd, args)
			return check(cmd.Context(), std, &f, &c, args[0])
		},
	}
	f.add(cmd.Flags())
	fs := cmd.Flags()
	c.addReport(fs, formText, "text or json; or jsonl, what happens as it happens, as --record writes it")
	fs.BoolVar(&c.quiet, "quiet", false, "no plain lines on stderr")
	return cmd
}

// addReport declares the flags of the report.
func (c *checkFlags) addReport(fs *pflag.FlagSet, form, forms string) {
	fs.StringVar(&c.format, "format", form, "the report's form: "+forms)
	fs.StringVar(&c.output, "output", "", "write the report to this `FILE`, all at once when it is complete; default: stdout")
	fs.BoolVar(&c.all, "all", false, "list every item in the report, not only those with problems")
}

// check makes a run and writes its report. Whatever ends the run, the report is
// written.
func check(ctx context.Context, std streams, f *runFlags, c *checkFlags, repository string) error {
	if err := c.validate(f); err != nil {
		return err
	}
	writes := []place{{"--record", f.record}, {"--output", c.output}, {"--har", string(f.har)}}
	if err := cmp.Or(f.har.check(), apart(writes, f.reads())); err != nil {
		return err
	}
	return supervise(std, f.deadline, func(o overseer) error {
		// Who reads stderr may leave; the verdict is wanted all the same.
		signal.Ignore(syscall.SIGPIPE)
		lines := io.Writer(std.err)
		if c.quiet {
			lines = io.Discard
		}
		record := func() (*recording, error) { return c.startRecording(f, std.out, o) }
		end, err := f.inspectPlain(ctx, std, o, lines, record, repository)
		o.ended()
		end.rec.close(std.limits.report)
		if err != nil {
			return err
		}
		unwritten := f.har.write(std, o, end.st, f.deadline, end.code)
		if c.format == formLines { // they are the report
			return cmp.Or(inspection{end.st, end.code, nil}.leave(std, end.rec.failure()), unwritten)
		}
		return cmp.Or(end.leave(std, c.write(std.out, o, end.st, end.rec.peakMemory(), end.rec.name())), unwritten)
	})
}

// The forms of a report.
const (
	formText  = "text"
	formJSON  = "json"
	formLines = "jsonl"
)

func (c *checkFlags) validate(f *runFlags) error {
	switch c.format {
	case formText, formJSON:
	case formLines:
		if f.record != "" {
			return usagef("--record %s and --format jsonl are the same: give one of them", safe.Text(f.record))
		}
	default:
		return usagef("--format: %q is not text, json or jsonl", safe.Text(c.format))
	}
	return nil
}

// startRecording begins what --record asks for. Events as they come are a recording too,
// in the place of the report.
func (c *checkFlags) startRecording(f *runFlags, stdout *os.File, o overseer) (*recording, error) {
	switch {
	case c.format != formLines:
		return f.startRecording()
	case c.output != "":
		return startRecording("--output", c.output, f.called)
	}
	return startLines(stdout, o, f.called), nil
}

// write writes the report in its form to its place, and tells the overseer how it gets
// on.
func (c *checkFlags) write(stdout *os.File, o overseer, st *engine.State, peak int64, recording string) error {
	rep := report.New(st, report.Options{All: c.all, PeakMemory: peak})
	opt := report.TextOptions{All: c.all, ASCII: ui.WantsASCII(os.Getenv), Rest: "--all lists all of it, as --format json does", Recording: recording}
	if c.output == "" {
		opt.Width = columns(stdout)
	}
	form := func(w io.Writer) error {
		w = taken{w, o}
		if c.format == formJSON {
			return report.WriteJSON(w, rep)
		}
		return report.WriteText(w, rep, opt)
	}
	if c.output != "" {
		return disk.WriteFile(c.output, form)
	}
	return form(stdout)
}
