package fetch

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/finding"
)

// taken is a sink that can start over, and a trace that hears of it.
type taken struct {
	recorder
	bytes.Buffer
	restarts, heard int
}

func (s *taken) Restart()   { s.Reset(); s.restarts++ }
func (s *taken) Restarted() { s.heard++ }

var (
	_ Restarter    = (*taken)(nil)
	_ RestartTrace = (*taken)(nil)
)

// TestResume goes on after a broken body, with the fault server.
func TestResume(t *testing.T) {
	const size = 300_000
	for _, tt := range []struct {
		name  string
		fault demo.Fault
		after int64 // bytes that the first Get brings
	}{
		{"after a reset", demo.Fault{Kind: demo.ResetBody, After: 100_000, Times: 1}, 100_000},
		{"after a short body", demo.Fault{Kind: demo.Short, After: 123_456, Times: 1}, 123_456},
		{"after all but one byte", demo.Fault{Kind: demo.Short, After: -1, Times: 1}, size - 1},
		{"after nothing", demo.Fault{Kind: demo.Short, After: 0, Times: 1}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			content := bytes.Repeat([]byte("0123456789"), size/10)
			repo, err := demo.Spec{Targets: []demo.Target{{Path: "a.bin", Content: content}}}.Build()
			if err != nil {
				t.Fatal(err)
			}
			srv, err := demo.Serve(repo, demo.WithFault("targets/a.bin", tt.fault))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(srv.Close)
			target, _ := repo.Target("a.bin")
			c := newClient(t, Options{})
			req := exactly(srv.URL(), target.Files[0], size)
			sink := &taken{}
			n, err := c.Get(t.Context(), req, sink, sink)
			e := (outcome{err: err}).failure(t)
			// A reset may overtake bytes that were under way.
			if e.Kind != finding.Incomplete && e.Kind != finding.Unreachable || !e.Retry || e.StartOver || n > tt.after || tt.fault.Kind == demo.Short && n != tt.after {
				t.Fatalf("%d bytes, %+v", n, e)
			}
			req.Offset = n
			if len(sink.responses) > 0 {
				req.IfRange = sink.responses[0].Validator
			}
			rest, err := c.Get(t.Context(), req, sink, sink)
			if err != nil || n+rest != size || !bytes.Equal(sink.Bytes(), content) || sink.restarts != 0 || sink.bytes() != size {
				t.Errorf("%d + %d bytes, %d in the sink, %d restarts: %v", n, rest, sink.Len(), sink.restarts, err)
			}
			log := srv.Log()
			want := ""
			if n > 0 {
				want = fmt.Sprintf("bytes=%d-", n)
			}
			if got := log[len(log)-1].Range; len(log) != 2 || got != want {
				t.Errorf("the server was asked for %q, want %q", got, want)
			}
		})
	}
}

