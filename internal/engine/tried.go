package engine

import (
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/internal/fetch"
)

// tried are the attempts of an item. Nearly all of a million items have one that went
// well, and its record is several times as large as all that else is known of the
// item: so such a one is kept packed, as a short text.
type tried struct {
	well string     // the only attempt, packed, if that has ended well; else ""
	all  *[]Attempt // otherwise: the attempts, oldest first; nil if there are none
}

// len is how many attempts there are.
func (t *tried) len() int {
	switch {
	case t.well != "":
		return 1
	case t.all == nil:
		return 0
	}
	return len(*t.all)
}

// last gives the latest attempt to read, or nil.
func (t *tried) last() *Attempt {
	if t.well != "" {
		a := unpack(t.well)
		return &a
	}
	if n := t.len(); n > 0 {
		return &(*t.all)[n-1]
	}
	return nil
}

// open gives the latest attempt to be changed, or nil.
func (t *tried) open() *Attempt {
	if t.well != "" {
		t.all, t.well = &[]Attempt{unpack(t.well)}, ""
	}
	return t.last()
}

// add adds an attempt that begins, in room that another one has left if there is some.
func (t *tried) add(a Attempt, left *spare) {
	switch n := len(*left); {
	case t.open() != nil:
		*t.all = append(*t.all, a)
	case n > 0:
		t.all = (*left)[n-1]
		*left = (*left)[:n-1]
		a.Marks = (*t.all)[0].Marks
		(*t.all)[0] = a
	default:
		t.all = &[]Attempt{a}
	}
}

// settle takes an attempt that has ended. It is packed if it is the only one and went
// well.
func (t *tried) settle(left *spare) {
	a := t.last()
	if t.len() > 1 || a.Problem != nil || len(a.Silent) > 0 || a.Ended == 0 {
		a.Marks = slices.Clone(a.Marks) // without the room to grow
		return
	}
	t.well = pack(a)
	*a = Attempt{Marks: a.Marks[:0]}
	if len(*left) < mostSpare {
		*left = append(*left, t.all)
	}
	t.all = nil
}

// spare is room for attempts, each with that for its marks: as many begin as have ended.
type spare []*[]Attempt

// mostSpare is how much of it is kept: more attempts are not under way at a time.
const mostSpare = 256

// packedWords are what one byte stands for: protocols and versions of TLS.
var packedWords = [...]string{"", "file", "HTTP/1.0", "HTTP/1.1", "HTTP/2.0", "TLS 1.2", "TLS 1.3"}

// packedHeaders are names of headers that take one byte.
var packedHeaders = [...]string{
	"Age", "Cache-Control", "Content-Encoding", "Content-Range", "Date", "ETag", "Last-Modified",
	"Location", "Retry-After", "Server", "Via", "X-Cache",
}

// pack writes an attempt that went well as a text: when it began first, then where it
// went, then the rest. A validator is left out, which means something to the run alone.
func pack(a *Attempt) string {
	var room [512]byte // for nearly all
	b := binary.AppendVarint(room[:0], int64(a.Started))
	b = appendText(b, a.Address)
	b = binary.AppendVarint(b, int64(a.N))
	b = binary.AppendVarint(b, int64(a.Ended-a.Started))
	var flags byte
	if a.Reused {
		flags |= 1
	}
	if a.Response != nil {
		flags |= 2
	}
	if len(a.Hops) > 0 {
		flags |= 4
	}
	b = append(b, flags)
	b = binary.AppendVarint(b, a.From)
	b = binary.AppendVarint(b, a.Done)
	b = appendMarks(b, a.Marks, a.Started)
	if a.Response != nil {
		b = appendResponse(b, a.Response)
	}
	if len(a.Hops) > 0 {
		b = binary.AppendUvarint(b, uint64(len(a.Hops)))
		for i := range a.Hops {
			b = appendHop(b, &a.Hops[i], a.Started)
		}
	}
	return string(b)
}

// appendHop writes the address once: it stands in the header that led there, too.
func appendHop(b []byte, h *Hop, started time.Duration) []byte {
	var flags byte
	if h.Reused {
		flags |= 1
	}
	if h.By != nil {
		flags |= 2
		if h.By.Header["Location"] == h.URL {
			flags |= 4
		}
	}
	if h.From != "" {
		flags |= 8
	}
	if h.Host == authority(h.URL) {
		flags |= 16
	}
	b = append(b, flags)
	if flags&16 == 0 {
		b = appendText(b, h.Host)
	}
	if flags&4 == 0 {
		b = appendText(b, h.URL)
	}
	if flags&8 != 0 {
		b = appendText(b, h.From)
	}
	b = appendText(b, h.Address)
	b = appendMarks(b, h.Marks, started)
	if h.By != nil {
		b = appendResponse(b, h.By)
	}
	return b
}

