package lint

import (
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
)

// aKey is an Ed25519 key that is made up of one digit, with further fields.
func aKey(digit string, fields map[string]any) map[string]any {
	key := map[string]any{"keytype": "ed25519", "scheme": "ed25519", "keyval": map[string]any{"public": strings.Repeat(digit, 64)}}
	for k, v := range fields {
		key[k] = v
	}
	return key
}

// aRoot is a root with keys by id and roles as "threshold id id …".
func aRoot(t testing.TB, keys map[string]any, roles map[string]string) (*metadata.Metadata[metadata.RootType], []byte) {
	t.Helper()
	stated := map[string]any{}
	for name, text := range roles {
		threshold := 0
		words := strings.Fields(text)
		fmt.Sscan(words[0], &threshold)
		stated[name] = map[string]any{"keyids": words[1:], "threshold": threshold}
	}
	data, err := json.Marshal(map[string]any{"signatures": []any{}, "signed": map[string]any{
		"_type": "root", "spec_version": "1.0.31", "version": 1, "expires": "2030-01-01T00:00:00Z", "consistent_snapshot": true, "keys": keys, "roles": stated,
	}})
	if err != nil {
		t.Fatal(err)
	}
	md, err := metadata.Root().FromBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	return md, data
}

// keysSaid are findings as "id subject: message", without those of one kind that every
// made-up key has.
func keysSaid(list []finding.Finding, without ...finding.ID) []string {
	var out []string
	for _, f := range list {
		if !slices.Contains(without, f.ID) {
			out = append(out, fmt.Sprintf("%s %s: %s", f.ID, f.Subject, f.Message))
		}
	}
	slices.Sort(out)
	return out
}

