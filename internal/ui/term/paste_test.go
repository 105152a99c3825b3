package term

import (
	"strings"
	"testing"
)

func TestPastesAreShortened(t *testing.T) {
	long := strings.Repeat("x", 100*pasteMost)
	tests := []struct {
		name   string
		reads  []string
		want   string
		inside bool
	}{
		{"keys", []string{"j", "\x1b[B", "\x03"}, "j\x1b[B\x03", false},
		{"a paste", []string{"a\x1b[200~b\x1b[201~c"}, "a\x1b[200~b\x1b[201~c", false},
		{"a paste in pieces", []string{"\x1b[2", "00~b", "c\x1b[20", "1~", "d"}, "\x1b[200~bc\x1b[201~d", false},
		{"a long one", []string{"\x1b[200~" + long + "\x1b[201~q"}, "\x1b[200~" + long[:pasteMost] + "\x1b[201~q", false},
		{"a long one, torn in its end", []string{"\x1b[200~" + long, "\x1b[2", "01~", "q"}, "\x1b[200~" + long[:pasteMost] + "\x1b[201~q", false},
		{"two long ones", []string{"\x1b[200~" + long, "\x1b[201~\x1b[200~" + long, "\x1b[201~"},
			strings.Repeat("\x1b[200~"+long[:pasteMost]+"\x1b[201~", 2), false},
		{"a false end", []string{"\x1b[200~" + long + "\x1b[20\x1b[201~q"}, "\x1b[200~" + long[:pasteMost] + "\x1b[201~q", false},
		{"one that does not end", []string{"\x1b[200~", "j", "k"}, "\x1b[200~jk", true},
		{"one that does not end, and ctrl+c", []string{"\x1b[200~", long, "\x03", "k"}, "\x1b[200~" + long[:pasteMost] + "\x1b[201~\x03k", false},
		{"ctrl+c in the middle of a paste", []string{"\x1b[200~", "a\x03b", "\x1b[201~"}, "\x1b[200~a\x03b\x1b[201~", false},
		{"one right behind an escape", []string{"k\x1b\x1b[200~q\x1b[201~"}, "k\x1b[200~q\x1b[201~", false},
		{"an end without a start", []string{"\x1b[201~j"}, "\x1b[201~j", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var s paste
			var got []byte
			for _, r := range tt.reads {
				before := len(got)
				got = s.shorten(got, []byte(r))
				if n := len(got) - before; n > len(r)+len(pasteEnd) {
					t.Errorf("%d bytes have become %d", len(r), n)
				}
			}
			if string(got) != tt.want {
				t.Errorf("%d bytes, want %d: it begins with %.40q and ends with %q", len(got), len(tt.want), got, got[max(0, len(got)-20):])
			}
			if s.in != tt.inside {
				t.Errorf("inside of a paste: %v", s.in)
			}
		})
	}
}

// Whatever is read, and in whatever pieces, nothing is added but ends of pastes, and
// nothing is lost outside of long ones.
func FuzzPaste(f *testing.F) {
	f.Add("a\x1b[200~b\x1b[201~c", 3)
	f.Fuzz(func(t *testing.T, text string, piece int) {
		var s paste
		var got []byte
		b := []byte(text)
		for len(b) > 0 {
			n := min(max(piece, 2), len(b)) // never ctrl+c by itself
			got = s.shorten(got, b[:n])
			if b = b[n:]; len(b) == 1 {
				break
			}
		}
		if want := text[:len(text)-len(b)]; len(text) <= pasteMost && string(got) != want && !strings.Contains(text, "\x1b"+pasteStart) {
			t.Errorf("%q has become %q", want, got)
		}
	})
}
