package ui

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
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

// sortAgain is how long an order by a column stands before it is made anew. The order
// by need is made with every batch, because it costs next to nothing.
const sortAgain = time.Second

// sortBy sorts the rows by a column.
func (m *model) sortBy(c criterion) {
	l := &m.list
	l.by, l.compare, l.key = c, nil, nil
	if l.staticBy != c {
		l.static = l.static[:0]
		l.staticBy = c
	}
	items := func(a, b int32) (*engine.Item, *engine.Item) { return &m.st.Items[a], &m.st.Items[b] }
	switch c {
	case byTarget:
		l.compare = func(a, b int32) int {
			x, y := items(a, b)
			return cmp.Or(strings.Compare(x.Path, y.Path), cmp.Compare(a, b))
		}
	case byRole:
		l.compare = func(a, b int32) int {
			x, y := items(a, b)
			return cmp.Or(strings.Compare(x.RoleName, y.RoleName), strings.Compare(x.Path, y.Path), cmp.Compare(a, b))
		}
	case bySize: // the largest first
		l.compare = func(a, b int32) int {
			x, y := items(a, b)
			return cmp.Or(cmp.Compare(y.Length, x.Length), cmp.Compare(a, b))
		}
	case byRate:
		l.key = func(id int32) int64 { return int64(m.st.Items[id].Rate) }
	case byAge:
		l.key = func(id int32) int64 {
			d, _ := m.ageIn(&m.st.Items[id], m.now())
			return int64(d)
		}
	case byTry:
		l.key = func(id int32) int64 { return int64(m.st.Items[id].Attempt) }
	}
	now := m.clock()
	l.sort(now)
	l.hold(now)
}

// arrange puts rows that stand in the order of need into that of the column.
func (l *list) arrange() {
	switch {
	case l.compare != nil:
		l.sortStatic()
	case l.key != nil:
		l.sortKeyed()
		return // which minds reverse
	}
	if l.reverse {
		slices.Reverse(l.rows)
	}
}

// sortStatic sorts by what never changes of an item. All items are kept in that order;
// what has come since the last time is sorted for itself and merged.
func (l *list) sortStatic() {
	if n := len(l.static); n < len(l.groups) {
		late := make([]int32, 0, len(l.groups)-n)
		for id := n; id < len(l.groups); id++ {
			late = append(late, int32(id))
		}
		slices.SortFunc(late, l.compare)
		all := make([]int32, 0, len(l.groups))
		for _, id := range l.static {
			for len(late) > 0 && l.compare(late[0], id) < 0 {
				all, late = append(all, late[0]), late[1:]
			}
			all = append(all, id)
		}
		l.static = append(all, late...)
	}
	l.rows = l.rows[:0]
	for _, id := range l.static {
		if l.groups[id] != hidden {
			l.rows = append(l.rows, id)
		}
	}
}

// sortKeyed puts the rows that have a key first, the largest before the others; those
// without follow as they stood.
func (l *list) sortKeyed() {
	type keyed struct {
		key int64
		at  int32
		id  int32
	}
	var some []keyed
	rest := make([]int32, 0, len(l.rows))
	for i, id := range l.rows {
		if k := l.key(id); k > 0 {
			some = append(some, keyed{k, int32(i), id})
		} else {
			rest = append(rest, id)
		}
	}
	sign := 1
	if l.reverse {
		sign = -1
	}
	slices.SortFunc(some, func(a, b keyed) int {
		return cmp.Or(sign*cmp.Compare(b.key, a.key), cmp.Compare(a.at, b.at))
	})
	l.rows = l.rows[:0]
	for i := range some {
		l.rows = append(l.rows, some[i].id)
	}
	l.rows = append(l.rows, rest...)
}
