package fetch

import "time"

// The transport's limits. A peer that is gone is noticed by these; a peer that is
// alive and silent is not, and ends with the caller's context. Those that belong
// to a phase stand in the table below and nowhere else.
const (
	dialLimit      = 10 * time.Second // resolving and connecting, all addresses together
	proxyLimit     = 15 * time.Second // CONNECT or SOCKS, once the proxy is connected
	handshakeLimit = 10 * time.Second
	sendLimit      = 10 * time.Second // HTTP/1.1 as a whole, HTTP/2 for each byte
	idleLimit      = 30 * time.Second
	keepAlive      = 5 * time.Second
	keepAliveCount = 3
	unackedLimit   = 20 * time.Second // TCP_USER_TIMEOUT, where the system has it
	pingAfter      = 5 * time.Second  // HTTP/2, no frame for so long
	pingLimit      = 5 * time.Second
	maxHeader      = 64 << 10 // bytes of an answer's header
)

// Limit says who ends a phase that takes too long.
type Limit uint8

// The owners of limits.
const (
	Unlimited  Limit = iota // nobody: the phase does not wait for anything outside
	Fixed                   // the transport, after PhaseInfo.Limit
	StallLimit              // the caller, after so long without a byte
	numLimits
)

var limitNames = [numLimits]string{"none", "fixed", "stall limit"}

// String gives the word used in texts.
func (l Limit) String() string {
	if l < numLimits {
		return limitNames[l]
	}
	return "?"
}

// PhaseInfo is what is known of a phase before it has begun.
type PhaseInfo struct {
	Phase   Phase
	Entered string // what begins it
	Left    string // what ends it
	Owner   Limit
	Limit   time.Duration // for Fixed
	Short   string        // what is missing, for a column: "no first byte"
	Tells   string        // whose fault a stall looks like, with nothing known but the phase
	Cause   Cause         // the same as a cause
}

// phaseTable holds every wait of an attempt.
var phaseTable = [NumPhases]PhaseInfo{
	Queued:  {Queued, "the scheduler", "a free slot", Unlimited, 0, "no free slot", "inspector: waits for a slot", NoCause},
	Pool:    {Pool, "asking for a connection", "the resolver, a connection attempt, or a free connection", StallLimit, 0, "no free connection", "inspector: connections are used up", PoolEmpty},
	DNS:     {DNS, "asking the resolver", "its answer", Fixed, dialLimit, "no DNS answer", "dns: the resolver has not answered", ResolverSilent},
	Connect: {Connect, "a connection attempt, to each address in turn", "a connection, or the last refusal", Fixed, dialLimit, "connect unanswered", "network: connection attempt unanswered", ConnectUnanswered},
	Proxy:   {Proxy, "a connection to the proxy", "its consent", Fixed, proxyLimit, "proxy silent", "proxy: silent", ProxySilent},
	TLS:     {TLS, "the first message of the handshake", "the last one", Fixed, handshakeLimit, "no TLS hello", "server or path: the TLS handshake is unanswered", HandshakeStalled},
	Send:    {Send, "a connection", "the request written", Fixed, sendLimit, "request not taken", "network: the request could not be sent", RequestNotTaken},
	Headers: {Headers, "the request written", "the first byte of the answer", StallLimit, 0, "no first byte", "server or path: the request is unanswered", ServerSilent},
	Body:    {Body, "the answer's header", "the end of the body", StallLimit, 0, "no body byte", "server or path: the body has stopped", BodyStopped},
	Verify:  {Verify, "the last byte", "the verdict", Unlimited, 0, "still verifying", "inspector: verification is still computing", NoCause},
}

// Info gives what is known of a phase. A phase that does not exist has an empty
// one.
func (p Phase) Info() PhaseInfo {
	if int(p) >= NumPhases {
		return PhaseInfo{Phase: p}
	}
	return phaseTable[p]
}

// PhaseLimit gives the time after which the transport ends a phase. It is false
// for phases that have no such limit: the caller's stall limit ends them, or
// nothing. Resolving and connecting have one limit together.
func PhaseLimit(p Phase) (time.Duration, bool) {
	info := p.Info()
	return info.Limit, info.Owner == Fixed
}
