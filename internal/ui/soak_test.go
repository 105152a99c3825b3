package ui

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// soak plays events, keys, clicks, sizes and time at random into a model. Most events
// fit the state that the run is in, some do not.
type soak struct {
	*scene
	random *rand.Rand
	run    engine.State // what the events say, also while the screen is frozen
	keymap *keymap
	late   []errand // that the surroundings have not done yet
}

func newSoak(t testing.TB, seed uint64) *soak {
	s := &soak{random: rand.New(rand.NewPCG(seed, 3)), keymap: newKeymap()}
	k := look{theme: Theme(1 + seed%3), ascii: seed%4 == 3}
	if seed%3 == 1 {
		k.tape = "run.jsonl"
	}
	s.scene = newScene(t, k, 120, 36)
	return s
}

func (s *soak) one(of int) bool { return s.random.IntN(of) == 0 }

func pick[T any](s *soak, of ...T) T { return of[s.random.IntN(len(of))] }

// text is what a server, a file or a person may say, made printable.
func (s *soak) text() string {
	if s.one(4) {
		return safe.Text(pick(s, poison...))
	}
	return pick(s, "", "releases/1.2/linux/amd64/agent.tar.zst", "503 Service Unavailable, Retry-After 30s", "no body byte for 10s", "x", "https://tuf.example.org/a b", "203.0.113.7:443 said: no",
		strings.Repeat("a long reason ", 1+s.random.IntN(30)))
}

func (s *soak) host() string {
	return pick(s, "tuf.example.org", "tuf.example.org", "cdn.example.com:8443", "local", safe.Text(poison[s.random.IntN(len(poison))]))
}

func (s *soak) address() string {
	return pick(s, "", "203.0.113.7:443", "[2001:db8::7]:443", "198.51.100.4:443")
}

func (s *soak) kind() finding.ID {
	all := finding.All()
	return all[s.random.IntN(len(all))].ID
}

func (s *soak) problem() *engine.Problem {
	if s.one(5) {
		return nil
	}
	return &engine.Problem{Kind: pick(s, s.kind(), s.kind(), s.kind(), "of-another-time"), Text: s.text(), Hint: s.text(), Retry: s.one(2), Evidence: map[string]string{"sha256 got": gotSHA, "status": s.text(), s.text(): s.text(), "host": s.host()}}
}

// id is mostly that of an item that there is.
func (s *soak) id() engine.ItemID {
	return engine.ItemID(s.random.IntN(s.run.Items.Len() + 1))
}

func (s *soak) role() trust.RoleID { return trust.RoleID(s.random.IntN(len(s.run.Roles) + 2)) }

func (s *soak) found() engine.Body {
	var specs []engine.ItemSpec
	for range 1 + s.random.IntN(8) {
		spec := s.item(engine.Target, fmt.Sprintf("%s-%d", s.text(), s.run.Items.Len()), "", s.role(), s.text(), s.random.Int64N(5000)-1)
		spec.ID = engine.ItemID(s.run.Items.Len() + len(specs))
		spec.Of = spec.ID
		if s.one(5) {
			spec.Kind = engine.Metadata
		}
		switch s.random.IntN(8) {
		case 0:
			spec.Site = nil
		case 1:
			spec.Site = engine.SiteOf("https://" + s.host() + "/targets/" + spec.Path)
		}
		specs = append(specs, spec)
		if spec.Kind == engine.Target && s.one(4) {
			twin := spec
			twin.ID++
			twin.Kind, twin.Under = engine.Copy, "sha512"
			specs = append(specs, twin)
		}
	}
	if s.one(10) {
		specs[0].ID += engine.ItemID(s.random.IntN(3))
	}
	return engine.ItemsFound{Items: specs}
}

