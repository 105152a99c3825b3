package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/disk"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

const (
	// fileWithin is how long the disk may take for a file that a flag names.
	fileWithin = 10 * time.Second
	// caLimit is the largest file of certificate authorities that is read, in bytes.
	caLimit = 64 << 20
)

// readFile reads a file that a flag names. Looked at first, since to open a pipe
// without a writer would wait for one. A disk that does not answer is no mistake in
// how the program was called.
func readFile(flag, path, hint string, limit int64) ([]byte, error) {
	shown := safe.Text(path)
	data, err := alive.Within(fileWithin, "reading "+shown+": the disk", func() ([]byte, error) {
		switch st, err := os.Stat(path); {
		case err != nil:
			return nil, err
		case !st.Mode().IsRegular():
			return nil, errNotRegular
		}
		file, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		return io.ReadAll(io.LimitReader(file, limit+1))
	})
	var pe *os.PathError
	switch {
	case errors.Is(err, alive.ErrNoAnswer):
		return nil, fmt.Errorf("%s: %w", flag, err)
	case errors.Is(err, errNotRegular):
		return nil, usagef("%s: %s is not a regular file; %s", flag, shown, hint)
	case errors.As(err, &pe):
		return nil, usagef("%s: cannot read %s: %w; %s", flag, shown, disk.Reason(pe), hint)
	case err != nil:
		return nil, usagef("%s: cannot read %s: %w", flag, shown, err)
	case int64(len(data)) > limit:
		return nil, usagef("%s: %s is larger than %s; %s", flag, shown, measure.Size(limit), hint)
	}
	return data, nil
}

var errNotRegular = errors.New("not a regular file")

// parseBase is fetch.ParseBase for a folder that may be on a disk which does not
// answer.
func parseBase(s string) (string, error) {
	return alive.Within(fileWithin, "looking at "+fetch.Redact(s)+": the disk", func() (string, error) { return fetch.ParseBase(s) })
}

// place is a file that a command reads or writes, and what names it: a flag.
type place struct{ flag, path string }

// apart is an error when a command would write over what it reads, or one file twice.
// Devices and pipes may be written to several times.
func apart(writes, reads []place) error {
	for i, w := range writes {
		for _, o := range slices.Concat(writes[i+1:], reads) {
			if w.path == "" || o.path == "" {
				continue
			}
			same, err := alive.Within(fileWithin, "looking at "+safe.Text(w.path)+": the disk", func() (bool, error) { return sameFile(w.path, o.path), nil })
			if err != nil {
				return fmt.Errorf("%s: %w", w.flag, err)
			}
			if same {
				return usagef("%s and %s are the same file, %s: give two names", w.flag, o.flag, safe.Text(o.path))
			}
		}
	}
	return nil
}

func sameFile(a, b string) bool {
	one, err1 := os.Stat(a)
	other, err2 := os.Stat(b)
	if err1 == nil && err2 == nil {
		return one.Mode().IsRegular() && os.SameFile(one, other)
	}
	a, err1 = filepath.Abs(a)
	b, err2 = filepath.Abs(b)
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" { // few disks tell them apart there
		a, b = strings.ToLower(a), strings.ToLower(b)
	}
	return err1 == nil && err2 == nil && a == b
}

// reads are the files that a run reads.
func (f *runFlags) reads(more ...place) []place {
	list := append(slices.Clip(more), place{"--ca", f.transport.ca})
	if !strings.Contains(f.root, "://") {
		list = append(list, place{"--root", f.root})
	}
	return list
}

// placeFor looks whether there is a place for a file that a flag names.
func placeFor(flag, path string) error {
	if path == "" {
		return usagef("%s: there is no name of a file", flag)
	}
	shown := safe.Text(path)
	_, err := alive.Within(fileWithin, "looking at the folder of "+shown+": the disk", func() (struct{}, error) {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return struct{}{}, errors.New("it is a folder")
		}
		info, err := os.Stat(filepath.Dir(path))
		var pe *os.PathError
		switch {
		case errors.As(err, &pe):
			return struct{}{}, fmt.Errorf("its folder: %w", disk.Reason(pe))
		case err == nil && !info.IsDir():
			err = errors.New("what it is to be in is no folder")
		}
		return struct{}{}, err
	})
	switch {
	case errors.Is(err, alive.ErrNoAnswer):
		return fmt.Errorf("%s: %w", flag, err)
	case err != nil:
		return usagef("%s: %s cannot be written: %w", flag, shown, err)
	}
	return nil
}
