package ui

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

// mixed is a run with files of all kinds: b0, a1, c2 … of two roles and some sizes.
func mixed(t testing.TB) *scene {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.start()
	var specs []engine.ItemSpec
	for _, f := range []struct {
		path, role string
		size       int64
	}{{"b", "targets", 300}, {"a", "targets", 100}, {"e", "agents", 200}, {"d", "agents", 300}, {"c", "releases", -1}} {
		specs = append(specs, s.item(engine.Target, f.path, "", 0, f.role, f.size))
	}
	s.fold(engine.ItemsFound{Items: specs})
	return s
}

// order are the names of the rows.
func (s *scene) order() string {
	var names []string
	for _, id := range s.m.list.rows {
		names = append(names, s.m.st.Items.At(int(id)).Path)
	}
	return strings.Join(names, " ")
}

func (s *scene) wantOrder(want string) {
	s.t.Helper()
	if got := s.order(); got != want {
		s.t.Errorf("the rows are %q, want %q", got, want)
	}
}

// again begins another attempt at a file that has failed.
func (s *scene) again(name string) {
	s.t.Helper()
	s.to(name, engine.Queued, func(c *engine.StateChanged) { c.Attempt++ })
	s.to(name, engine.Connecting, func(c *engine.StateChanged) { c.Attempt-- })
}

