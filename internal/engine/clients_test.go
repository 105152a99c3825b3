package engine

import (
	"context"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/trust"
)

// startWithClients starts a run that has clients judge in another way.
func startWithClients(t *testing.T, cfg Config, do func(func() trust.Result) trust.Result) *Session {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	s := newSession(cancel)
	r := newRun(ctx, cfg, s)
	r.doClients = do
	s.serve(r)
	return s
}

// ends folds a whole run and gives how often clients were judged.
func ends(s *Session) (st *State, judged int) {
	st = &State{}
	for u := range s.Updates() {
		for _, e := range u.Events {
			st.Apply(e)
			if _, ok := e.Body.(ClientsJudged); ok {
				judged++
			}
		}
	}
	return st, judged
}

func TestClientsAreAskedOnceTheWalkIsDone(t *testing.T) {
	within(t, 5*time.Second, func(t *testing.T) {
		cfg := configFor(newMemory(build(t, 20, func(s *demo.Spec) { s.Roots = 3 })))
		s, err := Start(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		st, judged := ends(s)
		if judged != 1 || len(st.Clients) != 3 || st.Violations != 0 || len(st.Faults) != 0 {
			t.Fatalf("judged %d times: %+v\n%s", judged, st.Clients, show(st))
		}
		asked := map[string]int{"go-tuf": 20, "python-tuf": 20} // of tough there are no rules for a search
		for _, v := range st.Clients {
			if v.State != trust.ClientAccepts || v.Refused != 0 || v.Listed != 20 || v.Asked != asked[v.Client] {
				t.Errorf("%+v", v)
			}
		}
	})
}

func TestClientsThatFailOrNeverEndHoldNothingUp(t *testing.T) {
	for _, c := range []struct {
		name   string
		never  bool
		stop   bool
		within time.Duration
		why    string
		faults int
	}{
		{"panics", false, false, time.Second, "the inspector failed: boom", 1},
		{"never ends", true, false, clientsLimit + time.Second, "not asked: it has computed for 10.0s and was given up", 0},
		{"never ends, and the run is stopped", true, true, 2 * time.Second, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			within(t, c.within, func(t *testing.T) {
				release := make(chan struct{})
				defer close(release)
				s := startWithClients(t, configFor(newMemory(build(t, 3))), func(func() trust.Result) trust.Result {
					if c.never {
						<-release
					}
					panic("boom")
				})
				defer s.Close()
				if c.stop {
					go func() {
						time.Sleep(time.Second)
						s.Send(Stop{})
					}()
				}
				st, _ := ends(s)
				why := ""
				if len(st.Clients) > 0 {
					why = st.Clients[0].Why
				}
				if !st.Finished || st.Violations != 0 || len(st.Faults) != c.faults || why != c.why && !strings.HasPrefix(why, "not asked: it has computed for") {
					t.Errorf("%q: %+v, %s\n%s", why, st.Faults, st.Verdict(), show(st))
				}
				for i := 1; i < len(st.Clients); i++ { // nobody has to be asked for theirs
					if v := st.Clients[i]; v.State != trust.ClientAccepts || v.Listed != 3 {
						t.Errorf("%+v", v)
					}
				}
				if c.faults == 0 && !c.stop && st.Verdict() != Healthy {
					t.Errorf("a run whose clients were not asked is %s", st.Verdict())
				}
			})
		})
	}
}
