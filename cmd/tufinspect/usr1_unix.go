//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// progressSignal brings SIGUSR1, which asks for a progress line.
func progressSignal() (<-chan os.Signal, func()) {
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, syscall.SIGUSR1)
	return ch, func() { signal.Stop(ch) }
}

// peakMemory is the most memory that the process has had, in bytes.
func peakMemory() int64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return maxRSS(&u)
}
