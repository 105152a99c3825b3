package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/lint"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

const (
	// maxPublic and maxSignature bound what is shown of a key and of a signature, in
	// runes: the largest in use, of RSA with 8192 bits, are whole.
	maxPublic    = 2048
	maxSignature = 2048
	// maxDelegations and maxKeysNamed bound what is shown of a file's delegations,
	// maxDelegated all of them together in bytes.
	maxDelegations = 1000
	maxKeysNamed   = 16
	maxDelegated   = 1 << 20
	// readWork is Limits.Work for signatures that are verified for nothing but to be
	// shown.
	readWork = 16 << 20
)

// question is a role's file and what it takes to show it. Nothing in it changes.
type question struct {
	role        Role
	limits      Limits
	name        string // of the role, raw
	file        string // raw
	versioned   bool
	kept        *excerpt
	lister      string // who lists the keys, printable
	duty        duty
	hasDuty     bool                                  // false if nobody says who may sign it
	root        bool                                  // it is one: it lists its own keys
	before      *metadata.Metadata[metadata.RootType] // the root before it, if that was kept
	delegations *metadata.Delegations
}

// answer looks at the file. It is expensive.
func (q *question) answer() RoleFile {
	f := RoleFile{
		Name: q.role.Name, Parent: q.role.Parent, File: safe.Text(q.file), Versioned: q.versioned,
		Version: q.role.Version, Size: q.role.Size, SHA256: q.role.SHA256, Threshold: q.role.Threshold,
	}
	signers, before, raw := q.role.Signers, q.role.Before, q.kept.signatures
	if data := q.kept.data; data != nil {
		sum := sha256.Sum256(data)
		if digest := hex.EncodeToString(sum[:]); digest != f.SHA256 {
			// It was fetched again and has not been judged yet.
			f.Version, f.Size, f.SHA256, signers, before = 0, int64(len(data)), digest, []Signer{}, nil
		}
		raw = looseSignatures(data)
	}
	q.write(&f)
	own := q.own()
	if own != nil {
		q.lister = rootName(q.role.Version)
		if q.role.Version == 0 {
			q.lister = listerOf(own)
		}
		q.duty, q.hasDuty = rootDuty(own, metadata.ROOT), true
		f.Delegations = topDelegations(own)
	} else {
		f.Delegations, f.DelegationsLeft = delegationsIn(q.delegations)
	}
	l := lister{q: q, f: &f, signatures: raw, used: map[string]bool{}}
	l.role(signers)
	if q.before != nil && own != nil {
		l.earlier(own)
	} else {
		l.told(before)
	}
	l.others()
	return f
}

// write fills in the lines.
func (q *question) write(f *RoleFile) {
	t := q.kept.text
	switch {
	case t != nil:
	case q.kept.data == nil && q.kept.size <= keepFile:
		f.Left = "not kept: there are too many files"
		return
	case q.kept.data == nil:
		f.Left = "too large to keep: " + measure.Size(q.kept.size)
		return
	case len(q.kept.data) == 0:
		f.Left = "the file is empty"
		return
	default:
		made := render(q.kept.data, json.Valid(q.kept.data))
		t = &made
	}
	f.Lines, f.JSON, f.Left = t.lines, t.json, t.left()
}

// own is a root as its own delegator, or nil.
func (q *question) own() *metadata.Metadata[metadata.RootType] {
	if !q.root || q.kept.data == nil {
		return nil
	}
	var md *metadata.Metadata[metadata.RootType]
	if err := guard(reading, func() (err error) { md, err = metadata.Root().FromBytes(q.kept.data); return }); err != nil {
		return nil
	}
	return md
}

// looseSignatures are the signatures of a file, also of one that is no metadata.
func looseSignatures(data []byte) []signature {
	var outer struct {
		Signatures []json.RawMessage `json:"signatures"`
	}
	_ = json.Unmarshal(data, &outer) // what can be read is there nevertheless
	list := make([]signature, 0, len(outer.Signatures))
	for _, raw := range outer.Signatures {
		var one struct {
			KeyID string `json:"keyid"`
			Sig   string `json:"sig"`
		}
		_ = json.Unmarshal(raw, &one)
		list = append(list, signature{one.KeyID, one.Sig})
	}
	return list
}

// lister goes through the keys of a role and the signatures of its file.
type lister struct {
	q          *question
	f          *RoleFile
	signatures []signature
	first      map[string]int  // index of the first signature by a key id
	used       map[string]bool // key ids that were listed
}

// role lists the role's keys with what was said of them when it was verified.
func (l *lister) role(signers []Signer) {
	l.first = map[string]int{}
	for i, s := range l.signatures {
		if _, ok := l.first[s.keyID]; !ok {
			l.first[s.keyID] = i
		}
	}
	if !l.q.hasDuty { // what was said is all that there is
		for _, s := range signers {
			l.f.Keys = append(l.f.Keys, FileKey{ID: s.KeyID, Lister: l.q.lister, Owner: s.Owner, Valid: s.Valid, Reason: s.Reason, Signature: l.sign(s.KeyID)})
		}
		return
	}
	ids := l.q.duty.ids
	if l.f.Threshold == 0 {
		l.f.Threshold = l.q.duty.threshold
	}
	for i, id := range ids {
		if i == l.q.limits.Signers {
			l.f.KeysLeft = len(ids) - i
		}
		if i >= l.q.limits.Signers {
			l.used[id] = true
			continue
		}
		k := l.key(id, l.q.lister, l.q.duty.keys[id])
		if i < len(signers) && signers[i].KeyID == k.ID {
			k.Valid, k.Reason = signers[i].Valid, signers[i].Reason
		} else {
			k.Reason = "not looked at yet"
			if signers == nil {
				k.Reason = "not looked at: the file cannot be read as TUF metadata"
			}
		}
		l.f.Keys = append(l.f.Keys, k)
	}
}

