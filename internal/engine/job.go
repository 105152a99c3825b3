package engine

import (
	"fmt"
	"strings"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// jobResult is what a verification job found, from its goroutine to the loop.
type jobResult struct {
	job   *running
	out   trust.Result
	fault *InspectorFault
}

// running is a verification job under way.
type running struct {
	need    trust.NeedID
	started time.Duration
	giveUp  time.Duration // when it counts as lost
}

// jobLimit is how long a verification may compute. The slowest known repository
// takes seconds; a minute and a half is a fault.
const jobLimit = 90 * time.Second

func (r *run) verify(j trust.Job) {
	now := r.hub.now()
	b := &running{need: j.Need, started: now, giveUp: now + jobLimit}
	r.busy[b] = struct{}{}
	about := fmt.Sprintf("need %d", j.Need)
	send := func(res jobResult) {
		select {
		case r.results <- res:
		case <-r.over:
		}
	}
	spawn("verify", about, func() { send(jobResult{job: b, out: r.do(j)}) }, func(f InspectorFault) {
		send(jobResult{job: b, fault: &f})
	})
}

// verified takes the result of a job, unless it was given up meanwhile.
func (r *run) verified(res jobResult) {
	if _, ok := r.busy[res.job]; !ok {
		return
	}
	delete(r.busy, res.job)
	if res.fault != nil {
		r.lostJob(res.job, *res.fault)
		return
	}
	r.take(r.walk.Apply(res.out))
}

// watchJobs gives up verification that does not end.
func (r *run) watchJobs(now time.Duration) {
	var d alive.Dump
	for b := range r.busy {
		if now >= b.giveUp {
			delete(r.busy, b)
			about := fmt.Sprintf("need %d", b.need)
			r.lostJob(b, InspectorFault{
				Goroutine: "verify " + about,
				Value:     fmt.Sprintf("has computed for %s and was given up", measure.Seconds(now-b.started)),
				Stack:     d.Of(about),
			})
		}
	}
}

func (r *run) lostJob(b *running, f InspectorFault) {
	r.fault(f)
	r.walk.LostJob()
	id := r.needs[b.need]
	p := &Problem{Kind: finding.InspectorFault, Text: "verification failed: " + safe.Text(firstLine(f.Value))}
	if r.item(id).state == Verifying {
		r.fail(id, p)
		return
	}
	r.take(r.walk.Deliver(b.need, trust.Answer{Reason: p.Text}))
}

func (r *run) fault(f InspectorFault) {
	r.faults++
	f.Value = safe.Text(f.Value)
	r.hub.publish(f)
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}
