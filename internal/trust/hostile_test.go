package trust

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/finding"
)

// small has one file of every kind, none of which lists what the others are, so
// that a changed file gets as far as it can.
func small() demo.Spec {
	return demo.Spec{
		Roots: 2, PlainNames: true, Meta: demo.ListNeither, Targets: oneTarget,
		Delegations: []demo.Delegation{leaf("a", demo.Delegation{Name: "s", Paths: []string{"a/*"}, Bins: &demo.Bins{Count: 2, Succinct: true}}), {Name: "h", PathHashPrefixes: []string{"0"}}},
	}
}

// smallFiles are files of small by name.
var smallFiles = []string{"2.root.json", "timestamp.json", "snapshot.json", "targets.json", "a.json", "s.json"}

// holds checks that go-tuf's own trusted metadata accepts, in this order, all that
// the walk accepts.
func (d *driver) holds(root []byte) {
	d.t.Helper()
	file := func(name string, version int64) []byte {
		for id, n := range d.needs {
			if n.Name == name && (name != "root" || n.Version == version) && !d.dead[NeedID(id)] {
				return d.last[NeedID(id)].Bytes
			}
		}
		return nil
	}
	for _, r := range d.roles {
		if r.State != Accepted || r.Parent == "" {
			continue
		}
		// The chain of delegators of this role, from the top.
		chain := []Role{r}
		for chain[0].Parent != "root" || len(d.roles[chain[0].ParentID].Parent) > 0 {
			chain = slices.Insert(chain, 0, d.roles[chain[0].ParentID])
			if len(chain) > 100 {
				break // a cycle, which other roles lead into
			}
		}
		err := guard("all of it", func() error {
			tm, err := trustedmetadata.New(root)
			if err != nil {
				return err
			}
			tm.RefTime = time.Time{}
			for v := tm.Root.Signed.Version + 1; ; v++ {
				i := slices.IndexFunc(d.roles, func(r Role) bool { return r.Name == "root" && r.Parent == "" && r.Version == v && r.State == Accepted })
				if i < 0 {
					break
				}
				if _, err := tm.UpdateRoot(file("root", v)); err != nil {
					return fmt.Errorf("root %d: %w", v, err)
				}
			}
			if _, err := tm.UpdateTimestamp(file("timestamp", 0)); err != nil || r.Name == "timestamp" && r.Parent == "root" {
				return err
			}
			if _, err := tm.UpdateSnapshot(file("snapshot", 0), false); err != nil || r.Name == "snapshot" && r.Parent == "root" {
				return err
			}
			for _, c := range chain {
				if _, err := tm.UpdateDelegatedTargets(file(c.Name, 0), c.Name, c.Parent); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			d.t.Errorf("%s under %s is accepted, and go-tuf refuses it: %v", r.Name, r.Parent, err)
		}
	}
}

// hostileValues stand in for any value of a document.
var hostileValues = []string{`null`, `[]`, `{}`, `""`, `-1`, `1e400`, `18446744073709551616`, `true`, `"\u0000"`, `[null]`, `{"":null}`, strings.Repeat("[", 9000) + strings.Repeat("]", 9000), strings.Repeat("[", 20000) + strings.Repeat("]", 20000)}

// replaceEach gives the document with each of its values replaced in turn.
func replaceEach(doc []byte, by string, yield func(where string, changed []byte)) {
	var v any
	dec := json.NewDecoder(bytes.NewReader(doc))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		panic(err)
	}
	write := func(where string) {
		out, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		yield(where, bytes.Replace(out, []byte(`"@here@"`), []byte(by), 1))
	}
	var walk func(v any, where string)
	walk = func(v any, where string) {
		switch v := v.(type) {
		case map[string]any:
			for k, old := range v {
				v[k] = "@here@"
				write(where + "." + k)
				v[k] = old
				walk(old, where+"."+k)
			}
		case []any:
			for i, old := range v {
				v[i] = "@here@"
				write(fmt.Sprint(where, "[", i, "]"))
				v[i] = old
				walk(old, fmt.Sprint(where, "[", i, "]"))
			}
		}
	}
	walk(v, "")
	yield("all of it", []byte(by))
}

func TestAnyValueInAnyPlaceIsSurvived(t *testing.T) {
	t.Parallel()
	repo := build(t, small())
	for _, name := range smallFiles {
		for i, by := range hostileValues {
			if !thorough() && i > 4 {
				break
			}
			t.Run(fmt.Sprint(name, " with ", by[:min(len(by), 12)], len(by)), func(t *testing.T) {
				good := mustRead(t, repo, name)
				place := 0
				replaceEach(good, by, func(where string, changed []byte) {
					if place++; (i > 1 || !thorough()) && place%8 != i%8 {
						return // the first ones go everywhere
					}
					d := drive(t, Config{Root: repo.Root(1)}, served(repo, map[string]Answer{name: {Bytes: changed}}), 1)
					d.holds(repo.Root(1))
					d.readAll()
					if t.Failed() {
						t.Fatalf("with %s at %s", by[:min(len(by), 12)], where)
					}
				})
			})
		}
	}
}

// TestASignedFileWithAnyValueIsSurvived signs what is hostile, so that the checks
// behind the signature see it too.
func TestASignedFileWithAnyValueIsSurvived(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"2.root", "timestamp", "snapshot", "targets", "a", "s"} {
		for _, value := range []any{nil, map[string]any{}, -1} {
			t.Run(fmt.Sprintf("%s with %v", name, value), func(t *testing.T) {
				repo := build(t, small())
				var count int
				must(t, repo.Resign(name, func(s map[string]any) { count = places(s, -1, nil) }))
				for i := range count {
					if !thorough() && i%5 > 0 {
						continue
					}
					repo := build(t, small())
					if err := repo.Resign(name, func(s map[string]any) { places(s, i, value) }); err != nil {
						continue
					}
					d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
					d.holds(repo.Root(1))
					d.readAll()
					if t.Failed() {
						t.Fatalf("at place %d", i)
					}
				}
			})
		}
	}
}

