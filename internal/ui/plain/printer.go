// Package plain writes a run as lines of text: for pipes, logs, continuous
// integration, dumb terminals and screen readers.
//
// A change of state is a line, at once; how far the run is comes every fifteen
// seconds, and whenever it is asked for. Nothing is ever overwritten, nothing is
// coloured, and a file that is verified as it should be has no line. A stall is a
// line of its own, and so are whose fault it is, its end, and that a whole host is
// silent. The time in front of each line is minutes, seconds and tenths since the
// start.
package plain

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

// Every is how often a progress line is written without being asked for.
const Every = 15 * time.Second

// Options say how lines are written. The zero value is fine.
type Options struct {
	// Every is how often Run writes a progress line; 0 means the package's Every.
	Every time.Duration
}

// Printer folds the events of one run and writes lines about them. It belongs to
// one goroutine. Lines are written one by one as they arise; after the first error
// of the writer nothing more is written, and the folding goes on.
type Printer struct {
	w   io.Writer
	opt Options
	err error

	state  engine.State
	origin time.Time // wall clock at the run's start, as far as it can be told here

	roleLines int // accepted delegated roles with a line of their own
	found     int // targets at the last line about them
	foundAt   time.Duration
	crowd     [numCrowds]crowd
	floods    []*flood // in the order in which their kinds came
	floodOf   map[trouble]*flood
	shared    []shared
	causes    map[engine.ItemID]string       // the latest cause that was written
	crawled   map[engine.ItemID]int          // attempts that were called slow
	queues    map[string]engine.BreakerState // of hosts, as they were written
	stands    map[string]bool                // parts of this program, likewise
	silences  map[engine.ItemID]time.Duration
	raised    map[string]bool // findings that have a line
	ended     bool
}

// New makes a printer that writes to w.
func New(w io.Writer, opt Options) *Printer {
	if opt.Every <= 0 {
		opt.Every = Every
	}
	return &Printer{
		w: w, opt: opt,
		floodOf:  map[trouble]*flood{},
		causes:   map[engine.ItemID]string{},
		crawled:  map[engine.ItemID]int{},
		queues:   map[string]engine.BreakerState{},
		stands:   map[string]bool{},
		silences: map[engine.ItemID]time.Duration{},
		raised:   map[string]bool{},
	}
}

// State is what the events so far have made. It belongs to the printer and changes
// with the next Apply.
func (p *Printer) State() *engine.State { return &p.state }

// Err is the writer's first error, or nil.
func (p *Printer) Err() error { return p.err }

// Run folds and prints updates until their channel is closed, writes a progress
// line from time to time and for each signal, and returns the final state. When
// ctx ends first, Run returns at once with what is known until then: pass one that
// outlives the run to see its end. A nil usr1 is fine.
func (p *Printer) Run(ctx context.Context, updates <-chan engine.Update, usr1 <-chan os.Signal) *engine.State {
	ticker := time.NewTicker(p.opt.Every)
	defer ticker.Stop()
	for {
		select {
		case u, ok := <-updates:
			if !ok {
				return &p.state
			}
			p.Apply(u)
		case _, ok := <-usr1:
			if !ok {
				usr1 = nil // closed: it would be ready for ever
				continue
			}
			p.Progress()
		case <-ticker.C:
			if !p.state.Settled {
				p.Progress()
			}
		case <-ctx.Done():
			return &p.state
		}
	}
}

// Apply folds a batch of events and writes the lines that it asks for.
func (p *Printer) Apply(u engine.Update) {
	for _, e := range u.Events {
		if p.origin.IsZero() {
			p.origin = time.Now().Add(-e.At)
		}
		p.event(e)
	}
	p.flushCrowds()
	p.foundTargets(p.state.Now, false)
}

// Progress writes how far the run is, now.
func (p *Printer) Progress() {
	at := p.now()
	p.foundTargets(at, true)
	p.flushFloods(at)
	p.line(at, "progress", "%s", progress(&p.state))
}

