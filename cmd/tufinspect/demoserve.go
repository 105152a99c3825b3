package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/disk"
	"example.com/tufinspect/internal/measure"
)

// serveFlags are those of demo serve.
type serveFlags struct {
	port    int
	rootOut string
	span    time.Duration
}

func newDemoServe(std streams) *cobra.Command {
	var f serveFlags
	cmd := &cobra.Command{
		Use:   "serve [flags] [SCENARIO]",
		Short: "only serve a scenario on loopback, for other tools",
		Long: `serve builds a scenario, serves it on a port of 127.0.0.1 and prints what is
sick and the commands with which this and other tools look at it. It writes no
file unless --root-out asks for one, inspects nothing, and ends with ctrl+c,
SIGTERM or after --for; its exit code is 0 then.`,
		Example: `  tufinspect demo serve hung
  tufinspect demo serve --port 8080 --root-out root.json sick`,
		Args:              oneScenario,
		ValidArgsFunction: completeScenario,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("root-out") {
				if err := placeFor("--root-out", f.rootOut); err != nil {
					return err
				}
			}
			return f.serve(cmd.Context(), std, scenarioName(args))
		},
	}
	cmd.Flags().IntVar(&f.port, "port", 0, "the port to serve on; 0: a free one")
	cmd.Flags().StringVar(&f.rootOut, "root-out", "", "write the trusted root to this `FILE`")
	cmd.Flags().DurationVar(&f.span, "for", time.Hour, "how long to serve")
	return cmd
}

// serve serves a scenario until it is told to stop, or for as long as it was told to.
func (f *serveFlags) serve(ctx context.Context, std streams, name string) error {
	if f.port < 0 || f.port > 65535 {
		return usagef("--port: %d is not between 0 and 65535", f.port)
	}
	if f.span <= 0 {
		return usagef("--for: %s is not longer than 0s", f.span)
	}
	scenario, err := demo.FindScenario(name)
	if err != nil {
		return usageError{err}
	}
	ctx, sig := watchSignals(ctx, std)
	defer sig.stop()
	stage, err := scenario.Build(demoSeed, time.Now())
	if err != nil {
		return fmt.Errorf("building the scenario: %w", err)
	}
	server, err := stage.ServePort(f.port)
	if err != nil {
		return fmt.Errorf("serving the scenario: %w", err)
	}
	defer server.Close()
	if err := f.announce(std.out, &scenario, stage, server.URL()); err != nil {
		return err
	}
	timer := time.NewTimer(f.span)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	_, err = fmt.Fprintf(std.out, "\nserved %s\n", measure.Count(server.Requests("**"), "request"))
	return err
}

// announce says what is served and writes the trusted root, if it is to. A file that
// cannot be made is noticed before anything is said; and it takes its place behind the
// text, so that who waits for the file finds all of it.
func (f *serveFlags) announce(out io.Writer, s *demo.Scenario, stage *demo.Stage, url string) error {
	if f.rootOut == "" {
		return writeServed(out, s, stage, url, f.span)
	}
	var said error
	err := disk.WriteFile(f.rootOut, func(w io.Writer) error {
		if said = writeServed(out, s, stage, url, f.span); said != nil {
			return said
		}
		_, err := w.Write(stage.Root())
		return err
	})
	switch {
	case said != nil:
		return said
	case err != nil:
		return fmt.Errorf("--root-out: %w", err)
	}
	return nil
}

