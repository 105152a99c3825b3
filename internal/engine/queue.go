package engine

// queue holds items that wait for a slot: metadata before targets, each in the
// order in which they came, prioritised ones before both. Items that left the
// Queued state otherwise are dropped when their turn comes.
type queue struct {
	first, metadata, targets fifo
}

// fifo is a slice with a moving head; it gives its space back when it is empty.
type fifo struct {
	ids  []ItemID
	head int
}

func (f *fifo) push(id ItemID) { f.ids = append(f.ids, id) }

func (f *fifo) pop() (ItemID, bool) {
	if f.head == len(f.ids) {
		return 0, false
	}
	id := f.ids[f.head]
	f.head++
	if f.head == len(f.ids) {
		f.ids, f.head = nil, 0
	}
	return id, true
}

func (q *queue) push(id ItemID, k Kind) {
	if k == Metadata {
		q.metadata.push(id)
		return
	}
	q.targets.push(id)
}

// pushFirst puts an item at the head; several keep the order in which they come.
func (q *queue) pushFirst(id ItemID) { q.first.push(id) }

// putBack puts items at the heads of the queues that they came from.
func (q *queue) putBack(ids []ItemID, kind func(ItemID) Kind) {
	var metadata, targets fifo
	for _, id := range ids {
		if kind(id) == Metadata {
			metadata.push(id)
		} else {
			targets.push(id)
		}
	}
	metadata.ids = append(metadata.ids, q.metadata.ids[q.metadata.head:]...)
	targets.ids = append(targets.ids, q.targets.ids[q.targets.head:]...)
	q.metadata, q.targets = metadata, targets
}

func (q *queue) pop() (ItemID, bool) {
	for _, f := range []*fifo{&q.first, &q.metadata, &q.targets} {
		if id, ok := f.pop(); ok {
			return id, true
		}
	}
	return 0, false
}

// take takes out the items that are meant, in their order.
func (q *queue) take(meant func(ItemID) bool) []ItemID {
	var out []ItemID
	for _, f := range []*fifo{&q.first, &q.metadata, &q.targets} {
		var rest fifo
		for {
			id, ok := f.pop()
			if !ok {
				break
			}
			if meant(id) {
				out = append(out, id)
			} else {
				rest.push(id)
			}
		}
		*f = rest
	}
	return out
}

// timers is a heap of items that wait for their next attempt, soonest first.
type timers []timer

type timer struct {
	at      int64 // time since the start, in nanoseconds
	item    ItemID
	attempt int // stale unless the item is still retrying after this attempt
}

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].at < t[j].at }
func (t timers) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }

// Push is part of heap.Interface.
func (t *timers) Push(x any) { *t = append(*t, x.(timer)) }

// Pop is part of heap.Interface.
func (t *timers) Pop() any {
	old := *t
	x := old[len(old)-1]
	*t = old[:len(old)-1]
	return x
}
