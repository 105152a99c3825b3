package trust

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/finding"
)

// place is where a value stands in a document: names and indices.
type place []any

func (p place) String() string {
	var b strings.Builder
	for _, step := range p {
		fmt.Fprintf(&b, "/%v", step)
	}
	return b.String()
}

// allPlaces gives all places of a document, in a fixed order.
func allPlaces(v any, at place) []place {
	var out []place
	switch v := v.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			here := append(slices.Clone(at), name)
			out = append(append(out, here), allPlaces(v[name], here)...)
		}
	case []any:
		for i := range v {
			here := append(slices.Clone(at), i)
			out = append(append(out, here), allPlaces(v[i], here)...)
		}
	}
	return out
}

// put sets what stands at a place.
func put(v any, at place, value any) {
	for i, step := range at {
		last := i == len(at)-1
		switch step := step.(type) {
		case string:
			m := v.(map[string]any)
			if last {
				m[step] = value
			}
			v = m[step]
		case int:
			l := v.([]any)
			if last {
				l[step] = value
			}
			v = l[step]
		}
	}
}

// A null at every place of every file, signed as if it were meant: nothing crashes,
// nothing is accepted that go-tuf refuses, and what is refused is explained.
func TestASignedNullInAnyPlaceIsSurvivedAndExplained(t *testing.T) {
	t.Parallel()
	files := map[string]string{"1.root": "1.root.json", "2.root": "2.root.json", "timestamp": "timestamp.json", "snapshot": "snapshot.json", "targets": "targets.json", "a": "a.json", "s": "s.json"}
	for role, name := range files {
		t.Run(role, func(t *testing.T) {
			t.Parallel()
			repo := build(t, small())
			good := mustRead(t, repo, name)
			var doc map[string]any
			d := json.NewDecoder(bytes.NewReader(good))
			d.UseNumber()
			if err := d.Decode(&doc); err != nil {
				t.Fatal(err)
			}
			for _, at := range allPlaces(doc["signed"], nil) {
				repo.Set(name, good)
				if err := repo.Resign(role, func(signed map[string]any) { put(signed, at, nil) }); err != nil {
					t.Fatal(err)
				}
				explained(t, repo, fmt.Sprint(role, at))
			}
		})
	}
}

// explained drives a walk and checks that whatever is not accepted has a reason.
func explained(t *testing.T, repo *demo.Repository, where string) {
	t.Helper()
	d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
	if len(d.roles) > 1 {
		d.holds(repo.Root(1))
	}
	d.readAll()
	critical := 0
	for _, n := range d.notes {
		f := n.Finding
		if f.Severity == finding.Critical {
			critical++
		}
		if f.Message == "" || strings.Contains(f.Message, "%!") {
			t.Errorf("%s: %s says %q", where, f.ID, f.Message)
		}
		if f.ID == finding.VerifierCrashed && (!strings.Contains(f.Message, "(in ") || !strings.Contains(f.Message, "null") && !strings.Contains(f.Message, "; key ")) {
			t.Errorf("%s: %q does not name the call and the cause", where, f.Message)
		}
		if testing.Verbose() && f.Severity == finding.Critical {
			t.Logf("%s: %s %s: %s", where, f.ID, f.Subject, f.Message)
		}
	}
	for _, r := range d.roles {
		if r.Current && r.State != Accepted && (critical == 0 || r.Problem == "") {
			t.Errorf("%s: %s is %s (%q), and %d findings are critical", where, r.Name, r.State, r.Problem, critical)
		}
	}
}
