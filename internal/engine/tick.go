package engine

import (
	"cmp"
	"container/heap"
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
)

// suspendedAfter is how late a tick must be before the process counts as having
// been suspended meanwhile: nothing was observed then, so nothing was silent.
const suspendedAfter = time.Second

var (
	errStalled   = errors.New("stalled")
	errCancelled = errors.New("cancelled by you")
	errRetried   = errors.New("retried by you")
)

// tick is the clock: it samples running attempts, marks and ends stalls, starts
// what is due, gives up workers that do not answer, and keeps the deadline.
func (r *run) tick() {
	now := r.hub.now()
	if late := now - r.due; r.due > 0 && late > suspendedAfter {
		r.discount(late)
	}
	r.due = 0
	if r.cfg.Deadline > 0 && now >= r.cfg.Deadline && r.stopping == nil {
		r.stop(ending{finding.DeadlineReached, fmt.Sprintf("the deadline of %s was reached", r.cfg.Deadline), true})
	}
	if now-r.lastTick >= tickEvery {
		r.lastTick = now
		for _, a := range r.running() {
			r.sample(a)
			r.watch(a, now)
		}
		r.watchJobs(now)
		r.paceWorkers(now)
		r.publishQueue()
		if now-r.hosts.last >= hostEvery {
			r.hosts.publish(r, now)
			r.tellTransport(false)
		}
	}
	var d alive.Dump
	for a := range r.leaving {
		if !a.lost && now >= a.leaveBy {
			r.giveUp(a, &d)
		}
	}
	r.watchProbes(now, &d)
	r.watchReads(now, &d)
	r.watchTree(now)
	r.watchClients(now)
	r.watchBreakers(now)
	for len(r.waiting) > 0 && time.Duration(r.waiting[0].at) <= now {
		if t := heap.Pop(&r.waiting).(timer); !r.stale(t) {
			r.move(t.item, Queued, "", nil, 0)
			if it := r.item(t.item); it.wanted && it.host.state == Held {
				r.tryNow(t.item)
			}
		}
	}
}

// running lists the live attempts in the order of their items, so that events
// have a stable order.
func (r *run) running() []*attempt {
	list := make([]*attempt, 0, len(r.live))
	for a := range r.live {
		list = append(list, a)
	}
	slices.SortFunc(list, func(a, b *attempt) int { return cmp.Compare(a.item, b.item) })
	return list
}

// sample publishes what an attempt has noted since the last time.
func (r *run) sample(a *attempt) {
	a.mu.Lock()
	marks := a.marks[a.emitted:a.nmarks]
	response, behind := a.response, a.behind
	hops := a.news()
	if a.followed(response) {
		response = nil // it is in that news
	}
	a.mu.Unlock() // marks below nmarks never change
	for _, hop := range hops {
		r.hub.publish(hop)
	}
	b := phasesEntered(a, marks)
	if behind != nil && behind.Address != a.told && behind.Address != "" { // an address may be new, and no mark
		a.told = behind.Address
		b.Address, b.Reused = behind.Address, behind.Reused
	}
	if len(marks) > 0 || b.Address != "" {
		r.hub.publish(b)
		a.emitted += len(marks)
	}
	if response != nil && response != a.answered { // a redirect brings one for each hop
		a.answered = response
		r.hub.publish(Responded{Item: a.item, Attempt: a.n, Response: *response})
	}
}

func phasesEntered(a *attempt, marks []phaseMark) PhasesEntered {
	b := PhasesEntered{Item: a.item, Attempt: a.n, Marks: make([]TimedMark, len(marks))}
	for i, m := range marks {
		b.Marks[i] = TimedMark{m.Phase, m.at}
		if m.Address != "" {
			b.Address, b.Reused = m.Address, m.Reused
		}
	}
	return b
}

// watch moves an attempt through its states and keeps the stall limit.
func (r *run) watch(a *attempt, now time.Duration) {
	it := r.item(a.item)
	it.done = a.done.Load()
	at := a.phase()
	silence := a.silence(now)
	if at.Phase == fetch.Body {
		a.pace.note(now, it.done)
	}
	if silence >= lookEvery || it.state == Stalled {
		a.look(now)
	}
	belowRate := r.belowRate(a, at, now)
	switch {
	case silence < r.stallAfter && belowRate == 0:
		if want := stateIn(at.Phase); it.state != want && (it.state == Stalled || want > it.state) {
			reason := ""
			if it.state == Stalled {
				reason = "goes on after a stall"
			}
			r.move(a.item, want, reason, nil, 0)
		}
		r.slow(a, at, now)
	case it.state != Stalled:
		p := r.stallProblem(a, at, silence)
		r.move(a.item, Stalled, r.silentShort(a, at, silence), p, 0)
		a.diagnosed = 0
		r.diagnose(a, at, silence, now)
		if at.Phase != fetch.Pool && at.Phase != fetch.Verify && a.sinkBusy(now) < lookEvery { // else the fault is here
			r.bad(a, r.silentShort(a, at, silence), false)
		}
		if it.host.canary == a {
			r.endCanary(a)
			return
		}
	case r.cfg.StallTimeout > 0 && max(silence-r.stallAfter, belowRate) >= r.cfg.StallTimeout:
		p := r.stallProblem(a, at, silence)
		r.leave(a.item, errStalled)
		r.hosts.stalled(a, r.silentShort(a, at, silence))
		if !r.retryLater(a.item, p, 0) {
			r.fail(a.item, p)
		}
		r.judgeSilence(it.host)
		return
	default:
		r.diagnose(a, at, silence, now)
	}
	rate := a.meter.sample(it.done, now)
	if silence >= r.stallAfter {
		rate = 0 // what an average still remembers is not a rate any more
	}
	if it.state == Transferring || it.state == Stalled {
		r.hub.publish(Progress{Item: a.item, Attempt: a.n, Done: it.done, Rate: rate})
	}
}

