package canon

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// maxPlainDepth is the deepest nesting of what is plain: nobody signs more, and what
// recurses over it stays small.
const maxPlainDepth = 64

// maxDigits is how long plain numbers are at the most, so that all of them fit into 64
// bits without another look.
const maxDigits = 18

// strict goes over JSON and lets through only what has one meaning to all readers: the
// grammar to the letter, texts of valid UTF-8, whole numbers of 64 bits, and no name
// twice in an object. Each of its methods gives false where that ends; where it stands
// then means nothing.
type strict struct {
	data []byte
	at   int
	// form says whether all that it went over is the canonical form already.
	form bool
	keys []span // of all objects that it is in, one behind the other
}

// span is where a text stands, without its quotes, and whether something in it is
// escaped.
type span struct {
	from, to uint32
	escaped  bool
}

// special are the bytes that end a run of ordinary ones in a text.
var special = func() (t [256]bool) {
	for c := range t {
		t[c] = c < ' ' || c == '"' || c == '\\' || c >= utf8.RuneSelf
	}
	return t
}()

// hexadecimal are the digits of lower case.
var hexadecimal = func() (t [256]bool) {
	for _, c := range []byte("0123456789abcdef") {
		t[c] = true
	}
	return t
}()

// peek goes over white space and gives the byte behind it; 0 at the end, which
// nothing begins with.
func (s *strict) peek() byte {
	for s.at < len(s.data) {
		switch c := s.data[s.at]; c {
		case ' ', '\t', '\r', '\n':
			s.form = false
			s.at++
		default:
			return c
		}
	}
	return 0
}

// take goes over one byte if it is this one.
func (s *strict) take(c byte) bool {
	if s.at < len(s.data) && s.data[s.at] == c || s.peek() == c {
		s.at++
		return true
	}
	return false
}

// value goes over one value of any kind.
func (s *strict) value(depth int) bool {
	switch c := s.peek(); c {
	case '{':
		return s.object(depth, func(span) bool { return s.value(depth + 1) })
	case '[':
		return s.list(depth)
	case '"':
		_, ok := s.text()
		return ok
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	default:
		return s.number()
	}
}

func (s *strict) word(w string) bool {
	if len(s.data)-s.at < len(w) || string(s.data[s.at:s.at+len(w)]) != w {
		return false
	}
	s.at += len(w)
	return true
}

// number goes over a whole number that is written in the one way.
func (s *strict) number() bool {
	minus := s.at < len(s.data) && s.data[s.at] == '-'
	if minus {
		s.at++
	}
	n, ok := s.natural()
	return ok && (n != 0 || !minus)
}

// natural goes over digits and gives their value.
func (s *strict) natural() (n int64, ok bool) {
	from := s.at
	for ; s.at < len(s.data) && s.data[s.at]-'0' <= 9; s.at++ {
		n = n*10 + int64(s.data[s.at]-'0')
		if s.at-from == maxDigits {
			return 0, false
		}
	}
	return n, s.at > from && (s.at == from+1 || s.data[from] != '0')
}

func (s *strict) list(depth int) bool {
	if depth >= maxPlainDepth || !s.take('[') {
		return false
	}
	if s.take(']') {
		return true
	}
	for {
		if !s.value(depth + 1) {
			return false
		}
		if s.take(',') {
			continue
		}
		return s.take(']')
	}
}

// object goes over an object; entry goes over the value of one name, which it is given.
func (s *strict) object(depth int, entry func(name span) bool) bool {
	if depth >= maxPlainDepth || !s.take('{') {
		return false
	}
	if s.take('}') {
		return true
	}
	first, sorted := len(s.keys), true
	for {
		name, ok := s.name()
		if !ok {
			return false
		}
		if n := len(s.keys); n > first && sorted {
			sorted = s.compare(s.keys[n-1], name) < 0
		}
		s.keys = append(s.keys, name)
		if !entry(name) {
			return false
		}
		if s.take(',') {
			continue
		}
		if !s.take('}') || !sorted && !s.unique(s.keys[first:]) {
			return false
		}
		s.form = s.form && sorted
		s.keys = s.keys[:first]
		return true
	}
}

// name goes over a name and the colon behind it.
func (s *strict) name() (span, bool) {
	if s.peek() != '"' {
		return span{}, false
	}
	name, ok := s.text()
	return name, ok && s.take(':')
}

// mostUnsorted is how many names are put in order here. Writers put them in order
// themselves; for more, others may do the work.
const mostUnsorted = 100_000

// sortable tells whether names can be put in order in a time that is like that of reading
// them: escapes would be taken away anew for each comparison.
func sortable(names []span) bool {
	return len(names) <= mostUnsorted && !slices.ContainsFunc(names, func(n span) bool { return n.escaped })
}

// unique tells whether no two names are the same. It sorts them, unless that would take
// long.
func (s *strict) unique(names []span) bool {
	if !sortable(names) {
		return false
	}
	slices.SortFunc(names, s.compare)
	for i := range len(names) - 1 {
		if s.compare(names[i], names[i+1]) == 0 {
			return false
		}
	}
	return true
}

// compare orders texts by their bytes, as the canonical form does.
func (s *strict) compare(a, b span) int { return bytes.Compare(s.bytes(a), s.bytes(b)) }

// bytes is what a text says.
func (s *strict) bytes(a span) []byte {
	raw := s.data[a.from:a.to]
	if a.escaped {
		return unescape(raw)
	}
	return raw
}

// text goes over a text, whose quote it stands at.
func (s *strict) text() (t span, ok bool) {
	i := s.at + 1
	t.from = uint32(i)
	for {
		for i < len(s.data) && !special[s.data[i]] {
			i++
		}
		if i == len(s.data) {
			return t, false
		}
		switch c := s.data[i]; {
		case c == '"':
			t.to, s.at = uint32(i), i+1
			return t, true
		case c == '\\':
			n := s.escape(i)
			if n == 0 {
				return t, false
			}
			i += n
			t.escaped = true
		case c >= utf8.RuneSelf:
			r, n := utf8.DecodeRune(s.data[i:])
			if r == utf8.RuneError && n == 1 {
				return t, false
			}
			i += n
		default:
			return t, false
		}
	}
}

// escape is how long the escape is that begins here; 0 for none, and for half a pair.
func (s *strict) escape(i int) int {
	if i+1 == len(s.data) {
		return 0
	}
	switch s.data[i+1] {
	case '"', '\\':
		return 2
	case '/', 'b', 'f', 'n', 'r', 't':
		s.form = false
		return 2
	case 'u':
		s.form = false
		if hex4(s.data[i:]) < 0 {
			return 0
		}
		r, n := escape(s.data[i:])
		if r == utf8.RuneError && n == 6 && hex4(s.data[i:]) != utf8.RuneError {
			return 0
		}
		return n
	}
	return 0
}

// digits goes over a text of hexadecimal digits in lower case, which are whole bytes
// and one at least, and gives them.
func (s *strict) digits() ([]byte, bool) {
	if s.peek() != '"' {
		return nil, false
	}
	from := s.at + 1
	i := from
	for i < len(s.data) && hexadecimal[s.data[i]] {
		i++
	}
	if i == len(s.data) || s.data[i] != '"' || i == from || (i-from)%2 != 0 {
		return nil, false
	}
	s.at = i + 1
	return s.data[from:i], true
}
