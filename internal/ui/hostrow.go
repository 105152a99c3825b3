package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
)

// hostColumns are the widths of the table of hosts at a screen width; 0 leaves a column
// out.
type hostColumns struct {
	name, open, active, waiting, queued, rate, bytes, p50, p95, state int
}

func hostColumnsAt(width int) hostColumns {
	var c hostColumns
	switch {
	case width >= wide:
		c = hostColumns{open: 5, active: 7, waiting: 8, queued: 8, rate: 11, bytes: 10, p50: 9, p95: 8, state: 20}
	case width >= medium:
		c = hostColumns{active: 7, waiting: 8, queued: 8, rate: 11, state: 17}
	default:
		c = hostColumns{queued: 8, rate: 11, state: 15}
	}
	rest := width - 2 - 2 - c.open - c.active - c.waiting - c.queued - c.rate - c.bytes - c.p50 - c.p95 - c.state
	c.name = min(rest, 48) // numbers far from their name are hard to read
	c.state += rest - c.name
	return c
}

func (c *hostColumns) head(p *painter, v *hostsView) {
	p.space(2)
	p.cell(bold, v.title(), c.name)
	p.right(bold, "OPEN", c.open)
	p.right(bold, "ACTIVE", c.active)
	p.right(bold, "WAITING", c.waiting)
	p.right(bold, "QUEUED", c.queued)
	p.right(bold, "RATE", c.rate)
	p.right(bold, "BYTES", c.bytes)
	p.right(bold, "TTFB p50", c.p50)
	p.right(bold, "p95", c.p95)
	p.space(2)
	p.cell(bold, "ERRORS / STATE", c.state)
	p.end()
}

func (c *hostColumns) draw(m *model, r *hostRow) {
	p := &m.p
	p.cell(normal, p.middle(r.name(c.name), c.name), c.name)
	open := "?"
	if r.Open >= 0 {
		open = fmt.Sprint(r.Open)
	}
	p.right(normal, open, c.open)
	p.right(normal, fmt.Sprint(r.Active), c.active)
	p.right(normal, fmt.Sprint(r.Waiting), c.waiting)
	queued := ""
	if r.sum {
		queued = fmt.Sprint(r.queued)
	}
	p.right(normal, queued, c.queued)
	p.right(normal, measure.Rate(r.Rate), c.rate)
	p.right(normal, measure.Size(r.Bytes), c.bytes)
	p.right(normal, firstByte(r.FirstByteP50), c.p50)
	p.right(normal, firstByte(r.FirstByteP95), c.p95)
	p.space(2)
	s, text := m.hostState(r, c.state)
	if r.held != nil && r.held.Why != "" && c.state > 50 {
		text += ": " + r.held.Why
	}
	p.cell(s, text, c.state)
}

func firstByte(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return brief(d)
}

// name is the host and, if it has one address, that too where there is room. The
// addresses of a host that has several stand below it.
func (r *hostRow) name(w int) string {
	switch both := r.host + "  " + r.where(); {
	case !r.sum && 2+widthOf(r.where()) > w:
		return "  " + cmp.Or(r.Address, "(no connection)") // the facts below the table have it all
	case !r.sum:
		return "  " + r.where()
	case r.Address != "" && r.Address != r.host && widthOf(both) <= w:
		return both
	}
	return r.host
}

// where is the address of a row and, behind a redirect, whose that is.
func (r *hostRow) where() string {
	text := cmp.Or(r.Address, "(no connection)")
	switch r.Behind {
	case "":
		return text
	case r.Address:
		return text + " (redirect)"
	}
	return text + " (" + r.Behind + ")"
}

