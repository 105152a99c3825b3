package engine

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// breaking is a source that sends so many bytes of a target in each attempt, and then
// breaks off.
type breaking struct {
	*memory
	each  int
	pause time.Duration
	sent  atomic.Int64
}

func (b *breaking) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	if req.Length < 0 {
		return b.memory.Get(ctx, req, sink, tr)
	}
	rd, err := b.repo.Open(strings.TrimPrefix(b.folder(req.Base)+"/"+req.Name, "/"))
	if err != nil {
		return 0, err
	}
	all, _ := io.ReadAll(rd)
	rest := all[req.Offset:]
	tr.Enter(fetch.Mark{Phase: fetch.Headers, Address: "192.0.2.1:80"})
	status := 200
	if req.Offset > 0 {
		status = 206
	}
	tr.Respond(fetch.Response{Status: status, Validator: `"x"`})
	tr.Enter(fetch.Mark{Phase: fetch.Body, Address: "192.0.2.1:80"})
	n := min(b.each, len(rest))
	select {
	case <-time.After(b.pause/2 + time.Duration(rand.Int64N(int64(b.pause)))):
	case <-ctx.Done():
		return 0, context.Cause(ctx)
	}
	m, _ := sink.Write(rest[:n])
	tr.Got(m)
	b.sent.Add(int64(m))
	if n < len(rest) {
		return int64(m), &fetch.Error{Kind: finding.Incomplete, Text: "connection reset by peer", Retry: true}
	}
	return int64(m), nil
}

// Each file comes in two parts, because something on the way cuts bodies off.
func TestAHostThatBreaksOffAndDeliversIsNotSilent(t *testing.T) {
	for _, workers := range []int{1, 4, 16} {
		t.Run(fmt.Sprint(workers), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(build(t, 500, sized(100_000)))
				cfg := configFor(m)
				cfg.Source, cfg.Workers = &breaking{memory: m, each: 60_000, pause: 100 * time.Millisecond}, workers
				st := runAndWatch(t, cfg, func(*Session, *State, Event) {})
				checkRun(t, st)
				if st.Targets.ByState[Verified] != 500 || len(st.Breakers) > 0 {
					t.Errorf("%d verified, %+v", st.Targets.ByState[Verified], st.Breakers)
				}
			})
		})
	}
}

func sized(n int64) func(*demo.Spec) {
	return func(s *demo.Spec) {
		for i := range s.Targets {
			s.Targets[i].Size = n
		}
	}
}

func TestAServerThatCutsEachBodyIsHealthyOverRealSockets(t *testing.T) {
	t.Parallel()
	repo := build(t, 200, sized(100_000))
	h := demo.NewHandler(repo)
	defer h.Close()
	st := inspectOver(t, repo, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/targets/") {
			w = &cutWriter{ResponseWriter: w, left: 60_000}
		}
		h.ServeHTTP(w, r)
	}), func(c *Config) { c.StallAfter, c.StallTimeout = 10*time.Second, time.Minute })
	if st.Verdict() != Healthy || st.Targets.ByState[Verified] != 200 || len(st.Breakers) > 0 {
		t.Errorf("%s, %d verified, %+v", st.Verdict(), st.Targets.ByState[Verified], st.Breakers)
	}
}

// cutWriter ends an answer after so many bytes of its body.
type cutWriter struct {
	http.ResponseWriter
	left int
}

func (c *cutWriter) Write(p []byte) (int, error) {
	if len(p) > c.left {
		n, _ := c.ResponseWriter.Write(p[:c.left])
		c.left -= n
		c.ResponseWriter.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= len(p)
	return c.ResponseWriter.Write(p)
}

func TestAPanicOfAWorkerSaysNothingOfItsHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var held atomic.Bool
		d := &deadTargets{dead: forEver}
		d.how = func(ctx context.Context) error {
			if held.Load() {
				panic("planned")
			}
			return refusal(ctx)
		}
		runAndWatch(t, deadHost(t, 200, d), func(_ *Session, _ *State, e Event) {
			if b, ok := e.Body.(BreakerChanged); ok {
				if held.Store(b.State == Held); b.State == Flowing {
					t.Error("it lets the queue flow")
				}
			}
		})
	})
}

