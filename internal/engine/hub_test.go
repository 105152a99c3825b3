package engine

import (
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestLosslessEventsKeepTheirOrderAndProgressIsCoalesced(t *testing.T) {
	h := newHub(time.Now())
	for i := range 5 {
		h.publish(StateChanged{Item: ItemID(i)})
		h.publish(Progress{Item: 1, Done: int64(i)})
	}
	h.publish(Progress{Item: 2, Done: 7})
	u, _ := h.take()
	var states []ItemID
	progress := map[ItemID]int64{}
	for _, e := range u.Events {
		switch b := e.Body.(type) {
		case StateChanged:
			states = append(states, b.Item)
		case Progress:
			progress[b.Item] = b.Done
		}
	}
	if !slices.Equal(states, []ItemID{0, 1, 2, 3, 4}) || len(u.Events) != 7 || progress[1] != 4 || progress[2] != 7 {
		t.Errorf("%v, %v, %d events", states, progress, len(u.Events))
	}
	if u, _ := h.take(); len(u.Events) != 0 {
		t.Errorf("taken twice: %v", u.Events)
	}
}

func TestTheLastEventIsLast(t *testing.T) {
	h := newHub(time.Now())
	h.publish(QueueChanged{})
	h.publish(RunFinished{})
	h.close()
	u, last := h.take()
	if _, ok := u.Events[len(u.Events)-1].Body.(RunFinished); !ok || !last {
		t.Errorf("%+v, last %v", u.Events, last)
	}
}

func TestThePumpSendsAtMostTenBatchesASecondAndTheFirstAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		h := newHub(start)
		updates := make(chan Update, 1)
		go h.pump(updates, nil)
		go func() {
			for i := range 1000 {
				h.publish(StateChanged{Item: ItemID(i)})
				time.Sleep(time.Millisecond)
			}
			h.close()
		}()
		var at []time.Duration
		n := 0
		for u := range updates {
			at = append(at, time.Since(start))
			n += len(u.Events)
		}
		if n != 1000 || len(at) > 12 || at[0] > time.Millisecond {
			t.Errorf("%d events in %d batches, the first after %s", n, len(at), at[0])
		}
	})
}

// That a run has settled, or has ended, is told at once: nothing is likely to follow.
func TestWhatIsLastDoesNotWaitForMore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(time.Now())
		updates := make(chan Update)
		go h.pump(updates, make(chan struct{}))
		var told []time.Duration
		for _, b := range []Body{RunStarted{}, StateChanged{}, RunSettled{}, StateChanged{}, RunFinished{}} {
			h.publish(b)
			if _, ok := b.(RunFinished); ok {
				h.close()
			}
			if _, ok := b.(StateChanged); ok {
				continue // comes with the next
			}
			<-updates
			told = append(told, h.now())
		}
		if told[1] > 0 || told[2] > 0 {
			t.Errorf("told after %s", told)
		}
	})
}

func TestAReaderThatStopsBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHub(time.Now())
		updates := make(chan Update, 1)
		quit := make(chan struct{})
		go h.pump(updates, quit)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for i := range 1000 {
					h.publish(Progress{Item: ItemID(i % 3)})
				}
			})
		}
		wg.Wait() // nobody has read anything
		close(quit)
		synctest.Wait()
		for range updates { // closed, after what was under way
		}
	})
}

func BenchmarkPublish(b *testing.B) {
	h := newHub(time.Now())
	i := 0
	for b.Loop() {
		h.publish(Progress{Item: ItemID(i % 64)})
		h.publish(StateChanged{Item: ItemID(i)})
		if i++; i%1000 == 0 {
			h.take()
		}
	}
}
