package engine

import (
	"time"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

const (
	// searchShare bounds what looking through all targets again may cost: a pass waits
	// for so many times as long as the one before it took.
	searchShare = 10
	// searchFor is about how long the loop may search at a time, and searchRest how long
	// it then does other things first. A hostile repository makes one search last some
	// milliseconds, and there may be a million targets.
	searchFor  = 8 * time.Millisecond
	searchRest = 4 * time.Millisecond
	// searchStopped is for how long a run that is being stopped at once goes on with a
	// pass. What has not been looked at again then counts as not decided.
	searchStopped = time.Second
)

// pass is a look through all targets whose verdict hangs on a search, under way.
type pass struct {
	undecided []ItemID      // those that wait for a role, and have not had their turn
	next      ItemID        // the first that has not been reconsidered
	resume    time.Duration // when it goes on
	took      time.Duration // so far
	giveUp    time.Duration // when a run that is being stopped waits no longer; 0: it does not end so
}

// search looks again at targets whose verdict hangs on a search through the
// delegations, when its answer may be another one. A repository of many roles says
// so many times: while other work is under way the passes keep a distance. A long one
// goes on at a later turn of the loop.
func (r *run) search() {
	if !r.searching() {
		return
	}
	now := r.hub.now()
	p := r.pass
	switch {
	case p != nil && now < p.resume:
		return
	case p != nil:
	case now < r.searchNext && len(r.live)+len(r.busy) > 0:
		return
	default:
		r.searches = false
		p = &pass{undecided: r.undecided}
		r.pass, r.undecided = p, nil
	}
	if r.hard() && p.giveUp == 0 {
		p.giveUp = now + searchStopped
	}
	until := now + searchFor
	over := func() bool { return r.hub.now() >= until }
	ended := r.rejudge(p, over) && r.reconsider(p, over)
	end := r.hub.now()
	p.took += max(0, end-now)
	p.resume = end + searchRest
	r.listNext = max(r.listNext, end+listRest) // or what is due would follow on what is due
	if ended {
		r.pass, r.searchNext = nil, end+searchShare*p.took
		r.search() // what has been made known meanwhile
	}
}

// lookFor searches for a target in the course of a pass.
func (r *run) lookFor(it *item) trust.Reach {
	if r.searched != nil {
		r.searched()
	}
	return r.walk.Reach(it.role.name, it.path())
}

// searching tells whether targets are looked through, or are to be.
func (r *run) searching() bool { return r.pass != nil || r.searches }

// matched is a target whose bytes are the signed ones: what is left is whether a
// client would find it.
func (r *run) matched(id ItemID) {
	it := r.item(id)
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

// rejudge looks again at targets that wait for a role. It tells whether it came to the
// end before it was over.
func (r *run) rejudge(p *pass, over func() bool) bool {
	for len(p.undecided) > 0 {
		id := p.undecided[0]
		p.undecided = p.undecided[1:]
		it := r.item(id)
		if it.state != Verifying {
			continue
		}
		if reach := r.lookFor(it); reach.State == trust.Pending {
			r.undecided = append(r.undecided, id)
		} else {
			r.judge(id, reach)
		}
		if over() {
			return false
		}
	}
	return true
}

// reconsider tries targets again whose end is not the one that a search would give
// now, because a role above them was delivered again: for better, and for worse.
// When the run is being stopped, that is left open. It tells whether it came to the end
// before it was over.
func (r *run) reconsider(p *pass, over func() bool) bool {
	if r.untrusted == 0 && !r.revised {
		return true // none of a million
	}
	for int(p.next) < r.items.Len() {
		i := p.next
		p.next++
		it := r.item(i)
		if it.kind == Metadata || it.outdated || it.state != Untrusted && !(r.revised && (it.state == Verified || it.state == Skipped)) {
			continue
		}
		reach := trust.Reach{State: trust.Pending}
		if p.giveUp == 0 || r.hub.now() < p.giveUp {
			reach = r.lookFor(it)
		}
		switch {
		case reach.State == trust.Pending && !r.hard(): // else it stays so
		case it.state == Untrusted && reach.State == trust.Found:
			r.anew(i, "the roles above it are accepted now")
		case it.state == Verified && reach.State != trust.Found, it.state == Skipped && !(reach.State == trust.Shadowed && reach.Same):
			r.anew(i, "a search for it ends otherwise now")
		}
		if over() {
			return false
		}
	}
	return true
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
	if len(r.ahead.guesses) > 0 && r.walk != nil && r.walk.Done() {
		r.leaveAhead(notNeeded)
	}
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
	for i := range r.items.Len() {
		id := ItemID(i)
		switch it := r.items.At(i); {
		case it.state != Verifying:
		case it.kind != Metadata:
			r.fail(id, &Problem{Kind: finding.InspectorFault, Text: "the search for it through the delegations did not end"})
		case !it.bound && id == r.layout.item:
			r.move(id, Skipped, "not looked at: there is no root to verify it with", nil, 0)
		case !it.bound:
			r.move(id, Skipped, notNeeded, nil, 0)
		default:
			r.fail(id, &Problem{Kind: finding.InspectorFault, Text: "its verification came to no verdict"})
		}
	}
}
