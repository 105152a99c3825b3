package engine

import (
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/internal/finding"
)

// A wrong address looks like a repository in which things are missing. It is said that it
// may be one, and the verdict is that of what was found.
func TestAWrongAddressIsSuspectedWhereAllIsMissing(t *testing.T) {
	src := newMemory(build(t, 3))
	c := configFor(src)
	c.Repository += "/nothere"
	st, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	p := st.Item(0).Problem
	if p == nil || p.Kind != finding.Missing || !strings.Contains(p.Hint, "may not be the address") || st.Verdict() != Broken {
		t.Errorf("%s: %+v", st.Verdict(), p)
	}
}

func TestAnAddressWithoutTargetFilesIsSaid(t *testing.T) {
	for name, c := range map[string]struct {
		n         int
		elsewhere bool
		said      bool
	}{
		"none of three is there": {3, true, true},
		"all are there":          {3, false, false},
		"the only one is not":    {1, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := configFor(newMemory(build(t, c.n)))
			if c.elsewhere {
				cfg.TargetsURL = cfg.Repository + "/nothere"
			}
			st, err := Run(t.Context(), cfg)
			if err != nil {
				t.Fatal(err)
			}
			said := slices.ContainsFunc(st.Notes.values(), func(n FindingRaised) bool {
				return n.Finding.ID == finding.NoTargetFound && strings.Contains(n.Finding.Hint, "--targets-url")
			})
			if said != c.said {
				t.Errorf("%t: %+v", said, st.Notes.values())
			}
		})
	}
}
