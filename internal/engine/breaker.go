package engine

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
)

// The breaker of a host. When every attempt stalls or fails at network level, as many
// in a row as take all workers twice and none else, then to go on with thousands of files takes
// hours and tells nothing new. So the queue of that host is held and one attempt at
// a time, the canary, goes on asking. Its first success lets the queue flow again. A
// run without a person gives the host up after a while.
const (
	canaryFirst = time.Second
	canaryMost  = 30 * time.Second
)

var errCanary = errors.New("the host is silent")

// host is a server, or the local disk, as far as its queue is concerned.
type host struct {
	name    string
	pending int    // items that are queued or wait for their next attempt
	stalled int    // items in this state
	bad     int    // attempts in a row that stalled or failed at network level
	refused int    // in the same row, those of a rush that is not over
	answers int    // attempts that were answered to their end
	how     string // the latest of them
	state   BreakerState
	why     string
	since   time.Duration // when the state began
	next    time.Duration // while held: when the next canary may start
	last    bool          // the canary before giving up has been ordered
	wait    time.Duration // how long the one after it waits
	canary  *attempt
	held    []ItemID
}

// hostOf gives the host that a base is on.
func (r *run) hostOf(base string) *host {
	if h, ok := r.byBase[base]; ok {
		return h
	}
	name := hostName(base)
	for _, h := range r.byBase {
		if h.name == name {
			r.byBase[base] = h
			return h
		}
	}
	h := &host{name: name}
	r.byBase[base] = h
	r.breakers = append(r.breakers, h)
	return h
}

// atNetwork tells failures that say nothing of a file but that its host cannot be
// reached or does not finish.
func atNetwork(k finding.ID) bool {
	return k == finding.Unreachable || k == finding.Incomplete || k == finding.Stalled
}

// judgeHost takes what became of an attempt. A host is well again with any attempt
// that was answered to its end, whatever the answer.
func (r *run) judgeHost(a *attempt, err error) {
	h := a.host
	if h.canary == a {
		h.canary = nil
	}
	fe, ok := errors.AsType[*fetch.Error](err)
	switch {
	case ok && atNetwork(fe.Kind) && !a.advanced:
		if fe.Retry { // else it is as quick as it is final, as a wrong certificate is
			r.bad(a, fe.Text, fe.Abrupt())
		}
		return
	case err != nil && !ok, ok && (fe.Kind == finding.InspectorFault || fe.Kind == finding.LocalLimit):
		return // it was ended here, or the fault is here
	}
	h.answers++
	h.bad, h.refused, h.how = 0, 0, ""
	if h.state == Held {
		r.release(h)
	}
}

// bad counts an attempt that has stalled or failed at network level, once. Where it was
// refused or broken off, and the workers have been made fewer since it began, they were
// too many, and that is answered already: it counts against its host only if the host
// has answered no other in the meantime, nor does before the last of that rush is over.
func (r *run) bad(a *attempt, how string, abrupt bool) {
	if r.bringsOn(a) {
		return // a host that brings files on is not silent
	}
	h := a.host
	h.how = how
	if a.bad {
		return
	}
	a.bad = true
	switch {
	case !abrupt, !r.inRush(a):
		h.bad++
	case h.answers == a.answers:
		h.refused++
	}
	if h.refused > 0 && !r.rushing(h) {
		h.bad, h.refused = h.bad+h.refused, 0
	}
	r.judgeSilence(h)
}

// rushing tells whether an attempt of the latest rush at the host may yet come to
// something.
func (r *run) rushing(h *host) bool {
	for a := range r.live {
		if a.host == h && !a.bad && r.inRush(a) {
			return true
		}
	}
	return false
}

// inRush tells whether the workers have been made fewer by a run's own choice since an
// attempt began.
func (r *run) inRush(a *attempt) bool { return r.auto && r.crew.inRush(a.cuts) }

// judgeSilence holds the queue of a host on which nothing has come to anything for
// long enough, and for which more waits than a few that may just as well be tried.
func (r *run) judgeSilence(h *host) {
	if h.state == Flowing && h.bad >= r.silentFrom(h) && h.pending > r.fewLeft() && !r.moving(h) {
		r.hold(h)
	}
}

// moving tells whether an attempt at the host is receiving something now.
func (r *run) moving(h *host) bool {
	now := r.hub.now()
	for a := range r.live {
		if a.host == h && a.phase().Phase >= fetch.Body && a.silence(now) < r.stallAfter {
			return true
		}
	}
	return false
}

func (r *run) hold(h *host) {
	now := r.hub.now()
	h.state, h.since, h.wait, h.next, h.last = Held, now, canaryFirst, now+canaryFirst, false
	h.why = fmt.Sprintf("the last %d attempts all stalled or failed at the network: %s", h.bad, h.how)
	r.publishBreaker(h)
}

// release lets the queue of a host flow again.
func (r *run) release(h *host) {
	h.state, h.since, h.why, h.next = Flowing, r.hub.now(), "", 0
	h.bad, h.refused, h.how, h.canary = 0, 0, "", nil
	r.queue.putBack(h.held, func(id ItemID) Kind { return r.item(id).kind })
	h.held = nil
	r.publishBreaker(h)
	r.recall(h)
	r.reviveWorkers()
}

