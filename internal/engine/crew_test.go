package engine

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

const (
	kib = 1 << 10
	mib = 1 << 20
)

// Worlds that differ, and where the crew has to end up in each.
func TestTheCrewFindsItsNumber(t *testing.T) {
	for _, c := range []struct {
		name        string
		world       func() *world
		lasts       time.Duration
		least, most int           // where the number ends up
		within      time.Duration // and when it has reached the least; 0: does not matter
		ever        int           // it never was above; 0: does not matter
		share       float64       // of the files that as many workers as are best bring in the same time
		best        int
	}{
		{
			name: "a far server that bears all", lasts: time.Minute, least: 64, most: 64, within: 500 * time.Millisecond, share: 0.97, best: 64,
			world: func() *world {
				w := newWorld(100_000, 64*kib)
				w.latency = 100 * time.Millisecond
				return w
			},
		},
		{
			name: "a very far one, over TLS", lasts: time.Minute, least: 64, most: 64, within: 6 * time.Second, share: 0.9, best: 64,
			world: func() *world {
				w := newWorld(100_000, 64*kib)
				w.latency, w.connect = 400*time.Millisecond, 1200*time.Millisecond
				return w
			},
		},
		{
			name: "files of all sizes from afar, each answer in its own time", lasts: 2 * time.Minute, least: 48, most: 64, within: 10 * time.Second, share: 0.9, best: 64,
			world: func() *world {
				w := newWorld(100_000, 0)
				x := rand.New(rand.NewPCG(5, 6))
				for i := range w.queue {
					w.queue[i] = int64(math.Exp2(10 + 12*x.Float64()))
				}
				w.latency, w.service, w.each, w.noise = 60*time.Millisecond, 100*time.Millisecond, 8*mib, x
				return w
			},
		},
		{
			name: "one whose answers take three seconds", lasts: 5 * time.Minute, least: 40, most: 64, within: time.Minute, share: 0.8, best: 64,
			world: func() *world {
				w := newWorld(100_000, 64*kib)
				w.latency = 3 * time.Second
				return w
			},
		},
		{
			name: "a line that a few files fill", lasts: time.Minute, least: 8, most: 20, share: 0.97, best: 8,
			world: func() *world {
				w := newWorld(100_000, mib)
				w.latency, w.line = 20*time.Millisecond, 10*mib
				return w
			},
		},
		{
			name: "large files on a line that a few fill", lasts: 5 * time.Minute, least: 8, most: 16, ever: 32, share: 0.97, best: 8,
			world: func() *world {
				w := newWorld(1000, 256*mib)
				w.latency, w.line = 20*time.Millisecond, 100*mib
				return w
			},
		},
		{
			name: "large files from a server that is slow for each", lasts: time.Minute, least: 64, most: 64, within: 10 * time.Second, share: 0.9, best: 64,
			world: func() *world {
				w := newWorld(1000, 100*mib)
				w.latency, w.each = 20*time.Millisecond, mib
				return w
			},
		},
		{
			name: "a server that works on 8 at a time", lasts: time.Minute, least: 8, most: 24, share: 0.97, best: 16,
			world: func() *world {
				w := newWorld(100_000, 4*kib)
				w.latency, w.slots, w.service = 10*time.Millisecond, 8, 50*time.Millisecond
				return w
			},
		},
		{
			name: "one that works on 30 at a time", lasts: time.Minute, least: 28, most: 50, share: 0.95, best: 40,
			world: func() *world {
				w := newWorld(100_000, 4*kib)
				w.latency, w.slots, w.service = 10*time.Millisecond, 30, 50*time.Millisecond
				w.noise = rand.New(rand.NewPCG(1, 2))
				return w
			},
		},
		{
			name: "a near one, as fast as its two processors", lasts: 3 * time.Second, least: 8, most: 64, share: 0.97, best: 16,
			world: func() *world {
				w := newWorld(200_000, 4*kib)
				w.step, w.slots, w.service = 20*time.Microsecond, 2, 60*time.Microsecond
				w.noise = rand.New(rand.NewPCG(3, 4))
				return w
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, best := c.world(), c.world()
			best.fixed = c.best
			w.run(c.lasts)
			best.run(c.lasts)
			n := w.crew.limit
			reached := time.Duration(slices.IndexFunc(w.limits, func(n int) bool { return n >= c.least })) * 100 * time.Millisecond
			share := (float64(w.got) + 1) / (float64(best.got) + 1)
			t.Logf("%d workers after %s, %d at the most, %d reached after %s; %.3f of the best", n, w.now, slices.Max(w.limits), c.least, reached, share)
			if n < c.least || n > c.most || c.ever > 0 && slices.Max(w.limits) > c.ever {
				t.Errorf("%d workers, %d at the most", n, slices.Max(w.limits))
			}
			if c.within > 0 && (reached < 0 || reached > c.within) {
				t.Errorf("%d workers after %s", c.least, reached)
			}
			if share < c.share {
				t.Errorf("%.3f of what %d bring", share, c.best)
			}
		})
	}
}

