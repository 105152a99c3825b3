package main

import (
	"regexp"
	"strings"
	"time"
)

// effectWithin is how long the effect of a key is waited for.
const effectWithin = 10 * time.Second

// look is the part of a screen that keys change and events do not.
type look struct {
	row         int    // of the cursor's mark, or -1
	first, last bool   // it is the first or the last row with something in it
	window      string // which rows of the list are on screen: "1-29"
	enter       string // what the footer says that enter does
	prompt      string // the filter as far as it is typed
	help        bool
}

var (
	windowText = regexp.MustCompile(`  (\d+-\d+) of \d+`)
	enterText  = regexp.MustCompile(`\benter (\w+)`)
	promptText = regexp.MustCompile(`^ ?/(.*?)  +\d+ of \d+`)
)

// read takes it off a screen.
func read(g *grid) look {
	l := look{row: -1}
	for r := range g.height {
		s := g.line(r)
		if l.row < 0 && strings.HasPrefix(s, "›") {
			l.row = r
			l.first = !strings.HasPrefix(g.line(max(r-1, 0)), "  ") || strings.Contains(g.line(max(r-1, 0)), " STATE ")
			l.last = r+1 >= g.height || !strings.HasPrefix(g.line(r+1), "  ") || strings.TrimSpace(g.line(r+1)) == ""
		}
		if m := windowText.FindStringSubmatch(s); m != nil && l.window == "" && r < g.height-2 {
			l.window = m[1]
		}
		l.help = l.help || strings.Contains(s, "this help")
	}
	if m := enterText.FindStringSubmatch(g.line(g.height - 1)); m != nil {
		l.enter = m[1]
	}
	if m := promptText.FindStringSubmatch(g.line(g.height - 2)); m != nil {
		l.prompt = m[1]
	}
	return l
}

// shows tells whether a screen shows what a key has done.
func shows(key string, before, now look) bool {
	switch key {
	case "up", "down":
		// At the end of the window it is the list that moves.
		return now.row != before.row || now.window != before.window && (before.first || before.last)
	case "pgup", "pgdown", "g", "G":
		return now.row != before.row || now.window != before.window
	case "?":
		return now.help != before.help
	}
	return now.enter != before.enter || now.prompt != before.prompt
}
