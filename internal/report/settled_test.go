package report_test

import (
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/report"
)

// A screen that stands open behind the end of the work does not make the run longer, and
// work that goes on does.
func TestARunTakesUntilItHasSettled(t *testing.T) {
	s := newScript(t, true)
	id := s.item(engine.ItemSpec{Kind: engine.Target, Path: "a", RoleName: "targets", Length: 5})
	s.end(id, engine.Verified, nil, 5)
	took := func() time.Duration {
		r := report.New(&s.state, report.Options{})
		got := time.Duration(r.Inspector.DurationSeconds * float64(time.Second)).Round(time.Millisecond)
		if want := started.Add(got).UTC().Format(time.RFC3339); r.Finished != want {
			t.Errorf("it finished at %s, not at %s", r.Finished, want)
		}
		return got
	}
	s.do(time.Second, engine.RunSettled{})
	first := took()
	s.do(time.Minute, engine.Noted{Text: "somebody reads"})
	if got := took(); got != first {
		t.Errorf("it took %s while the screen was read, and %s before", got, first)
	}
	s.do(time.Minute, engine.StateChanged{Item: id, Attempt: 2, From: engine.Verified, To: engine.Queued})
	if got, want := took(), first+2*time.Minute; got != want {
		t.Errorf("it took %s when it had gone on, not %s", got, want)
	}
	s.do(time.Second, engine.StateChanged{Item: id, Attempt: 2, From: engine.Queued, To: engine.Cancelled})
	s.do(time.Second, engine.RunSettled{})
	second := took()
	s.do(time.Hour, engine.RunFinished{})
	if got, want := took(), first+2*time.Minute+2*time.Second; got != want || second != want {
		t.Errorf("it took %s and at the end %s, not %s", second, got, want)
	}
}