// now is the time since the run's start. Events alone do not tell: a run in which
// everything is silent has none.
func (p *Printer) now() time.Duration {
	if p.origin.IsZero() {
		return p.state.Now
	}
	return max(p.state.Now, time.Since(p.origin))
}

// line writes one line. All of it is printable in the end, whatever was put in.
func (p *Printer) line(at time.Duration, word, format string, args ...any) {
	if p.err != nil {
		return
	}
	text := safe.Text(fmt.Sprintf("%s %-11s %s", clock(at), word, fmt.Sprintf(format, args...)))
	_, p.err = io.WriteString(p.w, text+"\n")
}

// clock writes minutes, seconds and tenths; an hour is 60 minutes here, so that
// the columns stay where they are for longer.
func clock(d time.Duration) string {
	d = max(d, 0)
	return fmt.Sprintf("%02d:%02d.%d", d/time.Minute, d%time.Minute/time.Second, d%time.Second/(100*time.Millisecond))
}

// progress is the text of a progress line.
func progress(st *engine.State) string {
	t := &st.Targets
	var s string
	if t.Total > 0 {
		s = fmt.Sprintf("%d/%d targets, %s", t.Ended(), t.Total, measure.Part(t.Done, t.Bytes, " of "))
	} else {
		s = fmt.Sprintf("%s so far, no targets yet", measure.Count(st.Metadata, "metadata file"))
	}
	if st.Queue.Rate >= 1 {
		s += ", " + measure.Rate(st.Queue.Rate)
	}
	by := files(st)
	active := 0
	for _, c := range []engine.ItemState{engine.Connecting, engine.Waiting, engine.Transferring, engine.Verifying} {
		active += by[c]
	}
	targets, metadata := st.Misses()
	s += fmt.Sprintf(", %d active, %d failed, %d stalled", active, targets.Failed+metadata.Failed, by[engine.Stalled])
	for _, c := range []struct {
		n    int
		word string
	}{
		{by[engine.Untrusted], "untrusted"}, {targets.Unchecked + metadata.Unchecked, "not checked"},
		{by[engine.Retrying], "retrying"}, {by[engine.Cancelled], "cancelled"},
	} {
		if c.n > 0 {
			s += fmt.Sprintf(", %d %s", c.n, c.word)
		}
	}
	if st.Queue.Paused {
		s += ", paused"
	}
	for i := range st.Breakers {
		if b := &st.Breakers[i]; b.State != engine.Flowing {
			s += fmt.Sprintf(", %s %s", b.Host, b.State)
		}
	}
	if left := rest(st); left > 0 && active > 0 && st.Queue.Rate >= 1 {
		// A repository states its own lengths: the estimate must not overflow.
		if secs := float64(left) / st.Queue.Rate; secs >= 1 && secs < 100*3600 {
			s += ", about " + measure.Span(time.Duration(secs)*time.Second) + " left"
		}
	}
	return s
}

// files counts files by state as the screen does: targets, each together with its
// copies, and metadata files.
func files(st *engine.State) [engine.NumStates]int {
	by := st.Targets.ByState
	for i := range st.Items.Len() {
		if it := st.Items.At(i); it.Kind == engine.Metadata {
			by[it.State]++
		}
	}
	return by
}

// rest is how many bytes are still to come, or 0 if the rate says nothing of when.
// What is silent or crawls is left out: when it ends has nothing to do with how fast
// the others are.
func rest(st *engine.State) int64 {
	n, crawling := int64(0), 0
	for i := range st.Items.Len() {
		it := st.Items.At(i)
		switch {
		case it.State == engine.Transferring && it.Cause != nil && it.Cause.Cause == fetch.SlowDrip:
			crawling++
		case it.Kind != engine.Metadata && !it.State.Ended() && it.State != engine.Stalled:
			n += max(it.Length-it.Done, 0)
		}
	}
	if crawling == st.Counts[engine.Transferring] {
		return 0 // the rate is theirs, or an average that remembers what has stopped
	}
	return n
}