// moves moves an item on, mostly as the state machine has it.
func (s *soak) moves() engine.Body {
	it := s.run.Item(s.id())
	if it == nil || s.one(30) {
		return engine.StateChanged{Item: s.id(), Attempt: s.random.IntN(4), From: engine.ItemState(s.random.IntN(engine.NumStates + 1)), To: engine.ItemState(s.random.IntN(engine.NumStates + 1))}
	}
	c := engine.StateChanged{Item: it.ID, Attempt: it.Attempt, From: it.State, To: engine.ItemState(s.random.IntN(engine.NumStates)), Done: s.random.Int64N(4000)}
	switch {
	case it.State.Ended():
		c.Attempt, c.To = it.Attempt+1, engine.Queued
	case it.State == engine.Queued || it.State == engine.Retrying:
		c.Attempt++
		if s.one(2) {
			c.To = engine.Connecting
		}
	case it.State == engine.Stalled && s.one(2):
		c.To = it.From
	}
	c.Reason = s.text()
	switch c.To {
	case engine.Failed, engine.Untrusted, engine.Cancelled, engine.Retrying, engine.Stalled:
		c.Problem = s.problem()
		c.Next = s.at + time.Duration(s.random.IntN(20))*time.Second
	}
	return c
}

func (s *soak) roleChanged() engine.Body {
	n := len(s.run.Roles)
	r := trust.Role{
		ID: trust.RoleID(s.random.IntN(n + 1)), Name: pick(s, "root", "targets", "snapshot", s.text(), fmt.Sprintf("bin-%02x", s.random.IntN(64))),
		Parent: pick(s, "", "root", "targets", s.text()), ParentID: trust.RoleID(s.random.IntN(n + 2)), Version: s.random.Int64N(9),
		State: trust.RoleState(s.random.IntN(6)), Expired: s.one(9), Soon: s.one(9), Threshold: s.random.IntN(4),
		Targets: s.random.IntN(2000), Terminating: s.one(2), Current: s.one(2), SHA256: pick(s, "", wantSHA, gotSHA), Size: s.random.Int64N(9000),
	}
	if known := s.run.Role(r.ID); known != nil { // whose role it is never changes
		r.Name, r.Parent, r.ParentID = known.Name, known.Parent, known.ParentID
	}
	if s.one(2) {
		r.Expires = started.Add(time.Duration(s.random.IntN(400)-100) * 24 * time.Hour)
	}
	if r.State != trust.Accepted {
		r.Problem = s.text()
	}
	for range s.random.IntN(12) {
		r.Signers = append(r.Signers, trust.Signer{KeyID: pick(s, wantSHA, gotSHA), Owner: pick(s, "", "@ana", s.text()), Valid: s.one(2), Reason: s.text()})
	}
	for range s.random.IntN(3) {
		r.Paths = append(r.Paths, pick(s, "releases/*", "one of 16 bins", s.text()))
	}
	return engine.RoleChanged{Role: r}
}

func (s *soak) roleRead(id trust.RoleID) engine.Body {
	f := trust.RoleFile{Name: s.text(), File: s.text(), URL: s.text(), Version: 3, Size: 4711, SHA256: wantSHA, Left: s.text(), JSON: s.one(2), KeysLeft: s.random.IntN(3)}
	for range s.random.IntN(200) {
		f.Lines = append(f.Lines, strings.Repeat(" ", s.random.IntN(30))+s.text())
	}
	for range s.random.IntN(3) {
		f.Keys = append(f.Keys, trust.FileKey{ID: wantSHA, Owner: s.text(), Public: s.text(), Reason: s.text(), Signature: gotSHA + gotSHA})
		f.Others = append(f.Others, trust.FileSignature{KeyID: s.text(), Signature: s.text(), Reason: s.text()})
		f.Delegations = append(f.Delegations, trust.FileDelegation{Name: s.text(), Keys: []string{s.text()}, Paths: []string{s.text()}})
	}
	return engine.RoleRead{Role: id, File: f}
}

