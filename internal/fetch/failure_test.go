package fetch

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"example.com/tufinspect/internal/finding"
)

// TestBrokenBodies has the errors of net/http that a server is not easily made to
// cause, as they stand in its source.
func TestBrokenBodies(t *testing.T) {
	for err, want := range map[error]string{
		errors.New(`http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=ENHANCE_YOUR_CALM, debug="x"`): "HTTP/2 connection closed by the server (ENHANCE_YOUR_CALM) after 1 of 2 KiB",
		errors.New("connection error: PROTOCOL_ERROR"):                     "HTTP/2 connection broken (PROTOCOL_ERROR) after 1 of 2 KiB",
		errors.New("stream error: stream ID 3; REFUSED_STREAM; from peer"): "HTTP/2 stream reset (REFUSED_STREAM) after 1 of 2 KiB",
		errors.New("stream error: stream ID 3"):                            "HTTP/2 stream reset after 1 of 2 KiB",
		errors.New("http2: client connection force closed via ClientConn"): "HTTP/2 connection closed after 1 of 2 KiB",
		fmt.Errorf("read tcp 192.0.2.1:5->192.0.2.2:80: %w", errAborted):   "connection aborted after 1 of 2 KiB",
		fmt.Errorf("read tcp 192.0.2.1:5->192.0.2.2:80: %w", errTimedOut):  "the peer no longer acknowledges: connection lost after 1 of 2 KiB",
		errors.New("http: weird \x1b[2J"):                                  `weird \u{1b}[2J after 1 of 2 KiB`,
	} {
		e := bodyError(err, 1<<10, 2<<10)
		if e.Kind != finding.Incomplete || !e.Retry || e.Text != want || !errors.Is(e, err) {
			t.Errorf("%v: %q", err, e.Text)
		}
	}
}

func TestPlainTextIsShort(t *testing.T) {
	if got := plainText(errors.New(strings.Repeat("語\n", 1000))); len(got) > maxPlain+3 || strings.Contains(got, "\n") || !strings.HasSuffix(got, "…") {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}

// A peer that refuses or breaks off may have too much to do; one that is silent or
// cannot be reached says nothing of that.
func TestWhichEndsAreAbrupt(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want bool
	}{
		{"refused", &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", errRefused)}, true},
		{"reset", &net.OpError{Op: "read", Err: os.NewSyscallError("read", errReset)}, true},
		{"closed before an answer", io.EOF, true},
		{"closed in the body", io.ErrUnexpectedEOF, true},
		{"an HTTP/2 stream", errors.New("stream error: stream ID 3; REFUSED_STREAM"), true},
		{"an HTTP/2 connection", errors.New("http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=ENHANCE_YOUR_CALM"), true},
		{"a time-out", os.ErrDeadlineExceeded, false},
		{"gone", os.NewSyscallError("read", errTimedOut), false},
		{"no way there", os.NewSyscallError("connect", errNoRoute), false},
		{"an answer", nil, false},
	} {
		if e := (&Error{Err: c.err}); e.Abrupt() != c.want {
			t.Errorf("%s: %t", c.name, e.Abrupt())
		}
	}
}
