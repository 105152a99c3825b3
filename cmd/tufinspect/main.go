// Command tufinspect inspects a TUF repository: it verifies every root, every role
// and every target file, shows live what it is doing, what is stuck and why, and
// says whether a client would accept what it found.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	_ "example.com/tufinspect/internal/alive/abort"  // a crash must not end with 2
	_ "example.com/tufinspect/internal/ui/term/nobg" // before Bubble Tea: see there
)

// Exit codes besides those of a verdict.
const (
	exitUnknown = 3
	exitUsage   = 64
)

// streams are the process's standard streams, or stand-ins, and its place among
// processes.
type streams struct {
	in       *os.File
	out, err *os.File

	self   []string // by which this program is started again; nil: it must not be
	child  *child   // of a process that supervises this one, or nil
	early  *early   // may be nil
	limits limits
}

func main() { os.Exit(start(defaultLimits())) }

// start runs the command of this process, as the one that was called or as its child.
func start(l limits) int {
	std := streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, self: os.Args, child: attach(l), limits: l}
	if std.child == nil { // the parent of a child wants its last words as the runtime writes them
		std.early = listenEarly(std.err)
	}
	code := run(os.Args[1:], std)
	std.child.leave(code)
	return code
}

// usageError is a mistake in how the program was called.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func usagef(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// exitError carries an exit code whose reason has been printed already.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// run is main without the process: it returns the exit code.
func run(args []string, std streams) (code int) {
	defer rescue(std.err, &code)
	defer std.child.ended() // from here on, what is still written has its time
	cmd := newRoot(std)
	cmd.SetArgs(args)
	cmd.SetIn(std.in)
	cmd.SetOut(std.out)
	cmd.SetErr(std.err)
	if len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		plainUsages(cmd)
	}
	err := mistyped(cmd, args)
	if err == nil {
		err = cmd.ExecuteContext(context.Background())
	}
	std.child.ended()
	return exitCode(err, std.err)
}

// rescue turns a panic into the exit code of a run that could not be decided. Go's
// own is 2, which stands for a repository that is proved to be broken.
func rescue(w io.Writer, code *int) {
	if v := recover(); v != nil {
		say(w, fmt.Sprintf("tufinspect: the inspector failed: %v\n\n%s", v, debug.Stack()))
		*code = exitUnknown
	}
}

// exitCode prints an error in one line and gives the code that it stands for.
func exitCode(err error, w io.Writer) int {
	var exit exitError
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return int(exit)
	case errors.As(err, &usage):
		say(w, fmt.Sprintf("tufinspect: %v\n", err))
		return exitUsage
	}
	say(w, fmt.Sprintf("tufinspect: %v\n", err))
	return exitUnknown
}
