package client_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"example.com/tufinspect/demo"
)

func TestAClientAsksForWhatItNeedsAndKeepsItAsServed(t *testing.T) {
	short := demo.Spec{Targets: []demo.Target{{Path: "a", Size: 10}}}
	plain := short
	plain.PlainNames = true
	tell(t, []story{
		{
			name: "a first update asks for the next root, and then for each role once",
			steps: []step{
				{asks: asFresh, caches: allFirst},
				{asks: "2.root timestamp", caches: allFirst},
			},
		},
		{
			name: "without consistent snapshots only roots have versions in their names",
			spec: plain,
			steps: []step{
				{asks: "2.root timestamp snapshot targets", caches: allFirst},
				{publish: republish(2, 2, 2), asks: "2.root timestamp snapshot targets", caches: "root:1 snapshot:2 targets:2 timestamp:2"},
				{download: "a", asks: "2.root timestamp targets/a"},
			},
		},
		{
			name: "only what is new is fetched",
			steps: []step{
				{},
				{publish: republish(2, 1, 1), asks: "2.root timestamp", caches: "root:1 snapshot:1 targets:1 timestamp:2"},
				{publish: republish(3, 2, 1), asks: "2.root timestamp 2.snapshot", caches: "root:1 snapshot:2 targets:1 timestamp:3"},
				{publish: republish(4, 3, 2), asks: "2.root timestamp 3.snapshot 2.targets", caches: "root:1 snapshot:3 targets:2 timestamp:4"},
			},
		},
		{
			name: "a download updates the metadata first, also when there is no such target",
			spec: short,
			steps: []step{
				{download: "nothing", fails: "no role lists it", asks: asFresh, caches: allFirst},
			},
		},
		{
			name: "all roots up to the last one are fetched, and the last one is kept",
			spec: demo.Spec{Roots: 5},
			steps: []step{
				{asks: "2.root 3.root 4.root 5.root 6.root timestamp 1.snapshot 1.targets", caches: "root:5 snapshot:1 targets:1 timestamp:1"},
				{asks: "6.root timestamp"},
			},
		},
		{
			name: "lengths and hashes need not be listed",
			spec: demo.Spec{Meta: demo.ListNeither},
			steps: []step{
				{asks: asFresh, caches: allFirst},
				{publish: republish(2, 2, 2), caches: "root:1 snapshot:2 targets:2 timestamp:2"},
			},
		},
		{
			name: "a server that says 403 or 410 has no next root either",
			steps: []step{
				{faults: map[string]demo.Fault{"2.root.json": {Kind: demo.Status, Status: 403}}, caches: allFirst},
				{faults: map[string]demo.Fault{"2.root.json": {Kind: demo.Status, Status: 410}}, asks: "2.root timestamp"},
			},
		},
		{
			name: "one that fails otherwise may hide a next root",
			steps: []step{
				{faults: map[string]demo.Fault{"2.root.json": {Kind: demo.Status, Status: 500}}, fails: "fetching 2.root.json", asks: "2.root", caches: "root:1"},
			},
		},
	})
}

func TestAFileThatIsNotThereEndsTheUpdate(t *testing.T) {
	tell(t, []story{
		{
			name: "timestamp",
			steps: []step{
				{},
				{change: func(r *demo.Repository) { r.Remove("timestamp.json") }, fails: "fetching timestamp.json", asks: "2.root timestamp", caches: allFirst},
			},
		},
		{
			name: "snapshot",
			steps: []step{
				{},
				{
					publish: republish(2, 2, 1), change: func(r *demo.Repository) { r.Remove("2.snapshot.json") },
					fails: "fetching 2.snapshot.json", asks: "2.root timestamp 2.snapshot", caches: "root:1 snapshot:1 targets:1 timestamp:2",
				},
			},
		},
		{
			name: "targets",
			steps: []step{
				{},
				{
					publish: republish(2, 2, 2), change: func(r *demo.Repository) { r.Remove("2.targets.json") },
					fails: "fetching 2.targets.json", asks: "2.root timestamp 2.snapshot 2.targets", caches: "root:1 snapshot:2 targets:1 timestamp:2",
				},
			},
		},
		{
			name: "a role that the snapshot does not list is not asked for",
			spec: demo.Spec{Tamper: demo.OnRole("snapshot", func(signed map[string]any) { delete(demo.Sub(signed, "meta"), "targets.json") })},
			steps: []step{
				{fails: "the snapshot does not list it", asks: "2.root timestamp 1.snapshot", caches: "root:1 snapshot:1 timestamp:1"},
			},
		},
	})
}

