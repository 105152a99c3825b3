package demo_test

import "syscall"

// errReset is what a read from a connection fails with that was reset: Winsock has a
// number of its own.
const errReset = syscall.WSAECONNRESET
