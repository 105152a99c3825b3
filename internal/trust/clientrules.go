package trust

import (
	"slices"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// What tough reads at most by default, in bytes (tough/src/lib.rs, Limits).
const (
	toughTop     = 1 << 20
	toughTargets = 10 << 20
)

// ruled is what a client that cannot be asked makes of a role, by its sources.
type ruled struct {
	client finding.Client
	stance finding.Stance
	role   string // printable
	why    string
	below  bool // a delegated role
	order  int  // in which a client meets the roles
}

// ruled makes the verdicts of the clients that were not asked.
func (q *clientAsk) ruled() []ClientVerdict {
	var out []ClientVerdict
	for _, c := range []finding.Client{finding.PythonTUF, finding.Tough} {
		v := ClientVerdict{Client: c.String(), Version: c.Version(), State: ClientAccepts, Listed: q.listed}
		for i := range q.rules {
			r := &q.rules[i]
			// tough loads all delegated roles at once, and refuses the repository with any of
			// them; the others refuse what they come to.
			whole := !r.below || c == finding.Tough
			switch {
			case r.client != c:
			case whole && r.stance == finding.Refuses && v.State != ClientRefuses:
				// A role before it may be refused already, and this one is.
				v.State, v.Role, v.Why = ClientRefuses, r.role, r.why
				v.Refused, v.First, v.Partly = q.listed, nil, ""
			case whole && r.stance == finding.May && v.State == ClientAccepts:
				v.State, v.Role, v.Why = ClientUnknown, r.role, "it may refuse it: "+r.why
			case !whole && v.State == ClientAccepts && r.stance == finding.Refuses:
				v.Refused = q.lost
				if v.Partly == "" && q.lost > 0 {
					v.Partly = "role " + r.role + ": " + r.why
				}
			}
		}
		if c == finding.PythonTUF && v.State == ClientAccepts && q.beyond > 0 { // it visits as many roles as go-tuf
			v.Refused += q.beyond
			if v.Partly == "" {
				v.Partly = q.far
			}
		}
		out = append(out, v)
	}
	return out
}

// rules gathers what the sources of clients say of the roles, in the order in which a
// client meets them, and counts the targets in and below the delegated roles that
// python-tuf refuses.
func (w *Walk) rules() (list []ruled, lost int) {
	g := ruler{w: w, edges: map[RoleID]*edge{}}
	for _, f := range w.files {
		for _, e := range f.in {
			g.edges[e.role] = e
		}
	}
	for i := range w.roles {
		if r := &w.roles[i]; r.Current || r.Parent == "" && r.State == Refused && r.Version > w.roots.anchor.Version {
			g.role(r)
		}
	}
	for _, list := range w.said {
		for _, n := range list {
			if n.About && w.roles[n.Role].Current {
				g.finding(&w.roles[n.Role], &n.Finding)
			}
		}
	}
	g.rootForms()
	g.timestampForm()
	for _, f := range w.byNeed() {
		g.fileForms(f)
	}
	slices.SortFunc(g.out, func(a, b ruled) int {
		if a.order != b.order {
			return a.order - b.order
		}
		if a.stance != b.stance {
			return int(b.stance) - int(a.stance)
		}
		return strings.Compare(a.why, b.why)
	})
	return g.out, g.lost()
}

// ruler gathers rules.
type ruler struct {
	w       *Walk
	out     []ruled
	edges   map[RoleID]*edge
	refused []*file // by python-tuf, of delegated roles
}

// say notes a stance of both clients that are not asked.
func (g *ruler) say(r *Role, python, tough finding.Stance, why string) {
	name := r.Name
	if r.Parent == "" && r.Version > 0 {
		name = rootName(r.Version)
	}
	one := ruled{role: name, why: why, below: r.Parent != "" && r.Parent != "root", order: int(r.ID)}
	switch {
	case r.Parent == "":
		one.order = -4
	case r.Parent == "root":
		one.order = slices.Index([]string{"timestamp", "snapshot", "targets"}, r.Name) - 3
	}
	if e := g.edges[r.ID]; one.below && e != nil && python == finding.Refuses {
		g.refused = append(g.refused, e.child)
	}
	for c, s := range map[finding.Client]finding.Stance{finding.PythonTUF: python, finding.Tough: tough} {
		if s != finding.Takes {
			one.client, one.stance = c, s
			g.out = append(g.out, one)
		}
	}
}

// lost counts the targets of the refused files and of all below them, each file once.
// Of a role that is accepted under another delegator only those count that no search
// gets to (of so many as are asked for, since each costs a search): most searches never
// come to the delegator under which it is refused.
func (g *ruler) lost() int {
	n, searches, seen, queue := 0, 0, map[*file]bool{}, g.refused
	for len(queue) > 0 {
		f := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if f == nil || seen[f] {
			continue
		}
		seen[f] = true
		switch {
		case f.content == nil:
		case !f.accepted:
			n += len(f.content.targets)
		default:
			for i := 0; i < len(f.content.targets) && searches < maxProbes; i++ {
				searches++
				if g.w.Reach(f.name, f.content.targets[i].Path).State != Found {
					n++
				}
			}
		}
		for _, next := range f.out {
			queue = append(queue, next.child)
		}
	}
	return n
}

// role says what its state means for all clients.
func (g *ruler) role(r *Role) {
	switch r.State {
	case Absent:
		g.say(r, finding.Refuses, g.missing(r), "it is missing")
	case Unfetched:
		g.say(r, finding.May, finding.May, "it could not be fetched")
	case Refused:
		if above := strings.HasPrefix(r.Problem, "below "); !above && !g.lowered(r) {
			g.say(r, finding.May, finding.May, r.Problem) // a finding says more
		}
	}
}

// lowered tells whether a role is refused for nothing but what is remembered of it. The
// clients that are meant here remember nothing.
func (g *ruler) lowered(r *Role) bool {
	for _, t := range []*topFile{&g.w.timestamp, &g.w.snapshot} {
		if t.lowered && t.hasRole && t.role == r.ID {
			return true
		}
	}
	return false
}

// missing is what tough makes of an absent role: it ends the search silently where the
// snapshot does not list one.
func (g *ruler) missing(r *Role) finding.Stance {
	if r.Parent != "" && r.Parent != "root" {
		return finding.May
	}
	return finding.Refuses
}

// finding says what clients make of a role about which something was found.
func (g *ruler) finding(r *Role, f *finding.Finding) {
	if k, ok := finding.Lookup(f.ID); ok && f.Severity < k.Severity {
		return // it is less than its kind, and clients do not meet it
	}
	python, tough := f.ID.Stance(finding.PythonTUF), f.ID.Stance(finding.Tough)
	if f.ID == finding.OverClientLimit {
		tough = finding.Takes
		if most := toughLimit(r); r.Size > most {
			tough = finding.Refuses
		}
	}
	if f.ID == finding.RootEndStatus {
		python = finding.Refuses
		if slot := g.w.roots.slots[g.w.roots.next]; slot != nil && slot.answer.Status == 403 {
			python = finding.Takes
		}
	}
	g.say(r, python, tough, f.Message)
}

func toughLimit(r *Role) int64 {
	switch r.Name {
	case "root", "timestamp", "snapshot":
		return toughTop
	}
	return toughTargets
}

// rootForms are rules about the root of which no finding tells.
func (g *ruler) rootForms() {
	c := &g.w.roots
	r := g.w.role(c.role)
	for _, name := range sortedNames(c.current.Signed.Roles) {
		switch name {
		case metadata.ROOT, metadata.TIMESTAMP, metadata.SNAPSHOT, metadata.TARGETS:
		default:
			g.say(r, finding.Refuses, finding.Refuses, "it states a role of another name: "+safe.Cut(name, 40))
			return
		}
	}
	g.positive(r, r.Version)
	for _, name := range sortedNames(c.current.Signed.Roles) {
		if role := c.current.Signed.Roles[name]; role != nil {
			g.unique(r, role.KeyIDs)
		}
	}
}

// positive is the rule that versions count from one.
func (g *ruler) positive(r *Role, version int64) {
	if version <= 0 && r.Size > 0 {
		g.say(r, finding.Refuses, finding.Refuses, "its version is not above 0")
	}
}

// unique is python-tuf's rule that a key id stands once in a role.
func (g *ruler) unique(r *Role, ids []string) {
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			g.say(r, finding.Refuses, finding.Takes, "it names a key id twice for one role")
			return
		}
		seen[id] = true
	}
}

