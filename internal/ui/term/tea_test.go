package term

import (
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/x/ansi"

	_ "example.com/tufinspect/internal/ui/term/nobg" // no test asks a terminal for its colours
)

// slides is a Bubble Tea program that shows whatever lines it is given.
type slides struct{ lines []string }

type slide []string

func (s slides) Init() tea.Cmd { return nil }
func (s slides) View() string  { return strings.Join(s.lines, "\n") }

func (s slides) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	if lines, ok := msg.(slide); ok {
		s.lines = lines
	}
	return s, nil
}

// slow is a terminal that takes its time.
type slow struct {
	t      *testing.T
	mu     sync.Mutex
	random *rand.Rand
	shown  *painted
}

func (d *slow) Write(p []byte) (int, error) {
	d.mu.Lock()
	d.shown.write(d.t, p)
	pause := time.Duration(d.random.IntN(60)) * time.Millisecond
	if d.random.IntN(9) == 0 {
		pause *= 20
	}
	d.mu.Unlock()
	time.Sleep(pause)
	return len(p), nil
}

func (d *slow) interrupt(time.Time) {}
func (d *slow) close()              {}

// onlyOutput hides from Bubble Tea that the writer is a terminal.
type onlyOutput struct{ io.Writer }

func (o onlyOutput) WriteString(s string) (int, error) { return io.WriteString(o.Writer, s) }

// foreign are words of characters of which terminals and libraries think differently.
var foreign = []string{"漢字", "e\u0301", "กำ", "\u2714\ufe0f", "👍🏽", "🇫🇷", "ｱｲ", "한글", "x\u0323\u0302y", "━╌", "a\u00a0b"}

// foreignLines are random lines with such words in some of them.
func foreignLines(r *rand.Rand, width, height int) []string {
	lines := randomLines(r, width, height)
	for i := range lines {
		if r.IntN(4) > 0 {
			continue
		}
		w := foreign[r.IntN(len(foreign))]
		if at := r.IntN(width); at+ansi.StringWidth(w) <= width {
			plain := ansi.Strip(lines[i])
			lines[i] = ansi.Truncate(plain, at, "")
			lines[i] += strings.Repeat(" ", at-ansi.StringWidth(lines[i])) + w + ansi.TruncateLeft(plain, at+ansi.StringWidth(w), "")
			lines[i] = ansi.Truncate(lines[i], width, "")
		}
	}
	return lines
}

// However slow a terminal is, whatever its size becomes, and whatever else is written
// to it between frames: in the end it shows the latest frame of the program.
func TestATerminalShowsWhatTheProgramDraws(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) { playSlides(t, seed) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func playSlides(t *testing.T, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 9))
	width, height := 40, 12
	d := &slow{t: t, random: rand.New(rand.NewPCG(seed, 10)), shown: newPainted(width, height)}
	w := newWriter(os.Stdout, d)
	p := tea.NewProgram(slides{}, tea.WithInput(strings.NewReader("")), tea.WithOutput(onlyOutput{w}), tea.WithAltScreen(), tea.WithoutSignalHandler())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = p.Run()
	}()
	p.Send(tea.WindowSizeMsg{Width: width, Height: height})
	var lines []string
	for range 150 {
		next := foreignLines(r, width, height)
		for i := range next {
			if i < len(lines) && r.IntN(3) > 0 && ansi.StringWidth(lines[i]) <= width {
				next[i] = lines[i]
			}
		}
		if r.IntN(12) == 0 {
			next = next[:1] // as on a screen that is too small
		}
		lines = next
		p.Send(slide(lines))
		time.Sleep(time.Duration(r.IntN(120)) * time.Millisecond)
		switch r.IntN(25) {
		case 0, 1:
			width, height = 20+r.IntN(40), 3+r.IntN(20)
			d.mu.Lock()
			d.shown.resize(width, height)
			d.mu.Unlock()
			time.Sleep(time.Duration(r.IntN(200)) * time.Millisecond) // until the program hears of it
			lines = foreignLines(r, width, height)
			p.Send(tea.WindowSizeMsg{Width: width, Height: height})
			p.Send(slide(lines))
		case 2:
			p.Send(tea.ClearScreen())
		case 3:
			p.Send(tea.ExitAltScreen())
			time.Sleep(time.Duration(r.IntN(50)) * time.Millisecond)
			p.Send(tea.EnterAltScreen())
		case 4:
			p.Send(tea.EnableMouseCellMotion())
		case 5:
			if _, err := w.Copy("text", func(string) string { return "" }); err != nil {
				t.Errorf("copying: %v", err)
			}
		case 6:
			p.Send(tea.HideCursor())
		case 7, 8, 9:
			time.Sleep(time.Second)
			if !w.Flush(time.Minute) {
				t.Fatal("it does not come to an end")
			}
			want := newPainted(width, height)
			for i, l := range lines {
				want.write(t, []byte(to(i)+l))
			}
			d.mu.Lock()
			if !d.shown.equal(want) {
				for i := range want.cells {
					if !slices.Equal(d.shown.cells[i], want.cells[i]) {
						t.Errorf("line %d of %dx%d is\n%q\nand not\n%q", i+1, width, height, d.shown.cells[i], want.cells[i])
					}
				}
			}
			d.mu.Unlock()
		}
		if t.Failed() {
			break
		}
	}
	p.Quit()
	<-ended
	w.Finish(time.Minute)
}
