package ui

import (
	"fmt"
	"strings"
	"testing"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// What is copied off the screen is the same command, whatever the screen's width.
func TestACommandOverSeveralLinesIsTheSameCommand(t *testing.T) {
	commands := []string{
		"ss -tinp dst 203.0.113.7:443",
		"curl -v -o /dev/null -A 'tuf inspect/1' -H 'Accept-Encoding: identity' --resolve a.example:443:203.0.113.7 https://a.example/" + strings.Repeat("long/", 40) + "x",
		`curl -H 'X: it'\''s  two' 'https://a.example/a b/` + strings.Repeat("c", 90) + `'`,
		"curl -A 1 https://a.example/" + strings.Repeat("b/", 30) + strings.Repeat("c", 64) + ".d -v",
		"ls -l '/srv/a folder/x'", "", " ", "'unfinished",
	}
	for _, c := range commands {
		for w := 20; w < 200; w += 3 {
			var pasted strings.Builder
			lines := shellLines(c, w, w+10)
			for i, l := range lines {
				text := l.text
				if i < len(lines)-1 {
					var ok bool
					if text, ok = strings.CutSuffix(text, `\`); !ok {
						t.Fatalf("line %q of %q goes on without a backslash", l.text, c)
					}
				}
				if l.from != edge && i > 0 {
					text = "      " + text // where it stands on screen
				}
				pasted.WriteString(text)
				room := w
				switch l.from {
				case margin:
					room = w + 10
				case edge:
					room = w + 11
				}
				if n := widthOf(l.text); n > room && !strings.Contains(l.text, "'") {
					t.Errorf("line %q of %q has %d cells of %d", l.text, c, n, room)
				}
			}
			if got, want := fmt.Sprintf("%q", shellWords(pasted.String())), fmt.Sprintf("%q", shellWords(c)); got != want {
				t.Fatalf("at %d cells %s becomes %s", w, want, got)
			}
		}
	}
}

// An address is whole as long as the screen has a line for it, and is broken where it is
// read.
func TestALongWordIsBrokenOnlyWhereItMustBe(t *testing.T) {
	address := "https://tuf.example.org/targets/" + strings.Repeat("d", 38) + "/xyz"
	texts := func(whole int) []string {
		var out []string
		for _, l := range shellLines("curl -v "+address, 40, whole) {
			out = append(out, l.text)
		}
		return out
	}
	for whole, want := range map[int][]string{
		len(address):     {`curl -v \`, address},
		len(address) - 1: {`curl -v \`, address},
		len(address) - 2: {`curl -v \`, strings.TrimSuffix(address, "xyz") + `\`, "xyz"},
	} {
		if got := texts(whole); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("in %d cells: %q, want %q", whole, got, want)
		}
	}
}

func TestCulprits(t *testing.T) {
	tests := []struct {
		name, label string
		sure        fetch.Certainty
		state       engine.ItemState
		want        string
	}{
		{"what the socket tells", "server: alive, stopped sending", fetch.Certain, engine.Stalled, "server"},
		{"what is likely", "network: peer gone", fetch.Likely, engine.Stalled, "network"},
		{"what is guessed", "network: the request could not be sent", fetch.Guess, engine.Stalled, "network?"},
		{"either of two", "server or path: the request is unanswered", fetch.Guess, engine.Stalled, "server/net"},
		{"our own fault", "inspector: data waits, the fault is here", fetch.Certain, engine.Stalled, "inspector"},
		{"a label without a culprit", "slow", fetch.Certain, engine.Stalled, ""},
		{"a culprit that does not fit", "somebody somewhere: else", fetch.Certain, engine.Stalled, ""},
		{"an item that goes on again", "server: alive", fetch.Certain, engine.Transferring, ""},
	}
	for _, tt := range tests {
		it := &engine.Item{State: tt.state, Cause: &engine.Diagnosed{Diagnosis: fetch.Diagnosis{Cause: fetch.BodyStopped, Label: tt.label, Certainty: tt.sure}}}
		if got := culprit(it); got != tt.want || widthOf(got) > 10 {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	cause := &engine.Diagnosed{Diagnosis: fetch.Diagnosis{Cause: fetch.BodyStopped, Label: "server: alive", Certainty: fetch.Likely}}
	for kind, want := range map[finding.ID]string{finding.Stalled: "server", finding.HostSilent: "server", finding.WrongHash: ""} {
		if got := culprit(&engine.Item{State: engine.Failed, Cause: cause, Problem: &engine.Problem{Kind: kind}}); got != want {
			t.Errorf("failed by %s: %q, want %q", kind, got, want)
		}
	}
	if got := culprit(&engine.Item{State: engine.Stalled}); got != "" {
		t.Errorf("without a diagnosis: %q", got)
	}
}

func TestACrawlingRowIsSlowWithoutColours(t *testing.T) {
	for width, want := range map[int]string{120: "↓ slow          would take 3h20m        10 B/s", 80: "↓ slow      takes 3h20m", 60: "↓ slow, takes 3h20m"} {
		s := newScene(t, look{theme: Mono}, width, 24)
		s.crawl()
		s.keys("/", "1.20.6/darwin", "enter")
		if !strings.Contains(s.screen(), want) {
			t.Errorf("%q is not on the screen of %d columns:\n%s", want, width, s.screen())
		}
	}
}

func TestPaces(t *testing.T) {
	for label, want := range map[string][2]string{
		"slow: 10 B/s, would take 3h20m0s": {"10 B/s", "3h20m"}, "slow: 9.93 B/s, would take 2h47m35s": {"9.93 B/s", "2h47m"},
		"slow: 1 B/s, would take 1h0m0s": {"1 B/s", "1h"}, "slow: 1 KiB/s, would take 40s": {"1 KiB/s", "40s"},
		"slow: 1 KiB/s, would take 2m5s": {"1 KiB/s", "2m5s"}, "slow: 3 B/s, would take 12 days": {"3 B/s", "12 days"},
		"slow: 3 B/s": {"3 B/s", ""}, "slow": {"slow", ""}, "": {"", ""},
	} {
		rate, takes := pace(&engine.Item{Cause: &engine.Diagnosed{Diagnosis: fetch.Diagnosis{Label: label}}})
		if rate != want[0] || takes != want[1] {
			t.Errorf("%q: %q and %q, want %q", label, rate, takes, want)
		}
	}
}

func TestSlownessIsNewsOnceAnAttempt(t *testing.T) {
	s := small(t, 1)
	s.to("file000", engine.Connecting)
	s.to("file000", engine.Transferring)
	drip := func(label string) {
		s.fold(engine.Diagnosed{Item: 0, Attempt: s.get("file000").Attempt, Diagnosis: fetch.Diagnosis{Cause: fetch.SlowDrip, Label: label}})
	}
	drip("slow: 10 B/s, would take 2 days")
	s.wantStatus("0:00  SLOW  file000: 10 B/s, would take 2 days")
	s.keys("!")
	if !strings.Contains(s.screen(), "would take 2 days") {
		t.Errorf("it is not among the problems:\n%s", s.screen())
	}
	drip("slow: 9 B/s")
	s.wantStatus("0:00  SLOW  file000: 10 B/s, would take 2 days")
	s.to("file000", engine.Retrying)
	s.to("file000", engine.Queued)
	s.to("file000", engine.Connecting)
	s.to("file000", engine.Transferring)
	drip("slow: 9 B/s")
	s.wantStatus("0:00  SLOW  file000: 9 B/s")
	if !strings.Contains(s.screen(), "↓ slow          slow") {
		t.Errorf("a length that is not known is not taken as such:\n%s", s.screen())
	}
}

// A taller window is no cure at night: what does not fit is a key away.
func TestTheDetailCanBePaged(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 80, 24)
	s.probed()
	seen := s.screen()
	for range 10 {
		s.keys("pgdown")
		seen += s.screen()
	}
	for _, want := range []string{"getent ahosts", "of silence", "connection refused", "8a361d8bef4f"} {
		if !strings.Contains(seen, want) {
			t.Errorf("%q is on no page", want)
		}
	}
	if last := s.screen(); strings.Contains(last, "more lines") || !strings.Contains(last, "8a361d8bef4f") || !strings.Contains(last, "from line") {
		t.Errorf("that is not the last page:\n%s", last)
	}
	for range 10 {
		s.keys("pgup")
	}
	if !strings.Contains(s.screen(), "  state      ! stalled") {
		t.Errorf("that is not the first page:\n%s", s.screen())
	}
	s.keys("pgdown", "down")
	if strings.Contains(s.screen(), "from line") {
		t.Error("another item begins in the middle")
	}
}
