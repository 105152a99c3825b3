package ui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// roleUnder is the name under the cursor, with what stands before it.
func (s *scene) roleUnder() string {
	s.t.Helper()
	for _, l := range strings.Split(s.screen(), "\n") {
		if name, ok := strings.CutPrefix(l, "› "); ok {
			return strings.Fields(strings.Trim(name, "├└─│▸▾ "))[0]
		}
	}
	return ""
}

func TestTheCursorStaysOnItsRole(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.metadata()
	s.keys("4")
	s.onRole(6) // agents
	line := func() int {
		return slices.IndexFunc(strings.Split(s.screen(), "\n"), func(l string) bool { return strings.HasPrefix(l, "›") })
	}
	if got := s.roleUnder(); got != "agents" {
		t.Fatalf("the cursor is on %q", got)
	}
	before := line()
	for i := range 4 { // older roots and one more delegation come above it
		r := role(trust.RoleID(7+i), "root", "", 0, int64(1+i), 20*day, 2, 2)
		r.Current = false
		s.fold(engine.RoleChanged{Role: r})
		if got := s.roleUnder(); got != "agents" {
			t.Fatalf("after root v%d the cursor is on %q", 1+i, got)
		}
	}
	s.fold(engine.RoleChanged{Role: role(11, "releases/new", "releases", 4, 1, 20*day, 1, 1)})
	if got := s.roleUnder(); got != "agents" {
		t.Errorf("the cursor is on %q", got)
	}
	if after := line(); after < before {
		t.Errorf("it stood in line %d and stands in %d", before, after)
	}
	s.keys("!", "!")
	if got := s.m.trustView().at(); got == nil {
		t.Error("it is on nothing after all were hidden and shown")
	}
}

func TestTheCursorPassesCauses(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.roles()
	var names []string
	for range 13 {
		names = append(names, s.roleUnder())
		s.keys("down")
	}
	want := []string{"root", "4", "timestamp", "snapshot", "targets", "releases", "releases/sbom", "rele…sbom/old", "agents", "plugins", "charts", "firmware", "images"}
	if !slices.Equal(names, want) {
		t.Errorf("downwards it stands on\n%q, not\n%q", names, want)
	}
	for i := len(want) - 2; i >= 0; i-- {
		s.keys("up")
		if got := s.roleUnder(); got != want[i] {
			t.Fatalf("upwards it stands on %q, not on %q", got, want[i])
		}
	}
	s.keys("G")
	if got := s.roleUnder(); got != "images" {
		t.Errorf("the last one is %q", got)
	}
}

func TestJumpingToRolesInTrouble(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.roles()
	var names []string
	for range 7 {
		s.keys("n")
		names = append(names, s.roleUnder())
	}
	want := []string{"timestamp", "releases/sbom", "rele…sbom/old", "agents", "plugins", "charts", "firmware"}
	if !slices.Equal(names, want) {
		t.Errorf("n goes to %q, not to %q", names, want)
	}
	s.keys("n", "N")
	if got := s.roleUnder(); got != "firmware" {
		t.Errorf("back from the first it is %q", got)
	}
	s.keys("g", "/", "sbom", "enter", "n")
	if got := s.roleUnder(); got != "rele…sbom/old" {
		t.Errorf("with words n goes to %q", got)
	}
	well := newScene(t, look{theme: Mono}, 120, 36)
	well.start()
	well.fold(engine.RoleChanged{Role: role(0, "root", "", 0, 5, 100*day, 3, 3)})
	well.keys("4", "n")
	well.wantStatus("no role here is in trouble")
	well.keys("!")
	if got := well.screen(); !strings.Contains(got, "no role is in trouble so far; ! shows all") {
		t.Errorf("it does not say that there is none:\n%s", got)
	}
}

// A role that two roles delegate to stands under each, with the verdict that it has
// there; its targets are trusted for the sake of one.
func TestADiamondHasAVerdictUnderEachParent(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.metadata()
	under := role(7, "shared", "agents", 6, 3, 40*day, 0, 1)
	under.State, under.Problem, under.Targets, under.Threshold = trust.Refused, "0 of 1 signed, 1 required", 30, 1
	s.fold(
		engine.RoleChanged{Role: under},
		engine.RoleChanged{Role: role(8, "shared", "releases", 4, 3, 40*day, 1, 1)},
	)
	s.keys("4")
	got := s.screen()
	if strings.Count(got, "─ shared ") != 2 || !strings.Contains(got, "✗ refused") || strings.Contains(got, "not trusted") {
		t.Errorf("not once under each:\n%s", got)
	}
}

