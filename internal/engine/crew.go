package engine

import "time"

// AutoWorkers is the most workers that a run gives itself.
const AutoWorkers = 64

const (
	// crewFirst is how many workers a run that chooses by itself begins with: as many as
	// careful clients are given, and so many that towards a server that is far the next
	// step is the last.
	crewFirst = 16
	// crewFew is how few it has by its own choice, unless a server refuses more: enough
	// for a processor or a line that is near.
	crewFew = 8
	// shortRound, calmRound and longRound bound how long a number of workers is tried: in
	// slow start towards a server that is far; otherwise, because within so short a time a
	// busy processor shows nothing but its moods; and where files take longer than that.
	shortRound, calmRound, longRound = 20 * time.Millisecond, 100 * time.Millisecond, 2 * time.Second
	// requestWorth is what an answered request counts for beside its bytes: about what
	// a connection brings while a request is on its way. Without it, small files would
	// seem to be no work.
	requestWorth = 64 << 10
	// farAway is how long an answer takes when there is a distance to hide, and bold and
	// early steps are worth it.
	farAway = 5 * time.Millisecond
	// answerSlack is how much later than twice its best an answer may begin before it
	// counts as one that has queued at the server. On the loopback interface a busy
	// processor turns 50 µs into a millisecond or ten, and no queue is there.
	answerSlack = 20 * time.Millisecond
	// restFirst and restMost are for how many rounds a number is kept after more workers
	// have brought nothing. It is doubled each time.
	restFirst, restMost = 4, 64
	// calmFirst and calmMost are how long a number that a server has refused is not
	// reached again. It is doubled each time.
	calmFirst, calmMost = 30 * time.Second, 10 * time.Minute
)

// crew decides how many workers there should be. It only counts: it is told of what
// ended and what the time is, and the control loop reads limit.
//
// It works in rounds. A round is long enough for as many attempts as there are workers
// to begin and to end, so that its throughput is that of their number. While more
// workers have brought more, the next round has several times as many, as TCP's slow
// start has segments; when they have not, there are only as many as that throughput
// needed, and another try is made now and then. When a server throttles, there are
// fewer at once, and then one after another again, up to shortly below the number that
// was too much (additive increase, multiplicative decrease).
//
// Only rounds count in which nothing but the number of workers kept files waiting. In
// the others throughput tells how much there was to do.
type crew struct {
	limit  int
	rising bool // in slow start
	climbs bool // on its way back after a cut

	full  bool // all workers are taken, and files wait
	began time.Duration
	bytes int64         // that the run had received then
	ends  int           // attempts that were answered to their end since
	own   int           // of them, those that began since
	waits time.Duration // sum of the times in which their answers began
	timed int           // how many those are
	span  time.Duration // how long attempts take, about

	from int           // how many workers there were before those that are tried; 0: nothing is tried
	rate float64       // throughput before that, or lately; 0: not known
	best time.Duration // in which answers began when they were quickest; 0: not known
	rest int           // rounds until the next try
	wait int           // the rest after the next try that brings nothing

	cuts    int           // how many times there were made fewer
	rush    int           // of those that were under way then, how many have not been refused
	falling bool          // nothing has been added since
	ceiling int           // as many were too much
	until   time.Duration // so long that holds
	calm    time.Duration // how long the next one holds
	doubts  int           // faults in this round that may mean that it is too much
}

// newCrew is a crew that has learnt nothing yet. cuts is that of the one before it, of
// which attempts may be under way.
func newCrew(limit, cuts int) crew {
	return crew{limit: min(max(limit, 1), AutoWorkers), cuts: cuts, rising: true, wait: restFirst, calm: calmFirst}
}

// past is what the crew has to know of an attempt that is over.
type past struct {
	began  time.Duration
	answer time.Duration // how long its answer took to begin; 0: not known
	cuts   int           // the crew's when it began
}

// strain is what an attempt's end says of how much its server bears.
type strain uint8

const (
	noWord    strain = iota // nothing: it was silent, cancelled, or the fault was elsewhere
	eased                   // it was answered to its end, whatever the answer
	strained                // it may have been too much: 503, a connection reset or refused
	throttled               // it was too much: 429, or a limit of this machine
)

