package fetch

import (
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/finding"
)

func TestEveryPhaseHasItsLineInTheTable(t *testing.T) {
	short := map[string]bool{}
	for p := range Phase(NumPhases) {
		info := p.Info()
		if info.Phase != p || info.Entered == "" || info.Left == "" || info.Short == "" || info.Tells == "" || short[info.Short] {
			t.Errorf("%s: %+v", p, info)
		}
		short[info.Short] = true
		limit, fixed := PhaseLimit(p)
		if fixed != (info.Owner == Fixed) || fixed != (limit > 0) {
			t.Errorf("%s: limit %s, %v", p, limit, info.Owner)
		}
		if waits := p != Queued && p != Verify; waits != (info.Cause != NoCause) || waits != (info.Owner != Unlimited) {
			t.Errorf("%s waits without an owner or a cause: %+v", p, info)
		}
	}
	if _, ok := PhaseLimit(200); ok || Phase(200).Info().Short != "" {
		t.Error("a phase that does not exist has a limit")
	}
	for l := range numLimits {
		if l.String() == "" || l.String() == "?" {
			t.Errorf("limit %d has no name", l)
		}
	}
	if numLimits.String() != "?" {
		t.Error(numLimits.String())
	}
}

// TestTheTransportTakesItsLimitsFromTheTable: those that silence in fake time
// shows are in TestLimitsOfTheTransport.
func TestTheTransportTakesItsLimitsFromTheTable(t *testing.T) {
	c := newClient(t, Options{})
	for p, got := range map[Phase]time.Duration{TLS: c.transport.TLSHandshakeTimeout, Send: c.transport.HTTP2.WriteByteTimeout} {
		if want, ok := PhaseLimit(p); !ok || got != want {
			t.Errorf("%s: %s, the table has %s", p, got, want)
		}
	}
}

// TestARequestThatIsNotTakenEnds: the peer is connected and takes no byte.
func TestARequestThatIsNotTakenEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		c, err := New(Options{Proxy: "none", DialContext: pipes(func(net.Conn) { <-stop })})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		defer close(stop)
		begun := time.Now()
		_, err = c.Get(t.Context(), file("http://h", "a"), io.Discard, nil)
		e := (outcome{err: err}).failure(t)
		want, _ := PhaseLimit(Send)
		if d := time.Since(begun); d != want || e.Kind != finding.Unreachable || !e.Retry || e.Text != "the request could not be sent within 10s" {
			t.Errorf("after %s: %+v", d, e)
		}
	})
}

// TestASlowAnswerOutlivesTheSendLimit: the limit ends with the first byte, and
// does not cut off what comes later on the same connection.
func TestASlowAnswerOutlivesTheSendLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := New(Options{Proxy: "none", MaxConns: 1, DialContext: pipes(func(c net.Conn) { slowly(c, 3*sendLimit) })})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for range 2 {
			if n, err := c.Get(t.Context(), exactly("http://h", "a", 5), io.Discard, nil); n != 5 || err != nil {
				t.Errorf("%d bytes, %v", n, err)
			}
		}
	})
}
