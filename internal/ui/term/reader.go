package term

import (
	"os"
	"time"
	"unicode/utf8"
)

const (
	// tailWait is how long the rest of a sequence is waited for. Escape itself is
	// the start of one, so this is also how late that key arrives.
	tailWait = 50 * time.Millisecond
	// tailReads bounds how many pieces one Read puts together.
	tailReads = 8
	// tailLongest is the longest sequence that is looked for at the end of input.
	tailLongest = 32
	// mouseX10 is how long the mouse's oldest sequence is behind its escape, as
	// terminals send it that know no other: three bytes follow the final one.
	mouseX10 = len("[M") + 3
)

// Reader reads keys. Bubble Tea v1 takes the end of a read for the end of a key, so
// an arrow key that arrives in two pieces, as over a slow connection, becomes
// escape and two letters. Reader waits a moment for the rest of a sequence or of a
// character that is not finished.
//
// It has the methods by which Bubble Tea recognises a terminal.
type Reader struct {
	tty   *os.File
	paste paste
	out   []byte // of the latest Read
}

// NewReader makes a reader of a terminal's keys. The file stays open.
func NewReader(tty *os.File) *Reader { return &Reader{tty: tty} }

// Read reads what is there, and the rest of an unfinished sequence if it comes
// within 50 ms. It blocks as the file does. Of a long paste only the beginning is
// passed on, so that Read may return 0 bytes and no error. It is for one goroutine, and
// for buffers that have room for a few sequences, as Bubble Tea's has: 256 bytes.
func (r *Reader) Read(p []byte) (int, error) {
	room := len(p) - len(pasteEnd) - 1 // that much longer it may become
	if room <= tailLongest {
		return r.tty.Read(p)
	}
	n, err := r.tty.Read(p[:room-tailLongest])
	for i := 0; i < tailReads && err == nil && n < room && unfinished(p[:n]) && readable(r.tty, tailWait); i++ {
		var k int
		k, err = r.tty.Read(p[n:room])
		n += k
	}
	if n > 0 {
		r.out = r.paste.shorten(r.out[:0], p[:n])
		return copy(p, r.out), nil // an error comes again with the next read
	}
	return n, err
}

// Write writes to the terminal. Nothing calls it; Bubble Tea asks for it before it
// believes in a terminal.
func (r *Reader) Write(p []byte) (int, error) { return r.tty.Write(p) }

// Close does nothing: the file is the caller's.
func (r *Reader) Close() error { return nil }

// Fd is the terminal's file descriptor.
func (r *Reader) Fd() uintptr { return r.tty.Fd() }

// Name is the file's name.
func (r *Reader) Name() string { return r.tty.Name() }

// unfinished tells whether b ends in the middle of an escape sequence (ECMA-48
// control sequence, or SS3) or of a UTF-8 character.
func unfinished(b []byte) bool {
	for i := len(b) - 1; i >= 0 && i >= len(b)-tailLongest; i-- {
		if b[i] != 0x1b {
			continue
		}
		tail := b[i+1:]
		switch {
		case len(tail) == 0:
			return true
		case tail[0] == '[' && !hasFinal(tail[1:]):
			return true
		case tail[0] == '[' && tail[1] == 'M' && len(tail) < mouseX10:
			return true
		case tail[0] == '[' && tail[1] == '[' && len(tail) == 2:
			return true // a function key of the Linux console: one more letter
		case tail[0] == 'O' && len(tail) == 1:
			return true
		}
		break
	}
	for i := len(b) - 1; i >= 0 && i > len(b)-utf8.UTFMax; i-- {
		if utf8.RuneStart(b[i]) {
			return b[i] >= utf8.RuneSelf && !utf8.FullRune(b[i:])
		}
	}
	return false
}

// hasFinal tells whether a control sequence has its final byte.
func hasFinal(b []byte) bool {
	for _, c := range b {
		if c >= 0x40 && c <= 0x7e {
			return true
		}
	}
	return false
}
