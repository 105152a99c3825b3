package ui

import (
	"math"
	"time"

	"example.com/tufinspect/internal/engine"
)

const (
	// twiceWithin is within which a second ctrl+c needs no question.
	twiceWithin = time.Second
	// settledRow is how long another item has to be under the cursor before it can
	// be acted on, when it came there by itself.
	settledRow = 400 * time.Millisecond
)

// model is the screen's state. It belongs to one goroutine and waits for nothing.
type model struct {
	told
	tape    tape          // the recording that is shown, if one is
	kept    map[int]*kept // of it, by mark
	between time.Time     // until then neither a mark nor the way on from there is drawn
	clock   func() time.Time
	title   string

	p             painter
	width, height int
	frame         string // the last one
	dirty         bool   // the last one is out of date

	views   [numViews]view
	at      viewID // the one on screen
	viewTop int    // its first row on screen
	filter  filter
	find    prompt   // of the filter
	sorting *sorting // what is being sorted beside, or nil
	typing  *prompt  // the one that is open, or nil
	ask     *question
	help    bool
	helpTop int // its first line on screen

	theme   Theme
	private bool     // names of hosts are hidden
	saved   []string // where reports were written
	mouse   bool
	ice     frozen

	bindings []binding

	news   news
	asked  int           // commands that have not been answered yet
	over   bool          // no more updates will come
	folded time.Time     // when the last batch came
	wanted int           // workers asked for and not yet confirmed, or 0
	limit  time.Duration // stall limit, likewise
	broke  time.Time     // when ctrl+c was last pressed
	// Of a recording: the time and the speed that were asked for and are not reached yet.
	aim  *time.Duration
	pace float64

	// What the surroundings have to do:
	commands []engine.Command // to be sent in this order
	errands  []errand
	leave    bool // the person wants out
	keep     bool // and the last screen is to stay
	suspend  bool // the process is to be suspended
	redraw   bool // the terminal may show something else than was drawn
}

// question is asked in the status line.
type question struct {
	text string
	yes  func()
	no   string // the answer to no; "" says that nothing was done
}

// look says how a screen is drawn.
type look struct {
	title string
	theme Theme // not Auto
	ascii bool
	tape  string // the name of the recording that is shown; "" shows a run
}

func newModel(k look, now func() time.Time) *model {
	m := &model{
		told: newTold(), tape: tape{on: k.tape != "", name: k.tape}, clock: now, title: k.title, dirty: true,
		p:     painter{pal: paletteOf(k.theme), g: glyphsOf(k.ascii)},
		theme: k.theme, views: newViews(), bindings: tableFor(k.tape != ""),
	}
	m.find = prompt{
		help: "words, !word, state:failed, state:not, role:name, err:503, host:name, age:>10s", changed: m.setFilter,
		found: m.found,
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
	m.mask = nil
	m.resort(now)
	m.dirty = true
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
	g := groupOf[faceOf(it)]
	if crawls(it) {
		g = groupSlow
	}
	if !m.filter.shows(it) && int32(it.ID) != m.list.keep {
		g = hidden
	}
	m.list.set(int32(it.ID), g, it.Tries() > 0)
	m.list.tries[it.ID] = uint8(min(it.Attempt, math.MaxUint8))
}

// refilter looks at all items anew, because the filter has changed.
func (m *model) refilter() {
	for i := range m.st.Items.Len() {
		m.regroup(m.st.Items.At(i))
	}
	m.arrange(m.clock())
}

// narrow is refilter for a filter that shows nothing which is hidden now.
func (m *model) narrow() {
	for id, g := range m.list.groups {
		if g != hidden {
			m.regroup(m.st.Items.At(id))
		}
	}
	m.arrange(m.clock())
}

// resort sorts the list if that is due. A frozen one stays as it is.
func (m *model) resort(now time.Time) {
	if !m.ice.on && !m.waits() && m.list.due(now) {
		m.arrange(now)
	}
}

// waits tells whether what was drawn last stays as it is for a moment.
func (m *model) waits() bool { return !m.over && m.clock().Before(m.between) }

// closed says that no more updates will come.
func (m *model) closed() {
	m.over, m.dirty = true, true
	if m.ice.on {
		m.hear("the run has ended", "")
	}
	m.resort(m.clock())
}

// tick lets the ages grow.
func (m *model) tick() {
	m.dirty = true
	if m.ice.on {
		return // but for how long
	}
	if m.list.key != nil {
		m.list.stale = true // what is sorted by changes with time
	}
	if m.filter.byAge {
		m.regroupAging()
	}
	m.resort(m.clock())
}

// regroupAging looks anew at the items whose age grows, because there is a filter for
// that.
func (m *model) regroupAging() {
	for id, s := range m.tally.seen {
		switch engine.ItemState(s) {
		case engine.Queued, engine.Verified, engine.Skipped: // they have no age
		default:
			m.regroup(m.st.Items.At(id))
		}
	}
}

// ticking tells whether ticks are needed: something is under way whose age is
// shown, or the list waits to be sorted.
func (m *model) ticking() bool {
	if m.tape.on {
		return m.list.stale || m.tape.Speed > 0
	}
	if m.list.stale || m.ice.on || !m.over && (len(m.st.Stuck) > 0 || m.probing()) {
		return true
	}
	return !m.still() && (!m.st.Queue.Paused || m.underway() > 0 || m.filter.byAge)
}

// still tells whether the run's clock stands still.
func (m *model) still() bool { return m.over || m.st.Settled || m.st.Run.Started.IsZero() }

// now is the time since the run's start. Between events it goes on.
func (m *model) now() time.Duration {
	if m.ice.on {
		return m.ice.now
	}
	if m.still() {
		return m.st.Now
	}
	return m.passed()
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
	if m.ice.on {
		return m.ice.now
	}
	if m.over {
		return m.st.Now
	}
	return m.passed()
}

// passed is the time of the latest event and what has gone by since.
func (m *model) passed() time.Duration {
	switch {
	case !m.tape.on:
		return m.st.Now + max(0, m.clock().Sub(m.folded))
	case m.tape.Behind:
		return m.st.Now
	}
	return max(m.st.Now, m.tape.now(m.clock()))
}

// halted tells whether nothing on screen changes by itself: with the run, or because the
// recording of it is paused.
func (m *model) halted() bool { return m.still() || m.tape.on && m.tape.Speed == 0 }

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
	m.between = time.Time{} // what was drawn last is of another size
}

// current is the item under the cursor, or nil.
func (m *model) current() *engine.Item {
	if m.list.cursor == none {
		return nil
	}
	return m.st.Item(engine.ItemID(m.list.cursor))
}

func (m *model) setFilter(text string) {
	before := m.filter
	m.filter = parseFilter(text)
	m.filter.problems = before.problems
	m.filter.age = func(it *engine.Item) (time.Duration, bool) { return m.ageIn(it, m.now()) }
	if m.filter.narrows(&before) {
		m.narrow()
		return
	}
	m.refilter()
}

func (m *model) clearFilter() {
	m.find.set("")
	m.filter = filter{}
	m.refilter()
}

// send queues a command for the engine.
func (m *model) send(c engine.Command) {
	if m.over {
		text := "the run has ended: nothing can be changed any more"
		if m.tape.on {
			text = "the recording is closed: no more of it can be shown"
		}
		m.news.answer(text, m.clock())
		return
	}
	m.commands = append(m.commands, c)
	m.asked++
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
