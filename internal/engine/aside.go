package engine

import (
	"hash"
	"runtime"
	"sync/atomic"
)

const (
	// asideFrom is the length in bytes from which hashing a target with several hashes
	// side by side is worth its while.
	asideFrom = 8 << 20
	// asideBuffer is how many bytes are handed over at a time, and asideBuffers how many
	// such pieces of memory one file has.
	asideBuffer  = 256 << 10
	asideBuffers = 3
)

// sides knows how many large files are being hashed. It is safe for all.
type sides struct{ busy atomic.Int32 }

// aside hashes a file with all algorithms but the first on a goroutine of its own, so
// that the slowest alone says how long a large file takes: SHA-512 is half as fast as
// SHA-256 where processors have instructions for that.
type aside struct {
	hashes []hash.Hash
	fill   []byte // being filled, or nil
	work   chan []byte
	free   chan []byte
	ended  chan struct{} // closed when nothing is hashed any more
	fault  *InspectorFault
}

// begin counts a file that is going to be hashed, and gives a goroutine for all but the
// first of the hashes if there are processors to spare for it: where as many files come
// at a time, each has enough to do with its own. end is to be called in either case.
func (s *sides) begin(hashes []hash.Hash, length int64) (side *aside, end func()) {
	if length < asideFrom {
		return nil, func() {}
	}
	busy := int(s.busy.Add(1))
	end = func() { s.busy.Add(-1) }
	if len(hashes) < 2 || 2*busy > runtime.GOMAXPROCS(0) {
		return nil, end
	}
	side = &aside{
		hashes: hashes[1:], work: make(chan []byte, asideBuffers), free: make(chan []byte, asideBuffers),
		ended: make(chan struct{}),
	}
	for range asideBuffers {
		side.free <- nil // made when it is needed
	}
	spawn("hash", "aside", side.run, func(f InspectorFault) {
		side.fault = &f
		close(side.ended)
	})
	return side, end
}

func (a *aside) run() {
	for b := range a.work {
		for _, h := range a.hashes {
			h.Write(b)
		}
		a.free <- b[:0]
	}
	close(a.ended)
}

// write takes bytes and does not keep p. It waits when hashing does not keep up.
func (a *aside) write(p []byte) {
	for len(p) > 0 {
		if a.fill == nil {
			select {
			case a.fill = <-a.free:
			case <-a.ended:
				return // of a panic, which finish tells
			}
			if a.fill == nil {
				a.fill = make([]byte, 0, asideBuffer)
			}
		}
		n := min(len(p), cap(a.fill)-len(a.fill))
		a.fill = append(a.fill, p[:n]...)
		if p = p[n:]; len(a.fill) == cap(a.fill) {
			a.hand()
		}
	}
}

// hand hands over what has been filled. There is room: no more pieces exist.
func (a *aside) hand() {
	a.work <- a.fill
	a.fill = nil
}

// finish waits until all bytes are hashed, and gives the panic that kept it from that,
// if there was one. Nothing may be written after it.
func (a *aside) finish() *InspectorFault {
	if len(a.fill) > 0 {
		a.hand()
	}
	close(a.work)
	<-a.ended
	return a.fault
}
