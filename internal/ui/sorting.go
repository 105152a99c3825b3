package ui

import (
	"cmp"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"example.com/tufinspect/internal/engine"
)

// sorting is a lasting order in the making. It reads nothing of items but what never
// changes once they are known (path, role, length), so that it can run beside while
// the state goes on.
type sorting struct {
	by    criterion
	items engine.Blocks[engine.Item]
	known []int32 // the first of them in order; it is not written to
	began time.Time
	stop  atomic.Bool // nobody wants it any more
}

func newSorting(by criterion, items engine.Blocks[engine.Item], known []int32, now time.Time) *sorting {
	return &sorting{by: by, items: items, known: known, began: now}
}

// run gives all items in order: those that are not known yet are sorted for
// themselves, then merged. It gives nil when it was stopped.
func (s *sorting) run() []int32 {
	late := make([]keyed, 0, s.items.Len()-len(s.known))
	for id := len(s.known); id < s.items.Len(); id++ {
		late = append(late, keyed{id: int32(id)})
	}
	if s.by == bySize {
		for i := range late {
			late[i].key = ^uint64(max(0, s.items.At(int(late[i].id)).Length+1)) // the largest first
		}
		sortKeys(late, nil)
	} else {
		spare := make([]keyed, len(late))
		s.sortPaths(late, spare, 0)
		if s.by == byRole {
			s.sortRoles(late, spare)
		}
	}
	if s.stop.Load() {
		return nil
	}
	return s.merge(late)
}

// sortPaths sorts by path, by eight bytes at a time behind what is common to all from
// some byte on. Most paths of a repository begin alike, so that these decide nearly
// everything without a second look at the paths, which are somewhere else in memory.
func (s *sorting) sortPaths(late, spare []keyed, from int) {
	const few = 64
	if s.stop.Load() || len(late) < 2 {
		return
	}
	if len(late) < few {
		slices.SortFunc(late, func(a, b keyed) int {
			return cmp.Or(strings.Compare(s.path(a, from), s.path(b, from)), cmp.Compare(a.id, b.id))
		})
		return
	}
	alike := s.path(late[0], from)
	for i := range late {
		alike = alike[:common(alike, s.path(late[i], from))]
	}
	from += len(alike)
	differ := false
	for i := range late {
		rest := s.path(late[i], from)
		late[i].key = prefix(rest)
		differ = differ || rest != ""
	}
	if !differ {
		return // all are the same
	}
	sortKeys(late, spare)
	for len(late) > 0 {
		n := 1
		for n < len(late) && late[n].key == late[0].key {
			n++
		}
		s.sortPaths(late[:n], spare[:n], from+8)
		late, spare = late[n:], spare[n:]
	}
}

// path is the rest of an item's path from some byte on.
func (s *sorting) path(k keyed, from int) string {
	path := s.items.At(int(k.id)).Path
	return path[min(from, len(path)):]
}

// sortRoles sorts by role what is sorted by path. There are few roles.
func (s *sorting) sortRoles(late, spare []keyed) {
	ranks := map[string]uint64{}
	last := ""
	for i := range late {
		if name := s.items.At(int(late[i].id)).RoleName; i == 0 || name != last { // files of a role stand together
			ranks[name], last = 0, name
		}
	}
	names := make([]string, 0, len(ranks))
	for name := range ranks {
		names = append(names, name)
	}
	slices.Sort(names)
	for i, name := range names {
		ranks[name] = uint64(i)
	}
	rank := uint64(0)
	for i := range late {
		if name := s.items.At(int(late[i].id)).RoleName; i == 0 || name != last {
			rank, last = ranks[name], name
		}
		late[i].key = rank
	}
	sortKeys(late, spare)
}

// merge puts sorted items among those that are known. Mostly a few come to many, so
// that the place of each is looked for in growing steps.
func (s *sorting) merge(late []keyed) []int32 {
	all := make([]int32, 0, s.items.Len())
	known := s.known
	for i := range late {
		id := late[i].id
		far := 1
		for far < len(known) && s.compare(known[far], id) < 0 {
			far *= 2
		}
		n, _ := slices.BinarySearchFunc(known[:min(far, len(known))], id, s.compare)
		all = append(append(all, known[:n]...), id)
		known = known[n:]
	}
	return append(all, known...)
}

// compare says which of two items comes first.
func (s *sorting) compare(a, b int32) int {
	x, y := s.items.At(int(a)), s.items.At(int(b))
	var c int
	switch s.by {
	case bySize:
		c = cmp.Compare(y.Length, x.Length)
	case byRole:
		c = cmp.Or(strings.Compare(x.RoleName, y.RoleName), strings.Compare(x.Path, y.Path))
	default:
		c = strings.Compare(x.Path, y.Path)
	}
	return cmp.Or(c, cmp.Compare(a, b))
}

// common is how many bytes two texts begin with alike.
func common(a, b string) int {
	n := min(len(a), len(b))
	if a[:n] == b[:n] {
		return n
	}
	i := 0
	for a[i] == b[i] {
		i++
	}
	return i
}

// prefix are the first eight bytes as a number that compares as they do.
func prefix(s string) uint64 {
	var k uint64
	for i := range 8 {
		k <<= 8
		if i < len(s) {
			k |= uint64(s[i])
		}
	}
	return k
}

// keyed is an item with a number to sort it by.
type keyed struct {
	key uint64
	id  int32
}

// sortKeys sorts by key, and leaves items with equal keys as they stood. It uses spare
// if that is long enough, and gives what it has used.
//
// It is a radix sort that leaves out the digits which are the same in all keys: a
// million tries take one pass, and a million ages three.
func sortKeys(some, spare []keyed) []keyed {
	const bits, few = 11, 256
	if len(some) < few {
		slices.SortStableFunc(some, func(a, b keyed) int { return cmp.Compare(a.key, b.key) })
		return spare
	}
	if cap(spare) < len(some) {
		spare = make([]keyed, len(some))
	}
	spare = spare[:len(some)]
	all, any := ^uint64(0), uint64(0)
	for i := range some {
		all &= some[i].key
		any |= some[i].key
	}
	differs := all ^ any
	from, to := some, spare
	for shift := 0; shift < 64; shift += bits {
		if differs>>shift&(1<<bits-1) == 0 {
			continue
		}
		var at [1 << bits]int
		for i := range from {
			at[from[i].key>>shift&(1<<bits-1)]++
		}
		n := 0
		for d := range at {
			at[d], n = n, n+at[d]
		}
		for i := range from {
			d := from[i].key >> shift & (1<<bits - 1)
			to[at[d]] = from[i]
			at[d]++
		}
		from, to = to, from
	}
	if &from[0] != &some[0] {
		copy(some, from)
	}
	return spare
}
