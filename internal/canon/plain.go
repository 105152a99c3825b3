package canon

import (
	"math"
	"slices"
)

// Listing is the file of a targets role that is written plainly: every reader of JSON
// that knows TUF understands the same of its map of targets, and writes that again in
// the same canonical form. Plain is a document
//
//   - of "signed" and "signatures" and nothing else around them, in UTF-8, without a
//     name that stands twice in any object, with whole numbers of at most 18 digits
//     only, nested at most 64 deep;
//   - whose "signed" has an object "targets", and in that under each path "hashes",
//     "length", perhaps "custom", and nothing else;
//   - with at least one hash each, in whole bytes of hexadecimal digits of lower case,
//     lengths that are not below 0, and nothing null in place of "custom".
//
// White space between the tokens, the order of names and the escapes of JSON are free,
// though not both of the latter in one object, nor the order of very many names: readers
// do not see them. What is outside of the map is only known to be of that form;
// what it means, others have to say.
type Listing struct {
	// Text is how many bytes all paths are together, Sums likewise all hashes, and Hashes
	// how many of these there are.
	Text, Sums, Hashes int

	data       []byte
	entries    []entry // by path
	signed, of place   // what is signed, and in it the map
	signatures place
	form       bool // what is signed is in its canonical form as it was received
}

// sample is from how many targets it is told how many there will be.
const sample = 128

// place is a part of the file.
type place struct{ from, to int }

// entry is a target: its path, and where what is said of it begins.
type entry struct {
	path span
	at   uint32
}

// Listed is one target of a listing. What it refers to is the caller's only until the
// next one.
type Listed struct {
	Path   []byte // as it is meant, without escapes
	Length int64  // not below 0
	Hashes []ListedHash
	Custom bool
}

// ListedHash is one of its hashes.
type ListedHash struct {
	Algorithm []byte
	Hex       []byte // lower case, whole bytes
}

// Plain reads a file that is plain, in one pass; nil says that it is not. The listing
// keeps the data, which nobody may change.
func Plain(data []byte) *Listing {
	if len(data) > math.MaxUint32 {
		return nil
	}
	l := &Listing{data: data}
	s := &strict{data: data, form: true}
	outer := func(name span) bool {
		switch string(s.bytes(name)) {
		case "signatures":
			s.peek()
			l.signatures.from = s.at
			ok := s.value(1)
			l.signatures.to = s.at
			return ok
		case "signed":
			return l.readSigned(s)
		}
		return false
	}
	if !s.object(0, outer) || l.of.to == 0 || l.signatures.to == 0 {
		return nil
	}
	if s.peek(); s.at < len(data) {
		return nil
	}
	return l
}

func (l *Listing) readSigned(s *strict) bool {
	s.peek()
	s.form, l.signed.from = true, s.at
	ok := s.object(1, func(name span) bool {
		if string(s.bytes(name)) != "targets" {
			return s.value(2)
		}
		s.peek()
		l.of.from = s.at
		ok := l.readMap(s)
		l.of.to = s.at
		return ok
	})
	l.form, l.signed.to = s.form, s.at
	return ok
}

func (l *Listing) readMap(s *strict) bool {
	if !s.take('{') {
		return false
	}
	if s.take('}') {
		return true
	}
	var t Listed
	sorted := true
	for {
		path, ok := s.name()
		if !ok {
			return false
		}
		if n := len(l.entries); n > 0 && sorted {
			sorted = s.compare(l.entries[n-1].path, path) < 0
		}
		if n := len(l.entries); n == sample {
			// As many will come as there is room for, if they are like these.
			l.entries = slices.Grow(l.entries, (len(s.data)-s.at)/((s.at-l.of.from)/sample))
		}
		l.entries = append(l.entries, entry{path, uint32(s.at)})
		if !s.target(&t) {
			return false
		}
		l.Text += len(s.bytes(path))
		l.Hashes += len(t.Hashes)
		for _, h := range t.Hashes {
			l.Sums += len(h.Hex) / 2
		}
		if s.take(',') {
			continue
		}
		if !s.take('}') {
			return false
		}
		break
	}
	if sorted {
		return true
	}
	s.form = false
	paths := make([]span, len(l.entries))
	for i, e := range l.entries {
		paths[i] = e.path
	}
	if !sortable(paths) {
		return false
	}
	slices.SortFunc(l.entries, func(a, b entry) int { return s.compare(a.path, b.path) })
	for i := range len(l.entries) - 1 {
		if s.compare(l.entries[i].path, l.entries[i+1].path) == 0 {
			return false
		}
	}
	return true
}

// target goes over what is said of a target.
func (s *strict) target(t *Listed) bool {
	t.Hashes, t.Custom = t.Hashes[:0], false
	length := false
	ok := s.object(3, func(name span) bool {
		switch string(s.bytes(name)) {
		case "custom":
			t.Custom = true
			return s.peek() != 'n' && s.value(4)
		case "hashes":
			return s.object(4, func(name span) bool {
				sum, ok := s.digits()
				t.Hashes = append(t.Hashes, ListedHash{s.bytes(name), sum})
				return ok
			})
		case "length":
			s.peek()
			length = true
			var ok bool
			t.Length, ok = s.natural()
			return ok
		}
		return false
	})
	return ok && length && len(t.Hashes) > 0
}

// Len is how many targets there are.
func (l *Listing) Len() int { return len(l.entries) }

// Each gives all targets by path, in the order of its bytes.
func (l *Listing) Each(yield func(i int, t *Listed)) {
	s := &strict{data: l.data}
	var t Listed
	for i, e := range l.entries {
		if s.at = int(e.at); s.target(&t) {
			t.Path = s.bytes(e.path)
			yield(i, &t)
		}
	}
}

// Rest is the file with an empty object in place of the map, and in it what is signed and
// the signatures. It shares no memory with the listing.
func (l *Listing) Rest() (file, signed, signatures []byte) {
	file = slices.Concat(l.data[:l.of.from], []byte("{}"), l.data[l.of.to:])
	shift := len(l.data) - len(file)
	part := func(p place) []byte {
		if p.from > l.of.from {
			p.from -= shift
		}
		if p.to > l.of.from {
			p.to -= shift
		}
		return file[p.from:p.to:p.to]
	}
	return file, part(l.signed), part(l.signatures)
}

// Message is the canonical form of what is signed, and Around what of it stands before
// the map and behind it. Of a file that was received in this form they are parts of it.
func (l *Listing) Message() (message, before, behind []byte) {
	if l.form {
		return l.data[l.signed.from:l.signed.to], l.data[l.signed.from:l.of.from], l.data[l.of.to:l.signed.to]
	}
	s := shaper{strict: strict{data: l.data}, out: make([]byte, 0, l.signed.to-l.signed.from)}
	return s.message(l)
}
