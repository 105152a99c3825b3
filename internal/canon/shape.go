package canon

import (
	"slices"
)

// shaper writes what a strict scan has let through in its canonical form.
type shaper struct {
	strict
	out     []byte
	members []member // of all objects that it is in, one behind the other
}

// member is a name of an object and where what was written for it begins, with the
// name.
type member struct {
	name span
	from int
}

// message writes what is signed in a listing, and gives what stands before and behind
// its map.
func (s *shaper) message(l *Listing) (message, before, behind []byte) {
	var from, to int
	// The names of what is signed are put in order before they are written: the map is
	// not copied then.
	s.at = l.signed.from
	for i, m := range s.inOrder(l) {
		s.comma(i)
		s.nameAgain(m.name)
		if m.from != l.of.from {
			s.at = m.from
			s.write()
			continue
		}
		from = len(s.out)
		s.targets(l)
		to = len(s.out)
	}
	s.out = append(s.out, '}')
	return s.out, s.out[:from], s.out[to:]
}

// inOrder gives the names of what is signed in order, and where the values begin.
func (s *shaper) inOrder(l *Listing) []member {
	var list []member
	s.object(1, func(name span) bool {
		s.peek()
		list = append(list, member{name, s.at})
		if s.at == l.of.from {
			s.at = l.of.to
			return true
		}
		return s.value(2)
	})
	slices.SortFunc(list, func(a, b member) int { return s.compare(a.name, b.name) })
	return list
}

func (s *shaper) targets(l *Listing) {
	if len(l.entries) == 0 {
		s.out = append(s.out, '{')
	}
	for i, e := range l.entries {
		s.comma(i)
		s.nameAgain(e.path)
		s.at = int(e.at)
		s.write()
	}
	s.out = append(s.out, '}')
}

// comma begins entry i of an object.
func (s *shaper) comma(i int) {
	if i == 0 {
		s.out = append(s.out, '{')
		return
	}
	s.out = append(s.out, ',')
}

// write writes the value that it stands at.
func (s *shaper) write() {
	switch s.peek() {
	case '{':
		s.writeObject()
	case '[':
		s.out = append(s.out, '[')
		s.take('[')
		for i := 0; !s.take(']'); i++ {
			if s.take(',') {
				s.out = append(s.out, ',')
			}
			s.write()
		}
		s.out = append(s.out, ']')
	case '"':
		t, _ := s.text()
		s.quote(t)
	default:
		from := s.at
		for s.at < len(s.data) && !ends(s.data[s.at]) {
			s.at++
		}
		s.out = append(s.out, s.data[from:s.at]...)
	}
}

func (s *shaper) writeObject() {
	first, from, sorted := len(s.members), len(s.out), true
	s.take('{')
	for i := 0; !s.take('}'); i++ {
		s.take(',')
		name, _ := s.name()
		if i > 0 {
			sorted = sorted && s.compare(s.members[len(s.members)-1].name, name) < 0
		}
		s.members = append(s.members, member{name, len(s.out)})
		s.comma(i)
		s.nameAgain(name)
		s.write()
	}
	if len(s.members) == first {
		s.out = append(s.out, '{')
	}
	if !sorted {
		s.reorder(from, s.members[first:])
	}
	s.members = s.members[:first]
	s.out = append(s.out, '}')
}

// reorder puts the members of an object in order that were written from here on.
func (s *shaper) reorder(from int, list []member) {
	type part struct {
		member
		to int
	}
	parts := make([]part, len(list))
	for i, m := range list {
		parts[i] = part{m, len(s.out)}
		if i+1 < len(list) {
			parts[i].to = list[i+1].from
		}
	}
	slices.SortFunc(parts, func(a, b part) int { return s.compare(a.name, b.name) })
	was := slices.Clone(s.out[from:])
	s.out = s.out[:from]
	for i, p := range parts {
		s.comma(i)
		s.out = append(s.out, was[p.from-from+1:p.to-from]...)
	}
}

// nameAgain writes a name and the colon behind it.
func (s *shaper) nameAgain(name span) {
	s.quote(name)
	s.out = append(s.out, ':')
}

// quote writes a text.
func (s *shaper) quote(t span) {
	if t.escaped {
		s.out = quote(s.out, string(s.bytes(t)))
		return
	}
	s.out = append(s.out, s.data[t.from-1:t.to+1]...)
}
