// Command uiload shows a made-up run on the real screen, in a pseudo terminal of its
// own, and measures whether the screen keeps up: from a key's press to the frame that
// shows what it did, processor time, and bytes to the terminal.
//
// It starts itself again. The child runs [ui.Run] on the terminal with a session that
// is made up: so many targets, so many events a second in batches every 100 ms as the
// engine sends them, with the engine's protocol kept (a violation is an error). The
// parent is the person and the terminal: it presses keys, reads what is drawn into a
// screen of characters, and takes the time until a whole frame on it shows the effect:
// the cursor in another row, another part of the list, another footer. What a key does
// is told apart from what a batch does, since batches change neither of these while a
// person moves. The next key is pressed when the last one has had its effect, after a
// pause of 20 to 120 ms, so that keys meet batches in every phase.
//
// The child's processor time is the system's account of it (getrusage) between two
// moments of the run. The made-up session has its part in that: another child, which
// throws the same events away unread, tells how much, and that is taken off. What is
// left is folding, drawing, writing, and collecting the garbage of all of them.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"time"
)

// options are the flags.
type options struct {
	targets       int
	rate          int
	length        time.Duration
	width, height int
	view, keys    string
	read          int // bytes a second that the terminal takes; 0: all
	profile       string
	child         string // what this process is of the parent: "", "screen" or "sink"
}

// defaultKeys are moves, the detail, the help, and a filter that is typed and cleared.
const defaultKeys = "down down down down pgdown pgdown down up up pgup pgup down down enter down down up esc " +
	"down down ? ? down up / a r m esc down down g"

func main() {
	var o options
	flag.IntVar(&o.targets, "targets", 100_000, "how many targets the run has")
	flag.IntVar(&o.rate, "rate", 10_000, "events a second")
	flag.DurationVar(&o.length, "for", 30*time.Second, "how long is measured, after some seconds to warm up")
	flag.IntVar(&o.width, "width", 120, "columns of the terminal")
	flag.IntVar(&o.height, "height", 36, "its rows")
	flag.StringVar(&o.view, "view", "", "keys to be pressed first, to come to another view")
	flag.StringVar(&o.keys, "keys", defaultKeys, "keys to be pressed over and over; none presses none")
	flag.IntVar(&o.read, "read", 0, "bytes a second that the terminal reads; 0 is all there are")
	flag.StringVar(&o.profile, "profile", "", "write a processor profile of the screen's process to this file")
	flag.StringVar(&o.child, "child", "", "used by the command itself")
	flag.Parse()
	if err := run(&o); err != nil {
		fmt.Fprintln(os.Stderr, "uiload:", err)
		os.Exit(1)
	}
}

func run(o *options) error {
	if o.child != "" {
		return serve(o)
	}
	for _, name := range append(names(o.view), names(o.keys)...) {
		if sequence(name) == "" {
			return fmt.Errorf("no such key: %s", name)
		}
	}
	r, err := measure(o)
	if err != nil {
		return err
	}
	r.print(os.Stdout, o)
	if r.violations > 0 {
		return fmt.Errorf("the made-up run broke the engine's protocol %d times", r.violations)
	}
	if r.lost > 0 {
		return errors.New("there were keys without an effect")
	}
	return nil
}

// names splits a list of keys.
func names(keys string) []string {
	if keys == "none" {
		return nil
	}
	return strings.Fields(keys)
}

// sequence is what a terminal sends for a key, or "".
func sequence(name string) string {
	switch name {
	case "up":
		return "\x1b[A"
	case "down":
		return "\x1b[B"
	case "pgup":
		return "\x1b[5~"
	case "pgdown":
		return "\x1b[6~"
	case "enter":
		return "\r"
	case "esc":
		return "\x1b"
	case "tab":
		return "\t"
	}
	if len(name) == 1 {
		return name
	}
	return ""
}
