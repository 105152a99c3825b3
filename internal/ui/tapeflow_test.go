package ui

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/journal"
)

// journalOf makes a recording of events.
func journalOf(t testing.TB, events []engine.Event) *journal.Log {
	t.Helper()
	var b bytes.Buffer
	w := journal.NewWriter(&b, journal.Program{Name: "tufinspect", Version: "1"}, nil)
	w.Take(events)
	if err := w.Close(time.Minute, 0); err != nil {
		t.Fatal(err)
	}
	l, err := journal.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// reel is a screen that shows a recording, with the loop of a program around it.
type reel struct {
	*screen
	t    *testing.T
	msgs chan tea.Msg
}

// showReel plays a recording on a screen. It is used in a bubble of time.
func showReel(t *testing.T, p *journal.Player) *reel {
	r := &reel{newScreen(Options{Session: p, Theme: Mono, Recording: "run.jsonl"}, func(string) string { return "" }), t, make(chan tea.Msg, 1000)}
	r.size = tea.WindowSizeMsg{Width: 120, Height: 36}
	r.run(r.Init())
	r.settle()
	return r
}

func (r *reel) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	go func() {
		switch msg := cmd().(type) {
		case nil:
		case tea.BatchMsg:
			for _, c := range msg {
				r.run(c)
			}
		default:
			r.msgs <- msg
		}
	}()
}

// settle lets happen what happens without time.
func (r *reel) settle() {
	for {
		synctest.Wait()
		select {
		case msg := <-r.msgs:
			_, cmd := r.Update(msg)
			r.View()
			r.run(cmd)
		default:
			return
		}
	}
}

// wait lets time pass.
func (r *reel) wait(d time.Duration) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		time.Sleep(min(50*time.Millisecond, time.Until(end)))
		r.settle()
	}
}

func (r *reel) press(keys ...string) {
	for _, k := range keys {
		msg := tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(k)}
		switch k {
		case "left":
			msg = tea.KeyMsg{Type: tea.KeyLeft}
		case "right":
			msg = tea.KeyMsg{Type: tea.KeyRight}
		case "enter":
			msg = tea.KeyMsg{Type: tea.KeyEnter}
		case "down":
			msg = tea.KeyMsg{Type: tea.KeyDown}
		}
		r.msgs <- msg
		r.settle()
	}
}

func (r *reel) end(p *journal.Player) {
	p.Close()
	close(r.stop)
	r.settle()
}

// frames are those of all views.
func framesOf(m *model) string {
	out, at := "", m.at
	for v := range numViews {
		m.show(v)
		m.dirty = true
		out += m.draw() + "\n"
	}
	m.show(at)
	return out
}

// A screen that was sent back and forth through a recording shows what one shows that was
// told the same at once: from the start each time, and from marks.
func TestARecordingIsShownAsItWas(t *testing.T) {
	t.Run("from the start", func(t *testing.T) { shownAsItWas(t, 0) })
	t.Run("from marks", func(t *testing.T) { shownAsItWas(t, 6) })
}

