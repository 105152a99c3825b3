package journal

import (
	"cmp"
	"fmt"
	"math"
	"sync"
	"time"

	"example.com/tufinspect/internal/alive"
	"example.com/tufinspect/internal/engine"
)

const (
	// batchEvery is the shortest time between two updates while the recording plays, as that
	// of a run.
	batchEvery = 100 * time.Millisecond
	// SlowestSpeed is the lower limit of the speed.
	SlowestSpeed = 0.1
	// FastestSpeed is the upper one, but for [AtOnce].
	FastestSpeed = 1000.0
)

// AtOnce is the speed at which a recording is not played but told.
var AtOnce = math.Inf(1)

// PlayerOptions say how a recording is played.
type PlayerOptions struct {
	// Speed is how many seconds of the run are played in a second; 0 is one.
	Speed float64
	// From is where it begins: what was before is told at once.
	From time.Duration
	// Once ends the updates at the end of the recording. Else it stands still there, and can
	// be played again.
	Once bool
	// MarkEvery is how many events before the goal of a seek back the nearest mark is, see
	// engine.Marked; 0 is some thousand.
	MarkEvery int
}

// Player plays a recording to whoever shows runs: it brings the events at their times, and
// takes the commands that go to another time. It asks for nothing and changes nothing.
type Player struct {
	log      *Log
	updates  chan engine.Update
	commands chan engine.Command
	quit     chan struct{}
	done     chan struct{}
	once     sync.Once
}

// Play begins to play. The caller reads Updates, and closes the player.
func Play(l *Log, opt PlayerOptions) *Player {
	p := &Player{
		log: l, updates: make(chan engine.Update, 1), commands: make(chan engine.Command),
		quit: make(chan struct{}), done: make(chan struct{}),
	}
	d := &deck{Player: p, once: opt.Once, speed: cmp.Or(opt.Speed, 1), since: time.Now(), base: min(max(opt.From, 0), l.Length), every: cmp.Or(max(opt.MarkEvery, 0), markEvery)}
	alive.Go("journal", "player", func() {
		defer close(p.done)
		defer close(p.updates)
		defer func() {
			if v := recover(); v != nil {
				d.out, d.answers = []engine.Event{d.fault(printable(fmt.Sprint(v)))}, nil
				d.hand()
			}
		}()
		d.play()
	}, func(alive.Fault) {})
	return p
}

// Updates brings the events of the recording. Before those of a time that lies back comes
// an engine.Rewound. It is closed at the end if that was wanted, and by Close.
func (p *Player) Updates() <-chan engine.Update { return p.updates }

// Send hands over a command, and tells whether somebody took it. What only a run can do is
// answered with a refusal.
func (p *Player) Send(c engine.Command) bool {
	select {
	case p.commands <- c:
		return true
	case <-p.done:
		return false
	}
}

// closeWithin is how long Close waits for a disk that does not answer.
const closeWithin = 2 * time.Second

// Close ends the playing, and returns when its goroutines have ended, or after two seconds:
// a disk may not answer. It may be called more than once.
func (p *Player) Close() {
	p.once.Do(func() { close(p.quit) })
	t := time.NewTimer(closeWithin)
	defer t.Stop()
	select {
	case <-p.done:
	case <-t.C:
	}
}
