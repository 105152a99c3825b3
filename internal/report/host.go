package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

// Host is what one address of a host did.
type Host struct {
	Host    string   `json:"host"`              // "host:port" as in the address of the repository, or "local"
	Address string   `json:"address,omitempty"` // "IP:port"; "" for what failed before there was one
	Behind  string   `json:"behind,omitempty"`  // the host that a redirect led to, whose address this is
	Bytes   int64    `json:"bytes"`             // received, everything counted
	Failed  int      `json:"failed"`            // attempts that stalled to their end or failed otherwise than by a missing file
	Errors  []Reason `json:"errors"`            // why, the most frequent first
	// First bytes of the latest answers, in seconds since their attempts began; 0 and
	// left out when there was none.
	FirstByteP50 float64 `json:"first_byte_p50_seconds,omitempty"`
	FirstByteP95 float64 `json:"first_byte_p95_seconds,omitempty"`
}

// Reason is how often something went wrong for one reason.
type Reason struct {
	Text  string `json:"text"`
	Count int    `json:"count"`
}

// SilentHost is a host at which every attempt stalled or failed, so that its queue
// was held.
type SilentHost struct {
	Host  string `json:"host"`
	State string `json:"state"`         // held, given_up, or recovered
	Why   string `json:"why,omitempty"` // one line; "" of one that recovered
	Files int    `json:"files"`         // that were not looked at, or wait, because of it
}

// The states of a SilentHost.
const (
	hostHeld      = "held"
	hostGivenUp   = "given_up"
	hostRecovered = "recovered"
)

func hosts(st *engine.State) []Host {
	out := make([]Host, 0, len(st.Hosts))
	for i := range st.Hosts {
		h := &st.Hosts[i]
		if h.Address == "" && h.Failed == 0 {
			continue // all attempts have come to an address
		}
		host := Host{
			Host: safe.Text(h.Host), Address: safe.Text(h.Address), Behind: safe.Text(h.Behind), Bytes: h.Bytes, Failed: h.Failed, Errors: []Reason{},
			FirstByteP50: seconds(h.FirstByteP50), FirstByteP95: seconds(h.FirstByteP95),
		}
		for _, e := range h.Errors {
			host.Errors = append(host.Errors, Reason{safe.Text(e.Text), e.N})
		}
		out = append(out, host)
	}
	slices.SortStableFunc(out, func(a, b Host) int {
		return cmp.Or(cmp.Compare(a.Host, b.Host), cmp.Compare(a.Address, b.Address), cmp.Compare(a.Behind, b.Behind))
	})
	return out
}

func seconds(d time.Duration) float64 { return d.Round(time.Millisecond).Seconds() }

// silentHosts gives the hosts whose queue was ever held, those given up first.
func silentHosts(st *engine.State) []SilentHost {
	out := make([]SilentHost, 0, len(st.Breakers))
	files := unseen(st)
	for i := range st.Breakers {
		b := &st.Breakers[i]
		h := SilentHost{Host: safe.Text(b.Host), Why: safe.Text(b.Why), State: hostRecovered}
		switch b.State {
		case engine.Held:
			h.State, h.Files = hostHeld, b.Queued
		case engine.GivenUp:
			h.State, h.Files = hostGivenUp, files[b.Host]
		}
		out = append(out, h)
	}
	slices.SortStableFunc(out, func(a, b SilentHost) int {
		return cmp.Or(cmp.Compare(a.State, b.State), cmp.Compare(a.Host, b.Host)) // the words happen to sort so
	})
	return out
}

// unseen counts, by host, the files that failed because their host was given up.
func unseen(st *engine.State) map[string]int {
	n := map[string]int{}
	if len(st.Breakers) == 0 {
		return n
	}
	for i := range st.Items.Len() {
		it := st.Items.At(i)
		if it.State == engine.Failed && hostSilent(it.Problem) {
			n[it.Problem.Evidence["host"]]++
		}
	}
	return n
}

func hostSilent(p *engine.Problem) bool { return p != nil && p.Kind == finding.HostSilent }

// silentHosts says of each host that was silent to the end, once, how many files
// were not looked at because of it.
func (t *text) silentHosts() {
	said := false
	for i := range t.r.SilentHosts {
		h := &t.r.SilentHosts[i]
		var what string
		switch h.State {
		case hostGivenUp:
			what = fmt.Sprintf("host %s silent: %s not looked at; retrying may help", h.Host, measure.Count(h.Files, "file"))
		case hostHeld:
			what = fmt.Sprintf("host %s silent: held when the run ended, with %s to come", h.Host, measure.Count(h.Files, "file"))
		default:
			continue
		}
		t.line("  %s %s", t.mark("∅"), what)
		t.line("              %s", strings.TrimPrefix(h.Why, "silent: "))
		if p := t.first(h.Host); p != nil && h.State == hostGivenUp {
			t.diagnosis(p)
			t.hint(p.hint())
		}
		said = true
	}
	if said {
		t.line("")
	}
}

// first gives a problem of a host that was given up: one that has a diagnosis, if
// there is one.
func (t *text) first(host string) *Problem {
	var first *Problem
	for i := range t.r.Problems {
		p := &t.r.Problems[i]
		if !p.unseen() || p.Problem.Evidence["host"] != host {
			continue
		}
		if p.Diagnosis != nil {
			return p
		}
		if first == nil {
			first = p
		}
	}
	return first
}

// unseen tells whether a problem is nothing but that its host was given up.
func (p *Problem) unseen() bool { return p.Problem != nil && p.Problem.Kind == finding.HostSilent }
