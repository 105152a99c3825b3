package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// follower is a looker that also keeps where a redirect has led to.
type follower struct {
	looker
	hops []Hop
}

func (f *follower) Hop(h Hop) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.hops = append(f.hops, h)
	if h.Phase == Pool {
		f.all = nil
	}
}

func (f *follower) hop() Hop {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.hops) == 0 {
		return Hop{}
	}
	return f.hops[len(f.hops)-1]
}

// leads is a server that redirects each request.
func leads(t *testing.T, to string) string {
	return serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, to+r.URL.Path, http.StatusFound) }).URL
}

// fullListener takes no connection any more.
func fullListener(t *testing.T) string {
	t.Helper()
	address := deafListener(t, 0)
	full, err := net.Dial("tcp", address) // the queue of a backlog of 0 has one place
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { full.Close() })
	return address
}

// TestSilenceBehindARedirect: what is told is told of the host under way, whatever the
// first one has answered.
func TestSilenceBehindARedirect(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
	silent := func(t *testing.T) string { return listener(t, takes("")) }
	for _, tt := range []struct {
		name    string
		address func(*testing.T) string
		scheme  string
		phase   Phase
		cause   Cause
		last    Phase // that Enter has heard of
	}{
		{"it takes no connection", fullListener, "http", Connect, ConnectUnanswered, Headers},
		{"its handshake never ends", silent, "https", TLS, HandshakeStalled, Headers},
		{"it says nothing", silent, "http", Headers, ServerSilent, Headers},
		{"it never accepts", func(t *testing.T) string { return deafListener(t, 5) }, "http", Headers, ServerSilent, Headers},
		{"it is silent after the headers", func(t *testing.T) string { return listener(t, takes(head)) }, "http", Body, BodyNeverStarts, Body},
		{"its body stops", func(t *testing.T) string { return listener(t, takes(head+strings.Repeat("x", 1000))) }, "http", Body, BodyStopped, Body},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address := tt.address(t)
			// Two redirects: the second one begins anew once more.
			base := leads(t, leads(t, tt.scheme+"://"+address))
			c := newClient(t, Options{MaxConns: 1})
			look := &follower{}
			ctx, cancel := context.WithCancelCause(t.Context())
			done := make(chan error, 1)
			go func() {
				_, err := c.Get(ctx, file(base, "a"), io.Discard, look)
				done <- err
			}()
			var d Diagnosis
			begun := time.Now()
			until(t, "the diagnosis "+tt.cause.String(), func() bool {
				if time.Since(begun) < 20*time.Millisecond {
					return false
				}
				begun = time.Now()
				d = look.look(20*time.Millisecond, func(o *Observation) { o.Phase, o.Behind = look.hop().Phase, look.hop().Host })
				return look.hop().Host == address && d.Cause == tt.cause && d.Certainty >= Likely
			})
			t.Logf("%s (%s): %q", d.Label, d.Certainty, d.Evidence)
			if h := look.hop(); h.Phase != tt.phase || h.Scheme != tt.scheme || h.Address != address || h.Reused {
				t.Errorf("%+v", h)
			}
			if !strings.HasSuffix(d.Label, BehindRedirect+address) {
				t.Errorf("%s does not say where", d.Label)
			}
			if s := look.socket(); s == nil || s.Address != address {
				t.Errorf("the socket is %+v, want that to %s", s, address)
			}
			if got := look.last().Phase; got != tt.last {
				t.Errorf("the latest phase of all is %s, want %s", got, tt.last)
			}
			host, before := "", Queued
			for _, h := range look.hops {
				if h.Host != host {
					host, before = h.Host, Queued
				}
				if h.Phase <= before || before == Queued && h.Phase != Pool {
					t.Errorf("the phases of a request go back: %+v", look.hops)
				}
				before = h.Phase
			}
			cause := errors.New("enough")
			cancel(cause)
			if err := <-done; err != cause {
				t.Error(err)
			}
			until(t, "the socket is closed", func() bool { _, ok := look.socket().Facts(); return !ok })
		})
	}
}
