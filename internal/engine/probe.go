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

var errEnough = errors.New("the first byte is here")

// probe asks for the first byte of an item, beside whatever its attempt does, and
// says phase by phase how far it came. It takes no slot and changes no state.
func (r *run) probe(id ItemID) string {
	it := &r.items[id]
	switch {
	case it.unsafe != nil:
		return "its name cannot be fetched safely"
	case r.probing == maxProbes:
		return fmt.Sprintf("%d probes are under way already", maxProbes)
	}
	r.probing++
	req := fetch.Request{File: it.file, Length: -1, Limit: 1 << 40, NoCache: true}
	spawn("probe", fmt.Sprintf("item %d", id), func() {
		for _, p := range r.investigate(id, req) {
			r.sendProbe(p)
		}
	}, func(f InspectorFault) {
		r.sendProbe(Probed{Item: id, Step: "conclusion", Outcome: "the inspector failed: " + safe.Text(f.Value), Conclusion: true})
	})
	return ""
}

func (r *run) sendProbe(p Probed) {
	select {
	case r.probes <- p:
	case <-r.over:
	}
}

func (r *run) probed(p Probed) {
	if p.Conclusion {
		r.probing--
	}
	r.hub.publish(p)
}

// investigate makes the request and tells its phases apart. It blocks for at most
// probeLimit, or until the run ends.
func (r *run) investigate(id ItemID, req fetch.Request) []Probed {
	ctx, cancel := context.WithTimeout(r.ctx, probeLimit)
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
