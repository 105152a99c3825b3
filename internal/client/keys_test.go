package client_test

import (
	"fmt"
	"testing"

	"example.com/tufinspect/demo"
)

// keys names keys by numbers.
func keys(numbers ...int) []demo.Key {
	out := []demo.Key{}
	for _, n := range numbers {
		out = append(out, demo.Key{Name: fmt.Sprint("key ", n)})
	}
	return out
}

// signing is one version of a role: whose keys it has, how many of them must sign, and
// who does.
type signing struct {
	keys      []int
	threshold int
	by        []int
}

func (s signing) role() demo.Role {
	return demo.Role{Keys: keys(s.keys...), Threshold: s.threshold, Signatures: demo.SignedBy(keys(s.by...)...)}
}

func TestAChainOfRootsWithOtherKeysAndThresholds(t *testing.T) {
	all := []int{1, 2, 3, 4, 5}
	swapped := []int{1, 2, 4, 5, 6} // 6 in place of 3
	for _, c := range []struct {
		name  string
		chain []signing
		ends  int // the last version that is accepted
	}{
		{"one key, handed on with both signatures", []signing{{[]int{1}, 1, []int{1}}, {[]int{2}, 1, []int{2, 1}}, {[]int{2}, 1, []int{2}}}, 3},
		{"signatures of strangers among them", []signing{{[]int{1}, 1, []int{7, 1, 8}}, {[]int{2}, 1, []int{7, 2, 1, 8}}, {[]int{2}, 1, []int{7, 2, 8}}}, 3},
		{"the same keys, others of them signing", []signing{{all, 3, []int{1, 3, 5}}, {all, 3, []int{1, 5, 2}}, {all, 3, []int{1, 2, 4}}, {all, 3, []int{1, 2, 4}}}, 4},
		{"one of five replaced, signed by three that stay", []signing{{all, 3, []int{1, 3, 5}}, {swapped, 3, []int{1, 5, 2}}}, 2},
		{"one of five replaced, signed by the old and the new one", []signing{{all, 3, []int{1, 3, 5}}, {swapped, 3, []int{1, 3, 5, 6}}, {swapped, 3, []int{1, 5, 6}}}, 3},
		{"all of them replaced", []signing{{[]int{1, 2, 3}, 2, []int{1, 2}}, {[]int{4, 5, 6}, 2, []int{1, 3, 4, 6}}, {[]int{4, 5, 6}, 2, []int{5, 6}}}, 3},
		{"a higher threshold, reached", []signing{{[]int{1, 2, 3}, 1, []int{1}}, {[]int{1, 2, 3}, 2, []int{1, 2}}}, 2},
		{"a lower threshold, signed as the old one asks", []signing{{[]int{1, 2, 3}, 2, []int{1, 2}}, {[]int{1, 2, 3}, 1, []int{1, 2}}, {[]int{1, 2, 3}, 1, []int{1}}}, 3},
		{"one more key and one more signature", []signing{{[]int{1}, 1, []int{1}}, {[]int{1, 2}, 2, []int{1, 2}}}, 2},
		{"not signed by the old key", []signing{{[]int{1}, 1, []int{1}}, {[]int{2}, 1, []int{2, 7, 8}}}, 1},
		{"not signed by the new key", []signing{{[]int{1}, 1, []int{1}}, {[]int{2}, 1, []int{1, 7, 8}}}, 1},
		{"signed by too few of the new keys", []signing{{all, 3, []int{1, 3, 5}}, {swapped, 3, []int{1, 3, 5}}}, 1},
		{"signed by too few of the old keys", []signing{{all, 3, []int{1, 3, 5}}, {swapped, 3, []int{1, 5, 6}}}, 1},
		{"a higher threshold, not reached", []signing{{[]int{1, 2, 3}, 1, []int{1}}, {[]int{1, 2, 3}, 2, []int{2}}}, 1},
		{"a lower threshold, signed as only the new one asks", []signing{{[]int{1, 2, 3}, 2, []int{1, 2}}, {[]int{1, 2, 3}, 1, []int{1}}}, 1},
		{"a fault in the middle ends it there", []signing{{[]int{1}, 1, []int{1}}, {[]int{2}, 1, []int{1, 2}}, {[]int{3}, 1, []int{3}}, {[]int{3}, 1, []int{3}}}, 2},
		{"the same signature twice", []signing{{[]int{1, 2}, 2, []int{1, 2}}, {[]int{1, 2}, 2, []int{1, 1}}}, 1},
		{"a threshold of more than there are keys", []signing{{[]int{1}, 1, []int{1}}, {[]int{1}, 2, []int{1}}}, 1},
	} {
		spec := demo.Spec{Roots: len(c.chain), Rotate: []string{}, EditRoot: func(v *demo.RootVersion) {
			v.Root = c.chain[v.Version-1].role()
			v.Root.Expires = 300 * day
		}}
		st := step{caches: fmt.Sprintf("root:%d snapshot:1 targets:1 timestamp:1", c.ends)}
		if c.ends < len(c.chain) {
			st = step{fails: "root refused", caches: fmt.Sprintf("root:%d", c.ends)}
		}
		tell(t, []story{{name: c.name, spec: spec, steps: []step{st}}})
	}
}

