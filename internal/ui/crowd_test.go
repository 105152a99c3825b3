package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
)

// tells gives the entries of the log with these words, as lines.
func (s *scene) tells(of ...word) string {
	var b strings.Builder
	for i := range s.m.log.entries {
		e := &s.m.log.entries[i]
		for _, w := range of {
			if e.word == w && !e.gone {
				fmt.Fprintf(&b, "%s  %s\n", e.word, joined(s.m.subjectOf(e), s.m.detailOf(e)))
			}
		}
	}
	return b.String()
}

// ended are the events by which one act ends the first n files of a small run.
func (s *scene) ended(n int, to engine.ItemState, p *engine.Problem) []engine.Body {
	var out []engine.Body
	for id := range engine.ItemID(n) {
		q := p
		if id%3 == 0 && to == engine.Cancelled {
			stalled := *p
			stalled.Text += " while stalled: no first byte"
			q = &stalled
		}
		out = append(out, engine.StateChanged{Item: id, From: engine.Queued, To: to, Problem: q, Reason: q.Text})
	}
	return out
}

func TestOneActIsOneEntry(t *testing.T) {
	const many = 20_000
	mine := &engine.Problem{Kind: finding.Cancelled, Text: "cancelled by you", Retry: true}
	silent := &engine.Problem{Kind: finding.HostSilent, Text: "host silent: tuf.example.org was given up", Retry: true}
	ids := make([]engine.ItemID, many)
	for i := range ids {
		ids[i] = engine.ItemID(i)
	}
	for _, c := range []struct {
		name string
		to   engine.ItemState
		p    *engine.Problem
		done engine.Body
		want string
	}{
		{"marked rows", engine.Cancelled, mine, engine.CommandDone{Command: engine.Cancel{Items: ids}, Accepted: many}, "YOU  20,000 marked files: cancelled\n"},
		{"X", engine.Cancelled, mine, engine.CommandDone{Command: engine.CancelAll{}, Accepted: many}, "YOU  all files: cancelled 20,000\n"},
		{"quitting", engine.Cancelled, mine, engine.CommandDone{Command: engine.Stop{}}, "CANCEL  20,000 files: cancelled by you\nYOU  the run: stopping\n"},
		{"a host that is given up", engine.Failed, silent, engine.BreakerChanged{Host: "tuf.example.org", State: engine.GivenUp, Why: "silent"},
			"UNCHECKED  20,000 files: host silent: tuf.example.org was given up\n"},
	} {
		s := small(t, many)
		s.wait(time.Second)
		s.fold(append(s.ended(many, c.to, c.p), c.done)...)
		if got := s.tells(wordCancel, wordUnseen, wordUnchecked, wordYou); got != c.want {
			t.Errorf("%s: the log says\n%swant\n%s", c.name, got, c.want)
		}
		s.keys("3", "/", "what:cancel", "enter", "esc", "G")
		checkSize(t, s.m.draw(), s.m.width, s.m.height)
	}
}

// Files that end one by one have entries of their own.
func TestFilesThatAreCancelledOneByOneAreNotOneEntry(t *testing.T) {
	s := small(t, 3)
	mine := problem(finding.Cancelled, "cancelled by you")
	s.to("file000", engine.Cancelled, mine)
	s.wait(2 * time.Second)
	s.to("file001", engine.Cancelled, mine)
	want := "CANCEL  file000: cancelled by you\nCANCEL  file001: cancelled by you\n"
	if got := s.tells(wordCancel); got != want {
		t.Errorf("the log says\n%s", got)
	}
}

// A role that was refused does not stand twice among the findings.
func TestARefusedRoleIsOneFinding(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.start()
	s.metadata()
	bad := problem(finding.BadSignatures, "0 of 1 keys have signed")
	s.fold(engine.ItemsFound{Items: []engine.ItemSpec{s.item(engine.Metadata, "2.sbom.json", "", 5, "sbom", 10), s.item(engine.Metadata, "2.other.json", "", 6, "other", 10)}})
	for _, name := range []string{"2.sbom.json", "2.other.json"} {
		s.to(name, engine.Connecting)
		s.to(name, engine.Failed, bad)
	}
	s.fold(engine.FindingRaised{Role: 5, About: true, Finding: finding.New(finding.BadSignatures, "sbom", "0 of 1 keys have signed")})
	s.keys("6")
	s.contains("2.other.json", "sbom  ")
	if text := s.screen(); strings.Contains(text, "2 files") || strings.Contains(text, "2.sbom.json") {
		t.Errorf("the role's file stands beside the role:\n%s", text)
	}
	s.keys("enter", "esc")
	s.fold(engine.FindingRaised{Role: 6, About: true, Finding: finding.New(finding.BadSignatures, "other", "0 of 1 keys have signed")})
	if text := s.screen(); strings.Contains(text, "2.other.json") {
		t.Errorf("the other file still stands:\n%s", text)
	}
}
