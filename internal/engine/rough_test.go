package engine

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// TestHostsThatComeAndGoBreakNoPromise runs random repositories behind hosts that
// are dead for a while, with random commands at random moments. A part of the runs
// has no person: they have to end by themselves. Between any two of its inputs, the
// control loop's own books have to be right.
func TestHostsThatComeAndGoBreakNoPromise(t *testing.T) {
	var sum tally
	for seed := range seeds(60, 20) {
		x := &roughTrial{trial: trial{random: rand.New(rand.NewPCG(uint64(seed), 77))}, tally: &sum}
		// A subtest's name tells the seed even when all ends with a panic.
		if !t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { synctest.Test(t, x.run) }) {
			t.Fatalf("seed %d", seed)
		}
	}
	t.Logf("%+v", sum)
	if *seedCount > 0 || testing.Short() {
		return // too few, perhaps, to have seen all
	}
	if sum.held == 0 || sum.givenUp == 0 || sum.released == 0 || sum.resumed == 0 || sum.restarted == 0 || sum.verified == 0 || sum.failed == 0 {
		t.Errorf("these runs do not try what they are for: %+v", sum)
	}
}

// tally is what all trials together have seen.
type tally struct {
	held, givenUp, released, verified, failed int
	resumed, restarted                        int64
	longest                                   time.Duration // of the runs without a person and without commands
}

// roughTrial is one random run over a rough source.
type roughTrial struct {
	trial
	rough *rough
	cfg   Config
	obeys bool // commands come
	tally *tally

	engine *run
	at     time.Duration // of the control loop's latest turn
	turns  int           // at that moment
}

