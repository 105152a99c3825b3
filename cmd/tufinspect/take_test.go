//go:build linux

package main

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What a person takes along from the screen, on a terminal that never answers.
func TestTakingThingsAlong(t *testing.T) {
	t.Setenv("TMUX", "")
	url, root := silentServer(t)
	dir := t.TempDir()
	t.Chdir(dir)
	archive := filepath.Join(t.TempDir(), "run.har")
	x := open(t, 120, 36, "--root", root, "--stall-after", "300ms", "--stall-timeout", "0", "--har", archive, url)
	x.until(0, "timestamp.json", "no first byte")

	at := x.press("c")
	x.until(at, "sent to the terminal's clipboard (14 bytes)")
	want := "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte("timestamp.json")) + "\x07"
	if out := x.written(); strings.Count(out, want) != 1 || strings.Count(out, "\x1b]52") != 1 {
		t.Errorf("the clipboard's sequence is there %d times", strings.Count(out, "\x1b]52"))
	}
	at = x.press("w")
	x.until(at, "the report is in tufinspect-")
	x.press("w") // of what the screen says then only what differs is written to it
	reports(t, dir, 2)

	at = x.press("m")
	x.until(at, "mouse on")
	if !strings.Contains(x.written()[at:], "\x1b[?1002h") {
		t.Error("the mouse is not asked for")
	}
	at = x.press("P")
	x.until(at, "***")
	at = x.press("Qy")
	x.ends(exitUnknown)
	archived(t, archive)
	out := x.written()[at:]
	if off := strings.LastIndex(out, "\x1b[?1002l"); off < 0 {
		t.Error("the mouse stays taken")
	}
	left := out[strings.LastIndex(out, "\x1b[?1049l"):]
	for _, want := range []string{"TARGET", "PROGRESS / REASON", "***", "tufinspect: " + url} {
		if !strings.Contains(left, want) {
			t.Errorf("no %q in what is left: %q", want, left)
		}
	}
}

// reports waits for the files that are written, so many pairs, and checks that each is whole.
func reports(t *testing.T, dir string, pairs int) {
	t.Helper()
	var files []string
	for end := time.Now().Add(patience); len(files) != 2*pairs; time.Sleep(5 * time.Millisecond) {
		var err error
		if files, err = filepath.Glob(filepath.Join(dir, "tufinspect-*[tn]")); err != nil || time.Now().After(end) {
			t.Fatalf("%q %v", files, err)
		}
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(name) == ".json" && !json.Valid(b) || !strings.Contains(string(b), "timestamp.json") || !strings.Contains(string(b), "while the run was going on") {
			t.Errorf("%s: %s", name, b)
		}
	}
}

func TestReportsAreNotOverwritten(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, want := range []string{"r", "r-2", "r-3"} {
		got, err := freeName("r", ".txt", ".json")
		if err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
		if err := os.WriteFile(got+".json", nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
