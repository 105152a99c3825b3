package ui

import (
	"fmt"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/trust"
)

// BenchmarkFoldAMillion folds a million targets as they are found, in the parts in
// which the screen does so, and gives how long the longest part takes: for so long no
// key gets its turn. What is found is made before, so that the bytes which live for
// each target are the screen's own.
func BenchmarkFoldAMillion(b *testing.B) { benchmarkFoldFound(b, 1_000_000) }

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
