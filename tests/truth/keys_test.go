package truth

import (
	"slices"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/engine"
)

func keyTruths() []truth {
	return slices.Concat(listedKeys(), refusedKeys(), signedKeys(), rotatedKeys(), lifetimes(), oddKeys())
}

// below adds what is said of everything below a role of the healthy repository that was
// refused.
func below(role string, says ...string) []string {
	all := []string{"root", "timestamp", "snapshot", "targets", "team", "team/b.txt"}
	hang := all[slices.Index(all, role)+1:]
	if role != "team" {
		hang = append(hang, "a.txt")
	}
	for _, subject := range hang {
		says = append(says, "untrusted-role "+subject)
	}
	return says
}

// own gives a key again under an id of its own: with an owner, who is part of what the
// id is the digest of.
func own(k demo.Key, owner string) demo.Key {
	k.Owner = owner
	return k
}

// inRoot edits what the first root says of a role.
func inRoot(role string, edit func(role, root map[string]any)) func(*demo.Spec) {
	return func(s *demo.Spec) {
		s.Tamper = demo.OnRole("1.root", func(root map[string]any) { edit(demo.Sub(root, "roles", role), root) })
	}
}

// inDelegation edits what targets says of the first role that it delegates to.
func inDelegation(edit func(role, delegations map[string]any)) func(*demo.Spec) {
	return func(s *demo.Spec) {
		s.Tamper = demo.OnRole("targets", func(targets map[string]any) {
			d := demo.Sub(targets, "delegations")
			edit(d["roles"].([]any)[0].(map[string]any), d)
		})
	}
}

