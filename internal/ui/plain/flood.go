package plain

import (
	"time"

	"example.com/tufinspect/internal/finding"
)

// floodShown is how many lines about one kind of trouble a run has. A server that
// answers ten thousand requests with 503 needs no ten thousand lines, and three times
// as many about retries: the report has every file.
const floodShown = 50

// trouble is what lines of a flood have in common.
type trouble struct {
	word string
	kind finding.ID
}

// flood counts the lines about one kind of trouble.
type flood struct {
	trouble
	shown int
	rest  int    // not shown, and not said
	text  string // of the latest
}

// troubled writes a line about an item, while the run has not had enough of its kind.
func (p *Printer) troubled(at time.Duration, word string, kind finding.ID, line, text string) {
	f := p.flood(trouble{word, kind})
	f.text = text
	if f.shown == floodShown {
		f.rest++
		return
	}
	f.shown++
	p.line(at, word, "%s", line)
	if f.shown == floodShown {
		p.line(at, word, "from here on such lines are counted: %s", text)
	}
}

// flood finds the count of one kind of trouble. A run has few kinds, a recording from
// anywhere any number.
func (p *Printer) flood(t trouble) *flood {
	f := p.floodOf[t]
	if f == nil {
		f = &flood{trouble: t}
		p.floods, p.floodOf[t] = append(p.floods, f), f
	}
	return f
}

// flushFloods says how many lines were left out since it was last said: with each
// progress line, and at the end.
func (p *Printer) flushFloods(at time.Duration) {
	for _, f := range p.floods {
		if f.rest > 0 {
			p.line(at, f.word, "%d more: %s", f.rest, f.text)
			f.rest = 0
		}
	}
}
