//go:build !linux

package fetch

import "syscall"

// socketFacts is not available: the phase alone speaks here.
func socketFacts(syscall.RawConn) (Facts, bool) { return Facts{}, false }
