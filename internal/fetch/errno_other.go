//go:build !windows

package fetch

import "syscall"

// What sockets and files fail with, for errors.Is.
const (
	errRefused      = syscall.ECONNREFUSED
	errReset        = syscall.ECONNRESET
	errAborted      = syscall.ECONNABORTED
	errTimedOut     = syscall.ETIMEDOUT
	errNoRoute      = syscall.EHOSTUNREACH
	errNoNetwork    = syscall.ENETUNREACH
	errBrokenPipe   = syscall.EPIPE
	errTooManyFiles = syscall.EMFILE
	errNoLocalPort  = syscall.EADDRNOTAVAIL
	errLongName     = syscall.ENAMETOOLONG
	errBadName      = syscall.EILSEQ
)
