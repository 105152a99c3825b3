package report_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// golden compares got with testdata/name, or writes it with -update.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs; -update writes it anew. Got:\n%s", name, got)
	}
}

var (
	started   = time.Date(2026, 11, 23, 9, 42, 0, 0, time.UTC)
	reference = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	digest    = strings.Repeat("0123456789abcdef", 4)
)

// script makes the events of a run by hand.
type script struct {
	t     testing.TB
	state engine.State
	seq   uint64
	at    time.Duration
}

func newScript(t testing.TB, interactive bool) *script {
	s := &script{t: t}
	s.do(0, engine.RunStarted{
		Version: "v0.1.0", Repository: "https://tuf.example.org", MetadataURL: "https://tuf.example.org/metadata",
		TargetsURL: "https://tuf.example.org/targets", ReferenceTime: reference, Started: started, Workers: 16,
		Limits: engine.Limits{StallAfter: 10 * time.Second, StallTimeout: time.Minute, Retries: 3}, Interactive: interactive,
	})
	return s
}

// do applies an event some time after the one before it.
func (s *script) do(later time.Duration, b engine.Body) {
	s.seq++
	s.at += later
	s.state.Apply(engine.Event{Seq: s.seq, At: s.at, Body: b})
}

// role adds or changes a role with keys of which some have signed.
func (s *script) role(r trust.Role, valid, keys int) {
	for i := range keys {
		signer := trust.Signer{KeyID: fmt.Sprintf("%s-key-%d", r.Name, i+1), Valid: i < valid}
		if !signer.Valid {
			signer.Reason = "has not signed"
		}
		r.Signers = append(r.Signers, signer)
	}
	r.SHA256, r.Size = digest, 1000
	s.do(time.Millisecond, engine.RoleChanged{Role: r})
}

// item adds an item and gives its id.
func (s *script) item(spec engine.ItemSpec) engine.ItemID {
	spec.ID = engine.ItemID(s.state.Items.Len())
	if spec.Kind != engine.Copy {
		spec.Of = spec.ID
	}
	if spec.Site == nil {
		spec.Site = engine.SiteOf("https://tuf.example.org/" + spec.Kind.String() + "/" + spec.Path + spec.Under)
	}
	s.do(time.Millisecond, engine.ItemsFound{Items: []engine.ItemSpec{spec}})
	return spec.ID
}

// file adds a metadata item that ends verified.
func (s *script) file(path, name string, role trust.RoleID, length int64) {
	id := s.item(engine.ItemSpec{Kind: engine.Metadata, Path: path, RoleName: name, Role: role, Length: -1})
	s.end(id, engine.Verified, nil, length)
}

// end takes an item through an attempt to its end.
func (s *script) end(id engine.ItemID, to engine.ItemState, p *engine.Problem, done int64) {
	it := s.state.Item(id)
	n := it.Attempt + 1
	s.do(time.Millisecond, engine.StateChanged{Item: id, Attempt: n, From: it.State, To: engine.Connecting})
	s.do(time.Millisecond, engine.StateChanged{Item: id, Attempt: n, From: engine.Connecting, To: to, Problem: p, Done: done})
}

// retried takes an item through attempts that fail, and the last one too.
func (s *script) retried(id engine.ItemID, attempts int, p *engine.Problem, done int64) {
	for n := 1; n < attempts; n++ {
		s.do(time.Second, engine.StateChanged{Item: id, Attempt: n, From: engine.Queued, To: engine.Connecting})
		s.do(time.Second, engine.StateChanged{Item: id, Attempt: n, From: engine.Connecting, To: engine.Retrying, Problem: p, Next: s.at + time.Second, Done: done})
		s.do(time.Second, engine.StateChanged{Item: id, Attempt: n, From: engine.Retrying, To: engine.Queued})
	}
	s.end(id, engine.Failed, p, done)
}

func (s *script) finish(v engine.Verdict, why string) *engine.State {
	s.t.Helper()
	s.do(time.Second, engine.RunFinished{Verdict: v, Why: why})
	if s.state.Violations > 0 {
		s.t.Fatalf("the script breaks the protocol %d times", s.state.Violations)
	}
	return &s.state
}

