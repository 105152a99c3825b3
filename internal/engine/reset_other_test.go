//go:build !windows

package engine

import "syscall"

// errReset is what a connection fails with that was reset.
const errReset = syscall.ECONNRESET
