package trust

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"hash"
	"path"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/canon"
	"example.com/tufinspect/internal/safe"
)

// What follows is for a client as well, which asks go-tuf the same questions and
// goes the same ways through the delegations.

// Guard runs f, which calls go-tuf, and turns a panic of it into an error.
func Guard(f func() error) error { return guard("verifying it", f) }

// Explain gives go-tuf's reason without its own prefix: one printable line.
func Explain(err error) string { return plain(err) }

// Affordable tells whether go-tuf can be asked about a file of this size, in bytes,
// that so many keys may have signed.
func (l Limits) Affordable(keys, size int) error {
	return l.affordable(duty{ids: make([]string, keys)}, size)
}

// Way is a delegation that a search follows.
type Way struct {
	Role string // raw
	// Terminating ends the search at what is below this role, found or not.
	Terminating bool
}

// Ways gives the delegations that a search for a target path (raw) follows from
// a role: in the order of appearance, up to the first that is terminating
// (5.6.7.2). A bin of succinct roles is terminating (TAP 15).
func Ways(d *metadata.Delegations, path string) ([]Way, error) {
	if d == nil {
		return nil, nil
	}
	if d.Roles == nil && d.SuccinctRoles != nil {
		if !validBits(d.SuccinctRoles) {
			return nil, fmt.Errorf("succinct roles with a bit length of %d, not 1 to 32", d.SuccinctRoles.BitLength)
		}
		return []Way{{bin(d.SuccinctRoles, path), true}}, nil
	}
	var ways []Way
	digest := pathDigest(path)
	for i := range d.Roles {
		r := &d.Roles[i]
		if o := (&out{paths: r.Paths, prefixes: r.PathHashPrefixes}); !o.covers(path, digest) {
			continue
		}
		ways = append(ways, Way{r.Name, r.Terminating})
		if r.Terminating {
			break
		}
	}
	return ways, nil
}

// senseless gives the first of a role's targets, by path, that has no sensible
// length.
func senseless(listed map[string]*metadata.TargetFiles) (path string, found bool) {
	for p, t := range listed {
		if (t == nil || t.Length < 0) && (!found || p < path) {
			path, found = p, true
		}
	}
	return path, found
}

func senselessError(path string) error {
	return fmt.Errorf("the target %s has no sensible length", safe.Cut(path, 100))
}

// Sensible says what a role lists that has no sensible length, so that none of it
// counts.
func Sensible(md *metadata.Metadata[metadata.TargetsType]) error {
	if odd, found := senseless(md.Signed.Targets); found {
		return senselessError(odd)
	}
	return nil
}

// Listing gives what a role, a sensible one, lists under a path (raw), or nil.
func Listing(md *metadata.Metadata[metadata.TargetsType], path string) *Target {
	t := md.Signed.Targets[path]
	if t == nil {
		return nil
	}
	return &pack([]string{path}, map[string]*metadata.TargetFiles{path: t})[0]
}

// StatedVersion is the version that a metadata file states of itself, whatever else is
// in it; -1 if there is none.
func StatedVersion(file []byte) int64 { return canon.Version(file) }

// New gives the hash function of this hash's algorithm, or nil for one that TUF
// clients do not know.
func (h Hash) New() hash.Hash {
	switch h.Algorithm {
	case "sha256":
		return sha256.New()
	case "sha512":
		return sha512.New()
	}
	return nil
}

// known tells whether New makes one. That is asked of a million targets.
func (h Hash) known() bool { return h.Algorithm == "sha256" || h.Algorithm == "sha512" }

// UnknownHash names the first listed algorithm that clients do not know. A target
// without any hash is unknown too.
func UnknownHash(hashes []Hash) (string, bool) {
	if len(hashes) == 0 {
		return "none", true
	}
	for _, h := range hashes {
		if !h.known() {
			return h.Algorithm, true
		}
	}
	return "", false
}

// HashedName is the name of a target under consistent snapshots (5.7.3).
func HashedName(name string, sum []byte) string {
	dir, base := path.Split(name)
	b := make([]byte, 0, 256)
	b = append(b, dir...)
	b = hex.AppendEncode(b, sum)
	b = append(b, '.')
	b = append(b, base...)
	return string(b)
}