// Two hundred files, the answer to each a tenth of a second away: a run that finds its
// number takes the two rounds longer in which it does.
func TestTheWayUpCostsTwoRounds(t *testing.T) {
	took := func(fixed int) time.Duration {
		w := newWorld(200, mib)
		w.latency, w.line, w.fixed = 100*time.Millisecond, 4<<30, fixed
		w.run(time.Minute)
		return w.now
	}
	auto, most, sixteen := took(0), took(64), took(16)
	t.Logf("auto %s, 64 %s, 16 %s", auto, most, sixteen)
	if auto > most+200*time.Millisecond || auto > sixteen/2 {
		t.Errorf("auto %s, 64 %s, 16 %s", auto, most, sixteen)
	}
}

// A server that says no above some number is asked no more than it bears, but for a
// try now and then.
func TestTheCrewKeepsBelowWhatAServerRefuses(t *testing.T) {
	for _, says := range []strain{throttled, strained} {
		for _, bears := range []int{1, 2, 5, 10, 20, 40, 63} {
			w := newWorld(1_000_000, 64*kib)
			w.latency, w.most, w.says = 50*time.Millisecond, bears, says
			w.run(30 * time.Second)
			first, files := w.refused, w.ended
			w.run(2 * time.Minute)
			refused := float64(w.refused-first) / float64(w.ended-files)
			ideal := 120 / 0.051 * float64(bears) // two milliseconds of it is the grain of this world
			share := float64(w.ended-files) / ideal
			t.Logf("%d bears %d: %d refused at first, then %.4f of the files; %.2f of what it bears, %d workers", says, bears, first, refused, share, w.crew.limit)
			// One fault in a round may be that of a file, so a server that is one short
			// goes on being asked for as much.
			if w.crew.limit > bears+1 || refused > 0.03 || share < 0.6 {
				t.Errorf("%d bears %d: %d workers, %.4f refused, %.2f of what it bears", says, bears, w.crew.limit, refused, share)
			}
		}
	}
}

// A rush that is refused is one signal, however many are in it: what is left of it is
// what the server bears, but not less than a quarter.
func TestARushIsOneSignal(t *testing.T) {
	c := newCrew(64, 0)
	now := time.Second
	for i := range 64 {
		c.ended(throttled, past{began: now - 500*time.Millisecond}, now+time.Duration(i)*time.Millisecond, 63-i)
	}
	if c.limit != 16 {
		t.Errorf("%d workers", c.limit)
	}
	c.ended(throttled, past{began: now + time.Second, cuts: c.cuts}, now+2*time.Second, 15)
	if c.limit != 12 {
		t.Errorf("%d workers after the next one", c.limit)
	}
	c = newCrew(64, 0)
	for i := range 64 {
		s := throttled
		if i%3 == 0 {
			s = eased
		}
		c.ended(s, past{began: now - 500*time.Millisecond}, now+time.Duration(i)*time.Millisecond, 63-i)
	}
	if c.limit < 16 || c.limit > 22 { // the first of them came before the cut
		t.Errorf("%d workers where 22 of 64 were not refused", c.limit)
	}
}

// One file that its server cannot bring is no reason to ask for less.
func TestOneFaultInARoundCutsNothing(t *testing.T) {
	c := newCrew(16, 0)
	for i := range 100 {
		now := time.Duration(i) * time.Second
		c.use(true, now, 0)
		for range 40 {
			if c.ended(eased, past{now, 50 * time.Millisecond, c.cuts}, now+time.Second/2, 15) {
				c.judge(now+time.Second/2, int64(i)*mib)
			}
		}
		c.ended(strained, past{now, 0, c.cuts}, now+time.Second/2, 15)
	}
	if c.limit < 16 {
		t.Errorf("%d workers", c.limit)
	}
}

