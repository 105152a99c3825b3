package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"
)

// inspectorName is what the checkouts' contenders begin with.
const inspectorName = "tufinspect"

// goBuild compiles a checkout's inspector.
func goBuild(ctx context.Context, dir, out string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-o", out, "./cmd/tufinspect")
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, os.Stderr, os.Stderr
	return cmd.Run()
}

// buildCommand builds a repository, which is given as JSON, into a folder. It is a process of
// its own because it may take much memory.
func buildCommand(_ context.Context, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: build FOLDER REPO")
	}
	var r repo
	if err := json.Unmarshal([]byte(args[1]), &r); err != nil {
		return err
	}
	return build(args[0], r, time.Now())
}

// measure builds what a workload needs, serves it, and runs the contenders.
func measure(ctx context.Context, s *stage, w workload, o *options) (*result, error) {
	for _, r := range w.repos {
		if err := provide(ctx, s, r); err != nil {
			return nil, fmt.Errorf("building %s: %w", r.name(), err)
		}
	}
	r, here := &result{workload: w, server: noServer, small: o.quick}, *s
	if len(w.repos) > 0 {
		name, base, stop, err := startServer(ctx, s, w.delay, o.goServer)
		if err != nil {
			return nil, err
		}
		defer stop()
		r.server, here.base = name, base
	}
	var progress io.Writer = io.Discard
	if term.IsTerminal(int(os.Stderr.Fd())) {
		progress = os.Stderr
	} else {
		fmt.Fprintf(os.Stderr, "%s  %s (%s)\n", w.name, w.title, r.server)
	}
	var err error
	r.series, err = rotate(ctx, &here, w, o.limits, progress)
	return r, err
}

// noServer is what serves a workload that needs nothing.
const noServer = "no server"

// provide has a repository built, if it is not in the cache.
func provide(ctx context.Context, s *stage, r repo) error {
	if fresh(s.in(r, ""), r, time.Now()) {
		return nil
	}
	fmt.Fprintf(os.Stderr, "building %s\n", s.in(r, ""))
	b, err := json.Marshal(r)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, s.self, "build", s.cache, string(b))
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	return cmd.Run()
}

// startServer serves the cache in another process, and gives what serves and its address.
// The caller ends it with stop, which waits for that.
func startServer(ctx context.Context, s *stage, delay time.Duration, goServer bool) (name, base string, stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd, err := attached(ctx, s.self, "serve", "-dir", s.cache, "-delay", delay.String(), "-go="+strconv.FormatBool(goServer))
	if err != nil {
		cancel()
		return "", "", nil, err
	}
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return "", "", nil, err
	}
	stop = func() {
		cancel()
		_ = cmd.Wait() // that it was ended is no news
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", "", nil, errors.New("the server does not start")
	}
	name, base, _ = strings.Cut(strings.TrimSpace(line), "\t")
	return name, base, stop, nil
}
