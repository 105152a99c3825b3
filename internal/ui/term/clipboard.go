package term

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/aymanbagabas/go-osc52/v2"
)

const (
	// clipMost is how many bytes are copied at most. Terminals take between 8 KiB and
	// 75 KiB, and drop longer sequences without a word.
	clipMost = 8 << 10
	// clipWithin is how long another program may take to pass a text on.
	clipWithin = 2 * time.Second
)

// Copy gives a text to the clipboard of the person at the terminal, wherever that is,
// and says which way it went. Whether it arrived cannot be known: a terminal does not
// answer.
//
// The way is the sequence OSC 52, in the queue of the frames and never dropped from
// it. GNU screen needs a wrapping. tmux ignores the sequence from programs unless told
// otherwise, so there its own command is asked for; that takes at most two seconds.
func (w *Writer) Copy(text string, getenv func(string) string) (how string, err error) {
	if len(text) > clipMost {
		return "", fmt.Errorf("%d bytes are more than terminals take (%d)", len(text), clipMost)
	}
	sequence := osc52.New(text)
	switch {
	case getenv("TMUX") != "":
		if err := tmuxCopy(text); err == nil {
			return "given to tmux, for the terminal's clipboard", nil
		}
		sequence = sequence.Tmux()
	case strings.HasPrefix(getenv("TERM"), "screen"):
		sequence = sequence.Screen()
	}
	if !w.put([]byte(sequence.String()), modeLimit) {
		return "", errors.New("the terminal does not read")
	}
	return "sent to the terminal's clipboard", nil
}

// tmuxCopy loads tmux's buffer, and with it the clipboard of the terminal outside.
func tmuxCopy(text string) error {
	ctx, cancel := context.WithTimeout(context.Background(), clipWithin)
	defer cancel()
	c := exec.CommandContext(ctx, "tmux", "load-buffer", "-w", "-")
	c.Stdin = strings.NewReader(text)
	c.WaitDelay = clipWithin / 4
	return c.Run()
}