// What was too much is tried again when the server has had its calm.
func TestAServerThatBearsMoreLaterGetsMore(t *testing.T) {
	w := newWorld(10_000_000, 64*kib)
	w.latency, w.most, w.says = 50*time.Millisecond, 20, throttled
	w.run(20 * time.Second)
	before := w.crew.limit
	w.most = 0
	w.run(3 * time.Minute)
	if before > 20 || w.crew.limit != AutoWorkers {
		t.Errorf("%d workers, then %d", before, w.crew.limit)
	}
}

// Silence is neither throughput nor the lack of it.
func TestASilenceChangesNothing(t *testing.T) {
	w := newWorld(1_000_000, 64*kib)
	w.latency = 100 * time.Millisecond
	w.silent = func(now time.Duration) bool { return now > 10*time.Second && now < 20*time.Second }
	w.run(10 * time.Second)
	before := w.crew.limit
	w.run(10 * time.Second)
	during := w.crew.limit
	w.run(10 * time.Second)
	if before != 64 || during != 64 || w.crew.limit != 64 {
		t.Errorf("%d workers before, %d during and %d after", before, during, w.crew.limit)
	}
	w = newWorld(1000, 64*kib) // from the start
	w.silent = func(time.Duration) bool { return true }
	w.run(10 * time.Second)
	if w.crew.limit != crewFirst {
		t.Errorf("%d workers of a server that never answered", w.crew.limit)
	}
}

// Where no file waits for a worker, more of them are not asked for.
func TestNoMoreWorkersThanFilesWaitFor(t *testing.T) {
	w := newWorld(8, 256*mib)
	w.latency, w.each = 20*time.Millisecond, 10*mib
	w.run(time.Minute)
	if w.crew.limit != crewFirst || w.ended != 8 {
		t.Errorf("%d workers, %d files", w.crew.limit, w.ended)
	}
}

// Whatever the crew is told, there are between 1 and 64 workers.
func FuzzCrew(f *testing.F) {
	for seed := range uint64(8) {
		x := rand.New(rand.NewPCG(seed, 0))
		b := make([]byte, 2000)
		for i := range b {
			b[i] = byte(x.Uint32())
		}
		f.Add(int(x.Int32()), b)
	}
	f.Fuzz(func(t *testing.T, first int, b []byte) {
		c := newCrew(first, 0)
		var clock time.Duration
		next := func() int64 {
			var w [8]byte
			n := copy(w[:], b)
			b = b[n:]
			v := int64(binary.LittleEndian.Uint64(w[:]))
			switch v & 7 {
			case 0:
				return 0
			case 1:
				return math.MinInt64
			case 2:
				return math.MaxInt64
			case 3:
				return v
			}
			return v >> 32
		}
		for len(b) > 0 {
			what := b[0]
			b = b[1:]
			now := time.Duration(next())
			if what&128 != 0 { // a clock that goes on
				clock += now & (1<<32 - 1)
				now = clock
			}
			switch what % 7 {
			case 0, 1:
				if c.ended(strain(what>>3&3), past{time.Duration(next()), time.Duration(next()), c.cuts - int(what>>5&1)}, now, int(next())) {
					c.judge(now, next())
				}
			case 2:
				c.use(what&64 != 0, now, next())
			case 3:
				c.tick(now, next())
			case 4:
				c.judge(now, next())
			case 5:
				c.begin(now, next())
			case 6:
				c.revive()
			}
			if c.limit < 1 || c.limit > AutoWorkers {
				t.Fatalf("%d workers", c.limit)
			}
		}
	})
}

func BenchmarkCrew(b *testing.B) {
	c := newCrew(crewFirst, 0)
	b.ReportAllocs()
	for i := range b.N {
		now := time.Duration(i) * 40 * time.Microsecond
		c.use(true, now, int64(i)*4096)
		if c.ended(eased, past{now - time.Millisecond, time.Millisecond / 2, 0}, now, 15) {
			c.judge(now, int64(i)*4096)
		}
	}
}