// hostState is what is to be said of a host in a few words, in so many cells if it can
// be.
func (m *model) hostState(r *hostRow, w int) (style, string) {
	g := m.p.g
	switch {
	case r.rank == hostGivenUp:
		return odd, g.state[faceUnchecked] + " given up" // nothing of it is proved
	case r.rank == hostHeld:
		_, soon := m.nextTry(r.held)
		return warn, g.state[engine.Stalled] + " held, " + soon
	case r.rank == hostSilent:
		text := fmt.Sprintf("%s %d stalled", g.state[engine.Stalled], r.silent)
		if both := text + ", " + measure.Count(r.Failed, "error"); r.Failed > 0 && widthOf(both) <= w {
			text = both
		}
		return warn, text
	case r.rank == hostFailing:
		return warn, g.state[engine.Failed] + " " + measure.Count(r.Failed, "error")
	case r.FirstByteP50 > 0 || r.Bytes > 0:
		return good, g.state[engine.Verified] + " answers"
	case r.Active > 0:
		return busy, g.state[engine.Waiting] + " no answer yet"
	}
	return faint, g.state[engine.Queued] + " not asked yet"
}

// fact is a labelled line.
type fact struct {
	label string
	style style
	text  string
}

// hostFacts is what is known of a row, the most urgent first.
func (m *model) hostFacts(r *hostRow) []fact {
	if r == nil {
		return nil
	}
	var facts []fact
	add := func(label string, s style, text string, most int) {
		for _, line := range m.p.wrap(text, m.width-m.labelWidth()-3, most) {
			facts = append(facts, fact{label, s, line})
			label = ""
		}
	}
	if b := r.held; b != nil {
		s := warn
		if b.State == engine.GivenUp {
			s = odd
		}
		add("state", s, fmt.Sprintf("%s for %s: %s", b.State, measure.Age(m.now()-b.Since), b.Why), 2)
		if b.State == engine.Held {
			next, _ := m.nextTry(b)
			add("next", normal, strings.Replace(next, "r tries one now", "r on one of its files tries it now", 1), 2)
		}
	}
	add("now", normal, m.hostNow(r), 2)
	if r.sum && r.queued > 0 {
		add("queue", normal, measure.Count(r.queued, "file")+" still to come", 1)
	}
	label := "errors"
	rest := r.Failed
	for _, e := range r.Errors {
		add(label, warn, fmt.Sprintf("%4d %s %s", e.N, m.p.g.times, e.Text), 1)
		label = ""
		rest -= e.N
	}
	switch {
	case r.Failed == 0:
		add(label, faint, "none", 1)
	case rest > 0:
		add(label, warn, fmt.Sprintf("%4d %s other reasons", rest, m.p.g.times), 1)
	}
	return facts
}

// hostNow says what the table leaves out on narrow screens.
func (m *model) hostNow(r *hostRow) string {
	parts := []string{fmt.Sprintf("%d under way", r.Active)}
	if r.silent > 0 {
		parts[0] += fmt.Sprintf(", %d of them stalled", r.silent)
	}
	if r.Waiting > 0 {
		parts[0] += fmt.Sprintf(", %d without a first byte", r.Waiting)
	}
	if r.FirstByteP50 > 0 {
		parts = append(parts, "first byte p50 "+brief(r.FirstByteP50)+", p95 "+brief(r.FirstByteP95))
	}
	if r.Open >= 0 {
		parts = append(parts, measure.Count(r.Open, "connection"))
	}
	return strings.Join(append(parts, measure.Size(r.Bytes)+" in all"), "; ")
}

// labelWidth is how wide the labels of a detail are.
func (m *model) labelWidth() int { return labelWidth(m.width) }

// drawHostFacts writes them below the table, and how many there is no room for.
func (m *model) drawHostFacts(r *hostRow, facts []fact, lines int) {
	p := &m.p
	p.put(faint, p.g.rule+" ")
	name := r.host
	switch {
	case r.Address != "" && r.Address != r.host, !r.sum:
		name += "  " + r.where()
	}
	p.put(bold, p.middle(name, m.width-6))
	p.space(1)
	p.repeat(faint, p.g.rule, m.width-p.col-1)
	p.end()
	room := lines - 1
	if len(facts) > room {
		facts = append(slices.Clone(facts[:room-1]), fact{"", faint, fmt.Sprintf("%s %d more lines", p.g.ellipsis, len(facts)-room+1)})
	}
	for _, f := range facts {
		p.space(2)
		p.cell(faint, f.label, m.labelWidth())
		p.put(f.style, f.text)
		p.end()
	}
}
