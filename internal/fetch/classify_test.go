package fetch

import (
	"strings"
	"testing"
	"time"
)

// established is a healthy socket.
func established(change func(*Facts)) *Facts {
	f := &Facts{
		State: Established, BytesAcked: 300, SendWindow: 64 << 10, ReceiveWindow: 64 << 10,
		RTT: 20 * time.Millisecond, LastDataSent: 4 * time.Second, LastDataReceived: -1, LastAckReceived: 500 * time.Millisecond,
	}
	if change != nil {
		change(f)
	}
	return f
}

// TestCauses has every line of the hang matrix, and what must not be mistaken for
// one.
func TestCauses(t *testing.T) {
	none := func(*Facts) {}
	body := func(f *Facts) { f.BytesReceived, f.LastDataReceived = 400_000, 4*time.Second }
	both := func(a, b func(*Facts)) func(*Facts) { return func(f *Facts) { a(f); b(f) } }
	for _, tt := range []struct {
		name     string
		o        Observation
		a, b     func(*Facts) // nil: no facts
		cause    Cause
		sure     Certainty
		label    string
		evidence string
	}{
		{"1: the resolver is stuck", Observation{Phase: DNS}, nil, nil, ResolverSilent, Certain, "dns: the resolver has not answered", "no socket"},
		{"2: SYN lost", Observation{Phase: Connect}, none, func(f *Facts) { f.State, f.TotalRetransmits = SynSent, 3 }, ConnectUnanswered, Certain, "network: connection attempt unanswered", "sent again 3 times"},
		{"2: SYN lost once", Observation{Phase: Connect}, nil, func(f *Facts) { f.State, f.Retransmits = SynSent, 1 }, ConnectUnanswered, Likely, "network: connection attempt unanswered", "sent again once"},
		{"2: SYN just sent, with garbage beside it", Observation{Phase: Connect}, nil, func(f *Facts) {
			f.State, f.LastAckReceived, f.LastDataReceived, f.Unread, f.Probes, f.OutOfOrder = SynSent, 99*time.Hour, 99*time.Hour, 7, 7, 7
		}, ConnectUnanswered, Guess, "network: connection attempt unanswered", "sent again never"},
		{"2: SYN to a proxy lost", Observation{Phase: Connect, Proxied: true}, nil, func(f *Facts) { f.State, f.Retransmits = SynSent, 4 }, ConnectUnanswered, Certain, "proxy: connection attempt unanswered", "4 times"},
		{"3: TLS stalled by the server", Observation{Phase: TLS}, none, none, HandshakeStalled, Likely, "server: alive, handshake unanswered", "last ACK 500ms ago"},
		{"4: MTU black hole in TLS", Observation{Phase: TLS}, func(f *Facts) { f.OutOfOrder = 2 }, func(f *Facts) { f.OutOfOrder = 2 }, LargePacketsVanish, Likely, "network: large packets vanish", "2 packets"},
		{"4: MTU black hole in the body", Observation{Phase: Body, Done: 400_000}, body, both(body, func(f *Facts) { f.OutOfOrder = 1 }), LargePacketsVanish, Likely, "network: large packets vanish", "out of order"},
		{"4: MTU black hole in which no small packet follows", Observation{Phase: Body, Done: 1000}, both(body, func(f *Facts) { f.BytesReceived = 1100 }), both(body, func(f *Facts) { f.BytesReceived = 1100 }), BodyStopped, Likely, "server: alive, stopped sending", "large packets may be lost"},
		{"5, 6: request taken, no answer on a connection that has brought much", Observation{Phase: Headers}, body, body, ServerSilent, Certain, "server: alive, silent (the process, or what it waits for)", "answered a keep-alive probe"},
		{"5, 6: request taken, no answer", Observation{Phase: Headers}, none, none, ServerSilent, Likely, "server: alive, silent (the process, or what it waits for)", "all that was sent is acknowledged"},
		{"5, 6: no probe answered yet", Observation{Phase: Headers}, none, func(f *Facts) { f.LastDataSent = f.LastAckReceived }, ServerSilent, Likely, "server: alive, silent (the process, or what it waits for)", "nothing received"},
		{"7: path lost after the handshake", Observation{Phase: Headers}, none, func(f *Facts) { f.Unacked, f.Backoff, f.Retransmits = 1, 4, 4 }, PathLost, Certain, "network: peer does not acknowledge", "1 segment unacknowledged, sent again 4 times"},
		{"7: one loss so far", Observation{Phase: Headers}, none, func(f *Facts) { f.Unacked, f.Backoff = 1, 1 }, PathLost, Likely, "network: peer does not acknowledge", "once"},
		{"7: only on its way", Observation{Phase: Headers}, none, func(f *Facts) { f.Unacked = 1 }, ServerSilent, Guess, "server: alive, silent (the process, or what it waits for)", "on the way"},
		{"8: the body never starts", Observation{Phase: Body}, body, body, BodyNeverStarts, Certain, "server: alive, stopped sending", "last data 4s ago"},
		{"9: the body stops", Observation{Phase: Body, Done: 400_000}, body, body, BodyStopped, Certain, "server: alive, stopped sending", "last data 4s ago"},
		{"9: an old disorder is no black hole", Observation{Phase: Body, Done: 400_000}, both(body, func(f *Facts) { f.OutOfOrder = 5 }), both(body, func(f *Facts) { f.OutOfOrder = 5 }), BodyStopped, Certain, "server: alive, stopped sending", ""},
		{"10: peer gone in the body", Observation{Phase: Body, Done: 1}, body, both(body, func(f *Facts) { f.Probes, f.LastAckReceived = 2, 11*time.Second }), PeerGone, Certain, "network: peer gone", "last ACK 11s ago"},
		{"10: one probe without an answer", Observation{Phase: Body, Done: 1}, body, both(body, func(f *Facts) { f.Probes, f.LastAckReceived = 1, 7*time.Second }), PeerGone, Likely, "network: peer gone", "once"},
		{"10: a probe just sent proves nothing", Observation{Phase: Body, Done: 1}, body, both(body, func(f *Facts) { f.Probes, f.LastAckReceived = 1, 5100*time.Millisecond }), BodyStopped, Likely, "server: alive, stopped sending", ""},
		{"10: sent again in the body", Observation{Phase: Body, Done: 1}, body, both(body, func(f *Facts) { f.Unacked, f.Backoff = 1, 3 }), PeerGone, Certain, "network: peer gone", ""},
		{"11: slow drip", Observation{Phase: Body, Got: 9, Done: 1000, Total: 1_000_000}, body, body, SlowDrip, Certain, "slow: 9 B/s, would take 30h50m", "9 B in 1s"},
		{"11: slow drip, without facts", Observation{Phase: Body, Got: 2048, Done: 4096, Total: -1}, nil, nil, SlowDrip, Certain, "slow: 2 KiB/s", "2 KiB in 1s"},
		{"11: absurdly slow", Observation{Phase: Body, Got: 1, Done: 1, Total: 1 << 62}, nil, nil, SlowDrip, Certain, "slow: 1 B/s, would take more than 1,000 years", ""},
		{"12: we do not read", Observation{Phase: Body, Done: 1}, both(body, func(f *Facts) { f.Unread = 9000 }), both(body, func(f *Facts) { f.Unread, f.ReceiveWindow = 9000, 0 }), NotReading, Certain, "inspector: data waits, the fault is here", "receive window is 0"},
		{"12: we do not read, the window is open", Observation{Phase: Body, Done: 1}, both(body, func(f *Facts) { f.Unread = 9000 }), both(body, func(f *Facts) { f.BytesReceived += 1000; f.Unread = 10_000 }), NotReading, Likely, "inspector: data waits, the fault is here", "10,000 bytes unread"},
		{"12: the sink does not take", Observation{Phase: Body, Done: 1, SinkBusy: true, HTTP2: true}, body, body, NotReading, Certain, "inspector: data waits, the fault is here", "have not been taken"},
		{"12: we do read, and there is always more", Observation{Phase: Body, Done: 1, HTTP2: true}, both(body, func(f *Facts) { f.Unread = 9000 }), both(body, func(f *Facts) { f.BytesReceived += 50_000; f.Unread = 9000 }), StreamStarved, Certain, "stream: starved on a busy connection", ""},
		{"13: no free connection", Observation{Phase: Pool}, nil, nil, PoolEmpty, Likely, "inspector: connections used up", "nothing was dialled"},
		{"13: no free connection, and by whom", Observation{Phase: Pool, Holders: []string{"a", "b\x1b", "c", "d"}}, nil, nil, PoolEmpty, Certain, `inspector: connections used up, held by a, b\u{1b}, c and 1 more`, "held by"},
		{"14: proxy silent", Observation{Phase: Proxy, Proxied: true}, none, none, ProxySilent, Certain, "proxy: silent", "acknowledged"},
		{"14: proxy gone", Observation{Phase: Proxy, Proxied: true}, none, func(f *Facts) { f.Unacked, f.Backoff = 1, 3 }, PathLost, Certain, "network: peer does not acknowledge", ""},
		{"15: one stream starves", Observation{Phase: Body, HTTP2: true, Done: 5000}, body, both(body, func(f *Facts) { f.BytesReceived += 10_000 }), StreamStarved, Certain, "stream: starved on a busy connection", "none of them for this file"},
		{"15: a ping is no traffic", Observation{Phase: Body, HTTP2: true, Done: 5000}, body, both(body, func(f *Facts) { f.BytesReceived += 39 }), BodyStopped, Likely, "server: alive, stopped sending", ""},
		{"15: not answered on a busy connection", Observation{Phase: Headers, HTTP2: true}, body, both(body, func(f *Facts) { f.BytesReceived += 10_000 }), ServerSilent, Likely, "server: alive, silent (the process, or what it waits for)", "none of them for this file"},
		{"16: HTTP/2 connection lost", Observation{Phase: Body, HTTP2: true, Done: 5000}, body, both(body, func(f *Facts) { f.Unacked, f.Backoff = 2, 3 }), ConnectionLost, Certain, "network: peer does not acknowledge", "2 segments"},

		{"9: little has come, but in a packet of full size", Observation{Phase: Body, Done: 1000}, both(body, func(f *Facts) { f.BytesReceived, f.LargestPacket = 1500, 1400 }), both(body, func(f *Facts) { f.BytesReceived, f.LargestPacket = 1500, 1400 }), BodyStopped, Certain, "server: alive, stopped sending", "keep-alive probe"},

		{"a disk that does not open a file", Observation{Phase: Headers, Folder: true}, nil, nil, DiskSilent, Likely, "disk: does not answer", "network mount"},
		{"a disk that stops in a file", Observation{Phase: Body, Folder: true, Done: 5}, nil, nil, DiskSilent, Likely, "disk: does not answer", "network mount"},
		{"the request is not taken", Observation{Phase: Send}, none, func(f *Facts) { f.NotSent = 900 }, RequestNotTaken, Likely, "server: alive, takes no bytes", "900 bytes"},
		{"silence behind a proxy may be anybody's", Observation{Phase: Headers, Proxied: true}, none, none, ServerSilent, Likely, "server: alive, silent (the process, or what it waits for)", "proxy"},
		{"a peer of whom nothing was heard", Observation{Phase: Headers}, none, func(f *Facts) { f.LastAckReceived = 8 * time.Second }, ServerSilent, Guess, "server or path: the request is unanswered", "last ACK 8s ago"},
		{"a dead socket says nothing", Observation{Phase: Body, Done: 1}, body, func(f *Facts) { f.State, f.Unread = 7, 5 }, BodyStopped, Guess, "server or path: the body has stopped", "CLOSED"},
		{"the peer has closed its side", Observation{Phase: Headers}, none, func(f *Facts) { f.State = CloseWait }, ServerSilent, Certain, "server: alive, silent (the process, or what it waits for)", "closed its side"},
		{"just connected", Observation{Phase: Connect}, nil, none, ConnectUnanswered, Guess, "network: connection attempt unanswered", "just been made"},
		{"only one look", Observation{Phase: Headers}, nil, none, ServerSilent, Likely, "server: alive, silent (the process, or what it waits for)", ""},

		{"the phase alone: connect", Observation{Phase: Connect}, nil, nil, ConnectUnanswered, Guess, "network: connection attempt unanswered", "in phase connect"},
		{"the phase alone: proxy", Observation{Phase: Proxy}, nil, nil, ProxySilent, Guess, "proxy: silent", "in phase proxy"},
		{"the phase alone: tls", Observation{Phase: TLS}, nil, nil, HandshakeStalled, Guess, "server or path: the TLS handshake is unanswered", "in phase tls"},
		{"the phase alone: send", Observation{Phase: Send}, nil, nil, RequestNotTaken, Guess, "network: the request could not be sent", "in phase send"},
		{"the phase alone: headers", Observation{Phase: Headers}, nil, nil, ServerSilent, Guess, "server or path: the request is unanswered", "in phase headers"},
		{"the phase alone: body", Observation{Phase: Body, Done: 5}, nil, nil, BodyStopped, Guess, "server or path: the body has stopped", "in phase body"},
		{"the phase alone: no body", Observation{Phase: Body}, nil, nil, BodyNeverStarts, Guess, "server or path: the body has stopped", "in phase body"},
		{"queued", Observation{}, nil, nil, NoCause, Certain, "inspector: waits for a slot", ""},
		{"verifying", Observation{Phase: Verify}, nil, nil, NoCause, Certain, "inspector: verification is still computing", ""},
		{"no phase at all", Observation{Phase: 99}, nil, nil, NoCause, Guess, "", ""},
	} {
		o := tt.o
		o.Between = time.Second
		if tt.a != nil {
			o.Before = established(tt.a)
		}
		if tt.b != nil {
			// A probe was answered after all data, if the row does not say otherwise.
			o.After = established(tt.b)
		}
		d := Diagnose(o)
		if d.Cause != tt.cause || d.Certainty != tt.sure || d.Label != tt.label || !strings.Contains(strings.Join(d.Evidence, "\n"), tt.evidence) {
			t.Errorf("%s:\n got %s, %s, %q, %q\nwant %s, %s, %q, %q", tt.name, d.Cause, d.Certainty, d.Label, d.Evidence, tt.cause, tt.sure, tt.label, tt.evidence)
		}
	}
}

