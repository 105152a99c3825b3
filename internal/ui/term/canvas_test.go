package term

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
)

// painted is a small terminal: each cell with the styles it was written in. It wraps
// lines and scrolls as terminals do, and half a wide character leaves nothing behind.
type painted struct {
	cells    [][]glyph
	row, col int
	style    string
	apart    bool // it draws each character for itself, whatever stands before it
	edge     bool // text ends at the edge of the screen
}

// glyph is what stands in a cell; behind a wide one there is a cell with no text.
type glyph struct{ text, style string }

func newPainted(width, height int) *painted {
	p := &painted{}
	p.resize(width, height)
	return p
}

// resize cuts what does not fit any more, and leaves what is new blank.
func (p *painted) resize(width, height int) {
	before := p.cells
	p.cells = make([][]glyph, height)
	for i := range p.cells {
		p.cells[i] = slices.Repeat([]glyph{{text: " "}}, width)
		if i < len(before) {
			copy(p.cells[i], before[i])
		}
	}
	p.row, p.col = min(p.row, height-1), min(p.col, width-1)
}

func (p *painted) erase(row, col int) {
	for ; col < len(p.cells[row]); col++ {
		p.set(row, col, glyph{text: " "})
	}
}

// set writes into a cell. Of a wide character that stood there nothing is left.
func (p *painted) set(row, col int, g glyph) {
	line := p.cells[row]
	if line[col].text == "" && col > 0 {
		line[col-1].text = " "
	}
	if col+1 < len(line) && line[col+1].text == "" {
		line[col+1].text = " "
	}
	line[col] = g
}

func (p *painted) put(text string, width int) {
	switch {
	case p.col+width <= len(p.cells[0]):
	case p.edge:
		p.col = len(p.cells[0]) - width
	default:
		p.col = 0
		p.down()
	}
	if p.col+width > len(p.cells[0]) {
		return
	}
	p.set(p.row, p.col, glyph{text, p.style})
	for i := 1; i < width; i++ {
		p.set(p.row, p.col+i, glyph{" ", p.style})
		p.cells[p.row][p.col+i].text = ""
		p.cells[p.row][p.col].text = text
	}
	p.col += width
}

func (p *painted) down() {
	if p.row++; p.row == len(p.cells) {
		p.row--
		p.cells = append(p.cells[1:], slices.Repeat([]glyph{{text: " "}}, len(p.cells[0])))
	}
}

// write takes output in pieces that end where a sequence or a character does.
func (p *painted) write(t testing.TB, b []byte) {
	t.Helper()
	for s := string(b); s != ""; {
		seq, width, n, _ := ansi.DecodeSequence(s, ansi.NormalState, nil)
		s = s[n:]
		switch {
		case width > 0 && p.apart:
			for _, r := range seq {
				p.put(string(r), max(1, ansi.StringWidth(string(r))))
			}
		case width > 0:
			p.put(seq, width)
		case seq == "\r":
			p.col = 0
		case seq == "\n":
			p.down()
		case strings.HasPrefix(seq, "\x1b["):
			p.control(t, seq)
		}
	}
}

func (p *painted) control(t testing.TB, seq string) {
	t.Helper()
	args := strings.Split(seq[2:len(seq)-1], ";")
	first, _ := strconv.Atoi(args[0])
	switch seq[len(seq)-1] {
	case 'm':
		if first == 0 {
			p.style = ""
		} else {
			p.style += seq
		}
	case 'H':
		p.row, p.col = min(max(first, 1), len(p.cells))-1, 0
		if len(args) > 1 {
			second, _ := strconv.Atoi(args[1])
			p.col = min(max(second, 1), len(p.cells[0])) - 1
		}
	case 'A':
		p.row = max(0, p.row-max(first, 1))
	case 'G':
		p.col = min(max(first, 1), len(p.cells[0])) - 1
	case 'K':
		p.erase(p.row, min(p.col, len(p.cells[0])-1))
	case 'J':
		if first == 2 {
			p.clear()
			return
		}
		p.erase(p.row, min(p.col, len(p.cells[0])-1))
		for r := p.row + 1; r < len(p.cells); r++ {
			p.erase(r, 0)
		}
	case 'h', 'l':
		switch args[0] {
		case "?1049":
			p.clear()
		case "?7":
			p.edge = seq[len(seq)-1] == 'l'
		}
	default:
		t.Errorf("what is %q?", seq)
	}
}

