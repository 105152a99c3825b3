package alive

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestWhereTheStateIs(t *testing.T) {
	disk := filepath.ToSlash(filepath.VolumeName(os.TempDir())) // absolute paths begin with it
	for _, c := range []struct {
		name, goos string
		env        map[string]string
		want       string
	}{
		{"by the variable for it", "linux", map[string]string{"XDG_STATE_HOME": "/s", "HOME": "/h"}, "/s/tufinspect"},
		{"at home", "linux", map[string]string{"HOME": "/h"}, "/h/.local/state/tufinspect"},
		{"a relative variable is not valid", "freebsd", map[string]string{"XDG_STATE_HOME": "s", "HOME": "/h"}, "/h/.local/state/tufinspect"},
		{"on macOS", "darwin", map[string]string{"HOME": "/h"}, "/h/Library/Caches/tufinspect"},
		{"on Windows", "windows", map[string]string{"LocalAppData": "/l", "HOME": "/h"}, "/l/tufinspect"},
		{"nowhere", "linux", nil, ""},
	} {
		if c.want != "" {
			c.want = disk + c.want
		}
		dir, err := stateDir(c.goos, func(k string) string {
			if v := c.env[k]; strings.HasPrefix(v, "/") {
				return disk + v
			}
			return c.env[k]
		})
		if filepath.ToSlash(dir) != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s: %q, %v, want %q", c.name, dir, err, c.want)
		}
	}
}

func TestOldFilesOfOurOwnAreRemovedAndNoOthers(t *testing.T) {
	dir := t.TempDir()
	touch := func(name string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	others := []string{"stuck.txt", "stuck-20200101T000000Z-7.txt.gz", "notes", "crash-2020-7.txt"}
	for _, name := range others {
		touch(name)
	}
	for i := range 30 {
		for _, form := range []string{"stuck-202601%02dT000000Z-7.txt", "stuck-202601%02dT000000Z-7.trace", "crash-202601%02dT000000Z-7.txt"} {
			touch(fmt.Sprintf(form, i))
		}
	}
	prune(dir)
	left := map[string]int{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		kind, _, _ := strings.Cut(e.Name(), "-")
		left[kind+filepath.Ext(e.Name())]++
	}
	if left["stuck.txt"] != keepDumps || left["stuck.trace"] != keepTraces || left["crash.txt"] != keepDumps+1 {
		t.Errorf("%v", left)
	}
	for _, name := range append(others, "stuck-20260129T000000Z-7.txt", "stuck-20260110T000000Z-7.txt", "stuck-20260125T000000Z-7.trace") {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestTwoDumpsInOneSecond(t *testing.T) {
	dir := t.TempDir()
	seen := map[string]bool{}
	for range 3 {
		r := newRecord(time.Date(2026, 11, 26, 15, 4, 5, 0, time.UTC), nil, time.Second)
		path, err := r.saveDump(dir)
		if err != nil || seen[path] || !strings.HasPrefix(filepath.Base(path), "stuck-20261126T150405Z-") || !ours.MatchString(filepath.Base(path)) {
			t.Errorf("%q, %v", path, err)
		}
		seen[path] = true
	}
}

// It needs a process that crashes: this one again.
func TestTheLastWordsOfACrashAreKept(t *testing.T) {
	if dir := os.Getenv("ALIVE_TEST_CRASH"); dir != "" {
		if _, err := Crash(dir); err != nil {
			fmt.Println(err)
			os.Exit(0)
		}
		go panic("these words")
		select {}
	}
	dir := filepath.Join(t.TempDir(), "state")
	cmd := exec.Command(os.Args[0], "-test.run=^TestTheLastWordsOfACrashAreKept$")
	cmd.Env = append(os.Environ(), "ALIVE_TEST_CRASH="+dir)
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Fatalf("it did not crash: %s", out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "crash-*.txt"))
	if err != nil || len(files) != 1 || !ours.MatchString(filepath.Base(files[0])) {
		t.Fatalf("%q, %v", files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil || !strings.Contains(string(text), "panic: these words") {
		t.Errorf("%v, %q", err, text)
	}
}

func TestWhatIsLeftOfATimeIsFound(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{
		"stuck-20261127T100000Z-7.txt", "crash-20261127T095959Z-7-2.txt", "stuck-20261127T100500Z-7.trace", "stuck-20261127T120000Z-7.txt",
		"stuck-20261127T100001Z-7.txt.tmp", "notes.txt", "crash-20261127T080000Z-7.txt", "crash-20261127T100100Z-3.txt",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	from := time.Date(2026, 11, 27, 9, 59, 59, 500, time.UTC)
	var got []string
	for _, path := range Left(dir, 7, from, from.Add(time.Hour)) {
		got = append(got, filepath.Base(path))
	}
	want := []string{"crash-20261127T095959Z-7-2.txt", "stuck-20261127T100000Z-7.txt", "stuck-20261127T100500Z-7.trace"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if Left(filepath.Join(dir, "none"), 7, from, from) != nil {
		t.Error("something is left where nothing is")
	}
}
