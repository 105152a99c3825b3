package ui

import "unicode"

// editorLimit is the longest text that the editor takes, in characters.
const editorLimit = 256

// editor is a line of text that is being typed. It is small and of our own because
// the usual component brings a clipboard that runs other programs, and draws its
// cursor with styles that NO_COLOR takes away.
type editor struct {
	text []rune
	pos  int // before this character
}

// edit carries out an action on the text and tells whether it was one of these.
func (e *editor) edit(in input) bool {
	switch in.act {
	case actInsert:
		for _, r := range in.text {
			if len(e.text) < editorLimit {
				e.text = append(e.text[:e.pos], append([]rune{r}, e.text[e.pos:]...)...)
				e.pos++
			}
		}
	case actErase:
		e.remove(e.pos-1, e.pos)
	case actEraseNext:
		e.remove(e.pos, e.pos+1)
	case actEraseWord:
		from := e.pos
		for from > 0 && unicode.IsSpace(e.text[from-1]) {
			from--
		}
		for from > 0 && !unicode.IsSpace(e.text[from-1]) {
			from--
		}
		e.remove(from, e.pos)
	case actEraseLine:
		e.text, e.pos = e.text[:0], 0
	case actLeft:
		e.pos = max(0, e.pos-1)
	case actRight:
		e.pos = min(len(e.text), e.pos+1)
	case actStart:
		e.pos = 0
	case actEnd:
		e.pos = len(e.text)
	default:
		return false
	}
	return true
}

func (e *editor) remove(from, to int) {
	if from < 0 || to > len(e.text) {
		return
	}
	e.text = append(e.text[:from], e.text[to:]...)
	e.pos = from
}

func (e *editor) set(s string) {
	e.text = []rune(s)
	e.pos = len(e.text)
}

func (e *editor) String() string { return string(e.text) }
