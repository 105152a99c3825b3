package journal

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/trust"
)

const (
	// markEvery is how many events before the goal of a seek back the nearest mark is: so
	// many are folded in some milliseconds.
	markEvery = 4096
	// markFactor is how many times as far the next one is.
	markFactor = 4
	// marksWanted is how many there are before a goal.
	marksWanted = 3
	// marksMost is how many are kept. Whoever shows the recording keeps a copy of all it has
	// made of the events for each.
	marksMost = 4
)

// mark is a place in the recording to come back to, and what the player was there.
type mark struct {
	n      int
	kept   bool // whoever shows the recording can come back to it
	at     time.Duration
	told   int  // events before it
	chunk  int  // where what follows is read from
	skip   int  // events of that chunk that were told before
	loaded bool // what is damaged in it was told too

	// What the deck was there, under the same names.
	seq           uint64
	ended, broken bool
	files         map[trust.RoleID]engine.RoleRead
	lines, kinds  int
}

// mark makes a mark here, and says so.
func (d *deck) mark() {
	d.marked++
	m := mark{
		n: d.marked, at: d.at, told: d.told, chunk: d.chunk, skip: d.taken, loaded: true,
		seq: d.seq, ended: d.ended, broken: d.broken, files: maps.Clone(d.files), lines: d.lines, kinds: d.kinds,
	}
	if len(d.rest) == 0 { // of the next chunk nothing has been said, not even what is damaged in it
		m.chunk, m.skip, m.loaded = d.chunk+1, 0, false
	}
	d.marks = append(d.marks, m)
	d.out = append(d.out, d.event(engine.Marked{N: m.n}))
}

// keep takes over that a mark can be come back to.
func (d *deck) keep(n int) {
	if i := slices.IndexFunc(d.marks, func(m mark) bool { return m.n == n }); i >= 0 {
		d.marks[i].kept = true
	}
}

// nearest gives the last mark that is not behind a time, or nil. All events before it are
// of times up to its own, so that whoever plays from the start comes by.
func (d *deck) nearest(at time.Duration) *mark {
	var best *mark
	for i := range d.marks {
		if m := &d.marks[i]; m.kept && m.at <= at && (best == nil || m.told > best.told) {
			best = m
		}
	}
	return best
}

// plan chooses the marks to be made on the way from one to a time, each some times as far
// before it as the one behind: the next steps back are short ways from the nearest, and of
// many the few that are longer cost no more than the others together. What lies behind it,
// and then what is farthest away, is kept no longer.
func (d *deck) plan(from *mark, at time.Duration) {
	start, goal := 0, d.log.before(at)
	if from != nil {
		start = from.told
	}
	d.marks = slices.DeleteFunc(d.marks, func(m mark) bool { return !m.kept })
	d.wanted = d.wanted[:0]
	for i, far := 0, d.every; i < marksWanted; i, far = i+1, far*markFactor {
		near := func(m mark) bool { return far/2 < goal-m.told && goal-m.told <= far*markFactor/2 }
		if goal-far > start && !slices.ContainsFunc(d.marks, near) {
			d.wanted = append(d.wanted, goal-far)
		}
	}
	slices.Reverse(d.wanted)
	slices.SortFunc(d.marks, func(a, b mark) int { return cmp.Or(behind(a, goal)-behind(b, goal), away(a, goal)-away(b, goal)) })
	d.marks = d.marks[:min(len(d.marks), marksMost-len(d.wanted))]
}

// behind is 1 for a mark that nobody comes by on the way to a goal, else 0.
func behind(m mark, goal int) int {
	if m.told > goal {
		return 1
	}
	return 0
}

func away(m mark, goal int) int { return max(m.told-goal, goal-m.told) }

// before is how many events there are up to a time, about: those up to the next moment in
// which something happens, or where moments are rare up to the next chunk.
func (l *Log) before(at time.Duration) int {
	n := l.Events
	i, here := slices.BinarySearch(l.moments, at)
	if here {
		i++
	}
	if i < len(l.places) {
		n = l.places[i]
	}
	later := func(c chunk, at time.Duration) int { return cmp.Or(cmp.Compare(c.first, at), -1) }
	if i, _ := slices.BinarySearchFunc(l.chunks, at, later); i < len(l.chunks) {
		n = min(n, l.chunks[i].upTo)
	}
	return n
}
