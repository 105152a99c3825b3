package trust

import (
	"bytes"
	"encoding/json"
	"sync"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/canon"
	"example.com/tufinspect/internal/safe"
)

// maxReceived is the largest file of which it is looked at what go-tuf makes of it, in
// bytes: that takes a multiple of it in memory.
const maxReceived = 16 << 20

// maxDiffers is how many differing fields are named.
const maxDiffers = 5

// received is a signed object as it came, where go-tuf makes another one of it: go-tuf
// does not verify signatures over what it received, but over what it writes itself
// after reading. Nothing in it changes.
type received struct {
	message    []byte             // its canonical form
	signatures map[string][]byte  // by key id
	differs    []canon.Difference // A is what was received, B what go-tuf writes
	more       int                // how many more fields differ
	unwritable string             // why go-tuf cannot write it at all, or ""
}

// receive compares the file with what go-tuf makes of it, when asked the first time. It
// gives nil if go-tuf writes what it read, and if that cannot be told. It is expensive.
func receive[T metadata.Roles](data []byte, md *metadata.Metadata[T]) func() *received {
	return sync.OnceValue(func() *received {
		if md == nil || len(data) > maxReceived {
			return nil
		}
		var r *received
		if err := guard("looking at what go-tuf writes", func() error { r = compare(data, md); return nil }); err != nil {
			return nil
		}
		return r
	})
}

func compare[T metadata.Roles](data []byte, md *metadata.Metadata[T]) *received {
	came, err := canon.Signed(data)
	if err != nil {
		return nil
	}
	r := &received{signatures: map[string][]byte{}}
	if r.message, err = canon.Encode(came); err != nil {
		return nil // nobody can verify it
	}
	for _, s := range md.Signatures {
		r.signatures[s.KeyID] = s.Signature
	}
	message, err := cjson.EncodeCanonical(md.Signed) // as go-tuf does it
	switch {
	case err != nil:
		r.unwritable = plain(err)
	case bytes.Equal(message, r.message):
		return nil
	}
	if written, err := json.Marshal(md.Signed); err == nil {
		made, err := canon.Parse(written)
		if err != nil {
			return nil
		}
		r.differs, r.more = canon.Differences("signed", came, made, maxDiffers)
	}
	if r.unwritable == "" && len(r.differs) == 0 {
		return nil // what cannot be named is not said
	}
	return r
}

// signers are the keys of a role whose signatures are good over what was received,
// printable, and how many different keys they are.
func (r *received) signers(d duty, limits Limits) (ids map[string]bool, n int) {
	ids = map[string]bool{}
	seen := map[[32]byte]bool{}
	work := limits.Work
	for i, id := range d.ids {
		key, sig := d.keys[id], r.signatures[id]
		if work -= int64(len(r.message)); key == nil || len(sig) == 0 || work < 0 || i >= limits.Signers {
			continue
		}
		_ = guard("verifying what was received", func() error {
			used := useKey(key)
			err := used.err
			if err == nil {
				err = used.verify(key, r.message, sig)
			}
			if err == nil {
				ids[safe.Text(id)] = true
				seen[used.print] = true
			}
			return err
		})
	}
	return ids, len(seen)
}

// enough tells whether the threshold of each of several duties is met over what was
// received. A root has two.
func (r *received) enough(duties []stated, limits Limits) bool {
	for _, s := range duties {
		d := s.duty
		if _, n := r.signers(d, limits); n < d.threshold || d.threshold < 1 {
			return false
		}
	}
	return len(duties) > 0
}
