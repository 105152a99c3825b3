package lint

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
)

// weakBits is the length below which an RSA key is called weak, in bits.
const weakBits = 2048

// delegationKeys looks at the keys that a targets role lists for the roles that it
// delegates to. Those that share their keys and threshold, as hash bins do, are looked
// at as one.
func delegationKeys(subject string, md *metadata.Metadata[metadata.TargetsType], data []byte) []finding.Finding {
	d := md.Signed.Delegations
	if d == nil {
		return nil
	}
	r := newKeyring(d.Keys)
	if sr := d.SuccinctRoles; d.Roles == nil && sr != nil {
		r.duties = []keyDuty{{ids: sr.KeyIDs, threshold: sr.Threshold}}
		r.use(&r.duties[0], sr.NamePrefix+"-…")
		return r.look(subject, delegatedKeys(data))
	}
	groups := map[string]int{}
	for i := range d.Roles {
		role := &d.Roles[i]
		group := fmt.Sprint(role.Threshold, len(role.KeyIDs), strings.Join(role.KeyIDs, "\x00"))
		at, ok := groups[group]
		if !ok {
			at = len(r.duties)
			groups[group] = at
			r.duties = append(r.duties, keyDuty{ids: role.KeyIDs, threshold: role.Threshold})
		}
		r.use(&r.duties[at], role.Name)
	}
	return r.look(subject, delegatedKeys(data))
}

// look says what is odd about keys wherever they are listed. raw are the keys as they
// were received.
func (r *keyring) look(subject string, raw map[string]json.RawMessage) []finding.Finding {
	return slices.Concat(r.duplicates(subject), r.unused(subject), r.mismatched(subject, raw), r.weak(subject), r.hashAlgorithms(subject))
}

// duplicates names public keys that are listed under several ids.
func (r *keyring) duplicates(subject string) []finding.Finding {
	groups := map[string][]string{}
	for _, id := range r.ids {
		groups[r.same[id]] = append(groups[r.same[id]], id)
	}
	short := r.shortOfKeys()
	var out []finding.Finding
	for _, id := range r.ids {
		group := groups[r.same[id]]
		if len(group) < 2 || group[0] != id {
			continue
		}
		text := ""
		for _, d := range short {
			if len(out) >= most || len(text) > 500 {
				break // it would be said of too many
			}
			if slices.ContainsFunc(group, func(g string) bool { return slices.Contains(d.ids, g) }) {
				text += fmt.Sprintf("; %s can reach the threshold of %d only where each id counts as a key", &d.roles, d.threshold)
			}
		}
		out = append(out, finding.New(finding.DuplicateKey, subject, "one public key is listed under %d ids: %s%s", len(group), r.names(group), text))
	}
	return fewKeys(out)
}

// shortOfKeys are the duties that reach their threshold only if a public key counts
// once for each of its ids.
func (r *keyring) shortOfKeys() []keyDuty {
	var out []keyDuty
	for _, d := range r.duties {
		if ids := r.listed(d.ids); len(ids) >= d.threshold && r.distinct(ids) < d.threshold {
			d.ids = ids
			out = append(out, d)
		}
	}
	return out
}

// fewKeys bounds a list of findings of one kind about one file.
func fewKeys(list []finding.Finding) []finding.Finding {
	if len(list) <= most {
		return list
	}
	return append(list[:most:most], finding.New(list[0].ID, list[0].Subject, "… and %s more of this kind", measure.Digits(len(list)-most)))
}

// unused names keys that no role uses.
func (r *keyring) unused(subject string) []finding.Finding {
	var ids []string
	for _, id := range r.ids {
		if r.users[id] == nil {
			ids = append(ids, id)
		}
	}
	switch len(ids) {
	case 0:
		return nil
	case 1:
		return []finding.Finding{finding.New(finding.UnusedKey, subject, "no role uses the key %s", r.names(ids))}
	}
	return []finding.Finding{finding.New(finding.UnusedKey, subject, "no role uses %s that are listed: %s", measure.Count(len(ids), "key"), r.names(ids))}
}

// weak names RSA keys that are too short.
func (r *keyring) weak(subject string) []finding.Finding {
	var out []finding.Finding
	for _, id := range r.ids {
		if n := r.bits[id]; n > 0 && n < weakBits {
			where := "no role uses it"
			if u := r.users[id]; u != nil {
				where = "it counts for " + u.String()
			}
			out = append(out, finding.New(finding.WeakKey, subject, "the RSA key %s has %d bits; %s", KeyName(id, r.keys[id]), n, where))
		}
	}
	return fewKeys(out)
}