func TestKeysOfARoot(t *testing.T) {
	owned := map[string]any{"x-tuf-on-ci-keyowner": "@ana"}
	six := map[string]any{}
	for i := range 6 {
		six[fmt.Sprint("k", i)] = aKey(fmt.Sprint(i), nil)
	}
	with := func(id string, key map[string]any) map[string]any {
		m := map[string]any{id: key}
		for k, v := range six {
			if k != id {
				m[k] = v
			}
		}
		return m
	}
	for _, c := range []struct {
		name  string
		keys  map[string]any
		roles map[string]string
		want  []string
	}{
		{"nothing odd", six, map[string]string{"root": "1 k0 k1", "targets": "1 k2 k3", "snapshot": "1 k4", "timestamp": "1 k5"},
			[]string{"threshold-one root v1: each of its 2 keys is enough: k0 and k1", "threshold-one targets: each of its 2 keys is enough: k2 and k3"}},
		{"no key to spare", six, map[string]string{"root": "2 k0 k1", "targets": "1 k2", "snapshot": "1 k3 k4", "timestamp": "1 k5"},
			[]string{"no-spare-key root v1: all of its 2 keys are required: k0 and k1", "no-spare-key targets: its only key is k2", "threshold-one targets: the key k2 is enough"}},
		{"more required than there are", six, map[string]string{"root": "3 k0 k1", "targets": "4 k2 k3", "snapshot": "1 k4", "timestamp": "1 k5"}, nil},
		{"one key twice in a role", six, map[string]string{"root": "2 k0 k1 k1", "targets": "2 k1 k2 k3", "snapshot": "1 k4", "timestamp": "1 k5"},
			[]string{"no-spare-key root v1: all of its 2 keys are required: k0 and k1", "shared-key root v1: root and targets share the key k1"}},
		{"roles that share keys in different ways", six, map[string]string{"root": "2 k0 k1 k2", "targets": "2 k0 k1 k3", "snapshot": "1 k4 k5", "timestamp": "1 k4 k5"},
			[]string{"shared-key root v1: root and targets share 2 keys: k0 and k1", "shared-key root v1: snapshot and timestamp share 2 keys: k4 and k5"}},
		{"all roles have the same keys, of which several have to sign", six, map[string]string{"root": "3 k0 k1 k2 k3 k4 k5", "targets": "3 k0 k1 k2 k3 k4 k5", "snapshot": "3 k0 k1 k2 k3 k4 k5", "timestamp": "3 k0 k1 k2 k3 k4 k5"},
			[]string{"shared-key root v1: root, targets, snapshot and timestamp share 6 keys: k0, k1, k2, k3, k4 and k5"}},
		{"the timestamp's key counts for root and targets", six, map[string]string{"root": "2 k0 k1 k2", "targets": "2 k0 k3 k4", "snapshot": "1 k5", "timestamp": "1 k0"},
			[]string{"online-key-offline root v1: the key k0, which alone signs the timestamp, counts for root too", "online-key-offline targets: the key k0, which alone signs the timestamp, counts for targets too"}},
		{"all roles have the same two keys, and one is enough", map[string]any{"k0": six["k0"], "k1": six["k1"]}, map[string]string{"root": "2 k0 k1", "targets": "2 k0 k1", "snapshot": "1 k0 k1", "timestamp": "1 k0 k1"},
			[]string{"no-spare-key root v1: all of its 2 keys are required: k0 and k1", "no-spare-key targets: all of its 2 keys are required: k0 and k1",
				"online-key-offline root v1: 2 keys, each of which alone signs the timestamp, count for root too: k0 and k1", "online-key-offline targets: 2 keys, each of which alone signs the timestamp, count for targets too: k0 and k1"}},
		{"a person's key signs the timestamp too", with("k0", aKey("0", owned)), map[string]string{"root": "2 k0 k1 k2", "targets": "2 k3 k4 k1", "snapshot": "1 k5", "timestamp": "1 k0"},
			[]string{"shared-key root v1: root and targets share the key k1", "shared-key root v1: root and timestamp share the key k0 (@ana)"}},
		{"a key of a service", with("k0", aKey("0", map[string]any{"x-rstuf-online-key-uri": "awskms:x"})), map[string]string{"root": "2 k0 k1 k2", "targets": "2 k3 k4 k2", "snapshot": "1 k5", "timestamp": "1 k5"},
			[]string{"online-key-offline root v1: the key k0 (awskms:x), which a service holds as the root states, counts for root too", "shared-key root v1: root and targets share the key k2", "shared-key root v1: snapshot and timestamp share the key k5"}},
		{"one public key under two ids, and a threshold that needs both", with("k1", aKey("0", nil)), map[string]string{"root": "2 k0 k1", "targets": "2 k2 k3 k0", "snapshot": "1 k4", "timestamp": "1 k5"},
			[]string{"duplicate-key root v1: one public key is listed under 2 ids: k0 and k1; root can reach the threshold of 2 only where each id counts as a key", "shared-key root v1: root and targets share the key k0"}},
		{"one public key under two ids, and enough others", with("k1", aKey("0", nil)), map[string]string{"root": "2 k0 k1 k2 k3", "targets": "2 k2 k3 k4", "snapshot": "1 k4", "timestamp": "1 k5"},
			[]string{"duplicate-key root v1: one public key is listed under 2 ids: k0 and k1", "online-key-offline targets: the key k4, which alone signs the snapshot, counts for targets too", "shared-key root v1: root and targets share 2 keys: k2 and k3"}},
		{"keys that no role uses", six, map[string]string{"root": "2 k0 k1 k2", "snapshot": "1 k3"},
			[]string{"unused-key root v1: no role uses 2 keys that are listed: k4 and k5"}},
		{"a key that a role without a meaning uses", six, map[string]string{"root": "2 k0 k1 k2", "snapshot": "1 k3", "mirrors": "1 k4"},
			[]string{"unused-key root v1: no role uses the key k5"}},
		{"old fields", with("k0", aKey("0", map[string]any{"keyid_hash_algorithms": []string{"sha256"}})), map[string]string{"root": "2 k0 k1 k2", "snapshot": "1 k3", "timestamp": "1 k4 k5"},
			[]string{"keyid-hash-algorithms root v1: one key states it: k0"}},
		{"a key that nobody can read", with("k0", aKey("x", nil)), map[string]string{"root": "2 k0 k1 k2", "snapshot": "1 k3", "timestamp": "1 k4 k5"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			md, data := aRoot(t, c.keys, c.roles)
			if got := keysSaid(Root("root v1", md, data), finding.KeyIDMismatch); !slices.Equal(got, c.want) {
				t.Errorf("says\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(c.want, "\n  "))
			}
		})
	}
}

func TestTheIDOfAKeyIsItsDigest(t *testing.T) {
	owned := map[string]any{"x-tuf-on-ci-keyowner": "@ana"}
	algorithms := map[string]any{"keyid_hash_algorithms": []any{"sha256", "sha512"}}
	both := map[string]any{"x-tuf-on-ci-keyowner": "@ana", "keyid_hash_algorithms": []any{"sha256", "sha512"}}
	large := map[string]any{"x-serial": json.Number("12345678901234567890123")}
	long := func(key map[string]any) string {
		b, err := cjson.EncodeCanonical(key)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha512.Sum512(b)
		return hex.EncodeToString(sum[:])
	}
	for _, c := range []struct {
		name string
		id   string
		key  map[string]any
		want string
	}{
		{"the digest", keyDigest(aKey("1", nil)), aKey("1", nil), ""},
		{"in capitals", strings.ToUpper(keyDigest(aKey("a", nil))), aKey("a", nil), ""},
		{"with all fields", keyDigest(aKey("1", both)), aKey("1", both), ""},
		{"with a number that no float holds", keyDigest(aKey("1", large)), aKey("1", large), ""},
		{"SHA-512, where the key states it", long(aKey("1", algorithms)), aKey("1", algorithms), ""},
		{"SHA-512, where the key does not", long(aKey("1", nil)), aKey("1", nil), "not the digest of the key"},
		{"without the owner", keyDigest(aKey("1", nil)), aKey("1", owned), "the digest of keytype, scheme and keyval alone, without the other fields"},
		{"with a field that is gone", keyDigest(aKey("1", algorithms)), aKey("1", nil), "the digest of the key with keyid_hash_algorithms and without the other fields, and it is listed otherwise"},
		{"of another key", keyDigest(aKey("2", nil)), aKey("1", nil), "not the digest of the key"},
		{"a name", "ana", aKey("1", nil), "not the digest of the key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			raw, err := json.Marshal(c.key)
			if err != nil {
				t.Fatal(err)
			}
			if got := idMismatch(c.id, raw); got != c.want {
				t.Errorf("it is %q, want %q", got, c.want)
			}
		})
	}
	for _, raw := range []string{"", "null", "[]", `"a"`, `{"a":1.5}`, "{"} {
		if got := idMismatch("a", json.RawMessage(raw)); got != "" {
			t.Errorf("%s: %q", raw, got)
		}
	}
}

