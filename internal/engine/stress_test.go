package engine

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

var (
	seedCount = flag.Int("seeds", 0, "how many random runs a test makes; 0 leaves it to the test")
	seedFirst = flag.Int("seed", 0, "the seed of the first random run")
)

// seeds gives the seeds of a test's random runs: so many, or fewer with -short.
func seeds(many, few int) iter.Seq[int] {
	n := many
	if testing.Short() {
		n = few
	}
	if *seedCount > 0 {
		n = *seedCount
	}
	return func(yield func(int) bool) {
		for seed := *seedFirst; seed < *seedFirst+n && yield(seed); seed++ {
		}
	}
}

// TestRandomFaultsAndCommandsBreakNoPromise runs random repositories behind a
// random source, with random commands at random moments.
func TestRandomFaultsAndCommandsBreakNoPromise(t *testing.T) {
	for seed := range seeds(200, 60) {
		synctest.Test(t, func(t *testing.T) { (&trial{random: rand.New(rand.NewPCG(uint64(seed), 1))}).run(t) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// faulty is a source that knows what it has done.
type faulty interface {
	fetch.Source
	came(url string) bool // its bytes came whole, right and without an error
	planned() int64       // panics
}

// trial is one random run and what must hold in it.
type trial struct {
	random  *rand.Rand
	source  faulty
	st      State
	sent    atomic.Int64 // commands that were taken
	done    int64        // and answered
	settled int
}

func (x *trial) chance(percent int) bool { return x.random.IntN(100) < percent }

func (x *trial) run(t *testing.T) {
	m := newMemory(x.repository(t, 3+x.random.IntN(40)))
	x.source = &chaos{memory: m, random: rand.New(rand.NewPCG(x.random.Uint64(), 3)), good: map[string]bool{}}
	cfg := configFor(m)
	cfg.Source = x.source
	if x.chance(15) {
		cfg.Root = nil
	}
	cfg.Workers = x.random.IntN(21) // 0: as the run chooses
	cfg.Retries = x.random.IntN(3)
	cfg.StallTimeout = time.Duration(1+x.random.IntN(30)) * time.Second
	cfg.Interactive = x.chance(70)
	if x.chance(15) {
		cfg.Deadline = time.Duration(x.random.IntN(60_000_000)+1) * time.Microsecond
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	if x.chance(15) {
		time.AfterFunc(x.moment(time.Minute), func() { cancel(errors.New("interrupted")) })
	}
	s, err := Start(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	var ordered atomic.Int64 // when everything was to end, since the start
	start := time.Now()
	go x.command(s, rand.New(rand.NewPCG(x.random.Uint64(), 2)), x.moment(2*time.Minute))
	go func() {
		time.Sleep(3 * time.Minute) // at the latest
		x.send(s, Stop{Now: true})
		ordered.Store(int64(time.Since(start)))
	}()
	for u := range s.Updates() {
		for _, e := range u.Events {
			x.st.Apply(e)
			x.check(t, e)
		}
	}
	end := time.Since(start)
	if at := time.Duration(ordered.Load()); at > 0 && end-at > leaveWithin+2*batchEvery {
		t.Errorf("the end came %s after the order to stop", end-at)
	}
	time.Sleep(time.Hour) // commands that race with the end, and what was cancelled
	s.Close()
	x.checkEnd(t)
}

func (x *trial) moment(most time.Duration) time.Duration {
	return time.Duration(x.random.Int64N(int64(most)))
}

// repository is a random one of n targets and some more. The role "stranger" is never to be accepted, and the
// role "late" lists what "early" lists otherwise.
func (x *trial) repository(t *testing.T, n int, change ...func(*demo.Spec)) *demo.Repository {
	return build(t, n, append([]func(*demo.Spec){func(s *demo.Spec) {
		s.Roots = 1 + x.random.IntN(3)
		s.PlainNames = x.chance(30)
		if x.chance(30) {
			s.MetadataDir = "metadata"
		}
		for i := range s.Targets {
			if x.chance(20) {
				s.Targets[i].Hashes = demo.BothHashes()
			}
			s.Targets[i].Absent = x.chance(3)
		}
		if x.chance(60) {
			s.Delegations = []demo.Delegation{
				{Name: "early", Paths: []string{"x/*"}, Targets: []demo.Target{{Path: "x/1", Size: 9}, {Path: "x/2", Size: 9}}},
				{Name: "stranger", Paths: []string{"y/*"}, Targets: []demo.Target{{Path: "y/1", Size: 9}},
					Role: demo.Role{Signatures: demo.SignedBy(demo.NewKeys("nobody", 1)...)}},
				{Name: "late", Paths: []string{"*/*"}, Targets: []demo.Target{{Path: "x/1", Size: 10, Salt: "other"}, {Path: "z/1", Size: 9}}},
			}
		}
	}}, change...)...)
}

func (x *trial) send(s *Session, c Command) bool {
	if !s.Send(c) {
		return false
	}
	x.sent.Add(1)
	return true
}

// command sends random commands until the end, and a Stop after a while.
func (x *trial) command(s *Session, random *rand.Rand, stopAt time.Duration) {
	start := time.Now()
	stopped := false
	for {
		if random.IntN(3) > 0 {
			time.Sleep(time.Duration(random.Int64N(int64(5 * time.Second))))
		}
		c := randomCommand(random)
		if !stopped && time.Since(start) > stopAt {
			stopped, c = true, Stop{Now: random.IntN(2) == 0}
		}
		if !x.send(s, c) {
			return
		}
	}
}

func randomCommand(random *rand.Rand) Command {
	id := func() ItemID { return ItemID(random.IntN(60)) }
	switch random.IntN(16) {
	case 0, 1:
		return Cancel{[]ItemID{id(), id(), id()}}
	case 2:
		if random.IntN(4) == 0 {
			return CancelAll{}
		}
		return Cancel{[]ItemID{0, 1}}
	case 3, 4:
		return Retry{Items: []ItemID{id(), id(), id(), 0, 1}, NoCache: random.IntN(2) == 0}
	case 5, 6:
		return RetryFailed{}
	case 7:
		if random.IntN(3) == 0 {
			return Pause{}
		}
		return Resume{}
	case 8:
		return SetWorkers{random.IntN(30)}
	case 9:
		return SetStallAfter{time.Duration(random.IntN(20)) * time.Second}
	case 10:
		return Prioritise{[]ItemID{id(), id()}}
	case 11:
		return ClockJumped{time.Duration(random.Int64() >> random.IntN(60))}
	case 12:
		return RetryFailed{Kinds: []finding.ID{finding.Stalled, finding.Cancelled}}
	case 13, 14:
		return ReadRole{trust.RoleID(random.IntN(12))}
	}
	return Probe{id()}
}

// check holds after every event.
func (x *trial) check(t *testing.T, e Event) {
	switch b := e.Body.(type) {
	case CommandDone:
		x.done++
	case RunSettled:
		x.settled++
		if v := x.st.Verdict(); v != b.Verdict {
			t.Errorf("settled as %s, and the events say %s", b.Verdict, v)
		}
		x.checkVerified(t)
		for i := range x.st.Items.Len() {
			if it := x.st.Items.At(i); !it.State.Ended() {
				t.Errorf("settled, and %s is %s", it.Path, it.State)
			}
		}
	}
}

// checkVerified compares what is called verified with what came and with the roles.
func (x *trial) checkVerified(t *testing.T) {
	for i := range x.st.Items.Len() {
		it := x.st.Items.At(i)
		if it.State != Verified {
			continue
		}
		if it.Kind != Metadata {
			if r := x.st.Role(it.Role); r == nil || r.State != trust.Accepted {
				t.Errorf("%s is verified below %+v", it.Path, r)
			}
		}
		if it.RoleName == "stranger" || it.RoleName == "late" && it.Path == "x/1" {
			t.Errorf("%s of %s is verified", it.Path, it.RoleName)
		}
		if !x.source.came(it.URL()) {
			t.Errorf("%s is verified, and its bytes never came whole and right", it.URL())
		}
	}
}

// checkEnd holds when all is over.
func (x *trial) checkEnd(t *testing.T) {
	st := &x.st
	if !st.Finished || st.Violations != 0 {
		t.Errorf("finished %v, %d violations", st.Finished, st.Violations)
	}
	if planned := x.source.planned(); int64(len(st.Faults)) > planned {
		t.Errorf("%d faults, %d planned: %+v", len(st.Faults), planned, st.Faults)
	}
	if sent := x.sent.Load(); sent != x.done {
		t.Errorf("%d commands, %d answers", sent, x.done)
	}
	if st.ended != st.Verdict() {
		t.Errorf("ended as %s, and the events say %s", st.ended, st.Verdict())
	}
	sum, groups, targets, done := 0, 0, 0, int64(0)
	for _, n := range st.Counts {
		sum += n
	}
	for _, n := range st.Targets.ByState {
		groups += n
	}
	for i := range st.Items.Len() {
		it := st.Items.At(i)
		if !it.State.Ended() {
			t.Errorf("finished, and %s is %s", it.Path, it.State)
		}
		if it.Kind == Target {
			targets++
		}
		if it.Kind != Metadata {
			done += it.Done
		}
	}
	if sum != st.Items.Len() || groups != targets || st.Targets.Total != targets || st.Targets.Done != done {
		t.Errorf("%d items, %d counted; %d targets, %d counted, total %d; %d bytes, %d counted",
			st.Items.Len(), sum, targets, groups, st.Targets.Total, done, st.Targets.Done)
	}
	if t.Failed() {
		t.Log(show(st))
	}
}

// chaos is a source that fails at random.
type chaos struct {
	*memory
	mu     sync.Mutex
	random *rand.Rand
	good   map[string]bool // by address: its bytes came whole, right and without an error
	panics atomic.Int64
}

func (c *chaos) came(url string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.good[url]
}

func (c *chaos) planned() int64 { return c.panics.Load() }

func (c *chaos) draw(n int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.random.IntN(n)
}

func (c *chaos) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	if c.draw(2) == 0 {
		time.Sleep(time.Duration(c.draw(1900)) * time.Millisecond) // deaf, and not for too long
	}
	if ctx.Err() != nil {
		return 0, context.Cause(ctx)
	}
	switch c.draw(24) {
	case 0:
		return 0, silent(1)(ctx, 0, tr)
	case 1:
		return 0, &fetch.Error{Kind: finding.ServerError, Text: "503", Retry: true, RetryAfter: time.Duration(c.draw(20)) * time.Second}
	case 2:
		return 0, &unreachable
	case 3:
		return 0, &fetch.Error{Kind: finding.Missing, Text: "404 Not Found", Status: 404}
	case 4:
		c.panics.Add(1)
		panic("planned")
	case 5:
		return c.memory.Get(ctx, req, &halfWriter{sink, 5}, tr)
	case 6:
		return c.memory.Get(ctx, req, flipped{sink}, tr)
	case 7:
		_, _ = c.memory.Get(ctx, req, sink, tr)
		return 0, &fetch.Error{Kind: finding.Incomplete, Text: "broken off", Retry: true}
	case 8:
		tr.Enter(fetch.Mark{Phase: fetch.Body})
		for range 10 {
			tr.Got(1)
			time.Sleep(1900 * time.Millisecond)
			if ctx.Err() != nil {
				return 0, context.Cause(ctx)
			}
		}
	}
	n, err := c.memory.Get(ctx, req, sink, tr)
	if err == nil {
		url, _ := c.Locate(req.File)
		c.mu.Lock()
		c.good[url] = true
		c.mu.Unlock()
	}
	return n, err
}

// flipped changes the first byte.
type flipped struct{ io.Writer }

func (f flipped) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	q := append([]byte{p[0] ^ 1}, p[1:]...)
	n, err := f.Writer.Write(q)
	if err != nil {
		return n, fmt.Errorf("writing: %w", err)
	}
	return n, nil
}
