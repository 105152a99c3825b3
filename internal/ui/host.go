package ui

import (
	"fmt"
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
)

// host is what is known of where the item comes from: the address of its attempt or,
// before there is one, the host's address that fails most.
func (d *detail) host() {
	if b := d.m.breaker(d.it); b != nil && b.State != engine.Flowing {
		d.wrapped("host", warn, fmt.Sprintf("%s for %s: %s", b.State, measure.Age(d.now-b.Since), b.Why), 2)
	}
	if h := d.m.hostFor(d.it); h != nil {
		d.wrapped("host", normal, hostText(h, d.m.p.g.times), 3)
	}
}

func (m *model) hostFor(it *engine.Item) *engine.HostChanged {
	name := hostOf(it)
	behind, address := peerOf(it)
	var best *engine.HostChanged
	for i := range m.st.Hosts {
		h := &m.st.Hosts[i]
		switch {
		case h.Host != name || address+behind != "" && (h.Address != address || h.Behind != behind):
		case best == nil, h.Failed > best.Failed, h.Failed == best.Failed && h.Active > best.Active:
			best = h
		}
	}
	return best
}

// peerOf is where the latest request of an item went: the host that redirects have led to, if
// that is another one, and the address, as far as they are known. The engine counts by them.
func peerOf(it *engine.Item) (behind, address string) {
	a := it.Current()
	if a == nil {
		return "", ""
	}
	address, _ = a.Peer()
	if behind = a.Behind(); strings.EqualFold(behind, hostOf(it)) {
		behind = ""
	}
	return behind, address
}

// hostText is a host in a line: what it does now, how quick it is, and what failed.
func hostText(h *engine.HostChanged, times string) string {
	name := h.Address
	if name == "" {
		name = h.Host
	}
	parts := []string{fmt.Sprintf("%d under way", h.Active)}
	if h.Waiting > 0 {
		parts[0] += fmt.Sprintf(", %d of them without a first byte", h.Waiting)
	}
	if h.Failed > 0 {
		text := measure.Count(h.Failed, "error") // of attempts: a file may have several
		reasons := make([]string, 0, 3)
		for _, e := range h.Errors[:min(len(h.Errors), 3)] {
			reasons = append(reasons, fmt.Sprintf("%s %s%d", e.Text, times, e.N))
		}
		if len(reasons) > 0 {
			text += ": " + strings.Join(reasons, ", ")
		}
		parts = append(parts, text)
	}
	if h.FirstByteP50 > 0 {
		parts = append(parts, "first byte p50 "+brief(h.FirstByteP50)+" p95 "+brief(h.FirstByteP95))
	}
	if h.Open >= 0 {
		parts = append(parts, measure.Count(h.Open, "connection"))
	}
	if h.Rate >= 1 {
		parts = append(parts, measure.Rate(h.Rate))
	}
	return name + ": " + strings.Join(parts, ", ")
}

// brief writes a short time: "40 ms", "2.1 s".
func brief(d time.Duration) string {
	if d < time.Second {
		return measure.Lapse(d)
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
