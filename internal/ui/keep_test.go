package ui

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/report"
)

// walker goes to and fro in a recording, as a player would have it.
type walker struct {
	*scene
	events []engine.Event
	at     int         // how many have been told
	marks  map[int]int // by number: how many were told before it
	n      int
}

func newWalker(t *testing.T, events []engine.Event) *walker {
	t.Helper()
	return &walker{scene: newScene(t, look{theme: Dark, tape: "x"}, 120, 36), events: events, marks: map[int]int{}}
}

func (r *walker) one(b engine.Body) { r.m.fold([]engine.Event{{At: r.m.st.Now, Body: b}}) }

func (r *walker) mark() {
	r.n++
	r.marks[r.n] = r.at
	r.one(engine.Marked{N: r.n})
	r.one(engine.CommandDone{Command: engine.Kept{N: r.n}})
}

// goTo tells what is before a place, from a mark on if there is one, and makes a mark at
// one more place.
func (r *walker) goTo(to, mark int) {
	if to < r.at {
		b := engine.Rewound{}
		from := 0
		for n, at := range r.marks {
			if b.Keep = append(b.Keep, n); at <= to && at >= from {
				b.To, from = n, at
			}
		}
		r.one(b)
		r.at = from
	}
	for ; r.at < to; r.at++ {
		if r.at == mark {
			r.mark()
		}
		r.m.fold(r.events[r.at : r.at+1])
	}
	r.one(engine.Played{At: r.m.st.Now, Length: r.events[len(r.events)-1].At, Chosen: 1})
}

// shown is what can be seen: all views, and the report.
func (r *walker) shown() []string {
	var out []string
	for v := range numViews {
		r.m.show(v)
		out = append(out, r.m.draw())
	}
	var b bytes.Buffer
	if err := report.WriteJSON(&b, report.New(r.m.st, report.Options{All: true})); err != nil {
		r.t.Fatal(err)
	}
	return append(out, b.String())
}

// difference names the first part in which two values differ, or is "".
func difference(a, b reflect.Value) string {
	switch a.Kind() {
	case reflect.Pointer, reflect.Interface:
		if a.IsNil() || b.IsNil() {
			if a.IsNil() != b.IsNil() {
				return " only one is there"
			}
			return ""
		}
		return difference(a.Elem(), b.Elem())
	case reflect.Struct:
		for i := range a.NumField() {
			if a.Type().Field(i).Name == "well" && a.Field(i).Len() == b.Field(i).Len() {
				continue // a packed attempt has its headers in any order
			}
			if d := difference(a.Field(i), b.Field(i)); d != "" {
				return "." + a.Type().Field(i).Name + d
			}
		}
		return ""
	case reflect.Slice, reflect.Array:
		if a.Len() != b.Len() {
			return fmt.Sprintf(" of %d and %d", a.Len(), b.Len())
		}
		for i := range a.Len() {
			if d := difference(a.Index(i), b.Index(i)); d != "" {
				return fmt.Sprintf("[%d]%s", i, d)
			}
		}
		return ""
	case reflect.Map:
		if a.Len() != b.Len() {
			return fmt.Sprintf(" of %d and %d", a.Len(), b.Len())
		}
		for _, k := range a.MapKeys() {
			if !b.MapIndex(k).IsValid() {
				return fmt.Sprintf("[%v] only one is there", k)
			}
			if d := difference(a.MapIndex(k), b.MapIndex(k)); d != "" {
				return fmt.Sprintf("[%v]%s", k, d)
			}
		}
		return ""
	case reflect.Func:
		return ""
	}
	if !a.Equal(b) {
		return fmt.Sprintf(" %v and %v", a, b)
	}
	return ""
}

// tapes are runs of all sorts.
func tapes(t *testing.T) map[string][]engine.Event {
	t.Helper()
	all := map[string][]engine.Event{"the example": *recorded().tape}
	long := []engine.Event{{Body: engine.RunStarted{Started: started}}}
	for i := range 1100 { // the rates of more than is kept one by one
		at := time.Duration(i) * time.Second
		long = append(long, engine.Event{At: at, Body: engine.QueueChanged{Workers: 1, Rate: float64(i * 7919 % 1000)}})
	}
	all["a long one"] = long
	for seed := range uint64(5) {
		s := newSoak(t, seed*3)
		var events []engine.Event
		for len(events) < 400 {
			s.wait(200 * time.Millisecond)
			switch b := s.event(); b.(type) {
			case engine.Played, engine.Rewound:
			default:
				e := s.events(b)
				s.run.Apply(e[0])
				events = append(events, e...)
			}
		}
		all[fmt.Sprint("at random ", seed)] = events
	}
	return all
}

