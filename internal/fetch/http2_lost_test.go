package fetch

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/finding"
)

// hearsay is a connection in memory that can be lost: what it tells says so then.
type hearsay struct {
	net.Conn
	facts Facts
	lost  *atomic.Bool
}

func (c hearsay) Facts() (Facts, bool) {
	if c.lost.Load() {
		return c.facts, true
	}
	return Facts{State: Established}, true
}

// TestALostHTTP2ConnectionIsGivenUp: by the Get that is cancelled on it, or by the
// next one that is given it. One that lives is kept. The others that use it are made
// again if they had no answer yet, and break off if they had.
func TestALostHTTP2ConnectionIsGivenUp(t *testing.T) {
	for _, tt := range []struct {
		name  string
		facts Facts
		late  bool // it is lost after the cancel
		lost  bool
	}{
		{"alive", Facts{State: Established, LastAckReceived: time.Second}, false, false},
		{"a segment was sent again once", Facts{State: Established, Unacked: 1, Backoff: 1}, false, false},
		{"a segment was sent again three times", Facts{State: Established, Unacked: 1, Backoff: 3}, false, true},
		{"a probe is unanswered", Facts{State: Established, Probes: 1, LastAckReceived: 6 * time.Second}, false, false},
		{"two probes are unanswered", Facts{State: Established, Probes: 2, LastAckReceived: 11 * time.Second}, false, true},
		{"two probes are unanswered after the cancel", Facts{State: Established, Probes: 2, LastAckReceived: 11 * time.Second}, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cert, ca := certificate(t, &x509.Certificate{DNSNames: []string{"h.example"}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)})
				var silences atomic.Int32
				s := &http.Server{
					ErrorLog:  quiet(),
					TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}},
					Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if strings.HasSuffix(r.URL.Path, "silent-once") && silences.Add(1) == 1 {
							<-r.Context().Done()
						}
						_, _ = io.WriteString(w, "12345")
						if strings.HasSuffix(r.URL.Path, "stops") {
							_ = http.NewResponseController(w).Flush()
							<-r.Context().Done()
						}
					}),
				}
				l := oneConn{conns: make(chan net.Conn)}
				served := make(chan struct{})
				go func() {
					defer close(served)
					_ = s.ServeTLS(l, "", "")
				}()
				var lost atomic.Bool // the first connection; the others live
				var dials atomic.Int32
				c, err := New(Options{Proxy: "none", CA: ca, DialContext: func(context.Context, string, string) (net.Conn, error) {
					client, server := net.Pipe()
					l.conns <- server
					if dials.Add(1) > 1 {
						return hearsay{client, Facts{}, new(atomic.Bool)}, nil
					}
					return hearsay{client, tt.facts, &lost}, nil
				}})
				if err != nil {
					t.Fatal(err)
				}
				cause := errors.New("cancelled by you")
				first, cancel := context.WithCancelCause(t.Context())
				others, stop := context.WithCancelCause(t.Context())
				var cancelled, broken, again error
				var wg sync.WaitGroup
				start := func(ctx context.Context, name string, length int64, err *error) {
					wg.Go(func() { _, *err = c.Get(ctx, exactly("https://h.example", name, length), io.Discard, nil) })
					synctest.Wait()
				}
				start(first, "stops", 9, &cancelled)
				start(others, "stops", 9, &broken)
				start(others, "silent-once", 5, &again)
				lost.Store(!tt.late)
				cancel(cause)
				synctest.Wait()
				lost.Store(true)
				rec := &recorder{}
				if _, err := c.Get(t.Context(), exactly("https://h.example", "a", 5), io.Discard, rec); err != nil {
					t.Error(err)
				}
				if n := dials.Load(); n > 1 != tt.lost {
					t.Errorf("%d connections were made", n)
				}
				// What the request does after the lost connection is not hidden: it waits for
				// one that another request dials, dials its own, or is dialing when the other's
				// is there. Which of them is up to the scheduler.
				got := rec.phases()
				if tt.late {
					got = slices.DeleteFunc(got, func(p Phase) bool { return p == Connect || p == TLS })
				}
				if !slices.Equal(got, []Phase{Pool, Send, Headers, Body}) {
					t.Errorf("phases %v", rec.phases())
				}
				synctest.Wait()
				stop(cause)
				wg.Wait()
				if cancelled != cause {
					t.Error(cancelled)
				}
				switch {
				case tt.lost:
					if e := (outcome{err: broken}).failure(t); e.Kind != finding.Incomplete || !e.Retry || e.Text != "the peer no longer acknowledges: connection lost after 5 of 9 B" {
						t.Errorf("in its body: %+v", e)
					}
					if again != nil {
						t.Errorf("not answered yet: %v", again)
					}
				case broken != cause || again != cause:
					t.Errorf("the others: %v, %v", broken, again)
				}
				c.Close()
				close(l.conns)
				_ = s.Close()
				<-served
			})
		})
	}
}
