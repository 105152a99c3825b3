package trust

import (
	"bytes"
	"fmt"
	"iter"
	"slices"

	"example.com/tufinspect/internal/safe"
)

// Reach tells whether a client would find the target path (raw) in the role
// (raw name): a pre-order depth-first search over the delegations, each role once
// (5.6.7). It costs microseconds.
func (w *Walk) Reach(role, path string) Reach {
	if above := w.undecidedTop(); above != "" {
		return Reach{State: Pending, By: above, Why: above + " is not decided yet"}
	}
	if w.targets != nil && !w.targets.asked && !w.targets.judged {
		above := w.obstacleTop(belowSnapshot)
		return Reach{State: Broken, By: above.name, Unproved: above.unproved, Why: above.String()}
	}
	if w.targets == nil || w.targets.waiting || !w.targets.judged {
		return Reach{State: Pending, By: "targets", Why: "targets is not decided yet"}
	}
	if above := w.obstacleTop(belowSnapshot); !above.none() {
		return Reach{State: Broken, By: above.name, Unproved: above.unproved, Why: above.String()}
	}
	r, _ := w.search(role, path)
	return r
}

// maxVisits is how many roles a search goes through to tell what a client without a
// limit of its own would find. A hostile repository could make each search as long as
// it is large.
const maxVisits = 1024

// maxCompared is how many patterns and prefixes one search compares with a path, those
// aside that an index rules out: some five milliseconds.
const maxCompared = 1 << 16

// search goes through the delegations from the targets role on. Where it breaks at a
// role that is refused under its delegator, it gives that delegation too.
func (w *Walk) search(role, path string) (Reach, *edge) {
	var digest string
	var last string // the role at which common clients stop, once the search is beyond it
	visited := map[*file]bool{}
	stack := []*edge{w.targets.in[0]}
	var cuts []cut
	work := maxCompared
	for len(stack) > 0 {
		e := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		f := e.child
		if visited[f] {
			continue
		}
		over := len(visited) > w.limits.Visits // as go-tuf counts: the targets role is not one of them
		switch {
		case !e.judged || f.waiting:
			name := safe.Text(f.name)
			return Reach{State: Pending, By: name, Why: "the role " + name + " is not decided yet"}, nil
		case over && (!e.ok || len(visited) == maxVisits):
			return w.tooFar(last), nil
		case !e.ok:
			name := safe.Text(f.name)
			return Reach{
				State: Broken, By: name, Unproved: f.content == nil && f.lack == Unfetched,
				Why: fmt.Sprintf("the role %s %s%s: %s", name, obstacle{expired: e.state == Expired}.fate(), w.under(e), e.why),
			}, e
		}
		if t := f.content.target(path); t != nil {
			name, same := safe.Text(f.name), f.name != role && w.same(t, role, path)
			switch {
			case over && !same:
				return w.tooFar(last), nil
			case f.name == role:
				return Reach{State: Found, By: name}, nil
			}
			return Reach{State: Shadowed, By: name, Same: same, Why: "the role " + name + " lists it first"}, nil
		}
		visited[f] = true
		if len(visited) == w.limits.Visits+1 {
			last = safe.Text(f.name)
		}
		before := len(stack)
		o := f.content.out
		if digest == "" && o.hashed {
			digest = pathDigest(path)
		}
		var terminating bool
		var missing string
		stack, terminating, missing = o.matching(stack, path, digest, &work)
		if work < 0 {
			name := safe.Text(f.name)
			return Reach{State: Broken, By: name, Unproved: true, Why: "the role " + name + " delegates by more patterns than are compared for one target"}, nil
		}
		if missing != "" {
			missing = safe.Text(missing)
			return Reach{State: Broken, By: missing, Why: fmt.Sprintf("the role %s is not listed in the snapshot", missing)}, nil
		}
		if terminating {
			cuts = append(cuts, cut{stack[before], o, slices.Clone(stack[:before])})
			stack = append(stack[:0], stack[before:]...)
		}
	}
	if by := hides(cuts, visited, role, path); by != nil {
		name := safe.Text(by.child.name)
		return Reach{State: Terminated, By: name, Why: fmt.Sprintf("the search for it ends with %s, to which %s delegates as terminating", name, w.parentName(by))}, nil
	}
	return Reach{State: Undelegated, Why: fmt.Sprintf("no delegation leads a search for it to %s", safe.Text(role))}, nil
}

// tooFar is the end of a search that common clients do not follow so far.
func (w *Walk) tooFar(last string) Reach {
	return Reach{
		State: BeyondLimit, By: last,
		Why: fmt.Sprintf("clients visit targets and at most %d more roles, and stop after %s, before they come to it", w.limits.Visits, last),
	}
}