func TestSignaturesOfTheOtherRoles(t *testing.T) {
	five, other := []int{1, 2, 3, 4, 5}, []int{1, 2, 4, 5, 6}
	for role, at := range map[string]struct {
		of func(*demo.Spec) *demo.Role
		in func(*demo.RootVersion) *demo.Role
		// refused is the cache when it is.
		refused string
	}{
		"timestamp": {
			func(s *demo.Spec) *demo.Role { return &s.Timestamp }, func(v *demo.RootVersion) *demo.Role { return &v.Timestamp },
			"root:2 snapshot:1 targets:1 timestamp:1",
		},
		"snapshot": {
			func(s *demo.Spec) *demo.Role { return &s.Snapshot }, func(v *demo.RootVersion) *demo.Role { return &v.Snapshot },
			"root:2 snapshot:1 targets:1 timestamp:2",
		},
		"targets": {
			func(s *demo.Spec) *demo.Role { return &s.TargetsRole }, func(v *demo.RootVersion) *demo.Role { return &v.Targets },
			"root:2 snapshot:2 targets:1 timestamp:2",
		},
	} {
		for _, c := range []struct {
			name string
			signing
			good bool
		}{
			{"one of one", signing{[]int{2}, 1, []int{2}}, true},
			{"one of one among strangers", signing{[]int{1}, 1, []int{7, 1, 8}}, true},
			{"three of five", signing{five, 3, []int{1, 3, 5}}, true},
			{"three others of five", signing{five, 3, []int{5, 4, 3}}, true},
			{"all of five", signing{five, 5, five}, true},
			{"strangers only", signing{[]int{2}, 1, []int{1, 7, 8}}, false},
			{"two and a stranger where three are asked for", signing{other, 3, []int{1, 3, 5}}, false},
			{"two where three are asked for", signing{other, 3, []int{1, 5}}, false},
			{"more asked for than there are keys", signing{five, 6, five}, false},
			{"nobody", signing{five, 1, nil}, false},
		} {
			// The first root has a key that the second one replaces.
			st := step{caches: "root:2 snapshot:2 targets:2 timestamp:2", publish: func(s *demo.Spec) {
				*at.of(s) = c.role()
				versions(s, 2, 2, 2)
				s.Roots, s.Rotate = 2, []string{}
				s.EditRoot = func(v *demo.RootVersion) {
					if r := at.in(v); v.Version == 1 {
						r.Keys, r.Threshold = []demo.Key{{Name: role}}, 1
					}
				}
			}}
			if !c.good {
				st.fails, st.caches = role+" refused", at.refused
			}
			tell(t, []story{{name: role + ", " + c.name, steps: []step{{}, st}}})
		}
	}
}

