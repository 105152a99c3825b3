package har

import (
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
)

// exchange is one request of an attempt and what was answered: the one for the item's own
// address, or one that a redirect has led to. Attempts without redirects have one.
type exchange struct {
	it     *engine.Item
	a      *engine.Attempt
	latest bool // of the item's attempts
	k      int  // 0 is the first request of the attempt, k where the k-th redirect led
	final  bool // nothing follows in this attempt

	url      string
	started  time.Duration
	end      time.Duration
	marks    []engine.TimedMark
	address  string
	reused   bool
	response *fetch.Response // nil without one
}

// exchangeOf gives the k-th request of an attempt. The latest attempt of an item knows more:
// what is known of the item is known of it.
func exchangeOf(st *engine.State, it *engine.Item, a *engine.Attempt, latest bool, k int) exchange {
	x := exchange{
		it: it, a: a, latest: latest, k: k, final: k == len(a.Hops),
		started: began(a, k), end: a.Ended, address: a.Address, reused: a.Reused, response: a.Response,
	}
	x.marks = a.Leg(k)
	switch {
	case !x.final:
		x.end, x.response = began(a, k+1), a.Hops[k].By
	case x.end == 0: // it is under way
		x.end = st.Now
	}
	if k == 0 {
		x.url = address(&it.ItemSpec)
		if !x.final {
			x.address, x.reused = a.Hops[0].From, false // what is known of its connection
		}
	} else {
		x.url = shown(a.Hops[k-1].URL)
		x.address, x.reused = a.Hops[k-1].Address, a.Hops[k-1].Reused
	}
	return x
}

// began is when the k-th request of an attempt began.
func began(a *engine.Attempt, k int) time.Duration {
	at := a.Started
	for i := range min(k, len(a.Hops)) {
		if m := a.Hops[i].Marks; len(m) > 0 {
			at = max(at, m[0].At)
		}
	}
	return at
}

// came is how many bytes of the file the attempt has brought.
func (x *exchange) came() int64 {
	done := x.a.Done
	if x.a.Ended == 0 && x.latest {
		done = x.it.Done
	}
	return max(0, done-x.a.From)
}

// verdict says what a request led to: another one, what became of the item, or another
// attempt.
func (x *exchange) verdict() string {
	switch {
	case !x.final:
		return "redirected"
	case !x.latest:
		return "retried"
	case x.it.Unchecked():
		return "not checked"
	}
	return x.it.State.String()
}
