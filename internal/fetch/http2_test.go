package fetch

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/finding"
)

// TestHTTP2Bodies: lengths and breaks as TestBodies has them for HTTP/1.1.
func TestHTTP2Bodies(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		flush := w.(http.Flusher).Flush
		switch r.URL.Path {
		case "/promises-more":
			w.Header().Set("Content-Length", "9")
		case "/nothing":
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, "12345")
		flush()
		if r.URL.Path == "/breaks" {
			panic(http.ErrAbortHandler)
		}
	}))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newClient(t, Options{CA: pemOf(s)})
	for _, tt := range []struct {
		name   string
		length int64
		kind   finding.ID
		retry  bool
		text   string
	}{
		{"exact", 5, "", false, ""},
		{"exact", 4, finding.WrongLength, false, "too long: more than the expected 4 bytes"},
		{"exact", 6, finding.WrongLength, false, "1 byte too short: 5 bytes, 6 bytes expected"},
		{"promises-more", 5, finding.WrongLength, false, "4 bytes too long: 9 bytes announced, 5 bytes expected"},
		{"promises-more", 9, finding.Incomplete, true, "connection closed after 5 of 9 B"},
		{"breaks", 9, finding.Incomplete, true, "HTTP/2 stream reset (INTERNAL_ERROR) after 5 of 9 B"},
		{"nothing", 9, finding.Unreachable, true, "HTTP/2 stream reset (INTERNAL_ERROR) before an answer"},
	} {
		o := get(t, c, exactly(s.URL, tt.name, tt.length))
		if tt.kind == "" {
			if o.err != nil {
				t.Error(o.err)
			}
			continue
		}
		if e := o.failure(t); e.Kind != tt.kind || e.Retry != tt.retry || e.Text != tt.text {
			t.Errorf("%s, %d bytes: %+v", tt.name, tt.length, e)
		}
	}
}

// TestHTTP2ConnectionsAreReplaced: with a limit of connections per host, lost
// HTTP/2 connections must not use the limit up.
func TestHTTP2ConnectionsAreReplaced(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "12345") }))
	s.EnableHTTP2 = true
	s.Config.ErrorLog = quiet()
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newClient(t, Options{CA: pemOf(s), MaxConns: 2})
	for round := range 5 {
		done := make(chan error)
		for range 8 {
			go func() { done <- get(t, c, exactly(s.URL, "a", 5)).err }()
		}
		for range 8 {
			if err := <-done; err != nil {
				var e *Error
				if !errors.As(err, &e) || !e.Retry {
					t.Errorf("round %d: %v", round, err)
				}
			}
		}
		s.CloseClientConnections()
	}
}

// deadPipe is a server's connection whose peer hears nothing any more once it is
// dead, while the bytes that it sends still go somewhere.
type deadPipe struct {
	net.Conn
	dead *atomic.Bool
}

func (c deadPipe) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	for err == nil && c.dead.Load() {
		n, err = c.Conn.Read(p)
	}
	return n, err
}

// oneConn is a listener with the connections of a channel.
type oneConn struct {
	net.Listener
	conns chan net.Conn
}

func (l oneConn) Accept() (net.Conn, error) {
	if c, ok := <-l.conns; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (l oneConn) Close() error   { return nil }
func (l oneConn) Addr() net.Addr { return &net.TCPAddr{} }

// TestHTTP2PeerIsGone: an HTTP/2 connection whose peer does not answer pings ends,
// before an answer and in the body.
func TestHTTP2PeerIsGone(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		kind       finding.ID
		sent       string
	}{
		{"before", "HTTP/2 ping unanswered: connection lost before an answer", finding.Unreachable, ""},
		{"within", "HTTP/2 ping unanswered: connection lost after 5 of 9 B", finding.Incomplete, "12345"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cert, ca := certificate(t, &x509.Certificate{DNSNames: []string{"h.example"}, NotBefore: time.Now(), NotAfter: time.Now().Add(time.Hour)})
				var dead atomic.Bool
				s := &http.Server{
					ErrorLog:  quiet(),
					TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2"}},
					Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						if tt.sent != "" {
							io.WriteString(w, tt.sent)
							w.(http.Flusher).Flush()
						}
						dead.Store(true)
						<-r.Context().Done()
					}),
				}
				l := oneConn{conns: make(chan net.Conn)}
				served := make(chan struct{})
				go func() {
					defer close(served)
					_ = s.ServeTLS(l, "", "")
				}()
				done := make(chan struct{})
				dial := pipes(func(c net.Conn) {
					l.conns <- deadPipe{c, &dead}
					<-done
				})
				c, err := New(Options{DialContext: dial, Proxy: "none", CA: ca})
				if err != nil {
					t.Fatal(err)
				}
				begun := time.Now()
				var body bytes.Buffer
				_, err = c.Get(t.Context(), exactly("https://h.example", "a", 9), &body, nil)
				e := (outcome{err: err}).failure(t)
				if d := time.Since(begun); d < pingAfter+pingLimit || d > pingAfter+pingLimit+time.Second {
					t.Errorf("took %s", d)
				}
				if e.Kind != tt.kind || !e.Retry || e.Text != tt.text || body.String() != tt.sent {
					t.Errorf("got %+v after %q", e, body.String())
				}
				c.Close()
				close(done)
				close(l.conns)
				_ = s.Close()
				<-served
			})
		})
	}
}
