package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/internal/finding"
)

func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    Options
		want string
	}{
		{"nothing", Options{}, ""},
		{"all", Options{MaxConns: 1, Header: http.Header{"authorization": {"Bearer x"}}, Resolve: map[string]string{"h:443": "::1", "[::1]:80": "127.0.0.1:8080"}, HTTP1: true, Proxy: "socks5://p:1080", UserAgent: "x"}, ""},
		{"negative connections", Options{MaxConns: -1}, "-1 is negative"},
		{"no certificate", Options{CA: []byte("hello")}, "no certificate in PEM form"},
		{"a header without a name", Options{Header: http.Header{"": {"x"}}}, `"" is not a header's name`},
		{"a header's name with a space", Options{Header: http.Header{"a b": {"x"}}}, `"a b" is not a header's name`},
		{"a header's value with a newline", Options{Header: http.Header{"A": {"secret\r\nB: c"}}}, "header A: the value has control characters"},
		{"a header of the transport", Options{Header: http.Header{"range": {"bytes=0-"}}}, "header range: cannot be set"},
		{"an encoding", Options{Header: http.Header{"Accept-Encoding": {"gzip"}}}, "header Accept-Encoding: cannot be set"},
		{"two hosts", Options{Header: http.Header{"Host": {"a", "b"}}}, "exactly one"},
		{"a user agent with a newline", Options{UserAgent: "a\nb"}, "user agent"},
		{"a key that is no host and port", Options{Resolve: map[string]string{"h": "::1"}}, `"h" is not HOST:PORT`},
		{"a port that is none", Options{Resolve: map[string]string{"h:0": "::1"}}, `"h:0" is not HOST:PORT`},
		{"a name instead of an address", Options{Resolve: map[string]string{"h:1": "other"}}, `"other" is neither`},
		{"a proxy without a scheme", Options{Proxy: "secret:3128"}, "proxy: "},
		{"a proxy with another scheme", Options{Proxy: "ftp://secret@p"}, `"ftp" is not`},
		{"a proxy that cannot be read", Options{Proxy: "http://u:secret@p:x"}, "proxy: not a URL"},
	} {
		_, err := New(tt.o)
		if (err == nil) != (tt.want == "") || err != nil && (!strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret")) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	o := get(t, newClient(t, Options{}), file("http://"+address, "a"))
	if e := o.failure(t); e.Kind != finding.Unreachable || !e.Retry || e.Text != "connection refused" {
		t.Errorf("refused: %+v", e)
	}
	if m := o.trace.last(); m.Phase != Connect || m.Address != address {
		t.Errorf("refused: %+v", m)
	}
	o = get(t, newClient(t, Options{Proxy: "http://" + address}), file("https://repo.example", "a"))
	if e := o.failure(t); e.Kind != finding.Unreachable || !e.Retry || e.Text != "proxy: connection refused" {
		t.Errorf("proxy: %+v", e)
	}
}

// fails makes a Client whose dials all end with the same error.
func fails(t *testing.T, err error) *Client {
	return newClient(t, Options{DialContext: func(context.Context, string, string) (net.Conn, error) { return nil, err }})
}

func TestDialErrors(t *testing.T) {
	op := func(err error) error {
		return &net.OpError{Op: "dial", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}, Err: err}
	}
	for _, tt := range []struct {
		name  string
		err   error
		text  string
		retry bool
	}{
		{"no such host", op(&net.DNSError{Err: "no such host", Name: "h\x1b", IsNotFound: true}), `no such host: h\u{1b}`, false},
		{"a silent resolver", op(&net.DNSError{Err: "i/o timeout", Name: "h", IsTimeout: true}), "the resolver did not answer for h", true},
		{"a broken resolver", op(&net.DNSError{Err: "server misbehaving", Name: "h", Server: "192.0.2.53:53", IsTemporary: true}), "resolving h: server misbehaving", true},
		{"a time-out", op(context.DeadlineExceeded), "connection attempt timed out after 10s", true},
		{"no route", op(errNoRoute), "no route to the host", true},
		{"no network", op(errNoNetwork), "the network is unreachable", true},
		{"given up by the system", op(errTimedOut), "connection attempt timed out", true},
		{"no files left", op(errTooManyFiles), "too many open files on this machine: no connection", true},
		{"something else", op(errors.New("weird\x1b[2J")), `weird\u{1b}[2J`, true},
		{"something long", errors.New(strings.Repeat("é", 5000)), strings.Repeat("é", 100) + "…", true},
	} {
		e := get(t, fails(t, tt.err), file("http://h", "a")).failure(t)
		kind := finding.Unreachable
		if errors.Is(tt.err, errTooManyFiles) {
			kind = finding.LocalLimit // no host's fault
		}
		if e.Kind != kind || e.Retry != tt.retry || e.Text != tt.text {
			t.Errorf("%s: %+v", tt.name, e)
		}
	}
}

