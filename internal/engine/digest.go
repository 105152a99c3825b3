package engine

import (
	"bytes"
	"encoding/hex"
	"hash"
	"sync"

	"example.com/tufinspect/internal/trust"
)

// digest hashes a stream with every algorithm that a target lists. It keeps no
// bytes of the stream.
type digest struct {
	algorithms string // "sha256 sha512": the key of its pool
	hashes     []hash.Hash
	n          int64           // bytes so far
	side       *aside          // has all hashes but the first, or is nil
	fault      *InspectorFault // a panic while it was hashed aside: it is of no use
}

// Write feeds all hashes; it never fails.
func (d *digest) Write(p []byte) (int, error) {
	own := d.hashes
	if d.side != nil {
		d.side.write(p)
		own = own[:1]
	}
	for _, h := range own {
		h.Write(p)
	}
	d.n += int64(len(p))
	return len(p), nil
}

// settle waits for what is hashed aside. Later bytes are hashed by their writer.
func (d *digest) settle() {
	if d.side != nil {
		d.fault = d.side.finish()
		d.side = nil
	}
}

// mismatch says which hash differs.
type mismatch struct {
	algorithm, want, got string
}

// reset forgets all bytes.
func (d *digest) reset() {
	d.settle()
	for _, h := range d.hashes {
		h.Reset()
	}
	d.n = 0
}

// compare checks the stream so far against every listed hash, in their order, and
// gives the first that differs, or nil.
func (d *digest) compare(want []trust.Hash) *mismatch {
	for i, w := range want {
		if got := d.hashes[i].Sum(nil); !bytes.Equal(got, w.Sum) {
			return &mismatch{w.Algorithm, hex.EncodeToString(w.Sum), hex.EncodeToString(got)}
		}
	}
	return nil
}

// digestPool reuses digests within a run: thousands of small targets would
// otherwise make thousands of hash states.
type digestPool struct{ byAlgorithms sync.Map } // string → *sync.Pool

func (p *digestPool) get(hashes []trust.Hash) *digest {
	key := ""
	for _, h := range hashes {
		key += h.Algorithm + " "
	}
	pool, ok := p.byAlgorithms.Load(key)
	if !ok {
		pool, _ = p.byAlgorithms.LoadOrStore(key, &sync.Pool{})
	}
	if d, ok := pool.(*sync.Pool).Get().(*digest); ok {
		d.reset()
		return d
	}
	d := &digest{algorithms: key}
	for _, h := range hashes {
		d.hashes = append(d.hashes, h.New())
	}
	return d
}

func (p *digestPool) put(d *digest) {
	if pool, ok := p.byAlgorithms.Load(d.algorithms); ok {
		pool.(*sync.Pool).Put(d)
	}
}
