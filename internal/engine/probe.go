package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/safe"
)

const (
	// probeLimit is when an investigation counts as lost. Those of package fetch
	// end by themselves before that.
	probeLimit = 30 * time.Second
	// maxProbes bounds how many run at a time.
	maxProbes = 4
	// stepsWaiting is how many steps may wait for the control loop.
	stepsWaiting = 16
)

var errStopped = errors.New("the run is being stopped")

// Investigator is a Source that can ask the network about a file, beside whatever
// is stuck with it. *fetch.Client is one.
type Investigator interface {
	// Investigate reports each step when it has ended, and blocks until all have
	// or ctx is done. The others are files of the same host.
	Investigate(ctx context.Context, f fetch.File, report func(fetch.Step), others ...fetch.File) fetch.Conclusion
}

// probing is an investigation under way.
type probing struct {
	item   ItemID
	cancel context.CancelCauseFunc
	giveUp time.Duration // when it counts as lost
}

// probeNews is a step or the end of an investigation, from its goroutine to the
// control loop.
type probeNews struct {
	p     *probing
	step  fetch.Step
	text  string // the conclusion, at the end
	fault *InspectorFault
	over  bool
}

// probe investigates an item beside whatever its attempt does. It takes no slot and
// changes no state. The result says why it cannot be, or "".
func (r *run) probe(id ItemID) string {
	it := r.item(id)
	source, ok := r.cfg.Source.(Investigator)
	switch {
	case !ok:
		return "this source cannot be asked beside a run"
	case it.unsafe:
		return "its name cannot be fetched safely"
	case len(r.probing) >= maxProbes:
		return fmt.Sprintf("%d probes are under way already", maxProbes)
	}
	for p := range r.probing {
		if p.item == id {
			return "a probe of it is under way already"
		}
	}
	ctx, cancel := context.WithCancelCause(r.ctx)
	p := &probing{item: id, cancel: cancel, giveUp: r.hub.now() + probeLimit}
	r.probing[p] = struct{}{}
	file, others := r.file(id), r.witness(id)
	send := func(n probeNews) {
		n.p = p
		select {
		case r.probes <- n:
		case <-r.over:
		}
	}
	spawn("probe", probeLabel(id), func() {
		end := source.Investigate(ctx, file, func(s fetch.Step) { send(probeNews{step: s}) }, others...)
		send(probeNews{text: end.Text, over: true})
	}, func(f InspectorFault) {
		send(probeNews{fault: &f, over: true})
	})
	r.hub.publish(ProbeBegan{id})
	return ""
}

func probeLabel(id ItemID) string { return fmt.Sprintf("probe of item %d", id) }

// witness gives another file of the same host, one that was there if there is one:
// a server may be silent for one file only.
func (r *run) witness(id ItemID) []fetch.File {
	host := r.item(id).host
	var second []fetch.File
	for i := range r.items.Len() {
		it := r.items.At(i)
		if it.host != host || it.unsafe || sameFile(it, r.item(id)) {
			continue
		}
		if it.state == Verified {
			return []fetch.File{r.file(ItemID(i))}
		}
		if second == nil {
			second = []fetch.File{r.file(ItemID(i))}
		}
	}
	return second
}

// sameFile tells whether two items are one file, or one target: a metadata file that
// was let go of and asked for again has two, and so has a target that two roles list.
func sameFile(a, b *item) bool {
	if a.meta != nil && b.meta != nil {
		return a.base == b.base && a.meta.name == b.meta.name
	}
	return a.as != nil && b.as != nil && a.as.Path == b.as.Path
}

// probed takes news of an investigation, unless it was given up meanwhile.
func (r *run) probed(n probeNews) {
	if _, ok := r.probing[n.p]; !ok {
		return
	}
	if !n.over {
		r.hub.publish(Probed{n.p.item, n.step})
		return
	}
	delete(r.probing, n.p)
	n.p.cancel(nil)
	if n.fault != nil {
		r.lostProbe(n.p, *n.fault)
		return
	}
	r.hub.publish(ProbeEnded{n.p.item, safe.Text(n.text)})
}

// watchProbes gives up investigations that do not end.
func (r *run) watchProbes(now time.Duration, d *alive.Dump) {
	for p := range r.probing {
		if now < p.giveUp {
			continue
		}
		delete(r.probing, p)
		p.cancel(errCancelled)
		about := probeLabel(p.item)
		r.lostProbe(p, InspectorFault{Goroutine: "probe " + about, Value: "did not end and was given up", Stack: d.Of(about)})
	}
}

func (r *run) lostProbe(p *probing, f InspectorFault) {
	r.fault(f)
	r.hub.publish(ProbeEnded{p.item, "the inspector failed: " + safe.Text(firstLine(f.Value))})
}
