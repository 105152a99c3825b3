package engine

import (
	"container/heap"
	"time"
)

// When the control loop goes on by itself.

// arm sets the timer to the next moment at which the clock matters, and tells
// whether that is still to come. An idle run makes no wake-ups.
func (r *run) arm(t *time.Timer) bool {
	now := r.hub.now()
	next := time.Duration(-1)
	sooner := func(at time.Duration) {
		if next < 0 || at < next {
			next = at
		}
	}
	if len(r.live) > 0 || len(r.busy) > 0 {
		sooner(r.lastTick + tickEvery)
	}
	for a := range r.leaving {
		if !a.lost {
			sooner(a.leaveBy)
		}
	}
	for p := range r.probing {
		sooner(p.giveUp)
	}
	for p := range r.reading {
		sooner(p.giveUp)
	}
	if look := r.transport.folder.look; look != nil {
		sooner(look.giveUp)
	}
	if r.judging != nil {
		sooner(r.judging.giveUp)
	}
	if r.pass != nil {
		sooner(r.pass.resume)
	}
	if len(r.lists) > 0 {
		sooner(r.listNext)
	}
	for _, h := range r.breakers {
		if h.state == Held && r.stopping == nil {
			r.armBreaker(h, sooner)
		}
	}
	if r.dropStale(); len(r.waiting) > 0 {
		sooner(time.Duration(r.waiting[0].at))
	}
	if r.cfg.Deadline > 0 && r.stopping == nil {
		sooner(r.cfg.Deadline)
	}
	switch {
	case next < 0:
		t.Stop()
		r.due = 0
		return true
	case next <= now:
		if r.due == 0 && len(r.live)+len(r.busy) > 0 {
			r.due = max(next, r.lastTick+tickEvery) // stopped while it was busy, perhaps
		}
		return false
	}
	t.Reset(next - now)
	r.due = next
	return true
}

// wakes is when the loop means to go on by itself; zero if only others can wake it.
func (r *run) wakes() time.Time {
	if r.due == 0 {
		return time.Time{}
	}
	return r.hub.start.Add(r.due)
}

// dropStale lets go of what waits no more, up to the first that does.
func (r *run) dropStale() {
	for len(r.waiting) > 0 && r.stale(r.waiting[0]) {
		heap.Pop(&r.waiting)
	}
}

func (r *run) stale(t timer) bool {
	it := r.item(t.item)
	return it.state != Retrying || it.attempt != t.attempt
}
