package trust

import (
	"strings"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/canon"
)

// opened gives what go-tuf and this package make of a targets file.
func opened(t *testing.T, data []byte) (*metadata.Metadata[metadata.TargetsType], *received) {
	t.Helper()
	md, err := metadata.Targets().FromBytes(data)
	if err != nil {
		t.Fatal(err)
	}
	return md, receive(data, md)()
}

// Every way in which go-tuf writes otherwise than it reads, found by writing it.
func TestWhatIsRightIsSaid(t *testing.T) {
	const frame = `{"signatures":[],"signed":{"_type":"targets","spec_version":"1.0.31","version":1,"expires":"2026-05-30T12:00:00Z","targets":{}@}}`
	plain := func(s string) string { return strings.Replace(frame, "@", s, 1) }
	for _, c := range []struct{ name, file, want string }{
		{"as go-tuf writes it", plain(``), ""},
		{"white space and order", plain(` , "a" : [ 1, { } ] `), ""},
		{"escapes", plain(`,"a":"\u003c\/\u00e9"`), ""},
		{"an unknown field of null", plain(`,"a":null`), ""},
		{"an offset", strings.Replace(plain(``), "00Z", "00+00:00", 1), "signed.expires is \"2026-05-30T12:00:00+00:00\" in the file and \"2026-05-30T12:00:00Z\" there; write it as 2026-05-30T12:00:00Z"},
		{"another offset", strings.Replace(plain(``), "00Z", "00+02:00", 1), ""},
		{"a fraction that ends", strings.Replace(plain(``), "00Z", "00.5Z", 1), ""},
		{"no targets", strings.Replace(plain(``), `,"targets":{}`, ``, 1), "signed.targets is left out in the file and null there; write it as an empty object or list, or as what was meant"},
		{"delegations of null", plain(`,"delegations":null`), "signed.delegations is null in the file and left out there; leave it out"},
		{"no keys", plain(`,"delegations":{"roles":[]}`), "signed.delegations.keys is left out in the file and null there; write it as an empty object or list, or as what was meant"},
		{"roles and succinct roles", plain(`,"delegations":{"keys":{},"roles":[],"succinct_roles":{"keyids":[],"threshold":1,"bit_length":1,"name_prefix":"b"}}`), `signed.delegations.succinct_roles is {"bit_length":1,"keyids":[],"name_prefix":"b","threshold":1} in the file and left out there; leave it out`},
		{"another size of letters", plain(`,"VERSION":2`), "signed.version is 1 in the file and 2 there; write it as 2"},
		{"a number that is rounded", plain(`,"a":[0,9007199254740993]`), "signed.a[1] is 9007199254740993 in the file and 9007199254740992 there; write whole numbers above 2^53 as texts"},
		{"a number beyond 64 bits", plain(`,"a":18446744073709551617`), "; it cannot write this: Can't canonicalize floating point number '18446744073709552000'; write whole numbers above 2^53 as texts"},
		{"the same in a custom object", strings.Replace(plain(``), `{}`, `{"a":{"length":1,"hashes":{"sha256":"aa"},"custom":{"n":18446744073709551617}}}`, 1), "; it cannot write this: Can't canonicalize floating point number '18446744073709551617'; write whole"},
		{"paths and hash prefixes", plain(`,"delegations":{"keys":{},"roles":[{"name":"r","keyids":[],"threshold":1,"terminating":false,"paths":[],"path_hash_prefixes":[]}]}`), `not allowed to have both "paths" and "path_hash_prefixes"`},
		{"two fields", plain(`,"delegations":{"roles":null}`), "(and one more field differs); write it as an empty"},
		{"two names", strings.Replace(plain(``), `{}`, `{"a":{"length":1,"hashes":{"sha256":"aa"}}},"targets":{}`, 1), `signed.targets.a is left out in the file and {"hashes":{"sha256":"aa"},"length":1} there; write it out`},
		{"a number that is not whole has no form at all", plain(`,"a":1.5`), ""},
	} {
		_, r := opened(t, []byte(c.file))
		switch {
		case r == nil && c.want != "":
			t.Errorf("%s: go-tuf is said to write it as it is", c.name)
		case r != nil && (c.want == "" || !strings.Contains(r.difference(), c.want)):
			t.Errorf("%s: it says %q, want %q", c.name, r.difference(), c.want)
		}
	}
}

// What is verified over a file that go-tuf writes as it read it is what go-tuf verifies.
func TestSignaturesOverWhatWasReceivedAreThoseOfGoTUF(t *testing.T) {
	for _, kind := range []demo.KeyType{demo.Ed25519, demo.ECDSA, demo.RSA} {
		t.Run(kind.String(), func(t *testing.T) {
			keys := []demo.Key{{Name: "a"}, {Name: "b"}, {Name: "a", ID: strings.Repeat("0", 64)}}
			repo := build(t, demo.Spec{Keys: kind, TargetsRole: demo.Role{Keys: keys, Threshold: 2, Signatures: append(demo.SignedBy(keys[0], keys[2]), demo.Signature{By: keys[1], Kind: demo.Bad})}})
			root, err := metadata.Root().FromBytes(repo.Root(1))
			if err != nil {
				t.Fatal(err)
			}
			data := mustRead(t, repo, repo.MetaFile("targets"))
			md, r := opened(t, data)
			if r != nil {
				t.Fatalf("go-tuf writes it otherwise: %s", r.difference())
			}
			came, err := canon.Signed(data)
			if err != nil {
				t.Fatal(err)
			}
			r = &received{signatures: map[string][]byte{}}
			if r.message, err = canon.Encode(came); err != nil {
				t.Fatal(err)
			}
			for _, s := range md.Signatures {
				r.signatures[s.KeyID] = s.Signature
			}
			d := rootDuty(root, metadata.TARGETS)
			ids, n := r.signers(d, DefaultLimits())
			for _, id := range d.ids {
				if want := byGoTUF(id, d.keys[id], md) == nil; ids[id] != want {
					t.Errorf("key %s verifies: %t, and go-tuf says %t", id, ids[id], want)
				}
			}
			if n != 1 || r.enough([]stated{{duty: d}}, DefaultLimits()) {
				t.Errorf("one key under two ids counts %d times", n)
			}
			d.threshold = 1
			if !r.enough([]stated{{duty: d}, {duty: d}}, DefaultLimits()) {
				t.Error("one of one is not enough")
			}
			if d.threshold = 0; r.enough([]stated{{duty: d}}, DefaultLimits()) || r.enough(nil, DefaultLimits()) {
				t.Error("a threshold of nothing is met")
			}
		})
	}
}
