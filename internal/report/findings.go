package report

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

// findings lists what is not the problem of one file, kinds with many subjects on
// one line. What is only worth knowing comes later.
func (t *text) findings() {
	severe := t.r.notes[:t.severe()]
	if len(severe) > 0 {
		t.line("")
	}
	pinned := false
	for fs := range kinds(severe) {
		t.kind(fs)
		if fs[0].ID == finding.FirstUse {
			t.pin()
			pinned = true
		}
	}
	if !pinned {
		t.pin()
	}
}

// infos lists what is only worth knowing: a line for each kind, and nothing to be done.
// A repository in daily use has dozens of these, and none of them is why somebody was
// woken up.
func (t *text) infos() {
	rest := t.r.notes[t.severe():]
	if t.r.since != "" { // it has its line already
		rest = slices.DeleteFunc(slices.Clone(rest), func(f finding.Finding) bool { return f.ID == finding.ChangedSince })
	}
	if len(rest) > 0 {
		t.line("")
	}
	for fs := range kinds(rest) {
		t.info(fs)
	}
}

func (t *text) info(fs []finding.Finding) {
	head := fmt.Sprintf("  %s %-9s %s: ", t.mark("·"), fs[0].Severity, fs[0].ID)
	if len(fs) == 1 || t.opt.All {
		for i := range fs {
			t.line("%s%s: %s", head, fs[i].Subject, t.short(fs[i].Message))
		}
		return
	}
	names := t.subjects(fs)
	title := ""
	if k, ok := finding.Lookup(fs[0].ID); ok {
		title = k.Title + ": "
	}
	t.line("%s%s%s", head, title, names)
}

// severe is how many findings are warnings or worse: they come first.
func (t *text) severe() int {
	n, _ := slices.BinarySearchFunc(t.r.notes, finding.Info, func(f finding.Finding, s finding.Severity) int { return cmp.Compare(s, f.Severity) })
	return n
}

// kinds gives the findings of one kind after those of another, from a list in order.
func kinds(list []finding.Finding) iter.Seq[[]finding.Finding] {
	return func(yield func([]finding.Finding) bool) {
		for len(list) > 0 {
			n := 1
			for n < len(list) && list[n].ID == list[0].ID && list[n].Severity == list[0].Severity {
				n++
			}
			if !yield(list[:n:n]) {
				return
			}
			list = list[n:]
		}
	}
}

// subjects names the first few of what the findings are about.
func (t *text) subjects(fs []finding.Finding) string {
	names := make([]string, 0, len(fs))
	for i := range fs {
		names = append(names, fs[i].Subject)
	}
	names = slices.Compact(names)
	if len(names) > subjectsShown {
		names = append(names[:subjectsShown], fmt.Sprintf("%s %d more", t.mark("…"), len(names)-subjectsShown))
		t.left = t.left || fs[0].Severity >= finding.Warning
	}
	return strings.Join(names, ", ")
}

// kind writes the findings of one kind, warnings and worse.
func (t *text) kind(fs []finding.Finding) {
	m := map[finding.Severity]string{finding.Critical: "✗", finding.Unknown: "?", finding.Warning: "▲"}[fs[0].Severity]
	head := fmt.Sprintf("  %s %-9s", t.mark(m), fs[0].Severity)
	if len(fs) <= grouped || t.opt.All {
		for i := range fs {
			t.line("%s %s: %s: %s", head, fs[i].ID, fs[i].Subject, fs[i].Message)
			if i+1 == len(fs) || fs[i+1].Hint != fs[i].Hint {
				t.hint(fs[i].Hint)
			}
		}
		return
	}
	names := t.subjects(fs)
	title := ""
	if k, ok := finding.Lookup(fs[0].ID); ok {
		title = k.Title + ": "
	}
	t.line("%s %s: %d times: %s%s", head, fs[0].ID, len(fs), title, names)
	t.hint(fs[0].Hint)
}

func (t *text) hint(hint string) {
	if hint != "" {
		t.line("              hint: %s", hint)
	}
}

// pin writes the flag that makes the next run independent of the repository's word
// for its own root.
func (t *text) pin() {
	root := t.r.Repository.Root
	if root == nil || root.Source != string(engine.RootFirstUse) || root.SHA256 == "" {
		return
	}
	t.whole("              pin root v%d, once you have compared it: --root-sha256 %s", root.Version, root.SHA256)
}
