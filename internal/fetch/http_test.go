package fetch

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
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

func TestStatus(t *testing.T) {
	for _, tt := range []struct {
		status int
		kind   finding.ID
		retry  bool
		text   string
	}{
		{204, finding.ServerError, false, "204 No Content, which is not an answer with a file"},
		{206, finding.ServerError, false, "206 Partial Content, though the whole file was asked for"},
		{300, finding.ServerError, false, "300 Multiple Choices, which was not asked for"},
		{302, finding.ServerError, false, "302 Found without an address to go to"},
		{304, finding.ServerError, false, "304 Not Modified, which was not asked for"},
		{400, finding.Forbidden, false, "400 Bad Request"},
		{401, finding.Forbidden, false, "401 Unauthorized"},
		{403, finding.Forbidden, false, "403 Forbidden"},
		{404, finding.Missing, false, "404 Not Found"},
		{408, finding.ServerError, true, "408 Request Timeout"},
		{410, finding.Missing, false, "410 Gone"},
		{418, finding.Forbidden, false, "418 I'm a teapot"},
		{425, finding.ServerError, true, "425 Too Early"},
		{429, finding.ServerError, true, "429 Too Many Requests"},
		{500, finding.ServerError, true, "500 Internal Server Error"},
		{502, finding.ServerError, true, "502 Bad Gateway"},
		{503, finding.ServerError, true, "503 Service Unavailable"},
		{599, finding.ServerError, true, "599"},
	} {
		t.Run(fmt.Sprint(tt.status), func(t *testing.T) {
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(tt.status)
				if tt.status != 204 && tt.status != 304 {
					io.WriteString(w, "an error page")
				}
			})
			o := get(t, newClient(t, Options{}), file(s.URL, "a"))
			e := o.failure(t)
			if e.Kind != tt.kind || e.Retry != tt.retry || e.Text != tt.text || e.Status != tt.status || o.n != 0 {
				t.Errorf("got %+v", e)
			}
			if want := 7 * time.Second; tt.retry != (e.RetryAfter == want) {
				t.Errorf("retry after %s", e.RetryAfter)
			}
			if r := o.trace.responses; len(r) != 1 || r[0].Status != tt.status || r[0].Protocol != "HTTP/1.1" || r[0].Header["Retry-After"] != "7" {
				t.Errorf("responses %+v", r)
			}
		})
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Now().UTC()
	date := func(t time.Time) string { return t.Format(http.TimeFormat) }
	for _, tt := range []struct {
		name, value, date string
		low, high         time.Duration
	}{
		{"seconds", "120", "", 120 * time.Second, 120 * time.Second},
		{"spaces", " 3 ", "", 3 * time.Second, 3 * time.Second},
		{"none", "", "", 0, 0},
		{"negative", "-5", "", 0, 0},
		{"absurd", "99999999", "", 0, 0},
		{"beyond numbers", "99999999999999999999", "", 0, 0},
		{"no number", "soon", "", 0, 0},
		{"a fraction", "1.5", "", 0, 0},
		{"a date", date(now.Add(60 * time.Second)), "", 50 * time.Second, 61 * time.Second},
		{"a date by the server's clock", date(now.Add(time.Hour)), date(now.Add(time.Hour - 30*time.Second)), 30 * time.Second, 30 * time.Second},
		{"a date that is over", date(now.Add(-time.Hour)), "", 0, 0},
		{"a date far away", date(now.AddDate(10, 0, 0)), "", 0, 0},
	} {
		h := http.Header{"Retry-After": {tt.value}}
		if tt.date != "" {
			h.Set("Date", tt.date)
		}
		if got := retryAfter(h); got < tt.low || got > tt.high {
			t.Errorf("%s: %s", tt.name, got)
		}
	}
}

