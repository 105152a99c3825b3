package truth

import (
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/engine"
)

// ruleTruths break the rules of section 5 of the TUF specification, one at a time, and
// those of 4.5 and 1.5.2 that a search and a transfer have to keep.
func ruleTruths() []truth {
	return slices.Concat(
		rootTruths(), topLevelTruths(), delegatedTruths(), searchTruths(), fileTruths(), expiredTruths(), hygieneTruths(), aliveTruths(),
	)
}

// none is no target at all.
var none = []string{}

// sameKeys has so many versions of the root with the same keys.
func sameKeys(s *demo.Spec, roots int) {
	s.Roots, s.Rotate = roots, []string{}
}

// from makes a version of the root the trusted one.
func from(version int) func(*testing.T, *demo.Repository, *engine.Config) {
	return func(_ *testing.T, r *demo.Repository, cfg *engine.Config) { cfg.Root = r.Root(version) }
}

func firstUse(_ *testing.T, _ *demo.Repository, cfg *engine.Config) {
	cfg.Root, cfg.RootSource = nil, ""
}

func resign(role string, edit func(map[string]any)) func(*testing.T, *demo.Repository) {
	return func(t *testing.T, r *demo.Repository) {
		if err := r.Resign(role, edit); err != nil {
			t.Fatal(err)
		}
	}
}

// one is a signature by the first of the keys alone, where two are needed.
func one(name string) demo.Role {
	keys := demo.NewKeys(name, 3)
	return demo.Role{Keys: keys, Threshold: 2, Signatures: demo.SignedBy(keys[0])}
}

// unreadableKeys makes the keys of a role such as go-tuf cannot read, in a root before it
// is signed: ECDSA in hexadecimal, as repositories had it once.
func unreadableKeys(signed map[string]any, role string) {
	for _, id := range demo.Sub(signed, "roles", role)["keyids"].([]any) {
		key := demo.Sub(signed, "keys", id.(string))
		key["keytype"], key["scheme"] = "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256"
		key["keyval"] = map[string]any{"public": "04" + strings.Repeat("ab", 64)}
	}
}

