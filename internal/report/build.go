package report

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// New takes a report from a state. The state is only read, and may be one that has
// not finished: what is under way is then neither a problem nor well.
func New(st *engine.State, opt Options) *Report {
	finished := opt.Finished
	if finished.IsZero() && !st.Run.Started.IsZero() {
		finished = st.Run.Started.Add(st.Took())
	}
	took := st.Took()
	if !opt.Finished.IsZero() && !st.Run.Started.IsZero() {
		took = max(opt.Finished.Sub(st.Run.Started), 0)
	}
	why := safe.Text(st.Why)
	if why == "" && !st.Settled {
		why = stillRunning
	}
	r := &Report{
		Schema:        SchemaName,
		Verdict:       Verdict(st).String(),
		Repository:    repository(st),
		Started:       stamp(st.Run.Started),
		Finished:      stamp(finished),
		ReferenceTime: stamp(st.Run.ReferenceTime),
		ValidUntil:    validUntil(st),
		Roles:         roles(st),
		Targets:       targets(st),
		Copies:        copies(st),
		Problems:      problems(st),
		Clients:       clients(st),
		Hosts:         hosts(st),
		SilentHosts:   silentHosts(st),
		Inspector: Inspector{
			Version:         safe.Text(st.Run.Version),
			Faults:          faults(st),
			Stuck:           stuck(st),
			PeakMemoryBytes: opt.PeakMemory,
			DurationSeconds: took.Round(time.Millisecond).Seconds(),
			Workers:         st.Queue.Workers,
			WorkersAuto:     st.Queue.Auto,
			EndedEarly:      why,
		},
		name:  safe.Text(st.Run.Repository),
		at:    st.Run.ReferenceTime,
		took:  took,
		bytes: received(st),
		why:   why,
	}
	r.Memory, r.since = remembered(st)
	r.miss, r.files = st.Misses()
	r.Targets.Unchecked = r.miss.Unchecked
	r.notes = notes(st)
	r.peers = ClientLine(st.Clients)
	r.Findings = slices.Clone(r.notes)
	noted := r.noted()
	for i := range r.Problems {
		if noted(&r.Problems[i]) {
			continue // one fault is one finding
		}
		if f, ok := r.Problems[i].finding(); ok {
			r.Findings = append(r.Findings, f)
		}
	}
	r.Findings = ordered(r.Findings)
	if opt.All {
		r.Items = items(st)
	}
	return r
}

// stillRunning is the reason why a report that was asked for during a run is not whole.
const stillRunning = "the report was written while the run was going on"

// stamp writes a moment as RFC 3339 in UTC, to the second; the zero time is one
// too, because the form asks for a time.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func repository(st *engine.State) Repository {
	r := Repository{
		MetadataURL: safe.Text(st.Run.MetadataURL),
		TargetsURL:  safe.Text(st.Run.TargetsURL),
	}
	if st.Anchor.Source != "" {
		r.Root = &Root{
			Version: st.Anchor.Version,
			SHA256:  safe.Text(st.Anchor.SHA256),
			Source:  string(st.Anchor.Source),
		}
		if !st.Anchor.Since.IsZero() {
			r.Root.Since = stamp(st.Anchor.Since)
		}
	}
	return r
}

func validUntil(st *engine.State) *ValidUntil {
	r := trust.FirstToEnd(st.Roles)
	if r == nil {
		return nil
	}
	return &ValidUntil{Time: stamp(r.Expires), Role: safe.Text(r.Name), at: r.Expires, expired: r.Expired}
}

func faults(st *engine.State) []Fault {
	out := make([]Fault, 0, len(st.Faults))
	for _, f := range st.Faults {
		out = append(out, Fault{safe.Text(f.Goroutine), safe.Text(f.Value), stack(f.Stack)})
	}
	return out
}

