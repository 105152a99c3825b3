package client_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/demo"
)

// role makes a delegation of all paths, or of those given, to a role that lists nothing.
func role(name string, paths ...string) demo.Delegation {
	if len(paths) == 0 {
		paths = []string{"*"}
	}
	return demo.Delegation{Name: name, Paths: paths}
}

// under gives a role delegations of its own.
func under(d demo.Delegation, to ...demo.Delegation) demo.Delegation {
	d.Delegations = to
	return d
}

// last makes a delegation terminating.
func last(d demo.Delegation) demo.Delegation { d.Terminating = true; return d }

// same makes a delegation one more to a role that is defined elsewhere.
func same(name string, paths ...string) demo.Delegation {
	d := role(name, paths...)
	d.Same = true
	return d
}

// lists gives a role targets.
func lists(d demo.Delegation, paths ...string) demo.Delegation {
	for _, p := range paths {
		d.Targets = append(d.Targets, demo.Target{Path: p, Content: []byte(p + " of " + d.Name)})
	}
	return d
}

// visits writes the requests of a search that comes to these roles.
func visits(roles string) string {
	out := asFresh
	for _, r := range strings.Fields(roles) {
		out += " 1." + r
	}
	return out
}

func TestTheOrderOfASearch(t *testing.T) {
	for _, c := range []struct {
		name   string
		to     []demo.Delegation
		visits string
	}{
		{"one role", []demo.Delegation{role("A")}, "A"},
		{"in the order of appearance", []demo.Delegation{role("B"), role("A")}, "B A"},
		{"depth first", []demo.Delegation{under(role("A"), role("C"), role("D")), role("B")}, "A C D B"},
		{"three deep", []demo.Delegation{under(role("A"), under(role("C"), role("D"))), role("B")}, "A C D B"},
		{"the second one goes deeper", []demo.Delegation{role("A"), under(role("B"), role("C"))}, "A B C"},
		{"a terminating one ends it", []demo.Delegation{last(role("A")), role("B")}, "A"},
		{"below a terminating one it goes on", []demo.Delegation{under(role("A"), last(under(role("C"), role("D"))), role("E")), role("B")}, "A C D"},
		{"a terminating one of other paths does not end it", []demo.Delegation{last(role("A", "*.py")), role("B")}, "B"},
		{"other paths are passed by, with all below", []demo.Delegation{under(role("A", "*.py"), role("C")), role("B")}, "B"},
		{"other paths further down", []demo.Delegation{under(role("A"), under(role("C", "*.py"), role("D"))), role("B")}, "A B"},
		{"a cycle", []demo.Delegation{role("A"), under(role("B"), under(role("C"), under(role("D"), same("B"))))}, "A B C D"},
		{"a cycle back to the top", []demo.Delegation{under(role("A"), same("targets")), role("B")}, "A B"},
		{"a role that delegates to itself", []demo.Delegation{under(role("A"), same("A")), role("B")}, "A B"},
		{"a diamond is visited once", []demo.Delegation{under(role("A"), same("C")), under(role("B"), role("C"))}, "A C B"},
		{"a diamond, over the way of the path", []demo.Delegation{under(role("A"), same("C", "*.py")), under(role("B"), role("C"))}, "A B C"},
		{"no paths, no way", []demo.Delegation{{Name: "A"}, role("B")}, "B"},
	} {
		tell(t, []story{{name: c.name, spec: demo.Spec{Delegations: c.to}, steps: []step{{
			download: "missing", fails: "no role lists it", asks: visits(c.visits),
			caches: strings.Join(sortedVersions(c.visits), " "),
		}}}})
	}
}

// sortedVersions writes the cache with these roles beside the four at the top.
func sortedVersions(roles string) []string {
	out := []string{}
	for _, r := range append(strings.Fields(roles), "root", "snapshot", "targets", "timestamp") {
		out = append(out, r+":1")
	}
	slices.Sort(out)
	return out
}

