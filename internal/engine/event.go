package engine

import (
	"fmt"
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
	MinRate      int64 // bytes a second; 0: none
	Retries      int
	GiveUpAfter  time.Duration // of a silent host; 0: never
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
	Auto          bool // the run chooses how many workers there are; it begins with these
	Limits        Limits
	MetadataOnly  bool
	Remembered    time.Time // reference time of the run that is remembered; zero if none is
	Interactive   bool      // the run goes on until it is told to stop
}

// Noted is what who started the run has to say of it, and what it is about. It follows
// RunStarted directly. State does not keep it: it is no finding and changes nothing,
// and is for those who show or record what has happened.
type Noted struct{ Subject, Text string }

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
	Since   time.Time // of a root trusted on first use that is remembered: when that was; else zero
}

// Compared says what has changed since the run that is remembered, once everything is
// known and accepted. It comes again when that is no longer so, without Since then.
type Compared struct{ Changes trust.Changes }

// RoleChanged carries a role, whole.
type RoleChanged struct{ Role trust.Role }

// ItemsFound carries at most 1,000 new items. Copies follow their target directly
// and stand in the same event.
type ItemsFound struct{ Items []ItemSpec }

// ItemBound says of which role a metadata file is that was asked for before it was known
// that there is such a role.
type ItemBound struct {
	Item ItemID
	Role trust.RoleID
}

// StateChanged moves an item from one state to another.
type StateChanged struct {
	Item    ItemID
	Attempt int
	From    ItemState
	To      ItemState
	Reason  string
	Problem *Problem      // for Failed, Untrusted, Cancelled, Retrying, Stalled; else nil
	Next    time.Duration // for Retrying: when, since the start
	Done    int64         // bytes of the file so far; an attempt that goes on after an earlier one starts with its bytes
}

// Progress says how far an attempt is. Only the newest of an item is kept.
type Progress struct {
	Item    ItemID
	Attempt int
	Done    int64   // bytes of the file so far
	Rate    float64 // bytes a second
}

// PhasesEntered says which phases an attempt has entered since the last one, and when:
// the event may come up to a tick later, or with the attempt's end. Marks are in order
// and are not changed any more; Address and Reused are those of the latest phase that
// has an address.
type PhasesEntered struct {
	Item    ItemID
	Attempt int
	Marks   []TimedMark
	Address string
	Reused  bool
}

// Responded carries what the server said before the body.
type Responded struct {
	Item     ItemID
	Attempt  int
	Response fetch.Response
}

