package ui

import "example.com/tufinspect/internal/engine"

// hint is a key in the footer.
type hint struct {
	keys, what string
	weight     int // the lightest goes first
}

// drawFooter names the keys that matter now.
func (m *model) drawFooter() {
	hints := m.hints()
	length := func() int {
		n := -1
		for _, h := range hints {
			n += widthOf(h.keys) + widthOf(h.what) + 3
		}
		return n
	}
	for length() > m.width-1 && len(hints) > 1 {
		least := 0
		for i := range hints {
			if hints[i].weight < hints[least].weight {
				least = i
			}
		}
		hints = append(hints[:least], hints[least+1:]...)
	}
	p := &m.p
	for i, h := range hints {
		if i == 0 {
			p.space(1)
		} else {
			p.space(2)
		}
		p.put(bold, h.keys)
		p.put(faint, " "+h.what)
	}
	p.end()
}

// hints are the keys that the footer has to name, as far as there is room.
func (m *model) hints() []hint {
	switch m.mode() {
	case answering:
		return []hint{{"y", "yes", 2}, {"n", "no", 2}, {"ctrl+c", "leave at once", 1}}
	case reading:
		return []hint{{"?", "close", 1}}
	case editing:
		undo := m.typing.undo
		if undo == "" {
			undo = "show all"
		}
		keep := "keep"
		if m.typing.accepted != nil {
			keep = "go there"
		}
		return []hint{{"enter", keep, 2}, {"esc", undo, 2}, {m.p.g.moves, "move", 1}}
	}
	hints := []hint{{m.p.g.moves, "move", 45}}
	for i := range m.bindings {
		b := &m.bindings[i]
		what := m.offer(b)
		if what == "" {
			continue
		}
		weight := b.weight
		if weight == 0 || what == "go on" && b.of == aRun {
			weight = 75 // only there because it is needed now
		}
		hints = append(hints, hint{m.p.g.keys(b.key()), what, weight})
	}
	return hints
}

// offer is what the footer says of a key, or "" where it would do nothing.
func (m *model) offer(b *binding) string {
	if !b.works(m.at) {
		return ""
	}
	what := b.footer
	if w := m.view().footer(m, b.act); w != "" {
		what = w
	}
	switch {
	case what == "-", !m.useful(b.act):
		return ""
	case b.act == actPause && m.paused(), b.act == actFreeze && m.ice.on:
		return "go on"
	case b.act == actPlay && m.tape.ended():
		return "play again"
	case b.act == actPlay && m.tape.Speed <= 0:
		return "go on"
	}
	return what
}

// useful tells whether an action on the run has something to act on. Of those that act
// on rows that is the marked ones, or the one under the cursor.
func (m *model) useful(a action) bool {
	switch a {
	case actPause, actCancel, actRetry, actRetryFailed:
		if m.over {
			return false
		}
	}
	switch a {
	case actPause:
		return !m.st.Settled
	case actRetryFailed:
		return m.counter(face(engine.Failed))+m.counter(face(engine.Untrusted))+m.counter(faceUnchecked)+m.counter(face(engine.Cancelled)) > 0
	case actCancel:
		return m.anyChosen(func(_ int32, f face) bool { return !f.ended() })
	case actRetry:
		return m.at == viewFindings || m.anyChosen(m.retriable)
	}
	return true
}

// retriable tells whether a file in that state can be asked for again.
func (m *model) retriable(id int32, f face) bool {
	switch f {
	case face(engine.Failed), face(engine.Untrusted), faceUnchecked, face(engine.Cancelled), face(engine.Stalled), face(engine.Retrying):
		return true
	case face(engine.Queued):
		if !m.anyHeld() {
			return false
		}
		it := m.st.Item(engine.ItemID(id))
		return m.list.marks > 0 || it != nil && m.held(it) // of many, each host would be too much
	}
	return false
}

// anyHeld tells whether the queue of any host is held.
func (m *model) anyHeld() bool {
	for i := range m.st.Breakers {
		if m.st.Breakers[i].State == engine.Held {
			return true
		}
	}
	return false
}

// anyChosen tells whether something is so for one of the items that an action is meant
// for. It is asked with every frame: of the marked ones it looks at no more than it has
// to.
func (m *model) anyChosen(is func(int32, face) bool) bool {
	l, seen := &m.list, m.tally.seen
	if l.marks == 0 {
		return l.cursor != none && int(l.cursor) < len(seen) && is(l.cursor, seen[l.cursor])
	}
	for id, on := range l.marked {
		if on && id < len(seen) && is(int32(id), seen[id]) {
			return true
		}
	}
	return false
}
