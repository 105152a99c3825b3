package ui

import (
	"strings"
	"time"
	"unicode/utf8"

	"example.com/tufinspect/internal/engine"
)

// filter says which items are shown. The zero value shows all that need to be
// seen.
type filter struct {
	terms    []condition // all of them have to hold
	problems bool        // only what is not well
	byState  bool        // a term asks for states, so that hidden ones count too
	byAge    bool        // a term asks for ages, so that time changes what fits
	age      func(*engine.Item) (time.Duration, bool)
}

// condition is one word of a filter.
type condition struct {
	field field
	text  string // lower case
	not   bool
	than  time.Duration // for inAge
	less  bool          // younger than that, and not older
}

type field uint8

const (
	inPath field = iota
	inState
	inRole
	inProblem
	inHost
	inAge
	inWhat
)

var fieldNames = map[string]field{"what": inWhat, "state": inState, "role": inRole, "err": inProblem, "host": inHost, "age": inAge}

// parseFilter reads a filter: words that are all to be found, anywhere in the path.
// "!word" is not to be found; "state:", "role:", "err:" and "host:" look elsewhere,
// and "age:>10s" and "age:<2m" compare the age that the table shows; an item without one
// is neither older nor younger. "what:" is the first word of an entry of the log, and of
// a file the same as "state:". A word with another colon in it is a part of a path.
// Nothing is an error: what is not finished yet ("state:", "!", "age:>1") says nothing.
func parseFilter(s string) filter {
	var f filter
	for _, word := range strings.Fields(s) {
		var c condition
		if rest, ok := strings.CutPrefix(word, "!"); ok {
			c.not, word = true, rest
		}
		if name, rest, ok := strings.Cut(word, ":"); ok {
			if in, known := fieldNames[strings.ToLower(name)]; known {
				c.field, word = in, rest
			}
		}
		if word == "" {
			continue
		}
		c.text = strings.ToLower(word)
		if c.field == inAge && !c.compareAge() {
			continue
		}
		f.byAge = f.byAge || c.field == inAge
		f.byState = f.byState || c.field == inState || c.field == inWhat
		f.terms = append(f.terms, c)
	}
	return f
}

// compareAge reads ">10s", "<2m" or "10s", which is ">10s", and tells whether it is one
// of these. A number without a unit is not finished.
func (c *condition) compareAge() bool {
	text := c.text
	if rest, ok := strings.CutPrefix(text, "<"); ok {
		c.less, text = true, rest
	}
	text = strings.TrimPrefix(strings.TrimPrefix(text, ">"), "=")
	d, err := time.ParseDuration(text)
	c.than = d
	return err == nil
}

// active tells whether anything is filtered for.
func (f *filter) active() bool { return f.problems || len(f.terms) > 0 }

// narrows tells whether all that this filter shows was shown by the one before, which
// is so while a person types on: then what is hidden need not be looked at again. It
// may say no when it is so. What time or an attempt's address decides may fit by now
// without anybody having looked.
func (f *filter) narrows(before *filter) bool {
	if len(before.terms) == 0 || len(f.terms) < len(before.terms) || f.problems != before.problems || f.byState != before.byState || before.byAge {
		return false
	}
	for i, old := range before.terms {
		if !f.terms[i].narrows(old) {
			return false
		}
	}
	return true
}

func (c condition) narrows(before condition) bool {
	switch {
	case before.field == inHost:
		return false
	case c.field != before.field || c.not || before.not:
		return c == before
	}
	switch c.field {
	case inPath, inRole, inProblem:
		return strings.Contains(c.text, before.text)
	case inState, inWhat:
		return strings.HasPrefix(c.text, before.text)
	}
	return c == before
}

// shows tells whether an item is to be seen: whether it fits, and is not one of
// those that have nothing to say.
func (f *filter) shows(it *engine.Item) bool {
	switch {
	case f.problems && !troubled(it.State) && !crawls(it):
		return false
	case it.State == engine.Skipped && !f.byState:
		return false
	case it.Kind == engine.Metadata && it.State == engine.Verified && len(f.terms) == 0:
		return false
	}
	for i := range f.terms {
		if !f.terms[i].fits(it, f.age) {
			return false
		}
	}
	return true
}

// troubled tells whether a state is one that a person may want to do something
// about.
func troubled(s engine.ItemState) bool {
	switch s {
	case engine.Failed, engine.Untrusted, engine.Stalled, engine.Retrying, engine.Cancelled:
		return true
	}
	return false
}

func (c *condition) fits(it *engine.Item, age func(*engine.Item) (time.Duration, bool)) bool {
	found := false
	switch c.field {
	case inPath:
		found = contains(it.Path, c.text) || it.Kind == engine.Copy && contains(copyOf(it), c.text)
	case inState, inWhat:
		found = faceOf(it).begins(c.text)
	case inRole:
		found = contains(it.RoleName, c.text)
	case inHost:
		found = contains(authority(it.Site.Base()), c.text) || contains(it.Address(), c.text)
	case inAge:
		if age == nil {
			return true // nobody knows the time
		}
		if d, ok := age(it); ok {
			found = (d < c.than) == c.less
		}
	case inProblem:
		found = it.Problem != nil && (contains(it.Problem.Text, c.text) || contains(string(it.Problem.Kind), c.text))
		if d := diagnosis(it); d != nil {
			found = found || contains(d.Label, c.text) // err:network finds whose fault it is
		}
	}
	return found != c.not
}

// authority is the host and port of an address, without the cost of reading it whole;
// "local" for a file in a folder, as the engine calls it.
func authority(address string) string {
	_, rest, ok := strings.Cut(address, "://")
	host, _, _ := strings.Cut(rest, "/")
	if !ok || host == "" {
		return "local"
	}
	return host
}

// contains looks for lower-case text, whatever the case of s. With every key of a
// filter it is asked of each of perhaps a million paths, nearly all in lower case; it
// makes no lower-case copy of one in ASCII.
func contains(s, lower string) bool {
	switch {
	case strings.Contains(s, lower):
		return true
	case lowerCase(s):
		return false
	case ascii(s):
		return containsFold(s, lower)
	}
	return strings.Contains(strings.ToLower(s), lower)
}

// ascii tells whether s is nothing else.
func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// containsFold looks for lower-case text in ASCII.
func containsFold(s, lower string) bool {
	for i := 0; i+len(lower) <= len(s); i++ {
		n := 0
		for n < len(lower) && lowerOf(s[i+n]) == lower[n] {
			n++
		}
		if n == len(lower) {
			return true
		}
	}
	return false
}

func lowerOf(c byte) byte {
	if c-'A' < 26 {
		c += 'a' - 'A'
	}
	return c
}

// lowerCase tells whether s is ASCII without capitals. It looks at eight bytes at a
// time.
func lowerCase(s string) bool {
	const (
		each = 0x0101010101010101
		high = 0x80 * each
	)
	for len(s) >= 8 {
		x := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		// While no byte has its highest bit set, no sum carries into the next byte:
		// from 'A' on the first sets that bit, behind 'Z' the second does.
		if x&high != 0 || (x+(0x80-'A')*each)&^(x+(0x80-'Z'-1)*each)&high != 0 {
			return false
		}
		s = s[8:]
	}
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 || 'A' <= s[i] && s[i] <= 'Z' {
			return false
		}
	}
	return true
}

// copyOf says under which hash a copy stands.
func copyOf(it *engine.Item) string { return " (" + it.Under + " copy)" }

// nameOf is what an item is called on screen.
func nameOf(it *engine.Item) string {
	if it.Kind == engine.Copy {
		return it.Path + copyOf(it)
	}
	return it.Path
}