func problemOf(kind finding.ID, text string, retry bool) *engine.Problem {
	k, _ := finding.Lookup(kind)
	return &engine.Problem{Kind: kind, Text: text, Retry: retry, Hint: k.Do}
}

func days(n int) time.Time { return reference.Add(time.Duration(n) * 24 * time.Hour) }

// healthy is a run like that over a small well-kept repository: seven targets in
// fourteen copies.
func healthy(t testing.TB) *engine.State {
	s := newScript(t, false)
	s.do(time.Millisecond, engine.AnchorChosen{Version: 5, SHA256: digest, SHA512: digest + digest, Source: engine.RootPinned})
	top := func(id trust.RoleID, name string, version int64, threshold, targets int) trust.Role {
		return trust.Role{ID: id, Name: name, Parent: "root", Version: version, State: trust.Accepted, Expires: days(61), Threshold: threshold, Targets: targets, Current: true}
	}
	root := top(0, "root", 5, 3, 0)
	root.Parent = ""
	s.role(root, 5, 5)
	// One role asks for its own file and for the next ones.
	s.file("5.root.json", "root", 0, 1000)
	next := s.item(engine.ItemSpec{Kind: engine.Metadata, Path: "6.root.json", RoleName: "root", Length: -1})
	s.end(next, engine.Skipped, nil, 0)
	for i, name := range []string{"timestamp", "snapshot"} {
		s.file(name+".json", name, trust.RoleID(i+1), 1000)
		s.role(top(trust.RoleID(i+1), name, 70, 1, 0), 1, 1)
	}
	s.file("5.targets.json", "targets", 3, 4000)
	s.role(top(3, "targets", 5, 3, 7), 4, 5)
	for i := range 7 {
		id := s.item(engine.ItemSpec{Kind: engine.Target, Path: fmt.Sprintf("target-%d.pem", i+1), Role: 3, RoleName: "targets", Length: 775})
		cp := s.item(engine.ItemSpec{Kind: engine.Copy, Of: id, Under: "sha512", Path: fmt.Sprintf("target-%d.pem", i+1), Role: 3, RoleName: "targets", Length: 775})
		s.end(id, engine.Verified, nil, 775)
		s.end(cp, engine.Verified, nil, 775)
	}
	for _, name := range []string{"staging", "rekor", "root", "revocation"} {
		s.do(0, engine.FindingRaised{Finding: finding.New(finding.UndelegatedRole, name, "nobody delegates to %s", name)})
	}
	return s.finish(engine.Healthy, "")
}

