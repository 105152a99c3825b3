package trust

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/finding"
)

var oneTarget = []demo.Target{{Path: "a.txt", Content: []byte("a")}}

func key(name string) demo.Key { return demo.Key{Name: name} }

func TestARootChainIsFollowedToItsEnd(t *testing.T) {
	for _, n := range []int{1, 2, 5, 20} {
		repo := build(t, demo.Spec{Roots: n, Rotate: []string{"root", "timestamp", "targets"}, Targets: oneTarget})
		d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), uint64(n))
		last := d.role(rootName(int64(n)), "")
		if last.State != Accepted || !last.Current {
			t.Errorf("of %d roots the last is %+v", n, last)
		}
		if len(d.accepted()) != n+3 || len(d.ids()) > 0 {
			t.Errorf("with %d roots: accepted %q, findings %q", n, d.accepted(), d.ids())
		}
		for _, r := range d.roles {
			if r.Current && r.Name == "root" && r.Version != int64(n) {
				t.Errorf("version %d is also current", r.Version)
			}
		}
		if r := d.w.Reach("targets", "a.txt"); r.State != Found {
			t.Errorf("a.txt: %+v", r)
		}
	}
}

func TestABadRootBreaksTheChainAndTheWalkGoesOn(t *testing.T) {
	root := func(v int) string { return fmt.Sprintf("%d.root", v) }
	for _, c := range []struct {
		name    string
		spec    demo.Spec
		set     func(t *testing.T, r *demo.Repository)
		id      finding.ID
		message string
		further bool // the walk goes on from it to the next root
	}{
		{"signed by strangers", demo.Spec{}, func(t *testing.T, r *demo.Repository) {
			must(t, r.ResignBy(root(3), nil, demo.SignedBy(key("stranger"))...))
		}, finding.BadSignatures, "of the keys of version 2, 0 of 1 signed, 1 required; of its own, 0 of 1 signed, 1 required", false},
		{"signed only by the keys of the root before", demo.Spec{}, func(t *testing.T, r *demo.Repository) {
			must(t, r.ResignBy(root(3), nil, demo.SignedBy(key("root@2"))...))
		}, finding.BadSignatures, "of the keys of version 2, 1 of 1 signed, 1 required; of its own, 0 of 1", false},
		{"signed only by its own keys", demo.Spec{}, func(t *testing.T, r *demo.Repository) {
			must(t, r.ResignBy(root(3), nil, demo.SignedBy(key("root@3"))...))
		}, finding.BadSignatures, "of the keys of version 2, 0 of 1 signed, 1 required; of its own, 1 of 1", true},
		{"one version too high", demo.Spec{Tamper: demo.OnRole(root(3), func(s map[string]any) { s["version"] = 4 })}, nil,
			finding.VersionMismatch, "the file says version 4, and its place in the chain announces version 3", true},
		{"one version too low", demo.Spec{Tamper: demo.OnRole(root(3), func(s map[string]any) { s["version"] = 2 })}, nil,
			finding.VersionMismatch, "the file says version 2", true},
		{"no JSON", demo.Spec{}, func(_ *testing.T, r *demo.Repository) { r.Set("3.root.json", []byte("<html>")) },
			finding.Unparsable, "looks like HTML or XML, and not like TUF metadata", false},
		{"empty", demo.Spec{}, func(_ *testing.T, r *demo.Repository) { r.Set("3.root.json", nil) }, finding.Unparsable, "the file is empty", false},
		{"another role's file", demo.Spec{}, func(t *testing.T, r *demo.Repository) {
			data, err := r.ReadFile("timestamp.json")
			must(t, err)
			r.Set("3.root.json", data)
		}, finding.Unparsable, "expected metadata type root", false},
		{"a null among the keys", demo.Spec{Tamper: demo.OnRole(root(3), func(s map[string]any) { clearValues(demo.Sub(s, "keys")) })}, nil,
			finding.VerifierCrashed, "go-tuf crashed", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.Roots, c.spec.Targets = 4, oneTarget
			repo := build(t, c.spec)
			if c.set != nil {
				c.set(t, repo)
			}
			for seed := range uint64(4) {
				d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), seed)
				if got := d.message(c.id, "root v3"); !strings.Contains(got, c.message) {
					t.Errorf("the finding says %q, want %q", got, c.message)
				}
				want := []string{"/root", "/root"}
				if got := d.accepted(); !slices.Equal(got, want) {
					t.Errorf("accepted: %q", got)
				}
				four := slices.ContainsFunc(d.roles, func(r Role) bool {
					return r.Name == "root" && r.Version == 4 && r.State == Refused && r.Problem == "below root v3, which was refused"
				})
				if c.further != four {
					t.Errorf("version 4 was not looked at, or not refused")
				}
				ts := d.role("timestamp", "root")
				if ts.State != Refused || ts.Size == 0 {
					t.Errorf("the walk did not go on below: %+v", ts)
				}
				if r := d.w.Reach("targets", "a.txt"); r.State != Broken {
					t.Errorf("a.txt: %+v", r)
				}
				if len(d.lists) != 1 {
					t.Errorf("the targets are not listed")
				}
			}
		})
	}
}