// TestBodies: what a server sends, against what was asked for.
func TestBodies(t *testing.T) {
	const head = "HTTP/1.1 200 OK\r\n"
	reset := func(c *net.TCPConn) { _ = c.SetLinger(0) }
	say := func(text string) func(*net.TCPConn) { return func(c *net.TCPConn) { io.WriteString(c, text) } }
	for _, tt := range []struct {
		name   string
		answer func(*net.TCPConn)
		length int64 // negative: a limit of 10
		n      int64
		kind   finding.ID
		retry  bool
		text   string
	}{
		{"exact", say(head + "Content-Length: 5\r\n\r\n12345"), 5, 5, "", false, ""},
		{"exact, in chunks", say(head + "Transfer-Encoding: chunked\r\n\r\n2\r\n12\r\n3\r\n345\r\n0\r\n\r\n"), 5, 5, "", false, ""},
		{"exact, ended by closing", say(head + "\r\n12345"), 5, 5, "", false, ""},
		{"within the limit", say(head + "Content-Length: 5\r\n\r\n12345"), -1, 5, "", false, ""},
		{"as large as the limit", say(head + "Content-Length: 10\r\n\r\n1234567890"), -1, 10, "", false, ""},
		{"empty", say(head + "Content-Length: 0\r\n\r\n"), 0, 0, "", false, ""},
		{"one more announced", say(head + "Content-Length: 6\r\n\r\n123456"), 5, 0, finding.WrongLength, false, "6 bytes announced, 5 bytes expected"},
		{"much more announced", say(head + "Content-Length: 1234567890123\r\n\r\n123456"), 5, 0, finding.WrongLength, false, "1,234,567,890,123 bytes announced, 5 bytes expected"},
		{"one more in chunks", say(head + "Transfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n0\r\n\r\n"), 5, 5, finding.WrongLength, false, "more than the expected 5 bytes"},
		{"one where none is expected", say(head + "Transfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\n\r\n"), 0, 0, finding.WrongLength, false, "more than the expected 0 bytes"},
		{"more than the limit announced", say(head + "Content-Length: 11\r\n\r\n12345678901"), -1, 0, finding.TooLarge, false, "11 bytes announced, the limit is 10 bytes"},
		{"more than the limit in chunks", say(head + "Transfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n"), -1, 10, finding.TooLarge, false, "more than the limit of 10 bytes"},
		{"one fewer, as announced", say(head + "Content-Length: 4\r\n\r\n1234"), 5, 4, finding.WrongLength, false, "4 bytes, 5 bytes expected"},
		{"one fewer, in chunks", say(head + "Transfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n0\r\n\r\n"), 5, 4, finding.WrongLength, false, "4 bytes, 5 bytes expected"},
		{"one fewer, and nothing announced", say(head + "\r\n1234"), 5, 4, finding.Incomplete, true, "the connection ended after 4 bytes of 5 bytes, and the server had announced no length"},
		{"closed too early", say(head + "Content-Length: 5\r\n\r\n123"), 5, 3, finding.Incomplete, true, "connection closed after 3 bytes of 5 bytes"},
		{"closed too early, length unknown", say(head + "Content-Length: 9\r\n\r\n123"), -1, 3, finding.Incomplete, true, "connection closed after 3 bytes of 9 bytes"},
		{"closed within a chunk", say(head + "Transfer-Encoding: chunked\r\n\r\n5\r\n123"), 5, 3, finding.Incomplete, true, "connection closed after 3 bytes of 5 bytes"},
		{"closed between chunks", say(head + "Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\n"), -1, 3, finding.Incomplete, true, "connection closed after 3 bytes"},
		{"chunks that cannot be read", say(head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n123"), 5, 0, finding.Incomplete, true, "unreadable chunked encoding after 0 bytes of 5 bytes"},
		{"closed before the header", say(""), 5, 0, finding.Unreachable, true, "connection closed before an answer"},
		{"closed in the header", say("HTTP/1.1 200 OK\r\nContent-"), 5, 0, finding.Unreachable, true, "connection closed before an answer"},
		{"reset before the header", reset, 5, 0, finding.Unreachable, true, "connection reset by peer before an answer"},
		{"no HTTP", say("220 smtp.example ESMTP\r\n"), 5, 0, finding.ServerError, false, `the answer is not HTTP that can be read: malformed HTTP version "220"`},
		{"an escape sequence for a status", say("HTTP/1.1 500 \x1b[2J\r\nContent-Length: 0\r\n\r\n"), 5, 0, finding.ServerError, true, `500 \u{1b}[2J`},
		{"two lengths", say(head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345"), 5, 0, finding.ServerError, false, "the answer is not HTTP that can be read"},
		{"a negative length", say(head + "Content-Length: -5\r\n\r\n12345"), 5, 0, finding.ServerError, false, "the answer is not HTTP that can be read"},
		{"a header without end", func(c *net.TCPConn) {
			io.WriteString(c, head)
			for range 100 {
				io.WriteString(c, "X: "+strings.Repeat("x", 1000)+"\r\n")
			}
		}, 5, 0, finding.ServerError, false, "the header of the answer is larger than 64 KiB"},
		{"interim answers without end", func(c *net.TCPConn) {
			for range 10000 {
				if _, err := io.WriteString(c, "HTTP/1.1 103 Early Hints\r\nX: "+strings.Repeat("x", 100)+"\r\n\r\n"); err != nil {
					return
				}
			}
		}, 5, 0, finding.ServerError, false, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			base := raw(t, tt.answer)
			o := get(t, newClient(t, Options{}), Request{File: File{Base: base, Name: "a"}, Length: tt.length, Limit: 10})
			if o.n != tt.n {
				t.Errorf("%d bytes, want %d", o.n, tt.n)
			}
			if tt.kind == "" {
				if o.err != nil {
					t.Error(o.err)
				}
				return
			}
			e := o.failure(t)
			if e.Kind != tt.kind || e.Retry != tt.retry || !strings.HasPrefix(e.Text, tt.text) {
				t.Errorf("got %+v, want %q", e, tt.text)
			}
		})
	}
}

func TestResetInTheBody(t *testing.T) {
	received := make(chan struct{})
	base := raw(t, func(c *net.TCPConn) {
		fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: 40960\r\n\r\n%s", strings.Repeat("x", 12<<10))
		<-received // or the reset overtakes the bytes
		_ = c.SetLinger(0)
	})
	var n int64
	sink := writerFunc(func(p []byte) (int, error) {
		if n += int64(len(p)); n == 12<<10 {
			close(received)
		}
		return len(p), nil
	})
	_, err := newClient(t, Options{}).Get(t.Context(), exactly(base, "a", 40<<10), sink, nil)
	e := (outcome{err: err}).failure(t)
	if e.Kind != finding.Incomplete || !e.Retry || e.Text != "connection reset by peer after 12 KiB of 40 KiB" {
		t.Errorf("got %+v", e)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestEndlessBodyIsCut(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		p := make([]byte, 32<<10)
		for {
			if _, err := w.Write(p); err != nil {
				return
			}
		}
	})
	c := newClient(t, Options{})
	if e := get(t, c, exactly(s.URL, "a", 100_000)).failure(t); e.Kind != finding.WrongLength {
		t.Errorf("got %+v", e)
	}
	o := get(t, c, Request{File: File{Base: s.URL, Name: "a"}, Length: -1, Limit: 70_000})
	if e := o.failure(t); e.Kind != finding.TooLarge || o.n != 70_000 {
		t.Errorf("%d bytes, %+v", o.n, e)
	}
}

func TestEncodedBodyIsRefused(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Accept-Encoding"); got != "identity" {
			t.Errorf("asks for %q", got)
		}
		encoding := strings.TrimPrefix(r.URL.Path, "/")
		w.Header().Set("Content-Encoding", encoding)
		if encoding != "gzip" {
			io.WriteString(w, "12345")
			return
		}
		z := gzip.NewWriter(w)
		io.WriteString(z, "12345")
		z.Close()
	})
	c := newClient(t, Options{})
	o := get(t, c, file(s.URL, "gzip"))
	e := o.failure(t)
	if e.Kind != finding.ServerError || e.Retry || !strings.HasPrefix(e.Text, "the body is gzip-encoded") || o.n != 0 || e.Status != 200 {
		t.Errorf("got %+v", e)
	}
	if o := get(t, c, file(s.URL, "Identity")); o.err != nil || string(o.body) != "12345" {
		t.Errorf("identity: %v", o.err)
	}
}

