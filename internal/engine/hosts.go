package engine

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// hostEvery is how often hosts are summed up.
const hostEvery = time.Second

// Connections is a Source that counts its connections. *fetch.Client is one.
type Connections interface {
	// Connections gives how many connections are up, busy or idle, by "IP:port".
	Connections() map[string]int
}

// hostKey names a host and the address that answers for it, be it that the host has
// redirected there.
type hostKey struct{ host, address string }

// hosts sums up what every address did. It belongs to the control loop.
type hosts struct {
	byKey map[hostKey]*hostSum
	order []hostKey
	last  time.Duration
}

type hostSum struct {
	behind    string // the host that a redirect led to, of the latest attempt
	bytes     int64
	failed    int
	reasons   []Count         // at most MaxReasons
	firstByte []time.Duration // a ring of the latest
	next      int
	meter     meter
	changed   bool
}

// firstBytesKept bounds the sample that percentiles are taken of.
const firstBytesKept = 256

func (h *hosts) of(key hostKey) *hostSum {
	if h.byKey == nil {
		h.byKey = map[hostKey]*hostSum{}
	}
	s := h.byKey[key]
	if s == nil {
		s = &hostSum{}
		h.byKey[key] = s
		h.order = append(h.order, key)
	}
	return s
}

// ended counts an attempt that is over. A failure without an address (no such
// host, say) counts for the host alone.
func (h *hosts) ended(a *attempt, err error) {
	reason := ""
	if fe, ok := errors.AsType[*fetch.Error](err); ok && fe.Kind != finding.Missing {
		reason = fe.Text
	}
	key, ok := a.talksTo()
	if !ok && reason == "" {
		return
	}
	s := h.of(key)
	s.changed, s.behind = true, a.led()
	s.bytes += a.wire.Load()
	if d, ok := a.firstByte(); ok {
		if len(s.firstByte) < firstBytesKept {
			s.firstByte = append(s.firstByte, d)
		} else {
			s.firstByte[s.next] = d
			s.next = (s.next + 1) % firstBytesKept
		}
	}
	if reason != "" {
		s.fail(reason)
	}
}

// stalled counts a stall that ran out.
func (h *hosts) stalled(a *attempt, text string) {
	key, _ := a.talksTo()
	s := h.of(key)
	s.behind = a.led()
	s.fail(text)
}

func (s *hostSum) fail(reason string) {
	s.failed++
	s.changed = true
	if i := slices.IndexFunc(s.reasons, func(c Count) bool { return c.Text == reason }); i >= 0 {
		s.reasons[i].N++
	} else if len(s.reasons) < MaxReasons {
		s.reasons = append(s.reasons, Count{reason, 1})
	}
}

// publish says what changed.
func (h *hosts) publish(r *run, now time.Duration) {
	h.last = now
	type load struct {
		active, waiting int
		bytes           int64
	}
	live := map[hostKey]load{}
	for a := range r.live {
		key, ok := a.talksTo()
		if !ok {
			continue
		}
		s := h.of(key)
		s.changed, s.behind = true, a.led()
		l := live[key]
		l.active++
		if a.phase().Phase < fetch.Body {
			l.waiting++
		}
		l.bytes += a.wire.Load()
		live[key] = l
	}
	var open map[string]int
	counts, counted := r.cfg.Source.(Connections)
	for _, key := range h.order {
		s := h.byKey[key]
		l := live[key]
		if !s.changed {
			continue
		}
		s.changed = l.active > 0
		if counted && open == nil {
			open = counts.Connections()
		}
		n := -1
		if counted {
			n = open[key.address]
		}
		p50, p95 := percentiles(s.firstByte)
		total := s.bytes + l.bytes
		rate := s.meter.sample(total, now)
		if l.active == 0 {
			rate = 0
		}
		reasons := slices.SortedStableFunc(slices.Values(s.reasons), func(a, b Count) int { return cmp.Compare(b.N, a.N) })
		r.hub.publish(HostChanged{
			Host: key.host, Address: key.address, Behind: s.behind, Active: l.active, Waiting: l.waiting, Open: n, Bytes: total, Rate: rate,
			Failed: s.failed, Errors: reasons, FirstByteP50: p50, FirstByteP95: p95,
		})
	}
}

func percentiles(sample []time.Duration) (p50, p95 time.Duration) {
	if len(sample) == 0 {
		return 0, 0
	}
	s := slices.Sorted(slices.Values(sample))
	return s[len(s)/2], s[len(s)*95/100]
}

// talksTo names the host that the attempt talks to. It is false, and the address
// "", until that is known.
func (a *attempt) talksTo() (hostKey, bool) {
	address := a.address()
	return hostKey{a.host.name, safe.Text(address)}, address != ""
}

// led names the host that a redirect has led the attempt to, or nothing.
func (a *attempt) led() string {
	if b := a.redirected(); b != nil {
		return b.Host
	}
	return ""
}

// address is the latest one that the attempt was connected to, or "". Behind a redirect
// none counts that the request under way has not come to.
func (a *attempt) address() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.behind != nil {
		return a.behind.Address
	}
	return a.connectedLocked()
}

// connectedLocked is the latest address among the marks, or "".
func (a *attempt) connectedLocked() string {
	for i := a.nmarks - 1; i >= 0; i-- {
		if addr := a.marks[i].Address; addr != "" {
			return addr
		}
	}
	return ""
}

// firstByte is how long the answer took to begin, if it has.
func (a *attempt) firstByte() (time.Duration, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range a.nmarks {
		if a.marks[i].Phase == fetch.Body {
			return a.marks[i].at - a.started, true
		}
	}
	return 0, false
}

// hostName is the host in an address, or "local" for a folder.
func hostName(base string) string {
	if u, err := url.Parse(base); err == nil && u.Host != "" {
		return safe.Text(u.Host)
	}
	return "local"
}
