package engine

import (
	"fmt"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
	"example.com/tufinspect/internal/word"
)

// ItemID names one file of a run. The first is 0 and they count up without gaps.
type ItemID uint32

// Kind says what sort of file an item is.
type Kind uint8

const (
	// Metadata is a role's file.
	Metadata Kind = iota
	// Target is a target file, under the first of its names.
	Target
	// Copy is the same target file under the name made of another of its hashes.
	// A client may ask for either, so a target counts as verified only together
	// with its copies.
	Copy
	numKinds
)

var kindNames = [numKinds]string{"metadata", "target", "copy"}

// String gives the word used in reports.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// MarshalText writes the word of [Kind.String].
func (k Kind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (k *Kind) UnmarshalText(b []byte) error { return word.Read(k, kindNames[:], "kind of an item", b) }

// ItemState is where an item is in its life.
type ItemState uint8

// The states of an item; ARCHITECTURE.md in the project's docs has the picture.
const (
	Queued       ItemState = iota // waits for a slot
	Connecting                    // pool, DNS, TCP, proxy, TLS
	Waiting                       // request on its way, no answer yet
	Transferring                  // body
	Verifying                     // bytes complete, verdict on its way
	Stalled                       // no byte and no phase change for the stall limit
	Retrying                      // counts down to the next attempt
	Verified                      // ended: what a client would accept
	Untrusted                     // ended: the bytes match, a client would not get this far
	Failed                        // ended: see Problem
	Cancelled                     // ended: by a person, a deadline or the end of the run
	Skipped                       // ended: nothing to check, see Reason
	numStates
)

// NumStates is how many item states there are.
const NumStates = int(numStates)

var stateNames = [numStates]string{"queued", "connecting", "waiting", "transferring", "verifying", "stalled", "retrying", "verified", "untrusted", "failed", "cancelled", "skipped"}

// String gives the word used in reports and on screen.
func (s ItemState) String() string {
	if int(s) < len(stateNames) {
		return stateNames[s]
	}
	return fmt.Sprintf("state(%d)", uint8(s))
}

// MarshalText writes the word of [ItemState.String].
func (s ItemState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *ItemState) UnmarshalText(b []byte) error {
	return word.Read(s, stateNames[:], "state of an item", b)
}

// Ended tells whether the state is sticky: only a retry leaves it.
func (s ItemState) Ended() bool { return s >= Verified && s < numStates }

// Active tells whether an attempt is under way, stalled or not.
func (s ItemState) Active() bool { return s >= Connecting && s <= Stalled }

// ItemSpec is what is known of an item when it is found. Texts are printable.
type ItemSpec struct {
	ID       ItemID
	Of       ItemID // for a Copy, the target that it is a copy of; else ID
	Role     trust.RoleID
	Kind     Kind
	Path     string // a target's path, or the name of a metadata file
	Under    string // for a Copy, the hash algorithm that its name is made of
	RoleName string
	Length   int64 // bytes, or -1 when no parent lists it
	Hashes   []trust.Hash
	Site     *Site // where it is; nil if the name cannot be fetched safely
}

// Problem is why an item did not end verified.
type Problem struct {
	Kind     finding.ID        `json:"kind"`
	Text     string            `json:"text,omitzero"`  // one line
	Retry    bool              `json:"retry,omitzero"` // another attempt may help
	Hint     string            `json:"hint,omitzero"`
	Evidence map[string]string `json:"evidence,omitzero"`
}

// Severity is the catalogue's for the problem's kind.
func (p *Problem) Severity() finding.Severity {
	k, ok := finding.Lookup(p.Kind)
	if !ok {
		return finding.Unknown
	}
	return k.Severity
}

// TimedMark is a phase and when it began, since the start of the run.
type TimedMark struct {
	Phase fetch.Phase   `json:"phase"`
	At    time.Duration `json:"at_ns"`
}

// Silence is a time in which an attempt said nothing, since the start of the run.
type Silence struct {
	From  time.Duration
	Until time.Duration // 0 while it goes on
}

// maxSilences is how many silences of an attempt are kept. A body that drips for a
// day has thousands; the latest are the ones that say what it is doing.
const maxSilences = 100

// Attempt is one try at an item. Times are since the start of the run.
type Attempt struct {
	N        int
	Started  time.Duration
	Ended    time.Duration // 0 while it is under way
	Marks    []TimedMark
	Silent   []Silence // those as long as the stall limit, oldest first; at most maxSilences
	Address  string
	Reused   bool
	Response *fetch.Response // of the latest request; nil until there is one
	From     int64           // the byte of the file at which it went on after an earlier attempt, or 0
	Done     int64           // bytes of the file, From included
	Problem  *Problem        // nil while it is under way, and if it ended well
	Hops     []Hop           // where redirects have led, in order; at most maxHops
}

// Investigation is a probe of one item, as far as it has come.
type Investigation struct {
	Began time.Duration
	Ended time.Duration // 0 while it is under way
	Steps []fetch.Step
	Text  string // what it came to; "" while it is under way
}

// Item is an item as events have made it. It is changed by State.Apply only.
type Item struct {
	ItemSpec
	State   ItemState
	From    ItemState     // while stalled: the state it was in
	Copies  int32         // for a Target: how many Copy items follow it directly
	Attempt int           // 0 until the first attempt starts
	Since   time.Duration // when the state was entered
	Done    int64         // bytes of the file so far
	Rate    float64       // bytes a second, lately
	Next    time.Duration // while retrying: when the next attempt is due
	Reason  string        // what led to the state, one line; may be ""
	Problem *Problem
	Cause   *Diagnosed // the latest diagnosis of the latest attempt, or nil
	tried   tried
}

// Attempts are the attempts so far, oldest first. They are not to be written to.
func (it *Item) Attempts() []Attempt {
	switch {
	case it.tried.well != "":
		return []Attempt{unpack(it.tried.well)}
	case it.tried.all == nil:
		return nil
	}
	return *it.tried.all
}

// Tries is how many attempts there were so far.
func (it *Item) Tries() int { return it.tried.len() }

// Current is the latest attempt, or nil. It is not to be written to.
func (it *Item) Current() *Attempt { return it.tried.last() }

// Began is when the latest attempt began, and whether there is one. It costs less than
// Current.
func (it *Item) Began() (time.Duration, bool) {
	if it.tried.well != "" {
		u := packed(it.tried.well)
		return time.Duration(u.int()), true
	}
	if a := it.Current(); a != nil {
		return a.Started, true
	}
	return 0, false
}

// Address is where the latest attempt was connected to, or "". It costs less than
// Current.
func (it *Item) Address() string {
	if it.tried.well != "" {
		u := packed(it.tried.well)
		u.int()
		return u.text()
	}
	if a := it.Current(); a != nil {
		return a.Address
	}
	return ""
}

// Redirected tells whether a redirect has led the latest attempt elsewhere. It costs less
// than Current.
func (it *Item) Redirected() bool {
	if it.tried.well != "" {
		u := packed(it.tried.well)
		u.int()
		u.text()
		u.int()
		u.int()
		return u.byte()&4 != 0
	}
	a := it.Current()
	return a != nil && len(a.Hops) > 0
}

// lastAttempt is the number of the latest attempt, or 0.
func (it *Item) lastAttempt() int {
	if a := it.Current(); a != nil {
		return a.N
	}
	return 0
}