// timestampForm is tough's rule that the timestamp lists the snapshot and nothing else.
func (g *ruler) timestampForm() {
	if ts := g.w.ts; ts != nil {
		r := g.w.role(g.w.timestamp.role)
		g.positive(r, ts.Signed.Version)
		if len(ts.Signed.Meta) > 1 {
			g.say(r, finding.Takes, finding.Refuses, "it lists more than snapshot.json")
		}
		if m := ts.Signed.Meta["snapshot.json"]; m != nil && (m.Length == 0 || len(m.Hashes) == 0) {
			g.say(r, finding.Takes, finding.May, "it lists the snapshot without its length or hashes")
		}
	}
	if sn := g.w.sn; sn != nil {
		g.positive(g.w.role(g.w.snapshot.role), sn.Signed.Version)
	}
}

// fileForms are rules about a targets role of which no finding tells.
func (g *ruler) fileForms(f *file) {
	c := f.content
	if c == nil {
		return
	}
	r := g.w.role(f.in[0].role)
	g.positive(r, c.version)
	for i := range c.targets {
		if c.targets[i].Length < 0 {
			g.say(r, finding.Refuses, finding.Refuses, "it lists a target with a length below 0")
			break
		}
	}
	if c.succinct() {
		g.say(r, finding.Takes, finding.Refuses, "it delegates to succinct roles")
	}
	if c.delegations != nil {
		for i := range c.delegations.Roles {
			g.unique(r, c.delegations.Roles[i].KeyIDs)
		}
	}
}

func sortedNames(roles map[string]*metadata.Role) []string {
	var out []string
	for name := range roles {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
