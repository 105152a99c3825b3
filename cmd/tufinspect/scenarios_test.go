package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/journal"
	"example.com/tufinspect/internal/report"
)

// scenarioTakes is the most that a scenario may take.
const scenarioTakes = 30 * time.Second * slower

// played is how a scenario went.
type played struct {
	stage *demo.Stage
	st    *engine.State
	rep   *report.Report
	took  time.Duration
	tape  bytes.Buffer // its recording
	err   error
}

// play runs a scenario without a screen, over real sockets.
func play(s demo.Scenario) (p played) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*scenarioTakes)
	defer cancel()
	if p.stage, p.err = s.Build(demoSeed, time.Now()); p.err != nil {
		return p
	}
	for _, a := range p.stage.Faults {
		for i := range a.Faults {
			if a.Faults[i].For > 0 {
				a.Faults[i].For = time.Hour // a machine under load must not come too late for it
			}
		}
	}
	server, err := p.stage.Serve()
	if err != nil {
		p.err = err
		return p
	}
	defer server.Close()
	cfg := demoConfig(s, p.stage, server.URL())
	source, err := fetch.New(fetch.Options{MaxConns: 2 * engine.MaxWorkers, Proxy: "none"})
	if err != nil {
		p.err = err
		return p
	}
	defer source.Close()
	cfg.Source = source
	start := time.Now()
	p.st, p.err = recordRun(ctx, cfg, &p.tape)
	p.took = time.Since(start)
	if p.err == nil {
		p.rep = report.New(p.st, report.Options{All: true})
	}
	return p
}

// recordRun makes a run and records it.
func recordRun(ctx context.Context, cfg engine.Config, to *bytes.Buffer) (*engine.State, error) {
	session, err := engine.Start(ctx, cfg)
	if err != nil {
		return nil, err
	}
	defer session.Close()
	writer := journal.NewWriter(to, madeBy(nil), nil)
	tee := journal.Record(session, writer.Take)
	defer tee.Close()
	st := &engine.State{}
	for u := range tee.Updates() {
		for _, e := range u.Events {
			st.Apply(e)
		}
	}
	return st, writer.Close(patience, 0)
}

func TestEveryScenarioKeepsItsPromise(t *testing.T) {
	all := demo.Scenarios()
	results := make([]played, len(all))
	var running sync.WaitGroup
	for i, s := range all { // all at a time: they mostly wait
		running.Go(func() { results[i] = play(s) })
	}
	running.Wait()
	for i, s := range all {
		t.Run(s.Name, func(t *testing.T) { checkPromise(t, s, &results[i]) })
	}
}

func checkPromise(t *testing.T, s demo.Scenario, p *played) {
	if p.err != nil {
		t.Fatal(p.err)
	}
	t.Logf("%s in %s", p.rep.Verdict, p.took.Round(100*time.Millisecond))
	if p.rep.Verdict != string(s.Verdict) || report.Verdict(p.st).ExitCode() != s.Verdict.ExitCode() {
		t.Errorf("it ends %s, and promises %s", p.rep.Verdict, s.Verdict)
	}
	if p.took > scenarioTakes {
		t.Errorf("it takes %s", p.took)
	}
	if err := demoWorked(p.st); err != nil {
		t.Error(err)
	}
	checkReplay(t, p)
	checkGoingBack(t, p.tape.Bytes())
	raised := func(id finding.ID, subject string) bool {
		return slices.ContainsFunc(p.rep.Findings, func(f finding.Finding) bool {
			return f.ID == id && (subject == "" || plainly(f.Subject) == subject)
		})
	}
	for _, id := range s.Findings {
		if !raised(finding.ID(id), "") {
			t.Errorf("no finding %s", id)
		}
	}
	ends := map[string]string{}
	for i := range p.stage.Faults {
		a := &p.stage.Faults[i]
		ends[a.Subject()] = a.Ends
		if a.Ends != "" && !raised(finding.ID(a.Ends), a.Subject()) {
			t.Errorf("%s does not end with %s", a.Subject(), a.Ends)
		}
	}
	for _, pr := range p.rep.Problems {
		if pr.State == engine.Untrusted.String() || pr.Problem == nil {
			continue // for what is above it
		}
		name := plainly(pr.Path)
		if want, told := ends[name]; !told || want == "" {
			t.Errorf("%s is not to be sick in the end, and is %s: %s: %s", name, pr.State, pr.Problem.Kind, pr.Problem.Text)
		} else if pr.Kind != engine.Metadata.String() && string(pr.Problem.Kind) != want {
			t.Errorf("%s ends with %s, and is to end with %s", name, pr.Problem.Kind, want)
		}
	}
}

