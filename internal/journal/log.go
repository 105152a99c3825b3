package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"sync"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/engine"
)

const (
	// chunkSize is how many bytes of a recording are read in one piece, to the end of a line.
	chunkSize = 256 << 10
	// lineMost is how long a line may be: that of a thousand targets with long names has
	// some megabytes.
	lineMost = 16 << 20
	// emptyMost is how many lines may be empty: a file of nothing else is none of ours.
	emptyMost = 10_000
	// grain is how close to each other two moments are told apart.
	grain = 50 * time.Millisecond
	// troubleGrain is that of moments in which something goes wrong: a host that fails takes
	// many files with it.
	troubleGrain = time.Second
	// damageMost is how many damaged lines are told one by one.
	damageMost = 20
)

// Damage is a line that could not be read. It is left out, and the others go on.
type Damage struct {
	Line int // from 1
	Err  error
}

// Log is a recording that is read. It keeps where its events are, and not the events: they
// are read when they are wanted.
type Log struct {
	// Program is what made it, Length how long the run is that it tells of, in its own time,
	// and Events how many there are.
	Program Program
	Length  time.Duration
	Events  int
	// PeakMemory is that of the process that made it, in bytes; 0 if nobody knows.
	PeakMemory int64
	// Size is how many bytes of the file were looked at.
	Size int64
	// Cut says why it is not whole, as when the run was killed; "" if it is.
	Cut string

	behind int // the first line behind the last, or 0
	from   io.ReaderAt
	chunks []chunk
	// The times in which something happened and, of them, went wrong, rising.
	moments, troubles []time.Duration
	places            []int // how many events are before each of the moments
}

// chunk is a part of the file that holds whole lines.
type chunk struct {
	off   int64
	size  int
	line  int           // the number of its first line
	first time.Duration // the time of its first event
	upTo  int           // events up to that one
}

// Open looks through a recording: that takes about 0.1 s for 100 MB. The file stays open
// and belongs to the caller; size is its length. The error is [ErrNone] for what is none.
func Open(from io.ReaderAt, size int64) (*Log, error) {
	l := &Log{from: from, Size: size}
	lines := bufio.NewScanner(io.NewSectionReader(from, 0, size))
	lines.Buffer(make([]byte, chunkSize), lineMost)
	lines.Split(withNewline)
	var end *End
	off, n, empty := int64(0), 0, 0
	for lines.Scan() {
		line := lines.Bytes()
		text, whole := bytes.CutSuffix(line, []byte("\n"))
		if n++; n == 1 {
			text = bytes.TrimPrefix(text, []byte("\ufeff"))
		}
		switch {
		case n == 1:
			if !whole && Is(text) {
				return nil, errors.New("line 1: the recording ends in it: whoever wrote it was stopped before the run began")
			}
			var err error
			if l.Program, err = parseFirst(text); err != nil {
				return nil, err
			}
		case !whole:
			l.Cut = "it ends in the middle of a line; " + stopped
		case len(bytes.TrimSpace(text)) == 0:
			if empty++; empty > emptyMost {
				return nil, fmt.Errorf("line %d: more than %d lines are empty", n, emptyMost)
			}
			l.extend(off, len(line), n)
		case end != nil:
			l.note(text, off, len(line), n)
			if l.behind == 0 {
				l.behind = n
			}
		case bytes.HasPrefix(text, lineSeq):
			l.note(text, off, len(line), n)
		default:
			if end = parseEnd(text); end == nil {
				l.note(text, off, len(line), n)
			}
		}
		off += int64(len(line))
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("line %d: longer than %d MiB", n+1, lineMost>>20)
	case err != nil:
		return nil, fmt.Errorf("reading the recording: %w", err)
	case n == 0:
		return nil, ErrNone
	case l.Cut != "":
	case end == nil:
		l.Cut = "its last line is missing; " + stopped
	case l.behind > 0:
		l.Cut = fmt.Sprintf("there is more behind its last line, from line %d on", l.behind)
	case end.Events != l.Events:
		l.Cut = fmt.Sprintf("it has %d of its %d events", l.Events, end.Events)
	}
	if end != nil {
		l.PeakMemory = max(end.PeakMemory, 0)
	}
	return l, nil
}

const stopped = "whoever wrote it was stopped"

// withNewline gives lines with their ends.
func withNewline(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i+1], nil
	}
	if atEOF && len(data) > 0 {
		return len(data), data, nil
	}
	return 0, nil, nil
}

// parseEnd reads the last line; nil if it is none.
func parseEnd(line []byte) *End {
	var l lastLine
	if json.Unmarshal(line, &l) != nil {
		return nil
	}
	return l.End
}

