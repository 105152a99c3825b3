// Package finding holds what can be wrong with a TUF repository, or with the
// look at it: each kind once, with its severity, what a client sees and what to
// do about it.
//
// A [Finding] is an observation of one kind on one subject. The kinds form the
// catalogue ([All], [Lookup]) behind the command line's explanations and the
// hints on screen. Every text that comes from outside has passed safe.Text
// before it enters a finding.
package finding

import (
	"fmt"
	"maps"

	"example.com/tufinspect/internal/word"
)

// Severity says how bad a finding is, in the order in which it decides a
// verdict: the worst finding wins.
type Severity uint8

const (
	// Info is worth knowing and changes no verdict.
	Info Severity = iota
	// Warning works today and needs attention.
	Warning
	// Unknown could not be decided: network, stall, cancel, a fault of the inspector.
	Unknown
	// Critical is proved by bytes: a client refuses, or gets something else than was signed.
	Critical
)

var severityNames = [...]string{"info", "warning", "unknown", "critical"}

// String gives the word used in reports.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return fmt.Sprintf("severity(%d)", uint8(s))
}

// MarshalText writes the word of [Severity.String].
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Severity) UnmarshalText(b []byte) error {
	return word.Read(s, severityNames[:], "severity", b)
}

// ID names a kind of finding. It is stable: alarms and scripts compare it.
type ID string

// Kind is an entry of the catalogue.
type Kind struct {
	ID       ID
	Severity Severity
	Title    string // one line, lower case
	Client   string // what a TUF client sees
	Do       string // what to do about it
}

// Finding is one observation.
type Finding struct {
	ID       ID                `json:"id"`
	Severity Severity          `json:"severity"`
	Subject  string            `json:"subject"` // a role ("targets", "root v5"), a target path, or "repository"
	Message  string            `json:"message"`
	Hint     string            `json:"hint,omitempty"`
	Evidence map[string]string `json:"evidence,omitempty"`
}

// New makes a finding of a kind in the catalogue, with the catalogue's severity
// and hint. It panics on an id that the catalogue does not have: that is a
// mistake in this program, and a test walks all of them.
func New(id ID, subject, format string, args ...any) Finding {
	k, ok := Lookup(id)
	if !ok {
		panic(fmt.Sprintf("finding: %q is not in the catalogue", id))
	}
	return Finding{ID: id, Severity: k.Severity, Subject: subject, Message: fmt.Sprintf(format, args...), Hint: k.Do}
}

// With gives the finding with one more piece of evidence. The receiver is not changed.
func (f Finding) With(key, value string) Finding {
	if value == "" {
		return f
	}
	m := maps.Clone(f.Evidence)
	if m == nil {
		m = map[string]string{}
	}
	m[key] = value
	f.Evidence = m
	return f
}
