package ui

import (
	"fmt"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/report"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// What a run tells of itself, for the news and the log. Connections, first bytes and
// progress are no happenings: the rows of the files show them.

// tell keeps an entry, and lets the news know.
func (m *model) tell(e entry) {
	if crowd := e.word == wordCancel || e.word == wordUnseen; !crowd || !m.log.merge(&e) {
		m.log.add(e)
	}
	m.news.say(&e)
}

func (m *model) tellStart(at time.Duration, b *engine.RunStarted) {
	m.log.workers, m.log.limit = b.Workers, b.Limits.StallAfter
	if b.Auto {
		m.log.workers = 0
	}
	var parts []string
	if b.Version != "" {
		parts = append(parts, "tufinspect "+b.Version)
	}
	parts = append(parts, measure.Workers(b.Workers, b.Auto), "stall limit "+measure.Tenths(b.Limits.StallAfter))
	if n := b.Limits.Retries; n == 1 {
		parts = append(parts, "1 retry")
	} else {
		parts = append(parts, fmt.Sprintf("%d retries", n))
	}
	if d := b.Limits.Deadline; d > 0 {
		parts = append(parts, "deadline "+measure.Tenths(d))
	}
	if b.MetadataOnly {
		parts = append(parts, "metadata only")
	}
	parts = append(parts, "expiry as of "+b.ReferenceTime.UTC().Format(time.RFC3339))
	m.tell(happened(at, wordStart).says(b.Repository, strings.Join(parts, ", ")))
}

func (m *model) tellAnchor(at time.Duration, b engine.AnchorChosen) {
	e := happened(at, wordAnchor).says("root", report.Anchor(b))
	if b.Source == engine.RootFirstUse {
		e.style = warn
	}
	m.tell(e)
}

func (m *model) tellLayout(at time.Duration, b *engine.LayoutFound) {
	m.tell(happened(at, wordLayout).says("repository", "metadata at "+b.MetadataURL+", targets at "+b.TargetsURL))
}

// roleSeen is what a person would act on when a role changes.
type roleSeen struct {
	told          bool
	state         trust.RoleState
	version       int64
	expired, soon bool
	problem       string
}

// tellRole says what has become of a role, once.
func (m *model) tellRole(at time.Duration, r *trust.Role) {
	l := &m.log
	if int(r.ID) >= len(m.st.Roles) {
		return
	}
	for len(l.roles) < len(m.st.Roles) {
		l.roles = append(l.roles, roleSeen{})
	}
	what := report.Outcome(r)
	now := roleSeen{what != "", r.State, r.Version, r.Expired, r.Soon, r.Problem}
	if before := l.roles[r.ID]; before == now {
		return
	}
	l.roles[r.ID] = now
	if what == "" {
		return
	}
	if r.Problem != "" {
		what += ": " + r.Problem // which the numbers would only hide
	} else {
		what = strings.Join(append([]string{what}, report.Particulars(r, m.st.Run.ReferenceTime)...), ", ")
	}
	e := happened(at, wordRole)
	switch {
	case roleTrouble(r) != "":
		e = happened(at, wordRoleIll)
		e.style = roleStyle(r)
	case r.Soon:
		e.style = warn
	}
	m.tell(e.of(r.ID).says("", what))
}

// tellState says that a file has come to a state that is worth knowing. What the state
// machine has refused has not happened.
func (m *model) tellState(at time.Duration, b *engine.StateChanged) {
	it := m.st.Item(b.Item)
	if it == nil || it.State != b.To || it.Attempt != b.Attempt || it.Since != at {
		return
	}
	if b.From == engine.Stalled {
		since, ok := m.log.silent[b.Item]
		delete(m.log.silent, b.Item)
		delete(m.log.causes, b.Item)
		if ok && (b.To.Active() || b.To == engine.Verified) {
			e := happened(at, wordResumed).about(b.Item)
			e.span = at - since
			m.tell(e)
		}
	}
	var e entry
	switch b.To {
	case engine.Verified:
		e = happened(at, wordOK)
		if began, ok := it.Began(); ok {
			e.span = at - began
		}
	case engine.Failed:
		switch {
		case b.Problem != nil && b.Problem.Kind == finding.HostSilent:
			e = happened(at, wordUnseen)
		case it.Unchecked():
			e = happened(at, wordUnchecked)
		default:
			e = happened(at, wordFail)
		}
	case engine.Untrusted:
		e = happened(at, wordUntrusted)
	case engine.Stalled:
		e = happened(at, wordStall)
		if m.log.silent == nil {
			m.log.silent = map[engine.ItemID]time.Duration{}
		}
		m.log.silent[b.Item] = at - m.silence(it, at)
	case engine.Retrying:
		e = happened(at, wordRetry)
		e.span = b.Next - at
	case engine.Cancelled:
		e = happened(at, wordCancel)
	default:
		return
	}
	e.text, e.bytes, e.attempt = problemText(it), it.Done, int32(b.Attempt)
	m.tell(e.about(b.Item))
}

// silenceCause is what makes one diagnosis of a silence another than the one before it.
type silenceCause struct {
	what fetch.Cause
	who  string
}

// tellDiagnosis says why a file is silent, once for each cause, and that one is slow,
// once for each attempt.
func (m *model) tellDiagnosis(at time.Duration, b *engine.Diagnosed) {
	it := m.st.Item(b.Item)
	if it == nil || it.Attempt != b.Attempt || diagnosis(it) == nil {
		return
	}
	switch now := (silenceCause{b.Cause, report.Culprit(b.Label)}); {
	case crawls(it) && m.log.crawled[it.ID] != it.Attempt:
		if m.log.crawled == nil {
			m.log.crawled = map[engine.ItemID]int{}
		}
		m.log.crawled[it.ID] = it.Attempt
		text, takes := pace(it)
		if takes != "" {
			text += ", would take " + takes
		}
		m.tell(happened(at, wordSlow).about(it.ID).says("", text))
	case it.State == engine.Stalled && b.Label != "" && m.log.causes[it.ID] != now:
		if m.log.causes == nil {
			m.log.causes = map[engine.ItemID]silenceCause{}
		}
		m.log.causes[it.ID] = now
		m.tell(happened(at, wordCause).about(it.ID).says("", report.Because(&b.Diagnosis)))
	}
}

// severities are the words of findings.
var severities = map[finding.Severity]word{
	finding.Info: wordNote, finding.Warning: wordWarning, finding.Unknown: wordUnknown, finding.Critical: wordCritical,
}

// tellFinding says that a finding is new, or in force no more.
func (m *model) tellFinding(at time.Duration, b *engine.FindingRaised) {
	before := m.log.notes
	m.log.notes = m.st.Notes.Len()
	if m.log.notes == before {
		return // it was known, or never was
	}
	e := happened(at, severities[b.Finding.Severity]).says(b.Finding.Subject, b.Finding.Message)
	if b.Withdrawn {
		e = happened(at, wordNote).says(b.Finding.Subject, "no longer: "+b.Finding.Message)
	}
	if b.About {
		e = e.of(b.Role)
	}
	m.tell(e)
}

// tellBreaker says that the queue of a host is held, or flows again.
func (m *model) tellBreaker(at time.Duration, b *engine.BreakerChanged) {
	switch b.State {
	case engine.Held:
		m.tell(happened(at, wordHeld).says(b.Host, measure.Count(b.Queued, "file")+" held back, "+b.Why))
	case engine.GivenUp:
		m.tell(happened(at, wordGivenUp).says(b.Host, b.Why))
	default:
		m.tell(happened(at, wordFlows).says(b.Host, "it answers again, and its files go on"))
	}
}

// tellProbe gives the conclusion of a probe. That it began was said when it was asked
// for.
func (m *model) tellProbe(at time.Duration, b *engine.ProbeEnded) {
	if m.st.Item(b.Item) == nil || m.st.Probes[b.Item] == nil {
		return
	}
	m.tell(happened(at, wordProbe).about(b.Item).says("", m.st.Probes[b.Item].Text))
	m.news.reply = "" // that it was being asked
}

// inspector is this program, where something is wrong with it.
const inspector = "the inspector itself"

func (m *model) tellFault(at time.Duration, b *engine.InspectorFault) {
	m.tell(happened(at, wordFault).says(inspector, "failed in "+b.Goroutine+": "+b.Value))
}

func (m *model) tellStuck(at time.Duration, b *engine.InspectorStuck) {
	text := fmt.Sprintf("%s has not moved for %s", partName(b.Part), measure.Age(b.For))
	if b.Dump != "" {
		text += "; see " + safe.Text(b.Dump)
	}
	m.tell(happened(at, wordStuck).says(inspector, text))
}

func (m *model) tellMoves(at time.Duration, b *engine.InspectorStuck) {
	m.tell(happened(at, wordMoves).says(inspector, fmt.Sprintf("%s moves again, after %s", partName(b.Part), measure.Age(b.For))))
}

// tellSettled says what the run came to. The header says it too, so that the news have
// room for what can be done now.
func (m *model) tellSettled(at time.Duration) {
	e := happened(at, wordDone).says("", m.tally.words(m.st, settledWidth))
	m.log.add(e)
	m.news.say(&e)
}

// farewell says what is left for a person to do, in the view on screen.
func (m *model) farewell() string {
	c := &m.st.Counts
	switch {
	case c[engine.Failed]+c[engine.Untrusted]+c[engine.Cancelled] == 0:
		return "all has been looked at: q leaves"
	case m.at == viewTargets || m.at == viewWaterfall:
		return "all has been looked at: enter says why, R retries, q leaves"
	}
	return "all has been looked at: R retries, q leaves"
}

// settledWidth is how many cells of reasons the log keeps of a verdict.
const settledWidth = 400
