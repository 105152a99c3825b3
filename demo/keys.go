package demo

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"math/big"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// KeyType is the algorithm of a key.
type KeyType uint8

// The types of keys. RSA keys cost about a second each to derive, those of 4096
// bits several, the others nothing to speak of.
const (
	DefaultKey KeyType = iota // the one that Spec.Keys states
	Ed25519
	ECDSA   // on P-256
	RSA     // 2048 bits, PSS with SHA-256
	WeakRSA // 1024 bits
	RSA4096
	ECDSA384 // on P-384
	numKeyTypes
)

var keyTypeNames = [numKeyTypes]string{"default", "ed25519", "ecdsa", "rsa", "weak-rsa", "rsa-4096", "ecdsa-p384"}

// String gives the type's name.
func (t KeyType) String() string {
	if int(t) < len(keyTypeNames) {
		return keyTypeNames[t]
	}
	return fmt.Sprintf("keytype(%d)", uint8(t))
}

// Key names a key. Its material is derived from Spec.Seed, Name and Type alone:
// the same name is the same key wherever it stands.
type Key struct {
	Name string
	Type KeyType
	// Owner is written into the key as x-tuf-on-ci-keyowner, if it is not "".
	Owner string
	// Online is written into it as x-tuf-on-ci-online-uri, likewise.
	Online string
	// HashAlgorithms writes keyid_hash_algorithms into it, as old tools do.
	HashAlgorithms bool
	// BareID takes the id of the key without the fields above.
	BareID bool
	// ID replaces the key's id, which otherwise is the SHA-256 of its canonical
	// form with all its fields.
	ID string
}

// NewKeys names n keys "name-1", "name-2", …
func NewKeys(name string, n int) []Key {
	keys := make([]Key, n)
	for i := range keys {
		keys[i] = Key{Name: fmt.Sprintf("%s-%d", name, i+1)}
	}
	return keys
}

// OwnedKeys names a key "name/owner" for each owner.
func OwnedKeys(name string, owners ...string) []Key {
	keys := make([]Key, len(owners))
	for i, o := range owners {
		keys[i] = Key{Name: name + "/" + o, Owner: o}
	}
	return keys
}

// Signature is one signature in a file, and how it was made.
type Signature struct {
	By   Key
	Kind SignatureKind
}

// SignatureKind is what a signature is worth.
type SignatureKind uint8

// The kinds of signatures.
const (
	Good  SignatureKind = iota // verifies
	Empty                      // "sig": "", as of a signer who has not signed yet
	Bad                        // well formed, made by the key over other bytes
)

// SignedBy gives a good signature by each key.
func SignedBy(keys ...Key) []Signature {
	sigs := make([]Signature, len(keys))
	for i, k := range keys {
		sigs[i] = Signature{By: k}
	}
	return sigs
}

// pair is a key with its material.
type pair struct {
	id      string
	doc     map[string]any // as it stands in a delegator
	private crypto.Signer
	seed    []byte
}

// keyring derives keys once.
type keyring struct {
	seed    uint64
	preset  KeyType
	pairs   map[Key]*pair
	private map[Key]crypto.Signer // by name and type alone
}

func newKeyring(seed uint64, preset KeyType) *keyring {
	if preset == DefaultKey {
		preset = Ed25519
	}
	return &keyring{seed: seed, preset: preset, pairs: map[Key]*pair{}, private: map[Key]crypto.Signer{}}
}

// pair gives the key's material, deriving it at the first call.
func (r *keyring) pair(k Key) (*pair, error) {
	if k.Type == DefaultKey {
		k.Type = r.preset
	}
	if p, ok := r.pairs[k]; ok {
		return p, nil
	}
	material := Key{Name: k.Name, Type: k.Type}
	seed := r.derive(material, 0)
	private, ok := r.private[material]
	if !ok {
		var err error
		if private, err = r.generate(material); err != nil {
			return nil, fmt.Errorf("deriving key %q: %w", k.Name, err)
		}
		r.private[material] = private
	}
	public, err := metadata.KeyFromPublicKey(private.Public())
	if err != nil {
		return nil, fmt.Errorf("describing key %q: %w", k.Name, err)
	}
	doc := map[string]any{
		"keytype": public.Type,
		"scheme":  public.Scheme,
		"keyval":  map[string]any{"public": public.Value.PublicKey},
	}
	if k.Type == ECDSA384 {
		public.Scheme = metadata.KeySchemeECDSA_SHA2_P384
		doc["scheme"] = public.Scheme
	}
	extra := map[string]any{}
	if k.Owner != "" {
		extra["x-tuf-on-ci-keyowner"] = k.Owner
	}
	if k.Online != "" {
		extra["x-tuf-on-ci-online-uri"] = k.Online
	}
	if k.HashAlgorithms {
		extra["keyid_hash_algorithms"] = []any{"sha256", "sha512"}
	}
	maps.Copy(doc, extra)
	if !k.BareID {
		// They take part in the id, as every field of a key does.
		public.UnrecognizedFields = extra
	}
	id := k.ID
	if id == "" {
		if id, err = public.ID(); err != nil {
			return nil, fmt.Errorf("naming key %q: %w", k.Name, err)
		}
	}
	p := &pair{id: id, doc: doc, private: private, seed: seed}
	r.pairs[k] = p
	return p, nil
}

