package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// SchemaName is what the first line of a recording says. A reader of one number reads all
// recordings of it: fields and kinds of events may be added, and are passed over.
const SchemaName = "tufinspect.journal/1"

// Program is what made a recording.
type Program struct {
	Name    string   `json:"name"`
	Version string   `json:"version"`
	Go      string   `json:"go"`
	System  string   `json:"system"`        // operating system and processor: "linux/amd64"
	PID     int      `json:"pid,omitzero"`  // of the process
	Args    []string `json:"args,omitzero"` // how it was called, without secrets
}

// End is the last line of a recording.
type End struct {
	Events     int   `json:"events"`                     // how many there are
	PeakMemory int64 `json:"peak_memory_bytes,omitzero"` // of the process that made it; 0 if nobody knows
}

type firstLine struct {
	Schema  string  `json:"schema"`
	Program Program `json:"program"`
}

type lastLine struct {
	End *End `json:"end"`
}

// ErrNone is why a file is not read: it is no recording.
var ErrNone = errors.New("this is no recording of tufinspect")

// beginning is what a recording begins with, whoever wrote it.
var beginning = []byte(`{"schema":"tufinspect.journal/`)

// Is tells whether a file with this beginning is a recording, of this version or another.
func Is(start []byte) bool { return bytes.HasPrefix(start, beginning) }

// parseFirst reads the first line.
func parseFirst(line []byte) (Program, error) {
	if !Is(line) {
		return Program{}, ErrNone
	}
	var l firstLine
	if err := json.Unmarshal(line, &l); err != nil {
		return Program{}, fmt.Errorf("line 1: %w", err)
	}
	if l.Schema != SchemaName {
		return Program{}, fmt.Errorf("line 1: a recording of the form %q; this version reads %s", printable(l.Schema), SchemaName)
	}
	p := &l.Program
	for _, s := range []*string{&p.Name, &p.Version, &p.Go, &p.System} {
		*s = printable(*s)
	}
	for i := range p.Args {
		p.Args[i] = printable(p.Args[i])
	}
	return *p, nil
}
