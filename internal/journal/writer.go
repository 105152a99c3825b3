package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/engine"
)

// waitMost is how much waits for a disk that does not take it: so many events, of which
// one that names a thousand items counts as a thousand. That is some hundred megabytes.
const waitMost = 1_000_000

// errBehind is why a recording ends before its run does.
var errBehind = errors.New("it takes what is recorded more slowly than it comes, or not at all")

// Writer writes a recording. It never makes a run wait: events are taken at once and
// written on a goroutine of its own, each batch whole. After the first error, or when too
// much waits, it takes no more. It is safe for use by several goroutines.
type Writer struct {
	w      io.Writer
	failed func(error)

	mu      sync.Mutex
	queue   []engine.Event
	waiting int // the weight of what is in it
	err     error
	closed  bool
	peak    int64 // bytes of memory, for the last line
	pieces  int   // that the disk has taken

	wake chan struct{}
	done chan struct{} // closed when the goroutine has ended
}

// NewWriter begins a recording. failed, which may be nil, is told once why it ends early,
// on another goroutine. Close it; w stays open.
func NewWriter(w io.Writer, p Program, failed func(error)) *Writer {
	j := &Writer{w: w, failed: failed, wake: make(chan struct{}, 1), done: make(chan struct{})}
	alive.Go("journal", "writer", func() {
		defer close(j.done)
		j.write(p)
	}, func(f alive.Fault) { j.fail(fmt.Errorf("the writer failed: %s", f.Value)) })
	return j
}

// Take has events recorded. It does not block.
func (j *Writer) Take(events []engine.Event) {
	j.mu.Lock()
	if j.closed || j.err != nil {
		j.mu.Unlock()
		return
	}
	if j.waiting > waitMost {
		j.mu.Unlock()
		j.fail(errBehind)
		return
	}
	j.queue = append(j.queue, events...)
	j.waiting += weight(events)
	j.mu.Unlock()
	j.rouse()
}

// weight is how much memory events hold, in events.
func weight(events []engine.Event) int {
	n := len(events)
	for i := range events {
		if b, ok := events[i].Body.(engine.ItemsFound); ok {
			n += len(b.Items)
		}
	}
	return n
}

func (j *Writer) rouse() {
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// write is the only goroutine that waits for the disk.
func (j *Writer) write(p Program) {
	var text bytes.Buffer
	err := appendLine(&text, firstLine{SchemaName, p})
	for n, over := 0, false; err == nil; {
		if _, err = j.w.Write(text.Bytes()); err != nil || over {
			break
		}
		j.mu.Lock()
		j.pieces++
		j.mu.Unlock()
		text.Reset()
		if text.Cap() > keepBuffer {
			text = bytes.Buffer{}
		}
		batch := j.next()
		if over = len(batch) == 0; over {
			if text, err = j.ending(n); text.Len() == 0 {
				return
			}
			continue
		}
		for i := 0; i < len(batch) && err == nil; i++ {
			if recorded(batch[i].Body) {
				err = appendEvent(&text, batch[i])
				n++
			}
		}
	}
	j.fail(err)
}

// keepBuffer is how large a buffer is kept for the next batch.
const keepBuffer = 4 << 20

// batchMost is how many events are written in one piece.
const batchMost = 10_000

// next waits for events, and gives none when nothing more will come.
func (j *Writer) next() []engine.Event {
	for {
		j.mu.Lock()
		batch := j.queue[:min(len(j.queue), batchMost)]
		if j.queue = j.queue[len(batch):]; len(j.queue) == 0 {
			j.queue = nil
		}
		j.waiting -= weight(batch)
		over := j.closed || j.err != nil
		j.mu.Unlock()
		if len(batch) > 0 || over {
			return batch
		}
		<-j.wake
	}
}

// ending gives the last line of a recording of so many events, or nothing when it is not
// whole.
func (j *Writer) ending(events int) (text bytes.Buffer, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		err = appendLine(&text, lastLine{&End{Events: events, PeakMemory: j.peak}})
	}
	return text, err
}

// fail ends the recording, if there is an error.
func (j *Writer) fail(err error) {
	j.mu.Lock()
	first := j.err == nil && err != nil
	if first {
		j.err, j.queue, j.waiting = err, nil, 0
	}
	j.mu.Unlock()
	j.rouse()
	if first && j.failed != nil {
		j.failed(err)
	}
}

// Close writes what waits and the last line, which says how much memory the process had at
// its peak, in bytes; but when nothing of it is taken for limit, it is given up. The error
// is that of the file, or why the recording is not whole; a write that hangs stays behind.
// Only the first call counts.
func (j *Writer) Close(limit time.Duration, peakMemory int64) error {
	j.mu.Lock()
	if !j.closed {
		j.closed, j.peak = true, peakMemory
	}
	before := j.pieces
	j.mu.Unlock()
	j.rouse()
	t := time.NewTicker(limit)
	defer t.Stop()
	for waits := true; waits; {
		select {
		case <-j.done:
			waits = false
		case <-t.C:
			j.mu.Lock()
			if waits = j.pieces > before; waits {
				before = j.pieces
			}
			j.mu.Unlock()
			if !waits {
				j.fail(alive.ErrNoAnswer)
			}
		}
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.err
}
