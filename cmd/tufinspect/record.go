package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/spf13/pflag"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/disk"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/journal"
	"example.com/tufinspect/internal/safe"
)

// recordWithin is how long the disk may take for the last of a recording.
const recordWithin = 10 * time.Second

// addRecord declares the flag of what is recorded.
func (f *runFlags) addRecord(fs *pflag.FlagSet) {
	fs.StringVar(&f.record, "record", "", "write what happens to this `FILE` as JSON lines, for tufinspect replay; an earlier recording is replaced")
}

// recording is where the events of a run go besides the screen. A nil recording goes
// nowhere.
type recording struct {
	path   string    // "" is stdout
	file   io.Closer // nil for what stays open
	writer *journal.Writer
	watch  func([]engine.Event) // is told of them too; may be nil
	over   atomic.Bool          // the run is
	err    error
	peak   int64 // of memory, as it was when the recording ended; 0 while it goes on

	mu      sync.Mutex
	session *engine.Session // hears of it when the recording ends before the run
	lost    error           // why it has
}

// startRecording begins the recording that --record asks for.
func (f *runFlags) startRecording() (*recording, error) {
	if f.record == "" {
		return nil, nil //nolint:nilnil // a nil recording records nothing
	}
	return startRecording("--record", f.record, f.called)
}

// startRecording begins a recording in a file that a flag names.
func startRecording(flag, path string, called []string) (*recording, error) {
	shown := safe.Text(path)
	file, err := alive.Within(fileWithin, "opening "+shown+": the disk", func() (*os.File, error) { return openRecording(path) })
	var pe *fs.PathError
	switch {
	case errors.Is(err, alive.ErrNoAnswer):
		return nil, fmt.Errorf("%s: %w", flag, err)
	case errors.Is(err, errTaken):
		return nil, usagef("%s: %s: %w; give another name, or wait for its end", flag, shown, err)
	case errors.Is(err, errForeign):
		return nil, usagef("%s: %s is there already and %w; it is not replaced: give another name", flag, shown, err)
	case errors.As(err, &pe):
		return nil, usagef("%s: cannot write %s: %w; give a file in a folder that can be written to", flag, shown, disk.Reason(pe))
	case err != nil:
		return nil, usagef("%s: cannot write %s: %w", flag, shown, err)
	}
	r := &recording{path: path, file: file}
	r.writer = journal.NewWriter(file, madeBy(called), r.failed)
	return r, nil
}

// startLines begins a recording on stdout. Once the run is over the overseer hears of each
// piece that somebody takes.
func startLines(stdout *os.File, o overseer, called []string) *recording {
	r := &recording{}
	r.writer = journal.NewWriter(late{taken{stdout, o}, &r.over}, madeBy(called), nil)
	return r
}

// late tells the overseer of what is taken only once the run is over.
type late struct {
	taken
	over *atomic.Bool
}

// Write is part of io.Writer.
func (l late) Write(p []byte) (int, error) {
	if l.over.Load() {
		return l.taken.Write(p)
	}
	return l.Writer.Write(p)
}

var (
	errForeign = errors.New("is no recording")
	errTaken   = errors.New("another run is recording to it")
)

// openRecording opens a file to be written anew. What is there and is no recording was
// named by mistake, and one that is being written is another's.
func openRecording(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, errors.New("it is a folder")
	} else if err == nil && !info.Mode().IsRegular() {
		return os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0) // a pipe without a reader is not waited for
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o666)
	if err != nil {
		return nil, err
	}
	if err := takeOver(file); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// takeOver empties a file that nobody else is recording to. Closing it gives it back.
func takeOver(file *os.File) error {
	// Where a file system knows no locks, there is none.
	if held, err := disk.Lock(file); err == nil && held {
		return errTaken
	}
	start := make([]byte, 64)
	n, err := file.ReadAt(start, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if n > 0 && !journal.Is(start[:n]) {
		return errForeign
	}
	return file.Truncate(0)
}

// madeBy is what the first line of a recording says of this program.
func madeBy(called []string) journal.Program {
	return journal.Program{Name: "tufinspect", Version: programVersion(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH, PID: os.Getpid(), Args: called}
}

// of has the events of a run recorded. The function that it gives ends that.
func (r *recording) of(s *engine.Session) (updates <-chan engine.Update, stop func()) {
	if r == nil {
		return s.Updates(), func() {}
	}
	r.mu.Lock()
	r.session = s
	r.mu.Unlock()
	r.failed(nil)
	tee := journal.Record(s, func(events []engine.Event) {
		r.writer.Take(events)
		if r.watch != nil {
			r.watch(events)
		}
	})
	return tee.Updates(), tee.Close
}

// recorded is a session whose events are recorded on their way.
type recorded struct {
	updates <-chan engine.Update
	*engine.Session
}

// Updates is part of ui.Session.
func (r recorded) Updates() <-chan engine.Update { return r.updates }

// take has events recorded that are not those of the run itself.
func (r *recording) take(events ...engine.Event) {
	if r != nil {
		r.writer.Take(events)
	}
}

// failed says on screen why the recording ends before the run, once there is one.
func (r *recording) failed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = cmp.Or(r.lost, err)
	if r.session != nil && r.lost != nil {
		r.session.Note(engine.Noted{Subject: "recording", Text: "it ends here, and the run goes on without it: " + r.lost.Error()})
	}
}

// close writes the rest, and gives it up when the disk, or with stdout its reader, takes
// nothing of it for so long. It may be called more than once.
func (r *recording) close(reader time.Duration) {
	if r == nil || r.peak > 0 {
		return
	}
	limit := recordWithin
	if r.path == "" {
		limit = reader
	}
	r.over.Store(true)
	r.peak = max(peakMemory(), 1)
	r.err = r.writer.Close(limit, r.peak)
	if r.file != nil {
		_, err := alive.Within(fileWithin, "closing "+safe.Text(r.path)+": the disk", func() (struct{}, error) { return struct{}{}, r.file.Close() })
		r.err = cmp.Or(r.err, err)
	}
}

// failure is why there is not all of the run in the recording; nil if there is.
func (r *recording) failure() error {
	switch {
	case r == nil || r.err == nil:
		return nil
	case r.path == "":
		return fmt.Errorf("the recording is not whole: stdout: %w", r.err)
	}
	return fmt.Errorf("the recording is not whole: %s: %w", safe.Text(r.path), r.err)
}

// name is the file that replay shows; "" when there is none, or not all of the run in it.
func (r *recording) name() string {
	if r == nil || r.err != nil || r.path == "" {
		return ""
	}
	return fetch.PathWord(r.path)
}

// peakMemory is the most memory that the process has had, in bytes; the same that is in the
// recording, so that a report of that is the same as that of the run.
func (r *recording) peakMemory() int64 {
	if r == nil || r.peak == 0 {
		return peakMemory()
	}
	return r.peak
}
