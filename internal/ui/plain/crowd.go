package plain

import (
	"time"
)

// Kinds of lines that can come by the thousand in one moment.
const (
	untrusted = iota
	cancelled
	numCrowds
)

var crowdWords = [numCrowds]string{"UNTRUSTED", "CANCELLED"}

// crowd counts the lines of one kind within one batch of events.
type crowd struct {
	n  int
	at time.Duration // of the latest
}

// inCrowd writes a line of a kind, unless this batch has had enough of them.
func (p *Printer) inCrowd(kind int, at time.Duration, name, text string) {
	c := &p.crowd[kind]
	c.n++
	c.at = at
	if c.n <= crowdShown {
		p.line(at, crowdWords[kind], "%s: %s", name, text)
	}
}

// flushCrowds says how many lines were left out.
func (p *Printer) flushCrowds() {
	for kind := range p.crowd {
		c := &p.crowd[kind]
		if n := c.n - crowdShown; n > 0 {
			p.line(c.at, crowdWords[kind], "%d more at once", n)
		}
		*c = crowd{}
	}
}
