package journal

import (
	"fmt"
	"iter"
	"maps"
	"math"
	"slices"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/trust"
)

// deck is the player's own goroutine.
type deck struct {
	*Player
	once   bool
	speed  float64
	paused bool
	since  time.Time     // the moment at which
	base   time.Duration // the recording was here

	next   func() (part, bool) // the parts that have not been told
	stop   func()
	rest   []engine.Event // of the latest
	chunk  int            // the one that it is
	taken  int            // how many of it have been told
	skip   int            // how many of the next one have been, before the mark that is gone on from
	quiet  bool           // so has what is damaged in it
	told   int            // events
	seq    uint64         // of the last event that was told
	at     time.Duration  // of the latest
	tail   bool           // all of them have been told, and what follows the last
	begun  bool
	ended  bool // with a RunFinished
	broken bool // the file itself could not be read
	more   bool // as much as is told at once was told, and there may be more that is due
	files  map[trust.RoleID]engine.RoleRead
	lines  int // that were damaged
	kinds  int // events of unknown kinds

	every  int // see PlayerOptions.MarkEvery
	marks  []mark
	marked int   // that were ever made
	wanted []int // how many events are to be before those that are to be made, rising

	out     []engine.Event // to be handed over now, before anything else
	answers []engine.Event // to commands; they stand behind it
	played  engine.Played  // the latest that was told
}

// now is where the recording is.
func (d *deck) now() time.Duration {
	at := d.base
	if !d.paused {
		if math.IsInf(d.speed, 1) {
			return d.log.Length
		}
		at += time.Duration(float64(time.Since(d.since)) * d.speed)
	}
	return min(max(at, 0), d.log.Length)
}

// set goes to a time, and on from there.
func (d *deck) set(at time.Duration) { d.base, d.since = min(max(at, 0), d.log.Length), time.Now() }

// play is the loop: what is due is handed over in batches, then it waits for the next
// event, or for a command.
func (d *deck) play() {
	d.rewind(nil)
	defer func() { d.stop() }()
	for {
		now := d.now()
		d.due(now)
		if d.tail && now == d.log.Length && !d.paused {
			d.set(now)
			d.paused = !d.once
		}
		d.tell(now)
		if len(d.out)+len(d.answers) > 0 {
			if !d.hand() {
				return
			}
			continue
		}
		if d.tail && d.once {
			return
		}
		if !d.wait(now) {
			return
		}
	}
}

// rewind goes to a mark, or to the start of the file.
func (d *deck) rewind(to *mark) {
	if d.stop != nil {
		d.stop()
	}
	m := mark{files: map[trust.RoleID]engine.RoleRead{}}
	if to != nil {
		m = *to
	}
	d.next, d.stop = iter.Pull(func(yield func(part) bool) { d.log.all(m.chunk, yield) })
	d.rest, d.chunk, d.taken, d.skip, d.quiet, d.told = nil, m.chunk-1, 0, m.skip, m.loaded, m.told
	d.seq, d.at, d.tail, d.ended, d.broken, d.lines, d.kinds = m.seq, m.at, false, m.ended, m.broken, m.lines, m.kinds
	d.files = maps.Clone(m.files)
	for i := range d.answers { // they are given here: a time from later would stay in all that is made from here on
		d.answers[i].Seq, d.answers[i].At = d.seq, d.at
	}
	if d.begun {
		b := engine.Rewound{To: m.n}
		for i := range d.marks {
			b.Keep = append(b.Keep, d.marks[i].n)
		}
		d.out = append(d.out, engine.Event{Body: b})
	}
	d.begun = true
}

// due adds what has happened until a time, or as much of it as is told at once. Without a
// pace that is as much as a run tells at once, so that lines are put together as they were.
func (d *deck) due(now time.Duration) {
	told := 0
	defer func() { d.more = told == batchMost && !d.tail }()
	for told < batchMost && !d.tail {
		if len(d.wanted) > 0 && d.told >= d.wanted[0] {
			d.wanted = d.wanted[1:]
			d.mark()
			continue
		}
		if len(d.rest) == 0 {
			p, ok := d.next()
			if !ok {
				d.finish()
				return
			}
			d.load(p)
			continue
		}
		if told == 0 && math.IsInf(d.speed, 1) {
			now = max(d.at, d.rest[0].At) + batchEvery
		}
		n := 0
		room := batchMost
		if len(d.wanted) > 0 {
			room = min(room, told+d.wanted[0]-d.told)
		}
		for ; n < len(d.rest) && told < room && d.rest[n].At <= now; n++ {
			e := &d.rest[n]
			d.seq, d.at = e.Seq, max(d.at, e.At)
			switch b := e.Body.(type) {
			case engine.RoleRead:
				d.files[b.Role] = b
			case engine.RunFinished:
				d.ended = true
			case engine.CommandDone:
				b.Past = true
				e.Body = b
			}
			told++
		}
		if n == 0 {
			d.wanted = nil // the goal is reached
			return
		}
		d.out = append(d.out, d.rest[:n]...)
		d.rest, d.taken, d.told = d.rest[n:], d.taken+n, d.told+n
	}
}

// load takes the next chunk: of the first one behind a mark, what had not been told there.
func (d *deck) load(p part) {
	d.chunk, d.taken, d.rest = d.chunk+1, min(d.skip, len(p.events)), p.events
	d.rest = d.rest[d.taken:]
	if !d.quiet {
		d.complain(p)
	}
	d.skip, d.quiet = 0, false
}

