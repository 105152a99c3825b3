package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// unreachable is an error that a person retries.
var unreachable = fetch.Error{Kind: finding.Unreachable, Text: "no route"}

// within runs f under a fake clock and fails when more than limit passes on it.
func within(t *testing.T, limit time.Duration, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		f(t)
		if took := time.Since(start); took > limit {
			t.Errorf("took %s, more than %s", took, limit)
		}
	})
}

// onceOn sends commands in their order when the first event comes that is meant.
func onceOn(meant func(*State, Event) bool, commands ...Command) func(*Session, *State, Event) {
	sent := false
	return func(s *Session, st *State, e Event) {
		if sent || !meant(st, e) {
			return
		}
		sent = true
		go func() {
			for _, c := range commands {
				s.Send(c)
			}
		}()
	}
}

func becomes(path string, state ItemState) func(*State, Event) bool {
	return func(st *State, e Event) bool {
		b, ok := e.Body.(StateChanged)
		return ok && b.To == state && st.Item(b.Item).Path == path
	}
}

func TestAFloodOfCommandsDoesNotHoldTheClockUp(t *testing.T) {
	within(t, 80*time.Second, func(t *testing.T) {
		m := newMemory(build(t, 3))
		m.sick["t0"] = silent(99)
		cfg := configFor(m)
		cfg.Retries = 0
		s, err := Start(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		flooded := make(chan struct{})
		go func() {
			defer close(flooded)
			for s.Send(SetWorkers{4}) {
				time.Sleep(700 * time.Microsecond) // more often than any timer is set to
			}
		}()
		st := &State{}
		stalled := time.Duration(0)
		for u := range s.Updates() {
			for _, e := range u.Events {
				st.Apply(e)
				if becomes("t0", Stalled)(st, e) {
					stalled = e.At
				}
			}
		}
		<-flooded
		checkRun(t, st)
		if stalled == 0 || stalled > 11*time.Second {
			t.Errorf("the stall was seen after %s", stalled)
		}
	})
}

func TestOneWorkerWithManySmallTargetsDoesNotHoldTheClockUp(t *testing.T) {
	within(t, time.Minute, func(t *testing.T) {
		m := newMemory(build(t, 100))
		for i := range 100 {
			m.sick[byIndex(i)] = func(context.Context, int, fetch.Trace) error { time.Sleep(50 * time.Millisecond); return nil }
		}
		cfg := configFor(m)
		cfg.Workers = 1
		news := 0
		st := runAndWatch(t, cfg, func(_ *Session, _ *State, e Event) {
			if _, ok := e.Body.(HostChanged); ok {
				news++
			}
		})
		checkRun(t, st)
		if news < 4 || len(st.Hosts) != 1 || st.Hosts[0].Bytes < 100*100 || st.Queue.Bytes < 100*100 || st.Queue.Active != 0 {
			t.Errorf("%d news of the host in 5s, at the end %+v and %+v", news, st.Hosts, st.Queue)
		}
	})
}

func TestSearchingInTwoPlacesEnds(t *testing.T) {
	slowly := func(ctx context.Context, _ int, _ fetch.Trace) error { time.Sleep(time.Second); return nil }
	second := func(st *State, e Event) bool {
		b, ok := e.Body.(StateChanged)
		return ok && b.Item == 2 && b.To == Connecting
	}
	for _, c := range []struct {
		name     string
		dir      string // where the metadata is
		sick     func(context.Context, int, fetch.Trace) error
		commands []Command
		verdict  Verdict
		first    ItemState
		second   ItemState
	}{
		{"it is in the second", "metadata", slowly, nil, Healthy, Skipped, Verified},
		{"it is in neither", "elsewhere", slowly, nil, Broken, Failed, Skipped},
		{"cancelled in the first while the second is asked, and there", "metadata", slowly, []Command{Cancel{[]ItemID{0}}}, Undecided, Cancelled, Verified},
		{"cancelled in the first while the second is asked, and nowhere", "elsewhere", slowly, []Command{Cancel{[]ItemID{0}}}, Undecided, Cancelled, Skipped},
		{"cancelled and retried in the first", "metadata", slowly, []Command{Cancel{[]ItemID{0}}, Retry{Items: []ItemID{0}}}, Undecided, Cancelled, Verified},
		{"cancelled in the second", "metadata", slowly, []Command{Cancel{[]ItemID{2}}}, Undecided, Skipped, Cancelled},
		{"cancelled in both", "metadata", slowly, []Command{CancelAll{}}, Undecided, Cancelled, Cancelled},
		{"stopped at once", "metadata", slowly, []Command{Stop{Now: true}}, Undecided, Cancelled, Cancelled},
		{"stopped softly", "elsewhere", slowly, []Command{Stop{}}, Broken, Failed, Skipped},
		{"the second cannot be reached", "metadata", func(_ context.Context, n int, _ fetch.Trace) error {
			if n > 1 {
				return &unreachable
			}
			return nil
		}, nil, Undecided, Skipped, Failed},
	} {
		t.Run(c.name, func(t *testing.T) {
			within(t, 30*time.Second, func(t *testing.T) {
				m := newMemory(build(t, 3, func(s *demo.Spec) { s.MetadataDir = c.dir }))
				m.sick["timestamp.json"] = c.sick
				cfg := configFor(m)
				cfg.Deadline = time.Hour // what hangs is seen, and the test ends
				st := runAndWatch(t, cfg, onceOn(second, c.commands...))
				checkRun(t, st)
				if st.Verdict() != c.verdict || st.Items.At(0).State != c.first || st.Items.At(2).State != c.second {
					t.Errorf("%s, want %s\n%s", st.Verdict(), c.verdict, show(st))
				}
			})
		})
	}
}

func TestATimestampThatIsRetriedIsNotLookedForElsewhere(t *testing.T) {
	within(t, time.Minute, func(t *testing.T) {
		m := newMemory(build(t, 3, func(s *demo.Spec) { s.MetadataDir = "metadata" }))
		m.sick["timestamp.json"] = broken(1, unreachable) // and then it is not there, but in metadata/
		cfg := configFor(m)
		cfg.Interactive = true
		settled := 0
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			if _, ok := e.Body.(RunSettled); !ok {
				return
			}
			if settled++; settled == 1 {
				go s.Send(RetryFailed{})
				return
			}
			go s.Send(Stop{})
		})
		checkRun(t, st)
		if st.Verdict() != Broken || st.Items.Len() == 0 || st.Items.At(0).State != Failed || st.Items.At(0).Problem.Kind != finding.Missing {
			t.Errorf("%s\n%s", st.Verdict(), show(st))
		}
	})
}

