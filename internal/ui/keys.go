package ui

// action is what a person asks for. The model knows these and no keys.
type action uint8

const (
	actNone action = iota
	// Moving in the list.
	actUp
	actDown
	actPageUp
	actPageDown
	actHalfUp
	actHalfDown
	actTop
	actBottom
	// Looking.
	actOpen
	actBack
	actOlder
	actNewer
	actFilter
	actProblems
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
	actSooner
	actLater
	// The program.
	actHelp
	actSuspend
	actQuit
	actInterrupt
	// Answers to a question.
	actYes
	actNo
	// Editing a line.
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

// input is an action and, for actInsert, its text.
type input struct {
	act  action
	text string
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
	footer string // what the footer says, or "" if it is not there
	weight int    // the footer drops the lightest first
}

// key is the binding as the footer has it: of a line that several actions share, its
// own key. What is in the footer only while it is needed shows the whole line.
func (b *binding) key() string {
	if b.show == "" || b.weight > 0 {
		return b.keys[0]
	}
	return b.show
}

// table is the key table of the main screen. The order is that of the help; bindings
// of one group stand together.
func table() []binding {
	return []binding{
		{actUp, []string{"up", "k"}, "↑↓ j k", "move a row", "move", "", 0},
		{actDown, []string{"down", "j"}, "", "", "move", "", 0},
		{actPageUp, []string{"pgup"}, "pgup pgdn", "a page, or of the detail", "move", "", 0},
		{actPageDown, []string{"pgdown"}, "", "", "move", "", 0},
		{actHalfUp, []string{"ctrl+u"}, "ctrl+u d", "half a page", "move", "", 0},
		{actHalfDown, []string{"ctrl+d"}, "", "", "move", "", 0},
		{actTop, []string{"g", "home"}, "g G", "first row; last row", "move", "", 0},
		{actBottom, []string{"G", "end"}, "", "", "move", "", 0},
		{actOpen, []string{"enter"}, "enter", "detail of the file", "look", "detail", 70},
		{actBack, []string{"esc"}, "esc", "close it; clear the filter", "look", "", 0},
		{actOlder, []string{"["}, "[ ]", "older, newer attempt", "look", "", 0},
		{actNewer, []string{"]"}, "", "", "look", "", 0},
		{actFilter, []string{"/"}, "/", "filter by words", "look", "filter", 60},
		{actProblems, []string{"!"}, "!", "problems only, or all", "look", "problems", 50},
		{actProbe, []string{"d"}, "d", "probe: ask the network why", "act", "probe", 57},
		{actCancel, []string{"x"}, "x X", "cancel it; all (asks)", "act", "cancel", 55},
		{actCancelAll, []string{"X"}, "", "", "act", "", 0},
		{actRetry, []string{"r"}, "r R", "retry it; failed (asks)", "act", "retry", 65},
		{actRetryFailed, []string{"R"}, "", "", "act", "retry failed", 40},
		{actFirst, []string{"u"}, "u", "first in the queue", "act", "", 0},
		{actPause, []string{"p"}, "p", "pause, go on", "act", "pause", 30},
		{actMore, []string{"+", "="}, "+ -", "more, fewer workers", "act", "", 0},
		{actFewer, []string{"-"}, "", "", "act", "", 0},
		{actSooner, []string{"<"}, "< >", "stall limit: half, twice", "act", "", 0},
		{actLater, []string{">"}, "", "", "act", "", 0},
		{actHelp, []string{"?"}, "?", "this help", "program", "help", 80},
		{actSuspend, []string{"ctrl+z"}, "ctrl+z", "suspend", "program", "", 0},
		{actQuit, []string{"q"}, "q", "quit; stops the run (asks)", "program", "quit", 90},
		{actInterrupt, []string{"ctrl+c"}, "ctrl+c", "the same; twice: at once", "program", "", 0},
	}
}

// groupTitles are the groups of the table with their titles, in order.
var groupTitles = [...][2]string{
	{"move", "move"}, {"look", "look"}, {"act", "act on the run"}, {"program", "program"},
}

// answers and edits are the keys while a question is open and while a line is
// edited.
func answers() map[string]action {
	return map[string]action{
		"y": actYes, "Y": actYes, "n": actNo, "N": actNo, "esc": actNo, "enter": actNo, "q": actNo,
		"ctrl+c": actInterrupt, "ctrl+z": actSuspend,
	}
}

func edits() map[string]action {
	return map[string]action{
		"enter": actAccept, "esc": actAbandon, "ctrl+c": actInterrupt, "ctrl+z": actSuspend,
		"backspace": actErase, "ctrl+h": actErase, "delete": actEraseNext, "ctrl+d": actEraseNext,
		"ctrl+w": actEraseWord, "alt+backspace": actEraseWord, "ctrl+u": actEraseLine,
		"left": actLeft, "ctrl+b": actLeft, "right": actRight, "ctrl+f": actRight,
		"home": actStart, "ctrl+a": actStart, "end": actEnd, "ctrl+e": actEnd,
		"up": actUp, "down": actDown, "pgup": actPageUp, "pgdown": actPageDown,
	}
}

func closers() map[string]action {
	return map[string]action{
		"?": actHelp, "esc": actHelp, "enter": actHelp, "q": actHelp, "ctrl+c": actInterrupt, "ctrl+z": actSuspend,
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
	Group string // "move", "look", "act on the run", "program"
	Keys  string // "↑ k"
	Does  string // what it does, lower case
}

// Keys gives the key table in the order of the help screen.
func Keys() []Key {
	var out []Key
	for _, b := range table() {
		if b.show != "" {
			out = append(out, Key{groupTitle(b.group), b.show, b.what})
		}
	}
	return out
}

func groupTitle(group string) string {
	for _, t := range groupTitles {
		if t[0] == group {
			return t[1]
		}
	}
	return group
}
