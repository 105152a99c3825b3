package ui

import (
	"fmt"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

const (
	// twiceWithin is within which a second ctrl+c needs no question.
	twiceWithin = time.Second
	// settledRow is how long another item has to be under the cursor before it can
	// be acted on, when it came there by itself.
	settledRow = 400 * time.Millisecond
)

// view is what fills the screen between the header and the status line.
type view interface {
	// act carries out an action. It is given those that are not the whole screen's.
	act(m *model, a action)
	// draw paints at most so many rows.
	draw(m *model, rows int)
	// footer changes what the footer says of an action; "" leaves it.
	footer(m *model, a action) string
}

// model is the screen's state. It belongs to one goroutine and waits for nothing.
type model struct {
	st    *engine.State
	clock func() time.Time
	title string

	p             painter
	width, height int
	frame         string // the last one
	dirty         bool   // the last one is out of date

	view   view
	list   list
	filter filter
	editor editor
	typing bool
	ask    *question
	help   bool

	bindings []binding

	tally   tally
	trust   trustLine
	news    news
	located bool
	over    bool                           // no more updates will come
	folded  time.Time                      // when the last batch came
	took    time.Duration                  // until the run settled
	wanted  int                            // workers asked for and not yet confirmed, or 0
	limit   time.Duration                  // stall limit, likewise
	stuck   map[string]time.Time           // since when parts of this program have stood still
	queues  map[string]engine.BreakerState // of hosts, as the news have them
	broke   time.Time                      // when ctrl+c was last pressed

	// What the surroundings have to do:
	commands []engine.Command // to be sent in this order
	leave    bool             // the person wants out
	suspend  bool             // the process is to be suspended
}

// question is asked in the status line.
type question struct {
	text string
	yes  func()
}

// look says how a screen is drawn.
type look struct {
	title string
	theme Theme // not Auto
	ascii bool
}

func newModel(k look, now func() time.Time) *model {
	m := &model{
		st: &engine.State{}, clock: now, title: k.title, list: newList(), dirty: true,
		p:    painter{pal: paletteOf(k.theme), g: glyphsOf(k.ascii)},
		view: &itemsView{}, bindings: table(),
	}
	if m.title == "" {
		m.title = "tufinspect"
	}
	m.folded = now()
	return m
}

// fold takes a batch of events.
func (m *model) fold(events []engine.Event) {
	now := m.clock()
	m.news.begin()
	for _, e := range events {
		m.st.Apply(e)
		m.note(e)
	}
	m.news.end(now)
	m.folded = now
	m.resort(now)
	m.dirty = true
}

// note keeps what is counted and said beside the state.
func (m *model) note(e engine.Event) {
	switch b := e.Body.(type) {
	case engine.RunStarted, engine.AnchorChosen:
		m.trust.fresh = false
	case engine.LayoutFound:
		m.located = true
	case engine.RoleChanged:
		m.located = m.located || b.Role.State == trust.Accepted
		m.trust.fresh = false
		m.news.role(e.At, &b.Role)
	case engine.ItemsFound:
		for id := len(m.tally.seen); id < len(m.st.Items); id++ {
			m.touch(engine.ItemID(id))
		}
	case engine.StateChanged:
		m.touch(b.Item)
		if it := m.st.Item(b.Item); it != nil && it.State == b.To {
			m.news.item(e.At, it)
		}
	case engine.QueueChanged:
		m.tally.rates.add(e.At, b.Rate)
	case engine.FindingRaised:
		if !b.Withdrawn && b.Finding.Severity >= finding.Warning {
			m.news.say(note{e.At, "NOTE", b.Finding.Subject + ": " + b.Finding.Message, warn, 1})
		}
	case engine.InspectorFault:
		m.news.say(note{e.At, "FAULT", "the inspector itself failed in " + b.Goroutine + ": " + b.Value, bad, 3})
	case engine.Diagnosed:
		m.touch(b.Item)
		if it := m.st.Item(b.Item); it != nil && crawls(it) && it.Attempt == b.Attempt {
			m.news.slow(e.At, it)
		}
	case engine.BreakerChanged:
		before := m.queues[b.Host]
		if m.queues == nil {
			m.queues = map[string]engine.BreakerState{}
		}
		m.queues[b.Host] = b.State
		if before != b.State {
			b.Queued = m.tally.waiting(b.Host) // as the banner has it
			m.news.breaker(e.At, &b)
		}
	case engine.InspectorStuck:
		m.stands(e.At, &b)
	case engine.ProbeEnded:
		if it, inv := m.st.Item(b.Item), m.st.Probes[b.Item]; it != nil && inv != nil {
			m.news.say(note{e.At, "PROBE", nameOf(it) + ": " + inv.Text, bold, 4})
			m.news.reply = "" // that it was being asked
		}
	case engine.CommandDone:
		switch c := b.Command.(type) {
		case engine.SetWorkers:
			if c.N == m.wanted {
				m.wanted = 0
			}
		case engine.SetStallAfter:
			if c.D == m.limit {
				m.limit = 0
			}
		}
		m.news.answer(answerTo(b), m.clock())
	case engine.RunSettled:
		m.took = e.At
		m.tally.judge(m.st)
		m.news.say(note{e.At, "DONE", m.tally.farewell(m.st), bold, 4})
	case engine.RunFinished:
		m.tally.judge(m.st)
		if b.Why != "" {
			m.news.say(note{e.At, "ENDED", b.Why, bold, 5})
		}
	}
}

// stands keeps since when a part of this program has stood still.
func (m *model) stands(at time.Duration, b *engine.InspectorStuck) {
	if b.Over {
		delete(m.stuck, b.Part)
		m.news.say(note{at, "MOVES", fmt.Sprintf("the inspector itself: %s moves again, after %s", partName(b.Part), age(b.For)), bold, 4})
		return
	}
	if m.stuck == nil {
		m.stuck = map[string]time.Time{}
	}
	_, known := m.stuck[b.Part]
	m.stuck[b.Part] = m.clock().Add(-b.For)
	if !known {
		text := fmt.Sprintf("the inspector itself: %s has not moved for %s", partName(b.Part), age(b.For))
		if b.Dump != "" {
			text += "; see " + safe.Text(b.Dump)
		}
		m.news.say(note{at, "STUCK", text, bad, 5})
	}
}

// touch takes over what has become of an item.
func (m *model) touch(id engine.ItemID) {
	it := m.st.Item(id)
	if it == nil {
		return
	}
	m.tally.see(it)
	m.regroup(it)
}

func (m *model) regroup(it *engine.Item) {
	g := groupOf[it.State]
	if crawls(it) {
		g = groupSlow
	}
	if !m.filter.shows(it) && int32(it.ID) != m.list.keep {
		g = hidden
	}
	m.list.set(int32(it.ID), g, len(it.Attempts) > 0)
}

// refilter looks at all items anew, because the filter has changed.
func (m *model) refilter() {
	for i := range m.st.Items {
		m.regroup(&m.st.Items[i])
	}
	m.list.sort(m.clock())
}

// narrow is refilter for a filter that shows nothing which is hidden now.
func (m *model) narrow() {
	for id, g := range m.list.groups {
		if g != hidden {
			m.regroup(&m.st.Items[id])
		}
	}
	m.list.sort(m.clock())
}

// resort sorts the list if that is due.
func (m *model) resort(now time.Time) {
	if m.list.due(now) {
		m.list.sort(now)
	}
}

// closed says that no more updates will come.
func (m *model) closed() {
	m.over, m.dirty = true, true
	m.resort(m.clock())
}

// tick lets the ages grow.
func (m *model) tick() {
	m.resort(m.clock())
	m.dirty = true
}

// ticking tells whether ticks are needed: something is under way whose age is
// shown, or the list waits to be sorted.
func (m *model) ticking() bool {
	if m.list.stale || !m.over && (len(m.st.Stuck) > 0 || m.probing()) {
		return true
	}
	return !m.still() && (!m.st.Queue.Paused || m.underway() > 0)
}

// still tells whether the run's clock stands still.
func (m *model) still() bool { return m.over || m.st.Settled || m.st.Run.Started.IsZero() }

// now is the time since the run's start. Between events it goes on.
func (m *model) now() time.Duration {
	if m.still() {
		return m.st.Now
	}
	return m.st.Now + max(0, m.clock().Sub(m.folded))
}

// probing tells whether the network is being asked about an item.
func (m *model) probing() bool {
	for _, inv := range m.st.Probes {
		if inv.Ended == 0 {
			return true
		}
	}
	return false
}

// elapsed is the time since the run's start also when the run has settled: a probe
// goes on.
func (m *model) elapsed() time.Duration {
	if m.over {
		return m.st.Now
	}
	return m.st.Now + max(0, m.clock().Sub(m.folded))
}

// underway is how many items have an attempt under way or coming.
func (m *model) underway() int {
	return m.active() + m.st.Counts[engine.Retrying]
}

// active is how many items have an attempt under way.
func (m *model) active() int {
	n := 0
	for s := engine.Connecting; s <= engine.Stalled; s++ {
		n += m.st.Counts[s]
	}
	return n
}

// resize takes the terminal's size.
func (m *model) resize(width, height int) {
	m.width, m.height, m.dirty = width, height, true
}

// current is the item under the cursor, or nil.
func (m *model) current() *engine.Item {
	if m.list.cursor == none {
		return nil
	}
	return m.st.Item(engine.ItemID(m.list.cursor))
}

// mode is what keys mean.
func (m *model) mode() mode {
	switch {
	case m.ask != nil:
		return answering
	case m.help:
		return reading
	case m.typing:
		return editing
	}
	return browsing
}

// do carries out an input.
func (m *model) do(in input) {
	m.dirty = true
	switch in.act {
	case actInterrupt:
		m.interrupt()
		return
	case actSuspend:
		m.suspend = true
		return
	}
	switch m.mode() {
	case answering:
		m.decide(in.act)
	case reading:
		m.help = false
	case editing:
		m.edit(in)
	default:
		m.browse(in.act)
	}
}

func (m *model) decide(a action) {
	q := m.ask
	switch a {
	case actYes:
		m.ask = nil
		q.yes()
	case actNo:
		m.ask = nil
	}
}

func (m *model) browse(a action) {
	switch a {
	case actHelp:
		m.help = true
	case actQuit:
		m.quit()
	case actFilter:
		m.typing = true
	case actProblems:
		m.filter.problems = !m.filter.problems
		m.refilter()
	case actRetryFailed:
		m.retryFailed()
	case actCancelAll:
		m.cancelAll()
	case actPause:
		if m.st.Queue.Paused {
			m.send(engine.Resume{})
		} else {
			m.send(engine.Pause{})
		}
	case actMore:
		m.setWorkers(1)
	case actFewer:
		m.setWorkers(-1)
	case actSooner:
		m.setStallAfter(m.stallAfter() / 2)
	case actLater:
		m.setStallAfter(m.stallAfter() * 2)
	default:
		m.view.act(m, a)
	}
}

// edit changes the filter. It takes effect with every key.
func (m *model) edit(in input) {
	switch in.act {
	case actAccept:
		m.typing = false
	case actAbandon:
		m.typing = false
		m.clearFilter()
	case actUp, actDown, actPageUp, actPageDown:
		m.view.act(m, in.act)
	default:
		if m.editor.edit(in) {
			m.setFilter(m.editor.String())
		}
	}
}

func (m *model) setFilter(text string) {
	before := m.filter
	m.filter = parseFilter(text)
	m.filter.problems = before.problems
	if m.filter.narrows(&before) {
		m.narrow()
		return
	}
	m.refilter()
}

func (m *model) clearFilter() {
	m.editor.set("")
	m.filter = filter{}
	m.refilter()
}

// send queues a command for the engine.
func (m *model) send(c engine.Command) {
	if m.over {
		m.news.answer("the run has ended: nothing can be changed any more", m.clock())
		return
	}
	m.commands = append(m.commands, c)
}

// resumed takes over after a suspension of that length.
func (m *model) resumed(away time.Duration, ok bool) {
	m.dirty = true
	if !ok {
		m.news.answer("this terminal has no job control: not suspended", m.clock())
		return
	}
	if !m.over {
		m.send(engine.ClockJumped{D: away})
	}
}
