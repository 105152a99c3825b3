package engine

import (
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

// hostKey names a host and the address that answers for it.
type hostKey struct{ host, address string }

// hosts sums up what every address did. It belongs to the control loop.
type hosts struct {
	byKey map[hostKey]*hostSum
	order []hostKey
	last  time.Duration
}

type hostSum struct {
	bytes     int64
	errors    int
	firstByte []time.Duration // a ring of the latest
	next      int
	changed   bool
}

// firstBytesKept bounds the sample that percentiles are taken of.
const firstBytesKept = 256

func (h *hosts) of(a *attempt) *hostSum {
	key, ok := a.host()
	if !ok {
		return nil
	}
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

// ended counts an attempt that is over.
func (h *hosts) ended(a *attempt, err error) {
	s := h.of(a)
	if s == nil {
		return
	}
	s.changed = true
	s.bytes += a.done.Load()
	if d, ok := a.firstByte(); ok {
		if len(s.firstByte) < firstBytesKept {
			s.firstByte = append(s.firstByte, d)
		} else {
			s.firstByte[s.next] = d
			s.next = (s.next + 1) % firstBytesKept
		}
	}
	var fe *fetch.Error
	if errors.As(err, &fe) && fe.Kind != finding.Missing {
		s.errors++
	}
}

// failed counts a stall that ran out.
func (h *hosts) failed(a *attempt) {
	if s := h.of(a); s != nil {
		s.errors++
	}
}

// publish says what changed.
func (h *hosts) publish(r *run, now time.Duration) {
	h.last = now
	type load struct {
		open, waiting int
		bytes         int64
	}
	live := map[hostKey]load{}
	for a := range r.live {
		key, ok := a.host()
		if !ok {
			continue
		}
		h.of(a).changed = true
		l := live[key]
		l.open++
		if a.phase().Phase < fetch.Body {
			l.waiting++
		}
		l.bytes += a.done.Load()
		live[key] = l
	}
	for _, key := range h.order {
		s := h.byKey[key]
		l := live[key]
		if !s.changed {
			continue
		}
		s.changed = l.open > 0
		p50, p95 := percentiles(s.firstByte)
		r.hub.publish(HostChanged{
			Host: key.host, Address: key.address, Open: l.open, Waiting: l.waiting, Bytes: s.bytes + l.bytes, Errors: s.errors,
			FirstByteP50: p50, FirstByteP95: p95,
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

// host names the host that the attempt talks to, once its address is known.
func (a *attempt) host() (hostKey, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := a.nmarks - 1; i >= 0; i-- {
		if addr := a.marks[i].Address; addr != "" {
			return hostKey{a.hostName, safe.Text(addr)}, true
		}
	}
	return hostKey{}, false
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
