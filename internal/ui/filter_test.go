package ui

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

// tried gives the item with so many attempts at an address; the latest is under way.
func tried(it *engine.Item, n int, address string) *engine.Item {
	st := &engine.State{}
	fold := func(b engine.Body) { st.Apply(engine.Event{Body: b}) }
	fold(engine.ItemsFound{Items: []engine.ItemSpec{it.ItemSpec}})
	from := engine.Queued
	for i := range n {
		fold(engine.StateChanged{Attempt: i + 1, From: from, To: engine.Connecting})
		fold(engine.PhasesEntered{Attempt: i + 1, Address: address})
		if from = engine.Connecting; i+1 < n {
			from = engine.Retrying
			fold(engine.StateChanged{Attempt: i + 1, From: engine.Connecting, To: from})
		}
	}
	with := st.Item(0)
	with.State, with.Problem, with.Attempt = it.State, it.Problem, it.Attempt
	return with
}

func TestFilter(t *testing.T) {
	failed := &engine.Item{
		ItemSpec: engine.ItemSpec{Kind: engine.Target, Path: "releases/1.20/linux/SBOM.zst", RoleName: "releases/sbom",
			Site: engine.SiteOf("https://tuf.example.org:8443/targets/releases/1.20/linux/SBOM.zst")},
		State: engine.Failed, Problem: &engine.Problem{Kind: finding.ServerError, Text: "503 Service Unavailable"}, Attempt: 1,
	}
	failed = tried(failed, 1, "203.0.113.7:443")
	copied := &engine.Item{ItemSpec: engine.ItemSpec{Kind: engine.Copy, Path: "a:b/file", Under: "sha512"}, State: engine.Verified}
	wrong := &engine.Item{ItemSpec: engine.ItemSpec{Kind: engine.Target, Path: "wrong"}, State: engine.Failed, Problem: &engine.Problem{Kind: finding.WrongHash}}
	skipped := &engine.Item{ItemSpec: engine.ItemSpec{Kind: engine.Target, Path: "same"}, State: engine.Skipped}
	metadata := &engine.Item{ItemSpec: engine.ItemSpec{Kind: engine.Metadata, Path: "timestamp.json", RoleName: "timestamp"}, State: engine.Verified}
	tests := []struct {
		name   string
		filter string
		item   *engine.Item
		want   bool
	}{
		{"nothing shows all", "", failed, true},
		{"a word is found anywhere", "linux", failed, true},
		{"case does not matter", "sbom", failed, true},
		{"nor in the filter", "LINUX", failed, true},
		{"all words have to be found", "linux windows", failed, false},
		{"their order does not matter", "zst 1.20", failed, true},
		{"a word that must not be there", "!linux", failed, false},
		{"another one", "!windows", failed, true},
		{"a state", "state:unchecked", failed, true},
		{"the start of a state", "state:un", failed, true},
		{"another state", "state:verified", failed, false},
		{"its long form", "state:not", failed, true},
		{"what is not checked has not failed", "state:failed", failed, false},
		{"what bytes prove has", "state:failed", wrong, true},
		{"and is checked", "state:not", wrong, false},
		{"not a state", "!state:not", failed, false},
		{"a role", "role:sbom", failed, true},
		{"another role", "role:agents", failed, false},
		{"a problem's text", "err:503", failed, true},
		{"a problem's kind", "err:server-error", failed, true},
		{"an item without a problem", "err:503", copied, false},
		{"an unfinished term says nothing", "state:", failed, true},
		{"an exclamation mark says nothing", "!", failed, true},
		{"a colon in a path", "a:b", copied, true},
		{"a copy is found by its hash", "sha512", copied, true},
		{"not a role", "!role:sbom", failed, false},
		{"not a problem", "!err:503", copied, true},
		{"a host", "host:tuf.example", failed, true},
		{"its port", "host::8443", failed, true},
		{"another host", "host:mirror", failed, false},
		{"no host is in the rest of an address", "host:releases", failed, false},
		{"not a host", "!host:tuf", failed, false},
		{"an address that was connected to", "host:203.0.113", failed, true},
		{"a folder is local", "host:local", copied, true},
		{"older than that", "age:>10s", failed, true},
		{"older, in another way", "age:10s", failed, true},
		{"older or as old", "age:>=12s", failed, true},
		{"not as old as that", "age:>13s", failed, false},
		{"younger than that", "age:<2m", failed, true},
		{"not younger than that", "age:<12s", failed, false},
		{"not older than that", "!age:>10s", failed, false},
		{"what has no age is not older", "age:>0s", copied, false},
		{"nor younger", "age:<9h", copied, false},
		{"several fields", "role:sbom state:not err:503 age:>1s linux", failed, true},
		{"an age without a unit is not finished", "age:>1", failed, true},
		{"nor is one without a number", "age:<", failed, true},
		{"nor one with half a unit more", "age:>9h3", failed, true},
		{"nor one that must not be", "!age:", failed, true},
		{"the name of a field in capitals", "STATE:UNCHECKED", failed, true},
		{"a field that nobody knows is part of a path", "foo:bar", failed, false},
		{"and may be there", "a:b", copied, true},
		{"blanks at both ends say nothing", "  linux  ", failed, true},
		{"skipped is not shown", "", skipped, false},
		{"nor for a word", "same", skipped, false},
		{"but for a state", "state:skipped", skipped, true},
		{"verified metadata is not shown", "", metadata, false},
		{"but for a word", "timestamp", metadata, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := parseFilter(tt.filter)
			f.age = func(it *engine.Item) (time.Duration, bool) { return 12 * time.Second, it.State == engine.Failed }
			if got := f.shows(tt.item); got != tt.want {
				t.Errorf("%q shows %s: %v", tt.filter, tt.item.Path, got)
			}
		})
	}
}

