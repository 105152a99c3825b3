package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
)

// onTape is the scene of a recording of the example run, of 1:30.
func onTape(t *testing.T, width, height int) *scene {
	t.Helper()
	s := newScene(t, look{theme: Dark, tape: "sick-2026-11-23.jsonl"}, width, height)
	s.m.tape.troubles = []time.Duration{7 * time.Second, 40 * time.Second, 41 * time.Second, 60 * time.Second, 90 * time.Second}
	s.running()
	s.played(1, 42*time.Second)
	return s
}

// played says where the recording is.
func (s *scene) played(speed float64, at time.Duration, change ...func(*engine.Played)) {
	p := engine.Played{At: at, Length: 90 * time.Second, Speed: speed, Chosen: max(speed, 1)}
	for _, c := range change {
		c(&p)
	}
	s.brings(p)
}

// brings tells what a player does, at the time of the latest event that it has told.
func (s *scene) brings(bodies ...engine.Body) {
	events := s.events(bodies...)
	for i := range events {
		events[i].At = s.m.st.Now
	}
	s.m.fold(events)
}

func cutOff(p *engine.Played) {
	p.Cut = "its last line is missing; whoever wrote it was stopped"
}

func TestScreensOfARecording(t *testing.T) {
	scenes := map[string]func(*scene){
		"playing": func(s *scene) { s.played(4, 42*time.Second); s.wait(time.Second) },
		"paused":  func(s *scene) { s.played(0, 42*time.Second, func(p *engine.Played) { p.Chosen = 0.5 }) },
		"ended":   func(s *scene) { s.settle(); s.played(0, 90*time.Second) },
		"cut": func(s *scene) {
			s.brings(engine.RunFinished{Verdict: engine.Undecided, Why: "the recording is cut off: its last line is missing; whoever wrote it was stopped"})
			s.played(0, 90*time.Second, cutOff)
		},
		"seeking": func(s *scene) { s.played(0, 60*time.Second, func(p *engine.Played) { p.Behind = true }) },
		"log": func(s *scene) {
			s.brings(engine.CommandDone{Command: engine.Cancel{Items: []engine.ItemID{s.ids[rootfs]}}, Accepted: 1, Past: true})
			s.keys("3")
		},
		"going-to": func(s *scene) { s.keys("T", "1", ":", "0", "5") },
		"help":     func(s *scene) { s.keys("?") },
	}
	for _, size := range [...]struct {
		name          string
		width, height int
	}{{"120x36", 120, 36}, {"80x24", 80, 24}, {"60x12", 60, 12}, {"50x8", 50, 8}} {
		for name, play := range scenes {
			if size.height < lowest && name != "paused" {
				continue
			}
			name := "tape-" + name + "-" + size.name
			t.Run(name, func(t *testing.T) {
				s := onTape(t, size.width, size.height)
				play(s)
				golden(t, name, s, false)
			})
		}
	}
}

func TestTheClockIsThatOfTheRecording(t *testing.T) {
	s := onTape(t, 120, 36)
	is := func(want time.Duration) {
		t.Helper()
		if got, all := s.m.now(), s.m.elapsed(); got != want || all != want {
			t.Errorf("it is %s and %s, want %s", got, all, want)
		}
	}
	is(42 * time.Second)
	s.wait(2 * time.Second)
	is(44 * time.Second)
	s.played(10, 44*time.Second)
	before := s.m.now()
	for range 20 {
		s.wait(100 * time.Millisecond)
		if now := s.m.now(); now < before {
			t.Errorf("from %s back to %s", before, now)
		}
		before = s.m.now()
	}
	is(64 * time.Second)
	s.wait(time.Hour)
	is(90 * time.Second) // it is no longer
	s.played(0, 50*time.Second)
	s.wait(time.Hour)
	is(50 * time.Second)
	if s.m.ticking() {
		t.Error("a paused recording ticks")
	}
	s.played(0.5, 50*time.Second)
	s.wait(10 * time.Second)
	is(55 * time.Second)
	if !s.m.ticking() || s.m.beat() != time.Second {
		t.Error("a recording that plays does not tick")
	}
	if s.played(4, 55*time.Second); s.m.beat() >= time.Second {
		t.Error("a fast one takes large steps")
	}
	s.brings(engine.Rewound{})
	s.played(0, 30*time.Second, func(p *engine.Played) { p.Behind = true })
	if now := s.m.now(); now != 0 {
		t.Errorf("%s before anything is told", now)
	}
}

