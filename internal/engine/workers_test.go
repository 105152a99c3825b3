package engine

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// farTargets is a memory source whose targets are a tenth of a second away, on a host
// of their own that bears so many requests at a time.
type farTargets struct {
	*memory
	bears   int64 // 0: all
	no      func() error
	under   atomic.Int64
	refused atomic.Int64
}

func (f *farTargets) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	if !strings.HasPrefix(req.Base, "http://far/") {
		return f.memory.Get(ctx, req, sink, tr)
	}
	n := f.under.Add(1)
	defer f.under.Add(-1)
	tr.Enter(fetch.Mark{Phase: fetch.Headers, Address: "192.0.2.7:80"})
	select {
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	case <-time.After(100 * time.Millisecond):
	}
	if f.bears > 0 && n > f.bears {
		f.refused.Add(1)
		return 0, f.no()
	}
	return f.memory.Get(ctx, req, sink, tr)
}

// far is a configuration for n targets, with as many workers as the run chooses.
func far(t testing.TB, n int, f *farTargets) Config {
	t.Helper()
	f.memory = newMemory(build(t, n))
	cfg := configFor(f.memory)
	cfg.Source, cfg.TargetsURL, cfg.Workers = f, "http://far/targets", 0
	return cfg
}

// numbers collects how many workers there were, and when.
func numbers(into *[]int) func(*Session, *State, Event) {
	return func(_ *Session, _ *State, e Event) {
		if b, ok := e.Body.(QueueChanged); ok {
			*into = append(*into, b.Workers)
		}
	}
}

func TestARunFindsHowManyWorkersAFarServerIsWorth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &farTargets{}
		cfg := far(t, 1000, f)
		var n []int
		st := runAndWatch(t, cfg, numbers(&n))
		checkRun(t, st)
		if !st.Run.Auto || st.Run.Workers != crewFirst || st.Targets.ByState[Verified] != 1000 {
			t.Errorf("%+v, %d verified", st.Run, st.Targets.ByState[Verified])
		}
		// 8, 32, 32 again while it is found out what they bring, and 64 from then on.
		if slices.Max(n) != AutoWorkers || st.Now > 2*time.Second || !st.Queue.Auto {
			t.Errorf("took %s with workers %v", st.Now, n)
		}
	})
}

// Whatever way a server has to say that it is too much, no file is lost to that.
func TestAServerThatRefusesIsAskedForLess(t *testing.T) {
	for name, no := range map[string]func() error{
		"429": func() error {
			return &fetch.Error{Kind: finding.ServerError, Text: "429 Too Many Requests", Status: http.StatusTooManyRequests, Retry: true}
		},
		"503": func() error {
			return &fetch.Error{Kind: finding.ServerError, Text: "503 Service Unavailable", Status: http.StatusServiceUnavailable, Retry: true}
		},
		"reset": func() error {
			return &fetch.Error{Kind: finding.Unreachable, Text: "connection reset by peer", Retry: true, Err: errReset}
		},
		"too many files here": func() error {
			return &fetch.Error{Kind: finding.LocalLimit, Text: "too many open files", Retry: true, Err: syscall.EMFILE}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &farTargets{bears: 20, no: no}
				var n []int
				var said []BreakerChanged
				st := runAndWatch(t, far(t, 3000, f), func(s *Session, st *State, e Event) {
					numbers(&n)(s, st, e)
					breakers(&said)(s, st, e)
				})
				checkRun(t, st)
				if st.Targets.ByState[Verified] != 3000 || len(said) != 0 {
					t.Errorf("%d verified, %+v", st.Targets.ByState[Verified], said)
				}
				// Twenty at a time take fifteen seconds.
				if last := n[len(n)-1]; last > 20 || last < 10 || f.refused.Load() > 150 || st.Now > 25*time.Second {
					t.Errorf("took %s, %d refused, %d workers at the end: %v", st.Now, f.refused.Load(), last, n)
				}
			})
		})
	}
}

// A few files that their server cannot bring are no reason to ask for less.
func TestFaultsOfFilesCostNoWorkers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &farTargets{}
		cfg := far(t, 3000, f)
		for i := range 10 {
			f.sick[fmt.Sprintf("t%d", 250*i+200)] = broken(99, fetch.Error{Kind: finding.ServerError, Text: "503 Service Unavailable", Status: 503, Retry: true})
		}
		var n []int
		st := runAndWatch(t, cfg, numbers(&n))
		checkRun(t, st)
		if last := n[len(n)-1]; last < 48 || st.Targets.ByState[Failed] != 10 {
			t.Errorf("%d failed, %d workers: %v", st.Targets.ByState[Failed], last, n)
		}
	})
}