// TestRest: what servers answer to a request for the rest of "0123456789".
func TestRest(t *testing.T) {
	const whole, tag = "0123456789", `"v1"`
	type header = map[string]string
	for _, tt := range []struct {
		name     string
		ifRange  string
		offset   int64
		length   int64
		status   int
		header   header
		body     string
		sent     string // If-Range
		kind     finding.ID
		over     bool // StartOver
		restarts int
		text     string
		want     string // in the sink
	}{
		{"the rest", tag, 4, 10, 206, header{"Content-Range": "bytes 4-9/10", "ETag": tag}, "456789", tag, "", false, 0, "", whole},
		{"the rest, total unknown", tag, 4, 10, 206, header{"Content-Range": "bytes 4-9/*"}, "456789", tag, "", false, 0, "", whole},
		{"the rest, length unknown", tag, 4, -1, 206, header{"Content-Range": "bytes 4-9/10"}, "456789", tag, "", false, 0, "", whole},
		{"no length, no total", tag, 4, -1, 206, header{"Content-Range": "bytes 4-9/*"}, "456789", tag, finding.ServerError, true, 0, "does not say how long the whole is", "0123"},
		{"a part of the rest", tag, 4, 10, 206, header{"Content-Range": "bytes 4-6/10"}, "456", tag, finding.Incomplete, false, 0, "only a part was sent: 7 of 10 B", "0123456"},
		{"the whole", tag, 4, 10, 200, nil, whole, tag, "", false, 1, "", whole},
		{"another whole: the entity tag has changed", `"old"`, 4, 10, 200, header{"ETag": tag}, "9876543210", `"old"`, "", false, 1, "", "9876543210"},
		{"the whole, too long", tag, 4, 10, 200, nil, whole + "x", tag, finding.WrongLength, false, 0, "1 byte too long", "0123"},
		{"it starts elsewhere", tag, 4, 10, 206, header{"Content-Range": "bytes 3-9/10"}, "3456789", tag, finding.ServerError, true, 0, "the server sends from byte 3, asked for was byte 4", "0123"},
		{"it starts at 0", tag, 4, 10, 206, header{"Content-Range": "bytes 0-9/10"}, whole, tag, finding.ServerError, true, 0, "from byte 0", "0123"},
		{"the wrong total", tag, 4, 10, 206, header{"Content-Range": "bytes 4-9/11"}, "456789", tag, finding.ServerError, true, 0, "the file has 11 bytes, 10 bytes expected", "0123"},
		{"no Content-Range", tag, 4, 10, 206, nil, "456789", tag, finding.ServerError, true, 0, "206 without one Content-Range", "0123"},
		{"a Content-Range that cannot be read", tag, 4, 10, 206, header{"Content-Range": "bytes 4-x/10"}, "456789", tag, finding.ServerError, true, 0, "cannot be read", "0123"},
		{"several ranges", tag, 4, 10, 206, header{"Content-Type": "multipart/byteranges; boundary=x"}, "--x\r\nContent-Range: bytes 4-9/10\r\n\r\n456789\r\n--x--", tag, finding.ServerError, true, 0, "206 without one Content-Range", "0123"},
		{"fewer bytes than the range has", tag, 4, 10, 206, header{"Content-Range": "bytes 4-9/10"}, "456", tag, finding.ServerError, true, 0, "announces 3 bytes for a part of 6 bytes", "0123"},
		{"more bytes than the range has", tag, 4, 10, 206, header{"Content-Range": "bytes 4-9/10"}, "4567890", tag, finding.ServerError, true, 0, "announces 7 bytes", "0123"},
		{"the rest of another file", tag, 4, 10, 206, header{"Content-Range": "bytes 4-9/10", "ETag": `"v2"`}, "XXXXXX", tag, finding.ServerError, true, 0, "the file has changed on the server", "0123"},
		{"the rest, encoded", tag, 4, 10, 206, header{"Content-Range": "bytes 4-9/10", "Content-Encoding": "gzip"}, "456789", tag, finding.ServerError, true, 0, "encoded", "0123"},
		{"416", tag, 4, 10, 416, header{"Content-Range": "bytes */3"}, "", tag, finding.ServerError, true, 0, "416 Requested Range Not Satisfiable: the server has no byte 4", "0123"},
		{"404", tag, 4, 10, 404, nil, "", tag, finding.Missing, false, 0, "404 Not Found", "0123"},
		{"503", tag, 4, 10, 503, nil, "", tag, finding.ServerError, false, 0, "503", "0123"},
		{"a weak entity tag is not sent", `W/"v1"`, 4, 10, 206, header{"Content-Range": "bytes 4-9/10", "ETag": `W/"v2"`}, "456789", "", "", false, 0, "", whole},
		{"what is no validator is not sent", "\"a\r\nX: y\"", 4, 10, 206, header{"Content-Range": "bytes 4-9/10"}, "456789", "", "", false, 0, "", whole},
		{"a date", "Mon, 02 Jan 2006 15:04:05 GMT", 4, 10, 206, header{"Content-Range": "bytes 4-9/10", "Last-Modified": "Mon, 02 Jan 2006 15:04:05 GMT"}, "456789", "Mon, 02 Jan 2006 15:04:05 GMT", "", false, 0, "", whole},
		{"another date", "Mon, 02 Jan 2006 15:04:05 GMT", 4, 10, 206, header{"Content-Range": "bytes 4-9/10", "Last-Modified": "Mon, 02 Jan 2006 15:04:06 GMT"}, "456789", "Mon, 02 Jan 2006 15:04:05 GMT", finding.ServerError, true, 0, "has changed", "0123"},
		{"nothing is left", tag, 10, 10, 200, nil, whole, "", "", false, 1, "", whole},
		{"less than nothing is left", tag, math.MaxInt64, 10, 200, nil, whole, "", "", false, 1, "", whole},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var asked http.Header
			s := serve(t, func(w http.ResponseWriter, r *http.Request) {
				asked = r.Header.Clone()
				for k, v := range tt.header {
					w.Header().Set(k, v)
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			sink := &taken{}
			sink.WriteString(whole[:min(tt.offset, 10)])
			had := int64(sink.Len())
			n, err := newClient(t, Options{}).Get(t.Context(), Request{File: File{Base: s.URL, Name: "a"}, Length: tt.length, Limit: 20, Offset: tt.offset, IfRange: tt.ifRange}, sink, sink)
			if tt.kind == "" && err != nil || tt.kind != "" && err == nil {
				t.Fatal(err)
			}
			if err != nil {
				e := (outcome{err: err}).failure(t)
				if e.Kind != tt.kind || e.StartOver != tt.over || !strings.Contains(e.Text, tt.text) || e.StartOver && !e.Retry {
					t.Errorf("got %+v", e)
				}
			}
			if sink.restarts > 0 {
				had = 0
			}
			if sink.String() != tt.want || sink.restarts != tt.restarts || sink.heard != tt.restarts || n != int64(sink.Len())-had || n != sink.bytes() {
				t.Errorf("sink %q, %d bytes, %d restarts", sink.String(), n, sink.restarts)
			}
			if got := asked.Get("If-Range"); got != tt.sent || (asked.Get("Range") == "") != (tt.offset >= 10) {
				t.Errorf("asked for %q, if %q", asked.Get("Range"), got)
			}
		})
	}
}

// TestASinkThatCannotStartOver gets nothing.
func TestASinkThatCannotStartOver(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "0123456789") })
	req := exactly(s.URL, "a", 10)
	req.Offset = 4
	var sink bytes.Buffer
	n, err := newClient(t, Options{}).Get(t.Context(), req, &sink, nil)
	if e := (outcome{err: err}).failure(t); e.Kind != finding.InspectorFault || !e.StartOver || n != 0 || sink.Len() != 0 {
		t.Errorf("%d bytes, %+v", n, e)
	}
}

