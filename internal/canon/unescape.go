package canon

import (
	"unicode/utf16"
	"unicode/utf8"
)

// unescape is the text that stands for a string of JSON, given without its quotes. As
// with the standard library, what is not UTF-8 and half a pair is U+FFFD.
func unescape(s []byte) []byte {
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			r, n := escape(s[i:])
			b, i = utf8.AppendRune(b, r), i+n
		case s[i] < utf8.RuneSelf:
			b, i = append(b, s[i]), i+1
		default:
			r, n := utf8.DecodeRune(s[i:])
			b, i = utf8.AppendRune(b, r), i+n
		}
	}
	return b
}

// escape is what an escape at the beginning stands for, and how long it is.
func escape(s []byte) (r rune, n int) {
	switch c := s[1]; c {
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r = hex4(s)
		if utf16.IsSurrogate(r) {
			if pair := utf16.DecodeRune(r, hex4(s[min(len(s), 6):])); pair != utf8.RuneError {
				return pair, 12
			}
			r = utf8.RuneError
		}
		return r, min(len(s), 6)
	default:
		return rune(c), 2
	}
}

// hex4 is the number of an escape \uXXXX at the beginning; -1 if there is none.
func hex4(s []byte) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range s[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}
