package report_test

import (
	"testing"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/report"
)

// The walk says of a role what the item says of its file. A script that counts findings
// counts one fault.
func TestARefusedFileIsOneFinding(t *testing.T) {
	s := newScript(t, false)
	const text = "is cut off: unexpected end of JSON input"
	cut := problemOf(finding.Unparsable, text, false)
	for _, name := range []string{"backports", "stable"} {
		id := s.item(engine.ItemSpec{Kind: engine.Metadata, Path: "51." + name + ".json", RoleName: name, Length: 1063})
		s.end(id, engine.Failed, cut, 900)
	}
	s.do(0, engine.FindingRaised{Finding: finding.New(finding.Unparsable, "backports", "%s", text)})
	s.do(0, engine.FindingRaised{Finding: finding.New(finding.Unparsable, "root v2", "%s", text)})
	id := s.item(engine.ItemSpec{Kind: engine.Metadata, Path: "2.root.json", RoleName: "root", Length: -1})
	s.end(id, engine.Failed, cut, 900)
	r := report.New(s.finish(engine.Broken, ""), report.Options{})
	got := map[string]int{}
	for _, f := range r.Findings {
		got[f.Subject]++
	}
	if len(got) != 3 || got["backports"] != 1 || got["root v2"] != 1 || got["51.stable.json"] != 1 {
		t.Errorf("findings of %v", got)
	}
	if len(r.Problems) != 3 {
		t.Errorf("%d problems: each file has its own", len(r.Problems))
	}
}
