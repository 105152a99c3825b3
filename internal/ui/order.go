package ui

import (
	"slices"
	"time"

	"example.com/tufinspect/internal/engine"
)

// group is a place in the list: what needs a person first comes first.
type group uint8

const (
	groupFailed group = iota
	groupUntrusted
	groupUnchecked
	groupStalled
	groupSlow // under way, and so slowly that it may be the one to look at
	groupRetrying
	groupActive // one group, so that rows stay put while they go through their phases
	groupVerifying
	groupQueued
	groupCancelled // before what is well: it can be tried again
	groupVerified
	groupSkipped
	hidden
	numGroups
)

var groupOf = [numFaces]group{
	engine.Queued: groupQueued, engine.Connecting: groupActive, engine.Waiting: groupActive,
	engine.Transferring: groupActive, engine.Verifying: groupVerifying, engine.Stalled: groupStalled,
	engine.Retrying: groupRetrying, engine.Verified: groupVerified, engine.Untrusted: groupUntrusted,
	engine.Failed: groupFailed, engine.Cancelled: groupCancelled, engine.Skipped: groupSkipped,
	faceUnchecked: groupUnchecked,
}

// settleAfter is how long the list stays as it is after a cursor move.
const settleAfter = time.Second

// none stands for no item.
const none = -1

// list is the order of the items on screen, and the cursor in it. It knows items by
// their ids and groups alone, so that sorting 100,000 of them touches a few hundred
// KiB.
//
// The cursor follows its item, not the row, with three exceptions: until it has been
// moved it stays on the first row; when its item ends verified while the rows stand in
// the order of need it stays in its row, because the item sinks to the far end and
// nothing is left to be done there; and when its item is not to be seen any more, or
// nothing is.
type list struct {
	groups []group
	begun  []int32 // items in the order in which their first attempt started
	has    []bool  // by item: it is in begun
	rows   []int32 // what is shown, in order
	count  [numGroups]int

	cursor  int32 // an item, or none
	placed  group // its group when the cursor came to it
	stood   group // and when the rows were last sorted
	row     int   // its place in rows
	top     int   // the first row on screen
	height  int   // rows on screen
	held    bool  // a person has put the cursor where it is
	movedAt time.Time
	swapped time.Time // when another item came under the cursor by itself
	keep    int32     // an item that the cursor follows wherever it goes, or none
	sought  int32     // an item that the cursor goes to when it is there again, or none
	line    int       // of the screen, in which it was then
	anew    bool      // all of it is being told anew, and it is sorted at once when that is done
	stale   bool      // something has changed since the last sort

	marked       []bool // by item
	marks        int    // how many are marked
	marksHidden  int    // of them, how many are not to be seen
	tries        []uint8
	by           criterion
	reverse      bool
	key          func(int32) uint64   // what the rows are sorted by if that changes; else nil
	lasting      [numCriteria][]int32 // items in the orders that never change, as far as they are made
	keyed, spare []keyed              // kept from one sort to the next
	sortedAt     time.Time
	sortTook     time.Duration // the latest sort
}

func newList() list { return list{cursor: none, keep: none, sought: none} }

// set gives an item its group. Items come in the order of their ids.
func (l *list) set(id int32, g group, begun bool) {
	if int(id) == len(l.groups) {
		l.groups = append(l.groups, hidden)
		l.has = append(l.has, false)
		l.marked = append(l.marked, false)
		l.tries = append(l.tries, 0)
		l.count[hidden]++
	}
	if begun && !l.has[id] {
		l.has[id] = true
		l.begun = append(l.begun, id)
		l.stale = true
	}
	if old := l.groups[id]; old != g {
		l.count[old]--
		l.count[g]++
		l.groups[id] = g
		l.stale = true
		if l.marked[id] {
			l.marksHidden += boolInt(g == hidden) - boolInt(old == hidden)
		}
	}
}

// mark marks an item, or takes its mark away.
func (l *list) mark(id int32, on bool) {
	if l.marked[id] == on {
		return
	}
	n := 2*boolInt(on) - 1
	l.marked[id] = on
	l.marks += n
	l.marksHidden += n * boolInt(l.groups[id] == hidden)
}

// unmark takes all marks away.
func (l *list) unmark() {
	clear(l.marked)
	l.marks, l.marksHidden = 0, 0
}

// shown is how many items there are to be seen.
func (l *list) shown() int { return len(l.groups) - l.count[hidden] }

