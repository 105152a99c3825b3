package main

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/journal"
	"example.com/tufinspect/internal/report"
)

// walker goes to and fro in a recording as the screen does. If it keeps what it has made
// of the events at each mark, it goes on from there; else it is told all from the start.
type walker struct {
	t       *testing.T
	p       *journal.Player
	keeps   bool
	st      engine.State
	kept    map[int]*engine.State
	resumed int // how often it went on from a mark
}

func (w *walker) send(c engine.Command) {
	w.t.Helper()
	if !w.p.Send(c) {
		w.t.Fatalf("nobody took %T", c)
	}
	for {
		synctest.Wait()
		select {
		case u := <-w.p.Updates():
			for _, e := range u.Events {
				w.take(e)
			}
		default:
			return
		}
	}
}

func (w *walker) take(e engine.Event) {
	w.st.Apply(e)
	switch b := e.Body.(type) {
	case engine.Marked:
		if w.keeps {
			w.kept[b.N] = w.st.Clone()
			w.p.Send(engine.Kept(b))
		}
	case engine.Rewound:
		if b.To > 0 {
			w.resumed++
			w.st = *w.kept[b.To].Clone()
		}
	}
}

// reported is all that a report says of the state.
func (w *walker) reported() string {
	w.t.Helper()
	var b bytes.Buffer
	if err := report.WriteJSON(&b, report.New(&w.st, report.Options{All: true})); err != nil {
		w.t.Fatal(err)
	}
	return b.String()
}

// checkGoingBack goes to and fro in a recording, and holds what is reported against what is
// if it was told from the start.
func checkGoingBack(t *testing.T, tape []byte) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		log, err := journal.Open(bytes.NewReader(tape), int64(len(tape)))
		if err != nil {
			t.Fatal(err)
		}
		begin := func(keeps bool) *walker {
			w := &walker{t: t, p: journal.Play(log, journal.PlayerOptions{From: log.Length, MarkEvery: 20}), keeps: keeps, kept: map[int]*engine.State{}}
			w.send(engine.Pause{})
			return w
		}
		marked, anew := begin(true), begin(false)
		defer marked.p.Close()
		defer anew.p.Close()
		random := rand.New(rand.NewPCG(1, uint64(len(tape))))
		for step := range 60 {
			c := engine.Command(engine.Step{Back: true})
			if step%10 == 9 {
				c = engine.Seek{To: time.Duration(random.Int64N(int64(log.Length)))}
			}
			marked.send(c)
			anew.send(c)
			if got, want := marked.reported(), anew.reported(); got != want || marked.st.Violations != 0 || marked.st.Now != anew.st.Now {
				t.Fatalf("after %d steps, at %s: reported is\n%s\nand told from the start\n%s", step+1, marked.st.Now, got, want)
			}
		}
		if marked.resumed == 0 || anew.resumed > 0 {
			t.Errorf("it went on from a mark %d times, and %d times without one", marked.resumed, anew.resumed)
		}
	})
}
