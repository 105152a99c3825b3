package engine

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// attempt is one try at one item. The worker writes to it through the methods of
// fetch.Trace; the control loop samples it once a tick, so that a hook that fires
// late or on another goroutine can neither block nor touch a later attempt.
type attempt struct {
	item     ItemID
	n        int
	hub      *hub // for its clock
	hostName string
	cancel   context.CancelCauseFunc

	last atomic.Int64 // time since start of the latest byte or phase, in nanoseconds
	done atomic.Int64 // bytes

	mu       sync.Mutex
	marks    [fetch.NumPhases]phaseMark
	nmarks   int
	response *fetch.Response

	// Owned by the control loop:
	started  time.Duration
	emitted  int  // marks that have been published
	answered bool // response has been published
	meter    meter
	leaveBy  time.Duration // when leaving: the moment at which it is given up
	lost     bool          // given up
}

type phaseMark struct {
	fetch.Mark
	at time.Duration
}

// Enter is part of fetch.Trace.
func (a *attempt) Enter(m fetch.Mark) {
	now := a.hub.now()
	a.mu.Lock()
	if a.nmarks < len(a.marks) && (a.nmarks == 0 || a.marks[a.nmarks-1].Phase < m.Phase) {
		a.marks[a.nmarks] = phaseMark{m, now}
		a.nmarks++
	}
	a.mu.Unlock()
	a.last.Store(int64(now))
}

// Respond is part of fetch.Trace.
func (a *attempt) Respond(r fetch.Response) {
	a.mu.Lock()
	a.response = &r
	a.mu.Unlock()
}

// Got is part of fetch.Trace.
func (a *attempt) Got(n int) {
	if n <= 0 {
		return // nothing came, and nothing is no sign of life
	}
	a.done.Add(int64(n))
	a.last.Store(int64(a.hub.now()))
}

// phase is the latest phase and when it began.
func (a *attempt) phase() phaseMark {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.nmarks == 0 {
		return phaseMark{fetch.Mark{Phase: fetch.Pool}, a.started}
	}
	return a.marks[a.nmarks-1]
}

// silence is how long nothing has happened.
func (a *attempt) silence(now time.Duration) time.Duration {
	return max(0, now-time.Duration(a.last.Load()))
}

// discount takes d out of the silence, up to the present.
func (a *attempt) discount(d, now time.Duration) {
	a.last.Store(int64(min(now, time.Duration(a.last.Load())+d)))
}

// report is how an attempt ended, from its worker to the control loop.
type report struct {
	a     *attempt
	bytes []byte // of a metadata file
	n     int64
	bad   *mismatch // target bytes that are not the signed ones
	err   error
	fault *InspectorFault
}

// work makes the attempt, on a goroutine of its own, and reports exactly once.
func (r *run) work(ctx context.Context, a *attempt, req fetch.Request, hashes []trust.Hash) {
	rep := report{a: a}
	if hashes == nil {
		var buf bytes.Buffer
		rep.n, rep.err = r.cfg.Source.Get(ctx, req, &buf, a)
		rep.bytes = buf.Bytes()
		if rep.bytes == nil {
			rep.bytes = []byte{}
		}
	} else {
		d := r.digests.get(hashes)
		rep.n, rep.err = r.cfg.Source.Get(ctx, req, d, a)
		switch {
		case rep.err != nil:
			// The source may still be writing, after a cancel: the digest is not used again.
		case d.n != req.Length:
			rep.err = &fetch.Error{Kind: finding.WrongLength, Text: fmt.Sprintf("%d bytes came, and %d are signed", d.n, req.Length)}
		default:
			a.Enter(fetch.Mark{Phase: fetch.Verify})
			rep.bad = d.compare(hashes)
			r.digests.put(d)
		}
	}
	if rep.err != nil {
		_ = rep.err.Error() // one that cannot be read is to fail here, and not in the loop
	}
	r.send(rep)
}

// send hands a report to the control loop, unless the run is over.
func (r *run) send(rep report) {
	select {
	case r.reports <- rep:
	case <-r.over:
	}
}
