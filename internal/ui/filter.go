package ui

import (
	"strings"

	"example.com/tufinspect/internal/engine"
)

// filter says which items are shown. The zero value shows all that need to be
// seen.
type filter struct {
	terms    []condition // all of them have to hold
	problems bool        // only what is not well
	byState  bool        // a term asks for states, so that hidden ones count too
}

// condition is one word of a filter.
type condition struct {
	field field
	text  string // lower case
	not   bool
}

type field uint8

const (
	inPath field = iota
	inState
	inRole
	inProblem
)

var fieldNames = map[string]field{"state": inState, "role": inRole, "err": inProblem}

// parseFilter reads a filter: words that are all to be found, anywhere in the path.
// "!word" is not to be found; "state:", "role:" and "err:" look elsewhere. A word
// with another colon in it is a part of a path. Nothing is an error: what is not
// finished yet ("state:", "!") says nothing.
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
		f.byState = f.byState || c.field == inState
		f.terms = append(f.terms, c)
	}
	return f
}

// active tells whether anything is filtered for.
func (f *filter) active() bool { return f.problems || len(f.terms) > 0 }

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
		if !f.terms[i].fits(it) {
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

func (c *condition) fits(it *engine.Item) bool {
	found := false
	switch c.field {
	case inPath:
		found = contains(it.Path, c.text) || it.Kind == engine.Copy && contains(copyOf(it), c.text)
	case inState:
		found = strings.HasPrefix(it.State.String(), c.text)
	case inRole:
		found = contains(it.RoleName, c.text)
	case inProblem:
		found = it.Problem != nil && (contains(it.Problem.Text, c.text) || contains(string(it.Problem.Kind), c.text))
		if d := diagnosis(it); d != nil {
			found = found || contains(d.Label, c.text) // err:network finds whose fault it is
		}
	}
	return found != c.not
}

// contains looks for lower-case text, whatever the case of s. With every key of a
// filter it is asked of each of perhaps a million paths, nearly all in lower case.
func contains(s, lower string) bool {
	if lowerCase(s) {
		return strings.Contains(s, lower)
	}
	return strings.Contains(strings.ToLower(s), lower)
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
