package ui

import (
	"time"

	"example.com/tufinspect/internal/engine"
)

// told is what the model has made of the events, and of nothing else: it begins anew when
// a recording is played anew from its start.
type told struct {
	st      *engine.State
	list    list // the rows of the views of items; how they are sorted is a person's
	tally   tally
	trust   trustLine
	log     eventLog
	story   story
	mask    *mask
	located bool
	stuck   map[string]stand               // parts of this program that stand still
	queues  map[string]engine.BreakerState // of hosts, as the news have them
}

// stand is since when something has stood still: by the clock here and by the run's.
type stand struct {
	wall time.Time
	at   time.Duration
}

func newTold() told { return told{st: &engine.State{}, list: newList()} }

// rewinder is a view that keeps something of what was told. It forgets that, and keeps what
// a person has chosen: where the cursor stands, what is open, what is looked for.
type rewinder interface{ rewound() }

// rewind forgets all that was told, because it is told anew. What a person has chosen
// stays: the cursor comes back to its row when that is there again.
func (m *model) rewind() {
	m.stopSorting()
	list, st := m.list, m.st
	m.told = newTold()
	m.st = st // it has been emptied, and others know it
	m.list.again(&list)
	m.news.last, m.news.best = entry{}, entry{}
	for _, v := range m.views {
		if r, ok := v.(rewinder); ok {
			r.rewound()
		}
	}
}

// again takes over from a list what was chosen in it.
func (l *list) again(old *list) {
	l.by, l.reverse, l.key = old.by, old.reverse, old.key
	l.height, l.keep = old.height, old.keep
	l.rows, l.begun, l.groups, l.has = old.rows[:0], old.begun[:0], old.groups[:0], old.has[:0]
	l.marked, l.tries, l.keyed, l.spare = old.marked[:0], old.tries[:0], old.keyed[:0], old.spare
	l.stale, l.anew = true, true
	if l.sought, l.line = old.sought, old.line; old.held && old.cursor != none && old.sought == none {
		l.sought, l.line = old.cursor, old.row-old.top
	}
}

// recover puts the cursor back on the item that it was on before a recording was played
// anew. It tells whether that is there again. Until all has been told rows still come and
// go above it, and it is put back once more.
func (l *list) recover() bool {
	if int(l.sought) >= len(l.groups) || l.groups[l.sought] == hidden {
		return false
	}
	row := l.find(l.sought)
	if row == none {
		return false
	}
	if l.held = true; !l.anew {
		l.sought = none
	}
	l.top = row - l.line
	l.place(row)
	return true
}
