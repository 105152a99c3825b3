package engine

import (
	"math/rand/v2"
	"slices"
	"time"
)

// world is a server and the way to it, moved in small steps of a clock that only
// the test turns, with a crew that is told of what happens as the control loop tells it.
type world struct {
	crew  crew
	fixed int // as many workers, whatever the crew says; 0: as the crew says
	now   time.Duration
	step  time.Duration
	queue []int64 // bytes of the files that wait
	late  []retry // files that wait for their next attempt
	live  []*pull
	got   int64
	ended int // files that came
	spare int // idle connections
	shown time.Duration

	latency time.Duration // of an answer, on the way
	connect time.Duration // of a connection, before that
	slots   int           // requests that are worked on at a time, the others queue; 0: all
	service time.Duration // of one
	each    float64       // bytes a second of a connection; 0: what the line bears
	line    float64       // bytes a second of all; 0: without limit
	most    int           // requests at a time that the server bears; 0: all
	says    strain        // to those above
	refused int           // how often it has
	silent  func(now time.Duration) bool
	noise   *rand.Rand // services take up to twice as long
	limits  []int      // of the crew, ten times a second
	full    int        // most attempts at a time
}

type pull struct {
	began, answered time.Duration
	cuts            int
	wait, serve     time.Duration
	begun           bool // has a slot, if there are slots
	asked           time.Duration
	size, left      float64
	no              bool
}

type retry struct {
	at   time.Duration
	size int64
}

func newWorld(files int, size int64) *world {
	w := &world{crew: newCrew(crewFirst, 0), step: time.Millisecond}
	for range files {
		w.queue = append(w.queue, size)
	}
	return w
}

func (w *world) workers() int {
	if w.fixed > 0 {
		return w.fixed
	}
	return w.crew.limit
}

// dispatch is what run.dispatch does.
func (w *world) dispatch() {
	before := w.now
	for len(w.live) < w.workers() && len(w.queue) > 0 {
		size := w.queue[0]
		w.queue = w.queue[1:]
		p := &pull{began: w.now, cuts: w.crew.cuts, wait: w.latency, serve: w.service, size: float64(size), left: float64(size)}
		if w.spare > 0 {
			w.spare--
		} else {
			p.wait += w.connect
		}
		p.asked = w.now + p.wait - w.latency
		if w.noise != nil {
			p.serve += time.Duration(w.noise.Int64N(int64(w.service)))
		}
		p.no = w.most > 0 && len(w.live) >= w.most
		w.live = append(w.live, p)
	}
	w.full = max(w.full, len(w.live))
	w.crew.use(len(w.queue) > 0 && len(w.live) >= w.crew.limit, before, w.got)
}

// over ends an attempt as run.ended does.
func (w *world) over(p *pull) {
	w.live = slices.DeleteFunc(w.live, func(q *pull) bool { return q == p })
	w.spare++
	s := eased
	if p.no {
		s = w.says
		w.refused++
		w.late = append(w.late, retry{w.now + 500*time.Millisecond, int64(p.size)})
	} else {
		w.ended++
	}
	if w.crew.ended(s, past{p.began, p.answered - p.asked, p.cuts}, w.now, len(w.live)) {
		w.crew.judge(w.now, w.got)
	}
	w.dispatch()
}

// run turns the clock until all files have come, or the time is over.
func (w *world) run(limit time.Duration) {
	until := w.now + limit
	w.dispatch()
	for w.now < until && len(w.queue)+len(w.live)+len(w.late) > 0 {
		w.now += w.step
		for i := 0; i < len(w.late); i++ {
			if w.late[i].at <= w.now {
				w.queue = append([]int64{w.late[i].size}, w.queue...)
				w.late = slices.Delete(w.late, i, i+1)
				i--
			}
		}
		w.dispatch()
		if w.silent == nil || !w.silent(w.now) {
			w.move()
		}
		if w.now-w.shown >= 100*time.Millisecond {
			w.shown = w.now
			w.crew.tick(w.now, w.got)
			w.limits = append(w.limits, w.crew.limit)
			w.dispatch()
		}
	}
}

// move lets a step pass at the server and on the line.
func (w *world) move() {
	busy, bodies := 0, 0
	for _, p := range w.live {
		if p.begun && p.serve > 0 {
			busy++
		}
		if p.answered > 0 {
			bodies++
		}
	}
	share := float64(1 << 40)
	if w.line > 0 {
		share = w.line * w.step.Seconds() / float64(max(bodies, 1))
	}
	if w.each > 0 {
		share = min(share, w.each*w.step.Seconds())
	}
	for _, p := range slices.Clone(w.live) {
		switch {
		case p.wait > 0:
			p.wait -= w.step
			if p.wait <= 0 && p.no {
				w.over(p)
			}
		case p.serve > 0 && !p.begun && w.slots > 0 && busy >= w.slots:
		case p.serve > 0:
			if !p.begun {
				p.begun = true
				busy++
			}
			if p.serve -= w.step; p.serve <= 0 {
				p.answered = w.now
			}
		case p.answered == 0:
			p.answered = w.now
		default:
			n := min(share, p.left)
			p.left -= n
			w.got += int64(n)
			if p.left < 1 {
				w.over(p)
			}
		}
	}
}
