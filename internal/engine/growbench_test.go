package engine

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/trust"
)

// listOf is a role's list of n targets from one number on.
func listOf(role string, from, n int) trust.TargetList {
	l := trust.TargetList{Role: 1, Name: role}
	for i := from; i < from+n; i++ {
		sum := make([]byte, 32)
		binary.BigEndian.PutUint64(sum, uint64(i))
		l.Targets = append(l.Targets, trust.Target{
			Path: fmt.Sprintf("releases/1.20.%d/linux/amd64/package.tar.zst", i), Length: 4096,
			Hashes: []trust.Hash{{Algorithm: "sha256", Sum: sum}},
		})
	}
	return l
}

// BenchmarkList100000 lists the targets of one role and announces them, on the control
// loop.
func BenchmarkList100000(b *testing.B) {
	benchmarkList(b, []trust.TargetList{listOf("targets", 0, 100_000)})
}

// BenchmarkList1000Of1000000 does so with a thousand roles, of a thousand each, and
// gives the longest time that one of them takes.
func BenchmarkList1000Of1000000(b *testing.B) {
	var lists []trust.TargetList
	for i := range 1000 {
		lists = append(lists, listOf(fmt.Sprint("bin-", i), i*1000, 1000))
	}
	benchmarkList(b, lists)
}

func benchmarkList(b *testing.B, lists []trust.TargetList) {
	b.ReportAllocs()
	longest, n := time.Duration(0), 0
	for b.Loop() {
		b.StopTimer()
		r := lister(b, "https://tuf.example.org/targets", true)
		b.StartTimer()
		for _, l := range lists {
			at := time.Now()
			r.list(l)
			for len(r.lists) > 0 {
				longest = max(longest, time.Since(at))
				time.Sleep(listRest)
				at = time.Now()
				r.goOnListing()
			}
			longest = max(longest, time.Since(at))
			r.hub.take()
		}
		n = r.queued
	}
	b.ReportMetric(float64(longest.Microseconds())/1000, "ms-longest")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/target")
}

// BenchmarkApplyEvent folds one event of a kind.
func BenchmarkApplyEvent(b *testing.B) {
	const n = 1000
	start := func() *State {
		s := &State{}
		specs := make([]ItemSpec, n)
		for i := range specs {
			specs[i] = ItemSpec{ID: ItemID(i), Kind: Target, Of: ItemID(i), Length: 4096}
		}
		s.Apply(Event{Body: ItemsFound{specs}})
		for i := range specs {
			s.Apply(Event{Body: StateChanged{Item: ItemID(i), Attempt: 1, From: Queued, To: Transferring}})
		}
		return s
	}
	header := map[string]string{"Date": "Thu, 27 Nov 2025 01:00:00 GMT", "ETag": `"6927a2b1"`}
	for _, c := range []struct {
		name string
		body func(ItemID) Body
	}{
		{"Progress", func(id ItemID) Body { return Progress{Item: id, Attempt: 1, Done: 17, Rate: 1000} }},
		{"PhasesEntered", func(id ItemID) Body {
			return PhasesEntered{Item: id, Attempt: 1, Marks: []TimedMark{{Phase: fetch.Body}}, Address: "192.0.2.1:443"}
		}},
		{"Responded", func(id ItemID) Body {
			return Responded{Item: id, Attempt: 1, Response: fetch.Response{Status: 200, Protocol: "HTTP/1.1", Length: 4096, Header: header}}
		}},
		{"Diagnosed", func(id ItemID) Body {
			return Diagnosed{Item: id, Attempt: 1, Diagnosis: fetch.Diagnosis{Cause: fetch.SlowDrip}}
		}},
		{"HostChanged", func(ItemID) Body { return HostChanged{Host: "tuf.example.org", Address: "192.0.2.1:443"} }},
		{"QueueChanged", func(ItemID) Body { return QueueChanged{Workers: 16} }},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := start()
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				s.Apply(Event{At: time.Second, Body: c.body(ItemID(i % n))})
				i++
			}
			if s.Violations > 0 {
				b.Fatalf("%d violations", s.Violations)
			}
		})
	}
	b.Run("ItemsFound of 1000", func(b *testing.B) {
		b.ReportAllocs()
		s, specs := &State{}, make([]ItemSpec, 1000)
		for b.Loop() {
			if s.Items.Len() >= 1_000_000 {
				s = &State{}
			}
			for i := range specs {
				id := ItemID(s.Items.Len() + i)
				specs[i] = ItemSpec{ID: id, Kind: Target, Of: id, Length: 4096}
			}
			s.Apply(Event{Body: ItemsFound{specs}})
		}
	})
}
