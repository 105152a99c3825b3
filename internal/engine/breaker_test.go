package engine

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// deadTargets is a memory source whose targets are on a host of their own, which is
// dead for as long as it says.
type deadTargets struct {
	*memory
	dead  func() bool
	how   func(ctx context.Context) error
	asked atomic.Int64 // attempts at the host
}

func (d *deadTargets) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	if !strings.HasPrefix(req.Base, "http://dead/") {
		return d.memory.Get(ctx, req, sink, tr)
	}
	d.asked.Add(1)
	if d.dead() {
		tr.Enter(fetch.Mark{Phase: fetch.Connect, Address: "192.0.2.9:80"})
		tr.Enter(fetch.Mark{Phase: fetch.Headers, Address: "192.0.2.9:80"})
		return 0, d.how(ctx)
	}
	return d.memory.Get(ctx, req, sink, tr)
}

func silence(ctx context.Context) error {
	<-ctx.Done()
	return context.Cause(ctx)
}

func refusal(context.Context) error {
	return &fetch.Error{Kind: finding.Unreachable, Text: "connection refused", Retry: true}
}

func wrongCertificate(context.Context) error {
	return &fetch.Error{Kind: finding.Unreachable, Text: "certificate has expired"}
}

// What is final and quick is said of each file, and no host is held for it.
func TestFailuresThatNoRetryCuresAreNamedAtOnceForEachFile(t *testing.T) {
	within(t, time.Second, func(t *testing.T) {
		var said []BreakerChanged
		st := runAndWatch(t, deadHost(t, 1000, &deadTargets{dead: forEver, how: wrongCertificate}), breakers(&said))
		checkRun(t, st)
		if len(said) != 0 || st.Targets.ByState[Failed] != 1000 || byPath(t, st, "t999").Problem.Text != "certificate has expired" {
			t.Errorf("%+v\n%s", said, show(st))
		}
	})
}

func forEver() bool { return true }

// deadHost is a configuration for n targets on a dead host.
func deadHost(t testing.TB, n int, d *deadTargets) Config {
	t.Helper()
	d.memory = newMemory(build(t, n))
	cfg := configFor(d.memory)
	cfg.Source, cfg.TargetsURL = d, "http://dead/targets"
	return cfg
}

// breakers collects what is said of the dead host.
func breakers(into *[]BreakerChanged) func(*Session, *State, Event) {
	return func(_ *Session, _ *State, e Event) {
		if b, ok := e.Body.(BreakerChanged); ok {
			*into = append(*into, b)
		}
	}
}

// What the alarm did: 64 workers, and a server that takes requests and never
// answers. Whatever the number of targets, the run ends and each says why.
func TestAServerThatNeverAnswersEndsWithEveryTargetNamed(t *testing.T) {
	for n, limit := range map[int]time.Duration{65: 25 * time.Second, 129: 40 * time.Second, 1001: 2 * time.Minute} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			within(t, limit, func(t *testing.T) {
				d := &deadTargets{dead: forEver, how: silence}
				cfg := deadHost(t, n, d)
				cfg.Workers, cfg.StallTimeout, cfg.Retries = 64, 2*time.Second, 0
				st, err := Run(t.Context(), cfg)
				if err != nil {
					t.Fatal(err)
				}
				checkRun(t, st)
				if st.Verdict().ExitCode() != 3 || st.Targets.ByState[Failed] != n || st.Why != "" {
					t.Errorf("%s %q, %d of %d failed", st.Verdict(), st.Why, st.Targets.ByState[Failed], n)
				}
				for i := range st.Items.Len() {
					if it := st.Items.At(i); it.Kind != Metadata && (it.Problem == nil || it.Problem.Text == "" || !it.Problem.Retry ||
						it.Problem.Kind != finding.Stalled && it.Problem.Kind != finding.HostSilent) {
						t.Errorf("%s: %+v", it.Path, it.Problem)
					}
				}
			})
		})
	}
}

func TestADeadHostCostsAMinuteAndNotAnHour(t *testing.T) {
	for _, c := range []struct {
		name     string
		how      func(context.Context) error
		limit    time.Duration
		attempts int64
	}{
		{"silent", silence, 150 * time.Second, 60},
		{"refuses", refusal, 70 * time.Second, 60},
	} {
		t.Run(c.name, func(t *testing.T) {
			within(t, c.limit, func(t *testing.T) {
				d := &deadTargets{dead: forEver, how: c.how}
				var said []BreakerChanged
				st := runAndWatch(t, deadHost(t, 10_000, d), breakers(&said))
				checkRun(t, st)
				if st.Verdict().ExitCode() != 3 || st.Targets.ByState[Failed] != 10_000 || d.asked.Load() > c.attempts {
					t.Errorf("%s, %d failed, %d attempts", st.Verdict(), st.Targets.ByState[Failed], d.asked.Load())
				}
				if said[0].State != Held || said[len(said)-1].State != GivenUp || said[0].Host != "dead" || said[len(said)-2].Queued < 9_000 || said[0].Why == "" {
					t.Errorf("%+v", said)
				}
				silent := 0
				for i := range st.Items.Len() {
					if p := st.Items.At(i).Problem; p != nil && p.Kind == finding.HostSilent && strings.HasPrefix(p.Text, "host silent: dead was given up: ") {
						silent++
					}
				}
				if silent < 9_900 {
					t.Errorf("%d of the targets say that the host is silent", silent)
				}
			})
		})
	}
}