// twoFiles is a source whose one target is another file when it goes on.
type twoFiles struct {
	*memory
	n atomic.Int64
}

func (b *twoFiles) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	if req.Length < 0 {
		return b.memory.Get(ctx, req, sink, tr)
	}
	tr.Enter(fetch.Mark{Phase: fetch.Body, Address: "192.0.2.1:80"})
	tr.Respond(fetch.Response{Status: 200})
	if b.n.Add(1) == 1 {
		_, _ = sink.Write(make([]byte, 50))
		tr.Got(50)
		return 50, &fetch.Error{Kind: finding.Incomplete, Text: "reset", Retry: true}
	}
	if req.Offset != 50 {
		return b.memory.Get(ctx, req, sink, tr)
	}
	time.Sleep(2 * time.Second)
	_, _ = sink.Write(make([]byte, 50))
	tr.Got(50)
	return 50, nil
}

func TestPartsOfTwoFilesProveNothingWhileTheRunIsBeingStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 1))
		cfg := configFor(m)
		cfg.Source, cfg.Interactive = &twoFiles{memory: m}, true
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			if c, ok := e.Body.(StateChanged); ok && c.To == Connecting && c.Attempt == 2 {
				go s.Send(Stop{})
			}
		})
		checkRun(t, st)
		if it := byPath(t, st, "t0"); it.State != Cancelled || st.Verdict() != Undecided {
			t.Errorf("%s %+v, %s", it.State, it.Problem, st.Verdict())
		}
	})
}

func TestAHostIsNotGivenUpWithoutHavingBeenAskedJustNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		d := &deadTargets{how: refusal, dead: func() bool { return time.Since(start) < 36*time.Second }}
		st := runAndWatch(t, deadHost(t, 1000, d), func(*Session, *State, Event) {})
		checkRun(t, st)
		if st.Targets.ByState[Verified] < 900 || st.Breakers[0].State != Flowing {
			t.Errorf("%d verified, %+v", st.Targets.ByState[Verified], st.Breakers)
		}
	})
}

func TestWhenAHostAnswersAgainItsSilentAttemptsStartAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		d := &deadTargets{how: silence, dead: func() bool { return time.Since(start) < 25*time.Second }}
		var flowing, all time.Duration
		st := runAndWatch(t, deadHost(t, 1000, d), func(_ *Session, st *State, e Event) {
			if b, ok := e.Body.(BreakerChanged); ok && b.State == Flowing {
				flowing = e.At
			}
			if st.Targets.ByState[Verified] == 1000 && all == 0 {
				all = e.At
			}
		})
		checkRun(t, st)
		if flowing == 0 || all == 0 || all-flowing > 5*time.Second {
			t.Errorf("flows after %s, all verified after %s", flowing, all)
		}
	})
}

func TestARetryOfAStalledFileWithBytesGoesPastAHeldQueueToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &deadTargets{memory: newMemory(build(t, 200, sized(1000))), dead: forEver, how: silence}
		cfg := configFor(d.memory)
		cfg.Source, cfg.TargetsURL = halfThenSilent{d}, "http://dead/targets"
		cfg.Interactive, cfg.StallTimeout, cfg.Workers = true, 10*time.Minute, 2
		var asked, tried time.Duration
		var wanted ItemID
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			switch b := e.Body.(type) {
			case BreakerChanged:
				if b.State != Held || wanted > 0 || b.Next > 0 {
					return
				}
				for i := range st.Items.Len() {
					if st.Items.At(i).State == Stalled && st.Items.At(i).Kind == Target {
						wanted = ItemID(i)
					}
				}
				asked = e.At
				go s.Send(Retry{Items: []ItemID{wanted}})
			case StateChanged:
				if wanted > 0 && b.Item == wanted && b.To == Connecting && tried == 0 {
					tried = e.At
					go s.Send(Stop{Now: true})
				}
			}
		})
		checkRun(t, st)
		if tried == 0 || tried-asked > time.Second {
			t.Errorf("asked after %s, tried after %s", asked, tried)
		}
	})
}

// halfThenSilent brings a byte of a file, never the same for long, and no more.
type halfThenSilent struct{ *deadTargets }

