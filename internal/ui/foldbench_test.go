package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/trust"
)

// BenchmarkFoldAMillion folds a million targets as they are found, in the parts in
// which the screen does so, and gives how long the longest part takes: for so long no
// key gets its turn. What is found is made before, so that the bytes which live for
// each target are the screen's own.
func BenchmarkFoldAMillion(b *testing.B) { benchmarkFoldFound(b, 1_000_000) }

// BenchmarkFold100000Verified folds what becomes of 100,000 targets that a web server
// brings, each in one attempt, and gives the bytes that live on for each, what they
// were found with left out.
func BenchmarkFold100000Verified(b *testing.B) {
	const n = 100_000
	found := foundOf(n)
	var bytes int64
	for b.Loop() {
		b.StopTimer()
		m := newModel(look{theme: Dark}, time.Now)
		m.resize(120, 36)
		foldParts(m, found)
		before := live()
		for from := 0; from < n; from += 500 {
			var events []engine.Event
			for id := from; id < from+500; id++ {
				events = append(events, fetched(engine.ItemID(id))...)
			}
			b.StartTimer()
			foldParts(m, events)
			b.StopTimer()
		}
		bytes = live() - before
		if m.st.Targets.ByState[engine.Verified] != n || m.st.Violations > 0 {
			b.Fatalf("%v, %d violations", m.st.Targets.ByState, m.st.Violations)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(bytes)/n, "B/target")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/target")
}

// fetched is what is said of a target that one attempt brings over a connection which
// was up already. Nothing of it is shared with another target's.
func fetched(id engine.ItemID) []engine.Event {
	at := time.Duration(id) * 23 * time.Microsecond
	phase := func(p fetch.Phase, micros int) engine.TimedMark {
		return engine.TimedMark{Phase: p, At: at + time.Duration(micros)*time.Microsecond}
	}
	return []engine.Event{
		{At: at, Body: engine.StateChanged{Item: id, Attempt: 1, From: engine.Queued, To: engine.Connecting}},
		{At: at, Body: engine.PhasesEntered{
			Item: id, Attempt: 1, Address: strings.Clone("192.0.2.1:443"), Reused: true,
			Marks: []engine.TimedMark{phase(fetch.Pool, 11), phase(fetch.Send, 23), phase(fetch.Headers, 31), phase(fetch.Body, 1234), phase(fetch.Verify, 1239)},
		}},
		{At: at, Body: engine.Responded{Item: id, Attempt: 1, Response: fetch.Response{
			Status: 200, Protocol: strings.Clone("HTTP/1.1"), TLS: strings.Clone("TLS 1.3"), Length: 4096, Validator: strings.Clone(`"6927a2b1-1000"`),
			Header: map[string]string{
				"Date": strings.Clone("Thu, 27 Nov 2025 01:00:00 GMT"), "Server": strings.Clone("nginx/1.28.0"),
				"ETag": fmt.Sprintf(`"6927a2b1-%06x"`, id), "Last-Modified": strings.Clone("Wed, 26 Nov 2025 21:12:01 GMT"),
			},
		}}},
		{At: at + 1250*time.Microsecond, Body: engine.StateChanged{Item: id, Attempt: 1, From: engine.Connecting, To: engine.Verified, Done: 4096}},
	}
}

// foundOf are n targets of one role, as they are announced.
func foundOf(n int) []engine.Event {
	site := engine.SiteOf("https://tuf.example.org/targets/all")
	hashes := []trust.Hash{{Algorithm: "sha256", Sum: make([]byte, 32)}}
	events := []engine.Event{{Body: engine.RunStarted{Started: time.Unix(0, 0), Workers: 16}}}
	for from := 0; from < n; from += 1000 {
		specs := make([]engine.ItemSpec, 1000)
		for i := range specs {
			id := engine.ItemID(from + i)
			specs[i] = engine.ItemSpec{
				ID: id, Of: id, Kind: engine.Target, Role: 3, RoleName: "targets", Length: 4096, Hashes: hashes, Site: site,
				Path: fmt.Sprintf("releases/1.20.%d/linux/amd64/package.tar.zst", id),
			}
		}
		events = append(events, engine.Event{Body: engine.ItemsFound{Items: specs}})
	}
	return events
}

func benchmarkFoldFound(b *testing.B, n int) {
	events := foundOf(n)
	var longest, all time.Duration
	var bytes int64
	for b.Loop() {
		b.StopTimer()
		before := live()
		m := newModel(look{theme: Dark}, time.Now)
		m.resize(120, 36)
		b.StartTimer()
		l, took := foldParts(m, events)
		longest, all = max(longest, l), all+took
		b.StopTimer()
		bytes = live() - before
		if m.st.Targets.Total != n || m.st.Violations > 0 {
			b.Fatalf("%d targets, %d violations", m.st.Targets.Total, m.st.Violations)
		}
		b.StartTimer()
	}
	b.ReportMetric(float64(longest.Microseconds())/1000, "ms-longest")
	b.ReportMetric(float64(bytes)/float64(n), "B/target")
}

// foldParts folds events as the screen does, and gives the time of the longest part
// and of all.
func foldParts(m *model, events []engine.Event) (longest, all time.Duration) {
	s := &screen{m: m, rest: events}
	for more := true; more; {
		at := time.Now()
		more = s.foldSome()
		took := time.Since(at)
		longest, all = max(longest, took), all+took
	}
	return longest, all
}