// event is the next thing that happens.
func (s *soak) event() engine.Body {
	it := s.run.Item(s.id())
	for range 20 { // what is under way has more to tell
		if it == nil || !it.State.Active() {
			it = s.run.Item(s.id())
		}
	}
	attempt := 1
	var id engine.ItemID
	if it != nil {
		id, attempt = it.ID, it.Attempt-boolInt(s.one(20))
	}
	switch s.random.IntN(24) {
	case 0, 1:
		if s.run.Items.Len() > 300 {
			return s.moves()
		}
		return s.found()
	case 2:
		return engine.Progress{Item: id, Attempt: attempt, Done: s.random.Int64N(4000), Rate: s.random.Float64() * 1e7}
	case 3:
		return engine.PhasesEntered{Item: id, Attempt: attempt, Marks: []engine.TimedMark{{Phase: fetch.Phase(s.random.IntN(fetch.NumPhases)), At: s.at - time.Duration(s.random.IntN(200))*time.Millisecond}}, Address: s.address(), Reused: s.one(2)}
	case 4:
		return engine.Responded{Item: id, Attempt: attempt, Response: fetch.Response{Status: pick(s, 200, 206, 404, 503), Protocol: s.text(), TLS: s.text(), Length: s.random.Int64N(9000) - 1, Header: map[string]string{"Via": s.text(), "Server": s.text()}}}
	case 5:
		return engine.Diagnosed{Item: id, Attempt: attempt, Diagnosis: fetch.Diagnosis{Cause: pick(s, fetch.NoCause, fetch.SlowDrip, fetch.BodyStopped, fetch.PathLost), Label: pick(s, s.text(), "slow: 1.2 KiB/s, would take 3h"), Evidence: []string{s.text(), s.text()}}, Commands: []string{"curl " + s.text()}}
	case 6:
		f := finding.New(s.kind(), pick(s, "targets", "timestamp", s.text()), "%s", s.text())
		if said := slices.Collect(s.run.Notes.All()); len(said) > 0 && s.one(3) {
			return engine.FindingRaised{Finding: said[s.random.IntN(len(said))].Finding, Withdrawn: true}
		}
		return engine.FindingRaised{Finding: f, Role: s.role(), About: s.one(2), Withdrawn: s.one(9)}
	case 7:
		return engine.HostChanged{Host: s.host(), Address: s.address(), Active: s.random.IntN(4), Open: s.random.IntN(5) - 1, Bytes: s.random.Int64N(1 << 40), Rate: s.random.Float64() * 1e8, Failed: s.random.IntN(3), Errors: []engine.Count{{Text: s.text(), N: 1}}, FirstByteP50: time.Duration(s.random.IntN(1e9))}
	case 8:
		return engine.BreakerChanged{Host: s.host(), State: engine.BreakerState(s.random.IntN(3)), Why: s.text(), Since: s.at, Next: pick(s, 0, s.at+5*time.Second), Queued: s.random.IntN(9)}
	case 9:
		return pick[engine.Body](s, engine.ProbeBegan{Item: id}, engine.Probed{Item: id, Step: fetch.Step{Address: s.address()}}, engine.ProbeEnded{Item: id, Text: s.text()})
	case 10:
		return engine.QueueChanged{Paused: s.one(5), Workers: s.random.IntN(20), Active: s.random.IntN(20), Rate: s.random.Float64() * 1e9, StallAfter: time.Duration(s.random.IntN(30)) * time.Second}
	case 11, 12:
		return s.roleChanged()
	case 13:
		if s.one(3) {
			return engine.InspectorStuck{Part: pick(s, "control loop", "worker 3", "screen"), For: time.Duration(s.random.IntN(1e10)), Over: s.one(2), Dump: s.text(), Err: s.text()}
		}
		if s.one(9) {
			return engine.InspectorFault{Goroutine: s.text(), Value: s.text(), Stack: "goroutine 1\n\tx\n" + s.text()}
		}
	case 14:
		if s.one(9) {
			return pick[engine.Body](s, engine.RunSettled{}, engine.AnchorChosen{Version: 3, Source: engine.RootFirstUse}, engine.LayoutFound{MetadataURL: s.text(), TargetsURL: s.text()},
				engine.Noted{Subject: s.text(), Text: s.text()},
				engine.RunStarted{Repository: s.text(), MetadataURL: "https://" + s.host() + "/" + s.text(), Started: started, ReferenceTime: started, Workers: 3, Limits: engine.Limits{StallAfter: 10 * time.Second}})
		}
	case 15:
		return s.roleRead(s.role())
	case 16:
		if s.one(20) {
			return engine.Rewound{}
		}
		return s.played()
	case 17:
		return engine.Redirected{Item: id, Attempt: attempt, Hop: s.random.IntN(4), URL: "https://" + s.host() + "/" + s.text(), Address: s.address(),
			Marks: []engine.TimedMark{{Phase: fetch.Phase(s.random.IntN(fetch.NumPhases)), At: s.at}}, By: pick(s, nil, &fetch.Response{Status: 302, Protocol: s.text()})}
	case 18:
		if s.one(4) { // of another person, in a recording
			return engine.CommandDone{Command: pick[engine.Command](s, engine.Pause{}, engine.Cancel{Items: []engine.ItemID{id}}, engine.SetWorkers{N: 3}, engine.ReadRole{Role: s.role()}), Accepted: s.random.IntN(2), Err: pick(s, "", s.text()), Past: true}
		}
	}
	return s.moves()
}

