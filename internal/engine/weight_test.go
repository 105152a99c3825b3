package engine

import (
	"fmt"
	"testing"
	"time"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// What takes more memory than an item that went well weighs more.
func TestAStateWeighsWhatIsNotPacked(t *testing.T) {
	s := &State{}
	at := time.Duration(0)
	say := func(b Body) {
		at += time.Second
		s.Apply(Event{At: at, Body: b})
	}
	weighs := func(what string, want int) {
		t.Helper()
		if got := s.Weight(); got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	say(ItemsFound{[]ItemSpec{{ID: 0, Of: 0, Kind: Target}, {ID: 1, Of: 1, Kind: Target}}})
	weighs("two items", 2)
	say(StateChanged{Item: 0, Attempt: 1, From: Queued, To: Connecting})
	say(StateChanged{Item: 0, Attempt: 1, From: Connecting, To: Verified})
	weighs("one that went well", 2)
	for n := range 4 {
		say(StateChanged{Item: 1, Attempt: n + 1, From: Queued, To: Connecting})
		say(StateChanged{Item: 1, Attempt: n + 1, From: Connecting, To: Retrying, Problem: &Problem{Kind: finding.Unreachable}})
		say(StateChanged{Item: 1, Attempt: n + 1, From: Retrying, To: Queued})
	}
	weighs("four attempts", 2+4*attemptWeight)
	for i := range 5 {
		say(FindingRaised{Finding: finding.New(finding.ExpiresSoon, fmt.Sprint(i), "x")})
	}
	say(RoleChanged{Role: trust.Role{Name: "root"}})
	weighs("findings and a role", 2+10*attemptWeight)
}
