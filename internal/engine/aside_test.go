package engine

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"hash"
	"math/rand/v2"
	"strings"
	"testing"

	"example.com/tufinspect/internal/trust"
)

// both are the hashes of data, as a target lists them.
func both(data []byte) []trust.Hash {
	a, b := sha256.Sum256(data), sha512.Sum512(data)
	return []trust.Hash{{Algorithm: "sha256", Sum: a[:]}, {Algorithm: "sha512", Sum: b[:]}}
}

func TestHashingAsideGivesTheSameHashes(t *testing.T) {
	data := make([]byte, 3*asideBuffers*asideBuffer+12345)
	random := rand.NewChaCha8([32]byte{1})
	_, _ = random.Read(data)
	want := both(data)
	var pool digestPool
	for _, piece := range []int{1000, 64 << 10, asideBuffer, 1 << 20} {
		d := pool.get(want)
		d.side = lone(t, d)
		for rest := data; len(rest) > 0; {
			n := min(piece, len(rest))
			p := bytes.Clone(rest[:n])
			_, _ = d.Write(p)
			clear(p) // the writer uses its memory again
			rest = rest[n:]
		}
		d.settle()
		if bad := d.compare(want); bad != nil || d.fault != nil || d.n != int64(len(data)) {
			t.Errorf("in pieces of %d: %v, %v, %d bytes", piece, bad, d.fault, d.n)
		}
		pool.put(d)
	}
}

// lone gives what hashes aside where no other file is hashed and processors are there.
func lone(t *testing.T, d *digest) *aside {
	t.Helper()
	var s sides
	s.busy.Store(-1 << 20) // none of a million others
	side, end := s.begin(d.hashes, asideFrom)
	t.Cleanup(end)
	if side == nil {
		t.Fatal("nothing is hashed aside")
	}
	return side
}

func TestADigestThatIsResetHashesAnew(t *testing.T) {
	data := bytes.Repeat([]byte("abc"), asideBuffer)
	var pool digestPool
	d := pool.get(both(data))
	d.side = lone(t, d)
	_, _ = d.Write(data[:asideBuffer+7])
	d.reset()
	_, _ = d.Write(data)
	d.settle()
	if bad := d.compare(both(data)); bad != nil {
		t.Error(bad)
	}
}

func TestOnlyLargeFilesOfSeveralHashesAreHashedAsideAndFewAtATime(t *testing.T) {
	two := both(nil)
	var pool digestPool
	hashes := pool.get(two).hashes
	var s sides
	if side, end := s.begin(hashes, asideFrom-1); side != nil || s.busy.Load() != 0 {
		t.Error("a small one")
	} else {
		end()
	}
	if side, end := s.begin(hashes[:1], asideFrom); side != nil || s.busy.Load() != 1 {
		t.Error("one of one hash")
	} else {
		end()
	}
	s.busy.Store(1 << 20)
	if side, end := s.begin(hashes, asideFrom); side != nil {
		t.Error("one of many")
	} else {
		end()
	}
	if n := s.busy.Load(); n != 1<<20 {
		t.Errorf("%d are counted", n)
	}
}

// explodes panics when it is written to.
type explodes struct{ hash.Hash }

func (explodes) Write([]byte) (int, error) { panic(errors.New("boom")) }

func TestAPanicAsideIsTold(t *testing.T) {
	var pool digestPool
	d := pool.get(both(nil))
	d.hashes[1] = explodes{d.hashes[1]}
	d.side = lone(t, d)
	for range 2 * asideBuffers { // nobody takes these
		_, _ = d.Write(make([]byte, asideBuffer))
	}
	d.settle()
	if d.fault == nil || !strings.Contains(d.fault.Value, "boom") {
		t.Errorf("%+v", d.fault)
	}
}

// BenchmarkDigest hashes one large file whose bytes come in pieces of 64 KiB: with one
// algorithm, with two one after the other, and with two side by side.
func BenchmarkDigest(b *testing.B) {
	const size = 64 << 20
	piece := make([]byte, 64<<10)
	two := both(nil)
	for _, bb := range []struct {
		name   string
		hashes []trust.Hash
		aside  bool
	}{{"sha256", two[:1], false}, {"sha512", two[1:], false}, {"both", two, false}, {"aside", two, true}} {
		b.Run(bb.name, func(b *testing.B) {
			var pool digestPool
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				d := pool.get(bb.hashes)
				if bb.aside {
					var s sides
					d.side, _ = s.begin(d.hashes, size)
				}
				for range size / len(piece) {
					_, _ = d.Write(piece)
				}
				d.settle()
				pool.put(d)
			}
		})
	}
}
