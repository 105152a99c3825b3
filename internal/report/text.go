package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

const (
	// problemsShown is how many problems a summary lists.
	problemsShown = 20
	// rolesShown is how many delegated roles it lists; those that are well are
	// only counted.
	rolesShown = 10
	// longText is from how many lines on a summary on a terminal ends as it begins.
	longText = 20
	// faultsShown is how many faults of this program it lists.
	faultsShown = 5
	// subjectsShown is how many subjects of one kind of finding it names.
	subjectsShown = 5
	// grouped is how many findings of one kind share a line from.
	grouped = 3
)

// TextOptions say how a summary is written.
type TextOptions struct {
	// All lists everything instead of the worst.
	All bool
	// ASCII uses no other characters for the program's own marks. Names from the
	// repository are written as they are.
	ASCII bool
	// Width is how many columns a terminal has: lines are broken at their spaces, and
	// names that are longer are cut in the middle. 0 leaves all lines whole, as files
	// and pipes want them. Commands are always whole.
	Width int
	// Rest says where all of what is left out can be found; "" is "--format json lists
	// all of it".
	Rest string
}

// WriteText writes the summary for people: what stays on the screen after the
// display has been left, and what the text format of a check is. It has no colour
// and no control bytes but newlines. Everything is written with one call of Write.
func WriteText(w io.Writer, r *Report, opt TextOptions) error {
	t := text{r: r, opt: opt}
	t.line("tufinspect: %s: %s", r.name, t.shout())
	t.line("")
	t.silentHosts()
	t.trust()
	t.totals()
	t.problems()
	t.findings()
	if t.left {
		t.line("")
		t.line("  what is left out here: %s", cmp.Or(t.opt.Rest, "--format json lists all of it"))
	}
	if opt.Width > 0 && bytes.Count(t.b.Bytes(), []byte("\n")) > longText {
		t.line("") // the first line may have left the screen
		t.line("tufinspect: %s: %s", r.name, t.shout())
	}
	_, err := w.Write(t.b.Bytes())
	return err
}

// text is a summary being written.
type text struct {
	r   *Report
	opt TextOptions
	b   bytes.Buffer
	// tried are the kinds of diagnosis that have a command already.
	tried map[string]bool
	left  bool // something was left out
}

// line adds one line. Whatever it says is printable in the end: an escape that has
// slipped through until here would be run by the terminal.
func (t *text) line(format string, args ...any) {
	t.folded(hang, format, args...)
}

// whole adds a line that is never broken: a command, to be copied.
func (t *text) whole(format string, args ...any) {
	t.b.WriteString(safe.Text(fmt.Sprintf(format, args...)))
	t.b.WriteByte('\n')
}

func (t *text) folded(indent int, format string, args ...any) {
	t.b.WriteString(fold(safe.Text(fmt.Sprintf(format, args...)), t.opt.Width, indent))
	t.b.WriteByte('\n')
}

// row adds a line of the upper block: a label, and what belongs to it.
func (t *text) row(label, format string, args ...any) {
	t.folded(hang, "  %-9s %s", label, fmt.Sprintf(format, args...))
}

func (t *text) shout() string {
	for _, v := range []engine.Verdict{engine.Healthy, engine.Warned, engine.Undecided, engine.Broken} {
		if v.String() == t.r.Verdict {
			return Shout(v)
		}
	}
	return strings.ToUpper(t.r.Verdict)
}

// mark is one of the program's own signs, as the terminal can show it.
func (t *text) mark(m string) string {
	if t.opt.ASCII {
		return asciiMarks.Replace(m)
	}
	return m
}

// asciiMarks is read only, and safe for concurrent use.
var asciiMarks = strings.NewReplacer("✓", "+", "✗", "x", "▲", "^", "⊘", "-", "↻", "r", "·", ".", "…", "...", "∅", "u")