func TestSinkFails(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "12345") })
	dir := folder(t, map[string]string{"a": "12345"})
	full := errors.New("disk full")
	c := newClient(t, Options{})
	for _, base := range []string{s.URL, dir} {
		for _, sink := range []writerFunc{
			func([]byte) (int, error) { return 2, full },
			func([]byte) (int, error) { return 2, nil },
		} {
			n, err := c.Get(t.Context(), file(base, "a"), sink, nil)
			e := (outcome{err: err}).failure(t)
			if e.Kind != finding.InspectorFault || e.Retry || n != 2 || !errors.Is(err, full) && !errors.Is(err, io.ErrShortWrite) {
				t.Errorf("%d bytes, %+v", n, e)
			}
		}
	}
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

func TestResponseHeaders(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("ETag", `"x"`)
		h.Set("X-Cache", "HIT\u009b2J")
		h["Via"] = []string{"1.1 a", "1.1 b"}
		h.Set("Set-Cookie", "secret=1")
		h.Set("Location", "https://user:secret@h/x?secret=1")
		h.Set("Content-Length", "5")
		io.WriteString(w, "12345")
	})
	o := get(t, newClient(t, Options{}), file(s.URL, "a"))
	if len(o.trace.responses) != 1 {
		t.Fatal(o.trace.responses, o.err)
	}
	r := o.trace.responses[0]
	for name, want := range map[string]string{"ETag": `"x"`, "X-Cache": `HIT\u{9b}2J`, "Via": "1.1 a, 1.1 b", "Location": "https://xxxxx@h/x?xxxxx", "Set-Cookie": ""} {
		if r.Header[name] != want {
			t.Errorf("%s: %q, want %q", name, r.Header[name], want)
		}
	}
	if r.Length != 5 || r.Status != 200 || r.TLS != "" {
		t.Errorf("%+v", r)
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
		handler func(w http.ResponseWriter, r *http.Request)
	}{
		{"before the header", Headers, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		{"in the body", Body, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "1000")
			io.WriteString(w, "12345")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}},
		{"in a redirect's second answer", Headers, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/a" {
				http.Redirect(w, r, "/b", http.StatusFound)
				return
			}
			<-r.Context().Done()
		}},
	} {
		for _, protocol := range []string{"HTTP/1.1", "HTTP/2.0"} {
			t.Run(tt.name+" with "+protocol, func(t *testing.T) {
				closed := make(chan struct{})
				s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if r.Proto != protocol {
						t.Errorf("asked with %s", r.Proto)
					}
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
				go func() {
					for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
						if rec.last().Phase == tt.phase && (tt.phase != Body || func() bool { rec.mu.Lock(); defer rec.mu.Unlock(); return rec.got > 0 }()) {
							break
						}
					}
					cancel(cause)
				}()
				done := make(chan error, 1)
				go func() {
					_, err := c.Get(ctx, exactly(s.URL, "a", 1000), io.Discard, rec)
					done <- err
				}()
				<-ctx.Done()
				begun := time.Now()
				if err := <-done; err != cause {
					t.Errorf("got %v", err)
				}
				if d := time.Since(begun); d > 2*time.Second {
					t.Errorf("took %s", d)
				}
				<-closed // the server notices
			})
		}
	}
}

