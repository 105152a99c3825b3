package engine

import (
	"fmt"
	"testing"
)

// What a state looks through with every event has a bound: a recording from anywhere may
// list any number of it.
func TestAStateIsNotFilledWithWhatItLooksThrough(t *testing.T) {
	const n = 3000
	t.Run("parts that stand still", func(t *testing.T) {
		s := State{}
		for i := range n {
			s.Apply(Event{Body: InspectorStuck{Part: fmt.Sprint(i)}})
		}
		if len(s.Stuck) != maxStuck || s.Stuck[0].Part != "0" {
			t.Errorf("%d parts", len(s.Stuck))
		}
		s.Apply(Event{Body: InspectorStuck{Part: "0", Over: true}})
		s.Apply(Event{Body: InspectorStuck{Part: "1"}}) // it goes on: the latest is the last
		if len(s.Stuck) != maxStuck-1 || s.Stuck[maxStuck-2].Part != "1" {
			t.Errorf("%d parts, the last %q", len(s.Stuck), s.Stuck[len(s.Stuck)-1].Part)
		}
	})
	t.Run("hosts and their queues", func(t *testing.T) {
		s := State{}
		for i := range n {
			s.Apply(Event{Body: HostChanged{Host: fmt.Sprint(i)}})
			s.Apply(Event{Body: BreakerChanged{Host: fmt.Sprint(i)}})
		}
		if len(s.Hosts) != maxHosts || len(s.Breakers) != maxHosts {
			t.Errorf("%d hosts, %d queues", len(s.Hosts), len(s.Breakers))
		}
	})
}
