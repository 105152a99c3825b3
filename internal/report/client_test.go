package report_test

import (
	"testing"

	"example.com/tufinspect/internal/report"
	"example.com/tufinspect/internal/trust"
)

func TestClientsInOneLine(t *testing.T) {
	v := func(name string, s trust.ClientState, role, why string) trust.ClientVerdict {
		return trust.ClientVerdict{Client: name, State: s, Role: role, Why: why, Measured: name == "go-tuf", Listed: 20, Asked: 20}
	}
	ok := func(name string) trust.ClientVerdict { return v(name, trust.ClientAccepts, "", "") }
	no := func(name, role string) trust.ClientVerdict {
		return v(name, trust.ClientRefuses, role, "it has expired")
	}
	some := ok("go-tuf")
	some.Refused, some.Partly = 3, "target a not found"
	part := some
	part.Listed = 4000
	anew := ok("go-tuf")
	anew.Anew = true
	holes := ok("tough")
	holes.Holes = true
	for _, c := range []struct {
		list []trust.ClientVerdict
		want string
	}{
		{nil, ""},
		{[]trust.ClientVerdict{holes}, "tough accepts the top-level roles, by its source code"},
		{[]trust.ClientVerdict{anew}, "without a memory of it: go-tuf accepts the metadata"},
		{[]trust.ClientVerdict{ok("go-tuf"), ok("python-tuf"), ok("tough")}, "go-tuf accepts the metadata; python-tuf, tough accept it, by their source code"},
		{[]trust.ClientVerdict{no("go-tuf", "timestamp"), no("python-tuf", "timestamp"), no("tough", "timestamp")}, "go-tuf, python-tuf, tough refuse timestamp"},
		{[]trust.ClientVerdict{ok("go-tuf"), no("python-tuf", "timestamp"), ok("tough")}, "go-tuf accepts the metadata; python-tuf refuses timestamp: it has expired; tough accepts it, by its source code"},
		{[]trust.ClientVerdict{some, ok("python-tuf"), ok("tough")}, "go-tuf accepts the top-level roles, and does not give 3 of 20 targets: target a not found; python-tuf, tough accept it, by their source code"},
		{[]trust.ClientVerdict{part, ok("python-tuf"), ok("tough")}, "go-tuf accepts the top-level roles, and does not give 3 of 20 targets that it was asked for: target a not found; python-tuf, tough accept it, by their source code"},
		{[]trust.ClientVerdict{v("go-tuf", trust.ClientUnknown, "snapshot", "not asked: its file was too large to be kept"), ok("python-tuf"), v("tough", trust.ClientUnknown, "", "not asked")},
			"go-tuf unknown at snapshot: not asked: its file was too large to be kept; python-tuf accepts it, by its source code; tough unknown: not asked"},
	} {
		if got := report.ClientLine(c.list); got != c.want {
			t.Errorf("it says\n  %s\nwant\n  %s", got, c.want)
		}
	}
}
