// Package safe makes text from outside printable.
//
// Paths, role names, key ids, header values and error texts come from servers
// and files that nobody vouches for. Shown raw, they can write to a terminal's
// clipboard, clear its screen, or reorder what a person reads. [Text] is applied
// once, where an event is made; the raw value is kept only for hashing and for
// building addresses.
package safe

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxLen is the most bytes that Text returns.
const MaxLen = 4 << 10

const cut = "…"

// WholeLen is the most bytes of a printable text that Text returns as it is: a longer one
// is cut, and ends in another way than it did.
const WholeLen = MaxLen - len(cut)

// Text gives s with everything that is not plainly printable made visible:
// invalid UTF-8 as \xNN, newlines as ⏎, control, format (bidirectional,
// zero-width), private-use and unassigned runes as \u{...}. A backslash stays as
// it is: the result is for reading, not for reversing. Longer results than
// [MaxLen] bytes are cut and end in "…".
func Text(s string) string {
	if plain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(min(len(s)+16, MaxLen))
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		var piece string
		switch {
		case r == utf8.RuneError && n == 1:
			piece = fmt.Sprintf(`\x%02x`, s[i])
		case r == '\n':
			piece = "⏎"
		case printable(r):
			piece = s[i : i+n]
		default:
			piece = fmt.Sprintf(`\u{%x}`, r)
		}
		if b.Len()+len(piece) > WholeLen {
			b.WriteString(cut)
			break
		}
		b.WriteString(piece)
		i += n
	}
	return b.String()
}

// Error gives the text of an error made printable, and "" for nil.
func Error(err error) string {
	if err == nil {
		return ""
	}
	return Text(err.Error())
}

func plain(s string) bool {
	if len(s) > WholeLen {
		return false
	}
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// printable tells whether a terminal shows r as itself and nothing else. It is
// stricter than unicode.IsPrint: combining enclosing marks, variation selectors
// and fillers have no width of their own and can hide text.
func printable(r rune) bool {
	if !unicode.IsPrint(r) {
		return false
	}
	switch {
	case r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0: // Hangul fillers
		return false
	case r == 0x034f: // combining grapheme joiner
		return false
	case r >= 0xfe00 && r <= 0xfe0f, r >= 0xe0100 && r <= 0xe01ef: // variation selectors
		return false
	}
	return true
}

// Cut makes a foreign text printable, as [Text] does, and cuts it after so many runes,
// with an ellipsis in place of the rest.
func Cut(s string, runes int) string {
	s = Text(s)
	n := 0
	for i := range s {
		if n++; n > runes {
			return s[:i] + "…"
		}
	}
	return s
}
