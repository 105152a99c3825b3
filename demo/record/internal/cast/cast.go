// Package cast writes recordings that asciinema and its player show: asciicast v2
// (https://docs.asciinema.org/manual/asciicast/v2/), a line of JSON for each piece of
// output.
package cast

import (
	"bufio"
	"encoding/json"
	"io"
	"math"
	"time"
)

// Event is what a program has written at a moment of the recording. The text is
// whole characters.
type Event struct {
	At   time.Duration
	Text string
}

// header is the first line.
type header struct {
	Version int               `json:"version"`
	Width   int               `json:"width"`
	Height  int               `json:"height"`
	Title   string            `json:"title,omitempty"`
	Env     map[string]string `json:"env,omitempty"`
}

// Write writes a recording of a terminal of so many cells. There is no date in it, so
// that nothing differs but what was shown.
func Write(w io.Writer, width, height int, title string, events []Event) error {
	buf := bufio.NewWriter(w)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	first := header{Version: 2, Width: width, Height: height, Title: title, Env: map[string]string{"TERM": "xterm-256color"}}
	if err := enc.Encode(first); err != nil {
		return err
	}
	for _, e := range events {
		at := math.Round(e.At.Seconds()*1000) / 1000
		if err := enc.Encode([]any{at, "o", e.Text}); err != nil {
			return err
		}
	}
	return buf.Flush()
}
