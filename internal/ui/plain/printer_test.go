package plain_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"go.uber.org/goleak"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
	"example.com/tufinspect/internal/ui/plain"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var reference = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// script makes events; each batch starts at a time since the run's start.
type script struct {
	seq uint64
	at  time.Duration
}

func (s *script) batch(at time.Duration, bodies ...engine.Body) engine.Update {
	s.at = at
	var u engine.Update
	for _, b := range bodies {
		s.seq++
		u.Events = append(u.Events, engine.Event{Seq: s.seq, At: at, Body: b})
	}
	return u
}

func start() engine.RunStarted {
	return engine.RunStarted{
		Version: "v0.1.0", Repository: "https://tuf.example.org", ReferenceTime: reference, Started: reference, Workers: 16,
		Limits: engine.Limits{StallAfter: 10 * time.Second, StallTimeout: time.Minute, Retries: 3},
	}
}

func role(id trust.RoleID, name, parent string, version int64, valid, keys, threshold int) trust.Role {
	r := trust.Role{ID: id, Name: name, Parent: parent, Version: version, State: trust.Accepted, Threshold: threshold,
		Expires: reference.Add(61 * 24 * time.Hour), Current: true}
	for i := range keys {
		r.Signers = append(r.Signers, trust.Signer{KeyID: fmt.Sprint(i), Valid: i < valid})
	}
	return r
}

func changed(r trust.Role) engine.Body { return engine.RoleChanged{Role: r} }

func target(id engine.ItemID, path string, length int64) engine.ItemSpec {
	return engine.ItemSpec{ID: id, Kind: engine.Target, Of: id, Path: path, RoleName: "targets", Length: length}
}

func moved(id engine.ItemID, n int, from, to engine.ItemState, p *engine.Problem) engine.StateChanged {
	return engine.StateChanged{Item: id, Attempt: n, From: from, To: to, Problem: p}
}

func problem(kind finding.ID, text string, retry bool) *engine.Problem {
	return &engine.Problem{Kind: kind, Text: text, Retry: retry}
}

