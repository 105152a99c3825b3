package ui

import (
	"slices"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
)

// criterion is what the rows are sorted by.
type criterion uint8

const (
	byNeed criterion = iota // what needs a person first
	byTarget
	byRole
	bySize
	byRate
	byAge
	byTry
	numCriteria
)

var criterionNames = [numCriteria]string{"need", "target", "role", "size", "rate", "age", "tries"}

// String gives the word that stands in the table's title.
func (c criterion) String() string { return criterionNames[min(c, numCriteria-1)] }

// lasting tells whether items never change their places in the order by a criterion.
func (c criterion) lasting() bool { return c == byTarget || c == byRole || c == bySize }

const (
	// sortAgain is how long an order by a column stands before it is made anew. The
	// order by need is made with every batch, because it costs next to nothing.
	sortAgain = time.Second
	// sortShare is for how many times as long as it took to make an order stands: the
	// batches in which a million files are found would all sort all that is known.
	sortShare = 10
	// sortAtOnce is how many items are put into a lasting order while a key waits. More
	// are sorted beside, which takes a second for a million paths.
	sortAtOnce = 2000
)

// sortBy sorts the rows by a column. A cursor that was moved stays on its item, one
// that was not stays on the first row.
func (m *model) sortBy(c criterion) {
	l, now := &m.list, m.clock()
	l.by, l.key = c, nil
	switch c {
	case byRate:
		l.key = func(id int32) uint64 {
			if g := l.groups[id]; g != groupActive && g != groupSlow && g != groupStalled {
				return 0 // without a look at the item, of which there may be a million
			}
			return uint64(max(0, m.st.Items.At(int(id)).Rate))
		}
	case byAge:
		l.key = func(id int32) uint64 {
			if g := l.groups[id]; g == groupQueued || g == groupVerified || g == groupSkipped {
				return 0
			}
			d, ok := m.ageIn(m.st.Items.At(int(id)), m.now())
			if !ok {
				return 0
			}
			return uint64(max(0, d)/time.Millisecond) + 1
		}
	case byTry:
		l.key = func(id int32) uint64 { return uint64(l.tries[id]) }
	}
	if l.held {
		l.hold(now)
	} else {
		l.release(now)
	}
	m.arrange(now)
	l.swapped = time.Time{} // whoever sorts sees what comes under the cursor
}

// arrange sorts the rows. Items that are to be put into a lasting order are put there
// now if they are few, and otherwise beside; until then they stand behind the others.
func (m *model) arrange(now time.Time) {
	l := &m.list
	if m.sorting != nil && m.sorting.by != l.by {
		m.stopSorting()
	}
	if l.by.lasting() {
		known, n := l.lasting[l.by], len(l.groups)
		switch missing := n - len(known); {
		case missing == 0:
		case missing <= sortAtOnce:
			l.lasting[l.by] = newSorting(l.by, m.st.Items.First(n), known, now).run()
		case m.sorting == nil:
			m.sorting = newSorting(l.by, m.st.Items.First(n), known, now)
			m.errands = append(m.errands, errand{sort: m.sorting})
		}
	}
	began := m.clock()
	l.sort(now)
	l.sortTook = m.clock().Sub(began)
}

// sorted takes over what was sorted beside.
func (m *model) sorted(s *sorting, order []int32) {
	if s != m.sorting {
		return // something else was asked for meanwhile
	}
	m.sorting, m.dirty = nil, true
	l, now := &m.list, m.clock()
	l.lasting[s.by], l.stale = order, true
	if l.by == s.by && !l.movedAt.After(s.began) {
		m.arrange(now) // it is what the last key has asked for
		return
	}
	m.resort(now)
}

// stopSorting ends what is being sorted beside.
func (m *model) stopSorting() {
	if m.sorting != nil {
		m.sorting.stop.Store(true)
		m.sorting = nil
	}
}

// sortLasting puts the rows into the lasting order. Items that are not in it yet
// follow.
func (l *list) sortLasting() {
	order := l.lasting[l.by]
	l.rows = slices.Grow(l.rows[:0], l.shown())
	for i := range order {
		id := order[i]
		if l.reverse {
			id = order[len(order)-1-i]
		}
		if l.groups[id] != hidden {
			l.rows = append(l.rows, id)
		}
	}
	for id := len(order); id < len(l.groups); id++ {
		if l.groups[id] != hidden {
			l.rows = append(l.rows, int32(id))
		}
	}
}

// sortKeyed puts the rows that have a key first, the largest before the others; those
// without follow as they stood.
func (l *list) sortKeyed() {
	some, rest := l.keyed[:0], l.rows[:0]
	for _, id := range l.rows {
		k := l.key(id)
		switch {
		case k == 0:
			rest = append(rest, id)
			continue
		case !l.reverse:
			k = ^k
		}
		some = append(some, keyed{k, id})
	}
	// Those without move behind the room that the others take.
	copy(l.rows[len(some):], rest)
	l.spare = sortKeys(some, l.spare)
	for i := range some {
		l.rows[i] = some[i].id
	}
	l.keyed = some
}

// sizeOf is the length that an item is signed with, or "" if none is.
func sizeOf(it *engine.Item) string {
	if it.Length < 0 {
		return ""
	}
	return measure.Size(it.Length)
}