func TestCirclesDoNotHang(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.metadata()
	s.fold(
		engine.RoleChanged{Role: role(7, "a", "b", 8, 1, 40*day, 1, 1)},
		engine.RoleChanged{Role: role(8, "b", "a", 7, 1, 40*day, 1, 1)},
		engine.RoleChanged{Role: role(9, "self", "self", 9, 1, 40*day, 1, 1)},
		engine.RoleChanged{Role: role(10, "lost", "nobody", 999, 1, 40*day, 1, 1)},
	)
	s.keys("4")
	got := s.screen()
	for _, name := range []string{" a ", " b ", " self ", " lost "} {
		if strings.Count(got, name) != 1 {
			t.Errorf("%q is not there once:\n%s", name, got)
		}
	}
	s.keys("!", "/", "b", "enter", "enter", "esc")
	for id := range trust.RoleID(11) {
		s.onRole(id)
		s.keys("enter")
		s.m.draw()
	}
}

func TestBinsAreOneLineExceptThoseInTrouble(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.bins(1024)
	if n := len(s.m.trustView().lines(s.m).rows); n > 20 {
		t.Fatalf("%d rows", n)
	}
	if got := s.screen(); !strings.Contains(got, "bins-0280 ") || !strings.Contains(got, "▸ bins-0281 … 03ff") {
		t.Errorf("not the refused one and a line for the others:\n%s", got)
	}
	// One of those in the line is refused: it comes out of it.
	r := role(7+700, "bins-02bc", "targets", 3, 1, 30*day, 0, 1)
	r.State, r.Problem = trust.Refused, "0 of 1 signed, 1 required"
	s.fold(engine.RoleChanged{Role: r})
	if got := s.screen(); !strings.Contains(got, "bins-02bc ") {
		t.Errorf("it is hidden:\n%s", got)
	}
	// Open, and closed again with the cursor inside.
	s.onRole(7 + 800)
	if n := len(s.m.trustView().lines(s.m).rows); n < 1024 {
		t.Errorf("%d rows when it is open", n)
	}
	s.keys("g", "n", "n", "enter")
	if n := len(s.m.trustView().lines(s.m).rows); n > 20 {
		t.Errorf("%d rows when it is closed again", n)
	}
	// With words all that fit are shown.
	s.keys("/", "bins-01", "enter")
	if got := s.m.trustView().lines(s.m).matches; got != 256 {
		t.Errorf("%d match", got)
	}
}

func TestCopyingInTheTree(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.roles()
	v := s.m.trustView()
	s.onRole(5)
	if got := v.copy(s.m, false); got != "https://tuf.example.org/metadata/12.releases%2Fsbom.json" {
		t.Errorf("c takes %q", got)
	}
	want := "refused  releases/sbom v12, listed by releases, signed by 0 of 1, 1 needed, expires 2027-01-02 09:42 UTC: threshold not met"
	if got := v.copy(s.m, true); !strings.HasPrefix(got, want) {
		t.Errorf("C takes %q", got)
	}
	s.keys("g", "down") // older roots
	if got := v.copy(s.m, false) + v.copy(s.m, true); got != "" {
		t.Errorf("of several roles it takes %q", got)
	}
	s.onRole(12)
	if got := v.copy(s.m, false); got != "" {
		t.Errorf("of a role without a file c takes %q", got)
	}
}

// While a role's file is fetched its line says what that hangs on.
func TestAStalledRoleSaysSo(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.start()
	s.fold(
		engine.ItemsFound{Items: []engine.ItemSpec{s.item(engine.Metadata, "timestamp.json", "", 1, "timestamp", -1)}},
		engine.RoleChanged{Role: role(0, "root", "", 0, 5, 100*day, 3, 3)},
		engine.RoleChanged{Role: trust.Role{ID: 1, Name: "timestamp", Parent: "root", State: trust.Fetching, Current: true}},
	)
	s.to("timestamp.json", engine.Connecting)
	s.keys("4")
	if got := s.screen(); !strings.Contains(got, "◦ fetching") {
		t.Errorf("it is not fetching:\n%s", got)
	}
	s.wait(10 * time.Second)
	s.stall("timestamp.json", "no first byte")
	if got := s.screen(); !strings.Contains(got, "! stalled") || !strings.Contains(got, "no first byte") {
		t.Errorf("it does not say so:\n%s", got)
	}
}

func TestClicksInTheTree(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.roles()
	s.m.draw()
	top := s.m.viewTop
	s.m.do(input{act: actClick, row: top + 5})
	if got := s.roleUnder(); got != "targets" {
		t.Errorf("the fifth row is %q", got)
	}
	s.m.do(input{act: actClick, row: top + 9}) // a cause: the role above it
	if got := s.roleUnder(); got != "releases/sbom" {
		t.Errorf("the cause belongs to %q", got)
	}
	s.m.do(input{act: actClick, row: top + 30})
	if got := s.roleUnder(); got != "releases/sbom" {
		t.Errorf("a click below the roles goes to %q", got)
	}
}

