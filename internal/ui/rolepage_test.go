package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/trust"
)

func TestTheFileOfARoleIsAskedForOnce(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.roles()
	asked := func() []trust.RoleID {
		var ids []trust.RoleID
		for _, c := range s.m.commands {
			if r, ok := c.(engine.ReadRole); ok {
				ids = append(ids, r.Role)
			}
		}
		s.m.commands = nil
		return ids
	}
	s.onRole(5)
	s.keys("enter")
	if got := asked(); !slices.Equal(got, []trust.RoleID{5}) {
		t.Fatalf("asked for %v", got)
	}
	// Another one is opened before the answer: it is asked for when that is there.
	s.keys("esc")
	s.onRole(6)
	s.keys("enter")
	if got := asked(); len(got) != 0 {
		t.Fatalf("asked for %v meanwhile", got)
	}
	s.read(5, 20)
	if got := asked(); !slices.Equal(got, []trust.RoleID{6}) {
		t.Fatalf("asked for %v then", got)
	}
	if s.m.trustView().page.file != nil {
		t.Error("the file of another role is shown")
	}
	s.read(6, 20)
	s.keys("esc", "enter")
	if got := asked(); len(got) != 0 {
		t.Errorf("asked again for %v, which is there", got)
	}
	// It is judged anew: then its file is another one.
	r := *s.m.st.Role(6)
	r.Version, r.SHA256 = 10, gotSHA
	s.fold(engine.RoleChanged{Role: r})
	if got := asked(); !slices.Equal(got, []trust.RoleID{6}) {
		t.Errorf("asked for %v when it had changed", got)
	}
	s.fold(engine.CommandDone{Command: engine.ReadRole{Role: 6}, Err: "4 roles are being read already"})
	if got := s.screen(); !strings.Contains(got, "agents v10") {
		t.Errorf("not its page:\n%s", got)
	}
	if got := asked(); len(got) != 0 {
		t.Errorf("asked for %v after a refusal", got)
	}
}

func TestAFileThatCannotBeReadSaysWhy(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.roles()
	s.onRole(12)
	s.keys("enter")
	s.fold(engine.CommandDone{Command: engine.ReadRole{Role: 12}, Err: "its file is missing: not listed in the snapshot"})
	if got := s.screen(); !strings.Contains(got, "  its file is missing: not listed in the snapshot") {
		t.Errorf("it does not:\n%s", got)
	}
	s.keys("esc")
	s.onRole(6)
	s.keys("enter")
	s.m.closed()
	if got := s.screen(); !strings.Contains(got, "the run has ended: the file cannot be read any more") {
		t.Errorf("nothing is said when nobody answers:\n%s", got)
	}
}

// What is asked for while the screen is frozen comes nevertheless.
func TestAFileComesWhileTheScreenIsFrozen(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.roles()
	s.keys("f")
	s.onRole(6)
	s.keys("enter")
	f := trust.RoleFile{Name: "agents", Lines: []string{"{", `  "the": "file"`, "}"}, JSON: true}
	s.m.take(engine.Update{Events: s.events(engine.RoleRead{Role: 6, File: f}, engine.CommandDone{Command: engine.ReadRole{Role: 6}, Accepted: 1})})
	if got := s.screen(); !strings.Contains(got, `"the": "file"`) {
		t.Errorf("it did not:\n%s", got)
	}
}

func TestFindingInAPage(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.roles()
	s.onRole(5)
	s.keys("enter")
	s.read(5, 5000)
	s.keys("/", "1.20.4321/SBOM")
	if got := s.screen(); !strings.Contains(got, "hit 1 of 1") || !strings.Contains(got, "›     \"releases/1.20.4321/sbom.json\"") {
		t.Errorf("it was not gone to:\n%s", got)
	}
	if got := s.m.trustView().copy(s.m, true); got != `"releases/1.20.4321/sbom.json": {"length": 73457},` {
		t.Errorf("C takes %q", got)
	}
	if got, want := s.m.trustView().copy(s.m, false), "https://tuf.example.org/metadata/12.releases/sbom.json"; got != want {
		t.Errorf("c takes %q", got)
	}
	s.keys("esc", "/", "no such thing")
	if got := s.screen(); !strings.Contains(got, "no hit") {
		t.Errorf("it is not said:\n%s", got)
	}
	s.keys("esc", "g", "/", "sbom.json", "enter")
	n := len(s.m.trustView().page.hits)
	for i := range n {
		if want := fmt.Sprintf("hit %d of %d", i+1, n); i%997 == 0 && !strings.Contains(s.screen(), want) {
			t.Fatalf("%q is not said", want)
		}
		s.keys("n")
	}
	if got := s.screen(); !strings.Contains(got, fmt.Sprintf("hit 1 of %d", n)) {
		t.Errorf("after the last comes not the first:\n%s", got)
	}
	s.keys("N")
	if got := s.screen(); !strings.Contains(got, fmt.Sprintf("hit %d of %d", n, n)) {
		t.Errorf("before the first comes not the last:\n%s", got)
	}
}

// A hit in a line that is cut is in the row in which it begins.
func TestHitsInLinesThatAreCut(t *testing.T) {
	var p textPane
	p.set([]textLine{{whole: true, text: "short"}, {whole: true, text: strings.Repeat("x", 100) + "needle" + strings.Repeat("y", 100)}, {label: "l", text: strings.Repeat("word ", 30) + "needle"}}, 60)
	p.resize(len(p.rows), 10)
	p.find("NEEDLE")
	var rows []textRow
	for _, h := range p.hits {
		rows = append(rows, p.rows[h.row])
	}
	if want := []textRow{{1, 1}, {2, 3}}; !slices.Equal(rows, want) {
		t.Errorf("they are in %v, not in %v", rows, want)
	}
}

// A page of text is turned as a whole, and the cursor goes along.
func TestTurningPagesOfText(t *testing.T) {
	var p textPane
	lines := make([]textLine, 100)
	for i := range lines {
		lines[i] = textLine{whole: true, text: fmt.Sprint(i)}
	}
	p.set(lines, 80)
	p.resize(len(p.rows), 20)
	for i, want := range []struct {
		a        action
		top, row int
	}{
		{actPageDown, 19, 20}, {actPageDown, 38, 40}, {actPageUp, 19, 20}, {actHalfDown, 29, 30}, {actHalfUp, 19, 20},
		{actBottom, 80, 99}, {actPageDown, 80, 99}, {actPageUp, 61, 79}, {actTop, 0, 0}, {actPageUp, 0, 0},
	} {
		p.act(want.a)
		if p.top != want.top || p.row != want.row {
			t.Errorf("step %d: the first row is %d and the cursor in %d, not %d and %d", i, p.top, p.row, want.top, want.row)
		}
	}
}
