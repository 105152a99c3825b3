package truth

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/engine"
)

func formTruths() []truth {
	var all []truth
	all = append(all, writtenOtherwise()...)
	all = append(all, oddForms()...)
	all = append(all, unreadable()...)
	all = append(all, badKeys()...)
	all = append(all, listings()...)
	return append(all, rootVersions()...)
}

// These are what there is to say below a role that is refused.
var (
	belowTeam      = []string{"untrusted-role team/b.txt"}
	belowTargets   = append([]string{"untrusted-role team", "untrusted-role a.txt"}, belowTeam...)
	belowSnapshot  = append([]string{"untrusted-role targets"}, belowTargets...)
	belowTimestamp = append([]string{"untrusted-role snapshot"}, belowSnapshot...)
	belowRoot      = append([]string{"untrusted-role timestamp"}, belowTimestamp...)
)

// and joins what is said about a role with what is said below it.
func and(below []string, says ...string) []string { return append(says, below...) }

// tamper edits what a role signs.
func tamper(role string, edit func(signed map[string]any)) func(*demo.Spec) {
	return func(s *demo.Spec) { s.Tamper = demo.OnRole(role, edit) }
}

// written edits a role's file behind its signatures.
func written(role string, edit func(file []byte) []byte) func(*demo.Spec) {
	return func(s *demo.Spec) {
		s.TamperFile = func(name string, file []byte) []byte {
			if name == role {
				return edit(file)
			}
			return file
		}
	}
}

func set(field string, value any) func(map[string]any) {
	return func(signed map[string]any) { signed[field] = value }
}

// delegation is the first role that a targets role delegates to.
func delegation(signed map[string]any) map[string]any {
	return demo.Sub(signed, "delegations")["roles"].([]any)[0].(map[string]any)
}

// writtenOtherwise are files that are signed well, and that go-tuf writes otherwise than
// it read them.
func writtenOtherwise() []truth {
	onlyA := []string{"a.txt"}
	none := []string{}
	return []truth{
		{
			name: "an expiry with an offset of nothing is written with a Z", verified: onlyA, verdict: engine.Broken,
			spec: tamper("team", set("expires", "2026-05-30T12:00:00+00:00")),
			says: and(belowTeam, "reencoding team", "expires-form team"),
		},
		{
			name: "trailing zeros of a fraction are left out", verified: onlyA, verdict: engine.Broken,
			spec: tamper("team", set("expires", "2026-05-30T12:00:00.500Z")),
			says: and(belowTeam, "reencoding team", "expires-form team"),
		},
		{
			name: "so it is in a timestamp", verified: none, verdict: engine.Broken,
			spec: tamper("timestamp", set("expires", "2026-03-03T12:00:00+00:00")),
			says: and(belowTimestamp, "reencoding timestamp", "expires-form timestamp"),
		},
		{
			name: "a root that does not say whether snapshots are consistent", verified: none, verdict: engine.Broken,
			spec: func(s *demo.Spec) {
				s.Roots, s.Rotate, s.PlainNames = 2, []string{}, true
				tamper("2.root", func(signed map[string]any) { delete(signed, "consistent_snapshot") })(s)
			},
			says: and(belowRoot, "reencoding root v2"),
		},
		{
			name: "a trusted root that does not say it", verified: none, verdict: engine.Broken,
			spec: func(s *demo.Spec) {
				s.PlainNames = true
				tamper("1.root", func(signed map[string]any) { delete(signed, "consistent_snapshot") })(s)
			},
			says: []string{"root-unusable root v1"},
		},
		{
			name: "a delegation that does not say whether it is terminating", verified: none, verdict: engine.Broken,
			spec: tamper("targets", func(signed map[string]any) { delete(delegation(signed), "terminating") }),
			says: and(belowTargets, "reencoding targets"),
		},
		{
			name: "a delegation by paths and by hash prefixes, of which go-tuf writes one", verified: none, verdict: engine.Broken,
			spec: tamper("targets", func(signed map[string]any) { delegation(signed)["path_hash_prefixes"] = []any{"0"} }),
			says: and(belowTargets, "paths-and-prefixes targets", "reencoding targets"),
		},
		{
			name: "a custom of null", verified: onlyA, verdict: engine.Broken,
			spec: tamper("team", func(signed map[string]any) { demo.Sub(signed, "targets", "team/b.txt")["custom"] = nil }),
			says: and(belowTeam, "reencoding team"),
		},
		{
			name: "a hash in upper case", verified: onlyA, verdict: engine.Broken,
			spec: tamper("team", func(signed map[string]any) {
				h := demo.Sub(signed, "targets", "team/b.txt", "hashes")
				h["sha256"] = strings.ToUpper(h["sha256"].(string))
			}),
			says: and(belowTeam, "reencoding team"),
		},
		{
			name: "a field that nobody knows with a number beyond 2^53", verified: onlyA, verdict: engine.Broken,
			spec: tamper("team", set("x-serial", int64(1<<53+1))),
			says: and(belowTeam, "reencoding team"),
		},
		{
			name: "a field that nobody knows with a number beyond 64 bits", verified: onlyA, verdict: engine.Broken,
			spec: tamper("team", set("x-serial", json.Number("18446744073709551617"))),
			says: and(belowTeam, "reencoding team"),
		},
		{
			name: "a length of 0 in the snapshot is left out", verified: none, verdict: engine.Broken,
			spec: tamper("snapshot", func(signed map[string]any) { demo.Sub(signed, "meta", "team.json")["length"] = int64(0) }),
			says: and(belowSnapshot, "reencoding snapshot"),
		},
		{
			name: "too few signatures stay too few, however the file is written", verified: onlyA, verdict: engine.Broken,
			spec: func(s *demo.Spec) {
				team := &s.Delegations[0].Role
				team.Signatures = demo.SignedBy(team.Keys[0])
				tamper("team", set("expires", "2026-05-30T12:00:00+00:00"))(s)
			},
			says: and(belowTeam, "bad-signatures team", "expires-form team"),
		},
		{
			name: "one signature over what was received, and enough over what go-tuf writes", verdict: engine.Warned,
			spec: func(s *demo.Spec) { s.Timestamp = demo.Role{Keys: demo.NewKeys("timestamp", 3), Threshold: 2} },
			edit: func(t *testing.T, repo *demo.Repository) {
				before := signatures(t, repo, "timestamp.json")
				if err := repo.Resign("timestamp", set("expires", "2026-03-04T12:00:00+00:00")); err != nil {
					t.Fatal(err)
				}
				file := document(t, repo, "timestamp.json")
				file["signatures"] = []any{before[0], before[1], signatures(t, repo, "timestamp.json")[2]}
				store(t, repo, "timestamp.json", file)
			},
			says: []string{"invalid-signature timestamp", "exactly-threshold timestamp", "expires-form timestamp"},
		},
	}
}

