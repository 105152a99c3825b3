// Package lint looks at metadata that can be read and says what is odd about it:
// keys that no role uses, hashes that some clients cannot use, a form that others
// read otherwise. Nothing here decides whether a file is accepted: go-tuf does, in
// internal/trust, which asks this package afterwards.
//
// All functions are pure: they look at one file (or at one and the one before it),
// keep nothing and change nothing, and may be called on any goroutine. They cost
// about as much as parsing the file once more. They expect that the caller guards
// them against panics, because go-tuf's types may hold nulls.
//
// The number of findings about one file is bounded: of each kind the first few
// subjects are named, and the rest are counted.
package lint

// most is how many findings of one kind are made about one file.
const most = 20