// trust writes the chain of roles: all top-level ones, and of the delegated ones
// those that are not well.
func (t *text) trust() {
	label := "trust"
	role := func(r *Role) {
		t.row(label, "%s", t.role(r))
		label = ""
	}
	well, ill, hidden := 0, 0, 0
	for i := range t.r.Roles {
		r := &t.r.Roles[i]
		switch {
		case r.Parent == "" && !r.current && !t.opt.All:
			continue // older roots; what is wrong with them is a finding
		case r.Parent == "" || r.Parent == "root" || t.opt.All:
			role(r)
		case r.State == trust.Accepted.String() && !r.expired && !r.soon:
			well++
		case ill < rolesShown:
			ill++
			role(r)
		default:
			hidden++
		}
	}
	if hidden > 0 {
		t.row(label, "%s %d more delegated roles not accepted or near their end", t.mark("…"), hidden)
		label, t.left = "", true
	}
	if well > 0 {
		t.row(label, "%s %s accepted", t.mark("✓"), measure.Count(well, "delegated role"))
		label = ""
	}
	if label != "" {
		t.row(label, "%s no role could be read", t.mark("✗"))
	}
}

func (t *text) role(r *Role) string {
	accepted := r.State == trust.Accepted.String()
	if accepted && r.Parent == "" && !r.current {
		// The expiry of an older root does not matter (5.3.10).
		return fmt.Sprintf("%s %s v%d  %s", t.mark("✓"), r.Name, r.Version, Keys(r.valid(), len(r.Signatures), r.Threshold))
	}
	m := "✓"
	switch {
	case !accepted && (r.State == trust.Fetching.String() || r.State == trust.Skipped.String()):
		m = "·"
	case r.State == trust.Unfetched.String():
		m = "?" // nothing is known to be wrong with it
	case !accepted, r.expired:
		m = "✗"
	case r.soon:
		m = "▲"
	}
	name := r.Name
	if r.Version > 0 {
		name += " v" + strconv.FormatInt(r.Version, 10)
	}
	if r.Parent != "" && r.Parent != "root" {
		name += " (from " + r.Parent + ")"
	}
	var parts []string
	if !accepted {
		parts = append(parts, r.State)
	}
	if len(r.Signatures) > 0 {
		parts = append(parts, Keys(r.valid(), len(r.Signatures), r.Threshold))
	}
	if u := Until(r.expires, t.r.at, r.expired); u != "" {
		parts = append(parts, u)
	}
	if r.soon && !r.expired {
		parts = append(parts, "soon")
	}
	s := fmt.Sprintf("%s %s", t.mark(m), name)
	if len(parts) > 0 {
		s += "  " + strings.Join(parts, ", ")
	}
	if r.Problem != "" {
		s += ": " + r.Problem
	}
	return s
}

// totals writes what was looked at, in numbers.
func (t *text) totals() {
	c := &t.r.Targets
	if c.Total > 0 {
		parts := []string{fmt.Sprintf("%d verified", c.Verified)}
		for _, p := range []struct {
			n    int
			word string
		}{
			{t.r.miss.Failed, "failed"}, {c.Untrusted, "untrusted"}, {t.r.miss.Unchecked, notChecked(t.r.miss)},
			{c.Stalled - t.r.miss.Silent, "stalled"}, {c.Cancelled, "cancelled"}, {c.Skipped, "skipped"},
			{c.Pending, "not ended"},
		} {
			if p.n > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", p.n, p.word))
			}
		}
		s := fmt.Sprintf("%d: %s", c.Total, strings.Join(parts, ", "))
		if t.r.Copies.Total > c.Total {
			s += fmt.Sprintf("; %d of %d copies", t.r.Copies.Verified, t.r.Copies.Total)
		}
		t.row("targets", "%s", s)
	} else {
		t.row("targets", "none looked at")
	}
	if s := t.r.metadata(); s != "" {
		t.row("metadata", "%s", s)
	}
	s := fmt.Sprintf("%s in %s", measure.Size(t.r.bytes), measure.Span(t.r.took))
	if secs := t.r.took.Seconds(); secs >= 0.1 && t.r.bytes > 0 {
		s += ", " + measure.Rate(float64(t.r.bytes)/secs)
	}
	t.row("bytes", "%s", s)
	if t.r.since != "" {
		t.row("since", "%s", t.r.since)
	}
	switch t.r.why {
	case "":
	case stillRunning:
		t.row("so far", "%s", t.r.why)
	default:
		t.row("ended", "early: %s", t.r.why)
	}
	t.inspector()
}

