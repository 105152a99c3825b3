package engine

import (
	"fmt"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

// TestFourSickTargetsOfAThousandOverRealSockets is the whole way: server, sockets,
// engine, walk. The sick ones neither delay nor hide the others.
func TestFourSickTargetsOfAThousandOverRealSockets(t *testing.T) {
	spec := demo.Spec{Seed: 3}
	spec.Timestamp.Expires = 30 * 24 * time.Hour
	for r := range 3 {
		d := demo.Delegation{Name: fmt.Sprintf("team-%d", r), Paths: []string{fmt.Sprintf("team-%d/*", r)}}
		for i := r; i < 1000; i += 3 {
			d.Targets = append(d.Targets, demo.Target{Path: fmt.Sprintf("team-%d/file-%d", r, i), Size: 2048})
		}
		spec.Delegations = append(spec.Delegations, d)
	}
	repo, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	server, err := demo.Serve(repo)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	server.SetFault("targets/team-0/file-300", demo.Fault{Kind: demo.StallBody, After: 1000})
	server.SetFault("targets/team-1/file-301", demo.Fault{Kind: demo.Corrupt, After: 7})
	server.SetFault("targets/team-2/file-302", demo.Fault{Kind: demo.Status, Status: 404})
	server.SetFault("targets/team-0/file-603", demo.Fault{Kind: demo.Long})

	source, err := fetch.New(fetch.Options{Proxy: "none", MaxConns: 2 * AutoWorkers})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	cfg := DefaultConfig()
	cfg.Source, cfg.Repository = source, server.URL()
	cfg.Root, cfg.RootSource = repo.Root(1), RootFile
	cfg.StallAfter, cfg.StallTimeout, cfg.Retries = 500*time.Millisecond, 500*time.Millisecond, 1
	start := time.Now()
	st, err := Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	took := time.Since(start)
	checkRun(t, st)
	if st.Targets.Total != 1000 || st.Targets.ByState[Verified] != 996 || st.Verdict().ExitCode() != 2 {
		t.Errorf("%d of %d verified, %s", st.Targets.ByState[Verified], st.Targets.Total, st.Verdict())
	}
	for path, kind := range map[string]finding.ID{
		"team-0/file-300": finding.Stalled, "team-1/file-301": finding.WrongHash,
		"team-2/file-302": finding.Missing, "team-0/file-603": finding.WrongLength,
	} {
		if it := byPath(t, st, path); it.State != Failed || it.Problem.Kind != kind {
			t.Errorf("%s: %s %+v, want %s", path, it.State, it.Problem, kind)
		}
	}
	// Two attempts of a second each and one wait between them bound the run; the
	// rest is for slow machines.
	if took > 15*time.Second {
		t.Errorf("took %s", took)
	}
	t.Logf("took %s", took.Round(time.Millisecond))
}
