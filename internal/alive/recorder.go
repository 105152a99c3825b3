package alive

import (
	"bytes"
	"errors"
	"runtime/trace"
	"sync"
	"time"
)

const (
	// traceAge is how much of the past a recorder keeps.
	traceAge = 10 * time.Second
	// traceSize is about how many bytes that may take; it goes before traceAge.
	traceSize = 3 << 20
)

// Recorder keeps the runtime's trace of about the last ten seconds in a few MiB: who
// ran, who waited and for what. `go tool trace` shows it. A process can have one that
// records at a time. It costs about 3 MiB of memory, and of processor time between
// nothing, where a few large files are fetched, and 6 %, where thousands of small ones
// are. A nil Recorder records nothing. It is safe for use by several goroutines.
type Recorder struct {
	mu     sync.Mutex
	fr     *trace.FlightRecorder
	begins *time.Timer // of StartAfter, or nil
}

// NewRecorder makes one that does not record yet.
func NewRecorder() *Recorder {
	return &Recorder{fr: trace.NewFlightRecorder(trace.FlightRecorderConfig{MinAge: traceAge, MaxBytes: traceSize})}
}

// Start begins to record. The error is that of the runtime: a recorder records
// already.
func (r *Recorder) Start() error {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fr.Start()
}

// StartAfter begins to record in a while, unless Stop comes first. What is over by
// then costs nothing, and has not been stuck for long enough to be told.
func (r *Recorder) StartAfter(d time.Duration) {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	var begins *time.Timer
	begins = time.AfterFunc(d, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.begins == begins {
			_ = r.fr.Start() // a dump without a trace beside it says so
		}
	})
	r.begins = begins
}

var errNotRecording = errors.New("no trace is being recorded")

// WriteFile writes what has been recorded to a new file, all at once when it is
// complete. It is taken first and written afterwards, so that a dead disk does not
// keep Stop from returning.
func (r *Recorder) WriteFile(path string) error {
	data, err := r.take()
	if err != nil {
		return err
	}
	return writeFile(path, data)
}

func (r *Recorder) take() ([]byte, error) {
	if r == nil {
		return nil, errNotRecording
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.fr.Enabled() {
		return nil, errNotRecording
	}
	var b bytes.Buffer
	_, err := r.fr.WriteTo(&b)
	return b.Bytes(), err
}

// Recording tells whether it records.
func (r *Recorder) Recording() bool {
	if r == nil {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.fr.Enabled()
}

// Stop ends recording and forgets what was recorded. It may be called when nothing
// is being recorded.
func (r *Recorder) Stop() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.begins != nil {
		r.begins.Stop()
		r.begins = nil
	}
	r.fr.Stop()
}
