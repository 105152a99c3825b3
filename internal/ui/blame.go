package ui

import (
	"net/url"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

// diagnosis is why an item is silent or slow, or was when it was given up; nil as
// long as nobody knows. One that takes an earlier one back says nothing.
func diagnosis(it *engine.Item) *engine.Diagnosed {
	if it.Cause == nil || it.Cause.Cause == fetch.NoCause && it.Cause.Label == "" {
		return nil
	}
	return it.Cause
}

// crawls tells whether an item moves, and so slowly that it counts as a problem.
func crawls(it *engine.Item) bool {
	return it.State == engine.Transferring && it.Cause != nil && it.Cause.Cause == fetch.SlowDrip
}

// pace is how fast a crawling item is, and how long the rest of it would take; "" if
// that is not known. Both are taken from the diagnosis, so that the table, the news
// and the detail say the same.
func pace(it *engine.Item) (speed, takes string) {
	speed, takes, _ = strings.Cut(strings.TrimPrefix(it.Cause.Label, "slow: "), ", would take ")
	if d, err := time.ParseDuration(takes); err == nil && d >= time.Hour {
		takes = measure.Tenths(d.Truncate(time.Minute)) // seconds would only flicker
	}
	return speed, takes
}

// culprit is whose fault an item's silence is or was, in at most ten cells: what a
// diagnosis says before its colon. A question mark says that it is a guess.
func culprit(it *engine.Item) string {
	d := diagnosis(it)
	if d == nil || !silenced(it) {
		return ""
	}
	who, _, ok := strings.Cut(d.Label, ":")
	switch {
	case who == "server or path":
		who = "server/net"
	case !ok || widthOf(who) > 9:
		return ""
	case d.Certainty == fetch.Guess:
		who += "?"
	}
	return who
}

// silenced tells whether silence is what is wrong with an item.
func silenced(it *engine.Item) bool {
	switch it.State {
	case engine.Stalled:
		return true
	case engine.Failed, engine.Retrying:
		return it.Problem != nil && (it.Problem.Kind == finding.Stalled || it.Problem.Kind == finding.HostSilent)
	}
	return false
}

// hostOf names the host that an item comes from as the engine does: "local" for a
// folder.
func hostOf(it *engine.Item) string {
	if u, err := url.Parse(it.URL()); err == nil && u.Host != "" {
		return safe.Text(u.Host)
	}
	return "local"
}

// breaker gives what is known of the queue of an item's host, or nil if it was never
// held.
func (m *model) breaker(it *engine.Item) *engine.BreakerChanged {
	if len(m.st.Breakers) == 0 {
		return nil
	}
	host := hostOf(it)
	for i := range m.st.Breakers {
		if m.st.Breakers[i].Host == host {
			return &m.st.Breakers[i]
		}
	}
	return nil
}

// held tells whether an item waits because the queue of its host is held.
func (m *model) held(it *engine.Item) bool {
	if it.State != engine.Queued {
		return false
	}
	b := m.breaker(it)
	return b != nil && b.State == engine.Held
}
