package engine

import (
	"fmt"
	"time"

	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
	"example.com/tufinspect/internal/word"
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
	StallAfter   time.Duration `json:"stall_after_ns,omitzero"`
	StallTimeout time.Duration `json:"stall_timeout_ns,omitzero"`
	MinRate      int64         `json:"min_rate,omitzero"` // bytes a second; 0: none
	Retries      int           `json:"retries,omitzero"`
	GiveUpAfter  time.Duration `json:"give_up_after_ns,omitzero"` // of a silent host; 0: never
	Deadline     time.Duration `json:"deadline_ns,omitzero"`      // 0: none
}

// RunStarted is the first event.
type RunStarted struct {
	Version       string    `json:"version,omitzero"`    // of this program
	Repository    string    `json:"repository,omitzero"` // as it was asked for, printable, without secrets
	MetadataURL   string    `json:"metadata_url,omitzero"`
	TargetsURL    string    `json:"targets_url,omitzero"`
	ReferenceTime time.Time `json:"reference_time,omitzero"` // expiry is judged as of this moment
	Started       time.Time `json:"started,omitzero"`        // wall clock at At 0
	Workers       int       `json:"workers,omitzero"`
	Auto          bool      `json:"auto,omitzero"` // the run chooses how many workers there are; it begins with these
	Limits        Limits    `json:"limits,omitzero"`
	MetadataOnly  bool      `json:"metadata_only,omitzero"`
	Remembered    time.Time `json:"remembered,omitzero"`  // reference time of the run that is remembered; zero if none is
	Interactive   bool      `json:"interactive,omitzero"` // the run goes on until it is told to stop
}

// Noted is what who started the run has to say of it, and what it is about. It follows
// RunStarted directly, or comes later through Session.Note. State does not keep it: it is
// no finding and changes nothing, and is for those who show or record what has happened.
type Noted struct {
	Subject string `json:"subject,omitzero"`
	Text    string `json:"text,omitzero"`
}

// ToDo begins the text of a Noted that says what to do about its subject. Without it the
// text says what is wrong with that, or what it is.
const ToDo = "to do: "

// LayoutFound says where metadata and targets are, once that is known. Until
// then RunStarted's addresses are a guess.
type LayoutFound struct {
	MetadataURL string `json:"metadata_url,omitzero"`
	TargetsURL  string `json:"targets_url,omitzero"`
}

// AnchorChosen says on which root the run stands. It comes again if an older root
// takes the place.
type AnchorChosen struct {
	Version int64      `json:"version,omitzero"`
	SHA256  string     `json:"sha256,omitzero"` // of the root's bytes, hexadecimal
	SHA512  string     `json:"sha512,omitzero"`
	Source  RootSource `json:"source,omitzero"`
	Since   time.Time  `json:"since,omitzero"` // of a root trusted on first use that is remembered: when that was; else zero
}

// Compared says what has changed since the run that is remembered, once everything is
// known and accepted. It comes again when that is no longer so, without Since then.
type Compared struct {
	Changes trust.Changes `json:"changes,omitzero"`
}

// RoleChanged carries a role, whole.
type RoleChanged struct {
	Role trust.Role `json:"role"`
}

// ItemsFound carries at most 1,000 new items. Copies follow their target directly
// and stand in the same event.
type ItemsFound struct{ Items []ItemSpec }

// ItemBound says of which role a metadata file is that was asked for before it was known
// that there is such a role.
type ItemBound struct {
	Item ItemID       `json:"item"`
	Role trust.RoleID `json:"role"`
}

// StateChanged moves an item from one state to another.
type StateChanged struct {
	Item    ItemID        `json:"item"`
	Attempt int           `json:"attempt,omitzero"`
	From    ItemState     `json:"from"`
	To      ItemState     `json:"to"`
	Reason  string        `json:"reason,omitzero"`
	Problem *Problem      `json:"problem,omitzero"` // for Failed, Untrusted, Cancelled, Retrying, Stalled; else nil
	Next    time.Duration `json:"next_ns,omitzero"` // for Retrying: when, since the start
	Done    int64         `json:"done,omitzero"`    // bytes of the file so far; an attempt that goes on after an earlier one starts with its bytes
}

// Progress says how far an attempt is. Only the newest of an item is kept.
type Progress struct {
	Item    ItemID  `json:"item"`
	Attempt int     `json:"attempt,omitzero"`
	Done    int64   `json:"done,omitzero"` // bytes of the file so far
	Rate    float64 `json:"rate,omitzero"` // bytes a second
}