func TestRedirects(t *testing.T) {
	own := http.Header{"X-Token": {"secret"}, "Cookie": {"secret=1"}}
	var elsewhere, home *httptest.Server
	var seen []string // "host path header"
	note := func(r *http.Request) {
		_, _, auth := r.BasicAuth()
		seen = append(seen, fmt.Sprintf("%s %v %v %v", r.URL.Path, auth, r.Header.Get("X-Token") != "", r.Header.Get("Cookie") != ""))
	}
	elsewhere = serve(t, func(w http.ResponseWriter, r *http.Request) {
		note(r)
		if r.URL.Path == "/back" {
			http.Redirect(w, r, home.URL+"/final", http.StatusFound)
			return
		}
		io.WriteString(w, "12345")
	})
	elsewhereName := strings.Replace(elsewhere.URL, "127.0.0.1", "localhost", 1)
	home = serve(t, func(w http.ResponseWriter, r *http.Request) {
		note(r)
		to := map[string]string{
			"/same":     "/final",
			"/relative": "final",
			"/away":     elsewhere.URL + "/x",
			"/named":    "//evil:pw@" + strings.TrimPrefix(elsewhereName, "http://") + "/x#frag",
			"/return":   elsewhere.URL + "/back",
			"/loop":     "/loop",
			"/file":     "file:///etc/hostname",
			"/ftp":      "ftp://h/x",
			"/script":   "javascript:alert(1)",
			"/nohost":   "http:///x",
			"/opaque":   "http:x",
			"/bad":      "http://h/%zz",
		}[r.URL.Path]
		if n := 0; strings.HasPrefix(r.URL.Path, "/n") && to == "" {
			fmt.Sscanf(r.URL.Path, "/n%d", &n)
			if to = fmt.Sprintf("/n%d", n-1); n <= 1 {
				to = "/final"
			}
		}
		if to != "" {
			w.Header().Set("Location", to)
			w.WriteHeader([]int{301, 302, 303, 307, 308}[len(seen)%5])
			return
		}
		io.WriteString(w, "12345")
	})
	base := strings.Replace(home.URL, "://", "://user:pass@", 1)
	c := newClient(t, Options{Header: own})
	for _, tt := range []struct {
		name string
		want []string
		text string
	}{
		{"same", []string{"/same true true true", "/final true true true"}, ""},
		{"relative", []string{"/relative true true true", "/final true true true"}, ""},
		{"away", []string{"/away true true true", "/x false false false"}, ""},
		{"named", []string{"/named true true true", "/x false false false"}, ""},
		{"return", []string{"/return true true true", "/back false false false", "/final false false false"}, ""},
		{"n5", nil, ""},
		{"n6", nil, "more than 5 redirects"},
		{"loop", nil, "more than 5 redirects"},
		{"file", nil, "a redirect to a file: address"},
		{"ftp", nil, "a redirect to a ftp: address"},
		{"script", nil, "a redirect to a javascript: address"},
		{"nohost", nil, "a redirect to an address without a host"},
		{"opaque", nil, "a redirect to an address without a host"},
		{"bad", nil, "a redirect to an address that cannot be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			seen = nil
			o := get(t, c, exactly(base, tt.name, 5))
			if tt.want != nil && !slices.Equal(seen, tt.want) {
				t.Errorf("the servers saw %q, want %q", seen, tt.want)
			}
			if tt.text == "" {
				if o.err != nil {
					t.Error(o.err)
				}
				if len(o.trace.responses) != len(seen) {
					t.Errorf("%d answers heard of, %d sent", len(o.trace.responses), len(seen))
				}
				return
			}
			if e := o.failure(t); e.Kind != finding.UnsafeRedirect || e.Retry || e.Text != tt.text || e.Status < 301 {
				t.Errorf("got %+v", e)
			}
		})
	}
}

