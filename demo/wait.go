package demo

import (
	"io"
	"net/http"
	"time"
)

// sleep waits, and tells whether the response is still wanted.
func (a *answer) sleep(d time.Duration) bool {
	if d <= 0 {
		return a.ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-a.ctx.Done():
		return false
	}
}

// enterStall makes the response one that can be released.
func (a *answer) enterStall() {
	h := a.handler
	h.mu.Lock()
	defer h.mu.Unlock()
	a.stall = &stall{path: a.path, plain: a.plain, release: make(chan struct{})}
	h.stalled = append(h.stalled, a.stall)
}

// waitStall stays silent until released, or tells that the response is over.
func (a *answer) waitStall() bool {
	select {
	case <-a.stall.release:
		return true
	case <-a.ctx.Done():
		return false
	}
}

// halfHeaders begins an answer and never comes to its body, until the client gives
// up. Being released closes the connection: the rest of such an answer cannot be told
// from a new one. HTTP/2 has no half of its headers, and stays silent.
func (a *answer) halfHeaders() {
	conn, _, err := a.control.Hijack()
	if err != nil {
		a.enterStall()
		a.waitStall()
		panic(http.ErrAbortHandler)
	}
	a.enterStall()
	left := make(chan struct{})
	go func() {
		defer close(left)
		_, _ = io.Copy(io.Discard, conn)
	}()
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nServer: demo\r\nContent-Type: applica")
	select {
	case <-a.stall.release:
	case <-a.ctx.Done():
	case <-left:
	}
	_ = conn.Close()
	<-left
}

// pause waits for the next drop; being released cuts it short.
func (a *answer) pause(d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-a.stall.release:
		a.heal()
		return true
	case <-a.ctx.Done():
		return false
	}
}
