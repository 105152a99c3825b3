// Package har writes what a run has asked for as an HTTP Archive 1.2, which the network
// panel of a browser's developer tools opens.
//
// An entry is a request. An attempt has one, and one more for each redirect; an item that was
// tried three times has three at least. What the
// format has no field for is in the fields "_tufinspect": which item it was, what became
// of it, when it was silent and why. What the state of a run does not know is left out
// and not guessed; docs/har.md says what that is.
package har

import (
	"bufio"
	"cmp"
	"io"
	"slices"
	"time"

	"example.com/tufinspect/internal/engine"
)

// buffered is how much is written at a time, in bytes.
const buffered = 64 << 10

// start says when a request began: of the n-th attempt of an item, counted from 0, the one
// that the k-th redirect led to.
type start struct {
	at   time.Duration
	item uint32
	n    uint32 // with k in its lowest bits
}

// hopBits is how many bits of a start's n are for its redirect.
const hopBits = 4

func (s start) attempt() int { return int(s.n >> hopBits) }
func (s start) hop() int     { return int(s.n & (1<<hopBits - 1)) }

// Write writes all requests of a run, in the order in which they began. The same state
// gives the same bytes. It does not change the state, which nobody else may change
// meanwhile. Besides the buffer it takes 16 bytes of memory for each of them: the text of
// an entry is made when it is written. The error is that of w.
func Write(w io.Writer, st *engine.State) error {
	out := bufio.NewWriterSize(w, buffered)
	e := entry{draft: draft{make([]byte, 0, 4<<10)}, lists: listsOf(st)}
	e.head(st)
	if _, err := out.Write(e.b); err != nil {
		return err
	}
	for i, s := range starts(st) {
		e.b = e.b[:0]
		if i > 0 {
			e.raw(",")
		}
		it := st.Item(engine.ItemID(s.item))
		attempts := it.Attempts()
		n := s.attempt()
		x := exchangeOf(st, it, &attempts[n], n == len(attempts)-1, s.hop())
		e.exchange(st, &x)
		if _, err := out.Write(e.b); err != nil {
			return err
		}
	}
	if _, err := out.WriteString("\n]}}\n"); err != nil {
		return err
	}
	return out.Flush()
}

// starts lists all requests in the order in which they began; those of one moment, in
// the order of their items.
func starts(st *engine.State) []start {
	n := 0
	for i := range st.Items.Len() {
		n += st.Items.At(i).Tries()
	}
	list := make([]start, 0, n)
	for i := range st.Items.Len() {
		it := st.Items.At(i)
		if it.Tries() == 1 && !it.Redirected() {
			at, _ := it.Began()
			list = append(list, start{at, uint32(it.ID), 0})
			continue
		}
		attempts := it.Attempts()
		for n := range attempts {
			for k := range len(attempts[n].Hops) + 1 {
				list = append(list, start{began(&attempts[n], k), uint32(it.ID), uint32(n<<hopBits | k)})
			}
		}
	}
	slices.SortFunc(list, func(a, b start) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.item, b.item), cmp.Compare(a.n, b.n))
	})
	return list
}

// page is the id of the one page that an archive has: the run.
const page = "run"

// head writes everything before the first entry.
func (e *entry) head(st *engine.State) {
	e.raw(`{"log":{"version":"1.2","creator":{"name":"tufinspect","version":`)
	e.text(st.Run.Version)
	e.raw(`},"pages":[{"startedDateTime":`)
	e.date(st, 0)
	e.raw(`,"id":"` + page + `","title":`)
	e.text(st.Run.Repository)
	e.raw(`,"pageTimings":{"onContentLoad":-1,"onLoad":-1}`) // it is no page
	e.optional(`,"comment":`, st.Why)
	e.raw("}],\"entries\":[")
}
