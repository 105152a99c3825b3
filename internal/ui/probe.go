package ui

import (
	"cmp"
	"fmt"
	"net"
	"slices"
	"strings"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/measure"
)

// stepStates are the results of a probe's steps as states, whose glyphs and styles
// they share.
var stepStates = [...]engine.ItemState{
	fetch.Passed: engine.Verified, fetch.Refused: engine.Failed, fetch.Silent: engine.Stalled, fetch.Dropped: engine.Cancelled,
}

// probe is what the network said when it was asked about the item: the conclusion,
// and a line for each question.
func (d *detail) probe() {
	inv := d.m.st.Probes[d.it.ID]
	if inv == nil {
		return
	}
	switch {
	case inv.Ended > 0:
		d.wrapped("probe", bold, fmt.Sprintf("%s (asked at %s)", inv.Text, clock(inv.Began)), 3)
	case d.m.over:
		d.text("probe", bold, "the run ended before the network had answered")
	default:
		d.text("probe", bold, fmt.Sprintf("probing for %s %s", measure.Age(d.m.elapsed()-inv.Began), d.m.p.g.ellipsis))
	}
	steps := slices.Clone(inv.Steps)
	slices.SortStableFunc(steps, func(a, b fetch.Step) int {
		return cmp.Or(cmp.Compare(a.Check, b.Check), cmp.Compare(a.Address, b.Address), cmp.Compare(a.Protocol, b.Protocol))
	})
	if len(steps)+4 > d.rows {
		// What does not fit is to be what went well.
		slices.SortStableFunc(steps, func(a, b fetch.Step) int {
			return cmp.Compare(boolInt(a.Result == fetch.Passed), boolInt(b.Result == fetch.Passed))
		})
	}
	for i := range steps {
		d.step(&steps[i])
	}
}

// step is a line of the probe's table. Below the widest screens it starts at the left
// edge; narrow ones leave out what the outcome says too.
func (d *detail) step(s *fetch.Step) {
	if !d.room() {
		return
	}
	p := &d.m.p
	state := stepStates[min(int(s.Result), len(stepStates)-1)]
	result := p.g.state[state] + " " + s.Result.String()
	p.space(2)
	switch {
	case p.width >= wide:
		p.space(d.label)
		p.cell(styleOf[state], result, 11)
		p.cell(normal, s.Check.String(), 13)
		p.cell(normal, p.middle(s.Address, 23), 24)
		p.cell(normal, s.Protocol, 9)
		p.right(normal, measure.Lapse(s.Duration), 7)
		p.space(2)
		p.put(normal, s.Outcome)
	case p.width >= medium:
		p.cell(styleOf[state], result, 10)
		p.cell(normal, s.Check.String(), 12)
		p.cell(normal, p.middle(s.Address, 17), 18)
		p.cell(normal, shortProtocol(s.Protocol), 5)
		p.right(normal, measure.Lapse(s.Duration), 6)
		p.space(2)
		p.put(normal, s.Outcome)
	default:
		p.cell(styleOf[state], p.g.state[state], 2)
		p.cell(normal, s.Check.String(), 12)
		if s.Address == "" {
			p.cell(normal, s.Protocol, 20)
		} else {
			p.cell(normal, p.middle(bare(s.Address), 15), 16)
			p.cell(normal, shortProtocol(s.Protocol), 4)
		}
		if s.Result == fetch.Passed {
			p.put(normal, measure.Lapse(s.Duration))
		} else {
			p.put(normal, s.Outcome)
		}
	}
	p.end()
}

// shortProtocol is a protocol in at most four cells: "h2", "h1", and "1.3" of TLS.
func shortProtocol(s string) string {
	switch s {
	case "HTTP/2.0":
		return "h2"
	case "HTTP/1.1":
		return "h1"
	}
	return strings.TrimPrefix(s, "TLS ")
}

// bare takes the port from an address.
func bare(address string) string {
	if host, _, err := net.SplitHostPort(address); err == nil {
		return host
	}
	return address
}
