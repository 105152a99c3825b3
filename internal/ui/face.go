package ui

import (
	"strings"

	"example.com/tufinspect/internal/engine"
)

// face is how an item is shown: as its state, but for one thing. The engine's state
// Failed is two to a person: the bytes are wrong, or nobody knows what they are like.
// A face has the number of its state.
type face uint8

// faceUnchecked is of items in state Failed that nothing is proved against.
const faceUnchecked = face(engine.NumStates)

const numFaces = engine.NumStates + 1

// uncheckedWord is the short form of "not checked".
const uncheckedWord = "unchecked"

func faceOf(it *engine.Item) face {
	if it.Unchecked() {
		return faceUnchecked
	}
	return face(it.State)
}

// String gives the word that stands on screen.
func (f face) String() string {
	if f == faceUnchecked {
		return "not checked"
	}
	return engine.ItemState(f).String()
}

// ended tells whether only a retry leads out of it.
func (f face) ended() bool { return f == faceUnchecked || engine.ItemState(f).Ended() }

// begins tells whether its word, or the short form of it, begins with some text.
func (f face) begins(text string) bool {
	return strings.HasPrefix(f.String(), text) || f == faceUnchecked && strings.HasPrefix(uncheckedWord, text)
}

// faces are all of them, in the order in which a file comes to them.
func faces() []face {
	out := make([]face, 0, numFaces)
	for s := range engine.NumStates {
		out = append(out, face(s))
		if s == int(engine.Failed) {
			out = append(out, faceUnchecked)
		}
	}
	return out
}
