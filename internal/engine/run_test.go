package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

func TestAHealthyRepositoryIsHealthy(t *testing.T) {
	for name, change := range map[string]func(*demo.Spec){
		"plain":          func(*demo.Spec) {},
		"rotated roots":  func(s *demo.Spec) { s.Roots = 5 },
		"no consistency": func(s *demo.Spec) { s.PlainNames = true },
		"in metadata/":   func(s *demo.Spec) { s.MetadataDir = "metadata" },
		"two hashes": func(s *demo.Spec) {
			for i := range s.Targets {
				s.Targets[i].Hashes = demo.BothHashes()
			}
		},
		"delegations": func(s *demo.Spec) {
			s.Delegations = []demo.Delegation{{Name: "a/b", Paths: []string{"x/*"}, Targets: []demo.Target{{Path: "x/1", Size: 9}}}}
		},
		"succinct bins": func(s *demo.Spec) {
			s.Bins = &demo.Bins{Count: 8, Succinct: true, Targets: []demo.Target{{Path: "b1", Size: 5}, {Path: "b2", Size: 5}}}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(build(t, 10, change))
				st, err := Run(t.Context(), configFor(m))
				if err != nil {
					t.Fatal(err)
				}
				checkRun(t, st)
				if st.Verdict() != Healthy || st.Targets.Total < 10 || st.Targets.ByState[Verified] != st.Targets.Total || !st.Finished {
					t.Errorf("%s, %d of %d verified\n%s", st.Verdict(), st.Targets.ByState[Verified], st.Targets.Total, show(st))
				}
			})
		})
	}
}

func TestWhatIsSaidOfARunComesDirectlyAfterItsStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := configFor(newMemory(build(t, 2)))
		cfg.Preface = []Noted{{Text: "two files"}, {Subject: "t1", Text: "a\x1b[2Jb"}}
		var bodies []Body
		st := runAndWatch(t, cfg, func(_ *Session, _ *State, e Event) { bodies = append(bodies, e.Body) })
		checkRun(t, st)
		want := []Body{Noted{Text: "two files"}, Noted{"t1", `a\u{1b}[2Jb`}}
		if _, ok := bodies[0].(RunStarted); !ok || !slices.Equal(bodies[1:3], want) {
			t.Errorf("the run begins with %v, want its start and %v", bodies[:3], want)
		}
		if st.Verdict() != Healthy {
			t.Errorf("what was said makes the run %s", st.Verdict())
		}
	})
}

func TestAStallIsSeenEndedRetriedAndNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 40))
		m.sick["t3"] = silent(99)
		start := time.Now()
		st, err := Run(t.Context(), configFor(m))
		if err != nil {
			t.Fatal(err)
		}
		took := time.Since(start)
		checkRun(t, st)
		it := byPath(t, st, "t3")
		if it.State != Failed || it.Problem.Kind != finding.Stalled || it.Attempt != 4 || !strings.Contains(it.Problem.Text, "no first byte for 70s") && !strings.Contains(it.Problem.Text, "no first byte for 1m10s") {
			t.Errorf("%+v %+v", it, it.Problem)
		}
		if st.Targets.ByState[Verified] != 39 || st.Verdict() != Undecided {
			t.Errorf("the stall hid the rest: %s\n%s", st.Verdict(), show(st))
		}
		// Four attempts of 10 s and 60 s, and three waits of at most 5 s.
		if took < 280*time.Second || took > 290*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

func TestAStallThatPassesGoesOnWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 3))
		m.sick["t1"] = func(ctx context.Context, _ int, _ fetch.Trace) error {
			time.Sleep(15 * time.Second)
			return nil
		}
		var seen []ItemState
		st := runAndWatch(t, configFor(m), func(s *Session, st *State, e Event) {
			if b, ok := e.Body.(StateChanged); ok && st.Item(b.Item).Path == "t1" {
				seen = append(seen, b.To)
			}
		})
		checkRun(t, st)
		if it := byPath(t, st, "t1"); it.State != Verified || it.Attempt != 1 || len(seen) < 3 || seen[len(seen)-2] == Retrying {
			t.Errorf("%+v, saw %v", it, seen)
		}
	})
}