func (p *painted) clear() {
	for r := range p.cells {
		p.erase(r, 0)
	}
}

func (p *painted) equal(other *painted) bool {
	return slices.EqualFunc(p.cells, other.cells, slices.Equal[[]glyph])
}

// teaFrame writes lines as Bubble Tea does, over those that it has written before.
func teaFrame(before, lines []string, width int) []byte {
	var b bytes.Buffer
	b.WriteString("\x1b[H")
	for i, l := range lines {
		if before == nil || i >= len(before) || before[i] != l {
			if i == 0 && before == nil {
				b.WriteByte('\r')
			}
			b.WriteString(l)
			if ansi.StringWidth(l) < width {
				b.WriteString("\x1b[K")
			}
			if i < len(lines)-1 {
				b.WriteString("\r\n")
			}
		} else if i < len(lines)-1 {
			b.WriteByte('\n')
		}
	}
	if len(before) > len(lines) {
		b.WriteString("\x1b[J")
	}
	fmt.Fprintf(&b, "\x1b[%d;H", len(lines))
	return b.Bytes()
}

// randomLines are lines of a few words in a few styles, so that often only a part of
// a line differs from the one before it.
func randomLines(r *rand.Rand, width, height int) []string {
	words := []string{"failed", "\x1b[1mqueued\x1b[0m", "\x1b[31m✗ x\x1b[0m", "    ", "\x1b[7m   \x1b[0m", "│▏", "a", "\x1b[2m\x1b[32mrate\x1b[0m"}
	lines := make([]string, height)
	for i := range lines {
		n := 0
		for n < width && r.IntN(9) > 0 {
			w := words[r.IntN(len(words))]
			k := len(cellsOf([]byte(w)))
			if n+k > width {
				w, k = strings.Repeat("z", width-n), width-n
			}
			lines[i] += w
			n += k
		}
	}
	return lines
}

func TestATerminalShowsTheLatestFrameWhicheverWereLeftOut(t *testing.T) {
	const width, height = 20, 6
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 1))
		var c canvas
		shown := newPainted(width, height)
		var before []string
		for range 20 {
			lines := randomLines(r, width, 1+r.IntN(height))
			for i := range lines {
				if i < len(before) && r.IntN(2) == 0 {
					lines[i] = before[i]
				}
			}
			if r.IntN(10) == 0 {
				before = nil // it starts afresh, as after a change of size
				for i := range height {
					shown.erase(i, 0)
				}
			}
			frame := teaFrame(before, lines, width)
			if !c.take(frame) {
				t.Fatalf("%q is not taken for a frame", frame)
			}
			before = lines
			if r.IntN(3) == 0 {
				continue // the terminal is busy
			}
			if r.IntN(10) == 0 {
				c.forget()
			}
			shown.write(t, c.paint())
			want := newPainted(width, height)
			want.write(t, teaFrame(nil, lines, width))
			if !shown.equal(want) {
				t.Fatalf("seed %d: after %q the terminal shows\n%q\nand not\n%q", seed, frame, shown.cells, want.cells)
			}
		}
	}
}

func TestOnlyWhatHasChangedIsWritten(t *testing.T) {
	wide := "  releases/1.2/\x1b[1mlinux\x1b[0m  ↓ transferring                41 %"
	for _, tt := range []struct{ name, before, after, want string }{
		{"nothing", wide, wide, ""},
		{"a digit", wide, strings.Replace(wide, "1.2", "1.3", 1), "\x1b[2;14H3"},
		{"two that are far apart", wide, strings.NewReplacer("1.2", "1.3", "41", "42").Replace(wide), "\x1b[2;14H3\x1b[54G2"},
		{"a word of which a part has changed is whole", "1 untrusted", "1 verified", "\x1b[2;3Hverified\x1b[K"},
		{"a style", wide, strings.Replace(wide, "\x1b[1m", "\x1b[2m", 1), "\x1b[2;16H\x1b[2mlinux\x1b[0m"},
		{"a shorter line", "queued, and more", "queued", "\x1b[2;7H\x1b[K"},
		{"a longer line", "queued", "queued, and more", "\x1b[2;7H, and more"},
		{"a wide character writes the line", "漢字 a", "漢字 b", wrapOff + "\x1b[2H漢字 b\x1b[K" + wrapOn},
		{"so does a line that had one", "漢字 a", "b", "\x1b[2Hb\x1b[K"},
		{"and something that is no style", "a\x1b]8;;\x1b\\b", "c", "\x1b[2Hc\x1b[K"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var c canvas
			c.take([]byte("\x1b[H\rtitle\x1b[K\r\n" + tt.before + "\x1b[K\r\nend\x1b[K\x1b[3;H"))
			c.paint()
			c.take([]byte("\x1b[H\n" + tt.after + "\x1b[K\r\n\x1b[3;H"))
			want := ""
			if tt.want != "" {
				want = syncBegin + tt.want + "\x1b[3;H" + syncEnd
			}
			if got := string(c.paint()); got != want {
				t.Errorf("%q is written, want %q", got, want)
			}
		})
	}
}

