package truth

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/memory"
	"example.com/tufinspect/internal/trust"
)

// earlier is when the run that is remembered was made.
var earlier = start.Add(30 * time.Minute)

// after has the run remember one of another state of the healthy repository.
func after(spec func(*demo.Spec)) func(*testing.T, *demo.Repository, *engine.Config) {
	return func(t *testing.T, _ *demo.Repository, cfg *engine.Config) {
		cfg.Memory.Before = remembered(t, spec, true)
	}
}

// onFirstUse does so with a run that was given no root, as this one is not.
func onFirstUse(t *testing.T, _ *demo.Repository, cfg *engine.Config) {
	cfg.Memory.Before = remembered(t, nil, false)
	cfg.Root = nil
}

// remembered makes a run and gives what it leaves.
func remembered(t *testing.T, change func(*demo.Spec), root bool) *trust.Remembered {
	t.Helper()
	spec := healthy()
	if change != nil {
		change(&spec)
	}
	repo, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	before := left(t, repo, func(cfg *engine.Config) {
		if !root {
			cfg.Root = nil
		}
	})
	if before == nil {
		t.Fatal("the earlier run leaves nothing")
	}
	return before
}

// left is what a run at a repository leaves, or nil.
func left(t *testing.T, repo *demo.Repository, change func(*engine.Config)) *trust.Remembered {
	t.Helper()
	server, err := demo.Serve(repo)
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	source, err := fetch.New(fetch.Options{Proxy: "none"})
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	cfg := engine.DefaultConfig()
	cfg.Source, cfg.Repository, cfg.At = source, server.URL(), earlier
	cfg.Root, cfg.RootSource, cfg.Retries = repo.Root(1), engine.RootPinned, 0
	change(&cfg)
	s, err := engine.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for range s.Updates() {
	}
	return s.Remember()
}

// Only what was looked at as a whole, and was good, is remembered: of anything else a
// client that came by would not have kept all of it either.
func TestOnlyARunOfFullSuccessLeavesSomething(t *testing.T) {
	for _, c := range []struct {
		name   string
		edit   func(*demo.Repository)
		config func(*engine.Config)
		leaves bool
	}{
		{name: "a healthy repository", leaves: true},
		{name: "metadata only", config: func(cfg *engine.Config) { cfg.MetadataOnly = true }, leaves: true},
		{name: "a warning", config: func(cfg *engine.Config) { cfg.ExpiresWithin = 1000 * day }, leaves: true},
		{name: "a role that has expired", config: func(cfg *engine.Config) { cfg.At = start.Add(10 * day) }},
		{name: "a target that is missing", edit: func(r *demo.Repository) {
			for _, p := range r.Paths() {
				if strings.HasSuffix(p, ".a.txt") {
					r.Remove(p)
				}
			}
		}},
		{name: "a role that is missing", edit: func(r *demo.Repository) { r.Remove(r.MetaFile("team")) }},
		{name: "a file that cannot be had", config: func(cfg *engine.Config) { cfg.TargetsURL = "http://127.0.0.1:1/" }},
		{name: "a deadline", config: func(cfg *engine.Config) { cfg.Deadline = time.Nanosecond }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			repo, err := healthy().Build()
			if err != nil {
				t.Fatal(err)
			}
			if c.edit != nil {
				c.edit(repo)
			}
			got := left(t, repo, func(cfg *engine.Config) {
				if c.config != nil {
					c.config(cfg)
				}
			})
			if (got != nil) != c.leaves {
				t.Errorf("it leaves %+v", got)
			}
		})
	}
}

// reading has the run go on after the memory in a folder could not be read.
func reading(prepare func(t *testing.T, dir string)) func(*testing.T, *demo.Repository, *engine.Config) {
	return func(t *testing.T, _ *demo.Repository, cfg *engine.Config) {
		dir := filepath.Join(t.TempDir(), "state")
		prepare(t, dir)
		before, err := memory.New(dir, cfg.Repository, cfg.Repository, time.Second).Load(t.Context())
		if err == nil {
			t.Fatal("it can be read")
		}
		cfg.Memory = engine.Memory{Before: before, Notes: []finding.Finding{memory.Say(err)}}
	}
}

