package engine

import (
	"crypto/sha256"
	"testing"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// An item's address is the one that the source gives, whether targets share its
// parts or not.
func TestAddressesArePutTogetherAsTheSourceGivesThem(t *testing.T) {
	source, err := fetch.New(fetch.Options{Proxy: "none"})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	paths := []string{"a", "a/b.tar.zst", "a/b/c", "a b", "a%2Fb", "q?x#y", "größe/x", "x/\u202ey", "~a+b@c:d", "targets", "a/a/a", "", "b"}
	for _, base := range []string{"https://tuf.example.org/targets", "http://user:secret@h:8080/r/?key=value", "/srv/tuf/targets"} {
		for _, hashed := range []bool{false, true} {
			var last *Site
			shared := 0
			for id, p := range paths {
				sum := sha256.Sum256([]byte(p))
				spec := ItemSpec{ID: ItemID(id + 1), Of: ItemID(id), Kind: Copy, Path: safe.Text(p), Hashes: []trust.Hash{{Algorithm: "sha256"}, {Algorithm: "sha512", Sum: sum[:]}}}
				name := p
				if hashed {
					name = trust.HashedName(p, sum[:])
				}
				want, err := source.Locate(fetch.File{Base: base, Name: name})
				if err != nil {
					continue // no address at all
				}
				if spec.Site = SiteOf(want); spec.Path == p {
					spec.Site = siteFor(last, name, want, hashed)
				}
				if got := spec.URL(); got != want {
					t.Errorf("%q has the address %s, want %s", p, got, want)
				}
				if spec.Site == last {
					shared++
				}
				if spec.Site.named {
					last = spec.Site
				}
			}
			if shared < 4 {
				t.Errorf("only %d targets of %s share a site", shared, base)
			}
		}
	}
	if s := (ItemSpec{Path: "a"}); s.URL() != "" {
		t.Errorf("a file that cannot be fetched safely has the address %q", s.URL())
	}
}
