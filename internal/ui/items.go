package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// itemsView is the main view: the files as a table, and the detail of the one under
// the cursor below or instead of it.
type itemsView struct {
	open bool // the detail
	back int  // which attempt the detail shows: how many before the latest
}

// Heights of the detail when it stands below the table.
const (
	detailLeast = 15
	detailMost  = 26
)

func (v *itemsView) act(m *model, a action) {
	now := m.clock()
	row := m.list.cursor
	switch a {
	case actUp:
		m.list.move(-1, now)
	case actDown:
		m.list.move(1, now)
	case actPageUp:
		m.list.move(-m.list.height, now)
	case actPageDown:
		m.list.move(m.list.height, now)
	case actHalfUp:
		m.list.move(-max(1, m.list.height/2), now)
	case actHalfDown:
		m.list.move(max(1, m.list.height/2), now)
	case actTop:
		m.list.release(now)
	case actBottom:
		m.list.move(len(m.list.rows), now)
	case actOpen:
		v.show(m, !v.open && m.list.cursor != none)
	case actBack:
		if v.open {
			v.show(m, false)
		} else if m.filter.active() {
			m.clearFilter()
		}
	case actOlder, actNewer:
		v.page(m, a)
	case actCancel, actRetry:
		v.command(m, a)
	}
	if m.list.cursor != row {
		v.back = 0
		if v.open {
			v.hold(m)
		}
	}
}

// show opens or closes the detail.
func (v *itemsView) show(m *model, open bool) {
	v.open, v.back = open, 0
	m.list.hold(m.clock())
	v.hold(m)
}

// hold keeps the item whose detail is open in the list, whatever becomes of it.
func (v *itemsView) hold(m *model) {
	before := m.list.keep
	m.list.keep = none
	if v.open {
		m.list.keep = m.list.cursor
	}
	if it := m.st.Item(engine.ItemID(max(before, 0))); before != none && it != nil {
		m.regroup(it)
	}
}

func (v *itemsView) page(m *model, a action) {
	it := m.current()
	if !v.open || it == nil {
		return
	}
	if a == actOlder {
		v.back = min(v.back+1, max(0, len(it.Attempts)-1))
	} else {
		v.back = max(v.back-1, 0)
	}
}

// command cancels or retries the item under the cursor. An item that came there by
// itself a moment ago may not be the one that was meant.
func (v *itemsView) command(m *model, a action) {
	it := m.current()
	if it == nil {
		return
	}
	now := m.clock()
	fresh := !m.list.swapped.IsZero() && now.Sub(m.list.swapped) < settledRow
	m.list.hold(now)
	if fresh {
		m.news.answer("another row has just come under the cursor, which stays on it now: press the key again", now)
		return
	}
	if a == actCancel {
		m.send(engine.Cancel{Items: []engine.ItemID{it.ID}})
		return
	}
	m.send(engine.Retry{Items: []engine.ItemID{it.ID}, NoCache: wrongBytes(it)})
}

// wrongBytes tells whether an item's problem may be a cache that serves something
// old.
func wrongBytes(it *engine.Item) bool {
	if it.Problem == nil {
		return false
	}
	switch it.Problem.Kind {
	case finding.WrongHash, finding.WrongLength, finding.MetadataHash, finding.VersionMismatch, finding.Missing:
		return true
	}
	return false
}

func (v *itemsView) footer(m *model, a action) string {
	if !v.open {
		return ""
	}
	switch it := m.current(); {
	case a == actOpen:
		return "close"
	case a == actOlder && it != nil && len(it.Attempts) > 1:
		return "attempts"
	}
	return ""
}

func (v *itemsView) draw(m *model, rows int) {
	it := m.current()
	switch {
	case !v.open || it == nil:
		v.drawTable(m, rows)
	case m.height >= splitFrom:
		below := max(detailLeast, min(rows*17/30, detailMost))
		end := m.p.rows + rows
		v.drawTable(m, rows-below)
		m.p.fill(end - below)
		drawDetail(m, it, v.back, below)
	default:
		m.list.resize(rows - 1)
		drawDetail(m, it, v.back, rows)
	}
}

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
		c := columns{state: 11, reason: 17, age: 4, try: 3, bar: 8, short: true}
		c.name = width - 2 - 1 - c.state - c.reason - c.age - c.try - 2
		return c
	}
	return columns{name: width - 2 - 1 - 2 - 19 - 1, reason: 19, bar: 8, short: true}
}

func (v *itemsView) drawTable(m *model, rows int) {
	p := &m.p
	m.list.resize(rows - 1)
	c := columnsAt(m.width)
	v.drawHead(m, c)
	if len(m.list.rows) == 0 {
		p.space(2)
		p.put(faint, m.emptyText())
		p.end()
		return
	}
	now := m.now()
	last := min(m.list.top+m.list.height, len(m.list.rows))
	for i := m.list.top; i < last; i++ {
		it := &m.st.Items[m.list.rows[i]]
		if i == m.list.row {
			p.mark()
			p.put(normal, p.g.cursor+" ")
		} else {
			p.space(2)
		}
		m.drawRow(it, c, now)
		p.end()
	}
}