// sick is a run in which everything happens that has a line.
func sick() []engine.Update {
	var s script
	second := time.Second
	timestamp := role(1, "timestamp", "root", 881, 1, 1, 1)
	timestamp.Expires, timestamp.Soon = reference.Add(18*time.Hour), true
	snapshot := role(2, "snapshot", "root", 412, 1, 1, 1)
	snapshot.State, snapshot.Expires, snapshot.Expired = trust.Expired, reference.Add(-24*time.Hour), true
	targets := role(3, "targets", "root", 77, 2, 3, 2)
	targets.Targets = 5
	sbom := role(5, "releases/sbom", "releases", 12, 0, 1, 1)
	sbom.State, sbom.Problem = trust.Refused, "0 of 1 keys have signed, 1 is needed"
	agents := trust.Role{ID: 6, Name: "agents", Parent: "targets", State: trust.Absent, Problem: "404 Not Found"}
	mirrors := trust.Role{ID: 7, Name: "mirrors", Parent: "targets", State: trust.Unfetched, Problem: "cancelled"}
	fetching := trust.Role{ID: 0, Name: "root", State: trust.Fetching}
	stall := moved(3, 1, engine.Transferring, engine.Stalled, problem(finding.Stalled, "no body byte for 10s after 24 of 69 MiB", true))
	stall.Done = 24 << 20
	again := moved(2, 1, engine.Waiting, engine.Retrying, problem(finding.ServerError, "503 Service Unavailable", true))
	again.Next = 11300 * time.Millisecond
	broken := moved(4, 1, engine.Transferring, engine.Retrying, problem(finding.Incomplete, "the connection was reset", true))
	broken.Next, broken.Done = 18*second, 6
	slow := engine.Diagnosed{Item: 4, Attempt: 1, Diagnosis: fetch.Diagnosis{Cause: fetch.SlowDrip, Label: "slow: 1 B/s, would take 4s"}}
	slower := slow
	slower.Label = "slow: 0.5 B/s, would take 8s"
	stopped := func(label string, sure fetch.Certainty, evidence string) engine.Body {
		return engine.Diagnosed{Item: 3, Attempt: 1, Commands: []string{"curl -v https://tuf.example.org/targets/c"},
			Diagnosis: fetch.Diagnosis{Cause: fetch.BodyStopped, Label: label, Certainty: sure, Evidence: []string{evidence}}}
	}
	held := engine.BreakerChanged{Host: "tuf.example.org", State: engine.Held, Why: "the last 32 attempts all stalled or failed to connect (32 stalled)", Queued: 9968}
	next := held
	next.Next = 16 * second
	givenUp := engine.BreakerChanged{Host: "mirror.example.org", State: engine.GivenUp, Why: "silent: the last 32 attempts all stalled; not one answer in another 1m0s"}
	copied := engine.ItemSpec{ID: 6, Kind: engine.Copy, Of: 5, Under: "sha512", Path: "d", Length: 10}
	withdrawn := finding.New(finding.Missing, "agents", "404 Not Found")
	return []engine.Update{
		s.batch(0, start(), engine.Noted{Text: "a demonstration"}, engine.Noted{Subject: "releases/c", Text: "it falls silent"}, changed(fetching),
			engine.ItemsFound{Items: []engine.ItemSpec{{Kind: engine.Metadata, Path: "timestamp.json", Length: -1}}}),
		s.batch(100*time.Millisecond,
			engine.LayoutFound{MetadataURL: "https://tuf.example.org/metadata", TargetsURL: "https://tuf.example.org/targets"},
			engine.AnchorChosen{Version: 5, SHA256: strings.Repeat("ab", 32), Source: engine.RootFirstUse},
			engine.FindingRaised{Finding: finding.New(finding.FirstUse, "root v5", "the oldest root that the repository serves is trusted")},
			engine.FindingRaised{Finding: finding.New(finding.UndelegatedRole, "rekor", "nobody delegates to it")},
			changed(role(0, "root", "", 5, 3, 3, 3))),
		s.batch(200*time.Millisecond, changed(timestamp), changed(timestamp), changed(snapshot), changed(targets)),
		s.batch(300*time.Millisecond,
			engine.ItemsFound{Items: []engine.ItemSpec{target(1, "a", 1000), target(2, "b", 1000), target(3, "c", 69<<20), target(4, "e", 10), target(5, "d", 10), copied}},
			engine.FindingRaised{Finding: withdrawn}),
		s.batch(time.Second, changed(role(4, "releases", "targets", 31, 1, 1, 1)), changed(sbom), changed(agents), changed(mirrors),
			moved(1, 1, engine.Queued, engine.Transferring, nil), moved(2, 1, engine.Queued, engine.Waiting, nil), moved(3, 1, engine.Queued, engine.Transferring, nil)),
		s.batch(6800*time.Millisecond, moved(1, 1, engine.Transferring, engine.Failed, problem(finding.WrongHash, "sha256 differs from the signed hash", true)),
			engine.FindingRaised{Finding: withdrawn, Withdrawn: true}),
		s.batch(8*second, again, moved(2, 1, engine.Retrying, engine.Queued, nil),
			engine.QueueChanged{Workers: 16, Active: 1, Rate: 1 << 20}),
		s.batch(11*second, stall, stopped("server or path: the body has stopped", fetch.Guess, "in phase body, the socket is not known")),
		s.batch(12*second, stopped("server: alive, stopped sending", fetch.Likely, "last data 11s ago")),
		s.batch(13*second, stopped("server: alive, stopped sending", fetch.Certain, "last data 12s ago")),
		s.batch(14*second, moved(4, 1, engine.Queued, engine.Transferring, nil), slow, slower, engine.InspectorStuck{Part: "control loop", For: 3 * second, Dump: "/state/stuck.txt"},
			engine.InspectorStuck{Part: "control loop", For: 4 * second}),
		s.batch(15*second, broken, held, next, engine.InspectorStuck{Part: "control loop", For: 5 * second, Over: true}),
		s.batch(16*second, engine.ProbeBegan{Item: 3}, engine.Probed{Item: 3, Step: fetch.Step{Check: fetch.CheckConnect, Address: "203.0.113.7:443", Duration: 18 * time.Millisecond, Outcome: "connected"}},
			engine.Probed{Item: 3, Step: fetch.Step{Check: fetch.CheckFirstByte, Address: "203.0.113.7:443", Protocol: "HTTP/2.0", Duration: 10 * second, Result: fetch.Silent, Outcome: "no first byte within 10s"}},
			engine.ProbeEnded{Item: 3, Text: "203.0.113.7 is silent for this file, other files answer"}),
		s.batch(18*second, moved(4, 1, engine.Retrying, engine.Queued, nil), engine.BreakerChanged{Host: "tuf.example.org"}, givenUp),
		s.batch(19200*time.Millisecond, moved(3, 1, engine.Stalled, engine.Transferring, nil)),
		s.batch(20*second, moved(3, 1, engine.Transferring, engine.Verifying, nil), moved(3, 1, engine.Verifying, engine.Verified, nil)),
		s.batch(21*second, moved(4, 2, engine.Queued, engine.Connecting, nil), moved(4, 2, engine.Connecting, engine.Untrusted, problem(finding.UntrustedRole, "releases/sbom was refused", false)),
			moved(6, 0, engine.Queued, engine.Cancelled, problem(finding.Cancelled, "cancelled by you", true)),
			engine.InspectorFault{Goroutine: "worker 3", Value: "index out of range"}),
		s.batch(75*time.Minute, engine.RunSettled{Verdict: engine.Broken}, engine.RunFinished{Verdict: engine.Broken, Why: "interrupted"}),
	}
}

