package truth

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"testing"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/engine"
)

// signedByTwo is how the roles are signed that people sign.
func signedByTwo(name string) demo.Role {
	return demo.Role{Keys: demo.NewKeys(name, 3), Threshold: 2}
}

// part is a delegation for a pattern, to a role that lists some paths.
func part(name, pattern string, paths ...string) demo.Delegation {
	d := demo.Delegation{Name: name, Paths: []string{pattern}, Role: signedByTwo(name)}
	for _, p := range paths {
		d.Targets = append(d.Targets, demo.Target{Path: p, Size: 100})
	}
	return d
}

// again is one more delegation to a role.
func again(name, pattern string) demo.Delegation {
	return demo.Delegation{Name: name, Same: true, Paths: []string{pattern}}
}

// over puts delegations below a role.
func over(d demo.Delegation, more ...demo.Delegation) demo.Delegation {
	d.Delegations = append(d.Delegations, more...)
	return d
}

// ending makes a delegation terminating.
func ending(d demo.Delegation) demo.Delegation {
	d.Terminating = true
	return d
}

// hashed makes a delegation one by hash prefixes.
func hashed(d demo.Delegation, prefixes ...string) demo.Delegation {
	d.Paths, d.PathHashPrefixes = nil, prefixes
	return d
}

// delegating gives the healthy repository these delegations beside its own.
func delegating(list ...demo.Delegation) func(*demo.Spec) {
	return func(s *demo.Spec) { s.Delegations = append(s.Delegations, list...) }
}

// firstDigit is that of the hash of a path.
func firstDigit(path string) string {
	sum := sha256.Sum256([]byte(path))
	return hex.EncodeToString(sum[:1])[:1]
}

// without are the hexadecimal digits but those.
func without(digits ...string) (rest []string) {
	for i := range 16 {
		d := fmt.Sprintf("%x", i)
		keep := true
		for _, x := range digits {
			keep = keep && d != x
		}
		if keep {
			rest = append(rest, d)
		}
	}
	return rest
}

