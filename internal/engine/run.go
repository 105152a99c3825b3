package engine

import (
	"context"
	"math/rand/v2"
	"runtime"
	"time"

	"example.com/tufinspect/internal/alive"
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
	probes    chan probeNews // from side investigations
	reads     chan readNews  // from looks at roles' files
	over      chan struct{}  // closed when the loop has ended: reports go nowhere
	digests   digestPool     // safe for all
	sides     sides          // likewise
	hands     *alive.Hands   // make the attempts; safe for all
	random    *rand.Rand
	items     Blocks[item]
	unsafe    map[ItemID]error // why items cannot be fetched at all
	queue     queue
	queued    int    // items in this state
	stalled   int    // likewise
	untrusted int    // likewise
	waiting   timers // retrying items, and some that are no more
	live      map[*attempt]struct{}
	leaving   map[*attempt]struct{} // cancelled, and not yet answered
	undecided []ItemID              // targets whose bytes match and whose reach is pending

	layout   layout
	ahead    ahead
	walk     *trust.Walk
	needs    []ItemID // by NeedID
	jobs     []trust.Job
	do       func(trust.Job) trust.Result       // makes a job; on other goroutines
	readFile func(trust.Reading) trust.RoleFile // looks at the file of a role; likewise
	turned   func()                             // called once a turn of the loop, when all is in its place; nil outside tests
	inbox    []delivery                         // answers that the walk has not been given yet
	busy     map[*running]struct{}              // jobs under way
	notes    map[noteKey]finding.Severity
	listed   map[string]*listing // roles whose targets are known, by raw name
	lists    []*listing          // of them, those that are not listed to the end
	listNext time.Duration       // when the first of these goes on
	anchor   AnchorChosen
	faults   int

	workers    int
	crew       crew // chooses workers, if auto
	auto       bool
	stallAfter time.Duration
	paused     bool
	answering  Command // being carried out, and not answered yet
	stopping   *ending // why, once nothing new starts
	settled    bool
	received   int64 // bytes of ended attempts
	meter      meter
	flows      bool // by what was last said of the queue, something is under way
	hosts      hosts
	transport  transport
	byBase     map[string]*host // by fetch.File.Base
	origins    map[origin]*origin
	site       *Site   // the latest that targets share, or nil
	breakers   []*host // the same, each once
	probing    map[*probing]struct{}
	reading    map[*reading]struct{}
	lastTick   time.Duration
	due        time.Duration // when the timer was to fire, or 0

	searches   bool          // searches through the delegations may have other answers
	searchNext time.Duration // when they are asked again, at the earliest
	pass       *pass         // the look through the targets that is under way, or nil
	revised    bool          // something was delivered again: what was found may be no more

	verdicts     chan clientNews                        // from the look at what clients make of it
	doClients    func(func() trust.Result) trust.Result // makes that look; on another goroutine
	searched     func()                                 // called with each search of a pass; nil outside tests
	judging      *judging                               // the look under way, or nil
	clientsAsked bool                                   // they were asked about all that has been delivered
	clientsSaid  bool                                   // some verdicts have been published
}

// ending says why a run ends before everything was looked at.
type ending struct {
	kind finding.ID
	why  string // "" when it was asked for
	now  bool   // nothing is waited for
}

