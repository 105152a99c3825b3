package trust

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

// read looks at a role's file.
func (d *driver) read(r Role) RoleFile {
	d.t.Helper()
	what, err := d.w.Read(r.ID)
	if err != nil {
		d.t.Fatalf("%s: %v", r.Name, err)
	}
	f := what.Run()
	harmless(d.t, f)
	return f
}

// readAll looks at the file of every role that has one. A key is called valid only
// where the role's verification called it so; the keys of an earlier root were not asked
// about then.
func (d *driver) readAll() {
	d.t.Helper()
	for _, r := range d.roles {
		what, err := d.w.Read(r.ID)
		if err != nil {
			if r.State == Accepted || len(err.Error()) < 5 {
				d.t.Errorf("%s is %s: %v", r.Name, r.State, err)
			}
			continue
		}
		f := what.Run()
		harmless(d.t, f)
		valid := 0
		for _, k := range f.Keys {
			if k.Valid && (r.Parent != "" || k.Lister == rootName(r.Version)) {
				valid++
			}
		}
		if valid > r.ValidSigners() || r.State == Accepted && valid != r.ValidSigners() {
			d.t.Errorf("%s is %s with %d valid signatures, and is shown with %d", r.Name, r.State, r.ValidSigners(), valid)
		}
	}
}

// harmless checks that nothing in a file that is shown can reach the terminal as
// anything but text, and that it is within its bounds.
func harmless(t testing.TB, f RoleFile) {
	t.Helper()
	texts := slices.Concat([]string{f.Name, f.Parent, f.File, f.SHA256, f.Left}, f.Lines)
	total := 0
	for _, l := range f.Lines {
		total += len(l) + 1
	}
	for _, k := range f.Keys {
		texts = append(texts, k.ID, k.Lister, k.Owner, k.Type, k.Scheme, k.Public, k.SHA256, k.Reason, k.Signature)
	}
	for _, o := range f.Others {
		texts = append(texts, o.KeyID, o.Signature, o.Reason)
	}
	for _, d := range f.Delegations {
		texts = slices.Concat(texts, []string{d.Name}, d.Keys, d.Paths)
	}
	for _, s := range texts {
		if len(s) > safe.MaxLen || !utf8.ValidString(s) {
			t.Errorf("%d bytes in one line, valid %v", len(s), utf8.ValidString(s))
		}
		for _, r := range s {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Errorf("%q is raw in %q", r, safe.Cut(s, 200))
			}
		}
	}
	if len(f.Lines) > maxLines+1 || total > maxText+2*safe.MaxLen {
		t.Errorf("%d lines, %d bytes", len(f.Lines), total)
	}
	if len(f.Keys) > 2*DefaultLimits().Signers || len(f.Others) > DefaultLimits().Signers || len(f.Delegations) > maxDelegations {
		t.Errorf("%d keys, %d other signatures, %d delegations", len(f.Keys), len(f.Others), len(f.Delegations))
	}
}

// restored is the JSON that lines were made of.
func restored(t *testing.T, f RoleFile) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(strings.Join(f.Lines, "\n"))); err != nil {
		t.Fatalf("%v in\n%s", err, strings.Join(f.Lines, "\n"))
	}
	return b.Bytes()
}

// verdicts are the keys of a file in short.
func verdicts(f RoleFile) string {
	var out []string
	for _, k := range f.Keys {
		sig := ""
		if k.Signature != "" {
			sig = " signed"
		}
		out = append(out, fmt.Sprintf("%s %v%s %q", k.Lister, k.Valid, sig, k.Reason))
	}
	for _, o := range f.Others {
		out = append(out, "other "+o.Reason)
	}
	return strings.Join(out, "; ")
}