// TestPoolWait: a Get that waits for another one's connection says so, and takes
// it when it is free.
func TestPoolWait(t *testing.T) {
	release := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/first" {
			<-release
		}
		io.WriteString(w, "12345")
	})
	c := newClient(t, Options{MaxConns: 1})
	first, second := &recorder{}, &recorder{}
	done := make(chan error, 2)
	start := func(name string, rec *recorder) {
		go func() {
			_, err := c.Get(t.Context(), exactly(s.URL, name, 5), io.Discard, rec)
			done <- err
		}()
	}
	start("first", first)
	until(t, "the first waits for its answer", func() bool { return first.last().Phase == Headers })
	start("second", second)
	until(t, "the second waits for a connection", func() bool { return second.last().Phase == Pool })
	close(release)
	for range 2 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := second.phases(); !slices.Equal(got, []Phase{Pool, Send, Headers, Body}) || !second.last().Reused {
		t.Errorf("%v", second.marks)
	}
}

func TestResolve(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Host) })
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	c := newClient(t, Options{Resolve: map[string]string{
		"Repo.example:" + port: "127.0.0.1",
		"other.example:80":     s.Listener.Addr().String(),
	}})
	for base, want := range map[string]string{"http://repo.example:" + port: "repo.example:" + port, "http://other.example": "other.example"} {
		o := get(t, c, file(base, "a"))
		if o.err != nil || string(o.body) != want {
			t.Errorf("%s: %q, %v", base, o.body, o.err)
		}
		if slices.Contains(o.trace.phases(), DNS) {
			t.Errorf("%s: a resolver was asked: %v", base, o.trace.phases())
		}
	}
}

func TestDNSPhase(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {})
	o := get(t, newClient(t, Options{}), file(strings.Replace(s.URL, "127.0.0.1", "localhost", 1), "a"))
	if got := o.trace.phases(); o.err != nil || !slices.Equal(got, []Phase{Pool, DNS, Connect, Send, Headers, Body}) {
		t.Errorf("%v, %v", got, o.err)
	}
}

// TestHooksAfterTheEnd: hooks that fire late say nothing and go nowhere.
func TestHooksAfterTheEnd(t *testing.T) {
	rec := &recorder{}
	w := newWatch(t.Context(), rec)
	w.enter(TLS)
	w.enter(Connect)
	w.first.connecting("tcp", "late:1")
	w.enter(Headers)
	w.first.wroteHeaders()
	w.end()
	w.enter(Body)
	w.first.firstByte()
	if got := rec.phases(); !slices.Equal(got, []Phase{TLS, Headers}) || rec.last().Address != "" {
		t.Errorf("%+v", rec.marks)
	}
}

func TestUseAfterClose(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "12345") })
	c := newClient(t, Options{})
	for range 2 {
		if o := get(t, c, exactly(s.URL, "a", 5)); o.err != nil || o.trace.last().Reused {
			t.Errorf("%v, %+v", o.err, o.trace.last())
		}
		c.Close()
	}
}

// TestHooksAfterARedirect: what the first host's connection does behind a redirect says
// nothing of the second host, and the other way round phases begin anew.
func TestHooksAfterARedirect(t *testing.T) {
	rec := &hopRecorder{}
	w := newWatch(t.Context(), rec)
	w.begin()
	w.enter(Headers)
	w.redirected(&url.URL{Scheme: "http", Host: "Second:81"})
	second := w.leg
	w.first.connecting("tcp", "first:80")
	w.first.attempting(&Socket{Address: "first:80"})
	w.first.handshakeStart()
	w.first.wroteRequest(httptrace.WroteRequestInfo{})
	if at := w.at(); at != Pool || len(rec.sockets) > 0 {
		t.Errorf("behind the redirect: %s, sockets %v", at, rec.sockets)
	}
	second.connecting("tcp", "second:81")
	second.attempting(&Socket{Address: "second:81"})
	w.enter(Body)
	w.end()
	second.firstByte()
	want := []Hop{
		{"http", "second:81", "http://Second:81", Mark{Phase: Pool}},
		{"http", "second:81", "http://Second:81", Mark{Phase: Connect, Address: "second:81"}},
		{"http", "second:81", "http://Second:81", Mark{Phase: Body, Address: "second:81"}},
	}
	if !slices.Equal(rec.hops, want) || len(rec.sockets) != 1 || rec.sockets[0].Address != "second:81" {
		t.Errorf("%+v, %v", rec.hops, rec.sockets)
	}
	if got := rec.phases(); !slices.Equal(got, []Phase{Headers, Body}) {
		t.Errorf("%v", got)
	}
}

type hopRecorder struct {
	recorder
	hops    []Hop
	sockets []*Socket
}

func (r *hopRecorder) Hop(h Hop)        { r.hops = append(r.hops, h) }
func (r *hopRecorder) Socket(s *Socket) { r.sockets = append(r.sockets, s) }

// TestAFailureBehindARedirectNamesItsHost: nothing is wrong with the first one.
func TestAFailureBehindARedirectNamesItsHost(t *testing.T) {
	gone := listener(t, func(c *net.TCPConn) {})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://"+gone+"/b", http.StatusFound)
	})
	if e := get(t, newClient(t, Options{}), file(s.URL, "a")).failure(t); !strings.HasSuffix(e.Text, BehindRedirect+gone) {
		t.Errorf("%+v", e)
	}
}
