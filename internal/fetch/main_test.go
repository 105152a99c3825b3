package fetch

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/tufinspect/internal/finding"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorder is a Trace that keeps what it hears.
type recorder struct {
	mu        sync.Mutex
	marks     []Mark
	responses []Response
	got       int64
	entered   chan Phase // gets every phase, if it is not nil
}

func (r *recorder) Enter(m Mark) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.marks = append(r.marks, m)
	if r.entered != nil {
		r.entered <- m.Phase
	}
}

func (r *recorder) Respond(resp Response) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.responses = append(r.responses, resp)
}

func (r *recorder) Got(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.got += int64(n)
}

func (r *recorder) phases() []Phase {
	r.mu.Lock()
	defer r.mu.Unlock()
	var p []Phase
	for _, m := range r.marks {
		p = append(p, m.Phase)
	}
	return p
}

// bytes gives how many bytes came.
func (r *recorder) bytes() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.got
}

// last gives the newest mark.
func (r *recorder) last() Mark {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.marks) == 0 {
		return Mark{}
	}
	return r.marks[len(r.marks)-1]
}

// newClient makes a Client without a proxy, closed at the test's end.
func newClient(t testing.TB, o Options) *Client {
	t.Helper()
	if o.Proxy == "" {
		o.Proxy = "none"
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

// serve starts a server that ends with the test.
func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// outcome is what one Get came to.
type outcome struct {
	n     int64
	body  []byte
	err   error
	trace *recorder
}

// get runs one Get, bounded in time.
func get(t testing.TB, c *Client, req Request) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Second, errors.New("the test's limit"))
	defer cancel()
	o := outcome{trace: &recorder{}}
	var body bytes.Buffer
	o.n, o.err = c.Get(ctx, req, &body, o.trace)
	o.body = body.Bytes()
	if o.n != int64(len(o.body)) || o.n != o.trace.got {
		t.Errorf("Get says %d bytes, the sink has %d, the trace heard of %d", o.n, len(o.body), o.trace.got)
	}
	phases := o.trace.phases()
	for i := 1; i < len(phases); i++ {
		if phases[i] <= phases[i-1] {
			t.Errorf("phases go back or repeat: %v", phases)
		}
	}
	return o
}

// failure gives the *Error of an outcome, or fails the test.
func (o outcome) failure(t testing.TB) *Error {
	t.Helper()
	var e *Error
	if !errors.As(o.err, &e) {
		t.Fatalf("got %v, want an *Error", o.err)
	}
	if _, ok := finding.Lookup(e.Kind); !ok {
		t.Errorf("kind %q is not in the catalogue", e.Kind)
	}
	return e
}

// file asks for a file of unknown length with a wide limit.
func file(base, name string) Request {
	return Request{File: File{Base: base, Name: name}, Length: -1, Limit: 1 << 20}
}

// exactly asks for a file of a known length.
func exactly(base, name string, length int64) Request {
	return Request{File: File{Base: base, Name: name}, Length: length}
}

// until polls for a condition.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within 10s: %s", what)
		}
	}
}

// listener is a TCP server that ends with the test.
func listener(t testing.TB, serve func(*net.TCPConn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				serve(c.(*net.TCPConn))
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return l.Addr().String()
}

// pemOf gives the certificate of a TLS test server as the CA option wants it.
func pemOf(s *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
}

// quiet is a server's log that nobody reads.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
