package engine

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// dripping is a memory source that brings target t0 a few bytes at a time.
type dripping struct {
	*memory
	every time.Duration
	bytes func(since time.Duration) int
}

func (d *dripping) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	if key(req.Name) != "t0" {
		return d.memory.Get(ctx, req, sink, tr)
	}
	var all strings.Builder
	if _, err := d.memory.Get(ctx, req, &all, quiet{}); err != nil {
		return 0, err
	}
	tr.Enter(fetch.Mark{Phase: fetch.Headers, Address: "192.0.2.1:80"})
	tr.Respond(fetch.Response{Status: 200, Length: req.Length})
	tr.Enter(fetch.Mark{Phase: fetch.Body})
	start := time.Now()
	var sent int64
	for rest := all.String(); rest != ""; {
		n := min(d.bytes(time.Since(start)), len(rest))
		if n > 0 {
			m, err := sink.Write([]byte(rest[:n]))
			sent += int64(m)
			if err != nil {
				return sent, err
			}
			tr.Got(m)
			rest = rest[n:]
		}
		select {
		case <-time.After(d.every):
		case <-ctx.Done():
			return sent, context.Cause(ctx)
		}
	}
	return sent, nil
}

type quiet struct{}

func (quiet) Enter(fetch.Mark)       {}
func (quiet) Respond(fetch.Response) {}
func (quiet) Got(int)                {}

// drip is a configuration for one target of so many bytes.
func drip(t *testing.T, size int64, bytes func(time.Duration) int) Config {
	t.Helper()
	m := newMemory(build(t, 0, func(s *demo.Spec) { s.Targets = []demo.Target{{Path: "t0", Size: size}} }))
	cfg := configFor(m)
	cfg.Source = &dripping{m, time.Second, bytes}
	return cfg
}

func TestABodyThatCrawlsIsNamedWithItsRateAndTimeToGoAndIsNotStalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var first, back time.Duration
		var said Diagnosed
		stalls := 0
		// Ten bytes a second for a minute, and then quickly.
		cfg := drip(t, 100_000, func(since time.Duration) int {
			if since < time.Minute {
				return 10
			}
			return 10_000
		})
		st := runAndWatch(t, cfg, func(_ *Session, st *State, e Event) {
			switch b := e.Body.(type) {
			case Diagnosed:
				if b.Cause == fetch.SlowDrip && first == 0 {
					first, said = e.At, b
					if st.Item(b.Item).Cause == nil {
						t.Error("the state does not keep it")
					}
				}
				if b.Cause == fetch.NoCause && first > 0 {
					back = e.At
					if st.Item(b.Item).Cause != nil {
						t.Error("the state still says that it is slow")
					}
				}
			case StateChanged:
				if b.To == Stalled {
					stalls++
				}
			}
		})
		checkRun(t, st)
		if it := byPath(t, st, "t0"); it.State != Verified || stalls != 0 {
			t.Errorf("%s, %d stalls", it.State, stalls)
		}
		if first < 9*time.Second || first > 12*time.Second || said.Label != "slow: 10 B/s, would take 2h46m" || said.Certainty != fetch.Certain {
			t.Errorf("after %s: %+v", first, said)
		}
		if back < time.Minute || back > 62*time.Second {
			t.Errorf("taken back after %s", back)
		}
	})
}

func TestABodyBelowTheMinimumRateCountsAsStalledAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stalled time.Duration
		cfg := drip(t, 100_000, func(time.Duration) int { return 10 })
		cfg.MinRate, cfg.StallTimeout, cfg.Retries = 1<<10, 5*time.Second, 0
		st := runAndWatch(t, cfg, func(_ *Session, _ *State, e Event) {
			if b, ok := e.Body.(StateChanged); ok && b.To == Stalled && stalled == 0 {
				stalled = e.At
				if b.Reason != "below the minimum rate" {
					t.Errorf("%q", b.Reason)
				}
			}
		})
		checkRun(t, st)
		it := byPath(t, st, "t0")
		if it.State != Failed || it.Problem.Kind != finding.Stalled || !strings.HasPrefix(it.Problem.Text, "slower than 1 KiB/s: 300 B in 30s") {
			t.Errorf("%s %+v", it.State, it.Problem)
		}
		if stalled < 29*time.Second || stalled > 32*time.Second || st.Now < stalled+5*time.Second || st.Now > stalled+6*time.Second {
			t.Errorf("stalled after %s, ended after %s", stalled, st.Now)
		}
	})
}

