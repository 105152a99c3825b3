package alive

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// kennel is a watchdog under a clock that can jump, and what it has barked.
type kennel struct {
	*Watchdog
	jump   atomic.Int64
	alarms []string
}

func newKennel(t *testing.T, o Options) *kennel {
	k := &kennel{}
	o.Alarm = func(a Alarm) {
		s := fmt.Sprintf("%s %s", a.Part, a.For.Round(time.Second))
		if a.Over {
			s += " over"
		}
		if a.Err != "" {
			s += ": " + a.Err
		}
		k.alarms = append(k.alarms, s)
	}
	k.Watchdog = NewWatchdog(o)
	k.now = func() time.Time { return time.Now().Add(time.Duration(k.jump.Load())) }
	t.Cleanup(k.Close)
	return k
}

// sleeps is what a stopped process or a sleeping machine is like: the clock has gone
// on, and nothing has run.
func (k *kennel) sleeps(d time.Duration) { k.jump.Add(int64(d)) }

// moves beats for a while.
func moves(p *Part, d time.Duration) {
	for range d / (500 * time.Millisecond) {
		p.Busy()
		time.Sleep(500 * time.Millisecond)
	}
}

func TestWhatIsStuckAndWhatIsNot(t *testing.T) {
	for _, c := range []struct {
		name string
		run  func(k *kennel, p *Part)
		want []string
	}{
		{"a part that was never busy", func(*kennel, *Part) { time.Sleep(time.Hour) }, nil},
		{"a busy part that beats", func(_ *kennel, p *Part) { moves(p, time.Hour) }, nil},
		{"a busy part that stops", func(_ *kennel, p *Part) {
			p.Busy()
			time.Sleep(10 * time.Second)
		}, []string{"loop 5s"}},
		{"one that moves again", func(_ *kennel, p *Part) {
			p.Busy()
			time.Sleep(20 * time.Second)
			moves(p, 20*time.Second)
		}, []string{"loop 5s", "loop 19s over"}},
		{"one that stops twice", func(_ *kennel, p *Part) {
			p.Busy()
			time.Sleep(8 * time.Second)
			moves(p, 3*time.Second)
			time.Sleep(8 * time.Second)
		}, []string{"loop 5s", "loop 7s over", "loop 5s"}},
		{"one that only waits", func(_ *kennel, p *Part) {
			p.Busy()
			p.Idle(time.Time{})
			time.Sleep(time.Hour)
		}, nil},
		{"one that is stuck and then waits", func(_ *kennel, p *Part) {
			p.Busy()
			time.Sleep(7 * time.Second)
			p.Idle(time.Time{})
			time.Sleep(time.Hour)
		}, []string{"loop 5s", "loop 6s over"}},
		{"one that wakes when it meant to", func(_ *kennel, p *Part) {
			for range 10 {
				p.Idle(time.Now().Add(time.Minute))
				time.Sleep(time.Minute + 4*time.Second)
			}
			p.Done()
			time.Sleep(time.Hour)
		}, nil},
		{"one that does not", func(_ *kennel, p *Part) {
			p.Idle(time.Now().Add(time.Minute))
			time.Sleep(time.Minute + 10*time.Second)
		}, []string{"loop 6s"}},
		{"one that is over while stuck", func(_ *kennel, p *Part) {
			p.Busy()
			time.Sleep(7 * time.Second)
			p.Done()
			time.Sleep(time.Hour)
		}, []string{"loop 5s", "loop 6s over"}},
		{"a busy part in a process that is stopped for an hour", func(k *kennel, p *Part) {
			p.Busy()
			time.Sleep(3 * time.Second)
			k.sleeps(time.Hour)
			moves(p, time.Minute)
		}, nil},
		{"a waiting one, which overslept with the whole process", func(k *kennel, p *Part) {
			p.Idle(time.Now().Add(time.Minute))
			time.Sleep(2 * time.Second)
			k.sleeps(time.Hour)
			time.Sleep(2 * time.Second)
			moves(p, time.Minute)
		}, nil},
		{"one that is stuck before and after a stop", func(k *kennel, p *Part) {
			p.Busy()
			time.Sleep(3 * time.Second)
			k.sleeps(time.Hour)
			time.Sleep(6 * time.Second)
		}, []string{"loop 5s"}},
		{"one in a process that crawls", func(k *kennel, p *Part) {
			for range 100 { // each second that it sees takes ten
				p.Busy()
				k.sleeps(9 * time.Second)
				time.Sleep(time.Second)
			}
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k := newKennel(t, Options{})
				p := k.Part("loop")
				k.Start()
				time.Sleep(time.Second / 4) // looks are between the moves
				c.run(k, p)
				if healthy := len(c.want) == 0 || strings.HasSuffix(c.want[len(c.want)-1], "over"); k.Healthy() != healthy {
					t.Errorf("healthy: %t", !healthy)
				}
				k.Close()
				if !slices.Equal(k.alarms, c.want) {
					t.Errorf("%q, want %q", k.alarms, c.want)
				}
			})
		})
	}
}

func TestOnlyThePartThatIsStuckIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKennel(t, Options{Limit: 2 * time.Second})
		k.Start()
		time.Sleep(time.Second / 4)
		a, b := k.Part("pump"), k.Part("loop")
		a.Busy()
		moves(b, 10*time.Second)
		later := k.Part("late")
		later.Busy()
		moves(b, 10*time.Second)
		k.Close()
		if want := []string{"pump 2s", "late 2s"}; !slices.Equal(k.alarms, want) {
			t.Errorf("%q, want %q", k.alarms, want)
		}
	})
}

func TestADeadDiskDoesNotStopTheWatchdog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKennel(t, Options{Dir: "/mnt/dead"})
		answer := make(chan struct{})
		k.save = func(r *record) {
			r.set(func() { r.doing = "writing a dump" })
			<-answer
			r.set(func() { r.dump = "late.txt" })
		}
		a, b := k.Part("pump"), k.Part("loop")
		k.Start()
		time.Sleep(time.Second / 4)
		a.Busy()
		moves(b, 20*time.Second)
		if k.Healthy() {
			t.Error("healthy with a part that is stuck")
		}
		b.Busy()
		time.Sleep(10 * time.Second) // the second one is not queued behind the first
		close(answer)
		moves(b, 5*time.Second)
		a.Done()
		time.Sleep(2 * time.Second)
		k.Close()
		// How long the first has stood is a matter of which timer is first.
		const late = ": writing a dump: the disk has not answered within 10s"
		if want := []string{"pump 1?s" + late, "loop 5s" + late, "loop 9s over", "pump 3?s over"}; len(k.alarms) != len(want) {
			t.Errorf("%q, want %q", k.alarms, want)
		} else {
			for i, w := range want {
				if ok, err := path.Match(w, k.alarms[i]); !ok {
					t.Errorf("%q, want %q, %v", k.alarms[i], w, err)
				}
			}
		}
	})
}

func TestAWatchdogThatDoesNotLookIsNotHealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := newKennel(t, Options{})
		if !k.Healthy() {
			t.Error("not healthy before the start")
		}
		k.Start()
		k.sleeps(time.Minute)
		if k.Healthy() {
			t.Error("healthy although nobody has looked for a minute")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if !k.Healthy() {
			t.Error("not healthy after a look")
		}
	})
}

func TestNothingWatchesNothing(t *testing.T) {
	var w *Watchdog
	p := w.Part("loop")
	p.Busy()
	p.Idle(time.Now())
	p.Done()
	w.Start()
	w.Close()
	if !w.Healthy() {
		t.Error("not healthy")
	}
	NewWatchdog(Options{}).Close() // never started
}

func TestADumpIsLeftBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "state", "tufinspect")
		got := make(chan Alarm, 1)
		w := NewWatchdog(Options{Dir: dir, Alarm: func(a Alarm) { got <- a }})
		defer w.Close()
		stop := make(chan struct{})
		Go("control", "loop", func() { <-stop }, nil)
		w.Part("the control loop").Busy()
		w.Start()
		a := <-got
		close(stop)
		if a.Err != "" || filepath.Dir(a.Dump) != dir || !ours.MatchString(filepath.Base(a.Dump)) || a.Trace != "" {
			t.Fatalf("%+v", a)
		}
		text, err := os.ReadFile(a.Dump)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"the control loop has not moved for 5s.", `"tufinspect":"control"`, `"about":"loop"`, "[chan receive", "watchdog_test.go"} {
			if !strings.Contains(string(text), want) {
				t.Errorf("no %q in the dump", want)
			}
		}
		for path, mode := range map[string]os.FileMode{dir: 0o700, a.Dump: 0o600} {
			// Windows has no permission bits.
			if st, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && st.Mode().Perm() != mode {
				t.Errorf("%s: %v, %v", path, st.Mode(), err)
			}
		}
	})
}

func TestAFolderThatCannotBeMadeIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		k := newKennel(t, Options{Dir: filepath.Join(file, "state")})
		k.Part("loop").Busy()
		k.Start()
		time.Sleep(6*time.Second + time.Second/2)
		k.Close()
		if len(k.alarms) != 1 || !strings.HasPrefix(k.alarms[0], "loop 5s: writing a dump: ") {
			t.Errorf("%q", k.alarms)
		}
	})
}

func TestABeatCostsNoMemory(t *testing.T) {
	p := NewWatchdog(Options{}).Part("loop")
	until := time.Now()
	if n := testing.AllocsPerRun(100, func() { p.Busy(); p.Idle(until); p.Done() }); n != 0 {
		t.Errorf("%f allocations", n)
	}
}

func BenchmarkBusy(b *testing.B) {
	p := NewWatchdog(Options{}).Part("loop")
	for b.Loop() {
		p.Busy()
	}
}
