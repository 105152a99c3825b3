package engine

import "syscall"

// errReset is what a connection fails with that was reset: Winsock has a number of its
// own.
const errReset = syscall.WSAECONNRESET