func TestWithoutASoundTrustedRootNothingIsAskedFor(t *testing.T) {
	change := func(f func(root map[string]any)) func([]byte) []byte {
		return func(data []byte) []byte {
			var root map[string]any
			if err := json.Unmarshal(data, &root); err != nil {
				panic(err)
			}
			f(root)
			data, err := json.Marshal(root)
			if err != nil {
				panic(err)
			}
			return data
		}
	}
	var stories []story
	for name, root := range map[string]func([]byte) []byte{
		"it has no version":            change(func(r map[string]any) { delete(r["signed"].(map[string]any), "version") }),
		"it is not signed":             change(func(r map[string]any) { r["signatures"] = []any{} }),
		"its signature is of no use":   change(func(r map[string]any) { r["signatures"].([]any)[0].(map[string]any)["sig"] = strings.Repeat("ab", 64) }),
		"its keys are null":            change(func(r map[string]any) { r["signed"].(map[string]any)["keys"] = nil }),
		"one of its roles is null":     change(func(r map[string]any) { r["signed"].(map[string]any)["roles"].(map[string]any)["root"] = nil }),
		"it is a file of another kind": change(func(r map[string]any) { r["signed"].(map[string]any)["_type"] = "targets" }),
		"it is no JSON":                func([]byte) []byte { return []byte("not a root") },
		"it is empty":                  func([]byte) []byte { return []byte{} },
	} {
		stories = append(stories, story{name: name, root: root, steps: []step{{fails: "root", asks: "nothing"}}})
	}
	tell(t, stories)
	t.Run("there is none", func(t *testing.T) {
		w := newWorld(t, demo.Spec{}, nil)
		if err := os.Remove(filepath.Join(w.cache.Dir, "root.json")); err != nil {
			t.Fatal(err)
		}
		w.step(step{fails: "no trusted root"}, "refresh")
		if asked := w.asked(); asked != "nothing" {
			t.Errorf("asked for %s", asked)
		}
	})
}

// unsigned makes a Spec in which one role is signed by a stranger.
func unsigned(role string) demo.Spec {
	s := demo.Spec{Roots: 2}
	stranger := demo.SignedBy(demo.Key{Name: "stranger"})
	switch role {
	case "root":
		s.EditRoot = func(v *demo.RootVersion) {
			if v.Version == 2 {
				v.Root.Signatures = stranger
			}
		}
	case "timestamp":
		s.Timestamp.Signatures = stranger
	case "snapshot":
		s.Snapshot.Signatures = stranger
	case "targets":
		s.TargetsRole.Signatures = stranger
	}
	return s
}

func TestARoleThatIsNotSignedIsRefusedAndThoseBeforeItAreKept(t *testing.T) {
	tell(t, []story{
		{name: "root", spec: unsigned("root"), steps: []step{{fails: "root refused", caches: "root:1"}}},
		{name: "timestamp", spec: unsigned("timestamp"), steps: []step{{fails: "timestamp refused", caches: "root:2"}}},
		{name: "snapshot", spec: unsigned("snapshot"), steps: []step{{fails: "snapshot refused", caches: "root:2 timestamp:1"}}},
		{name: "targets", spec: unsigned("targets"), steps: []step{{fails: "targets refused", caches: "root:2 snapshot:1 timestamp:1"}}},
	})
}

func TestAVersionThatIsNotTheAnnouncedOneIsRefused(t *testing.T) {
	tell(t, []story{
		{
			name: "a root that skips a version",
			spec: demo.Spec{Roots: 2, EditRoot: func(v *demo.RootVersion) {
				if v.Version == 2 {
					v.Version = 3
				}
			}},
			steps: []step{{fails: "root refused", caches: "root:1"}},
		},
		{
			name:  "a root that is the one before once more",
			spec:  demo.Spec{Roots: 2, EditRoot: func(v *demo.RootVersion) { v.Version = 1 }},
			steps: []step{{fails: "root refused", caches: "root:1"}},
		},
		{
			name: "a snapshot that is newer than the timestamp says",
			spec: demo.Spec{Meta: demo.ListNeither},
			steps: []step{{
				change: func(r *demo.Repository) { setVersion(r, "snapshot", 2) },
				fails:  "snapshot refused", asks: "2.root timestamp 1.snapshot", caches: "root:1 timestamp:1",
			}},
		},
		{
			name: "targets that are newer than the snapshot says",
			spec: demo.Spec{Meta: demo.ListNeither},
			steps: []step{{
				change: func(r *demo.Repository) { setVersion(r, "targets", 2) },
				fails:  "targets refused", caches: "root:1 snapshot:1 timestamp:1",
			}},
		},
		{
			name:  "a version below one",
			spec:  demo.Spec{Timestamp: demo.Role{Version: -1}},
			steps: []step{{fails: "its version is -1", caches: "root:1"}},
		},
	})
}

func TestAFileOfTheWrongKindIsRefused(t *testing.T) {
	kind := func(role, is string) demo.Spec {
		return demo.Spec{Tamper: demo.OnRole(role, func(signed map[string]any) { signed["_type"] = is })}
	}
	shared := []demo.Key{{Name: "online"}}
	tell(t, []story{
		{name: "timestamp", spec: kind("timestamp", "snapshot"), steps: []step{{fails: "timestamp refused", caches: "root:1"}}},
		{name: "snapshot", spec: kind("snapshot", "timestamp"), steps: []step{{fails: "snapshot refused", caches: "root:1 timestamp:1"}}},
		{name: "targets", spec: kind("targets", "snapshot"), steps: []step{{fails: "targets refused", caches: "root:1 snapshot:1 timestamp:1"}}},
		{
			name: "a snapshot in the place of the timestamp, signed by keys of both",
			spec: demo.Spec{
				Timestamp: demo.Role{Keys: shared}, Snapshot: demo.Role{Keys: shared},
				Tamper: demo.OnRole("snapshot", func(signed map[string]any) {
					demo.Sub(signed, "meta")["snapshot.json"] = map[string]any{"version": int64(1)}
				}),
			},
			steps: []step{{
				change: func(r *demo.Repository) {
					data, err := r.ReadFile("1.snapshot.json")
					if err != nil {
						panic(err)
					}
					r.Set("timestamp.json", data)
				},
				fails: "timestamp refused", caches: "root:1",
			}},
		},
	})
}