func TestAFileIsShownWithItsKeysAndSignatures(t *testing.T) {
	repo := build(t, demo.Spec{
		Roots: 2, Root: demo.Role{Keys: demo.OwnedKeys("root", "@ann", "@ben"), Threshold: 2},
		Targets:     oneTarget,
		Delegations: []demo.Delegation{leaf("a", leaf("b")), {Name: "h", PathHashPrefixes: []string{"0", "1"}, Terminating: true}},
	})
	d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
	for _, c := range []struct{ role, parent, file, want string }{
		{"root v1", "", "", `root v1 true signed ""; root v1 true signed ""`},
		{"root v2", "", "2.root.json", `root v2 true signed ""; root v2 true signed ""; root v1 true signed ""; root v1 true signed ""`},
		{"timestamp", "root", "timestamp.json", `root true signed ""`},
		{"snapshot", "root", "1.snapshot.json", `root true signed ""`},
		{"targets", "root", "1.targets.json", `root true signed ""`},
		{"a", "targets", "1.a.json", `targets true signed ""`},
		{"b", "a", "1.b.json", `a true signed ""`},
	} {
		r := d.role(c.role, c.parent)
		f := d.read(r)
		if got := verdicts(f); got != c.want {
			t.Errorf("%s: %s", c.role, got)
		}
		if f.File != c.file || f.Versioned != (strings.HasPrefix(c.file, "1.") || strings.HasPrefix(c.file, "2.")) {
			t.Errorf("%s: %q, %v", c.role, f.File, f.Versioned)
		}
		if f.Version != r.Version || f.Size != r.Size || f.SHA256 != r.SHA256 || f.Threshold != r.Threshold || !f.JSON || f.Left != "" {
			t.Errorf("%s: %+v", c.role, f)
		}
		data := repo.Root(1)
		if c.file != "" {
			data, _ = repo.ReadFile(c.file)
		}
		var want bytes.Buffer
		if err := json.Compact(&want, data); err != nil {
			t.Fatal(err)
		}
		if got := restored(t, f); !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%s is shown as %s, and is %s", c.role, got, want.Bytes())
		}
		k := f.Keys[0]
		if len(k.ID) != 64 || k.Type != "ed25519" || k.Scheme != "ed25519" || len(k.Public) != 64 || len(k.SHA256) != 64 || len(k.Signature) != 128 {
			t.Errorf("%s: %+v", c.role, k)
		}
	}
	root := d.read(d.role("root v2", ""))
	if root.Keys[0].Owner != "@ann" || len(root.Delegations) != 4 || root.Delegations[0].Name != "root" || root.Delegations[0].Threshold != 2 {
		t.Errorf("%+v", root)
	}
	targets := d.read(d.role("targets", "root"))
	if got := fmt.Sprintf("%+v", targets.Delegations); len(targets.Delegations) != 2 || !strings.Contains(got, "Paths:[a/*] Terminating:false") || !strings.Contains(got, "Name:h") || !strings.Contains(got, "Threshold:1 Paths:[hash prefixes 0 to 1 (2)] Terminating:true") {
		t.Errorf("%s", got)
	}
	if _, err := d.w.Read(9999); err == nil {
		t.Error("a role that is not there was read")
	}
}

func TestEachDelegatorHasItsOwnKeysForTheSameFile(t *testing.T) {
	other := demo.Role{Keys: []demo.Key{key("other")}}
	repo := build(t, demo.Spec{Delegations: []demo.Delegation{
		leaf("a", leaf("x")), leaf("b", demo.Delegation{Name: "x", Same: true, Role: other, Paths: []string{"*"}}),
	}})
	for seed := range uint64(4) {
		d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), seed)
		under, over := d.read(d.role("x", "a")), d.read(d.role("x", "b"))
		if got := verdicts(under); got != `a true signed ""` {
			t.Errorf("under a: %s", got)
		}
		if got := verdicts(over); got != `b false "has not signed"; other unknown key` {
			t.Errorf("under b: %s", got)
		}
		if !slices.Equal(under.Lines, over.Lines) || under.Parent != "a" || over.Parent != "b" {
			t.Error("the file is not the same")
		}
	}
}

