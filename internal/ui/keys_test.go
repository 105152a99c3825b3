package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

// The key map of the design, by the names that Bubble Tea has for keys. What is not in
// it came later, and stands below.
var designed = map[string][]string{
	"global":    {"?", "q", "Q", "ctrl+c", "ctrl+z", "1", "2", "3", "4", "5", "6", "tab", "f", "t", "P", "m", "w"},
	"list":      {"up", "down", "j", "k", "pgup", "pgdown", "ctrl+u", "ctrl+d", "g", "G", "/", "n", "N", "!", "s", "S", " ", "a", "A", "enter", "esc", "c", "C"},
	"act":       {"x", "r", "R", "d", "p", "+", "-"},
	"waterfall": {"[", "]", "left", "right"},
	"added":     {"home", "end", "shift+tab", "X", "u", "=", "<", ">", "0", "ctrl+l"},
}

// replayed are the keys that mean something else in a recording.
var replayed = []string{"p", " ", ",", ".", "(", ")", "left", "right", "-", "+", "=", "<", ">", "0", "$", "T", "e", "q"}

func TestTheKeyTableIsTheDesigns(t *testing.T) {
	keysOf := func(bindings []binding, of ...subject) (keys []string) {
		for _, b := range bindings {
			if slices.Contains(of, b.of) {
				keys = append(keys, b.keys...)
			}
		}
		slices.Sort(keys)
		return keys
	}
	var want []string
	for _, keys := range designed {
		want = append(want, keys...)
	}
	slices.Sort(want)
	got := keysOf(table(), always, aRun)
	if !slices.Equal(got, want) {
		t.Errorf("the keys are\n%q, want\n%q", got, want)
	}
	if n := len(slices.Compact(got)); n != len(want) {
		t.Errorf("%d keys of %d: one stands twice", n, len(want))
	}
	slices.Sort(replayed)
	if got := keysOf(tableFor(true), aRecording); !slices.Equal(got, replayed) {
		t.Errorf("the keys of a recording are\n%q, want\n%q", got, replayed)
	}
	// In a recording, the arrows mean one thing in the waterfall and another elsewhere.
	acts := map[string]action{}
	for _, b := range tableFor(true) {
		for _, key := range b.keys {
			if other, ok := acts[key]; ok && other != b.act {
				t.Errorf("%q stands twice", key)
			}
			acts[key] = b.act
		}
	}
	for key, act := range acts {
		if got := newKeymap()[replaying][key]; got != act {
			t.Errorf("%q is %d, want %d", key, got, act)
		}
	}
}

func TestTheKeyTableIsWhole(t *testing.T) {
	group, seen := "", map[string]bool{}
	for i, b := range table() {
		if b.act == actNone || len(b.keys) == 0 || b.group == "" {
			t.Errorf("line %d is not whole: %+v", i, b)
		}
		if (b.show == "") != (b.what == "") {
			t.Errorf("%q is shown without words, or the other way round", b.keys)
		}
		if b.show == "" && b.group != group {
			t.Errorf("%q belongs to no line before it", b.keys)
		}
		if b.group != group && seen[b.group] {
			t.Errorf("the group %q stands in two places", b.group)
		}
		group = b.group
		seen[group] = true
		if b.footer != "" && b.weight == 0 {
			t.Errorf("the footer's %q has no weight", b.footer)
		}
	}
}

// A key that the footer names does something in that view, and one that the help shows
// faint does nothing there.
func TestTheFooterNamesKeysThatWork(t *testing.T) {
	for v := range numViews {
		s := newScene(t, look{theme: Mono}, 200, 60)
		s.running()
		s.m.show(v)
		lines := strings.Split(s.screen(), "\n")
		footer := lines[len(lines)-1]
		for _, b := range s.m.bindings {
			what := b.footer
			if w := s.m.view().footer(s.m, b.act); w != "" {
				what = w
			}
			if what == "" || what == "-" {
				continue
			}
			// The cursor is on a file that has failed.
			if named := strings.Contains(footer+" ", "  "+b.key()+" "+what+" "); named != (b.works(v) && b.act != actCancel) {
				t.Errorf("view %s: the footer names %q: %v, and it works: %v\n%s", v, b.key(), named, b.works(v), footer)
			}
		}
	}
}