// played is where a recording may be.
func (s *soak) played() engine.Body {
	length := s.at + time.Duration(s.random.IntN(100))*time.Second
	return engine.Played{
		At: time.Duration(s.random.Int64N(int64(length) + 1)), Length: length, Speed: pick(s, 0, 0, 0.1, 1, 4, 1000), Chosen: pick(s, 0.1, 1, 4, 1000),
		Behind: s.one(5), Cut: pick(s, "", "", s.text()),
	}
}

// happen sends some events, and mostly answers what was asked for.
func (s *soak) happen() {
	var bodies []engine.Body
	for range 1 + s.random.IntN(6) {
		b := s.event()
		s.run.Apply(engine.Event{At: s.at, Body: b})
		bodies = append(bodies, b)
	}
	for _, c := range s.m.commands {
		if s.one(8) {
			continue
		}
		if read, ok := c.(engine.ReadRole); ok && s.one(2) {
			bodies = append(bodies, s.roleRead(read.Role))
		}
		bodies = append(bodies, engine.CommandDone{Command: c, Accepted: s.random.IntN(3), Skipped: s.random.IntN(2), Reason: s.text(), Err: pick(s, "", "", s.text())})
	}
	s.m.commands = nil
	s.m.take(engine.Update{Events: s.events(bodies...)})
}

// press gives the screen what a person types, as Bubble Tea does.
func (s *soak) press() {
	var msg tea.KeyMsg
	switch s.random.IntN(6) {
	case 0: // any character, some of them in one message
		msg = tea.KeyMsg{Type: tea.KeyRunes, Runes: []rune(pick(s, "a", "é", "漢", "\u0301", " ", "state:fa", "host:t", "age:>3s", "!x", "err:5", "/rel", "what:ok", s.text())), Paste: s.one(4)}
	case 1:
		msg = tea.KeyMsg{Type: pick(s, tea.KeyBackspace, tea.KeyDelete, tea.KeyLeft, tea.KeyRight, tea.KeyHome, tea.KeyEnd, tea.KeyCtrlW, tea.KeyCtrlU, tea.KeyEnter, tea.KeyEsc, tea.KeyPgDown, tea.KeyPgUp)}
	default:
		keys := s.m.bindings[s.random.IntN(len(s.m.bindings))].keys
		s.scene.keys(keys[s.random.IntN(len(keys))])
		return
	}
	s.keymap.translate(msg, s.m.mode, s.m.do)
}