func rootTruths() []truth {
	rotated := func(edit func(*demo.RootVersion)) func(*demo.Spec) {
		return func(s *demo.Spec) {
			sameKeys(s, 2)
			s.EditRoot = func(v *demo.RootVersion) {
				if v.Version == 2 {
					edit(v)
				}
			}
		}
	}
	return []truth{
		{
			name: "5.1: a role that is good at the reference time is good for the whole run",
			spec: func(s *demo.Spec) { s.Timestamp.Expires = time.Hour + 2*time.Second },
			says: []string{"expires-soon timestamp"}, verdict: engine.Warned,
		},
		{
			name: "5.2: a trusted root that is not signed by enough of its own keys",
			edit: func(t *testing.T, r *demo.Repository) {
				mustResignBy(t, r, "1.root", demo.SignedBy(demo.NewKeys("root", 1)...))
			},
			says:     []string{"root-unusable root v1"},
			verified: none, verdict: engine.Broken,
		},
		{
			name: "5.2, 5.3.10: that the trusted root and those between have expired does not matter",
			spec: func(s *demo.Spec) {
				sameKeys(s, 3)
				s.EditRoot = func(v *demo.RootVersion) {
					if v.Version < 3 {
						v.Root.Expires = -day
					}
				}
			},
		},
		{
			name: "5.2: nobody has given a trusted root", config: firstUse,
			says: []string{"first-use root v1"}, verdict: engine.Warned,
		},
		{
			name: "5.2: nobody has given a trusted root, and the oldest cannot be read",
			spec: func(s *demo.Spec) {
				sameKeys(s, 2)
				s.Tamper = demo.OnRole("1.root", func(signed map[string]any) { unreadableKeys(signed, "root") })
			},
			config: firstUse,
			says:   []string{"first-use root v2", "root-passed-over root v1"}, verdict: engine.Warned,
		},
		{
			name: "5.2: an older root cannot be read",
			spec: func(s *demo.Spec) {
				sameKeys(s, 2)
				s.Tamper = demo.OnRole("1.root", func(signed map[string]any) { unreadableKeys(signed, "root") })
			},
			config: from(2),
			says:   []string{"old-root-unreadable root v1"}, verdict: engine.Warned,
		},
		{
			name: "5.2: a run from a version that is not served",
			config: func(_ *testing.T, _ *demo.Repository, cfg *engine.Config) {
				cfg.Root, cfg.RootSource, cfg.FromRoot = nil, "", 7
			},
			says: []string{"root-unusable root v7"}, verified: none, verdict: engine.Broken,
		},
		{
			name: "5.2: a run from an older version, like a client that ships it",
			spec: func(s *demo.Spec) { sameKeys(s, 3) },
			config: func(_ *testing.T, _ *demo.Repository, cfg *engine.Config) {
				cfg.Root, cfg.RootSource, cfg.FromRoot = nil, "", 2
			},
			says: []string{"first-use root v2"}, verdict: engine.Warned,
		},
		{
			name: "5.3.3: a version of the root is missing before the last",
			spec: func(s *demo.Spec) { sameKeys(s, 3) },
			edit: func(_ *testing.T, r *demo.Repository) { r.Remove("2.root.json") },
			says: []string{"root-gap root v2"}, verdict: engine.Warned,
		},
		{
			name:   "5.3.3: a version of the root is missing between older ones",
			spec:   func(s *demo.Spec) { sameKeys(s, 4) },
			edit:   func(_ *testing.T, r *demo.Repository) { r.Remove("2.root.json") },
			config: from(4),
			says:   []string{"root-gap root v2"}, verdict: engine.Warned,
		},
		{
			name: "5.3.3: the end of the root chain is answered with 403",
			serve: []demo.Option{
				demo.WithFault("2.root.json", demo.Fault{Kind: demo.Status, Status: 403}), demo.WithFault("3.root.json", demo.Fault{Kind: demo.Status, Status: 403}),
			},
			says: []string{"root-end-status root v2"},
		},
		{
			name: "5.3.3: a root is larger than clients read",
			spec: func(s *demo.Spec) {
				sameKeys(s, 2)
				s.Tamper = demo.OnRole("2.root", func(signed map[string]any) { signed["x-long"] = strings.Repeat("a", 600_000) })
			},
			says: []string{"over-client-limit root v2"}, verdict: engine.Warned,
		},
		{
			name: "5.3.4: a new root is not signed by enough keys of the one before",
			spec: rotated(func(v *demo.RootVersion) {
				v.Root.Keys = append(demo.NewKeys("new", 2), v.Root.Keys[0])
				v.Root.Signatures = demo.SignedBy(v.Root.Keys...)
			}),
			says: below("root", "bad-signatures root v2", "keys-changed root v2"), verified: none, verdict: engine.Broken,
		},
		{
			name: "5.3.4: a new root is not signed by enough keys of its own",
			spec: rotated(func(v *demo.RootVersion) {
				old := v.Root.Keys
				v.Root.Keys = append(demo.NewKeys("new", 2), old[0])
				v.Root.Signatures = demo.SignedBy(old...)
			}),
			says: below("root", "bad-signatures root v2", "keys-changed root v2"), verified: none, verdict: engine.Broken,
		},
		{
			name: "5.3.4: an older root does not lead to the trusted one",
			spec: func(s *demo.Spec) {
				sameKeys(s, 3)
				s.EditRoot = func(v *demo.RootVersion) {
					if v.Version > 1 {
						v.Root.Keys = append(demo.NewKeys("new", 2), v.Root.Keys[0])
						v.Root.Signatures = demo.SignedBy(v.Root.Keys...)
					}
				}
			},
			config: from(2),
			says:   []string{"old-root-stranded root v1"}, verdict: engine.Warned,
		},
		{
			name: "5.3.5: a new root says another version than its name",
			spec: rotated(func(v *demo.RootVersion) { v.Version = 5 }),
			says: append([]string{"version-mismatch root v2"}, below("root")...), verified: none, verdict: engine.Broken,
		},
		{
			name: "5.3.11: a root gives timestamp and snapshot other keys",
			spec: func(s *demo.Spec) { s.Roots, s.Rotate = 2, []string{"timestamp", "snapshot"} },
			says: []string{"keys-changed root v2"},
		},
	}
}

