package fetch

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/internal/finding"
)

// connectProxy is a proxy that passes CONNECT on, and refuses with a status for
// hosts that are called so.
func connectProxy(t *testing.T, via http.Header) *httptest.Server {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		if via != nil {
			via.Set("Seen", r.Method+" "+r.Host)
		}
		if strings.HasPrefix(r.Host, "refused") {
			http.Error(w, "no", http.StatusProxyAuthRequired)
			return
		}
		if r.Method != http.MethodConnect {
			io.WriteString(w, "by the proxy")
			return
		}
		up, err := net.Dial("tcp", r.Host)
		if err != nil {
			http.Error(w, "no", http.StatusBadGateway)
			return
		}
		defer up.Close()
		w.WriteHeader(http.StatusOK)
		down, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer down.Close()
		go func() {
			_, _ = io.Copy(up, buffered)
			_ = up.Close()
		}()
		_, _ = io.Copy(down, bufio.NewReader(up))
	})
}

func TestProxy(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.Proto) }))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	via := http.Header{}
	p := connectProxy(t, via)
	c := newClient(t, Options{Proxy: p.URL, CA: pemOf(s)})

	o := get(t, c, file(s.URL, "a"))
	if o.err != nil || string(o.body) != "HTTP/2.0" || via.Get("Seen") != "CONNECT "+s.Listener.Addr().String() {
		t.Fatalf("%q, %v, %v", o.body, o.err, via)
	}
	if got := o.trace.phases(); !slices.Equal(got, []Phase{Pool, Connect, Proxy, TLS, Send, Headers, Body}) {
		t.Errorf("phases %v", got)
	}
	if m := o.trace.last(); m.Address != p.Listener.Addr().String() {
		t.Errorf("%+v", m)
	}

	o = get(t, c, file("http://plain.example", "a"))
	if o.err != nil || string(o.body) != "by the proxy" || via.Get("Seen") != "GET plain.example" {
		t.Fatalf("%q, %v, %v", o.body, o.err, via)
	}
	if got := o.trace.phases(); !slices.Equal(got, []Phase{Pool, Connect, Send, Headers, Body}) {
		t.Errorf("phases %v", got)
	}

	e := get(t, c, file("https://refused.example", "a")).failure(t)
	if e.Kind != finding.Unreachable || e.Retry || e.Text != "the proxy refused the connection: 407 Proxy Authentication Required" || e.Status != 0 {
		t.Errorf("refused: %+v", e)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	e = get(t, c, file("https://"+l.Addr().String(), "a")).failure(t)
	if e.Kind != finding.Unreachable || !e.Retry || e.Text != "the proxy refused the connection: 502 Bad Gateway" {
		t.Errorf("unreachable: %+v", e)
	}
}

func TestProxyOfTheEnvironmentCannotBeRead(t *testing.T) {
	c := newClient(t, Options{})
	c.proxyFor = func(*http.Request) (*url.URL, error) { return nil, errors.New("invalid http://u:secret@p") }
	e := get(t, c, file("http://h", "a")).failure(t)
	if e.Kind != finding.Unreachable || e.Retry || strings.Contains(e.Text, "secret") {
		t.Errorf("got %+v", e)
	}
}
