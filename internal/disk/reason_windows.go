package disk

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"golang.org/x/sys/windows"
)

// worded is an error of the system in other words.
type worded struct {
	text string
	err  error
}

func (w worded) Error() string { return w.text }
func (w worded) Unwrap() error { return w.err }

// words has what is to be said of errors, the first that fits.
var words = []struct {
	err  error
	text string
}{
	{windows.ERROR_SHARING_VIOLATION, "another program has it open"},
	{windows.ERROR_LOCK_VIOLATION, "another program has locked it"},
	{windows.ERROR_DISK_FULL, "no space left on device"},
	{windows.ERROR_HANDLE_DISK_FULL, "no space left on device"},
	{windows.ERROR_INVALID_NAME, "no file can have this name here"},
	{windows.ERROR_DIRECTORY, "not a folder"},
	{fs.ErrNotExist, "no such file or directory"},
	{fs.ErrExist, "file exists"},
	{fs.ErrPermission, "permission denied"},
}

// inWords says an error of the system as the same is said elsewhere: in lower case and
// without a full stop. Of one for which there are no words the system's stay.
func inWords(err error) error {
	var code syscall.Errno
	if !errors.As(err, &code) {
		return err
	}
	for _, w := range words {
		if errors.Is(err, w.err) {
			return worded{w.text, err}
		}
	}
	return worded{strings.TrimSuffix(err.Error(), "."), err}
}
