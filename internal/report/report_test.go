package report_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/rivo/uniseg"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/report"
	"example.com/tufinspect/internal/trust"
)

func jsonOf(t testing.TB, st *engine.State, opt report.Options) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteJSON(&b, report.New(st, opt)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func textOf(t testing.TB, st *engine.State, opt report.TextOptions) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := report.WriteText(&b, report.New(st, report.Options{}), opt); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// interrupted is a run that a deadline ended before anything was known.
func interrupted(t testing.TB) *engine.State {
	s := newScript(t, false)
	id := s.item(engine.ItemSpec{Kind: engine.Metadata, Path: "timestamp.json", RoleName: "timestamp", Length: -1})
	s.end(id, engine.Cancelled, problemOf(finding.DeadlineReached, "the deadline of 30s was reached", true), 0)
	return s.finish(engine.Undecided, "the deadline of 30s was reached")
}

// changed is a healthy run of which an earlier one is remembered.
func changed(t testing.TB) *engine.State {
	st := healthy(t)
	then := started.Add(-24 * time.Hour)
	st.Run.Remembered = then
	st.Anchor.Source, st.Anchor.Since = engine.RootFirstUse, then.Add(-24*time.Hour)
	st.Changes = trust.Changes{
		Since: then, TargetsSince: then, Forgotten: "the keys of timestamp have changed since root v4",
		Roles: []trust.RoleChange{
			{Name: "root", From: 4, To: 5, KeysAdded: []string{"0123abcd…"}},
			{Name: "timestamp", From: 69, To: 70, KeysAdded: []string{"11"}, KeysRemoved: []string{"22"}},
			{Name: "new\x1b[2J", To: 1}, {Name: "gone", From: 3},
		},
		Targets: trust.TargetChanges{Added: 5, Changed: 1, AddedPaths: []string{"a", "b", "c", "d", "e"}, ChangedPaths: []string{"target-1.pem"}},
	}
	st.Apply(engine.Event{Body: engine.FindingRaised{Finding: finding.New(finding.ChangedSince, "repository", "since the run of yesterday")}})
	return st
}

func TestGoldenFiles(t *testing.T) {
	opt := report.Options{PeakMemory: 64 << 20}
	all := report.Options{PeakMemory: 64 << 20, All: true, Finished: started.Add(90 * time.Second)}
	golden(t, "healthy.json.golden", jsonOf(t, healthy(t), opt))
	golden(t, "sick.json.golden", jsonOf(t, sick(t, false), opt))
	golden(t, "sick-all.json.golden", jsonOf(t, sick(t, false), all))
	golden(t, "interrupted.json.golden", jsonOf(t, interrupted(t), opt))

	golden(t, "changed.json.golden", jsonOf(t, changed(t), opt))
	golden(t, "changed.txt.golden", textOf(t, changed(t), report.TextOptions{}))
	golden(t, "silent.json.golden", jsonOf(t, silent(t, 7), opt))
	golden(t, "silent.txt.golden", textOf(t, silent(t, 10_000), report.TextOptions{}))
	golden(t, "silent-all.txt.golden", textOf(t, silent(t, 7), report.TextOptions{All: true}))

	golden(t, "healthy.txt.golden", textOf(t, healthy(t), report.TextOptions{}))
	golden(t, "sick.txt.golden", textOf(t, sick(t, false), report.TextOptions{}))
	golden(t, "sick-all.txt.golden", textOf(t, sick(t, false), report.TextOptions{All: true}))
	golden(t, "sick-ascii.txt.golden", textOf(t, sick(t, false), report.TextOptions{ASCII: true}))
	golden(t, "interrupted.txt.golden", textOf(t, interrupted(t), report.TextOptions{}))
}

func compiled(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(report.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("report.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("report.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(s *jsonschema.Schema, data []byte) error {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return s.Validate(doc)
}

func TestReportsFollowTheSchema(t *testing.T) {
	s := compiled(t)
	underWay := newScript(t, true)
	id := underWay.item(engine.ItemSpec{Kind: engine.Target, Path: "a", RoleName: "targets", Length: 5})
	underWay.do(0, engine.StateChanged{Item: id, Attempt: 1, From: engine.Queued, To: engine.Waiting})
	for name, st := range map[string]*engine.State{
		"healthy": healthy(t), "sick": sick(t, false), "interrupted": interrupted(t),
		"under way": &underWay.state, "not started": {}, "hostile": hostile(t), "silent": silent(t, 9),
		"changed": changed(t),
	} {
		for _, all := range []bool{false, true} {
			if err := validate(s, jsonOf(t, st, report.Options{All: all})); err != nil {
				t.Errorf("%s, all=%t: %v", name, all, err)
			}
		}
	}
}

// The schema has to notice drift, or the test above says nothing.
func TestTheSchemaRefusesWhatItDoesNotKnow(t *testing.T) {
	s := compiled(t)
	good := jsonOf(t, sick(t, false), report.Options{All: true})
	for name, change := range map[string]func(doc map[string]any){
		"a further field":            func(d map[string]any) { d["more"] = 1 },
		"a further field of a role":  func(d map[string]any) { d["roles"].([]any)[0].(map[string]any)["more"] = 1 },
		"a further field of an item": func(d map[string]any) { d["items"].([]any)[0].(map[string]any)["more"] = 1 },
		"a further field of a problem": func(d map[string]any) {
			d["problems"].([]any)[0].(map[string]any)["more"] = 1
		},
		"a missing verdict":   func(d map[string]any) { delete(d, "verdict") },
		"an unknown verdict":  func(d map[string]any) { d["verdict"] = "fine" },
		"another form":        func(d map[string]any) { d["schema"] = "tufinspect.report/2" },
		"a time without zone": func(d map[string]any) { d["started"] = "2026-11-23T09:42:00" },
		"a time not in UTC":   func(d map[string]any) { d["started"] = "2026-11-23T09:42:00+01:00" },
		"a negative count":    func(d map[string]any) { d["targets"].(map[string]any)["failed"] = -1 },
		"a control character": func(d map[string]any) { d["problems"].([]any)[0].(map[string]any)["path"] = "a\x1b[2J" },
		"an unknown state":    func(d map[string]any) { d["problems"].([]any)[0].(map[string]any)["state"] = "odd" },
		"a severity in capital": func(d map[string]any) {
			d["findings"].([]any)[0].(map[string]any)["severity"] = "Critical"
		},
	} {
		var doc map[string]any
		if err := json.Unmarshal(good, &doc); err != nil {
			t.Fatal(err)
		}
		change(doc)
		if err := s.Validate(doc); err == nil {
			t.Errorf("the schema accepts %s", name)
		}
	}
}

// Every field of the Go types is in the schema and the other way round.
func TestSchemaAndTypesHaveTheSameFields(t *testing.T) {
	var doc struct {
		Properties map[string]json.RawMessage `json:"properties"`
		Defs       map[string]struct {
			Properties map[string]json.RawMessage `json:"properties"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal(report.Schema(), &doc); err != nil {
		t.Fatal(err)
	}
	keys := func(m map[string]json.RawMessage) map[string]bool {
		out := map[string]bool{}
		for k := range m {
			out[k] = true
		}
		return out
	}
	for _, c := range []struct {
		typ  reflect.Type
		want map[string]bool
	}{
		{reflect.TypeFor[report.Report](), keys(doc.Properties)},
		{reflect.TypeFor[report.Repository](), keys(doc.Defs["repository"].Properties)},
		{reflect.TypeFor[report.Role](), keys(doc.Defs["role"].Properties)},
		{reflect.TypeFor[report.Targets](), keys(doc.Defs["targets"].Properties)},
		{reflect.TypeFor[report.File](), keys(doc.Defs["file"].Properties)},
		{reflect.TypeFor[report.Problem](), keys(doc.Defs["problem"].Properties)},
		{reflect.TypeFor[report.Item](), keys(doc.Defs["item"].Properties)},
		{reflect.TypeFor[report.Client](), keys(doc.Defs["client"].Properties)},
		{reflect.TypeFor[report.ClientTargets](), keys(doc.Defs["client_targets"].Properties)},
		{reflect.TypeFor[report.Inspector](), keys(doc.Defs["inspector"].Properties)},
		{reflect.TypeFor[finding.Finding](), keys(doc.Defs["finding"].Properties)},
	} {
		got := map[string]bool{}
		for i := range c.typ.NumField() {
			f := c.typ.Field(i)
			if f.IsExported() && !f.Anonymous {
				name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
				got[name] = true
			}
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s has %v, the schema %v", c.typ, got, c.want)
		}
	}
}

func TestTwoRunsDifferOnlyInTimes(t *testing.T) {
	// Everything that the clock decides is taken from the first run.
	finished := started.Add(time.Minute)
	opt := report.Options{All: true, Finished: finished}
	one, two := jsonOf(t, sick(t, false), opt), jsonOf(t, sick(t, true), opt)
	if !bytes.Equal(one, two) {
		t.Errorf("what arrives in another order is reported in another order:\n%s\n%s", one, two)
	}
	a, b := textOf(t, sick(t, false), report.TextOptions{All: true}), textOf(t, sick(t, true), report.TextOptions{All: true})
	if !bytes.Equal(a, b) {
		t.Errorf("the summaries differ:\n%s\n%s", a, b)
	}
}

func TestTargetsAddUp(t *testing.T) {
	for name, st := range map[string]*engine.State{"healthy": healthy(t), "sick": sick(t, false), "interrupted": interrupted(t)} {
		c := report.New(st, report.Options{}).Targets
		if sum := c.Verified + c.Untrusted + c.Failed + c.Stalled + c.Cancelled + c.Skipped + c.Pending; sum != c.Total {
			t.Errorf("%s: %d targets, but the counts add up to %d: %+v", name, c.Total, sum, c)
		}
	}
	if c := report.New(sick(t, false), report.Options{}).Targets; c.Failed != 2 || c.Stalled != 1 || c.Untrusted != 1 || c.Cancelled != 1 || c.Skipped != 1 || c.Verified != 1 || c.Unchecked != 2 {
		t.Errorf("a sick repository counts %+v", c)
	}
}

func TestATargetWithASilentCopyCountsAsTheWorse(t *testing.T) {
	for _, c := range []struct {
		name                       string
		target, copied             finding.ID
		failed, stalled, unchecked int
	}{
		{"both silent", finding.Stalled, finding.Stalled, 0, 1, 1},
		{"only the copy is silent, the target is verified", "", finding.Stalled, 0, 1, 1},
		{"the target is wrong and the copy silent", finding.WrongHash, finding.Stalled, 1, 0, 0},
		{"the target is silent and the copy wrong", finding.Stalled, finding.WrongHash, 1, 0, 0},
		{"the target broke off and the copy is silent", finding.Incomplete, finding.Stalled, 1, 0, 1},
	} {
		s := newScript(t, false)
		id := s.item(engine.ItemSpec{Kind: engine.Target, Path: "a", Length: 1})
		cp := s.item(engine.ItemSpec{Kind: engine.Copy, Of: id, Under: "sha512", Path: "a", Length: 1})
		for _, e := range []struct {
			id   engine.ItemID
			kind finding.ID
		}{{id, c.target}, {cp, c.copied}} {
			if e.kind == "" {
				s.end(e.id, engine.Verified, nil, 1)
				continue
			}
			s.end(e.id, engine.Failed, problemOf(e.kind, "so it is", false), 0)
		}
		got := report.New(s.finish(engine.Broken, ""), report.Options{}).Targets
		if got.Failed != c.failed || got.Stalled != c.stalled || got.Unchecked != c.unchecked {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// An alarm has to tell a fault of the repository from one of the way to it.
func TestAProblemSaysWhetherItIsProved(t *testing.T) {
	for kind, want := range map[finding.ID]struct {
		state     string
		unchecked bool
	}{
		finding.WrongHash:   {"failed", false},
		finding.Missing:     {"failed", false},
		finding.Incomplete:  {"failed", true},
		finding.ServerError: {"failed", true},
		finding.Stalled:     {"stalled", true},
	} {
		s := newScript(t, false)
		s.end(s.item(engine.ItemSpec{Kind: engine.Target, Path: "a", Length: 1}), engine.Failed, problemOf(kind, "so it is", false), 0)
		p := report.New(s.finish(engine.Broken, ""), report.Options{}).Problems[0]
		if p.State != want.state || p.Unchecked != want.unchecked {
			t.Errorf("%s: state %q, unchecked %t", kind, p.State, p.Unchecked)
		}
	}
}

func TestVerdictIsNotBetterThanWhatWasLookedAt(t *testing.T) {
	started := newScript(t, false)
	for _, c := range []struct {
		name string
		st   *engine.State
		want engine.Verdict
	}{
		{"a healthy run", healthy(t), engine.Healthy},
		{"a sick run", sick(t, false), engine.Broken},
		{"a run that a deadline ended", interrupted(t), engine.Undecided},
		{"a run that has not ended", &started.state, engine.Undecided},
		{"a run that was ended before it began", newScript(t, false).finish(engine.Undecided, "interrupted"), engine.Undecided},
		{"no run at all", &engine.State{}, engine.Undecided},
	} {
		if got := report.Verdict(c.st); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// hostile is a run whose every text tries to reach the terminal.
func hostile(t testing.TB) *engine.State {
	const evil = "a\x1b]52;c;ZXZpbA==\a\x1b[2J\r\n\u202e\u009bm\x00"
	s := newScript(t, false)
	s.state.Run.Repository, s.state.Run.MetadataURL, s.state.Run.TargetsURL, s.state.Run.Version = evil, evil, evil, evil
	s.do(0, engine.AnchorChosen{Version: 1, SHA256: digest, Source: engine.RootFirstUse})
	s.do(0, engine.RoleChanged{Role: trust.Role{Name: evil, Parent: evil, State: trust.Refused, Problem: evil, Signers: []trust.Signer{{KeyID: evil, Reason: evil}}}})
	f := finding.New(finding.BadSignatures, evil, "%s", evil).With(evil, evil)
	f.Hint = evil
	s.do(0, engine.FindingRaised{Finding: f})
	id := s.item(engine.ItemSpec{Kind: engine.Target, Path: evil, RoleName: evil, Site: engine.SiteOf(evil), Length: 1})
	s.do(0, engine.StateChanged{Item: id, Attempt: 1, From: engine.Queued, To: engine.Waiting})
	s.do(0, engine.StateChanged{Item: id, Attempt: 1, From: engine.Waiting, To: engine.Stalled, Problem: &engine.Problem{Kind: finding.Stalled, Text: evil}})
	s.do(0, engine.Diagnosed{Item: id, Attempt: 1, Diagnosis: fetch.Diagnosis{Label: evil, Evidence: []string{evil}}, Commands: []string{evil}})
	s.do(0, engine.HostChanged{Host: evil, Address: evil, Behind: evil, Failed: 1, Errors: []engine.Count{{Text: evil, N: 1}}})
	s.do(0, engine.BreakerChanged{Host: evil, State: engine.GivenUp, Why: evil})
	s.do(0, engine.BreakerChanged{Host: "b" + evil, State: engine.Held, Why: evil})
	s.do(0, engine.ClientsJudged{Verdicts: []trust.ClientVerdict{{Client: evil, Version: evil, State: trust.ClientRefuses, Role: evil, Why: evil, First: []string{evil}, Partly: evil}}})
	s.do(0, engine.InspectorStuck{Part: evil, Dump: evil, Trace: evil, Err: evil})
	s.do(0, engine.StateChanged{Item: id, Attempt: 1, From: engine.Stalled, To: engine.Failed,
		Problem: &engine.Problem{Kind: finding.WrongHash, Text: evil, Hint: evil, Evidence: map[string]string{evil: evil}}})
	s.do(0, engine.InspectorFault{Goroutine: evil, Value: evil, Stack: evil})
	return s.finish(engine.Broken, evil)
}

func TestNothingReachesTheTerminal(t *testing.T) {
	st := hostile(t)
	for name, out := range map[string][]byte{
		"text": textOf(t, st, report.TextOptions{All: true}),
		"JSON": jsonOf(t, st, report.Options{All: true}),
	} {
		for _, r := range string(out) {
			if r != '\n' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
				t.Errorf("%s has %U", name, r)
			}
		}
	}
}

// A host that was given up is one line of a summary, whatever it fails; JSON has all.
func TestASilentHostIsSaidOnce(t *testing.T) {
	st := silent(t, 10_000)
	text := string(textOf(t, st, report.TextOptions{}))
	if n := strings.Count(text, "\n"); n > 15 {
		t.Errorf("%d lines:\n%s", n, text)
	}
	if n := strings.Count(text, "curl"); n != 1 {
		t.Errorf("%d commands, want one", n)
	}
	r := report.New(st, report.Options{})
	if len(r.Problems) != 9998 || r.Targets.Stalled != 9998 || r.Targets.Failed != 0 {
		t.Errorf("%d problems, %+v", len(r.Problems), r.Targets)
	}
}

// What was still held when a person left is said too: nobody has looked at it.
func TestAHeldHostIsSaidAtTheEnd(t *testing.T) {
	s := newScript(t, true)
	s.do(time.Second, engine.BreakerChanged{Host: "tuf.example.org", State: engine.Held, Why: "the last 32 attempts all stalled", Queued: 1})
	text := string(textOf(t, s.finish(engine.Undecided, "interrupted"), report.TextOptions{}))
	if want := "∅ host tuf.example.org silent: held when the run ended, with 1 file to come\n              the last 32 attempts all stalled\n"; !strings.Contains(text, want) {
		t.Errorf("%q is not said:\n%s", want, text)
	}
}

func TestTheSummaryIsBounded(t *testing.T) {
	const many = 10_000
	s := newScript(t, false)
	for i := range many {
		id := s.item(engine.ItemSpec{Kind: engine.Target, Path: fmt.Sprintf("t%05d", i), Length: 1})
		text := "404 Not Found"
		if i%4 == 0 {
			text = fmt.Sprintf("%d bytes more than were signed", i) // each has its own
		}
		s.end(id, engine.Failed, problemOf(finding.Missing, text, false), 0)
	}
	for range 100 {
		s.do(time.Second, engine.InspectorFault{Goroutine: "worker", Value: "broken"})
	}
	st := s.finish(engine.Broken, "")
	text := string(textOf(t, st, report.TextOptions{}))
	if n := strings.Count(text, "\n"); n > 70 {
		t.Errorf("%d lines:\n%s", n, text)
	}
	for _, want := range []string{
		"  ✗ failed    7,500 files: 404 Not Found\n              t00001\n", "              … 7,495 more\n",
		"more like these\n", "fault     … 95 more\n", "\n\n  what is left out here: --format json lists all of it\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said:\n%s", want, text)
		}
	}
	rest := string(textOf(t, st, report.TextOptions{Rest: "w writes it"}))
	if !strings.HasSuffix(rest, "  what is left out here: w writes it\n") {
		t.Errorf("it is not said where the rest is:\n%s", rest)
	}
	all := string(textOf(t, st, report.TextOptions{All: true}))
	if n := strings.Count(all, ": 404 Not Found"); n != 7500 || strings.Contains(all, "left out") {
		t.Errorf("%d problems are listed with all, want 7500", n)
	}
}

// What was silent when a person stopped the run stands before what had not begun.
func TestWhatWasOnlyStoppedComesLast(t *testing.T) {
	s := newScript(t, false)
	for i := range 9 {
		id := s.item(engine.ItemSpec{Kind: engine.Target, Path: fmt.Sprintf("t%d", i), Length: 1})
		text := "the run was stopped"
		if i == 7 {
			text += " while stalled: no first byte"
			for _, b := range []engine.Body{
				engine.StateChanged{Item: id, Attempt: 1, From: engine.Queued, To: engine.Waiting},
				engine.StateChanged{Item: id, Attempt: 1, From: engine.Waiting, To: engine.Stalled},
				engine.Diagnosed{Item: id, Attempt: 1, Diagnosis: fetch.Diagnosis{Cause: fetch.ServerSilent, Label: "server: alive, silent"}},
				engine.StateChanged{Item: id, Attempt: 1, From: engine.Stalled, To: engine.Cancelled, Problem: problemOf(finding.Cancelled, text, true)},
			} {
				s.do(0, b)
			}
			continue
		}
		s.do(0, engine.StateChanged{Item: id, From: engine.Queued, To: engine.Cancelled, Problem: problemOf(finding.Cancelled, text, true)})
	}
	text := string(textOf(t, s.finish(engine.Undecided, "stopped"), report.TextOptions{}))
	silent, rest := strings.Index(text, "  ⊘ cancelled t7: the run was stopped while stalled"), strings.Index(text, "  ⊘ cancelled 8 files: the run was stopped\n              t0\n")
	if silent < 0 || rest < silent || strings.Contains(text, "retrying may help") {
		t.Errorf("the order is not that:\n%s", text)
	}
}

// On a terminal every line fits, but for commands and for what has no space to break
// it at; a file has whole lines.
func TestTheSummaryFitsTheTerminal(t *testing.T) {
	for _, st := range []*engine.State{sick(t, false), silent(t, 100), hostile(t), interrupted(t)} {
		for _, ascii := range []bool{false, true} {
			whole := string(textOf(t, st, report.TextOptions{ASCII: ascii}))
			for _, width := range []int{40, 60, 80, 120} {
				text := string(textOf(t, st, report.TextOptions{ASCII: ascii, Width: width}))
				for line := range strings.Lines(text) {
					line = strings.TrimRight(line, "\n")
					copied := strings.Contains(line, "try: ") || strings.Contains(line, "--root-sha256 0")
					long := slices.ContainsFunc(strings.Fields(line), func(word string) bool { return uniseg.StringWidth(word) > width-14 })
					if uniseg.StringWidth(line) > width && !copied && !long {
						t.Errorf("%d columns: %q", width, line)
					}
				}
			}
			head, _, _ := strings.Cut(whole, "\n")
			if text := string(textOf(t, st, report.TextOptions{ASCII: ascii, Width: 5000})); text != whole && (text != whole+"\n"+head+"\n" || strings.Count(whole, "\n") < 20) {
				t.Errorf("what fits is changed:\n%s", text)
			}
			if text := string(textOf(t, st, report.TextOptions{ASCII: ascii, Width: 10})); !strings.HasPrefix(text, whole) {
				t.Errorf("a terminal that is too narrow is not left to wrap by itself:\n%s", text)
			}
		}
	}
}

// Many problems of one kind do not keep another kind from being seen.
func TestTheSummaryHasSomeOfEachKind(t *testing.T) {
	s := newScript(t, false)
	end := func(n int, what string, kind finding.ID, text string) {
		for i := range n {
			id := s.item(engine.ItemSpec{Kind: engine.Target, Path: fmt.Sprintf("%s%03d", what, i), Length: 1})
			s.end(id, engine.Failed, problemOf(kind, text, false), 0)
		}
	}
	end(2, "a", finding.WrongHash, "sha256 differs")
	for i := range 90 {
		end(1, fmt.Sprintf("b%d-", i), finding.Stalled, fmt.Sprintf("no body byte after %d KiB", i))
	}
	end(30, "c", finding.ServerError, "503 Service Unavailable")
	end(1, "d", finding.WrongLength, "1 byte too long")
	text := string(textOf(t, s.finish(engine.Broken, ""), report.TextOptions{}))
	for what, want := range map[string]int{"sha256 differs": 2, "no body byte": 11, "30 files: 503 Service Unavailable": 1, "1 byte too long": 1} {
		if n := strings.Count(text, what); n != want {
			t.Errorf("%d of %q are listed, want %d:\n%s", n, what, want, text)
		}
	}
	if want := "… 79 more like these"; !strings.Contains(text, want) {
		t.Errorf("%q is not said:\n%s", want, text)
	}
}

// Also when the first kinds have used up all the room.
func TestTheSummaryHasEveryKind(t *testing.T) {
	s := newScript(t, false)
	kinds := []finding.ID{finding.WrongHash, finding.WrongLength, finding.Missing, finding.ServerError, finding.Stalled, finding.Cancelled}
	for k, kind := range kinds {
		for i := range 20 {
			id := s.item(engine.ItemSpec{Kind: engine.Target, Path: fmt.Sprintf("%d-%02d", k, i), Length: 1})
			s.end(id, engine.Failed, problemOf(kind, "it is "+string(kind), false), 0)
		}
	}
	text := string(textOf(t, s.finish(engine.Broken, ""), report.TextOptions{}))
	for _, kind := range kinds {
		if !strings.Contains(text, "20 files: it is "+string(kind)) {
			t.Errorf("nothing is said of %s:\n%s", kind, text)
		}
	}
}

// Cycles and roles that hang on nothing come from hostile or broken repositories.
func TestEveryRoleIsReportedOnce(t *testing.T) {
	s := newScript(t, false)
	edges := [][2]string{{"targets", "a"}, {"a", "b"}, {"b", "a"}, {"b", "b"}, {"x", "y"}, {"y", "x"}, {"root", "targets"}, {"gone", "z"}}
	for i, e := range edges {
		s.do(0, engine.RoleChanged{Role: trust.Role{ID: trust.RoleID(i), Parent: e[0], Name: e[1]}})
	}
	var got []string
	for _, r := range report.New(&s.state, report.Options{}).Roles {
		got = append(got, r.Parent+">"+r.Name)
	}
	want := []string{"root>targets", "targets>a", "a>b", "b>a", "b>b", "gone>z", "x>y", "y>x"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("roles in the order %v, want %v", got, want)
	}
}

func BenchmarkNew(b *testing.B) {
	s := newScript(b, false)
	for i := range 30_000 {
		id := s.item(engine.ItemSpec{Kind: engine.Target, Path: fmt.Sprintf("t%05d", i), Length: 1})
		s.end(id, engine.Failed, problemOf(finding.Missing, "404 Not Found", false), 0)
	}
	st := s.finish(engine.Broken, "")
	b.ReportAllocs()
	for b.Loop() {
		report.New(st, report.Options{All: true})
	}
}

// BenchmarkNewHealthy100000 makes the report of a run in which nothing was wrong.
func BenchmarkNewHealthy100000(b *testing.B) {
	s := newScript(b, false)
	for i := range 100_000 {
		id := s.item(engine.ItemSpec{Kind: engine.Target, Path: fmt.Sprintf("t%06d", i), Length: 1})
		s.end(id, engine.Verified, nil, 0)
	}
	st := s.finish(engine.Healthy, "")
	b.ReportAllocs()
	for b.Loop() {
		report.New(st, report.Options{})
	}
}

// hygienic is a run over a repository that works, of which many small things can be said.
func hygienic(t testing.TB) *engine.State {
	s := newScript(t, false)
	for i, r := range []trust.Role{
		{Name: "root", Version: 1}, {Name: "timestamp", Parent: "root", Version: 1}, {Name: "snapshot", Parent: "root", Version: 1}, {Name: "targets", Parent: "root", Version: 1},
	} {
		r.ID, r.State, r.Current, r.Threshold, r.Expires = trust.RoleID(i), trust.Accepted, true, 1, reference.Add(time.Duration(10-i)*24*time.Hour)
		s.role(r, 1, 1)
	}
	for i := range 40 {
		subject := fmt.Sprintf("team-%02d", i)
		s.do(0, engine.FindingRaised{Finding: finding.New(finding.ThresholdOne, subject, "1 of 1 key")})
		s.do(0, engine.FindingRaised{Finding: finding.New(finding.MetaWithoutHashes, subject, "the snapshot lists only its version")})
	}
	s.do(0, engine.FindingRaised{Finding: finding.New(finding.KeysChanged, "root v2", "key 1234 came and 5678 went")})
	s.do(0, engine.FindingRaised{Finding: finding.New(finding.InvalidSignature, "targets", "the signature of 1234 does not verify")})
	return s.finish(engine.Warned, "")
}

func TestWhatIsOnlyWorthKnowingHasALineForEachKindAndNoHints(t *testing.T) {
	golden(t, "hygienic.txt.golden", textOf(t, hygienic(t), report.TextOptions{}))
	golden(t, "hygienic-80.txt.golden", textOf(t, hygienic(t), report.TextOptions{Width: 80}))
	text := string(textOf(t, hygienic(t), report.TextOptions{}))
	if n := strings.Count(text, "· info"); n != 3 {
		t.Errorf("%d lines say what is only worth knowing, want one for each of three kinds:\n%s", n, text)
	}
	if warned, info := strings.Index(text, "▲ warning"), strings.Index(text, "· info"); warned < 0 || info < warned {
		t.Errorf("the warning is at %d, the first info at %d", warned, info)
	}
	if k, _ := finding.Lookup(finding.ThresholdOne); strings.Contains(text, k.Do) {
		t.Errorf("it says what to do about what needs nothing to be done:\n%s", text)
	}
	all := string(textOf(t, hygienic(t), report.TextOptions{All: true}))
	if n := strings.Count(all, "· info"); n != 81 {
		t.Errorf("%d of 81 are listed when all are asked for", n)
	}
	if strings.Contains(string(textOf(t, interrupted(t), report.TextOptions{})), "explain ID") {
		t.Error("explanations are offered where there is nothing to be explained")
	}
}

func TestTheReportSaysUntilWhenTheRepositoryIsValid(t *testing.T) {
	r := report.New(hygienic(t), report.Options{})
	if v := r.ValidUntil; v == nil || v.Role != "targets" || v.Time != "2026-11-30T09:00:00Z" {
		t.Errorf("valid until %+v", v)
	}
	if v := report.New(interrupted(t), report.Options{}).ValidUntil; v != nil {
		t.Errorf("nothing is known, and it is valid until %+v", v)
	}
	ended := trust.Role{Name: "snapshot", Expires: reference.Add(-time.Hour), Expired: true}
	if got := report.Valid(&ended, reference); got != "no longer valid: snapshot ended on 2026-11-23 08:00 UTC" {
		t.Errorf("one that has ended is %q", got)
	}
	later := trust.Role{Name: "snapshot", Expires: reference.Add(50 * time.Hour)}
	if got := report.Valid(&later, reference); got != "valid until 2026-11-25 11:00 UTC (2d): snapshot ends first" {
		t.Errorf("one that ends later is %q", got)
	}
	if got := report.Valid(&later, time.Time{}); got != "valid until 2026-11-25 11:00 UTC: snapshot ends first" {
		t.Errorf("without a reference time it is %q", got)
	}
}

func TestTheReportSaysWhichShippedRootsStillWork(t *testing.T) {
	run := func(fates ...trust.Shipped) string {
		s := newScript(t, false)
		s.do(0, engine.AnchorChosen{Version: int64(len(fates)) + 1, SHA256: digest, Source: engine.RootFile})
		for i, f := range fates {
			s.role(trust.Role{ID: trust.RoleID(i), Name: "root", Version: int64(i) + 1, State: trust.Skipped, Problem: "an older root", Shipped: f}, 1, 1)
		}
		s.role(trust.Role{ID: trust.RoleID(len(fates)), Name: "root", Version: int64(len(fates)) + 1, State: trust.Accepted, Current: true, Threshold: 1}, 1, 1)
		return string(textOf(t, s.finish(engine.Healthy, ""), report.TextOptions{}))
	}
	const works, stranded, unusable, unknown = trust.ShippedWorks, trust.ShippedStranded, trust.ShippedUnusable, trust.ShippedUnknown
	for _, c := range []struct {
		fates []trust.Shipped
		want  []string
	}{
		{nil, nil},
		{[]trust.Shipped{unknown}, nil},
		{[]trust.Shipped{works, works}, []string{"shipped   ✓ go-tuf's clients that ship root v1 or later get to the current one"}},
		{[]trust.Shipped{unusable, unusable, stranded, works}, []string{
			"shipped   ✗ go-tuf's clients that ship root v1 to v2 cannot start", "✗ go-tuf's clients that ship root v3 stop on the way",
			"✓ go-tuf's clients that ship root v4 or later get to the current one",
		}},
		{[]trust.Shipped{works, unknown}, []string{"✓ go-tuf's clients that ship root v1 get to the current one", "✓ go-tuf's clients that ship root v3 or later get to the current one"}},
		{[]trust.Shipped{unusable}, []string{"✗ go-tuf's clients that ship root v1 cannot start", "✓ go-tuf's clients that ship root v2 or later get to the current one"}},
	} {
		text := run(c.fates...)
		if got := strings.Count(text, "that ship"); got != len(c.want) {
			t.Errorf("%v: %d lines, want %d:\n%s", c.fates, got, len(c.want), text)
		}
		for _, want := range c.want {
			if !strings.Contains(text, want) {
				t.Errorf("%v: %q is not said:\n%s", c.fates, want, text)
			}
		}
	}
}
