package engine

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// rough is a source over hosts that are dead for a while. Their answers break off,
// stall, crawl or are wrong, and go on at an offset when they are asked to.
type rough struct {
	*memory
	seed  uint64
	level int             // of a hundred answers, how many have a trouble
	fates map[string]fate // by host
	start time.Time

	facts                      sync.Map // of facts
	panics, resumed, restarted atomic.Int64
}

// fate is when a host is dead, and how that shows.
type fate struct {
	how  trouble
	dead []outage
}

type outage struct{ from, to time.Duration }

// fact is something that an address has brought.
type fact struct{ address, what string }

const (
	allRight = "all bytes, and the right ones"
	allWrong = "all bytes in one answer, and wrong ones"
)

func rightUpTo(n int64) string { return fmt.Sprintf("the right bytes up to %d", n) }

// trouble is what befalls an answer.
type trouble int

const (
	none trouble = iota
	noConnection
	refused
	refusedLate
	noHeaders
	busy
	barred // as refused, and for a person to retry
	missing
	panicking
	pastTheEnd
	bentByte
	brokenOff
	stalling
	slow
)

var (
	// deaths are the troubles that a dead host can have.
	deaths = []trouble{noConnection, refused, refusedLate, noHeaders}
	// troubles are those of an answer, each as often as it is to come.
	troubles = []trouble{
		noHeaders, noHeaders, noHeaders, busy, busy, busy, barred, barred, barred, missing, panicking,
		pastTheEnd, pastTheEnd, pastTheEnd, bentByte, bentByte, bentByte,
		brokenOff, brokenOff, brokenOff, brokenOff, brokenOff, brokenOff,
		stalling, stalling, stalling, stalling, stalling, stalling, slow, slow, slow,
	}
)

func newRough(m *memory, seed uint64) *rough {
	return &rough{memory: m, seed: seed, start: time.Now(), fates: map[string]fate{}}
}

func (c *rough) brought(address, what string) bool {
	_, ok := c.facts.Load(fact{address, what})
	return ok
}

func (c *rough) note(address, what string) { c.facts.Store(fact{address, what}, nil) }

func (c *rough) came(address string) bool { return c.brought(address, allRight) }

func (c *rough) planned() int64 { return c.panics.Load() }

// death is the trouble of a host that is dead now, or none.
func (c *rough) death(base string) trouble {
	f := c.fates[hostName(base)]
	now := time.Since(c.start)
	for _, w := range f.dead {
		if w.from <= now && now < w.to {
			return f.how
		}
	}
	return none
}

func (c *rough) Get(ctx context.Context, req fetch.Request, sink io.Writer, tr fetch.Trace) (int64, error) {
	a, err := c.answer(req.File)
	if err != nil {
		return 0, err
	}
	a.req, a.sink, a.tr = req, sink, tr
	tr.Enter(fetch.Mark{Phase: fetch.Pool})
	a.enter(fetch.Connect)
	if how := c.death(req.Base); how != none {
		return 0, a.refuse(ctx, how)
	}
	if err := a.pause(ctx, a.upTo(50*time.Millisecond)); err != nil {
		return 0, err
	}
	a.enter(fetch.Headers)
	if err := a.pause(ctx, a.upTo(200*time.Millisecond)); err != nil {
		return 0, err
	}
	what := a.trouble()
	if err := a.refuse(ctx, what); err != nil {
		return 0, err
	}
	r, err := c.open(req)
	if err != nil {
		return 0, err
	}
	if req.Length >= 0 && r.Size() != req.Length {
		a.note(a.address, allWrong)
		return 0, &fetch.Error{Kind: finding.WrongLength, Text: fmt.Sprintf("%d bytes, %d signed", r.Size(), req.Length)}
	}
	all, err := io.ReadAll(r)
	if err != nil {
		return 0, err
	}
	return a.send(ctx, what, all)
}

// Investigate takes its time, at times nearly all that it has.
func (c *rough) Investigate(ctx context.Context, f fetch.File, report func(fetch.Step), _ ...fetch.File) fetch.Conclusion {
	a, err := c.answer(f)
	if err != nil {
		return fetch.Conclusion{Text: err.Error()}
	}
	for range a.random.IntN(4) {
		report(fetch.Step{Check: fetch.CheckConnect, Address: "192.0.2.1:80"})
		if err := a.pause(ctx, a.upTo(probeLimit/4)); err != nil {
			return fetch.Conclusion{Text: err.Error()}
		}
	}
	return fetch.Conclusion{Text: "as it seems"}
}

// answer is what becomes of one request.
type answer struct {
	*rough
	address string
	random  *rand.Rand
	req     fetch.Request
	sink    io.Writer
	tr      fetch.Trace
}

