package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"example.com/tufinspect/internal/alive"
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
		return nil, usagef("%s: cannot read %s: %w; %s", flag, shown, pe.Err, hint)
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

// placeFor looks whether there is a place for a file that a flag names.
func placeFor(flag, path string) error {
	shown := safe.Text(path)
	_, err := alive.Within(fileWithin, "looking at the folder of "+shown+": the disk", func() (struct{}, error) {
		if info, err := os.Stat(path); err == nil && info.IsDir() {
			return struct{}{}, errors.New("it is a folder")
		}
		info, err := os.Stat(filepath.Dir(path))
		var pe *os.PathError
		switch {
		case errors.As(err, &pe):
			return struct{}{}, fmt.Errorf("its folder: %w", pe.Err)
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
