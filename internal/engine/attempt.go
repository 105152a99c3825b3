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
	item   ItemID
	n      int
	hub    *hub // for its clock
	host   *host
	cancel context.CancelCauseFunc

	last   atomic.Int64 // time since start of the latest byte or phase, in nanoseconds
	done   atomic.Int64 // bytes of the file, those of earlier attempts included
	wire   atomic.Int64 // bytes that came in this attempt
	taking atomic.Int64 // since when the sink has been taking bytes, in nanoseconds; 0: it is not

	mu       sync.Mutex
	marks    [fetch.NumPhases]phaseMark
	nmarks   int
	response *fetch.Response
	socket   *fetch.Socket
	heard    fetch.Answer // the latest
	hops     []hop        // redirects to other hosts
	behind   *behind      // the request that a redirect has led to, or nil
	legs     []leg        // all of these requests, in their order

	// Owned by the control loop:
	started     time.Duration
	cuts        int             // the crew's when it began
	answers     int             // its host's when it began
	part        part            // what it goes on with
	emitted     int             // marks that have been published
	told        string          // the address that has been published behind a redirect
	answered    *fetch.Response // the latest that has been published
	meter       meter
	pace        pace
	crawls      bool          // was said to be slow
	slowSince   time.Duration // below the minimum rate since; 0: it is not
	seen        *looks        // nil until it was looked at
	diagnosed   time.Duration // when a diagnosis was last published
	commands    []string
	commandsFor string        // the host and the address that they are for
	bad         bool          // has counted against its host
	advanced    bool          // has brought its item on
	leaveBy     time.Duration // when leaving: the moment at which it is given up
	lost        bool          // given up
}

type phaseMark struct {
	fetch.Mark
	at time.Duration
}

var (
	_ fetch.SocketTrace  = (*attempt)(nil)
	_ fetch.RestartTrace = (*attempt)(nil)
	_ fetch.AnswerTrace  = (*attempt)(nil)
	_ fetch.HopTrace     = (*attempt)(nil)
)

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

// Hop is part of fetch.HopTrace.
func (a *attempt) Hop(h fetch.Hop) {
	now := a.hub.now()
	a.mu.Lock()
	a.behind = &behind{h, now}
	if h.Phase == fetch.Pool {
		a.socket = nil // it is the one of the host before
		l := leg{host: h.Host, url: h.URL, by: a.response}
		if len(a.legs) == 0 {
			l.from = a.connectedLocked()
		}
		a.legs = append(a.legs, l)
	}
	if n := len(a.legs); n > 0 {
		a.legs[n-1].enter(h.Mark, now)
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

// Answered is part of fetch.AnswerTrace.
func (a *attempt) Answered(an fetch.Answer) {
	a.mu.Lock()
	a.heard = an
	if leadsAway(&an) {
		a.hops = append(a.hops, hop{an.Host, an.To})
	}
	a.mu.Unlock()
}

// Got is part of fetch.Trace.
func (a *attempt) Got(n int) {
	if n <= 0 {
		return // nothing came, and nothing is no sign of life
	}
	a.done.Add(int64(n))
	a.wire.Add(int64(n))
	a.last.Store(int64(a.hub.now()))
}

// Socket is part of fetch.SocketTrace.
func (a *attempt) Socket(s *fetch.Socket) {
	a.mu.Lock()
	a.socket = s
	a.mu.Unlock()
}

// Restarted is part of fetch.RestartTrace: the server sends the whole file.
func (a *attempt) Restarted() { a.done.Store(0) }

// behind is the latest phase of a request that a redirect has led to.
type behind struct {
	fetch.Hop
	at time.Duration
}

// phase is the latest phase and when it began: behind a redirect that of the request
// under way, although marks go back to none.
func (a *attempt) phase() phaseMark {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.nmarks == 0 {
		return phaseMark{fetch.Mark{Phase: fetch.Pool}, a.started}
	}
	if b := a.behind; b != nil && a.marks[a.nmarks-1].Phase <= fetch.Body {
		return phaseMark{b.Mark, b.at}
	}
	return a.marks[a.nmarks-1]
}

// redirected is the request that a redirect has led to, or nil.
func (a *attempt) redirected() *behind {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.behind
}

// asked names the host that the request under way is for.
func (a *attempt) asked() string {
	if b := a.redirected(); b != nil {
		return b.Host
	}
	return a.host.name
}

// validator is what the answer of this attempt can be resumed by, or "".
func (a *attempt) validator() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.response == nil {
		return ""
	}
	return a.response.Validator
}

// whole is how long the whole file is by the answer of this attempt, or negative.
func (a *attempt) whole() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.heard.Status == 0 {
		return -1
	}
	return a.heard.Whole
}

