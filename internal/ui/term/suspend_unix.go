//go:build unix

package term

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// notStopped is after how long a process that is still running was not stopped. A
// stopped one cannot look at its clock, so this is no limit on how long it stays
// away.
const notStopped = 500 * time.Millisecond

// Suspend stops the process group, as the terminal driver does on ctrl+z in cooked
// mode, and returns when it is continued: for how long it was away, and true. In a
// process group that nobody could continue (no job control) the system ignores the
// request; then Suspend returns false after half a second instead of waiting for
// ever.
func Suspend() (time.Duration, bool) {
	cont := make(chan os.Signal, 1)
	signal.Notify(cont, syscall.SIGCONT)
	defer signal.Stop(cont)
	start := time.Now()
	if err := syscall.Kill(0, syscall.SIGTSTP); err != nil {
		return 0, false
	}
	t := time.NewTimer(notStopped)
	defer t.Stop()
	select {
	case <-cont:
		return time.Since(start), true
	case <-t.C:
	}
	// Both happen at once when the process comes back.
	select {
	case <-cont:
		return time.Since(start), true
	case <-time.After(10 * time.Millisecond):
		return 0, false
	}
}
