package alive

import (
	"bytes"
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	// linesLimit is how many bytes of lines wait for a reader.
	linesLimit = 256 << 10
	// pieceLimit is how many bytes are handed over at once. A pipe takes so many
	// without tearing them apart when others write to it too.
	pieceLimit = 4 << 10
	// interruptWithin is how long a write that was interrupted may take to return.
	interruptWithin = 100 * time.Millisecond
)

// Lines hands lines of text to a file that may not take them: a pipe that nobody
// reads, a stopped terminal. It never makes its writer wait for that. Up to 256 KiB
// wait; beyond, whole lines are left out until the reader has caught up, and then
// one line says how many. After the first error of the file everything is thrown
// away. It is safe for use by several goroutines.
type Lines struct {
	w io.Writer

	mu      sync.Mutex
	queue   []byte // whole lines
	flight  []byte // lines that the goroutine is writing
	part    []byte // a line without its end so far
	lost    int    // lines left out since the last word about it
	missing int    // lines that were not written when the file failed
	err     error
	closed  bool

	wake chan struct{}
	done chan struct{} // closed when the goroutine has ended
}

// NewLines makes one that writes to w. Close it; w stays open.
func NewLines(w io.Writer) *Lines {
	l := &Lines{w: w, wake: make(chan struct{}, 1), done: make(chan struct{})}
	Go("lines", "writer", func() {
		defer close(l.done)
		l.drain()
	}, func(f Fault) { l.wrote(fmt.Errorf("the writer failed: %s", f.Value)) })
	return l
}

// Write takes text, of which whole lines are written soon. It does not block, and
// returns len(p) and no error.
func (l *Lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed || l.err != nil {
		l.missing += bytes.Count(p, []byte("\n"))
		return len(p), nil
	}
	for rest := p; len(rest) > 0; {
		end := bytes.IndexByte(rest, '\n') + 1
		if end == 0 {
			if len(l.part)+len(rest) <= linesLimit {
				l.part = append(l.part, rest...)
			}
			break
		}
		l.put(rest[:end])
		rest = rest[end:]
	}
	l.rouse()
	return len(p), nil
}

// put queues the end of a line. Once a line was left out, so are the next ones, until
// that has been said: what is written has no gaps that nobody knows of.
func (l *Lines) put(end []byte) {
	if l.lost > 0 || len(l.flight)+len(l.queue)+len(l.part)+len(end) > linesLimit {
		l.lost++
	} else {
		l.queue = append(append(l.queue, l.part...), end...)
	}
	l.part = l.part[:0]
}

func (l *Lines) rouse() {
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// drain is the only goroutine that waits for the file.
func (l *Lines) drain() {
	for range l.wake {
		for {
			piece, over := l.next()
			if over {
				return
			}
			if piece == nil {
				break
			}
			_, err := l.w.Write(piece)
			l.wrote(err)
		}
	}
}

// next takes the head of the queue, nil if it is empty, and tells whether nothing
// more will come.
func (l *Lines) next() ([]byte, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return nil, true
	}
	if len(l.queue) == 0 {
		if l.lost == 0 {
			return nil, l.closed
		}
		l.queue = fmt.Appendf(nil, "… %d lines were not written: nobody was reading\n", l.lost)
		if l.lost == 1 {
			l.queue = []byte("… 1 line was not written: nobody was reading\n")
		}
		l.lost = 0
	}
	n := len(l.queue)
	if n > pieceLimit {
		if n = bytes.LastIndexByte(l.queue[:pieceLimit], '\n') + 1; n == 0 {
			n = bytes.IndexByte(l.queue, '\n') + 1
		}
	}
	l.flight = l.queue[:n:n]
	if l.queue = l.queue[n:]; len(l.queue) == 0 {
		l.queue = nil // and not its start again, which is being written
	}
	return l.flight, false
}

func (l *Lines) wrote(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil && l.err == nil {
		l.err = err
		end := []byte("\n")
		l.missing = l.lost + bytes.Count(l.flight, end) + bytes.Count(l.queue, end)
		l.queue, l.lost = nil, 0
	}
	l.flight = nil
}

// Close writes what waits, but not for longer than limit, and ends. The error is that
// of the file, or says how many lines were not written. A write that hangs then is
// interrupted, if the file can do that (it needs a SetWriteDeadline that works); else
// the goroutine stays behind in it. Close returns within limit and a tenth of a
// second.
func (l *Lines) Close(limit time.Duration) error {
	l.mu.Lock()
	if !l.closed && len(l.part) > 0 {
		l.put([]byte("\n"))
	}
	l.closed = true
	l.mu.Unlock()
	l.rouse()
	if !ends(l.done, limit) {
		l.wrote(ErrNoAnswer)
		if d, ok := l.w.(interface{ SetWriteDeadline(time.Time) error }); ok && d.SetWriteDeadline(time.Now()) == nil {
			ends(l.done, interruptWithin)
			_ = d.SetWriteDeadline(time.Time{})
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil && l.missing > 0 {
		if l.missing == 1 {
			return fmt.Errorf("1 line was not written: %w", l.err)
		}
		return fmt.Errorf("%d lines were not written: %w", l.missing, l.err)
	}
	return l.err
}

// ends tells whether a channel is closed within limit.
func ends(done <-chan struct{}, limit time.Duration) bool {
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-done:
		return true
	case <-t.C:
		return false
	}
}
