package lint

import (
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

// ownerFields are those in which repositories name the person who holds a key: of
// tuf-on-ci, of the playground that it grew out of, and of the Repository Service for
// TUF, which called it just "name" before.
var ownerFields = [...]string{"x-tuf-on-ci-keyowner", "x-playground-keyowner", "x-rstuf-key-name", "name"}

// onlineFields are those in which they name the service that holds it.
var onlineFields = [...]string{"x-tuf-on-ci-online-uri", "x-playground-online-uri", "x-rstuf-online-key-uri"}

// maxOwner is the most of an owner's name that is shown, in runes.
const maxOwner = 64

// maxNamed is how many keys or roles a message names.
const maxNamed = 8

// Owner is who holds a key as the metadata states it, a person or a service,
// printable; "" if nobody is stated.
func Owner(key *metadata.Key) string {
	if s := stated(key, ownerFields[:]); s != "" {
		return s
	}
	return Online(key)
}

// Online is the service that holds a key and signs without a person, as the metadata
// states it, printable; "" if it states none.
func Online(key *metadata.Key) string { return stated(key, onlineFields[:]) }

// stated is the first of some fields of a key that is a text.
func stated(key *metadata.Key, fields []string) string {
	if key == nil {
		return ""
	}
	for _, f := range fields {
		if v, ok := key.UnrecognizedFields[f].(string); ok && v != "" {
			return safe.Cut(v, maxOwner)
		}
	}
	return ""
}

// Fingerprint is the SHA-256 of the public key itself (of its SubjectPublicKeyInfo):
// two key ids can name one key. The error is go-tuf's on a key that it cannot read.
// The key is not nil.
func Fingerprint(key *metadata.Key) (print [sha256.Size]byte, err error) {
	_, print, err = PublicKey(key)
	return print, err
}

// PublicKey gives the public key with its fingerprint.
func PublicKey(key *metadata.Key) (pub crypto.PublicKey, print [sha256.Size]byte, err error) {
	if pub, err = key.ToPublicKey(); err != nil {
		return nil, print, err
	}
	// Standard libraries crash on such a key only when it is used.
	if k, ok := pub.(ed25519.PublicKey); ok && len(k) != ed25519.PublicKeySize {
		return nil, print, fmt.Errorf("an Ed25519 key of %d bytes, and they have %d", len(k), ed25519.PublicKeySize)
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return nil, print, err
	}
	return pub, sha256.Sum256(der), nil
}

// KeyName names a key in a message: the beginning of its id, and its owner if one is
// stated. The key may be nil.
func KeyName(id string, key *metadata.Key) string {
	if o := Owner(key); o != "" {
		return safe.Cut(id, 8) + " (" + o + ")"
	}
	return safe.Cut(id, 8)
}

// Enumerate writes a list into a message: "a, b and c". Of a long one it names the
// first few and counts the others.
func Enumerate(names []string) string {
	if n := len(names) - maxNamed; n > 1 {
		return strings.Join(names[:maxNamed], ", ") + " and " + measure.Digits(n) + " more"
	}
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return fmt.Sprintf("%s and %s", strings.Join(names[:last], ", "), names[last])
}
