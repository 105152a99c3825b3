package ui

import "example.com/tufinspect/internal/engine"

// mode is what keys mean.
func (m *model) mode() mode {
	switch {
	case m.ask != nil:
		return answering
	case m.help:
		return reading
	case m.typing != nil:
		return editing
	case m.tape.on:
		return replaying
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
		if m.tape.on && m.tape.Speed > 0 {
			m.send(engine.Pause{}) // nobody looks meanwhile
		}
		return
	case actRedraw:
		m.redraw = true
		return
	}
	switch m.mode() {
	case answering:
		m.decide(in.act)
	case reading:
		m.read(in.act)
	case editing:
		m.edit(in)
	default:
		m.browse(in)
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
		m.news.answer(or(q.no, "not done"), m.clock())
	}
}

// browse carries out what means the same in every view, and gives the rest to the view
// if it has a meaning there.
func (m *model) browse(in input) {
	if m.tape.on && m.onTape(in.act) {
		return
	}
	switch a := in.act; a {
	case actHelp:
		m.help, m.helpTop = true, 0
	case actQuit:
		m.keep = false
		m.quit()
	case actKeep:
		m.keep = true
		m.quit()
	case actView1, actView2, actView3, actView4, actView5, actView6:
		m.show(viewID(a - actView1))
	case actNextView:
		m.show((m.at + 1) % numViews)
	case actPrevView:
		m.show((m.at + numViews - 1) % numViews)
	case actCancelAll:
		m.cancelAll()
	case actRetryFailed:
		m.retryFailed()
	case actPause:
		if m.paused() {
			m.send(engine.Resume{})
		} else {
			m.send(engine.Pause{})
		}
	case actMore:
		m.setWorkers(1)
	case actFewer:
		m.setWorkers(-1)
	case actAuto:
		m.autoWorkers()
	case actSooner:
		m.setStallAfter(m.stallAfter() / 2)
	case actLater:
		m.setStallAfter(m.stallAfter() * 2)
	case actFreeze:
		m.freeze()
	case actTheme:
		m.nextTheme()
	case actPrivacy:
		m.private = !m.private
	case actMouse:
		m.mouse = !m.mouse
		if m.mouse {
			m.news.answer("mouse on: the wheel scrolls, a click selects; hold shift to select text", m.clock())
		} else {
			m.news.answer("mouse off", m.clock())
		}
	case actCopy, actCopyLine:
		m.copied(a == actCopyLine)
	case actSave:
		m.errands = append(m.errands, errand{save: true})
	case actClick:
		if c, ok := m.view().(clickable); ok && in.row >= m.viewTop && in.row < m.height-2 {
			c.click(m, in.row-m.viewTop)
		}
	case actWheelUp, actWheelDown:
		m.wheel(in)
	default:
		if m.works(a) {
			m.view().act(m, a)
		}
	}
}

// wheelRows are how many rows a notch of the wheel scrolls.
const wheelRows = 3

// wheel scrolls what the pointer is over: the rows, or the text of an open detail.
func (m *model) wheel(in input) {
	step, lines := actUp, -wheelRows
	if in.act == actWheelDown {
		step, lines = actDown, wheelRows
	}
	if v, ok := m.view().(scrollable); ok && v.scroll(m, in.row, lines) {
		return
	}
	for range wheelRows {
		m.view().act(m, step)
	}
}

// works tells whether the key table has a meaning for an action in this view.
func (m *model) works(a action) bool {
	for i := range m.bindings {
		if b := &m.bindings[i]; b.act == a && b.works(m.at) {
			return true
		}
	}
	return false
}

// nextTheme goes round the themes, of which one may be read better on this terminal.
func (m *model) nextTheme() {
	m.theme++
	if m.theme == numThemes {
		m.theme = Dark
	}
	m.p.pal = paletteOf(m.theme)
	m.news.answer("theme "+m.theme.String(), m.clock())
}
