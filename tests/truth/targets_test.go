package truth

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/engine"
)

// listing gives the healthy repository these targets beside its own.
func listing(list ...demo.Target) func(*demo.Spec) {
	return func(s *demo.Spec) { s.Targets = append(s.Targets, list...) }
}

// named are targets of these paths.
func named(paths ...string) func(*demo.Spec) {
	var list []demo.Target
	for _, p := range paths {
		list = append(list, demo.Target{Path: p, Size: 100})
	}
	return listing(list...)
}

// served has the copies of a target served badly.
func served(path string, f demo.Fault) []demo.Option {
	return []demo.Option{demo.WithFault("targets/"+path, f)}
}

// copyOf is the file of a target under one of its hashes.
func copyOf(t *testing.T, r *demo.Repository, path, algorithm string) string {
	t.Helper()
	l, ok := r.Target(path)
	if !ok {
		t.Fatalf("%s is not listed", path)
	}
	dir, base := filepath.Split(path)
	return "targets/" + dir + l.Hashes[algorithm] + "." + base
}

func targetTruths() []truth {
	rest := []string{"team/b.txt"}
	both := demo.Target{Path: "both", Size: 100, Hashes: demo.BothHashes()}
	return []truth{
		{name: "a target that is not there", serve: served("a.txt", demo.Fault{Kind: demo.Status, Status: http.StatusNotFound}),
			says: []string{"missing a.txt"}, verified: rest, verdict: engine.Broken},
		{name: "a target that is gone", serve: served("a.txt", demo.Fault{Kind: demo.Status, Status: http.StatusGone}),
			says: []string{"missing a.txt"}, verified: rest, verdict: engine.Broken},
		{name: "a target that is refused", serve: served("a.txt", demo.Fault{Kind: demo.Status, Status: http.StatusForbidden}),
			says: []string{"forbidden a.txt"}, verified: rest, verdict: engine.Undecided},
		{name: "a target that is too long", serve: served("a.txt", demo.Fault{Kind: demo.Long, Extra: 1}),
			says: []string{"wrong-length a.txt"}, verified: rest, verdict: engine.Broken},
		{name: "a target that is too short", edit: func(t *testing.T, r *demo.Repository) {
			r.Set(copyOf(t, r, "a.txt", demo.SHA256), make([]byte, 99))
		}, says: []string{"wrong-length a.txt"}, verified: rest, verdict: engine.Broken},
		{name: "a target of which one byte is another", serve: served("a.txt", demo.Fault{Kind: demo.Corrupt, After: 50}),
			says: []string{"wrong-hash a.txt"}, verified: rest, verdict: engine.Broken},
		{name: "a target with two hashes and two copies", spec: listing(both)},
		{name: "a target whose copy under one hash is not there", spec: listing(both), edit: func(t *testing.T, r *demo.Repository) {
			r.Remove(copyOf(t, r, "both", demo.SHA512))
		}, says: []string{"missing both"}, verified: []string{"a.txt", "team/b.txt"}, verdict: engine.Broken},
		{name: "a target whose copy under one hash is another file", spec: listing(both), edit: func(t *testing.T, r *demo.Repository) {
			r.Set(copyOf(t, r, "both", demo.SHA256), make([]byte, 100))
		}, says: []string{"wrong-hash both"}, verified: []string{"a.txt", "team/b.txt"}, verdict: engine.Broken},
		{name: "a target with a hash that nobody knows", spec: func(s *demo.Spec) {
			s.Tamper = demo.OnRole("targets", func(o map[string]any) {
				demo.Sub(o, "targets", "a.txt")["hashes"] = map[string]any{"blake9": "00ff"}
			})
		}, says: []string{"no-sha256 targets", "unknown-hash a.txt"}, verified: rest, verdict: engine.Broken},
		{name: "a role that is larger than any client reads", spec: func(s *demo.Spec) { s.Meta = demo.ListNeither }, serve: []demo.Option{demo.WithFault("team.json", demo.Fault{Kind: demo.Long, Extra: 65 << 20})},
			says: []string{"meta-without-hashes snapshot", "meta-without-hashes timestamp", "too-large team"}, verdict: engine.Broken},
		{name: "a name that leads outside", spec: named("../up"),
			says: []string{"unsafe-name ../up"}, verified: []string{"a.txt", "team/b.txt"}, verdict: engine.Broken},
		{name: "an absolute name", spec: named("/etc/passwd?"),
			says: []string{"unsafe-name /etc/passwd?"}, verified: []string{"a.txt", "team/b.txt"}, verdict: engine.Broken},
		{name: "names with what has a meaning in addresses", spec: named("a?b", "a#b", "a%20b", "100%", `a\b`, "d//e"),
			says: []string{"odd-target-name a?b", "odd-target-name a#b", "odd-target-name a%20b", "odd-target-name 100%", `odd-target-name a\b`, "odd-target-name d//e"}, verdict: engine.Warned},
		{name: "names that begin or end with a space", spec: named(" a", "a "),
			says: []string{"odd-target-name  a", "odd-target-name a "}, verdict: engine.Warned},
		{name: "a name with plain signs", spec: named("a b", "v1.0+build~3@x(y),z;w=1&2")},
		{name: "a name beyond ASCII", spec: named("größe/文.txt"), says: []string{"non-ascii-target-name größe/文.txt"}},
		{name: "an empty target", spec: listing(demo.Target{Path: "empty"}), says: []string{"empty-target empty"}},
		{name: "a target that is a link, in a folder", config: func(t *testing.T, r *demo.Repository, cfg *engine.Config) {
			dir := t.TempDir()
			if err := r.WriteTo(dir); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, filepath.FromSlash(copyOf(t, r, "a.txt", demo.SHA256)))
			outside := filepath.Join(t.TempDir(), "outside")
			if err := os.Rename(file, outside); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(outside, file); err != nil {
				t.Skip(err)
			}
			cfg.Repository = dir
		}, says: []string{"unsafe-file a.txt"}, verified: rest, verdict: engine.Broken},
	}
}
