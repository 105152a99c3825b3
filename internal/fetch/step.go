package fetch

import (
	"fmt"
	"strings"
	"time"

	"example.com/tufinspect/internal/word"
)

// Check is what a step of an investigation asks.
type Check uint8

// The checks, in the order in which they are made.
const (
	CheckResolve   Check = iota // the host's addresses
	CheckConnect                // a TCP connection to one address
	CheckHandshake              // a TLS handshake with it
	CheckFirstByte              // the first byte of the file (a range of one byte)
	CheckLarge                  // the first 64 KiB of the file
	CheckFresh                  // the first byte, asked for past caches
	CheckOther                  // the first byte of another file
	CheckOpen                   // opening the file, in a folder
	numChecks
)

var checkNames = [numChecks]string{"resolve", "connect", "tls", "first byte", "large range", "past caches", "other file", "open"}

// String gives the words used in reports and on screen.
func (c Check) String() string {
	if int(c) < len(checkNames) {
		return checkNames[c]
	}
	return fmt.Sprintf("check(%d)", uint8(c))
}

// MarshalText writes the words of [Check.String].
func (c Check) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (c *Check) UnmarshalText(b []byte) error {
	return word.Read(c, checkNames[:], "check of an investigation", b)
}

// StepResult is how a step ended.
type StepResult uint8

// The results.
const (
	Passed  StepResult = iota // it did what it was to do
	Refused                   // there was an answer, but not a good one: an error, a status
	Silent                    // nothing came within the limit
	Dropped                   // the investigation was over first
	numStepResults
)

var stepResultNames = [numStepResults]string{"passed", "refused", "silent", "dropped"}

// String gives the word used in reports and on screen.
func (r StepResult) String() string {
	if r < numStepResults {
		return stepResultNames[r]
	}
	return fmt.Sprintf("result(%d)", uint8(r))
}

// MarshalText writes the word of [StepResult.String].
func (r StepResult) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (r *StepResult) UnmarshalText(b []byte) error {
	return word.Read(r, stepResultNames[:], "result of a step", b)
}

// Step is one line of an investigation's table.
type Step struct {
	Check    Check         `json:"check"`
	Address  string        `json:"address,omitzero"`     // "IP:port", "proxy " and its "host:port", or ""
	Protocol string        `json:"protocol,omitzero"`    // "HTTP/1.1", "HTTP/2.0", "TLS 1.3", "A", "AAAA", or ""
	Duration time.Duration `json:"duration_ns,omitzero"` // until the answer, or until it was given up
	Result   StepResult    `json:"result"`
	Outcome  string        `json:"outcome,omitzero"` // one printable line: "206 Partial Content", "no first byte within 10s"
	Status   int           `json:"status,omitzero"`  // of an HTTP answer, or 0
}

// behind is the host that a redirect led to before the step failed, or "".
func (s *Step) behind() string {
	_, to, _ := strings.Cut(s.Outcome, BehindRedirect)
	return to
}

// Conclusion is what an investigation came to.
type Conclusion struct {
	Text    string // one sentence without a full stop
	Answers bool   // the file was sent whenever it was asked for, by every address
	Steps   []Step // all that were reported, in the order of their reports
}
