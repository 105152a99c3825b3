package fetch

import (
	"context"
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"net/url"
	"sync"
	"time"
)

// watch follows one Get: it turns httptrace's hooks into phases, and ends the
// dials of a Get that is cancelled.
//
// Hooks run on the goroutines of the transport, in any order, and also after the
// Get has returned. So phases only move forward, and nothing is reported after
// end. A redirect stays in the phase that the first answer had reached.
//
// It is also the context of the Get's requests, which saves allocations and lets
// the dialer find it.
type watch struct {
	context.Context
	trace Trace
	looks SocketTrace // the trace, or nil if it does not look at sockets
	hooks httptrace.ClientTrace

	mu      sync.Mutex // held while Trace.Enter is called: its calls come in order
	phase   Phase
	address string
	reused  bool
	http2   bool
	ended   bool
	aborted bool
	// What the transport does for the current request before it can be sent.
	viaProxy   bool // the peer is a proxy
	tunnel     bool // CONNECT or SOCKS, through a proxy
	handshakes int  // TLS handshakes on a new connection: the proxy's, the server's
	shaken     int  // how many of them are done
	direct     bool // the last of them is with the server
	dials      []*dialState
	sending    net.Conn     // has a deadline for writing the request
	shared     *countedConn // the HTTP/2 connection that the request goes over, or nil
}

// dialState is a connection on its way up.
type dialState struct {
	cancel context.CancelFunc // nil once the dial has returned
	conn   net.Conn           // nil before that
	kept   bool               // the Get went on with another connection: this one goes to the pool
}

type watchKey struct{}

func newWatch(ctx context.Context, tr Trace) *watch {
	w := &watch{Context: ctx, trace: tr}
	w.looks, _ = tr.(SocketTrace)
	// The hooks are few on purpose: each costs every Get an allocation.
	w.hooks = httptrace.ClientTrace{
		DNSStart:             w.dnsStart,
		ConnectStart:         w.connecting,
		TLSHandshakeStart:    w.handshakeStart,
		TLSHandshakeDone:     w.handshakeDone,
		GotConn:              w.gotConn,
		WroteHeaders:         w.wroteHeaders,
		WroteRequest:         w.wroteRequest,
		GotFirstResponseByte: w.firstByte,
	}
	return w
}

// Value finds the watch, and otherwise what the caller's context has.
func (w *watch) Value(key any) any {
	if key == (watchKey{}) {
		return w
	}
	return w.Context.Value(key)
}

// enter reports a phase if it is later than all before.
func (w *watch) enter(p Phase) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.enterLocked(p)
}

func (w *watch) enterLocked(p Phase) {
	if w.ended || p <= w.phase {
		return
	}
	w.phase = p
	w.trace.Enter(Mark{Phase: p, Address: w.address, Reused: w.reused})
}

// at gives the phase reached.
func (w *watch) at() Phase {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.phase
}

// proxied tells whether the last request went through a proxy's tunnel.
func (w *watch) proxied() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.tunnel
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

// route notes how the next request travels.
func (w *watch) route(scheme string, proxy *url.URL) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.viaProxy, w.shared = proxy != nil, nil
	w.tunnel, w.handshakes, w.shaken, w.direct = false, 0, 0, scheme == "https"
	if proxy != nil {
		w.tunnel = scheme == "https" || proxy.Scheme == "socks5" || proxy.Scheme == "socks5h"
		if proxy.Scheme == "https" {
			w.handshakes++
		}
	}
	if w.direct {
		w.handshakes++
	}
}

// dialling begins a dial that abort can end.
func (w *watch) dialling(cancel context.CancelFunc) *dialState {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := &dialState{cancel: cancel}
	if w.aborted {
		cancel()
		return d
	}
	w.dials = append(w.dials, d)
	return d
}

// undialled ends a dial that failed.
func (w *watch) undialled(d *dialState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dropLocked(d)
}

