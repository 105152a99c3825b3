package alive

import (
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// lookEvery is how often the watchdog looks at the parts.
	lookEvery = time.Second
	// defaultLimit is how long a part may be busy without a beat.
	defaultLimit = 5 * time.Second
	// saveWithin is how long the disk may take for what a part left behind.
	saveWithin = 10 * time.Second
	// leaveWithin is how long Close waits for the disk.
	leaveWithin = time.Second
)

// Options say how a watchdog works. The zero value is fine.
type Options struct {
	// Dir is the folder for dumps; it is made when the first is written. "" writes
	// none.
	Dir string
	// Limit is how long a part may be busy without a beat; 0 means 5 s.
	Limit time.Duration
	// Alarm is called when a part is stuck, and when it moves again. It runs on the
	// watchdog's goroutine and must not block.
	Alarm func(Alarm)
	// Trace is written beside a dump while it records. It may be nil.
	Trace *Recorder
}

// Alarm says that a part of the program is stuck, or moves again.
type Alarm struct {
	Part  string
	For   time.Duration // how long it has stood, without the time in which nothing could run
	Dump  string        // path of what all goroutines were doing, or ""
	Trace string        // path of the runtime's trace, or ""
	Err   string        // why there is no Dump, or no Trace, that should be
	Over  bool          // it moves again
}

// Watchdog notices when a part of the program does not move. It looks once a second.
// When a look comes late, nothing could run (the process was stopped, the machine
// slept or starved), and the lateness is counted against no part.
//
// The methods of a nil Watchdog do nothing, and it is healthy.
type Watchdog struct {
	opt    Options
	now    func() time.Time
	save   func(*record)
	origin time.Time

	stuck  atomic.Int32 // parts that are stuck now
	looked atomic.Int64 // the last look, in nanoseconds since origin; 0: does not look

	mu      sync.Mutex
	parts   []*Part
	started bool
	closed  bool

	// Of the watchdog's goroutine.
	last   time.Time // of the last look
	queue  []*Part   // stuck, without an alarm yet
	record *record   // being saved, for queue's earlier heads
	about  []*Part
	hung   *record // given up

	quit chan struct{}
	done chan struct{}
}

// NewWatchdog makes one that does not look yet. Parts may be made and may move
// before Start.
func NewWatchdog(o Options) *Watchdog {
	if o.Limit <= 0 {
		o.Limit = defaultLimit
	}
	w := &Watchdog{opt: o, now: time.Now, quit: make(chan struct{}), done: make(chan struct{})}
	w.save = func(r *record) { r.save(o.Dir, o.Trace) }
	w.origin = w.now()
	return w
}

// What a part's until can be, besides a time.
const (
	busy = -1 - iota
	waits
	over
)

// Part is something that is watched: a loop, a worker, a phase of the program. It
// waits for something until it is first told otherwise. Its methods may be called by
// any goroutine, cost nanoseconds and do not allocate. Those of a nil Part do
// nothing.
type Part struct {
	name   string
	origin time.Time
	beats  atomic.Uint64
	until  atomic.Int64 // busy, waits, over, or nanoseconds since origin

	// Of the watchdog's goroutine.
	seen   uint64        // beats at the last look
	age    time.Duration // since it moved
	stood  time.Duration // the most that age has been since it was last called stuck
	stuck  bool
	queued bool // an alarm is on its way
	told   bool // an alarm was given and is not over
}

// Part adds a part. Names are for people; two parts may have the same.
func (w *Watchdog) Part(name string) *Part {
	if w == nil {
		return nil
	}
	p := &Part{name: name, origin: w.origin}
	p.until.Store(waits)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.parts = append(w.parts, p)
	return p
}

// Busy is a beat: the part begins with work or gets on with it.
func (p *Part) Busy() { p.beat(busy) }

// Idle says that the part waits for something: for as long as it takes if until is
// zero, else it means to go on at that time and is stuck when it has not by the
// watchdog's limit after it.
func (p *Part) Idle(until time.Time) {
	if p == nil {
		return
	}
	if until.IsZero() {
		p.beat(waits)
		return
	}
	p.beat(max(int64(until.Sub(p.origin)), 0))
}

// Done says that the part is over. It is not watched any more.
func (p *Part) Done() { p.beat(over) }

func (p *Part) beat(until int64) {
	if p == nil {
		return
	}
	// Many goroutines may beat for one part: what does not change is not written.
	if p.until.Load() != until {
		p.until.Store(until)
	}
	p.beats.Add(1)
}

// Start begins to look. A watchdog is started once.
func (w *Watchdog) Start() {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.started || w.closed {
		return
	}
	w.started = true
	w.last = w.now()
	w.looked.Store(max(int64(w.last.Sub(w.origin)), 1))
	// After a panic, which only Options.Alarm can bring, nothing is looked at any
	// more, and Healthy says so.
	Go("watchdog", "loop", func() {
		defer close(w.done)
		w.loop()
	}, func(Fault) {})
}