// due tells whether the list may be sorted now.
func (l *list) due(now time.Time) bool {
	stands := sortShare * l.sortTook
	if l.by != byNeed {
		stands = max(stands, sortAgain)
	}
	return l.stale && now.Sub(l.movedAt) >= settleAfter && now.Sub(l.sortedAt) >= stands
}

// sort puts the items in order, and the cursor where it belongs then.
func (l *list) sort(now time.Time) {
	l.stale, l.sortedAt = false, now
	switch {
	case len(l.lasting[l.by]) > 0:
		l.sortLasting()
	case l.key != nil:
		l.sortByNeed()
		l.sortKeyed()
	default:
		l.sortByNeed()
		if l.reverse {
			slices.Reverse(l.rows)
		}
	}
	before := l.cursor
	l.follow()
	if before != none && l.cursor != before {
		l.swapped = now
	}
}

// sortByNeed is a counting sort by group, and in a group by the start of the first
// attempt; those that never started follow by id.
func (l *list) sortByNeed() {
	var at [numGroups]int
	n := 0
	for g := range hidden {
		at[g] = n
		n += l.count[g]
	}
	if cap(l.rows) < n {
		l.rows = make([]int32, n, n+n/4)
	}
	l.rows = l.rows[:n]
	for _, id := range l.begun {
		if g := l.groups[id]; g != hidden {
			l.rows[at[g]] = id
			at[g]++
		}
	}
	if len(l.begun) < len(l.groups) {
		for id, g := range l.groups {
			if g != hidden && !l.has[id] {
				l.rows[at[g]] = int32(id)
				at[g]++
			}
		}
	}
}

// follow puts the cursor where it belongs after a sort.
func (l *list) follow() {
	if l.sought != none && l.recover() {
		return
	}
	if !l.held {
		l.top = 0
		l.place(0)
		return
	}
	row := none
	if l.followed() {
		row = l.find(l.cursor)
	}
	if row == none {
		row = l.row
	}
	row = max(0, min(row, len(l.rows)-1))
	// When rows come or go above its item, it stays where it is on screen. When the item
	// itself has gone elsewhere the window goes along no further than it has to, and one
	// at the top stays there as long as the cursor is in it: what needs a person is there.
	went := l.cursor != none && l.groups[l.cursor] != l.stood
	if l.top > 0 && !went {
		l.top += row - l.row
	}
	l.place(row)
	if l.cursor != none {
		l.stood = l.groups[l.cursor]
	}
}

// followed tells whether the cursor goes where its item goes.
func (l *list) followed() bool {
	if l.cursor == none || l.groups[l.cursor] == hidden {
		return false
	}
	return l.by != byNeed || l.cursor == l.keep || l.groups[l.cursor] != groupVerified || l.placed == groupVerified
}

func (l *list) find(id int32) int {
	for i, r := range l.rows {
		if r == id {
			return i
		}
	}
	return none
}

// place puts the cursor into a row and the window around it.
func (l *list) place(row int) {
	if len(l.rows) == 0 {
		l.cursor, l.row, l.top, l.placed = none, 0, 0, hidden
		return
	}
	l.row = max(0, min(row, len(l.rows)-1))
	if id := l.rows[l.row]; id != l.cursor {
		l.cursor, l.placed, l.stood = id, l.groups[id], l.groups[id]
	}
	l.scroll()
}

// scroll keeps the cursor in the window, and the window on the list.
func (l *list) scroll() {
	l.top = min(l.top, len(l.rows)-l.height)
	l.top = min(l.top, l.row)
	l.top = max(l.top, l.row-l.height+1, 0)
}

// move moves the cursor by some rows, as a person asked.
func (l *list) move(by int, now time.Time) {
	l.hold(now)
	l.place(l.row + by)
}

// hold keeps the cursor on its item from now on, and the list as it is for a moment.
func (l *list) hold(now time.Time) {
	l.held, l.movedAt, l.swapped, l.sought = true, now, time.Time{}, none
}

// release puts the cursor on the first row and keeps it there.
func (l *list) release(now time.Time) {
	l.held, l.movedAt, l.swapped, l.sought = false, now, time.Time{}, none
	l.top = 0
	l.place(0)
}

// resize sets how many rows there is room for.
func (l *list) resize(height int) {
	if height = max(height, 1); height != l.height {
		l.height = height
		l.scroll()
	}
}