func TestAnInterruptIsNotTakenForTheItemsOwnError(t *testing.T) {
	for range 20 { // which of them the loop hears first is chance
		within(t, 10*time.Second, func(t *testing.T) {
			m := newMemory(build(t, 40))
			for i := range 40 {
				m.sick[byIndex(i)] = silent(99)
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(3*time.Second, func() { cancel(errors.New("interrupted")) })
			st, err := Run(ctx, configFor(m))
			if err != nil {
				t.Fatal(err)
			}
			checkRun(t, st)
			if st.Counts[Cancelled] != 40 || st.Counts[Failed] != 0 {
				t.Errorf("%s", show(st))
			}
		})
	}
}

func TestAClockThatJumpsByNonsenseEndsNothing(t *testing.T) {
	within(t, 20*time.Second, func(t *testing.T) {
		m := newMemory(build(t, 2))
		m.sick["t0"] = func(context.Context, int, fetch.Trace) error { time.Sleep(8 * time.Second); return nil }
		var errs []string
		var seen []ItemState
		hear := onceOn(becomes("t1", Verified), ClockJumped{-time.Hour}, ClockJumped{math.MaxInt64}, ClockJumped{0})
		st := runAndWatch(t, configFor(m), func(s *Session, st *State, e Event) {
			hear(s, st, e)
			switch b := e.Body.(type) {
			case CommandDone:
				errs = append(errs, b.Err)
			case StateChanged:
				seen = append(seen, b.To)
			}
		})
		checkRun(t, st)
		if len(errs) != 3 || errs[0] == "" || errs[1] != "" || errs[2] == "" || st.Verdict() != Healthy {
			t.Errorf("%q, %s, saw %v", errs, st.Verdict(), seen)
		}
		for _, s := range seen {
			if s == Stalled {
				t.Error("a jump made a stall")
			}
		}
	})
}

func TestTheSignedLengthCountsWhateverTheHashSays(t *testing.T) {
	for _, length := range []int64{0, 99, 101} {
		within(t, time.Minute, func(t *testing.T) {
			m := newMemory(build(t, 3, func(s *demo.Spec) {
				s.Tamper = demo.OnRole("targets", func(signed map[string]any) {
					demo.Sub(signed, "targets", "t1")["length"] = length
				})
			}))
			cfg := configFor(m)
			cfg.Source = &bent{memory: m, get: func(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
				req.Length = -1
				return m.Get(ctx, req, sink, tr)
			}}
			st, err := Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			checkRun(t, st)
			if it := byPath(t, st, "t1"); it.State != Failed || it.Problem.Kind != finding.WrongLength || st.Verdict() != Broken {
				t.Errorf("%d signed: %s\n%s", length, it.State, show(st))
			}
		})
	}
}

func TestTenThousandItemsAreCancelledAtOnce(t *testing.T) {
	within(t, 20*time.Second, func(t *testing.T) {
		m := newMemory(build(t, 10_000))
		cfg := configFor(m)
		cfg.Workers = MaxWorkers
		cfg.Interactive = true
		cfg.Source = &allSilent{m}
		cancelled := 0
		hear := onceOn(func(_ *State, e Event) bool {
			b, ok := e.Body.(StateChanged)
			return ok && b.To == Stalled
		}, CancelAll{}, RetryFailed{}, CancelAll{}, Stop{})
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			hear(s, st, e)
			if b, ok := e.Body.(CommandDone); ok {
				cancelled += b.Accepted
			}
		})
		checkRun(t, st)
		if st.Counts[Cancelled] != 10_000 || cancelled != 30_000 {
			t.Errorf("%d cancelled, %d accepted", st.Counts[Cancelled], cancelled)
		}
	})
}

