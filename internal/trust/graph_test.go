package trust

import (
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/finding"
)

// about gives the findings of some kinds as "id subject: message", sorted.
func (d *driver) about(ids ...finding.ID) []string {
	var out []string
	for _, n := range d.notes {
		if slices.Contains(ids, n.Finding.ID) {
			out = append(out, string(n.Finding.ID)+" "+n.Finding.Subject+": "+n.Finding.Message)
		}
	}
	slices.Sort(out)
	return out
}

func TestWhatShowsInAllDelegationsTogether(t *testing.T) {
	other := demo.Role{Keys: []demo.Key{key("other")}}
	again := func(name string, r demo.Role, more ...string) demo.Delegation {
		return demo.Delegation{Name: name, Same: true, Role: r, Paths: append(more, name+"/*")}
	}
	at := func(name, pattern, path string, more ...demo.Delegation) demo.Delegation {
		return demo.Delegation{Name: name, Paths: []string{pattern}, Targets: target(path), Delegations: more}
	}
	ending := at("e", "*", "e")
	ending.Terminating = true
	for _, c := range []struct {
		name string
		list []demo.Delegation
		edit func(t *testing.T, r *demo.Repository)
		want []string
	}{
		{"a tree", []demo.Delegation{leaf("a", leaf("b")), leaf("c")}, nil, nil},
		{"a diamond", []demo.Delegation{leaf("a", leaf("x")), leaf("b", again("x", demo.Role{}))}, nil, []string{"diamond x: a and b delegate to it"}},
		{"three delegators", []demo.Delegation{leaf("a", leaf("x")), leaf("b", again("x", demo.Role{})), again("x", demo.Role{})}, nil, []string{"diamond x: targets, a and b delegate to it"}},
		{"a diamond with other keys on one edge", []demo.Delegation{leaf("a", leaf("x")), leaf("b", again("x", other))}, nil,
			[]string{"diamond x: a and b delegate to it with different keys or thresholds: it is accepted under a, and refused under b (not signed by enough keys: 0 of 1 signed, 1 required)"}},
		{"a diamond with more keys on one edge", []demo.Delegation{leaf("a", leaf("x")), leaf("b", again("x", demo.Role{Keys: []demo.Key{key("x"), key("y")}, Threshold: 1}))}, nil,
			[]string{"diamond x: a and b delegate to it with different keys or thresholds"}},
		{"a delegator that is refused is none", []demo.Delegation{leaf("a", leaf("x")), leaf("b", again("x", demo.Role{}))}, resignBy("b", "stranger"), nil},
		{"the same delegator twice is none", []demo.Delegation{leaf("a"), again("a", demo.Role{})}, nil, nil},
		{"a role that delegates to itself", []demo.Delegation{leaf("a", again("a", demo.Role{}))}, nil, []string{"delegation-cycle a: it delegates to itself"}},
		{"a cycle of two", []demo.Delegation{leaf("a", leaf("b", again("a", demo.Role{})))}, nil, []string{"delegation-cycle a: it delegates to b, and that to a again"}},
		{"a cycle of three through targets", []demo.Delegation{leaf("a", leaf("b", again("targets", demo.Role{})))}, nil, []string{"delegation-cycle targets: it delegates to a, that to b, and that to targets again"}},
		{"a cycle whose way back is refused", []demo.Delegation{leaf("a", leaf("b", again("a", other)))}, nil, []string{
			"delegation-cycle a: it delegates to b, and that to a again",
			"diamond a: targets and b delegate to it with different keys or thresholds: it is accepted under targets, and refused under b (not signed by enough keys: 0 of 1 signed, 1 required)"}},
		{"a long cycle", []demo.Delegation{leaf("a", leaf("b", leaf("c", leaf("d", leaf("e", leaf("f", leaf("g", again("b", demo.Role{}))))))))}, nil,
			[]string{"delegation-cycle b: it delegates to c, that to d, that to e, that to f, that to g, and that to b again"}},
		{"a longer cycle", []demo.Delegation{leaf("a", leaf("b", leaf("c", leaf("d", leaf("e", leaf("f", leaf("g", again("a", demo.Role{}))))))))}, nil,
			[]string{"delegation-cycle a: it delegates to b, that to c, that to d, that to e, that to f, that to 1 more, and that to a again"}},

		{"patterns that overlap at a listed target", []demo.Delegation{at("a", "x*", "xy"), at("b", "*y", "by")}, nil, []string{"overlapping-patterns targets: a and b both cover xy, which is listed"}},
		{"patterns that overlap at nothing that is listed", []demo.Delegation{at("a", "x*", "x"), at("b", "*y", "by")}, nil, nil},
		{"patterns that overlap by themselves are said once", []demo.Delegation{at("a", "x*", "xy"), at("b", "*", "by")}, nil, []string{"overlapping-patterns targets: a and b are both delegated x*"}},
		{"an overlap of a pattern and a hash prefix", []demo.Delegation{at("a", "x*", "xy"), {Name: "b", PathHashPrefixes: []string{pathDigest("xy")[:1]}}}, nil, []string{"overlapping-patterns targets: a and b both cover xy, which is listed"}},
		{"an overlap further down", []demo.Delegation{at("r", "*", "r", at("a", "x*", "xy"), at("b", "*y", "by"))}, nil, []string{"overlapping-patterns r: a and b both cover xy, which is listed"}},

		{"a star that crosses a slash", []demo.Delegation{at("a", "x/*", "x/y/z")}, nil, []string{"pattern-crosses-slash targets: it delegates x/* to a, which covers x/y/z only where * crosses a slash"}},
		{"a star that crosses one further down", []demo.Delegation{at("a", "x/*", "x/y", at("b", "x/y/*", "x/y/z"))}, nil, []string{"pattern-crosses-slash targets: it delegates x/* to a, which covers x/y/z only where * crosses a slash"}},
		{"two that do", []demo.Delegation{at("a", "x/*", "x/y", at("b", "*z", "x/y/z"))}, nil, []string{
			"pattern-crosses-slash a: it delegates *z to b, which covers x/y/z only where * crosses a slash",
			"pattern-crosses-slash targets: it delegates x/* to a, which covers x/y/z only where * crosses a slash"}},
		{"a star that would, where another pattern covers it", []demo.Delegation{{Name: "a", Paths: []string{"x/*", "x/*/*"}, Targets: target("x/y/z")}}, nil, nil},
		{"a star that would, where another way leads there", []demo.Delegation{at("a", "x/*", "x/y", again("b", demo.Role{}, "x/*/*")), at("b", "x/*/*", "x/y/z")}, nil, []string{"diamond b: targets and a delegate to it"}},
		{"a star that would not cover it either", []demo.Delegation{at("a", "y/*", "x/y/z")}, nil, nil},
		{"a target that tough finds elsewhere first", []demo.Delegation{at("e", "*", "x/y/z"), at("a", "x/*", "x/y/z")}, nil, []string{"pattern-crosses-slash targets: it delegates * to e, which covers x/y/z only where * crosses a slash"}},
		{"a target behind a terminating delegation", []demo.Delegation{ending, at("a", "x/*", "x/y/z")}, nil, nil},
		{"a pattern that tough reads otherwise", []demo.Delegation{at("a", "x/{*}", "x/{y/z}"), at("b", "y**/*", "yy/z/z")}, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := build(t, demo.Spec{Meta: demo.ListNeither, Delegations: c.list})
			if c.edit != nil {
				c.edit(t, repo)
			}
			for seed := range uint64(4) {
				d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), seed)
				got := d.about(finding.Diamond, finding.DelegationCycle, finding.OverlappingPatterns, finding.PatternCrossesSlash)
				if !slices.Equal(got, c.want) {
					t.Fatalf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(c.want, "\n  "))
				}
			}
		})
	}
}
