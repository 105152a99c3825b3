package ui

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// findings has of everything that can be found.
func (s *scene) findings() {
	s.t.Helper()
	s.running()
	for _, name := range []string{"releases/1.20.920/linux/amd64/bootloader.tar.zst", "releases/1.20.921/linux/amd64/updater.tar.zst"} {
		s.to(name, engine.Connecting)
		s.to(name, engine.Failed, problem(finding.WrongHash, "sha256 differs from the signed hash", "sha256 want", wantSHA, "sha256 got", gotSHA))
	}
	r := role(5, "releases/sbom", "releases", 4, 12, 40*day, 0, 2)
	r.State, r.Threshold, r.Problem = trust.Refused, 1, "threshold not met: 0 of 1 signatures"
	s.fold(
		engine.RoleChanged{Role: r},
		engine.FindingRaised{Finding: finding.New(finding.BadSignatures, "releases/sbom", "0 of 1 signatures are valid").With("key 1111", "does not verify").With("key 2222", "is not listed"), Role: 5, About: true},
		engine.FindingRaised{Finding: finding.New(finding.RootEndStatus, "repository", "6.root.json is answered with 403 Forbidden")},
		engine.FindingRaised{Finding: finding.New(finding.HashPrefixClients, "releases", "path_hash_prefixes are used"), Role: 4, About: true},
		engine.InspectorFault{Goroutine: "worker 7", Value: "runtime error: index out of range [3] with length 3", Stack: "goroutine 41 [running]:\nmain.main()\n\t/src/main.go:3"},
		engine.InspectorStuck{Part: "control loop", For: 12 * time.Second, Dump: "/home/me/.local/state/tufinspect/stuck-0942.txt"},
	)
	for i := range 12 {
		s.fold(engine.FindingRaised{Finding: finding.New(finding.ShadowedTarget, fmt.Sprintf("releases/1.20.%d/linux/amd64/cli.tar.zst", i), "releases lists it with another hash")})
	}
	s.keys("6")
}

func (s *scene) findingsView() *findingsView { return s.m.views[viewFindings].(*findingsView) }

// kinds are the kinds of the rows.
func (s *scene) kinds() string {
	v := s.findingsView()
	v.follow(s.m)
	var out []string
	for i := range v.rows.all {
		out = append(out, string(v.rows.all[i].id))
	}
	return strings.Join(out, " ")
}

// on puts the cursor on the first row of a kind.
func (s *scene) on(id finding.ID) {
	s.t.Helper()
	s.m.draw()
	v := s.findingsView()
	for i := range v.rows.all {
		if v.rows.all[i].id == id {
			v.move(i)
			return
		}
	}
	s.t.Fatalf("no row is about %s: %s", id, s.kinds())
}

func TestFindingScreens(t *testing.T) {
	screensAtAllSizes(t, map[string]func(*scene){
		"findings":         (*scene).findings,
		"findings-none":    func(s *scene) { s.start(); s.targets(); s.keys("6") },
		"findings-files":   func(s *scene) { s.findings(); s.on(finding.WrongHash); s.keys("enter") },
		"findings-role":    func(s *scene) { s.findings(); s.on(finding.BadSignatures); s.keys("enter") },
		"findings-settled": func(s *scene) { s.findings(); s.settle(); s.keys("!") },
	})
	t.Run("mono", func(t *testing.T) {
		s := newScene(t, look{theme: Mono}, 80, 24)
		s.findings()
		golden(t, "findings-mono-80x24", s, true)
	})
	t.Run("ascii", func(t *testing.T) {
		s := newScene(t, look{theme: Dark, ascii: true}, 120, 36)
		s.findings()
		s.on(finding.WrongHash)
		s.keys("enter")
		golden(t, "findings-ascii-120x36", s, false)
	})
}

func TestNoFindingScreenOverflows(t *testing.T) {
	for _, ascii := range []bool{false, true} {
		s := newScene(t, look{theme: Dark, ascii: ascii}, 80, 24)
		s.keys("6")
		plays := []func(*scene){
			func(*scene) {}, (*scene).findings, func(s *scene) { s.keys("enter") },
			func(s *scene) { s.keys("pgdown") }, func(s *scene) { s.on(finding.ShadowedTarget); s.keys("pgdown", "pgdown") },
			func(s *scene) { s.on(finding.BadSignatures) }, func(s *scene) { s.keys("G") }, (*scene).settle,
		}
		for i, play := range plays {
			play(s)
			for width := 1; width <= 220; width += 1 + width/20 {
				for height := 1; height <= 62; height += 1 + height/9 {
					s.m.resize(width, height)
					frame := s.m.draw()
					checkSize(t, frame, width, height)
					if t.Failed() {
						t.Fatalf("after %d plays, %dx%d", i, width, height)
					}
				}
			}
		}
	}
}

