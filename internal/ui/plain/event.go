package plain

import (
	"fmt"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/report"
	"example.com/tufinspect/internal/trust"
)

const (
	// rolesShown is how many accepted delegated roles get a line; a repository with
	// hashed bins has thousands.
	rolesShown = 50
	// crowdShown is how many lines of one kind a batch may have where one act of a
	// person, one refused role or one silent host changes all items at once.
	crowdShown = 20
	// foundEvery is the least time between two lines about targets found.
	foundEvery = 2 * time.Second
)

// event folds one event and writes about it. Some lines need the state before it.
func (p *Printer) event(e engine.Event) {
	st := &p.state
	switch b := e.Body.(type) {
	case engine.RunStarted:
		st.Apply(e)
		p.line(e.At, "run", "%s as of %s, %s", b.Repository,
			b.ReferenceTime.UTC().Format(time.RFC3339), measure.Workers(b.Workers, b.Auto))
	case engine.Noted:
		st.Apply(e)
		if b.Subject == "" {
			p.line(e.At, "about", "%s", b.Text)
		} else {
			p.line(e.At, "about", "%s: %s", b.Subject, b.Text)
		}
	case engine.LayoutFound:
		st.Apply(e)
		p.line(e.At, "layout", "metadata at %s, targets at %s", b.MetadataURL, b.TargetsURL)
	case engine.AnchorChosen:
		st.Apply(e)
		p.line(e.At, "anchor", "root %s", report.Anchor(b))
	case engine.RoleChanged:
		before, known := trust.Role{}, false
		if r := st.Role(b.Role.ID); r != nil {
			before, known = *r, true
		}
		st.Apply(e)
		p.role(e.At, &before, known, &b.Role)
	case engine.StateChanged:
		p.moved(e, b)
	case engine.ClientsJudged:
		st.Apply(e)
		if s := report.ClientLine(b.Verdicts); s != "" {
			p.line(e.At, "clients", "%s", s)
		}
	case engine.Diagnosed:
		st.Apply(e)
		p.diagnosed(e.At, b)
	case engine.BreakerChanged:
		st.Apply(e)
		p.breaker(e.At, b)
	case engine.Probed:
		st.Apply(e)
		p.probed(e.At, b)
	case engine.ProbeEnded:
		st.Apply(e)
		if it := st.Item(b.Item); it != nil {
			p.line(e.At, "PROBE", "%s: %s", name(it), b.Text)
		}
	case engine.InspectorStuck:
		st.Apply(e)
		p.stuck(e.At, b)
	case engine.FindingRaised:
		p.finding(e, b)
	case engine.InspectorFault:
		st.Apply(e)
		p.line(e.At, "FAULT", "%s: %s", b.Goroutine, b.Value)
	case engine.RunSettled:
		st.Apply(e)
		p.flushCrowds()
		p.flushFloods(e.At)
		p.foundTargets(st.Now, true)
	case engine.RunFinished:
		st.Apply(e)
		p.flushCrowds()
		p.flushFloods(e.At)
		p.foundTargets(st.Now, true)
		p.end(e.At)
	default:
		st.Apply(e)
	}
}

// role writes about a role when what a person would act on has changed.
func (p *Printer) role(at time.Duration, before *trust.Role, known bool, r *trust.Role) {
	if known && before.State == r.State && before.Version == r.Version && before.Expired == r.Expired &&
		before.Soon == r.Soon && before.Problem == r.Problem {
		return
	}
	delegated := r.Parent != "" && r.Parent != "root"
	what := report.Outcome(r)
	if what == "" {
		return
	}
	if r.State == trust.Accepted && delegated && !r.Expired && !r.Soon {
		p.roleLines++
		if p.roleLines == rolesShown+1 {
			p.line(at, "role", "further accepted roles get no line")
		}
		if p.roleLines > rolesShown {
			return
		}
	}
	for _, part := range report.Particulars(r, p.state.Run.ReferenceTime) {
		what += ", " + part
	}
	if r.Problem != "" && r.State != trust.Expired { // which the date says
		what += ": " + r.Problem
	}
	if delegated {
		p.line(at, "role", "%s (from %s): %s", r.Name, r.Parent, what)
		return
	}
	p.line(at, r.Name, "%s", what)
}