// clearValues makes all values of an object null.
func clearValues(object map[string]any) {
	for k := range object {
		object[k] = nil
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestHowARootChainEnds(t *testing.T) {
	for _, c := range []struct {
		name   string
		except map[string]Answer
		want   []string
		state  map[string]RoleState // of roots
	}{
		{"with 404", nil, nil, map[string]RoleState{"root v5": Accepted}},
		{"with 403", map[string]Answer{"6.root.json": {Status: 403, Reason: "forbidden"}}, []string{"root v6: root-end-status"}, map[string]RoleState{"root v5": Accepted}},
		{"with 410", map[string]Answer{"6.root.json": {Status: 410, Absent: true}}, []string{"root v6: root-end-status"}, nil},
		{"with a folder, which has no status", map[string]Answer{"6.root.json": {Absent: true}}, nil, nil},
		{"with a version that could not be had", map[string]Answer{"6.root.json": {Reason: "connection reset"}}, nil, map[string]RoleState{"root v5": Accepted}},
		{"with a gap before the last", map[string]Answer{"4.root.json": {Absent: true, Status: 404}}, []string{"root v4: root-gap"}, map[string]RoleState{"root v3": Accepted}},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := build(t, demo.Spec{Roots: 5, Targets: oneTarget})
			for seed := range uint64(6) {
				d := drive(t, Config{Root: repo.Root(1)}, served(repo, c.except), seed)
				if got := d.ids(); !slices.Equal(got, c.want) {
					t.Errorf("findings %q, want %q", got, c.want)
				}
				for name, state := range c.state {
					if r := d.role(name, ""); r.State != state || !r.Current {
						t.Errorf("%s is %+v", name, r)
					}
				}
				if c.name == "with a version that could not be had" {
					i := slices.IndexFunc(d.roles, func(r Role) bool { return r.Name == "root" && r.State == Unfetched })
					if i < 0 || d.roles[i].Problem != "connection reset" {
						t.Errorf("nothing says that version 6 could not be had: %+v", d.roles)
					}
				}
				if len(d.lists) != 1 {
					t.Error("the walk did not go on below")
				}
			}
		})
	}
}

