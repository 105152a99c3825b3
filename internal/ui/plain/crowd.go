package plain

import (
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/report"
)

// Kinds of lines that can come by the thousand in one moment.
const (
	untrusted = iota
	cancelled
	stalled
	resumed
	slow
	unseen // not checked because its host was given up
	numCrowds
)

// crowds are the words of the kinds, and how many lines of one a batch may have. What
// one act does to thousands of files for one reason, such as the end of the run or that
// their host is given up, has one line: that of the file or, of several, their number.
var crowds = [numCrowds]struct {
	word  string
	shown int // 0: one line a batch
}{
	untrusted: {"UNTRUSTED", crowdShown}, cancelled: {"CANCELLED", 0},
	stalled: {"STALLED", crowdShown}, resumed: {"RESUMED", crowdShown}, slow: {"SLOW", crowdShown},
	unseen: {"UNCHECKED", 0},
}

// crowd counts the lines of one kind within one batch of events.
type crowd struct {
	shown int
	rest  int           // not shown
	at    time.Duration // of the latest
	name  string        // of the first that is not shown
	text  string        // likewise; of several what their texts begin with
}

// inCrowd writes a line of a kind, unless this batch has had enough of them.
func (p *Printer) inCrowd(kind int, at time.Duration, name, text string) {
	c := &p.crowd[kind]
	c.at = at
	if c.shown == crowds[kind].shown {
		if c.rest++; c.rest == 1 {
			c.name, c.text = name, text
		} else {
			c.text = report.Common(c.text, text)
		}
		return
	}
	c.shown++
	p.line(at, crowds[kind].word, "%s: %s", name, text)
}

// flushCrowds says how many lines were left out.
func (p *Printer) flushCrowds() {
	for kind := range p.crowd {
		c := &p.crowd[kind]
		switch {
		case c.rest == 0:
		case c.shown > 0:
			p.line(c.at, crowds[kind].word, "%d more at once", c.rest)
		case c.rest == 1:
			p.line(c.at, crowds[kind].word, "%s: %s", c.name, c.text)
		default:
			p.line(c.at, crowds[kind].word, "%d files: %s", c.rest, c.text)
		}
		c.rest, c.shown = 0, 0
	}
	for i := range p.shared {
		s := &p.shared[i]
		who := s.name
		if s.others > 0 {
			who += " and " + measure.Count(s.others, "other")
		}
		p.line(s.at, "cause", "%s: %s", who, report.Because(&s.why))
	}
	p.shared = nil
}

// shared is a diagnosis that one batch has for several items. Stalls come together,
// and mostly for one reason.
type shared struct {
	at     time.Duration
	name   string // of the first item
	others int
	why    fetch.Diagnosis // of the first item
}

// share keeps a diagnosis until the batch has been folded.
func (p *Printer) share(at time.Duration, name string, d *fetch.Diagnosis) {
	for i := range p.shared {
		if s := &p.shared[i]; s.why.Cause == d.Cause && report.Culprit(s.why.Label) == report.Culprit(d.Label) && s.why.Certainty == d.Certainty {
			s.others++
			return
		}
	}
	p.shared = append(p.shared, shared{at, name, 0, *d})
}
