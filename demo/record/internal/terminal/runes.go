package terminal

import (
	"slices"
	"unicode/utf8"
)

// runes makes whole characters of pieces that end anywhere.
type runes struct{ rest []byte }

// add takes a piece and gives what is complete.
func (r *runes) add(p []byte) []byte {
	b := slices.Concat(r.rest, p)
	end := len(b)
	// A character that is not complete begins in the last three bytes.
	for i := len(b) - 1; i >= 0 && i >= len(b)-(utf8.UTFMax-1); i-- {
		if utf8.RuneStart(b[i]) {
			if !utf8.FullRune(b[i:]) {
				end = i
			}
			break
		}
	}
	r.rest = slices.Clone(b[end:])
	return b[:end]
}
