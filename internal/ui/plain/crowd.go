package plain

import (
	"time"
)

// Kinds of lines that can come by the thousand in one moment.
const (
	untrusted = iota
	cancelled
	stalled
	resumed
	caused
	unseen // failed because its host was given up
	numCrowds
)

// crowds are the words of the kinds, and how many lines of one a batch may have. A
// host that is given up fails thousands of files for one reason: a few are enough.
var crowds = [numCrowds]struct {
	word  string
	shown int
}{
	untrusted: {"UNTRUSTED", crowdShown}, cancelled: {"CANCELLED", crowdShown},
	stalled: {"STALLED", crowdShown}, resumed: {"RESUMED", crowdShown}, caused: {"cause", crowdShown},
	unseen: {"FAILED", 3},
}

// crowd counts the lines of one kind within one batch of events.
type crowd struct {
	n    int
	at   time.Duration // of the latest
	text string        // likewise
}

// inCrowd writes a line of a kind, unless this batch has had enough of them.
func (p *Printer) inCrowd(kind int, at time.Duration, name, text string) {
	c := &p.crowd[kind]
	c.n++
	c.at, c.text = at, text
	if c.n <= crowds[kind].shown {
		p.line(at, crowds[kind].word, "%s: %s", name, text)
	}
}

// flushCrowds says how many lines were left out.
func (p *Printer) flushCrowds() {
	for kind := range p.crowd {
		c := &p.crowd[kind]
		switch n := c.n - crowds[kind].shown; {
		case n <= 0:
		case kind == unseen:
			p.line(c.at, crowds[kind].word, "%d more at once: %s", n, c.text)
		default:
			p.line(c.at, crowds[kind].word, "%d more at once", n)
		}
		*c = crowd{}
	}
}
