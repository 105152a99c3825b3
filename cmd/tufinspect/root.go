package main

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/report"
)

// newRoot makes the command tree.
func newRoot(std streams) *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "tufinspect [flags] REPO",
		Short: "inspect a TUF repository: every root, role and target, live",
		Long: `tufinspect verifies a whole TUF repository and shows live what it is doing, what
is stuck and why. REPO is the URL of the metadata, or a folder. It opens a
terminal UI when stdin and stdout are terminals, and prints plain lines else.

Exit codes: 0 healthy, 1 warning, 2 critical (bytes prove it), 3 unknown (it
could not be decided), 64 usage, 129, 130 and 143 after SIGHUP, SIGINT and
SIGTERM.`,
		Example: `  tufinspect --root root.json https://tuf.example.org/metadata
  tufinspect demo`,
		Args:          oneRepository,
		Version:       readBuildInfo().line(),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.called = calledAs(cmd, args)
			return inspect(cmd.Context(), std, &f, args[0])
		},
	}
	cmd.SetFlagErrorFunc(flagError)
	cmd.SetVersionTemplate("{{.Version}}\n")
	cmd.Flags().Bool("version", false, "print the version and nothing else; tufinspect version says more") // without cobra's -v
	f.add(cmd.Flags())
	f.addDisplay(cmd.Flags())
	cmd.AddCommand(newCheck(std), newProbe(std), newDemo(std), newReplay(std), newBundle(std), newExplain(std), newClient(std), newVersion(std), newMan(std))
	ownHelp(cmd, std.out)
	completing(cmd)
	argumentsAreUsage(cmd)
	return cmd
}

// argumentsAreUsage makes a wrong argument of any command, cobra's own included, a
// usage error.
func argumentsAreUsage(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			var usage usageError
			err := check(cmd, args)
			if err == nil || errors.As(err, &usage) {
				return err
			}
			return usagef("%w; %s --help says what it takes", err, cmd.CommandPath())
		}
	}
	for _, c := range cmd.Commands() {
		argumentsAreUsage(c)
	}
}

// inspect runs with a display for people: the terminal UI, or plain lines.
func inspect(ctx context.Context, std streams, f *runFlags, repository string) error {
	if err := cmp.Or(f.har.check(), apart([]place{{"--record", f.record}, {"--har", string(f.har)}}, f.reads())); err != nil {
		return err
	}
	if !f.plain && isTerminal(std) {
		return f.showUI(ctx, std, repository)
	}
	return supervise(std, f.deadline, func(o overseer) error { return f.showPlain(ctx, std, o, repository) })
}

// oneRepository is the argument rule of commands that take REPO.
func oneRepository(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usagef("no repository: give the URL or the folder of its metadata, as in: %s", cmd.UseLine())
	case 1:
		return nil
	}
	return usagef("one repository at a time: %q is one too many, as in: %s", args[1], cmd.UseLine())
}

// flagError makes a mistaken flag a usage error that says where to look.
func flagError(cmd *cobra.Command, err error) error {
	if strings.Contains(err.Error(), "unknown unit") { // of a duration, which has no days
		return usagef("%w; give hours, minutes or seconds, such as 480h, 90m or 30s", err)
	}
	return usagef("%w; %s --help lists the flags", err, cmd.CommandPath())
}

// verdictExit turns the end of a run into the command's result.
func verdictExit(st *engine.State, interrupted int) error {
	code := report.Verdict(st).ExitCode()
	if interrupted != 0 {
		code = interrupted
	}
	if code == 0 {
		return nil
	}
	return exitError(code)
}