func TestSorting(t *testing.T) {
	t.Run("s goes round the criteria, S reverses", func(t *testing.T) {
		s := mixed(t)
		s.to("a", engine.Connecting)
		s.to("a", engine.Transferring)
		s.progress("a", 10, 50)
		s.wait(3 * time.Second)
		s.to("d", engine.Connecting)
		s.to("d", engine.Transferring)
		s.progress("d", 10, 70)
		s.wait(time.Second)
		s.fail("e", finding.ServerError)
		s.again("e")
		s.wait(time.Second)
		for _, step := range []struct{ key, title, rows string }{
			{"s", "TARGET  by target", "a b c d e"},
			{"S", "TARGET  by target, reversed", "e d c b a"},
			{"s", "TARGET  by role, reversed", "b a c e d"},
			{"S", "TARGET  by role", "d e c a b"},
			{"s", "TARGET  by size", "b d e a c"},
			{"S", "TARGET  by size, reversed", "c a e d b"},
			{"s", "TARGET  by rate, reversed", "a d e b c"},
			{"S", "TARGET  by rate", "d a e b c"},
			{"s", "TARGET  by age", "a d e b c"},
			{"S", "TARGET  by age, reversed", "e d a b c"},
			{"S", "TARGET  by age", "a d e b c"},
			{"s", "TARGET  by tries", "e a d b c"},
			{"S", "TARGET  by tries, reversed", "a d e b c"},
			{"s", "TARGET  reversed", "c b e d a"},
			{"S", "TARGET", "a d e b c"},
		} {
			s.keys(step.key)
			s.wantTitle(step.title)
			if s.order() != step.rows {
				t.Errorf("%s: %q, want %q", step.title, s.order(), step.rows)
			}
		}
	})
	t.Run("a cursor that was not moved stays on the first row", func(t *testing.T) {
		s := mixed(t)
		s.keys("s")
		wantCursor(t, &s.m.list, 1, 0)
		s.keys("S")
		wantCursor(t, &s.m.list, 2, 0)
		s.keys("x") // it is seen what came there, because it was asked for
		s.wantSent(engine.Cancel{Items: ids(2)})
	})
	t.Run("one that was moved stays on its file", func(t *testing.T) {
		s := mixed(t)
		s.keys("j", "s")
		wantCursor(t, &s.m.list, 1, 0)
		s.keys("S")
		wantCursor(t, &s.m.list, 1, 4)
	})
	t.Run("a file that ends verified stays under the cursor, because it does not sink", func(t *testing.T) {
		s := mixed(t)
		s.keys("s", "j")
		wantCursor(t, &s.m.list, 0, 1)
		s.wait(2 * time.Second)
		s.to("b", engine.Connecting)
		s.to("b", engine.Verified)
		wantCursor(t, &s.m.list, 0, 1)
		s.wantOrder("a b c d e")
	})
	t.Run("files that are found later come to their places", func(t *testing.T) {
		for n := range criterion(4) {
			s := mixed(t)
			for range n {
				s.keys("s")
			}
			s.keys("S")
			s.wait(2 * time.Second)
			s.fold(engine.ItemsFound{Items: []engine.ItemSpec{
				s.item(engine.Target, "bb", "", 0, "agents", 150), s.item(engine.Target, "aa", "", 0, "zeta", 400), s.item(engine.Target, "f", "", 0, "agents", 300),
			}})
			s.wait(2 * time.Second)
			s.m.tick()
			got := s.order()
			fresh := mixed(t)
			fresh.fold(engine.ItemsFound{Items: []engine.ItemSpec{
				fresh.item(engine.Target, "bb", "", 0, "agents", 150), fresh.item(engine.Target, "aa", "", 0, "zeta", 400), fresh.item(engine.Target, "f", "", 0, "agents", 300),
			}})
			fresh.m.list.reverse = true
			fresh.m.sortBy(n)
			if got != fresh.order() {
				t.Errorf("by %s: %q, want %q", n, got, fresh.order())
			}
		}
	})
	t.Run("a filter keeps the order", func(t *testing.T) {
		s := mixed(t)
		s.keys("s", "S", "/", "role:agents", "enter")
		s.wantOrder("e d")
		s.keys("esc")
		s.wantOrder("e d c b a")
	})
	t.Run("rows whose key changes are sorted once a second at the most", func(t *testing.T) {
		s := mixed(t)
		for _, name := range []string{"a", "b"} {
			s.to(name, engine.Connecting)
			s.to(name, engine.Transferring)
		}
		s.keys("s", "s", "s", "s")
		s.progress("b", 1, 20)
		s.progress("a", 1, 10)
		s.wait(2 * time.Second)
		s.m.tick()
		s.wantOrder("b a e d c")
		s.wait(900 * time.Millisecond)
		s.progress("a", 50, 50)
		s.to("c", engine.Connecting)
		s.wantOrder("b a e d c")
		s.progress("c", 1, 5)
		s.wait(100 * time.Millisecond)
		s.progress("a", 51, 50)
		s.to("d", engine.Connecting)
		s.wantOrder("a b c e d")
	})
	t.Run("nothing moves while a key is held", func(t *testing.T) {
		s := mixed(t)
		s.to("a", engine.Connecting)
		s.to("a", engine.Transferring)
		s.to("b", engine.Connecting)
		s.keys("s", "s", "s", "s") // by rate
		for range 20 {
			s.keys("j")
			before := s.order()
			s.wait(300 * time.Millisecond)
			s.progress("a", 1, float64(10))
			s.to("b", engine.Failed, problem(finding.ServerError, "503"))
			s.again("b")
			s.m.tick()
			if s.order() != before {
				t.Fatal("the rows move under the cursor")
			}
		}
	})
}

// manyOf has so many files more than are sorted at once, in no order.
func manyOf(t testing.TB, n int) *scene {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.start()
	random := rand.New(rand.NewPCG(1, 2))
	for from := 0; from < n; from += 1000 {
		var specs []engine.ItemSpec
		for i := from; i < min(from+1000, n); i++ {
			path := fmt.Sprintf("releases/1.20.%d/linux/%d.zst", random.IntN(n/10+1), i)
			specs = append(specs, s.item(engine.Target, path, "", 0, fmt.Sprintf("role%d", random.IntN(7)), random.Int64N(5000)))
		}
		s.fold(engine.ItemsFound{Items: specs})
	}
	return s
}

