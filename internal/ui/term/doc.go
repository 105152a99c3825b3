// Package term is the terminal's edge: how frames get out, how keys come in, and
// how the process steps aside for the shell.
//
// A terminal is a device that may stop reading at any moment: a connection that
// hangs, a multiplexer in copy mode, a window that is being dragged. Nothing here
// lets that reach the program. [Writer] takes frames without ever waiting,
// [Reader] puts torn key sequences together again, and [Suspend] comes back also
// when there is no shell to go to.
//
// The subpackage nobg is separate because of when it has to run.
package term
