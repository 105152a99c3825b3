package journal

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/trust"
)

// viewer folds what a player brings.
type viewer struct {
	t       *testing.T
	p       *Player
	st      engine.State
	played  engine.Played
	answers []engine.CommandDone
	rewound int
	faults  []string
	over    bool
}

// look takes all that there is.
func (v *viewer) look() {
	synctest.Wait()
	for {
		select {
		case u, ok := <-v.p.Updates():
			if !ok {
				v.over = true
				return
			}
			for _, e := range u.Events {
				v.st.Apply(e)
				switch b := e.Body.(type) {
				case engine.Played:
					v.played = b
				case engine.CommandDone:
					v.answers = append(v.answers, b)
				case engine.Rewound:
					v.rewound++
				case engine.InspectorFault:
					v.faults = append(v.faults, b.Value)
				}
			}
			synctest.Wait()
		default:
			return
		}
	}
}

func (v *viewer) send(c engine.Command) {
	v.t.Helper()
	if !v.p.Send(c) {
		v.t.Errorf("nobody took %T", c)
	}
	v.look()
}

// at checks where the recording is: the time, and how many targets are verified.
func (v *viewer) at(at time.Duration, verified int) {
	v.t.Helper()
	v.look()
	if v.played.At.Round(time.Millisecond) != at || v.st.Counts[engine.Verified] != verified {
		v.t.Errorf("at %s with %d verified, want %s with %d", v.played.At, v.st.Counts[engine.Verified], at, verified)
	}
	if v.st.Violations > 0 {
		v.t.Errorf("%d events broke the protocol", v.st.Violations)
	}
}

// watch plays the story in a bubble.
func watch(t *testing.T, data []byte, opt PlayerOptions, look func(v *viewer)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		v := &viewer{t: t, p: Play(opened(t, data), opt)}
		defer v.p.Close()
		look(v)
	})
}

func TestARecordingPlaysInItsOwnTime(t *testing.T) {
	watch(t, recording(t, story(3)), PlayerOptions{}, func(v *viewer) {
		v.look()
		if v.st.Items.Len() != 0 {
			t.Error("what is found after a second is there at once")
		}
		time.Sleep(1100 * time.Millisecond)
		v.look()
		if v.st.Items.Len() != 3 || v.played.Speed != 1 || v.played.Length != 5*time.Second {
			t.Errorf("%d items, %+v", v.st.Items.Len(), v.played)
		}
		time.Sleep(time.Second)
		v.look()
		if n := v.st.Counts[engine.Verified]; n != 1 {
			t.Errorf("%d verified", n)
		}
		time.Sleep(3 * time.Second)
		v.at(5*time.Second, 3)
		if !v.st.Finished || v.played.Speed != 0 || v.over {
			t.Errorf("finished %t, over %t, %+v", v.st.Finished, v.over, v.played)
		}
		time.Sleep(time.Hour)
		v.at(5*time.Second, 3) // and stands
	})
}

func TestTheSpeedIsAPersons(t *testing.T) {
	watch(t, recording(t, story(30)), PlayerOptions{Speed: 10}, func(v *viewer) {
		time.Sleep(1150 * time.Millisecond)
		v.look()
		if n := v.st.Counts[engine.Verified]; n != 10 {
			t.Errorf("%d verified after 11.5 s of the run", n)
		}
		v.send(engine.SetSpeed{To: 1})
		time.Sleep(2 * time.Second)
		v.look()
		if n := v.st.Counts[engine.Verified]; n != 12 {
			t.Errorf("%d verified after 13.5 s of the run", n)
		}
		v.send(engine.SetSpeed{To: 5000})
		if got := v.answers[len(v.answers)-1].Err; !strings.Contains(got, "not from 0.1 to 1000") {
			t.Errorf("%q", got)
		}
	})
}

