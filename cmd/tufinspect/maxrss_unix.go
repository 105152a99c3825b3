//go:build unix && !darwin

package main

import "syscall"

// maxRSS is in KiB on these systems.
func maxRSS(u *syscall.Rusage) int64 {
	return int64(u.Maxrss) << 10 //nolint:unconvert // it has 32 bits on some systems
}
