package lint

import (
	"fmt"
	"slices"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"

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
		for _, f := range targetNames("targets", map[string]*metadata.TargetFiles{path: {Length: 1}}) {
			got = append(got, f.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", path, got, want)
		}
	}
}

func TestTargetsWithoutContent(t *testing.T) {
	got := tell(targetNames("targets", map[string]*metadata.TargetFiles{"a": {Length: 0}, "b": {Length: 1}, "c": nil}))
	if want := []string{"empty-target: listed with a length of 0"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFindingsAboutNamesAreBoundedAndInOrder(t *testing.T) {
	targets := map[string]*metadata.TargetFiles{}
	for i := range 500 {
		targets[fmt.Sprintf("ü?%03d", i)] = &metadata.TargetFiles{}
	}
	list := targetNames("targets", targets)
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
