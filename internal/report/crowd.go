package report

import (
	"cmp"
	"slices"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
)

// crowdNames is how many files of a crowd are named.
const crowdNames = 5

// crowd are problems that differ in nothing but the file. One line says what they
// have in common.
type crowd []*Problem

// crowds gathers the problems that say the same, in the order of the first of each.
// What was only cancelled comes last: of what was silent when the run was stopped
// there is something to say.
func crowds(problems []Problem) []crowd {
	type key struct {
		state, text, hint, cause, evidence string
		retry                              bool
	}
	at := map[key]int{}
	var out []crowd
	for i := range problems {
		p := &problems[i]
		k := key{state: p.word()}
		if c := p.Problem; c != nil {
			k.text, k.hint, k.retry = c.Text, c.Hint, c.Retry
		}
		if d := p.Diagnosis; d != nil {
			k.cause, k.evidence = d.Cause+d.Certainty, d.sure()
		}
		j, ok := at[k]
		if !ok {
			j = len(out)
			at[k] = j
			out = append(out, nil)
		}
		out[j] = append(out[j], p)
	}
	slices.SortStableFunc(out, func(a, b crowd) int { return cmp.Compare(a[0].onlyCancelled(), b[0].onlyCancelled()) })
	return out
}

// lines is how many a crowd takes, hints aside.
func (c crowd) lines() int {
	if len(c) > grouped {
		return 1 + c.named()
	}
	return len(c)
}

// fair gives the first crowd of every kind of problem, and of the others as many as fit
// into so many lines, all in their order; and how many problems are left out. A hundred
// that differ in a number only do not keep another kind from being seen.
func fair(all []crowd, lines int) (shown []crowd, rest int) {
	type kind struct {
		state string
		of    finding.ID
	}
	turns := make([]int, len(all)) // of each crowd, how many of its kind come before it
	seen := map[kind]int{}
	for i, c := range all {
		k := kind{state: c[0].word()}
		if c[0].Problem != nil {
			k.of = c[0].Problem.Kind
		}
		turns[i] = seen[k]
		seen[k]++
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(turns[a], turns[b]) })
	chosen := make([]bool, len(all))
	for _, i := range order {
		if lines <= 0 && turns[i] > 0 {
			break
		}
		chosen[i] = true
		lines -= all[i].lines()
	}
	for i, c := range all {
		if chosen[i] {
			shown = append(shown, c)
		} else {
			rest += len(c)
		}
	}
	return shown, rest
}

func (p *Problem) onlyCancelled() int {
	if p.State == engine.Cancelled.String() && p.Diagnosis == nil {
		return 1
	}
	return 0
}

// crowd writes what is common to many problems, and the names of the first.
func (t *text) crowd(c crowd) {
	p := *c[0]
	for _, o := range c {
		p.Attempts = max(p.Attempts, o.Attempts)
	}
	reason := p.reason()
	if p.Attempts > 1 && slices.ContainsFunc(c, func(o *Problem) bool { return o.Attempts != p.Attempts }) {
		few := p
		few.Attempts = 0
		reason = few.reason()
	}
	t.line("  %s %-9s %s: %s", t.mark(p.mark()), p.word(), measure.Count(len(c), "file"), t.short(reason))
	for _, o := range c[:c.named()] {
		t.line("              %s", t.name(o.name(), 0))
	}
	if n := len(c) - c.named(); n > 0 {
		t.line("              %s %s more", t.mark("…"), measure.Digits(n))
		t.left = true
	}
	t.diagnosis(&p)
	t.hint(p.hint())
}

// named is how many are named; a line for one that is not would be no shorter.
func (c crowd) named() int {
	if len(c) <= crowdNames+1 {
		return len(c)
	}
	return crowdNames
}

// name fits a name into the room behind the indentation and what stands before it.
func (t *text) name(name string, before int) string {
	if t.opt.Width < narrowest {
		return name
	}
	return middle(name, t.opt.Width-hang-before, t.mark("…"))
}

// short cuts a reason that would fill the screen.
func (t *text) short(reason string) string {
	if t.opt.Width < narrowest {
		return reason
	}
	return middle(reason, reasonLines*(t.opt.Width-hang), t.mark("…"))
}
