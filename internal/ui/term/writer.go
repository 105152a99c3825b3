package term

import (
	"errors"
	"os"
	"sync"
	"time"

	"example.com/tufinspect/internal/alive"
)

const (
	// frameLimit is how many bytes of frames wait for a terminal that does not
	// read. A full frame has about 10 KiB; more than a handful are history.
	frameLimit = 256 << 10
	// modeLimit is how many bytes wait in all. Mode changes are never dropped
	// below it, and a program makes a few dozen of them in its life.
	modeLimit = frameLimit + 64<<10
	// restoreWithin is how long the direct way of restoring the terminal may take.
	restoreWithin = 200 * time.Millisecond
)

// Synchronized output (DEC private mode 2026): a terminal that knows it shows what
// stands between these at once, others ignore it.
const (
	syncBegin = "\x1b[?2026h"
	syncEnd   = "\x1b[?2026l"
)

// restore brings a terminal in any state back to what a shell expects: no
// synchronized output, lines that wrap, plain text, a visible cursor, no bracketed
// paste, no mouse, and the main screen.
const restore = syncEnd + wrapOn + "\x1b[0m\x1b[?25h\x1b[?2004l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1049l"

// errPanic is the failure of a terminal on which the writer itself failed.
var errPanic = errors.New("the writer failed")

// Writer hands frames to a terminal. It never blocks and never fails. Of the frames
// that come while the terminal does not take more, only the latest is written when it
// does, so that a slow terminal is never behind by more than it holds itself. Of a
// frame only the cells that have changed are written.
//
// Bubble Tea v1 writes each frame with one Write and each mode change (alternate
// screen, cursor, paste) with one WriteString. Only what comes through Write is
// wrapped in synchronized output. Something in a Write that is no frame as Bubble Tea
// writes them goes through as it is; when too much of that waits it is dropped, and
// [Writer.Dropped] asks for a repaint.
//
// Writer has the methods by which Bubble Tea recognises a terminal. It does not
// embed *os.File on purpose: that would promote WriteString and ReadFrom, which go
// past the queue.
type Writer struct {
	tty  *os.File // whose size and modes count
	dest dest     // where bytes go

	mu      sync.Mutex
	canvas  canvas
	queue   [][]byte // nil stands for the latest frame
	size    int      // bytes in queue
	dropped bool     // a frame was dropped since the queue was last empty
	writing bool     // the goroutine is inside dest.Write
	failed  bool     // the terminal is gone
	shut    bool     // nothing more is taken
	closed  bool
	idle    chan struct{} // closed when the queue runs empty, for whoever waits; else nil

	wake    chan struct{}
	repaint chan struct{}
	done    chan struct{} // closed when the goroutine has ended
}

// dest is where bytes go in the end. interrupt makes Writes return at that time at
// the latest, if the system can do that.
type dest interface {
	Write(p []byte) (int, error)
	interrupt(at time.Time)
	close()
}

// NewWriter makes a writer to a terminal. Finish it after the program that draws
// has ended; the file itself stays open.
func NewWriter(tty *os.File) *Writer { return newWriter(tty, open(tty)) }

func newWriter(tty *os.File, d dest) *Writer {
	w := &Writer{
		tty: tty, dest: d,
		wake:    make(chan struct{}, 1),
		repaint: make(chan struct{}, 1),
		done:    make(chan struct{}),
	}
	alive.Go("terminal", "frames", w.drain, func(alive.Fault) { w.wrote(errPanic) })
	return w
}

// Write queues a frame in place of the one that is waiting. It returns len(p) and no
// error.
func (w *Writer) Write(p []byte) (int, error) {
	w.mu.Lock()
	known := w.canvas.take(p)
	if last := len(w.queue) - 1; known && !w.shut && !w.closed && !w.failed && (last < 0 || w.queue[last] != nil) {
		w.queue = append(w.queue, nil)
	}
	w.mu.Unlock()
	if known {
		w.rouse()
		return len(p), nil
	}
	frame := make([]byte, 0, len(p)+len(syncBegin)+len(syncEnd))
	frame = append(append(append(frame, syncBegin...), p...), syncEnd...)
	w.put(frame, frameLimit)
	return len(p), nil
}

// WriteString queues a change of mode. It returns len(s) and no error.
func (w *Writer) WriteString(s string) (int, error) {
	w.put([]byte(s), modeLimit)
	return len(s), nil
}

// Restore queues the sequences that bring the terminal back to what a shell expects,
// for when the program that draws could not do that itself.
func (w *Writer) Restore() { _, _ = w.WriteString(restore) }

// Read reads from the terminal. Nothing calls it; Bubble Tea asks for it before it
// believes in a terminal.
func (w *Writer) Read(p []byte) (int, error) { return w.tty.Read(p) }

