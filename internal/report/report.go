// Package report makes what stays after a run: the JSON report for machines and
// the summary for people.
//
// Both are made from one [Report], which [New] takes from a folded
// [engine.State]; nothing here looks at events or at the clock. The order of
// everything in a Report depends on the repository alone: two runs over the same
// repository differ only in times and in what the network did.
//
// The JSON form is a contract. Its JSON Schema is [Schema], and a test holds the
// output against it.
package report

import (
	"encoding/json"
	"io"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

// SchemaName is what the report says of its own form. The number grows when a
// reader of the old form would misread the new one.
const SchemaName = "tufinspect.report/1"

// Report is a run, ready to be written. All texts are printable. Times are RFC
// 3339 in UTC, sizes are bytes.
type Report struct {
	Schema        string            `json:"schema"`
	Verdict       string            `json:"verdict"` // healthy, warning, critical or unknown
	Repository    Repository        `json:"repository"`
	Started       string            `json:"started"`
	Finished      string            `json:"finished"`
	ReferenceTime string            `json:"reference_time"` // expiry was judged as of this moment
	ValidUntil    *ValidUntil       `json:"valid_until"`    // nil where it cannot be said
	Roles         []Role            `json:"roles"`
	Targets       Targets           `json:"targets"`
	Copies        Copies            `json:"copies"`
	Problems      []Problem         `json:"problems"` // every item that did not end verified, worst first
	Findings      []finding.Finding `json:"findings"` // worst first; the problems' too
	Clients       []Client          `json:"clients"`  // go-tuf, python-tuf and tough, if they were asked
	Hosts         []Host            `json:"hosts"`
	SilentHosts   []SilentHost      `json:"silent_hosts"` // hosts whose queue was held, those given up first
	Memory        *Memory           `json:"memory"`       // nil when nothing is remembered of earlier runs
	Items         []Item            `json:"items,omitempty"`
	Inspector     Inspector         `json:"inspector"`

	name  string            // the repository as it was asked for
	at    time.Time         // ReferenceTime
	took  time.Duration     // how long the run lasted
	bytes int64             // received, everything counted
	why   string            // what ended the run early, or ""
	miss  engine.Misses     // of targets in state Failed
	files engine.Misses     // of metadata
	peers string            // what clients make of it, in one line, or ""
	notes []finding.Finding // findings that are not an item's problem
	since string            // one line of what has changed since the last run, or ""
}

// Repository is what was inspected.
type Repository struct {
	MetadataURL string `json:"metadata_url"`
	TargetsURL  string `json:"targets_url"`
	Root        *Root  `json:"root"` // nil when no root could be trusted
}

// Root is the root that the run stands on.
type Root struct {
	Version int64  `json:"version"`
	SHA256  string `json:"sha256"`
	Source  string `json:"source"` // pinned, file, first-use or remembered
	// Since is when a root that is trusted on first use and remembered was first trusted.
	Since string `json:"since,omitempty"`
}

// ValidUntil says when the first role ends of those that a client would end with. It
// may be in the past.
type ValidUntil struct {
	Time string `json:"time"`
	Role string `json:"role"`

	at      time.Time
	expired bool
}

// Role is one version of the root, or a role as one delegator sees it.
type Role struct {
	Name       string      `json:"name"`
	Parent     string      `json:"parent,omitempty"` // the delegator; "" for a root
	Version    int64       `json:"version"`          // 0 if its file was not read
	State      string      `json:"state"`            // fetching, accepted, refused, missing, not fetched or skipped
	Expires    string      `json:"expires,omitempty"`
	Threshold  int         `json:"threshold"`
	Signatures []Signature `json:"signatures"`
	// SignaturesBefore are those by the keys of the root before, of which as many as
	// ThresholdBefore have to sign a new root too. Only roots that were judged by another
	// one have them.
	ThresholdBefore  int         `json:"threshold_before,omitempty"`
	SignaturesBefore []Signature `json:"signatures_before,omitempty"`
	Size             int64       `json:"size"`
	SHA256           string      `json:"sha256,omitempty"`
	URL              string      `json:"url,omitempty"`
	Problem          string      `json:"problem,omitempty"`
	// Shipped is, for a version of the root before the trusted one, what becomes of a
	// client that ships it: works, stranded or unusable.
	Shipped string `json:"shipped,omitempty"`

	current bool
	expired bool
	soon    bool
	expires time.Time
}

// Signature is one key of a role and whether it has signed.
type Signature struct {
	KeyID  string `json:"keyid"`
	Owner  string `json:"owner,omitempty"` // as the metadata states it
	Valid  bool   `json:"valid"`
	Reason string `json:"reason,omitempty"` // why it is not valid
}

// Targets counts target files, each together with its copies under other hashes
// and as the worst of them. The states add up to Total; Unchecked is a part of two of
// them.
type Targets struct {
	Total     int `json:"total"`
	Verified  int `json:"verified"`
	Untrusted int `json:"untrusted"`
	Failed    int `json:"failed"`
	// Stalled counts targets that nothing is wrong with but silence: under way and
	// silent, or given up for it.
	Stalled   int `json:"stalled"`
	Cancelled int `json:"cancelled"`
	Skipped   int `json:"skipped"`
	// Unchecked counts, of those failed and stalled, the ones that have ended without
	// anything being known of their bytes. The rest of the failed are proved by bytes.
	Unchecked int `json:"unchecked"`
	// Pending counts targets that have not ended. It is 0 after a whole run.
	Pending int   `json:"pending,omitempty"`
	Bytes   int64 `json:"bytes"` // received of target files, last attempts
}

// Copies counts files: a target is there once under each of its hashes where the
// repository uses consistent snapshots.
type Copies struct {
	Total    int `json:"total"`
	Verified int `json:"verified"`
}

// File is what a report says of every item, well or not.
type File struct {
	Path     string `json:"path"`
	Kind     string `json:"kind"`            // metadata, target or copy
	Under    string `json:"under,omitempty"` // for a copy, the hash that its name is made of
	Role     string `json:"role"`
	State    string `json:"state"`
	Attempts int    `json:"attempts"`
	Bytes    int64  `json:"bytes"`  // received by the last attempt
	Length   *int64 `json:"length"` // nil when no parent lists it
}

// Problem is an item that did not end verified. Its State is "stalled" also when
// an attempt was given up for silence.
type Problem struct {
	File
	// Unchecked tells that the item has ended without anything being known of its bytes,
	// whether its State is "failed" or "stalled".
	Unchecked bool       `json:"unchecked"`
	Problem   *Cause     `json:"problem,omitempty"`
	Diagnosis *Diagnosis `json:"diagnosis,omitempty"`
}

// Item is one item of the run.
type Item struct {
	File
	URL    string `json:"url,omitempty"`
	Reason string `json:"reason,omitempty"` // why there was nothing to check
}

// Cause is why an item did not end verified.
type Cause struct {
	Kind     finding.ID        `json:"kind"`
	Text     string            `json:"text"`
	Retry    bool              `json:"retry"` // another attempt may help
	Hint     string            `json:"hint,omitempty"`
	Evidence map[string]string `json:"evidence,omitempty"`

	severity finding.Severity
}

// Diagnosis says why an item was silent or slow.
type Diagnosis struct {
	Cause     string   `json:"cause"` // one line: whose fault, and what
	Kind      string   `json:"kind"`  // the cause in a word, as fetch.Cause has it
	Evidence  []string `json:"evidence,omitempty"`
	Certainty string   `json:"certainty"`          // guess, likely or certain
	Commands  []string `json:"commands,omitempty"` // repeat the case from a shell
}

// Inspector is what this program says of itself.
type Inspector struct {
	Version         string  `json:"version"`
	Faults          []Fault `json:"faults"`
	Stuck           []Stuck `json:"stuck"`             // parts that stood still at the end
	PeakMemoryBytes int64   `json:"peak_memory_bytes"` // 0 when it is not known
	DurationSeconds float64 `json:"duration_seconds"`
	Workers         int     `json:"workers"`      // at the end
	WorkersAuto     bool    `json:"workers_auto"` // the run had chosen them by itself
	// EndedEarly says what ended the run before everything was looked at, or that it had
	// not ended when the report was written.
	EndedEarly string `json:"ended_early,omitempty"`
}

// Fault is a fault of this program.
type Fault struct {
	Goroutine string `json:"goroutine"`
	Value     string `json:"value"`
	Stack     string `json:"stack,omitempty"`
}

// Stuck is a part of this program that did not move at the end of the run.
type Stuck struct {
	Part    string  `json:"part"`
	Seconds float64 `json:"seconds"`         // for how long, when that was last said
	Dump    string  `json:"dump,omitempty"`  // file with all goroutines
	Trace   string  `json:"trace,omitempty"` // file with the runtime's trace
	Error   string  `json:"error,omitempty"` // why there is no file
}

// Options say what a report contains.
type Options struct {
	// All puts every item into the report, not only those with problems.
	All bool
	// Finished is the wall clock's time at the end; zero takes the start plus what the
	// run has taken until it settled.
	Finished time.Time
	// PeakMemory is the most memory that the process has used, in bytes.
	PeakMemory int64
}

// Verdict is what the run says of the repository. It is that of the state, and at
// least undecided while nothing is settled or when the run was ended early: what
// was not looked at is not healthy.
func Verdict(st *engine.State) engine.Verdict {
	v := st.Verdict()
	if !st.Settled || st.Why != "" {
		v = max(v, engine.Undecided)
	}
	return v
}

// WriteJSON writes the report as one indented JSON object and a newline.
func WriteJSON(w io.Writer, r *Report) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}
