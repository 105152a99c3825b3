package journal

import (
	"bytes"
	"testing"

	"example.com/tufinspect/internal/engine"
)

// The recording of a run over 100,000 targets: looked through, read, and told.
func BenchmarkReplay100000(b *testing.B) {
	data := recording(b, story(100_000))
	b.SetBytes(int64(len(data)))
	b.Run("open", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			opened(b, data)
		}
	})
	l := opened(b, data)
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		b.ReportAllocs()
		for b.Loop() {
			l.all(0, func(p part) bool { return p.err == nil })
		}
	})
	b.Run("fold", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var st engine.State
			p := Play(l, PlayerOptions{Speed: AtOnce, Once: true})
			for u := range p.Updates() {
				for _, e := range u.Events {
					st.Apply(e)
				}
			}
			p.Close()
			if st.Counts[engine.Verified] != 100_000 {
				b.Fatal(st.Counts)
			}
		}
	})
}

// What recording costs for each event.
func BenchmarkWrite(b *testing.B) {
	events := story(1000)
	var text bytes.Buffer
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		text.Reset()
		if err := appendEvent(&text, events[2+i%4000]); err != nil {
			b.Fatal(err)
		}
		i++
	}
}