// Close does nothing: Bubble Tea asks for it before it believes in a terminal. See
// [Writer.Finish].
func (w *Writer) Close() error { return nil }

// Fd is the terminal's file descriptor, for its size and modes.
func (w *Writer) Fd() uintptr { return w.tty.Fd() }

// Dropped has a token when frames were dropped and the terminal reads again: what
// it shows is out of date and the next frame has to be a whole one.
func (w *Writer) Dropped() <-chan struct{} { return w.repaint }

// put queues bytes, and tells whether there was room for them.
func (w *Writer) put(b []byte, limit int) bool {
	w.mu.Lock()
	queued := false
	switch {
	case w.shut || w.closed || w.failed:
	case w.size+len(b) > limit:
		w.dropped = true
	default:
		w.queue = append(w.queue, b)
		w.size += len(b)
		queued = true
	}
	w.mu.Unlock()
	w.rouse()
	return queued
}

func (w *Writer) rouse() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// drain is the only goroutine that waits for the terminal.
func (w *Writer) drain() {
	defer close(w.done)
	for range w.wake {
		for {
			b, more := w.next()
			if !more {
				return
			}
			if b == nil {
				break
			}
			_, err := w.dest.Write(b)
			w.wrote(err)
		}
	}
}

// next takes the head of the queue: nil if it is empty. It returns false when the
// writer was closed.
func (w *Writer) next() ([]byte, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for !w.closed && len(w.queue) > 0 {
		b := w.queue[0]
		w.queue = w.queue[1:]
		w.size -= len(b)
		if b == nil {
			b = w.canvas.paint()
		} else {
			w.canvas.forget()
		}
		if b != nil {
			w.writing = true
			return b, true
		}
	}
	if w.closed {
		return nil, false
	}
	if w.dropped {
		w.dropped = false
		select {
		case w.repaint <- struct{}{}:
		default:
		}
	}
	w.settle()
	return nil, true
}

func (w *Writer) wrote(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writing = false
	if err != nil {
		w.failed = true
		w.queue, w.size = nil, 0
	}
	if len(w.queue) == 0 {
		w.settle()
	}
}

// settle tells whoever waits that nothing is left to write. w.mu is held.
func (w *Writer) settle() {
	if w.idle != nil {
		close(w.idle)
		w.idle = nil
	}
}

// Flush waits until everything that was written before has been handed to the
// terminal, but not longer than limit. It tells whether that was so.
func (w *Writer) Flush(limit time.Duration) bool {
	w.mu.Lock()
	if w.failed || len(w.queue) == 0 && !w.writing {
		w.mu.Unlock()
		return true
	}
	if w.idle == nil {
		w.idle = make(chan struct{})
	}
	idle := w.idle
	w.mu.Unlock()
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case <-idle:
		return true
	case <-t.C:
		return false
	}
}

// Abandon takes the terminal from the program that draws, which may still be drawing:
// nothing that it writes from now on is shown, what was queued is thrown away, and the
// terminal is brought back to what a shell expects. It ends the writer as [Writer.Finish]
// does, and returns as soon.
func (w *Writer) Abandon(limit time.Duration) {
	w.mu.Lock()
	if !w.shut && !w.closed && !w.failed {
		w.queue = [][]byte{[]byte(restore)}
		w.size = len(restore)
	}
	w.shut = true
	w.mu.Unlock()
	w.rouse()
	w.Finish(limit)
}

// Finish ends the writer. It waits for what is queued, but not longer than limit.
// Then the rest is thrown away, together with what the system holds for the
// terminal, and the sequences that restore the terminal are put in their place: they
// reach it when it reads again, also after this process has ended. It returns within
// limit and a fifth of a second.
//
// Where the system gives no way to write without waiting, a goroutine that hangs in
// a write stays behind.
func (w *Writer) Finish(limit time.Duration) {
	flushed := w.Flush(limit)
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	w.closed = true
	failed := w.failed
	w.queue, w.size = nil, 0
	w.mu.Unlock()
	w.rouse()
	if flushed {
		<-w.done
		w.dest.close()
		return
	}
	until := time.Now().Add(restoreWithin)
	w.dest.interrupt(time.Now())
	ended := make(chan struct{})
	alive.Go("terminal", "restore", func() {
		defer close(ended)
		<-w.done
		if !failed {
			discard(w.tty)
			w.dest.interrupt(until)
			// The start ends a sequence that was cut in the middle.
			_, _ = w.dest.Write([]byte("\x1b\\" + restore))
		}
		w.dest.close()
	}, func(alive.Fault) {})
	t := time.NewTimer(time.Until(until))
	defer t.Stop()
	select {
	case <-ended:
	case <-t.C:
	}
}