// surroundings does what the model wants done, at once or later.
func (s *soak) surroundings() {
	s.late = append(s.late, s.m.errands...)
	s.m.errands, s.m.leave, s.m.suspend, s.m.redraw = nil, false, false, false
	for len(s.late) > 0 && s.one(2) {
		i := s.random.IntN(len(s.late))
		e := s.late[i]
		s.late = slices.Delete(s.late, i, i+1)
		if e.sort != nil {
			s.m.sorted(e.sort, e.sort.run())
		} else {
			s.m.ran(e, s.text(), pick(s, nil, errNoReport))
		}
	}
}

func (s *soak) step() {
	switch s.random.IntN(14) {
	case 0, 1, 2, 3:
		s.happen()
	case 4, 5, 6, 7, 8:
		s.press()
	case 9:
		s.wait(time.Duration(s.random.IntN(3000)) * time.Millisecond)
		s.m.tick()
	case 10:
		s.m.do(input{act: pick(s, actClick, actClick, actWheelDown, actWheelUp), row: s.random.IntN(70) - 2})
	case 11:
		s.surroundings()
	case 12:
		if s.one(3) {
			s.m.resize(pick(s, 0, 1, 10, 59, 60, 79, 80, 109, 110, 120, 200, 300), pick(s, 0, 1, 2, 11, 12, 17, 18, 24, 29, 30, 36, 60, 100))
		}
	case 13:
		if s.one(20) {
			s.m.resumed(time.Duration(s.random.IntN(9))*time.Second, s.one(2))
		}
	}
}

// look draws the screen and checks what has to hold of every frame.
func (s *soak) look(where string) {
	s.t.Helper()
	m := s.m
	frame := m.draw()
	if m.width > 0 && m.height > 0 {
		checkSize(s.t, frame, m.width, m.height)
	}
	if r, ok := raw(unstyled(frame)); ok {
		s.t.Fatalf("%s: %U is in the frame: %q", where, r, frame)
	}
	if again := s.anew(); again != frame {
		s.t.Fatalf("%s: what was kept is out of date. On screen is\n%s\nand drawn anew\n%s", where, unstyled(frame), unstyled(again))
	}
	s.counted(where)
	if s.t.Failed() {
		s.t.Fatal(where)
	}
}

func unstyled(frame string) string {
	for t := Dark; t < numThemes; t++ {
		for _, prefix := range paletteOf(t) {
			if prefix != "" {
				frame = strings.ReplaceAll(frame, prefix, "")
			}
		}
	}
	return strings.ReplaceAll(frame, reset, "")
}

// anew draws without anything that was kept from earlier frames.
func (s *soak) anew() string {
	m := s.m
	m.dirty, m.mask = true, nil
	v := m.trustView()
	v.stale()
	v.files, v.filed = nil, 0
	m.views[viewLog].(*logView).refilter()
	m.views[viewFindings].(*findingsView).rows.fresh = false
	return m.draw()
}

