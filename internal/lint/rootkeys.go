package lint

import (
	"fmt"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
)

// topRoles are the roles that every root names, in the order in which they are told.
var topRoles = [...]string{metadata.ROOT, metadata.TARGETS, metadata.SNAPSHOT, metadata.TIMESTAMP}

// rootKeys looks at the keys that a root lists and at what it says of the top-level
// roles.
func rootKeys(subject string, md *metadata.Metadata[metadata.RootType], data []byte) []finding.Finding {
	roles := md.Signed.Roles
	r := newKeyring(md.Signed.Keys)
	of := map[string]keyDuty{}
	for _, name := range topRoles {
		if role := roles[name]; role != nil {
			d := keyDuty{ids: role.KeyIDs, threshold: role.Threshold}
			r.use(&d, name)
			r.duties = append(r.duties, d)
			of[name] = d
		}
	}
	for name, role := range roles { // others have no meaning, and use keys
		if role != nil && !slices.Contains(topRoles[:], name) {
			d := keyDuty{ids: role.KeyIDs, threshold: role.Threshold}
			r.use(&d, name)
		}
	}
	var out []finding.Finding
	for _, name := range []string{metadata.ROOT, metadata.TARGETS} {
		out = append(out, r.strength(roleSubject(name, subject), of[name])...)
	}
	shared, online := r.shared(subject, of)
	return slices.Concat(out, online, shared, r.look(subject, rootKeysIn(data)))
}

// roleSubject is the subject of what is said about a top-level role.
func roleSubject(name, root string) string {
	if name == metadata.ROOT {
		return root
	}
	return name
}

// strength says what the loss of one key would do to a role that people sign.
func (r *keyring) strength(subject string, d keyDuty) []finding.Finding {
	var out []finding.Finding
	keys, distinct := r.listed(d.ids), r.distinct(d.ids)
	if d.threshold == 1 && distinct > 0 {
		f := finding.New(finding.ThresholdOne, subject, "each of its %d keys is enough: %s", distinct, r.names(keys))
		if distinct == 1 {
			f = finding.New(finding.ThresholdOne, subject, "the key %s is enough", r.names(keys[:1]))
		}
		out = append(out, f)
	}
	if d.threshold > 0 && distinct == d.threshold {
		f := finding.New(finding.NoSpareKey, subject, "all of its %d keys are required: %s", distinct, r.names(keys))
		if distinct == 1 {
			f = finding.New(finding.NoSpareKey, subject, "its only key is %s", r.names(keys[:1]))
		}
		out = append(out, f)
	}
	return out
}

// shared says which top-level roles share keys, and which keys of roles that people
// sign are at the hands of a service. A key is called online if the root states a
// service for it, or if it names no person and is enough alone to sign the timestamp or
// the snapshot, which are signed anew all the time: where several have to sign those,
// it may well be people who do.
func (r *keyring) shared(subject string, of map[string]keyDuty) (shared, online []finding.Finding) {
	holders := map[string][]string{} // roles by public key
	first := map[string]string{}     // the first id of it
	var keys []string
	for _, name := range topRoles {
		for _, id := range r.listed(of[name].ids) {
			k := r.same[id]
			if first[k] == "" {
				first[k] = id
				keys = append(keys, k)
			}
			if !slices.Contains(holders[k], name) {
				holders[k] = append(holders[k], name)
			}
		}
	}
	groups := map[string][]string{} // ids by the roles that share them
	var order []string
	services := map[[2]string][]string{} // ids by role and by why they are called online
	var told [][2]string
	for _, k := range keys {
		id, roles := first[k], holders[k]
		why := r.whyOnline(id, roles, of)
		offline := slices.DeleteFunc(slices.Clone(roles), func(n string) bool { return n != metadata.ROOT && n != metadata.TARGETS })
		if why != "" && len(offline) > 0 {
			for _, name := range offline {
				at := [2]string{name, why}
				if services[at] == nil {
					told = append(told, at)
				}
				services[at] = append(services[at], id)
			}
			continue // that it is shared is the smaller part of it
		}
		if len(roles) > 1 {
			g := Enumerate(roles)
			if groups[g] == nil {
				order = append(order, g)
			}
			groups[g] = append(groups[g], id)
		}
	}
	for _, g := range order {
		ids := groups[g]
		what := "the key " + r.names(ids)
		if len(ids) > 1 {
			what = measure.Count(len(ids), "key") + ": " + r.names(ids)
		}
		shared = append(shared, finding.New(finding.SharedKey, subject, "%s share %s", g, what))
	}
	for _, at := range told {
		name, why, ids := at[0], at[1], services[at]
		text := fmt.Sprintf("the key %s, which %s, counts for %s too", r.names(ids), why, name)
		if len(ids) > 1 {
			text = fmt.Sprintf("%s, each of which %s, count for %s too: %s", measure.Count(len(ids), "key"), why, name, r.names(ids))
		}
		online = append(online, finding.New(finding.OnlineKeyOffline, roleSubject(name, subject), "%s", text))
	}
	return shared, online
}

// whyOnline says why a key is taken for one that signs without a person, or gives "".
func (r *keyring) whyOnline(id string, roles []string, of map[string]keyDuty) string {
	key := r.keys[id]
	if Online(key) != "" {
		return "a service holds as the root states"
	}
	if Owner(key) != "" {
		return ""
	}
	for _, name := range []string{metadata.TIMESTAMP, metadata.SNAPSHOT} {
		if slices.Contains(roles, name) && of[name].threshold == 1 {
			return "alone signs the " + name
		}
	}
	return ""
}
