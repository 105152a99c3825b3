package demo

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// stream is endless pseudo-random content with random access. It is not fit for
// cryptography; it is fast (about a word a nanosecond) and the same everywhere.
type stream struct{ a, b uint64 }

// newStream gives the content that belongs to a seed, a path and a salt.
func newStream(seed uint64, path, salt string) stream {
	h := sha256.New()
	fmt.Fprintf(h, "content\x00%d\x00%d\x00%s%s", seed, len(path), path, salt)
	sum := h.Sum(nil)
	return stream{binary.LittleEndian.Uint64(sum), binary.LittleEndian.Uint64(sum[8:])}
}

// word is the eight bytes at 8*n: SplitMix64 at that place of its sequence.
func (s stream) word(n uint64) uint64 {
	z := s.a + n*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return (z ^ z>>31) ^ s.b
}

// ReadAt fills p with the content at off; it has no end.
func (s stream) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, fmt.Errorf("reading generated content at %d", off)
	}
	var (
		n    = uint64(off) / 8
		done int
		word [8]byte
	)
	if skip := off % 8; skip != 0 && len(p) > 0 {
		binary.LittleEndian.PutUint64(word[:], s.word(n))
		done = copy(p, word[skip:])
		n++
	}
	for ; len(p)-done >= 8; done += 8 {
		binary.LittleEndian.PutUint64(p[done:], s.word(n))
		n++
	}
	if done < len(p) {
		binary.LittleEndian.PutUint64(word[:], s.word(n))
		done += copy(p[done:], word[:])
	}
	return done, nil
}

// body is the content of one file.
type body struct {
	size int64
	data []byte // if generated is nil
	gen  *stream
}

// open gives a reader of its own.
func (b body) open() *io.SectionReader {
	if b.gen != nil {
		return io.NewSectionReader(*b.gen, 0, b.size)
	}
	return io.NewSectionReader(bytes.NewReader(b.data), 0, b.size)
}

// corrupted reads a content whose byte at one place is another one.
type corrupted struct {
	io.ReaderAt
	at int64
}

func (c corrupted) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	if i := c.at - off; i >= 0 && i < int64(n) {
		p[i] ^= 0xff
	}
	return n, err
}

// longer gives a content with zeros after its end.
func longer(content *io.SectionReader, extra int64) io.ReadSeeker {
	return io.NewSectionReader(padded{content}, 0, content.Size()+extra)
}

type padded struct{ *io.SectionReader }

func (p padded) ReadAt(b []byte, off int64) (int, error) {
	n := 0
	if off < p.Size() {
		var err error
		if n, err = p.SectionReader.ReadAt(b, off); err != nil && !errors.Is(err, io.EOF) {
			return n, err
		}
	}
	clear(b[n:])
	return len(b), nil
}
