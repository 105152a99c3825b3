package ui

import (
	"fmt"

	"example.com/tufinspect/internal/engine"
)

// Sizes at which the screen changes.
const (
	wide       = 110 // columns: all of them
	medium     = 80  // columns: without role and rate
	narrow     = 60  // columns: name and reason only; below, one line
	lowest     = 12  // rows; below, one line
	tallHeader = 18  // rows; below, the header shrinks
	splitFrom  = 30  // rows: the detail stands below the table
)

// draw gives the screen. While nothing has changed it is the last one.
func (m *model) draw() string {
	if !m.dirty || m.waits() && m.frame != "" {
		return m.frame
	}
	m.dirty = false
	if m.width <= 0 || m.height <= 0 {
		m.frame = ""
		return m.frame
	}
	p := &m.p
	p.hide = m.veil()
	p.begin(m.width)
	if m.width < narrow || m.height < lowest {
		m.viewTop = m.height // no row can be clicked
		m.drawLine()
		// Below it may be what a line from before the last change of size has left when
		// the terminal wrapped it.
		p.fill(m.height)
	} else {
		m.drawHeader()
		m.viewTop = p.rows
		m.view().draw(m, m.height-2-p.rows)
		p.fill(m.height - 2)
		m.drawStatus()
		m.drawFooter()
	}
	m.frame = p.frame()
	if m.help && m.width >= narrow && m.height >= lowest {
		m.frame = m.overlay(m.frame)
	}
	return m.frame
}

// drawLine is all that fits into a terminal that is too small.
func (m *model) drawLine() {
	p := &m.p
	if m.ask != nil {
		p.put(bold, m.ask.text)
		p.end()
		return
	}
	st := m.st
	if st.Settled {
		p.put(verdictStyles[m.tally.verdict], verdictWords[m.tally.verdict])
	} else {
		p.put(bold, fmt.Sprintf("%.0f%%", m.tally.progress(st)*100))
	}
	if m.tape.on {
		word, s := m.motion()
		p.put(s, "  REC "+word+" "+clock(m.tape.now(m.clock())))
	}
	if ice := m.frozenFor(); ice != "" { // what else is said may not be so any more
		p.put(warn, "  "+ice+" ")
	}
	for _, s := range counterFaces {
		if n := m.counter(s); n > 0 {
			p.put(normal, " ")
			p.put(styleOf[s], fmt.Sprintf("%s%d", p.g.state[s], n))
		}
	}
	if word, s := m.badge(); word != "" && p.col+2+widthOf(word) <= p.width {
		p.space(2)
		p.put(s, word)
	}
	goesOn := []string{"; the run goes on", ""}
	if m.tape.on {
		goesOn = goesOn[1:]
	}
	for _, more := range goesOn {
		text := fmt.Sprintf("  needs %dx%d%s", narrow, lowest, more)
		if p.col+widthOf(text) <= p.width || more == "" {
			p.put(faint, text)
			break
		}
	}
	p.end()
}

// drawStatus is the line above the footer: a question, the filter that is being
// typed, the answer to a command, or the last notable thing.
func (m *model) drawStatus() {
	p := &m.p
	p.space(1)
	switch now := m.clock(); {
	case m.ask != nil:
		p.put(warn, m.ask.text)
	case m.typing != nil:
		m.drawPrompt()
	case m.news.answering(now):
		m.drawReply()
	case m.stated():
	case m.news.last.word != wordNone:
		e := &m.news.last
		p.put(faint, clock(e.at))
		p.space(2)
		p.put(e.style, e.word.String())
		p.space(2)
		what := m.detailOf(e)
		switch {
		case m.tape.on && (e.word == wordDone || e.word == wordEnded):
			what = m.byTape(e)
		case e.word == wordDone:
			what = m.farewell() // the header says what it came to
		}
		m.putNews(m.subjectOf(e), what)
	}
	p.end()
}

// putNews writes a path and what is said of it. When that is too long both are cut:
// of a path the file's name is enough.
func (m *model) putNews(path, what string) {
	p := &m.p
	room := p.width - p.col - 1
	text := joined(path, what)
	if widthOf(text) > room && path != "" {
		left := max(room-widthOf(what)-2, min(36, room/2))
		text = joined(p.middle(path, left), what)
	}
	p.put(normal, p.cut(text, room))
}

// counterFaces are the faces in the order of the header's counters. Transferring
// stands for all that is active.
var counterFaces = [...]face{
	face(engine.Failed), face(engine.Untrusted), faceUnchecked, face(engine.Stalled), face(engine.Retrying),
	face(engine.Transferring), face(engine.Queued), face(engine.Verified), face(engine.Cancelled), face(engine.Skipped),
}

// counter is how many files the header counts under a face.
func (m *model) counter(f face) int {
	if f == face(engine.Transferring) {
		return m.tally.active(m.st)
	}
	return m.tally.in(m.st, f)
}
