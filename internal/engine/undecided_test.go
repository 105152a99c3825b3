package engine

import (
	"testing"
	"testing/synctest"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// A role that comes first in the search and cannot be fetched leaves open what a
// client would find. That is no proof of anything; a role that is not there is.
func TestARoleThatCannotBeFetchedProvesNothingOfTheTargetsBehindIt(t *testing.T) {
	for _, c := range []struct {
		name    string
		sick    fetch.Error
		kind    finding.ID
		verdict Verdict
	}{
		{"cut off", fetch.Error{Kind: finding.Unreachable, Text: "no route"}, finding.RoleUndecided, Undecided},
		{"not there", fetch.Error{Kind: finding.Missing, Text: "404 Not Found", Status: 404}, finding.UntrustedRole, Broken},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(build(t, 2, func(s *demo.Spec) {
					s.Delegations = []demo.Delegation{
						{Name: "early", Paths: []string{"x/*"}, Targets: []demo.Target{{Path: "x/1", Size: 9}}},
						{Name: "late", Paths: []string{"*/*"}, Targets: []demo.Target{{Path: "x/7", Size: 9}}},
					}
				}))
				m.sick["1.early.json"] = broken(99, c.sick)
				st, err := Run(t.Context(), configFor(m))
				if err != nil {
					t.Fatal(err)
				}
				checkRun(t, st)
				it := byPath(t, st, "x/7")
				if it.State != Untrusted || it.Problem.Kind != c.kind || st.Verdict() != c.verdict {
					t.Errorf("%s %+v, %s\n%s", it.State, it.Problem, st.Verdict(), show(st))
				}
			})
		})
	}
}
