package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

// send sends events as the session does, to a screen that may be frozen.
func (s *scene) send(bodies ...engine.Body) {
	s.t.Helper()
	s.m.take(engine.Update{Events: s.events(bodies...)})
}

func (s *scene) contains(want ...string) {
	s.t.Helper()
	for _, w := range want {
		if !strings.Contains(s.screen(), w) {
			s.t.Errorf("%q is not on screen:\n%s", w, s.screen())
		}
	}
}

func TestFreezing(t *testing.T) {
	begin := func(id engine.ItemID) engine.StateChanged {
		return engine.StateChanged{Item: id, Attempt: 1, From: engine.Queued, To: engine.Connecting}
	}
	failed := func(id engine.ItemID) engine.StateChanged {
		return engine.StateChanged{Item: id, Attempt: 1, From: engine.Connecting, To: engine.Failed,
			Reason: "503", Problem: &engine.Problem{Kind: finding.ServerError, Text: "503"}}
	}
	frozen := func(t *testing.T) *scene {
		s := small(t, 5)
		s.to("file002", engine.Connecting)
		s.wait(3 * time.Second)
		s.m.tick()
		s.keys("f")
		return s
	}
	// rows are the lines of the table.
	rows := func(s *scene) string {
		lines := strings.Split(s.screen(), "\n")
		return strings.Join(lines[s.m.viewTop:s.m.height-2], "\n")
	}
	t.Run("rows, ages and counts stand still", func(t *testing.T) {
		s := frozen(t)
		before := rows(s)
		s.contains("FROZEN 0s", "1 active")
		s.send(begin(0), failed(0), begin(1))
		for range 12 {
			s.wait(time.Second)
			if !s.m.ticking() {
				t.Fatal("nothing counts for how long it is frozen")
			}
			s.m.tick()
		}
		s.send(engine.QueueChanged{Workers: 3, Rate: 5})
		if got := rows(s); got != before {
			t.Errorf("the rows have changed:\n%s\nto\n%s", before, got)
		}
		s.contains("FROZEN 12s", "0 failed", "1 active", "0:03 elapsed", "f go on")
		s.keys("f")
		s.contains("1 not checked", "2 active", "0:15 elapsed")
		if strings.Contains(s.screen(), "FROZEN") {
			t.Error("it still says that it is frozen")
		}
		if s.m.list.rows[0] != 0 {
			t.Error("what has failed is not in front")
		}
	})
	t.Run("rows that were about to be sorted stay", func(t *testing.T) {
		s := small(t, 5)
		s.keys("j")
		s.fail("file004", finding.ServerError) // within the second after the move
		s.keys("f")
		before := s.order()
		s.wait(5 * time.Second)
		s.m.tick()
		if s.order() != before {
			t.Error("the rows were sorted")
		}
		s.keys("f")
		if s.m.list.rows[0] != 4 {
			t.Error("they are not sorted when it thaws")
		}
	})
	t.Run("moving, filters, orders and details work", func(t *testing.T) {
		s := frozen(t)
		s.send(begin(0))
		s.wait(20 * time.Second)
		s.keys("j", "/", "state:conn", "enter")
		s.contains("file002")
		if len(s.m.list.rows) != 1 {
			t.Errorf("%d rows", len(s.m.list.rows))
		}
		s.keys("esc", "/", "age:>5s", "enter")
		if len(s.m.list.rows) != 0 {
			t.Error("ages have gone on")
		}
		s.keys("esc", "s", "S")
		if s.m.list.rows[0] != 4 {
			t.Error("the rows are not sorted")
		}
		s.keys("/", "file002", "enter", "enter")
		s.contains("─ file002 ─", "connecting, attempt 1", "3s")
	})
	t.Run("the answers to commands come through, once", func(t *testing.T) {
		s := frozen(t)
		s.keys("x")
		s.wantSent(engine.Cancel{Items: ids(2)})
		s.send(engine.CommandDone{Command: engine.Cancel{}, Accepted: 1})
		s.wantStatus("cancelled 1 (frozen: f shows it)")
		s.wait(20 * time.Second)
		s.keys("f")
		if s.m.news.answering(s.wall) && s.m.news.replyAt.Equal(s.wall) {
			t.Error("it is answered again")
		}
	})
	t.Run("p pauses and goes on, although the screen does not show it", func(t *testing.T) {
		s := frozen(t)
		s.keys("p")
		s.wantSent(engine.Pause{})
		s.send(engine.QueueChanged{Paused: true, Workers: 12}, engine.CommandDone{Command: engine.Pause{}})
		s.keys("p")
		s.wantSent(engine.Resume{})
	})
	t.Run("that this program itself stands still comes through", func(t *testing.T) {
		s := frozen(t)
		s.send(engine.InspectorStuck{Part: "control loop", For: 12 * time.Second})
		s.contains("INSPECTOR: the control loop has not moved for 12s", "FROZEN")
		s.wait(3 * time.Second)
		s.m.tick()
		s.contains("has not moved for 15s", "0:03 elapsed")
		s.send(engine.InspectorStuck{Part: "control loop", For: 16 * time.Second, Over: true})
		if strings.Contains(s.screen(), "INSPECTOR:") {
			t.Error("it still says so")
		}
		s.send(engine.InspectorFault{Goroutine: "fetch", Value: "boom"})
		s.contains("failed in fetch: boom")
		s.keys("f")
		if len(s.m.st.Faults) != 1 || len(s.m.st.Stuck) != 0 {
			t.Errorf("%d faults, %d parts stand still", len(s.m.st.Faults), len(s.m.st.Stuck))
		}
	})
	t.Run("the run's end is said and waits", func(t *testing.T) {
		s := frozen(t)
		s.send(engine.RunSettled{})
		s.wantStatus("nothing is left to do (frozen: f shows it)")
		s.send(engine.RunFinished{Why: "interrupted"})
		s.m.closed()
		s.wantStatus("the run has ended (frozen: f shows it)")
		s.contains("1 active")
		s.keys("x")
		s.wantSent() // nobody would take it
		s.keys("f")
		if !s.m.st.Finished || s.m.st.Why != "interrupted" {
			t.Error("the end is lost")
		}
	})
	t.Run("q and ctrl+c leave", func(t *testing.T) {
		s := frozen(t)
		s.keys("q")
		s.wantStatus("stop the run: 1 transfer is under way, 4 to come? y/N")
		s.keys("y")
		if !s.m.leave {
			t.Error("q stays")
		}
		s = frozen(t)
		s.keys("ctrl+c", "ctrl+c")
		if !s.m.leave {
			t.Error("ctrl+c stays")
		}
		s = frozen(t)
		s.m.closed()
		s.keys("q")
		if !s.m.leave {
			t.Error("it asks when the run has ended")
		}
	})
	t.Run("too much to keep thaws it", func(t *testing.T) {
		s := frozen(t)
		progress := make([]engine.Body, 10_000)
		for i := range progress {
			progress[i] = engine.Progress{Item: 2, Attempt: 1, Done: int64(i % 100)}
		}
		for range heldMost/len(progress) + 1 {
			if !s.m.ice.on {
				t.Fatal("it thaws early")
			}
			s.send(progress...)
		}
		if s.m.ice.on || len(s.m.ice.held) > 0 || s.m.st.Violations > 0 {
			t.Errorf("frozen: %v, with %d events held; %d violations", s.m.ice.on, len(s.m.ice.held), s.m.st.Violations)
		}
		s.wantStatus("not frozen any more: too much has happened meanwhile")
	})
	t.Run("it is said at every size", func(t *testing.T) {
		for _, size := range [][2]int{{200, 60}, {120, 36}, {80, 24}, {80, 17}, {60, 12}, {59, 20}, {40, 8}} {
			s := newScene(t, look{theme: Mono}, size[0], size[1])
			s.running()
			s.keys("f")
			s.wait(12 * time.Second)
			s.m.tick()
			s.contains("FROZEN 12s")
			s.keys("f")
			s.settle()
			s.keys("f")
			s.wait(12 * time.Second)
			s.m.tick()
			s.contains("FROZEN 12s")
		}
	})
}

