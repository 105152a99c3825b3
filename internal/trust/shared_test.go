package trust

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

func TestWaysOfASearch(t *testing.T) {
	to := func(name string, terminating bool, paths ...string) metadata.DelegatedRole {
		return metadata.DelegatedRole{Name: name, Terminating: terminating, Paths: paths}
	}
	byHash := func(name string, prefixes ...string) metadata.DelegatedRole {
		return metadata.DelegatedRole{Name: name, PathHashPrefixes: prefixes}
	}
	for _, c := range []struct {
		name string
		d    *metadata.Delegations
		want []Way
	}{
		{"no delegations", nil, nil},
		{"in their order", &metadata.Delegations{Roles: []metadata.DelegatedRole{to("b", false, "*"), to("a", false, "ba?")}}, []Way{{"b", false}, {"a", false}}},
		{"those of the path", &metadata.Delegations{Roles: []metadata.DelegatedRole{to("a", true, "*/*"), to("b", false, "bar")}}, []Way{{"b", false}}},
		{"up to a terminating one", &metadata.Delegations{Roles: []metadata.DelegatedRole{to("a", true, "*"), to("b", false, "*")}}, []Way{{"a", true}}},
		{"by hexadecimal prefix", &metadata.Delegations{Roles: []metadata.DelegatedRole{byHash("a", "00"), byHash("b", "aa", "fcd"), byHash("c", "FCDE"), byHash("d", "fcde2")}}, []Way{{"b", false}, {"d", false}}},
		{"a bin", &metadata.Delegations{SuccinctRoles: &metadata.SuccinctRoles{BitLength: 8, NamePrefix: "bin"}}, []Way{{"bin-fc", true}}},
		{"a list of roles goes before bins", &metadata.Delegations{Roles: []metadata.DelegatedRole{}, SuccinctRoles: &metadata.SuccinctRoles{BitLength: 8}}, nil},
	} {
		if got, err := Ways(c.d, "bar"); err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", c.name, got, err, c.want)
		}
	}
	for _, bits := range []int{-1, 0, 33, 1 << 20} {
		if _, err := Ways(&metadata.Delegations{SuccinctRoles: &metadata.SuccinctRoles{BitLength: bits}}, "bar"); err == nil {
			t.Errorf("a bit length of %d is taken", bits)
		}
	}
}

func TestListing(t *testing.T) {
	md := func(targets map[string]*metadata.TargetFiles) *metadata.Metadata[metadata.TargetsType] {
		return &metadata.Metadata[metadata.TargetsType]{Signed: metadata.TargetsType{Targets: targets}}
	}
	one := md(map[string]*metadata.TargetFiles{"a": {Length: 3, Hashes: metadata.Hashes{"sha512": {2}, "sha256": {1}}}})
	if err := Sensible(one); err != nil {
		t.Error(err)
	}
	want := Target{Path: "a", Length: 3, Hashes: []Hash{{"sha256", []byte{1}}, {"sha512", []byte{2}}}}
	if got := Listing(one, "a"); got == nil || fmt.Sprint(*got) != fmt.Sprint(want) {
		t.Errorf("%v is listed, want %v", got, want)
	}
	if got := Listing(one, "b"); got != nil {
		t.Errorf("%v is listed", got)
	}
	for name, targets := range map[string]map[string]*metadata.TargetFiles{
		"null": {"a": nil, "b": {Length: 1}}, "a negative length": {"b": {Length: 1}, "a": {Length: -1}, "z": nil},
	} {
		if err := Sensible(md(targets)); err == nil || err.Error() != "the target a has no sensible length" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestGuardAndExplain(t *testing.T) {
	err := Guard(func() error { panic("at\nthis") })
	if err == nil || Explain(err) != "go-tuf panicked: at⏎this (in verifying it)" {
		t.Errorf("%v", err)
	}
	if got := Explain(&metadata.ErrUnsignedMetadata{Msg: "no"}); got != "no" {
		t.Errorf("%q", got)
	}
	l := DefaultLimits()
	if err := l.Affordable(1000, 1<<20); !errors.Is(err, errTooMuch) {
		t.Errorf("1,000 keys and a MiB: %v", err)
	}
	if err := l.Affordable(5, 1<<20); err != nil {
		t.Errorf("5 keys and a MiB: %v", err)
	}
}
