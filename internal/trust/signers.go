package trust

import (
	"crypto/sha256"
	"fmt"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/lint"
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

// distinct counts the public keys of a duty: a key counts once, however many ids it
// has (5.3.4). One that cannot be read or is not listed counts by its id.
func (d duty) distinct() int {
	seen := map[string]bool{}
	for _, id := range d.ids {
		same := "id " + id
		if key := d.keys[id]; key != nil {
			_ = guard("reading a key", func() error {
				print, err := fingerprint(key)
				if err == nil {
					same = string(print[:])
				}
				return err
			})
		}
		seen[same] = true
	}
	return len(seen)
}

// signed says, for each key that a role names, whether its signature verifies: over what
// go-tuf writes, with the verifier that it takes. The question is only asked where the
// verdict on the role leaves it open: when the role was accepted with exactly as many
// signatures as it needs, all of them are good. The limits bound how many keys are
// looked at; size is that of the file, in bytes. unreadable names the first key that
// cannot be read.
func signed(d duty, p *proof, size int, accepted bool, limits Limits, rec func() *received) (list []Signer, unreadable string) {
	present := func(id string) bool { return len(p.signatures[id]) > 0 }
	ids := d.ids
	if len(ids) > limits.Signers {
		ids = ids[:limits.Signers]
	}
	work := limits.Work
	signatures := 0
	for _, id := range ids {
		if present(id) {
			signatures++
		}
	}
	settled := accepted && signatures == d.threshold && len(ids) == len(d.ids)
	prints := make([][sha256.Size]byte, 0, len(ids))
	signedBy := map[[sha256.Size]byte]int{} // index of the id whose signature counts
	for i, id := range ids {
		s := Signer{KeyID: safe.Text(id)}
		key := d.keys[id]
		used := p.use(key)
		print, err := used.print, used.err
		switch {
		case d.nullKey(id):
			s.Reason = "listed as null"
			if unreadable == "" {
				unreadable = short(id) + " is a null in the list of its delegator"
			}
		case key == nil:
			s.Reason = unknownKey
		case err != nil:
			s.Reason = cannotBeRead + plain(err)
			if unreadable == "" {
				unreadable = fmt.Sprintf("%s (%s) cannot be read: %s", short(id), safe.Cut(key.Type, 32), plain(err))
			}
		case hasSigned(signedBy, print):
			s.Reason = theSameKey + short(ids[signedBy[print]])
		case !present(id):
			s.Reason = notSigned
		case settled:
			s.Valid = true
		case work < int64(size):
			s.Reason = notLookedAt + ": the file is too large to ask about each key"
		default:
			work -= int64(size)
			s.Reason = p.reason(id, key)
			s.Valid = s.Reason == ""
		}
		if s.Owner = lint.Owner(key); s.Valid {
			signedBy[print] = i
		}
		list = append(list, s)
		prints = append(prints, print)
	}
	asReceived(list, d, limits, rec)
	onlyOnce(list, ids, prints, signedBy)
	return list, unreadable
}

// What is said of keys whose signatures do not count, where others ask for it.
const (
	notSigned     = "has not signed"
	doesNotVerify = "does not verify"
	overReceived  = "verifies over the file as it was received, but not over what go-tuf writes"
	unknownKey    = "unknown key"
	cannotBeRead  = "cannot be read: " // and why
	theSameKey    = "the same key as " // and the id of the other
	notLookedAt   = "not looked at"    // and why
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

func hasSigned(by map[[sha256.Size]byte]int, print [sha256.Size]byte) bool {
	_, ok := by[print]
	return ok
}

// onlyOnce takes care that of a public key with several ids one is said not to have
// signed, and none if it has signed under another.
func onlyOnce(list []Signer, ids []string, prints [][sha256.Size]byte, by map[[sha256.Size]byte]int) {
	for i := range list {
		if list[i].Reason != notSigned {
			continue
		}
		if at, ok := by[prints[i]]; ok {
			list[i].Reason = "the same key as " + short(ids[at])
			continue
		}
		by[prints[i]] = i
	}
}

// fingerprint is a digest of the public key itself: two key ids can name one key.
func fingerprint(key *metadata.Key) (print [sha256.Size]byte, err error) {
	if key == nil {
		return print, nil
	}
	return lint.Fingerprint(key)
}

// short is the beginning of a key id, enough to find it.
func short(id string) string { return safe.Cut(id, 8) }
