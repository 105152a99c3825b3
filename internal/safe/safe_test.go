package safe

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain text stays", "releases/1.2/a b.txt", "releases/1.2/a b.txt"},
		{"letters of other scripts stay", "größe/日本", "größe/日本"},
		{"clipboard sequence", "a\x1b]52;c;aGk=\x07b", `a\u{1b}]52;c;aGk=\u{7}b`},
		{"carriage return", "good\rbad", `good\u{d}bad`},
		{"newline", "a\nb", "a⏎b"},
		{"right-to-left override", "exe\u202etxt", `exe\u{202e}txt`},
		{"zero-width joiner", "a\u200db", `a\u{200d}b`},
		{"C1 control", "a\u009b2Jb", `a\u{9b}2Jb`},
		{"invalid UTF-8", "a\xffb", `a\xffb`},
		{"private use", "a\ue000b", `a\u{e000}b`},
		{"variation selector", "a\ufe0fb", `a\u{fe0f}b`},
	} {
		if got := Text(c.in); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestTextIsCut(t *testing.T) {
	for _, in := range []string{strings.Repeat("a", 10_000), strings.Repeat("\x1b", 10_000), strings.Repeat("語", 5_000)} {
		got := Text(in)
		if len(got) > MaxLen || !strings.HasSuffix(got, cut) {
			t.Errorf("%d bytes, ends in %q", len(got), got[len(got)-8:])
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range []string{"", "a", "\x1b[2J", "\u202e", "\xff\xfe", "é", "\U000e0001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Text(s)
		if !utf8.ValidString(got) || len(got) > MaxLen {
			t.Fatalf("%q: not valid, or too long", got)
		}
		for _, r := range got {
			if !unicode.IsPrint(r) {
				t.Fatalf("%q has %U", got, r)
			}
		}
		if again := Text(got); again != got {
			t.Fatalf("not stable: %q, then %q", got, again)
		}
	})
}