func document(t *testing.T, repo *demo.Repository, path string) map[string]any {
	t.Helper()
	data, err := repo.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

func signatures(t *testing.T, repo *demo.Repository, path string) []any {
	t.Helper()
	return document(t, repo, path)["signatures"].([]any)
}

func store(t *testing.T, repo *demo.Repository, path string, doc map[string]any) {
	t.Helper()
	data, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	repo.Set(path, data)
}

// oddForms are files that go-tuf accepts, and other clients may not.
func oddForms() []truth {
	replace := func(old, by string) func([]byte) []byte {
		return func(file []byte) []byte { return bytes.Replace(file, []byte(old), []byte(by), 1) }
	}
	return []truth{
		{
			name: "an expiry in another time zone", verdict: engine.Warned,
			spec: tamper("team", set("expires", "2026-05-30T14:00:00+02:00")), says: []string{"expires-form team"},
		},
		{
			name: "an expiry with a fraction", verdict: engine.Warned,
			spec: tamper("1.root", set("expires", "2027-03-01T12:00:00.5Z")), says: []string{"expires-form root v1"},
		},
		{
			name: "a name that stands twice in what is signed", verdict: engine.Warned,
			spec: written("team", replace(`"version":1`, `"version":1,"version":1`)), says: []string{"duplicate-json-keys team"},
		},
		{
			name: "a name that stands twice among the signatures", verdict: engine.Warned,
			spec: written("timestamp", replace(`{"keyid":`, `{"keyid":"","keyid":`)), says: []string{"duplicate-json-keys timestamp"},
		},
		{
			name: "fields that nobody knows are fine, and so is white space", verdict: engine.Healthy,
			spec: func(s *demo.Spec) {
				s.TargetsRole.Extra = map[string]any{"x-note": map[string]any{"a": []any{"b", nil, int64(1)}}}
				written("team", func(file []byte) []byte { return []byte("\n " + string(file) + "\r\n\t \n") })(s)
			},
		},
		{
			name: "a specification of another kind", verdict: engine.Warned,
			spec: tamper("snapshot", set("spec_version", "2.0.0")), says: []string{"spec-version snapshot"},
		},
		{
			name: "a version of the specification that is no version", verdict: engine.Warned,
			spec: tamper("targets", set("spec_version", "1.0.x")), says: []string{"spec-version targets"},
		},
		{
			name: "versions of the specification from long ago", verdict: engine.Healthy,
			spec: func(s *demo.Spec) { s.SpecVersion = "1.0" },
		},
	}
}

// unreadable are files that are no metadata.
func unreadable() []truth {
	onlyA := []string{"a.txt"}
	none := []string{}
	all := func(content string) func([]byte) []byte {
		return func([]byte) []byte { return []byte(content) }
	}
	return []truth{
		{
			name: "a byte order mark", verified: onlyA, verdict: engine.Broken,
			spec: written("team", func(file []byte) []byte { return append([]byte("\xef\xbb\xbf"), file...) }),
			says: []string{"byte-order-mark team"},
		},
		{
			name: "a byte order mark in the timestamp", verified: none, verdict: engine.Broken,
			spec: written("timestamp", func(file []byte) []byte { return append([]byte("\xef\xbb\xbf"), file...) }),
			says: []string{"byte-order-mark timestamp"},
		},
		{
			name: "a comment behind the metadata", verified: onlyA, verdict: engine.Broken,
			spec: written("team", func(file []byte) []byte { return append(file, "\n<!-- cached -->"...) }),
			says: []string{"trailing-data team"},
		},
		{
			name: "the metadata twice in a file", verified: none, verdict: engine.Broken,
			spec: written("snapshot", func(file []byte) []byte { return append(file, file...) }),
			says: []string{"trailing-data snapshot"},
		},
		{
			name: "a page instead of metadata", verified: onlyA, verdict: engine.Broken,
			spec: written("team", all("<!DOCTYPE html><html><body>not found</body></html>")), says: []string{"unparsable team"},
		},
		{
			name: "an empty file", verified: none, verdict: engine.Broken,
			spec: written("timestamp", all("")), says: []string{"unparsable timestamp"},
		},
		{
			name: "a file that is cut", verified: onlyA, verdict: engine.Broken,
			spec: written("team", func(file []byte) []byte { return file[:len(file)/2] }), says: []string{"unparsable team"},
		},
		{
			name: "nesting without end", verified: onlyA, verdict: engine.Broken,
			spec: written("team", func(file []byte) []byte {
				deep := strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000)
				return append([]byte(`{"x":`+deep+`,`), file[1:]...)
			}), says: []string{"unparsable team"},
		},
		{
			name: "metadata of another type", verified: onlyA, verdict: engine.Broken,
			spec: tamper("team", set("_type", "snapshot")), says: []string{"unparsable team"},
		},
		{
			name: "JSON that is no metadata", verified: none, verdict: engine.Broken,
			spec: written("snapshot", all(`{"error":"not found"}`)), says: []string{"unparsable snapshot"},
		},
	}
}