func TestALargeListIsSortedBeside(t *testing.T) {
	n := 3*sortAtOnce + 5
	t.Run("and shown when that is done", func(t *testing.T) {
		s := manyOf(t, n)
		s.keys("s")
		s.wantTitle("TARGET  1-29 of 6005  sorting by target…")
		if len(s.m.errands) != 1 {
			t.Fatalf("%d errands", len(s.m.errands))
		}
		before := s.order()
		s.keys("/", "1", "esc") // works meanwhile
		if s.order() != before {
			t.Error("a filter changes the order")
		}
		s.errands()
		s.wantTitle("TARGET  1-29 of 6005  by target")
		if !slices.IsSorted(strings.Split(s.order(), " ")) {
			t.Error("the rows are not sorted")
		}
		wantCursor(t, &s.m.list, s.m.list.rows[0], 0)
	})
	t.Run("but not under a cursor that has moved since", func(t *testing.T) {
		s := manyOf(t, n)
		s.keys("s")
		s.wait(300 * time.Millisecond)
		s.keys("j")
		at := s.m.list.cursor
		before := s.order()
		s.errands()
		if s.order() != before {
			t.Error("the rows move under the cursor")
		}
		if !s.m.ticking() {
			t.Error("nothing looks whether they can be sorted")
		}
		s.wait(time.Second)
		s.m.tick()
		if !slices.IsSorted(strings.Split(s.order(), " ")) || s.m.list.cursor != at {
			t.Error("they are not sorted a second later, or the cursor is elsewhere")
		}
	})
	t.Run("only the last order that was asked for counts", func(t *testing.T) {
		s := manyOf(t, n)
		s.keys("s")
		first := s.m.errands[0].sort
		s.keys("s", "s", "S")
		if !first.stop.Load() || first.run() != nil {
			t.Error("it goes on with what nobody wants any more")
		}
		s.errands()
		s.wantTitle("TARGET  1-29 of 6005  by size, reversed")
		last := int64(-1)
		for _, id := range s.m.list.rows {
			if l := s.m.st.Items.At(int(id)).Length; l < last {
				t.Fatal("the rows are not sorted")
			} else {
				last = l
			}
		}
		s.keys("s") // by rate
		if s.m.sorting != nil {
			t.Error("it still sorts")
		}
	})
	t.Run("an order that is made stays", func(t *testing.T) {
		s := manyOf(t, n)
		s.keys("s")
		s.errands()
		for range numCriteria {
			s.keys("s")
			s.errands()
		}
		s.wantTitle("TARGET  1-29 of 6005  by target")
		made := &s.m.list.lasting[byTarget][0]
		for _, k := range []string{"/", "1", "2", "esc", "!", "!", "S", "s", "s", "s", "s", "s", "s", "s"} {
			s.keys(k)
			if s.m.sorting != nil || len(s.m.errands) > 0 {
				t.Fatalf("%q sorts again", k)
			}
		}
		if made != &s.m.list.lasting[byTarget][0] {
			t.Error("the order was made again")
		}
	})
	t.Run("many files that are found later wait behind the others", func(t *testing.T) {
		s := manyOf(t, n)
		s.keys("s")
		s.errands()
		s.wait(2 * time.Second)
		for from := 0; from < n; from += 1000 {
			var specs []engine.ItemSpec
			for i := range 1000 {
				specs = append(specs, s.item(engine.Target, fmt.Sprintf("a%d", from+i), "", 0, "targets", 1))
			}
			s.fold(engine.ItemsFound{Items: specs})
		}
		s.wait(2 * time.Second)
		s.m.tick()
		if s.m.sorting == nil {
			t.Error("they are not sorted beside")
		}
		if s.m.list.shown() != len(s.m.list.rows) {
			t.Error("they are not to be seen meanwhile")
		}
		s.errands()
		s.wait(2 * time.Second)
		s.m.tick()
		if !slices.IsSorted(strings.Split(s.order(), " ")) {
			t.Error("they are not sorted in")
		}
	})
}

// Whatever is known already, the order is the same as that of a plain sort.
func TestLastingOrders(t *testing.T) {
	s := manyOf(t, 30_000)
	items := s.m.st.Items
	for _, by := range []criterion{byTarget, byRole, bySize} {
		compare := (&sorting{by: by, items: items}).compare
		want := make([]int32, items.Len())
		for i := range want {
			want[i] = int32(i)
		}
		slices.SortFunc(want, compare)
		for _, known := range []int{0, 1, 500, 20_000, items.Len() - 2, items.Len()} {
			first := slices.Clone(want[:0])
			for _, id := range want {
				if int(id) < known {
					first = append(first, id)
				}
			}
			if got := newSorting(by, items, first, t0).run(); !slices.Equal(got, want) {
				t.Errorf("by %s, with %d of %d known, the order is another one", by, known, items.Len())
			}
		}
	}
}

