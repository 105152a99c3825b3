package ui

import (
	"strings"
	"unicode"

	tea "github.com/charmbracelet/bubbletea"
)

// translate turns a key message into inputs. Keys that are typed quickly arrive as
// one message with several characters. A paste is text and nothing else: outside of
// a line that is edited it means nothing, whatever letters are in it.
func (k *keymap) translate(msg tea.KeyMsg, m func() mode, do func(input)) {
	if msg.Type == tea.KeyRunes && msg.Paste {
		if m() == editing {
			do(input{act: actInsert, text: printable(msg.Runes)})
		}
		return
	}
	if msg.Type == tea.KeyRunes || msg.Type == tea.KeySpace {
		if msg.Alt {
			return // alt and a letter is not the letter
		}
		for _, r := range msg.Runes {
			// The mode may change with every character: "/abc" in one message.
			if m() == editing {
				do(input{act: actInsert, text: printable([]rune{r})})
			} else if act := k[m()][string(r)]; act != actNone {
				do(input{act: act})
			}
		}
		return
	}
	if act := k[m()][msg.String()]; act != actNone {
		do(input{act: act})
	}
}

// mouseInput turns a message of the mouse into an input, if it means anything here.
func mouseInput(msg tea.MouseMsg) (input, bool) {
	switch {
	case msg.Button == tea.MouseButtonWheelUp:
		return input{act: actWheelUp, row: msg.Y}, true
	case msg.Button == tea.MouseButtonWheelDown:
		return input{act: actWheelDown, row: msg.Y}, true
	case msg.Button == tea.MouseButtonLeft && msg.Action == tea.MouseActionPress:
		return input{act: actClick, row: msg.Y}, true
	}
	return input{}, false
}

// printable gives text for one line.
func printable(runes []rune) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, string(runes))
}
