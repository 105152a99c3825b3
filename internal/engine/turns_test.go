package engine

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
)

// slowLister is a source with which a target takes so long to be listed.
type slowLister struct {
	*memory
	each time.Duration
}

func (s *slowLister) Locate(f fetch.File) (string, error) {
	time.Sleep(s.each)
	return s.memory.Locate(f)
}

// A long list and a long look through targets are worked at in turns, and what comes to
// the loop meanwhile is heard after each of them.
func TestCommandsAreAnsweredWhileTargetsAreListedAndSearchedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(longAndLate(t, 300, 10*listAtOnce))
		lateRole(m, 3*time.Second)
		m.sick["1.long.json"] = m.sick["1.late.json"]
		cfg := configFor(m)
		cfg.Source = &slowLister{m, 2 * time.Microsecond}
		cfg.Interactive = true
		s := startSlow(t, cfg, 5*time.Millisecond)
		longest := time.Duration(0)
		asked := make(chan struct{})
		go func() {
			defer close(asked)
			time.Sleep(3 * time.Second)
			for range 40 {
				at := time.Now()
				if !s.Send(SetWorkers{N: 3}) {
					break
				}
				longest = max(longest, time.Since(at))
				time.Sleep(7 * time.Millisecond)
			}
			s.Send(Stop{Now: true})
		}()
		st := follow(s, func(*State, Event) {})
		<-asked
		checkRun(t, st)
		if longest > 30*time.Millisecond {
			t.Errorf("a command waited for %s", longest)
		}
	})
}

// longAndLate delegates to a role that hides the targets of the next one as long as it
// has not come, and to one with a long list.
func longAndLate(t *testing.T, n, long int) *demo.Repository {
	late := demo.Delegation{Name: "late", Paths: []string{"*/*"}, Targets: []demo.Target{{Path: "x/late", Size: 9}}}
	lists := demo.Delegation{Name: "lists", Paths: []string{"x/*"}}
	for i := range n {
		lists.Targets = append(lists.Targets, demo.Target{Path: fmt.Sprintf("x/%d", i), Size: 9})
	}
	more := demo.Delegation{Name: "long", Paths: []string{"l/*"}}
	for i := range long {
		more.Targets = append(more.Targets, demo.Target{Path: fmt.Sprintf("l/%d", i), Size: 9})
	}
	return build(t, 0, func(s *demo.Spec) { s.Delegations = []demo.Delegation{late, lists, more} })
}
