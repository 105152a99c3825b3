package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/measure"
)

// columns are the widths of the table at a screen width; 0 leaves a column out.
type columns struct {
	name, role, state, reason, rate, age, try int
	bar                                       int // cells of the bar inside of reason
	short                                     bool
}

func columnsAt(width int) columns {
	switch {
	case width >= wide:
		// Of what is more than 120, the reason gets a third.
		extra := max(0, width-120) / 3
		c := columns{role: 14, state: 16, reason: 19 + extra, rate: 11, age: 7, try: 4, bar: 12 + extra/2}
		c.name = width - 2 - 1 - c.role - c.state - c.reason - c.rate - c.age - c.try
		return c
	case width >= medium:
		c := columns{state: 12, reason: 17, age: 4, try: 3, bar: 8, short: true}
		c.name = width - 2 - 1 - c.state - c.reason - c.age - c.try - 2
		return c
	}
	return columns{name: width - 2 - 1 - 2 - 19 - 1, reason: 19, bar: 8, short: true}
}

func (m *model) drawRow(it *engine.Item, c columns, now time.Duration) {
	p := &m.p
	f := faceOf(it)
	s := styleOf[f]
	name := p.middle(nameOf(it), c.name)
	if it.State == engine.Queued || it.State == engine.Cancelled {
		p.cell(faint, name, c.name)
	} else {
		p.cell(normal, name, c.name)
	}
	p.space(1)
	if c.role > 0 {
		p.cell(faint, p.cut(it.RoleName, c.role-1), c.role)
	}
	if c.state > 0 {
		word := f.String()
		if c.short {
			word = shortWord[f]
		}
		if crawls(it) {
			word, s = "slow", warn
		}
		p.cell(s, p.g.state[f]+" "+word, c.state)
	} else {
		p.cell(s, p.g.state[f], 2)
	}
	rateText, rateStyle := m.rateOf(it), normal
	if who := culprit(it); who != "" {
		rateText, rateStyle = who, warn // its rate is nothing anyway
	}
	if m.list.by == bySize {
		rateText, rateStyle = sizeOf(it), normal // or nobody could see the order
	}
	if c.rate == 0 {
		rateText = ""
	}
	end := p.col + c.reason + c.rate
	room := c.reason
	switch {
	case rateText == "":
		room += c.rate // a reason may use what no rate needs
	case !m.hasBar(it):
		room += c.rate - widthOf(rateText) - 1
	}
	m.drawReason(it, c, room, now)
	p.right(rateStyle, rateText, end-p.col)
	if c.age > 0 {
		p.right(faint, m.ageOf(it, now, c.short), c.age)
		try := faint
		if it.Attempt > 1 {
			try = warn
		}
		p.right(try, strconv.Itoa(it.Attempt), c.try)
	}
}

// rateOf is how fast bytes come, or "" where none are to come.
func (m *model) rateOf(it *engine.Item) string {
	switch {
	case crawls(it):
		speed, _ := pace(it)
		return speed
	case m.hasBar(it):
		return measure.Rate(it.Rate)
	}
	return ""
}

// hasBar tells whether an item's progress is drawn: only while bytes come, or have
// stopped coming.
func (m *model) hasBar(it *engine.Item) bool {
	if crawls(it) {
		return false // how long it would take says more
	}
	return it.State == engine.Transferring || it.State == engine.Stalled && it.From == engine.Transferring
}

// drawReason fills the column that is progress while bytes come and the reason
// otherwise, in exactly room cells.
func (m *model) drawReason(it *engine.Item, c columns, room int, now time.Duration) {
	p := &m.p
	end := p.col + room
	s := styleOf[faceOf(it)]
	switch {
	case m.hasBar(it) && it.Length > 0:
		done := float64(it.Done) / float64(it.Length)
		p.bar(s, done, c.bar)
		p.put(normal, fmt.Sprintf("%4d%%", int(done*100))[boolInt(c.short):])
	case m.hasBar(it):
		p.put(normal, measure.Size(it.Done)+" so far")
	default:
		reason := m.reason(it, now)
		if it.Problem != nil && widthOf(reason) > room-1 {
			reason = strings.Replace(reason, problemText(it), gist(it.Problem), 1)
		}
		switch {
		case reason == "" && c.rate == 0 && m.list.by == bySize:
			s, reason = faint, sizeOf(it) // where there is no column for it
		case crawls(it):
			s = warn
		case it.State != engine.Failed && it.State != engine.Untrusted && it.State != engine.Stalled:
			s = normal
		}
		p.put(s, p.cut(reason, room-1))
	}
	p.to(end)
}

