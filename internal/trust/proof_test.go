package trust

import (
	"crypto/ed25519"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/demo"
)

// asRoot is a root that says this of a role.
func (d duty) asRoot(role string) *metadata.Metadata[metadata.RootType] {
	return &metadata.Metadata[metadata.RootType]{Signed: metadata.RootType{
		Keys: d.keys, Roles: map[string]*metadata.Role{role: {KeyIDs: d.ids, Threshold: d.threshold}},
	}}
}

// byGoTUF asks go-tuf whether a key has signed.
func byGoTUF[T metadata.Roles](id string, key *metadata.Key, md *metadata.Metadata[T]) error {
	d := duty{keys: map[string]*metadata.Key{id: key}, ids: []string{id}, threshold: 1}
	return guard("Metadata.VerifyDelegate", func() error { return d.asRoot("r").VerifyDelegate("r", md) })
}

// Whatever keys a role has, and whoever signed it, as many signatures count as go-tuf
// counts, and a key that it cannot use is no less in the way.
func TestSignaturesCountAsGoTUFCountsThem(t *testing.T) {
	keys := []demo.Key{
		{Name: "a"}, {Name: "b", Type: demo.ECDSA}, {Name: "c", Type: demo.RSA}, {Name: "d", Type: demo.ECDSA384},
		{Name: "a", ID: "another id of a"}, {Name: "b", Type: demo.ECDSA, ID: "another id of b"}, {Name: "e"}, {Name: "f", Type: demo.WeakRSA},
	}
	random := rand.New(rand.NewPCG(7, 7))
	spec := demo.Spec{TargetsRole: demo.Role{Keys: keys, Threshold: 1}, Targets: manyTargets(3)}
	for _, k := range keys {
		kind := []demo.Signature{{By: k}, {By: k, Kind: demo.Bad}}[random.IntN(2)]
		if k.Name != "e" {
			spec.TargetsRole.Signatures = append(spec.TargetsRole.Signatures, kind)
		}
	}
	spec.TargetsRole.Signatures[0].Kind = 0
	repo := build(t, spec)
	root, err := metadata.Root().FromBytes(repo.Root(1))
	if err != nil {
		t.Fatal(err)
	}
	md, err := metadata.Targets().FromBytes(mustRead(t, repo, repo.MetaFile("targets")))
	if err != nil {
		t.Fatal(err)
	}
	all := rootDuty(root, metadata.TARGETS)
	p := proofOf(md)
	for _, id := range all.ids {
		if got, want := p.verify(id, all.keys[id]), byGoTUF(id, all.keys[id], md); (got == nil) != (want == nil) {
			t.Errorf("key %s: %v, and go-tuf says %v", id, got, want)
		}
	}
	broken := map[string]func(*metadata.Key){
		"no key":      func(k *metadata.Key) { k.Value.PublicKey = "" },
		"a short one": func(k *metadata.Key) { k.Type, k.Value.PublicKey = metadata.KeyTypeEd25519, "0011" },
		"an odd one": func(k *metadata.Key) {
			k.Type, k.Value.PublicKey = metadata.KeyTypeEd25519, hex.EncodeToString(make([]byte, ed25519.PublicKeySize))
		},
		"another type":  func(k *metadata.Key) { k.Type = "sigstore-oidc" },
		"rsa by name":   func(k *metadata.Key) { k.Type = metadata.KeyTypeRSASSA_PSS_SHA256 },
		"P-384 by name": func(k *metadata.Key) { k.Scheme = metadata.KeySchemeECDSA_SHA2_P384 },
		"no scheme":     func(k *metadata.Key) { k.Scheme = "" },
	}
	names := []string{"", "", "", "", "", "", "null", "not listed"}
	for name := range broken {
		names = append(names, name)
	}
	accepted := uint64(0)
	n := most(3000, 300)
	for i := range n {
		d := duty{keys: map[string]*metadata.Key{}, threshold: random.IntN(4)}
		what := fmt.Sprintf("threshold %d", d.threshold)
		for range random.IntN(6) {
			id := all.ids[random.IntN(len(all.ids))]
			key := *all.keys[id]
			name := names[random.IntN(len(names))]
			what += ", " + short(id) + " " + name
			d.ids = append(d.ids, id)
			d.keys[id] = &key
			switch f := broken[name]; {
			case f != nil:
				f(&key)
			case name == "null":
				d.keys[id] = nil
			case name == "not listed":
				delete(d.keys, id)
			}
		}
		want := guard("Metadata.VerifyDelegate", func() error { return d.asRoot("r").VerifyDelegate("r", md) })
		var got error
		if len(d.ids) == 0 || d.threshold < 1 {
			got = errNotPlain // as accepts asks before
		} else {
			got = proofOf(md).enough(d)
		}
		if (got == nil) != (want == nil) {
			t.Fatalf("%d: %s: %v, and go-tuf says %v", i, what, got, want)
		}
		if got == nil {
			accepted++
		}
	}
	if accepted < n/25 {
		t.Errorf("only %d of %d duties were met", accepted, n)
	}
}
