package ui

import (
	"errors"
	"fmt"

	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

// What a person takes along: the name under the cursor, the report, the screen.

// errand is something that the surroundings have to do, because it waits.
type errand struct {
	copy string   // to the clipboard
	save bool     // the report
	sort *sorting // beside
}

// copied queues what is to go to the clipboard.
func (m *model) copied(line bool) {
	c, ok := m.view().(copyable)
	text := ""
	if ok {
		text = c.copy(m, line)
	}
	if text == "" {
		m.news.answer("nothing to copy here", m.clock())
		return
	}
	m.errands = append(m.errands, errand{copy: safe.Text(text)}) // whoever pastes it may do so into a shell
}

// ran says what has become of an errand.
func (m *model) ran(e errand, how string, err error) {
	m.dirty = true
	switch {
	case err != nil && e.save:
		m.news.answer("the report was not written: "+safe.Text(err.Error()), m.clock())
	case err != nil:
		m.news.answer("not copied: "+safe.Text(err.Error()), m.clock())
	case e.save:
		m.saved = append(m.saved, folderOf(how))
		m.mask = nil
		m.tell(happened(m.elapsed(), wordYou).says("the report", "is in "+safe.Text(how)))
		m.news.answer("the report is in "+safe.Text(how), m.clock())
	default:
		m.news.answer(fmt.Sprintf("%s (%s)", how, measure.Count(len(e.copy), "byte")), m.clock())
	}
}

var errNoReport = errors.New("nothing writes reports here")
