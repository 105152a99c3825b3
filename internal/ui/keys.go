package ui

import "strings"

// action is what a person asks for. The model knows these and no keys.
type action uint8

const (
	actNone action = iota
	// Moving in a list.
	actUp
	actDown
	actPageUp
	actPageDown
	actHalfUp
	actHalfDown
	actTop
	actBottom
	actNextHit
	actPrevHit
	// Looking.
	actOpen
	actBack
	actView1 // and one for each other view, in their order
	actView2
	actView3
	actView4
	actView5
	actView6
	actNextView
	actPrevView
	actOlder
	actNewer
	actFilter
	actProblems
	actSort
	actSortBack
	// Marking rows.
	actMark
	actMarkAll
	actMarkNone
	// Acting on the run.
	actCancel
	actCancelAll
	actRetry
	actRetryFailed
	actProbe
	actFirst
	actPause
	actMore
	actFewer
	actAuto
	actSooner
	actLater
	// The screen.
	actFreeze
	actTheme
	actPrivacy
	actMouse
	// Taking something along.
	actCopy
	actCopyLine
	actSave
	// The program.
	actHelp
	actSuspend
	actRedraw
	actQuit
	actKeep
	actInterrupt
	// The mouse.
	actClick // at input.row
	actWheelUp
	actWheelDown
	// Answers to a question.
	actYes
	actNo
	// Editing a line, and moving to the side.
	actInsert // of text
	actErase
	actEraseNext
	actEraseWord
	actEraseLine
	actLeft
	actRight
	actStart
	actEnd
	actAccept
	actAbandon
)

// input is an action, for actInsert its text, and for the mouse the row of the screen.
type input struct {
	act  action
	text string
	row  int
}

// mode is what keys mean at the moment.
type mode uint8

const (
	browsing mode = iota
	answering
	editing
	reading // the help
)

// binding is a line of the key table. From it come the handlers, the help, the
// footer and the documentation.
type binding struct {
	act    action
	keys   []string // as Bubble Tea names them
	show   string   // as a person reads them; "" if the line before says it
	what   string
	group  string
	in     viewSet // the views in which it does something; 0 is all
	footer string  // what the footer says, or "" if it is not there
	weight int     // the footer drops the lightest first
}

// key is the binding as the footer has it: of a line that several actions share, its
// own key. What is in the footer only while it is needed shows the whole line.
func (b *binding) key() string {
	if b.show == "" || b.weight > 0 && b.act != actView1 {
		return b.keys[0]
	}
	return b.show
}

// works tells whether the binding does something in a view.
func (b *binding) works(v viewID) bool { return b.in == 0 || b.in.has(v) }