// notChecked is the word for unchecked files, with how many of them are only silent.
func notChecked(m engine.Misses) string {
	switch m.Silent {
	case 0:
		return "not checked"
	case m.Unchecked:
		return "not checked (silent)"
	}
	return fmt.Sprintf("not checked (%d silent)", m.Silent)
}

// metadata counts the metadata files that did not end well, or gives "".
func (r *Report) metadata() string {
	by := map[string]int{}
	for i := range r.Problems {
		if p := &r.Problems[i]; p.Kind == engine.Metadata.String() {
			by[p.word()]++
		}
	}
	var parts []string
	add := func(n int, word string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, word))
		}
	}
	add(r.files.Failed, "failed")
	add(by[engine.Untrusted.String()], "untrusted")
	add(r.files.Unchecked, notChecked(r.files))
	for _, s := range [...]engine.ItemState{engine.Stalled, engine.Retrying, engine.Cancelled} {
		add(by[s.String()], s.String())
	}
	return strings.Join(parts, ", ")
}

// inspector says what was wrong with this program itself.
func (t *text) inspector() {
	faults, stuck := t.r.Inspector.Faults, t.r.Inspector.Stuck
	few := func(n int) int {
		if t.opt.All {
			return n
		}
		return min(n, faultsShown)
	}
	more := func(label string, n int) {
		if n > 0 {
			t.row(label, "%s %s more", t.mark("…"), measure.Digits(n))
			t.left = true
		}
	}
	for _, f := range faults[:few(len(faults))] {
		t.row("fault", "%s: %s", f.Goroutine, t.short(f.Value))
	}
	more("fault", len(faults)-few(len(faults)))
	for _, s := range stuck[:few(len(stuck))] {
		where := ""
		if s.Dump != "" {
			where = ", see " + s.Dump
		}
		t.row("stuck", "the inspector's %s did not move for %s%s", s.Part, measure.Span(time.Duration(s.Seconds*float64(time.Second))), where)
	}
	more("stuck", len(stuck)-few(len(stuck)))
}

// findings lists what is not the problem of one file, kinds with many subjects on
// one line.
func (t *text) findings() {
	notes := t.r.notes
	if t.r.since != "" { // it has its line already
		notes = slices.DeleteFunc(slices.Clone(notes), func(f finding.Finding) bool { return f.ID == finding.ChangedSince })
	}
	if len(notes) > 0 {
		t.line("")
	}
	pinned := false
	for rest := notes; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].ID == rest[0].ID && rest[n].Severity == rest[0].Severity {
			n++
		}
		t.kind(rest[:n])
		if rest[0].ID == finding.FirstUse {
			t.pin()
			pinned = true
		}
		rest = rest[n:]
	}
	if !pinned {
		t.pin()
	}
}

// kind writes the findings of one kind.
func (t *text) kind(fs []finding.Finding) {
	m := map[finding.Severity]string{finding.Critical: "✗", finding.Unknown: "?", finding.Warning: "▲"}[fs[0].Severity]
	if m == "" {
		m = "·"
	}
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
	names := make([]string, 0, len(fs))
	for i := range fs {
		names = append(names, fs[i].Subject)
	}
	names = slices.Compact(names)
	if len(names) > subjectsShown {
		names = append(names[:subjectsShown], fmt.Sprintf("%s %d more", t.mark("…"), len(names)-subjectsShown))
		t.left = t.left || fs[0].Severity >= finding.Warning
	}
	title := ""
	if k, ok := finding.Lookup(fs[0].ID); ok {
		title = k.Title + ": "
	}
	t.line("%s %s: %d times: %s%s", head, fs[0].ID, len(fs), title, strings.Join(names, ", "))
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
