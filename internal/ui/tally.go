package ui

import (
	"fmt"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/trust"
)

// tally counts what the state does not: metadata files by state, bytes that will not
// come any more, and rates over time.
type tally struct {
	seen     []face // by item, as it was last seen
	metadata [numFaces]int
	proved   map[engine.ItemID]int   // by target: how many of it and its copies failed by their bytes
	files    []engine.ItemID         // those of metadata
	hosts    map[string]*int         // how many files wait, by host
	atHost   []*int                  // by item: the one of its host
	site     *engine.Site            // of the latest item that was new
	atSite   *int                    // likewise: the one of its host
	short    map[engine.ItemID]int64 // ended items with fewer bytes than were signed
	missing  int64                   // their sum
	laggards map[engine.ItemID]bool  // files that are silent or crawl
	rates    history
	problems problems
	raised   int // how often findings, faults and stuck parts have changed

	verdict engine.Verdict // once the run has settled
	reasons []string       // for it, worst first
}

// see takes over an item's state.
func (t *tally) see(it *engine.Item) {
	id, f := int(it.ID), faceOf(it)
	if id == len(t.seen) {
		t.seen = append(t.seen, f)
		t.atHost = append(t.atHost, t.hostCount(it))
		t.problems.of = append(t.problems.of, 0)
		*t.atHost[id] += boolInt(waits(it.State))
		if it.Kind == engine.Metadata {
			t.metadata[f]++
			t.files = append(t.files, it.ID)
		} else {
			t.prove(it, boolInt(f == face(engine.Failed)))
		}
	}
	*t.atHost[id] += boolInt(waits(it.State)) - boolInt(waits(engine.ItemState(t.seen[id])))
	if it.State == engine.Stalled || crawls(it) {
		if t.laggards == nil {
			t.laggards = map[engine.ItemID]bool{}
		}
		t.laggards[it.ID] = true
	} else if len(t.laggards) > 0 {
		delete(t.laggards, it.ID)
	}
	if it.Kind == engine.Metadata {
		t.metadata[t.seen[id]]--
		t.metadata[f]++
	} else if rest := it.Length - it.Done; it.State.Ended() && rest > 0 {
		if t.short == nil {
			t.short = map[engine.ItemID]int64{}
		}
		t.missing += rest - t.short[it.ID]
		t.short[it.ID] = rest
	} else if old, ok := t.short[it.ID]; ok {
		t.missing -= old
		delete(t.short, it.ID)
	}
	if it.Kind != engine.Metadata {
		t.prove(it, boolInt(f == face(engine.Failed))-boolInt(t.seen[id] == face(engine.Failed)))
	}
	t.problems.see(it, t.seen[id])
	t.seen[id] = f
}

// prove counts an item whose bytes are wrong, or takes it back.
func (t *tally) prove(it *engine.Item, by int) {
	if by == 0 {
		return
	}
	if t.proved == nil {
		t.proved = map[engine.ItemID]int{}
	}
	if t.proved[it.Of] += by; t.proved[it.Of] == 0 {
		delete(t.proved, it.Of)
	}
}

// waits tells whether an item in this state is yet to be asked for.
func waits(s engine.ItemState) bool { return s == engine.Queued || s == engine.Retrying }

// hostCount gives the count of an item's host. An item never moves to another host,
// so that its address is parsed once, and once for all that share its parts.
func (t *tally) hostCount(it *engine.Item) *int {
	if it.Site != nil && it.Site == t.site {
		return t.atSite
	}
	host := hostOf(it)
	n := t.hosts[host]
	if n == nil {
		n = new(int)
		if t.hosts == nil {
			t.hosts = map[string]*int{}
		}
		t.hosts[host] = n
	}
	t.site, t.atSite = it.Site, n
	return n
}

// waiting is how many files wait for a host.
func (t *tally) waiting(host string) int {
	if n := t.hosts[host]; n != nil {
		return *n
	}
	return 0
}

// in is how many files have a face: targets, each together with its copies, and
// metadata files. A verified metadata file is no result, so those are left out. A
// target in state Failed has failed if it or a copy of it has.
func (t *tally) in(st *engine.State, f face) int {
	switch f {
	case faceUnchecked:
		return st.Targets.ByState[engine.Failed] - len(t.proved) + t.metadata[f]
	case face(engine.Failed):
		return len(t.proved) + t.metadata[f]
	case face(engine.Verified), face(engine.Skipped):
		return st.Targets.ByState[f]
	}
	return st.Targets.ByState[f] + t.metadata[f]
}

func (t *tally) active(st *engine.State) int {
	n := 0
	for s := engine.Connecting; s <= engine.Verifying; s++ {
		n += t.in(st, face(s))
	}
	return n
}

// progress is how much of the work is done, from 0 to 1: by bytes, or by files where
// there are no bytes to count.
func (t *tally) progress(st *engine.State) float64 {
	tt := &st.Targets
	switch {
	case tt.Total > 0 && tt.Ended() == tt.Total:
		return 1
	case tt.Bytes > 0:
		return min(float64(tt.Done+t.missing)/float64(tt.Bytes), 0.9999)
	case tt.Total > 0:
		return float64(tt.Ended()) / float64(tt.Total)
	case st.Metadata > 0:
		return float64(t.metadataEnded()) / float64(st.Metadata)
	}
	return 0
}

func (t *tally) metadataEnded() int {
	n := 0
	for f := range t.metadata {
		if face(f).ended() {
			n += t.metadata[f]
		}
	}
	return n
}