func stuck(st *engine.State) []Stuck {
	out := make([]Stuck, 0, len(st.Stuck))
	for _, s := range st.Stuck {
		out = append(out, Stuck{safe.Text(s.Part), seconds(s.For), safe.Text(s.Dump), safe.Text(s.Trace), safe.Text(s.Err)})
	}
	return out
}

// stack makes a stack printable line by line: it is useless on one line.
func stack(s string) string {
	lines := strings.Split(strings.TrimSpace(s), "\n")
	for i, l := range lines {
		lines[i] = safe.Text(strings.ReplaceAll(l, "\t", "    "))
	}
	return strings.Join(lines, "\n")
}

// received is how many bytes came in. The queue's own count has the attempts that
// failed as well, but it is coalesced and can be a tick behind.
func received(st *engine.State) int64 {
	var n int64
	for i := range st.Items.Len() {
		n += st.Items.At(i).Done
	}
	return max(n, st.Queue.Bytes)
}

// targets counts each target as the worst of itself and its copies. The state's
// own counts know no difference between a target that failed and one that was
// given up for silence; that is made here.
func targets(st *engine.State) Targets {
	by := &st.Targets.ByState
	t := Targets{
		Total:     st.Targets.Total,
		Verified:  by[engine.Verified],
		Untrusted: by[engine.Untrusted],
		Failed:    by[engine.Failed],
		Stalled:   by[engine.Stalled],
		Cancelled: by[engine.Cancelled],
		Skipped:   by[engine.Skipped],
		Bytes:     st.Targets.Done,
	}
	t.Pending = t.Total - t.Verified - t.Untrusted - t.Failed - t.Stalled - t.Cancelled - t.Skipped
	silent := 0
	for i := range st.Items.Len() {
		if st.Items.At(i).Kind != engine.Target {
			continue
		}
		if onlySilent(st, i) {
			silent++
		}
	}
	t.Failed -= silent
	t.Stalled += silent
	return t
}

// onlySilent tells whether a target and its copies have failed, and for nothing
// but silence.
func onlySilent(st *engine.State, target int) bool {
	failed := false
	for i := target; i < min(target+1+int(st.Items.At(target).Copies), st.Items.Len()); i++ {
		it := st.Items.At(i)
		if it.State != engine.Failed {
			continue
		}
		if !it.Silent() {
			return false
		}
		failed = true
	}
	return failed
}

func copies(st *engine.State) Copies {
	var c Copies
	for i := range st.Items.Len() {
		if st.Items.At(i).Kind == engine.Metadata {
			continue
		}
		c.Total++
		if st.Items.At(i).State == engine.Verified {
			c.Verified++
		}
	}
	return c
}

// notes gives the findings that are not an item's problem, each once.
func notes(st *engine.State) []finding.Finding {
	out := make([]finding.Finding, 0, st.Notes.Len())
	for n := range st.Notes.All() {
		f := n.Finding
		f.Subject, f.Message, f.Hint = safe.Text(f.Subject), safe.Text(f.Message), safe.Text(f.Hint)
		f.Evidence = evidence(f.Evidence)
		out = append(out, f)
	}
	return ordered(out)
}

// ordered sorts findings, worst first, then by id and subject, and drops those
// that say the same of the same.
func ordered(fs []finding.Finding) []finding.Finding {
	slices.SortStableFunc(fs, func(a, b finding.Finding) int {
		return cmp.Or(cmp.Compare(b.Severity, a.Severity), cmp.Compare(a.ID, b.ID),
			cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Message, b.Message))
	})
	return slices.CompactFunc(fs, func(a, b finding.Finding) bool {
		return a.ID == b.ID && a.Severity == b.Severity && a.Subject == b.Subject && a.Message == b.Message &&
			maps.Equal(a.Evidence, b.Evidence)
	})
}

func evidence(m map[string]string) map[string]string {
	if len(m) == 0 {
		return nil
	}
	out := make(map[string]string, len(m))
	for k, v := range m {
		out[safe.Text(k)] = safe.Text(v)
	}
	return out
}
