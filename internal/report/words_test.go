package report_test

import (
	"math"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/report"
)

func TestSizesForPeople(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 1: "1 B", 1023: "1023 B", 1024: "1.0 KiB", 1536: "1.5 KiB", 1<<20 - 1: "1.0 MiB", 1 << 20: "1.0 MiB",
		41943040: "40.0 MiB", 20830591386: "19.4 GiB", math.MaxInt64: "8.0 EiB", -5: "-5 B",
	} {
		if got := report.Size(n); got != want {
			t.Errorf("%d bytes are written %q, want %q", n, got, want)
		}
	}
	if got := report.Part(24<<20, 69<<20); got != "24.0 of 69.0 MiB" {
		t.Errorf("a part is written %q", got)
	}
	if got := report.Part(0, 0); got != "0 of 0 B" {
		t.Errorf("nothing of nothing is written %q", got)
	}
}

func TestSpansForPeople(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0.0s", 449 * time.Millisecond: "0.4s", 9990 * time.Millisecond: "9.9s", 31 * time.Second: "31s",
		112 * time.Second: "1m52s", 125 * time.Minute: "2h05m", 18*time.Hour + 59*time.Minute: "18h",
		24 * time.Hour: "1d", 212 * 24 * time.Hour: "212d", -90 * time.Second: "-1m30s",
	} {
		if got := report.Span(d); got != want {
			t.Errorf("%s is written %q, want %q", d, got, want)
		}
	}
}

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
