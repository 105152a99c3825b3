package ui

import (
	"strings"
	"unicode/utf8"

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

// narrows tells whether all that this filter shows was shown by the one before, which
// is so while a person types on: then what is hidden need not be looked at again. It
// may say no when it is so.
func (f *filter) narrows(before *filter) bool {
	if len(before.terms) == 0 || len(f.terms) < len(before.terms) || f.problems != before.problems || f.byState != before.byState {
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
	if c.field != before.field || c.not || before.not {
		return c == before
	}
	switch c.field {
	case inPath, inRole, inProblem:
		return strings.Contains(c.text, before.text)
	case inState:
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

// contains looks for lower-case text, whatever the case of s. It is asked of every
// file with every key, so that it makes no lower-case copy of a path in ASCII.
func contains(s, lower string) bool {
	if strings.Contains(s, lower) {
		return true
	}
	switch lettersOf(s) {
	case lowerOnly:
		return false
	case capitals:
		return containsFold(s, lower)
	}
	return strings.Contains(strings.ToLower(s), lower)
}

// letters says how text is to be compared without regard to case.
type letters uint8

const (
	lowerOnly letters = iota // ASCII without capitals
	capitals                 // ASCII with capitals
	foreign                  // not only ASCII
)

func lettersOf(s string) letters {
	found := lowerOnly
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			return foreign
		case c-'A' < 26:
			found = capitals
		}
	}
	return found
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

// copyOf says under which hash a copy stands.
func copyOf(it *engine.Item) string { return " (" + it.Under + " copy)" }

// nameOf is what an item is called on screen.
func nameOf(it *engine.Item) string {
	if it.Kind == engine.Copy {
		return it.Path + copyOf(it)
	}
	return it.Path
}