// Names of hosts in causes and pages are hidden before they are cut into lines.
func TestPrivacyInTheTrustView(t *testing.T) {
	for width := 60; width < 130; width += 3 {
		s := newScene(t, look{theme: Mono}, width, 40)
		s.roles()
		s.fold(
			engine.RoleChanged{Role: trust.Role{ID: 13, Name: "charts", Parent: "targets", ParentID: 3, State: trust.Unfetched, Current: true,
				Problem: "the connection to tuf.example.org:443 ended: https://tuf.example.org/metadata/charts.json could not be had from tuf.example.org"}},
		)
		s.keys("P")
		s.onRole(13)
		for range 2 {
			if got := s.screen(); strings.Contains(got, "example") || strings.Contains(got, "tuf.e") {
				t.Fatalf("%d columns show it:\n%s", width, got)
			}
			s.keys("enter")
			s.m.trustView().page.file = &trust.RoleFile{Name: "charts", Lines: []string{strings.Repeat("  https://tuf.example.org/x", 20)}}
			s.m.trustView().page.fresh = false
			s.keys("/", "xampl", "enter")
		}
	}
}

func TestNoTrustScreenOverflows(t *testing.T) {
	for i, play := range []func(*scene){(*scene).roles, func(s *scene) { s.bins(200) }, (*scene).deep} {
		s := newScene(t, look{theme: Dark, ascii: i%2 == 1}, 80, 24)
		play(s)
		for _, key := range []string{"", "down", "enter", "G", "n", "esc", "!", "/", "b", "enter", "esc", "page", "pgdown", "/", "画", "esc", "G", "?"} {
			if key == "page" {
				s.onRole(5)
				s.keys("enter")
				s.read(5, 100)
				s.m.trustView().page.file.Lines = append(s.m.trustView().page.file.Lines, strings.Repeat("画像", 200), strings.Repeat("x", 4000), "    "+strings.Repeat("cafe\u0301 ", 50))
			} else {
				s.keys(key)
			}
			for width := 1; width <= 220; width += 1 + width/7 {
				for _, height := range []int{1, 12, 17, 18, 30, 60} {
					s.m.resize(width, height)
					checkSize(t, s.m.draw(), width, height)
					if t.Failed() {
						t.Fatalf("after %q", key)
					}
				}
			}
		}
	}
}

// deep plays roles that delegate sixty levels down, with long and wide names.
func (s *scene) deep() {
	s.t.Helper()
	s.metadata()
	parent, name := trust.RoleID(6), "agents"
	for i := range 60 {
		r := role(trust.RoleID(7+i), fmt.Sprintf("役割-%d-%s", i, strings.Repeat("名", i%9)), name, parent, 1<<40, time.Duration(i)*day, 1, 9)
		r.Paths = []string{strings.Repeat("画像/", i%7) + "*"}
		if i%5 == 0 {
			r.State, r.Problem = trust.Refused, strings.Repeat("理由 ", 60)
		}
		s.fold(engine.RoleChanged{Role: r}, engine.FindingRaised{Finding: finding.New(finding.InvalidSignature, r.Name, "a finding"), Role: r.ID, About: true})
		parent, name = r.ID, r.Name
	}
	s.keys("4")
}

// The tree is right whatever the order in which roles come to hang together.
func TestTheTreeFollowsTheState(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.start()
	s.keys("4", "down", "enter", "n", "G")
	s.m.draw()
	s.roles()
	fresh := newScene(t, look{theme: Mono}, 120, 36)
	fresh.roles()
	view := func(s *scene) string {
		lines := strings.Split(s.screen(), "\n")
		return strings.Join(lines[4:len(lines)-2], "\n")
	}
	if a, b := view(s), view(fresh); a != b {
		t.Errorf("looking on makes\n%s\nand looking at the end\n%s", a, b)
	}
}

// What clients make of the repository stands below the roles, where there is room.
func TestClientsBelowTheRoles(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.roles()
	before := strings.Count(s.screen(), "\n")
	s.fold(engine.ClientsJudged{Verdicts: []trust.ClientVerdict{
		{Client: "go-tuf", Measured: true, State: trust.ClientAccepts}, {Client: "python-tuf", State: trust.ClientAccepts},
		{Client: "tough", State: trust.ClientRefuses, Role: "targets", Why: "it delegates to succinct roles"},
	}})
	got := s.screen()
	if !strings.Contains(got, "clients: go-tuf accepts the metadata; python-tuf accepts it, by its source code; tough refuses targets: it delegates") || strings.Count(got, "\n") != before {
		t.Errorf("it is not said:\n%s", got)
	}
	for _, row := range strings.Split(got, "\n") {
		if strings.Contains(row, "12 roles, 5 versions of the root, 7 to look at") {
			return
		}
	}
	t.Errorf("the line above it is gone:\n%s", got)
}
