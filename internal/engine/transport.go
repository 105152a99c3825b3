package engine

import (
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// mostSaid is how many findings of one kind are told apart, and how many hosts.
const mostSaid = 20

// transport looks at the answers of a run as they come, and at nothing else: what it
// has to say is about the way from the server and not about what came on it. It keeps
// sums for each host and a few faulty files, and nothing for each target. It belongs
// to the control loop.
type transport struct {
	clock bool // expiry is judged by the clock of this machine
	plain []finding.Finding
	hosts []*manner // in the order in which they answered first
	moves []*move   // redirects, one for each pair of hosts
	other int       // redirects of further pairs
	cached
	differing
	folder      unlisted
	early, late []finding.Finding // what has been said
}

// move is a redirect from one host to another, and how often it was met.
type move struct {
	from, to string
	n        int
}

// newTransport makes one for a run. Whether a clock is wrong matters to it only as far
// as expiry is judged by that clock, and not as of a moment that was given.
func newTransport(cfg *Config) transport {
	return transport{clock: cfg.At.IsZero(), folder: unlisted{news: make(chan treeNews, 1)}}
}

// heard takes an attempt that is over. rep is nil if it was ended from here.
func (t *transport) heard(r *run, a *attempt, rep *report) {
	it := r.item(a.item)
	a.mu.Lock()
	an, hops, resp := a.heard, a.hops, a.response
	a.mu.Unlock()
	if rep != nil && rep.fault == nil {
		t.compare(r, a, rep, &an)
	}
	if an.Status == 0 {
		return // no answer, or a folder
	}
	for i, hop := range hops {
		if i+1 == len(hops) && an.To == hop.to && rep != nil && isKind(rep.err, finding.UnsafeRedirect) {
			break // it was not followed, and the item says so
		}
		t.redirected(hop)
	}
	complete := rep != nil && rep.err == nil
	t.keep(it, &an, complete)
	if m := t.of(an.Host); m != nil {
		if t.clock {
			m.compareClock(&an)
		}
		m.count(it, a, &an)
		m.resumed(a, resp, &an)
		if complete {
			m.timed(it, a, len(r.live)+1)
		}
	}
}

func isKind(err error, k finding.ID) bool {
	e, ok := errors.AsType[*fetch.Error](err)
	return ok && e.Kind == k
}

// of gives what is known of a host, or nil when there are too many.
func (t *transport) of(name string) *manner {
	i := slices.IndexFunc(t.hosts, func(m *manner) bool { return m.name == name })
	switch {
	case i >= 0:
		return t.hosts[i]
	case len(t.hosts) == mostSaid:
		return nil
	}
	m := &manner{name: name}
	t.hosts = append(t.hosts, m)
	return m
}

// hop is a redirect to another host that an attempt met.
type hop struct{ from, to string }

// leadsAway tells whether an answer sends the client to another host. Another port of
// the same host is not another host.
func leadsAway(an *fetch.Answer) bool { return an.To != "" && bare(an.To) != bare(an.Host) }

// bare is a host without its port.
func bare(host string) string {
	u := url.URL{Host: host}
	return u.Hostname()
}

func (t *transport) redirected(h hop) {
	for _, m := range t.moves {
		if m.from == h.from && m.to == h.to {
			m.n++
			return
		}
	}
	if len(t.moves) == mostSaid {
		t.other++
		return
	}
	t.moves = append(t.moves, &move{h.from, h.to, 1})
}

// bases looks at where the repository is, once that is known.
func (t *transport) bases(at place, metadataOnly bool) {
	t.plain = nil
	metadata, targets := plainHost(at.metadata), plainHost(at.targets)
	if metadataOnly {
		targets = ""
	}
	add := func(host, what string) {
		t.plain = append(t.plain, finding.New(finding.PlainHTTP, host, "%s over http, without TLS", what))
	}
	switch {
	case metadata != "" && metadata == targets:
		add(metadata, "metadata and target files are asked for")
		return
	case metadata != "":
		add(metadata, "the metadata is asked for")
	}
	if targets != "" {
		add(targets, "the target files are asked for")
	}
}

// plainHost is the host of an http base that is on another machine than this, or "":
// on the loopback interface nobody listens.
func plainHost(base string) string {
	u, err := url.Parse(base)
	if err != nil || !strings.EqualFold(u.Scheme, "http") || u.Host == "" {
		return ""
	}
	host := strings.ToLower(u.Hostname())
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return ""
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.Unmap().IsLoopback() {
		return ""
	}
	return safe.Text(strings.ToLower(u.Host))
}

// now is what can be said at any moment.
func (t *transport) now() []finding.Finding {
	list := slices.Clone(t.plain)
	list = append(list, t.stampFinding()...)
	for _, m := range t.hosts {
		list = append(list, m.clockFinding()...)
	}
	list = append(list, t.differ...)
	if t.others > 0 {
		list = append(list, finding.New(finding.AnswersDiffer, "repository", "… and %s of which two answers differ", counted(t.others, "more file")))
	}
	return list
}

// sums is what is said when nothing is under way, because it counts, or takes back
// what only seemed to be so.
func (t *transport) sums(r *run) []finding.Finding {
	list := t.rootFinding(r.anchor.Version)
	for _, m := range t.hosts {
		list = append(list, m.findings()...)
	}
	for _, m := range t.moves {
		list = append(list, finding.New(finding.RedirectOtherHost, m.from, "it redirects to %s: %s", m.to, times(m.n)))
	}
	if t.other > 0 {
		list = append(list, finding.New(finding.RedirectOtherHost, "repository", "… and %s between other hosts", counted(t.other, "more redirect")))
	}
	list = append(list, r.noTargetFound()...)
	return append(list, t.folder.findings...)
}

func times(n int) string {
	switch n {
	case 1:
		return "once"
	case 2:
		return "twice"
	}
	return counted(n, "time")
}

// tellTransport says what the answers have shown, and takes back what they show no
// more. settled means that the sums are final for now.
func (r *run) tellTransport(settled bool) {
	t := &r.transport
	t.early = r.tellAnew(t.early, t.now())
	if settled {
		t.late = r.tellAnew(t.late, t.sums(r))
	}
}

// tellAnew says what is new of a list and takes back what it has lost. The list is
// given back as what has been said.
func (r *run) tellAnew(said, list []finding.Finding) []finding.Finding {
	has := func(list []finding.Finding, f *finding.Finding) bool {
		return slices.ContainsFunc(list, func(other finding.Finding) bool { return keyOf(&other) == keyOf(f) })
	}
	for i := range said {
		if !has(list, &said[i]) {
			r.note(trust.Note{Finding: said[i]}, true)
		}
	}
	for i := range list {
		if !has(said, &list[i]) {
			r.note(trust.Note{Finding: list[i]}, false)
		}
	}
	return list
}

// brings tells whether an answer is one with a file, or a part of it.
func brings(status int) bool { return status == http.StatusOK || status == http.StatusPartialContent }