func TestSignaturesThatCountForNothingAreShown(t *testing.T) {
	k, stranger := demo.NewKeys("k", 3), demo.Key{Name: "stranger"}
	for _, c := range []struct {
		name string
		sigs []demo.Signature
		want string
	}{
		{"a stranger's", demo.SignedBy(stranger), `root false "has not signed"; root false "has not signed"; root false "has not signed"; other unknown key`},
		{"of another role", demo.SignedBy(k[0], k[1], key("snapshot")), `root true signed ""; root true signed ""; root false "has not signed"; other known to root, but no key of this role`},
		{"twice the same", demo.SignedBy(k[0], k[0]), `root false signed "not looked at: the file cannot be read as TUF metadata"; root false "not looked at: the file cannot be read as TUF metadata"; root false "not looked at: the file cannot be read as TUF metadata"; other one more by the same key`},
		{"a bad one", []demo.Signature{{By: k[0], Kind: demo.Bad}, {By: k[1]}, {By: k[2]}}, `root false signed "does not verify"; root true signed ""; root true signed ""`},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := build(t, demo.Spec{Targets: oneTarget, TargetsRole: demo.Role{Keys: k, Threshold: 2, Signatures: c.sigs}})
			d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
			if got := verdicts(d.read(d.role("targets", "root"))); got != c.want {
				t.Errorf("%s", got)
			}
		})
	}
}

func TestKeysOfTheRootBeforeAreShown(t *testing.T) {
	repo := build(t, demo.Spec{Roots: 3, Rotate: []string{"root"}})
	d := drive(t, Config{Root: repo.Root(2)}, served(repo, nil), 1)
	if got := verdicts(d.read(d.role("root v3", ""))); got != `root v3 true signed ""; root v2 true signed ""` {
		t.Errorf("%s", got)
	}
	// What it is signed by that is not known is said as it is.
	if got := verdicts(d.read(d.role("root v1", ""))); got != `root v1 true signed ""` {
		t.Errorf("%s", got)
	}
	if got := verdicts(d.read(d.role("root v2", ""))); got != `root v2 true signed ""; other no key of this root` {
		t.Errorf("%s", got)
	}
}

const evil = "a\x1b]52;c;ZXZpbA==\a\x1b[2J\r\n\u202e\u009bm\x00\xff"

func TestHostileFilesAreShownAsText(t *testing.T) {
	repo := build(t, demo.Spec{
		Targets: oneTarget, Delegations: []demo.Delegation{leaf("a\u202e\u009b")},
		Tamper: demo.OnRole("targets", func(s map[string]any) { s["x-\u202e"] = "\u009b\u200d\u2028" + evil }),
	})
	for _, c := range []struct {
		name, bytes string
		json        bool
		contains    string
	}{
		{"a web page", "<html>\n<body>\x1b[2J\r\n" + evil + "\n", false, `<body>\u{1b}[2J\u{d}`},
		{"binary", string(bytes.Repeat([]byte{0, 0xff, 0x1b}, 5000)), false, `\u{0}\xff\u{1b}`},
		{"nothing", "", false, ""},
		{"JSON with raw controls", `{"a":"` + "\u202e\u009b\u2028\xff" + `"}`, true, `  "a": "\u{202e}\u{9b}\u{2028}\xff"`},
		{"JSON with a raw ESC is none", `{"a":"` + "\x1b" + `"}`, false, `{"a":"\u{1b}"}`},
		{"a number", "12", true, "12"},
		{"null", "null", true, "null"},
		{"an empty object", "{ }", true, "{}"},
		{"strange signatures", `{"signatures":[1,null,{"keyid":7,"sig":"xx"},{"keyid":"` + "\u202e" + `","sig":"\u001b[2J\n"}],"signed":[]}`, true, `    1,`},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := drive(t, Config{Root: repo.Root(1)}, served(repo, map[string]Answer{"timestamp.json": {Bytes: []byte(c.bytes)}, "1.targets.json": {Bytes: []byte(c.bytes)}}), 1)
			f := d.read(d.role("timestamp", "root"))
			if f.JSON != c.json || c.contains != "" && !strings.Contains(strings.Join(f.Lines, "\n"), c.contains) || f.Keys[0].Valid {
				t.Errorf("%+v", f)
			}
			if f.Size != int64(len(c.bytes)) {
				t.Errorf("%d bytes", f.Size)
			}
		})
	}
	escaped := func(name string) Answer { return served(repo, nil)(url.PathEscape(name)) }
	d := drive(t, Config{Root: repo.Root(1)}, escaped, 1)
	for _, r := range d.roles {
		f := d.read(r)
		if r.Name == "targets" && !strings.Contains(strings.Join(f.Lines, "\n"), `\u{202e}`) {
			t.Errorf("%q", f.Lines)
		}
	}
}

