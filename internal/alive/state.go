package alive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

const (
	// keepDumps is how many dumps stay in the state folder, and how many crashes.
	keepDumps = 20
	// keepTraces is how many traces stay: one takes a few MiB.
	keepTraces = 5
	// stampForm is the time in a file's name; names sort by it.
	stampForm = "20060102T150405Z"
)

// ours are the names of the files that this package makes, also of one that was not
// completed. Nothing else is ever removed.
var ours = regexp.MustCompile(`^(stuck|crash)-\d{8}T\d{6}Z-\d+(-\d+)?\.(txt|trace)(\.tmp)?$`)

// StateDir is the folder for what the program leaves behind about itself:
// $XDG_STATE_HOME/tufinspect or ~/.local/state/tufinspect; the user's folder for
// caches on macOS and Windows. It is not made here. The error says which variable is
// missing.
func StateDir(getenv func(string) string) (string, error) { return stateDir(runtime.GOOS, getenv) }

func stateDir(goos string, getenv func(string) string) (string, error) {
	dir, missing := Below(goos, getenv, "Caches")
	if missing != "" {
		return "", fmt.Errorf("there is no folder for the program's state: $%s is not set", missing)
	}
	return dir, nil
}

// Below gives the program's folder among what the user's programs keep, on a system by
// its Go name; library is the folder below Library on macOS. Missing is the variable of
// the environment without which there is none, or "".
func Below(goos string, getenv func(string) string, library string) (dir, missing string) {
	// A relative path in these variables is invalid and to be ignored (XDG Base
	// Directory Specification).
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "tufinspect"), ""
	}
	variable, below := "HOME", filepath.Join(".local", "state")
	switch goos {
	case "windows":
		variable, below = "LocalAppData", ""
	case "darwin", "ios":
		below = filepath.Join("Library", library)
	}
	home := getenv(variable)
	if !filepath.IsAbs(home) {
		return "", variable
	}
	return filepath.Join(home, below, "tufinspect"), ""
}

// Crash has the runtime write its last words to a new file in dir, besides stderr,
// when the process dies of a panic or of a fault of the runtime, and gives the file's
// path. The folder is made if it has to be. Older files of that kind are removed,
// but for the newest. The caller removes the file when the process ends in order.
func Crash(dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	f, path, err := create(dir, "crash", ".txt", time.Now(), "")
	if err != nil {
		return "", err
	}
	defer f.Close() // the runtime has a copy of its own
	if err := debug.SetCrashOutput(f, debug.CrashOptions{}); err != nil {
		return "", errors.Join(err, os.Remove(path))
	}
	prune(dir)
	return path, nil
}

// create makes a new file of a name that tells its kind, the time and the process.
// The suffix is for as long as the file is not complete.
func create(dir, kind, ext string, at time.Time, suffix string) (*os.File, string, error) {
	stem := fmt.Sprintf("%s-%s-%d", kind, at.UTC().Format(stampForm), os.Getpid())
	for n := range 100 {
		name := stem + ext
		if n > 0 {
			name = fmt.Sprintf("%s-%d%s", stem, n, ext)
		}
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); err == nil {
			continue
		}
		f, err := os.OpenFile(path+suffix, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			return f, path, err
		}
	}
	return nil, "", fmt.Errorf("making %s%s: %w", stem, ext, fs.ErrExist)
}

// writeFile makes a file of which others see all or nothing.
func writeFile(path string, data []byte) error {
	f, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return complete(f, path, data)
}

// complete fills a file of a name for the time being and gives it its own.
func complete(f *os.File, path string, data []byte) error {
	_, err := f.Write(data)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// prune removes the oldest files of our own names. Errors do not matter: another
// process may do the same.
func prune(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	kinds := map[string][]string{}
	for _, e := range entries {
		if m := ours.FindStringSubmatch(e.Name()); m != nil && e.Type().IsRegular() {
			kinds[m[1]+m[3]] = append(kinds[m[1]+m[3]], e.Name())
		}
	}
	for kind, names := range kinds {
		keep := keepDumps
		if kind == "stucktrace" {
			keep = keepTraces
		}
		slices.Sort(names) // by time, within a kind
		for _, name := range names[:max(len(names)-keep, 0)] {
			_ = os.Remove(filepath.Join(dir, name))
		}
	}
}
