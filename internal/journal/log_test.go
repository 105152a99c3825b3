package journal

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
)

// story is a short run: a target that is found, fetched, and verified, a second for each
// step.
func story(targets int) []engine.Event {
	var out []engine.Event
	seq := uint64(0)
	say := func(at time.Duration, b engine.Body) {
		seq++
		out = append(out, engine.Event{Seq: seq, At: at, Body: b})
	}
	say(0, engine.RunStarted{Version: "1", Repository: "http://h", Started: time.Unix(1_700_000_000, 0).UTC(), Workers: 4, Limits: engine.Limits{StallAfter: time.Second}})
	specs := make([]engine.ItemSpec, targets)
	for i := range specs {
		id := engine.ItemID(i)
		specs[i] = engine.ItemSpec{ID: id, Of: id, Kind: engine.Target, Path: fmt.Sprintf("dir/file-%d", i), RoleName: "targets", Length: 100, Site: engine.SiteOf("http://h/x")}
	}
	say(time.Second, engine.ItemsFound{Items: specs})
	at := time.Second
	for i := range specs {
		id := engine.ItemID(i)
		at += time.Second
		say(at, engine.StateChanged{Item: id, Attempt: 1, From: engine.Queued, To: engine.Connecting})
		say(at, engine.PhasesEntered{Item: id, Attempt: 1, Marks: []engine.TimedMark{{Phase: fetch.Body, At: at}}, Address: "127.0.0.1:80"})
		say(at, engine.StateChanged{Item: id, Attempt: 1, From: engine.Connecting, To: engine.Verifying, Done: 100})
		say(at, engine.StateChanged{Item: id, Attempt: 1, From: engine.Verifying, To: engine.Verified, Done: 100})
	}
	say(at+time.Second, engine.RunSettled{})
	say(at+time.Second, engine.RunFinished{})
	return out
}