// authority is the host in an address, as far as it can be cut out.
func authority(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}

func appendMarks(b []byte, marks []TimedMark, last time.Duration) []byte {
	b = binary.AppendUvarint(b, uint64(len(marks)))
	for _, m := range marks {
		b = append(b, byte(m.Phase))
		b = binary.AppendVarint(b, int64(m.At-last))
		last = m.At
	}
	return b
}

func appendResponse(b []byte, r *fetch.Response) []byte {
	b = binary.AppendVarint(b, int64(r.Status))
	b = appendWord(b, packedWords[:], r.Protocol)
	b = appendWord(b, packedWords[:], r.TLS)
	b = binary.AppendVarint(b, r.Length)
	b = binary.AppendUvarint(b, uint64(len(r.Header)))
	for name, value := range r.Header {
		b = appendText(appendWord(b, packedHeaders[:], name), value)
	}
	return b
}

// appendWord writes a text that is probably one of a few words.
func appendWord(b []byte, words []string, s string) []byte {
	if i := slices.Index(words, s); i >= 0 {
		return append(b, byte(i+1))
	}
	return appendText(append(b, 0), s)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// unpack reads what pack has written. Its texts are parts of that one.
func unpack(s string) Attempt {
	u := packed(s)
	var a Attempt
	a.Started = time.Duration(u.int())
	a.Address = u.text()
	a.N = int(u.int())
	a.Ended = a.Started + time.Duration(u.int())
	flags := u.byte()
	a.Reused = flags&1 != 0
	a.From, a.Done = u.int(), u.int()
	a.Marks = u.marks(a.Started)
	if flags&2 != 0 {
		a.Response = u.response()
	}
	if flags&4 != 0 {
		a.Hops = make([]Hop, u.uint())
		for i := range a.Hops {
			a.Hops[i] = u.hop(a.Started)
		}
	}
	return a
}

func (u *packed) hop(started time.Duration) Hop {
	flags := u.byte()
	h := Hop{Reused: flags&1 != 0}
	if flags&16 == 0 {
		h.Host = u.text()
	}
	if flags&4 == 0 {
		h.URL = u.text()
	}
	if flags&8 != 0 {
		h.From = u.text()
	}
	h.Address = u.text()
	h.Marks = u.marks(started)
	if flags&2 != 0 {
		h.By = u.response()
	}
	if flags&4 != 0 {
		h.URL = h.By.Header["Location"]
	}
	if flags&16 != 0 {
		h.Host = authority(h.URL)
	}
	return h
}

func (u *packed) marks(last time.Duration) []TimedMark {
	n := u.uint()
	if n == 0 {
		return nil
	}
	marks := make([]TimedMark, n)
	for i := range marks {
		marks[i].Phase = fetch.Phase(u.byte())
		last += time.Duration(u.int())
		marks[i].At = last
	}
	return marks
}

func (u *packed) response() *fetch.Response {
	r := &fetch.Response{Status: int(u.int()), Protocol: u.word(packedWords[:]), TLS: u.word(packedWords[:]), Length: u.int()}
	if n := u.uint(); n > 0 {
		r.Header = make(map[string]string, n)
		for range n {
			name := u.word(packedHeaders[:])
			r.Header[name] = u.text()
		}
	}
	return r
}

// packed is what is left to read of a packed attempt.
type packed string

func (u *packed) byte() byte {
	c := (*u)[0]
	*u = (*u)[1:]
	return c
}

func (u *packed) uint() uint64 {
	var v uint64
	for shift := 0; ; shift += 7 {
		c := u.byte()
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v
		}
	}
}

func (u *packed) int() int64 {
	v := u.uint()
	return int64(v>>1) ^ -int64(v&1)
}

func (u *packed) word(words []string) string {
	if i := u.byte(); i > 0 {
		return words[i-1]
	}
	return u.text()
}

func (u *packed) text() string {
	n := u.uint()
	s := string((*u)[:n])
	*u = (*u)[n:]
	return s
}