// places counts the values in a document and sets the nth.
func places(v any, n int, value any) int {
	count := 0
	var walk func(v any)
	set := func(old any, put func(any)) {
		if count == n {
			put(value)
		}
		count++
		walk(old)
	}
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			keys := make([]string, 0, len(v))
			for k := range v {
				keys = append(keys, k)
			}
			slices.Sort(keys)
			for _, k := range keys {
				set(v[k], func(x any) { v[k] = x })
			}
		case []any:
			for i := range v {
				set(v[i], func(x any) { v[i] = x })
			}
		}
	}
	walk(v)
	return count
}

func TestOddWaysToWriteAFile(t *testing.T) {
	repo := build(t, small())
	for _, c := range []struct {
		name   string
		change func(good []byte) []byte
		ok     bool // go-tuf accepts it
	}{
		{"cut off", func(b []byte) []byte { return b[:len(b)-5] }, false},
		{"empty", func([]byte) []byte { return []byte{} }, false},
		{"a byte order mark", func(b []byte) []byte { return append([]byte("\xef\xbb\xbf"), b...) }, false},
		{"trailing data", func(b []byte) []byte { return append(slices.Clone(b), `{"x":1}`...) }, false},
		{"trailing white space", func(b []byte) []byte { return append(slices.Clone(b), "\n \n"...) }, true},
		{"the signed part twice", func(b []byte) []byte { return bytes.Replace(b, []byte(`{`), []byte(`{"signed":{},`), 1) }, true},
		{"invalid UTF-8", func(b []byte) []byte {
			return bytes.Replace(b, []byte(`"spec_version"`), []byte("\"x\":\"\xff\",\"spec_version\""), 1)
		}, false},
		{"nothing but nesting", func([]byte) []byte { return []byte(strings.Repeat(`{"signed":`, 100_000)) }, false},
	} {
		for _, name := range smallFiles {
			d := drive(t, Config{Root: repo.Root(1)}, served(repo, map[string]Answer{name: {Bytes: c.change(mustRead(t, repo, name))}}), 1)
			d.holds(repo.Root(1))
			id := slices.IndexFunc(d.needs, func(n Need) bool { return fileName(n) == name })
			if got := d.verdict[NeedID(id)].Accepted; got != c.ok {
				t.Errorf("%s of %s: accepted %v, findings %q", c.name, name, got, d.ids())
			}
		}
	}
}

