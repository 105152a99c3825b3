package engine

import (
	"strings"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
)

// play is a cause of the hang matrix and how it is made in memory. What it does, it
// does to one file only.
type play struct {
	number string
	name   string
	how    string // for the page
	phase  fetch.Phase
	cause  fetch.Cause
	label  string // how the label begins
	sure   fetch.Certainty
	stall  time.Duration // the run's stall limit: long enough for the evidence, and below the transport's own limits
	moves  bool          // nothing stands still: the item is not stalled

	// On the way to the server:
	resolver bool        // does not answer
	syn      bool        // is lost
	unserved bool        // the connection is taken by a kernel, and by nobody else
	link     func(*link) // is done to the connection
	// At the server:
	fault demo.Fault
	cut   bool // the connection is cut once the fault has begun
	// How the client asks:
	tls, http2, proxy bool
	companion         demo.Fault // of another file that is under way meanwhile
	one               bool       // only one connection is allowed
}

// The causes of the hang matrix. Four has two phases, and five and six look the same.
var plays = []*play{
	{number: "1", name: "DNS stuck", how: "the dialer asks the resolver and gets no answer",
		phase: fetch.DNS, cause: fetch.ResolverSilent, label: "dns: the resolver has not answered", sure: fetch.Certain, stall: 5 * time.Second, resolver: true},
	{number: "2", name: "SYN lost", how: "the dial never ends; the connection says SYN-SENT, and repeats it after 1, 3 and 7 s",
		phase: fetch.Connect, cause: fetch.ConnectUnanswered, label: "network: connection attempt unanswered", sure: fetch.Certain, stall: 8 * time.Second, syn: true},
	{number: "3", name: "TLS stalled by the server", how: "the connection is made and nobody answers the ClientHello; probes are acknowledged",
		phase: fetch.TLS, cause: fetch.HandshakeStalled, label: "server: alive, handshake unanswered", sure: fetch.Likely, stall: 5 * time.Second, tls: true, unserved: true},
	{number: "4", name: "MTU black hole, in TLS", how: "the server's full segments vanish, the smaller last one of its certificate comes",
		phase: fetch.TLS, cause: fetch.LargePacketsVanish, label: "network: large packets vanish", sure: fetch.Likely, stall: 5 * time.Second, tls: true, link: narrow},
	{number: "4", name: "MTU black hole, in the body", how: "the header fits, the full segments of the body vanish, the last one comes",
		phase: fetch.Body, cause: fetch.LargePacketsVanish, label: "network: large packets vanish", sure: fetch.Likely, stall: 5 * time.Second,
		fault: demo.Fault{Rate: 1 << 20}, link: narrow},
	{number: "5", name: "request taken, no answer", how: "the server reads the request and says nothing; probes are acknowledged",
		phase: fetch.Headers, cause: fetch.ServerSilent, label: "server: alive, silent", sure: fetch.Likely, stall: 5 * time.Second, fault: demo.Fault{Kind: demo.StallHeaders}},
	{number: "6", name: "never accepted", how: "the connection stays in the queue of the server's kernel, which acknowledges the request",
		phase: fetch.Headers, cause: fetch.ServerSilent, label: "server: alive, silent", sure: fetch.Likely, stall: 5 * time.Second, unserved: true},
	{number: "7", name: "path lost after the handshake", how: "nothing passes once the connection is up: the request is sent again and again",
		phase: fetch.Headers, cause: fetch.PathLost, label: "network: peer does not acknowledge", sure: fetch.Certain, stall: 5 * time.Second, link: (*link).cut},
	{number: "8", name: "body never starts", how: "the server sends the header and nothing else; probes are acknowledged",
		phase: fetch.Body, cause: fetch.BodyNeverStarts, label: "server: alive, stopped sending", sure: fetch.Likely, stall: 5 * time.Second, fault: demo.Fault{Kind: demo.StallBody}},
	{number: "9", name: "body stops", how: "the server sends 64 bytes of the body and nothing else; probes are acknowledged",
		phase: fetch.Body, cause: fetch.BodyStopped, label: "server: alive, stopped sending", sure: fetch.Likely, stall: 5 * time.Second, fault: demo.Fault{Kind: demo.StallBody, After: 64}},
	{number: "10", name: "peer or path gone in the body", how: "nothing passes after 64 bytes of the body: keep-alive probes stay unanswered",
		phase: fetch.Body, cause: fetch.PeerGone, label: "network: peer gone", sure: fetch.Certain, stall: 12 * time.Second, fault: demo.Fault{Kind: demo.StallBody, After: 64}, cut: true},
	{number: "11", name: "slow drip", how: "the server sends one byte every 100 ms",
		phase: fetch.Body, cause: fetch.SlowDrip, label: "slow: 10 B/s, would take ", sure: fetch.Certain, stall: 5 * time.Second, moves: true,
		fault: demo.Fault{Kind: demo.Drip, Every: 100 * time.Millisecond}},
	{number: "12", name: "we do not read", how: "8 bytes of the body can be read; the rest waits in our socket, whose window is 0",
		phase: fetch.Body, cause: fetch.NotReading, label: "inspector: data waits, the fault is here", sure: fetch.Certain, stall: 5 * time.Second, link: func(l *link) { l.deaf = true }},
	{number: "13", name: "no free connection", how: "one connection is allowed, and another file holds it",
		phase: fetch.Pool, cause: fetch.PoolEmpty, label: "inspector: connections used up", sure: fetch.Likely, stall: 5 * time.Second, one: true,
		companion: demo.Fault{Kind: demo.Drip, Bytes: 600, Every: 500 * time.Millisecond}},
	{number: "14", name: "proxy silent", how: "the proxy takes the connection and does not answer CONNECT; probes are acknowledged",
		phase: fetch.Proxy, cause: fetch.ProxySilent, label: "proxy: silent", sure: fetch.Certain, stall: 5 * time.Second, tls: true, proxy: true, unserved: true},
	{number: "15", name: "one HTTP/2 stream stalled", how: "the server stops one stream after 64 bytes and goes on with another one on the same connection",
		phase: fetch.Body, cause: fetch.StreamStarved, label: "stream: starved on a busy connection", sure: fetch.Certain, stall: 5 * time.Second, tls: true, http2: true,
		fault: demo.Fault{Kind: demo.StallBody, After: 64}, companion: demo.Fault{Kind: demo.Drip, Bytes: 600, Every: 500 * time.Millisecond}},
	{number: "16", name: "HTTP/2 connection lost", how: "nothing passes after 64 bytes of the body: the ping is sent again and again",
		phase: fetch.Body, cause: fetch.ConnectionLost, label: "network: peer does not acknowledge", sure: fetch.Certain, stall: 7 * time.Second, tls: true, http2: true,
		fault: demo.Fault{Kind: demo.StallBody, After: 64}, cut: true},
}

