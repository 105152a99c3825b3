package trust

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/demo"
)

// Whatever targets are packed together, each one keeps what was listed for it, is found
// under its path and under no other, and shares nothing that an append could reach.
func TestPackedTargetsAreThoseThatWereListed(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	parts := []string{"", "a", "a/", "b", "\x00", "\xff", "ä", "%", "/", "aa", "A", ".", "~", "\U0010ffff"}
	for range 300 {
		listed := map[string]*metadata.TargetFiles{}
		for range random.IntN(60) {
			path := ""
			for range random.IntN(4) {
				path += parts[random.IntN(len(parts))]
			}
			hashes := metadata.Hashes{}
			for _, alg := range []string{"sha256", "sha512", "md5", "", "SHA256"} {
				if random.IntN(3) == 0 {
					hashes[alg] = bytes.Repeat([]byte{byte(random.IntN(256))}, random.IntN(65))
				}
			}
			listed[path] = &metadata.TargetFiles{Length: random.Int64(), Hashes: hashes}
		}
		c := &content{targets: pack(slices.Sorted(maps.Keys(listed)), listed)}
		if len(c.targets) != len(listed) || !slices.IsSortedFunc(c.targets, func(a, b Target) int { return strings.Compare(a.Path, b.Path) }) {
			t.Fatalf("%d targets of %d, or not in order", len(c.targets), len(listed))
		}
		for i := range c.targets { // whoever appends to a part gets a copy
			own := &c.targets[i]
			_ = append(own.Hashes, Hash{"evil", nil})
			for _, h := range own.Hashes {
				_ = append(h.Sum, 0xee)
			}
		}
		for path, want := range listed {
			for _, got := range []*Target{c.target(path), c.target(path).Clone()} {
				if got == nil || got.Path != path || got.Length != want.Length || len(got.Hashes) != len(want.Hashes) {
					t.Fatalf("%q: %+v, want %+v", path, got, want)
				}
				for i, h := range got.Hashes {
					if !bytes.Equal(h.Sum, want.Hashes[h.Algorithm]) || i > 0 && got.Hashes[i-1].Algorithm >= h.Algorithm {
						t.Fatalf("%q: %+v, want %+v", path, got, want)
					}
				}
			}
			for _, other := range []string{path + "\x00", path + "a", "a" + path, strings.TrimSuffix(path, "a")} {
				if got := c.target(other); (got != nil) != (listed[other] != nil) || got != nil && got.Path != other {
					t.Fatalf("under %q is %+v", other, got)
				}
			}
		}
	}
}

// Targets of a file that came again as it was are not kept twice: whoever was given
// them holds on to them.
func TestAFileThatComesAgainAsItWasIsKeptOnce(t *testing.T) {
	spec := demo.Spec{}
	for i := range 10 {
		spec.Targets = append(spec.Targets, demo.Target{Path: fmt.Sprint("t", i), Size: 1})
	}
	repo := build(t, spec)
	d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
	f := d.w.targets
	before := &f.content.targets[0]
	for range 3 {
		d.redeliver(f.need)
		if &f.content.targets[0] != before || len(f.content.targets) != 10 {
			t.Fatal("its targets are kept anew")
		}
	}
}
