// Package trust walks a whole TUF repository: root chain, timestamp, snapshot,
// targets and every delegation. go-tuf decides what is accepted; this package
// asks it, goes on after a refusal, and explains. It knows no network.
//
// # How it is driven
//
// A [Walk] is a state machine without goroutines. [New] and every call of
// [Walk.Deliver] and [Walk.Apply] return a [Step]: files it needs, jobs to run,
// and what has become known. The owner fetches each [Need] and delivers the
// bytes or why there are none; it runs each [Job] on any goroutine (they may be
// slow, and share nothing that changes) and applies the result. All methods of
// Walk belong to one goroutine; none of them blocks or does expensive work.
//
// "Accepted" means that go-tuf's own verification said yes along the whole chain,
// and that no role on it had expired at the one reference time of the walk. Of a targets
// role that is written plainly go-tuf does not read the map of targets: that is read
// here, the signatures are verified with go-tuf's keys and verifiers, and go-tuf is asked
// about the whole file whenever the answer is not yes (plain.go says why that is the
// same). Neither a
// refusal nor an expired role ends the walk: it goes on below, where nothing is
// accepted, and says what would be.
//
// Step numbers in comments are those of section 5 of the TUF specification
// 1.0.34.
package trust

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/word"
)

// Config is what a walk starts from.
type Config struct {
	// Root is the trusted root's bytes; nil asks for trust on first use.
	Root []byte
	// From, when positive, is the version of the root to start from as the repository
	// serves it, as a client does that ships it. It counts without Root only, and is
	// trusted on first use.
	From int64
	// At is the reference time for every question of expiry (5.1).
	At time.Time
	// Soon overrides, when positive, how long before its end a role is reported;
	// zero takes a default by role.
	Soon time.Duration
	// Limits bound the walk; the zero value means [DefaultLimits].
	Limits Limits
	// Before is what an earlier run has left, or nil. A walk with it is as strict as a
	// client that has seen that state, and without Root it stands on the remembered one.
	Before *Remembered
	// MetadataOnly says that target files are not looked at: what is remembered of the
	// targets stays as it is.
	MetadataOnly bool
}

// Limits bound what a hostile repository can make the walk do.
type Limits struct {
	File     int64 // bytes of one metadata file; above it nothing is read
	Roots    int   // root versions
	Roles    int   // delegated roles
	Depth    int   // delegations below each other
	Visits   int   // roles beside targets that common clients visit in one search
	Signers  int   // keys of one role that are looked at one by one
	Work     int64 // bytes that the verification of one role may have to go over: its size times its keys
	slow     bool  // go-tuf reads and verifies every file, for tests
	RootMax  int64 // what common clients accept at most for a root, in bytes
	TimeMax  int64 // … for a timestamp
	SnapMax  int64 // … for a snapshot whose length is not listed
	TargsMax int64 // … for a targets role whose length is not listed
}

// DefaultLimits are wide enough for every repository that clients can read; Visits
// and the last four are go-tuf's defaults.
func DefaultLimits() Limits {
	return Limits{
		File: 64 << 20, Roots: 1024, Roles: 65536, Depth: 64, Visits: 32, Signers: 256, Work: 512 << 20,
		RootMax: 512_000, TimeMax: 16_384, SnapMax: 2_000_000, TargsMax: 5_000_000,
	}
}

// NeedID names a needed file within a walk; the first is 0 and they count up.
type NeedID uint32

// Need is a metadata file that the walk wants.
type Need struct {
	ID   NeedID
	Role RoleID // the first role that wants it
	// Name is the role's name as the metadata has it, raw: "root", "timestamp", "a/b".
	Name string
	// Version is the version in the file's name; 0 asks for the name without one.
	Version int64
	// Length is the exact length if the parent lists one, else -1.
	Length int64
	// Limit is the most bytes worth reading.
	Limit int64
	// Optional says that absence is an answer and not a fault (the next root, an older root).
	Optional bool
}

// Answer is what came of a need.
type Answer struct {
	// Bytes is the whole file; the walk keeps it and nobody may change it. Nil if there is none.
	Bytes []byte
	// Absent says that the server answered "there is no such file".
	Absent bool
	// Status is the HTTP status of that answer, or 0.
	Status int
	// Reason says why there are no bytes, printable; "" with bytes.
	Reason string
}