func TestOneKeyCountsOnce(t *testing.T) {
	one := demo.Key{Name: "one"}
	alias := demo.Key{Name: "one", ID: "aa"}
	two := demo.Key{Name: "two"}
	for name, r := range map[string]demo.Role{
		"its id is listed twice":               {Keys: []demo.Key{one, one}, Threshold: 2, Signatures: demo.SignedBy(one)},
		"its id is listed and signs twice":     {Keys: []demo.Key{one, one}, Threshold: 2, Signatures: demo.SignedBy(one, one)},
		"it signs twice":                       {Keys: []demo.Key{one, two}, Threshold: 2, Signatures: demo.SignedBy(one, one)},
		"it has two ids":                       {Keys: []demo.Key{one, alias}, Threshold: 2, Signatures: demo.SignedBy(one, alias)},
		"an id signs twice, beside the others": {Keys: []demo.Key{one, two}, Threshold: 2, Signatures: demo.SignedBy(one, two, two)},
	} {
		tell(t, []story{{name: name, spec: demo.Spec{Snapshot: r}, steps: []step{{fails: "snapshot refused", caches: "root:1 timestamp:1"}}}})
	}
	tell(t, []story{
		{name: "two keys are two", spec: demo.Spec{Snapshot: demo.Role{Keys: []demo.Key{one, two}, Threshold: 2}}, steps: []step{{caches: allFirst}}},
		{name: "a key of another id is a key", spec: demo.Spec{Snapshot: demo.Role{Keys: []demo.Key{alias}}}, steps: []step{{caches: allFirst}}},
	})
}

func TestSignaturesThatAreNotNeededMayBeBad(t *testing.T) {
	one, two := demo.Key{Name: "one"}, demo.Key{Name: "two"}
	signed := func(kind demo.SignatureKind) demo.Spec {
		return demo.Spec{Timestamp: demo.Role{Keys: []demo.Key{one, two}, Signatures: []demo.Signature{{By: one, Kind: kind}, {By: two}}}}
	}
	tell(t, []story{
		{name: "one that does not verify", spec: signed(demo.Bad), steps: []step{{caches: allFirst}}},
		{name: "one that is still empty", spec: signed(demo.Empty), steps: []step{{caches: allFirst}}},
		{name: "one that is needed may not", spec: demo.Spec{Timestamp: demo.Role{Keys: []demo.Key{one, two}, Threshold: 2, Signatures: []demo.Signature{{By: one, Kind: demo.Bad}, {By: two}}}}, steps: []step{{fails: "timestamp refused", caches: "root:1"}}},
	})
}

func TestTheKindsOfKeysOfTheSpecification(t *testing.T) {
	for _, kind := range []demo.KeyType{demo.Ed25519, demo.ECDSA, demo.RSA} {
		fresh := demo.Key{Name: "fresh", Type: kind}
		both := []demo.Key{{Name: "root"}, fresh}
		chain := func(last demo.SignatureKind) func(*demo.RootVersion) {
			return func(v *demo.RootVersion) {
				if v.Version == 1 {
					return
				}
				v.Root = demo.Role{Keys: both, Threshold: 2, Expires: 300 * day, Signatures: demo.SignedBy(both...)}
				if v.Version == 3 {
					v.Root.Signatures[1].Kind = last
				}
			}
		}
		tell(t, []story{
			{name: kind.String(), spec: demo.Spec{Roots: 3, Rotate: []string{}, EditRoot: chain(demo.Good)}, steps: []step{{caches: "root:3 snapshot:1 targets:1 timestamp:1"}}},
			{name: kind.String() + ", badly signed", spec: demo.Spec{Roots: 3, Rotate: []string{}, EditRoot: chain(demo.Bad)}, steps: []step{{fails: "root refused", caches: "root:2"}}},
		})
	}
}

func TestFieldsOfKeysThatAreNotOfTheSpecificationDoNotMatter(t *testing.T) {
	tell(t, []story{{
		name: "keyid_hash_algorithms",
		spec: demo.Spec{Tamper: demo.OnRole("1.root", func(signed map[string]any) {
			for _, k := range demo.Sub(signed, "keys") {
				k.(map[string]any)["keyid_hash_algorithms"] = []any{"md5"}
			}
		})},
		steps: []step{{caches: allFirst}},
	}})
}