// runAndWatch starts a run, folds its events and shows each to watch, until the end.
func runAndWatch(t testing.TB, cfg Config, watch func(*Session, *State, Event)) *State {
	t.Helper()
	s, err := Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	st := &State{}
	for u := range s.Updates() {
		for _, e := range u.Events {
			st.Apply(e)
			watch(s, st, e)
		}
	}
	return st
}

func TestErrorsThatARetryCuresAreRetriedAndOthersAreNot(t *testing.T) {
	for _, c := range []struct {
		name     string
		err      fetch.Error
		times    int
		state    ItemState
		attempts int
		least    time.Duration
	}{
		{"a reset, once", fetch.Error{Kind: finding.Unreachable, Text: "reset", Retry: true}, 1, Verified, 2, 300 * time.Millisecond},
		{"503 with Retry-After", fetch.Error{Kind: finding.ServerError, Text: "503", Retry: true, RetryAfter: 20 * time.Second}, 2, Verified, 3, 40 * time.Second},
		{"404", fetch.Error{Kind: finding.Missing, Text: "404"}, 99, Failed, 1, 0},
		{"503 for ever", fetch.Error{Kind: finding.ServerError, Text: "503", Retry: true}, 99, Failed, 4, 2 * time.Second},
		{"wrong length, a stale cache", fetch.Error{Kind: finding.WrongLength, Text: "one byte more"}, 1, Verified, 2, 0},
		{"wrong length, for good", fetch.Error{Kind: finding.WrongLength, Text: "one byte more"}, 99, Failed, 2, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(build(t, 3))
				m.sick["t0"] = broken(c.times, c.err)
				start := time.Now()
				st, err := Run(t.Context(), configFor(m))
				if err != nil {
					t.Fatal(err)
				}
				checkRun(t, st)
				it := byPath(t, st, "t0")
				if it.State != c.state || it.Attempt != c.attempts || time.Since(start) < c.least {
					t.Errorf("%s after %d attempts and %s, want %s after %d and at least %s", it.State, it.Attempt, time.Since(start), c.state, c.attempts, c.least)
				}
			})
		})
	}
}

func TestAWrongHashIsAskedForOnceMorePastCaches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		repo := build(t, 3)
		listed, _ := repo.Target("t1")
		for _, f := range listed.Files {
			data, err := repo.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			data[50] ^= 1
			repo.Set(f, data)
		}
		m := newMemory(repo)
		st, err := Run(t.Context(), configFor(m))
		if err != nil {
			t.Fatal(err)
		}
		checkRun(t, st)
		it := byPath(t, st, "t1")
		if it.State != Failed || it.Problem.Kind != finding.WrongHash || m.asked["t1"] != 2 || it.Problem.Evidence["sha256 got"] == it.Problem.Evidence["sha256 want"] {
			t.Errorf("%+v, asked %d times", it.Problem, m.asked["t1"])
		}
		if st.Verdict() != Broken {
			t.Errorf("verdict %s", st.Verdict())
		}
	})
}

func TestCancellingAStalledItemFreesItsSlotAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 2))
		m.sick["t0"] = silent(99)
		cfg := configFor(m)
		cfg.Workers = 1
		var cancelled, freed time.Duration
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			b, ok := e.Body.(StateChanged)
			if !ok {
				return
			}
			switch it := st.Item(b.Item); {
			case it.Path == "t0" && b.To == Stalled:
				cancelled = e.At
				go s.Send(Cancel{[]ItemID{b.Item}})
			case it.Path == "t1" && b.To == Connecting:
				freed = e.At
			}
		})
		checkRun(t, st)
		if it := byPath(t, st, "t0"); it.State != Cancelled || !strings.Contains(it.Reason, "cancelled by you") {
			t.Errorf("%s: %s", it.State, it.Reason)
		}
		// The event of the stall reaches the reader up to one batch later.
		if d := freed - cancelled; freed == 0 || d > 200*time.Millisecond {
			t.Errorf("the slot was free %s after the stall was seen", d)
		}
	})
}

