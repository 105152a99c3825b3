package journal

import (
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/engine"
)

// keeper is a viewer that keeps what it has made of the events at each mark.
type keeper struct {
	viewer
	kept    map[int]*engine.State
	folded  int // events of the recording that were ever told
	resumed int // how often it came back to a mark
}

// comeTo goes to a time and folds all up to there.
func (k *keeper) comeTo(at time.Duration) {
	k.t.Helper()
	if !k.p.Send(engine.Seek{To: at}) {
		k.t.Fatal("nobody took it")
	}
	k.settle()
}

func (k *keeper) settle() {
	k.t.Helper()
	for {
		synctest.Wait()
		select {
		case u := <-k.p.Updates():
			for _, e := range u.Events {
				k.take(e)
			}
		default:
			return
		}
	}
}

func (k *keeper) take(e engine.Event) {
	k.t.Helper()
	k.st.Apply(e)
	switch b := e.Body.(type) {
	case engine.Played, engine.CommandDone:
		return
	case engine.InspectorFault:
		k.faults = append(k.faults, b.Value)
	case engine.Marked:
		if k.st.Now != e.At {
			k.t.Fatalf("mark %d at %s is kept as of %s", b.N, e.At, k.st.Now)
		}
		k.kept[b.N] = k.st.Clone()
		if !k.p.Send(engine.Kept(b)) {
			k.t.Fatal("nobody took it")
		}
		return
	case engine.Rewound:
		if b.To > 0 {
			k.resumed++
			if k.kept[b.To] == nil {
				k.t.Fatalf("mark %d was not kept", b.To)
			}
			k.st = *k.kept[b.To].Clone()
		}
		keep := map[int]*engine.State{}
		for _, n := range b.Keep {
			keep[n] = k.kept[n]
		}
		if k.kept = keep; len(keep) > marksMost {
			k.t.Fatalf("%d marks", len(keep))
		}
		return
	}
	k.folded++
}

// wander goes to and fro in a recording, and checks at each place that the state is that
// of who has played it from its start.
func wander(t *testing.T, data []byte, every, steps int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := opened(t, data)
		k := &keeper{viewer: viewer{t: t, p: Play(l, PlayerOptions{From: l.Length, MarkEvery: every})}, kept: map[int]*engine.State{}}
		defer k.p.Close()
		k.p.Send(engine.Pause{})
		k.settle()
		random := rand.New(rand.NewPCG(uint64(every), uint64(steps)))
		at := l.Length
		for range steps {
			switch random.IntN(6) {
			case 0:
				at = time.Duration(random.Int64N(int64(l.Length)))
			case 1:
				at += l.Length / 50
			default: // mostly back, in small steps
				at -= l.Length / 200
			}
			at = max(0, min(at, l.Length))
			if random.IntN(3) == 0 { // on the way to somewhere else, of which nobody looks at what comes
				k.p.Send(engine.Seek{To: time.Duration(random.Int64N(int64(l.Length)))})
				synctest.Wait()
				k.p.Send(engine.Kept{N: random.IntN(10)})
			}
			k.comeTo(at)
			fresh := &keeper{viewer: viewer{t: t, p: Play(l, PlayerOptions{From: at})}}
			fresh.p.Send(engine.Pause{})
			fresh.comeTo(at)
			fresh.p.Close()
			if k.st.Now > at {
				t.Fatalf("at %s it is %s", at, k.st.Now)
			}
			if got, want := k.st.Clone(), fresh.st.Clone(); !reflect.DeepEqual(got, want) {
				t.Fatalf("at %s after going back:\n%+v\nplayed from the start:\n%+v", at, got, want)
			}
		}
		if k.resumed < steps/4 {
			t.Errorf("it came back to a mark %d times of %d", k.resumed, steps)
		}
	})
}

func TestWhoGoesBackSeesWhatWasThere(t *testing.T) {
	data := recording(t, story(400))
	for _, every := range []int{5, 40} {
		wander(t, data, every, 150)
	}
	wander(t, recording(t, story(1500)), 300, 60) // of several chunks
	damaged := strings.ReplaceAll(string(data), `"item":7`, `"item":-7`)
	wander(t, []byte(damaged[:len(damaged)*9/10]), 10, 100)
}