// hashAlgorithms names keys that state keyid_hash_algorithms.
func (r *keyring) hashAlgorithms(subject string) []finding.Finding {
	var ids []string
	for _, id := range r.ids {
		if _, ok := r.keys[id].UnrecognizedFields["keyid_hash_algorithms"]; ok {
			ids = append(ids, id)
		}
	}
	var what string
	switch n := len(ids); {
	case n == 0:
		return nil
	case n == 1:
		what = "one key states it: "
	case n == len(r.ids):
		what = fmt.Sprintf("all %s state it: ", measure.Count(n, "key"))
	default:
		what = fmt.Sprintf("%d of %s state it: ", n, measure.Count(len(r.ids), "key"))
	}
	return []finding.Finding{finding.New(finding.KeyIDHashAlgorithms, subject, "%s%s", what, r.names(ids))}
}

// mismatched names keys whose id is not the digest of the key as it was received. What
// some libraries take the digest of instead is said where it fits.
func (r *keyring) mismatched(subject string, raw map[string]json.RawMessage) []finding.Finding {
	groups := map[string][]string{}
	for _, id := range r.ids {
		if why := idMismatch(id, raw[id]); why != "" {
			groups[why] = append(groups[why], id)
		}
	}
	var out []finding.Finding
	for _, why := range slices.Sorted(maps.Keys(groups)) {
		ids := groups[why]
		f := finding.New(finding.KeyIDMismatch, subject, "the id of the key %s is %s", r.names(ids), why)
		if len(ids) > 1 {
			f = finding.New(finding.KeyIDMismatch, subject, "the ids of %s are %s: %s", measure.Count(len(ids), "key"), why, r.names(ids))
		}
		if want := keyDigest(raw[ids[0]]); len(ids) == 1 {
			f = f.With("sha256", want)
		}
		out = append(out, f)
	}
	return out
}

// idMismatch says what a key id is, if it is not the SHA-256 of the key in canonical
// form with all fields that it was received with, which is what the specification
// asks for (section 4.3) and what tough and tuf-on-ci take; else it gives "".
func idMismatch(id string, raw json.RawMessage) string {
	var key map[string]any
	if json.Unmarshal(raw, &key) != nil || key == nil {
		return ""
	}
	id = strings.ToLower(id)
	digest := keyDigest(raw)
	if digest == "" || digest == id {
		return ""
	}
	if algs, ok := key["keyid_hash_algorithms"].([]any); ok && slices.Contains(algs, any("sha512")) {
		if b, err := cjson.EncodeCanonical(raw); err == nil {
			if sum := sha512.Sum512(b); hex.EncodeToString(sum[:]) == id {
				return "" // it was made when such ids were in use, and says so
			}
		}
	}
	bare := map[string]any{"keytype": key["keytype"], "scheme": key["scheme"], "keyval": key["keyval"]}
	if keyDigest(bare) == id {
		// As securesystemslib names new keys.
		return "the digest of keytype, scheme and keyval alone, without the other fields"
	}
	bare["keyid_hash_algorithms"] = []string{"sha256", "sha512"}
	if keyDigest(bare) == id {
		return "the digest of the key with keyid_hash_algorithms and without the other fields, and it is listed otherwise"
	}
	return "not the digest of the key"
}

// keyDigest is the SHA-256 of the canonical form, hexadecimal; "" if there is none.
func keyDigest(v any) string {
	b, err := cjson.EncodeCanonical(v)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// rootKeysIn reads the keys of a root as they were received.
func rootKeysIn(data []byte) map[string]json.RawMessage {
	var file struct {
		Signed struct {
			Keys map[string]json.RawMessage `json:"keys"`
		} `json:"signed"`
	}
	_ = json.Unmarshal(data, &file) // what cannot be read has no digest
	return file.Signed.Keys
}

// delegatedKeys reads the keys of a targets role's delegations as they were received.
func delegatedKeys(data []byte) map[string]json.RawMessage {
	var file struct {
		Signed struct {
			Delegations struct {
				Keys map[string]json.RawMessage `json:"keys"`
			} `json:"delegations"`
		} `json:"signed"`
	}
	_ = json.Unmarshal(data, &file)
	return file.Signed.Delegations.Keys
}
