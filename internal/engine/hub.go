package engine

import (
	"sync"
	"time"
)

// batchEvery is the shortest time between two updates: ten a second is what a
// person can follow.
const batchEvery = 100 * time.Millisecond

// hub stands between the run and its reader. Events are published without
// waiting; the pump hands them over in batches. Lossless events keep their order,
// of the others only the newest of each subject waits. A reader that stops costs
// memory for lossless events, and nothing else.
type hub struct {
	start time.Time

	mu      sync.Mutex
	seq     uint64
	last    time.Duration
	pending []Event
	most    int // of the batches of late: as many are likely to come
	newest  []Event
	where   map[any]int // subject → index in newest
	closed  bool

	wake chan struct{} // holds one token when there is something to take
	soon chan struct{} // likewise, when it is not to wait for more
	done chan struct{} // closed with the hub
}

func newHub(start time.Time) *hub {
	return &hub{start: start, where: map[any]int{}, wake: make(chan struct{}, 1), soon: make(chan struct{}, 1), done: make(chan struct{})}
}

// now is the time since the start; it never goes back.
func (h *hub) now() time.Duration { return time.Since(h.start) }

// publish adds an event. It never blocks for longer than a copy takes.
func (h *hub) publish(b Body) {
	h.mu.Lock()
	h.last = max(h.last, h.now())
	if key := subject(b); key == nil {
		h.seq++
		if h.pending == nil && h.most > 0 {
			h.pending = make([]Event, 0, h.most)
		}
		h.pending = append(h.pending, Event{Seq: h.seq, At: h.last, Body: b})
	} else if i, ok := h.where[key]; ok {
		h.newest[i] = Event{Seq: h.seq, At: h.last, Body: b}
	} else {
		h.where[key] = len(h.newest)
		h.newest = append(h.newest, Event{Seq: h.seq, At: h.last, Body: b})
	}
	h.mu.Unlock()
	h.signal()
	if _, settled := b.(RunSettled); settled { // nothing is likely to follow
		select {
		case h.soon <- struct{}{}:
		default:
		}
	}
}

type progressOf ItemID
type diagnosisOf ItemID
type hostOf struct{ host, behind, address string }
type queueOf struct{}

// subject is what a coalesced event is about, or nil for a lossless one.
func subject(b Body) any {
	switch b := b.(type) {
	case Progress:
		return progressOf(b.Item)
	case Diagnosed:
		return diagnosisOf(b.Item)
	case HostChanged:
		return hostOf{b.Host, b.Behind, b.Address}
	case QueueChanged:
		return queueOf{}
	}
	return nil
}

// close says that nothing more will be published.
func (h *hub) close() {
	h.mu.Lock()
	if !h.closed {
		h.closed = true
		close(h.done)
	}
	h.mu.Unlock()
	h.signal()
}

func (h *hub) signal() {
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

// take gives what has gathered, and whether that was the last. Coalesced events
// stand behind the lossless ones, but before an event that ends the run, which
// nothing may follow.
func (h *hub) take() (Update, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	events := h.pending
	h.most = max(len(events), h.most/2)
	if len(h.newest) > 0 {
		if n := len(events); n > 0 {
			if end, ok := events[n-1].Body.(RunFinished); ok {
				last := events[n-1]
				last.Body = end
				events = append(append(events[:n-1:n-1], h.newest...), last)
			} else {
				events = append(events, h.newest...)
			}
		} else {
			events = h.newest
		}
		clear(h.where)
		h.newest = nil
	}
	h.pending = nil
	return Update{Events: events}, h.closed
}

// pump hands batches over until the hub is closed and empty, or quit is closed.
// It closes updates in both cases.
func (h *hub) pump(updates chan<- Update, quit <-chan struct{}) {
	defer close(updates)
	var sent time.Time
	for {
		select {
		case <-h.wake:
		case <-quit:
			return
		}
		if wait := batchEvery - time.Since(sent); wait > 0 {
			t := time.NewTimer(wait)
			ended := false
			select {
			case <-t.C:
			case <-h.soon:
			case <-h.done: // nothing is left to gather
			case <-quit:
				ended = true
			}
			t.Stop()
			if ended {
				return
			}
		}
		u, last := h.take()
		if len(u.Events) > 0 {
			select {
			case updates <- u:
			case <-quit:
				return
			}
			sent = time.Now()
		}
		if last {
			return
		}
	}
}