// TestARedirectKeepsTheRange: the rest may lie on another host.
func TestARedirectKeepsTheRange(t *testing.T) {
	var ranges []string
	there := serve(t, func(w http.ResponseWriter, r *http.Request) {
		ranges = append(ranges, r.Header.Get("Range"), r.Header.Get("If-Range"), r.Header.Get("Authorization"))
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader("0123456789"))
	})
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, there.URL+"/b", http.StatusFound) })
	sink := &taken{}
	sink.WriteString("0123")
	req := exactly(s.URL, "a", 10)
	req.Offset = 4
	c := newClient(t, Options{Header: http.Header{"Authorization": {"x"}}})
	if _, err := c.Get(t.Context(), req, sink, sink); err != nil || sink.String() != "0123456789" {
		t.Errorf("%q, %v", sink.String(), err)
	}
	if !slices.Equal(ranges, []string{"bytes=4-", "", ""}) {
		t.Errorf("%q", ranges)
	}
	// The header that all requests share has not learned of it.
	if _, err := c.Get(t.Context(), exactly(s.URL, "a", 10), io.Discard, nil); err != nil || ranges[3] != "" {
		t.Errorf("%q, %v", ranges, err)
	}
}

func TestResumeInAFolder(t *testing.T) {
	dir := folder(t, map[string]string{"a": "0123456789"})
	c := newClient(t, Options{})
	for _, tt := range []struct {
		name           string
		offset, length int64
		want           string
		restarts       int
		over, ok       bool
	}{
		{"the rest", 4, 10, "0123456789", 0, false, true},
		{"the rest, length unknown", 4, -1, "0123456789", 0, false, true},
		{"nothing left", 10, 10, "0123456789", 1, false, true},
		{"smaller than before", 15, 20, "0123456789", 0, true, false},
		{"smaller than signed", 4, 20, "0123456789", 0, false, false},
		{"larger than signed", 4, 8, "0123", 0, false, false},
	} {
		sink := &taken{}
		sink.WriteString("0123456789"[:min(tt.offset, 10)])
		_, err := c.Get(t.Context(), Request{File: File{Base: dir, Name: "a"}, Length: tt.length, Limit: 20, Offset: tt.offset}, sink, sink)
		if (err == nil) != tt.ok || sink.String() != tt.want || sink.restarts != tt.restarts {
			t.Errorf("%s: %q, %d restarts, %v", tt.name, sink.String(), sink.restarts, err)
		}
		if err != nil {
			if e := (outcome{err: err}).failure(t); e.StartOver != tt.over {
				t.Errorf("%s: %+v", tt.name, e)
			}
		}
	}
}

