package trust

// RoleFile is what a person may want to see of a role's file, whatever was made of
// it: its text, its keys as the role's delegator lists them, its signatures, and
// what it delegates to. All texts are printable, and all lists are bounded.
type RoleFile struct {
	Name   string `json:"name,omitzero"`   // the role's
	Parent string `json:"parent,omitzero"` // its delegator's; "" for a root
	// File is the name that the file was asked for by, "3.targets.json", and Versioned
	// says that a version stands in it, as under consistent snapshots. "" is the trusted
	// root, which was handed over and not fetched.
	File      string `json:"file,omitzero"`
	Versioned bool   `json:"versioned,omitzero"`
	// URL is where it came from, without secrets; whoever fetches fills it in.
	URL     string `json:"url,omitzero"`
	Version int64  `json:"version,omitzero"` // 0 if nobody could read it
	Size    int64  `json:"size,omitzero"`    // bytes of the whole file
	SHA256  string `json:"sha256,omitzero"`  // likewise, hexadecimal
	// Threshold is how many of the keys have to sign, as the delegator says.
	Threshold int `json:"threshold,omitzero"`

	// Lines are the file: indented JSON, or what it is if that is none. One line of
	// them is one line of a terminal, and has no line break in it. None are there when
	// the file was too large to keep.
	Lines []string `json:"lines,omitzero"`
	JSON  bool     `json:"json,omitzero"`
	// Left says what Lines do not have, or is "": "99,800 targets are left out".
	Left string `json:"left,omitzero"`

	// Keys are the role's keys in the order of its delegator. For a root they are its
	// own, and after them those of the root before it that are no longer among them.
	Keys     []FileKey `json:"keys,omitzero"`
	KeysLeft int       `json:"keys_left,omitzero"` // how many more there are
	// Others are signatures that count for nothing: by no key of the role, or a second
	// one by the same key.
	Others     []FileSignature `json:"others,omitzero"`
	OthersLeft int             `json:"others_left,omitzero"`
	// Delegations are the roles that the file names. They are those of the file as it
	// was parsed; one that nobody could read has none.
	Delegations     []FileDelegation `json:"delegations,omitzero"`
	DelegationsLeft int              `json:"delegations_left,omitzero"`
}

// FileKey is a key of a role, and what came of its signature.
type FileKey struct {
	ID     string `json:"id"`              // whole
	Lister string `json:"lister,omitzero"` // whose list it stands on: "root v2", "targets"
	Owner  string `json:"owner,omitzero"`  // a name that the metadata states for it, or ""
	// Type and Scheme are those that the delegator states; "" if it does not list the key.
	Type   string `json:"type,omitzero"`
	Scheme string `json:"scheme,omitzero"`
	// Public is the public value as the delegator states it, cut when it is long.
	Public string `json:"public,omitzero"`
	// SHA256 is the digest of the key itself (of its SubjectPublicKeyInfo), hexadecimal;
	// "" if it cannot be read. Two key ids with the same digest are one key.
	SHA256    string `json:"sha256,omitzero"`
	Valid     bool   `json:"valid,omitzero"`
	Reason    string `json:"reason,omitzero"`    // why it is not valid, as in [Signer]
	Signature string `json:"signature,omitzero"` // hexadecimal, cut when it is very long; "" if there is none
}

// FileSignature is a signature that counts for nothing.
type FileSignature struct {
	KeyID     string `json:"key_id,omitzero"`
	Signature string `json:"signature,omitzero"` // as in [FileKey]
	Reason    string `json:"reason,omitzero"`
}

// FileDelegation is a role that a file delegates to, as the file says it; a root
// delegates to the top-level roles.
type FileDelegation struct {
	Name        string   `json:"name,omitzero"`
	Keys        []string `json:"keys,omitzero"` // the beginnings of key ids
	Threshold   int      `json:"threshold,omitzero"`
	Paths       []string `json:"paths,omitzero"` // as in [Role]; none for top-level roles
	Terminating bool     `json:"terminating,omitzero"`
}
