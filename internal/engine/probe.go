package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/safe"
)

const (
	// probeLimit bounds a side investigation.
	probeLimit = 10 * time.Second
	// maxProbes bounds how many run at a time.
	maxProbes = 4
)

var (
	errEnough  = errors.New("the first byte is here")
	errStopped = errors.New("the run is being stopped")
)

// probing is a side investigation under way.
type probing struct {
	item   ItemID
	cancel context.CancelCauseFunc
	giveUp time.Duration // when it counts as lost
}

// probeEnd is what came of it, from its goroutine to the control loop.
type probeEnd struct {
	p     *probing
	steps []Probed
	fault *InspectorFault
}

// probe asks for the first byte of an item, beside whatever its attempt does, and
// says phase by phase how far it came. It takes no slot and changes no state.
func (r *run) probe(id ItemID) string {
	it := &r.items[id]
	switch {
	case it.unsafe != nil:
		return "its name cannot be fetched safely"
	case len(r.probing) >= maxProbes:
		return fmt.Sprintf("%d probes are under way already", maxProbes)
	}
	ctx, cancel := context.WithCancelCause(r.ctx)
	p := &probing{item: id, cancel: cancel, giveUp: r.hub.now() + probeLimit + leaveWithin}
	r.probing[p] = struct{}{}
	req := fetch.Request{File: it.file, Length: -1, Limit: 1 << 40, NoCache: true}
	send := func(end probeEnd) {
		select {
		case r.probes <- end:
		case <-r.over:
		}
	}
	spawn("probe", probeLabel(id), func() {
		send(probeEnd{p: p, steps: r.investigate(ctx, id, req)})
	}, func(f InspectorFault) {
		send(probeEnd{p: p, fault: &f})
	})
	return ""
}

func probeLabel(id ItemID) string { return fmt.Sprintf("probe of item %d", id) }

// probed takes what came of a side investigation, unless it was given up
// meanwhile.
func (r *run) probed(end probeEnd) {
	if _, ok := r.probing[end.p]; !ok {
		return
	}
	delete(r.probing, end.p)
	end.p.cancel(nil)
	if end.fault != nil {
		r.lostProbe(end.p, *end.fault)
		return
	}
	for _, step := range end.steps {
		r.hub.publish(step)
	}
}

// watchProbes gives up side investigations that do not end.
func (r *run) watchProbes(now time.Duration, d *dump) {
	for p := range r.probing {
		if now < p.giveUp {
			continue
		}
		delete(r.probing, p)
		p.cancel(errCancelled)
		about := probeLabel(p.item)
		r.lostProbe(p, InspectorFault{Goroutine: "probe " + about, Value: "did not end and was given up", Stack: d.of(about)})
	}
}

func (r *run) lostProbe(p *probing, f InspectorFault) {
	r.fault(f)
	r.hub.publish(Probed{Item: p.item, Step: "conclusion", Outcome: "the inspector failed: " + safe.Text(firstLine(f.Value)), Conclusion: true})
}

// investigate makes the request and tells its phases apart. It blocks for at most
// probeLimit, or until ctx ends.
func (r *run) investigate(ctx context.Context, id ItemID, req fetch.Request) []Probed {
	ctx, cancel := context.WithTimeout(ctx, probeLimit)
	defer cancel()
	tr := &probeTrace{start: time.Now()}
	_, err := r.cfg.Source.Get(ctx, req, stopAtFirst{}, tr)
	steps, end := tr.steps(id)
	took := time.Since(tr.start).Round(time.Millisecond)
	var outcome string
	switch {
	case tr.enough() || err == nil:
		outcome = fmt.Sprintf("answers: first byte after %s", took)
	case errors.Is(err, context.DeadlineExceeded):
		outcome = fmt.Sprintf("%s within %s", stallText(end), probeLimit)
	case ctx.Err() != nil:
		outcome = "given up: the run has ended"
	default:
		outcome = safe.Error(err)
	}
	return append(steps, Probed{Item: id, Step: "conclusion", Duration: took, Outcome: outcome, Conclusion: true})
}

// stopAtFirst ends a transfer at its first byte.
type stopAtFirst struct{}

func (stopAtFirst) Write([]byte) (int, error) { return 0, errEnough }

// probeTrace keeps the phases of a probe.
type probeTrace struct {
	start time.Time
	mu    sync.Mutex
	marks []fetch.Mark
	at    []time.Duration
	proto string
}

// Enter is part of fetch.Trace.
func (t *probeTrace) Enter(m fetch.Mark) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if n := len(t.marks); n == 0 || t.marks[n-1].Phase < m.Phase {
		t.marks = append(t.marks, m)
		t.at = append(t.at, time.Since(t.start))
	}
}

// Respond is part of fetch.Trace.
func (t *probeTrace) Respond(r fetch.Response) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.proto = r.Protocol
}

// Got is part of fetch.Trace.
func (t *probeTrace) Got(int) {}

// enough tells whether the body was reached.
func (t *probeTrace) enough() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := len(t.marks)
	return n > 0 && t.marks[n-1].Phase >= fetch.Body && t.proto != ""
}

// steps gives one step a phase, and the phase in which it ended.
func (t *probeTrace) steps(id ItemID) ([]Probed, fetch.Phase) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []Probed
	end := fetch.Pool
	for i, m := range t.marks {
		until := time.Since(t.start)
		if i+1 < len(t.at) {
			until = t.at[i+1]
		}
		out = append(out, Probed{
			Item: id, Step: m.Phase.String(), Address: m.Address, Protocol: t.proto,
			Duration: (until - t.at[i]).Round(10 * time.Microsecond), Outcome: "passed",
		})
		end = m.Phase
	}
	if n := len(out); n > 0 && end < fetch.Body {
		out[n-1].Outcome = "did not pass"
	}
	return out, end
}