// writeServed says what is served, how to look at it, and what is sick.
func writeServed(w io.Writer, s *demo.Scenario, stage *demo.Stage, url string, span time.Duration) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", s.Name, s.Line)
	fmt.Fprintf(&b, "a check ends %s, exit code %d\n\n", s.Verdict, s.Verdict.ExitCode())
	root := fmt.Sprintf("%s/%d.root.json", url, max(1, stage.Trusted))
	fmt.Fprintf(&b, "metadata      %s\ntargets       %s/targets\ntrusted root  %s\n", url, url, root)
	fmt.Fprintf(&b, "served until ctrl+c, for %s at most, on this machine only\n", measure.Span(span))
	if stage.Timed() {
		fmt.Fprint(&b, "the story begins when timestamp.json is asked for, and again when that follows a minute without requests\n")
	}

	for _, c := range commands(s, stage, url, root) {
		fmt.Fprintf(&b, "\n# %s\n", c.what)
		for _, line := range c.lines {
			fmt.Fprintf(&b, "%s\n", line)
		}
	}
	if len(stage.Faults) == 0 {
		fmt.Fprint(&b, "\nnothing is sick\n")
	} else {
		fmt.Fprint(&b, "\nwhat is sick, and what a good operator does\n")
	}
	for i := range stage.Faults {
		a := &stage.Faults[i]
		fmt.Fprintf(&b, "  %s\n      %s\n      to do: %s\n", a.Subject(), a.Line, a.Cure)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// ready are commands of one tool, ready to be copied.
type ready struct {
	what  string
	lines []string
}

// commands look at what is served at an address, as the scenario means it: with the
// usual limits, some stories would take minutes.
func commands(s *demo.Scenario, stage *demo.Stage, url, root string) []ready {
	limits := fmt.Sprintf("--no-state --stall-after %s --stall-timeout %s --retries %d", s.StallAfter, s.StallTimeout, s.Retries)
	list := []ready{
		{"the trusted root, for all that follows", []string{"curl -fsS -o root.json " + root}},
		{"this program: in the terminal, and with one verdict and an exit code", []string{
			"tufinspect " + limits + " --root root.json " + url,
			"tufinspect check " + limits + " --root root.json " + url,
		}},
	}
	if ill, ok := showSick(stage, url); ok {
		list = append(list, ill)
	}
	well := wellTarget(stage)
	return append(list,
		ready{"go-tuf's example client, in an empty folder with root.json; here and below, for a target that is well", []string{
			"go install github.com/theupdateframework/go-tuf/v2/examples/cli/tuf-client@latest",
			"tuf-client init --url " + url + " --file root.json",
			"tuf-client get --url " + url + " --turl " + url + "/targets " + well,
		}},
		ready{"python-tuf 6 or newer (pip install tuf)", []string{
			"python3 - <<'END'",
			"from tuf.ngclient import Updater",
			"updater = Updater(metadata_dir='python-metadata', metadata_base_url='" + url + "/',",
			"                  target_dir='.', target_base_url='" + url + "/targets/',",
			"                  bootstrap=open('root.json', 'rb').read())",
			"print(updater.download_target(updater.get_targetinfo('" + well + "')))",
			"END",
		}},
		ready{"tuftool (cargo install tuftool); the folder must not be there yet", []string{
			"tuftool download --root root.json --metadata-url " + url + "/ --targets-url " + url + "/targets/ \\",
			"    --target-name " + well + " tuftool-targets",
		}},
	)
}

// wellTarget is a target with which nothing is wrong, of the top-level role if it has
// one.
func wellTarget(stage *demo.Stage) string {
	for _, l := range stage.Repository.Targets() {
		if !slices.ContainsFunc(stage.Faults, func(a demo.Ailment) bool { return a.Subject() == l.Path }) {
			return l.Path
		}
	}
	return ""
}

// showSick is how the first file that is served badly is seen to be sick, without a
// client. There is none where all comes as it should, and what it says is sick.
func showSick(stage *demo.Stage, url string) (ready, bool) {
	i := slices.IndexFunc(stage.Faults, func(a demo.Ailment) bool { return a.Path != "" })
	if i < 0 {
		return ready{}, false
	}
	a := &stage.Faults[i]
	what := "the first sick file, by itself: " + a.Line
	target, ok := stage.Repository.Target(a.Subject())
	if !ok {
		role := strings.TrimSuffix(a.Path, ".json")
		return ready{what, []string{shownByHeaders + url + "/" + stage.Repository.MetaFile(role)}}, true
	}
	file := url + "/" + target.Files[0]
	if !slices.ContainsFunc(a.Faults, wrongBytes) {
		return ready{what, []string{shownByHeaders + file}}, true
	}
	return ready{what, []string{
		"curl -fsS --max-time 60 " + file + " | sha256sum",
		"echo '" + target.Hashes["sha256"] + "  is signed'",
	}}, true
}

// shownByHeaders is a command that shows what a server says, and when.
const shownByHeaders = `curl -v -o /dev/null --max-time 60 -w 'first byte after %{time_starttransfer} s, end after %{time_total} s\n' `

// wrongBytes tells whether a fault is seen in nothing but the bytes.
func wrongBytes(f demo.Fault) bool {
	return slices.Contains([]demo.FaultKind{demo.Corrupt, demo.Cut, demo.Replace, demo.Long}, f.Kind)
}
