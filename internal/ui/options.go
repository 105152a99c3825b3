package ui

import (
	"fmt"
	"os"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/engine"
)

// Session is a run that is shown. *engine.Session is one.
type Session interface {
	// Updates brings events in batches and is closed after the last.
	Updates() <-chan engine.Update
	// Send hands over a command, and tells whether somebody took it.
	Send(engine.Command) bool
}

// Options say what is shown and where. In and Out have to be terminals.
type Options struct {
	Session Session
	In, Out *os.File
	// Title stands first on the screen; "" is "tufinspect".
	Title string
	// Recording is the name of the recording that Session plays; "" says that it is a run. It
	// is shown as it is, made printable.
	Recording string
	// Troubles are the times of a recording in which something went wrong, rising. They are
	// marked on its bar.
	Troubles []time.Duration
	// Theme chooses the colours. NO_COLOR overrides it.
	Theme Theme
	// ASCII uses no other glyphs; see [WantsASCII].
	ASCII bool
	// Mouse takes the mouse from the start. It can be switched on screen.
	Mouse bool
	// Save takes what a report needs of a state, and gives a function that writes it,
	// which may wait and is called on a goroutine of its own. It gives the file's name.
	// nil writes nothing.
	Save func(*engine.State) func() (string, error)
	// Restorer is given a function that brings the terminal back at once, whatever the
	// screen is doing, and after which nothing is drawn. It may be called on any
	// goroutine until Run returns, and takes less than a second. nil hears of none.
	Restorer func(restore func())
	// Watchdog watches the screen; nil watches nothing.
	Watchdog *alive.Watchdog
	// Clock gives the time; nil is time.Now.
	Clock func() time.Time
}

// Outcome is what a screen leaves behind.
type Outcome struct {
	// State is the run as far as it was folded. It belongs to the caller.
	State *engine.State
	// Complete says that the last event is in it.
	Complete bool
	// Screen is the last one, with its colours, if the person wants to keep it; else "".
	Screen string
	// Interrupted says that the context ended the screen, and not a person.
	Interrupted bool
}

// PanicError is a panic of the screen itself. The terminal has been restored.
type PanicError struct {
	Value any
	Stack []byte
}

// Error names the panic, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("the screen failed: %v", e.Value) }
