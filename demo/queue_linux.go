package demo

import (
	"net"
	"syscall"
)

// shortenQueue makes the queue of connections that nobody has taken as short as it
// can be, and tells whether that was possible: Linux takes a later call of listen as a
// change of the length.
func shortenQueue(l net.Listener) bool {
	tcp, ok := l.(*net.TCPListener)
	if !ok {
		return false
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return false
	}
	done := false
	err = raw.Control(func(fd uintptr) { done = syscall.Listen(int(fd), 0) == nil })
	return err == nil && done
}
