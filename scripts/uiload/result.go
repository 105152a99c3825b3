package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
	"time"
)

// result is what was measured.
type result struct {
	took       map[string][]time.Duration // from key to frame, by key
	lost       int                        // keys without an effect within the limit
	span       time.Duration              // that was measured
	whole      float64                    // processors taken by the screen and the session
	session    float64                    // by the session alone
	bytes      int                        // to the terminal
	frames     int
	events     int
	batches    int
	late       []time.Duration // how late timers came in the meantime
	meanwhile  []time.Duration // from key to frame while the targets come in
	loaded     time.Duration   // until all of them are on screen
	peak       int64           // bytes of memory of screen and session
	violations int
}

func (r *result) print(w io.Writer, o *options) {
	s := r.span.Seconds()
	fmt.Fprintf(w, "%d targets, %.0f events/s in %.1f batches/s, %dx%d, %.0f s\n",
		o.targets, float64(r.events)/s, float64(r.batches)/s, o.width, o.height, s)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "key to frame, ms\tp50\tp95\tp99\tmax\tof")
	var all []time.Duration
	for name, took := range r.took {
		if name != "esc" {
			all = append(all, took...)
		}
	}
	line(t, "  all but esc", all)
	// A lone escape character may be the start of a longer key, so that it is
	// waited for: that is the reader's limit and not the screen's speed.
	line(t, "  esc", r.took["esc"])
	line(t, "  while targets come in", r.meanwhile)
	line(t, "a timer is late by, ms", r.late)
	fmt.Fprintf(t, "screen\t%.1f %% of a core\t\t\t\t\n", 100*(r.whole-r.session))
	fmt.Fprintf(t, "made-up session\t%.1f %% of a core\t\t\t\t\n", 100*r.session)
	fmt.Fprintf(t, "to the terminal\t%.1f KB/s\t\t\t\t\n", float64(r.bytes)/s/1000)
	fmt.Fprintf(t, "frames\t%.1f/s\t\t\t\t\n", float64(r.frames)/s)
	fmt.Fprintf(t, "all targets on screen\tafter %d ms\t\t\t\t\n", r.loaded.Milliseconds())
	fmt.Fprintf(t, "peak memory\t%d MiB\t\t\t\t\n", r.peak>>20)
	_ = t.Flush() // like the lines above
	if r.lost > 0 {
		fmt.Fprintf(w, "%d keys had no effect within %s\n", r.lost, effectWithin)
	}
}

func line(w io.Writer, what string, took []time.Duration) {
	if len(took) == 0 {
		return
	}
	slices.Sort(took)
	at := func(q float64) float64 {
		i := int(math.Ceil(q*float64(len(took)))) - 1
		return took[max(i, 0)].Seconds() * 1000
	}
	fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\t%.1f\t%d\n", what, at(0.5), at(0.95), at(0.99), at(1), len(took))
}
