package ui

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

func TestWaterfallScreens(t *testing.T) {
	dark, mono, ascii := look{theme: Dark}, look{theme: Mono}, look{theme: Dark, ascii: true}
	running := func(s *scene) { s.running(); s.keys("2") }
	for _, c := range []struct {
		name          string
		width, height int
		look          look
		styled        bool
		play          func(*scene)
	}{
		{"waterfall-120x36", 120, 36, dark, false, running},
		{"waterfall-80x24", 80, 24, dark, false, running},
		{"waterfall-60x12", 60, 12, dark, false, running},
		{"waterfall-200x60", 200, 60, dark, false, running},
		{"waterfall-mono-80x24", 80, 24, mono, true, running},
		{"waterfall-ascii-120x36", 120, 36, ascii, false, running},
		{"waterfall-settled-120x36", 120, 36, dark, false, func(s *scene) { s.running(); s.settle(); s.keys("2") }},
		{"waterfall-panned-120x36", 120, 36, dark, false, func(s *scene) { running(s); s.keys("]", "left", "left") }},
		{"waterfall-zoomed-60x12", 60, 12, dark, false, func(s *scene) { running(s); s.keys("]", "]") }},
		{"waterfall-detail-120x36", 120, 36, dark, false, func(s *scene) { running(s); s.keys("up", "enter") }},
		{"waterfall-hung-120x36", 120, 36, dark, false, func(s *scene) { s.hung(); s.keys("2") }},
		{"waterfall-tried-80x24", 80, 24, dark, false, func(s *scene) { s.tried(500); s.keys("2") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScene(t, c.look, c.width, c.height)
			c.play(s)
			golden(t, c.name, s, c.styled)
		})
	}
}

// hung is a repository whose server has stopped answering: what was under way is
// silent, is tried again, and is silent again. One body went on after a silence.
func (s *scene) hung() {
	s.t.Helper()
	s.metadata()
	s.until(300 * time.Millisecond)
	well := s.targets()
	names := []string{rootfs, boot, cli, agent, kernel, sbom, winSbom, policy}
	for i, name := range names {
		s.begin(name, time.Duration(1000+i*450)*time.Millisecond)
		s.body(name)
	}
	s.until(8 * time.Second)
	for _, name := range well[:40] {
		s.to(name, engine.Connecting)
		s.to(name, engine.Verified, done(8*mib))
	}
	s.until(14 * time.Second)
	for _, name := range names {
		s.stall(name, "no body byte")
	}
	s.until(19 * time.Second)
	s.to(rootfs, engine.Transferring, reason("goes on after a stall"))
	s.until(32 * time.Second)
	s.to(rootfs, engine.Verifying, done(40*mib))
	s.to(rootfs, engine.Verified, done(40*mib))
	s.until(74 * time.Second)
	for _, name := range names[1:] {
		s.to(name, engine.Retrying, problem(finding.Stalled, "no body byte for 1m10s after 4.0 MiB of 40.0 MiB"), next(s.at+time.Second))
	}
	s.until(75 * time.Second)
	for _, name := range names[1:] {
		s.to(name, engine.Queued)
		s.to(name, engine.Connecting)
		s.phases(name, step{fetch.Pool, 0}, step{fetch.Send, time.Millisecond}, step{fetch.Headers, 2 * time.Millisecond})
		s.to(name, engine.Waiting)
	}
	s.until(85 * time.Second)
	for _, name := range names[1:] {
		s.stall(name, "no first byte")
	}
	s.until(96 * time.Second)
	s.fold(engine.QueueChanged{Workers: 12, Active: 0})
}

// tried has a file that is tried again and again, between two that are not.
func (s *scene) tried(times int) {
	s.t.Helper()
	s.start()
	var specs []engine.ItemSpec
	for _, name := range []string{"a", "again", "b"} {
		specs = append(specs, s.item(engine.Target, name, "", 0, "targets", 100))
	}
	s.fold(engine.ItemsFound{Items: specs})
	s.to("a", engine.Connecting)
	s.to("a", engine.Failed, problem(finding.Missing, "404 Not Found", "status", "404"))
	for i := range times {
		if i > 0 {
			s.to("again", engine.Queued)
		}
		s.to("again", engine.Connecting)
		s.phases("again", step{fetch.Headers, 20 * time.Millisecond})
		s.wait(time.Second)
		s.to("again", engine.Retrying, problem(finding.ServerError, "503 Service Unavailable", "status", "503"), next(s.at+time.Second))
		s.wait(time.Second)
	}
}