func TestTheFirstAnswerLetsTheQueueOfAHostFlowAgain(t *testing.T) {
	for _, how := range []func(context.Context) error{silence, refusal} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			d := &deadTargets{how: how, dead: func() bool { return time.Since(start) < 100*time.Second }}
			cfg := deadHost(t, 1000, d)
			cfg.GiveUpAfter = 10 * time.Minute
			var said []BreakerChanged
			st := runAndWatch(t, cfg, breakers(&said))
			checkRun(t, st)
			// The sixteen that came first may have used up their tries.
			if last := said[len(said)-1]; last.State != Flowing || last.Why != "" {
				t.Errorf("%+v", last)
			}
			if st.Targets.ByState[Verified] < 1000-32 || time.Since(start) > 180*time.Second {
				t.Errorf("%d verified after %s", st.Targets.ByState[Verified], time.Since(start))
			}
		})
	}
}

func TestWhileAHostIsHeldOneAttemptAtATimeIsMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &deadTargets{dead: forEver, how: silence}
		cfg := deadHost(t, 1000, d)
		cfg.GiveUpAfter = 3 * time.Minute
		held := false
		canaries, most := 0, 0
		live := map[ItemID]bool{}
		st := runAndWatch(t, cfg, func(_ *Session, st *State, e Event) {
			switch b := e.Body.(type) {
			case BreakerChanged:
				held = b.State == Held
			case StateChanged:
				if held && begins(b) {
					canaries++
					live[b.Item] = true
				}
				if !b.To.Active() {
					delete(live, b.Item)
				}
				most = max(most, len(live))
			}
		})
		checkRun(t, st)
		// Each is silent for the ten seconds of the stall limit; then the next, after
		// a wait that doubles.
		if most != 1 || canaries < 6 || canaries > 18 {
			t.Errorf("%d attempts in three minutes, %d at a time", canaries, most)
		}
		for i := range st.Items.Len() {
			if it := st.Items.At(i); it.Kind == Target && it.State != Failed {
				t.Errorf("%s: %s", it.Path, it.State)
			}
		}
	})
}

// A person need not wait for the canary: what they want now is tried now, and its
// success is as good.
func TestARetryOfAPersonGoesPastAHeldQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var alive atomic.Bool
		d := &deadTargets{dead: func() bool { return !alive.Load() }, how: silence}
		cfg := deadHost(t, 200, d)
		cfg.Interactive = true
		var asked, tried time.Duration
		var wanted ItemID
		var answer CommandDone
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			switch b := e.Body.(type) {
			case BreakerChanged:
				if b.State == Held && b.Next == 0 && wanted == 0 { // a canary is out and will be silent
					wanted = byPath(t, st, "t150").ID
					go func() {
						time.Sleep(time.Second) // the canary has asked by now
						alive.Store(true)
						s.Send(Retry{Items: []ItemID{wanted}})
					}()
				}
			case CommandDone:
				if _, ok := b.Command.(Retry); ok {
					answer, asked = b, e.At
				}
			case StateChanged:
				if wanted > 0 && b.Item == wanted && b.To == Connecting && tried == 0 {
					tried = e.At
				}
			case RunSettled:
				go s.Send(Stop{})
			}
		})
		checkRun(t, st)
		if answer.Accepted != 1 || tried-asked > 200*time.Millisecond || tried < asked {
			t.Errorf("%+v, tried after %s", answer, tried-asked)
		}
		if st.Breakers[0].State != Flowing || st.Targets.ByState[Verified] < 200-32 {
			t.Errorf("%+v, %d verified", st.Breakers, st.Targets.ByState[Verified])
		}
	})
}

func TestAHostOnWhichSomethingMovesIsNotHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &deadTargets{dead: forEver}
		n := atomic.Int64{}
		d.how = func(ctx context.Context) error {
			if n.Add(1) > 1 {
				return refusal(ctx)
			}
			return silence(ctx)
		}
		cfg := deadHost(t, 100, d)
		cfg.Source = &trickle{d, &n}
		var said []BreakerChanged
		st := runAndWatch(t, cfg, breakers(&said))
		checkRun(t, st)
		if len(said) != 0 {
			t.Errorf("%+v", said)
		}
	})
}

// trickle has the first attempt at the dead host receive a byte a second, for as
// long as the others need to fail for good.
type trickle struct {
	*deadTargets
	n *atomic.Int64
}

func (s *trickle) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	if !strings.HasPrefix(req.Base, "http://dead/") || s.n.Add(1) > 1 {
		return s.deadTargets.Get(ctx, req, sink, tr)
	}
	tr.Enter(fetch.Mark{Phase: fetch.Body, Address: "192.0.2.9:80"})
	for range 90 {
		time.Sleep(time.Second)
		tr.Got(1)
	}
	return 90, &fetch.Error{Kind: finding.Incomplete, Text: "cut", Retry: false}
}

// Whoever waits for ever for what is silent still wants to know when the host comes
// back: the canary needs no free worker.
func TestACanaryGoesOutAlsoWhenAllWorkersWaitForAPerson(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		d := &deadTargets{how: silence, dead: func() bool { return time.Since(start) < time.Minute }}
		cfg := deadHost(t, 100, d)
		cfg.Workers, cfg.StallTimeout, cfg.Interactive = 4, 0, true
		var said []BreakerChanged
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		s, err := Start(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		st := &State{}
		verified := 0
		for u := range s.Updates() {
			for _, e := range u.Events {
				st.Apply(e)
				if b, ok := e.Body.(BreakerChanged); ok {
					said = append(said, b)
					if b.State == Flowing { // and now the person comes
						var silent []ItemID
						for i := range st.Items.Len() {
							if st.Items.At(i).State == Stalled {
								silent = append(silent, ItemID(i))
							}
						}
						go s.Send(Retry{Items: silent})
					}
				}
				verified = max(verified, st.Targets.ByState[Verified])
			}
		}
		if len(said) == 0 || said[0].State != Held || said[len(said)-1].State != Flowing || verified != 100 {
			t.Errorf("%d verified, %+v", verified, said)
		}
	})
}