// reason says in a few words what an item waits for or why it ended. A verified one
// has nothing to say.
func (m *model) reason(it *engine.Item, now time.Duration) string {
	switch it.State {
	case engine.Queued:
		if m.held(it) {
			return "host held"
		}
	case engine.Transferring:
		if crawls(it) {
			return m.slowness(it)
		}
	case engine.Connecting:
		return connecting(it)
	case engine.Waiting:
		return "first byte"
	case engine.Verifying:
		if it.Reason != "" {
			return it.Reason
		}
		if it.Kind == engine.Metadata {
			return "signatures"
		}
		var names []string
		for _, h := range it.Hashes {
			names = append(names, h.Algorithm)
		}
		return strings.Join(names, " ")
	case engine.Stalled:
		return it.Reason
	case engine.Retrying:
		// Up to the next whole second, so that it ends at 1.
		in := max(0, it.Next-now+time.Second-1).Truncate(time.Second)
		return "in " + measure.Age(in) + ": " + problemText(it)
	case engine.Failed, engine.Untrusted, engine.Cancelled:
		return problemText(it)
	case engine.Skipped:
		return it.Reason
	}
	return ""
}

// slowness is how long a crawling item would take, in as many words as there is
// room for. The narrowest screen has no column that calls it slow.
func (m *model) slowness(it *engine.Item) string {
	_, takes := pace(it)
	switch {
	case takes == "":
		return "slow"
	case m.width >= wide:
		return "would take " + takes
	case m.width >= medium:
		return "takes " + takes
	}
	return "slow, takes " + takes
}

func problemText(it *engine.Item) string {
	if it.Problem != nil && it.Problem.Text != "" {
		return it.Problem.Text
	}
	return it.Reason
}

// connecting names the step that a connection is at.
func connecting(it *engine.Item) string {
	a := it.Current()
	if a == nil || len(a.Marks) == 0 {
		return ""
	}
	switch a.Marks[len(a.Marks)-1].Phase {
	case fetch.Pool:
		return "free connection"
	case fetch.DNS:
		return "DNS"
	case fetch.Connect:
		return "TCP"
	case fetch.Proxy:
		return "proxy"
	case fetch.TLS:
		return "TLS"
	}
	return ""
}

// ageOf is how long an item has been at it: the attempt under way, the silence of a
// stalled one, or the time since it ended. Queued and verified ones have none.
func (m *model) ageOf(it *engine.Item, now time.Duration, short bool) string {
	write := measure.Age
	if short {
		write = measure.ShortAge
	}
	d, ok := m.ageIn(it, now)
	if !ok {
		return ""
	}
	return write(d)
}

// ageIn is that age, if there is one.
func (m *model) ageIn(it *engine.Item, now time.Duration) (time.Duration, bool) {
	switch it.State {
	case engine.Queued, engine.Verified, engine.Skipped:
		return 0, false
	case engine.Stalled:
		return m.silence(it, now), true
	case engine.Connecting, engine.Waiting, engine.Transferring, engine.Verifying:
		if a := it.Current(); a != nil {
			return now - a.Started, true
		}
	}
	return now - it.Since, true
}

// silentSince is since when a stalled item has said nothing, if it does.
func silentSince(it *engine.Item) (time.Duration, bool) {
	a := it.Current()
	if a == nil || it.State != engine.Stalled {
		return 0, false
	}
	n := len(a.Silent)
	if n == 0 || a.Silent[n-1].Until > 0 {
		return 0, false
	}
	return a.Silent[n-1].From, true
}

// silence is how long a stalled item has said nothing: it counts as stalled only
// after the stall limit. What was recorded goes first: the limit may have been changed
// since.
func (m *model) silence(it *engine.Item, now time.Duration) time.Duration {
	if s, ok := silentSince(it); ok {
		return now - s
	}
	silent := now - it.Since + m.st.Run.Limits.StallAfter
	if a := it.Current(); a != nil {
		silent = min(silent, now-a.Started)
	}
	return silent
}