func shownAsItWas(t *testing.T, markEvery int) {
	t.Helper()
	events := *recorded().tape
	synctest.Test(t, func(t *testing.T) {
		p := journal.Play(journalOf(t, events), journal.PlayerOptions{MarkEvery: markEvery})
		r := showReel(t, p)
		check := func(where string) {
			t.Helper()
			if r.failed() != nil {
				t.Fatalf("%s: %v\n%s", where, r.failed(), r.panic.Stack)
			}
			at := r.m.tape.At
			d := newModel(look{theme: Mono, tape: "run.jsonl"}, time.Now)
			d.resize(120, 36)
			n := 0
			for n < len(events) && events[n].At <= at {
				n++
			}
			d.fold(append(events[:n:n], engine.Event{Body: r.m.tape.Played}))
			d.newsOf(r.m)
			if got, want := framesOf(r.m), framesOf(d); got != want {
				t.Errorf("%s, at %s: on screen is\n%s\nand told at once\n%s", where, at, got, want)
			}
		}
		r.wait(3 * time.Second)
		r.press("p")
		check("paused")
		r.press("+", "+")
		check("on")
		r.press("-")
		check("back")
		r.press(",", ",")
		check("stepped back")
		r.press(".")
		check("stepped on")
		r.press("$")
		check("at the end")
		for range 12 {
			r.press(",")
			check("stepped back from the end")
		}
		if got := len(r.m.kept) > 0; got != (markEvery > 0) {
			t.Errorf("%d are kept", len(r.m.kept))
		}
		r.press("0")
		check("at the start")
		r.press("T", "4", "1", "enter")
		check("typed")
		r.press("(")
		check("where something went wrong")
		r.press(">", ">", ">", "p")
		r.wait(500 * time.Millisecond)
		r.press("p", "left", "right")
		check("after playing fast")
		if r.m.asked != 0 || r.m.st.Violations != 0 {
			t.Errorf("%d not answered, %d violations", r.m.asked, r.m.st.Violations)
		}
		r.end(p)
	})
}

// newsOf takes over what is not of the recording: what the status line says last depends on
// how events came together.
func (m *model) newsOf(other *model) { m.news = other.news }

func TestTheSpeedsAreThoseOfThePlayer(t *testing.T) {
	if slowest != journal.SlowestSpeed || fastest != journal.FastestSpeed {
		t.Errorf("from %v to %v, the player's are from %v to %v", slowest, fastest, journal.SlowestSpeed, journal.FastestSpeed)
	}
}

// Keys get their turn while a long way is told, and what was told before is not folded to
// its end.
func TestKeysGetTheirTurnWhileSeeking(t *testing.T) {
	events := crowdOf(60_000)
	synctest.Test(t, func(t *testing.T) {
		p := journal.Play(journalOf(t, events), journal.PlayerOptions{})
		r := showReel(t, p)
		r.press("p")
		r.run(func() tea.Msg { p.Send(engine.Seek{To: time.Hour}); return nil })
		behind := false
		for range 20 { // messages
			synctest.Wait()
			select {
			case msg := <-r.msgs:
				_, cmd := r.Update(msg)
				r.run(cmd)
			default:
			}
			if behind = behind || r.m.tape.Behind; behind {
				break
			}
		}
		if word := r.m.motionText(); !behind || word != "seeking" {
			t.Errorf("it says %q", word)
		}
		r.press("0")
		if got := r.m.st.Items.Len(); r.m.tape.At != 0 || got != 0 {
			t.Errorf("at %s with %d files", r.m.tape.At, got)
		}
		r.press("$")
		if n := r.m.st.Counts[engine.Verified]; n != 60_000 || r.m.tape.Behind || r.m.st.Violations > 0 {
			t.Errorf("%d verified, %+v", n, r.m.tape.Played)
		}
		r.end(p)
	})
}

// crowdOf is a run of many small files.
func crowdOf(n int) []engine.Event {
	events := []engine.Event{{Seq: 1, Body: engine.RunStarted{Started: started, ReferenceTime: started, Workers: 4}}}
	add := func(at time.Duration, b engine.Body) {
		events = append(events, engine.Event{Seq: uint64(len(events) + 1), At: at, Body: b})
	}
	for from := 0; from < n; from += 1000 {
		var specs []engine.ItemSpec
		for id := from; id < from+1000; id++ {
			specs = append(specs, engine.ItemSpec{ID: engine.ItemID(id), Of: engine.ItemID(id), Path: "f", Length: 1})
		}
		add(time.Second, engine.ItemsFound{Items: specs})
	}
	for id := range n {
		at := time.Second + time.Duration(id)*time.Millisecond
		add(at, engine.StateChanged{Item: engine.ItemID(id), Attempt: 1, To: engine.Connecting})
		add(at, engine.StateChanged{Item: engine.ItemID(id), Attempt: 1, From: engine.Connecting, To: engine.Verified, Done: 1})
	}
	return events
}
