package memory

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"example.com/tufinspect/internal/trust"
)

const (
	// magic begins every file, whatever its form.
	magic = "tufinspect memory\n"
	// format is the form that is written. A file of a later one is left alone.
	format = 1
	// maxSize bounds a file, in bytes: a million targets with long paths have room.
	maxSize = 512 << 20
)

// errNewer says that a later version of this program wrote the file.
var errNewer = errors.New("a later version of tufinspect wrote it")

// encode writes a memory: the magic, the format, its fields in their order, numbers as
// varints and texts with their length before them, and the SHA-256 of all that.
func encode(w io.Writer, m *trust.Remembered) error {
	digest := sha256.New()
	e := encoder{w: io.MultiWriter(w, digest)}
	e.raw(magic)
	e.number(format)
	e.time(m.At)
	e.time(m.FirstUse)
	e.text(string(m.Root))
	e.text(string(m.Timestamp))
	e.text(string(m.Snapshot))
	e.number(m.TimestampVersion)
	e.number(m.SnapshotVersion)
	targetsAt := m.TargetsAt
	if targetsSize(m) > maxSize/2 {
		targetsAt = time.Time{} // too many to be compared
	}
	e.time(targetsAt)
	e.number(int64(len(m.Roles)))
	for i := range m.Roles {
		r := &m.Roles[i]
		e.text(r.Name)
		e.number(r.Version)
		e.raw(string(r.SHA256[:]))
		e.number(int64(len(r.Keys)))
		for _, k := range r.Keys {
			e.text(k)
		}
		targets := r.Targets
		if targetsAt.IsZero() {
			targets = nil
		}
		e.number(int64(len(targets)))
		for k := range targets {
			e.text(targets[k].Path)
			e.raw(string(targets[k].Sum[:]))
		}
	}
	if e.err != nil {
		return e.err
	}
	_, err := w.Write(digest.Sum(nil))
	return err
}

// targetsSize is about how many bytes the targets take.
func targetsSize(m *trust.Remembered) (n int64) {
	for i := range m.Roles {
		for k := range m.Roles[i].Targets {
			n += int64(len(m.Roles[i].Targets[k].Path)) + 20
		}
	}
	return n
}

// encoder writes until the first error.
type encoder struct {
	w   io.Writer
	buf []byte
	err error
}

func (e *encoder) write() {
	if e.err == nil {
		_, e.err = e.w.Write(e.buf)
	}
	e.buf = e.buf[:0]
}

func (e *encoder) raw(s string) {
	e.buf = append(e.buf, s...)
	e.write()
}

func (e *encoder) number(n int64) {
	e.buf = binary.AppendVarint(e.buf, n)
	e.write()
}

func (e *encoder) text(s string) {
	e.buf = append(binary.AppendVarint(e.buf, int64(len(s))), s...)
	e.write()
}

// time writes a moment to the second; the zero time is 0 and any other 1 and its
// seconds.
func (e *encoder) time(t time.Time) {
	if t.IsZero() {
		e.number(0)
		return
	}
	e.number(1)
	e.number(t.Unix())
}

// decode reads a whole file. What it gives holds on to the text.
func decode(file string) (*trust.Remembered, error) {
	body, err := begun(file)
	if err != nil {
		return nil, err
	}
	n := len(file) - sha256.Size
	if n < 0 {
		return nil, errCut
	}
	h := sha256.New()
	_, _ = io.WriteString(h, file[:n])
	if string(h.Sum(nil)) != file[n:] {
		return nil, errors.New("its checksum does not match: it is cut off or has been changed")
	}
	return parse(body[:len(body)-sha256.Size])
}

// begun checks the beginning of a file and gives what is behind the format.
func begun(file string) (string, error) {
	rest, ok := strings.CutPrefix(file, magic)
	if !ok {
		return "", errors.New("it is no memory of tufinspect")
	}
	d := decoder{rest: rest}
	switch f := d.number(); {
	case d.err != nil:
		return "", d.err
	case f > format:
		return "", fmt.Errorf("%w, in format %d", errNewer, f)
	case f != format:
		return "", fmt.Errorf("there is no format %d", f)
	}
	return d.rest, nil
}

var errCut = errors.New("it is cut off")

// parse reads the fields between the format and the checksum.
func parse(body string) (*trust.Remembered, error) {
	d := decoder{rest: body}
	m := &trust.Remembered{At: d.time(), FirstUse: d.time()}
	m.Root, m.Timestamp, m.Snapshot = []byte(d.text()), []byte(d.text()), []byte(d.text())
	m.TimestampVersion, m.SnapshotVersion = d.number(), d.number()
	m.TargetsAt = d.time()
	for n, last := d.count(), ""; n > 0 && d.err == nil; n-- {
		r := trust.RememberedRole{Name: d.text(), Version: d.number()}
		copy(r.SHA256[:], d.raw(len(r.SHA256)))
		if len(m.Roles) > 0 && r.Name <= last {
			d.fail(errors.New("its roles are out of order"))
		}
		last = r.Name
		for k := d.count(); k > 0 && d.err == nil; k-- {
			r.Keys = append(r.Keys, d.text())
		}
		d.targets(&r)
		m.Roles = append(m.Roles, r)
	}
	if d.err == nil && d.rest != "" {
		d.fail(errors.New("there is more behind its end"))
	}
	if d.err != nil {
		return nil, d.err
	}
	return m, nil
}

// decoder reads until the first error; from then on it gives zeros.
type decoder struct {
	rest string
	err  error
}

func (d *decoder) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

func (d *decoder) targets(r *trust.RememberedRole) {
	n := d.count()
	const least = 1 + len(trust.RememberedTarget{}.Sum) // bytes of one in the file
	if d.err == nil && n > len(d.rest)/least {
		d.fail(errCut)
	}
	if d.err != nil || n == 0 {
		return
	}
	r.Targets = make([]trust.RememberedTarget, n)
	for i := range r.Targets {
		t := &r.Targets[i]
		t.Path = d.text()
		copy(t.Sum[:], d.raw(len(t.Sum)))
		if i > 0 && t.Path <= r.Targets[i-1].Path {
			d.fail(errors.New("its targets are out of order"))
		}
		if d.err != nil {
			return
		}
	}
}

func (d *decoder) raw(n int) string {
	if d.err == nil && n > len(d.rest) {
		d.fail(errCut)
	}
	if d.err != nil {
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) number() int64 {
	if d.err != nil {
		return 0
	}
	v, n := binary.Varint([]byte(d.rest[:min(len(d.rest), binary.MaxVarintLen64)]))
	if n <= 0 {
		d.fail(errCut)
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// count is a number of things, each of which takes a byte at least.
func (d *decoder) count() int {
	n := d.number()
	if n < 0 || n > int64(len(d.rest)) {
		d.fail(errCut)
		return 0
	}
	return int(n)
}

func (d *decoder) text() string { return d.raw(d.count()) }

func (d *decoder) time() time.Time {
	switch d.number() {
	case 0:
		return time.Time{}
	case 1:
		return time.Unix(d.number(), 0).UTC()
	}
	d.fail(errors.New("one of its times is none"))
	return time.Time{}
}
