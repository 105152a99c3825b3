package fetch

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// setUnackedLimit lets the kernel give a connection up when sent bytes stay
// unacknowledged for so long (tcp(7), TCP_USER_TIMEOUT). An old kernel without
// the option is no reason not to connect, so its error is dropped.
func setUnackedLimit(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(unackedLimit/time.Millisecond))
	})
}
