package ui

import (
	"strings"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// The scenes here are of things that are stuck or slow.

// crawl lets a body come a few bytes at a time.
func (s *scene) crawl() {
	s.running()
	s.progress(rootfs2, 33*mib, 10)
	s.diagnosed(rootfs2, fetch.Diagnosis{Cause: fetch.SlowDrip, Label: "slow: 10 B/s, would take 3h20m0s", Certainty: fetch.Certain,
		Evidence: []string{"100 B in 10s", "117.2 KiB to go"}})
	s.wait(2 * time.Second)
	s.m.tick()
}

// silentFor lets the attempt that is shown fail by its stall.
func (s *scene) silentFor() {
	s.running()
	s.keys("down", "down", "down", "enter")
	s.until(91 * time.Second)
	s.to(rootfs, engine.Failed, problem(finding.Stalled, "no body byte for 1m1s after 14 of 40 MiB", "phase", "body"))
}

// host sums up the example's server.
func (s *scene) host() {
	s.fold(engine.HostChanged{
		Host: "tuf.example.org", Address: "203.0.113.7:443", Active: 4, Waiting: 3, Open: 6, Bytes: 7 << 30, Rate: 90 * mib, Failed: 6,
		Errors:       []engine.Count{{Text: "connection refused", N: 5}, {Text: "no first byte", N: 1}},
		FirstByteP50: 40 * time.Millisecond, FirstByteP95: 2100 * time.Millisecond,
	})
}

// hold holds the queue of the example's host.
func (s *scene) hold() {
	s.running()
	s.host()
	s.fold(engine.BreakerChanged{
		Host: "tuf.example.org", State: engine.Held, Why: "the last 24 attempts all stalled or failed to connect (19 stalled)",
		Since: s.at, Next: s.at + 4*time.Second, Queued: 9968,
	})
}

// steps are what an investigation finds where one of two addresses is silent.
var steps = []fetch.Step{
	{Check: fetch.CheckResolve, Protocol: "A", Duration: 3 * time.Millisecond, Outcome: "203.0.113.7, 203.0.113.8"},
	{Check: fetch.CheckResolve, Protocol: "AAAA", Duration: 4 * time.Millisecond, Result: fetch.Refused, Outcome: "no such host"},
	{Check: fetch.CheckConnect, Address: "203.0.113.7:443", Duration: 18 * time.Millisecond, Outcome: "connected"},
	{Check: fetch.CheckConnect, Address: "203.0.113.8:443", Duration: 19 * time.Millisecond, Outcome: "connected"},
	{Check: fetch.CheckHandshake, Address: "203.0.113.7:443", Protocol: "TLS 1.3", Duration: 22 * time.Millisecond, Outcome: "h2"},
	{Check: fetch.CheckHandshake, Address: "203.0.113.8:443", Protocol: "TLS 1.3", Duration: 21 * time.Millisecond, Outcome: "h2"},
	{Check: fetch.CheckFirstByte, Address: "203.0.113.8:443", Protocol: "HTTP/2.0", Duration: 40 * time.Millisecond, Outcome: "206 Partial Content", Status: 206},
	{Check: fetch.CheckFirstByte, Address: "203.0.113.8:443", Protocol: "HTTP/1.1", Duration: 38 * time.Millisecond, Outcome: "206 Partial Content", Status: 206},
	{Check: fetch.CheckFirstByte, Address: "203.0.113.7:443", Protocol: "HTTP/2.0", Duration: 10 * time.Second, Result: fetch.Silent, Outcome: "no first byte within 10s"},
	{Check: fetch.CheckFirstByte, Address: "203.0.113.7:443", Protocol: "HTTP/1.1", Duration: 10 * time.Second, Result: fetch.Silent, Outcome: "no first byte within 10s"},
	{Check: fetch.CheckLarge, Address: "203.0.113.8:443", Protocol: "HTTP/2.0", Duration: 55 * time.Millisecond, Outcome: "64 KiB", Status: 206},
	{Check: fetch.CheckOther, Address: "203.0.113.7:443", Protocol: "HTTP/2.0", Duration: 10 * time.Second, Result: fetch.Silent, Outcome: "no first byte within 10s"},
}

// probing asks the network about a stalled item; some steps have ended.
func (s *scene) probing() {
	s.running()
	s.keys("down", "down", "down", "d")
	it := s.m.current()
	s.fold(engine.ProbeBegan{Item: it.ID}, engine.CommandDone{Command: engine.Probe{Item: it.ID}, Accepted: 1})
	s.wait(3 * time.Second)
	for _, step := range steps[:8] {
		s.fold(engine.Probed{Item: it.ID, Step: step})
	}
}

func (s *scene) probed() {
	s.probing()
	it := s.m.current()
	s.wait(7 * time.Second)
	for _, step := range steps[8:] {
		s.fold(engine.Probed{Item: it.ID, Step: step})
	}
	s.fold(engine.ProbeEnded{Item: it.ID, Text: "203.0.113.7 is silent, the other address answers in 40 ms"})
	s.host()
}

// resume lets an attempt go on where an earlier one broke off.
func (s *scene) resume() {
	s.running()
	s.until(45 * time.Second)
	s.to(sbom, engine.Queued)
	s.to(sbom, engine.Connecting, done(12*mib))
	s.phases(sbom, step{fetch.Headers, time.Millisecond}, step{fetch.Body, 41 * time.Millisecond})
	s.answered(sbom, 206, map[string]string{"Content-Range": "bytes 12582912-41943039/41943040"})
	s.to(sbom, engine.Transferring)
	s.until(49 * time.Second)
	s.progress(sbom, 28*mib, 4*mib)
	s.keys("/", "1.20.5/darwin", "enter", "enter")
}

// redirect has the server send the client to one that does not answer.
func (s *scene) redirect() {
	s.running()
	s.until(45 * time.Second)
	s.to(sbom, engine.Queued)
	s.to(sbom, engine.Connecting)
	s.phases(sbom, step{fetch.Pool, 0}, step{fetch.Send, time.Millisecond}, step{fetch.Headers, 2 * time.Millisecond})
	s.hop(sbom, 1, "https://mirror.example.net/tuf/sbom.spdx.json", "198.51.100.23:443",
		step{fetch.Pool, 700 * time.Millisecond}, step{fetch.DNS, 701 * time.Millisecond}, step{fetch.Connect, 1900 * time.Millisecond})
	s.until(57 * time.Second)
	const short = "connect unanswered, behind a redirect to mirror.example.net"
	s.to(sbom, engine.Stalled, problem(finding.Stalled, "connect unanswered for 10s, behind a redirect to mirror.example.net"), reason(short))
	s.keys("/", "1.20.5/darwin", "enter", "enter")
}

// hop has an attempt follow a redirect.
func (s *scene) hop(name string, n int, url, address string, steps ...step) {
	it := s.get(name)
	e := engine.Redirected{Item: it.ID, Attempt: it.Attempt, Hop: n, Host: hostIn(url), URL: url, Address: address,
		By: &fetch.Response{Status: 302, Protocol: "HTTP/2.0", TLS: "TLS 1.3", Header: map[string]string{"Location": url}}}
	for _, p := range steps {
		e.Marks = append(e.Marks, engine.TimedMark{Phase: p.phase, At: it.Current().Started + p.after})
	}
	s.fold(e)
}

// stand lets the control loop stand still, and another second pass.
func (s *scene) stand() {
	s.running()
	s.fold(engine.InspectorStuck{Part: "control loop", For: 12 * time.Second, Dump: "/home/me/.local/state/tufinspect/stuck-0942.txt"})
	s.wait(time.Second)
	s.m.tick()
}

// giveUp gives the example's host up.
func (s *scene) giveUp() {
	s.running()
	for i := range s.m.st.Items.Len() {
		if it := s.m.st.Items.At(i); it.State == engine.Queued {
			s.to(it.Path, engine.Failed, problem(finding.HostSilent, "host silent: tuf.example.org was given up", "host", "tuf.example.org"))
		}
	}
	s.fold(engine.BreakerChanged{Host: "tuf.example.org", State: engine.GivenUp, Since: s.at,
		Why: "silent: the last 24 attempts all stalled or failed to connect (19 stalled); not one answer in another 1m0s"})
}

// hostIn cuts the host out of an address.
func hostIn(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	host, _, _ := strings.Cut(rest, "/")
	return host
}
