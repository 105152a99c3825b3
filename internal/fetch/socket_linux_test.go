package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// looker is a recorder that also keeps the newest socket.
type looker struct {
	recorder
	mu     sync.Mutex
	all    []*Socket
	before *Facts // at the last look
	got    int64
}

func (l *looker) Socket(s *Socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, s)
	l.before = nil
}

func (l *looker) socket() *Socket {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.all) == 0 {
		return nil
	}
	return l.all[len(l.all)-1]
}

// look observes as a caller would: with the facts of the look before.
func (l *looker) look(between time.Duration, change func(*Observation)) Diagnosis {
	s := l.socket()
	o := Observation{Phase: l.last().Phase, Between: between, Done: l.bytes(), Total: -1}
	if s != nil {
		o.Proxied, o.HTTP2 = s.Proxied, s.HTTP2
	}
	if f, ok := s.Facts(); ok {
		o.After = &f
	}
	l.mu.Lock()
	o.Before, o.Got = l.before, o.Done-l.got
	l.before, l.got = o.After, o.Done
	l.mu.Unlock()
	if change != nil {
		change(&o)
	}
	return Diagnose(o)
}

// takes reads until the client goes, after it has said something.
func takes(text string) func(*net.TCPConn) {
	return func(c *net.TCPConn) {
		_, _ = c.Read(make([]byte, 4096))
		_, _ = io.WriteString(c, text)
		_, _ = io.Copy(io.Discard, c)
	}
}

// deafListener never accepts: the system takes the connections.
func deafListener(t *testing.T, backlog int) string {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err == nil {
		t.Cleanup(func() { unix.Close(fd) })
		if err = unix.Bind(fd, &unix.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err == nil {
			err = unix.Listen(fd, backlog)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	name, err := unix.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*unix.SockaddrInet4).Port}).String()
}

// TestCausesOverRealSockets makes the causes that loopback can make.
func TestCausesOverRealSockets(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
	for _, tt := range []struct {
		name    string
		address func(*testing.T) string
		scheme  string
		proxied bool
		block   bool // the sink takes nothing
		cause   Cause
		sure    Certainty // at least
	}{
		{"2: SYN lost", func(t *testing.T) string {
			address := deafListener(t, 0)
			full, err := net.Dial("tcp", address) // the queue of a backlog of 0 has one place
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { full.Close() })
			return address
		}, "http", false, false, ConnectUnanswered, Likely},
		{"3: TLS stalled", func(t *testing.T) string { return listener(t, takes("")) }, "https", false, false, HandshakeStalled, Likely},
		{"5: taken, no answer", func(t *testing.T) string { return listener(t, takes("")) }, "http", false, false, ServerSilent, Likely},
		{"6: never accepted", func(t *testing.T) string { return deafListener(t, 5) }, "http", false, false, ServerSilent, Likely},
		{"8: body never starts", func(t *testing.T) string { return listener(t, takes(head)) }, "http", false, false, BodyNeverStarts, Likely},
		{"9: body stops", func(t *testing.T) string { return listener(t, takes(head+strings.Repeat("x", 1000))) }, "http", false, false, BodyStopped, Likely},
		{"11: slow drip", func(t *testing.T) string {
			return listener(t, func(c *net.TCPConn) {
				takes := make([]byte, 4096)
				_, _ = c.Read(takes)
				_, _ = io.WriteString(c, head)
				for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
					if _, err := c.Write([]byte("x")); err != nil {
						tick.Stop()
						return
					}
				}
			})
		}, "http", false, false, SlowDrip, Certain},
		{"12: we do not read", func(t *testing.T) string {
			return listener(t, func(c *net.TCPConn) {
				_, _ = c.Read(make([]byte, 4096))
				_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
				_, _ = c.Write(make([]byte, 100_000_000))
			})
		}, "http", false, true, NotReading, Likely},
		{"14: proxy silent", func(t *testing.T) string { return listener(t, takes("")) }, "https", true, false, ProxySilent, Likely},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address := tt.address(t)
			o, base := Options{MaxConns: 1}, tt.scheme+"://"+address
			if tt.proxied {
				o.Proxy, base = "http://"+address, "https://repo.example"
			}
			c := newClient(t, o)
			look := &looker{}
			release := make(chan struct{})
			sink := writerFunc(func(p []byte) (int, error) {
				if tt.block {
					<-release
				}
				return len(p), nil
			})
			ctx, cancel := context.WithCancelCause(t.Context())
			done := make(chan error, 1)
			go func() {
				_, err := c.Get(ctx, Request{File: File{Base: base, Name: "a"}, Length: -1, Limit: 1 << 30}, sink, look)
				done <- err
			}()
			var d Diagnosis
			begun := time.Now()
			until(t, "the diagnosis "+tt.cause.String(), func() bool {
				if time.Since(begun) < 20*time.Millisecond {
					return false
				}
				begun = time.Now()
				d = look.look(20*time.Millisecond, nil)
				return d.Cause == tt.cause && d.Certainty >= tt.sure
			})
			t.Logf("%s (%s): %q", d.Label, d.Certainty, d.Evidence)
			if s := look.socket(); s.Address != address || s.Proxied != tt.proxied || s.HTTP2 || s.Reused {
				t.Errorf("%+v", s)
			}
			cause := errors.New("enough")
			cancel(cause)
			close(release)
			if err := <-done; err != cause {
				t.Error(err)
			}
			until(t, "the socket is closed", func() bool { _, ok := look.socket().Facts(); return !ok })
		})
	}
}

