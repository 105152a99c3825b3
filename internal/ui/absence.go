package ui

import (
	"io"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/tufinspect/internal/ui/term"
)

// suspend gives the terminal back, stops the process, and takes the terminal again.
// Bubble Tea's own way neither waits for what is queued for the terminal, nor comes
// back where there is no job control, nor can it end in the background.
func (s *screen) suspend() tea.Cmd {
	away := &absence{screen: s}
	return tea.Exec(away, func(err error) tea.Msg { return resumeMsg{away.away, away.ok, err} })
}

// absence is a suspension, in the form of a command that takes the terminal.
type absence struct {
	screen *screen
	away   time.Duration
	ok     bool
}

// lookAgain is how often a job in the background looks whether it is there still. A
// shell that brings back a job that runs already does not say so.
const lookAgain = 200 * time.Millisecond

// Run returns when the terminal may be used again. Continued in the background the
// run goes on unseen; when it is ended there, Run does not return.
func (a *absence) Run() error {
	if a.screen.flush != nil {
		a.screen.flush()
	}
	a.away, a.ok = term.Suspend()
	if a.screen.foreground == nil || a.screen.foreground() {
		return nil
	}
	t := time.NewTicker(lookAgain)
	defer t.Stop()
	for {
		select {
		case <-t.C:
			if a.screen.foreground() {
				return nil
			}
		case <-a.screen.aborted:
			close(a.screen.left)
			select {}
		}
	}
}
func (*absence) SetStdin(io.Reader)  {}
func (*absence) SetStdout(io.Writer) {}
func (*absence) SetStderr(io.Writer) {}
