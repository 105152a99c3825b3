package engine

import (
	"fmt"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/measure"
)

const (
	// lookEvery is how often the socket of a quiet attempt is looked at, and how
	// long it has to be quiet first: a look costs system calls, and a transfer that
	// moves has nothing to explain.
	lookEvery = time.Second
	// crawl is the rate, in bytes a second, below which a body that moves is called
	// slow, with how long it would take.
	crawl = 1 << 10
	// maxHolders is how many attempts are named that hold a connection.
	maxHolders = 4
)

// Commander is a Source that knows how to repeat a case from a shell. *fetch.Client
// is one.
type Commander interface {
	Commands(f fetch.File, address string) []string
	// CommandsBehind are for a request that a redirect has led to.
	CommandsBehind(f fetch.File, h fetch.Hop) []string
}

// look is what an attempt was seen to be at a moment.
type look struct {
	at     time.Duration
	socket *fetch.Socket
	facts  fetch.Facts
	known  bool // facts mean something
	done   int64
}

// looks are the latest two at a quiet attempt, at least a second apart.
type looks struct{ before, latest look }

// look looks at a quiet attempt, unless that was done within the last second.
func (a *attempt) look(now time.Duration) {
	if a.seen == nil {
		a.seen = &looks{}
	}
	if now-a.seen.latest.at < lookEvery && a.seen.latest.at > 0 {
		return
	}
	a.mu.Lock()
	l := look{at: now, socket: a.socket, done: a.done.Load()}
	a.mu.Unlock()
	l.facts, l.known = l.socket.Facts()
	a.seen.before, a.seen.latest = a.seen.latest, l
}

// observe puts the looks into the form that is diagnosed.
func (r *run) observe(a *attempt, at phaseMark, now time.Duration) fetch.Observation {
	it := r.item(a.item)
	o := fetch.Observation{
		Phase: at.Phase, Done: it.done, Total: it.length(),
		Folder: !remote(it.base), SinkBusy: a.sinkBusy(now) >= lookEvery,
	}
	if seen := a.seen; seen != nil {
		o.Between = seen.latest.at - seen.before.at
		if s := seen.latest.socket; s != nil {
			o.Proxied, o.HTTP2 = s.Proxied, s.HTTP2
		}
		if seen.latest.known {
			o.After = &seen.latest.facts
			if seen.before.known && seen.before.socket == seen.latest.socket {
				o.Before = &seen.before.facts
			}
		}
	}
	if at.Phase == fetch.Pool {
		o.Holders = r.holders(a)
	}
	if b := a.redirected(); b != nil {
		o.Behind = b.Host
	}
	return o
}

// holders names attempts that hold a connection to the host that a asks.
func (r *run) holders(a *attempt) []string {
	var names []string
	asked := a.asked()
	for _, other := range r.running() {
		if other != a && other.asked() == asked && other.phase().Phase >= fetch.Send && len(names) < maxHolders {
			names = append(names, r.file(other.item).Name)
		}
	}
	return names
}

// diagnose says why an attempt is silent, at most once a second.
func (r *run) diagnose(a *attempt, at phaseMark, silence, now time.Duration) {
	if now-a.diagnosed < lookEvery && a.diagnosed > 0 {
		return
	}
	d := fetch.Diagnose(r.observe(a, at, now))
	it := r.item(a.item)
	d.Evidence = append(d.Evidence, fmt.Sprintf("nothing for %s, %s so far", measure.Tenths(silence), measure.Progress(it.done, it.length())))
	r.publishDiagnosis(a, d, now)
}

// slow says of an attempt that moves how slow it is, once its last seconds tell, and
// takes that back when it has become faster.
func (r *run) slow(a *attempt, at phaseMark, now time.Duration) {
	it := r.item(a.item)
	got, between := a.pace.over(r.stallAfter)
	least := max(crawl, r.cfg.MinRate)
	total := it.length()
	if total < 0 { // a metadata file: the server alone says how long it is
		total = a.announced()
	}
	left := total - it.done
	seconds := between.Seconds()
	slow := at.Phase == fetch.Body && between > 0 && float64(got) < float64(least)*seconds &&
		(total < 0 || float64(left) > float64(got)) // else it is over within another such time
	switch {
	case slow && got > 0 && (now-a.diagnosed >= lookEvery || a.diagnosed == 0):
		d := fetch.Diagnose(fetch.Observation{Phase: at.Phase, Between: between, Got: got, Done: it.done, Total: total})
		a.crawls = true
		r.publishDiagnosis(a, d, now)
	case !slow && a.crawls:
		a.crawls = false
		r.hub.publish(Diagnosed{Item: a.item, Attempt: a.n})
	}
}

func (r *run) publishDiagnosis(a *attempt, d fetch.Diagnosis, now time.Duration) {
	a.diagnosed = now
	if c, ok := r.cfg.Source.(Commander); ok {
		b, address := a.redirected(), a.address()
		switch about := a.asked() + " " + address; {
		case a.commands != nil && about == a.commandsFor:
		case b != nil:
			a.commands, a.commandsFor = c.CommandsBehind(r.file(a.item), b.Hop), about
		default:
			a.commands, a.commandsFor = c.Commands(r.file(a.item), address), about
		}
	}
	r.hub.publish(Diagnosed{Item: a.item, Attempt: a.n, Diagnosis: d, Commands: a.commands})
}

// paceKept is over how many seconds the rate of a body can be told.
const paceKept = 30

// pace keeps where a body was, once a second.
type pace struct {
	ring []paceMark // made with the first mark: most attempts are over before that
	n    int        // marks ever made
}

type paceMark struct {
	at   time.Duration
	done int64
}

// note keeps a mark if a second has gone since the last one.
func (p *pace) note(now time.Duration, done int64) {
	if p.n > 0 && now-p.last().at < time.Second {
		return
	}
	if p.ring == nil {
		p.ring = make([]paceMark, paceKept+1)
	}
	p.ring[p.n%len(p.ring)] = paceMark{now, done}
	p.n++
}

func (p *pace) last() paceMark { return p.ring[(p.n-1)%len(p.ring)] }

// over gives how many bytes came in the last so long, up to the last mark, and how
// long that was exactly: 0 as long as the body is not that old.
func (p *pace) over(window time.Duration) (bytes int64, between time.Duration) {
	window = min(window, paceKept*time.Second)
	for back := 2; back <= min(p.n, len(p.ring)); back++ {
		m := p.ring[(p.n-back)%len(p.ring)]
		if d := p.last().at - m.at; d >= window {
			return p.last().done - m.done, d
		}
	}
	return 0, 0
}

// shift moves all marks on by a time in which nothing was observed.
func (p *pace) shift(d, now time.Duration) {
	if p.n == 0 {
		return
	}
	d = max(0, min(d, now-p.last().at)) // it may have been taken out already
	for i := range p.ring {
		p.ring[i].at += d
	}
}
