package demo

import (
	"fmt"
	"strings"
	"time"
)

// FaultKind is what a server does wrong.
type FaultKind uint8

// The kinds of faults. Positions ("byte After") are positions in the file, not
// in the response: a resumed request that begins behind After is sick at once,
// as it is when a disk cannot read a block.
const (
	Healthy      FaultKind = iota // nothing; Latency, Rate and Header still count
	StallHeaders                  // takes the request and stays silent
	HalfHeaders                   // begins the answer's headers and stays silent (HTTP/1.1)
	StallBody                     // falls silent at byte After
	Drip                          // from byte After on only Bytes every Every
	Corrupt                       // the byte at After is another one
	Short                         // promises the whole length and closes at byte After
	Cut                           // the file ends at byte After, and the answer says so
	Replace                       // another file: Content
	Long                          // the file is longer by Extra bytes
	Endless                       // the file never ends, and no length is promised
	Status                        // answers with Status, and Retry-After if set
	Redirect                      // answers with Status (302) and Location
	Close                         // closes the connection before headers
	Reset                         // resets the connection before headers
	ResetBody                     // resets the connection at byte After
	numFaultKinds
)

var faultKindNames = [numFaultKinds]string{
	"healthy", "stall-headers", "half-headers", "stall-body", "drip", "corrupt", "short", "cut", "replace", "long",
	"endless", "status", "redirect", "close", "reset", "reset-body",
}

// String gives the kind's name.
func (k FaultKind) String() string {
	if int(k) < len(faultKindNames) {
		return faultKindNames[k]
	}
	return fmt.Sprintf("fault(%d)", uint8(k))
}

// Fault says how a file is served. Only Kind chooses what goes wrong; the other
// fields say how, and those under "with every kind" compose with all of them.
type Fault struct {
	Kind FaultKind
	// Times is for how many requests the fault holds; zero means for all.
	Times int
	// For is how long it holds, counted from the first request of timestamp.json,
	// and anew from such a request when nothing was asked for a minute; zero means
	// for ever. Before the first it holds. What follows it comes after that.
	For time.Duration
	// After is the byte of the file at which it begins. Negative counts from the
	// file's end: -1 is its last byte. Behind the end nothing happens.
	After int64

	// Bytes and Every are Drip's pace; zero means 1 byte and 1 second.
	Bytes int
	Every time.Duration
	// Content is what Replace serves.
	Content string
	// Extra is by how much Long is too long; zero means 1 byte.
	Extra int64
	// Status is the code of Status (zero means 500) and Redirect (302).
	Status int
	// RetryAfter is sent in whole seconds, rounded up; zero sends none.
	RetryAfter time.Duration
	// Location is Redirect's address: a URL, or a path on this server.
	Location string

	// With every kind: Latency is waited before the answer begins, in addition
	// to the server's own; Rate is bytes a second of the body, in place of the
	// server's own; Header is added to the answer; NoLength leaves out
	// Content-Length (the body is then chunked in HTTP/1.1); NoRange answers a
	// request for a part of the file with the whole of it.
	Latency  time.Duration
	Rate     int64
	Header   map[string]string
	NoLength bool
	NoRange  bool
}

// rule is the faults set for one pattern.
type rule struct {
	pattern string
	faults  []Fault
	seen    map[string]int // requests that asked this rule, by path
}

// next takes the fault for one more request of the path, so long after the
// story began. The second result is false when all faults of the rule are used up.
func (r *rule) next(path string, since time.Duration) (Fault, bool) {
	n := r.seen[path]
	r.seen[path]++
	for _, f := range r.faults {
		if f.For > 0 && since >= f.For {
			continue
		}
		if f.Times <= 0 || n < f.Times {
			return f, true
		}
		n -= f.Times
	}
	return Fault{}, false
}

// exactly tells whether the pattern names this very file.
func (r *rule) exactly(path, plain string) bool { return r.pattern == path || r.pattern == plain }

// matches tells whether a pattern means a file: by its path, by its path without
// version and hash, or as a glob over either.
func matches(pattern, path, plain string) bool {
	return pattern == path || pattern == plain || glob(pattern, path) || glob(pattern, plain)
}

// glob matches a whole name: ? is one byte and * any number of them, both
// without slashes; ** is any number of any bytes.
func glob(pattern, name string) bool {
	for pattern != "" {
		switch {
		case strings.HasPrefix(pattern, "**"):
			rest := strings.TrimLeft(pattern, "*")
			for i := 0; i <= len(name); i++ {
				if glob(rest, name[i:]) {
					return true
				}
			}
			return false
		case pattern[0] == '*':
			for i := 0; ; i++ {
				if glob(pattern[1:], name[i:]) {
					return true
				}
				if i == len(name) || name[i] == '/' {
					return false
				}
			}
		case name == "", pattern[0] == '?' && name[0] == '/', pattern[0] != '?' && pattern[0] != name[0]:
			return false
		}
		pattern, name = pattern[1:], name[1:]
	}
	return name == ""
}