func TestGoldenLines(t *testing.T) {
	var b bytes.Buffer
	p := plain.New(&b, plain.Options{})
	for _, u := range sick() {
		p.Apply(u)
	}
	if n := p.State().Violations; n > 0 {
		t.Fatalf("the script breaks the protocol %d times", n)
	}
	path := filepath.Join("testdata", "sick.golden")
	if *update {
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("lines differ; -update writes them anew. Got:\n%s", b.Bytes())
	}
}

// A silent run has no events; its progress lines come all the same.
func TestProgressComesWithoutEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s script
		var b bytes.Buffer
		p := plain.New(&b, plain.Options{})
		updates := make(chan engine.Update, 1)
		go func() {
			updates <- s.batch(0, start(), engine.ItemsFound{Items: []engine.ItemSpec{target(0, "a", 1000)}})
			time.Sleep(50 * time.Second)
			updates <- s.batch(50*time.Second, moved(0, 0, engine.Queued, engine.Cancelled, problem(finding.Cancelled, "x", true)), engine.RunFinished{Verdict: engine.Undecided})
			close(updates)
		}()
		st := p.Run(t.Context(), updates, nil)
		if !st.Finished {
			t.Error("Run has returned before the end")
		}
		for _, at := range []string{"00:15.0", "00:30.0", "00:45.0"} {
			if !strings.Contains(b.String(), at+" progress    0/1 targets, 0 of 1000 B, 0 active, 0 failed, 0 stalled\n") {
				t.Errorf("no progress line at %s:\n%s", at, b.String())
			}
		}
		if n := strings.Count(b.String(), "progress"); n != 3 {
			t.Errorf("%d progress lines in 50s, want 3", n)
		}
	})
}

// Events are written a little after they have happened, and keep their time.
func TestTheClockOfTheLinesNeverGoesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s script
		var out strings.Builder
		p := plain.New(&out, plain.Options{})
		p.Apply(s.batch(0, start()))
		time.Sleep(120 * time.Millisecond)
		p.Apply(s.batch(0, engine.ItemsFound{Items: []engine.ItemSpec{target(0, "a", 1)}}))
		p.Apply(s.batch(0, engine.ItemsFound{Items: []engine.ItemSpec{target(1, "b", 1)}}, engine.RunSettled{}, engine.RunFinished{}))
		before := ""
		for line := range strings.Lines(out.String()) {
			now, _, _ := strings.Cut(line, " ")
			if now < before {
				t.Fatalf("%s comes after %s:\n%s", now, before, out.String())
			}
			before = now
		}
		if n := strings.Count(out.String(), " found "); n != 2 {
			t.Errorf("%d lines say what was found:\n%s", n, out.String())
		}
	})
}

func TestASignalAsksForProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s script
		var b bytes.Buffer
		p := plain.New(&b, plain.Options{})
		updates, usr1 := make(chan engine.Update), make(chan os.Signal)
		go func() {
			updates <- s.batch(0, start())
			time.Sleep(4200 * time.Millisecond)
			usr1 <- syscall.SIGINT // which signal it is, the caller has decided
			close(usr1)            // must not spin
			time.Sleep(time.Second)
			close(updates)
		}()
		p.Run(t.Context(), updates, usr1)
		if want := "00:04.2 progress    0 metadata files so far, no targets yet"; !strings.Contains(b.String(), want) {
			t.Errorf("no line %q:\n%s", want, b.String())
		}
	})
}

func TestRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		st := plain.New(&bytes.Buffer{}, plain.Options{}).Run(ctx, make(chan engine.Update), nil)
		if st == nil || st.Finished {
			t.Errorf("a run without events has ended as %+v", st)
		}
	})
}

// broken is a pipe whose reader has left.
type broken struct{ after, calls int }

func (w *broken) Write(b []byte) (int, error) {
	if w.calls++; w.calls > w.after {
		return 0, syscall.EPIPE
	}
	return len(b), nil
}

func TestAClosedPipeEndsTheWritingAndNotTheRun(t *testing.T) {
	w := &broken{after: 3}
	p := plain.New(w, plain.Options{})
	for _, u := range sick() {
		p.Apply(u)
		p.Progress()
	}
	if !errors.Is(p.Err(), syscall.EPIPE) {
		t.Errorf("the error is %v", p.Err())
	}
	if w.calls != 4 {
		t.Errorf("%d writes, want none after the first error", w.calls)
	}
	if !p.State().Finished {
		t.Error("the events after the error were not folded")
	}
}

func TestNothingReachesTheTerminal(t *testing.T) {
	const evil = "a\x1b]52;c;ZXZpbA==\a\x1b[2J\r\n\u202e\u009bm\x00"
	var s script
	var b bytes.Buffer
	p := plain.New(&b, plain.Options{})
	r := start()
	r.Repository = evil
	bad := role(0, evil, evil, 1, 0, 1, 1)
	bad.Problem, bad.State = evil, trust.Refused
	p.Apply(s.batch(0, r, engine.LayoutFound{MetadataURL: evil, TargetsURL: evil}, engine.AnchorChosen{SHA256: evil, Source: evil},
		changed(bad), engine.FindingRaised{Finding: finding.New(finding.BadSignatures, evil, "%s", evil)},
		engine.ItemsFound{Items: []engine.ItemSpec{target(0, evil, 1)}},
		moved(0, 1, engine.Queued, engine.Waiting, nil),
		moved(0, 1, engine.Waiting, engine.Stalled, problem(finding.Stalled, evil, true)),
		engine.Diagnosed{Item: 0, Attempt: 1, Diagnosis: fetch.Diagnosis{Label: evil, Evidence: []string{evil}}},
		moved(0, 1, engine.Stalled, engine.Failed, problem(finding.Stalled, evil, true)),
		engine.InspectorStuck{Part: evil, Dump: evil}, engine.InspectorStuck{Part: evil, Err: evil, Over: true},
		engine.BreakerChanged{Host: evil, State: engine.Held, Why: evil}, engine.BreakerChanged{Host: evil, State: engine.GivenUp, Why: evil},
		engine.ProbeBegan{Item: 0}, engine.Probed{Item: 0, Step: fetch.Step{Address: evil, Protocol: evil, Outcome: evil}}, engine.ProbeEnded{Item: 0, Text: evil},
		engine.InspectorFault{Goroutine: evil, Value: evil}, engine.RunFinished{Why: evil}))
	p.Progress()
	if n := strings.Count(b.String(), `52;c`); n < 18 {
		t.Errorf("only %d of the hostile texts were written:\n%s", n, b.String())
	}
	for _, r := range b.String() {
		if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			t.Errorf("%U is written", r)
		}
	}
}