func TestRedirectFromTLSToPlain(t *testing.T) {
	plain := serve(t, func(w http.ResponseWriter, r *http.Request) { t.Error("was asked") })
	s := httptest.NewTLSServer(http.RedirectHandler(plain.URL+"/x", http.StatusFound))
	t.Cleanup(s.Close)
	e := get(t, newClient(t, Options{CA: pemOf(s)}), file(s.URL, "a")).failure(t)
	if e.Kind != finding.UnsafeRedirect || e.Text != "a redirect from https to http" {
		t.Errorf("got %+v", e)
	}
}

func TestRedirectFromPlainToTLS(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Token") != "" {
			t.Error("got the headers of another port")
		}
	}))
	t.Cleanup(s.Close)
	plain := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, s.URL+"/x", http.StatusMovedPermanently)
	})
	o := get(t, newClient(t, Options{CA: pemOf(s), Header: http.Header{"X-Token": {"1"}}}), file(plain.URL, "a"))
	if o.err != nil || o.trace.responses[1].TLS != "TLS 1.3" {
		t.Errorf("%v, %+v", o.err, o.trace.responses)
	}
}

func TestSameServer(t *testing.T) {
	for _, tt := range []struct {
		first, next string
		want        bool
	}{
		{"https://h/a", "https://H/b", true},
		{"https://h/a", "https://h:443/b", true},
		{"http://h/a", "https://h/b", true},
		{"http://h:80/a", "https://h:443/b", true},
		{"http://h:8080/a", "https://h/b", false},
		{"http://h/a", "https://h:8443/b", false},
		{"https://h/a", "https://h:8443/b", false},
		{"https://h/a", "https://x.h/b", false},
		{"https://x.h/a", "https://h/b", false},
		{"https://h/a", "http://h/b", false},
	} {
		first, _ := url.Parse(tt.first)
		next, _ := url.Parse(tt.next)
		if got := sameServer(first, next); got != tt.want {
			t.Errorf("%s to %s: %v", tt.first, tt.next, got)
		}
	}
}
