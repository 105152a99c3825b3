// Package journal writes what a run says to a file, and reads it again.
//
// A recording is JSON lines, UTF-8, each ended by a newline:
//
//	{"schema":"tufinspect.journal/1","program":{…}}
//	{"seq":1,"at_ns":0,"event":"run-started","data":{…}}
//	…
//	{"end":{"events":312,"peak_memory_bytes":44040192}}
//
// The first says what made it, the last that it is whole. Between them are the events of
// the engine in their order, as the screen, plain lines and the report fold them: what is
// read is what was shown. The [Schema] is published. A run that was killed leaves a file
// without its last line, perhaps with half a line at its end; it is read as far as it goes.
//
// Texts in a recording are printable, and addresses and headers are without secrets, because
// events are. But a file may come from anybody: what is read is made printable again, and
// numbers that cannot be are refused.
package journal
