package ui

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
)

// large is a run with 100,000 targets, half of them begun.
func large(b *testing.B) *scene { return largeOf(b, 100_000) }

// largeOf is one with so many, 50,000 of them begun.
func largeOf(b *testing.B, n int) *scene {
	s := newScene(b, look{theme: Dark}, 200, 50)
	s.start()
	for from := 0; from < n; from += 1000 {
		var specs []engine.ItemSpec
		for i := range 1000 {
			specs = append(specs, s.item(engine.Target, fmt.Sprintf("releases/1.20.%d/linux/amd64/bootloader.tar.zst", from+i), "", 3, "targets", 8*mib))
		}
		s.fold(engine.ItemsFound{Items: specs})
	}
	var bodies []engine.Body
	for i := range 50_000 {
		id := engine.ItemID(i)
		bodies = append(bodies, engine.StateChanged{Item: id, Attempt: 1, From: engine.Queued, To: engine.Connecting},
			engine.StateChanged{Item: id, Attempt: 1, From: engine.Connecting, To: engine.Transferring})
	}
	s.fold(bodies...)
	return s
}

func BenchmarkFrame100000(b *testing.B)  { benchmarkFrame(b, 100_000) }
func BenchmarkFrame1000000(b *testing.B) { benchmarkFrame(b, 1_000_000) }

func benchmarkFrame(b *testing.B, n int) {
	s := largeOf(b, n)
	for b.Loop() {
		s.m.dirty = true
		s.m.draw()
	}
}

// BenchmarkScroll1000000 goes down a page and draws it.
func BenchmarkScroll1000000(b *testing.B) {
	s := largeOf(b, 1_000_000)
	for b.Loop() {
		s.keys("pgdown")
		s.m.draw()
	}
}

// BenchmarkFold1000 folds a batch of 1,000 changes and sorts the list of 100,000.
func BenchmarkFold1000(b *testing.B) { benchmarkFold(b, 100_000) }

// BenchmarkFold1000Of1000000 does so in a list of 1,000,000.
func BenchmarkFold1000Of1000000(b *testing.B) { benchmarkFold(b, 1_000_000) }

func benchmarkFold(b *testing.B, n int) {
	s := largeOf(b, n)
	from, to := engine.Transferring, engine.Stalled
	batch := make([]engine.Event, 1000)
	for b.Loop() {
		for i := range batch {
			batch[i] = engine.Event{At: s.at, Body: engine.StateChanged{Item: engine.ItemID(i * 50), Attempt: 1, From: from, To: to}}
		}
		from, to = to, from
		s.wall = s.wall.Add(2 * time.Second)
		s.m.fold(batch)
	}
	if s.m.st.Violations > 0 {
		b.Fatal("the batches break the protocol")
	}
}

// BenchmarkSort1000000 sorts the list alone.
func BenchmarkSort1000000(b *testing.B) {
	s := largeOf(b, 1_000_000)
	for b.Loop() {
		s.m.list.sort(s.wall)
	}
}

func BenchmarkFilter100000(b *testing.B)  { benchmarkFilter(b, 100_000) }
func BenchmarkFilter1000000(b *testing.B) { benchmarkFilter(b, 1_000_000) }

func benchmarkFilter(b *testing.B, n int) {
	s := largeOf(b, n)
	for b.Loop() {
		s.m.filter = filter{} // or the same one again would be a narrower one
		s.m.setFilter("9999 !linux/arm64 state:trans")
	}
}

// BenchmarkTypeFilter1000000 types a filter and takes it back, key by key, and
// gives how long a person waits for the frame.
func BenchmarkTypeFilter1000000(b *testing.B) {
	s := largeOf(b, 1_000_000)
	const text = "linux/amd64 999 !zst"
	var waits []time.Duration
	do := func(in input) {
		began := time.Now()
		s.m.do(in)
		s.m.draw()
		waits = append(waits, time.Since(began))
	}
	for b.Loop() {
		s.keys("/")
		for _, r := range text {
			do(input{act: actInsert, text: string(r)})
		}
		for range text {
			do(input{act: actErase})
		}
		do(input{act: actAbandon})
	}
	slices.Sort(waits)
	b.ReportMetric(ms(waits[len(waits)/2]), "ms-key-p50")
	b.ReportMetric(ms(waits[len(waits)*99/100]), "ms-key-p99")
}

func BenchmarkFrameWithDetail(b *testing.B) {
	s := newScene(b, look{theme: Dark}, 120, 36)
	s.running()
	s.keys("down", "enter")
	for b.Loop() {
		s.m.dirty = true
		s.m.draw()
	}
}
