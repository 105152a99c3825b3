// Package abort makes a crash of the runtime end the process by a signal. Go's own
// exit code for a crash is 2, which stands for a repository that is proved to be
// broken; a shell shows 134 for the signal.
//
// It is imported for this alone, and imports nothing but the standard library, so
// that it is initialised before almost everything else. A crash before that, when the
// system grants not even the runtime's first threads, still ends with 2, and with no
// report.
package abort

import "runtime/debug"

func init() {
	debug.SetTraceback("crash")
	noCore()
}
