package ui

import (
	"slices"
	"strings"
)

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
	// Going through a recording.
	actPlay
	actStepOn
	actStepBack
	actSeekOn
	actSeekBack
	actTroubleOn
	actTroubleBack
	actFaster
	actSlower
	actBeginning
	actEnding
	actGoTo
	actGoToEntry
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
	browsing  mode = iota
	replaying      // browsing in a recording
	answering
	editing
	reading // the help
	numModes
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
	of     subject // of what it is a key
}

// subject is what a screen shows: some keys are for one kind only.
type subject uint8

const (
	always subject = iota
	aRun
	aRecording
)

// String gives the word of the documentation.
func (s subject) String() string { return [...]string{"", "run", "recording"}[min(s, aRecording)] }

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
		{actUp, []string{"up", "k"}, "↑↓ j k", "a row", "move", 0, "", 0, always},
		{actDown, []string{"down", "j"}, "", "", "move", 0, "", 0, always},
		{actPageUp, []string{"pgup"}, "pgup pgdn", "a page", "move", 0, "", 0, always},
		{actPageDown, []string{"pgdown"}, "", "", "move", 0, "", 0, always},
		{actHalfUp, []string{"ctrl+u"}, "ctrl+u d", "half a page", "move", 0, "", 0, always},
		{actHalfDown, []string{"ctrl+d"}, "", "", "move", 0, "", 0, always},
		{actTop, []string{"g", "home"}, "g G", "first, last row", "move", 0, "", 0, always},
		{actBottom, []string{"G", "end"}, "", "", "move", 0, "", 0, always},
		{actNextHit, []string{"n"}, "n N", "next, previous problem or hit", "move", 0, "", 0, always},
		{actPrevHit, []string{"N"}, "", "", "move", 0, "", 0, always},

		{actOpen, []string{"enter"}, "enter", "open what is under the cursor", "look", 0, "detail", 70, always},
		{actBack, []string{"esc"}, "esc", "close it; clear the filter", "look", 0, "", 0, always},
		{actView1, []string{"1"}, "1-6", "targets, waterfall, log, trust, hosts, findings", "look", 0, "views", 64, always},
		{actView2, []string{"2"}, "", "", "look", 0, "", 0, always},
		{actView3, []string{"3"}, "", "", "look", 0, "", 0, always},
		{actView4, []string{"4"}, "", "", "look", 0, "", 0, always},
		{actView5, []string{"5"}, "", "", "look", 0, "", 0, always},
		{actView6, []string{"6"}, "", "", "look", 0, "", 0, always},
		{actNextView, []string{"tab"}, "tab", "next view", "look", 0, "", 0, always},
		{actPrevView, []string{"shift+tab"}, "", "", "look", 0, "", 0, always},
		{actOlder, []string{"["}, "[ ]", "older, newer attempt; zoom in 2", "look", inItems, "", 0, always},
		{actNewer, []string{"]"}, "", "", "look", inItems, "", 0, always},
		{actLeft, []string{"left"}, "← →", "earlier, later", "look", inWaterfall, "", 0, always},
		{actRight, []string{"right"}, "", "", "look", inWaterfall, "", 0, always},

		{actFilter, []string{"/"}, "/", "filter, or find in a text", "find", inItems | inLog | inTrust, "filter", 60, always},
		{actProblems, []string{"!"}, "!", "problems only, or all", "find", inItems | inLog | inTrust | inFindings, "problems", 50, always},
		{actSort, []string{"s"}, "s S", "sort by the next column; reverse", "find", inItems, "", 0, always},
		{actSortBack, []string{"S"}, "", "", "find", inItems, "", 0, always},

		{actMark, []string{" "}, "space", "mark a row", "mark", inItems, "", 0, aRun},
		{actMarkAll, []string{"a"}, "a A", "mark all shown, none", "mark", inItems, "", 0, aRun},
		{actMarkNone, []string{"A"}, "", "", "mark", inItems, "", 0, aRun},

		{actProbe, []string{"d"}, "d", "probe: ask the network why", "act", inItems, "probe", 57, aRun},
		{actCancel, []string{"x"}, "x", "cancel", "act", inItems, "cancel", 68, aRun},
		{actCancelAll, []string{"X"}, "X", "cancel all (asks)", "act", 0, "", 0, aRun},
		{actRetry, []string{"r"}, "r", "retry", "act", inItems | inFindings, "retry", 67, aRun},
		{actRetryFailed, []string{"R"}, "R", "retry all failed (asks)", "act", 0, "retry failed", 40, aRun},
		{actFirst, []string{"u"}, "u", "first in the queue", "act", inItems, "", 0, aRun},
		{actPause, []string{"p"}, "p", "pause, go on", "act", 0, "pause", 30, aRun},
		{actMore, []string{"+", "="}, "+ - 0", "more, fewer workers; auto", "act", 0, "", 0, aRun},
		{actFewer, []string{"-"}, "", "", "act", 0, "", 0, aRun},
		{actAuto, []string{"0"}, "", "", "act", 0, "", 0, aRun},
		{actSooner, []string{"<"}, "< >", "stall limit: half, twice", "act", 0, "", 0, aRun},
		{actLater, []string{">"}, "", "", "act", 0, "", 0, aRun},

		{actPlay, []string{"p", " "}, "p space", "pause, go on; at the end: once more", "play", 0, "pause", 72, aRecording},
		{actStepBack, []string{","}, ", .", "to the moment before, after", "play", 0, "", 0, aRecording},
		{actStepOn, []string{"."}, "", "", "play", 0, "step", 62, aRecording},
		{actTroubleBack, []string{"("}, "( )", "to where something went wrong before, after", "play", 0, "", 0, aRecording},
		{actTroubleOn, []string{")"}, "", "", "play", 0, "next trouble", 58, aRecording},
		{actLeft, []string{"left"}, "← →", "5 s back, on (not in 2)", "play", allViews &^ inWaterfall, "", 0, aRecording},
		{actRight, []string{"right"}, "", "", "play", allViews &^ inWaterfall, "", 0, aRecording},
		{actSeekBack, []string{"-"}, "- +", "10 s back, on", "play", 0, "", 0, aRecording},
		{actSeekOn, []string{"+", "="}, "", "", "play", 0, "", 0, aRecording},
		{actSlower, []string{"<"}, "< >", "speed: half, twice", "play", 0, "", 0, aRecording},
		{actFaster, []string{">"}, "", "", "play", 0, "faster", 48, aRecording},
		{actBeginning, []string{"0"}, "0 $", "to the start, to the end", "play", 0, "", 0, aRecording},
		{actEnding, []string{"$"}, "", "", "play", 0, "", 0, aRecording},
		{actGoTo, []string{"T"}, "T", "to a time: 1:23, 83s, -10s, 50%", "play", 0, "go to", 44, aRecording},
		{actGoToEntry, []string{"e"}, "e", "to the moment of this entry", "play", inLog, "its moment", 56, aRecording},

		{actFreeze, []string{"f"}, "f", "freeze, go on", "screen", 0, "freeze", 25, aRun},
		{actTheme, []string{"t"}, "t", "next theme", "screen", 0, "", 0, always},
		{actPrivacy, []string{"P"}, "P", "hide hosts", "screen", 0, "", 0, always},
		{actMouse, []string{"m"}, "m", "mouse on, off", "screen", 0, "", 0, always},
		{actRedraw, []string{"ctrl+l"}, "ctrl+l", "draw anew", "screen", 0, "", 0, always},

		{actCopy, []string{"c"}, "c C", "copy the name; as a line", "take", 0, "", 0, always},
		{actCopyLine, []string{"C"}, "", "", "take", 0, "", 0, always},
		{actSave, []string{"w"}, "w", "write the report", "take", 0, "", 0, always},

		{actHelp, []string{"?"}, "?", "this help", "leave", 0, "help", 80, always},
		{actSuspend, []string{"ctrl+z"}, "ctrl+z", "suspend", "leave", 0, "", 0, always},
		{actQuit, []string{"q"}, "q", "quit; stops the run (asks)", "leave", 0, "quit", 90, aRun},
		{actQuit, []string{"q"}, "q", "quit", "leave", 0, "quit", 90, aRecording},
		{actKeep, []string{"Q"}, "Q", "quit and keep this screen", "leave", 0, "", 0, always},
		{actInterrupt, []string{"ctrl+c"}, "ctrl+c", "quit; twice: at once", "leave", 0, "", 0, always},
	}
}

