package fetch

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"example.com/tufinspect/internal/finding"
)

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
		{"one more announced", say(head + "Content-Length: 6\r\n\r\n123456"), 5, 0, finding.WrongLength, false, "1 byte too long: 6 bytes announced, 5 bytes expected"},
		{"much more announced", say(head + "Content-Length: 1234567890123\r\n\r\n123456"), 5, 0, finding.WrongLength, false, "1,234,567,890,118 bytes too long: 1,234,567,890,123 bytes announced, 5 bytes expected"},
		{"one more in chunks", say(head + "Transfer-Encoding: chunked\r\n\r\n6\r\n123456\r\n0\r\n\r\n"), 5, 5, finding.WrongLength, false, "too long: more than the expected 5 bytes"},
		{"one where none is expected", say(head + "Transfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\n\r\n"), 0, 0, finding.WrongLength, false, "too long: more than the expected 0 bytes"},
		{"more than the limit announced", say(head + "Content-Length: 11\r\n\r\n12345678901"), -1, 0, finding.TooLarge, false, "too large: 11 bytes announced, the limit is 10 bytes"},
		{"more than the limit in chunks", say(head + "Transfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n0\r\n\r\n"), -1, 10, finding.TooLarge, false, "more than the limit of 10 bytes"},
		{"one fewer, as announced", say(head + "Content-Length: 4\r\n\r\n1234"), 5, 4, finding.WrongLength, false, "1 byte too short: 4 bytes, 5 bytes expected"},
		{"one fewer, in chunks", say(head + "Transfer-Encoding: chunked\r\n\r\n4\r\n1234\r\n0\r\n\r\n"), 5, 4, finding.WrongLength, false, "1 byte too short: 4 bytes, 5 bytes expected"},
		{"one fewer, and nothing announced", say(head + "\r\n1234"), 5, 4, finding.Incomplete, true, "the connection ended after 4 of 5 B, and the server had announced no length"},
		{"closed too early", say(head + "Content-Length: 5\r\n\r\n123"), 5, 3, finding.Incomplete, true, "connection closed after 3 of 5 B"},
		{"closed too early, length unknown", say(head + "Content-Length: 9\r\n\r\n123"), -1, 3, finding.Incomplete, true, "connection closed after 3 of 9 B"},
		{"closed within a chunk", say(head + "Transfer-Encoding: chunked\r\n\r\n5\r\n123"), 5, 3, finding.Incomplete, true, "connection closed after 3 of 5 B"},
		{"closed between chunks", say(head + "Transfer-Encoding: chunked\r\n\r\n3\r\n123\r\n"), -1, 3, finding.Incomplete, true, "connection closed after 3 B"},
		{"chunks that cannot be read", say(head + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n123"), 5, 0, finding.Incomplete, true, "unreadable chunked encoding after 0 of 5 B"},
		{"closed before the header", say(""), 5, 0, finding.Unreachable, true, "connection closed before an answer"},
		{"closed after a line of the header", say("HTTP/1.1 200 OK\r\nA: b\r\n"), 5, 0, finding.Unreachable, true, "connection closed before an answer"},
		{"closed within a line of the header", say("HTTP/1.1 200 OK\r\nContent-"), 5, 0, finding.ServerError, true, "the answer is not HTTP that can be read: malformed MIME header"},
		{"a cookie that is no line of a header", say("HTTP/1.1 200 OK\r\nSet-Cookie session=secret\r\n\r\n"), 5, 0, finding.ServerError, true, "the answer is not HTTP that can be read: malformed MIME header"},
		{"reset before the header", reset, 5, 0, finding.Unreachable, true, "connection reset by peer before an answer"},
		{"no HTTP", say("220 smtp.example ESMTP\r\n"), 5, 0, finding.ServerError, true, "the answer is not HTTP that can be read: malformed HTTP"},
		{"an escape sequence for a status", say("HTTP/1.1 500 \x1b[2J\r\nContent-Length: 0\r\n\r\n"), 5, 0, finding.ServerError, true, `500 \u{1b}[2J`},
		{"two lengths", say(head + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n12345"), 5, 0, finding.ServerError, true, "the answer is not HTTP that can be read"},
		{"a negative length", say(head + "Content-Length: -5\r\n\r\n12345"), 5, 0, finding.ServerError, true, "the answer is not HTTP that can be read"},
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
			if e.Kind != tt.kind || e.Retry != tt.retry || !strings.HasPrefix(e.Text, tt.text) || strings.Contains(e.Text, "secret") {
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
	if e.Kind != finding.Incomplete || !e.Retry || e.Text != "connection reset by peer after 12 of 40 KiB" {
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

// stubborn is a reader that brings nothing, for ever.
type stubborn struct{}

func (stubborn) Read([]byte) (int, error) { return 0, nil }

func TestReaderThatBringsNothing(t *testing.T) {
	c := newClient(t, Options{})
	req := file("http://h", "a")
	_, err := c.pour(t.Context(), stubborn{}, &req, 0, io.Discard, deaf{})
	if !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("got %v", err)
	}
}