// belowRate is for how long a body has been slower than the minimum rate, after the
// half minute over which that is told; 0 when it is not.
func (r *run) belowRate(a *attempt, at phaseMark, now time.Duration) time.Duration {
	if r.cfg.MinRate <= 0 || at.Phase != fetch.Body {
		return 0
	}
	got, between := a.pace.over(paceKept * time.Second)
	if between == 0 || float64(got) >= float64(r.cfg.MinRate)*between.Seconds() {
		a.slowSince = 0
		return 0
	}
	if a.slowSince == 0 {
		a.slowSince = now
	}
	return max(now-a.slowSince, 1)
}

// belowMinRate is the reason of a stall in which bytes come, and too few of them.
const belowMinRate = "below the minimum rate"

// silentShort says in a few words why an attempt counts as stalled.
func (r *run) silentShort(a *attempt, at phaseMark, silence time.Duration) string {
	if silence < r.stallAfter {
		return belowMinRate
	}
	return r.short(a, at)
}

// short says where an attempt is silent, and with whom if a redirect has led there.
func (r *run) short(a *attempt, at phaseMark) string {
	return short(r.item(a.item), at.Phase) + a.whither(at)
}

// whither says where a redirect has led to, or nothing.
func (a *attempt) whither(at phaseMark) string {
	if b := a.redirected(); b != nil && at.Phase <= fetch.Body {
		return fetch.BehindRedirect + b.Host
	}
	return ""
}

func stateIn(p fetch.Phase) ItemState {
	switch {
	case p < fetch.Send:
		return Connecting
	case p < fetch.Body:
		return Waiting
	case p == fetch.Body:
		return Transferring
	}
	return Verifying
}

func (r *run) stallProblem(a *attempt, at phaseMark, silence time.Duration) *Problem {
	it := r.item(a.item)
	text := fmt.Sprintf("%s for %s", short(it, at.Phase), measure.Seconds(silence))
	if silence < r.stallAfter {
		got, between := a.pace.over(paceKept * time.Second)
		text = fmt.Sprintf("slower than %s: %s in %s", measure.Rate(float64(r.cfg.MinRate)), measure.Size(got), measure.Seconds(between))
	}
	if at.Phase == fetch.Body {
		text += fmt.Sprintf(" after %s", measure.Progress(it.done, it.length()))
	}
	return &Problem{Kind: finding.Stalled, Text: text + a.whither(at), Retry: true, Evidence: map[string]string{"phase": at.Phase.String()}}
}

// publishSums says where the counters stand when nothing moves them any more.
func (r *run) publishSums() {
	r.publishQueue()
	r.hosts.publish(r, r.hub.now())
}

// discount takes a time in which nothing could be observed out of every silence.
// None of them is longer than the run, so no more than that is taken.
func (r *run) discount(d time.Duration) {
	now := r.hub.now()
	d = min(d, now)
	for a := range r.live {
		a.discount(d, now)
	}
	for b := range r.busy {
		b.giveUp = min(b.giveUp+d, now+jobLimit)
	}
	for a := range r.leaving {
		a.leaveBy = min(a.leaveBy+d, now+leaveWithin)
	}
	for p := range r.probing {
		p.giveUp = min(p.giveUp+d, now+probeLimit)
	}
	for p := range r.reading {
		p.giveUp = min(p.giveUp+d, now+readLimit)
	}
	if look := r.transport.folder.look; look != nil {
		look.giveUp = min(look.giveUp+d, now+treeLost)
	}
	if p := r.judging; p != nil {
		p.giveUp = min(p.giveUp+d, now+clientsLimit)
	}
	for _, h := range r.breakers {
		if h.state == Held {
			h.since = min(h.since+d, now)
		}
	}
	r.crew.begin(now, r.total())
}

// total is how many bytes have been received since the start.
func (r *run) total() int64 {
	total := r.received
	for a := range r.live {
		total += a.wire.Load()
	}
	return total
}

func (r *run) publishQueue() {
	total := r.total()
	q := QueueChanged{Paused: r.paused, Workers: r.workers, Auto: r.auto, StallAfter: r.stallAfter, Active: r.slots(), Bytes: total, Rate: r.meter.sample(total, r.hub.now())}
	r.flows = q.Active > 0 || q.Rate > 0
	r.hub.publish(q)
}

// rest says so when nothing is under way any more, as in a pause: the clock that would
// say it stands still then.
func (r *run) rest() {
	if r.flows && len(r.live) == 0 {
		r.meter = meter{bytes: r.total(), at: r.hub.now()}
		r.publishQueue()
	}
}
