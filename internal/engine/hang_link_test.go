package engine

import (
	"bytes"
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"example.com/tufinspect/internal/fetch"
)

// link is a TCP connection in memory, with what a kernel would know of it. Its
// buffers take all that is written, as those of a kernel do, whether anybody reads
// or not. Nothing on it takes time but what is broken.
type link struct {
	closed func() // called once, when the client's end is closed

	mu       sync.Mutex
	changed  sync.Cond
	up, down direction // to the server, to the client
	sent     time.Time // the client's latest bytes
	received time.Time // the latest bytes that came to the client
	cutAt    time.Time // since when nothing passes any more; zero: it does
	unacked  time.Time // the client's first bytes after that

	narrow     bool // segments of full size do not pass
	hole       bool // one of them is missing
	outOfOrder uint32
	deaf       bool // the client takes the answer's header, a few bytes of its body, and no more
}

// direction is one half of a link, as its reader sees it.
type direction struct {
	buf      []byte
	read     int64 // bytes taken out
	limit    int64 // bytes that may be taken out; 0: all
	ended    bool  // the writer has closed
	gone     bool  // the reader has closed
	deadline time.Time
	timer    *time.Timer
}

const (
	segment     = 536 // bytes, the smallest that every path has to carry in full (RFC 9293, 3.7.1)
	window      = 64 << 10
	firstRTO    = 200 * time.Millisecond
	probeEvery  = 5 * time.Second // keep-alive, as fetch sets it
	takenOfBody = 8               // bytes that a client takes that then stops
)

func newLink(closed func()) (l *link, client, server net.Conn) {
	now := time.Now()
	l = &link{closed: closed, sent: now, received: now}
	l.changed.L = &l.mu
	return l, &clientEnd{end{l, &l.down, &l.up}}, &end{l, &l.up, &l.down}
}

// cut lets nothing pass from now on, in neither direction and without a word.
func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cutAt.IsZero() {
		l.cutAt = time.Now()
	}
}

// end is one of the two ends of a link.
type end struct {
	*link
	in, out *direction
}

// clientEnd is the end that tells facts.
type clientEnd struct{ end }

var _ fetch.Teller = (*clientEnd)(nil)

func (e *end) Read(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for {
		n := int64(len(e.in.buf))
		if e.in.limit > 0 {
			n = min(n, e.in.limit-e.in.read)
		}
		switch {
		case e.in.gone:
			return 0, net.ErrClosed
		case expired(e.in.deadline):
			return 0, os.ErrDeadlineExceeded
		case n > 0:
			n := copy(p, e.in.buf[:n])
			e.in.buf = e.in.buf[n:]
			e.in.read += int64(n)
			return n, nil
		case e.in.ended && len(e.in.buf) == 0:
			return 0, io.EOF
		}
		e.changed.Wait()
	}
}

// Write is the server's.
func (e *end) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.in.gone:
		return 0, net.ErrClosed
	case e.out.gone && e.cutAt.IsZero():
		return 0, syscall.EPIPE
	}
	for rest := p; len(rest) > 0; {
		s := rest[:min(segment, len(rest))]
		rest = rest[len(s):]
		switch {
		case !e.cutAt.IsZero():
		case e.narrow && len(s) == segment:
			e.hole = true
		case e.hole:
			e.outOfOrder++
		default:
			e.out.buf = append(e.out.buf, s...)
			e.received = time.Now()
		}
	}
	if e.deaf && e.out.limit == 0 {
		if i := bytes.Index(e.out.buf, []byte("\r\n\r\n")); i >= 0 {
			e.out.limit = e.out.read + int64(i) + 4 + takenOfBody
		}
	}
	e.changed.Broadcast()
	return len(p), nil
}

// Write is the client's.
func (e *clientEnd) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sent = time.Now()
	switch {
	case e.in.gone:
		return 0, net.ErrClosed
	case !e.cutAt.IsZero():
		if e.unacked.IsZero() {
			e.unacked = e.sent
		}
	case e.out.gone:
		return 0, syscall.EPIPE
	default:
		e.out.buf = append(e.out.buf, p...)
		e.changed.Broadcast()
	}
	return len(p), nil
}

// Close tells the other end, if it can be reached.
func (e *end) Close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.in.gone = true
	if e.cutAt.IsZero() {
		e.out.ended = true
	}
	if e.in.timer != nil {
		e.in.timer.Stop()
	}
	e.changed.Broadcast()
	return nil
}

func (e *clientEnd) Close() error {
	e.closed()
	return e.end.Close()
}

func (e *end) LocalAddr() net.Addr  { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 100), Port: 40000} }
func (e *end) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443} }

func (e *end) SetReadDeadline(at time.Time) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.in.timer != nil {
		e.in.timer.Stop()
	}
	if e.in.deadline = at; !at.IsZero() && !e.in.gone {
		e.in.timer = time.AfterFunc(time.Until(at), func() {
			e.mu.Lock()
			defer e.mu.Unlock()
			e.changed.Broadcast()
		})
	}
	e.changed.Broadcast()
	return nil
}

// SetWriteDeadline has no effect: a write never waits.
func (e *end) SetWriteDeadline(time.Time) error { return nil }

func (e *end) SetDeadline(at time.Time) error { return e.SetReadDeadline(at) }

func expired(at time.Time) bool { return !at.IsZero() && !at.After(time.Now()) }

// Facts says what Linux would: what is sent is acknowledged at once as long as
// anything passes, what is not is sent again after ever longer waits, and a
// connection without bytes on their way is probed every five seconds.
func (e *clientEnd) Facts() (fetch.Facts, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.in.gone {
		return fetch.Facts{}, false
	}
	now := time.Now()
	f := fetch.Facts{
		State: fetch.Established, SendWindow: window, ReceiveWindow: window, OutOfOrder: e.outOfOrder, LargestPacket: segment,
		Unread: len(e.in.buf), BytesReceived: uint64(e.in.read) + uint64(len(e.in.buf)), BytesAcked: 1,
		RTT: 20 * time.Millisecond, RTO: firstRTO, LastDataReceived: -1, LastDataSent: now.Sub(e.sent),
	}
	if f.BytesReceived > 0 {
		f.LastDataReceived = now.Sub(e.received)
	}
	if e.deaf && f.Unread > 0 {
		f.ReceiveWindow = 0
	}
	quiet := e.received
	if e.sent.After(quiet) && e.unacked.IsZero() {
		quiet = e.sent
	}
	probes := now.Sub(quiet) / probeEvery
	switch {
	case e.cutAt.IsZero():
		f.LastAckReceived = now.Sub(quiet) % probeEvery
	case e.unacked.IsZero():
		f.LastAckReceived, f.Probes = now.Sub(quiet), uint32(probes)
	default:
		f.LastAckReceived, f.Unacked = now.Sub(quiet), 1
		f.Backoff = resent(now.Sub(e.unacked), firstRTO)
		f.Retransmits = f.Backoff
	}
	return f, true
}

// resent is how often a segment without an answer has been sent again.
func resent(since, first time.Duration) uint32 {
	n := uint32(0)
	for at := first; at <= since; at += first << n {
		n++
	}
	return n
}

// unanswered is a SYN that nobody answers.
type unanswered struct{ since time.Time }

func (u unanswered) Facts() (fetch.Facts, bool) {
	n := resent(time.Since(u.since), time.Second)
	return fetch.Facts{State: fetch.SynSent, Unacked: 1, Retransmits: n, TotalRetransmits: n, Backoff: n, LastDataSent: -1, LastDataReceived: -1, LastAckReceived: -1}, true
}