// derive gives 32 bytes that depend on the seed, the key and n.
func (r *keyring) derive(k Key, n uint64) []byte {
	h := sha256.New()
	fmt.Fprintf(h, "key\x00%d\x00%d\x00%d\x00%s", r.seed, k.Type, n, k.Name)
	return h.Sum(nil)
}

func (r *keyring) generate(k Key) (crypto.Signer, error) {
	switch k.Type {
	case Ed25519:
		return ed25519.NewKeyFromSeed(r.derive(k, 0)), nil
	case ECDSA:
		for n := uint64(0); ; n++ {
			// All but one of 2³² values are scalars of the curve.
			if key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), r.derive(k, n)); err == nil {
				return key, nil
			}
		}
	case ECDSA384:
		for n := uint64(0); ; n += 2 {
			scalar := append(r.derive(k, n), r.derive(k, n+1)[:16]...)
			if key, err := ecdsa.ParseRawPrivateKey(elliptic.P384(), scalar); err == nil {
				return key, nil
			}
		}
	case RSA:
		return r.rsa(k, 2048)
	case RSA4096:
		return r.rsa(k, 4096)
	case WeakRSA:
		return r.rsa(k, 1024)
	default:
		return nil, fmt.Errorf("no such key type: %v", k.Type)
	}
}

// rsa derives a key by hand, because rsa.GenerateKey takes no seed any more.
func (r *keyring) rsa(k Key, bits int) (*rsa.PrivateKey, error) {
	const exponent = 65537
	var (
		e      = big.NewInt(exponent)
		one    = big.NewInt(1)
		stream = &counter{ring: r, key: k}
		primes []*big.Int
	)
	for len(primes) < 2 {
		buf := stream.next(bits / 16)
		buf[0] |= 0xc0 // the product of two such primes has all its bits
		buf[len(buf)-1] |= 1
		p := new(big.Int).SetBytes(buf)
		if !p.ProbablyPrime(4) || new(big.Int).GCD(nil, nil, e, new(big.Int).Sub(p, one)).Cmp(one) != 0 {
			continue
		}
		if len(primes) == 0 || primes[0].Cmp(p) != 0 {
			primes = append(primes, p)
		}
	}
	p, q := primes[0], primes[1]
	phi := new(big.Int).Mul(new(big.Int).Sub(p, one), new(big.Int).Sub(q, one))
	key := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: new(big.Int).Mul(p, q), E: exponent},
		D:         new(big.Int).ModInverse(e, phi),
		Primes:    primes,
	}
	key.Precompute()
	return key, key.Validate()
}

// counter is a stream of bytes from a keyring.
type counter struct {
	ring *keyring
	key  Key
	n    uint64
}

func (c *counter) next(n int) []byte {
	var b []byte
	for len(b) < n {
		c.n++
		b = append(b, c.ring.derive(c.key, c.n)...)
	}
	return b[:n]
}

// sign gives the signature of the message. All types give the same signature
// for the same message.
func (p *pair) sign(message []byte) ([]byte, error) {
	switch key := p.private.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(key, message), nil
	case *ecdsa.PrivateKey:
		// Without a source of randomness the signature follows RFC 6979.
		if key.Curve == elliptic.P384() {
			digest := sha512.Sum384(message)
			return key.Sign(nil, digest[:], crypto.SHA384)
		}
		digest := sha256.Sum256(message)
		return key.Sign(nil, digest[:], crypto.SHA256)
	case *rsa.PrivateKey:
		digest := sha256.Sum256(message)
		salt := sha256.Sum256(binary.BigEndian.AppendUint64(append(p.seed, digest[:]...), 0))
		return rsa.SignPSS(&repeat{salt[:]}, key, crypto.SHA256, digest[:], &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
	default:
		return nil, fmt.Errorf("cannot sign with a %T", key)
	}
}

// repeat reads the same bytes again and again.
type repeat struct{ b []byte }

func (r *repeat) Read(p []byte) (int, error) { return copy(p, r.b), nil }

// seal makes the signatures over the message as they stand in a file.
func (r *keyring) seal(message []byte, sigs []Signature) ([]any, error) {
	list := make([]any, 0, len(sigs))
	for _, s := range sigs {
		p, err := r.pair(s.By)
		if err != nil {
			return nil, err
		}
		var sig []byte
		switch s.Kind {
		case Good:
			sig, err = p.sign(message)
		case Bad:
			sig, err = p.sign(append([]byte("not "), message...))
		case Empty:
		default:
			err = fmt.Errorf("no such kind of signature: %d", s.Kind)
		}
		if err != nil {
			return nil, fmt.Errorf("signing with %q: %w", s.By.Name, err)
		}
		list = append(list, map[string]any{"keyid": p.id, "sig": hex.EncodeToString(sig)})
	}
	return list, nil
}