func TestNoFreeConnectionHasNoSocket(t *testing.T) {
	c := newClient(t, Options{MaxConns: 1})
	base := "http://" + listener(t, takes(""))
	ctx, cancel := context.WithCancel(t.Context())
	first, second := &looker{}, &looker{}
	done := make(chan error, 2)
	for _, l := range []*looker{first, second} {
		go func() {
			_, err := c.Get(ctx, file(base, "a"), io.Discard, l)
			done <- err
		}()
		until(t, "the phase", func() bool { return l.last().Phase == Headers || l == second && l.last().Phase == Pool })
	}
	if d := second.look(time.Second, func(o *Observation) { o.Holders = []string{"first"} }); d.Cause != PoolEmpty || d.Certainty != Certain || second.socket() != nil {
		t.Errorf("%+v, %v", d, second.socket())
	}
	cancel()
	<-done
	<-done
}

// TestStreamStarves: one stream of a busy HTTP/2 connection gets nothing.
func TestStreamStarves(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write(make([]byte, 1000))
		_ = http.NewResponseController(w).Flush()
		if r.URL.Path == "/starved" {
			<-r.Context().Done()
			return
		}
		for r.Context().Err() == nil {
			_, _ = w.Write(make([]byte, 4000))
			_ = http.NewResponseController(w).Flush()
			select {
			case <-time.After(time.Millisecond):
			case <-r.Context().Done():
			}
		}
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newClient(t, Options{CA: pemOf(s)})
	ctx, cancel := context.WithCancel(t.Context())
	busy, starved := &looker{}, &looker{}
	done := make(chan error, 2)
	for name, l := range map[string]*looker{"busy": busy, "starved": starved} {
		go func() {
			_, err := c.Get(ctx, Request{File: File{Base: s.URL, Name: name}, Length: -1, Limit: 1 << 40}, io.Discard, l)
			done <- err
		}()
		until(t, "the body", func() bool { return l.bytes() > 0 })
	}
	until(t, "the diagnosis", func() bool {
		d := starved.look(time.Second, nil)
		return d.Cause == StreamStarved && d.Certainty == Certain
	})
	if !starved.socket().HTTP2 {
		t.Error("not HTTP/2")
	}
	cancel()
	<-done
	<-done
}

// TestSocketOfAReusedConnection: TLS and a second Get.
func TestSocketOfAReusedConnection(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "12345") }))
	t.Cleanup(s.Close)
	c := newClient(t, Options{CA: pemOf(s)})
	for i := range 2 {
		l := &looker{}
		if _, err := c.Get(t.Context(), exactly(s.URL, "a", 5), io.Discard, l); err != nil {
			t.Fatal(err)
		}
		sock := l.socket()
		f, ok := sock.Facts()
		if !ok || f.State != Established || f.BytesReceived == 0 || f.LastDataReceived < 0 || f.RTT <= 0 || sock.Reused != (i > 0) || sock.Address != s.Listener.Addr().String() {
			t.Errorf("%+v, %+v", sock, f)
		}
		if want := 2 - i; len(l.all) != want { // in flight, and got
			t.Errorf("%d sockets, want %d", len(l.all), want)
		}
	}
}

// TestFactsRaceWithClosing asks while connections come and go: a descriptor that
// is another's by now must never be asked.
func TestFactsRaceWithClosing(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "12345") })
	c := newClient(t, Options{})
	stop := make(chan struct{})
	look := &looker{}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if f, ok := look.socket().Facts(); ok && f.State == 0 {
					t.Error("facts without a state")
				}
			}
		}
	})
	for range 50 {
		if _, err := c.Get(t.Context(), exactly(s.URL, "a", 5), io.Discard, look); err != nil {
			t.Error(err)
		}
		c.Close()
	}
	close(stop)
	wg.Wait()
	if _, ok := look.socket().Facts(); ok {
		until(t, "closed", func() bool { _, ok := look.socket().Facts(); return !ok })
	}
}

// TestFactsOfNoSocket: what is not TCP, and nothing at all.
func TestFactsOfNoSocket(t *testing.T) {
	var none *Socket
	if _, ok := none.Facts(); ok {
		t.Error("facts of nothing")
	}
	if _, ok := (&Socket{}).Facts(); ok {
		t.Error("facts of no connection")
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	raw, err := r.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := (&Socket{raw: raw}).Facts(); ok {
		t.Error("facts of a pipe")
	}
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	if socketOf(a) != nil {
		t.Error("a connection in memory has a socket")
	}
}

func TestFactsLeaveGarbageOut(t *testing.T) {
	f := factsOf(&unix.TCPInfo{State: uint8(SynSent), Last_ack_recv: 99, Last_data_recv: 99, Last_data_sent: 99, Bytes_received: 5, Bytes_sent: 5})
	if f.LastAckReceived >= 0 || f.LastDataReceived >= 0 || f.LastDataSent >= 0 {
		t.Errorf("SYN-SENT: %+v", f)
	}
	f = factsOf(&unix.TCPInfo{State: uint8(Established), Last_ack_recv: 99, Last_data_recv: 99, Last_data_sent: 99, Bytes_acked: 1})
	if f.LastAckReceived != 99*time.Millisecond || f.LastDataReceived >= 0 || f.LastDataSent >= 0 {
		t.Errorf("nothing sent: %+v", f)
	}
}

// BenchmarkFacts is the cost of one look, which each quiet transfer has once a
// second.
func BenchmarkFacts(b *testing.B) {
	address := listener(b, silentTCP)
	c, err := net.Dial("tcp", address)
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	s := socketOf(c)
	for b.Loop() {
		if _, ok := s.Facts(); !ok {
			b.Fatal("no facts")
		}
	}
}