// emptyText says why there is no row.
func (m *model) emptyText() string {
	switch {
	case m.filter.active() && len(m.st.Items) > 0 && len(m.filter.terms) == 0:
		return "no problems so far; ! shows all"
	case m.filter.active():
		return "nothing matches; esc shows all"
	case m.over && len(m.st.Items) == 0:
		return "the run ended before a file was looked at"
	case len(m.st.Items) == 0:
		return "no file is known yet"
	}
	return "nothing to show: no target files have been found"
}

func (v *itemsView) drawHead(m *model, c columns) {
	p := &m.p
	p.space(2)
	title := "TARGET"
	if n := len(m.list.rows); n > m.list.height {
		title += fmt.Sprintf("  %d-%d of %d", m.list.top+1, min(m.list.top+m.list.height, n), n)
	}
	switch {
	case m.filter.problems && len(m.filter.terms) > 0:
		title += "  problems only, /" + m.editor.String()
	case m.filter.problems:
		title += "  problems only"
	case len(m.filter.terms) > 0:
		title += "  /" + m.editor.String()
	}
	p.cell(bold, title, c.name)
	p.space(1)
	if c.state == 0 {
		p.space(2)
		p.put(bold, "REASON")
		p.end()
		return
	}
	if c.role > 0 {
		p.cell(bold, "ROLE", c.role)
	}
	p.cell(bold, "STATE", c.state)
	if c.short {
		p.cell(bold, "PROGRESS/REASON", c.reason)
	} else {
		p.cell(bold, "PROGRESS / REASON", c.reason)
	}
	if c.rate > 0 {
		p.right(bold, "RATE", c.rate)
	}
	p.right(bold, "AGE", c.age)
	p.right(bold, "TRY", c.try+boolInt(c.short))
	p.end()
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (m *model) drawRow(it *engine.Item, c columns, now time.Duration) {
	p := &m.p
	s := styleOf[it.State]
	name := middle(nameOf(it), c.name, p.g.ellipsis)
	if it.State == engine.Queued || it.State == engine.Cancelled {
		p.cell(faint, name, c.name)
	} else {
		p.cell(normal, name, c.name)
	}
	p.space(1)
	if c.role > 0 {
		p.cell(faint, cut(it.RoleName, c.role-1, p.g.ellipsis), c.role)
	}
	if c.state > 0 {
		word := it.State.String()
		if c.short {
			word = shortWord[it.State]
		}
		p.cell(s, p.g.state[it.State]+" "+word, c.state)
	} else {
		p.cell(s, p.g.state[it.State], 2)
	}
	rateText := ""
	if c.rate > 0 && m.hasBar(it) {
		rateText = rate(it.Rate)
	}
	room := c.reason
	if rateText == "" {
		room += c.rate // a reason may use what no rate needs
	}
	m.drawReason(it, c, room, now)
	if rateText != "" {
		p.right(normal, rateText, c.rate)
	}
	if c.age > 0 {
		p.right(faint, m.ageOf(it, now, c.short), c.age)
		try := faint
		if it.Attempt > 1 {
			try = warn
		}
		p.right(try, strconv.Itoa(it.Attempt), c.try)
	}
}

// hasBar tells whether an item's progress is drawn: only while bytes come, or have
// stopped coming.
func (m *model) hasBar(it *engine.Item) bool {
	return it.State == engine.Transferring || it.State == engine.Stalled && it.From == engine.Transferring
}

// drawReason fills the column that is progress while bytes come and the reason
// otherwise, in exactly room cells.
func (m *model) drawReason(it *engine.Item, c columns, room int, now time.Duration) {
	p := &m.p
	end := p.col + room
	s := styleOf[it.State]
	switch {
	case m.hasBar(it) && it.Length > 0:
		done := float64(it.Done) / float64(it.Length)
		p.bar(s, done, c.bar)
		p.put(normal, fmt.Sprintf("%4d%%", int(done*100))[boolInt(c.short):])
	case m.hasBar(it):
		p.put(normal, size(it.Done)+" so far")
	default:
		reason := m.reason(it, now)
		if it.State != engine.Failed && it.State != engine.Untrusted && it.State != engine.Stalled {
			s = normal
		}
		p.put(s, cut(reason, room-1, p.g.ellipsis))
	}
	p.to(end)
}

// reason says in a few words what an item waits for or why it ended. A verified one
// has nothing to say.
func (m *model) reason(it *engine.Item, now time.Duration) string {
	switch it.State {
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
		return "in " + age(in) + ": " + problemText(it)
	case engine.Failed, engine.Untrusted, engine.Cancelled:
		return problemText(it)
	case engine.Skipped:
		return it.Reason
	}
	return ""
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
	write := age
	if short {
		write = shortAge
	}
	switch it.State {
	case engine.Queued, engine.Verified, engine.Skipped:
		return ""
	case engine.Stalled:
		return write(m.silence(it, now))
	case engine.Connecting, engine.Waiting, engine.Transferring, engine.Verifying:
		if a := it.Current(); a != nil {
			return write(now - a.Started)
		}
	}
	return write(now - it.Since)
}

// silence is how long a stalled item has said nothing: it counts as stalled only
// after the stall limit.
func (m *model) silence(it *engine.Item, now time.Duration) time.Duration {
	silent := now - it.Since + m.st.Run.Limits.StallAfter
	if a := it.Current(); a != nil {
		silent = min(silent, now-a.Started)
	}
	return silent
}
