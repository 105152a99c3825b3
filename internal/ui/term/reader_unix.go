//go:build unix

package term

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// readable waits until the terminal has input, but not longer than d.
func readable(tty *os.File, d time.Duration) bool {
	fds := []unix.PollFd{{Fd: int32(tty.Fd()), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, int(d.Milliseconds()))
	return err == nil && n > 0 && fds[0].Revents&unix.POLLIN != 0
}