// listing is a targets role with so many targets, unsigned.
func listing(t testing.TB, n int) []byte {
	t.Helper()
	targets := map[string]any{}
	for i := range n {
		targets[fmt.Sprintf("dir/file-%07d.tar.gz", i)] = map[string]any{"length": 1, "hashes": map[string]any{"sha256": strings.Repeat("ab", 32)}}
	}
	data, err := json.Marshal(map[string]any{
		"signatures": []any{map[string]any{"keyid": "k1", "sig": "abcd"}},
		"signed": map[string]any{
			"_type": "targets", "spec_version": "1.0.34", "version": 1, "expires": "2030-01-01T00:00:00Z", "targets": targets, "z": "behind",
			"delegations": map[string]any{"keys": map[string]any{}, "roles": []any{map[string]any{"name": "d", "keyids": []any{"k"}, "threshold": 1, "paths": []any{"*"}, "terminating": false}}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func TestALargeTargetsRoleIsCut(t *testing.T) {
	repo := build(t, demo.Spec{Meta: demo.ListNeither})
	const large = 20_000 // more than is kept whole
	for _, n := range []int{199, 200, 201, large} {
		data := listing(t, n)
		d := drive(t, Config{Root: repo.Root(1)}, served(repo, map[string]Answer{"1.targets.json": {Bytes: data}}), 1)
		f := d.read(d.role("targets", "root"))
		all := strings.Join(f.Lines, "\n")
		note, left := "", ""
		if n > 200 {
			note = fmt.Sprintf("      … %s more targets", measure.Digits(n-200))
			left = measure.Digits(n-200) + " targets are left out"
		}
		if n == 201 {
			note, left = "      … 1 more target", "1 target is left out"
		}
		if f.Left != left || n > 200 && !slices.Contains(f.Lines, note) || strings.Count(all, "dir/file-") != min(n, 200) || !strings.Contains(all, `"z": "behind"`) || !f.JSON {
			t.Errorf("%d: %q, %d lines, %d shown", n, f.Left, len(f.Lines), strings.Count(all, "dir/file-"))
		}
		if len(f.Delegations) != 1 || f.Size != int64(len(data)) || verdicts(f) != `root false "has not signed"; other unknown key` {
			t.Errorf("%d: %+v, %s", n, f.Delegations, verdicts(f))
		}
		if d.w.shown > keepShown || d.w.kept < d.w.shown || n == large && d.w.kept > 1<<20 {
			t.Errorf("%d: %d bytes are kept, %d to be shown", n, d.w.kept, d.w.shown)
		}
	}
}

func TestWhatIsKeptToBeShownIsBounded(t *testing.T) {
	w, _ := New(Config{Root: []byte("{}"), At: now})
	large := bytes.Repeat([]byte("some line of a text\n"), 3<<20/20)
	sigs := []metadata.Signature{{KeyID: "k1", Signature: []byte{1, 2}}}
	counts := map[string]int{}
	var all []*excerpt
	for range 100 {
		x := w.show(nil, excerptOf(large, sigs), false)
		all = append(all, x)
		f := (&question{name: "a", kept: x, limits: DefaultLimits()}).answer()
		if len(f.Others) != 1 {
			t.Fatalf("%+v", f.Others)
		}
		counts[f.Left]++
	}
	if counts["too large to keep: 3 MiB"] < 60 || len(counts) != 2 || w.shown > keepShown || w.shown < keepShown-(2<<20) {
		t.Errorf("%v, %d bytes", counts, w.shown)
	}
	for _, x := range all {
		w.show(x, nil, false)
	}
	roomy := append(make([]byte, 0, 1<<20), "{}"...)
	x := w.show(nil, excerptOf(roomy, nil), false)
	if string(x.data) != "{}" || cap(x.data) > 64 {
		t.Errorf("%q is kept in %d bytes", x.data, cap(x.data))
	}
	w.show(x, nil, false)
	if w.kept != 0 || w.shown != 0 {
		t.Errorf("%d and %d bytes are counted, and none are kept", w.kept, w.shown)
	}
}

func TestARoleWithoutAFileSaysWhy(t *testing.T) {
	repo := build(t, demo.Spec{Delegations: []demo.Delegation{leaf("a"), leaf("b"), leaf("c")}, Tamper: demo.OnRole("snapshot", func(s map[string]any) { delete(demo.Sub(s, "meta"), "c.json") })})
	d := newDriver(t, Config{Root: repo.Root(1)}, served(repo, map[string]Answer{
		"1.a.json": {Absent: true, Status: 404, Reason: "not found"}, "1.b.json": {Reason: "no route to host"},
	}), 1)
	if f := d.read(d.role("root v1", "")); f.File != "" || len(f.Keys) != 1 {
		t.Errorf("%+v", f)
	}
	for len(d.jobs) == 0 && len(d.open) > 0 && len(d.roles) < 2 {
		id := d.open[0]
		d.open = d.open[1:]
		d.deliver(id, d.src(fileName(d.needs[id])))
	}
	if _, err := d.w.Read(d.role("timestamp", "root").ID); err == nil || err.Error() != "its file is on its way" {
		t.Errorf("%v", err)
	}
	d.run()
	for role, want := range map[string]string{
		"a": "its file is missing: not there", "b": "its file was not fetched: no route to host", "c": "its file is missing: not listed in the snapshot",
	} {
		if _, err := d.w.Read(d.role(role, "targets").ID); err == nil || err.Error() != want {
			t.Errorf("%s: %v", role, err)
		}
	}
	d = drive(t, Config{Root: repo.Root(1)}, served(repo, map[string]Answer{"timestamp.json": {Reason: "x"}}), 1)
	if _, err := d.w.Read(d.role("targets", "root").ID); err == nil || err.Error() != "not looked at: the timestamp was not fetched" {
		t.Errorf("%v", err)
	}
}

// Files that come again and others that go leave nothing counted that is not kept.
func TestWhatIsKeptIsCountedInEveryOrder(t *testing.T) {
	repo := build(t, rich())
	for seed := range most(10, 2) {
		d := drive(t, Config{}, served(repo, nil), seed)
		for id := range d.needs {
			d.redeliver(NeedID(id))
		}
		var kept, shown int64
		count := func(x *excerpt) {
			if x != nil {
				shown += x.cost
			}
		}
		for _, f := range d.w.files {
			kept += int64(len(f.data))
			count(f.shown)
		}
		count(d.w.timestamp.shown)
		count(d.w.snapshot.shown)
		for _, slot := range d.w.roots.slots {
			count(slot.shown)
		}
		if d.w.shown != shown || d.w.kept != kept+shown {
			t.Errorf("%d and %d bytes are counted, and %d and %d are kept", d.w.kept, d.w.shown, kept+shown, shown)
		}
		for _, r := range d.roles {
			what, err := d.w.Read(r.ID)
			switch {
			case err != nil && r.State == Accepted:
				t.Errorf("%s: %v", r.Name, err)
			case err == nil:
				f := what.Run()
				harmless(t, f)
				if r.State == Accepted && (f.SHA256 != r.SHA256 || len(f.Keys) == 0 || !f.JSON) {
					t.Errorf("%+v", f)
				}
			}
		}
	}
}
