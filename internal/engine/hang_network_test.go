package engine

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"

	"example.com/tufinspect/internal/fetch"
)

// hangNetwork is a network in memory with one server. It does to the connections
// that are dialled for one file what a play says, until it is healed.
type hangNetwork struct {
	play     *play
	sick     string // the file's name, as fileOf gives it
	accepted chan net.Conn
	done     chan struct{} // closed when nothing is accepted any more

	mu     sync.Mutex
	healed bool
	open   int       // links whose client's end is open, and dials under way
	left   time.Time // when the last of them that was for the file went
}

func newHangNetwork(p *play, sick string) *hangNetwork {
	return &hangNetwork{play: p, sick: sick, accepted: make(chan net.Conn), done: make(chan struct{})}
}

// fileOf is the key by which a context says for which file a connection is dialled.
type fileOf struct{}

// isSick tells whether what is done for this file is to be sick now.
func (n *hangNetwork) isSick(file string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return file == n.sick && !n.healed
}

// heal makes all that is dialled from now on well.
func (n *hangNetwork) heal() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.healed = true
}

// count counts something that is open, and gives what ends it.
func (n *hangNetwork) count(file string) (closed func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.open++
	return sync.OnceFunc(func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.open--
		if file == n.sick {
			n.left = time.Now()
		}
	})
}

func (n *hangNetwork) counted() (open int, left time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.open, n.left
}

// DialContext connects, with the hooks that net.Dialer calls.
func (n *hangNetwork) DialContext(ctx context.Context, _, address string) (net.Conn, error) {
	file, _ := ctx.Value(fileOf{}).(string)
	sick := n.isSick(file)
	closed := n.count(file)
	hooks := httptrace.ContextClientTrace(ctx)
	hooks.DNSStart(httptrace.DNSStartInfo{Host: address})
	if sick && n.play.resolver {
		<-ctx.Done()
		closed()
		return nil, context.Cause(ctx)
	}
	hooks.ConnectStart("tcp", address)
	if sick && n.play.syn {
		fetch.Attempting(ctx, address, unanswered{time.Now()})
		<-ctx.Done()
		closed()
		return nil, context.Cause(ctx)
	}
	l, client, server := newLink(closed)
	fetch.Attempting(ctx, address, client.(fetch.Teller))
	if sick && n.play.link != nil {
		n.play.link(l)
	}
	if sick && n.play.unserved {
		return client, nil // a kernel has taken the connection, and no process does
	}
	if n.play.proxy {
		go n.tunnel(server)
		return client, nil
	}
	if !n.hand(server) {
		client.Close()
		return nil, net.ErrClosed
	}
	return client, nil
}

// hand gives a connection to the server.
func (n *hangNetwork) hand(c net.Conn) bool {
	select {
	case n.accepted <- c:
		return true
	case <-n.done:
		return false
	}
}

// tunnel takes a proxy's part: after its consent the connection is the server's.
func (n *hangNetwork) tunnel(c net.Conn) {
	if req, err := http.ReadRequest(bufio.NewReader(c)); err != nil || req.Method != http.MethodConnect {
		c.Close()
		return
	}
	_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
	if !n.hand(c) {
		c.Close()
	}
}

// Accept is part of net.Listener.
func (n *hangNetwork) Accept() (net.Conn, error) {
	select {
	case c := <-n.accepted:
		return c, nil
	case <-n.done:
		return nil, net.ErrClosed
	}
}

// Addr is part of net.Listener.
func (n *hangNetwork) Addr() net.Addr { return &net.TCPAddr{} }

// Close is part of net.Listener.
func (n *hangNetwork) Close() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	select {
	case <-n.done:
	default:
		close(n.done)
	}
	return nil
}
