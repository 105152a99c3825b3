package engine

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strings"
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

// hostKey names a host that files are asked of, the host that a redirect of it has led to, if
// that is another one, and the address that answers.
type hostKey struct{ host, behind, address string }

// hosts sums up what every address did. It belongs to the control loop.
type hosts struct {
	byKey map[hostKey]*hostSum
	order []hostKey
	last  time.Duration
}

type hostSum struct {
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
	h.redirected(a)
	key, ok := a.talksTo()
	if !ok && reason == "" {
		return
	}
	s := h.of(key)
	s.changed = true
	s.bytes += a.wire.Load()
	if d, ok := a.firstByte(); ok {
		s.answered(d)
	}
	if reason != "" {
		s.fail(reason)
	}
}

// redirected counts the answers that have led an attempt elsewhere.
func (h *hosts) redirected(a *attempt) {
	a.mu.Lock()
	defer a.mu.Unlock()
	began := a.started
	for i := range a.legs {
		if len(a.legs[i].marks) == 0 {
			return
		}
		key := a.key("", a.legs[i].from)
		if i > 0 {
			key = a.key(a.legs[i-1].host, a.legs[i-1].address)
		}
		next := a.legs[i].marks[0].At
		s := h.of(key)
		s.changed = true
		s.answered(next - began)
		began = next
	}
}

// answered takes how long an answer took to begin.
func (s *hostSum) answered(d time.Duration) {
	if len(s.firstByte) < firstBytesKept {
		s.firstByte = append(s.firstByte, d)
		return
	}
	s.firstByte[s.next] = d
	s.next = (s.next + 1) % firstBytesKept
}

// stalled counts a stall that ran out.
func (h *hosts) stalled(a *attempt, text string) {
	key, _ := a.talksTo()
	h.of(key).fail(text)
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
		h.of(key).changed = true
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
			Host: key.host, Address: key.address, Behind: key.behind, Active: l.active, Waiting: l.waiting, Open: n, Bytes: total, Rate: rate,
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
// "", until that is known; that a redirect has led to another host is.
func (a *attempt) talksTo() (hostKey, bool) {
	key := a.key(a.asked(), a.address())
	return key, key.address != "" || key.behind != ""
}

// key names a host that the attempt asks, by its address.
func (a *attempt) key(host, address string) hostKey {
	k := hostKey{a.host.name, host, safe.Text(address)}
	if strings.EqualFold(k.behind, k.host) {
		k.behind = ""
	}
	return k
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

// firstByte is how long the answer took to begin since the request under way was to be
// made, if it has.
func (a *attempt) firstByte() (time.Duration, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	began := a.started
	if n := len(a.legs); n > 0 && len(a.legs[n-1].marks) > 0 {
		began = a.legs[n-1].marks[0].At
	}
	for i := range a.nmarks {
		if a.marks[i].Phase == fetch.Body {
			return a.marks[i].at - began, true
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