// Where a terminal draws a line longer than it is counted, the lines below stay whole.
func TestALineThatIsDrawnTooLongStaysInItsLine(t *testing.T) {
	const width = 20
	var c canvas
	shown := newPainted(width, 3)
	shown.apart = true
	lines := []string{"title", strings.Repeat("x", width), "end"}
	c.take(teaFrame(nil, lines, width))
	shown.write(t, c.paint())
	for _, long := range []string{strings.Repeat("กำ", width), strings.Repeat("e\u0301", width-1), "end"} {
		next := []string{"title", long, "end"}
		c.take(teaFrame(lines, next, width))
		shown.write(t, c.paint())
		lines = next
		for i, want := range map[int]string{0: "title", 2: "end"} {
			got := ""
			for _, g := range shown.cells[i] {
				got += g.text
			}
			if strings.TrimRight(got, " ") != want {
				t.Errorf("after %q line %d is %q", long, i+1, got)
			}
		}
	}
}

func TestWhatIsNoFrameGoesThrough(t *testing.T) {
	for _, p := range []string{"", "text", "\x1b[H", "\x1b[Htext", "\x1b[H\n\x1b[2;H"} {
		var c canvas
		if c.take([]byte(p)) || c.paint() != nil {
			t.Errorf("%q is taken for a frame", p)
		}
	}
}

// A slow terminal gets the latest frame, whole, and not all that were drawn.
func TestOfTheFramesThatWaitOnlyTheLatestIsWritten(t *testing.T) {
	g := newGate()
	w := newWriter(os.Stdout, g)
	_, _ = w.Write([]byte("\x1b[H\rtitle\x1b[K\r\none\x1b[K\x1b[2;H"))
	<-g.enter // it hangs now
	for i := range 1000 {
		_, _ = w.Write(fmt.Appendf(nil, "\x1b[H\n%d\x1b[K\x1b[2;H", i))
	}
	_, _ = io.WriteString(w, "mode")
	_, _ = w.Write([]byte("\x1b[H\nlast\x1b[K\x1b[2;H"))
	close(g.open)
	w.Finish(5 * time.Second)
	got := g.text()
	if n := strings.Count(got, syncBegin); n != 3 {
		t.Errorf("%d frames were written: %q", n, got)
	}
	if _, after, _ := strings.Cut(got, "mode"); !strings.Contains(after, "title") || !strings.Contains(after, "last") {
		t.Errorf("after a change of mode comes %q, which is not the whole frame", after)
	}
}

func FuzzCanvas(f *testing.F) {
	f.Add([]byte("\x1b[H\rtitle\x1b[K\r\none\x1b[K\x1b[2;H"), []byte("\x1b[H\nlast\x1b[K\x1b[2;H"))
	f.Add([]byte("\x1b[H\r\x1b[1m漢\x1b[0m\x1b[2;H"), []byte("\x1b[Hb\x1b[J\x1b[2;H"))
	f.Fuzz(func(_ *testing.T, one, two []byte) {
		var c canvas
		c.take(one)
		c.paint()
		c.take(two)
		c.paint()
	})
}

func BenchmarkCanvas(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	frames := make([][]byte, 10)
	for i := range frames {
		frames[i] = teaFrame(nil, randomLines(r, 120, 36), 120)[1:]
		frames[i] = append([]byte("\x1b"), bytes.Replace(frames[i], []byte("\r"), nil, 1)...)
	}
	var c canvas
	for i := 0; b.Loop(); i++ {
		c.take(frames[i%len(frames)])
		c.paint()
	}
}