// PhasesEntered says which phases an attempt has entered since the last one, and when:
// the event may come up to a tick later, or with the attempt's end. Marks are in order
// and are not changed any more; Address and Reused are those of the latest phase that
// has an address.
type PhasesEntered struct {
	Item    ItemID      `json:"item"`
	Attempt int         `json:"attempt,omitzero"`
	Marks   []TimedMark `json:"marks,omitzero"`
	Address string      `json:"address,omitzero"`
	Reused  bool        `json:"reused,omitzero"`
}

// Responded carries what the server said before the body. A redirect that is followed is in
// Redirected.
type Responded struct {
	Item     ItemID         `json:"item"`
	Attempt  int            `json:"attempt,omitzero"`
	Response fetch.Response `json:"response,omitzero"`
}

// Redirected says where a redirect has led an attempt, and which phases of the request
// there began since the last one of the same hop. In PhasesEntered that request has only
// those phases that no request of the attempt had before.
type Redirected struct {
	Item    ItemID          `json:"item"`
	Attempt int             `json:"attempt,omitzero"`
	Hop     int             `json:"hop"`           // 1 is where the first redirect led
	Host    string          `json:"host,omitzero"` // as in the address, with the port if that has one; with the first event of a hop
	URL     string          `json:"url,omitzero"`  // printable and without secrets; with the first event of a hop
	By      *fetch.Response `json:"by,omitzero"`   // the answer that led there; with the first event of a hop
	From    string          `json:"from,omitzero"` // the address that gave that answer; with the first event of hop 1
	Marks   []TimedMark     `json:"marks,omitzero"`
	Address string          `json:"address,omitzero"` // where it was connected to, once that is known
	Reused  bool            `json:"reused,omitzero"`  // the connection had been used before
}

// Diagnosed says why an item is silent, or slow; without a cause, that it is not
// slow any more. Only the newest of an item is kept.
type Diagnosed struct {
	Item    ItemID `json:"item"`
	Attempt int    `json:"attempt,omitzero"`
	fetch.Diagnosis
	// Commands repeat the case from a shell.
	Commands []string `json:"commands,omitzero"`
}

// FindingRaised carries a finding that is not the problem of an item. About says
// whether Role means anything. Withdrawn takes an equal finding back: the file
// that it was about was looked at again.
type FindingRaised struct {
	Finding   finding.Finding `json:"finding,omitzero"`
	Role      trust.RoleID    `json:"role"`
	About     bool            `json:"about,omitzero"`
	Withdrawn bool            `json:"withdrawn,omitzero"`
}

// ClientsJudged says which clients would accept the repository. It comes once the walk
// is done, and again if it comes to another end later. Without verdicts it takes back
// those before: they were about files that have been delivered anew since.
type ClientsJudged struct {
	Verdicts []trust.ClientVerdict `json:"verdicts,omitzero"`
}

// ProbeBegan says that an investigation of an item is under way.
type ProbeBegan struct {
	Item ItemID `json:"item"`
}

// Probed is a step of an investigation.
type Probed struct {
	Item ItemID     `json:"item"`
	Step fetch.Step `json:"step,omitzero"`
}

// ProbeEnded is the end of an investigation.
type ProbeEnded struct {
	Item ItemID `json:"item"`
	Text string `json:"text,omitzero"` // what it came to, one sentence
}

// RoleRead answers a ReadRole: a role's file, up to some megabytes of text. State does
// not keep it, so that a run does not grow by what was once looked at: it is for those
// who asked, or who play a record of the run. They take it from the event, and the
// latest of a role holds.
type RoleRead struct {
	Role trust.RoleID   `json:"role"`
	File trust.RoleFile `json:"file,omitzero"`
}

// HostChanged sums up one host, what is behind it, and address. Only the newest of each is
// kept.
type HostChanged struct {
	Host    string  `json:"host,omitzero"`    // "host:port" as in the address of the repository, or "local"
	Address string  `json:"address,omitzero"` // "IP:port"; "" for what failed before there was one
	Behind  string  `json:"behind,omitzero"`  // the host that a redirect led to, whose address this is; "" without one, and for Host itself
	Active  int     `json:"active,omitzero"`  // attempts under way
	Waiting int     `json:"waiting,omitzero"` // of them, without a byte of an answer
	Open    int     `json:"open,omitzero"`    // connections, busy or idle; -1 when nobody counts them
	Bytes   int64   `json:"bytes,omitzero"`
	Rate    float64 `json:"rate,omitzero"`   // bytes a second, lately
	Failed  int     `json:"failed,omitzero"` // attempts that stalled to their end or failed otherwise than by a missing file
	Errors  []Count `json:"errors,omitzero"` // the reasons of those, the most frequent first; at most MaxReasons
	// First bytes of the latest 256 answers, since their attempts began.
	FirstByteP50 time.Duration `json:"first_byte_p50_ns,omitzero"`
	FirstByteP95 time.Duration `json:"first_byte_p95_ns,omitzero"`
}

