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
		if fresh(s.in(r, ""), r, time.Now()) {
			continue
		}
		fmt.Fprintf(os.Stderr, "building %s\n", s.in(r, ""))
		b, err := json.Marshal(r)
		if err != nil {
			return nil, err
		}
		cmd := exec.CommandContext(ctx, s.self, "build", s.cache, string(b))
		cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("building %s: %w", r.name(), err)
		}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	args := []string{"serve", "-dir", s.cache, "-delay", w.delay.String()}
	if o.goServer {
		args = append(args, "-go")
	}
	server, err := attached(ctx, s.self, args...)
	if err != nil {
		return nil, err
	}
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, err
	}
	defer func() { cancel(); _ = server.Wait() }() // that it was ended is no news
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return nil, errors.New("the server does not start")
	}
	name, base, _ := strings.Cut(strings.TrimSpace(line), "\t")
	here := *s
	here.base = base
	fmt.Fprintf(os.Stderr, "%s  %s, %s at %s\n", w.name, w.title, name, base)
	var progress io.Writer = io.Discard
	if term.IsTerminal(int(os.Stderr.Fd())) {
		progress = os.Stderr
	}
	all, err := rotate(ctx, &here, w.contenders(&here), o.limits, progress)
	if err != nil {
		return nil, err
	}
	return &result{w, name, all}, nil
}