func TestOlderRootsAreLookedFor(t *testing.T) {
	for _, c := range []struct {
		name   string
		except map[string]Answer
		want   []string
	}{
		{"all are there", nil, nil},
		{"none is there", map[string]Answer{"1.root.json": {Absent: true}, "2.root.json": {Absent: true}}, nil},
		{"the first is missing", map[string]Answer{"1.root.json": {Absent: true}}, nil},
		{"the second is missing, between others", map[string]Answer{"2.root.json": {Absent: true}}, []string{"root v2: root-gap"}},
		{"one could not be had", map[string]Answer{"2.root.json": {Reason: "timeout"}}, nil},
		{"one is not readable", map[string]Answer{"1.root.json": {Bytes: []byte("{}")}}, []string{"root v1: old-root-unreadable"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := build(t, demo.Spec{Roots: 5, Targets: oneTarget})
			for seed := range uint64(6) {
				d := drive(t, Config{Root: repo.Root(3)}, served(repo, c.except), seed)
				if got := d.ids(); !slices.Equal(got, c.want) {
					t.Errorf("findings %q, want %q", got, c.want)
				}
				if got := len(d.accepted()); got != 6 {
					t.Errorf("accepted: %q", d.accepted())
				}
				for _, r := range d.roles {
					if r.Name == "root" && r.Version < 3 && r.Version > 0 && (r.State != Skipped || r.Current) {
						t.Errorf("an older root is %+v", r)
					}
				}
			}
		})
	}
}

// oddKey makes a root's keys such as go-tuf cannot read: ECDSA in hexadecimal.
func oddKey(file []byte) []byte {
	var doc struct {
		Signed map[string]any `json:"signed"`
	}
	if err := json.Unmarshal(file, &doc); err != nil {
		panic(err)
	}
	for _, k := range doc.Signed["keys"].(map[string]any) {
		k := k.(map[string]any)
		k["keytype"], k["scheme"] = "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"
		k["keyval"] = map[string]any{"public": "04" + strings.Repeat("ab", 64)}
	}
	out, err := json.Marshal(map[string]any{"signed": doc.Signed, "signatures": []any{}})
	if err != nil {
		panic(err)
	}
	return out
}

func TestTrustOnFirstUse(t *testing.T) {
	repo := build(t, demo.Spec{Roots: 5, Targets: oneTarget})
	absent := Answer{Absent: true, Status: 404}
	odd := func(n int) Answer { return Answer{Bytes: oddKey(repo.Root(n))} }
	for _, c := range []struct {
		name   string
		except map[string]Answer
		anchor int64
		want   []string
	}{
		{"the first root is usable", nil, 1, []string{"root v1: first-use"}},
		{"the first ones cannot be read and are passed over", map[string]Answer{"1.root.json": odd(1), "2.root.json": odd(2), "3.root.json": odd(3)}, 4,
			[]string{"root v1: root-passed-over", "root v2: root-passed-over", "root v3: root-passed-over", "root v4: first-use"}},
		{"only root.json and versions 3 to 5 are there", map[string]Answer{"root.json": {Bytes: repo.Root(5)}, "1.root.json": absent, "2.root.json": absent}, 3,
			[]string{"root v3: first-use"}},
		{"only root.json and versions 2 to 5 are there", map[string]Answer{"root.json": {Bytes: repo.Root(5)}, "1.root.json": absent}, 2,
			[]string{"root v2: first-use"}},
		{"only root.json is there", map[string]Answer{"root.json": {Bytes: repo.Root(2)}, "1.root.json": absent, "2.root.json": absent, "3.root.json": absent, "4.root.json": absent, "5.root.json": absent}, 2,
			[]string{"root v2: first-use"}},
		{"root.json is of a version above a gap", map[string]Answer{"root.json": {Bytes: repo.Root(5)}, "1.root.json": absent, "3.root.json": absent}, 4,
			[]string{"root v3: root-gap", "root v4: first-use"}},
		{"nothing is there", map[string]Answer{"1.root.json": absent, "root.json": absent, "2.root.json": absent, "3.root.json": absent, "4.root.json": absent, "5.root.json": absent}, 0,
			[]string{"root: root-unusable"}},
		{"only a root.json that cannot be read is there", map[string]Answer{"1.root.json": absent, "root.json": {Bytes: []byte("x")}}, 0, []string{"root: root-unusable"}},
		{"none can be used", map[string]Answer{"1.root.json": odd(1), "2.root.json": odd(2), "3.root.json": odd(3), "4.root.json": odd(4), "5.root.json": odd(5)}, 0,
			[]string{"root v1: root-passed-over", "root v2: root-passed-over", "root v3: root-passed-over", "root v4: root-passed-over", "root v5: root-passed-over", "root: root-unusable"}},
		{"the first could not be had", map[string]Answer{"1.root.json": {Reason: "timeout"}}, 0, nil},
		{"root.json could not be had", map[string]Answer{"1.root.json": absent, "root.json": {Reason: "timeout"}}, 0, nil},
		{"the second could not be had after the first was passed over", map[string]Answer{"1.root.json": odd(1), "2.root.json": {Reason: "timeout"}}, 0, []string{"root v1: root-passed-over"}},
		{"the first is of another version", map[string]Answer{"1.root.json": {Bytes: repo.Root(2)}}, 2, []string{"root v1: root-passed-over", "root v2: first-use"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for seed := range uint64(8) {
				d := drive(t, Config{}, served(repo, c.except), seed)
				if got := d.ids(); !slices.Equal(got, c.want) {
					t.Errorf("findings %q, want %q", got, c.want)
				}
				a, ok := d.w.Anchor()
				if ok != (c.anchor > 0) || a.Version != c.anchor || ok && !a.FirstUse {
					t.Errorf("the anchor is %+v, want version %d", a, c.anchor)
				}
				if ok && len(d.lists) != 1 {
					t.Error("the walk did not go on below")
				}
				if !ok && len(d.accepted()) > 0 {
					t.Errorf("accepted without a root: %q", d.accepted())
				}
			}
		})
	}
	d := drive(t, Config{}, served(repo, map[string]Answer{"1.root.json": odd(1)}), 1)
	if got := d.message(finding.RootPassedOver, "root v1"); !strings.Contains(got, "PEM") {
		t.Errorf("the reason for passing over is %q", got)
	}
}