// earlier lists the keys of the root before that are no longer among its own: enough
// of them have to sign too (5.3.4).
func (l *lister) earlier(own *metadata.Metadata[metadata.RootType]) {
	d := rootDuty(l.q.before, metadata.ROOT)
	work, signatures := min(l.q.limits.Work, readWork), proofOf(own)
	for _, id := range d.ids {
		switch {
		case l.used[id]:
			continue
		case len(l.f.Keys) >= 2*l.q.limits.Signers:
			l.f.KeysLeft++
			l.used[id] = true
			continue
		}
		key := d.keys[id]
		k := l.key(id, listerOf(l.q.before), key)
		work -= int64(len(l.q.kept.data))
		switch {
		case key == nil:
			k.Reason = "unknown key"
		case k.SHA256 == "":
			k.Reason = "cannot be read"
		case k.Signature == "":
			k.Reason = "has not signed"
		case work < 0:
			k.Reason = "not looked at: the file is too large to ask about each key"
		default:
			k.Reason = signatures.reason(id, key)
			k.Valid = k.Reason == ""
		}
		l.f.Keys = append(l.f.Keys, k)
	}
}

// told lists them as far as they are known without that root.
func (l *lister) told(before []Signer) {
	for _, s := range before {
		if !l.used[s.KeyID] && len(l.f.Keys) < 2*l.q.limits.Signers {
			l.f.Keys = append(l.f.Keys, FileKey{ID: s.KeyID, Lister: rootName(l.q.role.Version - 1), Owner: s.Owner, Valid: s.Valid, Reason: s.Reason, Signature: l.sign(s.KeyID)})
		}
	}
}

// key is what a list says of a key.
func (l *lister) key(id, from string, key *metadata.Key) FileKey {
	k := FileKey{ID: safe.Text(id), Lister: from, Signature: l.sign(id)}
	if key == nil {
		return k
	}
	k.Owner, k.Type, k.Scheme, k.Public = lint.Owner(key), safe.Cut(key.Type, 64), safe.Cut(key.Scheme, 64), safe.Cut(key.Value.PublicKey, maxPublic)
	_ = guard("Key.ToPublicKey", func() error {
		print, err := fingerprint(key)
		if err == nil {
			k.SHA256 = hex.EncodeToString(print[:])
		}
		return err
	})
	return k
}

// sign is the signature by a key, which is then taken.
func (l *lister) sign(id string) string {
	l.used[id] = true
	if i, ok := l.first[id]; ok {
		return safe.Cut(l.signatures[i].sig, maxSignature)
	}
	return ""
}

// others lists the signatures that count for nothing.
func (l *lister) others() {
	for i, s := range l.signatures {
		o := FileSignature{KeyID: safe.Text(s.keyID), Signature: safe.Cut(s.sig, maxSignature)}
		switch {
		case l.used[s.keyID] && l.first[s.keyID] == i:
			continue
		case l.first[s.keyID] != i:
			o.Reason = "one more by the same key"
		case !l.q.hasDuty:
			o.Reason = "nobody says whose key it is"
		case l.q.root:
			o.Reason = "no key of this root"
		case l.q.duty.keys[s.keyID] != nil:
			o.Reason = "known to " + l.q.lister + ", but no key of this role"
		default:
			o.Reason = "unknown key"
		}
		if len(l.f.Others) >= l.q.limits.Signers {
			l.f.OthersLeft++
			continue
		}
		l.f.Others = append(l.f.Others, o)
	}
}

// topDelegations are the top-level roles as a root lists them.
func topDelegations(root *metadata.Metadata[metadata.RootType]) []FileDelegation {
	var out []FileDelegation
	for _, name := range []string{metadata.ROOT, metadata.TIMESTAMP, metadata.SNAPSHOT, metadata.TARGETS} {
		if r := root.Signed.Roles[name]; r != nil {
			out = append(out, FileDelegation{Name: name, Keys: shortAll(r.KeyIDs), Threshold: r.Threshold})
		}
	}
	return out
}

// delegationsIn are the roles that a targets role names, in their order, and how many
// more there are.
func delegationsIn(d *metadata.Delegations) (out []FileDelegation, left int) {
	if d == nil {
		return nil, 0
	}
	if sr := d.SuccinctRoles; d.Roles == nil && sr != nil {
		one := FileDelegation{Name: safe.Cut(sr.NamePrefix, 200) + "-…", Keys: shortAll(sr.KeyIDs), Threshold: sr.Threshold, Terminating: true}
		if validBits(sr) {
			one.Paths = []string{measure.Digits(1<<uint(sr.BitLength)) + " bins"}
		}
		return []FileDelegation{one}, 0
	}
	room := maxDelegated
	for i := range d.Roles {
		r := &d.Roles[i]
		one := FileDelegation{Name: safe.Text(r.Name), Keys: shortAll(r.KeyIDs), Threshold: r.Threshold, Paths: describePaths(r), Terminating: r.Terminating}
		for _, p := range one.Paths {
			room -= len(p)
		}
		if room -= len(one.Name); i == maxDelegations || room < 0 {
			return out, len(d.Roles) - i
		}
		out = append(out, one)
	}
	return out, 0
}

func shortAll(ids []string) []string {
	var out []string
	for i, id := range ids {
		if i == maxKeysNamed {
			return append(out, fmt.Sprintf("… %d more", len(ids)-i))
		}
		out = append(out, short(id))
	}
	return out
}
