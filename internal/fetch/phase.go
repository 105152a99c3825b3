package fetch

import (
	"fmt"

	"example.com/tufinspect/internal/word"
)

// Phase is where an attempt is. Phases of one attempt only move forward.
type Phase uint8

// The phases in their order. Queued is the caller's, Verify too: both are here
// so that an attempt has one scale from its first to its last moment.
const (
	Queued  Phase = iota // waits for a slot
	Pool                 // waits for a connection
	DNS                  // resolves the host
	Connect              // TCP handshake
	Proxy                // CONNECT through a proxy
	TLS                  // TLS handshake
	Send                 // writes the request
	Headers              // request written, waits for the first byte of the answer
	Body                 // reads the body
	Verify               // all bytes are here; hashes and signatures
	numPhases
)

// NumPhases is how many phases there are.
const NumPhases = int(numPhases)

var phaseNames = [NumPhases]string{"queued", "pool", "dns", "connect", "proxy", "tls", "send", "headers", "body", "verify"}

// String gives the word used in reports and on screen.
func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return fmt.Sprintf("phase(%d)", uint8(p))
}

// MarshalText writes the word of [Phase.String].
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (p *Phase) UnmarshalText(b []byte) error { return word.Read(p, phaseNames[:], "phase", b) }