// moved writes about an item that has changed its state.
func (p *Printer) moved(e engine.Event, b engine.StateChanged) {
	violations := p.state.Violations
	p.state.Apply(e)
	it := p.state.Item(b.Item)
	if it == nil || p.state.Violations != violations {
		return // nothing has happened
	}
	if b.From == engine.Stalled {
		p.resumed(e.At, it, b)
	}
	switch b.To {
	case engine.Stalled:
		p.silences[b.Item] = e.At - p.state.Run.Limits.StallAfter
		p.inCrowd(stalled, e.At, name(it), why(b, "silent"))
	case engine.Retrying:
		from := int64(0)
		if it.Kind != engine.Metadata && b.Done < it.Length {
			from = b.Done
		}
		s := name(it) + ": " + report.Again(why(b, "an error"), b.Next-e.At, b.Attempt, from)
		p.troubled(e.At, "RETRY", kindOf(b.Problem), s, why(b, "an error"))
	case engine.Failed:
		if b.Problem != nil && b.Problem.Kind == finding.HostSilent {
			p.inCrowd(unseen, e.At, name(it), why(b, "its host is silent"))
			break
		}
		s := fmt.Sprintf("%s: %s", name(it), why(b, "no reason is known"))
		if b.Attempt > 0 { // a name that is not safe to fetch has no attempt
			s += fmt.Sprintf(" (attempt %d)", b.Attempt)
		}
		if b.Problem != nil && b.Problem.Retry {
			s += ", retrying may help"
		}
		word := "FAILED"
		if it.Unchecked() {
			word = "UNCHECKED"
		}
		p.troubled(e.At, word, kindOf(b.Problem), s, why(b, "no reason is known"))
	case engine.Untrusted:
		p.inCrowd(untrusted, e.At, name(it), why(b, "not reached by a client"))
	case engine.Cancelled:
		p.inCrowd(cancelled, e.At, name(it), why(b, "cancelled"))
	}
	if b.To.Ended() || b.To == engine.Queued {
		delete(p.causes, b.Item)
		delete(p.crawled, b.Item)
	}
}

// resumed ends a stall: with a line if bytes came again.
func (p *Printer) resumed(at time.Duration, it *engine.Item, b engine.StateChanged) {
	since, ok := p.silences[b.Item]
	delete(p.silences, b.Item)
	delete(p.causes, b.Item)
	if ok && (b.To.Active() || b.To == engine.Verified) {
		p.inCrowd(resumed, at, name(it), fmt.Sprintf("after %s of silence", measure.Span((at-since).Round(time.Second))))
	}
}

// name is how an item is called: its path, and which copy it is.
func name(it *engine.Item) string {
	if it.Kind == engine.Copy {
		return fmt.Sprintf("%s (copy under its %s)", it.Path, it.Under)
	}
	return it.Path
}

func kindOf(p *engine.Problem) finding.ID {
	if p == nil {
		return ""
	}
	return p.Kind
}

func why(b engine.StateChanged, otherwise string) string {
	switch {
	case b.Problem != nil && b.Problem.Text != "":
		return b.Problem.Text
	case b.Reason != "":
		return b.Reason
	}
	return otherwise
}

// finding writes about what needs attention, and about its withdrawal.
func (p *Printer) finding(e engine.Event, b engine.FindingRaised) {
	f := b.Finding
	p.state.Apply(e)
	if f.Severity < finding.Warning {
		return
	}
	key := string(f.ID) + "\x00" + f.Subject + "\x00" + f.Message
	if b.Withdrawn != p.raised[key] {
		return
	}
	word := map[finding.Severity]string{finding.Warning: "WARNING", finding.Unknown: "UNKNOWN", finding.Critical: "CRITICAL"}[f.Severity]
	if b.Withdrawn {
		word = "no longer"
		delete(p.raised, key)
	} else {
		p.raised[key] = true
	}
	p.troubled(e.At, word, f.ID, fmt.Sprintf("%s: %s: %s", f.ID, f.Subject, f.Message), fmt.Sprintf("%s: %s", f.ID, f.Message))
}

// foundTargets says how many targets there are, when that has changed; many roles
// that come in one after the other share a line. Its time is that of the lines around
// it: events have their own, which is a little behind the wall clock.
func (p *Printer) foundTargets(at time.Duration, now bool) {
	st := &p.state
	if st.Targets.Total == p.found || !now && p.found > 0 && st.Now-p.foundAt < foundEvery {
		return
	}
	p.found, p.foundAt = st.Targets.Total, st.Now
	p.line(at, "found", "%s, %s", measure.Count(st.Targets.Total, "target"), measure.Size(st.Targets.Bytes))
}

// end writes the last line.
func (p *Printer) end(at time.Duration) {
	if p.ended {
		return
	}
	p.ended = true
	st := &p.state
	r := report.New(st, report.Options{}) // it counts as the summary does, which may stand below
	s := report.Shout(report.Verdict(st))
	targets, _ := st.Misses()
	if t := &r.Targets; t.Total > 0 {
		s += fmt.Sprintf(", %d of %s verified", t.Verified, measure.Count(t.Total, "target"))
		for _, c := range []struct {
			n    int
			word string
		}{
			{targets.Failed, "failed"}, {t.Untrusted, "untrusted"}, {targets.Unchecked, "not checked"},
			{t.Stalled - targets.Silent, "stalled"}, {t.Cancelled, "cancelled"}, {t.Skipped, "skipped"},
		} {
			if c.n > 0 {
				s += fmt.Sprintf(", %d %s", c.n, c.word)
			}
		}
	}
	metadata := 0
	for i := range r.Problems {
		if r.Problems[i].Kind == engine.Metadata.String() {
			metadata++
		}
	}
	if metadata > 0 {
		s += ", " + measure.Count(metadata, "metadata file") + " not verified"
	}
	if first := trust.FirstToEnd(st.Roles); first != nil {
		s += ", " + report.Valid(first, st.Run.ReferenceTime)
	}
	if st.Why != "" {
		s += ", ended early: " + st.Why
	}
	p.line(at, "end", "%s", s)
}