func (x *roughTrial) run(t *testing.T) {
	x.prepare(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	if x.chance(10) {
		time.AfterFunc(x.moment(5*time.Minute), func() { cancel(errors.New("interrupted")) })
	}
	if err := x.cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	s := newSession(cancel)
	x.engine = newRun(ctx, x.cfg, s)
	x.engine.turned = x.turn
	if x.chance(40) { // searches take their time
		each := x.moment(20 * time.Millisecond)
		x.engine.searched = func() { time.Sleep(each) }
	}
	start := time.Now()
	s.serve(x.engine)
	if x.obeys {
		go x.order(s, rand.New(rand.NewPCG(x.random.Uint64(), 2)), x.moment(8*time.Minute))
		go x.finish(s)
	}
	for u := range s.Updates() {
		for _, e := range u.Events {
			before := x.st.Violations
			x.st.Apply(e)
			if x.st.Violations != before {
				t.Errorf("at %s comes what cannot come: %T %+v", e.At, e.Body, e.Body)
			}
			x.check(t, e)
			x.see(e)
		}
	}
	took := time.Since(start)
	if !x.cfg.Interactive && took > 2*time.Hour {
		t.Errorf("without a person, it took %s", took)
	}
	if !x.obeys {
		x.tally.longest = max(x.tally.longest, took)
	}
	time.Sleep(time.Hour) // commands that race with the end, and what was cancelled
	s.Close()
	x.checkVerified(t)
	x.checkItems(t)
	x.checkEnd(t)
	if t.Failed() {
		t.Logf("%+v\nfates %v, level %d", x.cfg, x.rough.fates, x.rough.level)
	}
}

// prepare draws a repository, its hosts and the limits of a run.
func (x *roughTrial) prepare(t *testing.T) {
	m := newMemory(x.repository(t, 3+x.random.IntN(1+30*(1+x.random.IntN(6))), func(s *demo.Spec) {
		for i := range s.Targets {
			s.Targets[i].Size = int64(x.random.IntN(1 + 1<<x.random.IntN(14)))
		}
	}))
	x.rough = newRough(m, x.random.Uint64())
	x.rough.level = x.random.IntN(90)
	x.source = x.rough
	x.cfg = configFor(m)
	cfg := &x.cfg
	cfg.Source = x.source
	if x.chance(10) {
		cfg.Root = nil
	}
	x.doom("repo", 25)
	if x.chance(60) {
		cfg.TargetsURL = "http://tgt/targets"
		x.doom("tgt", 80)
	}
	cfg.Workers = x.random.IntN(9) // 0: as the run chooses
	cfg.Retries = x.random.IntN(4)
	cfg.StallAfter = time.Duration(1+x.random.IntN(12)) * time.Second
	cfg.StallTimeout = time.Duration(1+x.random.IntN(60)) * time.Second
	cfg.GiveUpAfter = time.Duration(1+x.random.IntN(120)) * time.Second
	cfg.Interactive = x.chance(40)
	if x.chance(40) {
		cfg.MinRate = int64(x.random.IntN(2000))
	}
	if x.chance(10) {
		cfg.Deadline = 1 + x.moment(2*time.Minute)
	}
	if cfg.Interactive && x.chance(20) {
		cfg.StallTimeout = 0
	}
	x.obeys = cfg.Interactive || x.chance(40)
}

// doom has a host die up to three times, at times for good.
func (x *roughTrial) doom(host string, percent int) {
	f := fate{how: deaths[x.random.IntN(len(deaths))]}
	if x.chance(percent) {
		var at time.Duration
		if x.chance(60) {
			at = x.moment(20 * time.Second)
		}
		for range 1 + x.random.IntN(3) {
			end := at + x.moment(3*time.Minute)
			if x.chance(20) {
				end = 1000 * time.Hour
			}
			f.dead = append(f.dead, outage{at, end})
			at = end + x.moment(time.Minute)
		}
	}
	x.rough.fates[host] = f
}

// order sends random commands until the end. A person stops the run after a while,
// and a script does so at times.
func (x *roughTrial) order(s *Session, random *rand.Rand, stopAt time.Duration) {
	start := time.Now()
	for {
		if random.IntN(3) > 0 {
			time.Sleep(time.Duration(random.Int64N(int64(12 * time.Second))))
		}
		c := randomCommand(random)
		if _, ok := c.(Pause); ok && random.IntN(2) == 0 {
			c = Resume{}
		}
		if random.IntN(12) == 0 { // many at once, as with marks on the screen
			var many Retry
			for id := range ItemID(70) {
				many.Items = append(many.Items, id)
			}
			c = many
		}
		if time.Since(start) > stopAt && (x.cfg.Interactive || random.IntN(40) == 0) {
			stopAt, c = 1000*time.Hour, Stop{Now: random.IntN(2) == 0}
		}
		if !x.send(s, c) {
			return
		}
	}
}

// finish undoes what keeps a run from its end. One with a person is stopped.
func (x *roughTrial) finish(s *Session) {
	select {
	case <-time.After(12 * time.Minute):
	case <-s.over:
		return
	}
	x.send(s, Resume{})
	c := Command(SetWorkers{3})
	if x.cfg.Interactive {
		c = Stop{Now: true}
	}
	x.send(s, c)
}

// see counts what an event says.
func (x *roughTrial) see(e Event) {
	if b, ok := e.Body.(BreakerChanged); ok {
		switch b.State {
		case Held:
			x.tally.held++
		case GivenUp:
			x.tally.givenUp++
		case Flowing:
			x.tally.released++
		}
	}
}

// checkItems holds when all is over.
func (x *roughTrial) checkItems(t *testing.T) {
	for i := range x.st.Items.Len() {
		it := x.st.Items.At(i)
		switch it.State {
		case Verified:
			x.tally.verified++
			if it.Kind != Metadata && it.Done != it.Length {
				t.Errorf("%s is verified with %d of %d bytes", it.Path, it.Done, it.Length)
			}
		case Failed:
			x.tally.failed++
			if k := it.Problem.Kind; (k == finding.WrongHash || k == finding.WrongLength) && !x.rough.brought(it.URL(), allWrong) {
				t.Errorf("%s is called wrong, and never came so in one answer: %+v", it.URL(), it.Problem)
			}
		}
		for _, a := range it.Attempts() {
			if a.Ended == 0 && a.Started > 0 {
				t.Errorf("%s: attempt %d never ended", it.Path, a.N)
			}
		}
	}
	x.tally.resumed += x.rough.resumed.Load()
	x.tally.restarted += x.rough.restarted.Load()
	if r := x.engine; r.queued != 0 || r.stalled != 0 || len(r.live) != 0 {
		t.Errorf("all is over, and %d are queued, %d stalled and %d live", r.queued, r.stalled, len(r.live))
	}
}

// turn looks at the control loop's books. A panic of the loop ends the run, and is told as its fault.
func (x *roughTrial) turn() {
	if now := x.engine.hub.now(); now != x.at {
		x.at, x.turns = now, 0
	}
	if x.turns++; x.turns > 200_000 {
		panic("the control loop goes round and round, and no time passes")
	}
	if err := audit(x.engine); err != nil {
		panic(err)
	}
}

// audit compares what the control loop has counted with what is there.
func audit(r *run) error {
	queued, stalled, untrusted := 0, 0, 0
	pending, silent := map[*host]int{}, map[*host]int{}
	for i := range r.items.Len() {
		it := r.items.At(i)
		switch it.state {
		case Queued:
			queued++
			pending[it.host]++
		case Retrying:
			pending[it.host]++
		case Untrusted:
			untrusted++
		case Stalled:
			stalled++
			silent[it.host]++
		}
		_, runs := r.live[it.live]
		switch {
		case it.tries < 0:
			return fmt.Errorf("item %d has had %d tries", i, it.tries)
		case runs != (it.live != nil):
			return fmt.Errorf("item %d has an attempt that does not run", i)
		case runs != it.state.Active() && it.state != Verifying:
			return fmt.Errorf("item %d is %s, and that an attempt of it runs is %v", i, it.state, runs)
		}
	}
	if queued != r.queued || stalled != r.stalled {
		return fmt.Errorf("%d are queued, and %d were counted; %d stalled, and %d", queued, r.queued, stalled, r.stalled)
	}
	if untrusted != r.untrusted {
		return fmt.Errorf("%d are untrusted, and %d were counted", untrusted, r.untrusted)
	}
	for _, h := range r.breakers {
		_, runs := r.live[h.canary]
		switch {
		case h.pending != pending[h] || h.stalled != silent[h]:
			return fmt.Errorf("%s: %d wait, and %d were counted; %d stalled, and %d", h.name, pending[h], h.pending, silent[h], h.stalled)
		case len(h.held) > 0 && h.state != Held:
			return fmt.Errorf("%s holds items and is %s", h.name, h.state)
		case runs != (h.canary != nil):
			return fmt.Errorf("the canary of %s does not run", h.name)
		}
	}
	if err := undone(r); err != nil {
		return err
	}
	return forgotten(r)
}

// undone finds a target that a settled run has left with another end than the one that
// a search for it through the delegations gives.
func undone(r *run) error {
	if !r.settled || r.searches || r.stopping != nil {
		return nil
	}
	for i := range r.items.Len() {
		it := r.items.At(i)
		if it.kind == Metadata || it.outdated {
			continue
		}
		reach := r.walk.Reach(it.role.name, it.path())
		found, twice := reach.State == trust.Found, reach.State == trust.Shadowed && reach.Same
		if it.state == Verified && !found || it.state == Untrusted && (found || twice) || it.state == Skipped && !twice {
			return fmt.Errorf("item %d, %q of %q, is %s, and a search says %+v", i, it.path(), it.role.name, it.state, reach)
		}
	}
	return nil
}

// forgotten finds an item that waits and that nothing would wake.
func forgotten(r *run) error {
	wakes := map[ItemID]ItemState{} // from the state
	for _, f := range []*fifo{&r.queue.first, &r.queue.metadata, &r.queue.targets} {
		for _, id := range f.ids[f.head:] {
			wakes[id] = Queued
		}
	}
	for _, h := range r.breakers {
		for _, id := range h.held {
			wakes[id] = Queued
		}
	}
	for _, t := range r.waiting {
		if !r.stale(t) {
			wakes[t.item] = Retrying
		}
	}
	for i := range r.items.Len() {
		s := r.items.At(i).state
		if by, ok := wakes[ItemID(i)]; (s == Queued || s == Retrying) && (!ok || by != s) {
			return fmt.Errorf("item %d is %s, and nothing wakes it", i, s)
		}
	}
	return nil
}
