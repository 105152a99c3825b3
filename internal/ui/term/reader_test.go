package term

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/term"
	"github.com/creack/pty"
)

func TestUnfinishedSequences(t *testing.T) {
	tests := []struct {
		name string
		in   string
		want bool
	}{
		{"nothing", "", false},
		{"a letter", "j", false},
		{"escape alone may be the start of a key", "\x1b", true},
		{"the start of a control sequence", "\x1b[", true},
		{"parameters without a final byte", "\x1b[1;5", true},
		{"an arrow", "\x1b[B", false},
		{"an arrow and the start of the next", "\x1b[B\x1b", true},
		{"an arrow and a letter", "\x1b[Bj", false},
		{"SS3 without its letter", "\x1bO", true},
		{"SS3", "\x1bOA", false},
		{"alt and a letter", "\x1bx", false},
		{"the mouse without its coordinates", "\x1b[<0;10", true},
		{"the mouse without its end", "\x1b[<0;10;20", true},
		{"a press of the mouse", "\x1b[<0;10;20M", false},
		{"a release and the start of the next", "\x1b[<0;10;20m\x1b[<", true},
		{"the old mouse without its bytes", "\x1b[M", true},
		{"the old mouse with one of its bytes", "\x1b[M !", true},
		{"the old mouse", "\x1b[M !!", false},
		{"a function key of the console, torn", "\x1b[[", true},
		{"a function key of the console", "\x1b[[A", false},
		{"the start of a paste, torn", "\x1b[200", true},
		{"the start of a paste", "\x1b[200~", false},
		{"the end of a paste, torn", "\x1b[200~abc\x1b[20", true},
		{"a paste", "\x1b[200~abc\x1b[201~", false},
		{"half a character", "\xc3", true},
		{"a character", "é", false},
		{"three of four bytes", "a\xf0\x9f\x92", true},
		{"half a character behind an arrow", "\x1b[B\xc3", true},
		{"an invalid byte is not waited for", "\xff", false},
		{"a stray continuation byte", "\x80", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := unfinished([]byte(tt.in)); got != tt.want {
				t.Errorf("unfinished(%q) = %v", tt.in, got)
			}
		})
	}
}

func FuzzUnfinished(f *testing.F) {
	f.Add([]byte("\x1b[1;5A"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if unfinished(b) && len(b) == 0 {
			t.Error("nothing is unfinished")
		}
	})
}

func TestATornSequenceIsReadAsOne(t *testing.T) {
	master, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo terminal: %v", err)
	}
	defer master.Close()
	defer tty.Close()
	if _, err := term.MakeRaw(tty.Fd()); err != nil {
		t.Fatal(err)
	}
	r := NewReader(tty)
	type result struct {
		s   string
		err error
	}
	read := func() <-chan result {
		c := make(chan result, 1)
		go func() {
			b := make([]byte, 256)
			n, err := r.Read(b)
			c <- result{string(b[:n]), err}
		}()
		return c
	}
	// What is torn, and what has to come out of one read. A paste is longer than a read
	// may be; only its ends have to be whole.
	for _, pieces := range [][]string{
		{"\x1b", "[", "B"},
		{"\x1b[", "<0;10;", "20M"},
		{"\x1b", "[<64;1;1M\x1b[<64;", "1;1M"},
		{"\x1b[M", " ", "!!"},
		{"\x1b[20", "0~"},
		{"pasted\x1b[2", "01~"},
		{"\xe2", "\x94", "\x80"},
	} {
		want := strings.Join(pieces, "")
		for try := 0; ; try++ {
			got := read()
			start := time.Now()
			for _, piece := range pieces {
				_, _ = master.WriteString(piece)
				time.Sleep(2 * time.Millisecond) // a slow line; the reader waits 50 ms
			}
			g := <-got
			if g.s == want {
				break
			}
			if time.Since(start) < tailWait || try == 100 { // else this test was too slow
				t.Fatalf("read %q, %v, want all of %q", g.s, g.err, pieces)
			}
			for text := g.s; len(text) < len(want); {
				text += (<-read()).s
			}
		}
	}
	got := read()
	_, _ = master.WriteString("\x1b")
	select {
	case g := <-got:
		if g.s != "\x1b" {
			t.Errorf("read %q, %v", g.s, g.err)
		}
	case <-time.After(5 * time.Second):
		t.Error("escape alone never arrives")
	}
}
