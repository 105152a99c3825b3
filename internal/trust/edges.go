package trust

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// maxPaths is how many patterns of one delegation are shown.
const maxPaths = 16

// outEdges are a role's delegations in a form in which a search can use them.
type outEdges struct {
	list     []*out
	byPrefix map[string][]int // hash prefix → indices into list, if all are of one length
	digits   int              // that length
	// byLiteral has, by the text that a pattern begins with before its first wildcard,
	// indices into list; nil if there are few delegations, or some by hash prefixes.
	byLiteral map[string][]int
	literals  []int // the lengths of those texts, ascending
	succinct  *metadata.SuccinctRoles
	bins      map[string]*edge // by role name, for succinct roles
	cut       bool             // some bins were left out by a limit
	hashed    bool             // a search needs the path's digest
}

// out is one delegation.
type out struct {
	edge        *edge
	paths       []string
	prefixes    []string
	terminating bool
}

// delegationsOf is the topic of what a file says about the roles that it delegates to.
type delegationsOf struct{ f *file }

// delegate follows the delegations of a role that was parsed, first or once more;
// anew has those that were followed before verified again.
func (w *Walk) delegate(s *Step, f *file, anew bool) {
	l := linker{w: w, s: s, f: f, old: f.out, anew: anew}
	f.out = map[string]*edge{}
	o := &outEdges{}
	f.content.out = o
	w.takeBack(s, delegationsOf{f})
	if d := f.content.delegations; d != nil {
		if f.content.succinct() {
			l.bins(o, d)
		} else {
			l.roles(o, d)
		}
		o.hashed = slices.ContainsFunc(o.list, func(d *out) bool { return len(d.paths) == 0 && len(d.prefixes) > 0 })
		o.indexPrefixes()
		o.indexPaths()
	}
	for _, name := range slices.Sorted(maps.Keys(l.old)) {
		w.unlink(s, l.old[name])
		l.lost = true
	}
	if l.lost {
		w.resettle(s, false)
	}
}

// linker makes the edges of one role.
type linker struct {
	w    *Walk
	s    *Step
	f    *file
	old  map[string]*edge // those that it had before and that have not come up yet
	anew bool
	lost bool
}

// roles follows a list of delegations.
func (l *linker) roles(o *outEdges, d *metadata.Delegations) {
	hashed := false
	for i := range d.Roles {
		r := &d.Roles[i]
		byHash := len(r.Paths) == 0 && len(r.PathHashPrefixes) > 0
		hashed = hashed || byHash
		before := l.f.out[r.Name]
		e := l.link(r.Name, &metadata.Delegations{Keys: d.Keys, Roles: d.Roles[i : i+1 : i+1]}, duty{keys: d.Keys, ids: r.KeyIDs, threshold: r.Threshold})
		o.list = append(o.list, &out{edge: orBeyond(e, l.f, r.Name), paths: r.Paths, prefixes: r.PathHashPrefixes, terminating: r.Terminating})
		if e == nil {
			continue
		}
		role := l.w.role(e.role)
		if before == nil {
			role.Terminating, role.Threshold, role.Paths = r.Terminating, r.Threshold, describePaths(r)
		} else if len(role.Paths) <= maxPaths {
			// The same name twice in one role: its keys are those of the first, and its
			// paths those of both.
			role.Paths = append(slices.Clip(role.Paths), describePaths(r)...)
		}
	}
	if hashed {
		l.w.say(l.s, delegationsOf{l.f}, finding.New(finding.HashPrefixClients, safe.Text(l.f.name), "it delegates by path_hash_prefixes"), l.f.in[0].role)
	}
}

func orBeyond(e *edge, parent *file, name string) *edge {
	if e == nil {
		return beyondLimit(parent, name)
	}
	return e
}

