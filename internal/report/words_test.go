package report_test

import (
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/report"
)

func TestKeysForPeople(t *testing.T) {
	for _, c := range []struct {
		valid, total, threshold int
		want                    string
	}{
		{3, 3, 3, "3 of 3 keys"}, {1, 1, 1, "1 of 1 key"}, {4, 5, 3, "4 of 5 keys (3 needed)"}, {1, 1, 2, "1 of 1 key (2 needed)"},
	} {
		if got := report.Keys(c.valid, c.total, c.threshold); got != c.want {
			t.Errorf("%d of %d with threshold %d is written %q, want %q", c.valid, c.total, c.threshold, got, c.want)
		}
	}
}

func TestExpiryForPeople(t *testing.T) {
	ref := time.Date(2023, 2, 20, 0, 0, 0, 0, time.UTC)
	end := time.Date(2023, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		expires, reference time.Time
		expired            bool
		want               string
	}{
		{end, ref, false, "expires 2023-03-01 (9d)"},
		{end, end.AddDate(1, 0, 0), true, "EXPIRED 2023-03-01"},
		{end, time.Time{}, false, "expires 2023-03-01"},
		{time.Time{}, ref, false, ""},
	} {
		if got := report.Until(c.expires, c.reference, c.expired); got != c.want {
			t.Errorf("the end is written %q, want %q", got, c.want)
		}
	}
}

func TestEveryVerdictIsShouted(t *testing.T) {
	for v, want := range map[engine.Verdict]string{
		engine.Healthy: "HEALTHY", engine.Warned: "WARNING", engine.Undecided: "UNKNOWN", engine.Broken: "NOT HEALTHY (critical)",
	} {
		if got := report.Shout(v); got != want {
			t.Errorf("%s is shouted %q, want %q", v, got, want)
		}
	}
}