// left estimates how long the rest takes, or gives 0. What is silent or crawls is left
// out: when it ends has nothing to do with how fast the others are. There are never
// many of those, because each has a worker or stands beside one.
func (t *tally) left(st *engine.State) time.Duration {
	rest := st.Targets.Bytes - st.Targets.Done - t.missing
	crawling := 0
	for id := range t.laggards {
		it := st.Items.At(int(id))
		if it.Kind != engine.Metadata {
			rest -= max(it.Length-it.Done, 0)
		}
		crawling += boolInt(it.State == engine.Transferring)
	}
	if crawling == st.Counts[engine.Transferring] {
		return 0 // the rate is theirs, or an average that remembers what has stopped
	}
	if rest <= 0 || st.Queue.Rate < 1 || st.Queue.Paused || t.rates.collapsing() {
		return 0
	}
	d := float64(rest) / st.Queue.Rate
	if d < 1 || d > (100*time.Hour).Seconds() {
		return 0 // no estimate worth the name
	}
	return time.Duration(d * float64(time.Second))
}

// judge forms the verdict. It looks at all items, so it is done once a settling.
func (t *tally) judge(st *engine.State) {
	t.verdict = st.Verdict()
	if st.Why != "" {
		// What was not looked at is not healthy.
		t.verdict = max(t.verdict, engine.Undecided)
	}
	t.reasons = t.reasons[:0]
	add := func(format string, args ...any) { t.reasons = append(t.reasons, fmt.Sprintf(format, args...)) }
	// What has expired takes all below it along, so it stands before what it leads to.
	var ended []string
	said := map[string]bool{}
	for i := range st.Roles {
		if r := &st.Roles[i]; roleTrouble(r) == "expired" && !said[r.Name] {
			ended, said[r.Name] = append(ended, r.Name), true
		}
	}
	switch n := len(ended); {
	case n > 2:
		add("%s and %d more expired", ended[0], n-1)
	case n > 0:
		add("%s expired", strings.Join(ended, " and "))
	}
	for _, f := range [...]face{face(engine.Failed), face(engine.Untrusted), faceUnchecked, face(engine.Cancelled)} {
		if n := t.in(st, f); n > 0 {
			add("%d %s", n, f)
		}
	}
	for i := range st.Roles {
		if word := roleTrouble(&st.Roles[i]); word != "" && !said[st.Roles[i].Name] {
			said[st.Roles[i].Name] = true
			if r := &st.Roles[i]; r.Parent == "" {
				said[fmt.Sprintf("root v%d", r.Version)] = true // so findings call it
			}
			if !onlyBelow(&st.Roles[i]) { // the one above says it
				add("%s %s", st.Roles[i].Name, word)
			}
		}
	}
	if n := len(st.Faults); n > 0 {
		add("%s of the inspector", measure.Count(n, "fault"))
	}
	for n := range st.Notes.All() {
		f := &n.Finding
		key := string(f.ID) + " " + f.Subject
		if f.Severity < finding.Warning || said[f.Subject] || said[key] {
			continue
		}
		said[key] = true
		switch f.ID {
		case finding.FirstUse:
			add("root not pinned")
		case finding.ExpiresSoon:
			add("%s expires soon", f.Subject)
		default:
			add("%s: %s", f.Subject, strings.ReplaceAll(string(f.ID), "-", " "))
		}
	}
	if st.Why != "" {
		add("%s", st.Why)
	}
}

// onlyBelow tells whether a role is refused for nothing but a role above it.
func onlyBelow(r *trust.Role) bool {
	return r.State == trust.Refused && strings.HasPrefix(r.Problem, "below ")
}

// roleTrouble says in a word what is wrong with a role that counts, or "".
func roleTrouble(r *trust.Role) string {
	switch {
	case r.State == trust.Refused:
		return "refused"
	case r.State == trust.Absent && r.Parent != "":
		return "missing"
	case r.State == trust.Unfetched && r.Parent != "":
		return "not fetched"
	case r.Expired && r.Current:
		return "expired"
	}
	return ""
}

// roleStyle is how the trouble with a role is written. Nothing is known to be wrong
// with one that was not fetched.
func roleStyle(r *trust.Role) style {
	if r.State == trust.Unfetched {
		return odd
	}
	return bad
}

var verdictWords = map[engine.Verdict]string{
	engine.Healthy: "HEALTHY", engine.Warned: "WARNING", engine.Undecided: "UNKNOWN", engine.Broken: "CRITICAL",
}

var verdictStyles = map[engine.Verdict]style{
	engine.Healthy: good, engine.Warned: warn, engine.Undecided: odd, engine.Broken: bad,
}

// words gives the verdict in words, in at most w cells: reasons that do not fit are
// counted.
func (t *tally) words(st *engine.State, w int) string {
	head := verdictWords[t.verdict]
	if len(t.reasons) == 0 {
		if tt := &st.Targets; tt.Total > 0 {
			return cut(fmt.Sprintf("%s: %d of %d targets verified", head, tt.ByState[engine.Verified], tt.Total), max(w, len(head)), "")
		}
		return head
	}
	for n := len(t.reasons); n > 0; n-- {
		s := head + ": " + strings.Join(t.reasons[:n], ", ")
		if rest := len(t.reasons) - n; rest > 0 {
			s += fmt.Sprintf(", +%d", rest)
		}
		if widthOf(s) <= w {
			return s
		}
	}
	// The worst reason is worth more than how many others there are, and that something
	// has expired more than what.
	for _, s := range []string{t.reasons[0], "expired"} {
		if strings.HasSuffix(t.reasons[0], s) && widthOf(head+": "+s) <= w {
			return head + ": " + s
		}
	}
	return head
}
