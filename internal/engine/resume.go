package engine

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"time"

	"example.com/tufinspect/internal/fetch"
)

// errLate is for a source that writes after it has returned.
var errLate = errors.New("the attempt has ended")

// rest is what an attempt at a target has left for the next one: the state of the
// hashes over the bytes that came, and the server's word for which file they are of.
type rest struct {
	digest    *digest
	validator string
	whole     int64 // length of the whole file, by the server's word, or negative
}

// part is what an attempt that goes on after an earlier one was told of it. The zero
// value is that of one which does not.
type part struct {
	at        int64 // the byte at which it goes on
	validator string
	whole     int64
}

// restOf gives what is left of a failed attempt, or nil if there is nothing to go on
// with.
func restOf(d *digest, length int64, a *attempt, from *rest, err error) *rest {
	if fe, ok := errors.AsType[*fetch.Error](err); ok && (fe.StartOver || !fe.Retry) {
		return nil
	}
	if d.n == 0 || d.n >= length {
		return nil
	}
	x := &rest{d, a.validator(), a.whole()}
	if from != nil && x.whole < 0 {
		x.whole = from.whole
	}
	if x.validator == "" && from != nil && a.wire.Load() == 0 {
		x.validator = from.validator // no answer came that could have another
	}
	return x
}

// intake is what a worker's bytes go into: a digest, or for metadata, which is
// judged as a whole, a buffer. It notes since when it has been taking bytes, and
// takes none after its attempt.
type intake struct {
	a      *attempt
	digest *digest
	buf    *bytes.Buffer
	whole  int64 // how long what goes into it has to be, or negative

	mu        sync.Mutex
	closed    bool
	restarted bool
}

var _ fetch.Restarter = (*intake)(nil)

// Write is part of io.Writer.
func (in *intake) Write(p []byte) (int, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return 0, errLate
	}
	in.a.taking.Store(max(1, int64(in.a.hub.now())))
	defer in.a.taking.Store(0)
	var w io.Writer = in.buf
	if in.digest != nil {
		w = in.digest
	} else {
		in.makeRoom(len(p))
	}
	return w.Write(p)
}

// firstRoom is how many bytes are made room for because somebody says that so many will
// come, and mostRoom likewise, when that many have come.
const (
	firstRoom = 1 << 20
	mostRoom  = 64 << 20
)

// makeRoom lets the buffer of a file whose length is known grow at once, and not by
// copying what is there time and again.
func (in *intake) makeRoom(n int) {
	here := in.buf.Len()
	if here+n <= in.buf.Cap() {
		return
	}
	whole := in.whole
	if whole < 0 {
		whole = in.a.announced()
	}
	if here == 0 {
		whole = min(whole, firstRoom)
	}
	if more := int(min(whole, mostRoom)) - here; more > n {
		in.buf.Grow(more)
	}
}

// Restart is part of fetch.Restarter.
func (in *intake) Restart() {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.digest != nil && !in.closed {
		in.digest.reset()
		in.restarted = true
	}
}

func (in *intake) close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	if in.digest != nil {
		in.digest.settle()
	}
}

// keep stores what a worker has left for the next attempt at its item, if that has
// not begun without it.
func (r *run) keep(a *attempt, x *rest) {
	it := r.item(a.item)
	if x == nil || it.noCache || it.live != nil || it.attempt != a.n || !remote(it.base) ||
		it.state != Retrying && it.state != Queued {
		return
	}
	it.rest = x
	it.done = x.digest.n
}

// Progress, as far as the number of retries is concerned, is a hundredth of the
// file: so much more than any attempt before has brought. A server that breaks off
// after each byte thus gets a bounded number of attempts.
const progressShare = 100

// advanced tells whether an attempt has brought its item on, and if so lets its
// tries count anew.
func (r *run) advanced(a *attempt) {
	if r.bringsOn(a) {
		it := r.item(a.item)
		it.best = min(a.done.Load(), it.length())
		it.tries = 1
		a.advanced = true
	}
}

// bringsOn tells whether a running attempt has brought its item on.
func (r *run) bringsOn(a *attempt) bool {
	it := r.item(a.item)
	length := it.length()
	return it.kind != Metadata && length > 0 && a.wire.Load() > 0 &&
		min(a.done.Load(), length)-it.best >= max(1, length/progressShare)
}

// retryStalled starts the next attempt of a stalled item. A moment later, if there
// is something to go on with: the worker has to hand it over first.
func (r *run) retryStalled(id ItemID, reason string) bool {
	it := r.item(id)
	if it.noCache || it.done == 0 || it.kind == Metadata || !remote(it.base) {
		return false
	}
	r.wait(id, handOverWithin, reason, nil)
	return true
}

// handOverWithin is how long a cancelled worker usually takes to answer, and more.
const handOverWithin = 50 * time.Millisecond
