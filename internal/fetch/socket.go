package fetch

import (
	"context"
	"fmt"
	"net"
	"syscall"
	"time"
)

// SocketTrace is a Trace that also wants to look at the connection in use.
type SocketTrace interface {
	Trace
	// Socket hands out the connection that the Get uses from now on: one for each
	// connection attempt, while it is still unanswered, and again when the Get has
	// got its connection, new or used before. It must not block. Connections that
	// are not the system's (Options.DialContext) are handed out if they are Tellers.
	Socket(*Socket)
}

// Socket is a connection that can be asked for its state. It keeps nothing open,
// and it may be used from any goroutine, also when the connection has been
// closed.
type Socket struct {
	Address string // the peer's: the server's, or the proxy's
	Proxied bool   // the peer is a proxy
	HTTP2   bool   // several Gets may share it
	Reused  bool   // another Get used it before
	raw     syscall.RawConn
	teller  Teller // in place of raw
}

// Teller is a connection that knows by itself what a system would say of it. It is
// for networks in memory, which no system knows: a connection that Options.
// DialContext gives, or one within it (NetConn), may be one.
type Teller interface {
	// Facts is called from any goroutine, also when the connection has been closed,
	// and must not block. It is false when there is nothing to tell.
	Facts() (Facts, bool)
}

// Attempting hands out a connection of a network in memory while its dial is still
// under way, as the dialer of sockets does by itself. It is for Options.DialContext,
// with the context that was handed to it, and comes after the hook ConnectStart for
// the same address.
func Attempting(ctx context.Context, address string, t Teller) {
	if l := legOf(ctx); l != nil {
		l.attempting(&Socket{Address: address, teller: t})
	}
}

// Facts asks the system for the state of the connection. It is false when the
// connection has been closed, and on systems that do not tell. It takes a few
// microseconds and does not block.
func (s *Socket) Facts() (Facts, bool) {
	switch {
	case s == nil:
	case s.teller != nil:
		return s.teller.Facts()
	case s.raw != nil:
		return socketFacts(s.raw)
	}
	return Facts{}, false
}

// TCPState is the state of a TCP connection (RFC 9293, 3.3.2), with the numbers
// that Linux uses.
type TCPState uint8

// The states that decide something here.
const (
	Established TCPState = 1
	SynSent     TCPState = 2
	CloseWait   TCPState = 8 // the peer has closed its side
	closing     TCPState = 11
)

var tcpStates = [closing + 1]string{
	"", "ESTABLISHED", "SYN-SENT", "SYN-RECEIVED", "FIN-WAIT-1", "FIN-WAIT-2", "TIME-WAIT",
	"CLOSED", "CLOSE-WAIT", "LAST-ACK", "LISTEN", "CLOSING",
}

// String gives the name that RFC 9293 uses.
func (s TCPState) String() string {
	if int(s) < len(tcpStates) && s != 0 {
		return tcpStates[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// Facts are what the system knows of a connection at one moment. A number that an
// old kernel does not tell is 0.
type Facts struct {
	State TCPState

	// What was sent.
	Unacked          uint32 // segments that the peer has not acknowledged
	Retransmits      uint32 // of the segment at the head of the queue, in a row
	TotalRetransmits uint32 // since the connection began
	Backoff          uint32 // how often the time-out was doubled, in a row
	Probes           uint32 // keep-alive or window probes without an answer, in a row
	NotSent          uint32 // bytes that wait in our own buffer
	BytesAcked       uint64
	SendWindow       uint32 // bytes that the peer would take

	// What was received.
	Unread        int    // bytes that wait in our socket buffer for a read
	BytesReceived uint64 // in order
	OutOfOrder    uint32 // packets that came before an earlier one, since the connection began
	LargestPacket uint32 // payload of the largest packets that have come, in bytes, as the kernel guesses it
	ReceiveWindow uint32 // bytes that we have offered to take
	ReceiveSpace  uint32 // bytes that the kernel means to offer

	RTT time.Duration // round trip, smoothed
	RTO time.Duration // after which the kernel sends again

	// How long ago; negative when it never happened or means nothing in this state.
	LastDataSent     time.Duration
	LastDataReceived time.Duration
	LastAckReceived  time.Duration
}

// read gives how many bytes were ever taken out of the socket by us.
func (f *Facts) read() int64 { return int64(f.BytesReceived) - int64(f.Unread) }

// lost tells whether nothing is acknowledged any more, and was asked for so often
// that it is no accident.
func (f *Facts) lost() bool {
	return f.Unacked > 0 && max(f.Retransmits, f.Backoff) >= manySends ||
		f.Probes >= 2 && f.LastAckReceived > goneAfter
}

// prepareSocket sets what the dialer cannot, and hands the socket out while the
// attempt to connect is under way.
func prepareSocket(ctx context.Context, network, address string, c syscall.RawConn) error {
	if l := legOf(ctx); l != nil {
		l.attempting(&Socket{Address: address, raw: c})
	}
	return setUnackedLimit(network, address, c)
}

// socketOf finds the connection below TLS that can be asked, or nil.
func socketOf(c net.Conn) *Socket {
	for range 4 { // TLS to a server within TLS to a proxy is two
		if t, ok := c.(Teller); ok {
			return &Socket{teller: t}
		}
		if inner, ok := c.(interface{ NetConn() net.Conn }); ok {
			c = inner.NetConn()
			continue
		}
		if s, ok := c.(syscall.Conn); ok {
			if raw, err := s.SyscallConn(); err == nil {
				return &Socket{raw: raw}
			}
		}
		return nil
	}
	return nil
}
