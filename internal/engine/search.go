package engine

import (
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// searchShare bounds what looking through all targets again may cost: a pass waits
// for so many times as long as the one before it took.
const searchShare = 10

// search looks again at targets whose verdict hangs on a search through the
// delegations, when its answer may be another one. A repository of many roles says
// so many times: while other work is under way the passes keep a distance.
func (r *run) search() {
	now := r.hub.now()
	if !r.searches || now < r.searchNext && len(r.live)+len(r.busy) > 0 {
		return
	}
	r.searches = false
	r.rejudge()
	r.reconsider()
	end := r.hub.now()
	r.searchNext = end + searchShare*max(0, end-now)
}

// matched is a target whose bytes are the signed ones: what is left is whether a
// client would find it.
func (r *run) matched(id ItemID) {
	it := &r.items[id]
	reach := r.walk.Reach(it.role.name, it.path())
	if reach.State == trust.Pending {
		if it.state != Verifying {
			r.move(id, Verifying, "waits for the role "+reach.By, nil, 0)
		}
		r.undecided = append(r.undecided, id)
		return
	}
	r.judge(id, reach)
}

// judge ends a matching target by what a search through the delegations says.
func (r *run) judge(id ItemID, reach trust.Reach) {
	var p *Problem
	switch reach.State {
	case trust.Found:
		r.move(id, Verified, "", nil, 0)
		return
	case trust.Shadowed:
		if reach.Same {
			r.move(id, Skipped, reach.Why, nil, 0)
			return
		}
		p = &Problem{Kind: finding.ShadowedTarget, Text: reach.Why}
	case trust.Broken:
		p = &Problem{Kind: finding.UntrustedRole, Text: reach.Why}
		if reach.Unproved {
			p = &Problem{Kind: finding.RoleUndecided, Text: reach.Why, Retry: true}
		}
	case trust.BeyondLimit:
		p = &Problem{Kind: finding.DelegationLimit, Text: reach.Why}
	default:
		p = &Problem{Kind: finding.UnreachableTarget, Text: reach.Why}
	}
	if k, ok := finding.Lookup(p.Kind); ok {
		p.Hint = k.Do
	}
	r.move(id, Untrusted, p.Text, p, 0)
}

// rejudge looks again at targets that wait for a role.
func (r *run) rejudge() {
	rest := r.undecided[:0]
	for _, id := range r.undecided {
		it := &r.items[id]
		if it.state != Verifying {
			continue
		}
		if reach := r.walk.Reach(it.role.name, it.path()); reach.State == trust.Pending {
			rest = append(rest, id)
		} else {
			r.judge(id, reach)
		}
	}
	r.undecided = rest
}

// reconsider tries targets again whose end is not the one that a search would give
// now, because a role above them was delivered again: for better, and for worse.
// When the run is being stopped, that is left open.
func (r *run) reconsider() {
	if r.untrusted == 0 && !r.revised {
		return // none of a million
	}
	for i := range r.items {
		it := &r.items[i]
		if it.kind == Metadata || it.outdated || it.state != Untrusted && !(r.revised && (it.state == Verified || it.state == Skipped)) {
			continue
		}
		reach := r.walk.Reach(it.role.name, it.path())
		switch {
		case reach.State == trust.Pending && !r.hard(): // else it stays so
		case it.state == Untrusted && reach.State == trust.Found:
			r.anew(ItemID(i), "the roles above it are accepted now")
		case it.state == Verified && reach.State != trust.Found, it.state == Skipped && !(reach.State == trust.Shadowed && reach.Same):
			r.anew(ItemID(i), "a search for it ends otherwise now")
		}
	}
}

// anew queues an item again, unless nothing starts any more: then it is not decided.
func (r *run) anew(id ItemID, reason string) {
	r.again(id, reason)
	if r.stopping != nil {
		r.cancelItem(id, r.stopping.problem())
	}
}

// tidy looks after what is left when nothing is under way.
func (r *run) tidy() {
	if r.settled || r.stopping != nil || !r.idle() {
		return
	}
	if r.rename(); r.idle() {
		r.judgeRest()
	}
}

// judgeRest ends what still waits although nothing is outstanding. It is a safety
// net: an item must not be called verified, nor wait for ever.
func (r *run) judgeRest() {
	r.undecided = nil
	for i := range r.items {
		id := ItemID(i)
		switch it := &r.items[i]; {
		case it.state != Verifying:
		case it.kind != Metadata:
			r.fail(id, &Problem{Kind: finding.InspectorFault, Text: "the search for it through the delegations did not end"})
		case !it.bound:
			r.move(id, Skipped, "not looked at: there is no root to verify it with", nil, 0)
		default:
			r.fail(id, &Problem{Kind: finding.InspectorFault, Text: "its verification came to no verdict"})
		}
	}
}
