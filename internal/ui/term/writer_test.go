package term

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// gate is a destination that takes nothing until it is opened.
type gate struct {
	mu    sync.Mutex
	got   bytes.Buffer
	open  chan struct{} // closed: writes go through
	until chan struct{} // closed by interrupt
	once  sync.Once
	err   error
	enter chan struct{} // a token for each write that begins
}

func newGate() *gate {
	return &gate{open: make(chan struct{}), until: make(chan struct{}), enter: make(chan struct{}, 100)}
}

func (g *gate) Write(p []byte) (int, error) {
	g.enter <- struct{}{}
	select {
	case <-g.open:
	case <-g.until:
		return 0, os.ErrDeadlineExceeded
	}
	if g.err != nil {
		return 0, g.err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.got.Write(p)
}
func (g *gate) interrupt(time.Time) { g.once.Do(func() { close(g.until) }) }
func (g *gate) close()              {}
func (g *gate) text() string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.got.String()
}

func TestEachFrameIsShownAtOnceAndModesAreLeftAlone(t *testing.T) {
	g := newGate()
	close(g.open)
	w := newWriter(os.Stdout, g)
	_, _ = io.WriteString(w, "\x1b[?1049h")
	_, _ = w.Write([]byte("frame"))
	w.Finish(time.Second)
	if got, want := g.text(), "\x1b[?1049h"+syncBegin+"frame"+syncEnd; got != want {
		t.Errorf("the terminal got %q, want %q", got, want)
	}
}

func TestFramesAreDroppedAndModesAreNotWhileTheTerminalDoesNotRead(t *testing.T) {
	g := newGate()
	w := newWriter(os.Stdout, g)
	_, _ = w.Write([]byte("first"))
	<-g.enter // it hangs now
	big := bytes.Repeat([]byte("x"), 60<<10)
	for range 100 {
		if n, err := w.Write(big); n != len(big) || err != nil {
			t.Fatalf("Write = %d, %v", n, err)
		}
	}
	_, _ = io.WriteString(w, "mode")
	w.mu.Lock()
	size := w.size
	w.mu.Unlock()
	if size > modeLimit {
		t.Errorf("%d bytes are waiting, more than %d", size, modeLimit)
	}
	select {
	case <-w.Dropped():
		t.Error("a repaint was asked for while the terminal does not read")
	default:
	}
	if w.Flush(time.Millisecond) {
		t.Error("Flush says that everything was written")
	}
	close(g.open)
	if !w.Flush(5 * time.Second) {
		t.Fatal("the queue does not drain")
	}
	select {
	case <-w.Dropped():
	case <-time.After(5 * time.Second):
		t.Fatal("no repaint was asked for")
	}
	select {
	case <-w.Dropped():
		t.Error("a second repaint was asked for")
	default:
	}
	w.Finish(time.Second)
	got := g.text()
	if !strings.HasSuffix(got, "mode") {
		t.Error("the mode change is lost")
	}
	if n := strings.Count(got, syncBegin); n != strings.Count(got, syncEnd) || n < 2 || n > 6 {
		t.Errorf("%d frames came through", n)
	}
}

func TestFinishComesBackFromATerminalThatDoesNotRead(t *testing.T) {
	g := newGate()
	w := newWriter(os.Stdout, g)
	_, _ = w.Write([]byte("first"))
	<-g.enter
	start := time.Now()
	w.Finish(10 * time.Millisecond)
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestNothingIsDrawnOnATerminalThatWasTakenAway(t *testing.T) {
	g := newGate()
	w := newWriter(os.Stdout, g)
	_, _ = w.Write([]byte("first"))
	<-g.enter // it is being written
	_, _ = w.Write([]byte("second"))
	taken := make(chan struct{})
	go func() {
		defer close(taken)
		w.Abandon(5 * time.Second)
	}()
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(time.Millisecond) {
		w.mu.Lock()
		shut := w.shut
		w.mu.Unlock()
		if shut {
			break
		}
		if time.Now().After(end) {
			t.Fatal("it is not taken away")
		}
	}
	_, _ = w.Write([]byte("third"))
	_, _ = io.WriteString(w, "mode")
	close(g.open)
	<-taken
	if got, want := g.text(), syncBegin+"first"+syncEnd+restore; got != want {
		t.Errorf("the terminal got %q, want %q", got, want)
	}
	w.Abandon(time.Second) // twice does no harm
	w.Finish(time.Second)
}

func TestAWriterWhoseTerminalIsGoneIsSilent(t *testing.T) {
	g := newGate()
	g.err = errors.New("input/output error")
	close(g.open)
	w := newWriter(os.Stdout, g)
	_, _ = w.Write([]byte("first"))
	for range 10 {
		_, _ = w.Write([]byte("more"))
	}
	if !w.Flush(5 * time.Second) {
		t.Error("Flush waits for a terminal that is gone")
	}
	w.Finish(time.Second)
	if n, err := w.Write([]byte("late")); n != 4 || err != nil {
		t.Errorf("Write after Finish = %d, %v", n, err)
	}
	w.Finish(time.Second) // twice does no harm
}

// A pseudo terminal that nobody reads from holds a few KiB; then writes hang.
func TestARealTerminalThatDoesNotRead(t *testing.T) {
	master, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo terminal: %v", err)
	}
	defer master.Close()
	defer tty.Close()
	w := NewWriter(tty)
	if _, ok := w.dest.(polled); !ok {
		t.Skip("no way to write to a terminal without waiting here")
	}
	line := bytes.Repeat([]byte("0123456789"), 1000)
	for range 100 {
		_, _ = w.Write(line)
	}
	start := time.Now()
	w.Finish(100 * time.Millisecond)
	if took := time.Since(start); took > time.Second {
		t.Errorf("leaving took %s", took)
	}
	// What the terminal reads afterwards ends in the restoring sequences.
	var got []byte
	buf := make([]byte, 64<<10)
	if err := master.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Skipf("no deadline on the terminal's side: %v", err)
	}
	for !bytes.HasSuffix(got, []byte(restore)) {
		n, err := master.Read(buf)
		got = append(got, buf[:n]...)
		if err != nil {
			t.Fatalf("the terminal read %d bytes ending in %q, then: %v", len(got), got[max(0, len(got)-100):], err)
		}
	}
}

func BenchmarkFrame(b *testing.B) {
	g := newGate()
	close(g.open)
	g.enter = make(chan struct{}, b.N+1<<20)
	w := newWriter(os.Stdout, g)
	frame := bytes.Repeat([]byte("x"), 8<<10)
	for b.Loop() {
		_, _ = w.Write(frame)
	}
	w.Finish(time.Second)
}