func TestWhatChangedFromOneRootToTheNext(t *testing.T) {
	keys := map[string]any{"k5": aKey("0", map[string]any{"x-tuf-on-ci-keyowner": "@ana"})}
	for i := range 5 {
		keys[fmt.Sprint("k", i)] = aKey(fmt.Sprint(i), nil)
	}
	turned := map[string]any{"k0": aKey("7", nil), "k1": keys["k1"]}
	for _, c := range []struct {
		name          string
		before, after map[string]string
		keys          map[string]any // of the later one
		want          []string
	}{
		{"nothing", map[string]string{"root": "2 k0 k1", "targets": "1 k2"}, map[string]string{"root": "2 k1 k0", "targets": "1 k2"}, keys, nil},
		{"another key", map[string]string{"root": "2 k0 k1"}, map[string]string{"root": "2 k0 k2"}, keys, []string{"keys-changed root v2: root: added k2; removed k1"}},
		{"another threshold", map[string]string{"root": "2 k0 k1"}, map[string]string{"root": "1 k0 k1"}, keys, []string{"keys-changed root v2: root: threshold 1, before 2"}},
		{"two roles alike", map[string]string{"root": "1 k0", "targets": "1 k0"}, map[string]string{"root": "1 k1", "targets": "1 k1"}, keys, []string{"keys-changed root v2: root and targets: added k1; removed k0"}},
		{"two roles in different ways", map[string]string{"root": "1 k0", "targets": "1 k1"}, map[string]string{"root": "1 k0 k2", "targets": "1 k1 k3"}, keys,
			[]string{"keys-changed root v2: root: added k2", "keys-changed root v2: targets: added k3"}},
		{"another id of the same key", map[string]string{"root": "1 k0 k1"}, map[string]string{"root": "1 k5 k1"}, keys, []string{"keys-changed root v2: root: k0 is now k5 (@ana)"}},
		{"another key under the same id", map[string]string{"root": "1 k0 k1"}, map[string]string{"root": "1 k0 k1"}, turned, []string{"keys-changed root v2: root: k0 is another key now"}},
		{"a role that was not there", map[string]string{"root": "1 k0"}, map[string]string{"root": "1 k0", "targets": "1 k1"}, keys, []string{"keys-changed root v2: targets: added k1; threshold 1, before 0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			before, _ := aRoot(t, keys, c.before)
			after, _ := aRoot(t, c.keys, c.after)
			if got := keysSaid(Rotation("root v2", before, after)); !slices.Equal(got, c.want) {
				t.Errorf("says %q, want %q", got, c.want)
			}
		})
	}
}