func TestProblemsOnly(t *testing.T) {
	f := filter{problems: true}
	for s := range engine.NumStates {
		it := &engine.Item{ItemSpec: engine.ItemSpec{Kind: engine.Target}, State: engine.ItemState(s)}
		want := slices.Contains([]string{"failed", "untrusted", "stalled", "retrying", "cancelled"}, it.State.String())
		if got := f.shows(it); got != want {
			t.Errorf("%s is shown: %v", it.State, got)
		}
	}
}

// Time alone changes what a filter by age shows.
func TestAFilterByAgeGoesWithTime(t *testing.T) {
	s := small(t, 4)
	s.fail("file001", finding.ServerError)
	s.keys("/", "age:>10s", "enter")
	shown := func(want int) {
		t.Helper()
		if got := len(s.m.list.rows); got != want {
			t.Errorf("%d rows at %s, want %d", got, s.at, want)
		}
	}
	shown(0)
	for range 11 {
		s.wait(time.Second)
		if !s.m.ticking() {
			t.Fatal("nobody looks again")
		}
		s.m.tick()
	}
	shown(1)
	s.keys("esc", "/", "!age:>20s", "enter")
	shown(4)
	s.wait(time.Minute)
	s.m.tick()
	shown(3)
	t.Run("also while the queue is paused and nothing is under way", func(t *testing.T) {
		s.fold(engine.QueueChanged{Paused: true, Workers: 12})
		if !s.m.ticking() {
			t.Error("nobody looks again")
		}
		s.keys("esc")
		s.wait(2 * time.Second)
		s.m.tick()
		if s.m.ticking() {
			t.Error("it ticks for nothing")
		}
	})
	t.Run("but not when the run has settled", func(t *testing.T) {
		s := small(t, 1)
		s.fail("file000", finding.ServerError)
		s.fold(engine.RunSettled{})
		s.keys("/", "age:>10s", "enter")
		if s.m.ticking() {
			t.Error("its clock stands still")
		}
	})
	t.Run("and not under a cursor that has just moved", func(t *testing.T) {
		s := small(t, 4)
		s.fail("file001", finding.ServerError)
		s.fail("file002", finding.ServerError)
		s.keys("/", "age:<10s", "enter")
		s.wait(9500 * time.Millisecond)
		s.keys("j")
		s.wait(900 * time.Millisecond)
		s.m.tick()
		if len(s.m.list.rows) != 2 {
			t.Errorf("%d rows: they move under the cursor", len(s.m.list.rows))
		}
		s.wait(time.Second)
		s.m.tick()
		if len(s.m.list.rows) != 0 {
			t.Errorf("%d rows", len(s.m.list.rows))
		}
	})
}

func TestThePromptCountsWhatMatches(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.running()
	s.keys("/")
	s.wantStatus("/   2506 of 2506   words, !word, state:failed, state:not, role:name, err:503, host:name, age:>10s")
	s.keys("state:stalled")
	s.wantStatus("/state:stalled   4 of 2507")
	s.keys(" age:>11s")
	s.wantStatus("/state:stalled age:>11s   2 of 2507")
	s.keys(" foo:bar")
	s.wantStatus("/state:stalled age:>11s foo:bar   0 of 2507")
	s.contains("nothing matches; esc shows all")
	s.keys("esc", "/", "targets.json")
	s.wantStatus("/targets.json   0 of 2506 and 1 of metadata") // which has no row without a filter
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{"a !b state:failed", "!state:", ":", "!!x", "ROLE:É err:İ", "age:>10s", "age:<>-1h host:x", "!age:99999999999h", "age:=0 host:"} {
		f.Add(s, "some/path")
	}
	f.Fuzz(func(t *testing.T, text, path string) {
		fl := parseFilter(text)
		fl.age = func(*engine.Item) (time.Duration, bool) { return time.Minute, true }
		it := &engine.Item{ItemSpec: engine.ItemSpec{Kind: engine.Target, Path: path}, State: engine.Failed}
		shown := fl.shows(it)
		if len(fl.terms) == 0 && !shown {
			t.Error("an empty filter hides something")
		}
		for _, c := range fl.terms {
			if c.text == "" {
				t.Error("a condition without a text")
			}
			c.not = !c.not
			opposite := filter{terms: []condition{c}, age: fl.age}
			if shown && opposite.shows(it) {
				t.Errorf("%q shows an item, and so does the opposite of one of its terms", text)
			}
		}
	})
}