// lack is the state of a role whose file this answer does not bring.
func (a Answer) lack() RoleState {
	if a.Absent {
		return Absent
	}
	return Unfetched
}

// Job is verification to be run on any goroutine. Its Result goes to Walk.Apply.
type Job struct {
	Need NeedID // whose bytes it looks at
	Run  func() Result
}

// Result is what a Job found. Only the walk looks inside.
type Result struct {
	apply func(w *Walk, s *Step)
}

// RoleID names a role as seen from one delegator (an edge), or one version of
// the root. The first is 0 and they count up.
type RoleID uint32

// RoleState is how far a role has come.
type RoleState uint8

const (
	// Fetching: its file is on the way.
	Fetching RoleState = iota
	// Accepted: go-tuf accepts it along the whole chain.
	Accepted
	// Refused: go-tuf refuses it, or something above it was refused; see Problem.
	Refused
	// Expired: go-tuf accepts its signatures, version and place, and its time is over at
	// the reference time: a client refuses it, and all below it (5.3.10, 5.4.4, 5.5.6,
	// 5.6.5). Everything else about it was looked at as if it were not.
	Expired
	// Absent: the server says that there is no such file.
	Absent
	// Unfetched: its file could not be had, and nobody knows whether it is there: the
	// attempt failed otherwise, or was ended.
	Unfetched
	// Skipped: it was not looked at (a version of the root that is not needed, or below something that could not be had).
	Skipped
	numRoleStates
)

var roleStateNames = [numRoleStates]string{"fetching", "accepted", "refused", "expired", "missing", "not fetched", "skipped"}

