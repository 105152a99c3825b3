package report

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
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
	// Recording is the file that the run was recorded in, printable; "" is none.
	Recording string
}

// WriteText writes the summary for people: what stays on the screen after the
// display has been left, and what the text format of a check is. It has no colour
// and no control bytes but newlines. Everything is written with one call of Write.
func WriteText(w io.Writer, r *Report, opt TextOptions) error {
	t := text{r: r, opt: opt}
	t.line("tufinspect: %s: %s", r.name, t.shout())
	t.line("")
	t.silentHosts()
	t.valid()
	t.trust()
	t.shipped()
	t.totals()
	t.problems()
	t.findings()
	t.consequences()
	t.infos()
	if t.left {
		t.line("")
		t.line("  what is left out here: %s", cmp.Or(t.opt.Rest, "--format json lists all of it"))
	}
	if len(r.notes) > 0 {
		t.line("")
		t.line("  tufinspect explain ID says more of each of these")
	}
	if opt.Recording != "" {
		t.line("")
		t.line("  tufinspect replay %s   shows this run again", opt.Recording)
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
	t.b.WriteString(Fold(safe.Text(fmt.Sprintf(format, args...)), t.opt.Width, indent))
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

// valid says when the first role ends.
func (t *text) valid() {
	if v := t.r.ValidUntil; v != nil {
		t.row("valid", "%s", valid(v.at, v.expired, v.Role, t.r.at))
	}
}

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
		return fmt.Sprintf("%s %s v%d  %s", t.mark("✓"), r.Name, r.Version, Keys(counted(r.Signatures), len(r.Signatures), r.Threshold))
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
	ended := r.State == trust.Expired.String() // which its date says
	problem := r.Problem
	skipped := strings.HasPrefix(problem, "not looked at") // the state in other words
	if !accepted && !ended && !skipped {
		parts = append(parts, r.State)
	}
	if r.State == trust.Absent.String() && problem == "not there" {
		problem = "" // likewise
	}
	if len(r.Signatures) > 0 {
		parts = append(parts, Keys(counted(r.Signatures), len(r.Signatures), r.Threshold))
	}
	if r.State == trust.Refused.String() && len(r.SignaturesBefore) > 0 {
		parts = append(parts, "of the root before "+Keys(counted(r.SignaturesBefore), len(r.SignaturesBefore), r.ThresholdBefore))
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
	switch {
	case problem == "" || ended:
	case len(parts) == 0:
		s += "  " + problem
	default:
		s += ": " + problem
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
			{t.r.miss.Failed, "failed"}, {c.Untrusted, "untrusted (their bytes match)"}, {t.r.miss.Unchecked, notChecked(t.r.miss)},
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
	if t.r.peers != "" {
		t.row("clients", "%s", t.mark(t.r.peers))
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