// allSilent never answers for a target.
type allSilent struct{ *memory }

func (a *allSilent) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	if req.Length < 0 {
		return a.memory.Get(ctx, req, sink, tr)
	}
	<-ctx.Done()
	return 0, context.Cause(ctx)
}

func TestARunWhoseLastRetryIsCancelledSettles(t *testing.T) {
	within(t, 30*time.Second, func(t *testing.T) {
		m := newMemory(build(t, 3))
		m.sick["t0"] = broken(1, fetch.Error{Kind: finding.ServerError, Text: "503", Retry: true, RetryAfter: 50 * time.Second})
		cfg := configFor(m)
		hear := onceOn(becomes("t0", Retrying), CancelAll{})
		st := runAndWatch(t, cfg, hear)
		checkRun(t, st)
		if it := byPath(t, st, "t0"); it.State != Cancelled || st.Verdict() != Undecided {
			t.Errorf("%s\n%s", st.Verdict(), show(st))
		}
	})
}

func TestCloseEndsARunAtAnyMoment(t *testing.T) {
	for ms := 0; ms < 16_000; ms += 400 {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory(build(t, 3, func(s *demo.Spec) { s.MetadataDir = "metadata" }))
			slowly := func(context.Context, int, fetch.Trace) error { time.Sleep(1100 * time.Millisecond); return nil }
			for _, name := range []string{"timestamp.json", "2.root.json", "1.snapshot.json", "1.targets.json", "t1"} {
				m.sick[name] = slowly
			}
			m.sick["t0"] = silent(99)
			m.sick["t2"] = func(context.Context, int, fetch.Trace) error { time.Sleep(4 * time.Second); return nil } // deaf
			s, err := Start(t.Context(), configFor(m))
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Duration(ms) * time.Millisecond)
			asked := time.Now()
			s.Close()
			if took := time.Since(asked); took > leaveWithin {
				t.Errorf("closed after %d ms: took %s", ms, took)
			}
			if s.Send(Pause{}) {
				t.Error("a command was taken after the end")
			}
			time.Sleep(10 * time.Second) // the deaf one
		})
	}
}

func TestAHundredThousandFindingsAreFoldedInTheirOrderAndTakenBack(t *testing.T) {
	var s State
	raised := func(i int) FindingRaised {
		return FindingRaised{Finding: finding.Finding{ID: finding.Missing, Subject: fmt.Sprint(i), Severity: finding.Critical}}
	}
	const n = 100_000
	start := time.Now()
	for range 2 { // the second time they are known
		for i := range n {
			s.Apply(Event{Body: raised(i)})
		}
	}
	for i := n - 100; i < n; i++ {
		f := raised(i)
		f.Withdrawn = true
		s.Apply(Event{Body: f})
		s.Apply(Event{Body: f})
	}
	if s.Notes.Len() != n-100 || s.Notes.values()[7].Finding.Subject != "7" || s.Violations != 0 {
		t.Errorf("%d notes", s.Notes.Len())
	}
	if took := time.Since(start); took > 20*time.Second { // each with all others, it would be minutes
		t.Errorf("took %s", took)
	}
}
