package ui

import (
	"maps"
	"slices"
	"time"

	"example.com/tufinspect/internal/engine"
)

// keptWeight is how many items all that is kept of a recording may weigh, about 250 bytes
// each. One of more than that is told from its start each time.
const keptWeight = 600_000

// betweenMost is how long the screen stands still on the way from a mark: behind it, it says
// that it is seeking.
const betweenMost = 100 * time.Millisecond

// kept is what the model had made of a recording up to a mark.
type kept struct {
	told
	last, best entry // of the news
	weight     int
}

// keepMark keeps what has been made of the recording so far, and lets the player know, unless
// there is too much of it.
func (m *model) keepMark(n int) {
	own := m.st.Weight()
	all := own
	for _, k := range m.kept {
		all += k.weight
	}
	if all > keptWeight || m.over {
		return
	}
	if m.kept == nil {
		m.kept = map[int]*kept{}
	}
	m.kept[n] = &kept{m.told.clone(), m.news.last, m.news.best, own}
	m.send(engine.Kept{N: n})
}

// comeBack puts back what was kept at a mark, in place of what has been told since. It is
// kept on: the next step back may start from it too. What was drawn last stays on screen until
// the goal is reached, but for no longer than nobody notices: the mark is nothing that a person
// has asked for, and what their cursor was on may be another there.
func (m *model) comeBack(b *engine.Rewound) {
	k := m.kept[b.To]
	m.between = time.Time{}
	if k != nil {
		own, list := k.clone(), m.list
		*m.st = *own.st
		own.st, own.list = m.st, list
		m.told = own
		m.news.last, m.news.best = k.last, k.best
		for i := range m.st.Items.Len() {
			m.regroup(m.st.Items.At(i))
		}
		copy(m.list.begun, k.list.begun) // the same items, in the order in which they began
	}
	if k != nil {
		m.between = m.clock().Add(betweenMost)
	}
	maps.DeleteFunc(m.kept, func(n int, _ *kept) bool { return !slices.Contains(b.Keep, n) })
}

// clone gives a copy that goes its own way. Of the list it has the items that have begun,
// and nothing of what can be made of the state or is a person's choice.
func (t *told) clone() told {
	c := *t
	c.st = t.st.Clone()
	c.list = list{begun: slices.Clone(t.list.begun)}
	c.tally = t.tally.clone()
	c.trust, c.mask = trustLine{}, nil
	c.log = t.log.clone()
	c.story.of = maps.Clone(t.story.of)
	for subject, a := range c.story.of {
		c.story.of[subject] = &account{slices.Clone(a.wrong), slices.Clone(a.cure)}
	}
	c.stuck, c.queues = maps.Clone(t.stuck), maps.Clone(t.queues)
	return c
}

func (t *tally) clone() tally {
	c := *t
	c.seen, c.files, c.reasons = slices.Clone(t.seen), slices.Clone(t.files), slices.Clone(t.reasons)
	c.proved, c.short, c.laggards = maps.Clone(t.proved), maps.Clone(t.short), maps.Clone(t.laggards)
	c.hosts = maps.Clone(t.hosts)
	own := make(map[*int]*int, len(t.hosts)) // the counts of hosts, which items point to
	for host, n := range t.hosts {
		copied := *n
		c.hosts[host], own[n] = &copied, &copied
	}
	c.atHost, c.atSite = make([]*int, len(t.atHost)), own[t.atSite]
	for i, n := range t.atHost {
		if i > 0 && n == t.atHost[i-1] { // mostly
			c.atHost[i] = c.atHost[i-1]
		} else {
			c.atHost[i] = own[n]
		}
	}
	c.rates.v, c.rates.whole = slices.Clone(t.rates.v), slices.Clone(t.rates.whole)
	c.problems.of, c.problems.groups = slices.Clone(t.problems.of), slices.Clone(t.problems.groups)
	return c
}

func (l *eventLog) clone() eventLog {
	c := *l
	c.entries, c.roles = slices.Clone(l.entries), slices.Clone(l.roles)
	c.silent, c.causes, c.crawled = maps.Clone(l.silent), maps.Clone(l.causes), maps.Clone(l.crawled)
	return c
}
