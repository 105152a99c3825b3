package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"example.com/tufinspect/internal/finding"
)

// aFinding is the one of so many.
func aFinding(i int) FindingRaised {
	return FindingRaised{Finding: finding.Finding{ID: finding.Missing, Subject: fmt.Sprint(i), Severity: finding.Critical}}
}

func withdrawn(b FindingRaised) FindingRaised {
	b.Withdrawn = true
	return b
}

// values are the findings in force.
func (n *Notes) values() []FindingRaised {
	out := make([]FindingRaised, 0, n.Len())
	for b := range n.All() {
		out = append(out, *b)
	}
	return out
}

func TestFindingsStandAsTheyWereRaisedHoweverManyWereTakenBack(t *testing.T) {
	const kinds, steps = 500, 50_000
	random := rand.New(rand.NewPCG(7, 7))
	var s State
	var want []FindingRaised
	for step := range steps {
		b := aFinding(random.IntN(kinds))
		i := slices.IndexFunc(want, func(o FindingRaised) bool { return o.Finding.Subject == b.Finding.Subject })
		if often := step/5000%2 == 0; random.IntN(4) == 0 == often { // there come more, then they go
			b = withdrawn(b)
		}
		s.Apply(Event{Body: b})
		switch {
		case b.Withdrawn && i >= 0:
			want = slices.Delete(want, i, i+1)
		case !b.Withdrawn && i < 0:
			want = append(want, b)
		}
		if s.Notes.Len() != len(want) {
			t.Fatalf("step %d: %d in force, want %d", step, s.Notes.Len(), len(want))
		}
		if step%100 > 0 {
			continue
		}
		if got := s.Notes.values(); !slices.EqualFunc(got, want, func(a, b FindingRaised) bool { return keyOf(&a.Finding) == keyOf(&b.Finding) }) {
			t.Fatalf("step %d: %v, want %v", step, got, want)
		}
	}
	if s.Violations != 0 {
		t.Errorf("%d violations", s.Violations)
	}
}

// The gaps are closed seldom enough for all that is moved then to be no more than what has
// come, and often enough for what is kept to be in proportion to what is in force.
func TestAFindingThatIsTakenBackMovesNoOther(t *testing.T) {
	const n = 10_000
	for name, order := range map[string]func(i int) int{
		"from the first on": func(i int) int { return i },
		"from the last on":  func(i int) int { return n - 1 - i },
		"crosswise":         func(i int) int { return i * 7919 % n },
	} {
		t.Run(name, func(t *testing.T) {
			var notes Notes
			for i := range n {
				notes.apply(aFinding(i))
			}
			moved := 0
			for i := range n {
				before := &notes.list[0]
				notes.apply(withdrawn(aFinding(order(i))))
				if notes.Len() > 0 && before != &notes.list[0] {
					moved += notes.Len()
				}
				if len(notes.list) > 2*notes.Len()+fewGaps {
					t.Fatalf("%d are kept for %d", len(notes.list), notes.Len())
				}
			}
			if moved > n {
				t.Errorf("%d were moved for %d that were taken back", moved, n)
			}
		})
	}
}

func TestWhatWasGivenOfTheFindingsStays(t *testing.T) {
	var notes Notes
	for i := range 1000 {
		notes.apply(aFinding(i))
	}
	given := slices.Collect(notes.All())
	for i := range 999 {
		notes.apply(withdrawn(aFinding(i)))
	}
	notes.apply(aFinding(1000))
	for i, b := range given {
		if !b.Withdrawn && b.Finding.Subject != fmt.Sprint(i) {
			t.Fatalf("finding %d has become %q", i, b.Finding.Subject)
		}
	}
}

// Every finding of a repository comes and goes, in a run or a recording of one.
func BenchmarkFindingsComeAndGo(b *testing.B) {
	for _, n := range []int{1000, 10_000, 60_000} {
		raised := make([]FindingRaised, n)
		for i := range raised {
			raised[i] = aFinding(i)
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var s State
				for i := range raised {
					s.Apply(Event{Body: raised[i]})
				}
				for i := range raised {
					s.Apply(Event{Body: withdrawn(raised[i])})
				}
				if s.Notes.Len() > 0 {
					b.Fatal(s.Notes.Len())
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(2*n), "ns/finding")
		})
	}
}