// A frozen run that thaws is the run that was never frozen.
func TestThawingLosesNothing(t *testing.T) {
	tape := script(t, (*scene).running).Events
	plain, iced := newScene(t, look{theme: Mono}, 120, 36), newScene(t, look{theme: Mono}, 120, 36)
	for i := 0; i < len(tape); i += 50 {
		batch := engine.Update{Events: tape[i:min(i+50, len(tape))]}
		plain.m.take(batch)
		iced.m.take(batch)
		if i%1000 == 500 {
			iced.keys("f")
		}
	}
	for iced.m.ice.on {
		iced.keys("f")
	}
	iced.wait(2 * time.Second)
	plain.wait(2 * time.Second)
	iced.m.tick()
	plain.m.tick()
	if fmt.Sprint(plain.m.st.Counts, plain.m.st.Targets, plain.m.st.Now) != fmt.Sprint(iced.m.st.Counts, iced.m.st.Targets, iced.m.st.Now) {
		t.Error("the states differ")
	}
	if plain.order() != iced.order() {
		t.Error("the rows differ")
	}
}

// BenchmarkThaw folds as many events as a frozen screen keeps.
func BenchmarkThaw(b *testing.B) {
	s := large(b)
	for b.Loop() {
		b.StopTimer()
		s.keys("f")
		for i := range heldMost / 1000 {
			bodies := make([]engine.Body, 1000)
			for j := range bodies {
				bodies[j] = engine.Progress{Item: engine.ItemID(j * 50), Attempt: 1, Done: int64(i)}
			}
			s.send(bodies...)
		}
		b.StartTimer()
		s.keys("f")
	}
}