// An answer that is given after going back is one of then: else what is kept on the way, and
// all that comes from it, would be later than what it is made of.
func TestAnswersDoNotComeFromLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := opened(t, recording(t, story(400)))
		k := &keeper{viewer: viewer{t: t, p: Play(l, PlayerOptions{From: l.Length, MarkEvery: 7})}, kept: map[int]*engine.State{}}
		defer k.p.Close()
		k.p.Send(engine.Pause{})
		k.settle()
		for _, back := range []time.Duration{3 * time.Second, 2 * time.Second, 0} {
			k.p.Send(engine.Seek{To: 6 * time.Second})
			synctest.Wait() // what comes of it is not taken
			k.p.Send(engine.Kept{N: 1000})
			k.comeTo(back)
			if k.st.Now > back {
				t.Errorf("at %s it is %s", back, k.st.Now)
			}
		}
	})
}

// A step back costs what is near, and not what there is.
func TestStepsBackFoldWhatIsNear(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := opened(t, recording(t, story(2000)))
		const every, steps = 40, 200
		k := &keeper{viewer: viewer{t: t, p: Play(l, PlayerOptions{From: l.Length, MarkEvery: every})}, kept: map[int]*engine.State{}}
		defer k.p.Close()
		k.p.Send(engine.Pause{})
		k.settle()
		k.p.Send(engine.Step{Back: true})
		k.settle()
		k.folded = 0
		for range steps {
			k.p.Send(engine.Step{Back: true})
			k.settle()
		}
		if most := steps * every * 4; k.folded > most {
			t.Errorf("%d steps back of %d events: %d were folded, more than %d", steps, l.Events, k.folded, most)
		}
	})
}

// Numbers that go on are no moments. Where there is nothing else for long, a step back costs
// what is near all the same.
func TestMarksAreMadeWhereMomentsAreRare(t *testing.T) {
	events := []engine.Event{
		{Body: engine.RunStarted{}},
		{Body: engine.ItemsFound{Items: []engine.ItemSpec{{Kind: engine.Target, Length: 1 << 40}}}},
		{Body: engine.StateChanged{Attempt: 1, To: engine.Transferring}},
	}
	const steps, numbers = 20, 40_000
	for n := range numbers {
		events = append(events, engine.Event{At: time.Duration(n) * 100 * time.Millisecond, Body: engine.Progress{Attempt: 1, Done: int64(n), Rate: 10}})
	}
	l := opened(t, recording(t, events))
	if len(l.chunks) < 8 {
		t.Fatalf("%d chunks", len(l.chunks))
	}
	for n := range numbers / 1000 {
		at := time.Duration(n) * 100 * time.Second
		if got, most := l.before(at)-n*1000, numbers/len(l.chunks)*2; got < 0 || got > most {
			t.Errorf("before %s there are %d events more than there are", at, got)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		k := &keeper{viewer: viewer{t: t, p: Play(l, PlayerOptions{From: l.Length})}, kept: map[int]*engine.State{}}
		defer k.p.Close()
		k.p.Send(engine.Pause{})
		k.comeTo(l.Length - 10*time.Second)
		k.folded = 0
		for n := range steps {
			k.comeTo(l.Length - time.Duration(n+2)*10*time.Second)
		}
		if most := steps * markEvery * 2; k.folded > most || k.resumed < steps-1 {
			t.Errorf("%d steps back of %d events: %d were folded, more than %d; %d from a mark", steps, l.Events, k.folded, most, k.resumed)
		}
	})
}

// Who keeps nothing is told all from the start.
func TestWhoKeepsNothingIsToldAll(t *testing.T) {
	watch(t, recording(t, story(300)), PlayerOptions{From: time.Hour, MarkEvery: 10}, func(v *viewer) {
		v.send(engine.Pause{})
		for range 20 {
			v.send(engine.Step{Back: true})
		}
		at := v.played.At
		v.send(engine.Seek{To: 0})
		v.send(engine.Seek{To: at})
		if v.st.Violations > 0 || v.rewound != 21 {
			t.Errorf("%d violations, rewound %d times", v.st.Violations, v.rewound)
		}
	})
}
