package ui

import (
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
)

// story is what who started the run has said of it before anything has happened: what is
// wrong with which file or role, and what to do about it. A demonstration has one.
type story struct {
	on      bool // it is being told: nothing but it has happened since the start
	subject string
	of      map[string]*account // by what it is about
}

// account is what was said of one file, role or host.
type account struct{ wrong, cure []string }

// accountsMost is of how many subjects the details have it. The log has it of all.
const accountsMost = 1000

const (
	// storyHint says where the story stands.
	storyHint = "3 says what is sick here, and what to do"
	// hintStays is how long it can be read before news replace it.
	hintStays = 6 * time.Second
)

// tellNoted tells what was said of the run. In the story what is about one thing stands
// below a line that names it, so that there is room for it.
func (m *model) tellNoted(at time.Duration, b *engine.Noted) {
	s := &m.story
	e := happened(at, wordAbout)
	if !s.on || b.Subject == "" {
		m.tell(e.says(b.Subject, b.Text))
		return
	}
	if b.Subject != s.subject {
		s.subject = b.Subject
		m.tell(e.says(b.Subject, ""))
	}
	e.more = true
	m.tell(e.says(b.Subject, b.Text))
	if s.of == nil {
		s.of = map[string]*account{}
	}
	a := s.of[b.Subject]
	if a == nil {
		if len(s.of) == accountsMost {
			return
		}
		a = &account{}
		s.of[b.Subject] = a
	}
	cure, isCure := strings.CutPrefix(b.Text, engine.ToDo)
	if !isCure {
		a.wrong = append(a.wrong, b.Text)
		return
	}
	a.cure = append(a.cure, cure)
	if !m.tape.on && m.at != viewLog {
		m.news.answer(storyHint, m.clock())
		m.news.stays = hintStays
	}
}

// goesOn tells whether an entry in a row says more of what the row before it is about.
func (v *logView) goesOn(m *model, row int) bool {
	e := &m.log.entries[v.rows[row]]
	if !e.more || row == 0 {
		return false
	}
	before := &m.log.entries[v.rows[row-1]]
	return before.word == wordAbout && before.subject == e.subject
}

// opened puts the cursor on the first entry when the log is looked at for the first time
// and there is a story: it would be out of sight within seconds.
func (v *logView) opened(m *model) {
	if m.news.reply == storyHint {
		m.news.reply = ""
	}
	if v.begun || v.held || len(m.story.of) == 0 {
		return
	}
	v.begun = true
	v.refresh(m)
	v.held = true
	v.place(m, 0)
}

// story is what was said of the file before the run began, or of its role.
func (d *detail) story() {
	it := d.it
	subjects := []string{nameOf(it), it.Path, it.RoleName}
	for i, subject := range subjects {
		a := d.m.story.of[subject]
		if a == nil || slices.Contains(subjects[:i], subject) {
			continue
		}
		whose := ""
		if i == 2 && it.Kind != engine.Metadata {
			whose = "role " + subject + ": "
		}
		for _, text := range a.wrong {
			d.wrapped("about", normal, whose+text, 3)
		}
		for _, text := range a.cure {
			d.wrapped("to do", normal, text, 3)
		}
	}
}