// listedKeys are cases about the keys that a delegator lists, and that clients accept.
func listedKeys() []truth {
	return []truth{
		{
			name: "one of three keys is enough for the root",
			spec: func(s *demo.Spec) { s.Root.Threshold = 1 },
			says: []string{"threshold-one root v1"},
		},
		{
			name: "one of three keys is enough for the targets",
			spec: func(s *demo.Spec) { s.TargetsRole.Threshold = 1 },
			says: []string{"threshold-one targets"},
		},
		{
			name: "the root has no key to spare",
			spec: func(s *demo.Spec) { s.Root.Threshold = 3 },
			says: []string{"no-spare-key root v1"},
		},
		{
			name: "the targets have only one key",
			spec: func(s *demo.Spec) { s.TargetsRole = demo.Role{} },
			says: []string{"no-spare-key targets", "threshold-one targets"},
		},
		{
			name: "the same people sign root and targets",
			spec: func(s *demo.Spec) { s.TargetsRole.Keys = s.Root.Keys },
			says: []string{"shared-key root v1"},
		},
		{
			name: "one key for timestamp and snapshot",
			spec: func(s *demo.Spec) {
				s.Timestamp.Keys = []demo.Key{{Name: "online"}}
				s.Snapshot.Keys = s.Timestamp.Keys
			},
			says: []string{"shared-key root v1"},
		},
		{
			name: "a key that is said to be online counts for the targets",
			spec: func(s *demo.Spec) { s.TargetsRole.Keys[2].Online = "gcpkms:a/b" },
			says: []string{"online-key-offline targets"}, verdict: engine.Warned,
		},
		{
			name: "the key of the timestamp counts for the root",
			spec: func(s *demo.Spec) { s.Timestamp.Keys = s.Root.Keys[2:] },
			says: []string{"online-key-offline root v1"}, verdict: engine.Warned,
		},
		{
			name: "a person's key signs the timestamp and the root",
			spec: func(s *demo.Spec) {
				s.Root.Keys[2].Owner = "@ana"
				s.Timestamp.Keys = s.Root.Keys[2:]
			},
			says: []string{"shared-key root v1"},
		},
		{
			name: "one public key is listed under two ids, and enough others are there",
			spec: func(s *demo.Spec) {
				s.TargetsRole.Keys = append(s.TargetsRole.Keys, own(s.TargetsRole.Keys[0], "@ana"))
			},
			says: []string{"duplicate-key root v1"}, verdict: engine.Warned,
		},
		{
			name: "one public key is delegated to under two ids",
			spec: func(s *demo.Spec) {
				r := &s.Delegations[0].Role
				r.Keys = append(r.Keys, own(r.Keys[0], "@ana"))
			},
			says: []string{"duplicate-key targets"}, verdict: engine.Warned,
		},
		{
			name: "the root lists a key that no role uses",
			spec: func(s *demo.Spec) {
				s.TargetsRole.Keys = demo.NewKeys("targets", 4)
				inRoot("targets", func(role, _ map[string]any) { role["keyids"] = role["keyids"].([]any)[:3] })(s)
			},
			says: []string{"unused-key root v1"},
		},
		{
			name: "the targets list a key that no delegation uses",
			spec: func(s *demo.Spec) {
				s.Delegations[0].Role.Keys = demo.NewKeys("team", 4)
				inDelegation(func(role, _ map[string]any) { role["keyids"] = role["keyids"].([]any)[:3] })(s)
			},
			says: []string{"unused-key targets"},
		},
		{
			name: "a key id that is no digest",
			spec: func(s *demo.Spec) { s.Snapshot.Keys = []demo.Key{{Name: "s", ID: "the-snapshot-key"}} },
			says: []string{"keyid-mismatch root v1"}, verdict: engine.Warned,
		},
		{
			name: "a key id without the key's owner",
			spec: func(s *demo.Spec) { s.TargetsRole.Keys[0] = demo.Key{Name: "t", Owner: "@ana", BareID: true} },
			says: []string{"keyid-mismatch root v1"}, verdict: engine.Warned,
		},
		{
			name: "a delegated key id that is no digest",
			spec: func(s *demo.Spec) { s.Delegations[0].Role.Keys[0].ID = "ana" },
			says: []string{"keyid-mismatch targets"}, verdict: engine.Warned,
		},
		{
			name: "keys with owners, each under the digest with its owner",
			spec: func(s *demo.Spec) { s.Root.Keys = demo.OwnedKeys("root", "@ana", "@ben", "@cid") },
		},
		{
			name: "a short RSA key",
			spec: func(s *demo.Spec) { s.Snapshot.Keys = []demo.Key{{Name: "s", Type: demo.WeakRSA}} },
			says: []string{"weak-key root v1"}, verdict: engine.Warned,
		},
		{
			name: "a key as old tools write it",
			spec: func(s *demo.Spec) { s.Snapshot.Keys = []demo.Key{{Name: "s", HashAlgorithms: true}} },
			says: []string{"keyid-hash-algorithms root v1"},
		},
	}
}

