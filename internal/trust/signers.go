package trust

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// duty is what a delegator says of a role: who may sign it, and how many must.
type duty struct {
	keys      map[string]*metadata.Key
	ids       []string
	threshold int
	// null says that the delegator names the role, with a null instead of its keys.
	null bool
}

// rootDuty is what a root says of a top-level role.
func rootDuty(root *metadata.Metadata[metadata.RootType], role string) duty {
	r, ok := root.Signed.Roles[role]
	if r == nil {
		return duty{keys: root.Signed.Keys, null: ok}
	}
	return duty{keys: root.Signed.Keys, ids: r.KeyIDs, threshold: r.Threshold}
}

// nullKey tells whether the delegator lists a null as this key.
func (d duty) nullKey(id string) bool {
	key, ok := d.keys[id]
	return ok && key == nil
}

// sound tells whether the duty can be met at all.
func (d duty) sound() bool {
	for _, id := range d.ids {
		if _, ok := d.keys[id]; !ok {
			return false
		}
	}
	return len(d.ids) > 0 && d.threshold > 0
}

// owners are fields in which repositories name the holder of a key.
var owners = [...]string{"x-tuf-on-ci-keyowner", "x-tuf-on-ci-online-uri"}

// signed asks go-tuf, for each key that a role names, whether its signature on md
// verifies: with a delegator that has this key only, at threshold 1. go-tuf makes
// the canonical form anew for each, so the question is only asked where the
// verdict on the role leaves it open: when the role was accepted with exactly as
// many signatures as it needs, all of them are good. The limits bound how many keys
// are looked at; size is that of the file, in bytes. unreadable names the first
// key that cannot be read.
func signed[T metadata.Roles](d duty, role string, md *metadata.Metadata[T], size int, accepted bool, limits Limits, rec func() *received) (list []Signer, unreadable string) {
	present := map[string]bool{}
	for _, s := range md.Signatures {
		if len(s.Signature) > 0 {
			present[s.KeyID] = true
		}
	}
	ids := d.ids
	if len(ids) > limits.Signers {
		ids = ids[:limits.Signers]
	}
	work := limits.Work
	signatures := 0
	for _, id := range ids {
		if present[id] {
			signatures++
		}
	}
	settled := accepted && signatures == d.threshold && len(ids) == len(d.ids)
	seen := map[[sha256.Size]byte]string{}
	for _, id := range ids {
		s := Signer{KeyID: safe.Text(id)}
		key := d.keys[id]
		var print [sha256.Size]byte
		err := guard("Key.ToPublicKey", func() (err error) { print, err = fingerprint(key); return })
		switch {
		case d.nullKey(id):
			s.Reason = "listed as null"
			if unreadable == "" {
				unreadable = short(id) + " is a null in the list of its delegator"
			}
		case key == nil:
			s.Reason = "unknown key"
		case err != nil:
			s.Reason = "cannot be read: " + plain(err)
			if unreadable == "" {
				unreadable = fmt.Sprintf("%s (%s) cannot be read: %s", short(id), cutTo(safe.Text(key.Type), 32), plain(err))
			}
		case seen[print] != "":
			s.Reason = "the same key as " + seen[print]
		case !present[id]:
			s.Reason = "has not signed"
		case settled:
			s.Valid = true
		case work < int64(size):
			s.Reason = "not looked at: the file is too large to ask about each key"
		default:
			work -= int64(size)
			s.Reason = verifyOne(id, key, role, md)
			s.Valid = s.Reason == ""
		}
		if key != nil {
			s.Owner = owner(key)
			if err == nil && s.Valid {
				seen[print] = short(id)
			}
		}
		list = append(list, s)
	}
	asReceived(list, d, limits, rec)
	return list, unreadable
}

// Reasons why the signature of a key does not count.
const (
	doesNotVerify = "does not verify"
	overReceived  = "verifies over the file as it was received, but not over what go-tuf writes"
)

// asReceived looks for signatures that do not verify only because go-tuf verifies
// something else than it received.
func asReceived(list []Signer, d duty, limits Limits, rec func() *received) {
	bad := func(s Signer) bool { return s.Reason == doesNotVerify }
	if !slices.ContainsFunc(list, bad) {
		return
	}
	r := rec()
	if r == nil {
		return
	}
	ids, _ := r.signers(d, limits)
	for i := range list {
		if bad(list[i]) && ids[list[i].KeyID] {
			list[i].Reason = overReceived
		}
	}
}

// verifyOne says why the signature of one key does not verify, or "".
func verifyOne[T metadata.Roles](id string, key *metadata.Key, role string, md *metadata.Metadata[T]) string {
	only := metadata.Metadata[metadata.RootType]{Signed: metadata.RootType{
		Keys:  map[string]*metadata.Key{id: key},
		Roles: map[string]*metadata.Role{role: {KeyIDs: []string{id}, Threshold: 1}},
	}}
	if err := guard("Metadata.VerifyDelegate", func() error { return only.VerifyDelegate(role, md) }); err != nil {
		return doesNotVerify
	}
	return ""
}

// fingerprint is a digest of the public key itself: two key ids can name one key.
func fingerprint(key *metadata.Key) (print [sha256.Size]byte, err error) {
	if key == nil {
		return print, nil
	}
	pub, err := key.ToPublicKey()
	if err != nil {
		return print, err
	}
	// Standard libraries crash on such a key only when it is used.
	if k, ok := pub.(ed25519.PublicKey); ok && len(k) != ed25519.PublicKeySize {
		return print, fmt.Errorf("an Ed25519 key of %d bytes, and they have %d", len(k), ed25519.PublicKeySize)
	}
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		return print, err
	}
	return sha256.Sum256(der), nil
}

func owner(key *metadata.Key) string {
	for _, f := range owners {
		if v, ok := key.UnrecognizedFields[f].(string); ok {
			return cutTo(safe.Text(v), 64)
		}
	}
	return ""
}

// short is the beginning of a key id, enough to find it.
func short(id string) string { return cutTo(safe.Text(id), 8) }

func cutTo(s string, runes int) string {
	n := 0
	for i := range s {
		if n++; n > runes {
			return s[:i] + "…"
		}
	}
	return s
}

// bystanders are findings about signatures on a role that was accepted all the same.
func bystanders(subject string, list []Signer) []finding.Finding {
	var out []finding.Finding
	for _, s := range list {
		switch s.Reason {
		case doesNotVerify:
			out = append(out, finding.New(finding.InvalidSignature, subject, "the signature of key %s does not verify", cutTo(s.KeyID, 8)).With("owner", s.Owner))
		case overReceived:
			out = append(out, finding.New(finding.InvalidSignature, subject, "the signature of key %s is over the file as it was received; go-tuf verifies what it writes itself", cutTo(s.KeyID, 8)).With("owner", s.Owner))
		}
	}
	return out
}
