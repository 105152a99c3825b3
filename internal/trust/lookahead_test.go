package trust

import (
	"fmt"
	"slices"
	"testing"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/finding"
)

// A root that was published while a run is open is found when the timestamp is looked at
// again, as a client finds it.
func TestALaterRootIsFoundWithTheTimestamp(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*demo.Spec)
		before finding.ID
	}{
		{"that replaces the timestamp's key", func(s *demo.Spec) { s.Rotate = []string{"timestamp"} }, finding.BadSignatures},
		{"that replaces an expired one", func(s *demo.Spec) {
			s.Rotate = []string{}
			s.EditRoot = func(v *demo.RootVersion) {
				if v.Version == 1 {
					v.Root.Expires = -day
				}
			}
		}, finding.Expired},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(10) {
				spec := demo.Spec{Roots: 2, Targets: target("a")}
				c.change(&spec)
				repo := build(t, spec)
				except := map[string]Answer{"2.root.json": {Absent: true, Status: 404, Reason: "not found"}}
				d := drive(t, Config{Root: repo.Root(1)}, served(repo, except), seed)
				if d.w.Reach("targets", "a").State == Found {
					t.Fatal("it is found before there is a second root")
				}
				ids := d.ids()
				if !d.has(c.before, "timestamp") && !d.has(c.before, "root") {
					t.Fatalf("first it says %q", ids)
				}
				delete(except, "2.root.json")
				d.redeliver(needOf(t, d, "timestamp.json"))
				if d.w.Reach("targets", "a").State != Found || len(d.ids()) != 0 {
					t.Fatalf("first it says %q, and then %q: %+v", ids, d.ids(), d.w.Reach("targets", "a"))
				}
			}
		})
	}
}

// Whether a gap of one or two versions is said must not depend on which answer comes first.
func TestAGapBetweenRootsIsSaidInAnyOrder(t *testing.T) {
	const roots = 12
	repo := build(t, demo.Spec{Roots: roots})
	for wide := 1; wide <= gapMost; wide++ {
		for from := windowFirst + 1; from+wide <= roots; from++ {
			gone := map[string]Answer{}
			for v := range wide {
				gone[fmt.Sprintf("%d.root.json", from+v)] = Answer{Absent: true, Status: 404}
			}
			for order := range uint64(10) {
				d := drive(t, Config{Root: repo.Root(1)}, served(repo, gone), order)
				if !slices.ContainsFunc(d.notes, func(n Note) bool { return n.Finding.ID == finding.RootGap }) {
					t.Errorf("%d missing from version %d on, and in the order %d nobody says so", wide, from, order)
				}
			}
		}
	}
}