// table is the key table. The order is that of the help; bindings of one group stand
// together.
func table() []binding {
	return []binding{
		{actUp, []string{"up", "k"}, "↑↓ j k", "a row", "move", 0, "", 0},
		{actDown, []string{"down", "j"}, "", "", "move", 0, "", 0},
		{actPageUp, []string{"pgup"}, "pgup pgdn", "a page", "move", 0, "", 0},
		{actPageDown, []string{"pgdown"}, "", "", "move", 0, "", 0},
		{actHalfUp, []string{"ctrl+u"}, "ctrl+u d", "half a page", "move", 0, "", 0},
		{actHalfDown, []string{"ctrl+d"}, "", "", "move", 0, "", 0},
		{actTop, []string{"g", "home"}, "g G", "first, last row", "move", 0, "", 0},
		{actBottom, []string{"G", "end"}, "", "", "move", 0, "", 0},
		{actNextHit, []string{"n"}, "n N", "next, previous problem or hit", "move", 0, "", 0},
		{actPrevHit, []string{"N"}, "", "", "move", 0, "", 0},

		{actOpen, []string{"enter"}, "enter", "open what is under the cursor", "look", 0, "detail", 70},
		{actBack, []string{"esc"}, "esc", "close it; clear the filter", "look", 0, "", 0},
		{actView1, []string{"1"}, "1-6", "targets, waterfall, log, trust, hosts, findings", "look", 0, "views", 35},
		{actView2, []string{"2"}, "", "", "look", 0, "", 0},
		{actView3, []string{"3"}, "", "", "look", 0, "", 0},
		{actView4, []string{"4"}, "", "", "look", 0, "", 0},
		{actView5, []string{"5"}, "", "", "look", 0, "", 0},
		{actView6, []string{"6"}, "", "", "look", 0, "", 0},
		{actNextView, []string{"tab"}, "tab", "next view", "look", 0, "", 0},
		{actPrevView, []string{"shift+tab"}, "", "", "look", 0, "", 0},
		{actOlder, []string{"["}, "[ ]", "older, newer attempt; zoom in 2", "look", inItems, "", 0},
		{actNewer, []string{"]"}, "", "", "look", inItems, "", 0},
		{actLeft, []string{"left"}, "← →", "earlier, later", "look", inWaterfall, "", 0},
		{actRight, []string{"right"}, "", "", "look", inWaterfall, "", 0},

		{actFilter, []string{"/"}, "/", "filter, or find in a text", "find", inItems | inLog | inTrust, "filter", 60},
		{actProblems, []string{"!"}, "!", "problems only, or all", "find", inItems | inLog | inTrust | inFindings, "problems", 50},
		{actSort, []string{"s"}, "s S", "sort by the next column; reverse", "find", inItems, "", 0},
		{actSortBack, []string{"S"}, "", "", "find", inItems, "", 0},

		{actMark, []string{" "}, "space", "mark a row", "mark", inItems, "", 0},
		{actMarkAll, []string{"a"}, "a A", "mark all shown, none", "mark", inItems, "", 0},
		{actMarkNone, []string{"A"}, "", "", "mark", inItems, "", 0},

		{actProbe, []string{"d"}, "d", "probe: ask the network why", "act", inItems, "probe", 57},
		{actCancel, []string{"x"}, "x", "cancel", "act", inItems, "cancel", 55},
		{actCancelAll, []string{"X"}, "X", "cancel all (asks)", "act", 0, "", 0},
		{actRetry, []string{"r"}, "r", "retry", "act", inItems | inFindings, "retry", 65},
		{actRetryFailed, []string{"R"}, "R", "retry all failed (asks)", "act", 0, "retry failed", 40},
		{actFirst, []string{"u"}, "u", "first in the queue", "act", inItems, "", 0},
		{actPause, []string{"p"}, "p", "pause, go on", "act", 0, "pause", 30},
		{actMore, []string{"+", "="}, "+ - 0", "more, fewer workers; auto", "act", 0, "", 0},
		{actFewer, []string{"-"}, "", "", "act", 0, "", 0},
		{actAuto, []string{"0"}, "", "", "act", 0, "", 0},
		{actSooner, []string{"<"}, "< >", "stall limit: half, twice", "act", 0, "", 0},
		{actLater, []string{">"}, "", "", "act", 0, "", 0},

		{actFreeze, []string{"f"}, "f", "freeze, go on", "screen", 0, "freeze", 25},
		{actTheme, []string{"t"}, "t", "next theme", "screen", 0, "", 0},
		{actPrivacy, []string{"P"}, "P", "hide hosts", "screen", 0, "", 0},
		{actMouse, []string{"m"}, "m", "mouse on, off", "screen", 0, "", 0},
		{actRedraw, []string{"ctrl+l"}, "ctrl+l", "draw anew", "screen", 0, "", 0},

		{actCopy, []string{"c"}, "c C", "copy the name; as a line", "take", 0, "", 0},
		{actCopyLine, []string{"C"}, "", "", "take", 0, "", 0},
		{actSave, []string{"w"}, "w", "write the report", "take", 0, "", 0},

		{actHelp, []string{"?"}, "?", "this help", "leave", 0, "help", 80},
		{actSuspend, []string{"ctrl+z"}, "ctrl+z", "suspend", "leave", 0, "", 0},
		{actQuit, []string{"q"}, "q", "quit; stops the run (asks)", "leave", 0, "quit", 90},
		{actKeep, []string{"Q"}, "Q", "quit and keep this screen", "leave", 0, "", 0},
		{actInterrupt, []string{"ctrl+c"}, "ctrl+c", "quit; twice: at once", "leave", 0, "", 0},
	}
}

// answers and edits are the keys while a question is open and while a line is
// edited.
func answers() map[string]action {
	return map[string]action{
		"y": actYes, "Y": actYes, "n": actNo, "N": actNo, "esc": actNo, "enter": actNo, "q": actNo,
		"ctrl+c": actInterrupt, "ctrl+z": actSuspend, "ctrl+l": actRedraw,
	}
}

func edits() map[string]action {
	return map[string]action{
		"enter": actAccept, "esc": actAbandon, "ctrl+c": actInterrupt, "ctrl+z": actSuspend, "ctrl+l": actRedraw,
		"backspace": actErase, "ctrl+h": actErase, "delete": actEraseNext, "ctrl+d": actEraseNext,
		"ctrl+w": actEraseWord, "alt+backspace": actEraseWord, "ctrl+u": actEraseLine,
		"left": actLeft, "ctrl+b": actLeft, "right": actRight, "ctrl+f": actRight,
		"home": actStart, "ctrl+a": actStart, "end": actEnd, "ctrl+e": actEnd,
		"up": actUp, "down": actDown, "pgup": actPageUp, "pgdown": actPageDown,
	}
}

func closers() map[string]action {
	return map[string]action{
		"?": actHelp, "esc": actHelp, "enter": actHelp, "q": actHelp, "ctrl+c": actInterrupt, "ctrl+z": actSuspend, "ctrl+l": actRedraw,
		"up": actUp, "k": actUp, "down": actDown, "j": actDown, "pgup": actPageUp, "pgdown": actPageDown,
	}
}

// keymap maps keys to actions, by mode.
type keymap [4]map[string]action

func newKeymap() *keymap {
	main := map[string]action{}
	for _, b := range table() {
		for _, k := range b.keys {
			main[k] = b.act
		}
	}
	return &keymap{browsing: main, answering: answers(), editing: edits(), reading: closers()}
}

// Key is a line of the key table, for documentation.
type Key struct {
	Group string // "move", "look", "find", …
	Keys  string // "↑ k"
	Does  string // what it does, lower case
	Views string // in which views, "" for all
}

// Keys gives the key table in the order of the help screen.
func Keys() []Key {
	var out []Key
	for _, b := range table() {
		if b.show != "" {
			keys := strings.ReplaceAll(b.show, "ctrl+u d", "ctrl+u ctrl+d") // which is short for the help
			out = append(out, Key{b.group, keys, b.what, b.in.String()})
		}
	}
	return out
}
