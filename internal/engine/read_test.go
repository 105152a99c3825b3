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

// answers are what came of commands to read roles, in their order.
type answers struct {
	read []RoleRead
	done []CommandDone
	open *RoleRead // not followed by its CommandDone yet
	t    *testing.T
}

// take holds an event to the promise that a RoleRead and its CommandDone follow each
// other.
func (a *answers) take(e Event) {
	if a.open != nil {
		switch e.Body.(type) {
		case Progress, Diagnosed, HostChanged, QueueChanged:
			return // coalesced ones stand where they come
		}
		if d, ok := e.Body.(CommandDone); !ok || d.Command != (ReadRole{a.open.Role}) || d.Err != "" || d.Accepted != 1 {
			a.t.Errorf("%+v follows what was read of role %d", e.Body, a.open.Role)
		}
		a.open = nil
	}
	switch b := e.Body.(type) {
	case RoleRead:
		a.read, a.open = append(a.read, b), &b
	case CommandDone:
		if _, ok := b.Command.(ReadRole); ok {
			a.done = append(a.done, b)
		}
	}
}

func (a *answers) errs() []string {
	var out []string
	for _, d := range a.done {
		out = append(out, d.Err)
	}
	return out
}

func TestARoleIsReadWhileRunningPausedSettledAndStopping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 20, func(s *demo.Spec) {
			s.Delegations = []demo.Delegation{{Name: "d", Paths: []string{"x/*"}}, {Name: "gone", Paths: []string{"y/*"}}}
		}))
		m.sick["1.gone.json"] = broken(99, fetch.Error{Kind: finding.Missing, Text: "404 Not Found", Status: 404})
		m.sick["t1"], m.sick["timestamp.json"] = silent(99), silent(1)
		cfg := configFor(m)
		cfg.Interactive = true
		a := &answers{t: t}
		role := func(st *State, name string) ReadRole { return ReadRole{roleNamed(st, name).ID} }
		moments := 0
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			a.take(e)
			switch b := e.Body.(type) {
			case StateChanged:
				if b.To != Stalled || b.Attempt != 1 {
					return
				}
				if len(st.Roles) == 0 { // where the metadata is, is not known
					go s.Send(ReadRole{0})
					return
				}
				moments++
				commands := []Command{role(st, "timestamp"), Pause{}, role(st, "targets"), role(st, "targets"), Resume{}, ReadRole{9999}, role(st, "gone")}
				go func() {
					for _, c := range commands {
						s.Send(c)
					}
				}()
			case RunSettled:
				moments++
				commands := []Command{ReadRole{0}, role(st, "d"), Stop{}}
				go func() {
					for _, c := range commands {
						s.Send(c)
					}
				}()
			}
		})
		checkRun(t, st)
		var names []string
		for _, r := range a.read {
			names = append(names, r.File.Name)
			if st.Role(r.Role).SHA256 != r.File.SHA256 || len(r.File.Keys) != 1 || !r.File.Keys[0].Valid || len(r.File.Lines) < 10 {
				t.Errorf("%+v", r)
			}
			if want := "mem:https://repo/" + r.File.File; r.File.URL != want && r.File.File != "" {
				t.Errorf("%s, not %s", r.File.URL, want)
			}
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != "d root targets targets timestamp" || moments != 2 {
			t.Errorf("%s were read, %d moments", got, moments)
		}
		errs := a.errs()
		if len(errs) != 8 || errs[0] != "the metadata is still looked for" || !slices.Contains(errs, "there is no such role") || !slices.Contains(errs, "its file is missing: not there") {
			t.Errorf("%q", errs)
		}
	})
}

// startWithReads starts a run that looks at files in another way.
func startWithReads(t *testing.T, cfg Config, look func(trust.Reading) trust.RoleFile) *Session {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	s := newSession(cancel)
	r := newRun(ctx, cfg, s)
	r.readFile = look
	s.serve(r)
	return s
}

func TestReadingThatFailsOrNeverEndsHoldsNothingUp(t *testing.T) {
	for _, c := range []struct {
		name   string
		never  bool
		stop   []Command
		within time.Duration
		want   string
	}{
		{"panics", false, []Command{Stop{}}, time.Second, "the inspector failed: boom"},
		{"never ends", true, nil, readLimit + time.Second, "the inspector failed: did not end and was given up"},
		{"never ends, and the run is to end", true, []Command{Stop{}}, leaveWithin + time.Second, "the inspector failed: did not end and was given up"},
		{"never ends, and the run is stopped", true, []Command{Stop{Now: true}, ReadRole{0}}, leaveWithin + time.Second, "the inspector failed: did not end and was given up"},
	} {
		t.Run(c.name, func(t *testing.T) {
			within(t, c.within, func(t *testing.T) {
				release := make(chan struct{})
				defer close(release)
				cfg := configFor(newMemory(build(t, 3)))
				cfg.Interactive = true
				s := startWithReads(t, cfg, func(trust.Reading) trust.RoleFile {
					if c.never {
						<-release
					}
					panic("boom")
				})
				defer s.Close()
				a := &answers{t: t}
				st := &State{}
				for u := range s.Updates() {
					for _, e := range u.Events {
						st.Apply(e)
						a.take(e)
						switch b := e.Body.(type) {
						case RunSettled:
							go func() {
								for range maxReads + 1 {
									s.Send(ReadRole{0})
								}
								for _, c := range c.stop {
									s.Send(c)
								}
							}()
						case CommandDone:
							if len(a.done) == maxReads+1 && c.stop == nil && b.Command == (ReadRole{0}) {
								go s.Send(Stop{})
							}
						}
					}
				}
				errs := a.errs()
				want := maxReads
				if !c.never {
					want = len(st.Faults) // some were refused, or all came one after the other
				}
				failed := 0
				for _, e := range errs {
					if e == c.want {
						failed++
					} else if e != fmt.Sprintf("%d roles are being read already", maxReads) && e != "the run is being stopped" {
						t.Errorf("%q", e)
					}
				}
				if len(errs) < maxReads+1 || len(a.read) != 0 || failed != want || len(st.Faults) != want || !st.Finished || st.Violations != 0 {
					t.Errorf("%q, %d read, %d faults", errs, len(a.read), len(st.Faults))
				}
			})
		})
	}
}

func TestAReadThatEndsWhileEverythingIsCancelledIsAnswered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 3))
		m.sick["t1"] = silent(99)
		ctx, interrupt := context.WithCancelCause(t.Context())
		cfg := configFor(m)
		s := newSession(interrupt)
		r := newRun(ctx, cfg, s)
		r.readFile = func(what trust.Reading) trust.RoleFile {
			interrupt(errors.New("interrupted"))
			time.Sleep(time.Second)
			return what.Run()
		}
		s.serve(r)
		defer s.Close()
		a, st := &answers{t: t}, &State{}
		for u := range s.Updates() {
			for _, e := range u.Events {
				st.Apply(e)
				a.take(e)
				if b, ok := e.Body.(StateChanged); ok && b.To == Stalled && b.Attempt == 1 {
					go s.Send(ReadRole{0})
				}
			}
		}
		if len(a.read) != 1 || len(a.done) != 1 || !st.Finished || st.Why != "interrupted" {
			t.Errorf("%d read, %+v, %q", len(a.read), a.done, st.Why)
		}
	})
}