func TestAKeyThatDoesNotWorkInAViewDoesNothing(t *testing.T) {
	for v := range numViews {
		s := newScene(t, look{theme: Mono}, 120, 36)
		s.running()
		s.m.show(v)
		for _, b := range s.m.bindings {
			if b.works(v) {
				continue
			}
			before := s.screen()
			s.keys(b.keys[0])
			if s.screen() != before || len(s.m.commands) > 0 || s.m.typing != nil || s.m.ask != nil {
				t.Errorf("view %s: %q does something", v, b.keys[0])
			}
		}
	}
}

// Each key of the table does something that can be seen, somewhere.
func TestEachKeyDoesSomething(t *testing.T) {
	// What has to be done before, so that there is something to do.
	before := map[action][]string{
		actUp: {"j"}, actPageUp: {"G"}, actHalfUp: {"G"}, actTop: {"G"}, actBack: {"enter"}, actView1: {"2"},
		actOlder: {"j", "j", "enter"}, actNewer: {"j", "j", "enter", "["}, actMarkNone: {"a"}, actPrevView: {"2"}, actSortBack: {"s"},
	}
	inOthers := map[action]bool{actLeft: true, actRight: true, actGoToEntry: true} // whose views have tests of their own
	for _, b := range table() {
		for _, key := range b.keys {
			k := look{theme: Dark}
			if b.of == aRecording {
				k.tape = "run.jsonl"
			}
			s := newScene(t, k, 120, 36)
			s.running()
			s.keys(before[b.act]...)
			frame := s.m.draw()
			s.keys(key)
			s.m.dirty = true
			if s.m.draw() == frame && len(s.m.commands)+len(s.m.errands) == 0 && !s.m.suspend && !s.m.redraw && !s.m.leave && !inOthers[b.act] {
				t.Errorf("%q does nothing", key)
			}
		}
	}
}

// The keys that act on files are named while there is a file to act on, and on the
// smallest terminal too.
func TestTheFooterOffersWhatCanBeDone(t *testing.T) {
	footer := func(s *scene) string {
		lines := strings.Split(s.screen(), "\n")
		return lines[len(lines)-1]
	}
	want := func(t *testing.T, s *scene, cancel, retry, all bool) {
		t.Helper()
		got := footer(s)
		for what, there := range map[string]bool{"x cancel": cancel, "r retry": retry, "R retry failed": all} {
			if strings.Contains(got, "  "+what+" ") != there {
				t.Errorf("%q is there: %v\n%s", what, !there, got)
			}
		}
	}
	s := small(t, 4)
	s.m.resize(200, 36)
	want(t, s, true, false, false) // queued
	s.to("file000", engine.Connecting)
	want(t, s, true, false, false)
	s.to("file000", engine.Stalled)
	want(t, s, true, true, false)
	s.to("file000", engine.Failed, problem(finding.Stalled, "silent"))
	want(t, s, false, true, true)
	s.to("file001", engine.Connecting)
	s.to("file001", engine.Verified)
	s.wait(2 * time.Second)
	s.m.tick()
	s.keys("G")
	want(t, s, false, false, true) // verified
	s.keys("g", "a")
	want(t, s, true, true, true) // of the marked ones some can be
	s.keys("A", "g")
	s.m.closed()
	want(t, s, false, false, false)

	for _, width := range []int{60, 80} {
		s := small(t, 2)
		s.m.resize(width, 24)
		if got := footer(s); !strings.Contains(got, "x cancel") || !strings.Contains(got, "1-6 views") {
			t.Errorf("%d columns: %s", width, got)
		}
		s.to("file000", engine.Connecting)
		s.to("file000", engine.Failed, problem(finding.ServerError, "503"))
		if got := footer(s); !strings.Contains(got, "r retry") || !strings.Contains(got, "1-6 views") {
			t.Errorf("%d columns: %s", width, got)
		}
	}
}
