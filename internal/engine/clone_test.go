package engine

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// history has an event of each kind that changes what is there already. Another one has
// other times.
func history(other time.Duration) []Body {
	item := ItemID(1)
	mark := func(p fetch.Phase, at time.Duration) []TimedMark { return []TimedMark{{p, at + other}} }
	step := fetch.Step{Duration: other}
	return []Body{
		RunStarted{Limits: Limits{StallAfter: time.Millisecond}},
		RoleChanged{Role: trust.Role{Name: "targets"}},
		ItemsFound{Items: []ItemSpec{{Kind: Target, Length: 9}, {ID: 1, Of: 1, Kind: Target, Length: 9}}},
		StateChanged{Item: item, Attempt: 1, To: Connecting},
		PhasesEntered{Item: item, Attempt: 1, Marks: mark(fetch.Pool, 1), Address: "127.0.0.1:1"},
		PhasesEntered{Item: item, Attempt: 1, Marks: mark(fetch.Connect, 2)},
		Redirected{Item: item, Attempt: 1, Hop: 1, URL: "http://b/", Marks: mark(fetch.Pool, 3)},
		Redirected{Item: item, Attempt: 1, Hop: 1, Marks: mark(fetch.Connect, 4), Address: "127.0.0.1:2"},
		Redirected{Item: item, Attempt: 1, Hop: 1, Marks: mark(fetch.Send, 5)},
		Redirected{Item: item, Attempt: 1, Hop: 1, Marks: mark(fetch.Headers, 6)},
		Redirected{Item: item, Attempt: 1, Hop: 2, URL: "http://c/", Marks: mark(fetch.Pool, 7)},
		StateChanged{Item: item, Attempt: 1, From: Connecting, To: Stalled},
		Diagnosed{Item: item, Attempt: 1, Diagnosis: fetch.Diagnosis{Cause: fetch.ServerSilent, Label: "server: silent"}},
		StateChanged{Item: item, Attempt: 1, From: Stalled, To: Transferring, Done: 1},
		StateChanged{Item: item, Attempt: 1, From: Transferring, To: Stalled, Done: 1},
		Responded{Item: item, Attempt: 1, Response: fetch.Response{Status: 200}},
		StateChanged{Item: item, Attempt: 1, From: Stalled, To: Retrying, Problem: &Problem{Kind: finding.Stalled}},
		StateChanged{Item: item, Attempt: 2, From: Retrying, To: Connecting},
		FindingRaised{Finding: finding.Finding{ID: finding.Missing, Subject: "a"}},
		FindingRaised{Finding: finding.Finding{ID: finding.Missing, Subject: "b"}},
		FindingRaised{Finding: finding.Finding{ID: finding.Missing, Subject: "a"}, Withdrawn: true},
		HostChanged{Host: "h"}, HostChanged{Host: "h", Active: 1},
		BreakerChanged{Host: "h"}, BreakerChanged{Host: "h", State: Held},
		ProbeBegan{Item: item}, Probed{item, step}, Probed{item, step}, Probed{item, step}, Probed{item, step}, ProbeEnded{Item: item, Text: "t"},
		InspectorStuck{Part: "a"}, InspectorStuck{Part: "b"}, InspectorStuck{Part: "a", Over: true},
		InspectorFault{Value: "a"}, InspectorFault{Value: "b"}, InspectorFault{Value: "c"}, InspectorFault{Value: other.String()},
		RoleChanged{Role: trust.Role{Name: "targets", State: trust.Accepted}},
		StateChanged{Item: item, Attempt: 2, From: Connecting, To: Verified, Done: 9},
		StateChanged{Item: 0, Attempt: 1, To: Connecting},
		StateChanged{Item: 0, Attempt: 1, From: Connecting, To: Verified, Done: 9},
		RunSettled{}, RunFinished{},
	}
}

// tell applies the events of a history from the n-th on.
func (s *State) tell(all []Body, from, to int) *State {
	for i, b := range all[from:to] {
		s.Apply(Event{At: time.Duration(from+i) * time.Second, Body: b})
	}
	return s
}

func TestACloneGoesItsOwnWay(t *testing.T) {
	all, others := history(0), history(100)
	end := len(all)
	if s := new(State).tell(all, 0, end); s.Violations != 0 {
		t.Fatalf("%d violations", s.Violations)
	}
	for n := range end {
		s := new(State).tell(all, 0, n)
		c := s.Clone()
		check := func(s, want *State) {
			t.Helper()
			if got, want := s.Clone(), want.Clone(); !reflect.DeepEqual(got, want) { // without what is spare
				t.Fatalf("parted after %d events, before %T: %+v, want %+v", n, all[n], got, want)
			}
		}
		s.tell(others, n, end)
		check(c, new(State).tell(all, 0, n))
		c.tell(all, n, end)
		check(c, new(State).tell(all, 0, end))
		check(s, new(State).tell(all, 0, n).tell(others, n, end))
	}
}

// A field that is new in a state has to be copied, or never be changed in place.
func TestNothingOfAStateIsForgotten(t *testing.T) {
	for want, of := range map[string]reflect.Type{
		"Roles Clients Faults Stuck Hosts Breakers Probes words spare": reflect.TypeFor[State](),
		"list at":                            reflect.TypeFor[Notes](),
		"Problem Cause":                      reflect.TypeFor[Item](),
		"all":                                reflect.TypeFor[tried](),
		"Marks Silent Response Problem Hops": reflect.TypeFor[Attempt](),
		"By Marks":                           reflect.TypeFor[Hop](),
		"Steps":                              reflect.TypeFor[Investigation](),
	} {
		var got []string
		for i := range of.NumField() {
			switch f := of.Field(i); f.Type.Kind() {
			case reflect.Slice, reflect.Map, reflect.Pointer:
				got = append(got, f.Name)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s has %q: its clone knows %q", of, got, want)
		}
	}
}
