package ui

import (
	"fmt"
	"sort"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
)

// cell is one cell of a line on the time axis.
type cell struct {
	glyph string // "" is empty
	style style
}

// legible is how many cells of a reason tell something.
const legible = 5

// foldedMost is about how many attempts are drawn into the line that stands for many.
// There may be thousands, and a line has fewer cells than that.
const foldedMost = 200

// drawLine draws the i-th line on screen.
func (v *waterfall) drawLine(m *model, s scale, now time.Duration, i int) {
	p := &m.p
	at := v.drawn[i]
	it := m.st.Items.At(int(at.id))
	current := at.id == m.list.cursor
	p.gutter(current && at.line == v.at(it))
	named := at.line == 0 || i == 0
	if named {
		m.drawMark(it)
	} else {
		p.space(1)
	}
	v.drawName(m, it, at.line, named, current)
	p.to(beforeAxis(m.width))
	v.drawTrack(m, it, at.line, s, now)
	p.end()
}

// drawName writes the item's name into its first line on screen, and into the others
// which attempt they are.
func (v *waterfall) drawName(m *model, it *engine.Item, line int, named, current bool) {
	p := &m.p
	w := nameWidth(m.width)
	folded := it.Tries() > mostLines && line == foldLine
	switch {
	case named && (it.State == engine.Queued || it.State == engine.Cancelled):
		p.put(faint, p.middle(nameOf(it), w))
	case named && current:
		p.put(bold, p.middle(nameOf(it), w)) // also when the cursor is on a later attempt
	case named:
		p.put(normal, p.middle(nameOf(it), w))
	case folded:
		p.put(faint, p.cut(fmt.Sprintf("  %s %s between", p.g.ellipsis, measure.Digits(it.Tries()-mostLines+1)), w))
	default:
		p.put(faint, p.cut(fmt.Sprintf("  attempt %d", it.Attempts()[attemptAt(it, line)].N), w))
	}
}

// drawTrack draws what stands on the time axis in a line of an item.
func (v *waterfall) drawTrack(m *model, it *engine.Item, line int, s scale, now time.Duration) {
	v.cells = append(v.cells[:0], make([]cell, s.cells)...)
	t := &track{m: m, it: it, s: s, now: now, cells: v.cells}
	k := attemptAt(it, line)
	switch {
	case k < 0:
		t.unbegun()
	case it.Tries() > mostLines && line == foldLine:
		t.folded(foldLine, k)
	default:
		t.attempt(k)
	}
	t.put()
}

// track is a line on the time axis: its cells, and what is said behind the last of
// them.
type track struct {
	m     *model
	it    *engine.Item
	s     scale
	now   time.Duration
	cells []cell
	last  int // the cell of the latest end
	text  string
	brief string // instead of the text, where there is no room for it
	style style  // of both
}

// fill draws a time that lasted.
func (t *track) fill(from, until time.Duration, glyph string, st style) {
	for i := max(0, t.s.border(from)); i < min(t.s.border(until), len(t.cells)); i++ {
		t.cells[i] = cell{glyph, st}
	}
}

// end draws a glyph at a moment, and remembers what is to be said of it. What is
// outside of the screen is drawn faint at its edge.
func (t *track) end(at time.Duration, glyph string, st style, text string) {
	i := t.s.cell(at)
	if i < 0 || i >= len(t.cells) {
		i, st = max(0, min(i, len(t.cells)-1)), faint
	}
	t.cells[i] = cell{glyph, st}
	t.last, t.text, t.brief, t.style = i, text, "", st
}

// unbegun is an item without an attempt: it waits, or it ended without one.
func (t *track) unbegun() {
	at := t.now
	if t.it.State.Ended() {
		at = t.it.Since
	}
	text := t.m.reason(t.it, t.now)
	if text == "" {
		text = faceOf(t.it).String()
	}
	t.end(at, t.m.p.g.state[faceOf(t.it)], styleOf[faceOf(t.it)], text)
}

// folded draws the attempts from one to another over each other: of those that are on
// screen as many as can be told apart.
func (t *track) folded(first, last int) {
	all := t.it.Attempts()[first : last+1]
	lo := sort.Search(len(all), func(i int) bool { return all[i].Ended >= t.s.from })
	hi := sort.Search(len(all), func(i int) bool { return all[i].Started >= t.s.end() })
	lo = max(0, min(lo, hi-1, len(all)-1)) // none on screen: the nearest, at its edge
	hi = max(hi, lo+1)
	for i := lo; i < hi; i += 1 + (hi-lo)/foldedMost {
		t.attempt(first + i)
	}
	t.text = ""
}

