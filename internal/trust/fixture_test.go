package trust

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/finding"
)

// sigstore is a public repository as it was published on 2023-02-15.
func sigstore(t *testing.T) source {
	dir := os.Getenv("TUFINSPECT_FIXTURES")
	if dir == "" {
		t.Skip("TUFINSPECT_FIXTURES is not set")
	}
	root := os.DirFS(filepath.Join(dir, "sigstore"))
	return func(name string) Answer {
		data, err := fs.ReadFile(root, name)
		if err != nil {
			return Answer{Absent: true}
		}
		return Answer{Bytes: data}
	}
}

func severities(d *driver) map[string]finding.Severity {
	out := map[string]finding.Severity{}
	for _, n := range d.notes {
		out[n.Finding.Subject+": "+string(n.Finding.ID)] = n.Finding.Severity
	}
	return out
}

func TestSigstore(t *testing.T) {
	src := sigstore(t)
	then, later := time.Date(2023, 2, 20, 0, 0, 0, 0, time.UTC), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	always := map[string]finding.Severity{
		"rekor: undelegated-role": finding.Info, "revocation: undelegated-role": finding.Info,
		"root: undelegated-role": finding.Info, "staging: undelegated-role": finding.Info,
		"root v5: keyid-hash-algorithms": finding.Info, "root v5: shared-key": finding.Info,
		"root v5: not-signed": finding.Info,
	}
	current := map[string]finding.Severity{"timestamp: timestamp-long-lived": finding.Info, "targets: not-signed": finding.Info}
	older := map[string]finding.Severity{
		"root v1: old-root-unreadable": finding.Warning, "root v2: old-root-unreadable": finding.Warning,
		"root v3: old-root-unreadable": finding.Warning, "root v4: old-root-unreadable": finding.Warning,
	}
	passed := map[string]finding.Severity{
		"root v1: root-passed-over": finding.Info, "root v2: root-passed-over": finding.Info, "root v3: root-passed-over": finding.Info,
		"root v4: root-passed-over": finding.Info, "root v5: first-use": finding.Warning,
	}
	expired := map[string]finding.Severity{
		"root: expired": finding.Critical, "timestamp: expired": finding.Critical, "snapshot: expired": finding.Critical, "targets: expired": finding.Critical,
	}
	five := src("5.root.json").Bytes
	for _, c := range []struct {
		name string
		cfg  Config
		want []map[string]finding.Severity
	}{
		{"from version 5, when it was current", Config{Root: five, At: then}, []map[string]finding.Severity{always, older, current}},
		{"from version 5, later", Config{Root: five, At: later}, []map[string]finding.Severity{always, older, expired}},
		{"on first use, when it was current", Config{At: then}, []map[string]finding.Severity{always, passed, current}},
		{"on first use, later", Config{At: later}, []map[string]finding.Severity{always, passed, expired}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := map[string]finding.Severity{}
			for _, m := range c.want {
				maps.Copy(want, m)
			}
			for seed := range uint64(5) {
				d := drive(t, c.cfg, src, seed)
				if got := severities(d); !maps.Equal(got, want) {
					t.Errorf("findings %v, want %v", got, want)
				}
				for _, v := range []struct {
					role    string
					version int64
				}{{"timestamp", 70}, {"snapshot", 70}, {"targets", 5}} {
					r := d.role(v.role, "root")
					want := Accepted
					if c.cfg.At == later {
						want = Expired
					}
					if r.Version != v.version || r.State != want {
						t.Errorf("%s is version %d, %s", v.role, r.Version, r.State)
					}
				}
				r := d.role("targets", "root")
				if r.ValidSigners() != 4 || len(r.Signers) != 5 || r.Threshold != 3 || r.Targets != 7 {
					t.Errorf("targets is %+v", r)
				}
				if a, _ := d.w.Anchor(); a.Version != 5 {
					t.Errorf("the anchor is %+v", a)
				}
				for _, target := range d.lists["targets"].Targets {
					want := Found
					if c.cfg.At == later {
						want = Broken
					}
					if got := d.w.Reach("targets", target.Path); got.State != want || len(target.Hashes) != 2 {
						t.Errorf("%s: %+v, %d hashes", target.Path, got, len(target.Hashes))
					}
				}
				for _, n := range d.notes {
					if (n.Finding.ID == finding.OldRootUnreadable || n.Finding.ID == finding.RootPassedOver) && !strings.Contains(n.Finding.Message, "PEM decoding failed") {
						t.Errorf("%s: %q", n.Finding.Subject, n.Finding.Message)
					}
				}
				if seed == 0 {
					for _, n := range d.notes {
						t.Logf("%-8s %-20s %-14s %s", n.Finding.Severity, n.Finding.ID, n.Finding.Subject, n.Finding.Message)
					}
					for _, r := range slices.DeleteFunc(d.roles, func(r Role) bool { return r.Name == "root" && r.Version < 5 }) {
						t.Logf("%s v%d %s, expires %s, %d of %d signed, %d required", r.Name, r.Version, r.State, r.Expires.Format(time.DateOnly), r.ValidSigners(), len(r.Signers), r.Threshold)
					}
				}
			}
		})
	}
}