func TestWhoGoesBackToAMarkSeesWhatWasThere(t *testing.T) {
	for name, events := range tapes(t) {
		t.Run(name, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(len(events))))
			marked, anew := newWalker(t, events), newWalker(t, events)
			to := len(events)
			for step := range 40 {
				marked.goTo(to, random.IntN(to+1))
				anew.goTo(to, -1)
				fresh := newWalker(t, events)
				fresh.goTo(to, -1)
				got, want := reflect.ValueOf(marked.m.clone()), reflect.ValueOf(fresh.m.clone())
				if differ := difference(got, want); differ != "" {
					t.Fatalf("step %d, %d events: not as if played from the start:%s", step, to, differ)
				}
				screens, others := marked.shown(), anew.shown()
				for i := range screens {
					if screens[i] != others[i] {
						t.Fatalf("step %d, %d events, view %d:\n%s\nplayed from the start:\n%s", step, to, i, unstyled(screens[i]), unstyled(others[i]))
					}
				}
				if to -= 1 + random.IntN(12); to < 1 || random.IntN(8) == 0 {
					to = 1 + random.IntN(len(events))
				}
			}
			if len(marked.m.kept) == 0 || marked.m.st.Violations != anew.m.st.Violations {
				t.Errorf("%d are kept", len(marked.m.kept))
			}
		})
	}
}

func TestWhatIsNotNeededAnyMoreIsNotKept(t *testing.T) {
	r := newWalker(t, *recorded().tape)
	for i := range 4 {
		r.goTo(20*(i+1), 20*i+10)
	}
	if len(r.m.kept) != 4 || len(r.m.commands) != 4 || r.m.asked != 0 {
		t.Errorf("%d are kept, %d said, %d not answered", len(r.m.kept), len(r.m.commands), r.m.asked)
	}
	r.one(engine.Rewound{To: 2, Keep: []int{2, 3}})
	if len(r.m.kept) != 2 || r.m.kept[2] == nil || r.m.kept[3] == nil {
		t.Errorf("%d are kept", len(r.m.kept))
	}
	r.one(engine.Rewound{})
	if len(r.m.kept) != 0 || r.m.st.Items.Len() != 0 {
		t.Errorf("%d are kept", len(r.m.kept))
	}
}

func TestOfALargeRecordingLittleIsKept(t *testing.T) {
	s := newScene(t, look{theme: Dark, tape: "x"}, 120, 36)
	s.m.fold([]engine.Event{{Body: engine.RunStarted{Started: started}}})
	for i := range keptWeight/2 + 1 {
		s.m.st.Items.Append(engine.Item{ItemSpec: engine.ItemSpec{ID: engine.ItemID(i), Of: engine.ItemID(i), Kind: engine.Target}})
	}
	for n := range 3 {
		s.m.keepMark(n + 1)
	}
	if len(s.m.kept) != 1 || len(s.m.commands) != 1 {
		t.Errorf("%d are kept, %d said", len(s.m.kept), len(s.m.commands))
	}
}

// A field that is new in what is kept has to be copied, or be of no account.
func TestNothingThatIsKeptIsForgotten(t *testing.T) {
	for want, of := range map[string]reflect.Type{
		"st mask stuck queues": reflect.TypeFor[told](),
		"seen proved files hosts atHost site atSite short laggards reasons": reflect.TypeFor[tally](),
		"v whole":                             reflect.TypeFor[history](),
		"of groups":                           reflect.TypeFor[problems](),
		"entries silent causes crawled roles": reflect.TypeFor[eventLog](),
		"of":                                  reflect.TypeFor[story](),
		"wrong cure":                          reflect.TypeFor[account](),
	} {
		var got []string
		for i := range of.NumField() {
			switch f := of.Field(i); f.Type.Kind() {
			case reflect.Slice, reflect.Map, reflect.Pointer:
				got = append(got, f.Name)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s has %q: its clone knows %q", of, got, want)
		}
	}
}