// refusedKeys are cases about keys and thresholds with which no file is accepted.
func refusedKeys() []truth {
	return []truth{
		{
			name: "the root names a key of the snapshot and does not list it",
			spec: inRoot("snapshot", func(role, _ map[string]any) { role["keyids"] = append(role["keyids"].([]any), "0123456789") }),
			says: below("snapshot", "key-not-listed snapshot"), verified: []string{}, verdict: engine.Broken,
		},
		{
			name: "a delegation names a key and does not list it",
			spec: inDelegation(func(role, _ map[string]any) { role["keyids"] = append(role["keyids"].([]any), "0123456789") }),
			says: below("team", "key-not-listed team"), verified: []string{"a.txt"}, verdict: engine.Broken,
		},
		{
			name: "the trusted root names a key of its own and does not list it",
			spec: inRoot("root", func(role, _ map[string]any) { role["keyids"] = append(role["keyids"].([]any), "0123456789") }),
			says: []string{"root-unusable root v1"}, verified: []string{}, verdict: engine.Broken,
		},
		{
			name: "the threshold of the targets is higher than the number of keys",
			spec: func(s *demo.Spec) { s.TargetsRole.Threshold = 4 },
			says: below("targets", "threshold-unreachable targets"), verified: []string{}, verdict: engine.Broken,
		},
		{
			name: "the threshold of a delegation is higher than the number of keys",
			spec: func(s *demo.Spec) { s.Delegations[0].Role.Threshold = 4 },
			says: below("team", "threshold-unreachable team"), verified: []string{"a.txt"}, verdict: engine.Broken,
		},
		{
			name: "the threshold is reached only if one key counts twice",
			spec: func(s *demo.Spec) {
				k := demo.Key{Name: "k"}
				s.TargetsRole.Keys = []demo.Key{k, own(k, "@ana")}
			},
			says: below("targets", "duplicate-key root v1", "threshold-unreachable targets"), verified: []string{}, verdict: engine.Broken,
		},
		{
			name: "two of three ids are one key, and only that one has signed",
			spec: func(s *demo.Spec) {
				r := &s.Delegations[0].Role
				r.Keys[1] = own(r.Keys[0], "@ana")
				r.Signatures = demo.SignedBy(r.Keys[:2]...)
			},
			says: below("team", "duplicate-key targets", "bad-signatures team"), verified: []string{"a.txt"}, verdict: engine.Broken,
		},
		{
			name: "a key that cannot be read",
			spec: inDelegation(func(role, d map[string]any) {
				const id = "aaf3e21f7a38e426c270891548d4c1b3ace23ce1c53001c7d14aa8f321581f62"
				role["keyids"] = append(role["keyids"].([]any), id)
				demo.Sub(d, "keys")[id] = map[string]any{
					"keytype": "sphincs", "scheme": "sphincs", "keyval": map[string]any{"public": "00"},
				}
			}),
			says: below("team", "unreadable-key team"), verified: []string{"a.txt"}, verdict: engine.Broken,
		},
	}
}

// signedKeys are cases about who has signed what is accepted.
func signedKeys() []truth {
	return []truth{
		{
			name: "two of three have signed the targets, and two are required",
			spec: func(s *demo.Spec) { s.TargetsRole.Signatures = demo.SignedBy(s.TargetsRole.Keys[:2]...) },
			says: []string{"exactly-threshold targets"},
		},
		{
			name: "two of three have signed the root",
			spec: func(s *demo.Spec) { s.Root.Signatures = demo.SignedBy(s.Root.Keys[1:]...) },
			says: []string{"exactly-threshold root v1"},
		},
		{
			name: "one of two has signed the timestamp, and one is required",
			spec: func(s *demo.Spec) {
				s.Timestamp.Keys = demo.NewKeys("timestamp", 2)
				s.Timestamp.Signatures = demo.SignedBy(s.Timestamp.Keys[0])
			},
			says: []string{"exactly-threshold timestamp"},
		},
		{
			name: "three of four have signed, and two are required",
			spec: func(s *demo.Spec) {
				s.TargetsRole.Keys = demo.NewKeys("targets", 4)
				s.TargetsRole.Signatures = append(demo.SignedBy(s.TargetsRole.Keys[:3]...), demo.Signature{By: s.TargetsRole.Keys[3], Kind: demo.Empty})
			},
			says: []string{"not-signed targets"},
		},
		{
			name: "a delegated role was not signed by all",
			spec: func(s *demo.Spec) {
				s.Delegations[0].Role.Signatures = demo.SignedBy(s.Delegations[0].Role.Keys[1:]...)
			},
			says: []string{"exactly-threshold team"},
		},
		{
			name: "one of two keys of sixteen bins signs",
			spec: func(s *demo.Spec) {
				keys := demo.NewKeys("bin", 2)
				s.Delegations[0].Bins = &demo.Bins{Count: 16, Succinct: true, Role: demo.Role{Keys: keys, Signatures: demo.SignedBy(keys[0])}}
			},
			says: []string{"exactly-threshold team"},
		},
		{
			name: "a signature that does not verify beside enough others",
			spec: func(s *demo.Spec) {
				k := s.TargetsRole.Keys
				s.TargetsRole.Signatures = append(demo.SignedBy(k[:2]...), demo.Signature{By: k[2], Kind: demo.Bad})
			},
			says: []string{"exactly-threshold targets", "invalid-signature targets"}, verdict: engine.Warned,
		},
		{
			name: "a signature by a stranger counts for nothing and does no harm",
			spec: func(s *demo.Spec) {
				s.TargetsRole.Signatures = demo.SignedBy(append(s.TargetsRole.Keys[:3:3], demo.Key{Name: "stranger"})...)
			},
		},
		{
			name: "the same key has signed twice",
			spec: func(s *demo.Spec) {
				k := s.TargetsRole.Keys
				s.TargetsRole.Signatures = demo.SignedBy(k[0], k[0], k[1])
			},
			says: []string{"unparsable targets"}, verified: []string{}, verdict: engine.Broken,
		},
	}
}

