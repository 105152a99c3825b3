package fetch

import (
	"fmt"
	"strings"
	"time"

	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

// Observation is an attempt seen twice, about a second apart.
type Observation struct {
	Phase Phase // at the second look
	// Before and After are what the same Socket said at the two looks. Nil means
	// not available. Before is nil too when the attempt had another Socket then.
	Before, After *Facts
	Between       time.Duration // from one look to the other
	Got           int64         // bytes of this file that came in between
	Done          int64         // bytes of this file so far
	Total         int64         // its length, or negative when it is not known
	Folder        bool          // it is a file of a folder, and no socket is known of it
	Proxied       bool          // as the Socket says
	HTTP2         bool          // as the Socket says
	Behind        string        // the host that a redirect has led to, or ""
	// SinkBusy says that the caller's sink has had bytes handed to it for the whole
	// time and has not taken them.
	SinkBusy bool
	// Holders name what holds the connections to this host, for Phase Pool.
	Holders []string
}

// Thresholds of the classifier.
const (
	// manySends is how many unanswered sends in a row are no accident: with the
	// initial time-out of a second they take seven.
	manySends = 3
	// aliveWithin is the age of an acknowledgement that a living, idle peer never
	// exceeds: keep-alive asks for one after each keepAlive of silence.
	aliveWithin = keepAlive + time.Second
	// goneAfter is when a second probe has been without an answer for a while.
	goneAfter = 2 * keepAlive
	// busyBytes is more than a connection carries in a second that has nothing to
	// do but answer pings (RFC 9113, 6.7, in a TLS record each).
	busyBytes = 256
	// earlyBody is how much of a body can have come before its first full packet is
	// missed.
	earlyBody = 64 << 10
	// largePacket is the payload of one that a path loses which is narrower than its
	// ends believe: somewhat less than the smallest that IPv6 has to carry (RFC 8200,
	// 5). A kernel that has seen none guesses 536 bytes.
	largePacket = 1200
	// maxHolders is how many are named.
	maxHolders = 3
)

// BehindRedirect stands in a label or a reason between what is wrong and the host that
// it is wrong with, if that is not the one that was asked first.
const BehindRedirect = ", behind a redirect to "

// Diagnose names the cause of a silence or a slowness. It is a pure function.
// Without facts the phase alone speaks. Causes 5 and 6 of the hang matrix cannot
// be told apart from outside, and the label says so.
func Diagnose(o Observation) Diagnosis {
	d := o.diagnose()
	if o.Behind != "" && d.Cause != NoCause && d.Cause != SlowDrip {
		d.Label += BehindRedirect + o.Behind
	}
	return d
}

func (o *Observation) diagnose() Diagnosis {
	switch o.Phase {
	case Queued, Verify:
		info := o.Phase.Info()
		return Diagnosis{Cause: info.Cause, Label: info.Tells, Certainty: Certain}
	case Pool:
		return o.pool()
	case Headers, Body:
		if o.Folder && o.Got == 0 {
			return o.found(DiskSilent, Likely, "in phase "+o.Phase.String()+" of a file on a disk: a network mount whose server is gone looks like this")
		}
	case DNS:
		// No other thing is waited for in this phase.
		return o.found(ResolverSilent, Certain, "in phase dns, no socket yet")
	}
	if o.Phase == Body && o.Got > 0 {
		return o.slow()
	}
	d := o.bySocket()
	if o.Proxied && d.Cause != NotReading && o.Phase > Proxy {
		d.Evidence = append(d.Evidence, "a proxy stands between: what the socket says is said of it, not of the server")
		d.Certainty = min(d.Certainty, Likely)
	}
	return d
}

// found makes a diagnosis with the label of its cause.
func (o *Observation) found(c Cause, sure Certainty, evidence ...string) Diagnosis {
	return Diagnosis{Cause: c, Label: causeLabels[c], Evidence: evidence, Certainty: sure}
}

func (o *Observation) pool() Diagnosis {
	d := o.found(PoolEmpty, Likely, "nothing was dialled for this attempt")
	if n := len(o.Holders); n > 0 {
		names := make([]string, 0, maxHolders)
		for _, name := range o.Holders[:min(n, maxHolders)] {
			names = append(names, safe.Text(name))
		}
		text := "held by " + strings.Join(names, ", ")
		if n > maxHolders {
			text += fmt.Sprintf(" and %d more", n-maxHolders)
		}
		d.Label += ", " + text
		d.Evidence = append(d.Evidence, text)
		d.Certainty = Certain
	}
	return d
}

// slow is for a body that moves.
func (o *Observation) slow() Diagnosis {
	between := o.Between
	if between <= 0 {
		between = time.Second
	}
	rate := float64(o.Got) / between.Seconds()
	d := o.found(SlowDrip, Certain, fmt.Sprintf("%s in %s", measure.Size(o.Got), between.Round(time.Millisecond)))
	d.Label = "slow: " + measure.Rate(rate)
	if left := o.Total - o.Done; o.Total >= 0 && left > 0 {
		d.Label += ", would take " + long(float64(left)/rate)
		d.Evidence = append(d.Evidence, measure.Size(left)+" to go")
	}
	return d
}

// long writes a time that may be absurd: "40s", "3h20m", "12 days".
func long(seconds float64) string {
	const day = 24 * 60 * 60
	switch {
	case seconds > 1000*365*day:
		return "more than 1,000 years"
	case seconds > 2*day:
		return measure.Count(int64(seconds/day), "day")
	}
	d := time.Duration(seconds * float64(time.Second))
	if d >= time.Hour {
		d = d.Round(time.Minute)
	}
	return measure.Seconds(d)
}

// byPhase is for attempts whose socket says nothing.
func (o *Observation) byPhase(why string) Diagnosis {
	info := o.Phase.Info()
	d := Diagnosis{Cause: info.Cause, Label: info.Tells, Certainty: Guess}
	if o.Phase == Body && o.Done == 0 {
		d.Cause = BodyNeverStarts
	}
	d.Evidence = []string{"in phase " + o.Phase.String() + ", " + why}
	return d
}

func (o *Observation) bySocket() Diagnosis {
	f := o.After
	switch {
	case f == nil:
		return o.byPhase("the socket is not known")
	case f.State == SynSent:
		return o.connecting(f)
	case f.State != Established && f.State != CloseWait:
		return o.byPhase("the socket is " + f.State.String())
	case o.Phase == Connect:
		return o.byPhase("the connection has just been made")
	}
	for _, check := range []func(*Facts) (Diagnosis, bool){o.unread, o.unacknowledged, o.gone, o.vanishing, o.starved, o.taking} {
		if d, ok := check(f); ok {
			return d
		}
	}
	return o.alive(f)
}

// connecting is for a SYN in flight: nothing but its repetitions means anything.
func (o *Observation) connecting(f *Facts) Diagnosis {
	n := max(f.Retransmits, f.TotalRetransmits)
	sure := Guess
	switch {
	case n >= manySends:
		sure = Certain
	case n > 0:
		sure = Likely
	}
	d := o.found(ConnectUnanswered, sure, fmt.Sprintf("SYN-SENT, sent again %s", times(n)))
	if o.Proxied {
		d.Label = "proxy: connection attempt unanswered"
	}
	return d
}

// unread: bytes wait in our own buffer, and we took none in between.
func (o *Observation) unread(f *Facts) (Diagnosis, bool) {
	b := o.Before
	if o.Phase != Headers && o.Phase != Body && o.Phase != TLS {
		return Diagnosis{}, false
	}
	if o.SinkBusy {
		d := o.found(NotReading, Certain, "the bytes that were handed on have not been taken")
		if f.Unread > 0 {
			d.Evidence = append(d.Evidence, measure.Count(int64(f.Unread), "byte")+" unread in our socket")
		}
		return d, true
	}
	if b == nil || b.Unread == 0 || f.Unread == 0 || f.read() != b.read() {
		return Diagnosis{}, false
	}
	d := o.found(NotReading, Likely, measure.Count(int64(f.Unread), "byte")+" unread in our socket, none taken in "+o.Between.Round(time.Millisecond).String())
	// Both windows are 0 where the kernel is too old to tell.
	if f.ReceiveWindow == 0 && f.SendWindow > 0 {
		d.Evidence = append(d.Evidence, "our receive window is 0")
		d.Certainty = Certain
	}
	return d, true
}

// unacknowledged: what we sent is sent again and again.
func (o *Observation) unacknowledged(f *Facts) (Diagnosis, bool) {
	sends := max(f.Retransmits, f.Backoff)
	if f.Unacked == 0 || sends == 0 {
		return Diagnosis{}, false
	}
	cause, sure := PathLost, Likely
	if o.Phase == Body {
		cause = PeerGone
		if o.HTTP2 {
			cause = ConnectionLost
		}
	}
	if sends >= manySends {
		sure = Certain
	}
	d := o.found(cause, sure, measure.Count(f.Unacked, "segment")+" unacknowledged, sent again "+times(sends))
	if f.LastAckReceived >= 0 {
		d.Evidence = append(d.Evidence, "last ACK "+ago(f.LastAckReceived))
	}
	return d, true
}

// gone: keep-alive asks, and nobody answers.
func (o *Observation) gone(f *Facts) (Diagnosis, bool) {
	if f.Probes == 0 || f.Unacked > 0 || f.LastAckReceived <= aliveWithin {
		return Diagnosis{}, false
	}
	sure := Likely
	if f.Probes >= 2 && f.LastAckReceived > goneAfter {
		sure = Certain
	}
	return o.found(PeerGone, sure, fmt.Sprintf("keep-alive unanswered %s", times(f.Probes)), "last ACK "+ago(f.LastAckReceived)), true
}

// vanishing: later packets come, an earlier one never does.
func (o *Observation) vanishing(f *Facts) (Diagnosis, bool) {
	if f.OutOfOrder == 0 || o.Phase != TLS && o.Phase != Body && o.Phase != Headers {
		return Diagnosis{}, false
	}
	b := o.Before
	if b != nil && f.BytesReceived > b.BytesReceived || f.Unread > 0 {
		return Diagnosis{}, false
	}
	// The count never goes down: on a long transfer it may be of a disorder that
	// was mended long ago.
	fresh := b != nil && f.OutOfOrder > b.OutOfOrder
	if !fresh && o.Done > earlyBody {
		return Diagnosis{}, false
	}
	return o.found(LargePacketsVanish, Likely, measure.Count(f.OutOfOrder, "packet")+" came out of order, and the one before has not come", o.life(f)), true
}

// starved: the connection brings something, but not to this stream.
func (o *Observation) starved(f *Facts) (Diagnosis, bool) {
	b := o.Before
	if !o.HTTP2 || b == nil || o.Phase != Headers && o.Phase != Body {
		return Diagnosis{}, false
	}
	n := int64(f.BytesReceived) - int64(b.BytesReceived)
	if n < busyBytes {
		return Diagnosis{}, false
	}
	text := fmt.Sprintf("%s came on the connection in %s, none of them for this file", measure.Size(n), o.Between.Round(time.Millisecond))
	if o.Phase == Headers {
		return o.found(ServerSilent, Likely, text), true
	}
	return o.found(StreamStarved, Certain, text), true
}

// taking: the request does not leave our buffer, and the peer lives.
func (o *Observation) taking(f *Facts) (Diagnosis, bool) {
	if f.NotSent == 0 || o.Phase < Send {
		return Diagnosis{}, false
	}
	return o.found(RequestNotTaken, Likely, measure.Count(int64(f.NotSent), "byte")+" of the request wait in our socket", o.life(f)), true
}

// alive is for a peer that acknowledges all and says nothing.
func (o *Observation) alive(f *Facts) Diagnosis {
	cause := o.Phase.Info().Cause
	if o.Phase == Body && o.Done == 0 {
		cause = BodyNeverStarts
	}
	if f.LastAckReceived > aliveWithin || f.LastAckReceived < 0 {
		d := o.byPhase("nothing was heard of the peer, not even an ACK: " + o.life(f))
		d.Cause = cause
		return d
	}
	sure := Likely
	evidence := []string{"all that was sent is acknowledged"}
	b := o.Before
	switch {
	case f.Unacked > 0:
		sure = Guess
		evidence[0] = measure.Count(f.Unacked, "segment") + " on the way"
	case b == nil:
	case f.BytesReceived > b.BytesReceived && !o.HTTP2 && o.Phase != TLS && o.Phase != Proxy:
		evidence = append(evidence, measure.Count(int64(f.BytesReceived-b.BytesReceived), "byte")+" came in between, but none of the file")
	case f.BytesReceived > b.BytesReceived:
	case answered(f) && o.Phase != Send:
		// An ACK that is younger than all data is the answer to a probe.
		evidence = append(evidence, "the peer has answered a keep-alive probe since")
		if o.untried(f) {
			evidence = append(evidence, "little has come on this connection yet: large packets may be lost on the way")
			break
		}
		sure = Certain
	}
	if f.State == CloseWait {
		evidence = append(evidence, "the peer has closed its side")
	}
	if f.LastDataReceived >= 0 {
		evidence = append(evidence, "last data "+ago(f.LastDataReceived))
	} else {
		evidence = append(evidence, "nothing received on this connection")
	}
	return o.found(cause, sure, append(evidence, o.life(f))...)
}

// untried tells whether the connection has not yet brought so much that full
// packets must have come through. In an MTU black hole without a small packet behind
// the large ones, a peer that sends looks exactly like one that is silent. A proxy's
// consent is small, and a peer that has closed its side has nothing on the way.
func (o *Observation) untried(f *Facts) bool {
	return f.BytesReceived < earlyBody && f.LargestPacket < largePacket && o.Phase != Proxy && f.State != CloseWait
}

// answered tells whether the peer has acknowledged something other than data
// since the last data went either way.
func answered(f *Facts) bool {
	const margin = keepAlive / 2
	return f.LastDataSent-f.LastAckReceived > margin &&
		(f.LastDataReceived < 0 || f.LastDataReceived-f.LastAckReceived > margin)
}

// life says when the peer was last heard.
func (o *Observation) life(f *Facts) string {
	if f.LastAckReceived < 0 {
		return "no ACK yet"
	}
	return "last ACK " + ago(f.LastAckReceived)
}

func ago(d time.Duration) string {
	if d >= 10*time.Second {
		return measure.Seconds(d) + " ago"
	}
	return measure.Tenths(d) + " ago"
}

func times(n uint32) string {
	switch n {
	case 0:
		return "never"
	case 1:
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
