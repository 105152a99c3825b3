package fetch

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/finding"
)

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
		{599, finding.ServerError, true, "599 status code 599"},
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

// FuzzRetryAfter: whatever a server asks for, the wait is bounded.
func FuzzRetryAfter(f *testing.F) {
	f.Add("120", "")
	f.Add("-1", "x")
	f.Add("Fri, 31 Dec 1999 23:59:59 GMT", "Fri, 31 Dec 1999 23:59:58 GMT")
	f.Add("9223372036854775807", "")
	f.Fuzz(func(t *testing.T, value, date string) {
		if d := retryAfter(http.Header{"Retry-After": {value}, "Date": {date}}); d < 0 || d > maxRetryAfter {
			t.Fatalf("%q at %q: %s", value, date, d)
		}
	})
}