func TestACrowdSharesALine(t *testing.T) {
	var s script
	var b bytes.Buffer
	p := plain.New(&b, plain.Options{})
	var found engine.ItemsFound
	bodies := []engine.Body{start()}
	for id := range engine.ItemID(500) {
		found.Items = append(found.Items, target(id, fmt.Sprintf("t%03d", id), 1))
	}
	bodies = append(bodies, found)
	for id := range engine.ItemID(500) {
		bodies = append(bodies, moved(id, 0, engine.Queued, engine.Cancelled, problem(finding.Cancelled, "cancelled by you", true)))
	}
	p.Apply(s.batch(time.Second, bodies...))
	if n := strings.Count(b.String(), "CANCELLED"); n != 1 {
		t.Errorf("%d lines for 500 items that were cancelled at once, want one", n)
	}
	if !strings.Contains(b.String(), "00:01.0 CANCELLED   500 files: cancelled by you\n") {
		t.Errorf("the rest is not counted:\n%s", b.String())
	}
}

func TestProgressNamesAHostThatIsHeld(t *testing.T) {
	var s script
	var b bytes.Buffer
	p := plain.New(&b, plain.Options{})
	p.Apply(s.batch(0, start(), engine.BreakerChanged{Host: "tuf.example.org", State: engine.Held}, engine.BreakerChanged{Host: "b"}))
	p.Progress()
	if want := "0 failed, 0 stalled, tuf.example.org held\n"; !strings.Contains(b.String(), want) {
		t.Errorf("no line ends with %q:\n%s", want, b.String())
	}
}

func TestTheTimeLeftIsThatOfTheFilesThatMove(t *testing.T) {
	var s script
	var out strings.Builder
	p := plain.New(&out, plain.Options{})
	says := func(want string) {
		t.Helper()
		out.Reset()
		p.Progress()
		if got := out.String(); !strings.Contains(got, want) || want == "" && strings.Contains(got, " left") {
			t.Errorf("it does not say %q: %s", want, got)
		}
	}
	crawl := func(id engine.ItemID) engine.Body {
		return engine.Diagnosed{Item: id, Attempt: 1, Diagnosis: fetch.Diagnosis{Cause: fetch.SlowDrip, Label: "slow: 1 B/s"}}
	}
	p.Apply(s.batch(0, start(), engine.ItemsFound{Items: []engine.ItemSpec{target(0, "a", 100), target(1, "b", 100), target(2, "c", 100)}},
		moved(0, 1, engine.Queued, engine.Transferring, nil), moved(1, 1, engine.Queued, engine.Transferring, nil),
		engine.QueueChanged{Workers: 2, Active: 2, Rate: 10}))
	says("about 30s left")
	p.Apply(s.batch(0, moved(0, 1, engine.Transferring, engine.Stalled, nil)))
	says("about 20s left")
	p.Apply(s.batch(0, moved(2, 1, engine.Queued, engine.Transferring, nil), crawl(1)))
	says("about 10s left")
	p.Apply(s.batch(0, crawl(2)))
	says("")
}