// ended takes an attempt that is over, and how many others were under way. It tells
// whether the round has come to its end, and judge is to be called.
func (c *crew) ended(s strain, a past, now time.Duration, others int) bool {
	switch {
	case s == eased:
		c.ends++
		c.span += (min(max(now-a.began, 0), time.Hour) - c.span) / 8
		if a.began >= c.began {
			c.own++
		}
		if a.answer > 0 && a.answer < time.Hour {
			c.waits += a.answer
			c.timed++
		}
		return c.full && c.enough() && now-c.began >= c.atLeast()
	case s == noWord:
		return false
	case c.inRush(a.cuts):
		// What began before the last cut was part of the same rush: as many of it as are not
		// refused are what the server bears. Where it refuses all, it means something else.
		c.rush--
		c.limit = min(c.limit, max(c.rush, c.ceiling/4, 1))
		return false
	case s == strained:
		// One such fault may be that of a file. Several in a round are the server's.
		if c.doubts++; c.doubts < max(2, c.limit/16) {
			return false
		}
	}
	c.fewer(now, others+1)
	return false
}

// inRush tells whether an attempt that began after so many cuts was under way at the
// latest one. Times do not tell: an attempt may begin in the instant of a cut.
func (c *crew) inRush(cuts int) bool { return c.ceiling > 0 && cuts < c.cuts }

// enough tells whether so many attempts have ended that the round shows what this
// number of workers brings: as many as there are, in which every tide comes once. When
// more workers are tried, half of them have to have begun since; most of the others
// had begun when the round before ended, and where everything waits for answers, to have
// all of them would cost one more of these waits.
func (c *crew) enough() bool {
	if c.from > 0 {
		return 2*c.own >= max(c.limit, crewFew)
	}
	return c.own > 0 && c.ends >= max(c.limit, crewFew)
}

// atLeast is how long a round takes at the least.
func (c *crew) atLeast() time.Duration {
	if c.rising && c.waits >= time.Duration(c.timed)*farAway {
		return shortRound
	}
	return calmRound
}

// atMost is how long a round may take without having enough attempts: in less than
// twice the time that one takes, it would see their tides and not their number.
func (c *crew) atMost() time.Duration { return min(max(longRound, 2*c.span), 15*longRound) }

// fewer cuts the number of workers, of which so many were too much.
func (c *crew) fewer(now time.Duration, active int) {
	c.ceiling = max(1, min(c.limit, active))
	if c.rising {
		c.limit = max(1, c.ceiling/2)
	} else {
		c.limit = max(1, c.ceiling*3/4)
	}
	if now > c.until+c.calm {
		c.calm = calmFirst // the last time is long ago
	}
	c.cuts++
	c.until = now + c.calm
	if !c.falling { // else it is still on its way from the same number
		c.calm = min(2*c.calm, calmMost)
	}
	c.falling, c.rush = true, active-1
	c.rising, c.climbs, c.from, c.rate, c.full = false, true, 0, 0, false
	c.doubts = 0
}

// top is how many workers there may be at present.
func (c *crew) top(now time.Duration) int {
	if c.ceiling > 0 && now < c.until {
		return max(1, c.ceiling-max(1, c.ceiling/8))
	}
	return AutoWorkers
}

// use says whether all workers are taken while files wait, and how many bytes the run
// has received. now is a moment before those attempts began that made it so.
func (c *crew) use(full bool, now time.Duration, received int64) {
	if full && !c.full {
		c.begin(now, received)
	}
	if !full {
		c.from, c.rate = 0, 0 // what was tried could not show what it brings
	}
	c.full = full
}

// begin starts a round.
func (c *crew) begin(now time.Duration, received int64) {
	c.began, c.bytes = now, received
	c.ends, c.own, c.waits, c.timed, c.doubts = 0, 0, 0, 0, 0
}

// tick is for rounds that no end of an attempt ends in time. One in which nothing at
// all came is none: silence is neither throughput nor the lack of it.
func (c *crew) tick(now time.Duration, received int64) {
	switch {
	case now-c.began < c.atMost():
	case !c.full, received == c.bytes && c.ends == 0:
		c.begin(now, received)
	default:
		c.judge(now, received)
	}
}