// The bar is as wide as it is to be, whatever is marked on it, and where the recording is can
// be seen.
func TestTheBarOfARecording(t *testing.T) {
	s := newScene(t, look{theme: Mono, ascii: true, tape: "x"}, 120, 36)
	bar := func(w int, at time.Duration, troubles ...time.Duration) string {
		s.m.tape.troubles = troubles
		s.played(0, at)
		s.m.p.begin(120)
		s.m.drawScrubber(w)
		return strings.NewReplacer(paletteOf(Mono)[selected]+"!"+reset, "X").Replace(s.m.p.frame())
	}
	second := time.Second
	for _, tt := range []struct{ got, want string }{
		{bar(9, 0), "[         ]"},
		{bar(9, 45*second), "[####     ]"},
		{bar(9, 90*second), "[#########]"},
		{bar(9, 45*second, 0, 20*second, 21*second, 50*second, 90*second), "[X#X# !  !]"},
		{bar(3, 90*second, 0, 1, 2, 31*second, 90*second, 91*second), "[XXX]"},
		{bar(4, 0, time.Hour), "[   !]"},
	} {
		if got := unstyled(tt.got); got != tt.want {
			t.Errorf("%s, want %s", got, tt.want)
		}
	}
	s.brings(engine.Played{})
	s.m.p.begin(120)
	s.m.drawScrubber(3)
	if got := unstyled(s.m.p.frame()); got != "[!  ]" {
		t.Errorf("%s of an empty recording", got)
	}
}

// How long something has stood is counted in the time of the recording.
func TestAgesGrowAsTheRecordingPlays(t *testing.T) {
	s := onTape(t, 120, 36)
	s.brings(engine.InspectorStuck{Part: "control loop", For: 5 * time.Second})
	s.played(10, 42*time.Second)
	s.wait(3 * time.Second)
	if screen := s.screen(); !strings.Contains(screen, "has not moved for 35s") {
		t.Error(screen)
	}
	s.played(0, 50*time.Second)
	s.wait(time.Minute)
	if screen := s.screen(); !strings.Contains(screen, "has not moved for 13s") {
		t.Error(screen)
	}
}

// beside does what is done beside.
func (s *scene) beside() {
	for _, e := range s.m.errands {
		if e.sort != nil {
			s.m.sorted(e.sort, e.sort.run())
		}
	}
	s.m.errands = nil
}

// rewound plays the recording anew, up to where it was: from its start, where a mark is
// made on the way, or from that.
func (s *scene) rewound(mark int) {
	tape, at := *recorded().tape, len(*recorded().tape)*2/3
	s.brings(engine.Rewound{To: mark, Keep: []int{mark}})
	s.m.draw()
	if mark == 0 {
		s.m.fold(tape[:at])
		s.brings(engine.Marked{N: 1}, engine.CommandDone{Command: engine.Kept{N: 1}})
	}
	s.m.fold(tape[at:])
	s.played(0, 42*time.Second)
	s.beside()
}

func TestWhatWasChosenStaysWhenItIsPlayedAnew(t *testing.T) {
	for name, keys := range map[string][]string{
		"nothing":   {},
		"row":       {"down", "down", "down"},
		"end":       {"G"},
		"detail":    {"down", "down", "enter"},
		"filter":    {"/", "releases/1.20.5", "enter", "down", "enter"},
		"problems":  {"!", "down", "enter"},
		"sort":      {"s", "S", "pgdown", "pgdown"},
		"age":       {"s", "s", "s", "s", "s", "down"},
		"typing":    {"/", "tar"},
		"waterfall": {"2", "down", "down", "[", "[", "left"},
		"log":       {"3", "g", "down", "down", "down"},
		"log text":  {"3", "g", "enter"},
		"log end":   {"3"},
		"trust":     {"4", "down", "down"},
		"role":      {"4", "down", "down", "enter"},
		"hosts":     {"5", "down"},
		"finding":   {"6", "down", "down", "enter"},
		"privacy":   {"P", "t", "down"},
		"help":      {"?"},
	} {
		t.Run(name, func(t *testing.T) {
			s := onTape(t, 120, 36)
			s.played(0, 42*time.Second)
			s.m.draw()
			s.keys(keys...)
			s.beside()
			s.wait(2 * time.Second)
			s.m.tick()
			before := s.screen()
			for _, mark := range []int{0, 0, 1, 1} {
				s.m.commands = nil
				s.rewound(mark)
				if after := s.screen(); after != before {
					t.Errorf("before\n%s\nand played anew from %d\n%s", before, mark, after)
				}
			}
			if s.m.st.Violations > 0 {
				t.Errorf("%d violations", s.m.st.Violations)
			}
		})
	}
}

