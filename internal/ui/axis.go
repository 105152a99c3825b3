package ui

import (
	"fmt"
	"net/http"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/measure"
)

// phaseWords are the phases as the detail calls them.
var phaseWords = [fetch.NumPhases]string{
	fetch.Queued: "slot", fetch.Pool: "pool", fetch.DNS: "dns", fetch.Connect: "connect", fetch.Proxy: "proxy",
	fetch.TLS: "tls", fetch.Send: "send", fetch.Headers: "first byte", fetch.Body: "body", fetch.Verify: "verify",
}

// axis draws the phases of an attempt as bars on one time axis, one line each. The
// last bar of a live attempt grows; that of a stalled one ends in its silence. A redirect
// has a line of its own, and the phases of the request there follow it.
func (d *detail) axis(a *engine.Attempt, latest bool) {
	if len(a.Marks) == 0 {
		return
	}
	course := a.Course()
	newest := course[len(course)-1].At
	begin := min(a.Started, a.Marks[0].At)
	end := a.Ended
	if end == 0 {
		end = d.now
	}
	end = max(end, newest, begin+time.Millisecond)
	silent := time.Duration(0)
	if latest && d.it.State == engine.Stalled && a.Ended == 0 {
		silent = min(d.m.silence(d.it, d.now), end-newest)
	}
	const labels = 26 // "▏ 2.31s  16.5 MiB/s" and some
	cells := d.m.width - 2 - d.label - labels
	at := func(t time.Duration) int {
		return int(float64(t-begin) / float64(end-begin) * float64(cells))
	}
	hops := a.Hops
	for i, k := range course {
		until := end
		last := i == len(course)-1
		if !last {
			until = course[i+1].At
		}
		if i > 0 && k.Phase <= course[i-1].Phase && len(hops) > 0 {
			d.hop(&hops[0])
			hops = hops[1:]
		}
		if !d.begin(phaseWords[min(int(k.Phase), len(phaseWords)-1)]) {
			continue
		}
		d.phase(a, k, until, last, silent, at, cells)
	}
}

// hop says where a redirect has led.
func (d *detail) hop(h *engine.Hop) {
	text := "to " + h.URL
	if h.By != nil && h.By.Status != 0 {
		text = fmt.Sprintf("%d %s", h.By.Status, text)
	}
	if h.Address != "" {
		text += "  " + h.Address
	}
	d.text("redirect", faint, text)
}

func (d *detail) phase(a *engine.Attempt, k engine.TimedMark, until time.Duration, last bool, silent time.Duration, at func(time.Duration) int, cells int) {
	p := &d.m.p
	from := min(at(k.At), cells-1)
	to := max(at(until), from+1) // every phase can be seen
	label := measure.Lapse(until - k.At)
	p.put(faint, p.g.left)
	p.space(from)
	if last && silent > 0 {
		said := min(max(at(until-silent), from), to)
		p.repeat(busy, p.g.full, said-from)
		p.repeat(warn, p.g.silence, to-said)
		p.put(faint, p.g.right)
		p.put(warn, " "+measure.Lapse(silent)+" of silence")
		p.end()
		return
	}
	s := busy
	if last && a.Ended > 0 && a.Problem != nil {
		s = bad
	}
	p.repeat(s, p.g.full, to-from)
	p.put(faint, p.g.right)
	if k.Phase == fetch.Body && until-k.At >= 10*time.Millisecond {
		label += "  " + measure.Rate(float64(d.brought(a))/(until-k.At).Seconds())
	}
	p.put(normal, " "+label)
	p.end()
}

// brought is how many bytes an attempt has brought itself. One that was to go on
// after an earlier one, and has fewer than that had, has begun anew.
func (d *detail) brought(a *engine.Attempt) int64 {
	done := a.Done
	if a.Ended == 0 {
		done = d.it.Done
	}
	if done < a.From || a.Response != nil && a.Response.Status == http.StatusOK {
		return done
	}
	return done - a.From
}