// rekey edits a key that a targets role lists, and lists it under the id that it then
// has.
func rekey(signed map[string]any, n int, edit func(key map[string]any)) {
	d, r := demo.Sub(signed, "delegations"), delegation(signed)
	keys, ids := d["keys"].(map[string]any), r["keyids"].([]any)
	key := keys[ids[n].(string)].(map[string]any)
	delete(keys, ids[n].(string))
	edit(key)
	form, err := cjson.EncodeCanonical(key)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(form)
	ids[n] = hex.EncodeToString(sum[:])
	keys[ids[n].(string)] = key
}

// badKeys are keys that go-tuf cannot use.
func badKeys() []truth {
	onlyA := []string{"a.txt"}
	foreign := func(key map[string]any) {
		key["keytype"], key["scheme"] = "sigstore-oidc", "Fulcio"
		key["keyval"] = map[string]any{"identity": "a@example.com", "issuer": "https://example.com"}
	}
	hexadecimal := func(key map[string]any) { key["keytype"], key["scheme"] = "ecdsa", "ecdsa-sha2-nistp256" }
	return []truth{
		{
			// go-tuf also writes a public value that the key does not have.
			name: "a key of a type that go-tuf does not know, beside enough others", verified: []string{}, verdict: engine.Broken,
			spec: tamper("targets", func(signed map[string]any) { rekey(signed, 2, foreign) }),
			says: []string{"reencoding targets", "unreadable-key team", "untrusted-role a.txt", "untrusted-role team/b.txt"},
		},
		{
			name: "a key that is not written as PEM, beside enough others", verified: onlyA, verdict: engine.Broken,
			spec: tamper("targets", func(signed map[string]any) { rekey(signed, 2, hexadecimal) }),
			says: and(belowTeam, "unreadable-key team"),
		},
		{
			name: "a key that is not written as PEM, and not enough others", verified: onlyA, verdict: engine.Broken,
			spec: func(s *demo.Spec) {
				team := &s.Delegations[0].Role
				team.Signatures = demo.SignedBy(team.Keys[1:]...)
				tamper("targets", func(signed map[string]any) { rekey(signed, 2, hexadecimal) })(s)
			},
			says: and(belowTeam, "unreadable-key team"),
		},
		{
			name: "a key that is cut off", verified: onlyA, verdict: engine.Broken,
			spec: tamper("targets", func(signed map[string]any) {
				rekey(signed, 2, func(key map[string]any) { key["keyval"].(map[string]any)["public"] = "abcd" })
			}),
			says: and(belowTeam, "verifier-crashed team"),
		},
	}
}

