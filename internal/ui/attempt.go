package ui

import (
	"fmt"
	"net/http"
	"strings"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
)

// attempts shows one attempt with its time axis, and a line for each other one.
func (d *detail) attempts(back int) {
	all := d.it.Attempts()
	if len(all) == 0 {
		return
	}
	shown := len(all) - 1 - min(back, len(all)-1)
	d.attempt(&all[shown])
	d.axis(&all[shown], shown == len(all)-1)
	for i := len(all) - 1; i >= 0; i-- {
		if i == shown {
			continue
		}
		a := &all[i]
		text := clock(a.Started)
		if a.Ended > 0 {
			text += "  " + measure.Lapse(a.Ended-a.Started)
		}
		if went := wentOn(a); went != "" {
			text += "  " + went
		}
		if a.Problem != nil {
			text += "  " + a.Problem.Text
		}
		d.text(fmt.Sprintf("attempt %d", a.N), faint, text)
	}
}

// wentOn says that an attempt did not begin at the file's first byte, or that it was
// to and the server did not go along.
func wentOn(a *engine.Attempt) string {
	switch r := a.Response; {
	case a.From == 0:
		return ""
	case r != nil && r.Status == http.StatusOK:
		return "from 0 again, not from " + measure.Size(a.From)
	}
	return "went on at " + measure.Size(a.From)
}

// headerOrder are the response headers that are shown, the most telling first.
var headerOrder = [...]string{"Retry-After", "Location", "Age", "X-Cache", "Via", "Cache-Control", "Content-Encoding", "Content-Range", "Last-Modified", "ETag", "Server", "Date"}

func (d *detail) attempt(a *engine.Attempt) {
	var parts []string
	if went := wentOn(a); went != "" {
		parts = append(parts, went)
	}
	if r := a.Response; r != nil {
		if r.Status != 0 {
			parts = append(parts, strings.TrimSpace(fmt.Sprintf("%d %s", r.Status, http.StatusText(r.Status))))
		}
		parts = append(parts, r.Protocol)
	}
	address, reused := a.Peer()
	if address != "" {
		parts = append(parts, address)
	}
	if r := a.Response; r != nil && r.TLS != "" {
		parts = append(parts, r.TLS)
	}
	if address != "" {
		if reused {
			parts = append(parts, "reused connection")
		} else {
			parts = append(parts, "new connection")
		}
	}
	if r := a.Response; r != nil {
		for _, k := range headerOrder {
			if v := r.Header[k]; v != "" {
				parts = append(parts, k+": "+v)
			}
		}
	}
	switch {
	case len(parts) > 0:
	case a.Ended == 0:
		parts = []string{"no answer yet"}
	case a.Problem != nil:
		parts = []string{"no answer"}
	}
	label := fmt.Sprintf("attempt %d", a.N)
	if d.label < 12 && a.N > 9 {
		label = fmt.Sprintf("try %d", a.N)
	}
	d.wrapped(label, normal, strings.Join(parts, "  "), 2)
}
