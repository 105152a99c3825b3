package ui

import (
	"fmt"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/report"
	"example.com/tufinspect/internal/trust"
)

// How an entry is put into words. It says what was so when it happened: of items and
// roles only the names are looked up, which never change.

// subjectOf is what an entry is about, or "".
func (m *model) subjectOf(e *entry) string {
	switch {
	case e.subject != "":
		return e.subject
	case e.n > 1:
		return measure.Count(int(e.n), "file")
	}
	if it := m.itemOf(e); it != nil {
		return nameOf(it)
	}
	if r := m.roleOf(e); r != nil {
		return r.Name
	}
	return ""
}

// itemOf is the item that an entry is about, or nil.
func (m *model) itemOf(e *entry) *engine.Item {
	if e.item == none {
		return nil
	}
	return m.st.Item(engine.ItemID(e.item))
}

// roleOf is the role that an entry is about, or nil.
func (m *model) roleOf(e *entry) *trust.Role {
	if e.role == none {
		return nil
	}
	return m.st.Role(trust.RoleID(e.role))
}

// detailOf is what an entry says of its subject.
func (m *model) detailOf(e *entry) string {
	switch e.word {
	case wordOK:
		text := measure.Size(e.bytes) + " in " + measure.Lapse(e.span)
		if e.attempt > 1 {
			text += fmt.Sprintf(" (attempt %d)", e.attempt)
		}
		return text
	case wordResumed:
		return "after " + measure.Span(e.span.Round(time.Second)) + " of silence"
	case wordRetry:
		from := e.bytes
		if it := m.itemOf(e); it == nil || it.Kind == engine.Metadata || from >= it.Length {
			from = 0
		}
		return report.Again(or(e.text, "an error"), e.span, int(e.attempt), from)
	case wordFail, wordUnchecked, wordUnseen:
		text := or(e.text, "no reason is known")
		if e.attempt > 1 && e.n == 0 {
			text += fmt.Sprintf(" (attempt %d)", e.attempt)
		}
		return text
	}
	return e.text
}

func or(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// lineOf is an entry in a line, for the clipboard.
func (m *model) lineOf(e *entry) string {
	return tenths(e.at) + "  " + e.word.String() + "  " + joined(m.subjectOf(e), m.detailOf(e))
}

// joined puts a subject before what is said of it.
func joined(subject, detail string) string {
	switch {
	case subject == "":
		return detail
	case detail == "":
		return subject
	}
	return subject + ": " + detail
}

// tenths writes a time since the start: "0:41.2", "1:02:03.4".
func tenths(d time.Duration) string {
	return clock(d) + fmt.Sprintf(".%d", max(d, 0)%time.Second/(100*time.Millisecond))
}