// listings are files that list others in ways of their own, and files that are large.
func listings() []truth {
	grow := func(bytes int) map[string]any { return map[string]any{"x-note": strings.Repeat("a", bytes)} }
	return []truth{
		{
			name: "neither lengths nor hashes of metadata", verdict: engine.Healthy,
			spec: func(s *demo.Spec) { s.Meta = demo.ListNeither },
			says: []string{"meta-without-hashes timestamp", "meta-without-hashes snapshot"},
		},
		{
			name: "lengths of metadata and no hashes", verdict: engine.Healthy,
			spec: func(s *demo.Spec) { s.Meta = demo.ListLength },
			says: []string{"meta-without-hashes timestamp", "meta-without-hashes snapshot"},
		},
		{
			name: "hashes of metadata and no lengths", verdict: engine.Healthy,
			spec: func(s *demo.Spec) { s.Meta = demo.ListHashes },
		},
		{
			name: "a target under sha512 alone", verdict: engine.Warned,
			spec: func(s *demo.Spec) { s.Targets[0].Hashes = []string{demo.SHA512} },
			says: []string{"no-sha256 targets"},
		},
		{
			name: "a target under both", verdict: engine.Healthy,
			spec: func(s *demo.Spec) { s.Targets[0].Hashes = demo.BothHashes() },
		},
		{
			name: "a snapshot under sha512 alone", verdict: engine.Warned,
			edit: func(t *testing.T, repo *demo.Repository) {
				data, err := repo.ReadFile(repo.MetaFile("snapshot"))
				if err != nil {
					t.Fatal(err)
				}
				sum := sha512.Sum512(data)
				if err := repo.Resign("timestamp", func(signed map[string]any) {
					demo.Sub(signed, "meta", "snapshot.json")["hashes"] = map[string]any{"sha512": hex.EncodeToString(sum[:])}
				}); err != nil {
					t.Fatal(err)
				}
			},
			says: []string{"no-sha256 timestamp"},
		},
		{
			name: "a timestamp nearly as large as clients take", verdict: engine.Healthy,
			spec: func(s *demo.Spec) { s.Timestamp.Extra = grow(14_000) },
			says: []string{"near-client-limit timestamp"},
		},
		{
			name: "a timestamp larger than clients take", verdict: engine.Warned,
			spec: func(s *demo.Spec) { s.Timestamp.Extra = grow(17_000) },
			says: []string{"over-client-limit timestamp"},
		},
		{
			name: "a large snapshot whose length is listed", verdict: engine.Healthy,
			spec: func(s *demo.Spec) { s.Snapshot.Extra = grow(1_900_000) },
		},
		{
			name: "a large snapshot whose length is not listed", verdict: engine.Healthy,
			spec: func(s *demo.Spec) { s.Snapshot.Extra, s.Meta = grow(1_900_000), demo.ListHashes },
			says: []string{"near-client-limit snapshot"},
		},
	}
}

// rootVersions are chains of roots that clients cannot follow to their ends.
func rootVersions() []truth {
	roots := func(n int) func(*demo.Spec) {
		return func(s *demo.Spec) { s.Roots, s.Rotate = n, []string{} }
	}
	trust := func(version int) func(*testing.T, *demo.Repository, *engine.Config) {
		return func(_ *testing.T, repo *demo.Repository, cfg *engine.Config) { cfg.Root = repo.Root(version) }
	}
	without := func(paths ...string) func(*testing.T, *demo.Repository) {
		return func(_ *testing.T, repo *demo.Repository) {
			for _, p := range paths {
				repo.Remove(p)
			}
		}
	}
	return []truth{
		{name: "as many roots as clients follow", verdict: engine.Healthy, spec: roots(257)},
		{name: "one root more than clients follow", verdict: engine.Warned, spec: roots(258), says: []string{"root-limit root"}},
		{name: "all roots before the trusted one", verdict: engine.Healthy, spec: roots(4), config: trust(3)},
		{
			name: "the first roots are gone", verdict: engine.Healthy, spec: roots(4), config: trust(4),
			edit: without("1.root.json", "2.root.json"), says: []string{"older-roots-missing root"},
		},
		{
			name: "no root before the trusted one", verdict: engine.Healthy, spec: roots(3), config: trust(2),
			edit: without("1.root.json"), says: []string{"older-roots-missing root"},
		},
		{
			name: "older roots that cannot be fetched prove nothing", verdict: engine.Undecided, spec: roots(3), config: trust(3),
			edit:  without("1.root.json"),
			serve: []demo.Option{demo.WithFault("2.root.json", demo.Fault{Kind: demo.Status, Status: 500})},
			says:  []string{"server-error root v2"},
		},
	}
}
