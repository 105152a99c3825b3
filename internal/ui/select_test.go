package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

// errands does what the surroundings do while a scene plays: it sorts.
func (s *scene) errands() {
	s.t.Helper()
	for len(s.m.errands) > 0 {
		e := s.m.errands[0]
		s.m.errands = s.m.errands[1:]
		if e.sort != nil {
			s.m.sorted(e.sort, e.sort.run())
		}
	}
}

// title is the first line of the view.
func (s *scene) title() string {
	s.t.Helper()
	frame := s.screen()
	line := strings.Split(frame, "\n")[s.m.viewTop]
	for _, head := range []string{" ROLE", " STATE", " REASON"} {
		line, _, _ = strings.Cut(line, head)
	}
	return strings.TrimSpace(line)
}

func (s *scene) wantTitle(want string) {
	s.t.Helper()
	if got := s.title(); got != want {
		s.t.Errorf("the table's title is %q, want %q", got, want)
	}
}

func (s *scene) fail(name string, kind finding.ID) {
	s.t.Helper()
	s.to(name, engine.Connecting)
	s.to(name, engine.Failed, problem(kind, "it failed"))
}

func ids(n ...engine.ItemID) []engine.ItemID { return n }

func TestMarks(t *testing.T) {
	t.Run("space marks and goes on, and takes a mark away", func(t *testing.T) {
		s := small(t, 5)
		s.keys(" ", " ")
		s.wantTitle("TARGET  2 marked")
		wantCursor(t, &s.m.list, 2, 2)
		s.keys("up", " ")
		s.wantTitle("TARGET  1 marked")
		if !strings.Contains(s.screen(), "\n •file000") {
			t.Errorf("the mark is not to be seen:\n%s", s.screen())
		}
	})
	t.Run("the last row can be marked", func(t *testing.T) {
		s := small(t, 2)
		s.keys("G", " ", " ", " ")
		s.wantTitle("TARGET  1 marked")
	})
	t.Run("nothing happens where there is no row", func(t *testing.T) {
		s := small(t, 0)
		s.keys(" ", "a", "A", "x", "r", "u", "n", "c")
		s.wantSent()
		s.wantTitle("TARGET")
	})
	t.Run("a marks all that is shown, A none", func(t *testing.T) {
		s := small(t, 12)
		s.keys("/", "file00", "enter", "a")
		s.wantTitle("TARGET  10 marked  /file00")
		s.keys("esc", "A")
		s.wantTitle("TARGET")
	})
	t.Run("marks survive the filter, the order and what becomes of the files", func(t *testing.T) {
		s := small(t, 12)
		s.keys("j", " ", " ")
		s.keys("s", "S", "/", "file011", "enter")
		s.fail("file001", finding.ServerError)
		s.wait(2 * time.Second)
		s.m.tick()
		s.wantTitle("TARGET  2 marked, 2 hidden  /file011  by target, reversed")
		s.keys("esc")
		s.to("file002", engine.Connecting)
		s.to("file002", engine.Verified)
		s.wantTitle("TARGET  2 marked  by target, reversed")
		s.keys("x")
		s.wantStatus("nothing to cancel: all 2 marked files have ended") // and there is no question
		s.keys("r", "y")
		s.wantSent(engine.Retry{Items: ids(1, 2)})
		s.wantTitle("TARGET  2 marked  by target, reversed") // what is marked can be acted on again
	})
	t.Run("metadata that is hidden when it ends is counted as hidden", func(t *testing.T) {
		s := small(t, 2)
		s.fold(engine.ItemsFound{Items: []engine.ItemSpec{s.item(engine.Metadata, "timestamp.json", "", 0, "timestamp", -1)}})
		s.keys("a")
		s.wantTitle("TARGET  3 marked")
		s.to("timestamp.json", engine.Connecting)
		s.to("timestamp.json", engine.Verified)
		s.wantTitle("TARGET  3 marked, 1 hidden")
	})
	t.Run("files that are found later are not marked", func(t *testing.T) {
		s := small(t, 2)
		s.keys("a")
		s.fold(engine.ItemsFound{Items: []engine.ItemSpec{s.item(engine.Target, "late", "", 0, "targets", 1)}})
		s.wantTitle("TARGET  2 marked")
	})
}