func TestATrustedRootThatCannotBeUsedEndsTheWalk(t *testing.T) {
	repo := build(t, demo.Spec{Tamper: demo.OnRole("1.root", func(s map[string]any) { s["version"] = 0 })})
	good := build(t, demo.Spec{})
	for name, data := range map[string][]byte{
		"no bytes": {}, "no JSON": []byte("{"), "null": []byte("null"), "keys of another kind": oddKey(good.Root(1)),
		"version 0":    repo.Root(1),
		"not signed":   bytes.Replace(good.Root(1), []byte(`"sig":"`), []byte(`"sig":"00`), 1),
		"another role": mustRead(t, good, "timestamp.json"),
	} {
		d := drive(t, Config{Root: data}, served(good, nil), 1)
		if got := d.ids(); len(got) != 1 || !strings.HasSuffix(got[0], string(finding.RootUnusable)) {
			t.Errorf("%s: findings %q", name, got)
		}
		if len(d.needs) > 0 || len(d.accepted()) > 0 {
			t.Errorf("%s: the walk went on: %d needs", name, len(d.needs))
		}
	}
}

func mustRead(t testing.TB, r *demo.Repository, name string) []byte {
	t.Helper()
	data, err := r.ReadFile(name)
	must(t, err)
	return data
}

func TestRootsWithoutEndAreCutOff(t *testing.T) {
	repo := build(t, demo.Spec{Roots: 20, Targets: oneTarget})
	l := DefaultLimits()
	l.Roots = 7
	d := drive(t, Config{Root: repo.Root(1), Limits: l}, served(repo, nil), 3)
	if !d.has(finding.WalkLimit, "root") || len(d.needs) > 7+windowMost+10 {
		t.Errorf("findings %q, %d needs", d.ids(), len(d.needs))
	}
	// The search for a first root is bounded too.
	src := func(string) Answer { return Answer{Bytes: []byte("{}")} }
	if d := drive(t, Config{Limits: l}, src, 3); !d.has(finding.RootUnusable, "root") {
		t.Errorf("findings %q", d.ids())
	}
	huge := build(t, demo.Spec{Tamper: demo.OnRole("1.root", func(s map[string]any) { s["version"] = int64(1) << 50 })}).Root(1)
	src = func(name string) Answer {
		switch name {
		case "1.root.json":
			return Answer{Absent: true}
		case "root.json":
			return Answer{Bytes: huge}
		}
		return Answer{Bytes: []byte("{}")}
	}
	if d := drive(t, Config{Limits: l}, src, 3); !d.has(finding.FirstUse, rootName(1<<50)) || len(d.needs) > 100 {
		t.Errorf("findings %q, %d needs", d.ids(), len(d.needs))
	}
}

