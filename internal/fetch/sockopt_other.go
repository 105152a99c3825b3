//go:build !linux

package fetch

import "syscall"

// setUnackedLimit does nothing: only keep-alive notices a lost peer here.
func setUnackedLimit(_, _ string, _ syscall.RawConn) error { return nil }
