package engine

import (
	"math"
	"time"
)

func (s *State) applyItems(specs []ItemSpec, at time.Duration) {
	for _, spec := range specs {
		ok := int(spec.ID) == s.Items.Len()
		if spec.Kind != Copy {
			ok = ok && spec.Of == spec.ID
		} else { // copies stand directly behind their target
			ok = ok && spec.Of < spec.ID && s.Items.At(int(spec.Of)).Kind == Target &&
				int(spec.ID) == int(spec.Of)+int(s.Items.At(int(spec.Of)).Copies)+1
		}
		if !ok || spec.Kind >= numKinds {
			s.Violations++
			continue
		}
		s.Settled = false
		var before ItemState
		if spec.Kind == Copy {
			before = s.groupState(spec.Of)
		}
		s.Items.Append(Item{ItemSpec: spec, Since: at})
		s.Counts[Queued]++
		switch spec.Kind {
		case Metadata:
			s.Metadata++
		case Target:
			s.Targets.Total++
			s.Targets.ByState[Queued]++
			s.Targets.Bytes = added(s.Targets.Bytes, max(spec.Length, 0))
		case Copy:
			s.Items.At(int(spec.Of)).Copies++
			s.Targets.Bytes = added(s.Targets.Bytes, max(spec.Length, 0))
			s.moveGroup(spec.Of, before)
		}
	}
}

// applyState enforces the state machine: From is the current state, an ended
// state is left only by a later attempt, attempt numbers only grow.
func (s *State) applyState(b StateChanged, at time.Duration) {
	it := s.Item(b.Item)
	if it == nil || it.State != b.From || b.To >= numStates || b.From == b.To ||
		b.Attempt < it.Attempt || !allowed(b.From, b.To) ||
		b.From.Ended() && b.Attempt <= it.Attempt || begins(b) && it.lastAttempt() >= b.Attempt {
		s.Violations++
		return
	}
	var before ItemState
	if it.Kind != Metadata {
		before = s.groupState(it.Of)
	}
	s.Counts[it.State]--
	s.Counts[b.To]++
	if begins(b) {
		s.setDone(it, 0)
		it.tried.add(Attempt{N: b.Attempt, Started: at, From: b.Done}, &s.spare)
		it.Cause = nil
	}
	if b.To == Stalled {
		it.From = b.From
	} else if b.To.Active() {
		it.Cause = nil
	}
	s.applySilence(it, b, at)
	if b.To == Verifying {
		applyCheck(it, at)
	}
	it.State, it.Attempt, it.Since, it.Next = b.To, b.Attempt, at, b.Next
	it.Reason, it.Problem = b.Reason, b.Problem
	if b.Done > 0 || b.To.Ended() {
		s.setDone(it, b.Done)
	}
	if !b.To.Active() {
		it.Rate = 0
		if a := it.Current(); a != nil && a.Ended == 0 && a.N == b.Attempt {
			a.Ended, a.Problem, a.Done = at, b.Problem, it.Done
			it.tried.settle(&s.spare)
		}
	}
	if !b.To.Ended() {
		s.Settled = false
	}
	if it.Kind != Metadata {
		s.moveGroup(it.Of, before)
	}
}

// begins tells whether an attempt begins with this move.
func begins(b StateChanged) bool { return b.To.Active() && (b.From == Queued || b.From == Retrying) }

// allowed is the state machine's table of moves. An attempt may skip states that
// took no time.
func allowed(from, to ItemState) bool {
	switch from {
	case Queued:
		return to != Stalled && to != Retrying
	case Connecting, Waiting, Transferring:
		return to > from
	case Verifying:
		return to > from || to == Queued // what it hangs on was looked at again
	case Stalled:
		return true
	case Retrying:
		// Skipped when nobody asks for it any more, failed when its host is given up.
		return to == Queued || to == Connecting || to == Cancelled || to == Skipped || to == Failed
	}
	return to == Queued // ended: only a retry leaves it
}

func (s *State) setDone(it *Item, done int64) {
	if it.Kind != Metadata {
		s.Targets.Done = added(s.Targets.Done, done-it.Done)
	}
	it.Done = done
}

// added is a sum of bytes, and no more than there is a number for: lengths are what a
// repository lists.
func added(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// groupState is the state in which a target counts: the worst of its own and its
// copies'.
func (s *State) groupState(of ItemID) ItemState {
	t := s.Items.At(int(of))
	worst := t.State
	for i := 1; i <= int(t.Copies); i++ {
		if st := s.Items.At(int(of) + i).State; groupRank[st] > groupRank[worst] {
			worst = st
		}
	}
	return worst
}

// moveGroup moves a target from the state that its group was counted in.
func (s *State) moveGroup(of ItemID, before ItemState) {
	after := s.groupState(of)
	s.Targets.ByState[before]--
	s.Targets.ByState[after]++
}

// groupRank orders states by what a target with copies counts as.
var groupRank = [NumStates]int{
	Verified: 0, Skipped: 1, Queued: 2, Verifying: 3, Transferring: 4, Waiting: 5, Connecting: 6,
	Retrying: 7, Stalled: 8, Cancelled: 9, Untrusted: 10, Failed: 11,
}
