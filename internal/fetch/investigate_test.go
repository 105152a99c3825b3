package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// impatient is the limit of a step in tests: silence is known soon.
const impatient = 400 * time.Millisecond

// addresses serves the same port on several addresses of loopback.
func addresses(t *testing.T, handlers map[string]http.HandlerFunc) (port string) {
	t.Helper()
	port = "0"
	for _, ip := range []string{"127.0.0.1", "127.0.0.2", "127.0.0.3"} {
		h, ok := handlers[ip]
		if !ok {
			continue
		}
		l, err := net.Listen("tcp", net.JoinHostPort(ip, port))
		if err != nil {
			t.Skipf("this system has no %s: %v", ip, err)
		}
		_, port, _ = net.SplitHostPort(l.Addr().String())
		s := &httptest.Server{Listener: l, Config: &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}}
		s.Start()
		t.Cleanup(s.Close)
	}
	return port
}

// content answers with a file, ranges and all; mute answers nothing.
func content(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(strings.Repeat("x", 100_000)))
}

// unanswered never answers: to return would be to say 200, and a client that is just
// leaving could hear it.
func unanswered(_ http.ResponseWriter, r *http.Request) {
	<-r.Context().Done()
	panic(http.ErrAbortHandler)
}

// inquire investigates with impatience and checks what holds for every table.
func inquire(t *testing.T, ctx context.Context, c *Client, f File, others ...File) Conclusion {
	t.Helper()
	var reported []Step
	over := false
	begun := time.Now()
	got := c.investigate(ctx, f, func(s Step) {
		if over {
			t.Error("a report after the end")
		}
		reported = append(reported, s)
	}, impatient, others)
	over = true
	if len(reported) != len(got.Steps) || time.Since(begun) > 8*time.Second {
		t.Errorf("%d of %d steps were reported in %s", len(reported), len(got.Steps), time.Since(begun))
	}
	for _, s := range got.Steps {
		t.Logf("%-12s %-16s %-8s %8s %-8s %s", s.Check, s.Address, s.Protocol, s.Duration.Round(time.Millisecond), s.Result, s.Outcome)
	}
	return got
}

func TestInvestigateAddresses(t *testing.T) {
	for _, tt := range []struct {
		name     string
		handlers map[string]http.HandlerFunc
		want     string // what it begins with
	}{
		{"one is silent", map[string]http.HandlerFunc{"127.0.0.1": content, "127.0.0.2": unanswered, "127.0.0.3": content}, "127.0.0.2 is silent, the two other addresses answer in "},
		{"one refuses", map[string]http.HandlerFunc{"127.0.0.1": content, "127.0.0.3": content}, "127.0.0.2 refuses (connection refused), the two other addresses answer in "},
		{"all are silent", map[string]http.HandlerFunc{"127.0.0.1": unanswered, "127.0.0.2": unanswered, "127.0.0.3": unanswered}, "every address is silent, for other files too"},
		{"all are silent for this file", func() map[string]http.HandlerFunc {
			h := func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/a" {
					unanswered(w, r)
				}
				content(w, r)
			}
			return map[string]http.HandlerFunc{"127.0.0.1": h, "127.0.0.2": h, "127.0.0.3": h}
		}(), "every address is silent for this file, other files answer"},
		{"a cache is stuck", func() map[string]http.HandlerFunc {
			h := func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Cache-Control") != "no-cache" {
					unanswered(w, r)
				}
				content(w, r)
			}
			return map[string]http.HandlerFunc{"127.0.0.1": h, "127.0.0.2": h, "127.0.0.3": h}
		}(), "asked past caches, the server answers in "},
		{"all is well", map[string]http.HandlerFunc{"127.0.0.1": content, "127.0.0.2": content, "127.0.0.3": content}, "everything answers now"},
		{"all fail", func() map[string]http.HandlerFunc {
			h := func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", http.StatusServiceUnavailable) }
			return map[string]http.HandlerFunc{"127.0.0.1": h, "127.0.0.2": h, "127.0.0.3": h}
		}(), "every address answers, but not with the file: 503 Service Unavailable"},
		{"the body stops", func() map[string]http.HandlerFunc {
			h := func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Range") == "bytes=0-0" {
					content(w, r)
					return
				}
				w.Header().Set("Content-Length", "100000")
				_, _ = w.Write(make([]byte, 5000))
				_ = http.NewResponseController(w).Flush()
				unanswered(w, r)
			}
			return map[string]http.HandlerFunc{"127.0.0.1": h, "127.0.0.2": h, "127.0.0.3": h}
		}(), "the first byte comes, the first 64 KiB do not"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			port := addresses(t, tt.handlers)
			c := newClient(t, Options{Resolve: map[string]string{"repo.example:" + port: "127.0.0.1, 127.0.0.2,127.0.0.3"}})
			base := "http://repo.example:" + port
			got := inquire(t, t.Context(), c, File{Base: base, Name: "a"}, File{Base: base, Name: "b"})
			if !strings.HasPrefix(got.Text, tt.want) {
				t.Errorf("got %q, want %q", got.Text, tt.want)
			}
		})
	}
}

// TestSeveralAddressesAreTriedInTurn: Resolve with a list, in a plain Get.
func TestSeveralAddressesAreTriedInTurn(t *testing.T) {
	port := addresses(t, map[string]http.HandlerFunc{"127.0.0.2": content})
	c := newClient(t, Options{Resolve: map[string]string{"repo.example:" + port: "127.0.0.1,127.0.0.2"}})
	o := get(t, c, file("http://repo.example:"+port, "a"))
	if o.err != nil || o.trace.last().Address != "127.0.0.2:"+port {
		t.Errorf("%v, %+v", o.err, o.trace.last())
	}
	c = newClient(t, Options{Resolve: map[string]string{"repo.example:" + port: "127.0.0.3,127.0.0.1"}})
	if e := get(t, c, file("http://repo.example:"+port, "a")).failure(t); e.Text != "connection refused" {
		t.Errorf("%+v", e)
	}
}

