package engine

import (
	"time"

	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// clientsLimit is how long the verdicts of clients may be computed. Usually it takes as
// long as the verification did, which is less than a second; the run waits no longer for
// what is only said beside its own verdict.
const clientsLimit = 10 * time.Second

// judging is the look at what clients make of the repository, under way.
type judging struct {
	began, giveUp time.Duration
	ruled         []trust.ClientVerdict // for which no client has to be asked
}

// clientNews is the end of it, from its goroutine to the control loop.
type clientNews struct {
	p     *judging
	out   trust.Result
	fault *InspectorFault
}

// askClients has the verdicts of clients made on another goroutine, once the walk is
// done, and again after something was delivered again.
func (r *run) askClients() {
	if r.walk == nil || r.clientsAsked || r.judging != nil || r.stopping != nil || len(r.busy)+len(r.jobs)+len(r.inbox) > 0 {
		return
	}
	ask, ruled, ok := r.walk.Clients()
	if !ok {
		return
	}
	now := r.hub.now()
	p := &judging{began: now, giveUp: now + clientsLimit, ruled: ruled}
	r.clientsAsked, r.judging = true, p
	send := func(n clientNews) {
		n.p = p
		select {
		case r.verdicts <- n:
		case <-r.over:
		}
	}
	spawn("clients", "verdicts", func() { send(clientNews{out: r.doClients(ask)}) }, func(f InspectorFault) { send(clientNews{fault: &f}) })
}

// judgedClients takes the verdicts, unless they were given up.
func (r *run) judgedClients(n clientNews) {
	if n.p != r.judging {
		return
	}
	r.judging = nil
	if n.fault != nil {
		r.fault(*n.fault)
		r.clientNotAsked(n.p, "the inspector failed: "+safe.Text(firstLine(n.fault.Value)))
		return
	}
	r.take(r.walk.Apply(n.out))
}

// watchClients gives up verdicts that do not come: they are unknown then, and no verdict
// of the run depends on them.
func (r *run) watchClients(now time.Duration) {
	if p := r.judging; p != nil && now >= p.giveUp {
		r.judging = nil
		r.clientNotAsked(p, "not asked: it has computed for "+measure.Seconds(now-p.began)+" and was given up")
	}
}

// clientNotAsked says the verdicts without the one that has to be asked for.
func (r *run) clientNotAsked(p *judging, why string) {
	r.sayClients(trust.Unasked(why, p.ruled))
}

func (r *run) sayClients(list []trust.ClientVerdict) {
	r.clientsSaid = true
	r.hub.publish(ClientsJudged{list})
}

// dropClients takes back, at the end of a run, verdicts about what has been delivered
// anew since: a run that is stopped asks nobody again.
func (r *run) dropClients() {
	if r.clientsSaid && (!r.clientsAsked || r.judging != nil) {
		r.hub.publish(ClientsJudged{})
	}
}
