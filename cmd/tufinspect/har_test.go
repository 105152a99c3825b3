//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"example.com/tufinspect/internal/disk"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/har"
)

// quietOverseer counts what it is told of the report, also by a writer that was left behind.
type quietOverseer struct {
	overseer
	told atomic.Int32
}

func (q *quietOverseer) ended() { q.told.Add(1) }

// A pipe whose reader does not read stands for a disk that does not answer.
func TestAnArchiveThatNobodyTakesCostsTheReportLittle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run.har")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close() // ends the writing
	st := &engine.State{Run: engine.RunStarted{Repository: strings.Repeat("x", 1<<20)}}
	h := harFlag(path)
	for _, c := range []struct {
		deadline time.Duration
		code     int
		want     error
	}{{0, 0, exitError(exitUnknown)}, {time.Minute, 0, exitError(exitUnknown)}, {0, exitTerminated, nil}} {
		said, err := os.CreateTemp(t.TempDir(), "")
		if err != nil {
			t.Fatal(err)
		}
		std := streams{err: said, limits: limits{look: time.Hour, report: 40 * time.Millisecond, late: 40 * time.Millisecond, stop: 40 * time.Millisecond}}
		var o quietOverseer
		if got := h.write(std, &o, st, c.deadline, c.code); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
		b, err := os.ReadFile(said.Name())
		if err != nil || !strings.Contains(string(b), "--har: writing "+path+": the disk has not answered within 20ms") {
			t.Errorf("%+v: %q, %v", c, b, err)
		}
		if o.told.Load() == 0 {
			t.Errorf("%+v: the report's time did not begin anew", c)
		}
		said.Close()
	}
}

// What is only slow leaves nothing half behind.
func TestAnArchiveThatTakesTooLongIsTakenAwayAgain(t *testing.T) {
	dir := t.TempDir()
	m := &moving{Writer: io.Discard, overseer: &quietOverseer{}, step: func() {}, until: time.Now().Add(-time.Second)}
	err := disk.WriteFile(filepath.Join(dir, "run.har"), func(io.Writer) error { return har.Write(m, &engine.State{}) })
	if !errors.Is(err, errTooLarge) {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); len(left) > 0 || err != nil {
		t.Errorf("%v, %v", left, err)
	}
}

// archived checks that there is a whole archive with the silent file in it.
func archived(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(b) || !strings.Contains(string(b), `"path":"timestamp.json"`) || !strings.Contains(string(b), `"_error":"`) {
		t.Errorf("%s", b)
	}
}
