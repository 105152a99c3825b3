package ui

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/journal"
	"example.com/tufinspect/internal/trust"
)

// heading is the first line of a recording.
const heading = `{"schema":"tufinspect.journal/1","program":{"name":"tufinspect","version":"1"}}` + "\n"

// recordedLines are the lines of a recording behind the first.
func recordedLines(t testing.TB, events []engine.Event) []byte {
	t.Helper()
	var b bytes.Buffer
	w := journal.NewWriter(&b, journal.Program{Name: "tufinspect", Version: "1"}, nil)
	w.Take(events)
	if err := w.Close(time.Minute, 0); err != nil {
		t.Fatal(err)
	}
	_, lines, _ := bytes.Cut(b.Bytes(), []byte("\n"))
	return lines
}

// wildEvents are runs that no engine tells of: roles that delegate in circles, numbers that
// lead nowhere, times that go back.
func wildEvents(f *testing.F) [][]engine.Event {
	circle := newScene(f, look{theme: Mono}, 120, 36)
	circle.start()
	events := circle.events(engine.RunStarted{Started: started, ReferenceTime: started, Workers: 1 << 50, Limits: engine.Limits{StallAfter: time.Hour}})
	for i := range 4 {
		events = append(events, circle.events(engine.RoleChanged{Role: trust.Role{
			ID: trust.RoleID(i), Name: fmt.Sprint("r", i), Parent: fmt.Sprint("r", (i+1)%4), ParentID: trust.RoleID((i + 1) % 4), State: trust.RoleState(i), Problem: "x", Current: true,
		}})...)
	}
	events = append(events, circle.events(
		engine.RoleChanged{Role: trust.Role{ID: 4_000_000_000, Name: "far"}},
		engine.RoleRead{Role: 1, File: trust.RoleFile{Name: "r1", JSON: true, Lines: []string{"{", "}"}, Delegations: []trust.FileDelegation{{Name: "r1"}}}},
		engine.ItemsFound{Items: []engine.ItemSpec{{ID: 0, Of: 4_000_000_000, Role: 4_000_000_000, Path: "a", Length: 1 << 60}, {ID: 1, Of: 0, Kind: 200, Path: "b", Length: -1}, {ID: 7}}},
		engine.StateChanged{Item: 0, Attempt: 1 << 40, To: engine.Connecting},
		engine.StateChanged{Item: 0, Attempt: 1 << 40, From: engine.Connecting, To: engine.Stalled, Done: 1 << 60},
		engine.Progress{Item: 0, Attempt: 1 << 40, Done: 1 << 60, Rate: 1 << 60},
		engine.Redirected{Item: 0, Attempt: 1 << 40, Hop: 1, URL: "u", Marks: []engine.TimedMark{{Phase: 77, At: 10 * 365 * 24 * time.Hour}, {Phase: 99, At: -5}}},
		engine.Redirected{Item: 0, Attempt: 1 << 40, Hop: 2}, engine.Redirected{Item: 0, Attempt: 1 << 40, Hop: 1 << 40},
		engine.HostChanged{Host: "h", Bytes: 1 << 60, Rate: 1e18, Open: -1, FirstByteP50: 10 * 365 * 24 * time.Hour},
		engine.BreakerChanged{Host: "h", State: engine.Held, Next: 10 * 365 * 24 * time.Hour, Queued: 1 << 60},
		engine.QueueChanged{Workers: 1 << 59, Active: 1 << 59, Rate: 1e18},
		engine.CommandDone{Command: engine.Cancel{Items: []engine.ItemID{4_000_000_000}}, Accepted: -5},
		engine.ProbeEnded{Item: 9}, engine.InspectorStuck{Part: "p", For: time.Hour},
		engine.RunSettled{}, engine.RunFinished{Verdict: 77},
	)...)
	late := circle.events(engine.RunStarted{Started: started}, engine.QueueChanged{Rate: 5}, engine.StateChanged{Item: 3})
	late[1].At, late[2].At = 9*365*24*time.Hour, time.Second
	return [][]engine.Event{events, late}
}

// Whatever stands in a file: it is no recording, or each view shows it.
func FuzzRecording(f *testing.F) {
	for _, events := range wildEvents(f) {
		f.Add(recordedLines(f, events))
	}
	for seed := range uint64(6) {
		s := newSoak(f, seed*3)
		var events []engine.Event
		for range 150 {
			s.wait(200 * time.Millisecond)
			switch b := s.event(); b.(type) {
			case engine.Played, engine.Rewound:
			default:
				e := s.events(b)
				s.run.Apply(e[0])
				events = append(events, e...)
			}
		}
		f.Add(recordedLines(f, events))
	}
	all := *recorded().tape
	f.Add(recordedLines(f, all[:40]))
	f.Add([]byte(`{"seq":1,"at_ns":5,"event":"role-changed","data":{"role":{"id":0,"name":"\u202e\u001b]52;c;x\u0007","parent":"a","parent_id":0}}}` + "\n"))
	f.Fuzz(func(t *testing.T, lines []byte) {
		data := append([]byte(heading), lines...)
		l, err := journal.Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		s := newScene(t, look{theme: Dark, tape: "x"}, 120, 36)
		s.m.tape.troubles = l.Troubles()
		p := journal.Play(l, journal.PlayerOptions{Speed: journal.AtOnce, Once: true})
		defer p.Close()
		for u := range p.Updates() {
			s.m.fold(u.Events)
		}
		s.m.fold([]engine.Event{{Body: engine.Played{At: l.Length / 2, Length: l.Length, Cut: l.Cut, Chosen: 1}}})
		s.seen("at once")
		// And once more from the start, over what is there.
		s.m.fold([]engine.Event{{Body: engine.Rewound{}}})
		s.seen("rewound")
	})
}

// seen draws each view, with what can be opened in it, at two sizes.
func (s *scene) seen(when string) {
	for v := range numViews {
		s.m.show(v)
		for _, keys := range [][]string{{}, {"G"}, {"enter"}, {"pgdown", "["}, {"esc", "n", "!"}, {"!", "s"}} {
			s.keys(keys...)
			s.beside()
			for _, size := range [...][2]int{{120, 36}, {60, 12}} {
				s.m.resize(size[0], size[1])
				frame := s.m.draw()
				checkSize(s.t, frame, size[0], size[1])
				if r, ok := raw(unstyled(frame)); ok {
					s.t.Fatalf("%s, view %s: %U is in the frame: %q", when, v, r, frame)
				}
			}
		}
		s.keys("esc", "esc")
	}
}