// bins follows succinct roles (TAP 15). There may be billions of names; the
// snapshot tells which of them exist.
func (l *linker) bins(o *outEdges, d *metadata.Delegations) {
	sr := d.SuccinctRoles
	if !validBits(sr) {
		l.w.say(l.s, delegationsOf{l.f}, finding.New(finding.Unparsable, safe.Text(l.f.name), "succinct roles with a bit length of %d, not 1 to 32", sr.BitLength), l.f.in[0].role)
		return
	}
	o.succinct, o.bins = sr, map[string]*edge{}
	grant := &metadata.Delegations{Keys: d.Keys, SuccinctRoles: sr}
	names := l.w.listedWith(sr.NamePrefix + "-")
	for _, name := range names {
		if !isBin(sr, name) {
			continue
		}
		e := l.link(name, grant, duty{keys: d.Keys, ids: sr.KeyIDs, threshold: sr.Threshold})
		if e == nil {
			o.cut = true
			return // the limit holds for all that follow
		}
		o.bins[name] = e
		r := l.w.role(e.role)
		r.Terminating, r.Threshold = true, sr.Threshold
		r.Paths = []string{fmt.Sprintf("one of %d bins", uint64(1)<<uint(sr.BitLength))}
	}
	if missing := uint64(1)<<uint(sr.BitLength) - uint64(len(o.bins)); missing > 0 {
		l.w.say(l.s, delegationsOf{l.f}, binsMissing(safe.Text(l.f.name), o, missing), l.f.in[0].role)
	}
}

// binsMissing says that bins are not in the snapshot, and names the first one.
func binsMissing(subject string, o *outEdges, n uint64) finding.Finding {
	i := uint64(0)
	for o.bins[binName(o.succinct, i)] != nil {
		i++
	}
	first := binName(o.succinct, i)
	all := uint64(1) << uint(o.succinct.BitLength)
	return finding.New(finding.BinMissing, subject, "the snapshot lists only %d of its %d bins; %s is the first that is missing", all-n, all, safe.Cut(first, 100))
}

// listedWith gives the names of roles in the snapshot that begin with a prefix.
func (w *Walk) listedWith(prefix string) []string {
	if w.sn == nil {
		return nil
	}
	if w.listedNames == nil {
		w.listedNames = make([]string, 0, len(w.sn.Signed.Meta))
		for name := range w.sn.Signed.Meta {
			if name, ok := strings.CutSuffix(name, ".json"); ok {
				w.listedNames = append(w.listedNames, name)
			}
		}
		slices.Sort(w.listedNames)
	}
	names := w.listedNames
	i, _ := slices.BinarySearch(names, prefix)
	n := i
	for n < len(names) && strings.HasPrefix(names[n], prefix) {
		n++
	}
	return names[i:n]
}

// link makes the edge to a role that is delegated to, or finds it, and has the
// child's file looked at. It gives nil beyond the walk's limits.
func (l *linker) link(name string, grant *metadata.Delegations, d duty) *edge {
	w, s, f := l.w, l.s, l.f
	if e := f.out[name]; e != nil {
		return e // the same name twice in one role: the first counts
	}
	if e := l.old[name]; e != nil {
		delete(l.old, name)
		f.out[name] = e
		e.grant, e.duty = grant, d
		if l.anew {
			w.lookAgain(s, e.child)
		}
		return e
	}
	if w.edges >= w.limits.Roles {
		w.limit(s, fmt.Sprintf("more than %d delegations; the rest was not looked at", w.limits.Roles))
		return nil
	}
	if f.depth+1 > w.limits.Depth {
		w.limit(s, fmt.Sprintf("delegations more than %d deep; what is below was not looked at", w.limits.Depth))
		return nil
	}
	w.edges++
	e := &edge{parent: f, grant: grant, duty: d}
	e.role = w.newRole(Role{Name: name, Parent: safe.Text(f.name), ParentID: f.in[0].role, State: Fetching, Current: true})
	f.out[name] = e
	child := w.files[name]
	if child == nil {
		child = &file{name: name, depth: f.depth + 1}
		w.files[name] = child
		e.child, child.in = child, []*edge{e}
		w.want(s, child)
		return e
	}
	e.child = child
	child.in = append(child.in, e)
	child.depth = min(child.depth, f.depth+1)
	switch {
	case child.waiting: // verified on this edge when it comes, or directly after
	case child.absent != "" && child.meta == nil:
		w.edgeUnlisted(s, e)
	case child.absent != "":
		w.edgeAbsent(e)
	default:
		w.verifyLate(s, child)
	}
	return e
}

// lookAgain has a child verified anew, because its delegator was delivered again.
func (w *Walk) lookAgain(s *Step, child *file) {
	if !child.asked || !w.needs[child.need].pending {
		w.want(s, child)
	}
}