// answer begins one. Its dice do not hang on what else is under way, so that a seed
// brings much the same again.
func (c *rough) answer(f fetch.File) (*answer, error) {
	address, err := c.Locate(f)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.asked[address]++
	n := c.asked[address]
	c.mu.Unlock()
	h := fnv.New64a()
	fmt.Fprint(h, n, address)
	return &answer{rough: c, address: address, random: rand.New(rand.NewPCG(c.seed, h.Sum64()))}, nil
}

func (a *answer) upTo(most time.Duration) time.Duration {
	return time.Duration(a.random.Int64N(int64(most)))
}

func (a *answer) enter(p fetch.Phase) { a.tr.Enter(fetch.Mark{Phase: p, Address: "192.0.2.1:80"}) }

// trouble draws one, for metadata rarely: without them there is little else to see.
func (a *answer) trouble() trouble {
	level := a.level
	if a.req.Length < 0 {
		level /= 8
	}
	if a.random.IntN(100) >= level {
		return none
	}
	return troubles[a.random.IntN(len(troubles))]
}

// pause waits, unless the attempt is ended meanwhile.
func (a *answer) pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		if ctx.Err() == nil {
			return nil
		}
	case <-ctx.Done():
	}
	return a.leave(ctx)
}

// leave waits for the end of the attempt. At times it comes back only just before it
// would be given up.
func (a *answer) leave(ctx context.Context) error {
	<-ctx.Done()
	if a.random.IntN(4) == 0 {
		time.Sleep(a.upTo(leaveWithin - tickEvery))
	}
	return context.Cause(ctx)
}

// refuse is for the troubles in which no body comes.
func (a *answer) refuse(ctx context.Context, what trouble) error {
	switch what {
	case noConnection:
		return a.leave(ctx)
	case noHeaders:
		a.enter(fetch.Headers)
		return a.leave(ctx)
	case refusedLate:
		if err := a.pause(ctx, a.upTo(12*time.Second)); err != nil {
			return err
		}
		fallthrough
	case refused:
		return &fetch.Error{Kind: finding.Unreachable, Text: "refused", Retry: true}
	case barred:
		return &unreachable
	case busy:
		return &fetch.Error{Kind: finding.ServerError, Text: "503", Retry: true, RetryAfter: a.upTo(20 * time.Second), Status: 503}
	case missing:
		return &fetch.Error{Kind: finding.Missing, Text: "404 Not Found", Status: 404}
	case panicking:
		a.panics.Add(1)
		panic("planned")
	case pastTheEnd:
		if a.req.Offset > 0 {
			a.tr.Respond(fetch.Response{Status: 416})
			return &fetch.Error{Kind: finding.ServerError, Text: "416", Retry: true, StartOver: true}
		}
	}
	return nil
}

// begin says from which byte on the file comes: the one that was asked for or, as
// servers may, the first.
func (a *answer) begin(size int64) int64 {
	from := a.req.Offset
	if from >= size || a.random.IntN(4) == 0 {
		from = 0
	}
	r := fetch.Response{Status: 200, Length: size - from, Validator: `"a"`}
	if from > 0 {
		r.Status = 206
	}
	a.tr.Respond(r)
	a.enter(fetch.Body)
	switch {
	case from > 0:
		a.resumed.Add(1)
	case a.req.Offset > 0:
		a.restarted.Add(1)
		a.sink.(fetch.Restarter).Restart()
		a.tr.(fetch.RestartTrace).Restarted()
	}
	return from
}

// send brings the body in pieces.
func (a *answer) send(ctx context.Context, what trouble, all []byte) (int64, error) {
	from := a.begin(int64(len(all)))
	right := from == 0 || a.brought(a.address, rightUpTo(from))
	rest := all[from:]
	end := len(rest) // no more comes
	switch {
	case len(rest) == 0:
	case what == bentByte:
		rest = append([]byte{rest[0] ^ 1}, rest[1:]...)
		right = false
	case what == brokenOff, what == stalling:
		end = a.random.IntN(len(rest))
	}
	piece := max(1, len(rest)/(1+a.random.IntN(8)))
	gap := a.upTo(300 * time.Millisecond)
	if what == slow {
		gap = a.upTo(20 * time.Second)
	}
	for n := 0; n < len(rest); {
		m, err := a.sink.Write(rest[n:min(n+piece, end)])
		if err != nil {
			panic(err) // it has no reason to
		}
		n += m
		a.tr.Got(m)
		if right {
			a.note(a.address, rightUpTo(from+int64(n)))
		}
		dead := a.death(a.req.Base)
		switch cut := n == end && end < len(rest); {
		case cut && what == brokenOff, dead == refused:
			return int64(n), &fetch.Error{Kind: finding.Incomplete, Text: "broken off", Retry: true}
		case cut, dead != none:
			return int64(n), a.leave(ctx)
		}
		if err := a.pause(ctx, gap); err != nil {
			return int64(n), err
		}
	}
	switch {
	case right:
		a.note(a.address, allRight)
	case from == 0:
		a.note(a.address, allWrong)
	}
	return int64(len(rest)), nil
}
