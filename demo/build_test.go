package demo_test

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"github.com/secure-systems-lab/go-securesystemslib/cjson"
	"github.com/theupdateframework/go-tuf/v2/metadata"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is a moment that keeps built bytes the same from run to run.
var start = time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)

func build(t testing.TB, s demo.Spec) *demo.Repository {
	t.Helper()
	repo, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

// many gives n targets of a size each.
func many(n int, size int64) []demo.Target {
	targets := make([]demo.Target, n)
	for i := range targets {
		targets[i] = demo.Target{Path: fmt.Sprintf("pkg/%03d/file-%06d.bin", i%100, i), Size: size}
	}
	return targets
}

// rich is a spec that uses most of what there is.
func rich() demo.Spec {
	return demo.Spec{
		Seed: 7, Start: start, Roots: 3, Rotate: []string{"root", "targets"},
		Root:        demo.Role{Keys: demo.OwnedKeys("root", "@ana", "@ben", "@chloe"), Threshold: 2},
		TargetsRole: demo.Role{Keys: demo.OwnedKeys("targets", "@ana", "@ben"), Threshold: 2, Version: 4},
		Targets: []demo.Target{
			{Path: "a.txt", Content: []byte("hello")},
			{Path: "deep/er/b.bin", Size: 100_001, Hashes: demo.BothHashes(), Custom: json.RawMessage(`{"k":[1,"ü\\"]}`)},
			{Path: "empty", Hashes: []string{demo.SHA512}},
		},
		Delegations: []demo.Delegation{
			{
				Name: "team/one", Paths: []string{"one/*", "*/shared/*"}, Role: demo.Role{Keys: demo.NewKeys("one", 3), Threshold: 2},
				Targets: []demo.Target{{Path: "one/x", Size: 10}},
				Delegations: []demo.Delegation{
					{Name: "shared", Paths: []string{"one/shared/*"}, Targets: []demo.Target{{Path: "one/shared/y", Size: 11}, {Path: "two/shared/z", Size: 12}},
						Delegations: []demo.Delegation{{Name: "team/one", Same: true, Paths: []string{"one/shared/*"}}}},
				},
			},
			{
				Name: "two", Paths: []string{"two/*/*"}, Terminating: true,
				Delegations: []demo.Delegation{{Name: "shared", Same: true, Paths: []string{"two/shared/*"}}},
			},
			{Name: "three", Paths: []string{"three/*/*"}, Bins: &demo.Bins{Count: 16, Prefix: "b", Succinct: true, Targets: []demo.Target{{Path: "three/a/b", Size: 3}, {Path: "three/a/c", Size: 4}}}},
		},
	}
}

func TestTheSameSpecGivesTheSameBytes(t *testing.T) {
	for _, kind := range []demo.KeyType{demo.Ed25519, demo.ECDSA, demo.ECDSA384, demo.RSA} {
		t.Run(kind.String(), func(t *testing.T) {
			s := rich()
			if kind == demo.RSA {
				// One key is enough: they cost more than all the rest.
				s = demo.Spec{Start: start, Snapshot: demo.Role{Keys: []demo.Key{{Name: "s", Type: kind}}}}
			} else {
				s.Keys = kind
			}
			one, two := build(t, s), build(t, s)
			s.Seed++
			other := build(t, s)
			if fmt.Sprint(one.Paths()) != fmt.Sprint(two.Paths()) {
				t.Fatalf("other paths:\n%v\n%v", one.Paths(), two.Paths())
			}
			for _, p := range one.Paths() {
				a, _ := one.ReadFile(p)
				b, _ := two.ReadFile(p)
				if !bytes.Equal(a, b) {
					t.Errorf("%s differs between two builds", p)
				}
			}
			if bytes.Equal(one.Root(1), other.Root(1)) {
				t.Error("another seed gives the same root")
			}
		})
	}
}

// Every file must be in the form that go-tuf re-encodes it to: it verifies
// signatures over its own encoding.
func TestDocumentsAreInGoTufsCanonicalForm(t *testing.T) {
	s := rich()
	s.Root.Extra = map[string]any{"x-tuf-on-ci-expiry-period": 365}
	repo := build(t, s)
	seen := 0
	for _, p := range repo.Paths() {
		data, _ := repo.ReadFile(p)
		var file struct {
			Signed json.RawMessage `json:"signed"`
		}
		var kind struct {
			Signed struct {
				Type string `json:"_type"`
			} `json:"signed"`
		}
		if json.Unmarshal(data, &file) != nil || json.Unmarshal(data, &kind) != nil {
			continue
		}
		var again any
		var err error
		switch kind.Signed.Type {
		case "root":
			var m *metadata.Metadata[metadata.RootType]
			m, err = metadata.Root().FromBytes(data)
			again = m.Signed
		case "timestamp":
			var m *metadata.Metadata[metadata.TimestampType]
			m, err = metadata.Timestamp().FromBytes(data)
			again = m.Signed
		case "snapshot":
			var m *metadata.Metadata[metadata.SnapshotType]
			m, err = metadata.Snapshot().FromBytes(data)
			again = m.Signed
		case "targets":
			var m *metadata.Metadata[metadata.TargetsType]
			m, err = metadata.Targets().FromBytes(data)
			again = m.Signed
		default:
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		want, _ := cjson.EncodeCanonical(file.Signed)
		got, _ := cjson.EncodeCanonical(again)
		if !bytes.Equal(got, want) {
			t.Errorf("%s: go-tuf re-encodes\n%s\nas\n%s", p, want, got)
		}
		seen++
	}
	if want := 3 + 1 + 1 + 5 + 16; seen != want {
		t.Errorf("looked at %d metadata files, want %d", seen, want)
	}
}

func BenchmarkBuild(b *testing.B) {
	for name, s := range map[string]demo.Spec{
		"5,000 targets of 4 KiB":              {Targets: many(5000, 4<<10)},
		"20,000 targets of 1 KiB in 256 bins": {Bins: &demo.Bins{Count: 256, Targets: many(20_000, 1<<10)}},
		"100,000 targets in one role":         {Targets: many(100_000, 16)},
		"512 MiB in one target":               {Targets: many(1, 512<<20)},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				build(b, s)
			}
		})
	}
}

// sumsTo tells whether data has the hashes.
func sumsTo(data []byte, hashes map[string]string) bool {
	for a, want := range hashes {
		got := fmt.Sprintf("%x", sha512.Sum512(data))
		if a == demo.SHA256 {
			got = fmt.Sprintf("%x", sha256.Sum256(data))
		}
		if got != want {
			return false
		}
	}
	return len(hashes) > 0
}