func TestASecondLookAtALaterRootDoesNotMendAnEarlierOne(t *testing.T) {
	repo := build(t, demo.Spec{Roots: 5, Targets: oneTarget})
	must(t, repo.ResignBy("2.root", nil, demo.SignedBy(key("root@2"))...))
	good := mustRead(t, repo, "4.root.json")
	except := map[string]Answer{"4.root.json": {Bytes: bytes.ReplaceAll(good, []byte(`"sig":"`), []byte(`"sig":"00`))}}
	d := drive(t, Config{Root: repo.Root(1)}, served(repo, except), 1)
	if !d.has(finding.BadSignatures, "root v2") || !d.has(finding.BadSignatures, "root v4") {
		t.Fatalf("findings %q", d.ids())
	}
	delete(except, "4.root.json")
	d.redeliver(NeedID(slices.IndexFunc(d.needs, func(n Need) bool { return n.Version == 4 })))
	if got := d.accepted(); !slices.Equal(got, []string{"/root"}) || d.has(finding.BadSignatures, "root v4") {
		t.Errorf("accepted %q, findings %q", got, d.ids())
	}
	if r := d.w.Reach("targets", "a.txt"); r.State != Broken {
		t.Errorf("a.txt: %+v", r)
	}
}

func TestRolesThatDelegateToEachOtherDoNotHoldEachOtherUp(t *testing.T) {
	spec := demo.Spec{PlainNames: true, Meta: demo.ListNeither, Delegations: []demo.Delegation{leaf("a", leaf("b", demo.Delegation{Name: "a", Same: true, Paths: []string{"*"}}))}}
	repo := build(t, spec)
	except := map[string]Answer{}
	d := drive(t, Config{Root: repo.Root(1)}, served(repo, except), 1)
	if !slices.Contains(d.accepted(), "b/a") {
		t.Fatalf("accepted %q", d.accepted())
	}
	// Now targets names another key for a, and b still vouches for it.
	must(t, repo.Resign("targets", func(s map[string]any) {
		demo.Sub(s, "delegations")["roles"].([]any)[0].(map[string]any)["threshold"] = 2
	}))
	d.redeliver(NeedID(slices.IndexFunc(d.needs, func(n Need) bool { return n.Name == "targets" })))
	for _, r := range d.accepted() {
		if strings.HasPrefix(r, "a/") || strings.HasPrefix(r, "b/") || r == "targets/a" {
			t.Errorf("%s is still accepted", r)
		}
	}
}

func TestTheNextRootIsGuessed(t *testing.T) {
	for file, want := range map[string]int64{
		`{"signed":{"version":7}}`: 8, `{"signed":{"version":0}}`: 0, `{"signed":{"version":-1}}`: 0, `{"signed":{}}`: 0,
		`{"signed":{"version":9007199254740992}}`: 0, `{"signed":{"version":"7"}}`: 0, `[`: 0, ``: 0,
	} {
		if version, ok := NextRoot([]byte(file)); version != want || ok != (want > 0) {
			t.Errorf("%s: %d, %t", file, version, ok)
		}
	}
}
