package fetch

import (
	"context"
	"net"
	"net/http/httptrace"
	"net/url"
	"sync"

	"example.com/tufinspect/internal/safe"
)

// watch follows one Get: it turns httptrace's hooks into phases, and ends the
// dials of a Get that is cancelled.
//
// Hooks run on the goroutines of the transport, in any order, and also after the
// Get has returned. So the phases that Trace.Enter hears of only move forward, and
// nothing is reported after end. Each request has a leg of its own, whose phases begin
// anew: behind a redirect another host is asked.
type watch struct {
	context.Context
	trace Trace
	looks SocketTrace // the trace, or nil if it does not look at sockets
	hops  HopTrace    // the trace, or nil if it does not follow redirects
	first leg         // a part of it, because most Gets have no other
	hooks httptrace.ClientTrace

	mu       sync.Mutex // held while the trace is called: its calls come in order
	leg      *leg       // the latest
	furthest Phase      // of all legs
	ended    bool
	aborted  bool
	dials    []*dialState
	sending  net.Conn     // has a deadline for writing the request
	shared   *countedConn // the HTTP/2 connection that the request goes over, or nil
}

// dialState is a connection on its way up.
type dialState struct {
	leg    *leg               // whose request asked for it
	cancel context.CancelFunc // nil once the dial has returned
	conn   net.Conn           // nil before that
	kept   bool               // the Get went on with another connection: this one goes to the pool
}

func newWatch(ctx context.Context, tr Trace) *watch {
	w := &watch{Context: ctx, trace: tr}
	w.first.watch, w.leg = w, &w.first
	w.looks, _ = tr.(SocketTrace)
	w.hops, _ = tr.(HopTrace)
	w.hooks = w.first.hooks()
	return w
}

// begin gives the context of the first request.
func (w *watch) begin() context.Context { return httptrace.WithClientTrace(&w.first, &w.hooks) }

// redirected begins the leg to an address that a redirect leads to, and gives the
// context of its request. What earlier legs have asked for goes on and is not heard of.
func (w *watch) redirected(to *url.URL) context.Context {
	l := &leg{watch: w, to: to, shown: safe.URL(to.String())}
	hooks := l.hooks()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leg = l
	l.enterLocked(Pool)
	return httptrace.WithClientTrace(l, &hooks)
}

// enter reports a phase of the latest leg if it is later than all before.
func (w *watch) enter(p Phase) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.leg.enterLocked(p)
}

// at gives the phase that the latest request has reached.
func (w *watch) at() Phase {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.leg.phase
}

// behind gives the host that the latest redirect has led to, or "".
func (w *watch) behind() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.leg.to == nil {
		return ""
	}
	return hostOf(w.leg.to)
}

// proxied tells whether the last request went through a proxy's tunnel.
func (w *watch) proxied() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.leg.tunnel
}

// end makes the watch fall silent.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
}

// abort ends what the Get is still dialling: the Get was cancelled, and nobody
// else waits for that connection.
func (w *watch) abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.aborted = true
	for _, d := range w.dials {
		switch {
		case d.cancel != nil:
			d.cancel()
		case !d.kept:
			d.conn.Close()
		}
	}
	w.dials = nil
	w.shared.giveUpIfLost()
}

// givenUp tells whether the connection of the last request has been given up.
func (w *watch) givenUp() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.shared.isLost()
}

func (w *watch) dropLocked(d *dialState) {
	for i, other := range w.dials {
		if other == d {
			w.dials = append(w.dials[:i], w.dials[i+1:]...)
			return
		}
	}
}

// peerOf is the address at the other end of a connection, or "".
func peerOf(conn net.Conn) string {
	if c := countedOf(conn); c != nil {
		return c.address
	}
	if a := conn.RemoteAddr(); a != nil {
		return a.String()
	}
	return ""
}
