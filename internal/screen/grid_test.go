package screen

import (
	"strings"
	"testing"
)

func shown(g *Grid) string {
	lines := make([]string, g.Height())
	for i := range lines {
		lines[i] = strings.TrimRight(g.Line(i), " ")
	}
	return strings.Join(lines, "|")
}

// Output may be cut anywhere, a character or a sequence in the middle.
func TestAGridShowsWhatIsWrittenHoweverItIsCut(t *testing.T) {
	const out = "\x1b[?1049h\x1b[2J\x1b[Hfirst\r\nsec\x1b[2Cnd\x1b[1;3H✓\x1b[3;1Hthird\x1b[2G!\x1b[K\x1b[A\rX\x1b[?2026l"
	const want = "fi✓st|Xec  nd|t!"
	for cut := 1; cut < len(out); cut++ {
		g := New(10, 3)
		ended := 0
		g.Ended = func() { ended++ }
		for rest := out; rest != ""; {
			n := min(cut, len(rest))
			g.Write([]byte(rest[:n]))
			rest = rest[n:]
		}
		if got := shown(g); got != want || g.Frames != 1 || ended != 1 {
			t.Fatalf("in pieces of %d: %q, %d frames, want %q", cut, got, g.Frames, want)
		}
	}
}

func TestAGridKeepsWhatHasRoom(t *testing.T) {
	g := New(6, 3)
	g.Write([]byte("\x1b[1;1Hone\x1b[2;1Htwo!!!\x1b[3;6H3"))
	g.Resize(4, 2)
	if got := shown(g); got != "one|two!" {
		t.Errorf("smaller: %q", got)
	}
	g.Write([]byte("x\x1b[9;9Hz")) // nowhere that is outside
	g.Resize(6, 3)
	if got := shown(g); got != "one|twoz|" || !g.Has("woz") || g.Has("3") {
		t.Errorf("larger again: %q", got)
	}
}
