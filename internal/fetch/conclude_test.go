package fetch

import (
	"testing"
	"time"
)

// row writes a step of a table.
func row(c Check, address, protocol string, r StepResult, ms int, outcome string) Step {
	return Step{Check: c, Address: address, Protocol: protocol, Result: r, Duration: time.Duration(ms) * time.Millisecond, Outcome: outcome}
}

// healthy is an address that answers everything.
func healthy(address string, ms int) []Step {
	return []Step{
		row(CheckConnect, address, "", Passed, 1, "connected"),
		row(CheckFirstByte, address, "HTTP/1.1", Passed, ms, "206 Partial Content"),
		row(CheckLarge, address, "HTTP/1.1", Passed, ms, "206 Partial Content"),
	}
}

// mute is an address that takes requests and answers none.
func mute(address string) []Step {
	return []Step{
		row(CheckConnect, address, "", Passed, 1, "connected"),
		row(CheckFirstByte, address, "HTTP/1.1", Silent, 10_000, "no first byte within 10s"),
		row(CheckLarge, address, "HTTP/1.1", Silent, 10_000, "not all bytes within 10s"),
	}
}

func join(groups ...[]Step) (all []Step) {
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

func TestConclusions(t *testing.T) {
	const a, b, c = "127.0.0.1:80", "127.0.0.2:80", "127.0.0.3:80"
	two := func(r1, r2 StepResult) []Step {
		return []Step{
			row(CheckConnect, a, "", Passed, 1, ""), row(CheckHandshake, a, "TLS 1.3", Passed, 1, ""),
			row(CheckFirstByte, a, "HTTP/1.1", r1, 40, "206"), row(CheckFirstByte, a, "HTTP/2.0", r2, 10_000, "HTTP/2 stream reset"),
		}
	}
	other := func(r StepResult) []Step { return []Step{row(CheckOther, a, "HTTP/1.1", r, 3, "404 Not Found")} }
	fresh := func(r StepResult) []Step { return []Step{row(CheckFresh, a, "HTTP/1.1", r, 41, "206")} }
	for _, tt := range []struct {
		name  string
		steps []Step
		other bool
		want  string
	}{
		{"one of three is silent", join(healthy(a, 40), mute(b), healthy(c, 30)), false, "127.0.0.2 is silent, the two other addresses answer in 40 ms"},
		{"two of three are silent", join(mute(a), mute(b), healthy(c, 30)), false, "127.0.0.1 and 127.0.0.2 are silent, the other address answers in 30 ms"},
		{"one leaves connections unanswered", join(healthy(a, 40), []Step{row(CheckConnect, b, "", Silent, 10_000, "")}), false, "127.0.0.2 is silent, the other address answers in 40 ms"},
		{"one refuses", join(healthy(a, 40), []Step{row(CheckConnect, b, "", Refused, 1, "connection refused")}), false, "127.0.0.2 refuses (connection refused), the other address answers in 40 ms"},
		{"one refuses, one is silent", join(healthy(a, 40), []Step{row(CheckConnect, b, "", Refused, 1, "connection refused")}, mute(c)), false, "127.0.0.3 is silent, 127.0.0.2 refuses (connection refused), the other address answers in 40 ms"},
		{"HTTP/2 stalls", two(Passed, Silent), false, "HTTP/2 stalls, HTTP/1.1 does not"},
		{"HTTP/1.1 stalls", two(Silent, Passed), false, "HTTP/1.1 stalls, HTTP/2 does not"},
		{"HTTP/2 fails", two(Passed, Refused), false, "HTTP/2 fails (HTTP/2 stream reset), HTTP/1.1 does not"},
		{"silent for this file", join(mute(a), mute(b), other(Passed)), true, "every address is silent for this file, other files answer"},
		{"silent for this file, the other is missing", join(mute(a), other(Refused)), true, "127.0.0.1 is silent for this file, other files answer"},
		{"silent for all files", join(mute(a), mute(b), other(Silent)), true, "every address is silent, for other files too"},
		{"the other was not asked for", join(mute(a), mute(b)), true, "every address is silent for this file, and another one could not be asked for"},
		{"silent, and nothing else is known", join(mute(a), mute(b), fresh(Silent)), false, "every address takes the request and is silent"},
		{"a cache is stuck", join(mute(a), mute(b), fresh(Passed)), false, "asked past caches, the server answers in 41 ms; asked as usual, every address is silent: a cache on the way is stuck"},
		{"the server behind a cache is stuck", join(healthy(a, 40), fresh(Silent)), false, "a cache answers in 40 ms, the server behind it is silent"},
		{"large answers vanish", []Step{row(CheckConnect, a, "", Passed, 1, ""), row(CheckFirstByte, a, "HTTP/1.1", Passed, 9, ""), row(CheckLarge, a, "HTTP/1.1", Silent, 10_000, "")}, false, "the first byte comes, the first 64 KiB do not: large packets vanish on the way, or the server stops in the file"},
		{"large answers vanish on one way", join(healthy(a, 40), []Step{row(CheckConnect, b, "", Passed, 1, ""), row(CheckFirstByte, b, "HTTP/1.1", Passed, 9, ""), row(CheckLarge, b, "HTTP/1.1", Silent, 10_000, "")}), false, "127.0.0.2 sends the first byte and not the first 64 KiB, the other addresses send both"},
		{"no TLS", []Step{row(CheckConnect, a, "", Passed, 1, ""), row(CheckHandshake, a, "", Silent, 10_000, "")}, false, "127.0.0.1 takes connections and leaves the TLS handshake unanswered"},
		{"TLS fails", []Step{row(CheckConnect, a, "", Passed, 1, ""), row(CheckHandshake, a, "", Refused, 9, "certificate has expired")}, false, "TLS fails: certificate has expired"},
		{"no connection", []Step{row(CheckConnect, a, "", Silent, 10_000, ""), row(CheckConnect, b, "", Silent, 10_000, "")}, false, "every address leaves connection attempts unanswered"},
		{"refused", []Step{row(CheckConnect, a, "", Refused, 1, "connection refused")}, false, "127.0.0.1 takes no connection: connection refused"},
		{"refused here, silent there", []Step{row(CheckConnect, a, "", Refused, 1, "connection refused"), row(CheckConnect, b, "", Silent, 1, "")}, false, "no address takes a connection: some refuse, others stay silent"},
		{"no resolver", []Step{row(CheckResolve, "", "A", Silent, 10_000, ""), row(CheckResolve, "", "AAAA", Refused, 10, "")}, false, "the resolver does not answer"},
		{"no address", []Step{row(CheckResolve, "", "A", Refused, 9, "no such host: h"), row(CheckResolve, "", "AAAA", Refused, 9, "no such host: h")}, false, "the host has no address: no such host: h"},
		{"IPv4 only", join([]Step{row(CheckResolve, "", "A", Passed, 9, a), row(CheckResolve, "", "AAAA", Refused, 9, "no such host: h")}, healthy(a, 2300)), false, "everything answers now, the slowest in 2.3 s: a silence has passed, or belongs to one connection"},
		{"all is well", join(healthy(a, 0), fresh(Passed)), false, "everything answers now, the slowest in 41 ms: a silence has passed, or belongs to one connection"},
		{"an error", []Step{row(CheckConnect, a, "", Passed, 1, ""), row(CheckFirstByte, a, "HTTP/1.1", Refused, 3, "503 Service Unavailable")}, false, "127.0.0.1 answers, but not with the file: 503 Service Unavailable"},
		{"an error of a cache", join([]Step{row(CheckConnect, a, "", Passed, 1, ""), row(CheckFirstByte, a, "HTTP/1.1", Refused, 3, "503 Service Unavailable")}, fresh(Passed)), false, "every request fails (503 Service Unavailable), past caches it does not: a cache on the way keeps the fault"},
		{"a proxy", []Step{row(CheckFirstByte, "proxy p.example:3128", "HTTP/1.1", Silent, 10_000, "")}, false, "proxy p.example takes the request and is silent"},
		{"a disk", []Step{row(CheckOpen, "", "file", Passed, 0, "opened")}, false, "the file can be opened and read now, in less than 1 ms"},
		{"a dead disk", []Step{row(CheckOpen, "", "file", Silent, 10_000, "")}, false, "the disk does not answer: a network mount whose server is gone looks like this"},
		{"no file", []Step{row(CheckOpen, "", "file", Refused, 0, "no such file")}, false, "the file cannot be read: no such file"},
		{"nothing", nil, false, "nothing could be asked"},
		{"all was dropped", []Step{row(CheckConnect, a, "", Dropped, 5, "given up")}, false, "nothing could be asked"},
	} {
		if got := conclude(tt.steps, tt.other); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.name, got, tt.want)
		}
	}
}

func TestChecksAndResultsAreNamed(t *testing.T) {
	seen := map[string]bool{}
	for c := range numChecks {
		if text, err := c.MarshalText(); err != nil || len(text) == 0 || seen[string(text)] || silence(c) == "" {
			t.Errorf("check %d: %q", c, text)
		}
		seen[c.String()] = true
	}
	for r := range numStepResults {
		if text, err := r.MarshalText(); err != nil || len(text) == 0 || seen[string(text)] {
			t.Errorf("result %d: %q", r, text)
		}
		seen[r.String()] = true
	}
	if Check(200).String() != "check(200)" || StepResult(200).String() != "result(200)" {
		t.Error("unknown values")
	}
}