// under names the delegator of a role that others delegate to as well: the role may
// be accepted under one of those.
func (w *Walk) under(e *edge) string {
	if e.child == nil || len(e.child.in) < 2 {
		return ""
	}
	return " under " + w.parentName(e)
}

// cut is where a terminating delegation ended a search.
type cut struct {
	by    *edge
	of    *outEdges // the delegations among which it is
	below []*edge   // what the search had still before it
}

// hides gives the terminating delegation without which a search would come to the
// role that lists the path, or nil if it would not come there anyhow. The visited
// roles are those that it went through.
func hides(cuts []cut, visited map[*file]bool, role, path string) *edge {
	if len(cuts) == 0 {
		return nil
	}
	digest := pathDigest(path)
	for _, c := range cuts {
		stack := slices.Concat(c.below, c.of.after(c.by, path, digest))
		for len(stack) > 0 && len(visited) < maxVisits {
			e := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			f := e.child
			switch {
			case visited[f] || !e.ok || f.content == nil:
				continue
			case f.name == role:
				return c.by
			}
			visited[f] = true
			stack = append(stack, f.content.out.after(nil, path, digest)...)
		}
	}
	return nil
}

// same tells whether the role lists the path just as another target is listed.
func (w *Walk) same(t *Target, role, path string) bool {
	f := w.files[role]
	if f == nil || f.content == nil {
		return false
	}
	u := f.content.target(path)
	if u == nil {
		return false
	}
	if t.Length != u.Length || len(t.Hashes) != len(u.Hashes) {
		return false
	}
	for k := range t.Hashes {
		if t.Hashes[k].Algorithm != u.Hashes[k].Algorithm || !bytes.Equal(t.Hashes[k].Sum, u.Hashes[k].Sum) {
			return false
		}
	}
	return true
}

// matching pushes the delegations that cover a path, so that the first one is on
// top, up to a terminating one. missing names a succinct role that ought to exist.
func (o *outEdges) matching(stack []*edge, path, digest string, work *int) (_ []*edge, terminating bool, missing string) {
	if o.succinct != nil {
		name := bin(o.succinct, path)
		e := o.bins[name]
		switch {
		case e == nil && o.cut:
			return append(stack, beyondLimit(nil, name)), true, ""
		case e == nil:
			return stack, true, name
		}
		return append(stack, e), true, ""
	}
	first := len(stack)
	for i := range o.covered(path, digest, work) {
		d := o.list[i]
		stack = append(stack, d.edge)
		if terminating = d.terminating; terminating {
			break
		}
	}
	slices.Reverse(stack[first:])
	return stack, terminating, ""
}

// after gives the delegations that cover a path and come after one of them, or all
// if that is nil.
func (o *outEdges) after(e *edge, path, digest string) []*edge {
	var edges []*edge
	if o.succinct != nil {
		if next := o.bins[bin(o.succinct, path)]; next != nil && e == nil {
			edges = append(edges, next)
		}
		return edges
	}
	for i := range o.covered(path, digest, nil) {
		switch d := o.list[i]; {
		case e == nil:
			edges = append(edges, d.edge)
		case d.edge == e:
			e = nil
		}
	}
	return edges
}

// covered goes through the indices of the delegations that cover a path, in order. The
// digest is only looked at where there are hash prefixes. What is held against the path
// one by one is taken from work, unless that is nil.
func (o *outEdges) covered(path, digest string, work *int) iter.Seq[int] {
	covers := func(d *out) bool {
		if work != nil {
			*work -= len(d.paths) + len(d.prefixes)
			if *work < 0 {
				return false
			}
		}
		return d.covers(path, digest)
	}
	return func(yield func(int) bool) {
		switch {
		case len(o.byPrefix) > 0:
			for _, i := range o.byPrefix[digest[:o.digits]] {
				if !yield(i) {
					return
				}
			}
		case o.byLiteral != nil:
			for _, i := range o.candidates(path) {
				if covers(o.list[i]) && !yield(i) {
					return
				}
			}
		default:
			for i, d := range o.list {
				if covers(d) && !yield(i) {
					return
				}
			}
		}
	}
}

// beyondLimit stands for a delegation that the walk's limits left out: a search
// that comes here cannot be decided, and ends.
func beyondLimit(parent *file, name string) *edge {
	return &edge{parent: parent, child: &file{name: name}, judged: true, why: "it was not looked at, there are too many delegations"}
}

// covers tells whether the delegation is for this path (4.5).
func (d *out) covers(path, digest string) bool {
	if len(d.paths) > 0 {
		for _, p := range d.paths {
			if matchPath(p, path) {
				return true
			}
		}
		return false
	}
	for _, p := range d.prefixes {
		if len(p) <= len(digest) && digest[:len(p)] == p {
			return true
		}
	}
	return false
}