// counted checks what is counted as it goes along.
func (s *soak) counted(where string) {
	s.t.Helper()
	m := s.m
	l := &m.list
	var groups [numGroups]int
	waiting := map[string]int{}
	kinds := map[finding.ID]int{}
	var metadata [numFaces]int
	for i := range m.st.Items.Len() {
		it := m.st.Items.At(i)
		g := groupOf[faceOf(it)]
		if crawls(it) {
			g = groupSlow
		}
		if !m.filter.shows(it) && int32(i) != l.keep {
			g = hidden
		}
		if now := l.groups[i]; now != g && !m.filter.byAge && !strings.Contains(m.find.String(), "host:") {
			s.t.Fatalf("%s: item %d (%s) is in group %d of the list, and belongs into %d; the filter is %q, the file that is kept %d", where, i, it.State, now, g, m.find.String(), l.keep)
		}
		groups[l.groups[i]]++
		waiting[hostOf(it)] += boolInt(waits(it.State))
		if troubled(it.State) {
			kinds[problemOf(it)]++
		}
		if it.Kind == engine.Metadata {
			metadata[faceOf(it)]++
		}
	}
	if groups != l.count || metadata != m.tally.metadata {
		s.t.Fatalf("%s: groups %v and metadata %v, counted %v and %v", where, groups, metadata, l.count, m.tally.metadata)
	}
	for host, n := range waiting {
		if m.tally.waiting(host) != n {
			s.t.Fatalf("%s: %d files wait for %q, counted %d", where, n, host, m.tally.waiting(host))
		}
	}
	for _, g := range m.tally.problems.groups {
		if g.n != kinds[g.id] {
			s.t.Fatalf("%s: %d files with %s, counted %d", where, kinds[g.id], g.id, g.n)
		}
	}
	if n := len(l.rows); n > 0 && l.height > 0 && (l.rows[l.row] != l.cursor || l.top < 0 || l.row < l.top || l.row >= l.top+l.height) {
		s.t.Fatalf("%s: file %d, row %d of %d, window %d+%d", where, l.cursor, l.row, n, l.top, l.height)
	}
}

// escMost is how often esc has to be pressed at most until nothing is open in a view: a
// question or the help or a line that is typed, what is open, the filter.
const escMost = 4

// home leads back to the plain table of files, wherever a person has got to.
func (s *soak) home(where string) {
	s.t.Helper()
	esc := func() {
		for range escMost {
			s.keys("esc")
			s.look(where + ", on the way home")
		}
	}
	esc()
	if mode := s.m.mode(); mode != browsing && mode != replaying {
		s.t.Fatalf("%s: %d times esc lead to mode %d", where, escMost, s.m.mode())
	}
	s.keys("1")
	esc()
	v := s.m.views[viewTargets].(*itemsView)
	if s.m.at != viewTargets || v.open || s.m.filter.active() {
		s.t.Fatalf("%s: esc, 1 and esc lead to view %s, open %t, filter %+v", where, s.m.at, v.open, s.m.filter)
	}
}

func (s *soak) play(name string, steps int) {
	s.t.Helper()
	for i := range steps {
		where := fmt.Sprintf("%s, step %d, view %s", name, i, s.m.at)
		s.step()
		if s.one(4) {
			s.look(where)
		}
		if s.one(200) {
			s.home(where)
		}
	}
	s.run.Apply(engine.Event{At: s.at, Body: engine.RunFinished{}})
	s.m.take(engine.Update{Events: s.events(engine.RunFinished{Verdict: engine.Broken, Why: s.text()})})
	s.m.closed()
	for i := range steps / 10 {
		s.press()
		s.look(fmt.Sprintf("%s, step %d behind the end, view %s", name, i, s.m.at))
	}
	s.m.thaw()
	if s.m.st.Items.Len() != s.run.Items.Len() || s.m.st.Counts != s.run.Counts {
		s.t.Fatalf("%s: the screen has %v, the run has %v", name, s.m.st.Counts, s.run.Counts)
	}
	s.home(name)
}

// Whatever happens and whatever is pressed: the model does not panic, no frame is larger
// than the screen or has anything raw in it, nothing that was kept from an earlier frame
// is out of date, and esc leads out of everything.
func TestAnythingAtAll(t *testing.T) {
	seeds := uint64(8)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		newSoak(t, seed).play(fmt.Sprintf("seed %d", seed), 1500)
	}
}

func FuzzModel(f *testing.F) {
	f.Add(uint64(1), uint16(300))
	f.Add(uint64(42), uint16(900))
	f.Fuzz(func(t *testing.T, seed uint64, steps uint16) {
		newSoak(t, seed).play(fmt.Sprintf("seed %d", seed), int(steps%2000))
	})
}
