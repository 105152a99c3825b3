package engine

import (
	"container/heap"
	"context"
	"math/rand/v2"
	"runtime"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

const (
	// tickEvery is how often running attempts are sampled.
	tickEvery = 100 * time.Millisecond
	// leaveWithin is how long a worker may take to answer a cancel.
	leaveWithin = 2 * time.Second
)

// run is the state of a run. Everything in it belongs to the control loop, but
// for what is marked otherwise.
type run struct {
	cfg       Config
	hub       *hub // safe for all
	ctx       context.Context
	session   *Session
	reports   chan report    // from workers
	results   chan jobResult // from jobs
	probes    chan Probed    // from side investigations
	over      chan struct{}  // closed when the loop has ended: reports go nowhere
	digests   digestPool     // safe for all
	random    *rand.Rand
	items     []item
	queue     queue
	waiting   timers // retrying items
	live      map[*attempt]struct{}
	leaving   map[*attempt]struct{} // cancelled, and not yet answered
	undecided []ItemID              // targets whose bytes match and whose reach is pending

	layout layout
	walk   *trust.Walk
	needs  []ItemID // by NeedID
	jobs   []trust.Job
	inbox  []delivery                       // answers that the walk has not been given yet
	busy   map[*running]struct{}            // jobs under way
	notes  map[trust.NeedID][]FindingRaised // by the file that led to them
	listed map[string]bool                  // roles whose targets are known, by raw name
	anchor AnchorChosen
	faults int

	workers    int
	stallAfter time.Duration
	paused     bool
	stopping   *ending // why, once nothing new starts
	settled    bool
	received   int64 // bytes of ended attempts
	meter      meter
	hosts      hosts
	probing    int
	lastTick   time.Duration
	armed      time.Duration // what the timer was last set to
}

// ending says why a run ends before everything was looked at.
type ending struct {
	kind finding.ID
	why  string // "" when it was asked for
	now  bool   // nothing is waited for
}

// item is what the control loop itself needs to know of an item. Text for people
// is in the events.
type item struct {
	kind     Kind
	state    ItemState
	granted  bool // the attempt number was raised by a retry already
	noCache  bool // the next attempt goes past caches
	again    bool // a complete but wrong body was already asked for a second time
	attempt  int
	tries    int // attempts since the last command to retry
	of       ItemID
	bound    bool       // need is valid
	optional bool       // absence is no fault
	outdated bool       // its role was delivered again and lists it otherwise
	problem  finding.ID // of the state it is in
	unsafe   error      // why it cannot be fetched at all
	need     trust.NeedID
	roleID   trust.RoleID
	limit    int64
	length   int64
	file     fetch.File
	path     string // a target's raw path
	role     string // the raw name of the role that lists a target
	hashes   []trust.Hash
	answer   *trust.Answer // what came of a metadata file that the walk has not asked for yet
	done     int64
	live     *attempt
}

func newRun(ctx context.Context, cfg Config, s *Session) *run {
	start := time.Now()
	if cfg.At.IsZero() {
		cfg.At = start
	}
	return &run{
		cfg: cfg, ctx: ctx, session: s, hub: newHub(start), over: s.over,
		reports: make(chan report, 64), results: make(chan jobResult, 16), probes: make(chan Probed, 16),
		random: rand.New(rand.NewPCG(uint64(start.UnixNano()), 0)),
		live:   map[*attempt]struct{}{}, leaving: map[*attempt]struct{}{},
		busy: map[*running]struct{}{}, notes: map[trust.NeedID][]FindingRaised{}, listed: map[string]bool{},
		layout:  newLayout(cfg.Repository, cfg.TargetsURL),
		workers: cfg.Workers, stallAfter: cfg.StallAfter,
	}
}

// loop is the control loop. Commands, reports, results and the clock are its only
// inputs.
func (r *run) loop() {
	r.begin()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	ended := r.ctx.Done()
	for {
		r.drain()
		r.dispatch()
		if r.finished() {
			break
		}
		r.arm(timer)
		select {
		case c := <-r.session.commands:
			r.obey(c)
		case rep := <-r.reports:
			r.ended(rep)
		case v := <-r.results:
			r.verified(v)
		case p := <-r.probes:
			r.probed(p)
		case <-timer.C:
			r.tick()
		case <-ended:
			ended = nil
			r.stop(ending{finding.Cancelled, safe.Error(context.Cause(r.ctx)), true})
		}
	}
	r.end()
}

func (r *run) begin() {
	r.hub.publish(RunStarted{
		Version: r.cfg.Version, Repository: r.describe(r.cfg.Repository),
		MetadataURL: r.describe(r.layout.current().metadata), TargetsURL: r.describe(r.layout.current().targets),
		ReferenceTime: r.cfg.At, Started: r.hub.start, Workers: r.workers,
		Limits:       Limits{r.cfg.StallAfter, r.cfg.StallTimeout, r.cfg.Retries, r.cfg.Deadline},
		MetadataOnly: r.cfg.MetadataOnly, Interactive: r.cfg.Interactive,
	})
	r.publishQueue()
	r.locate()
}

// end publishes the last event. Workers that were given up stay behind; what they
// send goes nowhere.
func (r *run) end() {
	why, verdict := "", r.verdict()
	if r.stopping != nil && r.stopping.why != "" {
		why, verdict = r.stopping.why, max(verdict, Undecided) // what was not looked at is not healthy
	}
	r.hub.publish(RunFinished{Verdict: verdict, Why: why})
	close(r.over)
	r.session.cancel(errClosed)
	r.hub.close()
}

// crashed ends the run after a panic of the control loop: an answer is still owed.
func (r *run) crashed(f InspectorFault) {
	r.hub.publish(f)
	for a := range r.live {
		a.cancel(errClosed)
	}
	r.hub.publish(RunFinished{Verdict: Undecided, Why: "the inspector failed: " + safe.Text(f.Value)})
	close(r.over)
	r.session.cancel(errClosed)
	r.hub.close()
}

// dispatch gives free slots to waiting items and free processors to waiting jobs.
func (r *run) dispatch() {
	for len(r.jobs) > 0 && len(r.busy) < runtime.GOMAXPROCS(0) {
		j := r.jobs[0]
		r.jobs = r.jobs[1:]
		r.verify(j)
	}
	started := false
	for !r.paused && r.stopping == nil && len(r.live) < r.workers {
		id, ok := r.queue.pop()
		if !ok {
			break
		}
		if r.items[id].state == Queued {
			r.attempt(id)
			started = true
		}
	}
	if started {
		r.settled = false
	}
}

// finished tells whether the loop may end, and settles the run when nothing is
// left to do.
func (r *run) finished() bool {
	hard := r.stopping != nil && r.stopping.now
	if !hard && len(r.live)+len(r.busy)+len(r.jobs) > 0 {
		return false
	}
	if r.stopping != nil {
		if !hard {
			r.stop(ending{now: true}) // what waits for something that will not come
			r.drain()
		}
		return r.allLeft() && len(r.busy) == 0 && r.probing == 0
	}
	if len(r.waiting) > 0 || r.paused && r.anyQueued() || r.walk == nil || !r.walk.Done() {
		return false
	}
	r.judgeRest()
	if !r.settled {
		r.settled = true
		r.publishQueue()
		r.hub.publish(RunSettled{Verdict: r.verdict()})
	}
	return !r.cfg.Interactive && r.allLeft()
}

// allLeft tells whether every cancelled worker has answered or was given up.
func (r *run) allLeft() bool {
	for a := range r.leaving {
		if !a.lost {
			return false
		}
	}
	return true
}

func (r *run) anyQueued() bool {
	for i := range r.items {
		if r.items[i].state == Queued {
			return true
		}
	}
	return false
}

// arm sets the timer to the next moment at which the clock matters; an idle run
// makes no wake-ups.
func (r *run) arm(t *time.Timer) {
	now := r.hub.now()
	next := time.Duration(-1)
	sooner := func(at time.Duration) {
		if next < 0 || at < next {
			next = at
		}
	}
	if len(r.live) > 0 || len(r.busy) > 0 {
		sooner(r.lastTick + tickEvery)
	}
	for a := range r.leaving {
		if !a.lost {
			sooner(a.leaveBy)
		}
	}
	for len(r.waiting) > 0 && r.stale(r.waiting[0]) {
		heap.Pop(&r.waiting)
	}
	if len(r.waiting) > 0 {
		sooner(time.Duration(r.waiting[0].at))
	}
	if r.cfg.Deadline > 0 && r.stopping == nil {
		sooner(r.cfg.Deadline)
	}
	if next < 0 {
		t.Stop()
		r.armed = 0
		return
	}
	r.armed = max(next-now, time.Millisecond)
	t.Reset(r.armed)
}

func (r *run) stale(t timer) bool {
	it := &r.items[t.item]
	return it.state != Retrying || it.attempt != t.attempt
}

// describe makes an address fit for people.
func (r *run) describe(base string) string { return safe.Text(fetch.Redact(base)) }
