package ui

import (
	"os"
	"slices"
	"strings"
	"testing"
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

func TestTheKeyTableIsTheDesigns(t *testing.T) {
	var want, got []string
	for _, keys := range designed {
		want = append(want, keys...)
	}
	for _, b := range table() {
		got = append(got, b.keys...)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the keys are\n%q, want\n%q", got, want)
	}
	if n := len(slices.Compact(got)); n != len(newKeymap()[browsing]) {
		t.Errorf("%d keys, and %d that mean something: a key stands twice", len(newKeymap()[browsing]), n)
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
			if named := strings.Contains(footer+" ", "  "+b.key()+" "+what+" "); named != b.works(v) {
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
	inOthers := map[action]bool{actLeft: true, actRight: true} // whose views have tests of their own
	for _, b := range table() {
		for _, key := range b.keys {
			s := newScene(t, look{theme: Dark}, 120, 36)
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

// keyTable is the key table as the README has it.
func keyTable() string {
	var b strings.Builder
	b.WriteString("| keys | what they do | in |\n|---|---|---|\n")
	for _, k := range Keys() {
		views := k.Views
		if views == "" {
			views = "all views"
		}
		does := k.Does
		if k.Group == "move" {
			does = "move: " + does
		}
		var keys []string
		for _, key := range strings.Fields(k.Keys) {
			keys = append(keys, "`"+key+"`")
		}
		b.WriteString("| " + strings.Join(keys, " ") + " | " + does + " | " + views + " |\n")
	}
	return b.String()
}

func TestTheREADMEHasTheKeyTable(t *testing.T) {
	const file, begin, end = "../../README.md", "<!-- keys: generated -->\n", "<!-- /keys -->"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(text), begin)
	got, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("the README has no place for it, between %q and %q", begin, end)
	}
	want := keyTable()
	if got == want {
		return
	}
	if !*update {
		t.Errorf("the README's key table is not the program's (go test -update rewrites it):\n%s", got)
		return
	}
	if err := os.WriteFile(file, []byte(before+begin+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}
