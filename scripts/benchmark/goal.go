package main

import (
	"fmt"
	"time"
)

// quantity is what a goal is about.
type quantity uint8

const (
	wall   quantity = iota // time, in seconds
	cpu                    // processor time, in seconds
	memory                 // the peak of resident memory, in bytes
)

func (q quantity) String() string {
	switch q {
	case cpu:
		return "CPU"
	case memory:
		return "peak memory"
	}
	return "time"
}

// of are a series' values.
func (q quantity) of(s *series) []float64 {
	switch q {
	case cpu:
		return s.cpus()
	case memory:
		return s.peaks()
	}
	return s.walls()
}

// text is a value with its unit.
func (q quantity) text(v float64) string {
	if q == memory {
		return mebibytes(v)
	}
	return seconds(v)
}

// goal is what an inspector is to reach: at most so much of another contender's value, or,
// with no other, at most so much.
type goal struct {
	what quantity
	base string
	most float64
	// each, if it is not zero, says that the goal is about each of so many targets: what
	// the contender takes more than base does, divided by their number.
	each int
}

func (g goal) String() string {
	if g.each > 0 {
		return fmt.Sprintf("%s ≤ %.0f bytes for each target more than %s", g.what, g.most, g.base)
	}
	if g.base == "" {
		return fmt.Sprintf("%s ≤ %s", g.what, g.what.text(g.most))
	}
	return fmt.Sprintf("%s ≤ %.2f × %s", g.what, g.most, g.base)
}

// reached says how a series stands to the goal: its value or ratio as text, and whether the
// goal is met. It tells nothing (ok is false) where there is nothing to compare.
func (g goal) reached(s *series, all []*series) (text string, met, ok bool) {
	values := g.what.of(s)
	if len(values) == 0 || s.cut {
		return "", false, false
	}
	if g.base == "" {
		v := median(values)
		return g.what.text(v), v <= g.most, true
	}
	base := find(all, g.base)
	if base == nil || len(base.samples) == 0 || base.cut {
		return "", false, false
	}
	if g.each > 0 {
		v := (median(values) - median(g.what.of(base))) / float64(g.each)
		return fmt.Sprintf("%.0f bytes", v), v <= g.most, true
	}
	v := pairs(values, g.what.of(base))
	return fmt.Sprintf("%.2f", v), v <= g.most, true
}

func find(all []*series, name string) *series {
	for _, s := range all {
		if s.name == name {
			return s
		}
	}
	return nil
}

func seconds(s float64) string {
	if s < 1 {
		return fmt.Sprintf("%d ms", time.Duration(s*float64(time.Second)).Round(time.Millisecond).Milliseconds())
	}
	return fmt.Sprintf("%.2f s", s)
}

func mebibytes(b float64) string { return fmt.Sprintf("%.0f MiB", b/(1<<20)) }