// While the row under the cursor is not there, nothing else is taken for it.
func TestTheCursorWaitsForItsRow(t *testing.T) {
	s := onTape(t, 120, 36)
	s.keys("down", "down", "enter")
	at := s.m.list.cursor
	s.brings(engine.Rewound{})
	tape := *recorded().tape
	s.m.fold(tape[:60])
	if screen := s.screen(); s.m.list.cursor == at || strings.Contains(screen, "signed by") {
		t.Errorf("cursor %d, was on %d\n%s", s.m.list.cursor, at, screen)
	}
	s.m.fold(tape[60:])
	s.played(0, 42*time.Second)
	if s.m.list.cursor != at || !strings.Contains(s.screen(), "signed by") {
		t.Errorf("cursor %d, was on %d", s.m.list.cursor, at)
	}
	s.brings(engine.Rewound{})
	s.m.fold(tape[:60])
	s.keys("down") // a person goes on from here
	s.m.fold(tape[60:])
	if s.m.list.cursor == at || strings.Contains(s.screen(), "signed by") {
		t.Errorf("cursor %d", s.m.list.cursor)
	}
}

// sent are the commands that keys have led to.
func (s *scene) sent(keys ...string) []engine.Command {
	s.m.commands = nil
	s.keys(keys...)
	return s.m.commands
}

func TestKeysGoThroughARecording(t *testing.T) {
	s := onTape(t, 120, 36)
	for _, tt := range []struct {
		keys string
		want engine.Command
	}{
		{"p", engine.Pause{}},
		{" ", engine.Pause{}},
		{".", engine.Step{}},
		{",", engine.Step{Back: true}},
		{")", engine.Step{Trouble: true}},
		{"(", engine.Step{Trouble: true, Back: true}},
		{"right", engine.Seek{To: 47 * time.Second}},
		{"left", engine.Seek{To: 37 * time.Second}},
		{"+", engine.Seek{To: 52 * time.Second}},
		{"-", engine.Seek{To: 32 * time.Second}},
		{"0", engine.Seek{}},
		{"$", engine.Seek{To: 90 * time.Second}},
		{">", engine.SetSpeed{To: 2}},
		{"<", engine.SetSpeed{To: 0.5}},
	} {
		got := s.sent(tt.keys)
		if len(got) != 1 || got[0] != tt.want {
			t.Errorf("%q sends %#v, want %#v", tt.keys, got, tt.want)
		}
		for _, c := range got {
			s.brings(engine.CommandDone{Command: c})
		}
	}
	if s.m.asked != 0 || s.m.aim != nil || s.m.pace != 0 {
		t.Errorf("%d not answered, %v, %v", s.m.asked, s.m.aim, s.m.pace)
	}
	s.played(0, 42*time.Second)
	if got := s.sent("p"); len(got) != 1 || got[0] != (engine.Resume{}) {
		t.Errorf("%#v", got)
	}
	// Keys come faster than answers.
	if got := s.sent("right", "right", ">", ">"); !slices.Equal(got, []engine.Command{engine.Seek{To: 52 * time.Second}, engine.SetSpeed{To: 2}, engine.SetSpeed{To: 4}}) {
		t.Errorf("%#v", got)
	}
	if s.keys("2"); len(s.sent("left")) != 0 {
		t.Error("in the waterfall the arrows pan")
	}
}

