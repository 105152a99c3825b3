// Package alive tells whether the inspector itself still moves, and keeps it moving
// where something outside could stop it.
//
// A [Watchdog] notices a part of the program that is busy and does not get on, and
// leaves behind what all goroutines were doing. A [Recorder] keeps the runtime's
// trace of the last seconds for the same purpose. [Lines] and [Within] stand between
// the program and files that may never answer: a pipe that nobody reads, a folder on
// a dead server. [Go] starts goroutines that can be found in a dump.
//
// Nothing here knows what the program is for.
package alive
