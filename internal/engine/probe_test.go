package engine

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/fetch"
)

// probed is a memory source that can be asked beside a run.
type probedSource struct {
	*memory
	ask func(ctx context.Context, f fetch.File, report func(fetch.Step), others []fetch.File) string
}

func (p *probedSource) Investigate(ctx context.Context, f fetch.File, report func(fetch.Step), others ...fetch.File) fetch.Conclusion {
	return fetch.Conclusion{Text: p.ask(ctx, f, report, others)}
}

func TestAProbeReportsItsStepsAndWhatItCameTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(build(t, 3))
		m.sick["t0"] = silent(99)
		cfg := configFor(m)
		cfg.Source = &probedSource{m, func(_ context.Context, f fetch.File, report func(fetch.Step), others []fetch.File) string {
			report(fetch.Step{Check: fetch.CheckConnect, Address: "192.0.2.1:80"})
			time.Sleep(time.Second)
			report(fetch.Step{Check: fetch.CheckFirstByte, Result: fetch.Silent})
			return fmt.Sprintf("%s is silent, %d others\x1b[2J", key(f.Name), len(others))
		}}
		cfg.Interactive = true
		var answers []string
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			switch b := e.Body.(type) {
			case StateChanged:
				if b.To == Stalled && b.Attempt == 1 {
					go func() {
						s.Send(Probe{b.Item})
						s.Send(Probe{b.Item}) // one at a time
						s.Send(Probe{ItemID(9999)})
					}()
				}
			case CommandDone:
				answers = append(answers, b.Err)
			case ProbeEnded:
				if p := st.Probes[b.Item]; p == nil || len(p.Steps) != 2 || p.Ended-p.Began < time.Second || p.Text != `t0 is silent, 1 others\u{1b}[2J` {
					t.Errorf("%+v", p)
				}
			case RunSettled:
				go s.Send(Stop{})
			}
		})
		checkRun(t, st)
		if len(answers) != 4 || answers[0] != "" || answers[1] == "" || answers[2] == "" || len(st.Probes) != 1 {
			t.Errorf("%q, %d probes", answers, len(st.Probes))
		}
	})
}

func TestProbesThatNeverEndHoldNothingUp(t *testing.T) {
	within(t, 60*time.Second, func(t *testing.T) {
		m := newMemory(build(t, maxProbes+1))
		release := make(chan struct{})
		defer close(release)
		cfg := configFor(m)
		cfg.Source = &probedSource{m, func(context.Context, fetch.File, func(fetch.Step), []fetch.File) string {
			<-release
			return "too late"
		}}
		cfg.Interactive = true
		var errs []string
		ended := 0
		st := runAndWatch(t, cfg, func(s *Session, st *State, e Event) {
			switch b := e.Body.(type) {
			case RunSettled:
				go func() {
					for i := range maxProbes + 1 {
						s.Send(Probe{byPath(t, st, fmt.Sprintf("t%d", i)).ID})
					}
					time.Sleep(probeLimit + leaveWithin) // by then they have been given up
					s.Send(Probe{0})
					s.Send(Stop{Now: true})
					s.Send(Probe{0})
				}()
			case CommandDone:
				if _, ok := b.Command.(Probe); ok {
					errs = append(errs, b.Err)
				}
			case ProbeEnded:
				ended++
			}
		})
		if len(errs) < 6 || errs[maxProbes] == "" || errs[maxProbes+1] != "" || ended != maxProbes+1 || st.Violations != 0 || len(st.Faults) != maxProbes+1 {
			t.Errorf("%q, %d ended, %+v", errs, ended, st.Faults)
		}
	})
}