func TestValidators(t *testing.T) {
	const then, later = "Mon, 02 Jan 2006 15:04:05 GMT", "Mon, 02 Jan 2006 15:04:06 GMT"
	for _, tt := range []struct {
		name string
		h    http.Header
		want string
	}{
		{"a strong entity tag", http.Header{"Etag": {`"a-1"`}, "Last-Modified": {then}}, `"a-1"`},
		{"an empty entity tag", http.Header{"Etag": {`""`}}, `""`},
		{"a weak one, and a date that must not be used then", http.Header{"Etag": {`W/"a"`}, "Last-Modified": {then}, "Date": {later}}, ""},
		{"two", http.Header{"Etag": {`"a"`, `"b"`}}, ""},
		{"without quotes", http.Header{"Etag": {"abc"}}, ""},
		{"with a space", http.Header{"Etag": {`"a b"`}}, ""},
		{"with an escape", http.Header{"Etag": {"\"\x1b\""}}, ""},
		{"one quote", http.Header{"Etag": {`"`}}, ""},
		{"too long", http.Header{"Etag": {`"` + strings.Repeat("x", 300) + `"`}}, ""},
		{"a date", http.Header{"Last-Modified": {then}, "Date": {later}}, then},
		{"a date as old as the answer", http.Header{"Last-Modified": {then}, "Date": {then}}, ""},
		{"a date without a clock", http.Header{"Last-Modified": {then}}, ""},
		{"no date", http.Header{"Last-Modified": {"yesterday"}, "Date": {later}}, ""},
		{"nothing", http.Header{}, ""},
	} {
		if got := validator(tt.h); got != tt.want || got != "" && !usable(got) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func FuzzContentRange(f *testing.F) {
	for _, s := range []string{"bytes 5-9/10", "bytes 5-9/*", "bytes */10", "bytes 9-5/10", "bytes 5-10/10", "bytes -1-2/3", "bytes 0-9223372036854775807/*", "bytes 4611686018427387904-4611686018427387904/*", "items 1-2/3", "bytes 1-2-3/4", "bytes  1-2/3", "bytes 1- 2/3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		start, end, total, ok := parseContentRange(s)
		if !ok {
			return
		}
		if start < 0 || end <= start || total >= 0 && end > total || total < -1 {
			t.Errorf("%q: %d-%d/%d", s, start, end, total)
		}
		all := "*"
		if total >= 0 {
			all = fmt.Sprint(total)
		}
		again := fmt.Sprintf("bytes %d-%d/%s", start, end-1, all)
		if a, b, c, ok := parseContentRange(again); !ok || a != start || b != end || c != total {
			t.Errorf("%q and %q differ", s, again)
		}
	})
}
