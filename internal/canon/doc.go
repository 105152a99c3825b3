// Package canon looks at JSON files as they were received, byte by byte, where a JSON
// reader keeps nothing but what they mean: names that stand twice in an object, what
// comes before and behind the document, and the canonical form of what is signed.
//
// Canonical JSON here is that of OLPC, which TUF's implementations sign: no white
// space, names sorted by their bytes, of numbers whole ones only, and in strings
// nothing escaped but the quote and the backslash. It is written by this package on
// its own, so that it can be held against what others make of the same file.
//
// It knows no TUF, save that what is signed stands under "signed", and how targets are
// listed there: a [Listing] of many is read in one pass. Texts that it gives
// come from the file and are not made printable.
package canon
