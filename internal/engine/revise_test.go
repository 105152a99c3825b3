package engine

import (
	"context"
	"path"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// rootTwoLater is an interactive run in which the second root cannot be had at
// first; once the run has settled it is retried, and when it has settled again the
// run is stopped.
func rootTwoLater(t *testing.T, m *memory, then func(*State)) *State {
	t.Helper()
	m.sick["2.root.json"] = broken(1, unreachable)
	cfg := configFor(m)
	cfg.Interactive = true
	settled := 0
	return runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
		if _, ok := e.Body.(RunSettled); !ok {
			return
		}
		if settled++; settled == 1 {
			then(st)
			go s.Send(RetryFailed{Kinds: []finding.ID{finding.Unreachable}})
			return
		}
		go s.Send(Stop{})
	})
}

// revokedByRootTwo has five targets, of a role whose key the second root replaces.
func revokedByRootTwo(t *testing.T) *demo.Repository {
	return build(t, 5, func(s *demo.Spec) {
		s.Roots = 2
		s.EditRoot = func(v *demo.RootVersion) {
			if v.Version == 2 {
				v.Targets.Keys = demo.NewKeys("successor", 1)
			}
		}
		s.TargetsRole.Signatures = demo.SignedBy(demo.Key{Name: "targets"})
	})
}

func TestWhatWasVerifiedIsUntrustedOnceALaterRootRevokesItsRole(t *testing.T) {
	within(t, time.Minute, func(t *testing.T) {
		m := newMemory(revokedByRootTwo(t))
		before := 0
		st := rootTwoLater(t, m, func(st *State) { before = st.Targets.ByState[Verified] })
		checkRun(t, st)
		if before != 5 || st.Targets.ByState[Verified] != 0 || st.Targets.ByState[Untrusted] != 5 || st.Verdict() != Broken {
			t.Errorf("%d verified at first\n%s", before, show(st))
		}
		if len(st.Clients) == 0 || st.Clients[0].State != trust.ClientRefuses || st.Clients[0].Role != "targets" {
			t.Errorf("clients are not asked anew: %+v", st.Clients)
		}
	})
}

// The run is stopped while the root that revokes the role is on its way: nothing is
// fetched again, and what a client would refuse is not called verified.
func TestWhatWasVerifiedIsNotOnceItsRoleIsRevokedInARunThatIsBeingStopped(t *testing.T) {
	within(t, time.Minute, func(t *testing.T) {
		m := newMemory(revokedByRootTwo(t))
		m.sick["2.root.json"] = func(_ context.Context, n int, _ fetch.Trace) error {
			if n == 1 {
				return &unreachable
			}
			time.Sleep(time.Second)
			return nil
		}
		cfg := configFor(m)
		cfg.Interactive = true
		before, judged := 0, 0
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			if _, ok := e.Body.(RunSettled); ok {
				before, judged = st.Targets.ByState[Verified], len(st.Clients)
				go func() {
					s.Send(RetryFailed{})
					time.Sleep(500 * time.Millisecond)
					s.Send(Stop{})
				}()
			}
		})
		checkRun(t, st)
		if before != 5 || st.Targets.ByState[Cancelled] != 5 || st.Verdict() != Undecided {
			t.Errorf("%s, %d verified at first\n%s", st.Verdict(), before, show(st))
		}
		if judged != 3 || len(st.Clients) != 0 {
			t.Errorf("%d clients had a verdict, and at the end there is %+v", judged, st.Clients)
		}
	})
}

func TestALaterRootThatChangesTheNamesOfFilesHasThemFetchedUnderTheNewOnes(t *testing.T) {
	within(t, time.Minute, func(t *testing.T) {
		repo := build(t, 3, func(s *demo.Spec) {
			s.Roots = 2
			s.EditRoot = func(v *demo.RootVersion) { v.Consistent = v.Version == 2 }
		})
		for _, c := range [][2]string{{"1.snapshot.json", "snapshot.json"}, {"1.targets.json", "targets.json"}} {
			data, err := repo.ReadFile(c[0])
			if err != nil {
				t.Fatal(err)
			}
			repo.Set(c[1], data)
		}
		for _, l := range repo.Targets() {
			data, err := repo.ReadFile(l.Files[0])
			if err != nil {
				t.Fatal(err)
			}
			repo.Set(path.Join("targets", l.Path), data)
			if l.Path == "t1" { // only under the plain name
				repo.Remove(l.Files[0])
			}
		}
		before := 0
		st := rootTwoLater(t, newMemory(repo), func(st *State) { before = st.Targets.ByState[Verified] })
		checkRun(t, st)
		failed := 0
		for i := range st.Items.Len() {
			if it := st.Items.At(i); it.Path == "t1" && it.State == Failed {
				failed++
			}
		}
		if before != 3 || st.Targets.ByState[Verified] != 2 || failed != 1 || st.Verdict() != Broken {
			t.Errorf("%d verified at first\n%s", before, show(st))
		}
	})
}

