package ui

import (
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/report"
	"example.com/tufinspect/internal/trust"
)

// logMost is how many entries the log keeps.
const logMost = 20_000

// entry is one thing that has happened, told once: the status line shows the latest
// notable one as news, and the log keeps them all. Of files only what was true then is
// kept, and put into words when it is drawn: 10,000 of them may come in a second.
type entry struct {
	seq     uint64 // counts up from 1
	at      time.Duration
	subject string // where neither an item nor a role says it
	text    string // what there is to say, or what led to it
	bytes   int64  // of the file, then
	span    time.Duration
	item    int32 // or none
	role    int32 // or none
	attempt int32
	n       int32 // files that it tells of, where those are many; else 0
	next    int32 // the place of the next of the same word, or none
	word    word
	style   style
	gone    bool
	more    bool // it says more of what the one before it is about
	// What a filter made of it, when it was the filter of that number.
	judged uint32
	fits   bool
}

func happened(at time.Duration, w word) entry {
	return entry{at: at, word: w, style: words[w].style, item: none, role: none}
}

// about says which item an entry is about.
func (e entry) about(id engine.ItemID) entry { e.item = int32(id); return e }

// of says which role it is about.
func (e entry) of(id trust.RoleID) entry { e.role = int32(id); return e }

// says gives it its subject and its text.
func (e entry) says(subject, text string) entry { e.subject, e.text = subject, text; return e }

func (e *entry) trouble() bool { return words[e.word].trouble }

// eventLog keeps the latest entries, in their order. When it is full the oldest of the
// word that has the most entries goes: a million verified files do not push out the
// one that failed, and a thousand cancelled ones do not either.
type eventLog struct {
	entries []entry // those that are gone leave gaps, until half of them are
	chains  [numWords]chain
	kept    int
	total   int // that were ever added
	seq     uint64
	changes int // counts how often entries went or moved

	// What has to be remembered to tell a change from a repetition.
	silent  map[engine.ItemID]time.Duration // since when, of the stalled
	causes  map[engine.ItemID]silenceCause  // of the stalled, as they were told
	crawled map[engine.ItemID]int           // attempts that were called slow
	roles   []roleSeen                      // by RoleID
	notes   int                             // findings in force
	workers int                             // as the latest command left them; 0: auto
	limit   time.Duration                   // the stall limit, likewise
}

// alikeWithin is how long after each other the same may happen to many files and be one
// entry.
const alikeWithin = time.Second

// merge takes an entry into the latest of its word, if that is recent: one act of a
// person, the end of the run or a host that is given up ends thousands of files for one
// reason. What all of them have in common is kept.
func (l *eventLog) merge(e *entry) bool {
	x := l.latest(e.word, e.at)
	if x == nil {
		return false
	}
	x.n = max(x.n, 1) + 1
	x.item, x.judged, x.text = none, 0, report.Common(x.text, e.text)
	l.changes++
	*e = *x
	return true
}

// latest is the latest entry of a word, or nil if it is gone or not recent.
func (l *eventLog) latest(w word, at time.Duration) *entry {
	if l.entries == nil || l.chains[w].tail == none {
		return nil
	}
	if x := &l.entries[l.chains[w].tail]; !x.gone && at-x.at <= alikeWithin {
		return x
	}
	return nil
}

// takeBackAll takes out the entry that says of so many files what one that follows says
// too.
func (l *eventLog) takeBackAll(w word, n int, at time.Duration) {
	if x := l.latest(w, at); x != nil && max(int(x.n), 1) == n {
		l.remove(l.chains[w].tail)
		l.total--
	}
}

// chain links the entries of one word, from the oldest on.
type chain struct{ head, tail, n int32 }

// add appends an entry.
func (l *eventLog) add(e entry) {
	if l.kept == logMost {
		l.drop()
	}
	l.total++
	l.kept++
	l.seq++
	e.seq, e.next = l.seq, none
	if l.entries == nil {
		l.relink()
	}
	l.entries = append(l.entries, e)
	l.link(int32(len(l.entries) - 1))
}

func (l *eventLog) link(i int32) {
	c := &l.chains[l.entries[i].word]
	if c.tail == none {
		c.head = i
	} else {
		l.entries[c.tail].next = i
	}
	c.tail = i
	c.n++
}

// drop takes the oldest entry of the most frequent word out.
func (l *eventLog) drop() {
	most := &l.chains[0]
	for w := range l.chains {
		if c := &l.chains[w]; c.n > most.n {
			most = c
		}
	}
	for l.entries[most.head].gone { // it was taken back
		most.head = l.entries[most.head].next
	}
	l.remove(most.head)
	if len(l.entries) >= 2*logMost {
		l.compact()
	}
}

// remove leaves a gap in place of an entry.
func (l *eventLog) remove(i int32) {
	e := &l.entries[i]
	e.gone, e.subject, e.text = true, "", ""
	l.chains[e.word].n--
	l.kept--
	l.changes++
}

// compact closes the gaps.
func (l *eventLog) compact() {
	n := 0
	for i := range l.entries {
		if !l.entries[i].gone {
			l.entries[n] = l.entries[i]
			n++
		}
	}
	clear(l.entries[n:])
	l.entries = l.entries[:n]
	l.relink()
}

func (l *eventLog) relink() {
	for w := range l.chains {
		l.chains[w] = chain{none, none, 0}
	}
	for i := range l.entries {
		l.entries[i].next = none
		l.link(int32(i))
	}
	l.changes++
}

// takeBack takes out what was just said of an item in a word, because something that
// follows says it too.
func (l *eventLog) takeBack(w word, id engine.ItemID) {
	const near = 8
	for i := len(l.entries) - 1; i >= max(0, len(l.entries)-near); i-- {
		if e := &l.entries[i]; e.word == w && e.item == int32(id) && !e.gone {
			l.remove(int32(i))
			l.total--
			return
		}
	}
}