// sick is a run with something wrong of every sort. With shuffled set, the same
// things become known in another order.
func sick(t testing.TB, shuffled bool) *engine.State {
	s := newScript(t, false)
	s.do(time.Millisecond, engine.AnchorChosen{Version: 5, SHA256: digest, SHA512: digest + digest, Source: engine.RootFirstUse})
	roles := []func(id trust.RoleID){
		func(id trust.RoleID) {
			s.role(trust.Role{ID: id, Name: "timestamp", Parent: "root", Version: 881, State: trust.Accepted, Expires: reference.Add(18 * time.Hour), Soon: true, Threshold: 1, Current: true}, 1, 1)
		},
		func(id trust.RoleID) {
			s.role(trust.Role{ID: id, Name: "snapshot", Parent: "root", Version: 412, State: trust.Expired, Expires: days(-10), Expired: true, Threshold: 1, Current: true}, 1, 1)
		},
		func(id trust.RoleID) {
			s.role(trust.Role{ID: id, Name: "targets", Parent: "root", Version: 77, State: trust.Accepted, Expires: days(61), Threshold: 2, Targets: 702, Current: true}, 2, 3)
		},
		func(id trust.RoleID) {
			s.role(trust.Role{ID: id, Name: "releases", Parent: "targets", Version: 31, State: trust.Accepted, Expires: days(61), Threshold: 1, Current: true}, 1, 1)
		},
		func(id trust.RoleID) {
			s.role(trust.Role{ID: id, Name: "releases/sbom", Parent: "releases", Version: 12, State: trust.Refused, Expires: days(40), Threshold: 1, Current: true,
				Problem: "0 of 1 keys have signed, 1 is needed"}, 0, 1)
		},
		func(id trust.RoleID) {
			s.role(trust.Role{ID: id, Name: "agents", Parent: "targets", State: trust.Absent, Current: true, Problem: "404 Not Found"}, 0, 0)
		},
		func(id trust.RoleID) {
			s.role(trust.Role{ID: id, Name: "releases/sbom", Parent: "agents", Version: 12, State: trust.Refused, Expires: days(40), Threshold: 1,
				Problem: "agents is missing"}, 0, 1)
		},
		func(id trust.RoleID) {
			s.role(trust.Role{ID: id, Name: "mirrors", Parent: "targets", State: trust.Unfetched, Current: true, Problem: "cancelled"}, 0, 0)
		},
	}
	s.do(0, engine.ClientsJudged{Verdicts: []trust.ClientVerdict{
		{Client: "go-tuf", Version: "2.4.2", Measured: true, State: trust.ClientRefuses, Role: "snapshot", Why: "snapshot.json is expired", Listed: 702, Refused: 702},
		{Client: "python-tuf", Version: finding.PythonTUF.Version(), State: trust.ClientRefuses, Role: "timestamp", Why: "states version 2.0 of the specification", Listed: 702, Refused: 702},
		{Client: "tough", Version: "0.22", State: trust.ClientRefuses, Role: "snapshot", Why: "it has expired", Listed: 702, Refused: 702},
	}})
	s.role(trust.Role{ID: 0, Name: "root", Version: 4, State: trust.Accepted, Expires: days(-300), Expired: true, Threshold: 2}, 2, 3)
	before := []trust.Signer{{KeyID: "root-key-1", Owner: "@ana", Valid: true}, {KeyID: "root-key-2", Valid: true}, {KeyID: "root-key-9", Owner: "@cid", Reason: "has not signed"}}
	s.role(trust.Role{ID: 1, Name: "root", Version: 5, State: trust.Accepted, Expires: days(212), Threshold: 3, Current: true, Before: before, BeforeThreshold: 2}, 3, 3)
	notes := []finding.Finding{
		finding.New(finding.FirstUse, "root v5", "the oldest root that the repository serves is trusted").With("sha256", digest),
		finding.New(finding.ExpiresSoon, "timestamp", "ends in 18h"),
		finding.New(finding.Expired, "snapshot", "ended on 2026-11-13, 10 days before the reference time"),
		finding.New(finding.BadSignatures, "releases/sbom", "0 of 1 keys have signed, 1 is needed").With("threshold", "1"),
		finding.New(finding.UndelegatedRole, "rekor", "nobody delegates to rekor"),
		finding.New(finding.UndelegatedRole, "staging", "nobody delegates to staging"),
		finding.New(finding.UndelegatedRole, "revocation", "nobody delegates to revocation"),
		finding.New(finding.UndelegatedRole, "root", "nobody delegates to root"),
		finding.New(finding.UndelegatedRole, "old", "nobody delegates to old"),
		finding.New(finding.UndelegatedRole, "older", "nobody delegates to older"),
	}
	targets := []func(){
		func() {
			id := s.item(engine.ItemSpec{Kind: engine.Target, Path: "releases/1.20.3/windows/amd64/cli.tar.zst", RoleName: "releases", Length: 41943040})
			p := problemOf(finding.WrongHash, "sha256 differs from the signed hash", true)
			p.Evidence = map[string]string{"want": digest, "got": strings.Repeat("f", 64)}
			s.end(id, engine.Failed, p, 41943040)
		},
		func() {
			id := s.item(engine.ItemSpec{Kind: engine.Target, Path: "releases/1.20.2/linux/amd64/bootloader.tar.zst", RoleName: "releases", Length: 1 << 20})
			s.retried(id, 3, problemOf(finding.ServerError, "503 Service Unavailable", true), 0)
		},
		func() {
			id := s.item(engine.ItemSpec{Kind: engine.Target, Path: "releases/1.20.1/linux/arm64/rootfs.tar.zst", RoleName: "releases", Length: 69 << 20})
			s.do(0, engine.StateChanged{Item: id, Attempt: 1, From: engine.Queued, To: engine.Transferring})
			s.do(time.Second, engine.Progress{Item: id, Attempt: 1, Done: 24 << 20, Rate: 1e6})
			p := problemOf(finding.Stalled, "no body byte for 70s after 24 of 69 MiB", true)
			s.do(10*time.Second, engine.StateChanged{Item: id, Attempt: 1, From: engine.Transferring, To: engine.Stalled, Problem: p, Done: 24 << 20})
			s.do(0, engine.Diagnosed{Item: id, Attempt: 1, Diagnosis: fetch.Diagnosis{Cause: fetch.BodyStopped, Label: "server or path: the body has stopped", Evidence: []string{"nothing for 10s"}, Certainty: fetch.Likely},
				Commands: []string{"curl -v -o /dev/null https://tuf.example.org/targets/rootfs.tar.zst", "ss -tinp dst 203.0.113.7:443"}})
			s.do(time.Minute, engine.StateChanged{Item: id, Attempt: 1, From: engine.Stalled, To: engine.Failed, Problem: p, Done: 24 << 20})
		},
		func() {
			id := s.item(engine.ItemSpec{Kind: engine.Target, Path: "releases/1.20.4/sbom.json", RoleName: "releases/sbom", Length: 512})
			s.end(id, engine.Untrusted, problemOf(finding.UntrustedRole, "releases/sbom was refused", false), 512)
		},
		func() {
			id := s.item(engine.ItemSpec{Kind: engine.Target, Path: "releases/1.20.5/kernel.tar.zst", RoleName: "releases", Length: 2048})
			cp := s.item(engine.ItemSpec{Kind: engine.Copy, Of: id, Under: "sha512", Path: "releases/1.20.5/kernel.tar.zst", RoleName: "releases", Length: 2048})
			s.end(id, engine.Verified, nil, 2048)
			s.do(time.Second, engine.StateChanged{Item: cp, Attempt: 0, From: engine.Queued, To: engine.Cancelled, Problem: problemOf(finding.Cancelled, "cancelled by you", true)})
		},
		func() {
			id := s.item(engine.ItemSpec{Kind: engine.Target, Path: "releases/1.20.6/agent.tar.zst", RoleName: "releases", Length: 4096})
			cp := s.item(engine.ItemSpec{Kind: engine.Copy, Of: id, Under: "sha512", Path: "releases/1.20.6/agent.tar.zst", RoleName: "releases", Length: 4096})
			s.end(id, engine.Verified, nil, 4096)
			s.end(cp, engine.Verified, nil, 4096)
		},
		func() {
			id := s.item(engine.ItemSpec{Kind: engine.Target, Path: "plugins/later.so", RoleName: "releases", Length: 10})
			s.do(0, engine.StateChanged{Item: id, From: engine.Queued, To: engine.Skipped, Reason: "not in the sample"})
		},
	}
	order := func(n int) []int {
		ids := make([]int, n)
		for i := range ids {
			ids[i] = i
			if shuffled {
				ids[i] = n - 1 - i
			}
		}
		return ids
	}
	byRole := map[int]trust.RoleID{} // what the n-th role is called in this order
	for n, i := range order(len(roles)) {
		byRole[i] = trust.RoleID(n + 2)
	}
	s.file("timestamp.json", "timestamp", byRole[0], 900)
	id := s.item(engine.ItemSpec{Kind: engine.Metadata, Path: "9.agents.json", RoleName: "agents", Role: byRole[5], Length: -1})
	s.end(id, engine.Failed, problemOf(finding.Missing, "404 Not Found", false), 0)
	for n, i := range order(len(roles)) {
		roles[i](trust.RoleID(n + 2))
	}
	for _, i := range order(len(notes)) {
		s.do(0, engine.FindingRaised{Finding: notes[i]})
	}
	for _, i := range order(len(targets)) {
		targets[i]()
	}
	s.do(0, engine.InspectorFault{Goroutine: "worker 3", Value: "index out of range [7] with length 7", Stack: "goroutine 12 [running]:\n\tmain.f()\n"})
	return s.finish(engine.Broken, "")
}