// unlink takes away an edge that a role which was delivered again does not have,
// and what hangs on it alone.
func (w *Walk) unlink(s *Step, e *edge) {
	e.gone = true
	w.edges--
	w.graph.touch()
	w.takeBackEdge(s, e)
	child := e.child
	child.in = slices.DeleteFunc(child.in, func(x *edge) bool { return x == e })
	r := w.role(e.role)
	*r = Role{ID: r.ID, Name: r.Name, Parent: r.Parent, ParentID: r.ParentID, State: Skipped, Problem: "no longer delegated by " + r.Parent}
	if len(child.in) > 0 {
		return
	}
	w.changed = true
	delete(w.files, child.name)
	w.takeBack(s, child)
	w.takeBack(s, delegationsOf{child})
	w.takeBack(s, siblingsOf{child})
	w.keep(child, nil, nil)
	child.accepted = false
	if child.asked {
		w.outdate(s, child.need)
	}
	for _, name := range slices.Sorted(maps.Keys(child.out)) {
		w.unlink(s, child.out[name])
	}
	child.out = nil
}

func (w *Walk) limit(s *Step, text string) {
	w.cut = true
	w.sayAll(s, aboutLimits, finding.New(finding.WalkLimit, "delegations", "%s", text))
}

// indexPrefixes makes the search by hash prefix quick for the usual case: all
// delegations have prefixes of one length.
func (o *outEdges) indexPrefixes() {
	o.byPrefix = map[string][]int{}
	for i, d := range o.list {
		if len(d.paths) > 0 || len(d.prefixes) == 0 {
			o.byPrefix = nil
			return
		}
		for _, p := range d.prefixes {
			if o.digits == 0 {
				o.digits = len(p)
			}
			if len(p) != o.digits || len(p) == 0 || len(p) > 64 {
				o.byPrefix = nil
				return
			}
			// Prefixes are hexadecimal; clients compare them as they are written.
			if l := o.byPrefix[p]; len(l) == 0 || l[len(l)-1] != i {
				o.byPrefix[p] = append(l, i)
			}
		}
	}
}

// fewDelegations are looked through one by one.
const fewDelegations = 16

// indexPaths makes the search by patterns quick where a role delegates to many:
// a pattern can only cover what begins as it does.
func (o *outEdges) indexPaths() {
	if len(o.list) <= fewDelegations {
		return
	}
	for _, d := range o.list {
		if len(d.prefixes) > 0 && len(d.paths) == 0 {
			return
		}
	}
	o.byLiteral = map[string][]int{}
	for i, d := range o.list {
		for _, p := range d.paths {
			l := literal(p)
			if at := o.byLiteral[l]; len(at) == 0 || at[len(at)-1] != i {
				o.byLiteral[l] = append(at, i)
			}
			if n, found := slices.BinarySearch(o.literals, len(l)); !found {
				o.literals = slices.Insert(o.literals, n, len(l))
			}
		}
	}
}

// literal is the text of a pattern before anything in it that has a meaning.
func literal(pattern string) string {
	if i := strings.IndexAny(pattern, `*?[\`); i >= 0 {
		return pattern[:i]
	}
	return pattern
}

// candidates gives the indices of the delegations that may cover a path, ascending.
func (o *outEdges) candidates(path string) []int {
	var all []int
	lists := 0
	for _, n := range o.literals {
		if n > len(path) {
			break
		}
		if l := o.byLiteral[path[:n]]; len(l) > 0 {
			lists++
			if all = append(all[:len(all):len(all)], l...); lists == 1 {
				all = l
			}
		}
	}
	if lists > 1 {
		slices.Sort(all)
		all = slices.Compact(all)
	}
	return all
}

// describePaths says in a few lines what a delegation covers.
func describePaths(r *metadata.DelegatedRole) []string {
	if len(r.Paths) == 0 && len(r.PathHashPrefixes) > 0 {
		n := len(r.PathHashPrefixes)
		if n == 1 {
			return []string{"hash prefix " + short(r.PathHashPrefixes[0])}
		}
		return []string{fmt.Sprintf("hash prefixes %s to %s (%d)", short(r.PathHashPrefixes[0]), short(r.PathHashPrefixes[n-1]), n)}
	}
	var out []string
	for i, p := range r.Paths {
		if i == maxPaths {
			return append(out, fmt.Sprintf("… %d more", len(r.Paths)-maxPaths))
		}
		out = append(out, safe.Text(p))
	}
	return out
}