func TestWhereATargetIsFound(t *testing.T) {
	tree := []demo.Delegation{
		lists(role("docs", "*.doc", "*.md"), "README.md"),
		under(role("releases", "releases/*/*"),
			lists(role("x", "releases/x/*"), "releases/x/x1"),
			lists(role("y", "releases/y/*.zip"), "releases/y/y1.zip", "releases/z/z1.zip")),
		lists(role("late"), "README.md", "top"),
	}
	spec := demo.Spec{Delegations: tree, Targets: []demo.Target{{Path: "top", Content: []byte("top")}}}
	found := func(roles, target string) step {
		return step{asks: visits(roles) + " targets/" + target}
	}
	for path, st := range map[string]step{
		"top":               found("", "HASH256.top"),
		"README.md":         found("docs", "HASH256.README.md"),
		"releases/x/x1":     found("releases x", "releases/x/HASH256.x1"),
		"releases/y/y1.zip": found("releases y", "releases/y/HASH256.y1.zip"),
		"releases/z/z1.zip": {asks: visits("releases"), fails: "no role lists it"}, // y lists it, and nobody delegates it to y
		"dir/README.md":     {asks: asFresh, fails: "no role lists it"},            // wildcards do not cross a slash
	} {
		st.download = path
		tell(t, []story{{name: path, spec: spec, steps: []step{st}}})
	}
}

func TestASearchEndsAtARoleThatIsNotAccepted(t *testing.T) {
	listed := lists(role("B"), "a")
	bad := role("A")
	bad.Role.Signatures = demo.SignedBy(demo.Key{Name: "stranger"})
	strict := same("C")
	strict.Role = demo.Role{Keys: []demo.Key{{Name: "other"}}}
	gone := step{download: "a", change: func(r *demo.Repository) { r.Remove("1.A.json") }, fails: "the search ends: fetching 1.A.json", asks: visits("A")}
	tell(t, []story{
		{name: "not signed", spec: demo.Spec{Delegations: []demo.Delegation{bad, listed}}, steps: []step{
			{download: "a", fails: "the search ends: A refused", asks: visits("A"), caches: allFirst},
		}},
		{name: "not there", spec: demo.Spec{Delegations: []demo.Delegation{role("A"), listed}}, steps: []step{gone}},
		{
			name:  "not listed in the snapshot",
			spec:  demo.Spec{Delegations: []demo.Delegation{role("A"), listed}, Tamper: demo.OnRole("snapshot", func(signed map[string]any) { delete(demo.Sub(signed, "meta"), "A.json") })},
			steps: []step{{download: "a", fails: "the snapshot does not list it", asks: asFresh, caches: allFirst}},
		},
		{
			name: "it is held against the delegator that the search comes from",
			spec: demo.Spec{Delegations: []demo.Delegation{under(role("A"), lists(role("C"), "a")), under(role("B"), strict)}},
			steps: []step{
				{download: "a"}, // by way of A, whose key has signed C
				{
					publish: func(s *demo.Spec) {
						versions(s, 2, 2, 2)
						s.Delegations[0], s.Delegations[1] = s.Delegations[1], s.Delegations[0]
					},
					download: "a", fails: "the search ends: C refused", asks: "2.root timestamp 2.snapshot 2.targets 1.B 1.C",
				},
			},
		},
		{
			name: "keys that the delegator took away do not sign any more",
			spec: demo.Spec{Delegations: []demo.Delegation{lists(role("A"), "a")}},
			steps: []step{
				{download: "a"},
				{
					publish: func(s *demo.Spec) {
						versions(s, 2, 2, 2)
						s.Delegations[0].Role = demo.Role{Keys: []demo.Key{{Name: "fresh"}}, Signatures: demo.SignedBy(demo.Key{Name: "A"})}
					},
					download: "a", fails: "A refused", asks: "2.root timestamp 2.snapshot 2.targets 1.A",
				},
			},
		},
	})
}

func TestDelegatedRolesInTheCache(t *testing.T) {
	spec := demo.Spec{Delegations: []demo.Delegation{lists(role("A"), "a"), lists(role("B"), "b")}}
	tell(t, []story{{
		name: "are fetched when a search comes to them, and again when they are new",
		spec: spec,
		steps: []step{
			{caches: allFirst},
			{download: "a", asks: "2.root timestamp 1.A targets/HASH256.a", caches: "A:1 root:1 snapshot:1 targets:1 timestamp:1"},
			{download: "b", asks: "2.root timestamp 1.B targets/HASH256.b", caches: "A:1 B:1 root:1 snapshot:1 targets:1 timestamp:1"},
			{publish: func(s *demo.Spec) { versions(s, 2, 2, 1); s.Delegations[1].Role.Version = 2 }, download: "b", asks: "2.root timestamp 2.snapshot 2.B", caches: "A:1 B:2 root:1 snapshot:2 targets:1 timestamp:2"},
		},
	}})
}