// judge ends a round: was what it tried worth it, and what is tried next?
func (c *crew) judge(now time.Duration, received int64) {
	took := now - c.began
	if took <= 0 {
		return
	}
	work := float64(max(received-c.bytes, 0)) + requestWorth*float64(c.ends)
	rate := work / took.Seconds()
	answer, crowd := c.answers()
	switch {
	case c.from > 0:
		gain, factor := rate/max(c.rate, 1), float64(c.limit)/float64(c.from)
		switch paid := c.weigh(gain, factor, crowd); {
		case paid && gain >= 0.75*factor:
			c.rate = rate
		case paid: // in part, or the round in part: what they bring has to be known before more
			c.rate, c.rest = 0, 1
		}
	case c.rate == 0:
		c.rate = rate
	default:
		c.rate += (rate - c.rate) / 2
	}
	switch {
	case c.rest > 0:
		c.rest--
	case c.climbs:
		c.climb(now)
	case c.rising && crowd == 1:
		c.rise(now, answer, took < longRound)
	case c.limit > crewFew && answer > c.best+c.best/4+answerSlack/4:
		c.try(max(crewFew, c.limit*3/4)) // answers queue: perhaps fewer do as well
	default:
		c.try(min(c.limit+max(1, c.limit/2), c.top(now)))
	}
	c.begin(now, received)
}

// answers is how long answers took to begin, and how many times the best that is,
// when they queue at the server; 1 when they do not.
func (c *crew) answers() (answer time.Duration, crowd float64) {
	if c.timed == 0 {
		return 0, 1
	}
	answer, crowd = c.waits/time.Duration(c.timed), 1
	if c.best > 0 && answer > 2*c.best+answerSlack {
		crowd = float64(answer) / float64(c.best)
	}
	if c.best == 0 || answer < c.best {
		c.best = answer
	} else {
		c.best += (answer - c.best) / 256 // a server that has become slower is not busy for ever
	}
	return answer, crowd
}

// weigh decides about the workers that were tried, which have brought so many times
// the throughput, and tells whether they stay. Where attempts do not end together, a
// third of the round was still that of their number before.
func (c *crew) weigh(gain, factor, crowd float64) bool {
	from := c.from
	c.from = 0
	if gain >= 1+0.2*(factor-1) && (crowd == 1 || factor < 1) {
		c.wait = restFirst
		return true
	}
	// By Little's law: so many bring what all of them have, at the rate that each had
	// before; and with so many of them, answers would not have queued.
	need := max(from, int(float64(from)*min(gain, factor)+0.5))
	if crowd > 1 {
		need = min(need, max(crewFew, int(float64(c.limit)/crowd)))
	}
	if factor < 1 {
		need = from
	}
	c.limit = min(need, max(c.limit, from))
	c.rising = false
	c.rest = c.wait
	c.wait = min(2*c.wait, restMost)
	return false
}

// climb is a step back to the number before a cut: that many were worth it. What is
// beyond has to be tried anew, and not before the server has had its calm.
func (c *crew) climb(now time.Duration) {
	if now >= c.until {
		c.climbs = false
		return
	}
	if n := min(c.limit+max(1, c.limit/8), c.top(now)); n > c.limit {
		c.limit, c.falling = n, false
	}
}

// rise is a step of slow start: a bold one when there is a distance to hide, a careful
// one for files that take long, because what has begun is not taken back.
func (c *crew) rise(now, answer time.Duration, soon bool) {
	n := 2 * c.limit
	if soon && answer >= farAway {
		n = 4 * c.limit
	}
	c.try(min(n, c.top(now)))
	c.rising = c.from > 0
}

// try has the next round show what another number of workers brings.
func (c *crew) try(n int) {
	if n != c.limit {
		c.from, c.limit = c.limit, n
	}
}

// revive is for a host that answers again after it was silent as a whole: what was
// learnt on the way there counts no more.
func (c *crew) revive() {
	if c.limit < crewFew {
		*c = newCrew(crewFirst, c.cuts)
	}
}
