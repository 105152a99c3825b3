package ui

import (
	"encoding/hex"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// scene plays a run into a model, event by event, with a clock of its own.
type scene struct {
	t    testing.TB
	m    *model
	at   time.Duration
	wall time.Time
	seq  uint64
	ids  map[string]engine.ItemID
	next engine.ItemID
	tape *[]engine.Event // if set, everything that happens is kept here
}

var started = time.Date(2026, 11, 23, 9, 42, 0, 0, time.UTC)

const (
	day = 24 * time.Hour
	mib = 1 << 20
)

func newScene(t testing.TB, k look, width, height int) *scene {
	t.Helper()
	s := &scene{t: t, wall: started, ids: map[string]engine.ItemID{}}
	s.m = newModel(k, func() time.Time { return s.wall })
	s.m.resize(width, height)
	return s
}

// wait lets time pass, until lets it pass up to a moment of the run.
func (s *scene) wait(d time.Duration) {
	s.at += d
	s.wall = s.wall.Add(d)
}

func (s *scene) until(at time.Duration) { s.wait(at - s.at) }

// fold sends events as one batch.
func (s *scene) fold(bodies ...engine.Body) {
	s.t.Helper()
	events := s.events(bodies...)
	if s.tape != nil {
		*s.tape = append(*s.tape, events...)
	}
	s.m.fold(events)
	if n := s.m.st.Violations; n != 0 {
		s.t.Fatalf("the scene breaks the protocol: %d violations", n)
	}
}

func (s *scene) events(bodies ...engine.Body) []engine.Event {
	events := make([]engine.Event, len(bodies))
	for i, b := range bodies {
		s.seq++
		events[i] = engine.Event{Seq: s.seq, At: s.at, Body: b}
	}
	return events
}

// keys types keys by the names that Bubble Tea has for them; in a prompt, whatever is
// no key is text.
func (s *scene) keys(names ...string) {
	km := newKeymap()
	for _, name := range names {
		if act, ok := km[s.m.mode()][name]; ok {
			s.m.do(input{act: act})
		} else if s.m.mode() == editing {
			s.m.do(input{act: actInsert, text: name})
		}
	}
}

func (s *scene) start() {
	s.t.Helper()
	s.fold(engine.RunStarted{
		Version: "1.0.0", Repository: "https://tuf.example.org/metadata",
		MetadataURL: "https://tuf.example.org/metadata", TargetsURL: "https://tuf.example.org/targets",
		ReferenceTime: started, Started: started, Workers: 12,
		Limits:      engine.Limits{StallAfter: 10 * time.Second, StallTimeout: time.Minute, Retries: 3},
		Interactive: true,
	})
}

const (
	wantSHA = "8a361d8bef4fcbe510cbff0434950da080ff0a7b5e0ca66f9ee244e57de5e7a8"
	gotSHA  = "8a361d8bef4fcbe510cbff0434950da080ff0a7b5e0ca66f9ee244e57de5e7ff"
)

// item makes the next item. A copy is of the target with the same path.
func (s *scene) item(kind engine.Kind, path, under string, role trust.RoleID, roleName string, length int64) engine.ItemSpec {
	id := s.next
	s.next++
	spec := engine.ItemSpec{
		ID: id, Kind: kind, Of: id, Path: path, Under: under, Role: role, RoleName: roleName, Length: length,
		Site: engine.SiteOf("https://tuf.example.org/targets/" + path),
	}
	if kind == engine.Metadata {
		spec.Site = engine.SiteOf("https://tuf.example.org/metadata/" + path)
	} else {
		sum, err := hex.DecodeString(wantSHA)
		if err != nil {
			s.t.Fatal(err)
		}
		spec.Hashes = []trust.Hash{{Algorithm: "sha256", Sum: sum}}
	}
	if kind == engine.Copy {
		spec.Of = s.ids[path]
	}
	s.ids[path+under] = id
	return spec
}

func (s *scene) get(name string) *engine.Item {
	s.t.Helper()
	id, ok := s.ids[name]
	if !ok {
		s.t.Fatalf("no item %q", name)
	}
	return s.m.st.Item(id)
}

// to moves an item to its next state.
func (s *scene) to(name string, state engine.ItemState, change ...func(*engine.StateChanged)) {
	s.t.Helper()
	it := s.get(name)
	c := engine.StateChanged{Item: it.ID, Attempt: it.Attempt, From: it.State, To: state, Done: it.Done}
	if it.State == engine.Queued && state == engine.Connecting {
		c.Attempt, c.Done = it.Attempt+1, 0
	}
	for _, f := range change {
		f(&c)
	}
	s.fold(c)
}

// hints are the scenes' own: the catalogue's words may change without changing what
// a screen looks like.
var hints = map[finding.ID]string{
	finding.WrongHash:   "publish the file that was signed; look for a stale cache",
	finding.WrongLength: "publish the file that was signed; look for a stale cache",
	finding.Stalled:     "see the diagnosis: it says who is silent; retry when that has recovered",
	finding.ServerError: "look at the server; retry when it has recovered",
}

// passing are the kinds that another attempt may mend.
var passing = map[finding.ID]bool{
	finding.Stalled: true, finding.ServerError: true, finding.Incomplete: true, finding.Unreachable: true, finding.HostSilent: true,
}

// problem gives a state its problem, with a hint and this evidence.
func problem(kind finding.ID, text string, evidence ...string) func(*engine.StateChanged) {
	return func(c *engine.StateChanged) {
		c.Problem = &engine.Problem{Kind: kind, Text: text, Hint: hints[kind], Retry: passing[kind], Evidence: map[string]string{}}
		for i := 0; i < len(evidence); i += 2 {
			c.Problem.Evidence[evidence[i]] = evidence[i+1]
		}
		c.Reason = text
	}
}

func reason(text string) func(*engine.StateChanged) {
	return func(c *engine.StateChanged) { c.Reason = text }
}

func done(n int64) func(*engine.StateChanged) {
	return func(c *engine.StateChanged) { c.Done = n }
}

func next(at time.Duration) func(*engine.StateChanged) {
	return func(c *engine.StateChanged) { c.Next = at }
}

// step is a phase and when it was entered, since the start of the attempt.
type step struct {
	phase fetch.Phase
	after time.Duration
}

func (s *scene) phases(name string, steps ...step) {
	s.t.Helper()
	it := s.get(name)
	for _, p := range steps {
		s.fold(engine.PhasesEntered{Item: it.ID, Attempt: it.Attempt, Marks: []engine.TimedMark{{Phase: p.phase, At: it.Current().Started + p.after}},
			Address: "203.0.113.7:443"})
	}
}

func (s *scene) progress(name string, done int64, rate float64) {
	it := s.get(name)
	s.fold(engine.Progress{Item: it.ID, Attempt: it.Attempt, Done: done, Rate: rate})
}

func (s *scene) answered(name string, status int, header map[string]string) {
	it := s.get(name)
	s.fold(engine.Responded{Item: it.ID, Attempt: it.Attempt, Response: fetch.Response{
		Status: status, Protocol: "HTTP/2.0", TLS: "TLS 1.3", Length: it.Length, Header: header}})
}

// role makes an accepted role with the signatures of some of its keys.
func role(id trust.RoleID, name, parent string, parentID trust.RoleID, version int64, expires time.Duration, signed, keys int) trust.Role {
	r := trust.Role{
		ID: id, Name: name, Parent: parent, ParentID: parentID, Version: version, State: trust.Accepted,
		Expires: started.Add(expires), Threshold: signed, Current: true, Size: 4711,
	}
	owners := [...]string{"@ana", "@bo", "@cy"}
	for i := range keys {
		k := trust.Signer{KeyID: strings.Repeat(fmt.Sprint(i+1), 64), Owner: owners[i%len(owners)], Valid: i < signed}
		if !k.Valid {
			k.Reason = "has not signed"
		}
		r.Signers = append(r.Signers, k)
	}
	return r
}

// metadata fetches the metadata: root, timestamp (which ends soon), snapshot, targets
// and three delegated roles.
func (s *scene) metadata() {
	s.t.Helper()
	s.start()
	files := [][2]string{
		{"6.root.json", "root"}, {"timestamp.json", "timestamp"}, {"412.snapshot.json", "snapshot"},
		{"77.targets.json", "targets"}, {"31.releases.json", "releases"}, {"12.releases%2Fsbom.json", "releases/sbom"}, {"9.agents.json", "agents"},
	}
	var specs []engine.ItemSpec
	for i, f := range files {
		specs = append(specs, s.item(engine.Metadata, f[0], "", trust.RoleID(i), f[1], -1))
	}
	s.fold(engine.ItemsFound{Items: specs})
	for i, f := range files {
		s.to(f[0], engine.Connecting)
		s.phases(f[0], step{fetch.DNS, 0}, step{fetch.Connect, 2 * time.Millisecond}, step{fetch.Headers, 9 * time.Millisecond})
		s.wait(30 * time.Millisecond)
		s.answered(f[0], 200, nil)
		s.to(f[0], engine.Verifying, done(4711))
		if i == 0 {
			s.to(f[0], engine.Skipped, reason("the root chain ends at version 5"))
		} else {
			s.to(f[0], engine.Verified, done(4711))
		}
	}
	timestamp := role(1, "timestamp", "root", 0, 881, 18*time.Hour, 1, 1)
	timestamp.Soon = true
	s.fold(
		engine.LayoutFound{MetadataURL: "https://tuf.example.org/metadata", TargetsURL: "https://tuf.example.org/targets"},
		engine.AnchorChosen{Version: 1, Source: engine.RootPinned},
		engine.RoleChanged{Role: role(0, "root", "", 0, 5, 212*day, 3, 3)},
		engine.RoleChanged{Role: timestamp},
		engine.RoleChanged{Role: role(2, "snapshot", "root", 0, 412, 6*day, 1, 1)},
		engine.RoleChanged{Role: role(3, "targets", "root", 0, 77, 61*day, 2, 3)},
		engine.RoleChanged{Role: role(4, "releases", "targets", 3, 31, 61*day, 1, 1)},
		engine.RoleChanged{Role: role(5, "releases/sbom", "releases", 4, 12, 40*day, 1, 1)},
		engine.RoleChanged{Role: role(6, "agents", "targets", 3, 9, 90*day, 2, 3)},
		engine.FindingRaised{Finding: finding.New(finding.ExpiresSoon, "timestamp", "expires in 18h"), Role: 1, About: true},
	)
}

// The targets that the example run is about.
const (
	rootfs  = "releases/1.20.1/linux/arm64/rootfs.tar.zst"
	boot    = "releases/1.20.2/linux/amd64/bootloader.tar.zst"
	cli     = "releases/1.20.3/windows/amd64/cli.tar.zst"
	agent   = "releases/1.20.4/linux/amd64/agent.tar.zst"
	kernel  = "releases/1.20.5/linux/amd64/kernel.tar.zst"
	sbom    = "releases/1.20.5/darwin/arm64/sbom.tar.zst"
	winSbom = "releases/1.20.6/windows/amd64/sbom.tar.zst"
	policy  = "releases/1.20.7/linux/arm64/policy.tar.zst"
	rootfs2 = "releases/1.20.6/darwin/arm64/rootfs.tar.zst"
	kernel2 = "releases/1.20.6/linux/arm64/kernel.tar.zst"
	sbom2   = "releases/1.20.6/linux/amd64/sbom.tar.zst"
	cli2    = "releases/1.20.7/linux/amd64/cli.tar.zst"
	agent2  = "releases/1.20.7/darwin/arm64/agent.tar.zst"
)

// targets finds the example's 2,506 targets: the named ones, then many that are well.
func (s *scene) targets() (well []string) {
	s.t.Helper()
	named := []struct {
		path string
		id   trust.RoleID
		role string
	}{
		{rootfs, 4, "releases"}, {boot, 3, "targets"}, {cli, 6, "agents"}, {agent, 3, "targets"}, {kernel, 3, "targets"},
		{sbom, 5, "releases/sbom"}, {winSbom, 5, "releases/sbom"}, {policy, 4, "releases"}, {rootfs2, 4, "releases"},
		{kernel2, 4, "releases"}, {sbom2, 5, "releases/sbom"}, {cli2, 3, "targets"}, {agent2, 6, "agents"},
	}
	var specs []engine.ItemSpec
	for _, n := range named {
		specs = append(specs, s.item(engine.Target, n.path, "", n.id, n.role, 40*mib))
	}
	for i := 8; len(specs) < 2506; i++ {
		path := fmt.Sprintf("releases/1.20.%d/linux/amd64/%s.tar.zst", i, [...]string{"bootloader", "updater"}[i%2])
		well = append(well, path)
		specs = append(specs, s.item(engine.Target, path, "", 3, "targets", 8*mib))
	}
	for len(specs) > 0 {
		n := min(len(specs), 1000)
		s.fold(engine.ItemsFound{Items: specs[:n]})
		specs = specs[n:]
	}
	return well
}

// begin starts an attempt at a moment of the run.
func (s *scene) begin(name string, at time.Duration) {
	s.t.Helper()
	s.until(at)
	s.to(name, engine.Connecting)
}

// body takes an attempt as far as its body.
func (s *scene) body(name string) {
	s.t.Helper()
	s.phases(name, step{fetch.DNS, 0}, step{fetch.Connect, 4 * time.Millisecond}, step{fetch.TLS, 23 * time.Millisecond},
		step{fetch.Headers, 45 * time.Millisecond}, step{fetch.Body, 86 * time.Millisecond})
	s.answered(name, 200, map[string]string{"Age": "86400", "X-Cache": "HIT"})
	s.to(name, engine.Transferring)
}

func (s *scene) stall(name, short string) {
	s.t.Helper()
	s.to(name, engine.Stalled, problem(finding.Stalled, short+" for 10s"), reason(short))
	s.diagnosed(name, stalls[short])
}

// diagnosed says why an item is silent or slow, with the commands that repeat it.
func (s *scene) diagnosed(name string, d fetch.Diagnosis) {
	s.t.Helper()
	it := s.get(name)
	s.fold(engine.Diagnosed{Item: it.ID, Attempt: it.Attempt, Diagnosis: d, Commands: []string{
		"curl -v -o /dev/null --globoff --connect-timeout 10 --speed-limit 1 --speed-time 60 -A tufinspect/1.0.0 -H 'Accept-Encoding: identity' --resolve tuf.example.org:443:203.0.113.7 " + it.URL(),
		"ss -tinp dst 203.0.113.7:443",
		"getent ahosts tuf.example.org",
	}})
}

// stalls are what the engine would make of the scenes' stalls.
var stalls = map[string]fetch.Diagnosis{
	"no body byte": {Cause: fetch.BodyStopped, Label: "server: alive, stopped sending", Certainty: fetch.Certain,
		Evidence: []string{"all that was sent is acknowledged", "the peer has answered a keep-alive probe since", "last data 12s ago", "last ACK 800ms ago"}},
	"no TLS hello": {Cause: fetch.HandshakeStalled, Label: "server or path: the TLS handshake is unanswered", Certainty: fetch.Guess,
		Evidence: []string{"in phase tls, the socket is not known"}},
	"no first byte": {Cause: fetch.PathLost, Label: "network: peer does not acknowledge", Certainty: fetch.Likely,
		Evidence: []string{"2 segments unacknowledged, sent again 3 times", "last ACK 11s ago"}},
}

// running plays the example run up to its 42nd second, as one batch.
func (s *scene) running() {
	s.t.Helper()
	r := recorded()
	s.ids, s.next, s.seq = maps.Clone(r.ids), r.next, r.seq
	s.until(r.at)
	if s.tape != nil {
		*s.tape = append(*s.tape, *r.tape...)
	}
	s.m.fold(*r.tape)
}

// recorded is the example run, played once.
var recorded = sync.OnceValue(func() *scene {
	s := newScene(&testing.B{}, look{theme: Mono}, 120, 36)
	s.tape = &[]engine.Event{}
	s.play()
	return s
})

// play is the example run, event by event.
func (s *scene) play() {
	s.t.Helper()
	s.metadata()
	s.until(300 * time.Millisecond)
	well := s.targets()
	s.begin(boot, 6*time.Second)
	s.wait(50 * time.Millisecond)
	s.phases(boot, step{fetch.Headers, 10 * time.Millisecond})
	s.answered(boot, 503, map[string]string{"Retry-After": "30"})
	s.to(boot, engine.Retrying, problem(finding.ServerError, "503 Service Unavailable, Retry-After 30s"), next(33*time.Second))
	for i, name := range well[:912] {
		if i%80 == 0 {
			s.wait(time.Second)
			s.fold(engine.QueueChanged{Workers: 12, Active: 12, Rate: float64(100+i%7*15) * mib})
		}
		s.to(name, engine.Connecting)
		s.to(name, engine.Verified, done(8*mib))
	}
	s.begin(rootfs, 20*time.Second)
	s.body(rootfs)
	s.begin(agent, 25*time.Second)
	s.body(agent)
	s.until(30 * time.Second)
	s.progress(rootfs, 14*mib, 0)
	s.until(31 * time.Second)
	s.progress(agent, 17*mib, 0)
	s.begin(kernel, 31500*time.Millisecond)
	s.phases(kernel, step{fetch.DNS, 0}, step{fetch.Connect, 4 * time.Millisecond}, step{fetch.TLS, 30 * time.Millisecond})
	s.begin(winSbom, 31800*time.Millisecond)
	s.phases(winSbom, step{fetch.DNS, 0}, step{fetch.Connect, 4 * time.Millisecond}, step{fetch.Headers, 45 * time.Millisecond})
	s.to(winSbom, engine.Waiting)
	s.begin(sbom, 33*time.Second)
	s.body(sbom)
	s.until(33050 * time.Millisecond)
	s.to(boot, engine.Queued)
	s.to(boot, engine.Connecting)
	s.phases(boot, step{fetch.Headers, time.Millisecond})
	s.answered(boot, 503, nil)
	s.until(35 * time.Second)
	s.to(boot, engine.Failed, problem(finding.ServerError, "503 Service Unavailable", "status", "503"))
	s.begin(cli, 38600*time.Millisecond)
	s.body(cli)
	s.until(40 * time.Second)
	s.stall(rootfs, "no body byte")
	s.until(41 * time.Second)
	s.stall(agent, "no body byte")
	s.progress(cli, 40*mib, 0)
	s.phases(cli, step{fetch.Verify, 2390 * time.Millisecond})
	s.to(cli, engine.Verifying, done(40*mib))
	s.to(cli, engine.Failed, done(40*mib), problem(finding.WrongHash, "sha256 differs from the signed hash", "sha256 want", wantSHA, "sha256 got", gotSHA))
	s.begin(policy, 41*time.Second)
	s.begin(rootfs2, 41*time.Second)
	s.body(rootfs2)
	s.progress(rootfs2, 33*mib, 24*mib)
	s.begin(kernel2, 41200*time.Millisecond)
	s.body(kernel2)
	s.progress(kernel2, 12*mib, 68*mib)
	s.until(41600 * time.Millisecond)
	s.stall(kernel, "no TLS hello")
	s.begin(sbom2, 41700*time.Millisecond)
	s.body(sbom2)
	s.to(sbom2, engine.Verifying, done(40*mib))
	s.begin(cli2, 41750*time.Millisecond)
	s.phases(cli2, step{fetch.Headers, 10 * time.Millisecond})
	s.to(cli2, engine.Waiting)
	s.begin(agent2, 41760*time.Millisecond)
	s.phases(agent2, step{fetch.DNS, 0}, step{fetch.Connect, time.Millisecond}, step{fetch.TLS, 3 * time.Millisecond})
	s.until(41800 * time.Millisecond)
	s.stall(winSbom, "no first byte")
	s.to(sbom, engine.Retrying, problem(finding.Incomplete, "EOF after 12 MiB"), done(12*mib), next(45*time.Second))
	s.to(policy, engine.Failed, done(40*mib+1), problem(finding.WrongLength, "1 byte more than was signed"))
	s.until(42 * time.Second)
	s.fold(engine.QueueChanged{Workers: 12, Active: 12, Bytes: 7 << 30, Rate: 182 * mib})
}

// settle ends all that is under way, and the run. The timestamp has expired then.
func (s *scene) settle() {
	s.t.Helper()
	s.until(112 * time.Second)
	for i := range s.m.st.Items.Len() {
		it := s.m.st.Items.At(i)
		if it.State.Ended() {
			continue
		}
		if it.State == engine.Stalled {
			s.to(it.Path, engine.Failed, problem(finding.Stalled, it.Reason+" for 1m10s"))
			continue
		}
		if it.State == engine.Retrying {
			s.to(it.Path, engine.Queued)
		}
		if it.State == engine.Queued {
			s.to(it.Path, engine.Connecting)
		}
		s.to(it.Path, engine.Verified, done(it.Length))
	}
	expired := role(1, "timestamp", "root", 0, 881, -3*day, 1, 1)
	expired.Expired, expired.State, expired.Problem = true, trust.Expired, "expired 3 days ago"
	s.fold(
		engine.RoleChanged{Role: expired},
		engine.FindingRaised{Finding: finding.New(finding.Expired, "timestamp", "expired 3 days ago"), Role: 1, About: true},
		engine.QueueChanged{Workers: 12, Bytes: 19 << 30},
		engine.RunSettled{Verdict: engine.Broken},
	)
}

// foreign has names in wide and combining characters, each with a copy.
func (s *scene) foreign() {
	s.t.Helper()
	s.metadata()
	names := []string{
		"画像/二〇二六年十一月二十三日/サンプル一覧表と索引付きの長い名前.tar.zst",
		"cafe\u0301/re\u0301sume\u0301.pdf", "пакеты/ядро.tar.zst", "plain.txt",
	}
	var specs []engine.ItemSpec
	for _, n := range names {
		specs = append(specs, s.item(engine.Target, n, "", 3, "targets", 1000), s.item(engine.Copy, n, "sha512", 3, "targets", 1000))
	}
	s.fold(engine.ItemsFound{Items: specs})
	for i, n := range names {
		s.to(n, engine.Connecting)
		s.to(n, engine.Transferring)
		s.progress(n, int64(250*i), 100)
	}
	s.to(names[3]+"sha512", engine.Cancelled, problem(finding.Cancelled, "cancelled by you"))
}

// small is a run with a few targets, file000 and so on, all queued.
func small(t testing.TB, targets int) *scene {
	t.Helper()
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.start()
	var specs []engine.ItemSpec
	for i := range targets {
		specs = append(specs, s.item(engine.Target, fmt.Sprintf("file%03d", i), "", 0, "targets", 100))
	}
	s.fold(engine.ItemsFound{Items: specs})
	return s
}

// auto is a run that chooses how many workers there are.
func (s *scene) auto() {
	s.running()
	s.fold(engine.QueueChanged{Workers: 24, Auto: true, Active: 12, Rate: 90 * mib})
}