// nothing is what a role lists that only delegates.
func nothing(func(Target) bool) {}

// aTargets is a targets role that delegates to n roles with the same keys.

func aTargets(t testing.TB, n, threshold int, ids []string, keys map[string]any) (*metadata.Metadata[metadata.TargetsType], []byte) {
	t.Helper()
	roles := []any{}
	for i := range n {
		roles = append(roles, map[string]any{"name": fmt.Sprintf("bin-%04x", i), "keyids": ids, "threshold": threshold, "terminating": false, "paths": []string{fmt.Sprintf("%04x/*", i)}})
	}
	data, err := json.Marshal(map[string]any{"signatures": []any{}, "signed": map[string]any{
		"_type": "targets", "spec_version": "1.0.31", "version": 1, "expires": "2030-01-01T00:00:00Z", "targets": map[string]any{},
		"delegations": map[string]any{"keys": keys, "roles": roles},
	}})
	if err != nil {
		t.Fatal(err)
	}
	md, err := metadata.Targets().FromBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	return md, data
}

func TestManyRolesWithTheSameKeysAreToldOnce(t *testing.T) {
	one, two := aKey("1", nil), aKey("1", map[string]any{"x-tuf-on-ci-keyowner": "@ana"})
	a, b := keyDigest(one), keyDigest(two)
	md, data := aTargets(t, 16384, 2, []string{a, b}, map[string]any{a: one, b: two})
	got := Targets("targets", md, data, nothing)
	if len(got) != 1 || got[0].ID != finding.DuplicateKey {
		t.Fatalf("says %q", keysSaid(got))
	}
	for _, part := range []string{"under 2 ids", "(@ana)", "bin-0000, bin-0001", "16,376 more roles can reach the threshold of 2 only where"} {
		if !strings.Contains(got[0].Message, part) {
			t.Errorf("%q does not say %q", got[0].Message, part)
		}
	}
}

func TestAThousandOddKeysAreToldInFewFindings(t *testing.T) {
	keys := map[string]any{}
	for i := range 2000 {
		keys[fmt.Sprintf("key-%04d", i)] = aKey(fmt.Sprint(i/2%10), map[string]any{"n": i / 2})
	}
	md, data := aTargets(t, 1, 1, []string{"key-0000"}, keys)
	got := Targets("targets", md, data, nothing)
	if len(got) > 20 {
		t.Errorf("%d findings", len(got))
	}
	for _, f := range got {
		if len(f.Message) > 2000 {
			t.Errorf("%s is %d bytes long", f.ID, len(f.Message))
		}
	}
}

func TestNamesInAMessage(t *testing.T) {
	for n, want := range map[int]string{0: "", 1: "a", 2: "a and a", 3: "a, a and a", 9: "a, a, a, a, a, a, a, a and a", 12: "a, a, a, a, a, a, a, a and 4 more"} {
		if got := Enumerate(slices.Repeat([]string{"a"}, n)); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

// FuzzRootKeys says something sensible, and printable, of any root that go-tuf reads.
func FuzzRootKeys(f *testing.F) {
	_, data := aRoot(f, map[string]any{"a": aKey("1", map[string]any{"x-tuf-on-ci-keyowner": "@ana"}), "b": aKey("1", nil)}, map[string]string{"root": "1 a b", "timestamp": "1 a"})
	f.Add(data, data)
	f.Fuzz(func(t *testing.T, one, two []byte) {
		defer func() {
			// go-tuf's types may hold nulls: the caller guards against what follows.
			_ = recover()
		}()
		a, err := metadata.Root().FromBytes(one)
		if err != nil {
			return
		}
		list := Root("root v1", a, one)
		if b, err := metadata.Root().FromBytes(two); err == nil {
			list = append(list, Rotation("root v2", a, b)...)
		}
		for _, f := range list {
			if len(f.Message) > 20_000 || strings.ContainsAny(f.Message, "\n\r\t\x1b\x00") {
				t.Errorf("%s says %q", f.ID, f.Message)
			}
		}
	})
}

func BenchmarkKeysOfHashBins(b *testing.B) {
	one := aKey("1", nil)
	id := keyDigest(one)
	md, data := aTargets(b, 16384, 1, []string{id}, map[string]any{id: one})
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		Targets("targets", md, data, nothing)
	}
}
