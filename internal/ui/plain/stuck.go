package plain

import (
	"fmt"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/report"
)

// diagnosed writes why an item is silent, once for each cause, and that one is slow,
// once for each attempt. A diagnosis that only says in other numbers what the one
// before it said has no line.
func (p *Printer) diagnosed(at time.Duration, b engine.Diagnosed) {
	it := p.state.Item(b.Item)
	if it == nil || it.Cause == nil || it.Attempt != b.Attempt {
		return
	}
	if it.State == engine.Transferring {
		if b.Cause == fetch.SlowDrip && p.crawled[b.Item] != b.Attempt {
			p.crawled[b.Item] = b.Attempt
			p.inCrowd(slow, at, name(it), strings.TrimPrefix(b.Label, "slow: "))
		}
		return
	}
	if key := b.Cause.String() + " " + report.Culprit(b.Label); it.State == engine.Stalled && b.Label != "" && p.causes[b.Item] != key {
		p.causes[b.Item] = key
		p.share(at, name(it), &b.Diagnosis)
	}
}

// breaker writes when the queue of a host is held, flows again, or is given up; not
// when a held one sends its next canary.
func (p *Printer) breaker(at time.Duration, b engine.BreakerChanged) {
	if p.queues[b.Host] == b.State {
		return
	}
	p.queues[b.Host] = b.State
	switch b.State {
	case engine.Held:
		p.line(at, "HELD", "%s: %s; %s held back", b.Host, b.Why, waiting(b.Queued))
	case engine.GivenUp:
		p.line(at, "GIVEN UP", "%s: %s", b.Host, b.Why)
	default:
		p.line(at, "FLOWS", "%s: it answers again", b.Host)
	}
}

func waiting(n int) string {
	if n == 1 {
		return "1 file is"
	}
	return fmt.Sprintf("%d files are", n)
}

// probed writes a step of an investigation.
func (p *Printer) probed(at time.Duration, b engine.Probed) {
	it := p.state.Item(b.Item)
	if it == nil {
		return
	}
	var about []string
	for _, s := range []string{b.Step.Check.String(), b.Step.Address, b.Step.Protocol} {
		if s != "" {
			about = append(about, s)
		}
	}
	p.line(at, "probe", "%s: %s: %s in %s: %s", name(it), strings.Join(about, " "), b.Step.Result, measure.Lapse(b.Step.Duration), b.Step.Outcome)
}

// stuck writes that a part of this program stands still, or moves again.
func (p *Printer) stuck(at time.Duration, b engine.InspectorStuck) {
	if b.Over {
		delete(p.stands, b.Part)
		p.line(at, "MOVES", "inspector: %s, after %s", b.Part, measure.Span(b.For))
		return
	}
	if p.stands[b.Part] {
		return
	}
	p.stands[b.Part] = true
	s := fmt.Sprintf("inspector: %s has not moved for %s", b.Part, measure.Span(b.For))
	switch {
	case b.Dump != "":
		s += ", see " + b.Dump
	case b.Err != "":
		s += ", no dump: " + b.Err
	}
	p.line(at, "STUCK", "%s", s)
}