func TestAStopWhileEverythingIsLookedAtAgainIsNotHealthy(t *testing.T) {
	within(t, time.Minute, func(t *testing.T) {
		m := newMemory(build(t, 5, func(s *demo.Spec) { s.Roots = 2 }))
		m.sick["2.root.json"] = func(_ context.Context, n int, _ fetch.Trace) error {
			if n == 1 {
				return &unreachable
			}
			time.Sleep(2 * time.Second)
			return nil
		}
		cfg := configFor(m)
		cfg.Interactive = true
		sent := false
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			if _, ok := e.Body.(RunSettled); ok && !sent {
				sent = true
				go func() {
					s.Send(RetryFailed{})
					time.Sleep(time.Second)
					s.Send(Stop{})
				}()
			}
		})
		checkRun(t, st)
		if st.Verdict() != Undecided || !byPath(t, st, "timestamp.json").State.Ended() {
			t.Errorf("%s\n%s", st.Verdict(), show(st))
		}
	})
}

func TestFindingsThatStillHoldSurviveARetryOfSomethingElse(t *testing.T) {
	within(t, time.Minute, func(t *testing.T) {
		m := newMemory(build(t, 2, func(s *demo.Spec) {
			s.Root.Expires = 24 * time.Hour // soon
			s.Delegations = []demo.Delegation{
				{Name: "a", Paths: []string{"a/*"}, Targets: []demo.Target{{Path: "a/1", Size: 9}}, Role: demo.Role{Expires: -time.Hour}},
				{Name: "b", Paths: []string{"b/*"}, Targets: []demo.Target{{Path: "b/1", Size: 9}}, Role: demo.Role{Expires: -time.Hour}},
			}
		}))
		m.sick["1.b.json"] = broken(1, unreachable)
		cfg := configFor(m)
		cfg.Interactive = true
		settled := 0
		st := runAndWatch(t, cfg, func(s *Session, _ *State, e Event) {
			if _, ok := e.Body.(RunSettled); !ok {
				return
			}
			if settled++; settled == 1 {
				go s.Send(RetryFailed{})
				return
			}
			go s.Send(Stop{})
		})
		checkRun(t, st)
		var all []string
		for n := range st.Notes.All() {
			if n.Finding.Severity > finding.Info {
				all = append(all, string(n.Finding.ID)+" "+n.Finding.Subject)
			}
		}
		if text := strings.Join(all, "; "); len(all) != 3 || !strings.Contains(text, "expired a") || !strings.Contains(text, "expired b") || st.Verdict() != Broken {
			t.Errorf("%q, %s", all, st.Verdict())
		}
	})
}

// TestALaterRootMendsAnOpenRun: the root has expired, and one that is published later is
// found when what hangs on it is tried again.
func TestALaterRootMendsAnOpenRun(t *testing.T) {
	within(t, time.Minute, func(t *testing.T) {
		m := newMemory(build(t, 3, func(s *demo.Spec) {
			s.Roots, s.Rotate = 2, []string{}
			s.EditRoot = func(v *demo.RootVersion) {
				if v.Version == 1 {
					v.Root.Expires = -time.Hour
				}
			}
		}))
		published := false
		m.sick["2.root.json"] = func(context.Context, int, fetch.Trace) error {
			if published {
				return nil
			}
			return &fetch.Error{Kind: finding.Missing, Text: "404 Not Found", Status: 404}
		}
		cfg := configFor(m)
		cfg.Interactive = true
		settled, before := 0, 0
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			if _, ok := e.Body.(RunSettled); !ok {
				return
			}
			if settled++; settled == 1 {
				before, published = st.Targets.ByState[Untrusted], true
				go s.Send(Retry{Items: []ItemID{byPath(t, st, "timestamp.json").ID}})
				return
			}
			go s.Send(Stop{})
		})
		checkRun(t, st)
		if before != 3 || st.Targets.ByState[Verified] != 3 || st.Verdict() != Healthy {
			t.Errorf("%d untrusted at first, %s\n%s", before, st.Verdict(), show(st))
		}
	})
}
