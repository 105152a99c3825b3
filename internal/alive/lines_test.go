package alive

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// gate is a file that takes bytes only while it is open.
type gate struct {
	mu   sync.Mutex
	text strings.Builder
	open chan struct{}
	err  error
}

func (g *gate) Write(p []byte) (int, error) {
	<-g.open
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.err != nil {
		return 0, g.err
	}
	return g.text.Write(p)
}

func TestLinesComeOutAsTheyWentIn(t *testing.T) {
	var out strings.Builder
	l := NewLines(&out)
	var want strings.Builder
	for i := range 10_000 {
		fmt.Fprintf(io.MultiWriter(l, &want), "line %d\n", i)
		if i%1000 == 0 {
			for !drained(l) { // so that nothing has to be left out
				time.Sleep(time.Millisecond)
			}
		}
	}
	fmt.Fprint(l, "two in\none, and ")
	fmt.Fprint(l, "one without an end")
	want.WriteString("two in\none, and one without an end\n")
	if err := l.Close(time.Minute); err != nil || out.String() != want.String() {
		t.Errorf("%v, %d bytes, want %d", err, out.Len(), want.Len())
	}
}

func drained(l *Lines) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.queue)+len(l.flight) == 0
}

func TestLinesThatNobodyReadsAreCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		l := NewLines(g)
		line := strings.Repeat("x", 1023) + "\n"
		const sent, fits = 1000, linesLimit / 1024
		for range sent {
			_, _ = io.WriteString(l, line) // would not return if it waited
		}
		close(g.open)
		synctest.Wait()
		_, _ = io.WriteString(l, "after\n")
		if err := l.Close(time.Minute); err != nil {
			t.Error(err)
		}
		rest, ok := strings.CutPrefix(g.text.String(), strings.Repeat(line, fits))
		if want := fmt.Sprintf("… %d lines were not written: nobody was reading\nafter\n", sent-fits); !ok || rest != want {
			t.Errorf("%.200q, want %q", rest, want)
		}
	})
}

func TestCloseWaitsNoLongerThanItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		l := NewLines(g)
		_, _ = io.WriteString(l, "one\ntwo\n")
		synctest.Wait()
		_, _ = io.WriteString(l, "three\n")
		start := time.Now()
		err := l.Close(2 * time.Second)
		if took := time.Since(start); !errors.Is(err, ErrNoAnswer) || err.Error() != "3 lines were not written: no answer" || took != 2*time.Second {
			t.Errorf("%v after %s", err, took)
		}
		close(g.open) // the goroutine ends when it can
	})
}

func TestAfterAnErrorTheRestIsThrownAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken pipe")
		g := &gate{open: make(chan struct{}), err: broken}
		close(g.open)
		l := NewLines(g)
		_, _ = io.WriteString(l, "one\n")
		synctest.Wait()
		for range 1000 {
			if n, err := io.WriteString(l, "more\n"); n != 5 || err != nil {
				t.Fatal(n, err)
			}
		}
		if err := l.Close(time.Minute); !errors.Is(err, broken) {
			t.Error(err)
		}
	})
}

func TestAPipeThatNobodyReadsHoldsNobodyUp(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	l := NewLines(w)
	for i := range 100_000 {
		fmt.Fprintf(l, "line %d\n", i)
	}
	if err := l.Close(time.Millisecond); !errors.Is(err, ErrNoAnswer) {
		t.Error(err)
	}
	w.Close()
	s := bufio.NewScanner(r)
	for i := 0; s.Scan(); i++ {
		if want := fmt.Sprintf("line %d", i); s.Text() != want && s.Scan() {
			t.Fatalf("%q, want %q", s.Text(), want) // only the very last may be torn
		}
	}
}