// Diagnosed says why an item is silent, or slow; without a cause, that it is not
// slow any more. Only the newest of an item is kept.
type Diagnosed struct {
	Item    ItemID
	Attempt int
	fetch.Diagnosis
	// Commands repeat the case from a shell.
	Commands []string
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

// ClientsJudged says which clients would accept the repository. It comes once the walk
// is done, and again if it comes to another end later. Without verdicts it takes back
// those before: they were about files that have been delivered anew since.
type ClientsJudged struct{ Verdicts []trust.ClientVerdict }

// ProbeBegan says that an investigation of an item is under way.
type ProbeBegan struct{ Item ItemID }

// Probed is a step of an investigation.
type Probed struct {
	Item ItemID
	Step fetch.Step
}

// ProbeEnded is the end of an investigation.
type ProbeEnded struct {
	Item ItemID
	Text string // what it came to, one sentence
}

// RoleRead answers a ReadRole: a role's file, up to some megabytes of text. State does
// not keep it, so that a run does not grow by what was once looked at: it is for those
// who asked, or who play a record of the run. They take it from the event, and the
// latest of a role holds.
type RoleRead struct {
	Role trust.RoleID
	File trust.RoleFile
}

// HostChanged sums up one host and address. Only the newest of each is kept.
type HostChanged struct {
	Host    string // "host:port" as in the address of the repository, or "local"
	Address string // "IP:port"; "" for what failed before there was one
	Active  int    // attempts under way
	Waiting int    // of them, without a byte of an answer
	Open    int    // connections, busy or idle; -1 when nobody counts them
	Bytes   int64
	Rate    float64 // bytes a second, lately
	Failed  int     // attempts that stalled to their end or failed otherwise than by a missing file
	Errors  []Count // the reasons of those, the most frequent first; at most MaxReasons
	// First bytes of the latest 256 answers, since their attempts began.
	FirstByteP50 time.Duration
	FirstByteP95 time.Duration
}

// MaxReasons is how many different reasons HostChanged tells apart. Others are
// counted in Failed alone.
const MaxReasons = 8

// Count is how often something was so.
type Count struct {
	Text string
	N    int
}

// BreakerState is what is done with the queue of a host.
type BreakerState uint8

const (
	// Flowing: attempts start as slots get free.
	Flowing BreakerState = iota
	// Held: every attempt stalled or failed at network level. The queue waits, one
	// attempt at a time goes on as a canary.
	Held
	// GivenUp: held for too long in a run without a person. Its items have failed,
	// and what is found later fails at once.
	GivenUp
	numBreakerStates
)

var breakerStateNames = [numBreakerStates]string{"flowing", "held", "given up"}

// String gives the words used in reports and on screen.
func (s BreakerState) String() string {
	if s < numBreakerStates {
		return breakerStateNames[s]
	}
	return fmt.Sprintf("breaker(%d)", uint8(s))
}

// BreakerChanged says that the queue of a host is held, or flows again, or that a
// held one sends its next canary at another time.
type BreakerChanged struct {
	Host   string
	State  BreakerState
	Why    string        // one line; "" when it flows
	Since  time.Duration // when this state began, since the start
	Next   time.Duration // while held: when the next canary starts; 0 while one is under way
	Queued int           // items that wait for this host
}

// QueueChanged is the state of the queue. Only the newest is kept.
type QueueChanged struct {
	Paused     bool
	Workers    int
	Auto       bool          // the run has chosen them, and may choose others
	StallAfter time.Duration // the stall limit in force
	Active     int           // workers that are taken; a stalled attempt takes none
	Bytes      int64         // received since the start, everything counted
	Rate       float64       // bytes a second, lately
}

// Most is how many attempts there may be at a time, those included that have stalled and
// hold no worker.
func (q *QueueChanged) Most() int { return q.Workers + besides(q.Workers, q.Auto) }

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

// InspectorStuck says that a part of this program does not move, or that it moves
// again. It is no verdict: what such a part owes comes later or, in the worst case,
// never, and the run ends as undecided then.
type InspectorStuck struct {
	Part string
	For  time.Duration // how long it has stood, or had stood
	Over bool          // it moves again
	// Files that show what it was doing: all goroutines, and the latest seconds of
	// the runtime's trace. "" where there is none; Err says why.
	Dump, Trace string
	Err         string
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
func (Noted) body()          {}
func (LayoutFound) body()    {}
func (AnchorChosen) body()   {}
func (Compared) body()       {}
func (RoleChanged) body()    {}
func (ItemsFound) body()     {}
func (ItemBound) body()      {}
func (StateChanged) body()   {}
func (Progress) body()       {}
func (PhasesEntered) body()  {}
func (Responded) body()      {}
func (Diagnosed) body()      {}
func (FindingRaised) body()  {}
func (ClientsJudged) body()  {}
func (ProbeBegan) body()     {}
func (Probed) body()         {}
func (ProbeEnded) body()     {}
func (RoleRead) body()       {}
func (HostChanged) body()    {}
func (BreakerChanged) body() {}
func (QueueChanged) body()   {}
func (CommandDone) body()    {}
func (InspectorFault) body() {}
func (InspectorStuck) body() {}
func (RunSettled) body()     {}
func (RunFinished) body()    {}
