package toxiproxy

import (
	"context"
	"slices"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

// outcome is what has to come of a run.
type outcome uint8

const (
	whole  outcome = iota // everything is verified
	named                 // something is not, and it is named with its reason
	either                // the one or the other, as chance has it
)

// scene is a sick network and what has to come of a run in it.
type scene struct {
	name      string
	toxics    []string
	retries   int
	meanwhile func(context.Context, *stage)
	holds     bool // the team's answers are held back until meanwhile releases them
	want      outcome
	kinds     []finding.ID // what failures may be
	corrupt   bool         // one target is served wrongly besides
}

// bound is when a run here has to have ended. The longest waits are those of a few
// stalls in a row, each of stallAfter and stallTimeout, and of the retries between.
const bound = 20 * time.Second

var (
	silence = []finding.ID{finding.Stalled}
	hangUp  = []finding.ID{finding.Unreachable, finding.Incomplete}
	// halved is for requests that arrive in part, which a server may refuse.
	halved = []finding.ID{finding.Unreachable, finding.Incomplete, finding.ServerError}
)

// mute lets the connection stand and loses what the server says from now on.
const mute = `{"type":"timeout","attributes":{"timeout":0}}`

var scenes = []scene{
	{name: "nothing is wrong", want: whole},
	{name: "nothing is wrong but a file", want: named, corrupt: true},

	{name: "answers are late", toxics: []string{`{"type":"latency","attributes":{"latency":60,"jitter":30}}`}, want: whole, retries: 1},
	{name: "requests are late", toxics: []string{`{"type":"latency","stream":"upstream","attributes":{"latency":60,"jitter":30}}`}, want: whole, retries: 1},
	{name: "answers are later than the limit", toxics: []string{`{"type":"latency","attributes":{"latency":1500}}`}, want: named, kinds: silence},
	{name: "answers are slow", toxics: []string{`{"type":"bandwidth","attributes":{"rate":60}}`}, want: whole, retries: 1},
	{name: "requests are slow", toxics: []string{`{"type":"bandwidth","stream":"upstream","attributes":{"rate":2}}`}, want: whole, retries: 1},
	{name: "connections close late", toxics: []string{`{"type":"slow_close","attributes":{"delay":300}}`, `{"type":"slow_close","stream":"upstream","attributes":{"delay":300}}`}, want: whole},
	{name: "answers come in slices", toxics: []string{`{"type":"slicer","attributes":{"average_size":200,"size_variation":100,"delay":50}}`}, want: whole, retries: 1},
	{name: "requests come in slices", toxics: []string{`{"type":"slicer","stream":"upstream","attributes":{"average_size":10,"size_variation":5,"delay":200}}`}, want: whole, retries: 1},

	{name: "no answer comes through", toxics: []string{mute}, want: named, kinds: silence, retries: 1},
	{name: "no request comes through", toxics: []string{`{"type":"timeout","stream":"upstream","attributes":{"timeout":0}}`}, want: named, kinds: silence},
	{name: "no answer comes through, and then it hangs up", toxics: []string{`{"type":"timeout","attributes":{"timeout":150}}`}, want: named, kinds: hangUp, retries: 1},
	{name: "no request comes through, and then it hangs up", toxics: []string{`{"type":"timeout","stream":"upstream","attributes":{"timeout":150}}`}, want: named, kinds: hangUp},
	{name: "reset at the first answer", toxics: []string{`{"type":"reset_peer","attributes":{"timeout":0}}`}, want: named, kinds: hangUp, retries: 1},
	{name: "reset at the first request", toxics: []string{`{"type":"reset_peer","stream":"upstream","attributes":{"timeout":0}}`}, want: named, kinds: hangUp},
	{name: "reset a while after the first answer", toxics: []string{`{"type":"reset_peer","attributes":{"timeout":100}}`}, want: named, kinds: hangUp},

	{name: "silence on some connections", toxics: []string{`{"type":"timeout","toxicity":0.3,"attributes":{"timeout":0}}`}, want: either, kinds: silence, retries: 2, corrupt: true},
	{name: "resets on some connections", toxics: []string{`{"type":"reset_peer","toxicity":0.3,"attributes":{"timeout":0}}`}, want: either, kinds: hangUp, retries: 2, corrupt: true},

	{
		name: "silence that goes away", toxics: []string{mute}, want: whole, retries: 3,
		meanwhile: func(ctx context.Context, s *stage) {
			s.met(ctx, 1)
			s.heal(ctx)
		},
	},
	{
		name: "latency beyond the limit that goes away", toxics: []string{`{"type":"latency","attributes":{"latency":5000}}`}, want: whole, retries: 3,
		meanwhile: func(ctx context.Context, s *stage) {
			s.met(ctx, 1)
			s.heal(ctx)
		},
	},
	{
		name: "silence in the middle that goes away", want: whole, retries: 3, holds: true,
		meanwhile: func(ctx context.Context, s *stage) {
			s.held(ctx)
			s.add(mute)
			s.release()
			s.met(ctx, workers)
			s.heal(ctx)
		},
	},
	{
		name: "silence in the middle that stays", want: named, kinds: silence, holds: true,
		meanwhile: func(ctx context.Context, s *stage) {
			s.held(ctx)
			s.add(mute)
			s.release()
		},
	},
	{
		name: "nobody listens for a while", want: whole, retries: 3, holds: true,
		meanwhile: func(ctx context.Context, s *stage) {
			s.held(ctx)
			s.proxy.Stop()
			s.release()
			s.met(ctx, workers+1) // the connections that there were, and one refused
			if err := s.proxy.Start(); err != nil {
				s.t.Error(err)
			}
		},
	},
	{
		// The queue of the host is held, and in the end the host is given up.
		name: "nobody listens any more", want: named, kinds: append(slices.Clone(hangUp), finding.HostSilent), retries: 3, holds: true,
		meanwhile: func(ctx context.Context, s *stage) {
			s.held(ctx)
			s.proxy.Stop()
			s.release()
		},
	},
}

// brokenBodies are connections that end too soon. A broken body goes on where it was,
// so that a target gets through connections each of which carries less than it.
var brokenBodies = []scene{
	{name: "connections end within the large target", toxics: []string{`{"type":"limit_data","attributes":{"bytes":40000}}`}, want: whole, retries: 3},
	{name: "connections end within the large target, and a file is wrong", toxics: []string{`{"type":"limit_data","attributes":{"bytes":40000}}`}, want: either, kinds: hangUp, retries: 3, corrupt: true},
	{name: "connections end after a few files", toxics: []string{`{"type":"limit_data","attributes":{"bytes":15000}}`}, want: whole, retries: 3},
	{name: "connections end in the first header", toxics: []string{`{"type":"limit_data","attributes":{"bytes":60}}`}, want: named, kinds: hangUp, retries: 1},
	{name: "connections end before anything", toxics: []string{`{"type":"limit_data","attributes":{"bytes":0}}`}, want: named, kinds: hangUp},
	{name: "connections end within the first request", toxics: []string{`{"type":"limit_data","stream":"upstream","attributes":{"bytes":50}}`}, want: named, kinds: halved},
	{name: "connections end after a request or two", toxics: []string{`{"type":"limit_data","stream":"upstream","attributes":{"bytes":250}}`}, want: either, kinds: halved, retries: 3},
	{
		name: "connections end within the large target, until they do not", want: whole, retries: 3,
		toxics: []string{`{"type":"limit_data","attributes":{"bytes":40000}}`},
		meanwhile: func(ctx context.Context, s *stage) {
			s.met(ctx, 1)
			s.heal(ctx)
		},
	},
}

func TestInspectionsThroughASickNetwork(t *testing.T) {
	for _, sc := range slices.Concat(scenes, brokenBodies) {
		t.Run(sc.name, func(t *testing.T) { leaksNothing(t, func() { sc.play(t) }) })
	}
}

func (sc *scene) play(t *testing.T) {
	s := newStage(t)
	defer s.close()
	if sc.corrupt {
		s.server.SetFault("targets/"+corrupt, demo.Fault{Kind: demo.Corrupt, After: 7})
	}
	if sc.holds {
		s.hold()
	}
	for _, toxic := range sc.toxics {
		s.add(toxic)
	}
	begun := time.Now()
	st := s.inspect(bound, sc.retries, sc.meanwhile)
	took := time.Since(begun)

	failed := sc.failures(t, st)
	if sc.want == whole && (failed > 0 || st.Targets.ByState[engine.Verified] != len(s.repo.Targets())) {
		t.Errorf("%d of %d targets are verified, %d files have failed", st.Targets.ByState[engine.Verified], len(s.repo.Targets()), failed)
	}
	if sc.want == named && failed == 0 {
		t.Error("nothing has failed")
	}
	// Nothing is lost: either every target was looked at, or it is named what hides them.
	if failed == 0 && st.Targets.Total != len(s.repo.Targets()) {
		t.Errorf("%d targets were found of %d, and nothing has failed", st.Targets.Total, len(s.repo.Targets()))
	}
	if !st.Finished || st.Violations > 0 || len(st.Faults) > 0 {
		t.Errorf("finished: %t, violations of the protocol: %d, faults: %+v", st.Finished, st.Violations, st.Faults)
	}
	t.Logf("%s after %s: %d verified, %d failed", st.Verdict(), took.Round(time.Millisecond), st.Targets.ByState[engine.Verified], failed)
}

// failures checks every file and the exit code, and gives how many files have failed.
func (sc *scene) failures(t *testing.T, st *engine.State) int {
	t.Helper()
	failed, proved := 0, false
	for i := range st.Items.Len() {
		it := st.Items.At(i)
		switch {
		case it.State == engine.Verified:
			if it.Path == corrupt && sc.corrupt {
				t.Errorf("%s is verified, and it is wrong", it.Path)
			}
			if a := it.Current(); a == nil || it.Length >= 0 && a.Done != it.Length {
				t.Errorf("%s is verified with %d bytes of %d", it.Path, it.Done, it.Length)
			}
		case it.State == engine.Skipped:
		case it.State != engine.Failed || it.Problem == nil || it.Problem.Text == "":
			t.Errorf("%s is %s, with the problem %+v", it.Path, it.State, it.Problem)
		default:
			failed++
			if it.Path == corrupt && it.Problem.Kind == finding.WrongHash && sc.corrupt {
				proved = true
			} else if !slices.Contains(sc.kinds, it.Problem.Kind) {
				t.Errorf("%s: %s, %q", it.Path, it.Problem.Kind, it.Problem.Text)
			}
		}
	}
	code := 0
	switch {
	case proved: // outweighs what could not be looked at
		code = 2
	case failed > 0:
		code = 3
	}
	if got := st.Verdict().ExitCode(); got != code {
		t.Errorf("the exit code is %d, want %d", got, code)
	}
	return failed
}