func topLevelTruths() []truth {
	long := func(role string, n int) func(*demo.Spec) {
		return func(s *demo.Spec) {
			s.Tamper = demo.OnRole(role, func(signed map[string]any) { signed["x-long"] = strings.Repeat("a", n) })
		}
	}
	version := func(role string) func(*demo.Spec) {
		return func(s *demo.Spec) {
			s.Tamper = demo.OnRole(role, func(signed map[string]any) { signed["version"] = 9 })
		}
	}
	return []truth{
		{
			name: "5.4.1: the timestamp is larger than clients read",
			spec: long("timestamp", 20_000),
			says: []string{"over-client-limit timestamp"}, verdict: engine.Warned,
		},
		{
			name: "5.4.2: the timestamp is not signed by enough keys",
			spec: func(s *demo.Spec) { s.Timestamp = one("timestamp") },
			says: append([]string{"bad-signatures timestamp"}, below("timestamp")...), verified: none, verdict: engine.Broken,
		},
		{
			name: "5.4.4: the timestamp ends soon",
			spec: func(s *demo.Spec) { s.Timestamp.Expires = 13 * time.Hour },
			says: []string{"expires-soon timestamp"}, verdict: engine.Warned,
		},
		{
			name: "5.5.2: the snapshot is not the one that the timestamp lists",
			edit: resign("snapshot", func(signed map[string]any) { signed["x-new"] = "a" }),
			says: append([]string{"metadata-hash snapshot"}, below("snapshot")...), verified: none, verdict: engine.Broken,
		},
		{
			name: "5.5.3: the snapshot is not signed by enough keys",
			spec: func(s *demo.Spec) { s.Snapshot = one("snapshot") },
			says: append([]string{"bad-signatures snapshot"}, below("snapshot")...), verified: none, verdict: engine.Broken,
		},
		{
			name: "5.5.4: the snapshot has another version than the timestamp announces",
			spec: version("snapshot"),
			says: append([]string{"version-mismatch snapshot"}, below("snapshot")...), verified: none, verdict: engine.Broken,
		},
		{
			name: "5.5.6: the snapshot ends soon",
			spec: func(s *demo.Spec) { s.Snapshot.Expires = 2 * day },
			says: []string{"expires-soon snapshot"}, verdict: engine.Warned,
		},
		{
			name: "5.6.2: targets is not the one that the snapshot lists",
			edit: resign("targets", func(signed map[string]any) { signed["x-new"] = "a" }),
			says: append([]string{"metadata-hash targets"}, below("targets")...), verified: none, verdict: engine.Broken,
		},
		{
			name: "5.6.3: targets is not signed by enough keys",
			spec: func(s *demo.Spec) { s.TargetsRole = one("targets") },
			says: append([]string{"bad-signatures targets"}, below("targets")...), verified: none, verdict: engine.Broken,
		},
		{
			name: "5.6.3: a signature of targets does not verify, and enough others do",
			spec: func(s *demo.Spec) {
				s.TargetsRole.Keys = demo.NewKeys("targets", 4)
				s.TargetsRole.Signatures = demo.SignedBy(s.TargetsRole.Keys...)
				s.TargetsRole.Signatures[3].Kind = demo.Bad
			},
			says: []string{"invalid-signature targets"}, verdict: engine.Warned,
		},
		{
			name: "5.6.4: targets has another version than the snapshot announces",
			spec: version("targets"),
			says: append([]string{"version-mismatch targets"}, below("targets")...), verified: none, verdict: engine.Broken,
		},
		{
			name: "5.6.5: targets ends soon",
			spec: func(s *demo.Spec) { s.TargetsRole.Expires = 14 * day },
			says: []string{"expires-soon targets"}, verdict: engine.Warned,
		},
	}
}