// silent is a run whose host was silent from a moment on and was given up: two files
// had been verified, three attempts were under way, and the others never began.
func silent(t testing.TB, files int) *engine.State {
	const host = "127.0.0.1:8080"
	s := newScript(t, false)
	s.do(time.Millisecond, engine.AnchorChosen{Version: 5, SHA256: digest, SHA512: digest + digest, Source: engine.RootPinned})
	s.role(trust.Role{ID: 0, Name: "root", Version: 5, State: trust.Accepted, Expires: days(212), Threshold: 1, Current: true}, 1, 1)
	for i := range files {
		id := s.item(engine.ItemSpec{Kind: engine.Target, Path: fmt.Sprintf("file%04d.bin", i), RoleName: "targets", Length: 100})
		if i < 2 {
			s.end(id, engine.Verified, nil, 100)
		}
	}
	for id := engine.ItemID(2); id < 5; id++ {
		s.do(0, engine.StateChanged{Item: id, Attempt: 1, From: engine.Queued, To: engine.Waiting})
		s.do(10*time.Second, engine.StateChanged{Item: id, Attempt: 1, From: engine.Waiting, To: engine.Stalled, Problem: problemOf(finding.Stalled, "no first byte for 10s", true)})
		s.do(0, engine.Diagnosed{Item: id, Attempt: 1, Diagnosis: fetch.Diagnosis{Cause: fetch.ServerSilent, Label: "server: alive, silent (the process, or what it waits for)",
			Evidence: []string{"all that was sent is acknowledged", "last ACK 200ms ago"}, Certainty: fetch.Certain},
			Commands: []string{fmt.Sprintf("curl -v -o /dev/null http://127.0.0.1:8080/targets/file%04d.bin", id), "ss -tinp dst 127.0.0.1:8080"}})
	}
	held := engine.BreakerChanged{Host: host, State: engine.Held, Why: "the last 6 attempts all stalled or failed to connect (6 stalled)", Queued: files - 5}
	s.do(time.Second, held)
	s.do(0, engine.BreakerChanged{Host: "mirror.example.org", State: engine.Held, Why: "the last 6 attempts all stalled"})
	s.do(time.Second, engine.BreakerChanged{Host: "mirror.example.org"})
	s.do(0, engine.HostChanged{Host: host, Address: host, Open: -1, Bytes: 200, Failed: 6,
		Errors:       []engine.Count{{Text: "no first byte", N: 5}, {Text: "connection refused", N: 1}},
		FirstByteP50: 40 * time.Millisecond, FirstByteP95: 2100 * time.Millisecond})
	s.do(0, engine.HostChanged{Host: "mirror.example.org", Behind: "cdn.example.net", Failed: 1})
	for id := range engine.ItemID(files) {
		it := s.state.Item(id)
		if it.State.Ended() {
			continue
		}
		p := problemOf(finding.HostSilent, "host silent: "+host+" was given up", true)
		p.Evidence = map[string]string{"host": host, "why": held.Why}
		s.do(0, engine.StateChanged{Item: id, Attempt: it.Attempt, From: it.State, To: engine.Failed, Problem: p})
	}
	held.State, held.Queued, held.Why = engine.GivenUp, 0, "silent: "+held.Why+"; not one answer in another 1m0s"
	s.do(time.Minute, held)
	s.do(0, engine.InspectorStuck{Part: "control loop", For: 12340 * time.Millisecond, Dump: "/state/stuck.txt", Trace: "/state/stuck.trace"})
	return s.finish(engine.Undecided, "")
}
