//go:build unix

package term

import (
	"os"

	"golang.org/x/sys/unix"
)

// Foreground tells whether this process may use a terminal. It may not while it is a
// job in the background of a shell: the system stops a background process that only
// tries to set the terminal's modes. A terminal that knows no jobs, or those of
// another session, is anybody's.
func Foreground(tty *os.File) bool {
	group, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}