// announced is how long the answer says that the file is, or negative.
func (a *attempt) announced() int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.response == nil {
		return -1
	}
	return a.response.Length
}

// silence is how long nothing has happened.
func (a *attempt) silence(now time.Duration) time.Duration {
	return max(0, now-time.Duration(a.last.Load()))
}

// sinkBusy is for how long the sink has not taken what it was handed.
func (a *attempt) sinkBusy(now time.Duration) time.Duration {
	if since := a.taking.Load(); since > 0 {
		return max(0, now-time.Duration(since))
	}
	return 0
}

// discount takes d out of the silence, up to the present.
func (a *attempt) discount(d, now time.Duration) {
	a.last.Store(int64(min(now, time.Duration(a.last.Load())+d)))
	a.pace.shift(d, now)
	if a.slowSince > 0 {
		a.slowSince = min(now, a.slowSince+d)
	}
}

// report is how an attempt ended, from its worker to the control loop.
type report struct {
	a       *attempt
	bytes   []byte    // of a metadata file
	content *content  // likewise, if it is complete
	rest    *rest     // of a target: what a later attempt can go on with, or nil
	resumed bool      // the bytes are of several attempts
	bad     *mismatch // target bytes that are not the signed ones
	err     error
	fault   *InspectorFault
}

// work makes the attempt, on a goroutine of its own, and reports exactly once. A
// target goes on where from has come to, unless that is nil.
func (r *run) work(ctx context.Context, a *attempt, req fetch.Request, hashes []trust.Hash, from *rest) {
	rep := report{a: a}
	in := &intake{a: a}
	switch {
	case hashes == nil:
		in.buf, in.whole = &bytes.Buffer{}, req.Length
	case from != nil:
		in.digest = from.digest
		req.Offset, req.IfRange = from.digest.n, from.validator
	default:
		in.digest = r.digests.get(hashes)
	}
	rep.err = r.fetch(ctx, a, req, in)
	if d := in.digest; d != nil {
		rep.resumed = from != nil && !in.restarted
		switch {
		case d.fault != nil:
			rep.fault = d.fault
		case rep.err != nil:
			rep.rest = restOf(d, req.Length, a, from, rep.err)
		case d.n != req.Length:
			rep.err = &fetch.Error{Kind: finding.WrongLength, Text: fmt.Sprintf("%d bytes came, and %d are signed", d.n, req.Length)}
		default:
			a.Enter(fetch.Mark{Phase: fetch.Verify})
			rep.bad = d.compare(hashes)
			r.digests.put(d)
		}
	} else {
		if rep.bytes = in.buf.Bytes(); rep.bytes == nil {
			rep.bytes = []byte{}
		}
		if rep.err == nil {
			rep.content = contentOf(rep.bytes)
		}
	}
	if rep.err != nil {
		_ = rep.err.Error() // one that cannot be read is to fail here, and not in the loop
	}
	r.send(rep)
}

// fetch has the Source bring the file. After it the intake takes nothing any more, and
// all that it took is hashed.
func (r *run) fetch(ctx context.Context, a *attempt, req fetch.Request, in *intake) error {
	if d := in.digest; d != nil {
		side, end := r.sides.begin(d.hashes, req.Length)
		d.side = side
		defer end()
	}
	defer in.close()
	_, err := r.cfg.Source.Get(ctx, req, in, a)
	return err
}

// send hands a report to the control loop, unless the run is over.
func (r *run) send(rep report) {
	select {
	case r.reports <- rep:
	case <-r.over:
	}
}
