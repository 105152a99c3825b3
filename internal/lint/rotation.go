package lint

import (
	"fmt"
	"strings"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
)

// keysChanged says which keys and thresholds of the top-level roles are other ones than
// in the root before. Roles that changed in the same way are told together.
func keysChanged(subject string, before, after *metadata.Metadata[metadata.RootType]) []finding.Finding {
	b, a := newKeyring(before.Signed.Keys), newKeyring(after.Signed.Keys)
	roles := map[string][]string{}
	var order []string
	for _, name := range topRoles {
		text := roleChanged(b, a, before.Signed.Roles[name], after.Signed.Roles[name])
		if text == "" {
			continue
		}
		if roles[text] == nil {
			order = append(order, text)
		}
		roles[text] = append(roles[text], name)
	}
	var out []finding.Finding
	for _, text := range order {
		out = append(out, finding.New(finding.KeysChanged, subject, "%s: %s", Enumerate(roles[text]), text))
	}
	return out
}

// roleChanged says how a role differs from the one before, or gives "".
func roleChanged(b, a *keyring, was, is *metadata.Role) string {
	if was == nil {
		was = &metadata.Role{}
	}
	if is == nil {
		is = &metadata.Role{}
	}
	old, now := b.listed(was.KeyIDs), a.listed(is.KeyIDs)
	had, has := map[string]bool{}, map[string]bool{}
	for _, id := range old {
		had[id] = true
	}
	newly := map[string]string{} // id by public key
	for _, id := range now {
		has[id] = true
		if !had[id] {
			newly[a.same[id]] = id
		}
	}
	var parts, added, removed, renamed []string
	known := map[string]bool{}
	for _, id := range old {
		// The same public key under another id is no other key.
		switch other := newly[b.same[id]]; {
		case has[id]:
		case other == "":
			removed = append(removed, id)
		default:
			known[other] = true
			renamed = append(renamed, fmt.Sprintf("%s is now %s", KeyName(id, b.keys[id]), KeyName(other, a.keys[other])))
		}
	}
	for _, id := range now {
		switch {
		case !had[id] && !known[id]:
			added = append(added, id)
		case had[id] && a.same[id] != b.same[id]:
			renamed = append(renamed, KeyName(id, a.keys[id])+" is another key now")
		}
	}
	if len(added) > 0 {
		parts = append(parts, "added "+a.names(added))
	}
	if len(removed) > 0 {
		parts = append(parts, "removed "+b.names(removed))
	}
	if len(renamed) > 0 {
		parts = append(parts, Enumerate(renamed))
	}
	if was.Threshold != is.Threshold {
		parts = append(parts, fmt.Sprintf("threshold %d, before %d", is.Threshold, was.Threshold))
	}
	return strings.Join(parts, "; ")
}
