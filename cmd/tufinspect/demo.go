package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/report"
)

// demoSeed makes every demonstration the same.
const demoSeed = 1

func newDemo(std streams) *cobra.Command {
	var f runFlags
	var list bool
	cmd := &cobra.Command{
		Use:   "demo [flags] [SCENARIO]",
		Short: "inspect a sick repository that is served on loopback",
		Long: `demo serves a repository with sick files on a port of 127.0.0.1 and inspects it,
in the terminal UI where there is a terminal, as plain lines else. It needs no
network. What is sick, and what a good operator does, stands first in the log
(3). --list names the scenarios and how they end. The exit code is 0 when the
demonstration itself worked.`,
		Example: `  tufinspect demo
  tufinspect demo --list
  tufinspect demo hung
  tufinspect demo serve hung`,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			if list {
				return listScenarios(std)
			}
			f.called = calledAs(cmd, args)
			return showDemo(cmd.Context(), std, &f, scenarioName(args))
		},
	}
	cmd.Flags().BoolVar(&list, "list", false, "list the scenarios: name, promised verdict, what is to be seen")
	f.har.add(cmd.Flags())
	f.addDisplay(cmd.Flags())
	f.addRecord(cmd.Flags())
	cmd.AddCommand(newDemoServe(std))
	return cmd
}

// oneScenario is the argument rule of commands that take a scenario or the default.
func oneScenario(_ *cobra.Command, args []string) error {
	if len(args) > 1 {
		return usagef("one scenario at a time: %q is one too many", args[1])
	}
	return nil
}

// scenarioName is the scenario that was asked for.
func scenarioName(args []string) string {
	if len(args) == 1 {
		return args[0]
	}
	return demo.Scenarios()[0].Name
}

// listScenarios writes a line for each scenario: its name, how it ends, what it is.
func listScenarios(std streams) error {
	for _, s := range demo.Scenarios() {
		if _, err := fmt.Fprintf(std.out, "%-9s %-9s %s\n", s.Name, s.Verdict, s.Line); err != nil {
			return err
		}
	}
	return nil
}

// preface is what a demonstration says of itself before anything has happened: how it
// will end, what is sick, and what a good operator does. Each is short enough to be
// read in a line of the log.
func preface(s demo.Scenario, stage *demo.Stage) []engine.Noted {
	name := "demo " + s.Name
	said := []engine.Noted{
		{Subject: name, Text: s.Line},
		{Subject: name, Text: fmt.Sprintf("it ends %s, exit code %d of a check", s.Verdict, s.Verdict.ExitCode())},
	}
	for _, a := range stage.Faults {
		said = append(said, engine.Noted{Subject: a.Subject(), Text: a.Line}, engine.Noted{Subject: a.Subject(), Text: engine.ToDo + a.Cure})
	}
	return said
}

// demoConfig says how a scenario is inspected that is served at an address.
func demoConfig(s demo.Scenario, stage *demo.Stage, url string) engine.Config {
	cfg := engine.DefaultConfig()
	cfg.Version = programVersion()
	cfg.StallAfter, cfg.StallTimeout, cfg.Retries = s.StallAfter, s.StallTimeout, s.Retries
	cfg.Repository = url
	cfg.Root, cfg.RootSource = stage.Root(), engine.RootFile
	cfg.Preface = preface(s, stage)
	return cfg
}

func showDemo(ctx context.Context, std streams, f *runFlags, name string) error {
	scenario, err := demo.FindScenario(name)
	if err != nil {
		return usageError{err}
	}
	if err := cmp.Or(f.har.check(), apart([]place{{"--record", f.record}, {"--har", string(f.har)}}, nil)); err != nil {
		return err
	}
	stage, err := scenario.Build(demoSeed, time.Now())
	if err != nil {
		return fmt.Errorf("building the scenario: %w", err)
	}
	server, err := stage.Serve()
	if err != nil {
		return fmt.Errorf("serving the scenario: %w", err)
	}
	defer server.Close()
	cfg := demoConfig(scenario, stage, server.URL())
	source, err := fetch.New(fetch.Options{MaxConns: 2 * engine.MaxWorkers, Proxy: "none"})
	if err != nil {
		return err
	}
	defer source.Close()
	cfg.Source = source

	rec, err := f.startRecording()
	if err != nil {
		return err
	}
	defer rec.close(std.limits.report)
	var st *engine.State
	var code int
	if !f.plain && isTerminal(std) {
		cfg.Interactive = true
		st, code, err = runUI(ctx, std, f, cfg, nil, rec)
	} else {
		st, code, err = demoPlain(ctx, std, cfg, rec)
	}
	if err != nil {
		return err
	}
	rec.close(std.limits.report)
	unwritten := f.har.write(std, std.child, st, 0, code)
	if err := f.leaveSummary(std, st, rec); err != nil && code == 0 {
		return err
	}
	if code != 0 {
		return exitError(code)
	}
	fmt.Fprintf(std.out, "\nThat was a demonstration. `tufinspect check` would leave with exit code %d.\n", report.Verdict(st).ExitCode())
	if err := rec.failure(); err != nil {
		return err
	}
	return cmp.Or(unwritten, demoWorked(st))
}

func demoPlain(ctx context.Context, std streams, cfg engine.Config, rec *recording) (*engine.State, int, error) {
	ctx, sig := watchSignals(ctx, std)
	defer sig.stop()
	lines := alive.NewLines(std.out)
	defer lines.Close(std.limits.lines) //nolint:errcheck // the summary is next, and tells
	wd := newWatch(lines)
	defer wd.close()
	st, err := runPlain(ctx, std, lines, cfg, wd, nil, rec, func() {})
	return st, sig.code(), err
}

// demoWorked is an error when the inspector itself failed.
func demoWorked(st *engine.State) error {
	if len(st.Faults) == 0 && st.Violations == 0 {
		return nil
	}
	var text []string
	for _, f := range st.Faults {
		text = append(text, f.Goroutine+": "+f.Value)
	}
	if st.Violations > 0 {
		text = append(text, fmt.Sprintf("%d events broke the protocol", st.Violations))
	}
	return errors.New("the inspector failed: " + strings.Join(text, "; "))
}
