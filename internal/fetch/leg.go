package fetch

import (
	"context"
	"crypto/tls"
	"net"
	"net/http/httptrace"
	"net/url"
	"time"
)

// leg is one request of a Get: the first one, or one that a redirect has led to. It is
// the context of its request, which saves allocations and lets the dialer find it.
//
// A connection that an earlier leg has asked for may still be on its way up when a
// redirect has led on: its hooks say nothing of the Get any more.
type leg struct {
	*watch
	to    *url.URL // where the redirect led; nil for the first leg
	shown string   // the same for others to see

	// Guarded by the watch.
	phase   Phase
	address string
	reused  bool
	http2   bool
	// What the transport does before the request can be sent.
	viaProxy   bool // the peer is a proxy
	tunnel     bool // CONNECT or SOCKS, through a proxy
	handshakes int  // TLS handshakes on a new connection: the proxy's, the server's
	shaken     int  // how many of them are done
	direct     bool // the last of them is with the server
}

type legKey struct{}

// legOf finds the leg that a context belongs to, or gives nil.
func legOf(ctx context.Context) *leg {
	l, _ := ctx.Value(legKey{}).(*leg)
	return l
}

// Value finds the leg, and otherwise what the caller's context has.
func (l *leg) Value(key any) any {
	if key == (legKey{}) {
		return l
	}
	return l.Context.Value(key)
}

// hooks are few on purpose: each costs every Get an allocation.
func (l *leg) hooks() httptrace.ClientTrace {
	return httptrace.ClientTrace{
		DNSStart:             l.dnsStart,
		ConnectStart:         l.connecting,
		TLSHandshakeStart:    l.handshakeStart,
		TLSHandshakeDone:     l.handshakeDone,
		GotConn:              l.gotConn,
		WroteHeaders:         l.wroteHeaders,
		WroteRequest:         l.wroteRequest,
		GotFirstResponseByte: l.firstByte,
	}
}

// overLocked tells whether nothing that happens to this leg is of interest any more.
func (l *leg) overLocked() bool { return l.ended || l != l.leg }

func (l *leg) enter(p Phase) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.enterLocked(p)
}

// enterLocked reports a phase if it is later than all of this leg before.
func (l *leg) enterLocked(p Phase) {
	if l.overLocked() || p <= l.phase {
		return
	}
	l.phase = p
	m := Mark{Phase: p, Address: l.address, Reused: l.reused}
	if l.hops != nil && l.to != nil {
		l.hops.Hop(Hop{Scheme: l.to.Scheme, Host: hostOf(l.to), URL: l.shown, Mark: m})
	}
	if p > l.furthest {
		l.furthest = p
		l.trace.Enter(m)
	}
}

// route notes how the request travels.
func (l *leg) route(scheme string, proxy *url.URL) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.viaProxy, l.shared = proxy != nil, nil
	l.tunnel, l.handshakes, l.shaken, l.direct = false, 0, 0, scheme == "https"
	if proxy != nil {
		l.tunnel = scheme == "https" || proxy.Scheme == "socks5" || proxy.Scheme == "socks5h"
		if proxy.Scheme == "https" {
			l.handshakes++
		}
	}
	if l.direct {
		l.handshakes++
	}
}

// dialling begins a dial that abort can end.
func (l *leg) dialling(cancel context.CancelFunc) *dialState {
	l.mu.Lock()
	defer l.mu.Unlock()
	d := &dialState{leg: l, cancel: cancel}
	if l.aborted {
		cancel()
		return d
	}
	l.dials = append(l.dials, d)
	return d
}

// undialled ends a dial that failed.
func (l *leg) undialled(d *dialState) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dropLocked(d)
}