// TestNoEvidenceFromGarbage: in SYN-SENT nothing but the repetitions is said.
func TestNoEvidenceFromGarbage(t *testing.T) {
	f := &Facts{State: SynSent, LastAckReceived: 99 * time.Hour, LastDataReceived: 99 * time.Hour, LastDataSent: 99 * time.Hour}
	for p := Connect; p < Verify; p++ {
		d := Diagnose(Observation{Phase: p, Before: f, After: f})
		if text := strings.Join(d.Evidence, " "); strings.Contains(text, "99h") || d.Cause != ConnectUnanswered {
			t.Errorf("%s: %+v", p, d)
		}
	}
}

func TestCausesAreNamed(t *testing.T) {
	seen := map[string]bool{}
	for c := range Cause(NumCauses) {
		text, err := c.MarshalText()
		if err != nil || len(text) == 0 || seen[c.String()] || c != NoCause && causeLabels[c] == "" {
			t.Errorf("cause %d: %q", c, text)
		}
		seen[c.String()] = true
	}
	for c := range numCertainties {
		if text, err := c.MarshalText(); err != nil || len(text) == 0 || seen[string(text)] {
			t.Errorf("certainty %d: %q", c, text)
		}
	}
	for s := range closing + 1 {
		if s.String() == "" {
			t.Errorf("state %d has no name", s)
		}
	}
	if Cause(200).String() != "cause(200)" || Certainty(9).String() != "certainty(9)" || TCPState(99).String() != "state(99)" {
		t.Error("unknown values")
	}
}

func FuzzDiagnose(f *testing.F) {
	f.Add(uint8(8), uint8(1), uint32(1), uint32(2), int64(5), int64(7), int64(100), true)
	f.Fuzz(func(t *testing.T, phase, state uint8, x, y uint32, got, done, total int64, flag bool) {
		a := &Facts{State: TCPState(state), Unacked: x, OutOfOrder: x, Unread: int(x), LastAckReceived: time.Duration(got)}
		b := &Facts{State: TCPState(state), Unacked: y, Backoff: y, Probes: x, OutOfOrder: y, Unread: int(y), LastAckReceived: time.Duration(done), BytesReceived: uint64(total)}
		d := Diagnose(Observation{Phase: Phase(phase), Before: a, After: b, Got: got, Done: done, Total: total, HTTP2: flag, Proxied: !flag})
		if int(phase) < NumPhases && d.Label == "" || int(d.Cause) >= NumCauses || d.Certainty >= numCertainties {
			t.Errorf("%+v", d)
		}
	})
}
