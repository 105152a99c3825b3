//go:build !unix

package main

import (
	"os"
	"runtime"
)

// progressSignal never brings anything: there is no such signal here.
func progressSignal(*child) (<-chan os.Signal, func()) { return nil, func() {} }

// peakMemory is what the runtime took from the system, in bytes: the nearest there is.
func peakMemory() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys)
}