func TestInvestigateProtocols(t *testing.T) {
	for _, tt := range []struct {
		stuck, want string
	}{
		{"HTTP/2.0", "HTTP/2 stalls, HTTP/1.1 does not"},
		{"HTTP/1.1", "HTTP/1.1 stalls, HTTP/2 does not"},
		{"none", "everything answers now"},
	} {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.Proto == tt.stuck {
				unanswered(w, r)
				return
			}
			content(w, r)
		}))
		s.EnableHTTP2 = true
		s.Config.ErrorLog = quiet()
		s.StartTLS()
		t.Cleanup(s.Close)
		c := newClient(t, Options{CA: pemOf(s)})
		if got := inquire(t, t.Context(), c, File{Base: s.URL, Name: "a"}); !strings.HasPrefix(got.Text, tt.want) {
			t.Errorf("got %q, want %q", got.Text, tt.want)
		}
		if tt.stuck == "none" {
			c = newClient(t, Options{})
			if got := inquire(t, t.Context(), c, File{Base: s.URL, Name: "a"}); !strings.HasPrefix(got.Text, "TLS fails: certificate is signed by an unknown authority") {
				t.Errorf("got %q", got.Text)
			}
		}
	}
}

func TestInvestigateOtherSilences(t *testing.T) {
	mute := listener(t, silentTCP)
	for _, tt := range []struct {
		name, base, proxy, want string
	}{
		{"TLS", "https://" + mute, "none", "127.0.0.1 takes connections and leaves the TLS handshake unanswered"},
		{"a proxy for http", "http://repo.example", "http://" + mute, "proxy 127.0.0.1 takes the request and is silent"},
		{"a proxy for https", "https://repo.example", "http://" + mute, "proxy 127.0.0.1 takes the request and is silent"},
		{"a resolver that knows nothing", "http://repo.invalid", "none", "the "}, // resolver, or host: as the machine has it
	} {
		c := newClient(t, Options{Proxy: tt.proxy})
		if got := inquire(t, t.Context(), c, File{Base: tt.base, Name: "a"}); !strings.HasPrefix(got.Text, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got.Text, tt.want)
		}
	}
}

// silentTCP reads until the client goes.
func silentTCP(c *net.TCPConn) { _, _ = io.Copy(io.Discard, c) }

func TestInvestigateEndsWithItsCaller(t *testing.T) {
	base := "http://" + listener(t, silentTCP)
	c := newClient(t, Options{})
	ctx, cancel := context.WithCancelCause(t.Context())
	asked := make(chan struct{}, 100)
	done := make(chan Conclusion, 1)
	go func() {
		done <- c.Investigate(ctx, File{Base: base, Name: "a"}, func(Step) { asked <- struct{}{} })
	}()
	<-asked // connected
	cancel(errors.New("cancelled by you"))
	select {
	case got := <-done:
		if got.Text != "given up: cancelled by you" {
			t.Errorf("%+v", got)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("it goes on")
	}
}

func TestInvestigateFolder(t *testing.T) {
	c := newClient(t, Options{})
	dir := folder(t, map[string]string{"a": "12345", "empty": ""})
	for name, want := range map[string]string{
		"a":     "the file can be opened and read now, in ",
		"empty": "the file can be opened and read now, in ",
		"b":     "the file cannot be read: no such file",
		"../a":  "nothing was asked: the name has a",
	} {
		if got := inquire(t, t.Context(), c, File{Base: dir, Name: name}); !strings.HasPrefix(got.Text, want) {
			t.Errorf("%s: %q, want %q", name, got.Text, want)
		}
	}
	if got := c.Investigate(t.Context(), File{Base: dir, Name: "a"}, nil); len(got.Steps) != 1 || got.Steps[0].Outcome != "opened and read: 5 bytes" {
		t.Errorf("%+v", got)
	}
	if got := c.Investigate(t.Context(), File{Base: "http://", Name: "a"}, nil); !strings.HasPrefix(got.Text, "nothing was asked: ") {
		t.Errorf("%+v", got)
	}
}

func TestAPanicInAStepIsAnOutcome(t *testing.T) {
	inv := &investigation{limit: time.Minute}
	ok := inv.step(t.Context(), Step{}, func(context.Context, *Step) error { panic("boom") })
	if s := inv.done(); ok || len(s) != 1 || s[0].Result != Refused || s[0].Outcome != "the inspector failed: boom" {
		t.Errorf("%+v", s)
	}
	inv.add(Step{})
	if len(inv.steps) != 1 {
		t.Error("a step after the end")
	}
}

// TestInvestigateARedirect: the host that was asked has answered, and is not the silent one.
func TestInvestigateARedirect(t *testing.T) {
	to := listener(t, func(c *net.TCPConn) { _, _ = io.Copy(io.Discard, c) })
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/well" {
			content(w, r)
			return
		}
		http.Redirect(w, r, "http://"+to+"/x", http.StatusFound)
	})
	got := inquire(t, t.Context(), newClient(t, Options{}), File{Base: s.URL, Name: "a"}, File{Base: s.URL, Name: "well"})
	if want := "the host behind a redirect to " + to + " is silent for this file, other files answer"; got.Text != want {
		t.Errorf("got %q, want %q", got.Text, want)
	}
	for _, step := range got.Steps {
		if step.Check == CheckFirstByte && !strings.HasSuffix(step.Outcome, BehindRedirect+to) {
			t.Errorf("%+v does not say where", step)
		}
	}
}