// dialled ends a dial that succeeded. If false, the Get was cancelled meanwhile.
func (l *leg) dialled(d *dialState, conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.aborted {
		return false
	}
	d.cancel, d.conn = nil, conn
	if l.handshakes == 0 && !l.tunnel {
		l.dropLocked(d)
		return true
	}
	if l.tunnel {
		// Without this, net/http waits a minute for CONNECT and for ever for SOCKS.
		_ = conn.SetDeadline(time.Now().Add(phaseTable[Proxy].Limit))
	}
	if l.tunnel || l.handshakes == 2 || !l.direct {
		l.enterLocked(Proxy)
	}
	return true
}

func (l *leg) dnsStart(httptrace.DNSStartInfo) { l.enter(DNS) }

func (l *leg) connecting(_, address string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.phase <= Connect {
		l.address = address
	}
	l.enterLocked(Connect)
}

// attempting hands out the socket of a connection attempt. It is called by the
// dialer, after the hook for the same address.
func (l *leg) attempting(s *Socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.looks == nil || l.overLocked() || l.phase > Connect {
		return
	}
	s.Proxied = l.viaProxy
	l.looks.Socket(s)
}

// gotSocketLocked hands out the socket that the request goes over.
func (l *leg) gotSocketLocked(conn net.Conn) {
	if l.looks == nil || l.overLocked() {
		return
	}
	if s := socketOf(conn); s != nil {
		s.Address, s.Proxied, s.HTTP2, s.Reused = l.address, l.viaProxy, l.http2, l.reused
		l.looks.Socket(s)
	}
}

// handshakeStart is called for an https proxy too, before CONNECT.
func (l *leg) handshakeStart() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.direct || l.shaken+1 < l.handshakes {
		return
	}
	for _, d := range l.dials {
		if d.leg == l && d.conn != nil && l.tunnel {
			_ = d.conn.SetDeadline(time.Time{}) // the tunnel stands; TLS has its own limit
		}
	}
	l.enterLocked(TLS)
}

func (l *leg) handshakeDone(tls.ConnectionState, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.shaken++; l.shaken < l.handshakes {
		return
	}
	l.establishedLocked()
}

// establishedLocked forgets the connections of this leg that are up: abort must not
// close what may be another Get's by now.
func (l *leg) establishedLocked() {
	dials := l.dials[:0]
	for _, d := range l.dials {
		if d.leg != l || d.conn == nil {
			dials = append(dials, d)
		}
	}
	l.dials = dials
}

func (l *leg) gotConn(info httptrace.GotConnInfo) {
	http2 := false
	if c, ok := info.Conn.(*tls.Conn); ok {
		http2 = c.ConnectionState().NegotiatedProtocol == "h2"
	}
	address := peerOf(info.Conn)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tunnel && !l.direct {
		// SOCKS to an http server: no later hook says that the tunnel stands.
		_ = info.Conn.SetDeadline(time.Time{})
		l.establishedLocked()
	}
	for _, d := range l.dials {
		d.kept = true
	}
	if l.shared = nil; http2 {
		l.shared = countedOf(info.Conn)
	}
	if info.Reused && l.shared.giveUpIfLost() {
		return // the request is not sent, and is made again
	}
	l.address, l.reused, l.http2 = address, info.Reused, http2
	if !http2 {
		// net/http would wait for ever. HTTP/2 has a limit of its own. WroteRequest
		// is called before the last flush, so only the answer ends this.
		l.sending = info.Conn
		_ = info.Conn.SetWriteDeadline(time.Now().Add(phaseTable[Send].Limit))
	}
	l.gotSocketLocked(info.Conn)
	l.enterLocked(Send)
}

// wroteHeaders counts for HTTP/2 only, where WroteRequest may come after the
// answer. HTTP/1 calls it before the header has left the buffer.
func (l *leg) wroteHeaders() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.http2 && !l.shared.isLost() {
		l.enterLocked(Headers)
	}
}

func (l *leg) wroteRequest(info httptrace.WroteRequestInfo) {
	if info.Err == nil {
		l.enter(Headers)
	}
}

func (l *leg) firstByte() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sending != nil {
		_ = l.sending.SetWriteDeadline(time.Time{})
		l.sending = nil
	}
	l.enterLocked(Headers)
}
