package fetch

import (
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/tufinspect/internal/finding"
)

func TestHowLongACacheMayKeepAnAnswer(t *testing.T) {
	type header = map[string]string
	const date = "Fri, 31 Dec 1999 23:00:00 GMT"
	for _, c := range []struct {
		name       string
		h          header
		authorized bool
		want       time.Duration
	}{
		{"nothing is said", header{}, false, 0},
		{"max-age", header{"Cache-Control": "max-age=600"}, false, 10 * time.Minute},
		{"in other letters, quoted, among others", header{"Cache-Control": `foo="a, max-age=5", Public, MAX-AGE = "90"`}, false, 90 * time.Second},
		{"shared caches have their own", header{"Cache-Control": "max-age=600, s-maxage=5"}, false, 5 * time.Second},
		{"the shorter of two", header{"Cache-Control": "max-age=600, max-age=30"}, false, 30 * time.Second},
		{"no-cache", header{"Cache-Control": "max-age=600, no-cache"}, false, 0},
		{"no-store", header{"Cache-Control": "no-store, max-age=600"}, false, 0},
		{"private", header{"Cache-Control": "private, max-age=600"}, false, 0},
		{"a time that is none", header{"Cache-Control": "max-age=-1"}, false, 0},
		{"a time beyond all", header{"Cache-Control": "max-age=99999999999999999999"}, false, maxKept},
		{"Expires", header{"Date": date, "Expires": "Fri, 31 Dec 1999 23:05:00 GMT"}, false, 5 * time.Minute},
		{"Expires in the past", header{"Date": date, "Expires": "Fri, 31 Dec 1999 22:05:00 GMT"}, false, 0},
		{"Expires that is none", header{"Date": date, "Expires": "0"}, false, 0},
		{"Cache-Control goes before Expires", header{"Cache-Control": "max-age=0", "Date": date, "Expires": "Fri, 31 Dec 2199 23:05:00 GMT"}, false, 0},
		{"Expires without end", header{"Date": date, "Expires": "Fri, 31 Dec 9999 23:05:00 GMT"}, false, maxKept},
		{"no two requests are alike", header{"Cache-Control": "max-age=600", "Vary": "*"}, false, 0},
		{"for one client alone", header{"Cache-Control": "max-age=600"}, true, 0},
		{"for all, though one has asked", header{"Cache-Control": "max-age=600, public"}, true, 10 * time.Minute},
	} {
		h := http.Header{}
		for k, v := range c.h {
			h.Set(k, v)
		}
		at, _ := http.ParseTime(h.Get("Date"))
		if got := kept(h, at, time.Now(), c.authorized); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// FuzzKept: whatever a header says, the time is bounded.
func FuzzKept(f *testing.F) {
	f.Add("max-age=600, s-maxage=\"5\"", "", "")
	f.Add("", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT")
	f.Add(`no-cache="a,b", private`, "0", "x")
	f.Fuzz(func(t *testing.T, control, expires, date string) {
		h := http.Header{"Cache-Control": {control}, "Expires": {expires}}
		at, _ := http.ParseTime(date)
		if d := kept(h, at, time.Now(), false); d < 0 || d > maxKept {
			t.Fatalf("%q, %q at %q: %s", control, expires, date, d)
		}
	})
}

// hearer is a Trace that keeps what is said of answers.
type hearer struct {
	recorder
	mu      sync.Mutex
	answers []Answer
}

func (l *hearer) Answered(a Answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.answers = append(l.answers, a)
}

func TestAnswersAreTold(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			w.Header().Set("Location", strings.Replace("http://LOCALHOST/there", "LOCALHOST", r.Host, 1))
			w.WriteHeader(http.StatusFound)
		case "/chunked":
			w.Header().Set("Age", "7")
			w.Header().Set("Date", "Fri, 31 Dec 1999 23:00:00 GMT")
			w.(http.Flusher).Flush()
			io.WriteString(w, "1234567890")
		case "/rest":
			w.Header().Set("Content-Range", "bytes 4-9/10")
			w.WriteHeader(http.StatusPartialContent)
			io.WriteString(w, "567890")
		default:
			w.Header().Set("Cache-Control", "max-age=61")
			w.Header().Set("Content-Encoding", "aws-chunked")
			io.WriteString(w, "1234567890")
		}
	})
	host := strings.TrimPrefix(s.URL, "http://")
	c := newClient(t, Options{})
	ask := func(name string, offset int64) []Answer {
		l, begun := &hearer{}, time.Now()
		if _, err := c.Get(t.Context(), Request{File: File{Base: s.URL, Name: name}, Length: 10, Offset: offset}, io.Discard, l); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for i, a := range l.answers {
			if a.Host != host || a.Asked.Before(begun) || a.Came.Before(a.Asked) {
				t.Errorf("%s, answer %d: %+v", name, i, a)
			}
		}
		return l.answers
	}
	if a := ask("moved", 0); len(a) != 2 || a[0].To != host || a[0].Status != 302 || a[1].To != "" || a[1].Status != 200 {
		t.Errorf("a redirect: %+v", a)
	}
	if a := ask("chunked", 0)[0]; !a.NoLength || a.Whole >= 0 || !a.Aged || a.Age != 7*time.Second || a.Date.Year() != 1999 {
		t.Errorf("no length: %+v", a)
	}
	if a := ask("rest", 4)[0]; a.Whole != 10 || a.Status != 206 || a.NoLength {
		t.Errorf("a part: %+v", a)
	}
	if a := ask("there", 0)[0]; a.Kept != 61*time.Second || a.Encoding != "aws-chunked" || a.Whole != 10 || a.Aged || time.Since(a.Date) > time.Minute {
		t.Errorf("the plain answer: %+v", a)
	}
}

func TestOnlyEncodingsThatClientsDecodeAreRefused(t *testing.T) {
	for encoding, refused := range map[string]bool{
		"": false, "identity": false, "Identity": false, "aws-chunked": false, "utf-8": false, "none": false,
		"gzip": true, "X-GZip": true, "br": true, "deflate": true, "zstd": true, "identity, gzip": true, "aws-chunked,gzip": true,
	} {
		resp := &http.Response{StatusCode: 200, Header: http.Header{"Content-Encoding": {encoding}}}
		e := refuseAnswer(resp)
		if (e != nil) != refused || e != nil && (e.Kind != finding.ServerError || e.Retry) {
			t.Errorf("%q: %+v", encoding, e)
		}
	}
}