func TestABodyThatGetsFasterThanTheMinimumRateGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := drip(t, 100_000, func(since time.Duration) int {
			if since < 40*time.Second {
				return 10
			}
			return 5000
		})
		cfg.MinRate = 1 << 10
		var seen []ItemState
		st := runAndWatch(t, cfg, func(_ *Session, st *State, e Event) {
			if b, ok := e.Body.(StateChanged); ok && st.Item(b.Item).Path == "t0" {
				seen = append(seen, b.To)
			}
		})
		checkRun(t, st)
		it := byPath(t, st, "t0")
		if i := slices.Index(seen, Stalled); it.State != Verified || it.Attempt != 1 || i < 0 || seen[i+1] != Transferring {
			t.Errorf("%s, attempt %d, %v", it.State, it.Attempt, seen)
		}
	})
}

// A suspended laptop: the fake clock jumps, and what was silent before is not
// stalled for it.
func TestAJumpOfTheClockMakesNoSlowOrSilentAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := drip(t, 1000, func(time.Duration) int { return 50 })
		cfg.MinRate = 30
		stalls := 0
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			switch b := e.Body.(type) {
			case PhasesEntered:
				if b.Marks[len(b.Marks)-1].Phase == fetch.Body && st.Item(b.Item).Kind == Target {
					go s.Send(ClockJumped{time.Hour})
				}
			case StateChanged:
				if b.To == Stalled {
					stalls++
				}
			}
		})
		checkRun(t, st)
		if it := byPath(t, st, "t0"); it.State != Verified || stalls > 0 {
			t.Errorf("%s, %d stalls", it.State, stalls)
		}
	})
}

func TestTheStallLimitCanBeChangedWhileTheRunGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 2))
		m.sick["t0"] = silent(1)
		cfg := configFor(m)
		cfg.StallTimeout = 5 * time.Second
		sent := false
		var stalled time.Duration
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			b, ok := e.Body.(StateChanged)
			switch {
			case ok && b.To == Verified && !sent:
				sent = true
				go s.Send(SetStallAfter{2 * time.Second})
			case ok && b.To == Stalled && stalled == 0:
				stalled = e.At
			}
		})
		checkRun(t, st)
		if stalled < 1900*time.Millisecond || stalled > 2300*time.Millisecond || st.Run.Limits.StallAfter != 2*time.Second {
			t.Errorf("stalled after %s, the limit is %s", stalled, st.Run.Limits.StallAfter)
		}
	})
}

func TestAPaceTellsTheRateOfTheLastSecondsOnly(t *testing.T) {
	var p pace
	if n, d := p.over(10 * time.Second); n != 0 || d != 0 {
		t.Errorf("%d in %s of nothing", n, d)
	}
	for s := range 100 {
		for tenth := range 10 {
			done := int64(s) * 1000
			if s >= 80 {
				done = 80_000 + int64(s-80)
			}
			p.note(time.Duration(s)*time.Second+time.Duration(tenth)*100*time.Millisecond, done)
		}
	}
	if n, d := p.over(10 * time.Second); n != 10 || d != 10*time.Second {
		t.Errorf("%d in %s", n, d)
	}
	if n, d := p.over(time.Hour); n != 11_019 || d != 30*time.Second {
		t.Errorf("%d in %s", n, d)
	}
}

func TestTheHolderOfTheConnectionsIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 2))
		m.sick["t0"] = silent(99)
		cfg := configFor(m)
		cfg.Source = poolless{m}
		cfg.StallTimeout, cfg.Retries = 3*time.Second, 0
		var said Diagnosed
		st := runAndWatch(t, cfg, func(_ *Session, st *State, e Event) {
			if b, ok := e.Body.(Diagnosed); ok && st.Item(b.Item).Path == "t1" {
				said = b
			}
		})
		checkRun(t, st)
		if said.Cause != fetch.PoolEmpty || said.Certainty != fetch.Certain || !strings.Contains(said.Label, ".t0") {
			t.Errorf("%+v", said)
		}
	})
}

// poolless has no connection for t1.
type poolless struct{ *memory }

func (p poolless) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	if key(req.Name) != "t1" {
		return p.memory.Get(ctx, req, sink, tr)
	}
	tr.Enter(fetch.Mark{Phase: fetch.Pool})
	<-ctx.Done()
	return 0, context.Cause(ctx)
}
