package term

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// open gives a way to the terminal that can be interrupted. Opening it anew gives
// an open file description of its own: making the given one non-blocking would
// change it for the shell too. Without permission for that (after su, say) writes
// go to the file as it is.
func open(tty *os.File) dest {
	if _, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS); err != nil {
		return plain{tty}
	}
	name := fmt.Sprintf("/proc/self/fd/%d", tty.Fd())
	f, err := os.OpenFile(name, os.O_WRONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return plain{tty}
	}
	if err := f.SetWriteDeadline(time.Time{}); err != nil {
		f.Close()
		return plain{tty}
	}
	return polled{f}
}

// discard throws away what the system holds for a terminal that does not read.
func discard(tty *os.File) { _ = unix.IoctlSetInt(int(tty.Fd()), unix.TCFLSH, unix.TCOFLUSH) }
