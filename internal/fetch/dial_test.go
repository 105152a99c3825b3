package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/finding"
)

// pipes is a network in memory: each dial gives the server's end to serve.
func pipes(serve func(net.Conn)) dialFunc {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			defer server.Close()
			serve(server)
		}()
		return client, nil
	}
}

// silent takes everything and says nothing, until the connection is closed.
func silent(c net.Conn) { _, _ = io.Copy(io.Discard, c) }

// TestLimitsOfTheTransport: silence that no caller ends, in fake time.
func TestLimitsOfTheTransport(t *testing.T) {
	for _, tt := range []struct {
		name, base, proxy string
		after             time.Duration
		phases            []Phase
		text              string
	}{
		{"in the TLS handshake", "https://h", "none", handshakeLimit, []Phase{Pool, Connect, TLS}, "TLS handshake timed out after 10s"},
		{"in CONNECT", "https://h", "http://p", proxyLimit, []Phase{Pool, Connect, Proxy}, "the proxy did not answer within 15s"},
		{"in SOCKS", "https://h", "socks5://p", proxyLimit, []Phase{Pool, Connect, Proxy}, "the proxy did not answer within 15s"},
		{"in SOCKS without TLS", "http://h", "socks5://p", proxyLimit, []Phase{Pool, Connect, Proxy}, "the proxy did not answer within 15s"},
		{"in the proxy's own TLS handshake", "https://h", "https://p", handshakeLimit, []Phase{Pool, Connect, Proxy}, "proxy: TLS handshake timed out after 10s"},
		{"in the proxy's own TLS handshake, and no other", "http://h", "https://p", handshakeLimit, []Phase{Pool, Connect, Proxy}, "proxy: TLS handshake timed out after 10s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, err := New(Options{DialContext: pipes(silent), Proxy: tt.proxy})
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				rec := &recorder{}
				begun := time.Now()
				_, err = c.Get(t.Context(), file(tt.base, "a"), io.Discard, rec)
				e := (outcome{err: err}).failure(t)
				if d := time.Since(begun); d != tt.after {
					t.Errorf("took %s, want %s", d, tt.after)
				}
				if e.Kind != finding.Unreachable || !e.Retry || e.Text != tt.text {
					t.Errorf("got %+v", e)
				}
				if got := rec.phases(); !slices.Equal(got, tt.phases) {
					t.Errorf("phases %v, want %v", got, tt.phases)
				}
			})
		})
	}
}

// TestCancelEndsTheDial: a cancelled Get leaves no dial behind, in no phase, and
// gives its place among the host's connections back.
func TestCancelEndsTheDial(t *testing.T) {
	for _, tt := range []struct {
		name, base, proxy string
		phase             Phase
	}{
		{"connecting", "https://h", "none", Connect},
		{"TLS", "https://h", "none", TLS},
		{"CONNECT", "https://h", "http://p", Proxy},
		{"SOCKS", "https://h", "socks5://p", Proxy},
		{"SOCKS without TLS", "http://h", "socks5://p", Proxy},
		{"TLS with the proxy", "https://h", "https://p", Proxy},
		{"TLS with the proxy, and no other", "http://h", "https://p", Proxy},
		{"no answer", "http://h", "none", Headers},
		{"no answer from the proxy", "http://h", "http://p", Headers},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var open atomic.Int32
				dial := pipes(func(c net.Conn) {
					open.Add(1)
					defer open.Add(-1)
					silent(c)
				})
				if tt.phase == Connect {
					dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
						open.Add(1)
						defer open.Add(-1)
						<-ctx.Done()
						return nil, ctx.Err()
					}
				}
				c, err := New(Options{DialContext: dial, Proxy: tt.proxy, MaxConns: 1})
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				cause := errors.New("cancelled by you")
				for range 3 { // the second would wait for the first one's place
					ctx, cancel := context.WithCancelCause(t.Context())
					rec := &recorder{}
					done := make(chan error, 1)
					go func() {
						_, err := c.Get(ctx, file(tt.base, "a"), io.Discard, rec)
						done <- err
					}()
					synctest.Wait()
					if m := rec.last(); m.Phase != tt.phase || open.Load() != 1 {
						t.Fatalf("in phase %s with %d connections open", m.Phase, open.Load())
					}
					begun := time.Now()
					cancel(cause)
					synctest.Wait()
					if n := open.Load(); n != 0 {
						t.Errorf("%d connections left", n)
					}
					if err := <-done; err != cause || time.Since(begun) != 0 {
						t.Errorf("got %v after %s", err, time.Since(begun))
					}
				}
			})
		})
	}
}
