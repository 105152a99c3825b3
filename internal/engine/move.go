package engine

import (
	"container/heap"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// move changes an item's state and says so. p and next may be zero.
func (r *run) move(id ItemID, to ItemState, reason string, p *Problem, next time.Duration) {
	it := r.item(id)
	from := it.state
	r.count(it, from, -1)
	r.count(it, to, 1)
	it.state, it.problem = to, ""
	if p != nil {
		it.problem = p.Kind
	}
	r.hub.publish(StateChanged{Item: id, Attempt: it.attempt, From: from, To: to, Reason: reason, Problem: p, Next: next, Done: it.done})
	if to == Queued { // it has been under way before: it does not wait behind all others again
		r.queue.pushFirst(id)
	}
}

// count keeps how many items wait, are silent, or may do better after another search.
func (r *run) count(it *item, s ItemState, by int) {
	switch s {
	case Queued:
		r.queued += by
		it.host.pending += by
	case Retrying:
		it.host.pending += by
	case Untrusted:
		r.untrusted += by
	case Stalled:
		r.stalled += by
		it.host.stalled += by
	}
}

// attempt starts the next attempt of a queued item in a slot of its own.
func (r *run) attempt(id ItemID) {
	it := r.item(id)
	if !it.granted {
		it.attempt++
	}
	it.granted, it.wanted = false, false
	it.tries++
	from := it.rest
	it.rest, it.done = nil, 0
	if it.noCache {
		from = nil
	}
	ctx, cancel := context.WithCancelCause(r.ctx)
	a := &attempt{item: id, n: it.attempt, hub: r.hub, host: it.host, cancel: cancel,
		started: r.hub.now(), cuts: r.crew.cuts, answers: it.host.answers}
	a.last.Store(int64(a.started))
	if from != nil {
		it.done = from.digest.n
		a.done.Store(it.done)
		a.part = part{it.done, from.validator, from.whole}
	}
	a.meter = meter{bytes: it.done, at: a.started}
	it.live = a
	r.live[a] = struct{}{}
	r.move(id, Connecting, "", nil, 0)
	req := fetch.Request{File: r.file(id), Length: it.length(), NoCache: it.noCache}
	var hashes []trust.Hash
	if it.kind == Metadata {
		req.Limit = it.meta.limit
	} else {
		hashes = it.as.Hashes
	}
	about := itemLabel(id, a.n)
	r.hands.Go(about, func() { r.work(ctx, a, req, hashes, from) }, func(p alive.Fault) {
		f := InspectorFault(p)
		r.send(report{a: a, fault: &f})
	})
}

func itemLabel(id ItemID, attempt int) string {
	return "item " + strconv.Itoa(int(id)) + " attempt " + strconv.Itoa(attempt)
}

// leave frees the slot of a running attempt without waiting for its worker.
func (r *run) leave(id ItemID, cause error) {
	it := r.item(id)
	a := it.live
	if a == nil {
		return
	}
	r.sample(a)
	it.live = nil
	it.done = a.done.Load()
	r.received += a.wire.Load()
	r.hosts.ended(a, nil)
	r.transport.heard(r, a, nil)
	r.advanced(a)
	delete(r.live, a)
	if h := it.host; h.canary == a {
		h.canary = nil
		r.canaryOver(h)
	}
	a.leaveBy = r.hub.now() + leaveWithin
	r.leaving[a] = struct{}{}
	a.cancel(cause)
}

// giveUp reports a worker that does not answer. Its goroutine stays behind.
func (r *run) giveUp(a *attempt, d *alive.Dump) {
	a.lost = true
	about := itemLabel(a.item, a.n)
	r.fault(InspectorFault{
		Goroutine: "attempt " + about, Value: fmt.Sprintf("did not answer its cancel within %s and was given up", leaveWithin),
		Stack: d.Of(about),
	})
}

// ended takes a worker's report.
func (r *run) ended(rep report) {
	a := rep.a
	if r.ctx.Err() != nil && !r.hard() {
		r.interrupted() // before the loop has heard: the error would be taken for the item's own
	}
	a.cancel(nil)
	if _, ok := r.leaving[a]; ok {
		delete(r.leaving, a) // its item has moved on already
		r.keep(a, rep.rest)
		if rep.fault != nil {
			r.fault(*rep.fault)
		}
		return
	}
	r.sample(a)
	delete(r.live, a)
	it := r.item(a.item)
	it.live = nil
	it.done = a.done.Load()
	r.received += a.wire.Load()
	r.hosts.ended(a, rep.err)
	r.transport.heard(r, a, &rep)
	if rep.err != nil {
		r.advanced(a)
	}
	if rep.fault == nil {
		r.strained(a, rep.err)
	}
	canary := it.host.canary == a
	if rep.fault == nil { // a fault of our own says nothing of the host
		r.judgeHost(a, rep.err)
	} else if canary {
		it.host.canary = nil
	}
	if canary {
		defer r.canaryOver(it.host)
	}
	if rep.fault != nil {
		r.fault(*rep.fault)
		r.fail(a.item, &Problem{Kind: finding.InspectorFault, Text: "the inspector failed: " + safe.Text(firstLine(rep.fault.Value))})
		return
	}
	switch {
	case rep.err != nil:
		r.failed(a.item, rep.err, rep.resumed)
		r.keep(a, rep.rest)
	case it.kind == Metadata:
		r.arrived(a.item, rep.bytes)
	case rep.bad != nil:
		r.mismatched(a.item, rep.bad, rep.resumed)
	default:
		r.matched(a.item)
	}
}

// failed decides what a failed attempt leads to.
func (r *run) failed(id ItemID, err error, resumed bool) {
	p, after := r.explain(id, err)
	it := r.item(id)
	if it.kind == Metadata && r.moveOn(id, p) {
		return
	}
	if p.Kind == finding.WrongLength && (r.lookAgain(id, p, resumed) || r.unproved(id, resumed)) {
		return
	}
	if p.Retry && r.retryLater(id, p, after) {
		return
	}
	r.fail(id, p)
}

// retryLater puts the item on the clock if it has a try left.
func (r *run) retryLater(id ItemID, p *Problem, after time.Duration) bool {
	it := r.item(id)
	if it.tries > r.cfg.Retries || r.stopping != nil {
		return false
	}
	r.wait(id, backoff(it.tries, after, r.random.Float64()), p.Text, p)
	return true
}

// wait puts the item on the clock.
func (r *run) wait(id ItemID, d time.Duration, reason string, p *Problem) {
	at := r.hub.now() + d
	heap.Push(&r.waiting, timer{int64(at), id, r.item(id).attempt})
	r.move(id, Retrying, reason, p, at)
}

// lookAgain asks once more, past caches and from the first byte, for a body that was
// complete and wrong: a stale cache is the most common reason, and one more look
// settles it. One that was put together from several attempts is asked for again
// even without a try left, because the parts may be of two files.
func (r *run) lookAgain(id ItemID, p *Problem, resumed bool) bool {
	it := r.item(id)
	if it.again || !remote(it.base) || r.stopping != nil {
		return false
	}
	it.again, it.noCache = true, true
	if resumed {
		r.wait(id, backoff(1, 0, r.random.Float64()), p.Text, p)
		return true
	}
	return r.retryLater(id, p, 0)
}

// unproved ends an item that was put together from several attempts and is wrong,
// when the run is being stopped: its parts may be of two files, and nobody looks.
func (r *run) unproved(id ItemID, resumed bool) bool {
	if resumed && r.stopping != nil {
		r.cancelItem(id, r.stopping.problem())
		return true
	}
	return false
}

// fail ends an item. The walk is told when it was a metadata file.
func (r *run) fail(id ItemID, p *Problem) {
	if p.Hint == "" {
		if k, ok := finding.Lookup(p.Kind); ok {
			p.Hint = k.Do
		}
		if r.nowhere(id, p) {
			p.Hint = "this may not be the address of the metadata, the folder with timestamp.json; if it is, publish the file"
		}
	}
	if r.vain(id) {
		r.move(id, Skipped, "asked for ahead, and not to be had: "+p.Text, nil, 0)
		return
	}
	it := r.item(id)
	absent := p.Kind == finding.Missing
	if it.optional && (absent || statusOf(p) == http.StatusForbidden) {
		// The walk says in its own words what this absence means. Servers that may
		// not list their files answer 403 for one that is not there.
		r.move(id, Verifying, "", nil, 0)
	} else {
		r.move(id, Failed, p.Text, p, 0)
	}
	if it.kind == Metadata {
		r.deliver(id, trust.Answer{Absent: absent, Status: statusOf(p), Reason: p.Text})
	}
}

// mismatched is a target whose bytes are complete and not the signed ones.
func (r *run) mismatched(id ItemID, bad *mismatch, resumed bool) {
	p := &Problem{
		Kind: finding.WrongHash, Text: bad.algorithm + " differs from the signed hash",
		Evidence: map[string]string{bad.algorithm + " want": bad.want, bad.algorithm + " got": bad.got},
	}
	if !r.lookAgain(id, p, resumed) && !r.unproved(id, resumed) {
		r.fail(id, p)
	}
}
