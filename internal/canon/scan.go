package canon

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"math"
	"slices"
	"unicode/utf8"
)

// maxDepth is the deepest nesting that is looked at: readers in Go go no deeper.
const maxDepth = 10_000

// Form is how a file is written.
type Form struct {
	// End is the index behind the first document, or -1 if there is none: the file is
	// no JSON, or is cut.
	End int
	// Rest is where the first byte behind it stands that is not white space, or -1.
	Rest int
	// Duplicates are the first names that stand more than once in an object, in the
	// order in which the objects end, and More counts the others.
	Duplicates []Duplicate
	More       int
	// Expires is the value of signed.expires as it is written, nil if there is none.
	Expires []byte
	// Nulls are the paths of the first nulls.
	Nulls []string
}

// Duplicate is a name that stands more than once in an object.
type Duplicate struct {
	Path  string // of the object; "" is the document itself
	Name  string
	Times int
}

// Mark names the byte order mark that a file begins with, or is "".
func Mark(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte{0xef, 0xbb, 0xbf}):
		return "UTF-8"
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return "UTF-16, little end first"
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return "UTF-16, big end first"
	}
	return ""
}

// Scan goes over a file once. It checks no more of JSON's grammar than it needs to find
// its way, keeps the places of the names of the objects that it is in, and gives at
// most so many duplicates and nulls.
func Scan(data []byte, most int) Form {
	s := scanner{data: data, most: most, seed: maphash.MakeSeed()}
	s.form.End, s.form.Rest = -1, -1
	if len(data) > math.MaxUint32 || !s.document() {
		return s.form
	}
	s.form.End = s.at
	if s.space(); s.at < len(data) {
		s.form.Rest = s.at
	}
	return s.form
}

type scanner struct {
	data []byte
	at   int
	most int
	seed maphash.Seed
	in   []container
	keys []key // of all objects that the scanner is in, one behind the other
	form Form
}

// container is an object or a list that the scanner is in.
type container struct {
	object bool
	keys   int // where its keys begin
	index  int // of the entry at hand, for lists
}

// key is a name in an object: where it stands, with its quotes, and a digest of it.
type key struct {
	hash     uint64
	from, to uint32
}

// document goes over one value with all that is in it.
func (s *scanner) document() bool {
	for {
		if s.space(); s.at == len(s.data) {
			return false
		}
		switch c := s.data[s.at]; c {
		case '{', '[':
			if len(s.in) == maxDepth {
				return false
			}
			s.in = append(s.in, container{object: c == '{', keys: len(s.keys)})
			s.at++
			if s.space(); s.at < len(s.data) && s.data[s.at] == c+2 { // its closing one
				break // as after an entry
			}
			if c == '{' && !s.name() {
				return false
			}
			continue
		default:
			if !s.scalar() {
				return false
			}
		}
		more, ok := s.next()
		if !ok || !more {
			return ok
		}
	}
}

// next goes from the end of a value to the beginning of the one that follows it, out
// of all that ends there. more is false at the end of the document.
func (s *scanner) next() (more, ok bool) {
	for len(s.in) > 0 {
		if s.space(); s.at == len(s.data) {
			return false, false
		}
		top := &s.in[len(s.in)-1]
		c := s.data[s.at]
		s.at++
		switch {
		case c == ',':
			top.index++
			return true, !top.object || s.name()
		case c == '}' && top.object:
			s.close(s.keys[top.keys:])
			s.keys = s.keys[:top.keys]
		case c == ']' && !top.object:
		default:
			return false, false
		}
		s.in = s.in[:len(s.in)-1]
	}
	return false, true
}

// name goes over a name and the colon behind it.
func (s *scanner) name() bool {
	s.space()
	from := s.at
	if !s.text() {
		return false
	}
	k := key{from: uint32(from), to: uint32(s.at)}
	if s.space(); s.at == len(s.data) || s.data[s.at] != ':' {
		return false
	}
	s.at++
	k.hash = maphash.Bytes(s.seed, s.nameOf(k))
	s.keys = append(s.keys, k)
	return true
}

