package demo

import (
	"encoding/json"
	"time"
)

// Spec says what a repository holds. The zero value is a valid repository with
// one root, one key a role, and no targets; every field has a useful zero.
type Spec struct {
	// Seed decides all keys and all generated contents. Two builds of the same
	// Spec give the same bytes, if Start is given too.
	Seed uint64
	// Start is the moment of publication: expiries count from here, and it is the
	// Last-Modified of every file. Zero means now, in whole seconds.
	Start time.Time
	// Keys is the type of all keys that do not state one; zero means Ed25519.
	Keys KeyType
	// PlainNames turns consistent snapshots off: no version in the names of
	// metadata, no hash in the names of targets. Where two roles list the same
	// path, the content of the first is served then.
	PlainNames bool
	// Meta says what timestamp and snapshot list beside the version.
	Meta Listing
	// MetadataDir is the folder of the metadata below the repository's root, ""
	// for the top. Targets are in "targets" in either case.
	MetadataDir string
	// SpecVersion is stated by all roles; "" means the one that go-tuf states.
	SpecVersion string

	// Roots is how many versions the root has; zero means one.
	Roots int
	// Rotate names the top-level roles that get new keys with every new version
	// of the root; nil means only the root itself. The names of the new keys end
	// in the version: "root@2".
	Rotate []string
	// EditRoot, if set, may change each version of the root before it is built
	// and signed.
	EditRoot func(v *RootVersion)

	// Root, Timestamp, Snapshot and TargetsRole say how the top-level roles are
	// signed. Root's Version has no effect: roots count from one.
	Root, Timestamp, Snapshot, TargetsRole Role

	// Targets, Delegations and Bins are what the top-level targets role lists.
	Targets     []Target
	Delegations []Delegation
	Bins        *Bins

	// Tamper, if set, may change the signed object of any role before it is
	// signed, so that the signatures hold and one rule does not. The name is the
	// role's, and for roots the version too: "1.root". Objects are
	// map[string]any, lists []any, whole numbers int64; values of other types may
	// be put in as long as encoding/json can write them, and json.Number for whole
	// numbers of any size.
	Tamper func(name string, signed map[string]any)
	// TamperFile, if set, may replace the whole file after signing. Parents list
	// the length and hash of what it returns. Use [Repository.Set] to break those.
	TamperFile func(name string, file []byte) []byte
}

// Listing is what a parent lists of a metadata file beside its version.
type Listing uint8

// What timestamp and snapshot list.
const (
	ListBoth    Listing = iota // length and SHA-256
	ListLength                 // length only
	ListHashes                 // SHA-256 only
	ListNeither                // version only
)

// Role says how a role is signed.
type Role struct {
	// Keys are those that the delegator lists; nil means one key, named after
	// the role.
	Keys []Key
	// Threshold is how many of them must sign; zero means one.
	Threshold int
	// Signatures are those in the file; nil means a good one by each of Keys (for
	// a new version of the root also by each key of the version before it).
	Signatures []Signature
	// Expires counts from Spec.Start and may be negative. Zero means 365 days for
	// the root, 90 for targets and delegations, 14 for the snapshot and 3 for the
	// timestamp.
	Expires time.Duration
	// Version is the role's version; zero means one. Negative is written as it is.
	Version int64
	// Extra are further fields of the signed object.
	Extra map[string]any
}

// RootVersion is one version of the root before it is built.
type RootVersion struct {
	Version int64
	// Consistent is the version's consistent_snapshot. It does not decide the
	// names of files: that is Spec.PlainNames.
	Consistent bool
	// Root, Timestamp, Snapshot and Targets are what this version says of the
	// four roles; of all but Root only Keys and Threshold have an effect.
	Root, Timestamp, Snapshot, Targets Role
}

// Target is one target file and its entry in a role.
type Target struct {
	// Path is the target's path, written and served as it is.
	Path string
	// Size is the length of generated content in bytes; it is never in memory.
	Size int64
	// Content is the content, if it is not nil; Size has no effect then.
	Content []byte
	// Salt makes generated content differ from other targets of the same path.
	Salt string
	// Hashes are the listed algorithms, "sha256" and "sha512"; nil means sha256.
	// With consistent snapshots there is a copy of the file for each.
	Hashes []string
	// Custom is the entry's custom object, or nil.
	Custom json.RawMessage
	// Absent leaves the file out: listed, but not there.
	Absent bool
}

// Delegation is a role and the delegation to it.
type Delegation struct {
	// Name is the role's name. In names of files it is path-escaped.
	Name string
	// Same says that a role of this name is defined elsewhere in the Spec, and
	// that this is one more delegation to it (a diamond, or a cycle). Only Name,
	// Role.Keys, Role.Threshold, Paths, PathHashPrefixes and Terminating count
	// then; keys default to the same ones as in the definition.
	Same bool
	// Role says how it is signed.
	Role Role
	// Paths are the patterns of the paths that are delegated.
	Paths []string
	// PathHashPrefixes are hexadecimal prefixes of the SHA-256 of the paths.
	PathHashPrefixes []string
	// Terminating ends a search here, found or not.
	Terminating bool

	// Targets, Delegations and Bins are what the role itself lists.
	Targets     []Target
	Delegations []Delegation
	Bins        *Bins
}

// Bins spreads targets over many roles by the SHA-256 of their paths.
type Bins struct {
	// Count is how many bins there are: a power of two, at most 65,536.
	Count int
	// Prefix begins the bins' names: "bin-00" and so on. "" means "bin".
	Prefix string
	// Succinct delegates with one succinct_roles entry (TAP 15) in place of one
	// delegation with path_hash_prefixes for each bin.
	Succinct bool
	// Role says how all bins are signed; its keys default to one, named Prefix.
	Role Role
	// Targets are listed each in its bin.
	Targets []Target
}

// SHA256 and SHA512 are the algorithms of Target.Hashes.
const (
	SHA256 = "sha256"
	SHA512 = "sha512"
)

// BothHashes is a value for Target.Hashes.
func BothHashes() []string { return []string{SHA256, SHA512} }

// OnRole makes a Spec.Tamper hook that edits the one role (or version of the
// root, "2.root") with this name.
func OnRole(name string, edit func(signed map[string]any)) func(string, map[string]any) {
	return func(n string, signed map[string]any) {
		if n == name {
			edit(signed)
		}
	}
}

// Sub gives the object inside a signed object that the keys lead to, as in
// Sub(signed, "meta", "targets.json")["version"] = 3. It panics when there is
// none, which in a test is what one wants to see.
func Sub(object map[string]any, keys ...string) map[string]any {
	for _, k := range keys {
		next, ok := object[k].(map[string]any)
		if !ok {
			panic("demo: no object " + k + " in the signed object")
		}
		object = next
	}
	return object
}