func TestNoWaterfallOverflows(t *testing.T) {
	plays := []func(*scene){
		func(*scene) {}, (*scene).start, (*scene).foreign, (*scene).running, (*scene).hung,
		func(s *scene) { s.tried(9) }, (*scene).crawl, (*scene).giveUp,
	}
	for i, play := range plays {
		s := newScene(t, look{theme: Dark, ascii: i%2 == 1}, 80, 24)
		play(s)
		s.keys("2")
		for _, key := range []string{"", "]", "]", "left", "]", "right", "enter", "pgdown", "esc", "[", "?", "?", "!", "G", "P"} {
			s.keys(key)
			for width := 1; width <= 220; width += 1 + width/15 {
				for _, height := range []int{1, 11, 12, 13, 17, 24, 30, 60} {
					s.m.resize(width, height)
					checkSize(t, s.m.draw(), width, height)
				}
			}
		}
	}
}

// rowsOf are the lines of the view, without its title.
func rowsOf(s *scene) []string {
	lines := strings.Split(ansi.Strip(s.m.draw()), "\n")
	return lines[s.m.viewTop+1 : s.m.height-2]
}

// cursorLine is the line of the view under the cursor, and which it is.
func cursorLine(t *testing.T, s *scene) (int, string) {
	t.Helper()
	at, text := none, ""
	for i, l := range rowsOf(s) {
		if strings.HasPrefix(l, s.m.p.g.cursor) {
			if at != none {
				t.Fatalf("two lines are under the cursor, %d and %d", at, i)
			}
			at, text = i, l
		}
	}
	return at, text
}

func TestTheCursorGoesThroughAttemptsAndItemsAndIsAlwaysOnScreen(t *testing.T) {
	for _, height := range []int{12, 24, 36} {
		s := newScene(t, look{theme: Mono}, 100, height)
		s.hung()
		s.keys("2")
		r := rand.New(rand.NewPCG(1, uint64(height)))
		keys := []string{"up", "down", "down", "pgup", "pgdown", "ctrl+u", "ctrl+d", "g", "G", "n", "N", " ", "s", "S"}
		for range 2000 {
			key := keys[r.IntN(len(keys))]
			s.keys(key)
			if at, _ := cursorLine(t, s); at == none {
				t.Fatalf("after %s nothing is under the cursor:\n%s", key, ansi.Strip(s.m.frame))
			}
		}
	}
	s := newScene(t, look{theme: Mono}, 100, 24)
	s.tried(500)
	s.keys("2", "G")
	for _, w := range []string{"attempt 500", "attempt 499", "attempt 498", "between", "again", "a "} {
		s.keys("up")
		if _, l := cursorLine(t, s); !strings.Contains(l, w) {
			t.Errorf("under the cursor is %q, want %s", l, w)
		}
	}
}

func TestPagingShowsEveryLineOnce(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 100, 24)
	s.hung()
	s.keys("2", "g")
	lines := 0
	for i := range s.m.list.rows {
		lines += linesOf(s.m.item(i))
	}
	steps := 0
	for before := ""; ; steps++ {
		s.keys("down")
		s.m.draw()
		v := s.m.view().(*waterfall)
		now := fmt.Sprint(s.m.list.cursor, v.back)
		if now == before {
			break
		}
		before = now
	}
	first := s.m.st.Items.At(int(s.m.list.rows[0]))
	if want := lines - first.Tries(); steps != want { // it starts on the latest attempt of the first
		t.Errorf("%d steps to the end, want %d", steps, want)
	}
}

func TestALineDoesNotMoveUnderTheCursor(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 100, 24)
	s.hung()
	s.keys("2", "down", "down", "down", "down")
	s.wait(2 * time.Second)
	before, line := cursorLine(t, s)
	v := s.m.view().(*waterfall)
	at := v.line
	// Another item fails and goes to the top, with its two lines.
	s.to(policy, engine.Failed, problem(finding.Stalled, "no first byte for 20s"))
	after, now := cursorLine(t, s)
	if before != after || at != v.line || line[:30] != now[:30] {
		t.Errorf("line %d %q became line %d %q", before, line, after, now)
	}
}

