package truth

import (
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"example.com/tufinspect/demo/mutant"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// excuses are the known differences between a run's verdict and that of go-tuf's
// client, by the finding that says so, with the reason of each.
var excuses = map[finding.ID]string{
	finding.HashPrefixClients: "go-tuf compares hash prefixes wrongly and passes the role over, which other clients visit",
	finding.RootEndStatus:     "go-tuf stops at any status but 404 behind the last root, which other clients take for the end",
	finding.ServerError:       "nobody knows whether there is a further root: the run is unknown, and go-tuf stops",
}

// mutations is how many repositories are broken by chance here; internal/trust has more.
func mutations() uint64 {
	if testing.Short() {
		return 20
	}
	return 120
}

// TestNothingIsVerifiedThatGoTUFRefuses has the whole inspector look at small
// repositories with one thing wrong in each.
func TestNothingIsVerifiedThatGoTUFRefuses(t *testing.T) {
	source, err := fetch.New(fetch.Options{Proxy: "none"})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	for seed := range mutations() {
		c, err := mutant.New(1_000_000 + seed)
		if err != nil {
			t.Fatal(err)
		}
		agree(t, source, c)
		if t.Failed() {
			return
		}
	}
}

// inspected inspects a broken repository that is served there.
func inspected(t *testing.T, source fetch.Source, c *mutant.Case, url string) *engine.State {
	t.Helper()
	cfg := engine.DefaultConfig()
	cfg.Source, cfg.Repository, cfg.At, cfg.Root, cfg.RootSource = source, url, c.At, c.Root, engine.RootPinned
	cfg.StallAfter, cfg.StallTimeout, cfg.Retries, cfg.Deadline = 10*time.Second, time.Second, 0, time.Minute
	st, err := engine.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func agree(t *testing.T, source fetch.Source, c *mutant.Case) {
	t.Helper()
	server := httptest.NewServer(c)
	defer server.Close()
	st := inspected(t, source, c, server.URL)
	if st.Violations != 0 || len(st.Faults) != 0 {
		t.Errorf("%s: %d events broke the protocol, faults: %+v", c, st.Violations, st.Faults)
	}
	said := map[finding.ID]bool{}
	critical := map[string]bool{}
	for n := range st.Notes.All() {
		f := &n.Finding
		said[f.ID] = true
		critical[f.Subject] = critical[f.Subject] || f.Severity == finding.Critical
	}
	for i := range st.Items.Len() {
		if p := st.Items.At(i).Problem; p != nil {
			said[p.Kind] = true
		}
	}
	excused := func() bool {
		for id := range excuses {
			if said[id] {
				return true
			}
		}
		return false
	}
	if said[finding.VerdictDiffers] {
		t.Errorf("%s: go-tuf's client comes to another verdict\n%s", c, show(st))
	}
	client, err := c.Client()
	if err == nil {
		err = client.Refresh()
	}
	for _, name := range []string{"root", "timestamp", "snapshot", "targets"} {
		if err == nil && critical[name] {
			t.Errorf("%s: go-tuf accepts the top, and of %s something critical is said\n%s", c, name, show(st))
		}
	}
	verified, total := outcome(st)
	for _, path := range total {
		fresh, wrong := c.Client()
		if wrong == nil {
			wrong = fresh.Download(path)
		}
		ours := slices.Contains(verified, path)
		if ours && wrong != nil && !excused() {
			t.Errorf("%s: %s is verified, and go-tuf refuses: %v\n%s", c, path, wrong, show(st))
		}
	}
}
