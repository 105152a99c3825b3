package fetch

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/finding"
)

// fileServer serves a folder.
func fileServer(dir string) http.HandlerFunc {
	return http.FileServer(http.Dir(dir)).ServeHTTP
}

// raw serves connections with hand-written answers, HTTP or not. Each answer is
// sent when a request's header has been read, and then the connection is closed.
func raw(t testing.TB, answer func(c *net.TCPConn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				answer(c.(*net.TCPConn))
			}
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return "http://" + l.Addr().String()
}

func TestRequestHeaders(t *testing.T) {
	var got http.Header
	var host string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { got, host = r.Header.Clone(), r.Host })
	c := newClient(t, Options{Header: http.Header{"x-own": {"1", "2"}, "Host": {"other.example"}}, UserAgent: "ua/1"})
	get(t, c, file(strings.Replace(s.URL, "://", "://user:p%40ss@", 1), "a"))
	user, pass, _ := (&http.Request{Header: got}).BasicAuth()
	if got.Get("User-Agent") != "ua/1" || !slices.Equal(got["X-Own"], []string{"1", "2"}) || host != "other.example" || user != "user" || pass != "p@ss" || got.Get("Cache-Control") != "" {
		t.Errorf("host %s, header %v", host, got)
	}
	req := file(s.URL, "a")
	req.NoCache = true
	get(t, c, req)
	if got.Get("Cache-Control") != "no-cache" || got.Get("Pragma") != "no-cache" || got.Get("Authorization") != "" {
		t.Errorf("header %v", got)
	}
}

func TestTheServerSeesTheEscapedName(t *testing.T) {
	var uri string
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { uri = r.RequestURI })
	c := newClient(t, Options{})
	for _, tt := range []struct{ base, name, want string }{
		{"/repo/", "a b?c#d%/é", "/repo/a%20b%3Fc%23d%25/%C3%A9"},
		{"/repo?sig=a%2Bb", "x", "/repo/x?sig=a%2Bb"},
		{"/a%2Fb", "..%2f", "/a%2Fb/..%252f"},
	} {
		get(t, c, file(s.URL+tt.base, tt.name))
		if uri != tt.want {
			t.Errorf("%q below %s: %s, want %s", tt.name, tt.base, uri, tt.want)
		}
	}
	req := file(s.URL, "1.a/b.json")
	req.Flat = true
	if get(t, c, req); uri != "/1.a%2Fb.json" {
		t.Errorf("flat: %s", uri)
	}
}

func TestConnectionsAreReused(t *testing.T) {
	page := strings.Repeat("not here ", 1000)
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/missing":
			http.Error(w, page, 404)
		case "/elsewhere":
			http.Redirect(w, r, "/a", http.StatusFound)
		default:
			io.WriteString(w, "12345")
		}
	})
	c := newClient(t, Options{})
	for i, name := range []string{"a", "missing", "elsewhere", "a"} {
		o := get(t, c, exactly(s.URL, name, 5))
		last := o.trace.last()
		if last.Reused != (i > 0) || last.Address != s.Listener.Addr().String() {
			t.Errorf("%s: %+v", name, last)
		}
		if want := []Phase{Pool, Send, Headers, Body}; i > 0 && name != "missing" && !slices.Equal(o.trace.phases(), want) {
			t.Errorf("%s: phases %v, want %v", name, o.trace.phases(), want)
		}
	}
}

// TestErrorPageThatDawdles: the answer is known, so nobody waits for its page.
func TestErrorPageThatDawdles(t *testing.T) {
	stop := make(chan struct{})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(404)
		w.(http.Flusher).Flush()
		<-stop
	})
	defer close(stop)
	begun := time.Now()
	if e := get(t, newClient(t, Options{}), file(s.URL, "a")).failure(t); e.Kind != finding.Missing {
		t.Errorf("got %+v", e)
	}
	if d := time.Since(begun); d > 5*time.Second {
		t.Errorf("took %s", d)
	}
}

func TestCancelReturnsTheCause(t *testing.T) {
	for _, tt := range []struct {
		name    string
		phase   Phase
		asked   int
		handler func(w http.ResponseWriter, r *http.Request)
	}{
		{"before the header", Headers, 1, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		{"in the body", Body, 1, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, "12345")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}},
		{"in a redirect's second answer", Headers, 2, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/a" {
				http.Redirect(w, r, "/b", http.StatusFound)
				return
			}
			<-r.Context().Done()
		}},
	} {
		for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
			t.Run(tt.name+" with "+protocol, func(t *testing.T) {
				asked, closed := make(chan string, 2), make(chan struct{})
				s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Proto != protocol {
						t.Errorf("asked with %s", r.Proto)
					}
					asked <- r.URL.Path
					tt.handler(w, r)
					if r.Context().Err() != nil {
						close(closed)
					}
				}))
				s.EnableHTTP2 = protocol == "HTTP/2.0"
				s.StartTLS()
				t.Cleanup(s.Close)
				c := newClient(t, Options{CA: pemOf(s), HTTP1: protocol == "HTTP/1.1"})
				cause := errors.New("stalled")
				ctx, cancel := context.WithCancelCause(t.Context())
				rec := &recorder{}
				done := make(chan error, 1)
				go func() {
					_, err := c.Get(ctx, exactly(s.URL, "a", 1000), io.Discard, rec)
					done <- err
				}()
				until(t, "the phase", func() bool {
					return rec.last().Phase == tt.phase && len(asked) == tt.asked && (tt.phase != Body || rec.bytes() > 0)
				})
				begun := time.Now()
				cancel(cause)
				if err := <-done; err != cause {
					t.Errorf("got %v", err)
				}
				if d := time.Since(begun); d > 2*time.Second {
					t.Errorf("took %s", d)
				}
				select {
				case <-closed:
				case <-time.After(10 * time.Second):
					t.Error("the server has not noticed")
				}
			})
		}
	}
}