func TestTheCursorStaysOnItsAttemptWhenAnotherBegins(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 100, 24)
	s.tried(3)
	s.keys("2", "G", "up", "up") // b, then the attempts of the other
	if _, l := cursorLine(t, s); !strings.Contains(l, "attempt 2") {
		t.Fatalf("under the cursor is %q", l)
	}
	s.to("again", engine.Queued)
	s.to("again", engine.Connecting)
	if _, l := cursorLine(t, s); !strings.Contains(l, "attempt 2") {
		t.Errorf("under the cursor is %q now", l)
	}
	s.keys("enter")
	if text := ansi.Strip(s.m.draw()); !strings.Contains(text, "\n  attempt 2  ") {
		t.Errorf("the detail is not of the attempt under the cursor:\n%s", text)
	}
}

func TestTheDetailIsOfTheAttemptUnderTheCursor(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 40)
	s.running()
	s.keys("2", "down", "down", "enter")
	v := s.m.view().(*waterfall)
	if !v.open || v.back != 1 || s.m.current().Path != boot {
		t.Fatalf("open %v, %d back, of %s", v.open, v.back, s.m.current().Path)
	}
	s.keys("down")
	if v.back != 0 {
		t.Errorf("a line below, the detail is of the attempt %d back", v.back)
	}
	s.keys("esc")
	if v.open || v.back != 0 {
		t.Errorf("esc: open %v, %d back", v.open, v.back)
	}
}

func TestZoomAndPan(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.running()
	s.keys("2")
	v := s.m.view().(*waterfall)
	whole := v.scale(s.m)
	if whole.from != 0 || whole.cell(s.m.now()) >= whole.cells-reasonRoom(whole.cells) {
		t.Fatalf("the whole run is not on screen: %+v", whole)
	}
	s.keys("left", "right", "[")
	if v.scale(s.m) != whole {
		t.Error("of the whole run there is nothing more to show")
	}
	s.keys("]")
	half := v.scale(s.m)
	if half.per != whole.per/2 || v.still(s.m) || half.cell(s.m.now()) >= half.cells-reasonRoom(half.cells) {
		t.Errorf("zoomed: %+v, now in cell %d", half, half.cell(s.m.now()))
	}
	s.wait(5 * time.Second)
	if later := v.scale(s.m); later.from <= half.from {
		t.Error("it does not follow now")
	}
	s.keys("left")
	panned := v.scale(s.m)
	s.wait(5 * time.Second)
	if v.scale(s.m) != panned || !v.still(s.m) {
		t.Error("it does not stand still while it is panned")
	}
	if text := ansi.Strip(s.m.draw()); !strings.Contains(text, "esc shows all") {
		t.Errorf("the screen does not say that it stands still:\n%s", text)
	}
	s.keys("right", "right", "right")
	if v.still(s.m) {
		t.Error("at the right end it does not follow again")
	}
	for range 40 {
		s.keys("]")
	}
	if v.scale(s.m).per != finest {
		t.Errorf("the finest cell is %v", v.scale(s.m).per)
	}
	s.m.draw()
	s.keys("left", "esc")
	if v.scale(s.m).from != 0 || v.zoom != 0 {
		t.Error("esc does not show the whole run")
	}
	s.keys("]", "[")
	if v.zoom != 0 {
		t.Error("zooming in and out again is not the whole run")
	}
}

func TestEscClosesWhatIsOpenFirst(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.running()
	s.keys("!", "2", "]", "enter")
	v := s.m.view().(*waterfall)
	for i, want := range []string{"true 1 true", "false 1 true", "false 0 true", "false 0 false"} {
		if i > 0 {
			s.keys("esc")
		}
		if got := fmt.Sprint(v.open, boolInt(v.zoom > 0), s.m.filter.problems); got != want {
			t.Errorf("after esc %d times: %s, want %s", i, got, want)
		}
	}
}

func TestSilenceIsDrawnWhereItWas(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 50)
	s.hung()
	s.keys("2", "/", rootfs, "enter")
	line := rowsOf(s)[0]
	body, silence := strings.Index(line, "━"), strings.Index(line, "╌")
	if body < 0 || silence < body || strings.LastIndex(line, "━") < silence || !strings.HasSuffix(strings.TrimRight(line, " "), "━✓") {
		t.Errorf("of a silence that ended: %q", line)
	}
	s.keys("esc", "/", boot, "enter")
	lines := rowsOf(s)
	for i, want := range []string{"! no body byte 1m10s", "! no first byte 20s"} {
		if !strings.Contains(lines[i], "╌"+want) {
			t.Errorf("%q, want %q behind its silence", lines[i], want)
		}
	}
}

