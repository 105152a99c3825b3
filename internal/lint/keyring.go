package lint

import (
	"crypto/rsa"
	"maps"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

// keyring is the keys that one file lists, and what it says of who may sign with them.
type keyring struct {
	keys   map[string]*metadata.Key
	ids    []string          // of keys that are not null, sorted
	same   map[string]string // what is equal for the ids of one public key, by id
	bits   map[string]int    // of RSA keys, by id
	duties []keyDuty
	users  map[string]*keyUsers // by key id
}

// keyDuty is the signing of roles for which a file states the same keys and threshold.
type keyDuty struct {
	roles     keyUsers
	ids       []string
	threshold int
}

// keyUsers are roles: the first few by name, and how many there are.
type keyUsers struct {
	names []string // printable
	n     int
}

func (u *keyUsers) add(name string) {
	if u.n++; len(u.names) < maxNamed+1 {
		u.names = append(u.names, safe.Cut(name, 100))
	}
}

func (u *keyUsers) String() string {
	if more := u.n - maxNamed; more > 1 {
		return Enumerate(append(u.names[:maxNamed:maxNamed], measure.Count(more, "more role")))
	}
	return Enumerate(u.names)
}

func newKeyring(keys map[string]*metadata.Key) *keyring {
	r := &keyring{keys: keys, same: map[string]string{}, bits: map[string]int{}, users: map[string]*keyUsers{}}
	for _, id := range slices.Sorted(maps.Keys(keys)) {
		key := keys[id]
		if key == nil {
			continue
		}
		r.ids = append(r.ids, id)
		r.same[id] = "id " + id
		if print, err := Fingerprint(key); err == nil {
			r.same[id] = string(print[:])
			if pub, err := key.ToPublicKey(); err == nil {
				if k, ok := pub.(*rsa.PublicKey); ok {
					r.bits[id] = k.N.BitLen()
				}
			}
		}
	}
	return r
}

// use says that a role may be signed by keys.
func (r *keyring) use(d *keyDuty, name string) {
	d.roles.add(name)
	seen := map[string]bool{}
	for _, id := range d.ids {
		if seen[id] {
			continue
		}
		seen[id] = true
		u := r.users[id]
		if u == nil {
			u = &keyUsers{}
			r.users[id] = u
		}
		u.add(name)
	}
}

// distinct counts the public keys behind key ids. A key that is not listed counts for
// nothing.
func (r *keyring) distinct(ids []string) int {
	seen := map[string]bool{}
	for _, id := range ids {
		if s := r.same[id]; s != "" {
			seen[s] = true
		}
	}
	return len(seen)
}

// listed are the ids among some that are listed, each once, in their order.
func (r *keyring) listed(ids []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, id := range ids {
		if r.same[id] != "" && !seen[id] {
			seen[id] = true
			out = append(out, id)
		}
	}
	return out
}

// names names keys for a message.
func (r *keyring) names(ids []string) string {
	var out []string
	for _, id := range ids {
		if len(out) > maxNamed {
			out = append(out, "") // it is only counted
			continue
		}
		out = append(out, KeyName(id, r.keys[id]))
	}
	return Enumerate(out)
}
