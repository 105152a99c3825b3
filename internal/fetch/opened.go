package fetch

import (
	"maps"
	"net"
	"sync"
	"sync/atomic"
)

// opened counts connections by the peer's address. A nil one counts nothing.
type opened struct {
	mu sync.Mutex
	n  map[string]int
}

// count takes what a dial came to and gives it back, counted until it is closed.
func (o *opened) count(conn net.Conn, err error) (net.Conn, error) {
	if err != nil || o == nil {
		return conn, err
	}
	address := ""
	if a := conn.RemoteAddr(); a != nil {
		address = a.String()
	}
	o.add(address, 1)
	return &countedConn{Conn: conn, address: address, closed: sync.OnceFunc(func() { o.add(address, -1) })}, nil
}

func (o *opened) add(address string, by int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.n == nil {
		o.n = map[string]int{}
	}
	if o.n[address] += by; o.n[address] == 0 {
		delete(o.n, address)
	}
}

// countedConn is a connection that says when it is closed.
type countedConn struct {
	net.Conn
	address string // the peer's
	closed  func()
	lost    atomic.Bool
}

// Close closes the connection; it may be called more than once.
func (c *countedConn) Close() error {
	defer c.closed()
	return c.Conn.Close()
}

// giveUpIfLost closes a connection on which nothing is acknowledged any more, and
// tells whether it was one. A request that is cancelled does not end its HTTP/2
// connection, so without this the next attempt would be made over it too, and wait
// until net/http has noticed. What else was asked for on it is asked for again (see
// roundTrip), and bodies break off.
func (c *countedConn) giveUpIfLost() bool {
	if c == nil {
		return false
	}
	if f, ok := socketOf(c).Facts(); !ok || !f.lost() {
		return false
	}
	c.lost.Store(true)
	_ = c.Close() // below TLS, which would first say goodbye
	return true
}

// isLost tells whether it was given up.
func (c *countedConn) isLost() bool { return c != nil && c.lost.Load() }

// countedOf finds the counted connection below TLS, or nil.
func countedOf(c net.Conn) *countedConn {
	for range 4 {
		if counted, ok := c.(*countedConn); ok {
			return counted
		}
		inner, ok := c.(interface{ NetConn() net.Conn })
		if !ok {
			return nil
		}
		c = inner.NetConn()
	}
	return nil
}

// NetConn gives the connection below, as that of crypto/tls does.
func (c *countedConn) NetConn() net.Conn { return c.Conn }

// Connections gives how many connections are up, busy or idle, by the peer's
// "IP:port". Those of investigations do not count.
func (c *Client) Connections() map[string]int {
	c.open.mu.Lock()
	defer c.open.mu.Unlock()
	return maps.Clone(c.open.n)
}
