package trust

import (
	"slices"
	"strings"

	"example.com/tufinspect/internal/finding"
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
	blind  bool // its file could not be had, and with it what is behind it is not known
	order  int  // in which a client meets the roles
}

// orderRoot is the order of all roots. The other top-level roles follow, and all others
// come in the order in which they were found.
const orderRoot = -4

// ruled makes the verdicts of the clients that were not asked.
func (q *clientAsk) ruled() []ClientVerdict {
	var out []ClientVerdict
	for _, c := range []finding.Client{finding.PythonTUF, finding.Tough} {
		v := ClientVerdict{Client: c.String(), Version: c.Version(), State: ClientAccepts, Listed: q.listed}
		blind := false
		for i := range q.rules {
			r := &q.rules[i]
			// tough loads all delegated roles at once, and refuses the repository with any of
			// them; the others refuse what they come to.
			whole := !r.below || c == finding.Tough
			switch {
			case r.client != c || blind:
			case whole && r.stance == finding.Refuses && v.State != ClientRefuses:
				// A role before it may be refused already, and this one is.
				v.State, v.Role, v.Why = ClientRefuses, r.role, r.why
				v.Refused, v.First, v.Partly = q.listed, nil, ""
			case whole && r.stance == finding.May && v.State == ClientAccepts:
				v.State, v.Role, v.Why = ClientUnknown, r.role, "it may refuse it: "+r.why
				// A root may give the roles behind it other keys.
				blind = (r.blind || r.order == orderRoot) && !r.below
			}
		}
		if c == finding.PythonTUF && v.State == ClientAccepts {
			v.Asked, v.Refused, v.First, v.Partly = len(q.probes), q.python.refused, q.python.first, q.python.why
		}
		out = append(out, v)
	}
	return out
}

// rules gathers what the sources of clients say of the roles, in the order in which a
// client meets them, and what python-tuf's client would make of searches for targets.
func (w *Walk) rules(probes []probe) (list []ruled, found pythonFound) {
	g := ruler{w: w, edges: map[RoleID]*edge{}, python: newPythonView(w)}
	for _, f := range w.files {
		for _, e := range f.in {
			g.edges[e.role] = e
		}
	}
	for _, list := range w.said {
		for _, n := range list {
			if n.About && g.met(&w.roles[n.Role]) {
				g.finding(&w.roles[n.Role], &n.Finding)
			}
		}
	}
	for i := range w.roles {
		if r := &w.roles[i]; r.Current || r.Parent == "" && r.State == Refused && r.Version > w.roots.anchor.Version {
			g.role(r)
		}
	}
	g.rootForms()
	g.rootEnd()
	g.bytesOf()
	g.timestampForm()
	for _, f := range w.byNeed() {
		g.fileBytes(f)
		g.fileForms(f)
	}
	slices.SortFunc(g.out, func(a, b ruled) int {
		if a.order != b.order {
			return a.order - b.order
		}
		if a.blind != b.blind {
			if a.blind {
				return -1
			}
			return 1
		}
		if a.stance != b.stance {
			return int(b.stance) - int(a.stance)
		}
		return strings.Compare(a.why, b.why)
	})
	return g.out, g.python.finds(probes)
}

// met tells whether a client that starts from the trusted root reads the file of a role.
func (g *ruler) met(r *Role) bool {
	return r.Current || r.Parent == "" && r.Version >= g.w.roots.anchor.Version
}

// ruler gathers rules.
type ruler struct {
	w      *Walk
	out    []ruled
	edges  map[RoleID]*edge
	python *pythonView
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
		one.order = orderRoot
	case r.Parent == "root":
		one.order = slices.Index([]string{"timestamp", "snapshot", "targets"}, r.Name) - 3
	}
	for c, s := range map[finding.Client]finding.Stance{finding.PythonTUF: python, finding.Tough: tough} {
		if s != finding.Takes {
			one.client, one.stance = c, s
			g.out = append(g.out, one)
		}
	}
}

// role says what its state means for all clients. Where python-tuf's reasons to refuse a
// role that go-tuf refuses are known, it is not said once more that it may.
func (g *ruler) role(r *Role) {
	switch r.State {
	case Absent:
		g.say(r, finding.Refuses, g.missing(r), "it is missing")
		g.python.file(g.edges[r.ID], finding.Refuses, "it is missing")
	case Unfetched:
		g.blind(r, "it could not be fetched")
	case Refused:
		if above := strings.HasPrefix(r.Problem, "below "); !above && !g.lowered(r) {
			python := finding.May
			if g.python.explained[r.ID] {
				python = finding.Takes
			}
			g.say(r, python, finding.May, r.Problem) // a finding says more
		}
	}
}

// blind says that nobody knows what is behind a role.
func (g *ruler) blind(r *Role, why string) {
	n := len(g.out)
	g.say(r, finding.May, finding.May, why)
	for i := range g.out[n:] {
		g.out[n+i].blind = true
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
	why := f.Message
	switch f.ID {
	case finding.BadSignatures, finding.ThresholdUnreachable, finding.UnreadableKey, finding.KeyNotListed:
		var more string
		if python, more = pythonSigned(r, g.edges[r.ID]); more != "" {
			why = more
		}
		g.python.edge(g.edges[r.ID], python, why)
	case finding.NoPaths:
		if e := g.edges[r.ID]; e != nil {
			python = pythonPaths(e.child.content)
		}
		fallthrough
	default:
		g.python.file(g.edges[r.ID], python, why)
	}
	if f.ID.Stance(finding.GoTUF) == finding.Refuses && (python == finding.Refuses || f.ID != finding.Reencoding && python == finding.Takes) {
		g.python.explained[r.ID] = true
	}
	if why == f.Message {
		g.say(r, python, tough, why)
		return
	}
	g.say(r, python, finding.Takes, why)
	g.say(r, finding.Takes, tough, f.Message)
}

func toughLimit(r *Role) int64 {
	switch r.Name {
	case "root", "timestamp", "snapshot":
		return toughTop
	}
	return toughTargets
}
