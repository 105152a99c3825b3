// Package tape reads tapes: what is done to a program, and what is kept of how it
// looks, a word and what belongs to it on each line.
package tape

import "time"

// Word is what a step does.
type Word string

// The words of steps. Those of settings are in [Tape].
const (
	Run    Word = "run"    // start a program, which ends the one before
	Until  Word = "until"  // wait for a text on screen
	Absent Word = "absent" // wait until a text has gone
	Wait   Word = "wait"   // let time pass
	Key    Word = "key"    // press keys
	Type   Word = "type"   // write a text, character by character
	Shot   Word = "shot"   // keep the screen as a still
	Begin  Word = "begin"  // let gif and cast begin here, with the screen as it is
	End    Word = "end"    // wait until the program has ended by itself
)

// Step is one thing that is done.
type Step struct {
	Line int // in the tape, from 1
	Word Word
	// Text is what until and absent look for, what type writes, and the name of a
	// shot without its ending.
	Text string
	Args []string // of run: the program and its arguments
	Keys []string // of key: what each of them sends
	For  time.Duration
	Code int // of end: the exit code that is expected
	// Width and Height are cells, for the program that run starts.
	Width, Height int
	// Limit is how long until, absent and end wait at most.
	Limit time.Duration
	Env   []string // of run
}

// Tape is a whole one.
type Tape struct {
	Name string // what errors call it
	// Font is the height of a line's letters in pixels of the pictures.
	Font float64
	// FPS is how often a second the screen is looked at for the GIF.
	FPS       float64
	Cast, GIF string // names of files, or ""
	Steps     []Step
}

// What holds where a tape says nothing.
const (
	DefaultWidth  = 120
	DefaultHeight = 36
	DefaultFont   = 23
	DefaultFPS    = 4
	DefaultLimit  = 30 * time.Second
)

// keys are those with a name; any other key is the one character that it writes.
func keys() map[string]string {
	return map[string]string{
		"enter": "\r", "esc": "\x1b", "tab": "\t", "space": " ", "backspace": "\x7f",
		"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
		"home": "\x1b[H", "end": "\x1b[F", "pgup": "\x1b[5~", "pgdown": "\x1b[6~",
		"ctrl+c": "\x03", "ctrl+d": "\x04", "ctrl+l": "\x0c", "ctrl+u": "\x15", "ctrl+z": "\x1a",
	}
}