func (d halfThenSilent) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	if !strings.HasPrefix(req.Base, "http://dead/") {
		return d.memory.Get(ctx, req, sink, tr)
	}
	tr.Enter(fetch.Mark{Phase: fetch.Body, Address: "192.0.2.9:80"})
	_, _ = sink.Write([]byte("x"))
	tr.Got(1)
	return 1, silence(ctx)
}

// Metadata of a role that is found later goes before targets, also before those that
// were held.
func TestMetadataGoesFirstAlsoAfterAQueueWasHeld(t *testing.T) {
	m := newMemory(build(t, 0))
	r := newRun(t.Context(), configFor(m), newSession(func(error) {}))
	h := r.hostOf("http://x/")
	for i := range 1000 {
		r.items.Append(item{kind: Target, of: ItemID(i), state: Queued, origin: &origin{host: h}})
		r.queue.push(ItemID(i), Target)
	}
	r.hold(h)
	r.dispatch()
	r.release(h)
	r.items.Append(item{kind: Metadata, of: 1000, state: Queued, origin: &origin{host: h}})
	r.queue.push(1000, Metadata)
	for i, want := range []ItemID{1000, 0, 1} {
		if id, _ := r.queue.pop(); id != want {
			t.Errorf("item %d comes at place %d, want %d", id, i, want)
		}
	}
}

func TestTimeInWhichTheProcessWasStoppedCountsAgainstNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 0))
		r := newRun(t.Context(), configFor(m), newSession(func(error) {}))
		h := r.hostOf("http://x/")
		time.Sleep(10 * time.Second)
		h.state, h.since = Held, 8*time.Second
		a := &attempt{hub: r.hub, leaveBy: 11 * time.Second}
		r.leaving[a] = struct{}{}
		p := &probing{giveUp: 12 * time.Second}
		r.probing[p] = struct{}{}
		time.Sleep(5 * time.Minute) // stopped
		r.discount(5 * time.Minute)
		now := r.hub.now()
		if now-h.since > 2*time.Second || a.leaveBy-now != time.Second || p.giveUp-now != 2*time.Second {
			t.Errorf("held for %s, the worker has %s, the probe %s", now-h.since, a.leaveBy-now, p.giveUp-now)
		}
	})
}

// The terminal's suspension is told by the screen, and seen by the clock as well.
func TestAGapThatIsTakenOutTwiceLeavesThePaceItsSight(t *testing.T) {
	var p pace
	for i := range 40 {
		p.note(time.Duration(i)*time.Second, int64(i)*10)
	}
	now := 39*time.Second + 5*time.Minute
	p.shift(5*time.Minute, now)
	p.shift(5*time.Minute, now)
	for i := range 60 {
		p.note(now+time.Duration(i)*time.Second, int64(i)*1_000_000)
	}
	if got, _ := p.over(30 * time.Second); got < 1_000_000 {
		t.Errorf("%d bytes in the last half minute", got)
	}
}

// sleepy blocks the control loop once, as a process is stopped outside of its waits.
type sleepy struct {
	*deadTargets
	start time.Time
	done  bool
}

func (s *sleepy) Commands(fetch.File, string) []string {
	if !s.done {
		s.done = true
		time.Sleep(5 * time.Minute)
	}
	return nil
}

func (s *sleepy) CommandsBehind(f fetch.File, h fetch.Hop) []string { return s.Commands(f, h.Address) }

func TestAStopWhileTheLoopIsBusyMakesNoStall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &deadTargets{dead: forEver, how: func(ctx context.Context) error {
			select {
			case <-time.After(5*time.Minute + 15*time.Second):
				return &fetch.Error{Kind: finding.Missing, Text: "404", Status: 404}
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}}
		cfg := deadHost(t, 4, d)
		cfg.Retries = 0
		cfg.Source = &sleepy{deadTargets: d, start: time.Now()}
		st := runAndWatch(t, cfg, func(*Session, *State, Event) {})
		for i := range st.Items.Len() {
			if p := st.Items.At(i).Problem; p != nil && p.Kind == finding.Stalled {
				t.Errorf("%s: %s", st.Items.At(i).Path, p.Text)
			}
		}
	})
}
