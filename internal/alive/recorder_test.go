package alive

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

func TestATraceIsRecorded(t *testing.T) {
	r := NewRecorder()
	path := filepath.Join(t.TempDir(), "x.trace")
	if err := r.WriteFile(path); !errors.Is(err, errNotRecording) || r.Recording() {
		t.Error(err)
	}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	if err := NewRecorder().Start(); err == nil {
		t.Error("two record at a time")
	}
	if err := r.WriteFile(path); err != nil || !r.Recording() {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil || !bytes.HasPrefix(data, []byte("go 1.")) || !bytes.Contains(data[:16], []byte("trace")) {
		t.Errorf("%v, %.16q", err, data)
	}
	r.Stop()
	r.Stop()
	if r.Recording() {
		t.Error("it records after Stop")
	}
}

func TestARecorderBeginsAfterAWhile(t *testing.T) {
	r := NewRecorder()
	r.StartAfter(time.Hour)
	if r.Recording() {
		t.Error("it records already")
	}
	r.StartAfter(time.Nanosecond)
	for limit := time.Now().Add(10 * time.Second); !r.Recording(); {
		if time.Now().After(limit) {
			t.Fatal("it does not begin")
		}
		runtime.Gosched()
	}
	r.Stop()
	if r.Recording() || r.begins != nil {
		t.Error("it records after Stop, or will")
	}
}

func TestNoRecorderRecordsNothing(t *testing.T) {
	var r *Recorder
	if err := r.Start(); err != nil || r.Recording() {
		t.Error(err)
	}
	r.StartAfter(0)
	if err := r.WriteFile("x"); !errors.Is(err, errNotRecording) {
		t.Error(err)
	}
	r.Stop()
}

func TestATraceIsLeftBesideADump(t *testing.T) {
	trace := NewRecorder()
	if err := trace.Start(); err != nil {
		t.Fatal(err)
	}
	defer trace.Stop()
	dir := t.TempDir()
	w := NewWatchdog(Options{})
	r := newRecord(w.now(), []*Part{w.Part("loop")}, w.opt.Limit)
	r.save(dir, trace)
	if r.err != "" || filepath.Ext(r.dump) != ".txt" || filepath.Ext(r.trace) != ".trace" {
		t.Fatalf("%q, %q, %q", r.err, r.dump, r.trace)
	}
	for _, path := range []string{r.dump, r.trace} {
		if st, err := os.Stat(path); err != nil || st.Size() == 0 {
			t.Errorf("%s: %v", path, err)
		}
	}
}
