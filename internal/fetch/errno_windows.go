package fetch

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// What sockets and files fail with, for errors.Is: Windows has numbers of its own.
const (
	errRefused      = windows.WSAECONNREFUSED
	errReset        = windows.WSAECONNRESET
	errAborted      = windows.WSAECONNABORTED
	errTimedOut     = windows.WSAETIMEDOUT
	errNoRoute      = windows.WSAEHOSTUNREACH
	errNoNetwork    = windows.WSAENETUNREACH
	errBrokenPipe   = syscall.EPIPE
	errTooManyFiles = windows.WSAEMFILE
	errNoLocalPort  = windows.WSAEADDRNOTAVAIL
	errLongName     = windows.ERROR_FILENAME_EXCED_RANGE
	errBadName      = windows.ERROR_INVALID_NAME
)
