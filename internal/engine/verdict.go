package engine

import (
	"fmt"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/word"
)

// Verdict is what a run says of the whole repository, in rising order of what it
// does to the exit code: critical wins over unknown.
type Verdict uint8

const (
	// Healthy: a client would accept everything that was looked at.
	Healthy Verdict = iota
	// Warned: works today, needs attention.
	Warned
	// Undecided: something could not be checked, and nothing is proved to be wrong.
	Undecided
	// Broken: bytes prove that a client would refuse something.
	Broken
	numVerdicts
)

var verdictNames = [numVerdicts]string{"healthy", "warning", "unknown", "critical"}

// String gives the word used in reports.
func (v Verdict) String() string {
	if int(v) < len(verdictNames) {
		return verdictNames[v]
	}
	return fmt.Sprintf("verdict(%d)", uint8(v))
}

// MarshalText writes the word of [Verdict.String].
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (v *Verdict) UnmarshalText(b []byte) error { return word.Read(v, verdictNames[:], "verdict", b) }

// ExitCode is the process exit code that stands for the verdict: 0, 1, 2
// (critical) or 3 (unknown).
func (v Verdict) ExitCode() int {
	switch v {
	case Healthy:
		return 0
	case Warned:
		return 1
	case Broken:
		return 2
	}
	return 3
}

// verdictOf is the verdict that a worst finding of this severity gives.
func verdictOf(s finding.Severity) Verdict {
	switch s {
	case finding.Critical:
		return Broken
	case finding.Unknown:
		return Undecided
	case finding.Warning:
		return Warned
	}
	return Healthy
}