func TestVerificationOfAHugeRoleIsBounded(t *testing.T) {
	manyKeys := func(root map[string]any, role string, n int) {
		keys, ids := demo.Sub(root, "keys"), []any{}
		ids = append(ids, demo.Sub(root, "roles", role)["keyids"].([]any)...)
		for i := range n {
			id := fmt.Sprintf("%064x", i)
			keys[id] = map[string]any{"keytype": "ed25519", "scheme": "ed25519", "keyval": map[string]any{"public": id}}
			ids = append(ids, id)
		}
		demo.Sub(root, "roles", role)["keyids"] = ids
	}
	for _, c := range []struct {
		name string
		spec demo.Spec
		id   finding.ID
		role string
	}{
		{"a root with 10,000 keys", demo.Spec{Roots: 2, Tamper: demo.OnRole("2.root", func(s map[string]any) { manyKeys(s, "root", 10_000) })}, finding.WalkLimit, "root v2"},
		{"targets of 4 MB with 10,000 keys", demo.Spec{
			TargetsRole: demo.Role{Extra: map[string]any{"x-pad": strings.Repeat("x", 4<<20)}},
			Tamper:      demo.OnRole("1.root", func(s map[string]any) { manyKeys(s, "targets", 10_000) }),
		}, finding.WalkLimit, "targets"},
	} {
		if !thorough() {
			break
		}
		t.Run(c.name, func(t *testing.T) {
			repo := build(t, c.spec)
			began := time.Now()
			d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
			if !d.has(c.id, c.role) {
				t.Errorf("findings %q", d.ids())
			}
			if took := time.Since(began); thorough() && took > 20*time.Second {
				t.Errorf("it took %s", took)
			}
			for _, r := range d.roles {
				if len(r.Signers) > DefaultLimits().Signers {
					t.Errorf("%s has %d signers", r.Name, len(r.Signers))
				}
			}
		})
	}
}

func TestAThousandSignaturesAreOrderly(t *testing.T) {
	keys := demo.NewKeys("t", 1000)
	repo := build(t, demo.Spec{Timestamp: demo.Role{Keys: keys, Threshold: 1000}})
	d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
	// go-tuf accepts it; the walk lists only some of the keys.
	if r := d.roles[slices.IndexFunc(d.roles, func(r Role) bool { return r.Name == "timestamp" })]; len(r.Signers) != DefaultLimits().Signers {
		t.Errorf("%d signers", len(r.Signers))
	}
}

// mutate changes a file a little, as the bytes of instructions say.
func mutate(good, instructions []byte) []byte {
	b := slices.Clone(good)
	for len(instructions) >= 4 && len(b) > 0 {
		at := (int(instructions[0])<<8 | int(instructions[1])) % len(b)
		switch instructions[2] % 4 {
		case 0:
			b[at] = instructions[3]
		case 1:
			b = slices.Delete(b, at, min(len(b), at+1+int(instructions[3])%16))
		case 2:
			b = slices.Insert(b, at, instructions[3])
		case 3:
			b = slices.Concat(b[:at], good[at%len(good):min(len(good), at+int(instructions[3]))], b[at:])
		}
		instructions = instructions[4:]
	}
	return b
}

// FuzzMutatedFile changes one file of a repository: nothing may panic, and nothing
// may be accepted that go-tuf refuses.
func FuzzMutatedFile(f *testing.F) {
	for i := range smallFiles {
		f.Add(byte(i), []byte{0, 9, 0, ' '})
		f.Add(byte(i), []byte{1, 0, 1, 3, 0, 40, 3, 200})
	}
	repo := build(f, small())
	root := repo.Root(1)
	f.Fuzz(func(t *testing.T, which byte, instructions []byte) {
		if len(instructions) > 64 {
			t.Skip()
		}
		name := smallFiles[int(which)%len(smallFiles)]
		changed := mutate(mustRead(t, repo, name), instructions)
		d := drive(t, Config{Root: root}, served(repo, map[string]Answer{name: {Bytes: changed}}), uint64(which))
		d.holds(root)
	})
}