func TestEditor(t *testing.T) {
	tests := []struct {
		name string
		in   []input
		want string
		pos  int
	}{
		{"typing", []input{{act: actInsert, text: "ab"}, {act: actInsert, text: "é"}}, "abé", 3},
		{"in the middle", []input{{act: actInsert, text: "ac"}, {act: actLeft}, {act: actInsert, text: "b"}}, "abc", 2},
		{"erasing", []input{{act: actInsert, text: "abc"}, {act: actErase}}, "ab", 2},
		{"erasing at the start", []input{{act: actInsert, text: "ab"}, {act: actStart}, {act: actErase}}, "ab", 0},
		{"erasing what follows", []input{{act: actInsert, text: "ab"}, {act: actStart}, {act: actEraseNext}}, "b", 0},
		{"erasing beyond the end", []input{{act: actInsert, text: "ab"}, {act: actEraseNext}}, "ab", 2},
		{"erasing a word", []input{{act: actInsert, text: "ab cd "}, {act: actEraseWord}}, "ab ", 3},
		{"erasing the line", []input{{act: actInsert, text: "ab cd"}, {act: actEraseLine}}, "", 0},
		{"moving beyond the ends", []input{{act: actInsert, text: "a"}, {act: actRight}, {act: actRight}, {act: actStart}, {act: actLeft}}, "a", 0},
		{"too long", []input{{act: actInsert, text: strings.Repeat("x", 1000)}}, strings.Repeat("x", editorLimit), editorLimit},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var e editor
			for _, in := range tt.in {
				if !e.edit(in) {
					t.Fatalf("%v is no edit", in)
				}
			}
			if e.String() != tt.want || e.pos != tt.pos {
				t.Errorf("%q at %d, want %q at %d", e.String(), e.pos, tt.want, tt.pos)
			}
		})
	}
}

// What is shown after a filter was typed, changed and taken back is what the filter
// shows by itself, however it came about.
func TestTypedFilterShowsWhatItSays(t *testing.T) {
	s := newScene(t, look{theme: Dark}, 120, 36)
	s.running()
	fresh := func(text string) []int32 {
		other := newScene(t, look{theme: Dark}, 120, 36)
		other.running()
		other.m.setFilter(text)
		return other.m.list.rows
	}
	narrowed := 0
	for _, text := range []string{
		"releases/1.20 linux", "!linux amd64", "linux !amd64", "state:verified", "state:tr 1.2", "err:50 zst", "err:network", "role:targets x",
		"timestamp", "!state:failed tar.zst", "linux linux", "K", "TAR", "a:b", "zzz",
	} {
		runes := []rune(text)
		for n := range len(runes) {
			s.check(string(runes[:n+1]), fresh, &narrowed)
		}
		for n := len(runes); n > 0; n-- {
			s.check(string(runes[:n-1]), fresh, &narrowed)
		}
	}
	if narrowed == 0 {
		t.Error("no filter was taken for a narrower one")
	}
}

// check sets a filter and compares what is shown with what it shows by itself.
func (s *scene) check(text string, fresh func(string) []int32, narrowed *int) {
	s.t.Helper()
	before := s.m.filter
	s.m.setFilter(text)
	if s.m.filter.narrows(&before) {
		*narrowed++
	}
	if want := fresh(text); !slices.Equal(s.m.list.rows, want) {
		s.t.Errorf("%q shows %d files, and %d by itself", text, len(s.m.list.rows), len(want))
	}
}

func TestContains(t *testing.T) {
	for _, tt := range []struct {
		s, lower string
		want     bool
	}{
		{"linux/amd64", "amd", true}, {"linux/AMD64", "amd", true}, {"linux/amd64", "arm", false}, {"LINUX/AMD64", "arm", false},
		{"größe/ÄRGER", "ärger", true}, {"\u212aelvin", "kelvin", true}, {"", "a", false}, {"", "", true}, {"Z@[", "z@[", true},
	} {
		if got := contains(tt.s, tt.lower); got != tt.want {
			t.Errorf("contains(%q, %q) is %v", tt.s, tt.lower, got)
		}
	}
}

func TestEveryByteIsTakenForLowerCaseOrNot(t *testing.T) {
	for c := range 0x100 {
		for at := range 19 {
			b := []byte("releases/1.20/linux")
			b[at] = byte(c)
			if got, want := lowerCase(string(b)), c < 0x80 && (c < 'A' || c > 'Z'); got != want {
				t.Errorf("%q: %t", b, got)
			}
		}
	}
}
