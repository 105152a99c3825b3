package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// sample is what one run of a command took.
type sample struct {
	Wall time.Duration
	CPU  time.Duration // user and system, of all processes that it has waited for
	Peak int64         // bytes of resident memory: the largest of these processes
	Cut  bool          // it was ended because it took too long
	Exit int
	Said string // the end of its stderr
}

// saidMost is how much is kept of what a command has said.
const saidMost = 2000

// timeCommand runs a command and prints its sample as JSON. It is a process of its own since
// a child's peak of memory begins with its parent's: the one that starts it is to be small.
// The command is ended with all its group when the context ends or the limit is reached.
func timeCommand(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("time", flag.ExitOnError)
	limit := flags.Duration("limit", time.Minute, "how long the command may take")
	dir := flags.String("dir", "", "its folder")
	settles := flags.Bool("settles", false, "run it on a pseudo terminal until its screen says that it has settled, and then quit it")
	_ = flags.Parse(args) // it ends the process on an error
	bounded, cancel := context.WithTimeout(ctx, *limit)
	defer cancel()
	argv := flags.Args()
	cmd := exec.CommandContext(bounded, argv[0], argv[1:]...)
	cmd.Dir = *dir
	cmd.WaitDelay = 2 * time.Second
	cmd.Cancel = func() error { return killGroup(cmd) }
	apart(cmd)
	var said bytes.Buffer
	cmd.Stderr = &said
	way := toTheEnd
	if *settles {
		way = onTerminal
	}
	start := time.Now()
	end, err := way(cmd)
	s := sample{Wall: end.Sub(start), Cut: bounded.Err() != nil, Said: tail(said.String())}
	if exit := (*exec.ExitError)(nil); err != nil && !s.Cut && !errors.As(err, &exit) || cmd.ProcessState == nil {
		return err
	}
	s.Exit = cmd.ProcessState.ExitCode()
	s.CPU = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	s.Peak = peak(cmd.ProcessState)
	return json.NewEncoder(os.Stdout).Encode(s)
}

// toTheEnd runs a command and gives the moment at which it has ended.
func toTheEnd(cmd *exec.Cmd) (time.Time, error) {
	err := cmd.Run()
	return time.Now(), err
}

func tail(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > saidMost {
		s = "…" + s[len(s)-saidMost:]
	}
	return s
}

// job is a command to be measured.
type job struct {
	argv []string
	dir  string
	// settles says that it has a screen: its time is until that says that the run has
	// settled, and then it is quit.
	settles bool
}

// run has a job measured by a process of this program.
func run(ctx context.Context, self string, j job, limit time.Duration) (sample, error) {
	args := append([]string{"time", "-limit", limit.String(), "-dir", j.dir, "-settles=" + strconv.FormatBool(j.settles), "--"}, j.argv...)
	cmd, err := attached(ctx, self, args...)
	if err != nil {
		return sample{}, err
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return sample{}, context.Cause(ctx)
	}
	if err != nil {
		return sample{}, fmt.Errorf("measuring %s: %w", j.argv[0], err)
	}
	var s sample
	if err := json.Unmarshal(out, &s); err != nil {
		return sample{}, fmt.Errorf("measuring %s: %w", j.argv[0], err)
	}
	return s, nil
}

// attached is a process of this program that ends when the context does, or when this
// process goes in any way: its stdin is a pipe that is then closed, see [whileAttached].
// Signals from the terminal do not reach it: it has to end what it has started.
func attached(ctx context.Context, self string, args ...string) (*exec.Cmd, error) {
	cmd := exec.CommandContext(ctx, self, args...)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	apart(cmd)
	cmd.Cancel = in.Close
	cmd.WaitDelay = 10 * time.Second
	return cmd, nil
}

// whileAttached is a context that ends with the stdin of this process.
func whileAttached(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		b := make([]byte, 1)
		for {
			if _, err := os.Stdin.Read(b); err != nil {
				cancel(errors.New("the parent has gone"))
				return
			}
		}
	}()
	return ctx, func() { cancel(nil) }
}
