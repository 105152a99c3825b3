package trust

import (
	"fmt"
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
	succinct *metadata.SuccinctRoles
	bins     map[string]*edge // by role name, for succinct roles
}

// out is one delegation.
type out struct {
	edge        *edge
	paths       []string
	prefixes    []string
	terminating bool
}

// delegate follows the delegations of a role that was parsed, first or once more.
func (w *Walk) delegate(s *Step, f *file) {
	old := map[*edge]bool{}
	for _, g := range w.files {
		for _, e := range g.in {
			if e.parent == f {
				old[e] = true
			}
		}
	}
	o := &outEdges{}
	f.content.out = o
	d := f.content.delegator.Signed.Delegations
	if d != nil {
		hashed := false
		for i := range d.Roles {
			r := &d.Roles[i]
			e := w.link(s, f, r.Name, old)
			if e == nil {
				continue
			}
			o.list = append(o.list, &out{edge: e, paths: r.Paths, prefixes: r.PathHashPrefixes, terminating: r.Terminating})
			role := w.role(e.role)
			role.Terminating, role.Threshold = r.Terminating, r.Threshold
			role.Paths = describePaths(r)
			hashed = hashed || len(r.Paths) == 0 && len(r.PathHashPrefixes) > 0
		}
		if hashed {
			w.note(s, finding.New(finding.HashPrefixClients, safe.Text(f.name), "it delegates by path_hash_prefixes"), f.in[0].role)
		}
		if d.Roles == nil && d.SuccinctRoles != nil {
			w.delegateBins(s, f, o, d.SuccinctRoles, old)
		}
		o.indexPrefixes()
	}
	for e := range old {
		w.unlink(e)
	}
}

// delegateBins follows succinct roles (TAP 15). There may be billions of names;
// the snapshot tells which of them exist.
func (w *Walk) delegateBins(s *Step, f *file, o *outEdges, sr *metadata.SuccinctRoles, old map[*edge]bool) {
	if !validBits(sr) {
		w.note(s, finding.New(finding.Unparsable, safe.Text(f.name), "succinct roles with a bit length of %d, not 1 to 32", sr.BitLength), f.in[0].role)
		return
	}
	o.succinct, o.bins = sr, map[string]*edge{}
	var names []string
	for name := range w.sn.Signed.Meta {
		name = strings.TrimSuffix(name, ".json")
		if strings.HasPrefix(name, sr.NamePrefix+"-") && sr.IsDelegatedRole(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		if e := w.link(s, f, name, old); e != nil {
			o.bins[name] = e
			r := w.role(e.role)
			r.Terminating, r.Threshold = true, sr.Threshold
			r.Paths = []string{fmt.Sprintf("one of %d bins", uint64(1)<<uint(sr.BitLength))}
		}
	}
}

// link makes the edge from a role to one that it delegates to, or finds it, and
// has the child's file looked at. It gives nil beyond the walk's limits.
func (w *Walk) link(s *Step, f *file, name string, old map[*edge]bool) *edge {
	child := w.files[name]
	if child != nil {
		for _, e := range child.in {
			if e.parent == f {
				if !old[e] {
					return e // the same name twice in one role: the first counts
				}
				delete(old, e)
				w.lookAgain(s, child)
				return e
			}
		}
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
	e := &edge{parent: f}
	e.role = w.newRole(Role{Name: name, Parent: safe.Text(f.name), ParentID: f.in[0].role, State: Fetching, Current: true})
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
	case child.absent != "":
		w.edgeAbsent(e)
	case !child.asked:
		w.unlisted(s, e)
	default:
		w.reverify(s, child)
	}
	return e
}

// lookAgain has a child verified anew, because its delegator was delivered again.
func (w *Walk) lookAgain(s *Step, child *file) {
	if !child.waiting || child.asked && !child.needPending(w) {
		w.want(s, child)
	}
}

// askChildren has everything that a role delegates to verified anew.
func (w *Walk) askChildren(s *Step, f *file) {
	for _, o := range f.content.out.list {
		w.lookAgain(s, o.edge.child)
	}
	for _, e := range f.content.out.bins {
		w.lookAgain(s, e.child)
	}
}

// unlink takes away an edge that a role which was delivered again does not have.
func (w *Walk) unlink(e *edge) {
	e.child.in = slices.DeleteFunc(e.child.in, func(x *edge) bool { return x == e })
	r := w.role(e.role)
	r.State, r.Problem, r.Current = Skipped, "no longer delegated by "+r.Parent, false
	if len(e.child.in) == 0 {
		delete(w.files, e.child.name)
	}
}

func (w *Walk) limit(s *Step, text string) {
	if !w.limitSaid[text] {
		w.limitSaid[text] = true
		s.Notes = append(s.Notes, Note{Finding: finding.New(finding.WalkLimit, "delegations", "%s", text)})
	}
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

// maxUndelegated is how many roles without a delegator are named one by one.
const maxUndelegated = 100

// reportUndelegated notes roles that the snapshot lists and nobody delegates to,
// once every delegation is known.
func (w *Walk) reportUndelegated(s *Step) {
	if w.undeleg || w.sn == nil || w.targets == nil || len(w.limitSaid) > 0 {
		return
	}
	for _, f := range w.files {
		if f.content == nil {
			return // what it delegates to is not known
		}
	}
	w.undeleg = true
	var names []string
	for name := range w.sn.Signed.Meta {
		if name, ok := strings.CutSuffix(name, ".json"); ok && w.files[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for i, name := range names {
		if i == maxUndelegated {
			s.Notes = append(s.Notes, Note{Finding: finding.New(finding.UndelegatedRole, "snapshot", "lists %d more roles that nobody delegates to", len(names)-i)})
			return
		}
		s.Notes = append(s.Notes, Note{Finding: finding.New(finding.UndelegatedRole, safe.Text(name), "the snapshot lists it and no role delegates to it")})
	}
}
