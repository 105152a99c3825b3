package alive

import (
	"bytes"
	"fmt"
	"os"
	"runtime/pprof"
	"strings"
	"sync"
	"time"

	"example.com/tufinspect/internal/safe"
)

// record is what is saved when parts are stuck: a dump of all goroutines, and the
// runtime's trace. It is filled on a goroutine of its own, and looked at by the
// watchdog also when that does not end.
type record struct {
	at   time.Time
	head string // the first lines of the dump
	done chan struct{}

	mu    sync.Mutex
	doing string // what is being written
	dump  string
	trace string
	err   string
}

func newRecord(at time.Time, about []*Part, limit time.Duration) *record {
	var head strings.Builder
	for _, p := range about {
		fmt.Fprintf(&head, "%s has not moved for %s.\n", safe.Text(p.name), p.stood.Round(time.Second))
	}
	fmt.Fprintf(&head, "%s, process %d, limit %s\n", at.UTC().Format(time.RFC3339), os.Getpid(), limit)
	return &record{at: at, head: head.String(), done: make(chan struct{})}
}

func (r *record) set(f func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	f()
}

func (r *record) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// late is why a record that hangs is not there.
func (r *record) late() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return fmt.Sprintf("%s: the disk has not answered within %s", r.doing, saveWithin)
}

// result is what there is of the record so far.
func (r *record) result() (dump, trace, err string) {
	late := ""
	if !r.ended() {
		late = r.late()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if late != "" {
		return r.dump, r.trace, late
	}
	return r.dump, r.trace, r.err
}

// save writes the record to a folder; "" writes nothing.
func (r *record) save(dir string, recorder *Recorder) {
	if dir == "" {
		return
	}
	r.set(func() { r.doing = "writing a dump to " + safe.Text(dir) })
	path, err := r.saveDump(dir)
	if err != nil {
		r.set(func() { r.err = "writing a dump: " + safe.Text(err.Error()) })
		return
	}
	r.set(func() { r.dump, r.doing = path, "writing a trace to "+safe.Text(dir) })
	if recorder.Recording() {
		path = strings.TrimSuffix(path, ".txt") + ".trace"
		err := recorder.WriteFile(path)
		r.set(func() {
			if err != nil {
				r.err = "writing a trace: " + safe.Text(err.Error())
				return
			}
			r.trace = path
		})
	}
	prune(dir)
}

// saveDump writes what all goroutines are doing: first once for each kind, with their
// labels, then one by one, with how long each has been waiting.
func (r *record) saveDump(dir string) (string, error) {
	var b bytes.Buffer
	b.WriteString(r.head)
	b.WriteString("\nBy what they do, with labels:\n\n")
	profile := pprof.Lookup("goroutine")
	if err := profile.WriteTo(&b, 1); err != nil {
		return "", err
	}
	b.WriteString("\nOne by one:\n\n")
	if err := profile.WriteTo(&b, 2); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	f, path, err := create(dir, "stuck", ".txt", r.at, ".tmp")
	if err != nil {
		return "", err
	}
	return path, complete(f, path, b.Bytes())
}
