package har

import (
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// story makes the events of a run by hand.
type story struct {
	st  engine.State
	seq uint64
	at  time.Duration
}

func newStory() *story {
	s := &story{}
	s.say(engine.RunStarted{
		Version: "1.2.3", Repository: "https://repo.example/metadata", Started: time.Date(2026, 11, 23, 9, 42, 0, 0, time.UTC),
		Limits: engine.Limits{StallAfter: 5 * time.Second},
	})
	return s
}

func (s *story) say(b engine.Body) {
	s.seq++
	s.st.Apply(engine.Event{Seq: s.seq, At: s.at, Body: b})
}

func (s *story) pass(d time.Duration) { s.at += d }

// item adds one of so many bytes at an address.
func (s *story) item(kind engine.Kind, path, url string, length int64) engine.ItemID {
	id := engine.ItemID(s.st.Items.Len())
	spec := engine.ItemSpec{ID: id, Of: id, Kind: kind, Path: path, RoleName: "targets", Length: length}
	if kind == engine.Metadata {
		spec.RoleName = strings.TrimSuffix(path, ".json")
	}
	if url != "" {
		spec.Site = engine.SiteOf(url)
	}
	s.say(engine.ItemsFound{Items: []engine.ItemSpec{spec}})
	return id
}

// move changes the state of an item in its present attempt.
func (s *story) move(id engine.ItemID, to engine.ItemState, done int64, p *engine.Problem) {
	it := s.st.Item(id)
	reason := ""
	if p != nil {
		reason = p.Text
	}
	n := it.Attempt
	if it.State == engine.Queued {
		n++
	}
	s.say(engine.StateChanged{Item: id, Attempt: n, From: it.State, To: to, Reason: reason, Problem: p, Done: done})
}

// phases has an attempt enter phases, a millisecond and a half each.
func (s *story) phases(id engine.ItemID, address string, reused bool, list ...fetch.Phase) {
	marks := make([]engine.TimedMark, 0, len(list))
	for _, p := range list {
		marks = append(marks, engine.TimedMark{Phase: p, At: s.at})
		s.pass(1500 * time.Microsecond)
	}
	s.say(engine.PhasesEntered{Item: id, Attempt: s.st.Item(id).Attempt, Marks: marks, Address: address, Reused: reused})
}

// hop has an attempt follow a redirect, in the same way.
func (s *story) hop(id engine.ItemID, n int, url, address string, status int, list ...fetch.Phase) {
	marks := make([]engine.TimedMark, 0, len(list))
	for _, p := range list {
		marks = append(marks, engine.TimedMark{Phase: p, At: s.at})
		s.pass(1500 * time.Microsecond)
	}
	by := &fetch.Response{Status: status, Protocol: "HTTP/1.1", TLS: "TLS 1.3", Length: 0, Header: map[string]string{"Location": url}}
	from := ""
	if n == 1 {
		from = peer
	}
	s.say(engine.Redirected{Item: id, Attempt: s.st.Item(id).Attempt, Hop: n, URL: url, By: by, From: from, Marks: marks, Address: address})
}

func (s *story) answer(id engine.ItemID, r fetch.Response) {
	s.say(engine.Responded{Item: id, Attempt: s.st.Item(id).Attempt, Response: r})
}

func problem(kind finding.ID, text string) *engine.Problem {
	return &engine.Problem{Kind: kind, Text: text}
}

const peer = "192.0.2.1:443"

// everything is a run with each way in which an attempt can go.
func everything() *engine.State {
	s := newStory()
	const base = "https://repo.example/metadata/"
	header := map[string]string{"ETag": `"x"`, "Date": "Mon, 23 Nov 2026 09:42:00 GMT", "X-Cache": `HIT\u{1b}[2J`}
	answer := fetch.Response{Status: 200, Protocol: "HTTP/2.0", TLS: "TLS 1.3", Length: 1000, Header: header}

	// A connection is made, and the file is good.
	first := s.item(engine.Metadata, "timestamp.json", base+"timestamp.json", -1)
	s.move(first, engine.Connecting, 0, nil)
	s.phases(first, peer, false, fetch.Pool, fetch.DNS, fetch.Connect, fetch.TLS, fetch.Send, fetch.Headers, fetch.Body, fetch.Verify)
	s.answer(first, answer)
	s.move(first, engine.Verifying, 1000, nil)

	// One that begins before that ends: silent in its body, then resumed over the same
	// connection and whole. Its name is hostile.
	resumed := s.item(engine.Target, `a"b\u{202e}<script>/ü`, "https://xxxxx@repo.example/targets/a%22b%E2%80%AE%3Cscript%3E/%C3%BC?xxxxx", 3000)
	s.move(resumed, engine.Connecting, 0, nil)
	s.phases(resumed, peer, true, fetch.Pool, fetch.Send, fetch.Headers, fetch.Body)
	s.move(first, engine.Verified, 1000, nil)
	s.answer(resumed, fetch.Response{Status: 200, Protocol: "HTTP/1.1", Length: 3000})
	s.move(resumed, engine.Transferring, 0, nil)
	s.pass(7 * time.Second)
	silent := problem(finding.Stalled, "no body byte for 5s after 100 B of 2.9 KiB")
	s.move(resumed, engine.Stalled, 100, silent)
	s.pass(time.Second)
	s.move(resumed, engine.Retrying, 100, silent)
	s.pass(time.Second)
	s.move(resumed, engine.Queued, 100, nil)
	s.move(resumed, engine.Connecting, 100, nil)
	s.phases(resumed, peer, true, fetch.Pool, fetch.Send, fetch.Headers, fetch.Body, fetch.Verify)
	s.answer(resumed, fetch.Response{Status: 206, Protocol: "HTTP/1.1", Length: 2900, Header: map[string]string{"Content-Range": "bytes 100-2999/3000"}})
	s.move(resumed, engine.Verified, 3000, nil)

	// Without an answer: reset by an IPv6 host, and silent to its end with a diagnosis.
	reset := s.item(engine.Target, "reset", base+"reset", 10)
	s.move(reset, engine.Connecting, 0, nil)
	s.phases(reset, "[2001:db8::1%eth0]:443", false, fetch.Pool, fetch.DNS, fetch.Connect)
	s.move(reset, engine.Failed, 0, problem(finding.Unreachable, "connection reset by peer"))
	mute := s.item(engine.Target, "mute", base+"mute", 10)
	s.move(mute, engine.Connecting, 0, nil)
	s.phases(mute, peer, true, fetch.Pool, fetch.Send, fetch.Headers)
	s.pass(6 * time.Second)
	s.move(mute, engine.Stalled, 0, problem(finding.Stalled, "no first byte for 6s"))
	s.say(engine.Diagnosed{Item: mute, Attempt: 1, Diagnosis: fetch.Diagnosis{Cause: fetch.ServerSilent, Label: "server: alive, silent", Certainty: fetch.Likely}})
	s.move(mute, engine.Failed, 0, problem(finding.Stalled, "no first byte for 6s"))

	// With one that is no file: missing, a redirect that is not followed, another body.
	missing := s.item(engine.Target, "missing", base+"missing", 10)
	s.move(missing, engine.Connecting, 0, nil)
	s.phases(missing, peer, true, fetch.Pool, fetch.Send, fetch.Headers)
	s.answer(missing, fetch.Response{Status: 404, Protocol: "HTTP/1.1", Length: 9})
	s.move(missing, engine.Failed, 0, problem(finding.Missing, "404 Not Found"))
	away := s.item(engine.Target, "away", base+"away", 10)
	s.move(away, engine.Connecting, 0, nil)
	s.phases(away, peer, true, fetch.Pool, fetch.Send, fetch.Headers)
	s.answer(away, fetch.Response{Status: 302, Protocol: "HTTP/1.1", Length: 0, Header: map[string]string{"Location": "http://xxxxx@h/x?xxxxx"}})
	s.move(away, engine.Failed, 0, problem(finding.UnsafeRedirect, "a redirect from https to http"))

	// Redirected over a relay to a mirror that has the file, and to a host that is silent.
	moved := s.item(engine.Target, "moved", base+"moved", 10)
	s.move(moved, engine.Connecting, 0, nil)
	s.phases(moved, peer, true, fetch.Pool, fetch.Send, fetch.Headers)
	s.hop(moved, 1, "https://relay.example/moved?xxxxx", "192.0.2.2:443", 302, fetch.Pool, fetch.Send, fetch.Headers)
	s.hop(moved, 2, "https://mirror.example/moved", "192.0.2.3:443", 307, fetch.Pool, fetch.DNS, fetch.Connect, fetch.TLS, fetch.Send, fetch.Headers, fetch.Body)
	s.answer(moved, answer)
	s.phases(moved, "192.0.2.3:443", false, fetch.Body, fetch.Verify)
	s.move(moved, engine.Verified, 10, nil)
	lost := s.item(engine.Target, "lost", base+"lost", 10)
	s.move(lost, engine.Connecting, 0, nil)
	s.phases(lost, peer, true, fetch.Pool, fetch.Send, fetch.Headers)
	s.hop(lost, 1, "https://dead.example/lost", "192.0.2.9:443", 302, fetch.Pool, fetch.Connect)
	s.pass(6 * time.Second)
	s.move(lost, engine.Stalled, 0, problem(finding.Stalled, "connect unanswered for 6s, behind a redirect to dead.example"))
	s.move(lost, engine.Failed, 0, problem(finding.Stalled, "connect unanswered for 6s, behind a redirect to dead.example"))

	bad := s.item(engine.Target, "bad", base+"bad", 10)
	s.move(bad, engine.Connecting, 0, nil)
	s.phases(bad, "", false, fetch.Pool, fetch.Proxy, fetch.TLS, fetch.Send, fetch.Headers, fetch.Body, fetch.Verify)
	s.answer(bad, answer)
	s.move(bad, engine.Failed, 10, problem(finding.WrongHash, "sha256 differs from the signed hash"))

	// Files of a folder, one with a name that has to be escaped, and one of another system.
	for _, path := range []string{"/srv/my repo/1%.txt", `C:\repo\1.txt`} {
		id := s.item(engine.Target, "1.txt", path, 10)
		s.move(id, engine.Waiting, 0, nil)
		s.phases(id, "", false, fetch.Headers, fetch.Body, fetch.Verify)
		s.answer(id, fetch.Response{Protocol: "file", Length: 10})
		s.move(id, engine.Verified, 10, nil)
	}

	// Without an attempt, without an address, cancelled, and still under way.
	s.item(engine.Target, "queued", base+"queued", 10)
	nowhere := s.item(engine.Target, "../x", "", 10)
	s.move(nowhere, engine.Connecting, 0, nil)
	s.move(nowhere, engine.Failed, 0, problem(finding.UnsafeName, `the name has a ".." segment`))
	gone := s.item(engine.Target, "gone", base+"gone", 10)
	s.move(gone, engine.Connecting, 0, nil)
	s.pass(time.Millisecond)
	s.move(gone, engine.Cancelled, 0, nil)
	open := s.item(engine.Target, "open", base+"open", 100)
	s.move(open, engine.Connecting, 0, nil)
	s.phases(open, peer, true, fetch.Pool, fetch.Send, fetch.Headers, fetch.Body)
	s.answer(open, fetch.Response{Status: 200, Protocol: "HTTP/1.1", Length: -1})
	s.move(open, engine.Transferring, 0, nil)
	s.say(engine.Progress{Item: open, Attempt: 1, Done: 60})
	return &s.st
}
