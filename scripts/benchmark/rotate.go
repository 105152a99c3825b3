package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// rotate runs a workload's contenders in turn: a first round that warms up, and then as many as are
// counted. Every second round goes backwards, so that none always comes after the same other
// one. What is slow, or was cut, has its first run counted and no other.
func rotate(ctx context.Context, s *stage, w workload, l limits, progress io.Writer) ([]*series, error) {
	contenders := w.contenders(s)
	all := make([]*series, len(contenders))
	for i, c := range contenders {
		all[i] = &series{name: c.name, inspector: c.inspector, tree: c.tree, note: c.absent}
	}
	defer fmt.Fprint(progress, "\r\x1b[K")
	first := 0
	if l.cold {
		first = 1
	}
	for round := first; round <= l.rounds; round++ {
		for i := range contenders {
			if round%2 == 0 {
				i = len(contenders) - 1 - i
			}
			c, r := contenders[i], all[i]
			if r.note != "" || r.once || r.cut {
				continue
			}
			fmt.Fprintf(progress, "\r\x1b[K%s  round %d of %d: %s", w.name, round, l.rounds, c.name)
			got, err := once(ctx, s, c, l)
			switch {
			case ctx.Err() != nil:
				return all, context.Cause(ctx)
			case err != nil:
				r.note, r.samples = err.Error(), nil
			case got.Cut:
				r.cut, r.samples = true, append(r.samples, got)
			case round == 0 && got.Wall > l.once:
				r.once, r.samples = true, []sample{got}
			case round > 0:
				r.samples = append(r.samples, got)
			}
		}
	}
	return all, nil
}

// once runs a contender in a folder of its own, which goes away afterwards.
func once(ctx context.Context, s *stage, c contender, l limits) (got sample, err error) {
	dir, err := os.MkdirTemp("", "bench-run")
	if err != nil {
		return got, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	j, err := c.job(dir)
	if err != nil {
		return got, err
	}
	if got, err = run(ctx, s.self, j, l.run); err != nil || got.Cut {
		return got, err
	}
	if got.Exit != 0 && c.verify == nil {
		return got, fmt.Errorf("%s ended with %d: %s", filepath.Base(j.argv[0]), got.Exit, got.Said)
	}
	if c.verify != nil {
		if err := c.verify(dir); err != nil {
			return got, fmt.Errorf("%w (exit code %d) %s", err, got.Exit, got.Said)
		}
	}
	return got, nil
}