// written makes a recording of events.
func recording(t testing.TB, events []engine.Event) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, Program{Name: "tufinspect", Version: "1"}, nil)
	w.Take(events)
	if err := w.Close(time.Minute, 42); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func opened(t testing.TB, data []byte) *Log {
	t.Helper()
	l, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// told gives all events of a recording.
func told(l *Log) (events []engine.Event, damaged []Damage, unknown int) {
	l.all(0, func(p part) bool {
		events = append(events, p.events...)
		damaged = append(damaged, p.damaged...)
		unknown += p.unknown
		return p.err == nil
	})
	return events, damaged, unknown
}

func TestARecordingIsReadAsItWasWritten(t *testing.T) {
	events := story(3000)
	l := opened(t, recording(t, events))
	got, damaged, unknown := told(l)
	if len(damaged) > 0 || unknown > 0 || l.Cut != "" {
		t.Errorf("damaged %v, unknown %d, cut %q", damaged, unknown, l.Cut)
	}
	if !reflect.DeepEqual(got, events) {
		t.Error("the events are other ones")
	}
	if l.Events != len(events) || l.Length != events[len(events)-1].At || l.PeakMemory != 42 || l.Program.Version != "1" {
		t.Errorf("%+v", l)
	}
	if len(l.chunks) < 3 {
		t.Errorf("only %d chunks: their borders are not tested", len(l.chunks))
	}
}

func TestARunThatWasKilledLeavesWhatItHadWritten(t *testing.T) {
	events := story(3)
	whole := recording(t, events)
	first := bytes.IndexByte(whole, '\n') + 1
	for n := range len(whole) {
		l, err := Open(bytes.NewReader(whole[:n]), int64(n))
		if n < first {
			if err == nil {
				t.Fatalf("%d bytes are a recording", n)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		got, damaged, _ := told(l)
		if len(damaged) > 0 || l.Cut == "" || len(got) > 0 && !reflect.DeepEqual(got, events[:len(got)]) {
			t.Fatalf("%d bytes: %d events, damaged %v, cut %q", n, len(got), damaged, l.Cut)
		}
		if want := bytes.Count(whole[first:n], []byte("\n")); len(got) != min(want, len(events)) {
			t.Fatalf("%d bytes: %d events of %d", n, len(got), want)
		}
	}
}

func TestADamagedLineCostsNoOther(t *testing.T) {
	lines := bytes.SplitAfter(recording(t, story(3)), []byte("\n"))
	lines[4] = []byte("{\"seq\":4,\"at_ns\":2000000000,\"event\":\"state-chan\n")
	lines[6] = []byte("{\"seq\":6,\"at_ns\":2000000000,\"event\":\"new-thing\",\"data\":{}}\n")
	l := opened(t, bytes.Join(lines, nil))
	got, damaged, unknown := told(l)
	if len(damaged) != 1 || damaged[0].Line != 5 || unknown != 1 || len(got) != len(story(3))-2 {
		t.Errorf("%d events, damaged %v, unknown %d", len(got), damaged, unknown)
	}
	for i := 1; i < len(got); i++ {
		if got[i].At < got[i-1].At {
			t.Error("time goes back")
		}
	}
}

func TestWhatIsNoRecordingIsNotRead(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "no recording"},
		{"another file", "hello\n", "no recording"},
		{"a report", `{"schema":"tufinspect.report/1"}` + "\n", "no recording"},
		{"a newer one", `{"schema":"tufinspect.journal/2","program":{}}` + "\n", `the form "tufinspect.journal/2"; this version reads tufinspect.journal/1`},
		{"no JSON", `{"schema":"tufinspect.journal/1"` + "\n", "line 1: unexpected end"},
		{"a line without end", `{"schema":"tufinspect.journal/1","program":{}}` + "\n" + strings.Repeat("x", lineMost+1), "line 2: longer than 16 MiB"},
		{"nothing but empty lines", `{"schema":"tufinspect.journal/1","program":{}}` + strings.Repeat("\n", emptyMost+2), "more than 10000 lines are empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Open(strings.NewReader(c.text), int64(len(c.text)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// stubborn is a file that stops taking bytes.
type stubborn struct {
	mu    sync.Mutex
	takes int
	err   error
	gate  chan struct{} // if not nil, waited for
}

func (s *stubborn) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.takes--; s.takes < 0 {
		if s.gate != nil {
			<-s.gate
		}
		return 0, s.err
	}
	return len(p), nil
}

func TestAFullDiskEndsTheRecordingAndNotTheRun(t *testing.T) {
	full := errors.New("no space left on device")
	told := make(chan error, 2)
	w := NewWriter(&stubborn{takes: 1, err: full}, Program{}, func(err error) { told <- err })
	for range 100 {
		w.Take(story(2))
	}
	if err := <-told; !errors.Is(err, full) {
		t.Errorf("told: %v", err)
	}
	if err := w.Close(time.Minute, 0); !errors.Is(err, full) {
		t.Errorf("at the end: %v", err)
	}
	if len(told) > 0 {
		t.Error("told twice")
	}
}

func TestADiskThatDoesNotAnswerIsNotWaitedFor(t *testing.T) {
	gate := make(chan struct{})
	told := make(chan error, 2)
	w := NewWriter(&stubborn{takes: 1, err: io.ErrClosedPipe, gate: gate}, Program{}, func(err error) { told <- err })
	events := story(1000)
	for range waitMost/len(events) + 2 { // more than is kept
		w.Take(events)
	}
	if err := <-told; !errors.Is(err, errBehind) {
		t.Errorf("told: %v", err)
	}
	if err := w.Close(time.Millisecond, 0); !errors.Is(err, errBehind) {
		t.Errorf("at the end: %v", err)
	}
	close(gate)
	<-w.done
}

func TestEmptyLinesAndWhatStandsBehindTheEndCostNothing(t *testing.T) {
	events := story(2)
	whole := string(recording(t, events))
	lines := strings.SplitAfter(whole, "\n")
	behind := fmt.Sprintf("there is more behind its last line, from line %d on", len(lines))
	for _, c := range []struct{ name, text, cut string }{
		{"a mark of the byte order", "\ufeff" + whole, ""},
		{"an empty line at the end", whole + "\n", ""},
		{"empty lines between", strings.Join(lines, "\r\n\n"), ""},
		{"another recording", whole + whole, behind},
		{"something else", whole + "hello\n", behind},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := opened(t, []byte(c.text))
			got, damaged, _ := told(l)
			if l.Cut != c.cut || c.cut == "" && len(damaged) > 0 || len(got) < len(events) || !reflect.DeepEqual(got[:len(events)], events) {
				t.Errorf("%d events, damaged %v, cut %q", len(got), damaged, l.Cut)
			}
			st := engine.State{}
			p := Play(l, PlayerOptions{Speed: AtOnce, Once: true})
			defer p.Close()
			for u := range p.Updates() {
				for _, e := range u.Events {
					st.Apply(e)
				}
			}
			want := engine.Undecided
			if c.cut == "" {
				want = engine.Healthy
			}
			if st.Verdict() != want {
				t.Errorf("%s, want %s", st.Verdict(), want)
			}
		})
	}
}

func TestALineDoesNotTakeAHundredTimesItsMemory(t *testing.T) {
	text := `{"seq":1,"at_ns":0,"event":"clients-judged","data":{"verdicts":[` + strings.Repeat("{},", valuesMost/2) + `{}]}}`
	if _, err := parseEvent([]byte(text), &quick{}); err == nil || !strings.Contains(err.Error(), "more than 400000 values in one event") {
		t.Error(err)
	}
	quoted := `{"seq":1,"at_ns":0,"event":"noted","data":{"text":"` + strings.Repeat(`{,\"`, valuesMost) + `"}}`
	if _, err := parseEvent([]byte(quoted), &quick{}); err != nil {
		t.Error("what stands in a text is no value: ", err)
	}
}
