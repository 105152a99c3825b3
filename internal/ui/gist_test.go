package ui

import (
	"testing"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

func TestTheGistOfAProblemIsWhatIsWrong(t *testing.T) {
	with := func(status, text string) *engine.Problem {
		return &engine.Problem{Kind: finding.ServerError, Text: text, Evidence: map[string]string{"status": status}}
	}
	for _, c := range []struct {
		p    *engine.Problem
		want string
	}{
		{nil, ""},
		{with("503 Service Unavailable", "503 Service Unavailable"), "503 Service Unavailable"},
		{with("200", "the body is gzip-encoded though that was not asked for: its bytes are not the file's"), "the body is gzip-encoded though that was not asked for"},
		{&engine.Problem{Kind: finding.Incomplete, Text: "connection closed after 48 of 124.5 KiB"}, "connection closed"},
		{&engine.Problem{Kind: finding.UntrustedRole, Text: "the role x was not accepted"}, "role not accepted"},
	} {
		if got := gist(c.p); got != c.want {
			t.Errorf("of %+v it is %q, want %q", c.p, got, c.want)
		}
	}
}