func TestASilentHostIsNotTenThousandLines(t *testing.T) {
	const many = 10_000
	var s script
	var b bytes.Buffer
	p := plain.New(&b, plain.Options{})
	var found engine.ItemsFound
	for id := range engine.ItemID(many) {
		found.Items = append(found.Items, target(id, fmt.Sprintf("t%05d", id), 1))
	}
	p.Apply(s.batch(0, start(), found))
	var stalls, resumes, failures []engine.Body
	for id := range engine.ItemID(1000) {
		stalls = append(stalls, moved(id, 1, engine.Queued, engine.Waiting, nil), moved(id, 1, engine.Waiting, engine.Stalled, problem(finding.Stalled, "no first byte for 10s", true)),
			engine.Diagnosed{Item: id, Attempt: 1, Diagnosis: fetch.Diagnosis{Cause: fetch.ServerSilent, Label: "server: alive, silent"}})
		resumes = append(resumes, moved(id, 1, engine.Stalled, engine.Transferring, nil))
	}
	for id := range engine.ItemID(many) {
		from := engine.Queued
		n := 0
		if id < 1000 {
			from, n = engine.Transferring, 1
		}
		failures = append(failures, moved(id, n, from, engine.Failed, problem(finding.HostSilent, "host silent: tuf.example.org was given up", true)))
	}
	p.Apply(s.batch(20*time.Second, stalls...))
	p.Apply(s.batch(25*time.Second, resumes...))
	p.Apply(s.batch(90*time.Second, failures[:5000]...))
	p.Apply(s.batch(90*time.Second, append(failures[5000:], engine.BreakerChanged{Host: "tuf.example.org", State: engine.GivenUp, Why: "silent"})...))
	if p.State().Violations > 0 {
		t.Fatal("the script breaks the protocol")
	}
	for _, want := range []string{
		"00:20.0 STALLED     980 more at once\n", "00:20.0 cause       t00000 and 999 others: server: alive, silent (guess)\n", "00:25.0 RESUMED     980 more at once\n",
		"01:30.0 UNCHECKED   5000 files: host silent: tuf.example.org was given up\n", "01:30.0 GIVEN UP    tuf.example.org: silent\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("there is no line %q", want)
		}
	}
	if n := strings.Count(b.String(), "\n"); n > 60 {
		t.Errorf("%d lines", n)
	}
}

// Trouble of one kind is written out fifty times, and counted from then on: whether it
// comes all at once or file by file.
func TestTenThousandFailuresAreNotTenThousandLines(t *testing.T) {
	const many = 10_000
	for _, c := range []struct {
		name  string
		batch int
	}{{"at once", many}, {"file by file", 1}} {
		t.Run(c.name, func(t *testing.T) {
			var s script
			var b bytes.Buffer
			p := plain.New(&b, plain.Options{})
			var found engine.ItemsFound
			var bodies []engine.Body
			for id := range engine.ItemID(many) {
				found.Items = append(found.Items, target(id, fmt.Sprintf("t%05d", id), 1))
				again := moved(id, 1, engine.Waiting, engine.Retrying, problem(finding.ServerError, "503 Service Unavailable", true))
				again.Next = 30 * time.Second
				bodies = append(bodies, moved(id, 1, engine.Queued, engine.Waiting, nil), again, moved(id, 1, engine.Retrying, engine.Queued, nil),
					moved(id, 2, engine.Queued, engine.Waiting, nil), moved(id, 2, engine.Waiting, engine.Failed, problem(finding.ServerError, "503 Service Unavailable", true)),
					engine.FindingRaised{Finding: finding.New(finding.Missing, fmt.Sprintf("f%05d", id), "404 Not Found")})
			}
			p.Apply(s.batch(0, start(), found))
			for part := range slices.Chunk(bodies, 6*c.batch) {
				p.Apply(s.batch(20*time.Second, part...))
			}
			p.Progress()
			p.Apply(s.batch(40*time.Second, engine.RunSettled{Verdict: engine.Broken}, engine.RunFinished{Verdict: engine.Broken}))
			text := b.String()
			if n := strings.Count(text, "\n"); n > 170 {
				t.Errorf("%d lines", n)
			}
			for _, want := range []string{
				"00:20.0 UNCHECKED   t00049: 503 Service Unavailable (attempt 2), retrying may help\n",
				"00:20.0 UNCHECKED   from here on such lines are counted: 503 Service Unavailable\n",
				"00:20.0 UNCHECKED   9950 more: 503 Service Unavailable\n", "00:20.0 RETRY       9950 more: 503 Service Unavailable\n",
				"CRITICAL    9950 more: missing: 404 Not Found\n", "10000 not checked",
			} {
				if strings.Count(text, want) != 1 && want != "10000 not checked" || !strings.Contains(text, want) {
					t.Errorf("there is no line %q", want)
				}
			}
			if p.State().Violations > 0 {
				t.Errorf("the script breaks the protocol %d times", p.State().Violations)
			}
		})
	}
}