func TestTheWorstFindingStandsFirst(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.findings()
	want := "bad-signatures wrong-length wrong-hash inspector-fault inspector-fault server-error stalled incomplete expires-soon gotuf-hash-prefix shadowed-target root-end-status"
	if got := s.kinds(); got != want {
		t.Errorf("the rows are\n%s, want\n%s", got, want)
	}
	s.keys("!")
	if got := s.kinds(); got != strings.TrimSuffix(want, " root-end-status") {
		t.Errorf("warnings and worse are\n%s", got)
	}
}

// What is counted event by event is what there is.
func TestProblemsAreCountedAsTheyComeAndGo(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	check := func(when string) {
		t.Helper()
		want := map[finding.ID]problemGroup{}
		for i := range s.m.st.Items.Len() {
			if it := s.m.st.Items.At(i); troubled(it.State) {
				g := want[problemOf(it)]
				g.id = problemOf(it)
				g.n++
				g.state[faceOf(it)]++
				want[g.id] = g
			}
		}
		got := map[finding.ID]problemGroup{}
		for _, g := range s.m.tally.problems.groups {
			if g.n != 0 || g.state != [numFaces]int{} {
				got[g.id] = g
			}
			ids := s.m.tally.problems.items(g.id, 1_000_000, nil)
			if len(ids) != g.n {
				t.Errorf("%s, %d files have %s, and %d are counted", when, len(ids), g.id, g.n)
			}
			for _, id := range ids {
				if it := s.m.st.Item(id); !troubled(it.State) || problemOf(it) != g.id {
					t.Errorf("%s, %s is listed under %s", when, it.Path, g.id)
				}
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s, %v are counted, want %v", when, got, want)
		}
	}
	s.running()
	check("in the run")
	s.to(sbom, engine.Queued)
	s.to(sbom, engine.Connecting)
	s.to(rootfs, engine.Failed, problem(finding.Stalled, "no body byte for 1m10s")) // from stalled
	s.to(agent, engine.Transferring)
	check("after some have gone on")
	s.to(cli, engine.Queued, func(c *engine.StateChanged) { c.Attempt++ })
	s.to(cli, engine.Cancelled)
	check("after one was cancelled")
}

func TestEnterExplainsAndThenShowsTheFiles(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.findings()
	s.on(finding.WrongHash)
	s.keys("enter")
	got := s.screen()
	for _, want := range []string{
		"wrong-hash: 3 files", "✗ critical: the bytes are not the signed ones", "proved by bytes: a client", "refuses the file", "publish the file that was signed", "✗ 3 failed", cli, "enter its files",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not said:\n%s", want, got)
		}
	}
	s.keys("enter")
	if s.m.at != viewTargets || s.m.find.String() != "err:wrong-hash" || s.m.list.shown() != 3 {
		t.Errorf("view %s, filter %q, %d files", s.m.at, s.m.find.String(), s.m.list.shown())
	}
	s.keys("6", "esc")
	if s.findingsView().open {
		t.Error("esc does not close the explanation")
	}
	s.on(finding.BadSignatures)
	s.keys("enter")
	got = s.screen()
	for _, want := range []string{
		"bad-signatures: releases/sbom", "refuses the role and everything below it", "key 1111: does not verify", "threshold not met", "via releases v31, via targets v77, via root v5",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not said:\n%s", want, got)
		}
	}
	s.keys("enter")
	if s.findingsView().open || s.m.at != viewFindings {
		t.Error("enter does not close it")
	}
}

func TestTheSubjectsOfAGroupCanBeScrolled(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 80, 24)
	s.findings()
	s.on(finding.ShadowedTarget)
	s.keys("enter")
	seen := ""
	for range 10 {
		seen += s.screen()
		s.keys("pgdown")
	}
	for i := range 12 {
		if !strings.Contains(seen, fmt.Sprintf("releases/1.20.%d/linux/amd64/cli", i)) {
			t.Errorf("subject %d is never seen", i)
		}
	}
	skip := s.findingsView().skip
	if s.screen(); skip > 30 {
		t.Errorf("it scrolls to line %d", skip)
	}
	s.keys("down")
	if s.findingsView().skip != 0 {
		t.Error("another explanation does not begin at its top")
	}
}