// FuzzTrustedRoot opens any bytes as the trusted root.
func FuzzTrustedRoot(f *testing.F) {
	repo := build(f, demo.Spec{})
	f.Add([]byte{0, 9, 0, ' '})
	f.Fuzz(func(t *testing.T, instructions []byte) {
		data := mutate(repo.Root(1), instructions)
		d := drive(t, Config{Root: data}, served(repo, nil), 1)
		d.holds(data)
		_, err := metadata.Root().FromBytes(data)
		if _, ok := d.w.Anchor(); ok && err != nil {
			t.Errorf("trusted, and go-tuf says %v", err)
		}
	})
}

func TestARoleThatCostsTooMuchToVerifyIsNotAccepted(t *testing.T) {
	two := func(name string) demo.Role { return demo.Role{Keys: demo.NewKeys(name, 2)} }
	pad := func(name string) demo.Role {
		r := two(name)
		r.Extra = map[string]any{"x-pad": strings.Repeat("x", 20_000)}
		return r
	}
	l := DefaultLimits()
	l.Work = 30_000
	for name, spec := range map[string]demo.Spec{
		"root v2":   {Roots: 2, Root: two("root"), Tamper: demo.OnRole("2.root", func(s map[string]any) { s["x-pad"] = strings.Repeat("x", 20_000) })},
		"timestamp": {Timestamp: pad("timestamp")}, "snapshot": {Snapshot: pad("snapshot")}, "targets": {TargetsRole: pad("targets")},
		"a": {Delegations: []demo.Delegation{{Name: "a", Paths: []string{"*"}, Role: pad("a")}}},
	} {
		repo := build(t, spec)
		d := drive(t, Config{Root: repo.Root(1), Limits: l}, served(repo, nil), 1)
		if got := d.message(finding.WalkLimit, name); !strings.Contains(got, "not verified: too many keys for its size: 2 keys and 2") {
			t.Errorf("%s: %q", name, got)
		}
		if last := d.accepted(); name != "a" && slices.Contains(last, "root/targets") {
			t.Errorf("%s: accepted %q", name, last)
		}
	}
}

// What becomes of a role that delegates to nobody is settled without going through
// all others: there may be tens of thousands whose files are missing.
func TestManyMissingRolesAreSettledQuickly(t *testing.T) {
	n := int(most(16384, 1024))
	spec := demo.Spec{Tamper: demo.OnRole("snapshot", func(o map[string]any) {
		meta := demo.Sub(o, "meta")
		for name := range meta {
			if name != "targets.json" {
				delete(meta, name)
			}
		}
	})}
	for i := range n {
		name := fmt.Sprint("r", i)
		spec.Delegations = append(spec.Delegations, demo.Delegation{Name: name, Paths: []string{name + "/*"}, Role: demo.Role{Keys: []demo.Key{key("all")}}})
	}
	repo := build(t, spec)
	w, s := New(Config{Root: repo.Root(1), At: now})
	src := served(repo, nil)
	var longest time.Duration
	for len(s.Needs)+len(s.Jobs) > 0 {
		steps := []func() Step{}
		for _, need := range s.Needs {
			steps = append(steps, func() Step { return w.Deliver(need.ID, src(fileName(need))) })
		}
		for _, job := range s.Jobs {
			r := job.Run()
			steps = append(steps, func() Step { return w.Apply(r) })
		}
		s = Step{}
		for _, step := range steps {
			began := time.Now()
			next := step()
			longest = max(longest, time.Since(began))
			s.Needs, s.Jobs = append(s.Needs, next.Needs...), append(s.Jobs, next.Jobs...)
		}
	}
	if missing := len(w.files) - 1; missing != n || !w.Done() {
		t.Fatalf("%d roles, want %d", missing, n)
	}
	if longest > 10*time.Second {
		t.Errorf("a step took %s", longest)
	}
}
