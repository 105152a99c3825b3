package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// Lock tries to take the lock on an open file, and tells whether somebody else has it.
// Closing the file gives it back.
func Lock(f *os.File) (held bool, err error) {
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return true, nil
	}
	return false, err
}
