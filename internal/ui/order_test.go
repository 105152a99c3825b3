package ui

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

var t0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// listOf makes a list of items in these groups, begun in their order.
func listOf(height int, groups ...group) *list {
	l := newList()
	for i, g := range groups {
		l.set(int32(i), g, g != groupQueued)
	}
	l.resize(height)
	l.sort(t0)
	return &l
}

func wantCursor(t *testing.T, l *list, item int32, row int) {
	t.Helper()
	if l.cursor != item || l.row != row {
		t.Errorf("the cursor is on item %d in row %d, want item %d in row %d", l.cursor, l.row, item, row)
	}
}

func TestWhatNeedsAPersonComesFirst(t *testing.T) {
	l := listOf(20, groupSkipped, groupVerified, groupCancelled, groupQueued, groupVerifying, groupActive,
		groupRetrying, groupStalled, groupUntrusted, groupFailed, hidden)
	if want := []int32{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}; !slices.Equal(l.rows, want) {
		t.Errorf("%v, want %v", l.rows, want)
	}
	if l.shown() != 10 {
		t.Errorf("%d are shown", l.shown())
	}
}

func TestAGroupIsInTheOrderOfStarts(t *testing.T) {
	l := newList()
	for i := range int32(4) {
		l.set(i, groupQueued, false)
	}
	for _, id := range []int32{2, 0, 3} {
		l.set(id, groupActive, true)
	}
	l.set(3, groupFailed, true)
	l.set(0, groupFailed, true)
	l.sort(t0)
	if want := []int32{0, 3, 2, 1}; !slices.Equal(l.rows, want) {
		t.Errorf("%v, want %v", l.rows, want)
	}
}

func TestTheCursorStaysOnTheFirstRowUntilItIsMoved(t *testing.T) {
	l := listOf(5, groupActive, groupActive)
	l.set(1, groupFailed, true)
	l.sort(t0)
	wantCursor(t, l, 1, 0)
	if l.swapped.IsZero() {
		t.Error("nobody is told that another item is under the cursor")
	}
}

func TestTheCursorFollowsItsItem(t *testing.T) {
	l := listOf(5, groupActive, groupActive, groupActive)
	l.move(1, t0)
	l.set(1, groupFailed, true)
	l.sort(t0.Add(2 * time.Second))
	wantCursor(t, l, 1, 0)
}

func TestTheCursorDoesNotFollowAnItemThatIsWell(t *testing.T) {
	l := listOf(5, groupActive, groupActive, groupActive)
	l.move(1, t0)
	l.set(1, groupVerified, true)
	l.sort(t0.Add(2 * time.Second))
	wantCursor(t, l, 2, 1)
	// Where it was put on a verified item, it stays on that.
	l.move(1, t0)
	wantCursor(t, l, 1, 2)
	l.set(0, groupVerified, true)
	l.sort(t0.Add(4 * time.Second))
	wantCursor(t, l, 1, 2)
}

func TestTheCursorFollowsAnItemWhoseDetailIsOpen(t *testing.T) {
	l := listOf(5, groupActive, groupActive, groupActive)
	l.move(0, t0)
	l.keep = l.cursor
	l.set(0, groupVerified, true)
	l.sort(t0.Add(2 * time.Second))
	wantCursor(t, l, 0, 2)
}

func TestTheCursorTakesANeighbourWhenItsItemIsHidden(t *testing.T) {
	l := listOf(5, groupActive, groupActive, groupActive)
	l.move(2, t0)
	l.set(2, hidden, true)
	l.sort(t0.Add(2 * time.Second))
	wantCursor(t, l, 1, 1)
	l.set(0, hidden, true)
	l.set(1, hidden, true)
	l.sort(t0.Add(4 * time.Second))
	wantCursor(t, l, none, 0)
	l.move(1, t0) // does no harm
	wantCursor(t, l, none, 0)
}