func delegationTruths() []truth {
	other := again("x", "x/*")
	other.Role = signedByTwo("other")
	reserved := part("snapshot", "x/*", "x/y")
	reserved.Role.Version = 7
	longer := part("x", "team/*")
	longer.Targets = []demo.Target{{Path: "team/b.txt", Size: 200}}
	// Roles below each other: clients visit the 32nd and not the 33rd.
	var deep demo.Delegation
	for i := 34; i > 0; i-- {
		d := part(fmt.Sprintf("r%02d", i), "deep/*", fmt.Sprintf("deep/%02d", i))
		if i < 34 {
			d = over(d, deep)
		}
		deep = d
	}
	var deepVerified []string
	for i := 1; i <= 32; i++ {
		deepVerified = append(deepVerified, fmt.Sprintf("deep/%02d", i))
	}
	bins := func(count int, succinct bool) *demo.Bins {
		return &demo.Bins{Count: count, Succinct: succinct, Role: signedByTwo("bins"), Targets: []demo.Target{{Path: "x/y", Size: 100}}}
	}
	return []truth{
		{name: "delegations by hash prefixes", spec: func(s *demo.Spec) { s.Delegations, s.Bins = nil, bins(4, false) },
			says: []string{"gotuf-hash-prefix targets"}, verdict: engine.Warned},
		{name: "delegations to succinct bins", spec: func(s *demo.Spec) { s.Delegations, s.Bins = nil, bins(4, true) }},
		{name: "delegations below each other", spec: delegating(over(part("x", "x/*", "x/y"), part("y", "x/*", "x/z")))},
		{name: "a target that its delegation does not cover", spec: delegating(part("x", "x/*", "y/z")),
			says: []string{"unreachable-target y/z"}, verified: []string{"a.txt", "team/b.txt"}, verdict: engine.Warned},
		{name: "a target behind a terminating delegation", spec: delegating(ending(part("x", "x/*")), part("y", "x/*", "x/y")),
			says: []string{"overlapping-patterns targets", "unreachable-target x/y"}, verified: []string{"a.txt", "team/b.txt"}, verdict: engine.Warned},
		{name: "a target that another role lists first, otherwise", spec: delegating(longer),
			says: []string{"overlapping-patterns targets", "shadowed-target team/b.txt"}, verified: []string{"a.txt"}, verdict: engine.Warned},
		{name: "a target that is beyond the limit of clients", spec: delegating(deep),
			says:     []string{"delegation-limit deep/33", "delegation-limit deep/34"},
			verified: append([]string{"a.txt", "team/b.txt"}, deepVerified...), verdict: engine.Warned},
		{name: "a role with two delegators", spec: delegating(over(part("a", "a/*"), part("x", "x/*")), over(part("b", "b/*"), again("x", "x/*"))),
			says: []string{"diamond x"}},
		{name: "a role that is accepted under one of its delegators", spec: delegating(over(part("a", "x/*"), part("x", "x/*", "x/y")), over(part("b", "x/*"), other)),
			says: []string{"bad-signatures x", "diamond x", "overlapping-patterns targets"}, verdict: engine.Warned},
		{name: "a role that is refused where it is delegated back to", spec: delegating(over(part("x", "x/*", "x/y"), over(part("y", "x/*", "x/z"), other))),
			says: []string{"bad-signatures x", "diamond x", "delegation-cycle x"}, verdict: engine.Warned},
		{name: "a role that is refused under the delegator that comes first", spec: delegating(over(part("b", "x/*"), other), over(part("a", "x/*"), part("x", "x/*", "x/y"))),
			says: []string{"bad-signatures x", "diamond x", "overlapping-patterns targets", "untrusted-role x/y"}, verified: []string{"a.txt", "team/b.txt"}, verdict: engine.Broken},
		{name: "delegations that go round", spec: delegating(over(part("x", "x/*", "x/y"), over(part("y", "x/*"), again("x", "x/*")))),
			says: []string{"delegation-cycle x"}},
		{name: "a role called as a top-level one", spec: delegating(reserved),
			says: []string{"reserved-role-name targets"}, verdict: engine.Warned},
		{name: "a role delegated to twice by the same role", spec: delegating(part("x", "x/*", "x/y"), again("x", "z/*")),
			says: []string{"duplicate-role-name targets"}, verdict: engine.Warned},
		{name: "patterns of which one covers the other", spec: delegating(part("x", "x/y.*", "x/y.txt"), part("y", "x/*", "x/z")),
			says: []string{"overlapping-patterns targets"}},
		{name: "patterns that cover the same listed target", spec: delegating(part("x", "x/y*", "x/yz"), part("y", "x/*z")),
			says: []string{"overlapping-patterns targets"}},
		{name: "patterns that might cover the same target, and there is none", spec: delegating(part("x", "x/y*", "x/ya"), part("y", "x/*z", "x/bz"))},
		{name: "a delegation without paths", spec: func(s *demo.Spec) {
			s.Delegations = append(s.Delegations, part("x", ""))
			s.Delegations[1].Paths = nil
		}, says: []string{"no-paths targets"}, verdict: engine.Warned},
		{name: "a delegation with an empty list of paths", spec: func(s *demo.Spec) {
			s.Delegations = append(s.Delegations, part("x", "x"))
			s.Tamper = demo.OnRole("targets", func(o map[string]any) {
				demo.Sub(o, "delegations")["roles"].([]any)[1].(map[string]any)["paths"] = []any{}
			})
		}, says: []string{"no-paths targets"}, verdict: engine.Warned},
		{name: "a delegation with both paths and hash prefixes", spec: func(s *demo.Spec) {
			s.Delegations = append(s.Delegations, part("x", "x/*"))
			s.Delegations[1].PathHashPrefixes = []string{"0"}
		}, says: []string{"reencoding targets", "paths-and-prefixes targets", "untrusted-role a.txt", "untrusted-role team", "untrusted-role team/b.txt", "untrusted-role x"},
			verified: []string{}, verdict: engine.Broken},
		{name: "a star that would have to cross a slash", spec: delegating(part("x", "x/*", "x/y/z")),
			says: []string{"pattern-crosses-slash targets", "unreachable-target x/y/z"}, verified: []string{"a.txt", "team/b.txt"}, verdict: engine.Warned},
		{name: "hash prefixes that overlap", spec: func(s *demo.Spec) {
			s.Delegations = []demo.Delegation{hashed(part("x", "", "x/y"), without()...), hashed(part("y", ""), firstDigit("x/y")+"0")}
		}, says: []string{"gotuf-hash-prefix targets", "hash-prefix-overlap targets"}, verdict: engine.Warned},
		{name: "hash prefixes with a gap", spec: func(s *demo.Spec) {
			s.Delegations = []demo.Delegation{hashed(part("x", "", "x/y"), firstDigit("x/y")), hashed(part("y", ""), without(firstDigit("x/y"), "0", "f")...)}
		}, says: []string{"gotuf-hash-prefix targets", "hash-prefix-gap targets"}, verdict: engine.Warned},
		{name: "a succinct bin that is not in the snapshot", spec: func(s *demo.Spec) {
			s.Delegations, s.Bins = nil, bins(16, true)
			s.Tamper = demo.OnRole("snapshot", func(o map[string]any) {
				delete(demo.Sub(o, "meta"), fmt.Sprintf("bin-%s.json", without(firstDigit("x/y"))[0]))
			})
		}, says: []string{"bin-missing targets"}, verdict: engine.Warned},
	}
}

// The paths of these cases fit the digits that they take for granted.
func TestHashesOfTheCases(t *testing.T) {
	if d := firstDigit("x/y"); d == "0" || d == "f" {
		t.Errorf("the hash begins with %s: take another path", d)
	}
}