func TestPauseStepAndSeek(t *testing.T) {
	watch(t, recording(t, story(5)), PlayerOptions{From: 3500 * time.Millisecond}, func(v *viewer) {
		v.at(3500*time.Millisecond, 2)
		v.send(engine.Pause{})
		time.Sleep(time.Minute)
		v.at(3500*time.Millisecond, 2)
		v.send(engine.Step{})
		v.at(4*time.Second, 3)
		v.send(engine.Step{})
		v.at(5*time.Second, 4)
		v.send(engine.Step{Back: true})
		v.at(4*time.Second, 3)
		v.send(engine.Step{Back: true})
		v.at(3*time.Second, 2)
		if v.rewound != 2 {
			t.Errorf("rewound %d times", v.rewound)
		}
		v.send(engine.Seek{To: 6 * time.Second})
		v.at(6*time.Second, 5)
		v.send(engine.Seek{To: 2500 * time.Millisecond})
		v.at(2500*time.Millisecond, 1)
		time.Sleep(time.Second)
		v.at(2500*time.Millisecond, 1) // still paused
		v.send(engine.Resume{})
		time.Sleep(time.Second)
		v.send(engine.Pause{})
		v.at(3500*time.Millisecond, 2)
		v.send(engine.Seek{To: time.Hour})
		v.at(7*time.Second, 5)
		v.send(engine.Seek{To: -time.Hour})
		v.at(0, 0)
		v.send(engine.Step{Back: true})
		v.at(0, 0)
		for range 20 {
			v.send(engine.Step{})
		}
		v.at(7*time.Second, 5)
		v.send(engine.Resume{}) // from the end: once more
		v.at(0, 0)
		for _, a := range v.answers {
			if a.Err != "" {
				t.Errorf("%T: %s", a.Command, a.Err)
			}
		}
	})
}

func TestARecordingChangesNothing(t *testing.T) {
	events := story(2)
	file := engine.RoleRead{Role: 7, File: trust.RoleFile{Name: "targets"}}
	events = slices.Insert(events, 2, engine.Event{Seq: 3, At: 1500 * time.Millisecond, Body: file})
	watch(t, recording(t, events), PlayerOptions{}, func(v *viewer) {
		for _, c := range []engine.Command{engine.Cancel{}, engine.CancelAll{}, engine.Retry{}, engine.RetryFailed{}, engine.SetWorkers{N: 3}, engine.SetStallAfter{D: 1}, engine.Prioritise{}, engine.Probe{}} {
			v.answers = nil
			v.send(c)
			if len(v.answers) != 1 || !reflect.DeepEqual(v.answers[0].Command, c) || !strings.Contains(v.answers[0].Err, "this is a recording") {
				t.Errorf("%T: %+v", c, v.answers)
			}
		}
		v.answers = nil
		v.send(engine.ReadRole{Role: 7})
		if !strings.Contains(v.answers[0].Err, "does not have the file up to here") {
			t.Errorf("%+v", v.answers)
		}
		time.Sleep(2 * time.Second)
		v.look()
		v.answers = nil
		v.send(engine.ReadRole{Role: 7})
		if len(v.answers) != 1 || v.answers[0].Err != "" {
			t.Errorf("%+v", v.answers)
		}
	})
}

func TestACutRecordingIsUndecided(t *testing.T) {
	whole := recording(t, story(3))
	half := whole[:bytesUntil(whole, `"seq":9`)+20]
	watch(t, half, PlayerOptions{}, func(v *viewer) {
		time.Sleep(time.Minute)
		v.look()
		if !v.st.Finished || v.st.Verdict() != engine.Undecided || !strings.Contains(v.st.Why, "cut off") || v.played.Cut == "" {
			t.Errorf("finished %t, %s, %q", v.st.Finished, v.st.Verdict(), v.st.Why)
		}
	})
}

// What another person did when the recording was made is told apart from what is asked of the
// player.
func TestCommandsOfThePastAreToldApart(t *testing.T) {
	events := story(2)
	done := engine.Event{Seq: 3, At: 1500 * time.Millisecond, Body: engine.CommandDone{Command: engine.Pause{}}}
	watch(t, recording(t, slices.Insert(events, 2, done)), PlayerOptions{From: 1200 * time.Millisecond}, func(v *viewer) {
		v.look()
		v.send(engine.Pause{})
		v.send(engine.Seek{To: 2 * time.Second})
		if len(v.answers) != 3 || v.answers[0].Past || !v.answers[1].Past || v.answers[2].Past {
			t.Errorf("%+v", v.answers)
		}
	})
}

// troubled is a story in which two files fail at nearly the same time, and one later.
func troubled() []engine.Event {
	events := story(6)
	for i := range events {
		if c, ok := events[i].Body.(engine.StateChanged); ok && c.To == engine.Verified && (c.Item == 1 || c.Item == 2 || c.Item == 4) {
			c.To = engine.Failed
			events[i].Body = c
			if c.Item == 1 {
				events[i].At += 700 * time.Millisecond
			}
		}
	}
	return events
}