// published raises the versions of all that a publication signs anew, by so many.
func published(n int64) func(*demo.Spec) {
	return func(s *demo.Spec) {
		s.Timestamp.Version, s.Snapshot.Version, s.TargetsRole.Version = 1+n, 1+n, 1+n
	}
}

func both(list ...func(*demo.Spec)) func(*demo.Spec) {
	return func(s *demo.Spec) {
		for _, f := range list {
			f(s)
		}
	}
}

func teamVersion(v int64) func(*demo.Spec) {
	return func(s *demo.Spec) { s.Delegations[0].Role.Version = v }
}

func memoryTruths() []truth {
	const changed = "changed-since-last-run repository"
	belowTimestamp := below("timestamp")
	belowSnapshot := below("snapshot")
	return []truth{
		{name: "nothing has changed since the last run", config: after(nil)},
		{
			name: "the next publication", spec: published(1), config: after(nil),
			says: []string{changed},
		},
		{
			name:   "a timestamp that is older than before",
			config: after(func(s *demo.Spec) { s.Timestamp.Version = 2 }),
			says:   append([]string{"rollback timestamp"}, belowTimestamp...), verified: none, verdict: engine.Broken,
		},
		{
			name:   "a timestamp that names an older snapshot than before",
			spec:   func(s *demo.Spec) { s.Timestamp.Version = 2 },
			config: after(func(s *demo.Spec) { s.Snapshot.Version = 2 }),
			says:   append([]string{"rollback timestamp"}, belowTimestamp...), verified: none, verdict: engine.Broken,
		},
		{
			name:   "a snapshot that lists older targets than before",
			spec:   func(s *demo.Spec) { s.Timestamp.Version, s.Snapshot.Version = 3, 3 },
			config: after(func(s *demo.Spec) { s.TargetsRole.Version = 2 }),
			says:   append([]string{"rollback snapshot"}, belowSnapshot...), verified: none, verdict: engine.Broken,
		},
		{
			name: "a snapshot that lists an older delegated role than before", spec: published(1), config: after(teamVersion(2)),
			says: append([]string{"rollback snapshot"}, belowSnapshot...), verified: none, verdict: engine.Broken,
		},
		{
			name: "a snapshot that does not list a role any more", spec: published(1),
			config: after(func(s *demo.Spec) {
				s.Delegations = append(s.Delegations, demo.Delegation{Name: "gone", Paths: []string{"gone/*"}, Role: demo.Role{Keys: demo.NewKeys("gone", 3), Threshold: 2}})
			}),
			says: append([]string{"role-removed snapshot"}, belowSnapshot...), verified: none, verdict: engine.Broken,
		},
		{
			name:   "a chain of roots that ends before the one of the last run",
			config: after(func(s *demo.Spec) { s.Roots = 2 }),
			says:   []string{"rollback root", changed}, verdict: engine.Broken,
		},
		{
			name:   "a timestamp with other bytes under the same version",
			spec:   func(s *demo.Spec) { s.Timestamp.Expires = 2 * day },
			config: after(nil),
			says:   []string{"same-version-other-bytes timestamp"}, verdict: engine.Warned,
		},
		{
			name:   "a timestamp with other bytes under the same version, for an older snapshot",
			config: after(func(s *demo.Spec) { s.Snapshot.Version = 2 }),
			says:   []string{"same-version-other-bytes timestamp", changed}, verdict: engine.Warned,
		},
		{
			name: "a snapshot with other bytes under the same version",
			spec: func(s *demo.Spec) {
				s.Timestamp.Version = 2
				s.Snapshot.Expires = 13 * day
			},
			config: after(nil),
			says:   []string{"same-version-other-bytes snapshot", changed}, verdict: engine.Warned,
		},
		{
			name: "a delegated role with other bytes under the same version",
			spec: both(published(1), func(s *demo.Spec) {
				s.Delegations[0].Targets = append(s.Delegations[0].Targets, demo.Target{Path: "team/c.txt", Size: 10})
			}),
			config: after(nil),
			says:   []string{"same-version-other-bytes team", changed}, verdict: engine.Warned,
		},
		{
			name:   "versions that begin anew after the timestamp's key was replaced",
			spec:   func(s *demo.Spec) { s.Roots, s.Rotate = 2, []string{"root", "timestamp"} },
			config: after(func(s *demo.Spec) { s.Timestamp.Version, s.Snapshot.Version = 1000, 1000 }),
			says:   []string{changed, "keys-changed root v2"},
		},
		{
			name:   "versions that begin anew after the snapshot's key was replaced",
			spec:   func(s *demo.Spec) { s.Roots, s.Rotate = 2, []string{"snapshot"} },
			config: after(both(published(1000), teamVersion(7))),
			says:   []string{changed, "keys-changed root v2", "not-forgotten timestamp"}, verdict: engine.Warned,
		},
		{
			name:   "versions that begin anew after the keys of targets alone were replaced",
			spec:   func(s *demo.Spec) { s.Roots, s.Rotate = 2, []string{"targets"} },
			config: after(func(s *demo.Spec) { s.Timestamp.Version = 2 }),
			says:   append([]string{"keys-changed root v2", "rollback timestamp"}, belowTimestamp...), verified: none, verdict: engine.Broken,
		},
		{
			name:   "a version that has gone up out of all proportion",
			spec:   both(published(1), func(s *demo.Spec) { s.TargetsRole.Version = 1 << 40 }),
			config: after(nil),
			says:   []string{changed, "version-jumped targets"},
		},
		{
			name:   "versions that are moments",
			spec:   func(s *demo.Spec) { s.Timestamp.Version = now.UnixMicro() },
			config: after(func(s *demo.Spec) { s.Timestamp.Version = start.UnixMicro() }),
			says:   []string{changed},
		},
		{
			name: "a root that is trusted on first use and remembered", config: onFirstUse,
			says: []string{"first-use root v1"}, verdict: engine.Warned,
		},
		{
			name: "no root given, and one remembered that was",
			config: func(t *testing.T, _ *demo.Repository, cfg *engine.Config) {
				cfg.Memory.Before = remembered(t, func(s *demo.Spec) { s.Roots = 1 }, true)
				cfg.Root = nil
			},
		},
		{
			name:   "a root that is not of the remembered chain",
			config: after(func(s *demo.Spec) { s.Seed++ }),
			says:   []string{"same-version-other-bytes root v1", changed}, verdict: engine.Warned,
		},
		{
			name: "a memory whose root is none",
			config: func(t *testing.T, _ *demo.Repository, cfg *engine.Config) {
				cfg.Memory.Before = remembered(t, nil, true)
				cfg.Memory.Before.Root = []byte("{}")
			},
			says: []string{"memory-damaged root"}, verdict: engine.Warned,
		},
		{
			name: "a memory that is damaged",
			config: func(t *testing.T, repo *demo.Repository, cfg *engine.Config) {
				reading(func(t *testing.T, dir string) {
					s := memory.New(dir, cfg.Repository, cfg.Repository, time.Second)
					if err := s.Save(t.Context(), remembered(t, nil, true)); err != nil {
						t.Fatal(err)
					}
					if err := os.Truncate(filepath.Join(s.Folder(), "memory"), 100); err != nil {
						t.Fatal(err)
					}
				})(t, repo, cfg)
			},
			says: []string{"memory-damaged repository"}, verdict: engine.Warned,
		},
		{
			name: "a memory that cannot be reached",
			config: func(t *testing.T, repo *demo.Repository, cfg *engine.Config) {
				reading(func(t *testing.T, dir string) {
					s := memory.New(dir, cfg.Repository, cfg.Repository, time.Second)
					if err := s.Save(t.Context(), remembered(t, nil, true)); err != nil {
						t.Fatal(err)
					}
					lock := filepath.Join(s.Folder(), "lock")
					if err := errors.Join(os.Remove(lock), os.Mkdir(lock, 0o700)); err != nil {
						t.Fatal(err)
					}
				})(t, repo, cfg)
			},
			says: []string{"memory-unavailable repository"}, verdict: engine.Warned,
		},
	}
}
