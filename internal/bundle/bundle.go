// Package bundle packs what there is to say of a run into one file for a ticket: a gzipped
// tar archive with one folder. It has the recording as well, and gives it back.
package bundle

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"path"
	"time"
)

// RecordingName is the recording's name in the folder of an archive.
const RecordingName = "recording.jsonl"

// File is one of an archive. Its text comes from Data, or from the Size bytes at the start
// of From.
type File struct {
	Name string // without the folder
	Data []byte
	From io.ReaderAt
	Size int64
}

// Write packs files into a folder of this name, in their order. All of them have the time
// at, so that the same files make the same archive. Errors are those of w and of the
// files, which name the file.
func Write(w io.Writer, folder string, at time.Time, files []File) error {
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	for i := range files {
		f := &files[i]
		size := int64(len(f.Data))
		if f.From != nil {
			size = f.Size
		}
		h := tar.Header{Typeflag: tar.TypeReg, Name: path.Join(folder, f.Name), Size: size, Mode: 0o644, ModTime: at.UTC().Truncate(time.Second)}
		if err := t.WriteHeader(&h); err != nil {
			return fmt.Errorf("packing %s: %w", f.Name, err)
		}
		var err error
		if f.From != nil {
			_, err = io.Copy(t, io.NewSectionReader(f.From, 0, f.Size))
		} else {
			_, err = t.Write(f.Data)
		}
		if err != nil {
			return fmt.Errorf("packing %s: %w", f.Name, err)
		}
	}
	return errors.Join(t.Close(), z.Close())
}

// Is tells whether a file with this beginning may be an archive.
func Is(start []byte) bool { return len(start) > 2 && start[0] == 0x1f && start[1] == 0x8b }

// recordingMost is how large a recording may be that is taken out of an archive: one of
// some hundred bytes unpacks to any size.
const recordingMost = 4 << 30

// ErrNone is why an archive is not read: there is no recording in it.
var ErrNone = errors.New("an archive without " + RecordingName)

// Recording copies the recording out of an archive.
func Recording(to io.Writer, from io.Reader) error {
	packed := &counted{r: from}
	z, err := gzip.NewReader(packed)
	if err != nil {
		return fmt.Errorf("reading the archive: %w", err)
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return ErrNone
		case err != nil:
			return fmt.Errorf("reading the archive: %w", err)
		case h.Typeflag != tar.TypeReg || path.Base(h.Name) != RecordingName:
			continue
		case h.Size > recordingMost:
			return fmt.Errorf("the recording in the archive has %d bytes; at most %d are read", h.Size, int64(recordingMost))
		}
		if _, err := io.Copy(to, &bounded{r: t, packed: packed}); err != nil {
			return fmt.Errorf("reading the recording in the archive: %w", err)
		}
		return nil
	}
}

// counted counts what is read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// densest is how many bytes one of gzip can stand for.
const densest = 1032

// bounded refuses what is more than its archive can hold: a tar archive may have holes in
// its files, which cost nothing.
type bounded struct {
	r      io.Reader
	packed *counted
	n      int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if b.n += int64(n); b.n > densest*b.packed.n {
		return n, errors.New("it has holes, which no recording has")
	}
	return n, err
}