func TestRetryingFromFindings(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.findings()
	s.on(finding.WrongHash)
	s.keys("r")
	s.wantStatus("retry 3 files with wrong-hash? y/N")
	s.keys("n")
	s.wantSent()
	s.keys("r", "y") // past the caches, as from the list of files
	s.wantSent(engine.Retry{Items: s.m.tally.problems.items(finding.WrongHash, 9, nil), NoCache: true})
	s.on(finding.ServerError)
	s.keys("r")
	s.wantSent(engine.RetryFailed{Kinds: []finding.ID{finding.ServerError}})
	s.on(finding.Stalled)
	s.keys("r", "y")
	s.wantSent(engine.Retry{Items: s.m.tally.problems.items(finding.Stalled, 9, nil)})
	s.to(rootfs, engine.Failed, problem(finding.Stalled, "no body byte for 1m10s"))
	s.keys("r")
	s.wantStatus("retry 4 files with stalled? y/N")
	s.keys("y")
	s.wantSent(engine.Retry{Items: s.m.tally.problems.items(finding.Stalled, 9, nil)[1:]}, engine.RetryFailed{Kinds: []finding.ID{finding.Stalled}})

	s.on(finding.BadSignatures)
	s.keys("r")
	s.wantSent()
	s.wantStatus("nothing to retry: the file of releases/sbom is there, and has been judged")
	s.on(finding.RootEndStatus)
	s.keys("r")
	s.wantStatus("there is no file here to be fetched again")
}

// What mends a root is a later version, which is looked for with the timestamp.
func TestRetryingARoot(t *testing.T) {
	s := small(t, 1)
	s.fold(engine.RoleChanged{Role: trust.Role{Name: "root", Version: 3, Current: true, State: trust.Expired, Expired: true}},
		engine.FindingRaised{Finding: finding.New(finding.Expired, "root", "version 3 has expired"), About: true}, engine.RunSettled{})
	s.keys("6")
	s.on(finding.Expired)
	s.keys("r")
	s.wantSent()
	s.wantStatus("nothing to retry: the file of root is there, and has been judged")
	s.fold(engine.ItemsFound{Items: []engine.ItemSpec{s.item(engine.Metadata, "timestamp.json", "", 1, "timestamp", -1)}},
		engine.StateChanged{Item: 1, Attempt: 1, To: engine.Untrusted, Problem: &engine.Problem{Kind: finding.UntrustedRole, Text: "root has expired"}})
	s.keys("r")
	s.wantSent(engine.Retry{Items: []engine.ItemID{1}})
}

func TestRetryingTheFileOfARole(t *testing.T) {
	s := small(t, 1)
	s.fold(engine.ItemsFound{Items: []engine.ItemSpec{s.item(engine.Metadata, "3.a.json", "", 0, "a", -1)}},
		engine.RoleChanged{Role: trust.Role{ID: 0, Name: "a", State: trust.Unfetched}},
		engine.FindingRaised{Finding: finding.New(finding.RoleUndecided, "a", "could not be fetched"), About: true})
	s.to("3.a.json", engine.Connecting)
	s.to("3.a.json", engine.Failed, problem(finding.Unreachable, "connection refused"))
	s.keys("6")
	s.on(finding.RoleUndecided)
	s.keys("r")
	s.wantSent(engine.Retry{Items: []engine.ItemID{s.ids["3.a.json"]}})
}

// Who presses r means the row that was there a moment ago.
func TestARowThatHasJustComeIsNotRetried(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.findings()
	s.on(finding.ServerError)
	s.keys("enter")
	s.to(boot, engine.Queued, func(c *engine.StateChanged) { c.Attempt++ })
	s.m.draw()
	if v := s.findingsView(); v.open || v.current().id != finding.Stalled {
		t.Errorf("open is %t, on %s", v.open, v.current().id)
	}
	s.wantStatus("there is no server-error here any more")
	s.keys("r")
	s.wantSent()
	s.wantStatus("another row has just come under the cursor: press the key again")
	s.keys("r")
	s.wantStatus("retry 4 files with stalled? y/N")
}

func TestNothingFoundSaysWhatThatMeans(t *testing.T) {
	s := small(t, 3)
	s.keys("6")
	want := func(text string) {
		t.Helper()
		if got := s.screen(); !strings.Contains(got, text) {
			t.Errorf("%q is not said:\n%s", text, got)
		}
	}
	want("nothing found so far: 0 of 3 targets verified")
	s.keys("enter", "r", "n", "c")
	for _, name := range []string{"file000", "file001", "file002"} {
		s.to(name, engine.Connecting)
		s.to(name, engine.Verified, done(100))
	}
	s.keys("!")
	want("no warning and nothing worse; ! shows all: 3 of 3 targets verified")
	s.keys("!")
	s.fold(engine.RunSettled{})
	want("nothing found: 3 of 3 targets verified")
}