func TestActingOnMarkedRows(t *testing.T) {
	t.Run("x and r ask with the number", func(t *testing.T) {
		s := small(t, 20)
		s.keys("/", "file00", "enter", "a", "esc")
		s.keys("x")
		s.wantStatus("cancel 10 marked files? y/N")
		s.keys("n")
		s.wantSent()
		s.keys("r")
		s.wantStatus("retry 10 marked files? y/N")
		s.keys("enter")
		s.wantSent()
		s.keys("x", "y")
		s.wantSent(engine.Cancel{Items: ids(0, 1, 2, 3, 4, 5, 6, 7, 8, 9)})
	})
	t.Run("what is hidden is said", func(t *testing.T) {
		s := small(t, 12)
		s.keys("a", "/", "file00", "enter", "x")
		s.wantStatus("cancel 12 marked files, 2 of them hidden? y/N")
		s.keys("n", "esc", "/", "none", "enter", "r")
		s.wantStatus("retry 12 marked files, all of them hidden? y/N")
	})
	t.Run("one marked file needs no question, unless it is hidden", func(t *testing.T) {
		s := small(t, 3)
		s.keys("j", " ", "x")
		s.wantSent(engine.Cancel{Items: ids(1)})
		s.keys("/", "file000", "enter", "x")
		s.wantStatus("cancel 1 marked file, which is hidden? y/N")
		s.keys("y")
		s.wantSent(engine.Cancel{Items: ids(1)})
	})
	t.Run("large numbers can be read", func(t *testing.T) {
		s := small(t, 1200)
		s.keys("a", "x")
		s.wantStatus("cancel 1,200 marked files? y/N")
	})
	t.Run("r goes past caches for those whose bytes were wrong only", func(t *testing.T) {
		s := small(t, 5)
		s.fail("file001", finding.WrongHash)
		s.fail("file002", finding.ServerError)
		s.fail("file003", finding.Missing)
		s.keys("a", "r", "y")
		s.wantSent(engine.Retry{Items: ids(0, 2, 4)}, engine.Retry{Items: ids(1, 3), NoCache: true})
	})
	t.Run("u takes all of them and does not ask", func(t *testing.T) {
		s := small(t, 5)
		s.keys("j", " ", "j", " ", "u")
		s.wantSent(engine.Prioritise{Items: ids(1, 3)})
	})
	t.Run("d asks about the file under the cursor only", func(t *testing.T) {
		s := small(t, 5)
		s.keys("a", "j", "d")
		s.wantSent(engine.Probe{Item: 1})
	})
	t.Run("without marks it is the row under the cursor", func(t *testing.T) {
		s := small(t, 5)
		s.keys("a", "A", "j", "j", "x", "u")
		s.wantSent(engine.Cancel{Items: ids(2)}, engine.Prioritise{Items: ids(2)})
	})
	t.Run("marks do not move when another row comes under the cursor", func(t *testing.T) {
		s := small(t, 5)
		s.keys("j", " ", "g")
		s.wait(2 * time.Second)
		s.fail("file004", finding.ServerError)
		s.keys("x") // not about file004
		s.wantSent(engine.Cancel{Items: ids(1)})
	})
	t.Run("nothing is sent when the run has ended", func(t *testing.T) {
		s := small(t, 5)
		s.keys("a")
		s.m.closed()
		s.keys("x", "y")
		s.wantSent()
		s.wantStatus("the run has ended: nothing can be changed any more")
	})
}

func TestGoingFromProblemToProblem(t *testing.T) {
	s := small(t, 10)
	s.keys("n")
	s.wantStatus("no row here is in trouble")
	s.fail("file003", finding.ServerError)
	s.to("file005", engine.Connecting)
	s.to("file005", engine.Stalled, problem(finding.Stalled, "silent"), reason("silent"))
	s.to("file001", engine.Cancelled, problem(finding.Cancelled, "cancelled by you"))
	s.keys("s") // by target: 1, 3 and 5 are in trouble
	var seen []int32
	for _, k := range []string{"n", "n", "n", "n", "N", "N", "N", "N"} {
		s.keys(k)
		seen = append(seen, s.m.list.cursor)
	}
	if want := []int32{1, 3, 5, 1, 5, 3, 1, 5}; !slices.Equal(seen, want) {
		t.Errorf("it goes to %v, want %v", seen, want)
	}
	s.keys("/", "file003", "enter", "n")
	wantCursor(t, &s.m.list, 3, 0)
}

// A person who keeps a screen after having said no to that once does not get it.
func TestKeepingTheScreen(t *testing.T) {
	s := small(t, 2)
	s.keys("Q", "n", "q", "y")
	if !s.m.leave || s.m.keep {
		t.Errorf("leaves: %v, keeps the screen: %v", s.m.leave, s.m.keep)
	}
	s = small(t, 2)
	s.keys("Q", "y")
	if !s.m.leave || !s.m.keep {
		t.Errorf("leaves: %v, keeps the screen: %v", s.m.leave, s.m.keep)
	}
	if strings.Contains(s.screen(), "y/N") {
		t.Error("the question stays on the screen that is kept")
	}
}