// recall starts the attempts anew that still wait for an answer from the time when
// their host was silent: others would wait for their workers.
func (r *run) recall(h *host) {
	if r.stopping != nil {
		return
	}
	for _, a := range r.running() {
		if a.host != h || r.item(a.item).state != Stalled {
			continue
		}
		r.leave(a.item, errCanary)
		r.item(a.item).tries--
		if !r.retryStalled(a.item, "its host answers again") {
			r.move(a.item, Queued, "its host answers again", nil, 0)
		}
	}
}

func (r *run) publishBreaker(h *host) {
	next := h.next
	if h.canary != nil {
		next = 0
	}
	r.hub.publish(BreakerChanged{Host: h.name, State: h.state, Why: h.why, Since: h.since, Next: next, Queued: h.pending})
}

// admit tells whether an item may start now. If not, its host keeps it, or has been
// given up, with which it has failed.
func (r *run) admit(id ItemID) bool {
	it := r.item(id)
	switch h := it.host; h.state {
	case Flowing:
		return true
	case GivenUp:
		r.fail(id, r.silentHost(h, it))
	default:
		h.held = append(h.held, id)
	}
	return false
}

// tryNow has a queued item be the next canary of its host, at once: a person wants
// it. The canary that is out becomes an attempt like others.
func (r *run) tryNow(id ItemID) {
	h := r.item(id).host
	h.held = slices.Insert(h.held, 0, id)
	h.canary, h.next = nil, r.hub.now()
}

// sendCanary starts the next canary of each held host, if one is due. It needs no
// free slot: they may all be taken by what is silent.
func (r *run) sendCanary() {
	now := r.hub.now()
	for _, h := range r.breakers {
		if h.state != Held || h.canary != nil || now < h.next {
			continue
		}
		id, ok := r.nextHeld(h)
		h.next = now + h.wait // when this one has ended before that
		if !ok {
			continue // all that wait count down to their next attempt
		}
		r.attempt(id)
		h.canary = r.item(id).live
		h.wait = min(2*h.wait, canaryMost)
		r.publishBreaker(h)
	}
}

// nextHeld takes the next item that waits for a held host. Those that have not had
// their turn in the queue, because no worker is free, are looked for there.
func (r *run) nextHeld(h *host) (ItemID, bool) {
	for range 2 {
		for len(h.held) > 0 {
			id := h.held[0]
			h.held = h.held[1:]
			if r.item(id).state == Queued {
				return id, true
			}
		}
		h.held = r.queue.take(func(id ItemID) bool { return r.item(id).host == h })
	}
	return 0, false
}

// armBreaker gives the moments at which a held host wants the clock.
func (r *run) armBreaker(h *host, sooner func(time.Duration)) {
	if h.canary == nil && h.pending > 0 && !r.paused {
		sooner(h.next)
	}
	if !r.cfg.Interactive && h.canary == nil && !r.moving(h) { // else the ticks of what moves will do
		sooner(h.since + r.cfg.GiveUpAfter)
	}
}

// canaryOver says that a canary came to nothing.
func (r *run) canaryOver(h *host) {
	if h.state != Held {
		return
	}
	h.next = max(h.next, r.hub.now())
	r.publishBreaker(h)
}

// endCanary ends a canary that has stalled. That was all it was to find out: its
// item goes back, without a try less, and others have their turn.
func (r *run) endCanary(a *attempt) {
	id := a.item
	r.leave(id, errCanary)
	r.item(id).tries--
	if !r.retryStalled(id, "its host is silent") {
		r.move(id, Queued, "its host is silent", nil, 0)
	}
}

// watchBreakers lets go of hosts for which nothing waits any more, and gives up those
// that have been held for too long.
func (r *run) watchBreakers(now time.Duration) {
	for _, h := range r.breakers {
		if h.state == Held && h.pending == 0 && h.canary == nil && h.stalled == 0 {
			r.release(h)
		}
	}
	if r.cfg.Interactive || r.stopping != nil {
		return
	}
	for _, h := range r.breakers {
		switch {
		case h.state != Held || now-h.since < r.cfg.GiveUpAfter || h.canary != nil || r.moving(h):
		case !h.last && !r.paused:
			h.last, h.next = true, now // it is not given up without having been asked just now
			r.sendCanary()
			if h.canary == nil {
				r.abandon(h, now) // there is nothing to ask for
			}
		default:
			r.abandon(h, now)
		}
	}
}

// abandon ends all that waits for a host, silent attempts included.
func (r *run) abandon(h *host, now time.Duration) {
	h.state, h.next, h.held, h.canary = GivenUp, 0, nil, nil
	h.why += fmt.Sprintf("; not one success in another %s", measure.Seconds(now-h.since))
	h.since = now
	for i := range r.items.Len() {
		it := r.items.At(i)
		if it.host != h || it.state.Ended() || it.state == Verifying {
			continue
		}
		p := r.silentHost(h, it)
		r.leave(ItemID(i), errCanary)
		r.fail(ItemID(i), p)
	}
	r.publishBreaker(h)
}

// silentHost is the problem of an item whose host was given up.
func (r *run) silentHost(h *host, it *item) *Problem {
	text := "host silent: " + h.name + " was given up: " + h.how
	if a := it.live; a != nil {
		text += "; here for " + measure.Seconds(a.silence(r.hub.now()))
	}
	return &Problem{Kind: finding.HostSilent, Text: text, Retry: true, Evidence: map[string]string{"host": h.name, "why": h.why}}
}