func TestATimeIsTyped(t *testing.T) {
	s := onTape(t, 120, 36)
	s.played(0, 42*time.Second)
	for text, want := range map[string]time.Duration{
		"1:23": 83 * time.Second, "83s": 83 * time.Second, "83": 83 * time.Second, "0:05.5": 5500 * time.Millisecond, "1m3s": 63 * time.Second,
		"-10s": 32 * time.Second, "+1:00": 90 * time.Second, "-50": 0, "50%": 45 * time.Second, "1:00:00": 90 * time.Second, "1m": time.Minute,
	} {
		s.m.aim = nil
		if got := s.sent("T", text, "enter"); len(got) != 1 || got[0] != (engine.Seek{To: want}) {
			t.Errorf("%q leads to %#v, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "soon", "1:99", "1:2:3:4", "NaN", "1e9", "-", "--5", "+-5", "101%", "-1%", "0x10", "1.5:00", "99999999999"} {
		if got := s.sent("T", text, "enter"); len(got) != 0 {
			t.Errorf("%q leads to %#v", text, got)
		}
	}
	if got := s.sent("T", "5", "esc"); len(got) != 0 || s.m.mode() != replaying {
		t.Errorf("esc leads to %#v", got)
	}
}

// Nobody looks while the program sleeps, and nobody is to see whose recording it is.
func TestASleepPausesTheRecording(t *testing.T) {
	s := onTape(t, 120, 36)
	if got := s.sent("ctrl+z"); len(got) != 1 || got[0] != (engine.Pause{}) || !s.m.suspend {
		t.Errorf("%#v, suspended %t", got, s.m.suspend)
	}
	if s.keys("P"); strings.Contains(s.screen(), "sick-2026") {
		t.Error(s.screen())
	}
}

// What is done to a run cannot be done to a recording of one.
func TestKeysOfARunSayThatThisIsARecording(t *testing.T) {
	for v := range numViews {
		s := onTape(t, 120, 36)
		s.m.show(v)
		for _, key := range []string{"x", "X", "r", "R", "u", "d", "f", "a", "A"} {
			s.m.news.reply = ""
			if got := s.sent(key); len(got) > 0 || s.m.ask != nil || s.m.ice.on || s.m.list.marks > 0 || !strings.HasPrefix(s.m.news.reply, "this is a recording: ") {
				t.Errorf("view %s: %q sends %v, asks %v, says %q", v, key, got, s.m.ask, s.m.news.reply)
			}
		}
		footer := s.screen()
		footer = footer[strings.LastIndexByte(footer, '\n')+1:]
		for _, word := range []string{"cancel", "retry", "freeze", "probe"} {
			if strings.Contains(footer, word) {
				t.Errorf("view %s: %s", v, footer)
			}
		}
		if s.keys("q"); !s.m.leave {
			t.Errorf("view %s: q asks", v)
		}
	}
}

// An entry of the log leads to its moment.
func TestAnEntryLeadsToItsMoment(t *testing.T) {
	s := onTape(t, 120, 36)
	s.keys("3", "g", "n")
	e := s.m.views[viewLog].(*logView).current(s.m)
	if got := s.sent("e"); !slices.Equal(got, []engine.Command{engine.Pause{}, engine.Seek{To: e.at}}) {
		t.Errorf("%#v, want %s", got, e.at)
	}
	if s.keys("1"); len(s.sent("e")) > 0 {
		t.Error("it does something elsewhere")
	}
}

func TestWhatAnotherPersonDidIsNotAnAnswer(t *testing.T) {
	s := onTape(t, 120, 36)
	s.keys("p")
	s.brings(
		engine.CommandDone{Command: engine.Pause{}, Past: true},
		engine.CommandDone{Command: engine.SetWorkers{N: 3}, Past: true},
		engine.CommandDone{Command: engine.ReadRole{}, Err: "no", Past: true},
	)
	if s.m.asked != 1 || s.m.news.reply != "" {
		t.Errorf("%d asked, %q", s.m.asked, s.m.news.reply)
	}
	if e := s.m.log.entries[len(s.m.log.entries)-1]; e.word.String() != "OPERATOR" || e.text != "from 12 to 3" {
		t.Errorf("%+v", e)
	}
	s.brings(engine.CommandDone{Command: engine.Pause{}}, engine.CommandDone{Command: engine.Step{Trouble: true}, Err: "nothing more goes wrong in the recording"})
	if s.m.asked != 0 || s.m.news.reply != "nothing more goes wrong in the recording" {
		t.Errorf("%d asked, %q", s.m.asked, s.m.news.reply)
	}
	n := len(s.m.log.entries)
	if s.brings(engine.CommandDone{Command: engine.Seek{}}); len(s.m.log.entries) != n {
		t.Error("the log tells of what is done with the recording")
	}
}

// A role's file that the recording does not have is said to be missing on its page.
func TestAFileThatTheRecordingDoesNotHave(t *testing.T) {
	s := onTape(t, 120, 36)
	got := s.sent("4", "down", "enter")
	if len(got) != 1 {
		t.Fatalf("%#v", got)
	}
	why := "the recording does not have the file up to here"
	s.brings(engine.CommandDone{Command: got[0], Err: why})
	if screen := s.screen(); !strings.Contains(screen, why) {
		t.Error(screen)
	}
}

func TestTheEndOfARunIsNotThatOfItsRecording(t *testing.T) {
	s := onTape(t, 120, 36)
	s.brings(engine.RunSettled{}, engine.RunFinished{Why: "stopped"})
	s.played(0, 90*time.Second)
	if s.m.over || s.m.motionText() != "ended" {
		t.Errorf("over %t, %q", s.m.over, s.m.motionText())
	}
	if got := s.sent("p"); len(got) != 1 || got[0] != (engine.Resume{}) {
		t.Errorf("%#v", got)
	}
	s.m.closed()
	if got := s.sent("p"); len(got) != 0 || !strings.Contains(s.m.news.reply, "closed") {
		t.Errorf("%#v, %q", got, s.m.news.reply)
	}
}

func (m *model) motionText() string { word, _ := m.motion(); return word }