func TestSortKeys(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{0, 1, 255, 256, 3000} {
		for _, most := range []uint64{1, 3, 1 << 12, 1 << 40, ^uint64(0)} {
			some := make([]keyed, n)
			for i := range some {
				some[i] = keyed{random.Uint64N(most), int32(i)}
				if i%2 == 0 {
					some[i].key = ^some[i].key
				}
			}
			want := slices.Clone(some)
			slices.SortStableFunc(want, func(a, b keyed) int { return cmp.Compare(a.key, b.key) })
			if sortKeys(some, nil); !slices.Equal(some, want) {
				t.Errorf("%d keys up to %d are not sorted", n, most)
			}
		}
	}
}

// The key of a person who sorts a million files may take as long as a frame or two,
// whatever the column; what is done beside may take a second or two.
func BenchmarkSortKey1000000(b *testing.B) {
	s := manyOf(b, 1_000_000)
	for id := range 50_000 {
		it := s.m.st.Items.At(id * 19)
		s.to(it.Path, engine.Connecting)
		s.to(it.Path, engine.Transferring)
		if id%2 == 0 {
			s.to(it.Path, engine.Failed, problem(finding.ServerError, "503"))
		}
	}
	for c := range numCriteria {
		b.Run(c.String(), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				s.m.list.lasting[c] = nil
				s.m.stopSorting()
				s.m.errands = nil
				b.StartTimer()
				s.m.sortBy(c)
				s.m.draw()
			}
		})
		if !c.lasting() {
			continue
		}
		b.Run(c.String()+"/beside", func(b *testing.B) {
			for b.Loop() {
				newSorting(c, s.m.st.Items, nil, t0).run()
			}
		})
		b.Run(c.String()+"/again", func(b *testing.B) {
			s.m.list.lasting[c] = newSorting(c, s.m.st.Items, nil, t0).run()
			for b.Loop() {
				s.m.sortBy(c)
				s.m.draw()
			}
		})
		b.Run(c.String()+"/late", func(b *testing.B) {
			known := newSorting(c, s.m.st.Items.First(s.m.st.Items.Len()-sortAtOnce), nil, t0).run()
			for b.Loop() {
				newSorting(c, s.m.st.Items, known, t0).run()
			}
		})
	}
}

// BenchmarkMarkKeys1000000 marks a million files, asks and acts, and goes to the next
// problem where there is none.
func BenchmarkMarkKeys1000000(b *testing.B) {
	s := manyOf(b, 1_000_000)
	s.m.draw()
	for _, key := range []string{"a", "x", "A", "n", "S", "f"} {
		b.Run(key, func(b *testing.B) {
			for b.Loop() {
				s.keys(key)
				s.m.draw()
				b.StopTimer()
				s.keys("n")
				b.StartTimer()
			}
		})
	}
}

// The state goes on while its items are sorted beside. It is the race detector that
// looks here.
func TestSortingBesideDoesNotDisturbTheState(t *testing.T) {
	s := manyOf(t, 3*sortAtOnce)
	for _, by := range []criterion{byTarget, byRole, bySize} {
		s.m.list.lasting[by] = nil
		s.m.sortBy(by)
		job := s.m.errands[0].sort
		s.m.errands = nil
		done := make(chan []int32)
		go func() { done <- job.run() }()
		for i := range 300 {
			name := s.m.st.Items.At(i + 300*int(by)).Path
			s.to(name, engine.Connecting)
			s.to(name, engine.Transferring)
			s.progress(name, 5, 5)
			s.fold(engine.ItemsFound{Items: []engine.ItemSpec{s.item(engine.Target, fmt.Sprintf("late%d/%s", i, by), "", 0, "targets", 1)}})
		}
		s.m.sorted(job, <-done)
		s.wait(2 * time.Second)
		s.m.tick()
		s.errands()
		if got := len(s.m.list.lasting[by]); got != s.m.st.Items.Len() {
			t.Errorf("by %s: %d of %d items are in order", by, got, s.m.st.Items.Len())
		}
	}
}
