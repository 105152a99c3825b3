package trust

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/demo"
)

// fatesIn are the older roots and what becomes of clients that ship them: "1 works".
func fatesIn(d *driver) []string {
	var out []string
	for _, r := range d.roles {
		if r.Name == "root" && r.Shipped != ShippedUnknown {
			out = append(out, fmt.Sprint(r.Version, " ", r.Shipped))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// selfSigned has a version of the root signed by its own keys only.
func selfSigned(version int64) func(*demo.RootVersion) {
	return func(v *demo.RootVersion) {
		if v.Version == version {
			v.Root.Signatures = demo.SignedBy(v.Root.Keys...)
		}
	}
}

func TestWhatBecomesOfClientsThatShipAnOlderRoot(t *testing.T) {
	absent := Answer{Absent: true, Status: 404}
	odd := func(name string) func(string, []byte) []byte {
		return func(n string, file []byte) []byte {
			if n == name {
				return oddKey(file)
			}
			return file
		}
	}
	for _, c := range []struct {
		name   string
		spec   demo.Spec
		except map[string]Answer
		want   []string // findings
		fates  []string
		says   string // in the problem of version 1
	}{
		{"all links hold", demo.Spec{}, nil, nil, []string{"1 works", "2 works", "3 works"}, "get to version 4"},
		{"a version is not signed by the one before", demo.Spec{EditRoot: selfSigned(3)}, nil,
			[]string{"root v2: old-root-stranded"}, []string{"1 stranded", "2 stranded", "3 works"}, "stop at version 2: version 3 is refused"},
		{"the trusted root is not signed by the one before", demo.Spec{EditRoot: selfSigned(4)}, nil,
			[]string{"root v3: old-root-stranded"}, []string{"1 stranded", "2 stranded", "3 stranded"}, "stop at version 3: version 4 is refused"},
		{"a version is missing", demo.Spec{}, map[string]Answer{"3.root.json": absent},
			[]string{"root v3: root-gap"}, []string{"1 stranded", "2 stranded"}, "stop at version 2: version 3 is not there"},
		{"the trusted root is not served", demo.Spec{}, map[string]Answer{"4.root.json": absent},
			[]string{"root v3: old-root-stranded"}, []string{"1 stranded", "2 stranded", "3 stranded"}, "stop at version 3: version 4 is not there"},
		{"the trusted root could not be had", demo.Spec{}, map[string]Answer{"4.root.json": {Reason: "timeout"}}, nil, nil, "nobody knows where clients that ship it get to: version 4 could not be had"},
		{"another root is served under the trusted one's version", demo.Spec{}, map[string]Answer{"4.root.json": {Bytes: []byte("{}")}},
			nil, nil, "the repository serves another version 4 than the trusted one"},
		{"one between could not be had", demo.Spec{}, map[string]Answer{"2.root.json": {Reason: "timeout"}}, nil, []string{"3 works"}, "version 2 could not be had"},
		{"the first is not usable", demo.Spec{TamperFile: odd("1.root")}, nil, []string{"root v1: old-root-unreadable"},
			[]string{"1 unusable", "2 works", "3 works"}, "not usable"},
		{"one between is not usable", demo.Spec{TamperFile: odd("2.root")}, nil, []string{"root v1: old-root-stranded", "root v2: old-root-unreadable"},
			[]string{"1 stranded", "2 unusable", "3 works"}, "stop at version 1: version 2 is refused"},
		{"none is there", demo.Spec{}, map[string]Answer{"1.root.json": absent, "2.root.json": absent, "3.root.json": absent}, nil, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.Roots, c.spec.Targets = 5, oneTarget
			repo := build(t, c.spec)
			src := served(repo, c.except)
			end := ""
			for seed := range most(8, 3) {
				d := drive(t, Config{Root: repo.Root(4)}, src, seed)
				if got := d.ids(); !slices.Equal(got, c.want) {
					t.Fatalf("findings %q, want %q", got, c.want)
				}
				if got := fatesIn(d); !slices.Equal(got, c.fates) {
					t.Fatalf("fates %q, want %q", got, c.fates)
				}
				i := slices.IndexFunc(d.roles, func(r Role) bool { return r.Name == "root" && r.Version == 1 })
				if c.says != "" && (i < 0 || !strings.Contains(d.roles[i].Problem, c.says)) {
					t.Fatalf("version 1 is %+v, which does not say %q", d.roles[i], c.says)
				}
				if end == "" {
					end = d.end()
				}
				if got := d.end(); got != end {
					t.Fatalf("another order ends otherwise:\n%s", differ(end, got))
				}
				// Whatever comes again changes nothing.
				for id := range d.needs {
					if !d.dead[NeedID(id)] {
						d.redeliver(NeedID(id))
					}
				}
				if got := d.ids(); !slices.Equal(got, c.want) || !slices.Equal(fatesIn(d), c.fates) {
					t.Fatalf("delivered again: findings %q, want %q; fates %q", got, c.want, fatesIn(d))
				}
			}
		})
	}
}

func TestAnOlderRootThatComesLaterMendsWhatWasSaid(t *testing.T) {
	repo := build(t, demo.Spec{Roots: 4, Targets: oneTarget})
	missing := map[string]Answer{"3.root.json": {Absent: true, Status: 404}}
	for seed := range most(8, 3) {
		d := drive(t, Config{Root: repo.Root(4)}, served(repo, missing), seed)
		if got := fatesIn(d); !slices.Equal(got, []string{"1 stranded", "2 stranded"}) {
			t.Fatalf("fates %q", got)
		}
		d.src = served(repo, nil)
		i := slices.IndexFunc(d.needs, func(n Need) bool { return fileName(n) == "3.root.json" })
		d.redeliver(NeedID(i))
		if got := fatesIn(d); !slices.Equal(got, []string{"1 works", "2 works", "3 works"}) || len(d.ids()) != 0 {
			t.Fatalf("fates %q, findings %q", got, d.ids())
		}
	}
}

func TestALostLookAtTheLinksLeavesNothingSaid(t *testing.T) {
	repo := build(t, demo.Spec{Roots: 4, Targets: oneTarget, EditRoot: selfSigned(3)})
	for seed := range most(8, 3) {
		d := newDriver(t, Config{Root: repo.Root(4)}, served(repo, nil), seed)
		d.lose = func(n Need) bool { return n.Name == "root" }
		d.run()
		if d.has("old-root-stranded", "root v2") {
			t.Fatalf("said without a look: %q", d.ids())
		}
	}
}

func TestAWalkFromAnOlderRoot(t *testing.T) {
	for _, c := range []struct {
		name   string
		spec   demo.Spec
		except map[string]Answer
		from   int64
		want   []string
		anchor int64
	}{
		{"a version that works", demo.Spec{}, nil, 2, []string{"root v2: first-use"}, 2},
		{"the first", demo.Spec{}, nil, 1, []string{"root v1: first-use"}, 1},
		{"the last", demo.Spec{}, nil, 4, []string{"root v4: first-use"}, 4},
		{"one that is not served", demo.Spec{}, map[string]Answer{"2.root.json": {Absent: true, Status: 404}}, 2, []string{"root v2: root-unusable"}, 0},
		{"one beyond the end", demo.Spec{}, nil, 5000, []string{"root v5000: root-unusable"}, 0},
		{"one that cannot be read", demo.Spec{}, map[string]Answer{"2.root.json": {Bytes: []byte("{}")}}, 2, []string{"root v2: root-unusable"}, 0},
		{"one from which the chain breaks", demo.Spec{EditRoot: selfSigned(3)}, nil, 2, []string{"root v2: first-use", "root v3: bad-signatures"}, 2},
		{"one behind a break", demo.Spec{EditRoot: selfSigned(3)}, nil, 3, []string{"root v2: old-root-stranded", "root v3: first-use"}, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.Roots, c.spec.Targets = 4, oneTarget
			repo := build(t, c.spec)
			for seed := range most(8, 3) {
				d := drive(t, Config{From: c.from}, served(repo, c.except), seed)
				if got := d.ids(); !slices.Equal(got, c.want) {
					t.Fatalf("findings %q, want %q", got, c.want)
				}
				a, _ := d.w.Anchor()
				if a.Version != c.anchor || a.FirstUse != (c.anchor > 0) {
					t.Fatalf("the anchor is %+v", a)
				}
				if c.anchor == 0 && len(d.accepted()) != 0 {
					t.Fatalf("accepted without a root: %q", d.accepted())
				}
			}
		})
	}
}

func TestAnOlderRootToStartFromThatComesLater(t *testing.T) {
	repo := build(t, demo.Spec{Roots: 4, Targets: oneTarget})
	for _, before := range []Answer{{Absent: true, Status: 404}, {Reason: "timeout"}, {Bytes: []byte("{}")}} {
		for seed := range most(8, 3) {
			d := drive(t, Config{From: 2}, served(repo, map[string]Answer{"2.root.json": before}), seed)
			d.src = served(repo, nil)
			i := slices.IndexFunc(d.needs, func(n Need) bool { return fileName(n) == "2.root.json" })
			d.redeliver(NeedID(i))
			if a, _ := d.w.Anchor(); a.Version != 2 || !slices.Equal(d.ids(), []string{"root v2: first-use"}) {
				t.Fatalf("the anchor is %+v, findings %q", a, d.ids())
			}
		}
	}
}

func TestVersionsInWords(t *testing.T) {
	for want, list := range map[string][]int64{
		"version 3": {3}, "versions 1 to 3": {1, 2, 3}, "2 versions from 1 to 3": {1, 3},
	} {
		if got := versions(list); got != want {
			t.Errorf("%v are %q, want %q", list, got, want)
		}
	}
}