func newRun(ctx context.Context, cfg Config, s *Session) *run {
	start, way := time.Now(), newTransport(&cfg)
	if cfg.At.IsZero() {
		cfg.At = start
	}
	r := &run{
		cfg: cfg, ctx: ctx, session: s, hub: newHub(start), over: s.over, hands: alive.NewHands("attempt"),
		reports: make(chan report, 64), results: make(chan jobResult, 16), probes: make(chan probeNews, stepsWaiting),
		reads: make(chan readNews, maxReads), transport: way,
		random: rand.New(rand.NewPCG(uint64(start.UnixNano()), 0)),
		live:   map[*attempt]struct{}{}, leaving: map[*attempt]struct{}{},
		busy: map[*running]struct{}{}, notes: map[noteKey]finding.Severity{}, listed: map[string]*listing{},
		probing: map[*probing]struct{}{}, reading: map[*reading]struct{}{}, byBase: map[string]*host{},
		origins: map[origin]*origin{}, unsafe: map[ItemID]error{},
		do:       func(j trust.Job) trust.Result { return j.Run() },
		readFile: func(what trust.Reading) trust.RoleFile { return what.Run() },
		layout:   newLayout(cfg.Repository, cfg.TargetsURL),
		workers:  crewFirst, stallAfter: cfg.StallAfter,

		verdicts:  make(chan clientNews, 1),
		doClients: func(ask func() trust.Result) trust.Result { return ask() },
	}
	r.setWorkers(cfg.Workers)
	return r
}

// loop is the control loop. Commands, reports, results and the clock are its only
// inputs.
func (r *run) loop() {
	part := r.cfg.Watchdog.Part("control loop")
	part.Busy()
	defer part.Done()
	r.begin()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	ended := r.ctx.Done()
	for {
		r.drain()
		r.search()
		r.goOnListing()
		r.askClients()
		r.tidy()
		if len(r.inbox) > 0 {
			continue
		}
		r.dispatch()
		if len(r.inbox) > 0 {
			continue // what waited for a host that was given up has failed
		}
		if r.turned != nil {
			r.turned()
		}
		if r.finished() {
			break
		}
		if !r.arm(timer) {
			r.tick() // overdue: a flood of other input must not hold the clock up
			part.Busy()
			continue
		}
		part.Idle(r.wakes())
		select {
		case c := <-r.session.commands:
			r.obey(c)
		case rep := <-r.reports:
			r.ended(rep)
		case v := <-r.results:
			r.verified(v)
		case p := <-r.probes:
			r.probed(p)
		case n := <-r.reads:
			r.hasRead(n)
		case n := <-r.transport.folder.news:
			r.lookedThrough(n)
		case n := <-r.verdicts:
			r.judgedClients(n)
		case <-timer.C:
			r.tick()
		case <-ended:
			ended = nil
			r.interrupted()
		}
		part.Busy()
	}
	r.end()
}

// interrupted ends the run with the cause of its context.
func (r *run) interrupted() {
	r.stop(ending{finding.Cancelled, safe.Error(context.Cause(r.ctx)), true})
}

func (r *run) begin() {
	var remembered time.Time
	if b := r.cfg.Memory.Before; b != nil {
		remembered = b.At
	}
	r.hub.publish(RunStarted{
		Version: r.cfg.Version, Repository: r.describe(r.cfg.Repository),
		MetadataURL: r.describe(r.layout.current().metadata), TargetsURL: r.describe(r.layout.current().targets),
		ReferenceTime: r.cfg.At, Started: r.hub.start, Workers: r.workers, Auto: r.auto,
		Limits: Limits{
			StallAfter: r.cfg.StallAfter, StallTimeout: r.cfg.StallTimeout, MinRate: r.cfg.MinRate,
			Retries: r.cfg.Retries, GiveUpAfter: r.cfg.GiveUpAfter, Deadline: r.cfg.Deadline,
		},
		MetadataOnly: r.cfg.MetadataOnly, Remembered: remembered, Interactive: r.cfg.Interactive,
	})
	for _, n := range r.cfg.Preface {
		r.hub.publish(Noted{safe.Text(n.Subject), safe.Text(n.Text)})
	}
	r.publishQueue()
	for _, f := range r.cfg.Memory.Notes {
		r.note(trust.Note{Finding: f}, false)
	}
	r.locate()
}

