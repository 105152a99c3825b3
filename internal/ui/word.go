package ui

import "example.com/tufinspect/internal/engine"

// word is what kind of thing has happened. The log keeps count by these, so that many
// of one kind do not push out the few of another.
type word uint8

const (
	wordNone word = iota
	wordStart
	wordAbout // said by who started the run
	wordLayout
	wordAnchor
	wordRole
	wordRoleIll // not accepted, or expired
	wordOK
	wordFail
	wordUnchecked
	wordUnseen // not checked because its host was given up
	wordUntrusted
	wordStall
	wordCause // why it is silent
	wordResumed
	wordSlow
	wordRetry
	wordCancel
	wordHeld
	wordFlows
	wordGivenUp
	wordProbe
	wordNote
	wordWarning
	wordUnknown
	wordCritical
	wordFault
	wordStuck
	wordMoves
	wordDone
	wordEnded
	wordYou
	wordOther // what the person did who made the recording
	numWords
)

// words say how each kind is written: in capitals, in at most nine letters.
var words = [numWords]struct {
	text    string
	style   style
	weight  int  // as news: of several in one batch the heaviest is shown, and 0 never is
	trouble bool // a person may want to do something about it
	state   face // that a file has come to; of what is none, queued
}{
	wordStart:     {text: "START", style: bold},
	wordAbout:     {text: "ABOUT", style: bold},
	wordLayout:    {text: "LAYOUT", style: normal},
	wordAnchor:    {text: "ANCHOR", style: normal},
	wordRole:      {text: "ROLE", style: good},
	wordRoleIll:   {text: "ROLE", style: bad, weight: 3, trouble: true},
	wordOK:        {text: "OK", style: good, state: face(engine.Verified)},
	wordFail:      {text: "FAIL", style: bad, weight: 3, trouble: true, state: face(engine.Failed)},
	wordUnchecked: {text: "UNCHECKED", style: odd, weight: 3, trouble: true, state: faceUnchecked},
	wordUnseen:    {text: "UNCHECKED", style: odd, weight: 3, trouble: true, state: faceUnchecked},
	wordUntrusted: {text: "UNTRUSTED", style: odd, weight: 3, trouble: true, state: face(engine.Untrusted)},
	wordStall:     {text: "STALL", style: warn, weight: 2, trouble: true, state: face(engine.Stalled)},
	wordCause:     {text: "CAUSE", style: normal, trouble: true},
	wordResumed:   {text: "RESUMED", style: busy},
	wordSlow:      {text: "SLOW", style: warn, weight: 2, trouble: true},
	wordRetry:     {text: "RETRY", style: working, trouble: true, state: face(engine.Retrying)},
	wordCancel:    {text: "CANCEL", style: faint, trouble: true, state: face(engine.Cancelled)},
	wordHeld:      {text: "HELD", style: warn, weight: 4, trouble: true},
	wordFlows:     {text: "FLOWS", style: bold, weight: 4},
	wordGivenUp:   {text: "GIVEN UP", style: odd, weight: 4, trouble: true},
	wordProbe:     {text: "PROBE", style: bold, weight: 4},
	wordNote:      {text: "NOTE", style: normal},
	wordWarning:   {text: "WARNING", style: warn, weight: 1, trouble: true},
	wordUnknown:   {text: "UNKNOWN", style: odd, weight: 1, trouble: true},
	wordCritical:  {text: "CRITICAL", style: bad, weight: 1, trouble: true},
	wordFault:     {text: "FAULT", style: bad, weight: 3, trouble: true},
	wordStuck:     {text: "STUCK", style: bad, weight: 5, trouble: true},
	wordMoves:     {text: "MOVES", style: bold, weight: 4},
	wordDone:      {text: "DONE", style: bold, weight: 4},
	wordEnded:     {text: "ENDED", style: bold, weight: 5},
	wordYou:       {text: "YOU", style: bold},
	wordOther:     {text: "OPERATOR", style: bold},
}

// String gives the word that stands on screen.
func (w word) String() string { return words[min(w, numWords-1)].text }
