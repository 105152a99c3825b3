package ui

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

// storm plays random events, which keep to the protocol, into a scene.
type storm struct {
	*scene
	random *rand.Rand
	names  []string
}

func (s *storm) happen() {
	if len(s.names) < 400 && s.random.IntN(3) == 0 {
		name := fmt.Sprintf("dir%d/file%03d", s.random.IntN(9), len(s.names))
		s.names = append(s.names, name)
		s.fold(engine.ItemsFound{Items: []engine.ItemSpec{s.item(engine.Target, name, "", 0, fmt.Sprintf("role%d", s.random.IntN(3)), s.random.Int64N(1000))}})
		return
	}
	name := s.names[s.random.IntN(len(s.names))]
	it := s.get(name)
	trouble := problem(finding.ServerError, "503")
	switch it.State {
	case engine.Queued:
		s.to(name, engine.Connecting)
	case engine.Connecting:
		s.to(name, []engine.ItemState{engine.Transferring, engine.Failed, engine.Stalled}[s.random.IntN(3)], trouble)
	case engine.Transferring:
		s.progress(name, 10, s.random.Float64()*100)
		if s.random.IntN(2) == 0 {
			s.to(name, []engine.ItemState{engine.Verified, engine.Failed, engine.Retrying, engine.Cancelled}[s.random.IntN(4)], trouble)
		}
	case engine.Stalled:
		s.to(name, engine.Transferring)
	case engine.Retrying:
		s.to(name, engine.Queued)
	default:
		if s.random.IntN(4) == 0 {
			s.again(name)
		}
	}
}

// Whatever happens to the files, the cursor is moved by keys alone: it stays on its
// file, but for the exceptions that list names, and while a key is held each press
// goes one row on over rows that stand still.
func TestNothingMovesTheCursorButKeys(t *testing.T) {
	for seed := range uint64(8) {
		s := &storm{scene: newScene(t, look{theme: Mono}, 120, 36), random: rand.New(rand.NewPCG(seed, 7))}
		s.start()
		s.names = []string{"first"}
		s.fold(engine.ItemsFound{Items: []engine.ItemSpec{s.item(engine.Target, "first", "", 0, "targets", 1)}})
		for step := range 3000 {
			l := &s.m.list
			item, row, held, rows := l.cursor, l.row, l.held, slices.Clone(l.rows)
			var placed group
			if item != none {
				placed = l.placed
			}
			where := fmt.Sprintf("seed %d, step %d", seed, step)
			switch k := s.random.IntN(20); {
			case k < 12:
				s.wait(time.Duration(s.random.IntN(400)) * time.Millisecond)
				s.happen()
				s.stays(where, item, row, held, placed)
			case k == 12:
				s.wait(time.Duration(s.random.IntN(2000)) * time.Millisecond)
				s.m.tick()
				s.stays(where, item, row, held, placed)
			case k == 13:
				s.hold(where)
			case k == 14:
				s.keys([]string{"s", "S"}[s.random.IntN(2)])
				s.errands()
				s.stays(where, item, row, held, l.placed)
			case k == 15:
				s.keys([]string{"!", "/", "esc", " ", "enter"}[s.random.IntN(5)])
				if s.m.typing != nil {
					s.keys([]string{"file0", "state:fa", "age:>3s"}[s.random.IntN(3)], "enter")
				}
			case k == 16:
				s.keys([]string{"n", "N", "pgdown", "pgup", "G", "ctrl+d"}[s.random.IntN(6)])
				if !slices.Equal(rows, l.rows) {
					t.Fatalf("%s: a move changes the rows", where)
				}
			case k == 17 && s.random.IntN(5) == 0:
				s.keys("g")
			}
			s.whole(where)
		}
	}
}

// stays checks that the cursor is on the file that it was on, or rightly is not.
func (s *storm) stays(where string, item int32, row int, held bool, placed group) {
	s.t.Helper()
	l := &s.m.list
	switch {
	case !held:
		if l.row != 0 {
			s.t.Fatalf("%s: a cursor that was not moved is in row %d", where, l.row)
		}
	case l.cursor == item, item == none:
	case l.groups[item] == hidden:
	case l.by == byNeed && l.groups[item] == groupVerified && placed != groupVerified:
		if l.row != min(row, len(l.rows)-1) {
			s.t.Fatalf("%s: the file is verified and the cursor went from row %d to %d", where, row, l.row)
		}
	default:
		s.t.Fatalf("%s: the cursor was on file %d (%d, placed %d), and is on %d", where, item, l.groups[item], placed, l.cursor)
	}
}

// hold holds a key down while things happen.
func (s *storm) hold(where string) {
	s.t.Helper()
	l := &s.m.list
	key, by := "down", 1
	if s.random.IntN(2) == 0 {
		key, by = "up", -1
	}
	s.keys(key)
	rows := slices.Clone(l.rows)
	for range 30 {
		row := l.row
		s.wait(33 * time.Millisecond)
		for range 3 {
			s.happen()
		}
		if s.random.IntN(10) == 0 {
			s.m.tick()
		}
		if l.row != row || !slices.Equal(rows, l.rows) {
			s.t.Fatalf("%s: the rows move while a key is held", where)
		}
		s.keys(key)
		if want := max(0, min(row+by, len(rows)-1)); l.row != want {
			s.t.Fatalf("%s: a key moves the cursor from row %d to %d", where, row, l.row)
		}
	}
}

// whole checks that the list and the counts of marks are what they say.
func (s *storm) whole(where string) {
	s.m.draw()
	s.t.Helper()
	l := &s.m.list
	if n := len(l.rows); n > 0 && (l.rows[l.row] != l.cursor || l.top < 0 || l.row < l.top || l.row >= l.top+l.height) {
		s.t.Fatalf("%s: file %d, row %d of %d, window %d+%d", where, l.cursor, l.row, n, l.top, l.height)
	}
	marks, unseen := 0, 0
	for id, on := range l.marked {
		marks += boolInt(on)
		unseen += boolInt(on && l.groups[id] == hidden)
	}
	if marks != l.marks || unseen != l.marksHidden {
		s.t.Fatalf("%s: %d marked, %d hidden; counted %d and %d", where, marks, unseen, l.marks, l.marksHidden)
	}
}
