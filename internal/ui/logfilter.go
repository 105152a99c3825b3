package ui

import (
	"strings"

	"example.com/tufinspect/internal/engine"
)

// The log is filtered in the language of the files: a word is looked for in the whole
// line, "state:" finds what brought a file to that state, "err:" looks into what is
// wrong, and "age:<1m" is the last minute.

// shows tells whether an entry is to be seen. The answer is kept with the entry,
// because rows are counted anew with every batch.
func (v *logView) shows(m *model, e *entry) bool {
	if !v.filter.active() {
		return true
	}
	if e.judged != v.judging {
		e.judged, e.fits = v.judging, v.filter.showsEntry(m, e)
	}
	return e.fits
}

func (f *filter) showsEntry(m *model, e *entry) bool {
	if f.problems && !e.trouble() {
		return false
	}
	for i := range f.terms {
		if !f.terms[i].fitsEntry(m, e) {
			return false
		}
	}
	return true
}

func (c *condition) fitsEntry(m *model, e *entry) bool {
	found := false
	switch c.field {
	case inPath:
		found = contains(m.subjectOf(e), c.text) || contains(m.detailOf(e), c.text) || contains(e.word.String(), c.text)
	case inWhat:
		found = strings.HasPrefix(strings.ToLower(e.word.String()), c.text)
	case inState:
		state := words[e.word].state // no entry says that a file is queued
		found = state != face(engine.Queued) && state.begins(c.text)
	case inRole:
		if it := m.itemOf(e); it != nil {
			found = contains(it.RoleName, c.text)
		} else if r := m.roleOf(e); r != nil {
			found = contains(r.Name, c.text)
		}
	case inHost:
		found = contains(m.hostOf(e), c.text)
	case inAge:
		found = (m.now()-e.at < c.than) == c.less
	case inProblem:
		found = e.trouble() && contains(m.detailOf(e), c.text)
	}
	return found != c.not
}

// hostOf is the host that an entry is about, or "".
func (m *model) hostOf(e *entry) string {
	switch it := m.itemOf(e); {
	case it != nil:
		return authority(it.Site.Base())
	case e.word == wordHeld, e.word == wordFlows, e.word == wordGivenUp:
		return e.subject
	}
	return ""
}

// setFilter takes what is typed.
func (v *logView) setFilter(text string) {
	problems := v.filter.problems
	v.filter = parseFilter(text)
	v.filter.problems = problems
	v.refilter()
}

// refilter looks at all entries anew.
func (v *logView) refilter() {
	v.judging++
	v.stale = true
}

// narrowed says for the title what the rows were chosen by.
func (v *logView) narrowed() string {
	text := ""
	if v.filter.problems {
		text = "  problems only"
	}
	if len(v.filter.terms) > 0 {
		text += "  /" + v.find.String()
	}
	return text
}
