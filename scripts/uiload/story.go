package main

import (
	"container/heap"
	"fmt"
	"net/http"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

const (
	workers = 64
	// large is how many of the workers are at files that take many batches; the
	// others are at small ones.
	large = 16
	// Of so many files one is silent for a while, is tried again, or fails. There
	// are few of them, since they stand at the head of the list and change little:
	// the rows of files that come and go are what costs.
	silentOf, againOf, failedOf = 4_000, 1_000, 10_000
	silence                     = 12 * time.Second
	mirror, spare               = "203.0.113.7:443", "203.0.113.8:443"
	host                        = "tuf.example.org:443"
)

// fate is what becomes of an attempt.
type fate uint8

const (
	well fate = iota
	stalls
	again
	fails
)

// story makes up the events of a run. All of it follows from the number of targets
// and the times at which it is asked to go on.
type story struct {
	at      time.Duration
	seq     uint64
	events  []engine.Event
	targets int
	tries   []uint16 // by target: attempts begun
	waits   int      // the next target that is queued
	rounds  int      // how often all targets have been begun
	slots   [workers]work
	turn    int // the slot that goes on next
	batch   int // how many have been made
	later   timers
	failed  int
	bytes   int64
}

// work is an attempt under way.
type work struct {
	id      engine.ItemID
	attempt int
	step    int
	state   engine.ItemState
	done    int64
	large   bool
	batch   int // in which its progress was last told
	fate    fate
	free    bool
}

func newStory(targets int) *story {
	return &story{targets: targets, tries: make([]uint16, targets)}
}

// say adds a lossless event.
func (s *story) say(b engine.Body) {
	s.seq++
	s.events = append(s.events, engine.Event{Seq: s.seq, At: s.at, Body: b})
}

// tell adds one of which only the newest would be kept.
func (s *story) tell(b engine.Body) {
	s.events = append(s.events, engine.Event{Seq: s.seq, At: s.at, Body: b})
}

// take gives the events since it was last called.
func (s *story) take() []engine.Event {
	e := s.events
	s.events = make([]engine.Event, 0, len(e)+len(e)/8)
	return e
}

// begin tells of the roles and of all targets.
func (s *story) begin(now time.Time) {
	s.say(engine.RunStarted{
		Version: "made up", Repository: "https://tuf.example.org", MetadataURL: "https://tuf.example.org/metadata",
		TargetsURL: "https://tuf.example.org/targets", ReferenceTime: now, Started: now, Workers: workers,
		Limits: engine.Limits{StallAfter: 10 * time.Second, StallTimeout: time.Minute, Retries: 3}, Interactive: true,
	})
	for i, name := range []string{"root", "timestamp", "snapshot", "targets", "releases"} {
		r := trust.Role{
			ID: trust.RoleID(i), Name: name, Version: 7, State: trust.Accepted, Expires: now.Add(90 * 24 * time.Hour),
			Threshold: 1, Signers: []trust.Signer{{KeyID: "ana", Valid: true}}, Current: true,
		}
		switch name {
		case "root":
		case "releases":
			r.Parent, r.ParentID, r.Targets = "targets", 3, s.targets
		default:
			r.Parent = "root"
		}
		s.say(engine.RoleChanged{Role: r})
	}
	for from := 0; from < s.targets; from += 1000 {
		var specs []engine.ItemSpec
		for i := from; i < min(from+1000, s.targets); i++ {
			specs = append(specs, spec(i))
		}
		s.say(engine.ItemsFound{Items: specs})
	}
	for i := range s.slots {
		s.slots[i] = work{free: true, large: i < large}
	}
}

var (
	systems = [...]string{"linux/amd64", "linux/arm64", "darwin/arm64", "windows/amd64"}
	parts   = [...]string{"agent", "bootloader", "cli", "kernel", "policy", "rootfs", "sbom", "updater"}
)

func spec(i int) engine.ItemSpec {
	path := fmt.Sprintf("releases/1.%d.%d/%s/%s-%06x.tar.zst", i/1000, i/32%32, systems[i/8%4], parts[i%8], i)
	return engine.ItemSpec{
		ID: engine.ItemID(i), Of: engine.ItemID(i), Kind: engine.Target, Path: path, Role: 4, RoleName: "releases",
		Length: lengthOf(i), Hashes: []trust.Hash{{Algorithm: "sha256", Sum: make([]byte, 32)}},
		Site: engine.SiteOf("https://tuf.example.org/targets/" + path),
	}
}

func lengthOf(i int) int64 { return 4<<10 + int64(i*7919%65_536) }

// advance adds about so many events.
func (s *story) advance(n int) {
	s.batch++
	s.wake()
	n -= 3 // for what is told at the end
	for idle := 0; len(s.events) < n && idle < workers; s.turn = (s.turn + 1) % workers {
		if s.step(&s.slots[s.turn]) {
			idle = 0
		} else {
			idle++
		}
	}
	active := 0
	for i := range s.slots {
		active += boolInt(!s.slots[i].free)
	}
	for _, address := range []string{mirror, spare} {
		s.tell(engine.HostChanged{
			Host: host, Address: address, Active: active / 2, Open: active / 2, Bytes: s.bytes / 2, Rate: s.speed() / 2,
			Failed: s.failed / 2, FirstByteP50: 18 * time.Millisecond, FirstByteP95: 64 * time.Millisecond,
		})
	}
	s.tell(engine.QueueChanged{Workers: workers, StallAfter: 10 * time.Second, Active: active, Bytes: s.bytes, Rate: s.speed()})
}

func (s *story) speed() float64 { return float64(s.bytes) / max(s.at.Seconds(), 1) }

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// wake goes on with what was silent or waited to be tried again.
func (s *story) wake() {
	for len(s.later) > 0 && s.later[0].due <= s.at {
		t := heap.Pop(&s.later).(timer)
		w := t.work
		if w.state == engine.Stalled {
			s.move(&w, engine.Transferring, nil, 0)
			w.done = lengthOf(int(w.id))
			s.move(&w, engine.Verifying, nil, 0)
			s.move(&w, engine.Verified, nil, 0)
			continue
		}
		w.attempt++
		s.tries[w.id]++
		w.done, w.fate = 0, well
		s.move(&w, engine.Connecting, nil, 0)
		s.move(&w, engine.Transferring, nil, 0)
		w.done = lengthOf(int(w.id))
		s.move(&w, engine.Verifying, nil, 0)
		s.move(&w, engine.Verified, nil, 0)
	}
}

func (s *story) move(w *work, to engine.ItemState, p *engine.Problem, next time.Duration) {
	reason := ""
	if p != nil {
		reason = p.Text
	}
	s.say(engine.StateChanged{Item: w.id, Attempt: w.attempt, From: w.state, To: to, Reason: reason, Problem: p, Next: next, Done: w.done})
	w.state = to
}

// begins puts the next target into a slot. When all have ended they are retried,
// one after the other.
func (s *story) begins(w *work) bool {
	if s.waits == s.targets {
		s.waits = 0
		s.rounds++
	}
	i := s.waits
	s.waits++
	id := engine.ItemID(i)
	if s.busy(id) {
		return false
	}
	*w = work{id: id, attempt: int(s.tries[i]) + 1, large: w.large}
	s.tries[i]++
	if s.rounds > 0 {
		w.state = engine.Verified
		if i%failedOf == failedOf-1 {
			w.state = engine.Failed
		}
		s.move(w, engine.Queued, nil, 0)
	}
	switch {
	case i%failedOf == failedOf-1:
		w.fate = fails
	case i%silentOf == silentOf-1:
		w.fate = stalls
	case i%againOf == againOf-1:
		w.fate = again
	}
	return true
}

// busy tells whether a target is still at what an earlier round began.
func (s *story) busy(id engine.ItemID) bool {
	for i := range s.slots {
		if !s.slots[i].free && s.slots[i].id == id {
			return true
		}
	}
	for i := range s.later {
		if s.later[i].work.id == id {
			return true
		}
	}
	return false
}

// step goes on with an attempt by an event, and tells whether there was one.
func (s *story) step(w *work) bool {
	if w.free && !s.begins(w) {
		return false
	}
	length := lengthOf(int(w.id))
	phase := func(p fetch.Phase) {
		s.say(engine.PhasesEntered{Item: w.id, Attempt: w.attempt, Marks: []engine.TimedMark{{Phase: p, At: s.at}}, Address: mirror, Reused: w.id%50 != 0})
	}
	w.step++
	switch w.step {
	case 1:
		s.move(w, engine.Connecting, nil, 0)
	case 2:
		phase(fetch.Pool)
	case 3:
		phase(fetch.Headers)
	case 4:
		s.move(w, engine.Waiting, nil, 0)
	case 5:
		s.say(engine.Responded{Item: w.id, Attempt: w.attempt, Response: fetch.Response{
			Status: http.StatusOK, Protocol: "HTTP/2.0", TLS: "TLS 1.3", Length: length,
		}})
	case 6:
		phase(fetch.Body)
	case 7:
		s.move(w, engine.Transferring, nil, 0)
	case 8:
		return s.transfer(w, length)
	case 9:
		s.move(w, engine.Verifying, nil, 0)
	case 10:
		phase(fetch.Verify)
	default:
		s.move(w, engine.Verified, nil, 0)
		w.free = true
	}
	return true
}

// transfer brings bytes, or what is to become of the attempt instead.
func (s *story) transfer(w *work, length int64) bool {
	switch {
	case w.fate == stalls:
		p := &engine.Problem{Kind: finding.Stalled, Text: "no byte for 10s", Retry: true}
		s.move(w, engine.Stalled, p, 0)
		s.tell(engine.Diagnosed{Item: w.id, Attempt: w.attempt, Diagnosis: fetch.Diagnosis{Cause: fetch.BodyStopped, Label: "the server has stopped in the body"}})
		s.after(w, silence)
		return true
	case w.fate == again:
		p := &engine.Problem{Kind: finding.Incomplete, Text: "EOF after 12 KiB", Retry: true}
		s.move(w, engine.Retrying, p, s.at+2*time.Second)
		s.after(w, 2*time.Second)
		return true
	case w.fate == fails:
		s.move(w, engine.Failed, &engine.Problem{Kind: finding.Missing, Text: "404 Not Found"}, 0)
		w.free = true
		s.failed++
		return true
	case !w.large:
		s.bytes += length
		w.done = length
	case w.batch == s.batch:
		return false
	default:
		w.batch = s.batch
		w.done = min(w.done+length/40, length)
		s.bytes += length / 40
	}
	s.tell(engine.Progress{Item: w.id, Attempt: w.attempt, Done: w.done, Rate: float64(length) * 3})
	if w.done < length {
		w.step--
	}
	return true
}

// after puts an attempt aside, and frees its slot.
func (s *story) after(w *work, d time.Duration) {
	heap.Push(&s.later, timer{s.at + d, *w})
	w.free = true
}

// timer is an attempt that goes on later.
type timer struct {
	due  time.Duration
	work work
}

// timers is a heap, the next one first.
type timers []timer

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].due < t[j].due }
func (t timers) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *timers) Push(x any)        { *t = append(*t, x.(timer)) }
func (t *timers) Pop() any {
	old := *t
	x := old[len(old)-1]
	*t = old[:len(old)-1]
	return x
}
