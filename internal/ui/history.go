package ui

import (
	"slices"
	"strings"
	"time"
)

// history keeps the rates of a run: of its latest minutes one a second, and of all of
// it as many as there are steps for. When those are used up, each step becomes twice as
// long, so that a run of a week takes no more memory than one of an hour.
type history struct {
	v    []float64 // the latest, one a second
	next time.Duration

	whole []float64     // since the run's start, the mean of each step
	step  time.Duration // how long one is
	last  int           // rates in the mean of the latest step
}

const (
	historyLimit = 240
	// wholeLimit is even, so that steps pair up. Its half is more than the cells of a
	// wide terminal.
	wholeLimit = 1024
)

// add takes the rate of a moment. One a second is kept.
func (h *history) add(at time.Duration, rate float64) {
	if at < h.next {
		return
	}
	h.next = at + time.Second
	if len(h.v) == historyLimit {
		copy(h.v, h.v[1:])
		h.v = h.v[:historyLimit-1]
	}
	h.v = append(h.v, rate)
	h.extend(max(at, 0), rate)
}

// extend takes a rate into the whole run. Steps in which nobody said anything have the
// rate before them.
func (h *history) extend(at time.Duration, rate float64) {
	if h.step == 0 {
		h.step = time.Second
	}
	for int64(at/h.step) >= wholeLimit {
		h.halve()
	}
	i := int(at / h.step)
	for len(h.whole) <= i {
		before := 0.0
		if n := len(h.whole); n > 0 {
			before = h.whole[n-1]
		}
		h.whole, h.last = append(h.whole, before), 0
	}
	h.last++
	h.whole[i] += (rate - h.whole[i]) / float64(h.last)
}

// halve makes one step of two.
func (h *history) halve() {
	n := (len(h.whole) + 1) / 2
	for i := range n {
		h.whole[i] = h.whole[2*i]
		if 2*i+1 < len(h.whole) {
			h.whole[i] = (h.whole[i] + h.whole[2*i+1]) / 2
		}
	}
	if len(h.whole)%2 == 0 {
		h.last += int(h.step / time.Second) // those of the step that was full
	}
	h.whole = h.whole[:n]
	h.step *= 2
}

// recent is how many seconds tell where the rate goes.
const recent = 5

// collapsing tells whether the rate is less than half of what it was a few seconds ago:
// then nobody knows where it ends, nor when the rest is there.
func (h *history) collapsing() bool {
	v := h.v[max(0, len(h.v)-1-recent):]
	if len(v) == 0 {
		return false
	}
	return v[len(v)-1] < slices.Max(v)/2
}

// spark gives the latest rates as a line of w cells.
func (h *history) spark(w int, glyphs []string) string {
	v := h.v[max(0, len(h.v)-w):]
	most := 1.0
	for _, x := range v {
		most = max(most, x)
	}
	var b strings.Builder
	b.WriteString(strings.Repeat(glyphs[0], w-len(v)))
	for _, x := range v {
		b.WriteString(glyphs[int(x/most*float64(len(glyphs)-1)+0.5)])
	}
	return b.String()
}

// columns spreads the whole run over w columns, the mean of each, and gives the moment
// at which the last one ends.
func (h *history) columns(w int) (v []float64, until time.Duration) {
	n := len(h.whole)
	if n == 0 || w <= 0 {
		return nil, 0
	}
	v = make([]float64, w)
	for c := range v {
		from, to := c*n/w, (c+1)*n/w
		to = max(to, from+1) // less than one step a column: it is repeated
		for _, x := range h.whole[from:to] {
			v[c] += x / float64(to-from)
		}
	}
	return v, time.Duration(n) * h.step
}