// Close ends looking. It waits for the watchdog's goroutine, and for a dump that is
// being written at most a second.
func (w *Watchdog) Close() {
	if w == nil {
		return
	}
	w.mu.Lock()
	started, again := w.started, w.closed
	w.closed = true
	w.mu.Unlock()
	if !again {
		close(w.quit)
	}
	if started {
		<-w.done
	}
	w.looked.Store(0)
}

// Healthy tells whether no part is stuck, and the watchdog has looked lately if it
// was started and not closed.
func (w *Watchdog) Healthy() bool {
	if w == nil {
		return true
	}
	if w.stuck.Load() > 0 {
		return false
	}
	looked := w.looked.Load()
	return looked == 0 || w.now().Sub(w.origin)-time.Duration(looked) <= w.opt.Limit+lookEvery
}

func (w *Watchdog) loop() {
	t := time.NewTicker(lookEvery)
	defer t.Stop()
	limit := time.NewTimer(math.MaxInt64)
	defer limit.Stop()
	for {
		var saved <-chan struct{}
		if w.record != nil {
			saved = w.record.done
		}
		select {
		case <-t.C:
			w.look()
		case <-saved:
			w.tell(w.record)
		case <-limit.C:
			if w.record != nil {
				w.hung = w.record
				w.tell(w.record)
			}
		case <-w.quit:
			if w.record != nil {
				ends(w.record.done, leaveWithin)
				w.tell(w.record)
			}
			return
		}
		if w.record == nil && len(w.queue) > 0 {
			w.begin()
			limit.Reset(saveWithin)
		}
	}
}

// look finds the parts that are stuck, and those that move again.
func (w *Watchdog) look() {
	now := w.now()
	step := min(max(now.Sub(w.last), 0), lookEvery)
	w.last = now
	w.looked.Store(int64(now.Sub(w.origin)))
	w.mu.Lock()
	parts := slices.Clone(w.parts)
	w.mu.Unlock()
	ended := 0
	for _, p := range parts {
		p.grow(now, step)
		if stuck := p.age >= w.opt.Limit; stuck != p.stuck {
			p.stuck = stuck
			if stuck {
				w.stuck.Add(1)
			} else {
				w.stuck.Add(-1)
			}
		}
		switch {
		case p.stuck && !p.told && !p.queued:
			p.queued, p.stood = true, p.age
			w.queue = append(w.queue, p)
		case p.stuck:
			p.stood = max(p.stood, p.age)
		case p.told:
			p.told = false
			w.alarm(Alarm{Part: p.name, For: p.stood, Over: true})
		}
		if p.until.Load() == over && !p.queued && !p.told {
			ended++
		}
	}
	if ended > 0 {
		w.mu.Lock()
		w.parts = slices.DeleteFunc(w.parts, func(p *Part) bool { return p.until.Load() == over && !p.queued && !p.told && !p.stuck })
		w.mu.Unlock()
	}
}

// grow brings the part's age up to now, of which step is what counts.
func (p *Part) grow(now time.Time, step time.Duration) {
	beats, until := p.beats.Load(), p.until.Load()
	moved := beats != p.seen
	p.seen = beats
	switch late := now.Sub(p.origin) - time.Duration(until); {
	case until == waits, until == over, until >= 0 && late <= 0:
		p.age = 0
	case until == busy && moved:
		p.age = 0
	case until == busy:
		p.age += step
	case moved:
		p.age = min(step, late)
	default:
		p.age += min(step, late)
	}
}

// begin saves what all goroutines are doing, on a goroutine of its own: the disk may
// be what everything waits for. As long as an earlier one hangs there is none.
func (w *Watchdog) begin() {
	w.about, w.queue = w.queue, nil
	w.record = newRecord(w.now(), w.about, w.opt.Limit)
	if w.hung != nil && !w.hung.ended() {
		w.record.err = w.hung.late()
		close(w.record.done)
		return
	}
	w.hung = nil
	r := w.record
	Go("watchdog", "dump", func() {
		defer close(r.done)
		w.save(r)
	}, func(f Fault) { r.set(func() { r.err = "writing it failed: " + f.Value }) })
}

// tell gives the alarms that waited for a record.
func (w *Watchdog) tell(r *record) {
	about := w.about
	w.record, w.about = nil, nil
	dump, trace, err := r.result()
	for _, p := range about {
		p.queued, p.told = false, true
		w.alarm(Alarm{Part: p.name, For: p.stood, Dump: dump, Trace: trace, Err: err})
	}
}

func (w *Watchdog) alarm(a Alarm) {
	if w.opt.Alarm != nil {
		w.opt.Alarm(a)
	}
}
