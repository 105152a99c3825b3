package trust

import (
	"bytes"
	"fmt"
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
	var digest string
	visited := map[*file]bool{}
	stack := []*edge{w.targets.in[0]}
	for len(stack) > 0 {
		e := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		f := e.child
		if visited[f] {
			continue
		}
		name := safe.Text(f.name)
		switch {
		case !e.judged || f.waiting:
			return Reach{State: Pending, By: name, Why: "the role " + name + " is not decided yet"}
		case !e.ok:
			return Reach{
				State: Broken, By: name, Unproved: f.content == nil && f.lack == Unfetched,
				Why: fmt.Sprintf("the role %s %s: %s", name, obstacle{expired: e.state == Expired}.fate(), e.why),
			}
		}
		if t := f.content.target(path); t != nil {
			if f.name == role {
				return Reach{State: Found, By: name}
			}
			return Reach{State: Shadowed, By: name, Same: w.same(t, role, path), Why: "the role " + name + " lists it first"}
		}
		visited[f] = true
		before := len(stack)
		o := f.content.out
		if digest == "" && o.hashed {
			digest = pathDigest(path)
		}
		var terminating bool
		var missing string
		stack, terminating, missing = o.matching(stack, path, digest)
		if missing != "" {
			missing = safe.Text(missing)
			return Reach{State: Broken, By: missing, Why: fmt.Sprintf("the role %s is not listed in the snapshot", missing)}
		}
		if terminating {
			stack = append(stack[:0], stack[before:]...)
		}
	}
	return Reach{State: Undelegated, Why: fmt.Sprintf("no delegation leads a search for it to %s", safe.Text(role))}
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
func (o *outEdges) matching(stack []*edge, path, digest string) (_ []*edge, terminating bool, missing string) {
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
	if len(o.byPrefix) > 0 {
		for _, i := range o.byPrefix[digest[:o.digits]] {
			stack = append(stack, o.list[i].edge)
			if terminating = o.list[i].terminating; terminating {
				break
			}
		}
	} else {
		for _, d := range o.list {
			if !d.covers(path, digest) {
				continue
			}
			stack = append(stack, d.edge)
			if terminating = d.terminating; terminating {
				break
			}
		}
	}
	slices.Reverse(stack[first:])
	return stack, terminating, ""
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