func TestStepsToWhereSomethingGoesWrong(t *testing.T) {
	watch(t, recording(t, troubled()), PlayerOptions{}, func(v *viewer) {
		step := func(back bool, to time.Duration, refused bool) {
			t.Helper()
			v.answers = nil
			v.send(engine.Step{Trouble: true, Back: back})
			if got := v.played.At; got != to || (v.answers[0].Err != "") != refused || v.played.Speed != 0 && !refused {
				t.Errorf("at %s, want %s: %+v, %+v", got, to, v.answers, v.played)
			}
		}
		first, last := 3700*time.Millisecond, 6*time.Second
		step(false, first, false)
		step(false, last, false)
		step(false, last, true)
		step(true, first, false)
		step(true, first, true)
	})
}

// A long way is told in pieces, of which all but the last say that more follow.
func TestWhatIsStillToBeToldIsSaid(t *testing.T) {
	watch(t, recording(t, story(batchMost)), PlayerOptions{}, func(v *viewer) {
		v.look()
		var behind []bool
		if !v.p.Send(engine.Seek{To: time.Hour * 24}) {
			t.Fatal("nobody took it")
		}
		for len(behind) == 0 || behind[len(behind)-1] {
			synctest.Wait()
			for _, e := range (<-v.p.Updates()).Events {
				if p, ok := e.Body.(engine.Played); ok {
					behind = append(behind, p.Behind)
				}
			}
		}
		if len(behind) < 4 {
			t.Errorf("%v", behind)
		}
	})
}

// While a person has sent the program to sleep nobody has seen what was played.
func TestTheTimeAsleepIsNotPlayed(t *testing.T) {
	watch(t, recording(t, story(30)), PlayerOptions{Speed: 2}, func(v *viewer) {
		time.Sleep(2 * time.Second)
		v.look()
		time.Sleep(5 * time.Second)
		v.send(engine.ClockJumped{D: 5 * time.Second})
		v.at(4*time.Second, 3)
		v.send(engine.Pause{})
		v.send(engine.ClockJumped{D: 5 * time.Second})
		v.at(4*time.Second, 3)
	})
}

func bytesUntil(data []byte, text string) int { return strings.Index(string(data), text) }

func TestWhatIsDamagedIsSaid(t *testing.T) {
	text := string(recording(t, story(100)))
	text = strings.Replace(text, `"event":"run-settled"`, `"event":"run-\u0007party"`, 1)
	text = strings.ReplaceAll(text, `"from":"queued"`, `"from":"no\u001bwhere"`)
	watch(t, []byte(text), PlayerOptions{Speed: AtOnce, Once: true}, func(v *viewer) {
		v.look()
		if !v.over {
			t.Error("it goes on")
		}
		if len(v.faults) != damageMost+2 || !strings.Contains(v.faults[damageMost], "80 lines more are left out") || !strings.Contains(v.faults[damageMost+1], "1 event of kinds") {
			t.Errorf("%q", v.faults)
		}
		if strings.ContainsAny(strings.Join(v.faults, ""), "\x07\x1b") {
			t.Errorf("not printable: %q", v.faults)
		}
		if v.st.Verdict() != engine.Undecided {
			t.Errorf("%s", v.st.Verdict())
		}
	})
}

func TestASlowReaderMissesNothing(t *testing.T) {
	events := story(20_000)
	watch(t, recording(t, events), PlayerOptions{Speed: AtOnce, Once: true}, func(v *viewer) {
		n := 0
		for u := range v.p.Updates() {
			for _, e := range u.Events {
				v.st.Apply(e)
			}
			n += len(u.Events)
			time.Sleep(time.Millisecond)
		}
		if n != len(events) || v.st.Counts[engine.Verified] != 20_000 || v.st.Violations > 0 {
			t.Errorf("%d events of %d", n, len(events))
		}
	})
}

func TestACloseEndsItWhereverItIs(t *testing.T) {
	data := recording(t, story(20_000))
	for _, opt := range []PlayerOptions{{}, {Speed: AtOnce}, {From: time.Hour}} {
		watch(t, data, opt, func(v *viewer) {
			synctest.Wait()
			v.p.Close()
			v.p.Close()
			if v.p.Send(engine.Pause{}) {
				t.Error("a closed player takes commands")
			}
		})
	}
}
