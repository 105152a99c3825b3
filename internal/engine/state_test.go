package engine

import (
	"math/rand/v2"
	"testing"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// fold applies bodies one second apart.
func fold(s *State, bodies ...Body) *State {
	for _, b := range bodies {
		s.Apply(Event{At: s.Now + time.Second, Body: b})
	}
	return s
}

func threeItems() *State {
	return fold(&State{}, RunStarted{Workers: 4}, ItemsFound{[]ItemSpec{
		{ID: 0, Kind: Metadata, Path: "timestamp.json", Length: -1},
		{ID: 1, Kind: Target, Of: 1, Path: "a", Length: 100},
		{ID: 2, Kind: Copy, Of: 1, Path: "a", Under: "sha512", Length: 100},
	}})
}

func TestStatesMoveAsTheTableSays(t *testing.T) {
	s := threeItems()
	fold(s,
		StateChanged{Item: 1, Attempt: 1, From: Queued, To: Connecting},
		PhasesEntered{Item: 1, Attempt: 1, Marks: []TimedMark{{fetch.Connect, 5 * time.Second}}, Address: "127.0.0.1:1"},
		StateChanged{Item: 1, Attempt: 1, From: Connecting, To: Transferring},
		Progress{Item: 1, Attempt: 1, Done: 40, Rate: 10},
		StateChanged{Item: 1, Attempt: 1, From: Transferring, To: Stalled, Problem: &Problem{Kind: finding.Stalled}, Done: 40},
		Diagnosed{Item: 1, Attempt: 1, Diagnosis: fetch.Diagnosis{Cause: fetch.ServerSilent, Label: "server: silent"}},
	)
	it := s.Item(1)
	if it.State != Stalled || it.From != Transferring || it.Done != 40 || it.Cause == nil || s.Targets.Done != 40 {
		t.Fatalf("after the stall: %+v", it)
	}
	fold(s,
		StateChanged{Item: 1, Attempt: 1, From: Stalled, To: Transferring, Done: 41},
		StateChanged{Item: 1, Attempt: 1, From: Transferring, To: Retrying, Problem: &Problem{Kind: finding.Incomplete}, Next: time.Minute, Done: 50},
		StateChanged{Item: 1, Attempt: 1, From: Retrying, To: Queued},
		StateChanged{Item: 1, Attempt: 2, From: Queued, To: Connecting},
	)
	if it.Cause != nil || it.Attempt != 2 || it.Tries() != 2 || it.Done != 0 {
		t.Fatalf("second attempt: %+v", it)
	}
	if a := it.Attempts()[0]; a.Problem == nil || a.Done != 50 || a.Ended == 0 || len(a.Marks) != 1 || a.Address != "127.0.0.1:1" {
		t.Fatalf("first attempt: %+v", a)
	}
	fold(s, StateChanged{Item: 1, Attempt: 2, From: Connecting, To: Verified, Done: 100})
	if s.Targets.ByState[Verified] != 0 || s.Targets.ByState[Queued] != 1 {
		t.Errorf("a target counts as verified although its copy does not: %v", s.Targets.ByState)
	}
	fold(s,
		StateChanged{Item: 2, Attempt: 1, From: Queued, To: Connecting},
		StateChanged{Item: 2, Attempt: 1, From: Connecting, To: Verified, Done: 100},
	)
	if s.Targets.ByState[Verified] != 1 || s.Targets.Done != 200 || s.Violations != 0 {
		t.Errorf("totals %+v, %d violations", s.Targets, s.Violations)
	}
}

func TestEventsThatDoNotFitAreCountedAndChangeNothing(t *testing.T) {
	for name, b := range map[string]Body{
		"another state than the current one": StateChanged{Item: 1, Attempt: 1, From: Waiting, To: Failed},
		"an item that does not exist":        StateChanged{Item: 9, Attempt: 1, From: Queued, To: Connecting},
		"a stall of a queued item":           StateChanged{Item: 1, Attempt: 1, From: Queued, To: Stalled},
		"a state that does not exist":        StateChanged{Item: 1, Attempt: 1, From: Queued, To: 99},
		"an item out of order":               ItemsFound{[]ItemSpec{{ID: 7}}},
		"a copy of a metadata file":          ItemsFound{[]ItemSpec{{ID: 3, Kind: Copy, Of: 0}}},
		"a copy of itself":                   ItemsFound{[]ItemSpec{{ID: 3, Kind: Copy, Of: 3}}},
		"a role out of order":                RoleChanged{trust.Role{ID: 5}},
		"no body":                            nil,
	} {
		s := threeItems()
		fold(s, b)
		if s.Violations != 1 || s.Counts[Queued] != 3 || s.Items.Len() != 3 {
			t.Errorf("%s: %d violations, counts %v", name, s.Violations, s.Counts)
		}
	}
}

func TestAnEndedStateIsLeftOnlyByALaterAttempt(t *testing.T) {
	s := threeItems()
	fold(s,
		StateChanged{Item: 1, Attempt: 1, From: Queued, To: Connecting},
		StateChanged{Item: 1, Attempt: 1, From: Connecting, To: Failed, Problem: &Problem{Kind: finding.Missing}},
		StateChanged{Item: 1, Attempt: 1, From: Failed, To: Queued},
		StateChanged{Item: 1, Attempt: 2, From: Failed, To: Connecting},
	)
	if s.Violations != 2 || s.Item(1).State != Failed {
		t.Fatalf("%d violations, %s", s.Violations, s.Item(1).State)
	}
	fold(s, StateChanged{Item: 1, Attempt: 2, From: Failed, To: Queued})
	if s.Violations != 2 || s.Item(1).State != Queued || s.Item(1).Problem != nil {
		t.Errorf("after the retry: %+v", s.Item(1))
	}
}

func TestLateNewsOfAnEarlierAttemptMeansNothing(t *testing.T) {
	s := threeItems()
	fold(s,
		StateChanged{Item: 1, Attempt: 1, From: Queued, To: Connecting},
		StateChanged{Item: 1, Attempt: 1, From: Connecting, To: Retrying},
		Progress{Item: 1, Attempt: 1, Done: 99},
		StateChanged{Item: 1, Attempt: 1, From: Retrying, To: Connecting},
	)
	fold(s, PhasesEntered{Item: 1, Attempt: 0, Marks: []TimedMark{{Phase: fetch.Body}}}, Responded{Item: 1, Attempt: 7}, Diagnosed{Item: 1, Attempt: 7})
	if it := s.Item(1); it.Done != 0 || it.Cause != nil || it.Current().Response != nil {
		t.Errorf("%+v", it)
	}
}

func TestVerdictIsTheWorstOfAll(t *testing.T) {
	end := func(kind finding.ID) Body {
		return StateChanged{Item: 1, Attempt: 1, From: Queued, To: Failed, Problem: &Problem{Kind: kind}}
	}
	rest := []Body{
		StateChanged{Item: 0, Attempt: 1, From: Queued, To: Verified},
		StateChanged{Item: 2, Attempt: 1, From: Queued, To: Verified},
	}
	ok := StateChanged{Item: 1, Attempt: 1, From: Queued, To: Verified}
	note := func(id finding.ID) Body { return FindingRaised{Finding: finding.New(id, "x", "y")} }
	for _, c := range []struct {
		name   string
		bodies []Body
		want   Verdict
	}{
		{"all verified", []Body{ok}, Healthy},
		{"something worth knowing", []Body{ok, note(finding.UndelegatedRole)}, Healthy},
		{"a warning", []Body{ok, note(finding.ExpiresSoon)}, Warned},
		{"a stall", []Body{end(finding.Stalled), note(finding.ExpiresSoon)}, Undecided},
		{"a fault of the inspector", []Body{ok, InspectorFault{}}, Undecided},
		{"a missing file and a stall elsewhere", []Body{end(finding.Missing), InspectorFault{}}, Broken},
		{"expired", []Body{ok, note(finding.Expired)}, Broken},
		{"expired, and taken back", []Body{ok, note(finding.Expired), FindingRaised{Finding: finding.New(finding.Expired, "x", "y"), Withdrawn: true}}, Healthy},
		{"ended before all was looked at", []Body{RunFinished{}}, Undecided},
	} {
		s := fold(threeItems(), append(rest, c.bodies...)...)
		if got := s.Verdict(); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestEveryEnumerationNamesItsValues(t *testing.T) {
	for s := ItemState(0); s < numStates; s++ {
		if s.String() == "" || s.String()[0] == 's' && len(s.String()) > 5 && s.String()[:6] == "state(" {
			t.Errorf("state %d has no name", s)
		}
	}
	for k := Kind(0); k < numKinds; k++ {
		if k.String() == "" {
			t.Errorf("kind %d has no name", k)
		}
	}
	for v := Verdict(0); v < numVerdicts; v++ {
		if v.String() == "" {
			t.Errorf("verdict %d has no name", v)
		}
	}
	if want := []int{0, 1, 3, 2}; Healthy.ExitCode() != want[0] || Warned.ExitCode() != want[1] || Undecided.ExitCode() != want[2] || Broken.ExitCode() != want[3] {
		t.Error("exit codes are a contract")
	}
}

// checkInvariants holds after any order of events.
func checkInvariants(t *testing.T, s *State) {
	t.Helper()
	var counts [NumStates]int
	metadata, targets := 0, 0
	for i := range s.Items.Len() {
		it := s.Items.At(i)
		counts[it.State]++
		switch it.Kind {
		case Metadata:
			metadata++
		case Target:
			targets++
		}
		last := 0
		for _, a := range it.Attempts() {
			if a.N <= last && last > 0 {
				t.Fatalf("attempts of item %d go back: %d after %d", i, a.N, last)
			}
			last = a.N
			for k := 1; k < len(a.Marks); k++ {
				if a.Marks[k].Phase <= a.Marks[k-1].Phase {
					t.Fatalf("phases of item %d go back", i)
				}
			}
			for k, silence := range a.Silent {
				if open := silence.Until == 0; len(a.Silent) > maxSilences || open && (k < len(a.Silent)-1 || a.Ended > 0) {
					t.Fatalf("item %d has the silences %v", i, a.Silent)
				}
			}
		}
	}
	if counts != s.Counts {
		t.Fatalf("counts %v, items say %v", s.Counts, counts)
	}
	sum := 0
	for _, n := range s.Targets.ByState {
		if n < 0 {
			t.Fatalf("negative count: %v", s.Targets.ByState)
		}
		sum += n
	}
	if sum != s.Targets.Total || targets != s.Targets.Total || metadata != s.Metadata {
		t.Fatalf("targets: %d by state, %d in all, %d items; metadata %d, %d items", sum, s.Targets.Total, targets, s.Metadata, metadata)
	}
}

func FuzzApply(f *testing.F) {
	f.Add(uint64(1), uint16(50))
	f.Add(uint64(42), uint16(2000))
	f.Fuzz(func(t *testing.T, seed uint64, n uint16) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		s := &State{}
		for range n {
			id := ItemID(rnd.IntN(8))
			attempt := rnd.IntN(4)
			if it := s.Item(id); it != nil && rnd.IntN(3) > 0 {
				attempt = it.Attempt + rnd.IntN(2)
			}
			var b Body
			switch rnd.IntN(10) {
			case 0:
				spec := ItemSpec{ID: ItemID(s.Items.Len()), Kind: Kind(rnd.IntN(4)), Of: ItemID(max(0, s.Items.Len()-rnd.IntN(2))), Length: rnd.Int64N(9) - 1}
				b = ItemsFound{[]ItemSpec{spec}}
			case 1, 2, 3, 4:
				from := ItemState(rnd.IntN(NumStates + 1))
				if it := s.Item(id); it != nil && rnd.IntN(4) > 0 {
					from = it.State
				}
				b = StateChanged{Item: id, Attempt: attempt, From: from, To: ItemState(rnd.IntN(NumStates + 1)), Done: rnd.Int64N(9)}
			case 5:
				b = Progress{Item: id, Attempt: attempt, Done: rnd.Int64N(9)}
			case 6:
				b = PhasesEntered{Item: id, Attempt: attempt, Marks: []TimedMark{{Phase: fetch.Phase(rnd.IntN(12))}, {Phase: fetch.Phase(rnd.IntN(12))}}}
			case 7:
				b = RoleChanged{trust.Role{ID: trust.RoleID(rnd.IntN(5))}}
			case 8:
				b = FindingRaised{Finding: finding.New(finding.Expired, string(rune('a'+rnd.IntN(3))), "x"), Withdrawn: rnd.IntN(2) == 0}
			case 9:
				b = QueueChanged{StallAfter: time.Duration(rnd.Int64N(500) - 100)}
			}
			s.Apply(Event{At: time.Duration(1 + rnd.Int64N(1000)), Body: b})
			_ = s.Verdict()
		}
		checkInvariants(t, s)
	})
}

func BenchmarkApply(b *testing.B) {
	s := &State{}
	specs := make([]ItemSpec, 100_000)
	for i := range specs {
		specs[i] = ItemSpec{ID: ItemID(i), Kind: Target, Of: ItemID(i), Length: 4096}
	}
	s.Apply(Event{Body: ItemsFound{specs}})
	i := 0
	for b.Loop() {
		id := ItemID(i % len(specs))
		it := s.Item(id)
		switch it.State {
		case Queued:
			s.Apply(Event{Body: StateChanged{Item: id, Attempt: 1, From: Queued, To: Connecting}})
		case Connecting:
			s.Apply(Event{Body: StateChanged{Item: id, Attempt: 1, From: Connecting, To: Verified, Done: 4096}})
		}
		i++
	}
}

func TestARetryThatNobodyAsksForAnyMoreIsSkipped(t *testing.T) {
	s := threeItems()
	fold(s,
		StateChanged{Item: 0, Attempt: 1, From: Queued, To: Connecting},
		StateChanged{Item: 0, Attempt: 1, From: Connecting, To: Retrying},
		StateChanged{Item: 0, Attempt: 1, From: Retrying, To: Skipped},
	)
	if s.Violations != 0 || s.Item(0).State != Skipped {
		t.Errorf("%d violations, %s", s.Violations, s.Item(0).State)
	}
}