// dialled ends a dial that succeeded. If false, the Get was cancelled meanwhile.
func (w *watch) dialled(d *dialState, conn net.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.aborted {
		return false
	}
	d.cancel, d.conn = nil, conn
	if w.handshakes == 0 && !w.tunnel {
		w.dropLocked(d)
		return true
	}
	if w.tunnel {
		// Without this, net/http waits a minute for CONNECT and for ever for SOCKS.
		_ = conn.SetDeadline(time.Now().Add(phaseTable[Proxy].Limit))
	}
	if w.tunnel || w.handshakes == 2 || !w.direct {
		w.enterLocked(Proxy)
	}
	return true
}

func (w *watch) dropLocked(d *dialState) {
	for i, other := range w.dials {
		if other == d {
			w.dials = append(w.dials[:i], w.dials[i+1:]...)
			return
		}
	}
}

func (w *watch) dnsStart(httptrace.DNSStartInfo) { w.enter(DNS) }

func (w *watch) connecting(_, address string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.phase <= Connect {
		w.address = address
	}
	w.enterLocked(Connect)
}

// attempting hands out the socket of a connection attempt. It is called by the
// dialer, after the hook for the same address.
func (w *watch) attempting(s *Socket) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.looks == nil || w.ended || w.phase > Connect {
		return
	}
	s.Proxied = w.viaProxy
	w.looks.Socket(s)
}

// gotSocketLocked hands out the socket that the request goes over.
func (w *watch) gotSocketLocked(conn net.Conn) {
	if w.looks == nil || w.ended {
		return
	}
	if s := socketOf(conn); s != nil {
		s.Address, s.Proxied, s.HTTP2, s.Reused = w.address, w.viaProxy, w.http2, w.reused
		w.looks.Socket(s)
	}
}

// handshakeStart is called for an https proxy too, before CONNECT.
func (w *watch) handshakeStart() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.direct || w.shaken+1 < w.handshakes {
		return
	}
	for _, d := range w.dials {
		if d.conn != nil && w.tunnel {
			_ = d.conn.SetDeadline(time.Time{}) // the tunnel stands; TLS has its own limit
		}
	}
	w.enterLocked(TLS)
}

func (w *watch) handshakeDone(tls.ConnectionState, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.shaken++; w.shaken < w.handshakes {
		return
	}
	w.establishedLocked()
}

// establishedLocked forgets the connections that are up: abort must not close
// what may be another Get's by now.
func (w *watch) establishedLocked() {
	dials := w.dials[:0]
	for _, d := range w.dials {
		if d.conn == nil {
			dials = append(dials, d)
		}
	}
	w.dials = dials
}

func (w *watch) gotConn(info httptrace.GotConnInfo) {
	http2 := false
	if c, ok := info.Conn.(*tls.Conn); ok {
		http2 = c.ConnectionState().NegotiatedProtocol == "h2"
	}
	address := peerOf(info.Conn)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.tunnel && !w.direct {
		// SOCKS to an http server: no later hook says that the tunnel stands.
		_ = info.Conn.SetDeadline(time.Time{})
		w.establishedLocked()
	}
	for _, d := range w.dials {
		d.kept = true
	}
	if w.shared = nil; http2 {
		w.shared = countedOf(info.Conn)
	}
	if info.Reused && w.shared.giveUpIfLost() {
		return // the request is not sent, and is made again
	}
	w.address, w.reused, w.http2 = address, info.Reused, http2
	if !http2 {
		// net/http would wait for ever. HTTP/2 has a limit of its own. WroteRequest
		// is called before the last flush, so only the answer ends this.
		w.sending = info.Conn
		_ = info.Conn.SetWriteDeadline(time.Now().Add(phaseTable[Send].Limit))
	}
	w.gotSocketLocked(info.Conn)
	w.enterLocked(Send)
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

// wroteHeaders counts for HTTP/2 only, where WroteRequest may come after the
// answer. HTTP/1 calls it before the header has left the buffer.
func (w *watch) wroteHeaders() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.http2 && !w.shared.isLost() {
		w.enterLocked(Headers)
	}
}

func (w *watch) wroteRequest(info httptrace.WroteRequestInfo) {
	if info.Err == nil {
		w.enter(Headers)
	}
}

func (w *watch) firstByte() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.sending != nil {
		_ = w.sending.SetWriteDeadline(time.Time{})
		w.sending = nil
	}
	w.enterLocked(Headers)
}
