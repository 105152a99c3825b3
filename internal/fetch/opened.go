package fetch

import (
	"maps"
	"net"
	"sync"
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
	return &countedConn{Conn: conn, closed: sync.OnceFunc(func() { o.add(address, -1) })}, nil
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
	closed func()
}

// Close closes the connection; it may be called more than once.
func (c *countedConn) Close() error {
	defer c.closed()
	return c.Conn.Close()
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