// rotatedKeys are cases about a second root.
func rotatedKeys() []truth {
	before, after := demo.NewKeys("root", 3), []demo.Key{{Name: "root-1@2"}, {Name: "root-2@2"}, {Name: "root-3@2"}}
	rotated := func(by ...demo.Signature) func(*demo.Spec) {
		return func(s *demo.Spec) {
			s.Roots = 2
			s.EditRoot = func(v *demo.RootVersion) {
				if v.Version == 2 {
					v.Root.Signatures = by
				}
			}
		}
	}
	refused := func(name string, says []string, by ...demo.Signature) truth {
		return truth{name: name, spec: rotated(by...), says: says, verified: []string{}, verdict: engine.Broken}
	}
	return []truth{
		{
			name: "all keys of the root are replaced, and both sides have signed",
			spec: func(s *demo.Spec) { s.Roots = 2 },
			says: []string{"keys-changed root v2"},
		},
		{
			name: "a new root with the same keys",
			spec: func(s *demo.Spec) { s.Roots, s.Rotate = 2, []string{} },
		},
		{
			name: "a new root with another threshold for the targets",
			spec: func(s *demo.Spec) {
				s.Roots, s.Rotate = 2, []string{}
				s.EditRoot = func(v *demo.RootVersion) { v.Targets.Threshold = 1 + int(v.Version)%2 }
			},
			says: []string{"keys-changed root v2", "threshold-one targets"},
		},
		{
			name: "both sides have signed with just enough keys",
			spec: rotated(demo.SignedBy(before[0], before[2], after[1], after[2])...),
			says: []string{"keys-changed root v2", "exactly-threshold root v2"},
		},
		refused("too few keys of the root before have signed", below("root", "keys-changed root v2", "bad-signatures root v2"), demo.SignedBy(before[0], after[0], after[1], after[2])...),
		refused("too few of its own keys have signed the new root", below("root", "keys-changed root v2", "bad-signatures root v2"), demo.SignedBy(before[0], before[1], before[2], after[2])...),
		refused("a signature of the root before is there twice", below("root", "unparsable root v2"), demo.SignedBy(before[0], before[0], after[0], after[1], after[2])...),
		{
			name: "the new root asks for more keys than it lists",
			spec: func(s *demo.Spec) {
				s.Roots, s.Rotate = 2, []string{}
				s.EditRoot = func(v *demo.RootVersion) {
					if v.Version == 2 {
						v.Root.Threshold = 4
					}
				}
			},
			says: below("root", "keys-changed root v2", "threshold-unreachable root v2"), verified: []string{}, verdict: engine.Broken,
		},
		{
			name: "the new root lists one of its keys twice, and reaches its threshold only so",
			spec: func(s *demo.Spec) {
				s.Roots, s.Rotate = 2, []string{}
				s.EditRoot = func(v *demo.RootVersion) {
					if v.Version == 2 {
						v.Root.Keys = []demo.Key{before[0], own(before[0], "@ana")}
						v.Root.Signatures = demo.SignedBy(before[0], before[1], own(before[0], "@ana"))
					}
				}
			},
			says: below("root", "keys-changed root v2", "threshold-unreachable root v2"), verified: []string{}, verdict: engine.Broken,
		},
	}
}