// tableFor is what of the key table is for a run, or for a recording.
func tableFor(recording bool) []binding {
	other := aRecording
	if recording {
		other = aRun
	}
	return slices.DeleteFunc(table(), func(b binding) bool { return b.of == other })
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
type keymap [numModes]map[string]action

func newKeymap() *keymap {
	k := &keymap{answering: answers(), editing: edits(), reading: closers()}
	for m, recording := range map[mode]bool{browsing: false, replaying: true} {
		k[m] = map[string]action{}
		// A key of the other kind means nothing, which is said when it is pressed.
		for _, bindings := range [...][]binding{tableFor(!recording), tableFor(recording)} {
			for _, b := range bindings {
				for _, key := range b.keys {
					k[m][key] = b.act
				}
			}
		}
	}
	return k
}

// Key is a line of the key table, for documentation.
type Key struct {
	Group string // "move", "look", "find", …
	Keys  string // "↑ k"
	Does  string // what it does, lower case
	Views string // in which views, "" for all
	// Of is of what it is a key: "" for all, or "run" or "recording".
	Of string
}

// Keys gives the key table in the order of the help screen.
func Keys() []Key {
	var out []Key
	for _, b := range table() {
		if b.show != "" {
			keys := strings.ReplaceAll(b.show, "ctrl+u d", "ctrl+u ctrl+d") // which is short for the help
			out = append(out, Key{b.group, keys, b.what, b.in.String(), b.of.String()})
		}
	}
	return out
}
