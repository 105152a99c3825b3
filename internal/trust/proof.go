package trust

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
	verifying "github.com/sigstore/sigstore/pkg/signature"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/lint"
)

// proof is what a file's signatures are verified over, which go-tuf writes anew for
// every key, and what came of each. It is not for concurrent use.
type proof struct {
	message    func() ([]byte, error)
	signatures map[string][]byte // by key id; those that are not empty
	verdicts   map[asked]error
	keys       map[*metadata.Key]*usedKey
}

// usedKey is a key in the form in which it verifies.
type usedKey struct {
	public crypto.PublicKey
	print  [sha256.Size]byte
	err    error // why go-tuf cannot read it
}

// asked is a key under its id: two delegators may list different keys under one.
type asked struct {
	id  string
	key *metadata.Key
}

// errUnverified says that a signature is not that of the key over the message.
var errUnverified = errors.New("the signature does not verify")

func newProof[T metadata.Roles](md *metadata.Metadata[T], message func() ([]byte, error)) *proof {
	p := &proof{message: message, signatures: map[string][]byte{}, verdicts: map[asked]error{}, keys: map[*metadata.Key]*usedKey{}}
	for _, s := range md.Signatures {
		if len(s.Signature) > 0 {
			p.signatures[s.KeyID] = s.Signature
		}
	}
	return p
}

// proofOf is over the canonical form that go-tuf writes, once it is needed.
func proofOf[T metadata.Roles](md *metadata.Metadata[T]) *proof {
	return newProof(md, sync.OnceValues(func() ([]byte, error) { return cjson.EncodeCanonical(md.Signed) }))
}

// verify tells whether a key has signed; the key is not nil. errUnverified says that it
// has not, and any other error that go-tuf cannot use the key or write the message.
func (p *proof) verify(id string, key *metadata.Key) error {
	q := asked{id, key}
	err, known := p.verdicts[q]
	if !known {
		err = guard("verifying a signature", func() error {
			used := p.use(key)
			if used.err != nil {
				return used.err
			}
			message, err := p.message()
			if err != nil {
				return err
			}
			return used.verify(key, message, p.signatures[id])
		})
		p.verdicts[q] = err
	}
	return err
}

// use reads a key, once.
func (p *proof) use(key *metadata.Key) *usedKey {
	used, ok := p.keys[key]
	if !ok {
		used = useKey(key)
		p.keys[key] = used
	}
	return used
}

func useKey(key *metadata.Key) *usedKey {
	u := &usedKey{}
	if key != nil {
		u.err = guard("Key.ToPublicKey", func() (err error) { u.public, u.print, err = lint.PublicKey(key); return err })
	}
	return u
}

// reason says why the signature of a key does not count, or "".
func (p *proof) reason(id string, key *metadata.Key) string {
	if p.verify(id, key) != nil {
		return doesNotVerify
	}
	return ""
}

// enough tells whether enough keys of a duty have signed, as Metadata.VerifyDelegate
// counts them: by public key, and not at all if one of them is not listed or cannot be
// used.
func (p *proof) enough(d duty) error {
	signed := map[[sha256.Size]byte]bool{}
	for _, id := range d.ids {
		key := d.keys[id]
		if key == nil {
			return fmt.Errorf("key %s is not listed", short(id))
		}
		switch err := p.verify(id, key); {
		case err == nil:
			signed[p.use(key).print] = true
		case !errors.Is(err, errUnverified):
			return err
		}
	}
	if n := len(signed); n < d.threshold || d.threshold < 1 {
		return fmt.Errorf("%d signatures of %d", n, d.threshold)
	}
	return nil
}

// verify verifies a signature with the verifier that go-tuf takes for the key. One that
// does not verify is errUnverified; other errors are about the key.
func (u *usedKey) verify(key *metadata.Key, message, sig []byte) error {
	hash := crypto.SHA256
	switch {
	case key.Type == metadata.KeyTypeEd25519:
		hash = 0
	case key.Scheme == metadata.KeySchemeECDSA_SHA2_P384:
		hash = crypto.SHA384
	}
	var v verifying.Verifier
	var err error
	if key.Type == metadata.KeyTypeRSASSA_PSS_SHA256 {
		pss, ok := u.public.(*rsa.PublicKey)
		if !ok {
			return errors.New("no RSA key")
		}
		v, err = verifying.LoadRSAPSSVerifier(pss, hash, &rsa.PSSOptions{Hash: crypto.SHA256})
	} else {
		v, err = verifying.LoadVerifier(u.public, hash)
	}
	switch {
	case err != nil:
		return err
	case len(sig) == 0:
		return errUnverified
	}
	if k, ok := u.public.(ed25519.PublicKey); ok {
		// This is all that the verifier does, after it has copied the message.
		if !ed25519.Verify(k, message, sig) {
			return errUnverified
		}
		return nil
	}
	if err := v.VerifySignature(bytes.NewReader(sig), bytes.NewReader(message)); err != nil {
		return fmt.Errorf("%w: %w", errUnverified, err)
	}
	return nil
}
