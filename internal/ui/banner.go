package ui

import (
	"fmt"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

// bannersMost is how many banners a header has; a low one has one.
const bannersMost = 3

// banner is a line of the header that is there only while something as a whole is
// stuck. Its forms say the same, from the roomiest to the tightest.
type banner struct {
	style style
	forms []string
	why   string // a line of its own on large screens
}

// banners are the parts of this program that stand still, then the hosts whose queue
// is held, then those that were given up, then that no worker is free.
func (m *model) banners() []banner {
	var all []banner
	for i := range m.st.Stuck {
		all = append(all, m.stuckBanner(&m.st.Stuck[i]))
	}
	for _, state := range [...]engine.BreakerState{engine.Held, engine.GivenUp} {
		for i := range m.st.Breakers {
			switch b := &m.st.Breakers[i]; {
			case b.State != state:
			case state == engine.Held:
				if m.holds(b) {
					all = append(all, m.heldBanner(b))
				}
			default:
				all = append(all, m.givenUpBanner(b))
			}
		}
	}
	if m.blocked() {
		frees := "; x or r frees one"
		if m.tape.on {
			frees = ""
		}
		all = append(all, banner{warn, []string{"every worker waits for a silent file" + frees, "all workers wait" + frees}, ""})
	}
	if b, ok := m.cutBanner(); ok {
		all = append(all, b)
	}
	return all
}

// holds tells whether a host whose queue is held keeps something from going on. What
// is left over from a run that has settled or ended waits for nothing.
func (m *model) holds(b *engine.BreakerChanged) bool {
	return b.State == engine.Held && !m.still() && (b.Next == 0 || m.tally.waiting(b.Host) > 0)
}

// blocked tells whether files wait only because silent ones have all workers: a
// silent file leaves its worker to others, but no more than so many.
func (m *model) blocked() bool {
	c, q := &m.st.Counts, &m.st.Queue
	if m.still() || q.Paused || c[engine.Queued] == 0 || c[engine.Stalled] < q.Most() {
		return false
	}
	for i := range m.st.Breakers {
		if m.st.Breakers[i].State == engine.Held {
			return false // its banner says why nothing goes on
		}
	}
	return c[engine.Connecting]+c[engine.Waiting]+c[engine.Transferring] == 0
}

func (m *model) stuckBanner(s *engine.InspectorStuck) banner {
	stands := fmt.Sprintf("INSPECTOR: %s has not moved for %s", partName(s.Part), measure.Age(m.standing(s)))
	long := stands
	switch {
	case s.Dump != "":
		long += "; see " + m.p.middle(safe.Text(s.Dump), max(m.width-2-widthOf(stands+"; see "), 12))
	case s.Err != "":
		long += "; no dump: " + safe.Text(s.Err)
	}
	return banner{bad, []string{long, fmt.Sprintf("INSPECTOR: %s stuck for %s", s.Part, measure.Age(m.standing(s)))}, ""}
}

// partName puts an article before a part that there is one of.
func partName(part string) string {
	if n := len(part); n > 0 && part[n-1] >= '0' && part[n-1] <= '9' {
		return part
	}
	return "the " + part
}

// standing is how long a part of this program has stood still by now. When the
// control loop stands, no event makes the run's clock go on.
func (m *model) standing(s *engine.InspectorStuck) time.Duration {
	since, ok := m.stuck[s.Part]
	switch {
	case !ok || m.over:
		return s.For
	case m.tape.on: // it stood still then
		return max(s.For, m.elapsed()-since.at)
	}
	return max(s.For, m.clock().Sub(since.wall))
}

func (m *model) heldBanner(b *engine.BreakerChanged) banner {
	next, soon := m.nextTry(b)
	n := m.tally.waiting(b.Host)
	wait := measure.Count(n, "file") + " wait"
	if n == 1 {
		wait += "s"
	}
	return banner{warn, []string{
		fmt.Sprintf("HELD %s: %s, %s", b.Host, wait, next),
		fmt.Sprintf("HELD %s: %s, %s", b.Host, wait, soon),
		fmt.Sprintf("HELD: %s, %s: %s", wait, soon, b.Host),
	}, b.Why}
}

// nextTry says when the next attempt at a held host starts, in many words and in few.
func (m *model) nextTry(b *engine.BreakerChanged) (next, soon string) {
	next, soon = "one is tried now", "trying"
	switch in := b.Next - m.now(); {
	case b.Next == 0:
	case m.st.Queue.Paused:
		if next, soon = "paused: p goes on", "paused"; m.tape.on {
			next = "the run is paused"
		}
	case in <= 0:
		next, soon = "one is tried next", "next"
	default:
		in += time.Second - 1 // up to the next whole second
		next, soon = "next try in "+measure.Age(in), "try in "+measure.Age(in)
		if !m.tape.on {
			next += " (r tries one now)"
		}
	}
	return next, soon
}

func (m *model) givenUpBanner(b *engine.BreakerChanged) banner {
	lost := measure.Count(m.unseen(b.Host), "file") + " not looked at"
	return banner{odd, []string{ // nothing is proved against its files
		fmt.Sprintf("GIVEN UP %s: %s", b.Host, lost),
		fmt.Sprintf("GIVEN UP: %s: %s", lost, b.Host),
	}, b.Why}
}

// unseen counts the files that failed because their host was given up. It looks at
// all items; there is such a host in a run without a person only.
func (m *model) unseen(host string) int {
	n := 0
	for i := range m.st.Items.Len() {
		it := m.st.Items.At(i)
		if it.State == engine.Failed && it.Problem != nil && it.Problem.Kind == finding.HostSilent && it.Problem.Evidence["host"] == host {
			n++
		}
	}
	return n
}

// drawBanners writes as many as there is room for.
func (m *model) drawBanners(low bool) {
	all := m.banners()
	most := bannersMost
	if low {
		most = 1
	}
	p := &m.p
	for i := range all[:min(len(all), most)] {
		b := &all[i]
		more := ""
		if n := len(all) - most; n > 0 && i == most-1 {
			more = fmt.Sprintf("  and %d more", n)
		}
		room := m.width - 2 - widthOf(more)
		text := b.forms[len(b.forms)-1]
		for _, form := range b.forms {
			if widthOf(form) <= room {
				text = form
				break
			}
		}
		p.space(1)
		p.put(b.style, p.cut(text, room)+more)
		p.end()
		if b.why != "" && m.width >= wide && m.height >= splitFrom {
			p.space(3)
			p.put(normal, b.why)
			p.end()
		}
	}
}

// badge is the worst banner in a word, for a screen of one line.
func (m *model) badge() (string, style) {
	if len(m.st.Stuck) > 0 {
		return "INSPECTOR STUCK", bad
	}
	word, s := "", normal
	for i := range m.st.Breakers {
		switch b := &m.st.Breakers[i]; {
		case m.holds(b):
			return "HOST HELD", warn
		case b.State == engine.GivenUp:
			word, s = "HOST GIVEN UP", odd
		}
	}
	if word == "" && m.blocked() {
		return "NO WORKER FREE", warn
	}
	return word, s
}
