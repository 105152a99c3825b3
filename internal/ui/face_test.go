package ui

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/report"
	"example.com/tufinspect/internal/ui/plain"
)

// allSorts plays a run with files of every sort of end: proved by bytes, refused by
// the server, silent, with a copy that is worse or as bad, and metadata.
func allSorts(t *testing.T) *scene {
	s := newScene(t, look{theme: Mono}, 200, 60)
	s.tape = &[]engine.Event{}
	s.start()
	s.metadata()
	var items []engine.ItemSpec
	for i := range 6 {
		items = append(items, s.item(engine.Target, fmt.Sprintf("t%d", i), "", 4, "targets", 10))
		items = append(items, s.item(engine.Copy, fmt.Sprintf("t%d", i), "sha512", 4, "targets", 10))
	}
	items = append(items, s.item(engine.Metadata, "9.root.json", "", 0, "root", -1), s.item(engine.Metadata, "bin.json", "", 0, "bin", -1))
	s.fold(engine.ItemsFound{Items: items})
	end := func(name string, to engine.ItemState, change ...func(*engine.StateChanged)) {
		t.Helper()
		s.to(name, engine.Connecting)
		s.to(name, to, change...)
	}
	wrong := problem(finding.WrongHash, "sha256 differs from the signed hash")
	busy := problem(finding.ServerError, "503 Service Unavailable")
	mute := problem(finding.Stalled, "no first byte for 1m10s")
	end("t0", engine.Failed, wrong)
	end("t0sha512", engine.Failed, busy) // the worse of both counts
	end("t1", engine.Failed, busy)
	end("t1sha512", engine.Failed, mute)
	end("t2", engine.Failed, mute)
	end("t2sha512", engine.Failed, mute)
	end("t3", engine.Verified)
	end("t3sha512", engine.Failed, problem(finding.HostSilent, "host silent"))
	end("t4", engine.Verified)
	end("t4sha512", engine.Verified)
	end("t5", engine.Cancelled, problem(finding.Cancelled, "cancelled by you"))
	end("t5sha512", engine.Untrusted, problem(finding.UntrustedRole, "releases was refused"))
	end("9.root.json", engine.Failed, busy)
	end("bin.json", engine.Failed, problem(finding.Missing, "404 Not Found"))
	return s
}

// Whatever says how a run went counts the same, and calls it by the same words.
func TestAllDisplaysAgreeOnWhatHasFailed(t *testing.T) {
	s := allSorts(t)
	s.fold(engine.RunSettled{Verdict: engine.Broken}, engine.RunFinished{Verdict: engine.Broken})
	s.contains("CRITICAL: 2 failed, 1 untrusted, 4 not checked", "✗ 2 failed", "∅ 4 not checked")
	s.keys("R")
	s.wantStatus("retry 7 files (2 failed, 1 untrusted, 4 not checked)? y/N")
	s.keys("esc")

	targets, metadata := s.m.st.Misses()
	if want := (engine.Misses{Failed: 1, Unchecked: 3, Silent: 2}); targets != want {
		t.Errorf("of targets %+v, want %+v", targets, want)
	}
	if want := (engine.Misses{Failed: 1, Unchecked: 1}); metadata != want {
		t.Errorf("of metadata %+v, want %+v", metadata, want)
	}
	var b bytes.Buffer
	if err := report.WriteText(&b, report.New(s.m.st, report.Options{}), report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"1 failed, 1 untrusted (their bytes match), 3 not checked (2 silent); ", "metadata  1 failed, 1 not checked\n", "✗ failed    t0:", "∅ unchecked t1:", "∅ unchecked 9.root.json:"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in the summary:\n%s", want, b.String())
		}
	}
	if n := strings.Count(b.String(), "✗ failed"); n != 2 {
		t.Errorf("%d problems have failed in the summary, want 2", n)
	}

	b.Reset()
	p := plain.New(&b, plain.Options{})
	p.Apply(engine.Update{Events: *allSorts(t).tape})
	p.Progress()
	for _, want := range []string{"2 failed", "4 not checked", "1 untrusted", "FAILED      t0:", "UNCHECKED   t1:", "UNCHECKED   9.root.json:"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%q is not in the plain lines:\n%s", want, b.String())
		}
	}
}
