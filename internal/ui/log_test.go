package ui

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/trust"
)

// lines are the entries as C copies them.
func (s *scene) lines() []string {
	var out []string
	for i := range s.m.log.entries {
		if e := &s.m.log.entries[i]; !e.gone {
			out = append(out, s.m.lineOf(e))
		}
	}
	return out
}

func TestEntriesAreTold(t *testing.T) {
	item := func(s *scene, state engine.ItemState, change ...func(*engine.StateChanged)) {
		s.to("file000", engine.Connecting)
		s.wait(2 * time.Second)
		s.to("file000", state, change...)
	}
	tests := []struct {
		name string
		play func(*scene)
		want []string // but for the run's start
	}{
		{"a verified file, with its bytes and its time", func(s *scene) { item(s, engine.Verified, done(100)) },
			[]string{"0:02.0  OK  file000: 100 B in 2.00s"}},
		{"what is said by who started the run", func(s *scene) {
			s.fold(engine.Noted{Text: "a demonstration"}, engine.Noted{Subject: "file000", Text: "it falls silent"})
		}, []string{"0:00.0  ABOUT  a demonstration", "0:00.0  ABOUT  file000: it falls silent"}},
		{"a failed file", func(s *scene) { item(s, engine.Failed, problem(finding.Missing, "404 Not Found")) },
			[]string{"0:02.0  FAIL  file000: 404 Not Found"}},
		{"a countdown to the next attempt", func(s *scene) {
			item(s, engine.Retrying, problem(finding.Incomplete, "EOF"), done(40), next(2900*time.Millisecond))
		}, []string{"0:02.0  RETRY  file000: EOF, again in 0.9s (attempt 1), at 40 B if the server can go on there"}},
		{"a silence and its end", func(s *scene) {
			item(s, engine.Transferring)
			s.wait(10 * time.Second)
			s.to("file000", engine.Stalled, problem(finding.Stalled, "no body byte for 10s"))
			s.wait(8 * time.Second)
			s.to("file000", engine.Transferring)
		}, []string{"0:12.0  STALL  file000: no body byte for 10s", "0:20.0  RESUMED  file000: after 18s of silence"}},
		{"a cause once, and again when it is another's fault", func(s *scene) {
			item(s, engine.Stalled, problem(finding.Stalled, "no first byte for 10s"))
			d := fetch.Diagnosis{Cause: fetch.PathLost, Label: "network: peer does not acknowledge", Certainty: fetch.Likely, Evidence: []string{"last ACK 11s ago"}}
			s.diagnosed("file000", d)
			d.Evidence = []string{"last ACK 12s ago"}
			s.diagnosed("file000", d)
			s.diagnosed("file000", stalls["no body byte"])
		}, []string{"0:02.0  STALL  file000: no first byte for 10s",
			"0:02.0  CAUSE  file000: network: peer does not acknowledge (likely: last ACK 11s ago)",
			"0:02.0  CAUSE  file000: server: alive, stopped sending (certain: all that was sent is acknowledged)"}},
		{"a file that is cancelled by a person is told once", func(s *scene) {
			item(s, engine.Cancelled, problem(finding.Cancelled, "cancelled by you"))
			s.fold(engine.CommandDone{Command: engine.Cancel{Items: []engine.ItemID{0}}, Accepted: 1})
		}, []string{"0:02.0  YOU  file000: cancelled by x"}},
		{"several files, some of which had ended", func(s *scene) {
			s.fold(engine.CommandDone{Command: engine.Cancel{Items: []engine.ItemID{0, 1, 2}}, Accepted: 1, Skipped: 2, Reason: "it is verified already"})
		}, []string{"0:00.0  YOU  3 marked files: cancelled 1, not 2: it is verified already"}},
		{"workers, from and to", func(s *scene) {
			s.fold(engine.CommandDone{Command: engine.SetWorkers{N: 13}}, engine.CommandDone{Command: engine.SetWorkers{N: 14}},
				engine.CommandDone{Command: engine.SetWorkers{N: 300}, Err: "workers: 300 is not between 1 and 256"})
		}, []string{"0:00.0  YOU  workers: from 12 to 13", "0:00.0  YOU  workers: from 13 to 14",
			"0:00.0  YOU  workers: not done: workers: 300 is not between 1 and 256"}},
		{"workers that the run chooses, and then does not", func(s *scene) {
			s.fold(engine.CommandDone{Command: engine.SetWorkers{}}, engine.CommandDone{Command: engine.SetWorkers{N: 14}})
		}, []string{"0:00.0  YOU  workers: from 12 to auto", "0:00.0  YOU  workers: from auto to 14"}},
		{"the stall limit, the queue, a suspension", func(s *scene) {
			s.fold(engine.CommandDone{Command: engine.SetStallAfter{D: 5 * time.Second}}, engine.CommandDone{Command: engine.Resume{}},
				engine.CommandDone{Command: engine.ClockJumped{D: 12 * time.Second}})
		}, []string{"0:00.0  YOU  stall limit: from 10s to 5s", "0:00.0  YOU  the queue: goes on: what waits is started again",
			"0:00.0  YOU  this program: back after 12s: that time does not count as silence"}},
		{"a retry past caches", func(s *scene) {
			s.fold(engine.CommandDone{Command: engine.Retry{Items: []engine.ItemID{1}, NoCache: true}, Accepted: 1})
		}, []string{"0:00.0  YOU  file001: retried by r, past caches"}},
		{"a role once, and again when it changes", func(s *scene) {
			r := role(0, "timestamp", "root", 0, 881, 18*time.Hour, 1, 1)
			fetching, expired := r, r
			fetching.State = trust.Fetching
			expired.State, expired.Expired, expired.Expires = trust.Expired, true, started.Add(-3*day)
			s.fold(engine.RoleChanged{Role: fetching}, engine.RoleChanged{Role: r}, engine.RoleChanged{Role: r}, engine.RoleChanged{Role: expired})
		}, []string{"0:00.0  ROLE  timestamp: accepted v881, 1 of 1 key, expires in 18h",
			"0:00.0  ROLE  timestamp: EXPIRED v881, 1 of 1 key, ended 2026-11-20"}},
		{"a finding once, and its withdrawal", func(s *scene) {
			f := engine.FindingRaised{Finding: finding.New(finding.FirstUse, "root", "not pinned")}
			gone := f
			gone.Withdrawn = true
			s.fold(f, f, gone, gone)
		}, []string{"0:00.0  WARNING  root: not pinned", "0:00.0  NOTE  root: no longer: not pinned"}},
		{"what breaks the protocol has not happened", func(s *scene) {
			s.m.fold(s.events(engine.StateChanged{Item: 0, Attempt: 1, From: engine.Stalled, To: engine.Failed}, engine.StateChanged{Item: 99, To: engine.Failed}))
		}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := small(t, 3)
			tt.play(s)
			if got := s.lines()[1:]; fmt.Sprintf("%q", got) != fmt.Sprintf("%q", tt.want) {
				t.Errorf("told\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

func TestEveryWordIsNamed(t *testing.T) {
	for w := wordNone + 1; w < numWords; w++ {
		if text := w.String(); text == "" || len(text) >= logWhat {
			t.Errorf("word %d is %q", w, text)
		}
	}
}

// ends lets so many files, from the one with this id on, be verified.
func (s *scene) ends(from, n int) {
	s.t.Helper()
	var bodies []engine.Body
	for i := range n {
		id := engine.ItemID(from + i)
		bodies = append(bodies, engine.StateChanged{Item: id, Attempt: 1, From: engine.Queued, To: engine.Connecting},
			engine.StateChanged{Item: id, Attempt: 1, From: engine.Connecting, To: engine.Verified, Done: 100})
	}
	s.fold(bodies...)
}

// crowded is a run with many more files than the log has room for; the first fails.
func crowded(t testing.TB, files int) *scene {
	t.Helper()
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.start()
	for from := 0; from < files; from += 1000 {
		var specs []engine.ItemSpec
		for i := range min(1000, files-from) {
			specs = append(specs, s.item(engine.Target, fmt.Sprintf("file%06d", from+i), "", 0, "targets", 100))
		}
		s.fold(engine.ItemsFound{Items: specs})
	}
	s.to("file000000", engine.Connecting)
	s.to("file000000", engine.Failed, problem(finding.Missing, "404 Not Found"))
	return s
}

func TestManyWellFilesDoNotPushOutTheOneThatFailed(t *testing.T) {
	const files = 75_000
	s := crowded(t, files)
	for from := 1; from+999 <= files; from += 999 {
		s.ends(from, 999)
	}
	l := &s.m.log
	if l.kept != logMost || len(l.entries) > 2*logMost {
		t.Fatalf("%d entries are kept, in a list of %d", l.kept, len(l.entries))
	}
	s.keys("3", "!")
	if got, want := s.entryUnder(), "0:00.0  FAIL  file000000: 404 Not Found"; got != want {
		t.Errorf("under the cursor is %q, want %q", got, want)
	}
	s.keys("!")
	s.entryUnder()
	if got, want := s.status(), fmt.Sprintf("20,000 of %s events, the oldest are gone   following the end (G)   / filter", measure.Digits(l.total)); got != want {
		t.Errorf("the status line says %q, want %q", got, want)
	}
	n, last := 0, uint64(0)
	for i := range l.entries {
		if e := &l.entries[i]; !e.gone {
			n++
			if e.seq <= last {
				t.Fatalf("entry %d comes after %d", e.seq, last)
			}
			last = e.seq
		}
	}
	if n != l.kept {
		t.Errorf("%d entries are there, and %d are counted", n, l.kept)
	}
}

// Events may come in any order: the log must stay whole.
func TestTheLogTakesAnyEvents(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.m.fold(s.events(
		engine.RoleChanged{Role: trust.Role{ID: 7, Name: "x", State: trust.Refused}},
		engine.FindingRaised{Withdrawn: true}, engine.ProbeEnded{Item: 4}, engine.Diagnosed{Item: 9},
		engine.CommandDone{}, engine.CommandDone{Command: engine.Cancel{Items: []engine.ItemID{5}}, Accepted: 1},
		engine.RunSettled{}, engine.RunFinished{Why: "interrupted"}, engine.BreakerChanged{Host: "h", State: engine.GivenUp},
	))
	s.keys("3", "n", "N", "enter", "esc", "g", "G", "c")
	checkSize(t, s.m.draw(), 120, 36)
}

// Whatever comes, goes and is taken back, the books are right.
func TestTheLogsBooksAreRight(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var l eventLog
	for range 3 * logMost {
		w := word(1 + r.IntN(int(numWords)-1))
		if r.IntN(2) == 0 {
			w = wordOK
		}
		l.add(happened(0, w).about(engine.ItemID(r.IntN(9))))
		if r.IntN(10) == 0 {
			l.takeBack(wordCancel, engine.ItemID(r.IntN(9)))
		}
	}
	var n [numWords]int32
	kept := 0
	for i := range l.entries {
		if e := &l.entries[i]; !e.gone {
			n[e.word]++
			kept++
		}
	}
	if kept != l.kept || kept > logMost {
		t.Errorf("%d entries are there, and %d are counted", kept, l.kept)
	}
	for w := range n {
		if n[w] != l.chains[w].n {
			t.Errorf("%s: %d entries are there, and %d are counted", word(w), n[w], l.chains[w].n)
		}
	}
}

// BenchmarkTell is an entry for a full log.
func BenchmarkTell(b *testing.B) {
	s := full(b)
	c := engine.StateChanged{Item: 5, Attempt: 1, To: engine.Verified}
	b.ReportAllocs()
	for b.Loop() {
		s.m.tellState(s.m.st.Items.At(5).Since, &c)
	}
}