func delegatedTruths() []truth {
	team := func(change func(*demo.Delegation)) func(*demo.Spec) {
		return func(s *demo.Spec) { change(&s.Delegations[0]) }
	}
	top := []string{"a.txt"}
	return []truth{
		{
			name: "5.6.2: a delegated role is not the one that the snapshot lists",
			edit: resign("team", func(signed map[string]any) { signed["x-new"] = "a" }),
			says: []string{"metadata-hash team", "untrusted-role team/b.txt"}, verified: top, verdict: engine.Broken,
		},
		{
			name: "5.6.3: a delegated role is not signed by enough keys",
			spec: team(func(d *demo.Delegation) { d.Role = one("team") }),
			says: []string{"bad-signatures team", "untrusted-role team/b.txt"}, verified: top, verdict: engine.Broken,
		},
		{
			name: "5.6.4: a delegated role has another version than the snapshot announces",
			spec: func(s *demo.Spec) {
				s.Tamper = demo.OnRole("team", func(signed map[string]any) { signed["version"] = 9 })
			},
			says: []string{"untrusted-role team/b.txt", "version-mismatch team"}, verified: top, verdict: engine.Broken,
		},
		{
			name: "5.6.5: a delegated role ends soon",
			spec: team(func(d *demo.Delegation) { d.Role.Expires = 10 * day }),
			says: []string{"expires-soon team", "delegation-outlived targets"}, verdict: engine.Warned,
		},
		{
			name: "5.6: a delegated role is not in the snapshot",
			spec: func(s *demo.Spec) {
				s.Tamper = demo.OnRole("snapshot", func(signed map[string]any) { delete(demo.Sub(signed, "meta"), "team.json") })
			},
			says: []string{"not-in-snapshot team"}, verified: top, verdict: engine.Broken,
		},
		{
			name: "5.6: the snapshot lists a role that nobody delegates to",
			spec: func(s *demo.Spec) {
				s.Tamper = demo.OnRole("snapshot", func(signed map[string]any) {
					meta := demo.Sub(signed, "meta")
					meta["old.json"] = meta["team.json"]
				})
			},
			says: []string{"undelegated-role old"},
		},
		{
			name: "5.6.3: a role below one that was refused",
			spec: team(func(d *demo.Delegation) {
				d.Role = one("team")
				d.Delegations = []demo.Delegation{{
					Name: "squad", Paths: []string{"team/s*"}, Role: demo.Role{Keys: demo.NewKeys("squad", 3), Threshold: 2},
					Targets: []demo.Target{{Path: "team/s.txt", Size: 10}},
				}}
			}),
			says:     []string{"bad-signatures team", "untrusted-role squad", "untrusted-role team/b.txt", "untrusted-role team/s.txt"},
			verified: top, verdict: engine.Broken,
		},
		{
			name: "5.6: a delegated role that cannot be fetched, and a role below it",
			spec: team(func(d *demo.Delegation) {
				d.Delegations = []demo.Delegation{{
					Name: "squad", Paths: []string{"team/s*"}, Role: demo.Role{Keys: demo.NewKeys("squad", 3), Threshold: 2},
					Targets: []demo.Target{{Path: "team/s.txt", Size: 10}},
				}}
			}),
			serve: []demo.Option{demo.WithFault("1.team.json", demo.Fault{Kind: demo.Status, Status: 500})},
			says:  []string{"server-error team"}, verified: top, verdict: engine.Undecided,
		},
		{
			name: "5.6.7: a role without which nobody knows what a search finds",
			spec: func(s *demo.Spec) {
				s.Delegations = append([]demo.Delegation{{
					Name: "first", Paths: []string{"team/*"}, Role: demo.Role{Keys: demo.NewKeys("first", 3), Threshold: 2},
				}}, s.Delegations...)
			},
			serve: []demo.Option{demo.WithFault("1.first.json", demo.Fault{Kind: demo.Status, Status: 500})},
			says:  []string{"overlapping-patterns targets", "role-undecided team/b.txt", "server-error first"}, verified: top, verdict: engine.Undecided,
		},
		{
			name: "5.6.7: delegations that are deeper than the inspector looks",
			spec: func(s *demo.Spec) {
				var inner []demo.Delegation
				for i := range 66 {
					inner = []demo.Delegation{{
						Name: "deep-" + string(rune('a'+i/26)) + string(rune('a'+i%26)), Paths: []string{"deep/*"},
						Role: demo.Role{Keys: demo.NewKeys("deep", 3), Threshold: 2}, Delegations: inner,
					}}
				}
				s.Delegations = append(s.Delegations, inner...)
			},
			says: []string{"walk-limit delegations"}, verdict: engine.Undecided,
		},
	}
}

