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
	"unicode/utf8"
)

// painted is a small terminal: each cell with the styles it was written in.
type painted struct {
	cells    [][]cell
	row, col int
	style    string
}

func newPainted(width, height int) *painted {
	p := &painted{cells: make([][]cell, height)}
	for i := range p.cells {
		p.cells[i] = slices.Repeat([]cell{blank}, width)
	}
	return p
}

func (p *painted) erase(row, col int) {
	for ; col < len(p.cells[row]); col++ {
		p.cells[row][col] = blank
	}
}

func (p *painted) write(t *testing.T, b []byte) {
	t.Helper()
	for len(b) > 0 {
		if b[0] != 0x1b {
			r, n := utf8.DecodeRune(b)
			switch {
			case r == '\r':
				p.col = 0
			case r == '\n':
				p.row = min(p.row+1, len(p.cells)-1)
			case p.col == len(p.cells[0]):
				t.Fatal("a line is written over its end")
			default:
				p.cells[p.row][p.col] = cell{r, p.style}
				p.col++
			}
			b = b[n:]
			continue
		}
		n := 2
		for b[n] < 0x40 {
			n++
		}
		args := strings.Split(string(b[2:n]), ";")
		first, _ := strconv.Atoi(args[0])
		switch b[n] {
		case 'm':
			if args[0] == "0" {
				p.style = ""
			} else {
				p.style += string(b[:n+1])
			}
		case 'H':
			p.row, p.col = max(first, 1)-1, 0
			if len(args) > 1 {
				second, _ := strconv.Atoi(args[1])
				p.col = max(second, 1) - 1
			}
		case 'G':
			p.col = first - 1
		case 'K':
			p.erase(p.row, p.col)
		case 'J':
			p.erase(p.row, p.col)
			for r := p.row + 1; r < len(p.cells); r++ {
				p.erase(r, 0)
			}
		case 'h', 'l':
		default:
			t.Fatalf("what is %q?", b[:n+1])
		}
		b = b[n+1:]
	}
}

func (p *painted) equal(other *painted) bool {
	return slices.EqualFunc(p.cells, other.cells, slices.Equal[[]cell])
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
			if len(cellsOf([]byte(l))) < width {
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
		{"a wide character writes the line", "漢字 a", "漢字 b", "\x1b[2H漢字 b\x1b[K"},
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
	if after := got[strings.Index(got, "mode"):]; !strings.Contains(after, "title") || !strings.Contains(after, "last") {
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