// complain tells of what could not be read: a verdict on it is not to be had.
func (d *deck) complain(p part) {
	for _, damage := range p.damaged {
		if d.lines++; d.lines <= damageMost {
			d.out = append(d.out, d.fault(fmt.Sprintf("line %d is left out: %s", damage.Line, printable(damage.Err.Error()))))
		}
	}
	d.kinds += p.unknown
	if p.err != nil && !d.broken {
		d.broken = true // what follows cannot be read either, or only by chance
		d.out = append(d.out, d.fault(printable(p.err.Error())))
	}
}

// finish adds what follows the last event.
func (d *deck) finish() {
	d.tail = true
	if n := d.lines - damageMost; n > 0 {
		d.out = append(d.out, d.fault(fmt.Sprintf("%s more are left out", measure.Count(n, "line"))))
	}
	if d.log.behind > 0 {
		d.out = append(d.out, d.fault(d.log.Cut))
	}
	if d.kinds > 0 {
		d.out = append(d.out, d.fault(fmt.Sprintf("%s of kinds that this version does not know are left out; a newer one shows them", measure.Count(d.kinds, "event"))))
	}
	if !d.ended && d.log.Cut != "" {
		d.out = append(d.out, d.event(engine.RunFinished{Verdict: engine.Undecided, Why: "the recording is cut off: " + d.log.Cut}))
	}
}

// event makes one of the player's own, at the time of the last that was told.
func (d *deck) event(b engine.Body) engine.Event {
	return engine.Event{Seq: d.seq, At: d.at, Body: b}
}

// fault says that something cannot be told.
func (d *deck) fault(text string) engine.Event {
	return d.event(engine.InspectorFault{Goroutine: "recording", Value: text})
}

// tell adds where the recording is, if that does not follow from what was told before.
func (d *deck) tell(now time.Duration) {
	p := engine.Played{At: now, Length: d.log.Length, Chosen: d.speed, Behind: d.more, Cut: d.log.Cut}
	if !d.paused {
		p.Speed = d.speed
	}
	if same := p; len(d.out) == 0 {
		same.At = d.played.At
		if same == d.played && (p.Speed > 0 || p.At == d.played.At) {
			return
		}
	}
	if math.IsInf(d.speed, 1) {
		return // nobody looks
	}
	d.played = p
	d.out = append(d.out, d.event(p))
}

// hand hands over what there is, and obeys meanwhile. It gives false when it is closed.
func (d *deck) hand() bool {
	for {
		batch := slices.Concat(d.out, d.answers)
		select {
		case d.updates <- engine.Update{Events: batch}:
			d.out, d.answers = nil, nil
			return true
		case c := <-d.commands:
			d.obey(c)
		case <-d.quit:
			return false
		}
	}
}

// wait waits for the next event or a command. It gives false when it is closed.
func (d *deck) wait(now time.Duration) bool {
	var timer <-chan time.Time
	if !d.paused {
		next := d.log.Length
		if len(d.rest) > 0 {
			next = d.rest[0].At
		}
		t := time.NewTimer(max(time.Duration(float64(next-now)/d.speed), batchEvery))
		defer t.Stop()
		timer = t.C
	}
	select {
	case <-timer:
	case c := <-d.commands:
		d.obey(c)
	case <-d.quit:
		return false
	}
	return true
}

// obey carries out a command, and answers it.
func (d *deck) obey(c engine.Command) {
	done := engine.CommandDone{Command: c}
	switch c := c.(type) {
	case engine.Pause:
		d.set(d.now())
		d.paused = true
	case engine.Resume:
		if d.tail && d.now() == d.log.Length {
			d.seek(0)
		}
		d.set(d.now())
		d.paused = false
	case engine.SetSpeed:
		if !(c.To >= SlowestSpeed && c.To <= FastestSpeed) {
			done.Err = fmt.Sprintf("speed: %v is not from %v to %v", c.To, SlowestSpeed, FastestSpeed)
			break
		}
		d.set(d.now())
		d.speed = c.To
	case engine.Kept:
		d.keep(c.N)
	case engine.Seek:
		d.seek(c.To)
	case engine.Step:
		if !d.step(c) {
			done.Err = "nothing more goes wrong in the recording"
			if c.Back {
				done.Err = "nothing went wrong before"
			}
		}
	case engine.ReadRole:
		file, ok := d.files[c.Role]
		if !ok {
			done.Err = "the recording does not have the file up to here: only what was looked at while it was made is in it"
			break
		}
		d.answers = append(d.answers, d.event(file))
	case engine.ClockJumped: // nobody has seen what was played meanwhile
		if !d.paused {
			d.seek(d.now() - time.Duration(float64(c.D)*d.speed))
		}
	case engine.Stop:
	default:
		done.Err = "this is a recording: what was done is done"
	}
	d.answers = append(d.answers, d.event(done))
}

// seek goes to a time: back only over the start, or over a mark before it.
func (d *deck) seek(to time.Duration) {
	d.set(to)
	if d.base < d.at || d.tail && d.base < d.log.Length {
		d.out = nil // what has not been handed over is void
		from := d.nearest(d.base)
		if from != nil {
			own := *from
			from = &own // the marks are about to be put in order
		}
		d.plan(from, d.base)
		d.rewind(from)
		d.more = d.base > 0
		d.tell(d.base) // the screen is empty until then, and says why
	}
}

// step goes to the next or the last moment of the kind that is asked for, and stays there.
// It tells whether there is one; among all moments, the start and the end are.
func (d *deck) step(c engine.Step) bool {
	now := d.now()
	m := d.log.moments
	if c.Trouble {
		m = d.log.troubles
	}
	i, here := slices.BinarySearch(m, now)
	before := i - 1
	if here {
		i++
	}
	to := d.log.Length
	switch {
	case c.Back && before >= 0:
		to = m[before]
	case !c.Back && i < len(m):
		to = m[i]
	case c.Trouble:
		return false
	case c.Back:
		to = 0
	}
	d.paused = true
	d.seek(to)
	return true
}