func searchTruths() []truth {
	second := func(d demo.Delegation) func(*demo.Spec) {
		d.Role = demo.Role{Keys: demo.NewKeys(d.Name, 3), Threshold: 2}
		return func(s *demo.Spec) { s.Delegations = append(s.Delegations, d) }
	}
	return []truth{
		{
			name: "4.5: a role lists a path that its delegation does not cover",
			spec: func(s *demo.Spec) {
				s.Delegations[0].Targets = append(s.Delegations[0].Targets, demo.Target{Path: "other/c.txt", Size: 10})
			},
			says:     []string{"unreachable-target other/c.txt"},
			verified: []string{"a.txt", "team/b.txt"}, verdict: engine.Warned,
		},
		{
			name: "4.5: a path that a link further up does not cover",
			spec: func(s *demo.Spec) {
				s.Delegations[0].Delegations = []demo.Delegation{{
					Name: "squad", Paths: []string{"*"}, Role: demo.Role{Keys: demo.NewKeys("squad", 3), Threshold: 2},
					Targets: []demo.Target{{Path: "c.txt", Size: 10}},
				}}
			},
			says:     []string{"unreachable-target c.txt"},
			verified: []string{"a.txt", "team/b.txt"}, verdict: engine.Warned,
		},
		{
			name: "5.6.7: a terminating delegation ends the search before the role that lists the target",
			spec: func(s *demo.Spec) {
				s.Delegations[0].Terminating = true
				second(demo.Delegation{Name: "late", Paths: []string{"team/*"}, Targets: []demo.Target{{Path: "team/c.txt", Size: 10}}})(s)
			},
			says:     []string{"overlapping-patterns targets", "unreachable-target team/c.txt"},
			verified: []string{"a.txt", "team/b.txt"}, verdict: engine.Warned,
		},
		{
			name: "5.6.7: an earlier role lists the same path with other content",
			spec: second(demo.Delegation{Name: "late", Paths: []string{"team/*"}, Targets: []demo.Target{{Path: "team/b.txt", Size: 99, Salt: "late"}}}),
			says: []string{"overlapping-patterns targets", "shadowed-target team/b.txt"}, verified: []string{"a.txt"}, verdict: engine.Warned,
		},
		{
			name: "5.6.7: each role is visited once",
			spec: func(s *demo.Spec) {
				s.Delegations[0].Delegations = []demo.Delegation{{Name: "team", Same: true, Paths: []string{"team/*"}}}
			},
			says: []string{"delegation-cycle team"},
		},
	}
}

func fileTruths() []truth {
	top := []string{"a.txt"}
	set := func(change func([]byte) []byte) func(*testing.T, *demo.Repository) {
		return func(t *testing.T, r *demo.Repository) {
			l, ok := r.Target("team/b.txt")
			if !ok {
				t.Fatal("there is no such target")
			}
			data, err := r.ReadFile(l.Files[0])
			if err != nil {
				t.Fatal(err)
			}
			r.Set(l.Files[0], change(data))
		}
	}
	return []truth{
		{
			name: "5.7: a target is listed with a length below zero",
			spec: func(s *demo.Spec) {
				s.Tamper = demo.OnRole("team", func(signed map[string]any) { demo.Sub(signed, "targets", "team/b.txt")["length"] = -1 })
			},
			says: []string{"wrong-length team/b.txt"}, verified: top, verdict: engine.Broken,
		},
		{
			name: "5.7: a target is shorter than was signed",
			edit: set(func(b []byte) []byte { return b[:50] }),
			says: []string{"wrong-length team/b.txt"}, verified: top, verdict: engine.Broken,
		},
		{
			name: "5.7: a target is longer than was signed",
			edit: set(func(b []byte) []byte { return append(b, 'x') }),
			says: []string{"wrong-length team/b.txt"}, verified: top, verdict: engine.Broken,
		},
		{
			name: "5.7: a target has other bytes than were signed",
			edit: set(func(b []byte) []byte { b[0] ^= 1; return b }),
			says: []string{"wrong-hash team/b.txt"}, verified: top, verdict: engine.Broken,
		},
		{
			name: "5.7: a target is not there under the name that its hash gives it",
			edit: func(t *testing.T, r *demo.Repository) {
				l, _ := r.Target("team/b.txt")
				data, err := r.ReadFile(l.Files[0])
				if err != nil {
					t.Fatal(err)
				}
				r.Remove(l.Files[0])
				r.Set("targets/team/b.txt", data)
			},
			says: []string{"missing team/b.txt"}, verified: top, verdict: engine.Broken,
		},
	}
}

