package engine

import (
	"slices"
	"time"

	"example.com/tufinspect/internal/fetch"
)

// maxHops is how many redirects of an attempt are kept. No more than five are followed, but
// a recording may tell of any number.
const maxHops = 8

// Hop is a request that a redirect has led an attempt to.
type Hop struct {
	Host    string          // as in the address, with the port if that has one
	URL     string          // printable and without secrets
	By      *fetch.Response // the answer that led there, or nil
	From    string          // of the first hop: the address that gave that answer
	Address string
	Reused  bool
	Marks   []TimedMark // its own phases, from Pool to Body at most
}

// Course is all that an attempt went through, one phase after the other. Unlike in Marks a
// redirect goes back to earlier phases. It is not to be written to.
func (a *Attempt) Course() []TimedMark {
	if len(a.Hops) == 0 {
		return a.Marks
	}
	course := make([]TimedMark, 0, len(a.Marks)*(1+len(a.Hops)))
	for k := range len(a.Hops) + 1 {
		course = append(course, a.Leg(k)...)
	}
	return course
}

// Peer is where the latest request of an attempt was connected to, as far as that is known.
func (a *Attempt) Peer() (address string, reused bool) {
	if n := len(a.Hops); n > 0 {
		return a.Hops[n-1].Address, a.Hops[n-1].Reused
	}
	return a.Address, a.Reused
}

// Behind is the host that redirects have led an attempt to, or "".
func (a *Attempt) Behind() string {
	if n := len(a.Hops); n > 0 {
		return a.Hops[n-1].Host
	}
	return ""
}

// Leg gives the phases of the k-th request of an attempt: 0 is the one for the item's own
// address, k where the k-th redirect led. The last one has the checking of what came, too.
// They are not to be written to.
func (a *Attempt) Leg(k int) []TimedMark {
	marks := a.Marks
	if k > 0 {
		marks = a.Hops[k-1].Marks
	}
	switch n := len(a.Marks); {
	case k < len(a.Hops):
		// Of the first request: Marks goes on with what a later one was the first to come to.
		n := 0
		for n < len(marks) && marks[n].Phase <= fetch.Headers {
			n++
		}
		return marks[:n]
	case k > 0 && n > 0 && a.Marks[n-1].Phase == fetch.Verify:
		return append(slices.Clip(marks), a.Marks[n-1])
	}
	return marks
}

// leg is a request that a redirect has led to, in a run.
type leg struct {
	host    string
	url     string
	by      *fetch.Response
	from    string // the address that gave that answer
	marks   []TimedMark
	address string
	reused  bool
	told    int  // marks that have been published
	news    bool // there is something to publish
}

// enter takes a phase.
func (l *leg) enter(m fetch.Mark, now time.Duration) {
	l.news = true
	l.marks = append(l.marks, TimedMark{m.Phase, now})
	if m.Address != "" {
		l.address, l.reused = m.Address, m.Reused
	}
}

// followed tells whether a redirect has been followed that this answer is. a.mu is held.
func (a *attempt) followed(r *fetch.Response) bool {
	n := len(a.legs)
	return n > 0 && a.legs[n-1].by == r
}

// news gives what has not been published of redirects. a.mu is held.
func (a *attempt) news() []Redirected {
	var list []Redirected
	for i := range a.legs {
		l := &a.legs[i]
		if !l.news {
			continue
		}
		e := Redirected{Item: a.item, Attempt: a.n, Hop: i + 1, Marks: l.marks[l.told:len(l.marks):len(l.marks)], Address: l.address, Reused: l.reused}
		if l.told == 0 {
			e.Host, e.URL, e.By, e.From = l.host, l.url, l.by, l.from
		}
		l.told, l.news = len(l.marks), false
		list = append(list, e)
	}
	return list
}

func (s *State) applyHop(b Redirected) {
	a := s.attempt(b.Item, b.Attempt)
	if a == nil || b.Hop < 1 || b.Hop > len(a.Hops)+1 || b.Hop > maxHops {
		return
	}
	if b.Hop > len(a.Hops) {
		a.Hops = append(a.Hops, Hop{Host: s.word(b.Host), URL: b.URL, By: b.By, From: s.word(b.From)})
		a.Response = nil // that is the one which led here
	}
	h := &a.Hops[b.Hop-1]
	h.Marks = further(h.Marks, b.Marks)
	if b.Address != "" {
		h.Address, h.Reused = s.word(b.Address), b.Reused
	}
}

// further adds the marks that are of later phases than those that are there.
func further(marks, more []TimedMark) []TimedMark {
	for _, m := range more {
		if n := len(marks); n == 0 || marks[n-1].Phase < m.Phase {
			marks = append(marks, m)
		}
	}
	return marks
}
