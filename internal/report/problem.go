package report

import (
	"cmp"
	"slices"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// problems gives every item that did not end well, worst first: by state, by the
// severity of the problem, metadata before targets (what hangs on a role's file is
// explained by it), by kind of problem, and by path.
func problems(st *engine.State) []Problem {
	out := []Problem{}
	for i := range st.Items.Len() {
		if it := st.Items.At(i); troubled(st, it) {
			out = append(out, problem(it))
		}
	}
	slices.SortStableFunc(out, func(a, b Problem) int {
		return cmp.Or(
			cmp.Compare(stateRank(a.State), stateRank(b.State)),
			cmp.Compare(b.severity(), a.severity()),
			cmp.Compare(kindRank(a.Kind), kindRank(b.Kind)),
			cmp.Compare(a.id(), b.id()),
			compareFiles(&a.File, &b.File))
	})
	return out
}

// troubled tells whether an item belongs into the list of problems. What had not
// ended when the run did is one too: nobody knows about it.
func troubled(st *engine.State, it *engine.Item) bool {
	switch it.State {
	case engine.Failed, engine.Untrusted, engine.Cancelled, engine.Stalled, engine.Retrying:
		return true
	case engine.Verified, engine.Skipped:
		return false
	}
	return st.Finished
}

func problem(it *engine.Item) Problem {
	p := Problem{File: file(it), Unchecked: it.Unchecked()}
	if it.Silent() {
		p.State = engine.Stalled.String()
	}
	if it.Problem != nil {
		p.Problem = &Cause{
			Kind:     it.Problem.Kind,
			Text:     safe.Text(it.Problem.Text),
			Retry:    it.Problem.Retry,
			Hint:     safe.Text(it.Problem.Hint),
			Evidence: evidence(it.Problem.Evidence),
			severity: it.Problem.Severity(),
		}
	}
	if c := it.Cause; c != nil {
		d := &Diagnosis{Cause: safe.Text(c.Label), Kind: c.Cause.String(), Certainty: c.Certainty.String()}
		for _, e := range c.Evidence {
			d.Evidence = append(d.Evidence, safe.Text(e))
		}
		for _, line := range c.Commands {
			d.Commands = append(d.Commands, safe.Text(line))
		}
		p.Diagnosis = d
	}
	return p
}

func file(it *engine.Item) File {
	f := File{
		Path:     safe.Text(it.Path),
		Kind:     it.Kind.String(),
		Under:    safe.Text(it.Under),
		Role:     safe.Text(it.RoleName),
		State:    it.State.String(),
		Attempts: it.Tries(),
		Bytes:    it.Done,
	}
	if it.Length >= 0 {
		n := it.Length
		f.Length = &n
	}
	return f
}

// items gives every item: metadata first, then each target with its copies behind it.
func items(st *engine.State) []Item {
	out := make([]Item, 0, st.Items.Len())
	for i := range st.Items.Len() {
		it := st.Items.At(i)
		item := Item{File: file(it), URL: safe.Text(it.URL())}
		if it.State == engine.Skipped {
			item.Reason = safe.Text(it.Reason)
		}
		out = append(out, item)
	}
	slices.SortStableFunc(out, func(a, b Item) int {
		return cmp.Or(cmp.Compare(kindRank(a.Kind), kindRank(b.Kind)), compareFiles(&a.File, &b.File),
			cmp.Compare(a.URL, b.URL))
	})
	return out
}

// compareFiles orders by path, and a target before its copies. Two roles can list
// one path, so the role comes between.
func compareFiles(a, b *File) int {
	return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Role, b.Role),
		cmp.Compare(a.Under, b.Under), cmp.Compare(a.State, b.State))
}

func kindRank(kind string) int {
	if kind == engine.Metadata.String() {
		return 0
	}
	return 1
}

// stateRank orders states by how much they need a person.
func stateRank(state string) int {
	order := [...]engine.ItemState{engine.Failed, engine.Untrusted, engine.Stalled, engine.Retrying, engine.Cancelled}
	for i, s := range order {
		if s.String() == state {
			return i
		}
	}
	return len(order)
}

func (p *Problem) severity() finding.Severity {
	if p.Problem == nil {
		return finding.Unknown
	}
	return p.Problem.severity
}

func (p *Problem) id() finding.ID {
	if p.Problem == nil {
		return ""
	}
	return p.Problem.Kind
}

// finding is the problem as a finding, if the item has ended.
func (p *Problem) finding() (finding.Finding, bool) {
	switch p.State {
	case engine.Failed.String(), engine.Untrusted.String(), engine.Cancelled.String(), engine.Stalled.String():
	default:
		return finding.Finding{}, false
	}
	if p.Problem == nil {
		// An item that ended without a reason is the engine's fault; it is still
		// not to be lost.
		return finding.New(finding.InspectorFault, p.Path, "ended %s without a reason", p.State), true
	}
	f := finding.Finding{
		ID: p.Problem.Kind, Severity: p.Problem.severity, Subject: p.Path, Message: p.Problem.Text,
		Hint: p.Problem.Hint, Evidence: p.Problem.Evidence,
	}
	if p.Under != "" {
		f = f.With("copy", p.Under)
	}
	return f, true
}
