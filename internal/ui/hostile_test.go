package ui

import (
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
	"example.com/tufinspect/internal/trust"
)

// poison is text that does something to a terminal that gets it raw.
var poison = []string{
	"clip\x1b]52;c;aGVsbG8=\x07board",
	"ti\x1b]0;owned\x1b\\tle",
	"clear\x1b[2J\x1b[H",
	"good.zip\rbad.exe",
	"two\nlines",
	"exe\u202etxt.zip",
	"zero\u200bwidth\u200d\ufeff",
	"c1\u009b2Jcontrol\u0090",
	"not utf-8 \xff\xfe\x80",
	"tab\tand\bback\x7f",
	"combining e\u0301\u0323\u0302 marks",
	"wide 画像/二〇二六年/索引.tar",
	"filler \u3164\ufe0f\U000e0100",
	strings.Repeat("長い", 60) + strings.Repeat("name", 45),
	"\x1b",
}

// hostile has all of that wherever a server or a file could put it. Like the engine, it
// makes each text printable where it comes in.
func (s *scene) hostile() {
	s.t.Helper()
	s.metadata()
	var specs []engine.ItemSpec
	for i, raw := range poison {
		name, role := safe.Text(raw), safe.Text(poison[(i+3)%len(poison)])
		spec := s.item(engine.Target, name, "", 3, role, 1000)
		spec.Site = engine.SiteOf("https://" + safe.Text(poison[i%len(poison)]) + "/targets/x")
		specs = append(specs, spec)
	}
	s.fold(engine.ItemsFound{Items: specs})
	for i, spec := range specs {
		bad := safe.Text(poison[(i+1)%len(poison)])
		s.to(spec.Path, engine.Connecting)
		s.fold(engine.PhasesEntered{Item: spec.ID, Attempt: 1, Marks: []engine.TimedMark{{Phase: fetch.Headers, At: s.at}}, Address: safe.Text(poison[(i+2)%len(poison)])})
		s.fold(engine.Responded{Item: spec.ID, Attempt: 1, Response: fetch.Response{Status: 200, Protocol: bad, TLS: bad, Length: 1, Header: map[string]string{"Via": bad, "Server": bad, "Location": "https://" + bad}}})
		s.fold(engine.Redirected{Item: spec.ID, Attempt: 1, Hop: 1, URL: bad, Address: bad, From: bad, Marks: []engine.TimedMark{{Phase: fetch.Pool, At: s.at}},
			By: &fetch.Response{Status: 302, Protocol: bad, TLS: bad, Header: map[string]string{"Location": bad}}})
		switch i % 3 {
		case 0:
			s.to(spec.Path, engine.Failed, problem(finding.WrongHash, bad, "sha256 got", bad, bad, bad))
		case 1:
			s.to(spec.Path, engine.Stalled, problem(finding.Stalled, bad), reason(bad))
			s.fold(engine.Diagnosed{Item: spec.ID, Attempt: 1, Diagnosis: fetch.Diagnosis{Cause: fetch.BodyStopped, Label: bad, Evidence: []string{bad, bad}}, Commands: []string{"curl '" + bad + "'", bad}})
		}
	}
	r := role(7, safe.Text(poison[0]), "targets", 3, 1, 0, 0, 2)
	r.State, r.Problem, r.Signers[0].Owner, r.Signers[1].Reason = trust.Refused, safe.Text(poison[2]), safe.Text(poison[5]), safe.Text(poison[3])
	s.fold(engine.RoleChanged{Role: r},
		engine.HostChanged{Host: safe.Text(poison[0]), Address: safe.Text(poison[1]), Errors: []engine.Count{{Text: safe.Text(poison[2]), N: 2}}, Failed: 2},
		engine.BreakerChanged{Host: safe.Text(poison[0]), State: engine.Held, Why: safe.Text(poison[3])},
		engine.FindingRaised{Finding: finding.New(finding.ExpiresSoon, safe.Text(poison[0]), "%s", safe.Text(poison[4])), Role: 7, About: true},
		engine.InspectorStuck{Part: "control loop", For: 12e9, Dump: safe.Text("/tmp/" + poison[2])},
	)
}

// Nothing of it reaches the terminal raw, on any screen, and each row is one line.
func TestHostileNamesDoNothing(t *testing.T) {
	s := newScene(t, look{theme: Mono}, 120, 36)
	s.hostile()
	keys := [][]string{{}, {"enter"}, {"down"}, {"down"}, {"["}, {"pgdown"}, {"d"}, {"?"}, {"?", "P"}, {"P", "esc", "/"}, {safe.Text(poison[0])}, {"enter"}, {"esc", "a", "x"}, {"n", "q"}, {"n"}}
	for v := range numViews {
		for _, k := range keys {
			s.keys(k...)
			if k := s.m.mode(); k == browsing || k == replaying {
				s.m.show(v)
			}
			for _, size := range [][2]int{{200, 60}, {120, 36}, {80, 24}, {60, 12}, {40, 8}} {
				s.m.resize(size[0], size[1])
				frame := s.m.draw()
				where := fmt.Sprintf("view %s, %dx%d, after %q", v, size[0], size[1], k)
				checkSize(t, frame, size[0], size[1])
				if r, ok := raw(frame); ok {
					t.Fatalf("%s: %U is in the frame: %q", where, r, frame)
				}
				if n := strings.Count(frame, "\n") + 1; n > size[1] {
					t.Fatalf("%s: %d lines", where, n)
				}
			}
		}
		s.keys("esc", "A", "esc")
	}
}

// raw finds what is neither text nor one of the styles of this program.
func raw(frame string) (rune, bool) {
	for _, prefix := range paletteOf(Mono) {
		if prefix != "" {
			frame = strings.ReplaceAll(frame, prefix, "")
		}
	}
	frame = strings.ReplaceAll(frame, reset, "")
	for _, r := range frame {
		if r != '\n' && !unicode.IsPrint(r) {
			return r, true
		}
	}
	return 0, false
}

// Whatever characters names are made of, columns begin where the head says.
func TestColumnsAreAligned(t *testing.T) {
	for _, size := range [][2]int{{200, 60}, {120, 36}, {80, 24}} {
		s := newScene(t, look{theme: Mono}, size[0], size[1])
		s.hostile()
		lines := strings.Split(s.screen(), "\n")
		c := columnsAt(size[0])
		at := 2 + c.name + 1 + c.role
		for i, id := range s.m.list.rows[:min(len(s.m.list.rows), s.m.list.height)] {
			line := lines[s.m.viewTop+1+i]
			if got := ansi.Cut(line, at, at+1); got != s.m.p.g.state[s.m.st.Items.At(int(id)).State] {
				t.Errorf("%dx%d: the state of row %d does not stand in its column: %q\n%s", size[0], size[1], i, got, line)
			}
		}
	}
}

// FuzzName lets any bytes be a name, as far as the engine would let them through.
func FuzzName(f *testing.F) {
	for _, p := range poison {
		f.Add(p)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := newScene(t, look{theme: Mono}, 80, 24)
		s.start()
		name := safe.Text(text)
		s.fold(engine.ItemsFound{Items: []engine.ItemSpec{s.item(engine.Target, name, "", 0, name, 1)}})
		s.to(name, engine.Connecting)
		s.to(name, engine.Failed, problem(finding.ServerError, name))
		for _, key := range []string{"", "enter", "P", "esc"} {
			s.keys(key)
			frame := s.m.draw()
			checkSize(t, frame, 80, 24)
			if r, ok := raw(frame); ok {
				t.Errorf("%q: %U is in the frame", text, r)
			}
		}
	})
}
