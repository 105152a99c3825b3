package alive

import (
	"context"
	"runtime/pprof"
	"sync"
)

// maxIdle is how many goroutines are kept for what may come.
const maxIdle = 256

// Hands do many small pieces of work, each beside all others, on goroutines that are
// used again: a new one has to grow its stack for each. A piece of work that never
// ends costs its goroutine and holds nothing else up. The methods may be called by any
// goroutine.
type Hands struct {
	name  string
	named context.Context

	mu     sync.Mutex
	idle   []chan piece // one for each goroutine that waits, with room for a piece
	closed bool
}

// piece is work for one goroutine.
type piece struct {
	about   string
	f       func()
	onPanic func(Fault)
}

// NewHands makes hands without goroutines. name is their label; see [Go].
func NewHands(name string) *Hands { return &Hands{name: name, named: named(name)} }

// Go is like the function [Go], and begins at once as that does. It may be called
// after Close.
func (c *Hands) Go(about string, f func(), onPanic func(Fault)) {
	p := piece{about, f, onPanic}
	c.mu.Lock()
	if n := len(c.idle); n > 0 {
		work := c.idle[n-1]
		c.idle = c.idle[:n-1]
		c.mu.Unlock()
		work <- p
		return
	}
	c.mu.Unlock()
	go c.member(p)
}

// Close lets the goroutines end: those that wait at once, the others after what they
// are at. It does not wait for them.
func (c *Hands) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	for _, work := range c.idle {
		close(work)
	}
	c.idle = nil
}

// member is one goroutine of them, which begins with p.
func (c *Hands) member(p piece) {
	work := make(chan piece, 1)
	for ok := true; ok; p, ok = <-work {
		if !guarded(c.named, c.name, p.about, p.f, p.onPanic) {
			return // what a panic has left of it is not used again
		}
		pprof.SetGoroutineLabels(c.named)
		if !c.rest(work) {
			return
		}
	}
}

// rest has a goroutine wait for work, if it is to.
func (c *Hands) rest(work chan piece) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.idle) == maxIdle {
		return false
	}
	c.idle = append(c.idle, work)
	return true
}
