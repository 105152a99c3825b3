package engine

import (
	"fmt"
	"slices"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// obey carries out a command and answers it.
func (r *run) obey(c Command) {
	done := CommandDone{Command: c}
	r.answering = c
	switch c := c.(type) {
	case Cancel:
		p := cancelledByUser()
		r.each(c.Items, &done, func(id ItemID) string { return r.cancelByUser(id, p) })
	case CancelAll:
		p := cancelledByUser()
		for i := range r.items.Len() {
			if r.cancelByUser(ItemID(i), p) == "" {
				done.Accepted++
			}
		}
	case Retry:
		if done.Err = r.closed(); done.Err == "" {
			r.each(c.Items, &done, func(id ItemID) string { return r.retry(id, c.NoCache) })
		}
	case RetryFailed:
		if done.Err = r.closed(); done.Err == "" {
			r.retryFailed(c.Kinds, &done)
		}
	case Pause:
		r.paused = true
	case Resume:
		r.paused = false
	case SetWorkers:
		if c.N < 0 || c.N > MaxWorkers {
			done.Err = "workers: " + notWorkers(c.N).Error()
		} else {
			r.setWorkers(c.N)
		}
	case SetStallAfter:
		if c.D <= 0 {
			done.Err = fmt.Sprintf("stall limit: %s is not longer than 0s", c.D)
		} else {
			r.stallAfter = c.D
		}
	case Prioritise:
		r.each(c.Items, &done, func(id ItemID) string {
			if r.item(id).state != Queued {
				return "it is not queued"
			}
			if h := r.item(id).host; h.state == Held {
				h.held = slices.Insert(h.held, 0, id) // behind the canary that is out
			} else {
				r.queue.pushFirst(id)
			}
			return ""
		})
	case Probe:
		if int(c.Item) >= r.items.Len() {
			done.Err = "there is no such item"
		} else if done.Err = r.closed(); done.Err == "" {
			done.Err = r.probe(c.Item)
		}
	case ReadRole:
		if done.Err = r.read(c); done.Err == "" {
			r.answering = nil // by the end of it
			return
		}
	case ClockJumped:
		if c.D <= 0 {
			done.Err = fmt.Sprintf("clock: a jump of %s is none", c.D)
		} else {
			r.discount(c.D)
		}
	case Stop:
		r.stop(ending{kind: finding.Cancelled, now: c.Now})
	default:
		done.Err = "unknown command"
	}
	r.hub.publish(done)
	r.answering = nil
	r.watchBreakers(r.hub.now())
	r.publishQueue()
}

// closed says why nothing may start any more, or "".
func (r *run) closed() string {
	if r.stopping != nil {
		return "the run is being stopped"
	}
	return ""
}

// each applies a command to items; f gives why it has no effect on one, or "".
func (r *run) each(ids []ItemID, done *CommandDone, f func(ItemID) string) {
	for _, id := range ids {
		why := "there is no such item"
		if int(id) < r.items.Len() {
			why = f(id)
		}
		if why == "" {
			done.Accepted++
			continue
		}
		done.Skipped++
		done.Reason = why
	}
}

// cancelledByUser is the problem of all items that one command cancels.
func cancelledByUser() *Problem {
	return &Problem{Kind: finding.Cancelled, Text: "cancelled by you", Retry: true}
}

func (r *run) cancelByUser(id ItemID, p *Problem) string {
	switch it := r.item(id); {
	case it.state.Ended():
		return fmt.Sprintf("it is %s already", it.state)
	case it.state == Verifying && r.keptAhead(id):
		return "it has come, and waits for what is asked for before it"
	}
	r.cancelItem(id, p)
	return ""
}

// cancelItem ends an item that has not ended. The walk is told when it was a
// metadata file, so that what hangs on it is not waited for.
func (r *run) cancelItem(id ItemID, p *Problem) {
	it := r.item(id)
	if it.state.Ended() {
		return
	}
	if it.state == Stalled && it.live != nil {
		p = &Problem{Kind: p.Kind, Text: p.Text + " while stalled: " + r.short(it.live, it.live.phase()), Retry: p.Retry}
	}
	r.leave(id, errCancelled)
	r.move(id, Cancelled, p.Text, p, 0)
	if it.kind == Metadata {
		r.deliver(id, trust.Answer{Reason: p.Text})
	}
}

// retry starts the next attempt of an item, or says why not.
func (r *run) retry(id ItemID, noCache bool) string {
	it := r.item(id)
	switch it.state {
	case Verified:
		return "it is verified already"
	case Skipped:
		return "there is nothing to check"
	case Queued:
		if it.host.state != Held {
			return "it is queued already"
		}
		r.tryNow(id)
		return ""
	case Connecting, Waiting, Transferring, Verifying:
		return "it is under way"
	case Stalled:
		it.noCache = it.noCache || noCache
		r.leave(id, errRetried)
		it.tries, it.again = 0, false // a moment before again does it
		if r.retryStalled(id, "retried by you") {
			it.wanted = true
			return ""
		}
	case Retrying:
	default:
		if it.unsafe {
			return "its name or its hashes cannot be fetched safely"
		}
		if r.layout.at > 0 && id == r.layout.first {
			return "it is looked for in another place"
		}
		if it.outdated {
			return "the role that listed it was published anew"
		}
	}
	it.noCache = it.noCache || noCache
	r.again(id, "retried by you")
	if it.host.state == Held {
		r.tryNow(id)
	}
	return ""
}

// again queues an item anew, whatever came of it before.
func (r *run) again(id ItemID, reason string) {
	it := r.item(id)
	if it.state.Ended() {
		it.attempt++
		it.granted = true
	}
	it.tries, it.again, it.done, it.best = 0, false, 0, 0
	if it.meta != nil {
		it.meta.answer = nil // if the walk has not asked, it is told what comes now
	}
	if it.noCache {
		it.rest = nil
	}
	if it.rest != nil {
		it.best = it.rest.digest.n
	}
	r.settled = false
	r.move(id, Queued, reason, nil, 0)
}

func (r *run) retryFailed(kinds []finding.ID, done *CommandDone) {
	want := map[finding.ID]bool{}
	for _, k := range kinds {
		want[k] = true
	}
	for i := range r.items.Len() {
		it := r.items.At(i)
		if it.state != Failed && it.state != Cancelled && it.state != Untrusted {
			continue
		}
		if len(want) > 0 && !want[it.problem] {
			continue
		}
		if why := r.retry(ItemID(i), false); why == "" {
			done.Accepted++
		} else {
			done.Skipped++
			done.Reason = why
		}
	}
}

// stop lets nothing new start. With now, everything under way is cancelled too.
func (r *run) stop(why ending) {
	if r.stopping == nil {
		r.stopping = &why
	}
	r.stopping.now = r.stopping.now || why.now
	p := r.stopping.problem() // one for all of them
	for i := range r.items.Len() {
		if it := r.items.At(i); why.now || it.state == Queued || it.state == Retrying {
			r.cancelItem(ItemID(i), p)
		}
	}
	limit := r.hub.now() + leaveWithin
	for p := range r.probing {
		p.cancel(errStopped)
		p.giveUp = min(p.giveUp, limit)
	}
	for p := range r.reading {
		p.giveUp = min(p.giveUp, limit)
	}
	if look := r.transport.folder.look; look != nil {
		look.cancel()
		look.giveUp = min(look.giveUp, limit)
	}
	if !why.now {
		return
	}
	r.jobs = nil
	for b := range r.busy {
		b.giveUp = min(b.giveUp, limit)
	}
}

func (e *ending) problem() *Problem {
	text := e.why
	if text == "" {
		text = "the run was stopped"
	}
	return &Problem{Kind: e.kind, Text: text, Retry: true}
}

// verdict is the run's verdict so far, by the same rule as State.Verdict.
func (r *run) verdict() Verdict {
	worst := finding.Info
	if r.faults > 0 {
		worst = finding.Unknown
	}
	for _, severity := range r.notes {
		worst = max(worst, severity)
	}
	for i := range r.items.Len() {
		it := r.items.At(i)
		switch it.state {
		case Failed, Untrusted, Cancelled:
			k, ok := finding.Lookup(it.problem)
			if !ok {
				k.Severity = finding.Unknown
			}
			worst = max(worst, k.Severity)
		case Verified, Skipped:
		default:
			worst = max(worst, finding.Unknown)
		}
	}
	return verdictOf(worst)
}