func TestASearchIsBounded(t *testing.T) {
	// chain makes n roles, each below the one before; the last one lists a target.
	chain := func(n int) []demo.Delegation {
		d := lists(role(fmt.Sprintf("r%02d", n)), "deep")
		for i := n - 1; i > 0; i-- {
			d = under(role(fmt.Sprintf("r%02d", i)), d)
		}
		return []demo.Delegation{d}
	}
	var wide []demo.Delegation
	for i := range 40 {
		wide = append(wide, role(fmt.Sprintf("w%02d", i)))
	}
	names := func(letter string, from, n int) string {
		var out []string
		for i := range n {
			out = append(out, fmt.Sprintf("%s%02d", letter, from+i))
		}
		return strings.Join(out, " ")
	}
	tell(t, []story{
		{name: "32 roles", spec: demo.Spec{Delegations: chain(32)}, steps: []step{{download: "deep", asks: visits(names("r", 1, 32)) + " targets/HASH256.deep"}}},
		{name: "33 roles", spec: demo.Spec{Delegations: chain(33)}, steps: []step{{download: "deep", fails: "more than 32 delegations", asks: visits(names("r", 1, 32))}}},
		{name: "40 beside each other", spec: demo.Spec{Delegations: wide}, steps: []step{{download: "deep", fails: "more than 32 delegations", asks: visits(names("w", 0, 32))}}},
	})
}

func TestBinsByHash(t *testing.T) {
	// The SHA-256 of bar begins with fcd, that of boo with 644.
	bins := func(count int, succinct bool) demo.Spec {
		return demo.Spec{Bins: &demo.Bins{Count: count, Succinct: succinct, Targets: []demo.Target{{Path: "boo", Content: []byte("boo")}, {Path: "bar", Content: []byte("bar")}}}}
	}
	for _, succinct := range []bool{false, true} {
		for count, by := range map[int]map[string]string{
			2:   {"bar": "bin-1", "boo": "bin-0"},
			4:   {"bar": "bin-3", "boo": "bin-1"},
			256: {"bar": "bin-fc", "boo": "bin-64"},
			32:  {"bar": "bin-1f", "boo": "bin-0c"},
		} {
			for path, bin := range by {
				tell(t, []story{{
					name: fmt.Sprintf("%d bins, succinct %t, %s", count, succinct, path), spec: bins(count, succinct),
					steps: []step{
						{download: path, asks: visits(bin) + " targets/HASH256." + path, caches: bin + ":1 " + allFirst},
					},
				}})
			}
		}
	}
	// Of a path that is in no bin, one bin is looked at.
	tell(t, []story{{name: "not there", spec: bins(16, true), steps: []step{{download: "nothing", fails: "no role lists it"}}}})
}

func TestUnusualNamesOfRoles(t *testing.T) {
	for name, file := range map[string]string{
		"?":              "%3F",
		"#":              "%23",
		"/role":          "%2Frole",
		"../role":        "..%2Frole",
		"a/b":            "a%2Fb",
		`a\b`:            "a%5Cb",
		"a b":            "a%20b",
		"a+b":            "a%2Bb",
		"100%":           "100%25",
		"..":             "..",
		".":              ".",
		"1.root":         "1.root",
		"röle":           "r%C3%B6le",
		"a:b":            "a%3Ab",
		"root.json":      "root.json",
		"line\nfeed":     "line%0Afeed",
		"%2e%2e%2froot":  "%252e%252e%252froot",
		"ROOT":           "ROOT",
		"timestamp.json": "timestamp.json",
	} {
		tell(t, []story{{
			name: fmt.Sprintf("%q", name), spec: demo.Spec{Delegations: []demo.Delegation{lists(role(name), "a")}},
			steps: []step{{download: "a", caches: strings.Join(sortedVersions(file), " ")}, {download: "a", asks: "2.root timestamp"}},
		}})
	}
}

func TestARoleMustNotBeCalledLikeOneAtTheTop(t *testing.T) {
	for _, name := range []string{"root", "timestamp", "snapshot"} {
		tell(t, []story{{
			name: name, spec: demo.Spec{Delegations: []demo.Delegation{{Name: "A", Paths: []string{"*"}}}, Tamper: demo.OnRole("targets", func(signed map[string]any) {
				demo.Sub(signed, "delegations")["roles"].([]any)[0].(map[string]any)["name"] = name
			})},
			steps: []step{{download: "a", fails: "must not delegate", asks: asFresh, caches: allFirst}},
		}})
	}
}
