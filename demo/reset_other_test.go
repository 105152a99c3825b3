//go:build !windows

package demo_test

import "syscall"

// errReset is what a read from a connection fails with that was reset.
const errReset = syscall.ECONNRESET