// same tells whether two keys are one name.
func (s *scanner) same(a, b key) bool {
	return bytes.Equal(s.data[a.from:a.to], s.data[b.from:b.to]) || bytes.Equal(s.nameOf(a), s.nameOf(b))
}

// nameOf is a name as readers understand it.
func (s *scanner) nameOf(k key) []byte {
	raw := s.data[k.from:k.to]
	inner := raw[1 : len(raw)-1]
	if bytes.IndexByte(inner, '\\') < 0 && utf8.Valid(inner) {
		return inner
	}
	return unescape(inner)
}

// scalar goes over a text, a number or a word.
func (s *scanner) scalar() bool {
	from := s.at
	if s.data[from] == '"' {
		if !s.text() {
			return false
		}
	} else {
		for s.at < len(s.data) && bytes.IndexByte([]byte(" \t\r\n,:[]{}\""), s.data[s.at]) < 0 {
			s.at++
		}
	}
	value := s.data[from:s.at]
	switch {
	case len(value) == 0:
		return false
	case len(s.in) == 2 && s.in[1].object && s.isIn(0, "signed") && s.isIn(1, "expires"):
		s.form.Expires = value
	}
	if value[0] == 'n' && string(value) == "null" && len(s.form.Nulls) < s.most {
		s.form.Nulls = append(s.form.Nulls, s.path(len(s.in)).String())
	}
	return true
}

// isIn tells whether the entry at hand of a container that the scanner is in has this
// name.
func (s *scanner) isIn(depth int, name string) bool {
	return s.in[depth].object && string(s.nameOf(s.lastKey(depth))) == name
}

// lastKey is the key of the entry at hand of an object that the scanner is in.
func (s *scanner) lastKey(depth int) key {
	if depth+1 < len(s.in) {
		return s.keys[s.in[depth+1].keys-1]
	}
	return s.keys[len(s.keys)-1]
}

// path leads to the entry at hand of the innermost of so many containers.
func (s *scanner) path(depth int) path {
	var p path
	for i, c := range s.in[:depth] {
		switch {
		case !c.object:
			p = append(p, index(c.index))
		case i == 0:
			p = append(p, string(bytes.TrimPrefix([]byte(step(string(s.nameOf(s.lastKey(i))))), []byte("."))))
		default:
			p = append(p, step(string(s.nameOf(s.lastKey(i)))))
		}
	}
	return p
}

// text goes over a string.
func (s *scanner) text() bool {
	if s.at == len(s.data) || s.data[s.at] != '"' {
		return false
	}
	for i := s.at + 1; i < len(s.data); i++ {
		switch s.data[i] {
		case '\\':
			i++
		case '"':
			s.at = i + 1
			return true
		}
	}
	return false
}

func (s *scanner) space() {
	for s.at < len(s.data) {
		switch s.data[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return
		}
	}
}

// close looks for names that stand more than once in an object that ends.
func (s *scanner) close(keys []key) {
	if len(keys) < 2 {
		return
	}
	// Two names of one digest do not come together by chance, nor on purpose: it has a
	// seed of its own for every file.
	slices.SortFunc(keys, func(a, b key) int {
		if c := cmp.Compare(a.hash, b.hash); c != 0 {
			return c
		}
		return cmp.Compare(a.from, b.from)
	})
	type group struct {
		key
		times int
	}
	var groups []group
	for i := 0; i < len(keys); {
		n := i + 1
		for n < len(keys) && keys[n].hash == keys[i].hash && s.same(keys[n], keys[i]) {
			n++
		}
		if n > i+1 {
			groups = append(groups, group{keys[i], n - i})
		}
		i = n
	}
	slices.SortFunc(groups, func(a, b group) int { return cmp.Compare(a.from, b.from) })
	for _, g := range groups {
		if len(s.form.Duplicates) == s.most {
			s.form.More++
			continue
		}
		s.form.Duplicates = append(s.form.Duplicates, Duplicate{s.path(len(s.in) - 1).String(), cut(string(s.nameOf(g.key)), maxStep), g.times})
	}
}
