package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/measure"
)

// problems lists the items that did not end well, but for those of a host that was
// given up, which is said already. The hint is written once for neighbours that
// share it.
func (t *text) problems() { t.list(func(p *Problem) bool { return !p.consequence() }) }

// consequences lists the items that are as they should be below a role that is not:
// behind the finding about that role, which says what there is to do.
func (t *text) consequences() { t.list((*Problem).consequence) }

// consequence tells whether nothing is wrong with the item itself.
func (p *Problem) consequence() bool { return !p.Unchecked && p.State == engine.Untrusted.String() }

func (t *text) list(wanted func(*Problem) bool) {
	all := slices.DeleteFunc(slices.Clone(t.r.Problems), func(p Problem) bool { return !wanted(&p) })
	if !t.opt.All {
		noted := t.r.noted()
		all = slices.DeleteFunc(all, func(p Problem) bool { return p.unseen() || noted(&p) })
	}
	slices.SortStableFunc(all, func(a, b Problem) int { return cmp.Compare(a.rank(), b.rank()) })
	if len(all) == 0 {
		return
	}
	t.line("")
	if t.opt.All {
		t.each(all)
		return
	}
	shown, rest := fair(crowds(all), problemsShown)
	var alone []Problem
	flush := func() { t.each(alone); alone = nil }
	for _, c := range shown {
		if len(c) > grouped {
			flush()
			t.crowd(c)
			continue
		}
		for _, p := range c {
			alone = append(alone, *p)
		}
	}
	flush()
	if rest > 0 {
		t.line("  %s %s more like these", t.mark("…"), measure.Digits(rest))
		t.left = true
	}
}

// each lists problems one by one.
func (t *text) each(problems []Problem) {
	for i := range problems {
		p := &problems[i]
		t.line("  %s %-9s %s: %s", t.mark(p.mark()), p.word(), t.name(p.name(), 1), t.short(p.reason()))
		t.diagnosis(p)
		if i+1 == len(problems) || problems[i+1].hint() != p.hint() {
			t.hint(p.hint())
		}
	}
}

// diagnosis writes why a file was silent or slow, and for the first of each kind and
// host a command that repeats the case.
func (t *text) diagnosis(p *Problem) {
	d := p.Diagnosis
	if d == nil {
		return
	}
	t.line("              %s (%s)", d.Cause, d.sure())
	_, behind, _ := strings.Cut(d.Cause, fetch.BehindRedirect)
	kind := d.Kind + " " + behind
	if len(d.Commands) == 0 || t.tried[kind] {
		return
	}
	if t.tried == nil {
		t.tried = map[string]bool{}
	}
	t.tried[kind] = true
	t.whole("              try: %s", d.Commands[0])
}

// sure is how certain a diagnosis is, and by what.
func (d *Diagnosis) sure() string {
	if len(d.Evidence) > 0 {
		return d.Certainty + ": " + d.Evidence[0]
	}
	return d.Certainty
}

// Unchecked is the short word for a file of which nothing is known: the attempts at it
// failed, and that proves nothing against its bytes.
const Unchecked = "unchecked"

// word is the state as people are told of it. In the JSON report an unchecked file is
// failed or stalled, and a field of its own says the rest.
func (p *Problem) word() string {
	if p.Unchecked {
		return Unchecked
	}
	return p.State
}

func (p *Problem) mark() string {
	switch p.word() {
	case Unchecked:
		return "∅"
	case engine.Failed.String():
		return "✗"
	case engine.Untrusted.String():
		return "?"
	case engine.Stalled.String():
		return "!"
	case engine.Retrying.String():
		return "↻"
	case engine.Cancelled.String():
		return "⊘"
	}
	return "·"
}

// name is the item's path, and for a copy the hash that its name is made of.
func (p *Problem) name() string {
	if p.Under != "" {
		return p.Path + " (copy under its " + p.Under + ")"
	}
	return p.Path
}

// rank orders problems as the screen does: what is not checked follows what is proved.
func (p *Problem) rank() int {
	switch {
	case p.Unchecked:
		return 2
	case p.State == engine.Failed.String():
		return 0
	case p.consequence():
		return 1
	}
	return 3
}

func (p *Problem) reason() string {
	if p.Problem == nil {
		return "no reason is known"
	}
	s := p.Problem.Text
	if p.Attempts > 1 {
		s += fmt.Sprintf(", %d attempts", p.Attempts)
	}
	if p.Problem.Retry && p.State != engine.Cancelled.String() { // that was a person's wish
		s += "; retrying may help"
	}
	return s
}

func (p *Problem) hint() string {
	if p.Problem == nil {
		return ""
	}
	return p.Problem.Hint
}

// noted gives what tells whether a metadata file's problem is a finding of its role too,
// which is listed with the others.
func (r *Report) noted() func(p *Problem) bool {
	type key struct{ id, role, text string }
	said := map[key]bool{}
	for i := range r.notes {
		f := &r.notes[i]
		role := f.Subject
		if strings.HasPrefix(role, "root v") { // each version is a subject
			role = "root"
		}
		said[key{string(f.ID), role, f.Message}] = true
	}
	return func(p *Problem) bool {
		return p.Kind == engine.Metadata.String() && p.Problem != nil && said[key{string(p.Problem.Kind), p.Role, p.Problem.Text}]
	}
}
