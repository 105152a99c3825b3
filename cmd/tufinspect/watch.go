package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
)

// watch is the watchdog of an inspection with what it needs: the runtime's trace of
// the last seconds, and somebody to tell.
type watch struct {
	*alive.Watchdog
	recorder *alive.Recorder

	mu      sync.Mutex
	session *engine.Session // hears of alarms while there is one
	lines   io.Writer       // else these do; nil: nobody
}

// recordAfter is how much of an inspection goes unrecorded: a part has to stand still
// for five seconds before its trace is wanted, and many inspections are over sooner.
const recordAfter = time.Second

// newWatch begins to watch. The caller closes it.
func newWatch(lines io.Writer) *watch {
	w := &watch{recorder: alive.NewRecorder(), lines: lines}
	dir, err := alive.StateDir(os.Getenv)
	if err == nil {
		w.recorder.StartAfter(recordAfter)
	}
	w.Watchdog = alive.NewWatchdog(alive.Options{Dir: dir, Trace: w.recorder, Alarm: w.alarm})
	w.Start()
	return w
}

// tell has alarms told to a session from now on; nil takes that back.
func (w *watch) tell(s *engine.Session) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.session = s
}

func (w *watch) alarm(a alive.Alarm) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.session != nil:
		w.session.Alarm(a)
	case w.lines != nil:
		fmt.Fprintln(w.lines, alarmText(a))
	}
}

func (w *watch) close() {
	w.Close()
	w.recorder.Stop()
}

func alarmText(a alive.Alarm) string {
	stood := measure.Seconds(a.For)
	if a.Over {
		return fmt.Sprintf("tufinspect: %s moves again, after %s", a.Part, stood)
	}
	s := fmt.Sprintf("tufinspect: %s has not moved for %s", a.Part, stood)
	if a.Dump != "" {
		s += "; what everything was doing is in " + a.Dump
	}
	if a.Trace != "" {
		s += ", and the trace in " + a.Trace
	}
	if a.Err != "" {
		s += "; " + a.Err
	}
	return s
}