// lifetimes are cases about how long roles are valid.
func lifetimes() []truth {
	states := func(key string, days int) map[string]any { return map[string]any{key: days} }
	return []truth{
		{
			name: "the targets expire soon",
			spec: func(s *demo.Spec) {
				s.TargetsRole.Expires = 10 * day
				s.Delegations[0].Role.Expires = 20 * day
			},
			says: []string{"expires-soon targets"}, verdict: engine.Warned,
		},
		{
			name: "the targets are in the signing period that they state",
			spec: func(s *demo.Spec) { s.TargetsRole.Extra = states("x-tuf-on-ci-signing-period", 100) },
			says: []string{"signing-overdue targets"}, verdict: engine.Warned,
		},
		{
			name: "the timestamp is in the signing period that the root states for it",
			spec: inRoot("timestamp", func(role, _ map[string]any) { role["x-tuf-on-ci-signing-period"] = 4 }),
			says: []string{"signing-overdue timestamp"}, verdict: engine.Warned,
		},
		{
			name: "fewer than fifteen days are left, and the role states a signing period of five",
			spec: func(s *demo.Spec) {
				s.TargetsRole.Extra, s.TargetsRole.Expires = states("x-tuf-on-ci-signing-period", 5), 10*day
			},
		},
		{
			name:   "what the person asks for comes before what the repository states",
			spec:   func(s *demo.Spec) { s.TargetsRole.Extra = states("x-tuf-on-ci-signing-period", 100) },
			config: func(_ *testing.T, _ *demo.Repository, c *engine.Config) { c.ExpiresWithin = 2 * day },
		},
		{
			name: "the targets are valid for longer than they state",
			spec: func(s *demo.Spec) { s.TargetsRole.Extra = states("x-tuf-on-ci-expiry-period", 60) },
			says: []string{"valid-too-long targets"},
		},
		{
			name: "the snapshot is valid for as long as the root states",
			spec: inRoot("snapshot", func(role, _ map[string]any) { role["x-tuf-on-ci-expiry-period"] = 14 }),
		},
		{
			name: "the timestamp is valid for a month",
			spec: func(s *demo.Spec) { s.Timestamp.Expires = 30 * day },
			says: []string{"timestamp-long-lived timestamp"},
		},
		{
			name: "the timestamp is valid for a week",
			spec: func(s *demo.Spec) { s.Timestamp.Expires = 7*day + time.Hour },
		},
		{
			name: "a delegated role ends before its delegator",
			spec: func(s *demo.Spec) { s.Delegations[0].Role.Expires = 60 * day },
			says: []string{"delegation-outlived targets"},
		},
	}
}

// oddKeys are cases with keys of all kinds that clients accept.
func oddKeys() []truth {
	keys := demo.NewKeys("odd", 9)
	for i, kind := range []demo.KeyType{demo.Ed25519, demo.ECDSA, demo.ECDSA384, demo.RSA, demo.RSA4096, demo.ECDSA384, demo.ECDSA, demo.Ed25519, demo.RSA} {
		keys[i].Type = kind
	}
	five := func(by ...int) func(*demo.Spec) {
		return func(s *demo.Spec) {
			s.Delegations[0].Role = demo.Role{Keys: keys, Threshold: 5}
			for _, i := range by {
				s.Delegations[0].Role.Signatures = append(s.Delegations[0].Role.Signatures, demo.Signature{By: keys[i]})
			}
		}
	}
	return []truth{
		{name: "nine keys of all kinds, and all have signed", spec: five()},
		{name: "five of nine keys of all kinds have signed", spec: five(0, 1, 2, 3, 4), says: []string{"exactly-threshold team"}},
		{name: "six of nine keys of all kinds have signed", spec: five(2, 4, 5, 6, 7, 8), says: []string{"not-signed team"}},
		{name: "four of nine keys of all kinds have signed", spec: five(2, 3, 4, 5), says: below("team", "bad-signatures team"), verified: []string{"a.txt"}, verdict: engine.Broken},
	}
}
