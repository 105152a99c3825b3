//go:build unix

package fetch

import "syscall"

// openNonblock keeps open(2) from waiting for the other end of a FIFO that took
// the place of a regular file.
const openNonblock = syscall.O_NONBLOCK