// A dead host costs a run that chooses its workers no longer than one with sixteen,
// however many files have come before and are left.
func TestADeadHostIsHeldAsSoonWhateverTheWorkers(t *testing.T) {
	ends := func(t *testing.T, workers, come, left int, how func(context.Context) error) (held, took time.Duration) {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			var answered, died atomic.Int64
			d := &deadTargets{how: how, dead: func() bool { return answered.Load() >= int64(come) }}
			cfg := deadHost(t, come+left, d)
			for i := range come + left {
				d.sick[fmt.Sprintf("t%d", i)] = func(ctx context.Context, _ int, _ fetch.Trace) error {
					time.Sleep(100 * time.Millisecond)
					if n := answered.Add(1); n > int64(come) {
						return how(ctx)
					} else if n == int64(come) {
						died.Store(int64(time.Since(start)))
					}
					return nil
				}
			}
			cfg.Workers = workers
			st := runAndWatch(t, cfg, func(_ *Session, _ *State, e Event) {
				if b, ok := e.Body.(BreakerChanged); ok && b.State == Held && held == 0 {
					held = e.At - time.Duration(died.Load())
				}
			})
			checkRun(t, st)
			if st.Targets.ByState[Verified] != come || st.Targets.ByState[Failed] != left {
				t.Errorf("%d verified and %d failed of %d and %d", st.Targets.ByState[Verified], st.Targets.ByState[Failed], come, left)
			}
			took = st.Now - time.Duration(died.Load())
		})
		return held, took
	}
	for name, how := range map[string]func(context.Context) error{
		"silent": silence,
		"refuses": func(context.Context) error {
			return &fetch.Error{Kind: finding.Unreachable, Text: "connection refused", Retry: true, Err: syscall.ECONNREFUSED}
		},
	} {
		for _, come := range []int{0, 500} {
			for _, left := range []int{20, 40, 60, 80, 100, 200, 4000} {
				t.Run(fmt.Sprintf("%s after %d, %d left", name, come, left), func(t *testing.T) {
					held, took := ends(t, 0, come, left, how)
					sixteen, tookThen := ends(t, 16, come, left, how)
					t.Logf("held after %s of %s, and with sixteen workers after %s of %s", held, took, sixteen, tookThen)
					// Where all files that are left are under way when the host dies, none waits for
					// which it could be held, before the first of these attempts have timed out.
					// Sixteen workers have that too, with fewer files.
					few := come > 0 && left > 48 && left <= 80 && took < 150*time.Second
					if took > tookThen+time.Second && !few {
						t.Errorf("held after %s of %s, and with sixteen workers after %s of %s", held, took, sixteen, tookThen)
					}
				})
			}
		}
	}
}

// Few workers, because the run has just begun, wait no longer for silent files.
func TestSilentFilesAtTheStartHoldNoWorkersUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 1000))
		for i := range 16 {
			m.sick[fmt.Sprintf("t%d", i)] = silent(99)
		}
		cfg := configFor(m)
		cfg.Workers = 0
		var last time.Duration
		st := runAndWatch(t, cfg, func(_ *Session, _ *State, e Event) {
			if b, ok := e.Body.(StateChanged); ok && b.To == Verified {
				last = e.At
			}
		})
		checkRun(t, st)
		// Twice eight of them are first, and each eight are silent for the stall limit.
		if st.Targets.ByState[Verified] != 984 || last > 21*time.Second {
			t.Errorf("%d verified, the last after %s", st.Targets.ByState[Verified], last)
		}
	})
}

func TestAPersonTakesTheNumberAndGivesItBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &farTargets{}
		cfg := far(t, 3000, f)
		sent, fixed, chosen := false, false, false
		st := runAndWatch(t, cfg, func(s *Session, _ *State, e Event) {
			switch b := e.Body.(type) {
			case QueueChanged:
				if b.Workers == AutoWorkers && !sent {
					sent = true
					go func() {
						s.Send(SetWorkers{3})
						time.Sleep(3 * time.Second)
						s.Send(SetWorkers{})
					}()
				}
				fixed = fixed || b.Workers == 3 && !b.Auto && b.Active <= 3
				chosen = chosen || fixed && b.Auto && b.Workers > 32
			}
		})
		checkRun(t, st)
		if !fixed || !chosen || st.Targets.ByState[Verified] != 3000 {
			t.Errorf("fixed %t, chosen again %t, %d verified", fixed, chosen, st.Targets.ByState[Verified])
		}
	})
}