// MaxReasons is how many different reasons HostChanged tells apart. Others are
// counted in Failed alone.
const MaxReasons = 8

// Count is how often something was so.
type Count struct {
	Text string `json:"text,omitzero"`
	N    int    `json:"n"`
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

// MarshalText writes the word of [BreakerState.String].
func (s BreakerState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *BreakerState) UnmarshalText(b []byte) error {
	return word.Read(s, breakerStateNames[:], "state of a queue", b)
}

// BreakerChanged says that the queue of a host is held, or flows again, or that a
// held one sends its next canary at another time.
type BreakerChanged struct {
	Host   string        `json:"host,omitzero"`
	State  BreakerState  `json:"state"`
	Why    string        `json:"why,omitzero"`      // one line; "" when it flows
	Since  time.Duration `json:"since_ns,omitzero"` // when this state began, since the start
	Next   time.Duration `json:"next_ns,omitzero"`  // while held: when the next canary starts; 0 while one is under way
	Queued int           `json:"queued,omitzero"`   // items that wait for this host
}

// QueueChanged is the state of the queue. Only the newest is kept.
type QueueChanged struct {
	Paused     bool          `json:"paused,omitzero"`
	Workers    int           `json:"workers,omitzero"`
	Auto       bool          `json:"auto,omitzero"`           // the run has chosen them, and may choose others
	StallAfter time.Duration `json:"stall_after_ns,omitzero"` // the stall limit in force
	Active     int           `json:"active,omitzero"`         // workers that are taken; a stalled attempt takes none
	Bytes      int64         `json:"bytes,omitzero"`          // received since the start, everything counted
	Rate       float64       `json:"rate,omitzero"`           // bytes a second, lately
}

// Most is how many attempts there may be at a time, those included that have stalled and
// hold no worker.
func (q *QueueChanged) Most() int { return q.Workers + besides(q.Workers, q.Auto) }

// CommandDone answers exactly one command.
type CommandDone struct {
	Command  Command `json:"command,omitzero"`
	Accepted int     `json:"accepted,omitzero"` // items that the command had an effect on
	Skipped  int     `json:"skipped,omitzero"`  // items that it had none on
	Reason   string  `json:"reason,omitzero"`   // why they were skipped; "" if none were
	Err      string  `json:"error,omitzero"`    // why the whole command was refused; "" if it was not
	// Past says that a recording tells of it: another person gave the command, when the
	// recording was made. It is not written to recordings.
	Past bool `json:"-"`
}

// InspectorFault is a fault of this program: a panic that was caught, or a worker
// that does not answer.
type InspectorFault struct {
	Goroutine string `json:"goroutine,omitzero"` // its name
	Value     string `json:"value,omitzero"`     // what was wrong
	Stack     string `json:"stack,omitzero"`
}

// InspectorStuck says that a part of this program does not move, or that it moves
// again. It is no verdict: what such a part owes comes later or, in the worst case,
// never, and the run ends as undecided then.
type InspectorStuck struct {
	Part string        `json:"part,omitzero"`
	For  time.Duration `json:"for_ns,omitzero"` // how long it has stood, or had stood
	Over bool          `json:"over,omitzero"`   // it moves again
	// Files that show what it was doing: all goroutines, and the latest seconds of
	// the runtime's trace. "" where there is none; Err says why.
	Dump  string `json:"dump,omitzero"`
	Trace string `json:"trace,omitzero"`
	Err   string `json:"error,omitzero"`
}

// RunSettled says that nothing is left to do. In an interactive run a command
// can set it going again, and another RunSettled follows; else RunFinished does.
type RunSettled struct {
	Verdict Verdict `json:"verdict"`
}

// RunFinished is the last event.
type RunFinished struct {
	Verdict Verdict `json:"verdict"`
	Why     string  `json:"why,omitzero"` // what ended it early ("deadline of 30s reached", "interrupted"); "" if nothing did
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
func (Redirected) body()     {}
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