func TestNothingMovesForASecondAfterTheCursor(t *testing.T) {
	l := listOf(5, groupActive, groupActive)
	l.move(1, t0)
	l.set(1, groupFailed, true)
	if l.due(t0.Add(999 * time.Millisecond)) {
		t.Error("the list may be sorted under a moving cursor")
	}
	if !l.due(t0.Add(time.Second)) {
		t.Error("the list is not sorted after a second")
	}
	l.sort(t0.Add(time.Second))
	l.set(0, groupActive, true)
	if l.due(t0.Add(time.Hour)) {
		t.Error("the list is to be sorted although nothing has changed")
	}
}

func TestTheRowStaysWhereItIsOnScreen(t *testing.T) {
	l := listOf(10, slices.Repeat([]group{groupActive}, 100)...)
	l.move(50, t0)
	before := l.row - l.top
	for id := range int32(20) {
		l.set(99-id, groupFailed, true) // 20 rows come above it
	}
	l.sort(t0.Add(2 * time.Second))
	wantCursor(t, l, 50, 70)
	if l.row-l.top != before {
		t.Errorf("it is in line %d of the window and was in %d", l.row-l.top, before)
	}
}

// Whatever happens, the list is whole, and cursor and window are on it.
func TestTheListKeepsItsPromises(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	l := newList()
	now := t0
	l.resize(7)
	n := int32(0)
	for range 20000 {
		now = now.Add(time.Duration(random.IntN(700)) * time.Millisecond)
		switch k := random.IntN(10); {
		case k < 3 && n < 300:
			l.set(n, group(random.IntN(int(numGroups))), false)
			n++
		case k < 7 && n > 0:
			l.set(random.Int32N(n), group(random.IntN(int(numGroups))), random.IntN(2) == 0)
		case k == 7:
			l.move(random.IntN(21)-10, now)
		case k == 8:
			l.resize(random.IntN(20))
		case k == 9:
			l.release(now)
		}
		if !l.due(now) {
			continue
		}
		l.sort(now)
		if len(l.rows) != l.shown() {
			t.Fatalf("%d rows, and %d are to be shown", len(l.rows), l.shown())
		}
		seen := map[int32]bool{}
		last := groupFailed
		for _, id := range l.rows {
			if seen[id] || l.groups[id] == hidden || l.groups[id] < last {
				t.Fatalf("item %d does not belong here", id)
			}
			seen[id], last = true, l.groups[id]
		}
		if len(l.rows) > 0 && (l.rows[l.row] != l.cursor || l.top < 0 || l.row < l.top || l.row >= l.top+l.height) {
			t.Fatalf("cursor: item %d, row %d; window: %d+%d of %d", l.cursor, l.row, l.top, l.height, len(l.rows))
		}
	}
}

// What needs a person is at the top, and is not scrolled away because the file under the
// cursor is tried again.
func TestTheWindowGoesNoFurtherThanItHasTo(t *testing.T) {
	groups := make([]group, 30)
	for i := range groups {
		groups[i] = groupVerified
	}
	for i := range 8 {
		groups[i] = groupFailed
	}
	l := listOf(20, groups...)
	l.move(0, t0)
	l.set(0, groupActive, true)
	l.sort(t0.Add(2 * time.Second))
	wantCursor(t, l, 0, 7)
	if l.top != 0 {
		t.Errorf("the first row is %d", l.top)
	}
	// A window that is further down keeps the cursor in its line when rows come above it.
	l.move(22, t0)
	id, line := l.cursor, l.row-l.top
	if l.top == 0 {
		t.Fatal("the window is at the top")
	}
	l.set(25, groupFailed, true)
	l.sort(t0.Add(4 * time.Second))
	if l.cursor != id || l.row-l.top != line {
		t.Errorf("item %d in line %d, want item %d in line %d", l.cursor, l.row-l.top, id, line)
	}
	// And stays where it is when the file itself goes elsewhere.
	l.move(-3, t0)
	top := l.top
	l.set(l.cursor, groupCancelled, true)
	l.sort(t0.Add(6 * time.Second))
	if l.top > top || l.row < l.top || l.row >= l.top+l.height {
		t.Errorf("row %d, window at %d, before %d", l.row, l.top, top)
	}
}
