package har

import (
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
)

// many is a run in which so many targets came at the first attempt, many at a time.
func many(n int) *engine.State {
	s := newStory()
	header := map[string]string{"Date": "Thu, 27 Nov 2025 01:00:00 GMT", "ETag": `"6927a2b1"`, "Server": "nginx", "Cache-Control": "max-age=60"}
	const window = 16
	for i := range n + window {
		if i < n {
			id := s.item(engine.Target, fmt.Sprintf("team-%d/file-%d", i%10, i), fmt.Sprintf("https://repo.example/targets/team-%d/file-%d", i%10, i), 4096)
			s.move(id, engine.Connecting, 0, nil)
		}
		if i < window {
			continue
		}
		id := engine.ItemID(i - window)
		s.say(engine.PhasesEntered{Item: id, Attempt: 1, Address: peer, Reused: true, Marks: []engine.TimedMark{
			{Phase: fetch.Pool, At: s.at}, {Phase: fetch.Send, At: s.at + time.Microsecond}, {Phase: fetch.Headers, At: s.at + 10*time.Microsecond},
			{Phase: fetch.Body, At: s.at + time.Millisecond}, {Phase: fetch.Verify, At: s.at + 2*time.Millisecond},
		}})
		s.answer(id, fetch.Response{Status: 200, Protocol: "HTTP/1.1", TLS: "TLS 1.3", Length: 4096, Header: header})
		s.pass(3 * time.Millisecond)
		s.move(id, engine.Verified, 4096, nil)
	}
	return &s.st
}

// counting counts bytes.
type counting struct{ n int64 }

func (c *counting) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return len(p), nil
}

// BenchmarkMillion writes a million attempts: time and bytes of each, and the memory that
// is held at the same time.
func BenchmarkMillion(b *testing.B) {
	const n = 1_000_000
	st := many(n)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	list := starts(st)
	runtime.GC()
	runtime.ReadMemStats(&after)
	held := float64(after.HeapAlloc-before.HeapAlloc) / n
	runtime.KeepAlive(list)
	var c counting
	b.ReportAllocs()
	for b.Loop() {
		c = counting{}
		if err := Write(&c, st); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(c.n)/n, "bytes/attempt")
	b.ReportMetric(held, "held-B/attempt")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/attempt")
}

// BenchmarkOrder sorts a million attempts.
func BenchmarkOrder(b *testing.B) {
	st := many(1_000_000)
	for b.Loop() {
		_ = starts(st)
	}
}

var _ io.Writer = (*counting)(nil)