// end publishes the last event. Workers that were given up stay behind; what they
// send goes nowhere.
func (r *run) end() {
	r.tellTransport(true)
	r.dropClients()
	why, verdict := "", r.verdict()
	if r.stopping != nil && r.stopping.why != "" {
		why, verdict = r.stopping.why, max(verdict, Undecided) // what was not looked at is not healthy
	}
	if verdict <= Warned && r.walk != nil && len(r.busy)+len(r.jobs) == 0 {
		r.session.whole = r.walk
	}
	r.publishSums()
	r.hub.publish(RunFinished{Verdict: verdict, Why: why})
	close(r.over)
	r.hands.Close()
	r.session.cancel(errClosed)
	r.hub.close()
}

// crashed ends the run after a panic of the control loop: an answer is still owed.
func (r *run) crashed(f InspectorFault) {
	r.hub.publish(f)
	if c := r.answering; c != nil {
		r.hub.publish(CommandDone{Command: c, Err: "the inspector failed"})
	}
	for p := range r.reading {
		r.hub.publish(CommandDone{Command: p.command, Err: "the inspector failed"})
	}
	for a := range r.live {
		a.cancel(errClosed)
	}
	r.hub.publish(RunFinished{Verdict: Undecided, Why: "the inspector failed: " + safe.Text(f.Value)})
	close(r.over)
	r.hands.Close()
	r.session.cancel(errClosed)
	r.hub.close()
}

// dispatch gives free slots to waiting items and free processors to waiting jobs.
func (r *run) dispatch() {
	if r.hard() {
		r.jobs = nil
	}
	for len(r.jobs) > 0 && len(r.busy) < runtime.GOMAXPROCS(0) {
		j := r.jobs[0]
		r.jobs[0] = trust.Job{} // or the file that it is about would stay in memory
		r.jobs = r.jobs[1:]
		r.verify(j)
	}
	before := len(r.live)
	var began time.Duration
	if r.auto && !r.crew.full { // else nobody asks, and reading the clock is not free
		began = r.hub.now()
	}
	if !r.paused && r.stopping == nil {
		r.sendCanary()
	}
	for !r.paused && r.stopping == nil && r.slots() < r.workers {
		id, ok := r.queue.pop()
		if !ok {
			break
		}
		if r.item(id).state == Queued && r.admit(id) {
			r.attempt(id)
		}
	}
	if len(r.live) > before {
		r.settled = false
	}
	r.useWorkers(began)
	r.rest()
}

// finished tells whether the loop may end, and settles the run when nothing is
// left to do.
func (r *run) finished() bool {
	hard := r.hard()
	if !hard && (len(r.live)+len(r.busy)+len(r.jobs) > 0 || r.searching() || len(r.lists) > 0) {
		return false
	}
	if r.stopping != nil {
		if !hard {
			r.stop(ending{now: true}) // what waits for something that will not come
			r.drain()
			r.search()
		}
		return r.allLeft() && len(r.busy) == 0 && !r.searching() && len(r.lists) == 0
	}
	if !r.idle() {
		return false
	}
	if !r.settled {
		if r.lookForUnlisted() {
			return false
		}
		r.settled = true
		r.tellTransport(true)
		r.publishSums()
		r.hub.publish(RunSettled{Verdict: r.verdict()})
	}
	return !r.cfg.Interactive && r.allLeft()
}

// hard tells whether the run is being stopped without waiting for anything.
func (r *run) hard() bool { return r.stopping != nil && r.stopping.now }

// allLeft tells whether every cancelled worker, every side investigation and every
// look at a file has answered or was given up.
func (r *run) allLeft() bool {
	if len(r.probing)+len(r.reading) > 0 || r.transport.folder.look != nil {
		return false
	}
	for a := range r.leaving {
		if !a.lost {
			return false
		}
	}
	return true
}

// idle tells whether nothing is under way and nothing will be.
func (r *run) idle() bool {
	r.dropStale()
	return r.judging == nil && !r.searching() && len(r.lists)+len(r.live)+len(r.busy)+len(r.jobs)+len(r.inbox)+len(r.waiting)+r.queued == 0 && r.walk != nil && r.walk.Done()
}

// describe makes an address fit for people.
func (r *run) describe(base string) string { return safe.Text(fetch.Redact(base)) }
