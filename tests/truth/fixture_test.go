package truth

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// inspectSigstore inspects a public repository as it was published on 2023-02-15, from a
// folder, with its fifth root pinned.
func inspectSigstore(t *testing.T, at time.Time) *engine.State {
	t.Helper()
	dir := os.Getenv("TUFINSPECT_FIXTURES")
	if dir == "" {
		t.Skip("TUFINSPECT_FIXTURES is not set")
	}
	dir = filepath.Join(dir, "sigstore")
	root, err := os.ReadFile(filepath.Join(dir, "5.root.json"))
	if err != nil {
		t.Fatal(err)
	}
	source, err := fetch.New(fetch.Options{Proxy: "none"})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	cfg := engine.DefaultConfig()
	cfg.Source, cfg.Repository, cfg.At = source, dir, at
	cfg.Root, cfg.RootSource, cfg.Deadline = root, engine.RootPinned, time.Minute
	st, err := engine.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// severe are the findings that need somebody: "id subject", without those that only say
// that something is below a refused role.
func severe(st *engine.State) []string {
	var list []string
	for n := range st.Notes.All() {
		if f := &n.Finding; f.Severity >= finding.Warning && f.ID != finding.UntrustedRole {
			list = append(list, string(f.ID)+" "+f.Subject)
		}
	}
	slices.Sort(list)
	return list
}

// The first four roots have keys that go-tuf does not read.
var sigstoreAlways = []string{"old-root-unreadable root v1", "old-root-unreadable root v2", "old-root-unreadable root v3", "old-root-unreadable root v4"}

func TestSigstoreWhenItWasCurrent(t *testing.T) {
	st := inspectSigstore(t, time.Date(2023, 2, 20, 0, 0, 0, 0, time.UTC))
	if got := severe(st); !slices.Equal(got, sigstoreAlways) {
		t.Errorf("warnings and worse:\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(sigstoreAlways, "\n  "))
	}
	if verified, total := outcome(st); len(total) != 7 || len(verified) != 7 {
		t.Errorf("verified %q of %q", verified, total)
	}
	if st.Verdict() != engine.Warned {
		t.Errorf("the verdict is %s", st.Verdict())
	}
	if r := trust.FirstToEnd(st.Roles); r == nil || r.Name != "timestamp" || r.Expires.Format(time.DateOnly) != "2023-03-01" {
		t.Errorf("the first role to end is %+v", r)
	}
	for i := range st.Roles {
		r := &st.Roles[i]
		if r.Name == "root" && r.Version > 0 && r.Version < 5 && r.Shipped != trust.ShippedUnusable {
			t.Errorf("root %d as shipped is %q: %s", r.Version, r.Shipped, r.Problem)
		}
	}
}

func TestSigstoreToday(t *testing.T) {
	st := inspectSigstore(t, time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC))
	want := append([]string{"expired root", "expired snapshot", "expired targets", "expired timestamp"}, sigstoreAlways...)
	if got := severe(st); !slices.Equal(got, want) {
		t.Errorf("warnings and worse:\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
	dates := map[string]string{"root": "2023-04-18", "timestamp": "2023-03-01", "snapshot": "2023-03-08", "targets": "2023-04-18"}
	for n := range st.Notes.All() {
		if f := &n.Finding; f.ID == finding.Expired && !strings.Contains(f.Message, "expired on "+dates[f.Subject]+" ") {
			t.Errorf("%s: %q does not name %s", f.Subject, f.Message, dates[f.Subject])
		}
	}
	if st.Verdict() != engine.Broken {
		t.Errorf("the verdict is %s", st.Verdict())
	}
	if r := trust.FirstToEnd(st.Roles); r == nil || r.Name != "timestamp" || !r.Expired {
		t.Errorf("the first role to end is %+v", r)
	}
	// The files are the ones that were signed, whatever has expired above them.
	for i := range st.Items.Len() {
		it := st.Items.At(i)
		if it.Kind != engine.Metadata && it.State != engine.Verified && it.State != engine.Untrusted {
			t.Errorf("%s is %s: %s", it.Path, it.State, it.Reason)
		}
	}
}
