//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// progressSignal brings SIGUSR1, which asks for a progress line: also one that a
// parent got and passes on.
func progressSignal(c *child) (<-chan os.Signal, func()) {
	ch := make(chan os.Signal, 1)
	if c != nil {
		ch = c.progress
	}
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