// note keeps where an event is. What is wrong with a line is said when it is read.
func (l *Log) note(text []byte, off int64, size, line int) {
	l.Events++
	h, err := parseHead(text)
	if err == nil && h.at > l.Length && h.at <= longest {
		l.Length = h.at
	}
	l.extend(off, size, line)
	if err != nil || !happening(h.kind) {
		return
	}
	if n := len(l.moments); n == 0 || l.Length-l.moments[n-1] >= grain {
		l.moments, l.places = append(l.moments, l.Length), append(l.places, l.Events-1)
	}
	if n := len(l.troubles); (n == 0 || l.Length-l.troubles[n-1] >= troubleGrain) && trouble(&h) {
		l.troubles = append(l.troubles, l.Length)
	}
}

// extend adds a line to the chunks. None of them has a gap.
func (l *Log) extend(off int64, size, line int) {
	if n := len(l.chunks); n > 0 {
		if c := &l.chunks[n-1]; c.off+int64(c.size) == off && c.size+size <= chunkSize {
			c.size += size
			return
		}
	}
	l.chunks = append(l.chunks, chunk{off, size, line, l.Length, l.Events})
}

// happening tells whether an event of this kind is something that happened, and not a
// number that goes on.
func happening(kind string) bool {
	switch kind {
	case "progress", "host-changed", "queue-changed":
		return false
	}
	return true
}

// newest tells whether only the newest event of this kind is kept until somebody looks.
func newest(b engine.Body) bool {
	switch b.(type) {
	case engine.Progress, engine.Diagnosed, engine.HostChanged, engine.QueueChanged:
		return true
	}
	return false
}

// trouble tells whether an event says that something goes wrong. Only its text is looked at,
// because this is asked of all that are in a recording.
func trouble(h *head) bool {
	var words []string
	switch h.kind {
	case "state-changed":
		words = []string{`"to":"stalled"`, `"to":"failed"`, `"to":"untrusted"`}
	case "finding-raised":
		if bytes.Contains(h.data, []byte(`"withdrawn":true`)) {
			return false
		}
		words = []string{`"severity":"critical"`, `"severity":"unknown"`}
	case "breaker-changed":
		words = []string{`"state":"held"`, `"state":"given up"`}
	case "inspector-stuck":
		return !bytes.Contains(h.data, []byte(`"over":true`))
	case "inspector-fault":
		return true
	}
	for _, w := range words {
		if bytes.Contains(h.data, []byte(w)) {
			return true
		}
	}
	return false
}

// Troubles are the times in which something goes wrong, rising, those within a second of each
// other as one.
func (l *Log) Troubles() []time.Duration { return slices.Clone(l.troubles) }

// part is a chunk that has been read.
type part struct {
	events  []engine.Event
	damaged []Damage
	unknown int
	err     error // of the file
}

// read reads a chunk. Time does not go back, but for numbers of which only the newest is
// kept: they wait for those who look and are older than what stands before them.
func (l *Log) read(i int) part {
	c := l.chunks[i]
	buf := make([]byte, c.size)
	if n, err := l.from.ReadAt(buf, c.off); n < len(buf) {
		return part{err: fmt.Errorf("reading the recording: line %d and those after it: %w", c.line, err)}
	}
	p := part{events: make([]engine.Event, 0, bytes.Count(buf, []byte("\n")))}
	at := c.first
	var q quick
	for line := c.line; len(buf) > 0; line++ {
		end := bytes.IndexByte(buf, '\n')
		if end < 0 {
			break // the file has been written to meanwhile
		}
		text := buf[:end]
		if buf = buf[end+1:]; len(bytes.TrimSpace(text)) == 0 {
			continue
		}
		e, err := parseEvent(text, &q)
		var unknown unknownEvent
		switch {
		case errors.As(err, &unknown):
			p.unknown++
			continue
		case err != nil:
			p.damaged = append(p.damaged, Damage{line, err})
			continue
		}
		if !newest(e.Body) {
			at = max(at, e.At)
			e.At = at
		}
		p.events = append(p.events, e)
	}
	return p
}

// all reads chunks in their order, some ahead of who takes them, and ends when take says
// so. It returns when the goroutines that it has started have ended.
func (l *Log) all(from int, take func(part) bool) {
	ahead := max(2, runtime.GOMAXPROCS(0))
	type ticket chan part
	tickets := make(chan ticket, ahead)
	quit := make(chan struct{})
	var readers sync.WaitGroup
	readers.Add(1)
	alive.Go("journal", "reader", func() {
		defer readers.Done()
		defer close(tickets)
		for i := from; i < len(l.chunks); i++ {
			t := make(ticket, 1)
			select {
			case tickets <- t:
			case <-quit:
				return
			}
			readers.Add(1)
			alive.Go("journal", "chunk", func() {
				defer readers.Done()
				t <- l.read(i)
			}, func(f alive.Fault) { t <- part{err: fmt.Errorf("the reader failed: %s", f.Value)} })
		}
	}, func(alive.Fault) {})
	for t := range tickets {
		if !take(<-t) {
			break
		}
	}
	close(quit)
	readers.Wait()
}
