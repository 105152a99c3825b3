package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/disk"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/report"
)

// saving gives what the terminal UI writes reports with: into the folder in which the
// program was started, for people (.txt) and for programs (.json), under a name that
// says when. No file is overwritten. peak is the most memory that the process of the run has
// had.
func saving(std streams, now func() time.Time, peak func() int64) func(*engine.State) func() (string, error) {
	return func(st *engine.State) func() (string, error) {
		rep := report.New(st, report.Options{PeakMemory: peak()})
		return func() (string, error) {
			return alive.Within(std.limits.report, "writing the report: the disk", func() (string, error) {
				return saveReport(rep, now())
			})
		}
	}
}

// saveReport writes a report in both forms, and gives the names of the files.
func saveReport(rep *report.Report, at time.Time) (string, error) {
	base, err := freeName("tufinspect-"+at.Format("20060102-150405"), ".txt", ".json")
	if err != nil {
		return "", err
	}
	for _, form := range []struct {
		ending string
		write  func(io.Writer) error
	}{
		{".txt", func(w io.Writer) error {
			return report.WriteText(w, rep, report.TextOptions{Rest: "all of it is in the .json beside this file"})
		}},
		{".json", func(w io.Writer) error { return report.WriteJSON(w, rep) }},
	} {
		if err := disk.WriteFile(base+form.ending, form.write); err != nil {
			return "", err
		}
	}
	return base + ".txt and .json", nil
}

// freeName finds a name under which there is no file with any of the endings.
func freeName(base string, endings ...string) (string, error) {
	for n := 1; n < 100; n++ {
		name := base
		if n > 1 {
			name = fmt.Sprintf("%s-%d", base, n)
		}
		free := true
		for _, ending := range endings {
			switch _, err := os.Lstat(name + ending); {
			case err == nil:
				free = false
			case !errors.Is(err, fs.ErrNotExist):
				return "", err
			}
		}
		if free {
			return name, nil
		}
	}
	return "", fmt.Errorf("%s and a hundred names like it are taken", base)
}
