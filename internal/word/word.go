// Package word reads the words that stand for the values of small types in texts that
// programs exchange: each type has a table of them, in the order of its values.
package word

import (
	"fmt"
	"slices"
)

// Read sets to to the value whose word is text. The error names the word and what such a
// value is of, "state of an item", and says which words there are.
func Read[T ~uint8](to *T, words []string, of string, text []byte) error {
	i := slices.IndexFunc(words, func(w string) bool { return w == string(text) })
	if i < 0 {
		return fmt.Errorf("%q is no %s; there are: %q", text, of, words)
	}
	*to = T(i) //nolint:gosec // the tables are shorter than 256
	return nil
}
