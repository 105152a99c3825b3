//go:build !unix

package term

import "time"

// Suspend does nothing: there is no job control here.
func Suspend() (time.Duration, bool) { return 0, false }
