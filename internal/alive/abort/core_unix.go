//go:build unix

package abort

import "syscall"

// noCore keeps the signal from leaving a file behind: what is known has been printed.
func noCore() {
	var l syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_CORE, &l) == nil {
		l.Cur = 0
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &l)
	}
}
