package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/pflag"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/disk"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/har"
	"example.com/tufinspect/internal/safe"
)

// harFlag is the file that all requests of a run are written to, or "".
type harFlag string

func (h *harFlag) add(fs *pflag.FlagSet) {
	fs.StringVar((*string)(h), "har", "", "write every request with its phases to this `FILE`, an HTTP Archive that a browser's developer tools open")
}

// check looks before the run whether there is a place for the file: at its end the
// requests could not be made again.
func (h *harFlag) check() error {
	path := string(*h)
	switch path {
	case "":
		return nil
	case "-":
		return usagef("--har: stdout is for the report: give the name of a file, such as run.har")
	}
	return placeFor("--har", path)
}

// write writes the file, whatever has ended the run; code is that of a signal, or 0. It
// comes before the report, for which somebody has to read stdout. What goes wrong is
// said at once, because the report is wanted all the same. The error carries an exit
// code for a run that would have none, and there is none when the signal's counts.
func (h *harFlag) write(std streams, o overseer, st *engine.State, deadline time.Duration, code int) error {
	path := string(*h)
	if path == "" {
		return nil
	}
	who := "writing " + safe.Text(path) + ": the disk"
	to := moving{overseer: o, every: std.limits.look}
	file := func(step func()) error {
		to.step = step
		return disk.WriteFile(path, func(w io.Writer) error {
			to.Writer = w
			return har.Write(&to, st)
		})
	}
	var err error
	if limit := h.limit(std.limits, deadline, code); limit > 0 {
		to.until = time.Now().Add(limit * 3 / 4) // what is only slow is taken away again
		_, err = alive.Within(limit, who, func() (struct{}, error) { return struct{}{}, file(func() {}) })
	} else {
		_, err = alive.Moving(std.limits.report/2, who, func(step func()) (struct{}, error) { return struct{}{}, file(step) })
	}
	o.ended() // the time of the report begins
	if err == nil {
		return nil
	}
	say(std.err, fmt.Sprintf("tufinspect: --har: %v\n", err))
	if code != 0 {
		return nil
	}
	return exitError(exitUnknown)
}

// limit is how long the writing may take as a whole, so that half of the time in which
// the process has to end is left for the report; 0 if it may take as long as it gets on.
func (*harFlag) limit(l limits, deadline time.Duration, code int) time.Duration {
	switch {
	case code != 0:
		return l.stop / 2
	case deadline > 0:
		return l.late / 2
	}
	return 0
}

// errTooLarge is why an archive was not written that would have been, with more time.
var errTooLarge = errors.New("it is too large for the time that is left")

// moving says that it gets on: of each write, and to the overseer now and then, since a
// large archive has many. It takes nothing more after a moment, if there is one.
type moving struct {
	io.Writer
	overseer
	every time.Duration
	step  func()
	told  time.Time
	until time.Time // or zero
}

// Write is part of io.Writer.
func (m *moving) Write(p []byte) (int, error) {
	now := time.Now()
	if !m.until.IsZero() && now.After(m.until) {
		return 0, errTooLarge
	}
	n, err := m.Writer.Write(p)
	m.step()
	if now.Sub(m.told) >= m.every {
		m.told = now
		m.ended()
	}
	return n, err
}
