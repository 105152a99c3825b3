//go:build !windows

package disk

import "os"

// Nameless makes a file for a process alone, in dir or, if that is "", among the
// system's temporary files. It is gone when it is closed, or when the process has ended
// in whatever way. Its name begins with prefix for as long as it has one.
func Nameless(dir, prefix string) (*os.File, error) {
	file, err := os.CreateTemp(dir, prefix+".*.tmp")
	if err == nil {
		_ = os.Remove(file.Name()) // where that is not possible it stays, for the system to clear up
	}
	return file, err
}
