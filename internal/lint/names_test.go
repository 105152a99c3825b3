package lint

import (
	"fmt"
	"slices"
	"testing"

	"example.com/tufinspect/internal/finding"
)

func TestTargetNames(t *testing.T) {
	for path, want := range map[string][]finding.ID{
		"a/b-c_d.e/F9":   {},
		"a b":            {},
		"a+b~c@d(e)&f=g": {},
		"...":            {},
		"a/..b/c..":      {},
		"what?":          {finding.OddTargetName},
		"a#b":            {finding.OddTargetName},
		"100%":           {finding.OddTargetName},
		"a%2Fb":          {finding.OddTargetName},
		`a\b`:            {finding.OddTargetName},
		"a\tb":           {finding.OddTargetName},
		"a\x7fb":         {finding.OddTargetName},
		" a":             {finding.OddTargetName},
		"a ":             {finding.OddTargetName},
		"a/":             {finding.OddTargetName},
		"a//b":           {finding.OddTargetName},
		"ü":              {finding.NonASCIITargetName},
		"ü?":             {finding.OddTargetName, finding.NonASCIITargetName},
		"a\u202eb":       {finding.NonASCIITargetName},
		// These are not fetched, and the fetch says why.
		"":       {},
		"/a?":    {},
		`\a`:     {},
		"../a?":  {},
		`a\..\b`: {},
		"a/./b":  {},
		"c:/a#":  {},
		"a\x00b": {},
	} {
		var got []finding.ID
		for _, f := range namesOf(map[string]int64{path: 1}) {
			got = append(got, f.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

func TestTargetsWithoutContent(t *testing.T) {
	got := tell(namesOf(map[string]int64{"a": 0, "b": 1}))
	if want := []string{"empty-target: listed with a length of 0"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFindingsAboutNamesAreBoundedAndInOrder(t *testing.T) {
	targets := map[string]int64{}
	for i := range 500 {
		targets[fmt.Sprintf("ü?%03d", i)] = 0
	}
	list := namesOf(targets)
	if len(list) != 3*(most+1) {
		t.Fatalf("%d findings", len(list))
	}
	for i, f := range list[:most] {
		if f.Subject != fmt.Sprintf("ü?%03d", i) || f.ID != finding.OddTargetName {
			t.Errorf("finding %d is %+v", i, f)
		}
	}
	if f := list[most]; f.Subject != "targets" || f.Message != "… and 480 more of its targets" {
		t.Errorf("the last one is %+v", f)
	}
}

// namesOf is what is said of targets of these lengths.
func namesOf(targets map[string]int64) []finding.Finding {
	n := newTargetNames()
	for path, length := range targets {
		n.add(path, length)
	}
	return n.findings("targets")
}
