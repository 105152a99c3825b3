package main

import (
	"regexp"
	"strings"
	"time"

	"example.com/tufinspect/internal/screen"
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
func read(g *screen.Grid) look {
	l := look{row: -1}
	for r := range g.Height() {
		s := g.Line(r)
		if l.row < 0 && strings.HasPrefix(s, "›") {
			l.row = r
			l.first = !strings.HasPrefix(g.Line(max(r-1, 0)), "  ") || strings.Contains(g.Line(max(r-1, 0)), " STATE ")
			l.last = r+1 >= g.Height() || !strings.HasPrefix(g.Line(r+1), "  ") || strings.TrimSpace(g.Line(r+1)) == ""
		}
		if m := windowText.FindStringSubmatch(s); m != nil && l.window == "" && r < g.Height()-2 {
			l.window = m[1]
		}
		l.help = l.help || strings.Contains(s, "this help")
	}
	if m := enterText.FindStringSubmatch(g.Line(g.Height() - 1)); m != nil {
		l.enter = m[1]
	}
	if m := promptText.FindStringSubmatch(g.Line(g.Height() - 2)); m != nil {
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
