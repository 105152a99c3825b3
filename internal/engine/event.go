package engine

import (
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// Event is something that happened. Seq counts up by one over the lossless
// events; a coalesced event carries the Seq of the lossless one before it. At is
// the time since the run's start and never goes back.
type Event struct {
	Seq  uint64
	At   time.Duration
	Body Body
}

// Body is the part of an Event that says what happened. Bodies are immutable
// once sent.
type Body interface{ body() }

// Update is a batch of events in their order.
type Update struct{ Events []Event }

// Limits are the limits that a run started with.
type Limits struct {
	StallAfter   time.Duration
	StallTimeout time.Duration
	Retries      int
	Deadline     time.Duration // 0: none
}

// RunStarted is the first event.
type RunStarted struct {
	Version       string // of this program
	Repository    string // as it was asked for, printable, without secrets
	MetadataURL   string
	TargetsURL    string
	ReferenceTime time.Time // expiry is judged as of this moment
	Started       time.Time // wall clock at At 0
	Workers       int
	Limits        Limits
	MetadataOnly  bool
	Interactive   bool // the run goes on until it is told to stop
}

// LayoutFound says where metadata and targets are, once that is known. Until
// then RunStarted's addresses are a guess.
type LayoutFound struct{ MetadataURL, TargetsURL string }

// AnchorChosen says on which root the run stands. It comes again if an older root
// takes the place.
type AnchorChosen struct {
	Version int64
	SHA256  string // of the root's bytes, hexadecimal
	SHA512  string
	Source  RootSource
}

// RoleChanged carries a role, whole.
type RoleChanged struct{ Role trust.Role }

// ItemsFound carries at most 1,000 new items. Copies follow their target directly
// and stand in the same event.
type ItemsFound struct{ Items []ItemSpec }

// StateChanged moves an item from one state to another.
type StateChanged struct {
	Item    ItemID
	Attempt int
	From    ItemState
	To      ItemState
	Reason  string
	Problem *Problem      // for Failed, Untrusted, Cancelled, Retrying, Stalled; else nil
	Next    time.Duration // for Retrying: when, since the start
	Done    int64         // bytes of this attempt so far
}

// Progress says how far an attempt is. Only the newest of an item is kept.
type Progress struct {
	Item    ItemID
	Attempt int
	Done    int64
	Rate    float64 // bytes a second
}

// PhaseEntered says that an attempt entered a phase, and when: the event may come
// up to a tick later.
type PhaseEntered struct {
	Item    ItemID
	Attempt int
	Phase   fetch.Phase
	Entered time.Duration
	Address string
	Reused  bool
}

// Responded carries what the server said before the body.
type Responded struct {
	Item     ItemID
	Attempt  int
	Response fetch.Response
}

// Certainty says how sure a diagnosis is.
type Certainty uint8

const (
	// Guess follows from the phase alone.
	Guess Certainty = iota
	// Likely follows from what the system says of the connection.
	Likely
	// Certain leaves no other explanation.
	Certain
)

// Diagnosed says why an item is silent. Only the newest of an item is kept.
type Diagnosed struct {
	Item      ItemID
	Attempt   int
	Cause     string // "server: no first byte", one line
	Evidence  []string
	Certainty Certainty
}

// FindingRaised carries a finding that is not the problem of an item. About says
// whether Role means anything. Withdrawn takes an equal finding back: the file
// that it was about was looked at again.
type FindingRaised struct {
	Finding   finding.Finding
	Role      trust.RoleID
	About     bool
	Withdrawn bool
}

// Probed is a step of a side investigation of one item.
type Probed struct {
	Item       ItemID
	Step       string // "connect", "first byte", "conclusion"
	Address    string
	Protocol   string
	Duration   time.Duration
	Outcome    string
	Conclusion bool // the last one; Outcome is the sentence
}

// HostChanged sums up one host and address. Only the newest of each is kept.
type HostChanged struct {
	Host, Address string
	Open          int // attempts under way
	Waiting       int // of them, without a byte of an answer
	Bytes         int64
	Errors        int
	FirstByteP50  time.Duration
	FirstByteP95  time.Duration
}

// QueueChanged is the state of the queue. Only the newest is kept.
type QueueChanged struct {
	Paused  bool
	Workers int
	Active  int     // slots in use
	Bytes   int64   // received since the start, everything counted
	Rate    float64 // bytes a second, lately
}

// CommandDone answers exactly one command.
type CommandDone struct {
	Command  Command
	Accepted int    // items that the command had an effect on
	Skipped  int    // items that it had none on
	Reason   string // why they were skipped; "" if none were
	Err      string // why the whole command was refused; "" if it was not
}

// InspectorFault is a fault of this program: a panic that was caught, or a worker
// that does not answer.
type InspectorFault struct {
	Goroutine string // its name
	Value     string // what was wrong
	Stack     string
}

// RunSettled says that nothing is left to do. In an interactive run a command
// can set it going again, and another RunSettled follows; else RunFinished does.
type RunSettled struct{ Verdict Verdict }

// RunFinished is the last event.
type RunFinished struct {
	Verdict Verdict
	Why     string // what ended it early ("deadline of 30s reached", "interrupted"); "" if nothing did
}

func (RunStarted) body()     {}
func (LayoutFound) body()    {}
func (AnchorChosen) body()   {}
func (RoleChanged) body()    {}
func (ItemsFound) body()     {}
func (StateChanged) body()   {}
func (Progress) body()       {}
func (PhaseEntered) body()   {}
func (Responded) body()      {}
func (Diagnosed) body()      {}
func (FindingRaised) body()  {}
func (Probed) body()         {}
func (HostChanged) body()    {}
func (QueueChanged) body()   {}
func (CommandDone) body()    {}
func (InspectorFault) body() {}
func (RunSettled) body()     {}
func (RunFinished) body()    {}