func TestRetryAfterTheServerHasRecoveredEndsVerified(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 5))
		m.sick["t0"] = broken(4, fetch.Error{Kind: finding.ServerError, Text: "503", Retry: true})
		m.sick["t1"] = silent(1)
		cfg := configFor(m)
		cfg.Interactive = true
		cfg.StallTimeout = 0
		settled := 0
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			switch b := e.Body.(type) {
			case StateChanged:
				if b.To == Stalled {
					go s.Send(Retry{Items: []ItemID{b.Item}})
				}
			case RunSettled:
				if settled++; settled == 1 {
					if b.Verdict != Undecided {
						t.Errorf("settled as %s", b.Verdict)
					}
					go s.Send(RetryFailed{})
					return
				}
				go s.Send(Stop{})
			}
		})
		checkRun(t, st)
		if settled != 2 || st.Verdict() != Healthy || st.Targets.ByState[Verified] != 5 {
			t.Errorf("settled %d times, %s\n%s", settled, st.Verdict(), show(st))
		}
	})
}

func TestAStalledTimestampCanBeRetried(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 5))
		m.sick["timestamp.json"] = silent(1)
		cfg := configFor(m)
		cfg.Interactive = true
		cfg.StallTimeout = 0
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			switch b := e.Body.(type) {
			case StateChanged:
				if b.To == Stalled {
					go s.Send(Retry{Items: []ItemID{b.Item}})
				}
			case RunSettled:
				go s.Send(Stop{})
			}
		})
		checkRun(t, st)
		if st.Verdict() != Healthy || st.Targets.ByState[Verified] != 5 {
			t.Errorf("%s\n%s", st.Verdict(), show(st))
		}
	})
}

func TestAnyMetadataFileThatFailsCanBeRetriedAndTheWalkGoesOn(t *testing.T) {
	files := []string{"timestamp.json", "2.root.json", "1.snapshot.json", "1.targets.json", "1.d.json"}
	for _, file := range files {
		for _, how := range []string{"gone", "corrupt"} {
			t.Run(file+" "+how, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					repo := build(t, 4, func(s *demo.Spec) {
						s.Roots = 3
						s.Delegations = []demo.Delegation{{Name: "d", Paths: []string{"x/*"}, Targets: []demo.Target{{Path: "x/1", Size: 9}}}}
					})
					good, err := repo.ReadFile(file)
					if err != nil {
						t.Fatal(err)
					}
					if how == "gone" {
						repo.Remove(file)
					} else {
						repo.Set(file, []byte(strings.Replace(string(good), `"sig":"`, `"sig":"00`, 1)))
					}
					cfg := configFor(newMemory(repo))
					cfg.Interactive = true
					settled := 0
					st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
						if _, ok := e.Body.(RunSettled); !ok {
							return
						}
						if settled++; settled > 1 {
							go s.Send(Stop{})
							return
						}
						if how == "corrupt" && st.Targets.ByState[Verified] > 0 && file != "1.d.json" {
							t.Errorf("targets verified below a refused %s", file)
						}
						repo.Set(file, good)
						if file == "2.root.json" && how == "gone" {
							go s.Send(Stop{}) // the chain ends there, and nothing is wrong to be retried
							return
						}
						go s.Send(RetryFailed{})
					})
					checkRun(t, st)
					if file == "2.root.json" && how == "gone" {
						return
					}
					if st.Verdict() != Healthy || st.Targets.ByState[Verified] != 5 || st.Targets.Total != 5 {
						t.Errorf("%s, %d of %d verified\n%s", st.Verdict(), st.Targets.ByState[Verified], st.Targets.Total, show(st))
					}
				})
			})
		}
	}
}

func TestCancelAllThenStopLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 100))
		for i := range 100 {
			m.sick[byIndex(i)] = silent(99)
		}
		cfg := configFor(m)
		cfg.Interactive = true
		answers := map[string]int{}
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			switch b := e.Body.(type) {
			case StateChanged:
				if b.To == Stalled && answers["sent"] == 0 {
					answers["sent"]++
					go func() {
						s.Send(CancelAll{})
						s.Send(Stop{Now: true})
					}()
				}
			case CommandDone:
				switch b.Command.(type) {
				case CancelAll:
					answers["cancel"] += b.Accepted
				case Stop:
					answers["stop"]++
				}
			}
		})
		checkRun(t, st)
		if st.Counts[Cancelled] != 100 || st.Verdict().ExitCode() != 3 || answers["cancel"] != 100 || answers["stop"] != 1 {
			t.Errorf("%d cancelled, %s, %v", st.Counts[Cancelled], st.Verdict(), answers)
		}
	})
}

func byIndex(i int) string {
	return "t" + strings.TrimLeft(string([]byte{byte('0' + i/10), byte('0' + i%10)}), "0") + map[bool]string{true: "0"}[i == 0]
}

func TestTheDeadlineEndsTheRunAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 3))
		m.sick["t0"] = silent(99)
		cfg := configFor(m)
		cfg.Deadline = 30 * time.Second
		start := time.Now()
		st, err := Run(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		checkRun(t, st)
		it := byPath(t, st, "t0")
		if time.Since(start) > 31*time.Second || it.Problem == nil || it.Problem.Kind != finding.DeadlineReached || !strings.Contains(st.Why, "30s") {
			t.Errorf("after %s: %+v, %q", time.Since(start), it.Problem, st.Why)
		}
	})
}

func TestAnInterruptEndsTheRunWithItsCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 3))
		m.sick["timestamp.json"] = silent(99)
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(5*time.Second, func() { cancel(errors.New("interrupted")) })
		st, err := Run(ctx, configFor(m))
		if err != nil {
			t.Fatal(err)
		}
		checkRun(t, st)
		if st.Why != "interrupted" || st.Verdict() != Undecided || !st.Finished {
			t.Errorf("%q, %s", st.Why, st.Verdict())
		}
	})
}

func TestAWorkerThatIgnoresItsCancelIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 3))
		release := make(chan struct{})
		m.sick["t0"] = func(context.Context, int, fetch.Trace) error { <-release; return nil }
		cfg := configFor(m)
		cfg.Interactive = true
		start := time.Now()
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			if b, ok := e.Body.(StateChanged); ok && b.To == Stalled {
				go s.Send(Stop{Now: true})
			}
		})
		close(release)
		if len(st.Faults) != 1 || !strings.Contains(st.Faults[0].Value, "given up") || time.Since(start) > 13*time.Second {
			t.Errorf("%+v after %s", st.Faults, time.Since(start))
		}
		if st.Violations != 0 {
			t.Errorf("%d violations", st.Violations)
		}
	})
}

func TestAPanicInAWorkerIsAFaultAndNotTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 3))
		m.sick["t0"] = func(context.Context, int, fetch.Trace) error { panic("boom") }
		st, err := Run(t.Context(), configFor(m))
		if err != nil {
			t.Fatal(err)
		}
		it := byPath(t, st, "t0")
		if len(st.Faults) != 1 || it.State != Failed || it.Problem.Kind != finding.InspectorFault || st.Targets.ByState[Verified] != 2 || st.Verdict() != Undecided {
			t.Errorf("%+v\n%s", st.Faults, show(st))
		}
	})
}

func TestWorkersPauseAndLimitsObeyCommands(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 60))
		for i := range 60 {
			m.sick[byIndex(i)] = func(ctx context.Context, _ int, _ fetch.Trace) error {
				time.Sleep(time.Second)
				return nil
			}
		}
		cfg := configFor(m)
		cfg.Workers = 4
		cfg.Interactive = true
		done := map[string]CommandDone{}
		sent := false
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			switch b := e.Body.(type) {
			case ItemsFound:
				if !sent && b.Items[0].Kind == Target {
					sent = true
					go func() {
						s.Send(Pause{})
						time.Sleep(time.Minute)
						s.Send(Resume{})
						s.Send(SetWorkers{-1})
						s.Send(SetWorkers{20})
						s.Send(SetStallAfter{0})
						s.Send(SetStallAfter{5 * time.Second})
						s.Send(Prioritise{[]ItemID{9999}})
						s.Send(Retry{Items: []ItemID{0}})
					}()
				}
			case CommandDone:
				switch c := b.Command.(type) {
				case SetWorkers:
					if c.N < 0 {
						done["none"] = b
					}
				case SetStallAfter:
					if c.D == 0 {
						done["stall"] = b
					}
				case Prioritise:
					done["prioritise"] = b
				case Retry:
					done["retry"] = b
				}
			case RunSettled:
				go s.Send(Stop{})
			}
		})
		checkRun(t, st)
		if st.Now < time.Minute || m.most != 20 || st.Targets.ByState[Verified] != 60 {
			t.Errorf("took %s, %d at a time, %d verified", st.Now, m.most, st.Targets.ByState[Verified])
		}
		if done["none"].Err == "" || done["stall"].Err == "" || done["prioritise"].Skipped != 1 || !strings.Contains(done["retry"].Reason, "verified already") {
			t.Errorf("%+v", done)
		}
	})
}

func TestAReaderThatIsSlowLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 500))
		s, err := Start(t.Context(), configFor(m))
		if err != nil {
			t.Fatal(err)
		}
		st := &State{}
		for u := range s.Updates() {
			time.Sleep(3 * time.Second)
			for _, e := range u.Events {
				st.Apply(e)
			}
		}
		checkRun(t, st)
		if st.Targets.ByState[Verified] != 500 {
			t.Errorf("%d verified", st.Targets.ByState[Verified])
		}
	})
}

func TestCloseWithoutReadingEndsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 50))
		m.sick["t1"] = silent(9)
		s, err := Start(t.Context(), configFor(m))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		s.Close()
		s.Close()
		if s.Send(Pause{}) {
			t.Error("a command was taken after the end")
		}
	})
}

func TestAHostileNameIsNeverFetched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 1, func(s *demo.Spec) {
			s.PlainNames = true
			s.Targets = append(s.Targets, demo.Target{Path: "/etc/hostname", Size: 1})
		}))
		st, err := Run(t.Context(), configFor(m))
		if err != nil {
			t.Fatal(err)
		}
		checkRun(t, st)
		it := byPath(t, st, "/etc/hostname")
		if it.State != Failed || it.Problem.Kind != finding.UnsafeName || m.asked["hostname"] != 0 || it.Attempt != 0 {
			t.Errorf("%+v, asked %d times", it, m.asked["hostname"])
		}
	})
}

func TestARootChainThatEndsWith403IsNoFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 2))
		for v := 2; v <= 3; v++ {
			m.sick[fmt.Sprintf("%d.root.json", v)] = broken(99, fetch.Error{Kind: finding.Forbidden, Text: "403 Forbidden", Status: 403})
		}
		st, err := Run(t.Context(), configFor(m))
		if err != nil {
			t.Fatal(err)
		}
		checkRun(t, st)
		told := slices.ContainsFunc(st.Notes.values(), func(n FindingRaised) bool { return n.Finding.ID == finding.RootEndStatus })
		if st.Verdict() != Healthy || !told {
			t.Errorf("%s\n%s", st.Verdict(), show(st))
		}
	})
}

func TestWithoutAUsableRootTheRunEndsAndSaysSo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 1))
		cfg := configFor(m)
		cfg.Root = []byte("{}")
		st, err := Run(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		checkRun(t, st)
		if it := byPath(t, st, "timestamp.json"); it.State != Skipped || st.Verdict() != Broken || st.Notes.Len() != 1 || st.Notes.values()[0].Finding.ID != finding.RootUnusable {
			t.Errorf("%s", show(st))
		}
	})
}

func TestTargetsOfARefusedRoleAreUntrusted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 3, func(s *demo.Spec) {
			s.Delegations = []demo.Delegation{{
				Name: "d", Paths: []string{"x/*"}, Targets: []demo.Target{{Path: "x/1", Size: 9}},
				Role: demo.Role{Signatures: demo.SignedBy(demo.NewKeys("stranger", 1)...)},
			}}
		}))
		st, err := Run(t.Context(), configFor(m))
		if err != nil {
			t.Fatal(err)
		}
		checkRun(t, st)
		if it := byPath(t, st, "x/1"); it.State != Untrusted || st.Verdict() != Broken || st.Targets.ByState[Verified] != 3 {
			t.Errorf("%s\n%s", it.State, show(st))
		}
		if r := roleNamed(st, "d"); r.State != trust.Refused {
			t.Errorf("%+v", r)
		}
	})
}

func roleNamed(st *State, name string) trust.Role {
	for _, r := range st.Roles {
		if r.Name == name {
			return r
		}
	}
	return trust.Role{}
}

func TestTheTimeThatAMetadataFileIsCheckedIsNotThatOfItsServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := runAndWatch(t, configFor(newMemory(build(t, 1))), func(*Session, *State, Event) {})
		for i := range st.Items.Len() {
			it := st.Items.At(i)
			if it.Kind != Metadata || it.Tries() == 0 {
				continue
			}
			marks := it.Current().Marks
			if len(marks) == 0 || marks[len(marks)-1].Phase != fetch.Verify {
				t.Errorf("%s: %+v", it.Path, marks)
			}
		}
	})
}