func TestFieldsThatNobodyKnowsAreSignedToo(t *testing.T) {
	extra := map[string]any{"x-note": map[string]any{"a": int64(1), "b": "two"}}
	tell(t, []story{{
		name: "in every role",
		spec: demo.Spec{
			Roots: 2, Root: demo.Role{Extra: extra, Keys: demo.OwnedKeys("root", "@ann")}, Timestamp: demo.Role{Extra: extra},
			Snapshot: demo.Role{Extra: extra}, TargetsRole: demo.Role{Extra: extra},
			Tamper: func(name string, signed map[string]any) {
				if strings.HasSuffix(name, "root") {
					demo.Sub(signed, "roles", "timestamp")["x-note"] = "of a role"
				}
			},
		},
		steps: []step{{caches: "root:2 snapshot:1 targets:1 timestamp:1"}},
	}})
}

func TestABrokenFileIsRefused(t *testing.T) {
	null := func(role string, keys ...string) demo.Spec {
		last := len(keys) - 1
		return demo.Spec{Tamper: demo.OnRole(role, func(signed map[string]any) { demo.Sub(signed, keys[:last]...)[keys[last]] = nil })}
	}
	broken := func(role string) demo.Spec {
		return demo.Spec{TamperFile: func(name string, file []byte) []byte {
			if name == role {
				return bytes.TrimSuffix(file, []byte("}"))
			}
			return file
		}}
	}
	tell(t, []story{
		{name: "a timestamp that is cut off", spec: broken("timestamp"), steps: []step{{fails: "timestamp refused", caches: "root:1"}}},
		{name: "a snapshot that is cut off", spec: broken("snapshot"), steps: []step{{fails: "snapshot refused", caches: "root:1 timestamp:1"}}},
		{name: "targets that are cut off", spec: broken("targets"), steps: []step{{fails: "targets refused", caches: "root:1 snapshot:1 timestamp:1"}}},
		{name: "a timestamp that lists nothing", spec: null("timestamp", "meta"), steps: []step{{fails: "does not list snapshot.json", caches: "root:1"}}},
		{name: "a timestamp that lists null", spec: null("timestamp", "meta", "snapshot.json"), steps: []step{{fails: "does not list snapshot.json", caches: "root:1"}}},
		{name: "a snapshot that lists null", spec: null("snapshot", "meta", "targets.json"), steps: []step{{fails: "snapshot refused", caches: "root:1 timestamp:1"}}},
		{name: "targets that list null", spec: demo.Spec{Tamper: demo.OnRole("targets", func(signed map[string]any) { demo.Sub(signed, "targets")["a"] = nil })}, steps: []step{
			{download: "b", fails: "targets refused", caches: "root:1 snapshot:1 timestamp:1"},
		}},
		{name: "a target of a negative length", spec: demo.Spec{
			Targets: []demo.Target{{Path: "a", Size: 5}},
			Tamper:  demo.OnRole("targets", func(signed map[string]any) { demo.Sub(signed, "targets", "a")["length"] = int64(-5) }),
		}, steps: []step{{download: "b", fails: "the target a has no sensible length", caches: "root:1 snapshot:1 timestamp:1"}}},
		{name: "a key that is null", spec: demo.Spec{Roots: 2, Tamper: demo.OnRole("2.root", func(signed map[string]any) {
			demo.Sub(signed, "keys")["aa"] = nil
			timestamp := demo.Sub(signed, "roles", "timestamp")
			timestamp["keyids"] = append(timestamp["keyids"].([]any), "aa")
		})}, steps: []step{{fails: "timestamp refused", caches: "root:2"}}},
	})
}

func TestBytesAreKeptAsTheyWereServed(t *testing.T) {
	w := newWorld(t, demo.Spec{TamperFile: func(_ string, file []byte) []byte { return append(file, ' ', '\n') }}, nil)
	w.step(step{caches: allFirst}, "refresh")
	for role, served := range map[string]string{"timestamp": "timestamp.json", "snapshot": "1.snapshot.json", "targets": "1.targets.json"} {
		want, err := w.repo.ReadFile(served)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(filepath.Join(w.cache.Dir, role+".json"))
		if err != nil || !bytes.Equal(got, want) || !bytes.HasSuffix(got, []byte(" \n")) {
			t.Errorf("%s is not kept as it was served (%v)", role, err)
		}
	}
}
