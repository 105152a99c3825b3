package ui

import (
	"fmt"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
)

// large is a run with 100,000 targets, half of them begun.
func large(b *testing.B) *scene {
	s := newScene(b, look{theme: Dark}, 200, 50)
	s.start()
	const n = 100_000
	for from := 0; from < n; from += 1000 {
		var specs []engine.ItemSpec
		for i := range 1000 {
			specs = append(specs, s.item(engine.Target, fmt.Sprintf("releases/1.20.%d/linux/amd64/bootloader.tar.zst", from+i), "", 3, "targets", 8*mib))
		}
		s.fold(engine.ItemsFound{Items: specs})
	}
	var bodies []engine.Body
	for i := range n / 2 {
		id := engine.ItemID(i)
		bodies = append(bodies, engine.StateChanged{Item: id, Attempt: 1, From: engine.Queued, To: engine.Connecting},
			engine.StateChanged{Item: id, Attempt: 1, From: engine.Connecting, To: engine.Transferring})
	}
	s.fold(bodies...)
	return s
}

func BenchmarkFrame100000(b *testing.B) {
	s := large(b)
	for b.Loop() {
		s.m.dirty = true
		s.m.draw()
	}
}

// BenchmarkFold1000 folds a batch of 1,000 changes and sorts the list of 100,000.
func BenchmarkFold1000(b *testing.B) {
	s := large(b)
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

func BenchmarkFilter100000(b *testing.B) {
	s := large(b)
	for b.Loop() {
		s.m.setFilter("9999 !linux/arm64 state:trans")
	}
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