func TestMovingClickingAndCopyingFindings(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.findings()
	v := s.findingsView()
	s.keys("G", "n")
	if s.m.draw(); v.row != 0 {
		t.Errorf("n goes past the last warning to row %d", v.row)
	}
	s.keys("N")
	if r := v.current(); r.id != finding.ShadowedTarget {
		t.Errorf("N goes to %s", r.id)
	}
	if got := v.copy(s.m, true); got != "warning  shadowed-target  12 subjects: releases/1.20.0/linux/amd64/cli.tar.zst and 11 more" {
		t.Errorf("C takes %q", got)
	}
	if got := v.copy(s.m, false); got != "shadowed-target" {
		t.Errorf("c takes %q", got)
	}
	s.m.do(input{act: actClick, row: s.m.viewTop + 1})
	s.m.do(input{act: actClick, row: s.m.viewTop + 30})
	if r := v.current(); v.row != 0 || v.copy(s.m, false) != "releases/sbom" {
		t.Errorf("a click on the first row leads to row %d, %s", v.row, r.id)
	}
	// The cursor stays on its finding when another comes before it.
	s.keys("j")
	s.fold(engine.FindingRaised{Finding: finding.New(finding.Expired, "targets", "expired 3 days ago")})
	if s.m.draw(); v.row != 2 || v.current().id != finding.WrongLength {
		t.Errorf("the cursor is in row %d, on %s", v.row, v.current().id)
	}
	// What is withdrawn is gone.
	s.fold(engine.FindingRaised{Finding: finding.New(finding.Expired, "targets", "expired 3 days ago"), Withdrawn: true})
	if s.m.draw(); v.row != 1 || strings.Contains(s.kinds(), "expired") {
		t.Errorf("the cursor is in row %d:\n%s", v.row, s.screen())
	}
}

func BenchmarkFindingsFrame100000(b *testing.B) {
	for _, open := range []finding.ID{"none", finding.WrongHash, finding.ShadowedTarget} {
		b.Run("open="+string(open), func(b *testing.B) {
			s := largeTrouble(b)
			if open != "none" {
				s.on(open)
				s.keys("enter")
			}
			for b.Loop() {
				s.wait(time.Second)
				s.m.tally.raised++ // something has changed with every frame
				s.m.tally.problems.gen++
				s.m.dirty = true
				s.m.draw()
			}
		})
	}
}

// largeTrouble is a run in which 50,000 of 100,000 files have failed, and as many
// findings were raised.
func largeTrouble(b *testing.B) *scene {
	s := large(b)
	var bodies []engine.Body
	for i := range s.m.st.Items.Len() {
		it := s.m.st.Items.At(i)
		if it.State == engine.Transferring {
			bodies = append(bodies, engine.StateChanged{Item: it.ID, Attempt: 1, From: it.State, To: engine.Failed,
				Problem: &engine.Problem{Kind: finding.WrongHash, Text: "sha256 differs from the signed hash"}})
		}
		if i%2 == 0 {
			bodies = append(bodies, engine.FindingRaised{Finding: finding.New(finding.ShadowedTarget, it.Path, "listed twice")})
		}
	}
	s.fold(bodies...)
	s.keys("6")
	return s
}

func TestWhatIsOnlyWorthKnowingHasOneRowForEachKind(t *testing.T) {
	s := newScene(t, look{theme: Dark}, 120, 36)
	s.start()
	for _, subject := range []string{"timestamp", "snapshot", "team"} {
		s.fold(
			engine.FindingRaised{Finding: finding.New(finding.ThresholdOne, subject, "1 of 1 key")},
			engine.FindingRaised{Finding: finding.New(finding.InvalidSignature, subject, "the signature of 1234 does not verify")},
		)
	}
	s.fold(engine.FindingRaised{Finding: finding.New(finding.KeysChanged, "root v2", "key 1234 came")})
	s.keys("6")
	screen := s.screen()
	for word, want := range map[string]int{"threshold-one": 1, "3 subjects": 1, "invalid-signature": 3, "keys-changed": 1} {
		if got := strings.Count(screen, word); got != want {
			t.Errorf("%q is on screen %d times, want %d:\n%s", word, got, want, screen)
		}
	}
	// They are all in its explanation.
	v, _ := s.m.views[viewFindings].(*findingsView)
	s.on(finding.ThresholdOne)
	s.keys("enter")
	for _, subject := range []string{"timestamp: 1 of 1 key", "snapshot: 1 of 1 key", "team: 1 of 1 key"} {
		if screen := s.screen(); !strings.Contains(screen, subject) {
			t.Errorf("%q is not among the subjects (%d):\n%s", subject, v.list.len(), screen)
		}
	}
}
