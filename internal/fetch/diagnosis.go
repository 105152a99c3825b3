package fetch

import (
	"fmt"

	"example.com/tufinspect/internal/word"
)

// Cause is why an attempt is silent or slow.
type Cause uint8

// The causes. The numbers in brackets are those of the hang matrix.
const (
	NoCause            Cause = iota // nothing is known, or nothing is wrong
	ResolverSilent                  // (1) the resolver has not answered
	ConnectUnanswered               // (2) SYN lost
	HandshakeStalled                // (3) the server stalls TLS
	LargePacketsVanish              // (4) MTU black hole
	ServerSilent                    // (5, 6) request taken and not answered, or never accepted
	PathLost                        // (7) nothing is acknowledged after the handshake
	BodyNeverStarts                 // (8) header, and then nothing
	BodyStopped                     // (9) the body has stopped
	PeerGone                        // (10) peer or path gone in the body
	SlowDrip                        // (11) a few bytes each second
	NotReading                      // (12) bytes wait, and we do not take them
	PoolEmpty                       // (13) no free connection
	ProxySilent                     // (14) the proxy does not answer CONNECT
	StreamStarved                   // (15) one HTTP/2 stream gets nothing on a busy connection
	ConnectionLost                  // (16) an HTTP/2 connection is not acknowledged
	RequestNotTaken                 // the peer lives and takes no bytes
	DiskSilent                      // a file system does not answer
	numCauses
)

// NumCauses is how many causes there are, NoCause included.
const NumCauses = int(numCauses)

var causeNames = [NumCauses]string{
	"none", "resolver-silent", "connect-unanswered", "handshake-stalled", "large-packets-vanish", "server-silent",
	"path-lost", "body-never-starts", "body-stopped", "peer-gone", "slow-drip", "not-reading", "pool-empty",
	"proxy-silent", "stream-starved", "connection-lost", "request-not-taken", "disk-silent",
}

// String gives a short word for logs and filters.
func (c Cause) String() string {
	if int(c) < len(causeNames) {
		return causeNames[c]
	}
	return fmt.Sprintf("cause(%d)", uint8(c))
}

// MarshalText writes the word of [Cause.String].
func (c Cause) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (c *Cause) UnmarshalText(b []byte) error {
	return word.Read(c, causeNames[:], "cause of a silence", b)
}

// causeLabels say whose fault it is, when the socket has been looked at.
var causeLabels = [NumCauses]string{
	ResolverSilent:     "dns: the resolver has not answered",
	ConnectUnanswered:  "network: connection attempt unanswered",
	HandshakeStalled:   "server: alive, handshake unanswered",
	LargePacketsVanish: "network: large packets vanish",
	ServerSilent:       "server: alive, silent (the process, or what it waits for)",
	PathLost:           "network: peer does not acknowledge",
	BodyNeverStarts:    "server: alive, stopped sending",
	BodyStopped:        "server: alive, stopped sending",
	PeerGone:           "network: peer gone",
	SlowDrip:           "slow",
	NotReading:         "inspector: data waits, the fault is here",
	PoolEmpty:          "inspector: connections used up",
	ProxySilent:        "proxy: silent",
	StreamStarved:      "stream: starved on a busy connection",
	ConnectionLost:     "network: peer does not acknowledge",
	RequestNotTaken:    "server: alive, takes no bytes",
	DiskSilent:         "disk: does not answer",
}

// Certainty says how sure a diagnosis is.
type Certainty uint8

// The certainties, in their order.
const (
	Guess   Certainty = iota // follows from the phase alone
	Likely                   // follows from what the system says of the connection
	Certain                  // leaves no other explanation
	numCertainties
)

var certaintyNames = [numCertainties]string{"guess", "likely", "certain"}

// String gives the word used in reports and on screen.
func (c Certainty) String() string {
	if c < numCertainties {
		return certaintyNames[c]
	}
	return fmt.Sprintf("certainty(%d)", uint8(c))
}

// MarshalText writes the word of [Certainty.String].
func (c Certainty) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (c *Certainty) UnmarshalText(b []byte) error {
	return word.Read(c, certaintyNames[:], "certainty", b)
}

// Diagnosis is why an attempt is silent or slow, with what speaks for it.
type Diagnosis struct {
	Cause     Cause     `json:"cause"`
	Label     string    `json:"label,omitzero"`    // one line: whose fault, and what
	Evidence  []string  `json:"evidence,omitzero"` // what was seen, a line each, the strongest first
	Certainty Certainty `json:"certainty"`
}
