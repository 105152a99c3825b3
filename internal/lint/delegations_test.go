package lint

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
)

// by is a delegation by patterns, hashed one by hash prefixes.
func by(name string, paths ...string) metadata.DelegatedRole {
	return metadata.DelegatedRole{Name: name, Paths: paths}
}

func hashed(name string, prefixes ...string) metadata.DelegatedRole {
	return metadata.DelegatedRole{Name: name, PathHashPrefixes: prefixes}
}

// tell gives findings as "id: message".
func tell(list []finding.Finding) []string {
	out := []string{}
	for _, f := range list {
		out = append(out, string(f.ID)+": "+f.Message)
	}
	return out
}

func TestDelegations(t *testing.T) {
	hex := func(from, to int, names ...string) (list []metadata.DelegatedRole) {
		for i := from; i <= to; i++ {
			list = append(list, hashed(fmt.Sprint("b", i), fmt.Sprintf("%x", i)))
		}
		return list
	}
	ending := by("a", "x/*")
	ending.Terminating = true
	for _, c := range []struct {
		name  string
		roles []metadata.DelegatedRole
		want  []string
	}{
		{"none", nil, nil},
		{"one", []metadata.DelegatedRole{by("a", "a/*", "a/b", "*")}, nil},
		{"two beside each other", []metadata.DelegatedRole{by("a", "a/*", "*.txt"), by("b", "b/*", "*.bin")}, nil},
		{"called root and targets", []metadata.DelegatedRole{by("root", "a"), by("targets", "b"), by("Root", "c"), by("snapshot.json", "d")},
			[]string{"reserved-role-name: delegates to a role called root", "reserved-role-name: delegates to a role called targets"}},
		{"the same name three times", []metadata.DelegatedRole{by("a", "a"), by("a", "b"), by("a", "c")}, []string{"duplicate-role-name: delegates to a more than once"}},
		{"no paths at all", []metadata.DelegatedRole{{Name: "a"}}, []string{"no-paths: delegates to a with neither paths nor path_hash_prefixes"}},
		{"an empty list of paths", []metadata.DelegatedRole{{Name: "a", Paths: []string{}}}, []string{"no-paths: delegates to a for no paths: the list of them is empty"}},
		{"both", []metadata.DelegatedRole{{Name: "a", Paths: []string{"x"}, PathHashPrefixes: []string{}}}, []string{"paths-and-prefixes: delegates to a with both paths and path_hash_prefixes"}},

		{"the same pattern twice", []metadata.DelegatedRole{by("a", "x/*"), by("b", "x/*")}, []string{"overlapping-patterns: a and b are both delegated x/*"}},
		{"the first one is terminating", []metadata.DelegatedRole{ending, by("b", "x/y")}, []string{"overlapping-patterns: a and b are both delegated x/y, and the first one is terminating"}},
		{"a path and a pattern that covers it, later", []metadata.DelegatedRole{by("a", "x/y"), by("b", "x/*")}, []string{"overlapping-patterns: a and b are both delegated x/y"}},
		{"a pattern within another", []metadata.DelegatedRole{by("a", "x/*"), by("b", "x/*.txt")}, []string{"overlapping-patterns: a and b are both delegated x/*.txt"}},
		{"all at the end", []metadata.DelegatedRole{by("a", "x-*"), by("b", "y-*"), by("c", "*")}, []string{"overlapping-patterns: a and c are both delegated x-*", "overlapping-patterns: b and c are both delegated y-*"}},
		{"a pattern that begins alike", []metadata.DelegatedRole{by("a", "x/*"), by("b", "x/*/y"), by("c", "x")}, nil},
		{"two that may overlap or not", []metadata.DelegatedRole{by("a", "a*"), by("b", "*b")}, nil},
		{"the same role twice", []metadata.DelegatedRole{by("a", "x/*"), by("a", "x/*")}, []string{"duplicate-role-name: delegates to a more than once"}},
		{"malformed ones", []metadata.DelegatedRole{by("a", "["), by("b", "["), by("c", "x[")}, nil},

		{"all hashes", hex(0, 15), nil},
		{"all hashes with one empty prefix", []metadata.DelegatedRole{hashed("a", "")}, nil},
		{"half of them", []metadata.DelegatedRole{hashed("a", "8", "9", "a", "b", "c", "d", "e", "f")}, []string{"hash-prefix-gap: its hash prefixes have a gap that begins with 0"}},
		{"all but the last", hex(0, 14), []string{"hash-prefix-gap: its hash prefixes have a gap that begins with f"}},
		{"a small gap", append(hex(1, 15), hashed("z", "00", "010", "0111", "02", "03", "04", "05", "06", "07", "08", "09", "0a", "0b", "0c", "0d", "0e", "0f")), nil},
		{"upper case covers nothing", append(hex(0, 14), hashed("f", "F")), []string{"hash-prefix-gap: its hash prefixes have a gap that begins with f"}},
		{"a gap that paths may fill", append(hex(0, 14), by("f", "*")), nil},
		{"a prefix twice", append(hex(0, 15), hashed("x", "3")), []string{`hash-prefix-overlap: b3 and x are both delegated the paths whose hash begins with "3"`}},
		{"a prefix within another", append(hex(0, 15), hashed("x", "31", "32", "41")), []string{
			`hash-prefix-overlap: b3 and x are both delegated the paths whose hash begins with "31"`, `hash-prefix-overlap: b4 and x are both delegated the paths whose hash begins with "41"`}},
		{"within its own", append(hex(1, 15), hashed("b0", "0", "00", "0")), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := tell(delegations("targets", &metadata.Delegations{Roles: c.roles}))
			if c.name == "a small gap" {
				// 0100 to 010f are there, 0110 and 0112 to 011f and 012 to 01f are not.
				if len(got) != 1 || !strings.Contains(got[0], "have 2 gaps, and the first begins with 0110") {
					t.Errorf("got %q", got)
				}
				return
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestFindingsAboutADelegatorAreBounded(t *testing.T) {
	d := metadata.Delegations{}
	for i := range 3000 {
		d.Roles = append(d.Roles, by("*", "*"), by(fmt.Sprint(i), "*"), hashed(fmt.Sprint("h", i), "0"), metadata.DelegatedRole{Name: fmt.Sprint("n", i)})
	}
	count := map[finding.ID]int{}
	for _, f := range delegations("targets", &d) {
		count[f.ID]++
	}
	for id, n := range count {
		if n > most+1 {
			t.Errorf("%s: %d findings", id, n)
		}
	}
	if len(count) != 4 {
		t.Errorf("findings of %d kinds: %v", len(count), count)
	}
}

// What is covered is counted in 64 digits here, and in as many as need be there.
func FuzzGapsAreExact(f *testing.F) {
	f.Add("0 1 2 3 4 5 6 7 8 9 a b c d e f")
	f.Add("00 01 0 10 11 f")
	f.Add("")
	f.Add("ffff")
	f.Fuzz(func(t *testing.T, text string) {
		var all []share
		for _, p := range strings.Fields(text) {
			if matchable(p) && len(p) <= 3 {
				all = append(all, share{prefix: p})
			}
		}
		slices.SortFunc(all, func(a, b share) int { return strings.Compare(a.prefix, b.prefix) })
		var covered [4096]bool
		for _, s := range all {
			for i := range covered {
				covered[i] = covered[i] || strings.HasPrefix(fmt.Sprintf("%03x", i), s.prefix)
			}
		}
		want, at := 0, -1
		for i := range covered {
			if !covered[i] && (i == 0 || covered[i-1]) {
				if want++; want == 1 {
					at = i
				}
			}
		}
		first, n := gaps(all)
		if n != want {
			t.Fatalf("%v: %d gaps, want %d", all, n, want)
		}
		if n == 0 {
			return
		}
		start, _ := new(big.Int).SetString((first + "000")[:3], 16)
		if start.Int64() != int64(at) {
			t.Errorf("%v: the first gap begins at %s, want %03x", all, first, at)
		}
		for i := range covered {
			if covered[i] && strings.HasPrefix(fmt.Sprintf("%03x", i), first) {
				t.Errorf("%v: %s is no gap: %03x is covered", all, first, i)
			}
		}
	})
}

func FuzzDelegations(f *testing.F) {
	f.Add("a", "x/*", "b", "x/y", "0", "00")
	f.Add("root", "[", "root", "\\", "", "F")
	f.Fuzz(func(t *testing.T, a, p, b, q, x, y string) {
		d := metadata.Delegations{Roles: []metadata.DelegatedRole{by(a, p), by(b, q, p), hashed(a, x, y), hashed(b, y)}}
		for _, g := range delegations("targets", &d) {
			if g.ID == finding.OverlappingPatterns {
				one, _ := d.Roles[0].IsDelegatedPath(p)
				two, _ := d.Roles[1].IsDelegatedPath(p)
				three, _ := d.Roles[0].IsDelegatedPath(q)
				four, _ := d.Roles[1].IsDelegatedPath(q)
				if !(one && two || three && four) {
					t.Errorf("%q, %q: %s", p, q, g.Message)
				}
			}
		}
	})
}

// Each pair of a role's own patterns would be looked at, and there is nothing to be
// said of them.
func TestManyPatternsOfFewRoles(t *testing.T) {
	var paths []string
	for i := range 20_000 {
		paths = append(paths, fmt.Sprintf("*%da*", i))
	}
	var roles []metadata.DelegatedRole
	for i := range 20 {
		roles = append(roles, metadata.DelegatedRole{Name: fmt.Sprint("r", i), Paths: paths})
	}
	began := time.Now()
	overlaps("targets", roles)
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
}
