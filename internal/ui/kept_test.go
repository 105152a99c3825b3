package ui

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// What is kept from one frame to the next goes with what happens. TestAnythingAtAll
// has found these.

// A file that ends as one that is not shown stands under the cursor for a moment. When
// its detail is opened then, it stays.
func TestAFileThatIsJustHiddenStaysWhenItsDetailIsOpened(t *testing.T) {
	s := small(t, 5)
	s.keys("j")
	it := s.m.current()
	s.fold(engine.StateChanged{Item: it.ID, To: engine.Skipped})
	s.keys("enter")
	s.wait(2 * settleAfter)
	s.m.tick()
	if s.m.current() != it {
		t.Errorf("the detail of %q has become that of %q", it.Path, s.m.current().Path)
	}
}

func TestThePageOfARoleSaysHowItsFileGetsOn(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.metadata()
	s.fold(engine.RoleChanged{Role: trust.Role{ID: 7, Name: "tools", Parent: "targets", ParentID: 3}})
	s.keys("4")
	s.onRole(7)
	s.keys("enter")
	s.fold(engine.ItemsFound{Items: []engine.ItemSpec{s.item(engine.Metadata, "tools.json", "", 7, "tools", -1)}})
	s.contains("fetch       · queued")
	s.to("tools.json", engine.Connecting)
	s.contains("fetch       ◦ connecting")
	s.to("tools.json", engine.Stalled)
	s.contains("fetch       ! stalled")
}

func TestAFindingThatIsTakenBackLeavesTheTree(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.metadata()
	f := finding.New(finding.BadSignatures, "root", "the server answers 403 for it")
	s.fold(engine.FindingRaised{Finding: f, Role: 0, About: true})
	s.keys("4")
	s.contains("the server answers 403 for it")
	s.fold(engine.FindingRaised{Finding: f, Withdrawn: true})
	s.m.draw()
	for _, row := range s.m.trustView().tree.rows {
		if strings.Contains(row.text, "403") {
			t.Error("it is still there")
		}
	}
}

func TestTheFooterOfAFrozenScreenSaysWhatPDoes(t *testing.T) {
	s := small(t, 3)
	s.m.resize(200, 36)
	s.keys("f")
	s.contains("p pause")
	s.send(engine.QueueChanged{Paused: true, Workers: 12})
	s.contains("p go on")
}

// An answer says that a frozen screen does not show what has come of it, as long as that
// is so.
func TestAnAnswerGoesOnWhenTheScreenDoes(t *testing.T) {
	s := small(t, 3)
	s.keys("f", "x")
	s.send(engine.CommandDone{Command: engine.Cancel{}, Accepted: 1})
	s.wantStatus("cancelled 1 (frozen: f shows it)")
	s.keys("f")
	s.wantStatus("cancelled 1")
}

// A host from which nothing is to come any more, and that was never asked, goes. What is
// known of the one that is under the cursor then is there at once.
func TestTheCursorIsOnAHostWhenTheLastOneGoes(t *testing.T) {
	s := small(t, 3)
	spec := s.item(engine.Target, "elsewhere", "", 0, "targets", 1)
	spec.Site = engine.SiteOf("https://zz.example.net/targets/elsewhere")
	s.fold(engine.ItemsFound{Items: []engine.ItemSpec{spec}})
	s.keys("5", "j")
	s.contains("─ zz.example.net ─")
	s.to("elsewhere", engine.Cancelled)
	s.contains("─ tuf.example.org ─")
}

// A host is hidden before anybody has asked it.
func TestAHostThatWasNotAskedIsHidden(t *testing.T) {
	s := small(t, 3)
	spec := s.item(engine.Target, "elsewhere", "", 0, "targets", 1)
	spec.Site = engine.SiteOf("https://mirror.example.net:8443/targets/elsewhere")
	s.fold(engine.ItemsFound{Items: []engine.ItemSpec{spec}})
	s.keys("5")
	s.contains("mirror.example.net")
	s.keys("P")
	if strings.Contains(s.screen(), "mirror") {
		t.Errorf("it is named:\n%s", s.screen())
	}
}

// Text is looked for also while the terminal has no width.
func TestFindingInAPageWithoutWidth(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.roles()
	s.onRole(5)
	s.keys("enter")
	s.read(5, 20)
	for width := range 5 {
		s.m.resize(width, 1)
		s.keys("/", "sbom", "esc")
	}
	for _, w := range []int{-3, 0, 1} {
		if parts := spans("漢 text", w, w, true); len(parts) != 6 {
			t.Errorf("in %d cells a text of 6 characters has %d parts", w, len(parts))
		}
	}
}

// The box of the help is straight, also where it begins or ends in a wide character.
func TestTheHelpCutsWideCharacters(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 121, 36)
	s.start()
	for _, name := range []string{strings.Repeat("長", 80), "x" + strings.Repeat("長", 80)} {
		s.fold(engine.ItemsFound{Items: []engine.ItemSpec{s.item(engine.Target, name, "", 3, "targets", 1000)}})
		s.to(name, engine.Connecting)
		s.phases(name, step{fetch.Headers, 0})
		s.to(name, engine.Failed, problem(finding.ServerError, strings.Repeat("長", 40)), reason(name))
	}
	for width := 101; width < 160; width++ {
		s.m.resize(width, 36)
		open := s.m.draw()
		s.keys("?")
		lines := strings.Split(s.m.draw(), "\n")
		checkSize(t, strings.Join(lines, "\n"), width, 36)
		for i, line := range strings.Split(open, "\n")[:35] { // the footer is another one
			if got, want := ansi.StringWidth(lines[i]), ansi.StringWidth(line); got < want {
				t.Errorf("%d cells wide: line %d has %d cells below the help, and %d without it", width, i, got, want)
			}
		}
		s.keys("?")
	}
}