// attempt draws an attempt from its begin to its end, or to now.
func (t *track) attempt(k int) {
	it, g := t.it, t.m.p.g
	a := &it.Attempts()[k]
	latest := k == it.Tries()-1
	live := latest && a.Ended == 0 && it.State.Active()
	until := max(a.Ended, a.Started)
	if live {
		until = max(t.now, a.Started)
	}
	t.phases(a, live, until)
	for _, silent := range a.Silent {
		end := silent.Until
		if end == 0 {
			end = until
		}
		t.fill(silent.From, end, g.silence, warn)
	}
	switch {
	case live:
		st := styleOf[faceOf(it)]
		if crawls(it) {
			st = warn
		}
		t.end(until, g.state[faceOf(it)], st, "")
		t.living()
	case latest && it.State.Ended() && it.Since <= until:
		t.end(until, g.state[faceOf(it)], styleOf[faceOf(it)], "")
		t.why(it.Problem)
		t.starved(a)
	default:
		state := outcome(a)
		t.end(until, g.state[state], styleOf[state], "")
		t.why(a.Problem)
		t.starved(a)
		if latest {
			t.after()
		}
	}
}

// phases draws the phases of an attempt.
func (t *track) phases(a *engine.Attempt, live bool, until time.Duration) {
	g := t.m.p.g
	begin, glyph, st := a.Started, g.connect, busy // before the first phase is known
	for _, k := range a.Course() {
		t.fill(begin, min(k.At, until), glyph, st)
		begin = k.At
		switch {
		case k.Phase < fetch.Send:
			glyph = g.connect
		case k.Phase < fetch.Body:
			glyph = g.await
		case k.Phase == fetch.Body:
			glyph = g.body
		default:
			glyph, st = g.hash, working
		}
	}
	if live && t.it.State == engine.Verifying && st != working { // of metadata, which has no such phase
		t.fill(begin, t.it.Since, glyph, st)
		begin, glyph, st = t.it.Since, g.hash, working
	}
	t.fill(begin, until, glyph, st)
}

// outcome is what an attempt came to that was not its item's last word.
func outcome(a *engine.Attempt) engine.ItemState {
	switch {
	case a.Problem == nil:
	case a.Problem.Kind == finding.Stalled:
		return engine.Stalled
	case a.Problem.Kind == finding.Cancelled:
		return engine.Cancelled
	}
	return engine.Retrying
}

// after is what has become of the item since its latest attempt.
func (t *track) after() {
	it := t.it
	switch {
	case it.State.Ended():
		t.end(it.Since, t.m.p.g.state[faceOf(it)], styleOf[faceOf(it)], "")
		t.why(it.Problem)
	case it.State == engine.Retrying:
		in := max(0, it.Next-t.now+time.Second-1).Truncate(time.Second)
		t.add("in " + measure.Age(in))
	case t.m.held(it):
		t.add("host held")
	default:
		t.add(faceOf(it).String())
	}
}

// add says one more thing.
func (t *track) add(text string) {
	if t.text != "" {
		text = t.text + ", " + text
	}
	t.text, t.brief = text, ""
}

// living says what an attempt under way is at, where its glyph does not say it.
func (t *track) living() {
	it := t.it
	switch {
	case it.State == engine.Stalled:
		t.text = it.Reason
		if since, silent := silentSince(it); silent {
			t.silent(it.Reason, t.now-since)
		}
	case crawls(it):
		t.text, t.brief = "slow", "slow"
		if _, takes := pace(it); takes != "" {
			t.text = "slow, takes " + takes
		}
	case it.State == engine.Connecting:
		t.text = connecting(it)
	case it.State == engine.Verifying:
		t.text = shortWord[faceOf(it)]
	}
}

// silent says what is missing, and for how long. Where there is no room for both, the
// time says more: that it is silent can be seen.
func (t *track) silent(what string, d time.Duration) {
	t.text, t.brief = what+" "+measure.Age(d), measure.Age(d)
}

// starved says of an attempt that was ended for its silence how long that was.
func (t *track) starved(a *engine.Attempt) {
	n := len(a.Silent)
	if n == 0 || a.Problem == nil || a.Problem.Kind != finding.Stalled {
		return
	}
	if what, rest, ok := strings.Cut(a.Problem.Text, " for "); ok {
		// The time is that of the problem's text, which stands in all other views.
		long, _, _ := strings.Cut(rest, " ")
		t.text, t.brief = what+" "+long, long
	}
}

// why says in a few words what was wrong.
func (t *track) why(problem *engine.Problem) {
	if problem == nil {
		return
	}
	t.text = gist(problem)
	if problem.Kind == finding.WrongHash {
		t.brief, _, _ = strings.Cut(t.text, " ") // of what: that it differs is the glyph
	}
}

// put writes the line. Of the text there is as much as fits, unless that is too little
// to be read.
func (t *track) put() {
	p := &t.m.p
	until := t.last + 1 // there is nothing behind
	room := len(t.cells) - until - 1
	text := t.text
	if t.brief != "" && room < widthOf(text) {
		text = t.brief
	}
	if room < min(legible, widthOf(text)) {
		text = ""
	}
	for i := 0; i < until; {
		n := 1
		for i+n < until && t.cells[i+n] == t.cells[i] {
			n++
		}
		if c := t.cells[i]; c.glyph == "" {
			p.space(n)
		} else {
			p.repeat(c.style, c.glyph, n)
		}
		i += n
	}
	if text != "" {
		p.space(1)
		p.put(t.style, p.cut(text, room))
	}
}