func TestAnItemThatIsTriedAgainAndAgainHasFewLines(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 100, 36)
	s.tried(500)
	s.keys("2")
	lines := rowsOf(s)
	text := strings.Join(lines[:7], "\n")
	for _, want := range []string{"again", "496 between", "attempt 498", "attempt 500", "503, in "} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on screen:\n%s", want, text)
		}
	}
	for n := range 12 {
		it := tried(&engine.Item{}, n, "")
		for line := range linesOf(it) {
			if k := attemptAt(it, line); n > 0 && lineFor(it, k) != line {
				t.Errorf("of %d attempts, line %d shows the %dth, which is in line %d", n, line, k, lineFor(it, k))
			}
		}
		for k := range n {
			if line := lineFor(it, k); line < 0 || line >= linesOf(it) {
				t.Errorf("of %d attempts, the %dth is in line %d of %d", n, k, line, linesOf(it))
			}
		}
	}
}

func TestAClickPutsTheCursorOnALine(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.hung()
	s.keys("2")
	want := rowsOf(s)[3]
	s.m.do(input{act: actClick, row: s.m.viewTop + 4})
	at, line := cursorLine(t, s)
	if at != 3 || line[5:] == "" || !strings.Contains(line, strings.TrimSpace(want[2:30])) {
		t.Errorf("line %d is under the cursor: %q, want line 3: %q", at, line, want)
	}
	for _, row := range []int{s.m.viewTop, s.m.height - 3} { // the title, the legend
		s.m.do(input{act: actClick, row: row})
		if now, _ := cursorLine(t, s); now != at {
			t.Errorf("a click into row %d moves the cursor", row)
		}
	}
}

// What is not on screen shows at its edge, and at the very begin nothing has a length.
func TestNoLineOfTheAxisIsEmpty(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.running()
	s.keys("2", "]", "]", "]", "left", "left")
	for i, l := range rowsOf(s)[:20] {
		if strings.TrimSpace(string([]rune(l)[beforeAxis(120):])) == "" {
			t.Errorf("line %d has nothing on its axis: %q", i, l)
		}
	}
	first := small(t, 3)
	first.to("file000", engine.Connecting)
	first.to("file001", engine.Connecting)
	first.to("file001", engine.Failed, problem(finding.Missing, "404", "status", "404"))
	first.keys("2")
	text := strings.Join(rowsOf(first), "\n")
	for _, want := range []string{"✗ 404", "◦", "· queued"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not on screen:\n%s", want, text)
		}
	}
}

func TestHostsAreHiddenInTheWaterfallToo(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.running()
	s.to(kernel2, engine.Failed, problem(finding.Unreachable, "dial tuf.example.org: connection refused"))
	s.keys("2", "P")
	if text := s.m.draw(); strings.Contains(text, "tuf.ex") {
		t.Errorf("a host can be read:\n%s", ansi.Strip(text))
	}
}

func BenchmarkWaterfall100000(b *testing.B) {
	s := large(b)
	s.keys("2")
	for b.Loop() {
		s.m.dirty = true
		s.m.draw()
	}
}

// BenchmarkWaterfallHung draws lines that are full from one end to the other.
func BenchmarkWaterfallHung(b *testing.B) {
	s := newScene(b, look{theme: Dark}, 200, 60)
	s.hung()
	s.keys("2")
	for b.Loop() {
		s.m.dirty = true
		s.m.draw()
	}
}

// BenchmarkWaterfallTried draws an item with 5,000 attempts.
func BenchmarkWaterfallTried(b *testing.B) {
	s := newScene(b, look{theme: Dark}, 200, 60)
	s.tried(5000)
	s.keys("2")
	for b.Loop() {
		s.m.dirty = true
		s.m.draw()
	}
}

// The attempts before the one under the cursor are not above the screen when the view
// is opened on the first row.
func TestTheWaterfallOpensWithTheFirstAttempt(t *testing.T) {
	s := small(t, 30)
	for range 3 {
		s.to("file000", engine.Connecting)
		s.to("file000", engine.Retrying)
		s.to("file000", engine.Queued)
	}
	s.to("file000", engine.Connecting)
	s.wait(2 * time.Second)
	s.m.tick()
	s.screen()
	s.keys("j", "k", "2")
	v := s.m.views[viewWaterfall].(*waterfall)
	s.screen()
	if first := v.drawn[0]; first.row != 0 || first.line != 0 {
		t.Errorf("the first line on screen is line %d of row %d:\n%s", first.line, first.row, s.screen())
	}
}
