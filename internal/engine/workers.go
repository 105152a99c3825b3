package engine

import (
	"errors"
	"net/http"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// How the crew is told of what happens in a run, and what depends on its number.

// setWorkers fixes how many workers there are, or with 0 lets the crew choose. That
// begins with as many as there are, as far as it may.
func (r *run) setWorkers(n int) {
	switch {
	case n > 0:
		r.workers, r.auto = n, false
	case !r.auto:
		r.crew = newCrew(r.workers, r.crew.cuts)
		r.workers, r.auto = r.crew.limit, true
	}
}

// useWorkers tells the crew, after items have got their slots, whether more could have
// had one. began is a moment before that.
func (r *run) useWorkers(began time.Duration) {
	if !r.auto {
		return
	}
	full := r.queued > 0 && !r.paused && r.stopping == nil && r.slots() >= r.workers
	if full != r.crew.full {
		r.crew.use(full, began, r.total())
	}
}

// paceWorkers gives the crew the time.
func (r *run) paceWorkers(now time.Duration) {
	if r.auto {
		r.crew.tick(now, r.total())
		r.workers = r.crew.limit
	}
}

// reviveWorkers lets the crew begin anew, with a host that answers again.
func (r *run) reviveWorkers() {
	if r.auto {
		r.crew.revive()
		r.workers = r.crew.limit
	}
}

// strained tells the crew of an attempt that is over.
func (r *run) strained(a *attempt, err error) {
	if !r.auto || a.host.state == Held { // a canary tells of its host, and not of the workers
		return
	}
	now := time.Duration(a.last.Load()) // of a good end, the moment of it
	if err != nil {
		now = r.hub.now()
	}
	if r.crew.ended(r.strainOf(a, err), past{a.started, a.answerTook(), a.cuts}, now, r.slots()) {
		r.crew.judge(r.hub.now(), r.total())
	}
	r.workers = r.crew.limit
}

// strainOf is what an attempt that is over says of how much its server bears. A fault
// that may be that of the file counts at its first try only.
func (r *run) strainOf(a *attempt, err error) strain {
	if err == nil {
		return eased
	}
	fe, ok := errors.AsType[*fetch.Error](err)
	first := r.item(a.item).tries <= 1
	switch {
	case !ok:
		return noWord
	case fe.Status == http.StatusTooManyRequests, fe.Kind == finding.LocalLimit:
		return throttled
	case fe.Status == http.StatusServiceUnavailable, fe.Abrupt() && !a.advanced:
		if first {
			return strained
		}
	case fe.Status != 0 && !atNetwork(fe.Kind):
		return eased
	}
	return noWord
}

// answerTook is how long the answer took to begin, once the request was sent; 0 if it
// has not begun. The time in which the connection was made says nothing of how busy
// the server is.
func (a *attempt) answerTook() time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := 1; i < a.nmarks; i++ {
		if a.marks[i].Phase == fetch.Body {
			return a.marks[i].at - a.marks[i-1].at
		}
	}
	return 0
}

// slots is how many workers are taken. A stalled attempt holds none: whatever it
// waits for, others do not wait with it. Only so many may be stalled beside the
// others as there can be workers, so that twice as many run at the most, and the
// canary of each held host, which goes out whatever the others do.
func (r *run) slots() int {
	n, beside := len(r.live), r.stalled
	for _, h := range r.breakers {
		if h.state == Held { // nothing more starts there, and other hosts go on
			beside -= h.stalled
			n -= h.stalled
		}
		if h.canary != nil {
			n--
		}
	}
	return n - min(beside, besides(r.workers, r.auto))
}

// besides is how many stalled attempts may run beside so many workers. A run that has
// few of them because it has just begun does not wait longer for silent files than one
// that has many.
func besides(workers int, auto bool) int {
	if auto {
		return AutoWorkers
	}
	return workers
}

// usual is by how many workers a silent host is judged at the most, in a run that
// chooses their number: one that has many need not see as many failures.
const usual = 16

// silentFrom is how many attempts in a row have to stall or fail before a host counts
// as silent: twice the workers, so that new attempts have had their chance. Where
// throttling has left few of them it takes some more failures; but not more silent
// attempts, which are quiet for long, and a few may be all that there can be.
func (r *run) silentFrom(h *host) int {
	if !r.auto {
		return 2 * r.workers
	}
	n := 2 * min(r.workers, usual)
	if h.stalled < n {
		n = max(n, usual)
	}
	return n
}

// fewLeft is how many files may wait for a host that is silent without its queue being
// held: they may just as well be tried. A run that chooses its workers may have so many
// that all but a few files are under way when a host dies. It holds for these few:
// else nothing would end before each file had used up its tries.
func (r *run) fewLeft() int {
	if r.auto {
		return 0
	}
	return r.workers
}
