package ui

import (
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
// last bar of a live attempt grows; that of a stalled one ends in its silence.
func (d *detail) axis(a *engine.Attempt, latest bool) {
	if len(a.Marks) == 0 {
		return
	}
	begin := min(a.Started, a.Marks[0].At)
	end := a.Ended
	if end == 0 {
		end = d.now
	}
	end = max(end, a.Marks[len(a.Marks)-1].At, begin+time.Millisecond)
	silent := time.Duration(0)
	if latest && d.it.State == engine.Stalled && a.Ended == 0 {
		silent = min(d.m.silence(d.it, d.now), end-a.Marks[len(a.Marks)-1].At)
	}
	const labels = 26 // "▏ 2.31s  16.5 MiB/s" and some
	cells := d.m.width - 2 - d.label - labels
	at := func(t time.Duration) int {
		return int(float64(t-begin) / float64(end-begin) * float64(cells))
	}
	for i, k := range a.Marks {
		until := end
		last := i == len(a.Marks)-1
		if !last {
			until = a.Marks[i+1].At
		}
		if !d.begin(phaseWords[min(int(k.Phase), len(phaseWords)-1)]) {
			continue
		}
		d.phase(a, k, until, last, silent, at, cells)
	}
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