// String gives the word used in reports and on screen.
func (s RoleState) String() string {
	if int(s) < len(roleStateNames) {
		return roleStateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// MarshalText writes the word of [RoleState.String].
func (s RoleState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *RoleState) UnmarshalText(b []byte) error {
	return word.Read(s, roleStateNames[:], "state of a role", b)
}

// Signer is one key of a role and what go-tuf says of its signature.
type Signer struct {
	KeyID  string `json:"key_id,omitzero"` // printable
	Owner  string `json:"owner,omitzero"`  // a name that the metadata states for the key, or ""
	Valid  bool   `json:"valid,omitzero"`
	Reason string `json:"reason,omitzero"` // why it is not valid: "has not signed", "does not verify", …
}

// Role is everything known about a role under one delegator. All texts are printable.
type Role struct {
	ID        RoleID    `json:"id"`
	Name      string    `json:"name,omitzero"`
	Parent    string    `json:"parent,omitzero"`    // the delegator's name; "" for a root
	ParentID  RoleID    `json:"parent_id,omitzero"` // meaningful if Parent is not ""
	Version   int64     `json:"version,omitzero"`   // 0 until its file has been read
	State     RoleState `json:"state"`
	Expires   time.Time `json:"expires,omitzero"` // zero until its file has been read
	Expired   bool      `json:"expired,omitzero"` // at the reference time
	Soon      bool      `json:"soon,omitzero"`    // within the threshold
	Threshold int       `json:"threshold,omitzero"`
	Signers   []Signer  `json:"signers,omitzero"`
	// Before are the keys of the root before this one, if it was judged by that: of them
	// too, as many as BeforeThreshold have to sign it (5.3.4).
	Before          []Signer `json:"before,omitzero"`
	BeforeThreshold int      `json:"before_threshold,omitzero"`
	Size            int64    `json:"size,omitzero"`    // bytes of its file
	SHA256          string   `json:"sha256,omitzero"`  // of its file, hexadecimal
	Targets         int      `json:"targets,omitzero"` // how many it lists
	// Paths are the delegation's patterns, or "hash prefixes …", "bin … of …".
	Paths       []string `json:"paths,omitzero"`
	Terminating bool     `json:"terminating,omitzero"`
	// Shipped is, for an older root, what becomes of a client that ships it.
	Shipped Shipped `json:"shipped,omitzero"`
	// Current says that this role is part of the state a client would end with:
	// false for older roots.
	Current bool   `json:"current,omitzero"`
	Problem string `json:"problem,omitzero"` // why it was refused, is missing, was not fetched or was skipped
}

// ValidSigners counts the keys whose signature verifies.
func (r *Role) ValidSigners() int { return valid(r.Signers) }

// ValidBefore counts the keys of the root before whose signature verifies.
func (r *Role) ValidBefore() int { return valid(r.Before) }

func valid(list []Signer) int {
	n := 0
	for i := range list {
		if list[i].Valid {
			n++
		}
	}
	return n
}

// Hash is one listed hash of a target.
type Hash struct {
	Algorithm string // "sha256", "sha512", or what the metadata says
	Sum       []byte
}

// Target is one entry of a targets role. Path is raw, as signed.
type Target struct {
	Path   string
	Length int64  // as signed: a client that accepts the role may meet one below zero
	Hashes []Hash // by algorithm's name
}

// Clone gives a copy that shares no memory with the other targets of its list.
func (t *Target) Clone() *Target {
	c := Target{Path: strings.Clone(t.Path), Length: t.Length, Hashes: make([]Hash, len(t.Hashes))}
	for i, h := range t.Hashes {
		c.Hashes[i] = Hash{algorithm(h.Algorithm), slices.Clone(h.Sum)}
	}
	return &c
}

// TargetList is what one role's file lists, by path.
type TargetList struct {
	Role    RoleID
	Name    string // the role's raw name: what Walk.Reach asks for
	Targets []Target
}

// Verdict is the end of a need: what its file turned out to be.
type Verdict struct {
	Need NeedID
	// Accepted under at least one delegator, along the whole chain.
	Accepted bool
	// Problem says why not; its ID is UntrustedRole, or RoleUndecided, if the file itself verifies
	// and something above it was refused. Nil if accepted.
	Problem *finding.Finding
	// Note is for accepted files and for absences that are no fault:
	// "the root chain ends at version 5".
	Note string
}

// Note is a finding and the role that it is about.
type Note struct {
	Finding finding.Finding
	// Role is valid if About is set.
	Role  RoleID
	About bool
}

// Step is what became known, and what is wanted next.
type Step struct {
	Needs []Need
	Jobs  []Job
	Roles []Role // new or changed, whole
	// Withdrawn are notes of earlier steps that no longer hold, because the files
	// that they hang on are judged anew. They come before Notes, which may say the
	// same once more.
	Withdrawn []Note
	Notes     []Note
	Lists     []TargetList // each role's once, also of refused roles; again after a file was delivered again
	Verdicts  []Verdict
	// Refetch names files that are to be fetched and delivered once more, because
	// something above them was delivered again.
	Refetch []NeedID
	// Outdated names files that play no part any more: what is above them was
	// delivered again and names other versions.
	Outdated []NeedID
	// Reach says that answers of Walk.Reach may have changed.
	Reach bool
	// Clients are the verdicts of clients, when they were asked; see Walk.Clients.
	Clients []ClientVerdict
	// Changes is what has changed since the remembered run; nil if nothing new is known
	// of that. Without Since, what was known does not hold any more.
	Changes *Changes
}

// Anchor is the root that the walk stands on.
type Anchor struct {
	Version  int64
	SHA256   string // of its bytes, hexadecimal
	SHA512   string
	FirstUse bool // the repository itself served it, in this run
	// Remembered says that it is the one that an earlier run has ended with. Since is when
	// the first of its chain was trusted on first use; zero if that was handed over.
	Remembered bool
	Since      time.Time
}

// ReachState is what a search through the delegations ends with.
type ReachState uint8

const (
	// Pending: a role that the search visits is not decided yet.
	Pending ReachState = iota
	// Found: a client finds the path in this role, through accepted roles only.
	Found
	// Shadowed: a client finds the path in another role first.
	Shadowed
	// Broken: the search ends at a role that was refused or is missing.
	Broken
	// Undelegated: no accepted delegation leads the search to this role.
	Undelegated
	// Terminated: a terminating delegation ends the search before it gets to this role.
	Terminated
	// BeyondLimit: the search gets to the path only after more roles than common
	// clients visit; they say that there is no such target.
	BeyondLimit
)

// Reach is the answer to "would a client find this path in this role?".
type Reach struct {
	State ReachState
	// By names the role that decides: the one that shadows, that the search
	// breaks at, that is awaited, that is delegated to by the terminating delegation,
	// or that clients visit last. Printable.
	By string
	// Unproved says, when broken, that the role's file could not be fetched: a client
	// may do better.
	Unproved bool
	// Same says, when shadowed, that the other role lists the same length and hashes.
	Same bool
	// Why is one printable line for people; "" when found.
	Why string
}
