package term

import (
	"os"

	"github.com/charmbracelet/x/term"
)

// Save remembers the modes of a terminal (echo, line by line, signals from keys). The
// function that it returns sets them again; it does nothing if there are none, and
// nothing in the background of a shell, whose modes they are then.
func Save(tty *os.File) (restore func()) {
	state, err := term.GetState(tty.Fd())
	if err != nil {
		return func() {}
	}
	return func() {
		if Foreground(tty) {
			_ = term.Restore(tty.Fd(), state)
		}
	}
}
