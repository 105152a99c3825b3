package demo

import (
	"io"
	"net"
	"sync"
	"time"
)

// Peer is another server on loopback, to which a sick file is redirected because its
// fault is one of connections and not of answers.
type Peer uint8

// The peers.
const (
	NoPeer     Peer = iota // the file is not redirected
	SilentPeer             // takes connections, reads, and says nothing
	SilentTLS              // the same behind https: the handshake never ends
	FullPeer               // takes no connection, and its queue of them is full
)

// peers are those that a stage has needed so far.
type peers struct {
	silent, full string // their addresses, "" while nobody needs them
	closers      []io.Closer
}

// base gives the address to which a file is redirected, and starts what is there.
func (p *peers) base(which Peer) (string, error) {
	switch which {
	case FullPeer:
		if p.full == "" {
			f, err := newFullPeer()
			if err != nil {
				return "", err
			}
			p.full = f.listener.Addr().String()
			p.closers = append(p.closers, f)
		}
		return "http://" + p.full, nil
	default:
		if p.silent == "" {
			s, err := newSilentPeer()
			if err != nil {
				return "", err
			}
			p.silent = s.listener.Addr().String()
			p.closers = append(p.closers, s)
		}
		if which == SilentTLS {
			return "https://" + p.silent, nil
		}
		return "http://" + p.silent, nil
	}
}

func (p *peers) close() {
	for _, c := range p.closers {
		_ = c.Close()
	}
}

// silentPeer reads what comes and never answers.
type silentPeer struct {
	listener net.Listener
	running  sync.WaitGroup

	mu     sync.Mutex
	closed bool
	conns  map[net.Conn]struct{}
}

func newSilentPeer() (*silentPeer, error) {
	l, err := listen(0)
	if err != nil {
		return nil, err
	}
	s := &silentPeer{listener: l, conns: map[net.Conn]struct{}{}}
	s.running.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if s.keep(c) {
				s.running.Go(func() { s.hear(c) })
			}
		}
	})
	return s, nil
}

// keep notes a connection, or closes one that came too late.
func (s *silentPeer) keep(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		_ = c.Close()
		return false
	}
	s.conns[c] = struct{}{}
	return true
}

// hear reads until the other side gives up, or this one is closed.
func (s *silentPeer) hear(c net.Conn) {
	_, _ = io.Copy(io.Discard, c)
	_ = c.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// Close ends all connections and waits for the goroutines.
func (s *silentPeer) Close() error {
	err := s.listener.Close()
	s.mu.Lock()
	s.closed = true
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
	return err
}

// fullPeer listens and takes no connection. Where the system can be told so its queue
// is one connection long, and that one is there: who comes later gets no answer to
// the attempt. Elsewhere the system connects, and the request is not taken.
type fullPeer struct {
	listener net.Listener
	waiting  []net.Conn
}

func newFullPeer() (*fullPeer, error) {
	l, err := listen(0)
	if err != nil {
		return nil, err
	}
	f := &fullPeer{listener: l}
	if !shortenQueue(l) {
		return f, nil
	}
	const most = 8 // the first fills it, and one of the others is the first without an answer
	dialer := net.Dialer{Timeout: 150 * time.Millisecond}
	for range most {
		c, err := dialer.Dial("tcp", l.Addr().String())
		switch {
		case err == nil:
			f.waiting = append(f.waiting, c)
		case len(f.waiting) > 0:
			return f, nil
		}
	}
	return f, nil
}

// Close ends the queue and those who wait in it.
func (f *fullPeer) Close() error {
	for _, c := range f.waiting {
		_ = c.Close()
	}
	return f.listener.Close()
}
