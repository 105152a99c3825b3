package disk

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// beyond is where a lock is taken, in units of 4 GiB: a place that no file reaches. A
// lock keeps others from reading what it covers here, and a recording is to be read while
// it grows.
const beyond = 1 << 30

// Lock tries to take the lock on an open file, and tells whether somebody else has it.
// Closing the file gives it back.
func Lock(f *os.File) (held bool, err error) {
	err = windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &windows.Overlapped{OffsetHigh: beyond})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return true, nil
	}
	return false, err
}