func narrow(l *link) { l.narrow = true }

// busy tells whether another file is to be under way meanwhile.
func (p *play) busy() bool { return p.companion.Kind != demo.Healthy }

// hangFile is a file of the repository that a play is made with.
type hangFile struct {
	kind string // for people
	item string // its path in a State
	path string // in the repository, as demo.Handler knows it
	// alone says that nothing else is asked for meanwhile: what goes on beside it is
	// another request of the same client.
	alone bool
}

var hangFiles = []hangFile{
	{"root", "2.root.json", "2.root.json", true},
	{"timestamp", "timestamp.json", "timestamp.json", true},
	{"snapshot", "1.snapshot.json", "1.snapshot.json", true},
	{"targets", "1.targets.json", "1.targets.json", true},
	{"delegated role", "1.d.json", "1.d.json", false},
	{"target file", "x/sick", "targets/x/sick", false},
}

// beside is the target that is under way meanwhile, where a play needs one.
const beside = "other"

// hangSpec is the repository: two roots, one delegation, and two targets.
func hangSpec(start time.Time) demo.Spec {
	spec := demo.Spec{Seed: 1, Start: start, Roots: 2}
	spec.Timestamp.Expires = 30 * 24 * time.Hour
	long := map[string]any{"x-filling": strings.Repeat("-", segment)} // no file is to fit into one segment
	spec.Timestamp.Extra = long
	spec.Targets = []demo.Target{{Path: beside, Size: 30_000}}
	spec.Delegations = []demo.Delegation{{Name: "d", Paths: []string{"x/*"}, Role: demo.Role{Extra: long}, Targets: []demo.Target{{Path: "x/sick", Size: 2000}}}}
	return spec
}

// hangAction is what is done about it.
type hangAction string

const (
	cancelOne hangAction = "cancel one"
	cancelAll hangAction = "cancel all"
	retryIt   hangAction = "retry"
	quitNow   hangAction = "quit"
	deadline  hangAction = "deadline"
)

var hangActions = []hangAction{cancelOne, cancelAll, retryIt, quitNow, deadline}
