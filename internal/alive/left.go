package alive

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Left gives the files that this package has left in a folder about a time, for a process:
// dumps, traces and the last words of crashes, the oldest first. A folder that is not there
// has none.
func Left(dir string, pid int, from, to time.Time) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var out []string
	for _, e := range entries {
		if !ours.MatchString(e.Name()) || strings.HasSuffix(e.Name(), ".tmp") {
			continue
		}
		_, rest, _ := strings.Cut(e.Name(), "-")
		stamp, number, _ := strings.Cut(rest, "-")
		number, _, _ = strings.Cut(number, ".")
		number, _, _ = strings.Cut(number, "-") // there may be several of a second
		at, err := time.Parse(stampForm, stamp)
		if err == nil && number == strconv.Itoa(pid) && !at.Before(from.Truncate(time.Second)) && !at.After(to) {
			out = append(out, filepath.Join(dir, e.Name()))
		}
	}
	slices.SortFunc(out, func(a, b string) int { return strings.Compare(stampOf(a), stampOf(b)) })
	return out
}

// stampOf is a file's name from its time on.
func stampOf(path string) string {
	_, rest, _ := strings.Cut(filepath.Base(path), "-")
	return rest
}