// hygieneTruths are about what has to hold for no client to be left behind.
func hygieneTruths() []truth {
	return []truth{
		{
			name:   "the roots do not begin with the first, and none is missing between",
			spec:   func(s *demo.Spec) { sameKeys(s, 3) },
			config: from(3),
		},
	}
}

func aliveTruths() []truth {
	return []truth{
		{
			name:  "1.5.2: a target falls silent in the middle and is given up",
			serve: []demo.Option{demo.WithFault("targets/team/*", demo.Fault{Kind: demo.StallBody, After: 50})},
			says:  []string{"stalled team/b.txt"}, verified: []string{"a.txt"}, verdict: engine.Undecided,
		},
		{
			name:   "1.5.2: a target that comes drop by drop does not outlast the deadline",
			serve:  []demo.Option{demo.WithFault("targets/team/*", demo.Fault{Kind: demo.Drip, After: 20, Every: 200 * time.Millisecond})},
			config: func(_ *testing.T, _ *demo.Repository, cfg *engine.Config) { cfg.Deadline = 3 * time.Second },
			says:   []string{"deadline team/b.txt"}, verified: []string{"a.txt"}, verdict: engine.Undecided,
		},
		{
			name:  "1.5.2: the timestamp is never answered and is given up",
			serve: []demo.Option{demo.WithFault("timestamp.json", demo.Fault{Kind: demo.StallHeaders})},
			says:  []string{"stalled timestamp"}, verified: none, verdict: engine.Undecided,
		},
	}
}

func mustResignBy(t *testing.T, r *demo.Repository, role string, by []demo.Signature) {
	t.Helper()
	if err := r.ResignBy(role, nil, by...); err != nil {
		t.Fatal(err)
	}
}

// expiredTruths are roles whose time is over: a client refuses them, and what is below
// them matches and is not verified.
func expiredTruths() []truth {
	return []truth{
		{
			name: "5.3.10: the last root has expired",
			spec: func(s *demo.Spec) { s.Root.Expires = time.Minute },
			says: append([]string{"expired root"}, below("root")...), verified: none, verdict: engine.Broken,
		},
		{
			name: "5.4.4: the timestamp has expired",
			spec: func(s *demo.Spec) { s.Timestamp.Expires = time.Minute },
			says: append([]string{"expired timestamp"}, below("timestamp")...), verified: none, verdict: engine.Broken,
		},
		{
			name: "5.5.6: the snapshot has expired",
			spec: func(s *demo.Spec) { s.Snapshot.Expires = time.Minute },
			says: append([]string{"expired snapshot"}, below("snapshot")...), verified: none, verdict: engine.Broken,
		},
		{
			name: "5.6.5: targets has expired",
			spec: func(s *demo.Spec) { s.TargetsRole.Expires = time.Minute },
			says: append([]string{"expired targets"}, below("targets")...), verified: none, verdict: engine.Broken,
		},
		{
			name: "5.6.5: a delegated role has expired",
			spec: func(s *demo.Spec) { s.Delegations[0].Role.Expires = time.Minute },
			says: []string{"expired team", "untrusted-role team/b.txt"}, verified: []string{"a.txt"}, verdict: engine.Broken,
		},
	}
}