// checkReplay holds the report of the recording against that of the run.
func checkReplay(t *testing.T, p *played) {
	t.Helper()
	log, err := journal.Open(bytes.NewReader(p.tape.Bytes()), int64(p.tape.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if log.Cut != "" {
		t.Errorf("the recording: %s", log.Cut)
	}
	again := report.New(folded(t.Context(), log), report.Options{All: true})
	for _, form := range []func(io.Writer, *report.Report) error{
		report.WriteJSON,
		func(w io.Writer, r *report.Report) error {
			return report.WriteText(w, r, report.TextOptions{All: true})
		},
	} {
		var run, replayed bytes.Buffer
		if err := errors.Join(form(&run, p.rep), form(&replayed, again)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(run.Bytes(), replayed.Bytes()) {
			t.Errorf("the report of the recording is another one:\n%s\nand that of the run:\n%s", replayed.Bytes(), run.Bytes())
		}
	}
}

// plainly takes what stands around a role's name in the name of its file.
func plainly(subject string) string {
	name, ok := strings.CutSuffix(subject, ".json")
	if !ok || strings.Contains(name, "/") {
		return subject
	}
	if _, rest, ok := strings.Cut(name, "."); ok {
		return rest
	}
	return name
}

func TestScenariosSayWhatTheyAre(t *testing.T) {
	for _, s := range demo.Scenarios() {
		for _, id := range s.Findings {
			if _, ok := finding.Lookup(finding.ID(id)); !ok {
				t.Errorf("%s promises %q, which is no finding", s.Name, id)
			}
		}
		stage, err := s.Build(demoSeed, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range stage.Faults {
			if _, ok := finding.Lookup(finding.ID(a.Ends)); a.Ends != "" && !ok {
				t.Errorf("%s: %s ends with %q, which is no finding", s.Name, a.Subject(), a.Ends)
			}
			if a.Subject() == "" || a.Line == "" || a.Cure == "" || strings.HasSuffix(a.Line+a.Cure, ".") {
				t.Errorf("%s: of %q it says %q and %q", s.Name, a.Subject(), a.Line, a.Cure)
			}
		}
		if notes := preface(s, stage); len(notes) != 2*len(stage.Faults)+2 {
			t.Errorf("%s says %d things of itself", s.Name, len(notes))
		}
	}
}

// listed is what demo --list writes.
func listed(t *testing.T) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "list"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := listScenarios(streams{out: f}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTheListOfScenariosFitsInAHundredColumns(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(listed(t), "\n"), "\n")
	if len(lines) != len(demo.Scenarios()) {
		t.Errorf("%d lines for %d scenarios", len(lines), len(demo.Scenarios()))
	}
	for _, line := range lines {
		if n := utf8.RuneCountInString(line); n > 100 {
			t.Errorf("%d columns: %s", n, line)
		}
		if line[9] != ' ' || line[10] == ' ' || line[19] != ' ' || line[20] == ' ' {
			t.Errorf("out of line: %s", line)
		}
	}
}

// The page is written by go test ./cmd/tufinspect -run TestThePageOfScenarios -update.
func TestThePageOfScenariosIsWhatTheyAre(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "demo.md")
	got := scenarioPage(t)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/demo.md is stale (%v): go test ./cmd/tufinspect -run TestThePageOfScenarios -update writes it anew", err)
	}
}

func scenarioPage(t *testing.T) []byte {
	var b bytes.Buffer
	b.WriteString(`<!-- Written by go test ./cmd/tufinspect -run TestThePageOfScenarios -update. Change demo/, or the test, not this page. -->

# Demonstrations

` + "`tufinspect demo`" + ` builds a repository, serves it badly on a port of 127.0.0.1, and inspects it. It needs no network, writes nothing and
remembers nothing. What is sick, and what a good operator does, stands first in the log (` + "`3`" + ` in the terminal UI, ` + "`about`" + ` in plain lines) and in the detail of the file (` + "`enter`" + `).
Each ends by itself within half a minute without a person; a test plays all of them and compares with this table.

| ` + "`tufinspect demo …`" + ` | ends | exit code of a check | what is to be seen |
|---|---|---|---|
`)
	for _, s := range demo.Scenarios() {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %d | %s |\n", s.Name, s.Name, s.Verdict, s.Verdict.ExitCode(), s.Line)
	}
	b.WriteString(`
The exit code of ` + "`demo`" + ` itself is 0 when the demonstration worked. ` + "`tufinspect demo --list`" + ` prints the table.

## Only serve

` + "`tufinspect demo serve [SCENARIO]`" + ` serves without inspecting, and prints the address, where the trusted root is, what is sick, and commands for
this program, curl, go-tuf's example client, python-tuf and tuftool. It ends with ctrl+c, SIGTERM or after ` + "`--for`" + ` (1h), with exit code 0.

| flag | meaning |
|---|---|
| ` + "`--port N`" + ` | the port of 127.0.0.1; without it, or with 0, a free one |
| ` + "`--root-out FILE`" + ` | writes the trusted root there; without it nothing is written |
| ` + "`--for DURATION`" + ` | how long to serve |

Times of a story (*publish*, *flapping*) count from the first request of ` + "`timestamp.json`" + `, whoever makes it, and anew from one that follows
a minute without any request. Redirects to a port that takes no connection need Linux; elsewhere that port takes the connection and
nothing reads from it.
`)
	for _, s := range demo.Scenarios() {
		fmt.Fprintf(&b, "\n## %s\n\n%s%s. Ends **%s**", s.Name, strings.ToUpper(s.Line[:1]), s.Line[1:], s.Verdict)
		for i, id := range s.Findings {
			fmt.Fprintf(&b, "%s[%s](findings.md#%s)", map[bool]string{true: ", with ", false: ", "}[i == 0], id, id)
		}
		fmt.Fprintf(&b, ". A stall is %s without a byte and ends after %s more; %d retries.\n", s.StallAfter, s.StallTimeout, s.Retries)
		stage, err := s.Build(demoSeed, time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC))
		if err != nil {
			t.Fatal(err)
		}
		if s.Name == "all" {
			b.WriteString("\nWhat is sick is what the others have, but for *expired* (its delegated roles only) and *flapping*.\n")
			continue
		}
		if len(stage.Faults) == 0 {
			continue
		}
		b.WriteString("\n| what is sick | how | ends with | what a good operator does |\n|---|---|---|---|\n")
		for i := range stage.Faults {
			a := &stage.Faults[i]
			ends := "well"
			if a.Ends != "" {
				ends = fmt.Sprintf("[%s](findings.md#%s)", a.Ends, a.Ends)
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", a.Subject(), a.Line, ends, a.Cure)
		}
	}
	return b.Bytes()
}