func TestThousandsOfRolesShareALine(t *testing.T) {
	var s script
	var b bytes.Buffer
	p := plain.New(&b, plain.Options{})
	bodies := []engine.Body{start()}
	for id := range trust.RoleID(1000) {
		r := role(id, fmt.Sprintf("bin-%03d", id), "targets", 1, 1, 1, 1)
		if id == 900 {
			r.State, r.Problem = trust.Refused, "not signed"
		}
		bodies = append(bodies, changed(r))
	}
	p.Apply(s.batch(0, bodies...))
	if n := strings.Count(b.String(), "\n"); n > 60 {
		t.Errorf("%d lines for 1000 roles", n)
	}
	if !strings.Contains(b.String(), "bin-900 (from targets): REFUSED v1") {
		t.Error("the one that was refused has no line")
	}
}

// Events that break the protocol change nothing, and have no line.
func TestWhatDidNotHappenHasNoLine(t *testing.T) {
	var s script
	var b bytes.Buffer
	p := plain.New(&b, plain.Options{})
	p.Apply(s.batch(0, moved(7, 1, engine.Queued, engine.Failed, problem(finding.Missing, "x", false)),
		engine.Diagnosed{Item: 3, Diagnosis: fetch.Diagnosis{Label: "x"}}, engine.FindingRaised{Finding: finding.New(finding.Expired, "a", "b"), Withdrawn: true}, nil))
	if b.Len() > 0 {
		t.Errorf("written: %s", b.String())
	}
}

// FuzzApply feeds events in any order: nothing panics, and every line is one line.
func FuzzApply(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3}, "path")
	f.Fuzz(func(t *testing.T, order []byte, text string) {
		var b bytes.Buffer
		p := plain.New(&b, plain.Options{})
		var s script
		for i, o := range order {
			from, to := engine.ItemState(o%16), engine.ItemState(o/16)
			body := []engine.Body{
				start(), changed(role(trust.RoleID(o%4), text, text, int64(o), 1, 1, 1)),
				engine.ItemsFound{Items: []engine.ItemSpec{target(engine.ItemID(o%8), text, int64(o)-1)}},
				moved(engine.ItemID(i%3), int(o%4), from, to, problem(finding.ID(text), text, true)),
				engine.PhasesEntered{Item: engine.ItemID(o % 4), Attempt: 1, Marks: []engine.TimedMark{{Phase: fetch.Phase(o)}}},
				engine.Diagnosed{Item: engine.ItemID(o % 4), Attempt: int(o % 3), Diagnosis: fetch.Diagnosis{Label: text}},
				engine.FindingRaised{Finding: finding.Finding{ID: finding.ID(text), Severity: finding.Severity(o)}, Withdrawn: o%2 == 0},
				engine.QueueChanged{Rate: float64(o) * 1e300}, engine.RunFinished{Why: text},
				engine.BreakerChanged{Host: text, State: engine.BreakerState(o), Why: text, Queued: int(o)},
				engine.InspectorStuck{Part: text, For: time.Duration(o), Over: o%3 == 0, Dump: text},
				engine.ProbeBegan{Item: engine.ItemID(o % 4)},
				engine.Probed{Item: engine.ItemID(o % 4), Step: fetch.Step{Check: fetch.Check(o), Address: text, Result: fetch.StepResult(o), Outcome: text}},
				engine.ProbeEnded{Item: engine.ItemID(o % 4), Text: text},
				engine.Diagnosed{Item: engine.ItemID(o % 4), Attempt: int(o % 3), Diagnosis: fetch.Diagnosis{Cause: fetch.Cause(o % 20), Label: text, Evidence: []string{text}}},
			}[int(o)%15]
			p.Apply(s.batch(time.Duration(i)*time.Second, body))
			p.Progress()
		}
		for line := range strings.Lines(b.String()) {
			if len(line) < 8 || line[2] != ':' || !strings.HasSuffix(line, "\n") {
				t.Errorf("a line without its time: %q", line)
			}
		}
	})
}
