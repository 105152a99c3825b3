package truth

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/engine"
)

// many are n targets below a folder.
func many(folder string, n int) []demo.Target {
	list := make([]demo.Target, n)
	for i := range list {
		list[i] = demo.Target{Path: fmt.Sprintf("%s/%05d", folder, i), Size: 10}
	}
	return list
}

// inBins lists targets in bins, and delegates to nothing else.
func inBins(count int, succinct bool, targets int) func(*demo.Spec) {
	return func(s *demo.Spec) {
		s.Delegations = nil
		s.Bins = &demo.Bins{Count: count, Succinct: succinct, Role: signedByTwo("bins"), Targets: many("x", targets)}
	}
}

// oddTruths are repositories that look unlike others and have nothing wrong with them.
func oddTruths() []truth {
	list := []truth{
		{name: "no consistent snapshots", spec: func(s *demo.Spec) { s.PlainNames = true }},
		{name: "no consistent snapshots, and both hashes", spec: func(s *demo.Spec) { s.PlainNames = true; s.Targets[0].Hashes = demo.BothHashes() }},
		{name: "metadata in a folder of its own", spec: func(s *demo.Spec) { s.MetadataDir = "metadata" }},
		{name: "consistent snapshots without hashes in the names of targets", edit: func(t *testing.T, r *demo.Repository) {
			for _, l := range r.Targets() {
				data, err := r.ReadFile(l.Files[0])
				if err != nil {
					t.Fatal(err)
				}
				r.Remove(l.Files[0])
				r.Set("targets/"+l.Path, data)
			}
		}, says: []string{"missing a.txt", "missing team/b.txt", "no-target-found repository"}, verified: []string{}, verdict: engine.Broken},
		{name: "only sha512", spec: func(s *demo.Spec) {
			s.Targets[0].Hashes, s.Delegations[0].Targets[0].Hashes = []string{demo.SHA512}, []string{demo.SHA512}
		}, says: []string{"no-sha256 targets", "no-sha256 team"}, verdict: engine.Warned},
		{name: "several copies of every target", spec: func(s *demo.Spec) {
			s.Targets[0].Hashes, s.Delegations[0].Targets[0].Hashes = demo.BothHashes(), demo.BothHashes()
		}},
		{name: "a repository without targets", spec: func(s *demo.Spec) { s.Targets, s.Delegations = nil, nil }},
		{name: "a role without targets", spec: func(s *demo.Spec) { s.Delegations[0].Targets = nil }},
		{name: "delegations that are an empty list", spec: func(s *demo.Spec) {
			s.Tamper = demo.OnRole("team", func(o map[string]any) {
				o["delegations"] = map[string]any{"keys": map[string]any{}, "roles": []any{}}
			})
		}},
		{name: "versions that are dates", spec: func(s *demo.Spec) {
			s.Timestamp.Version, s.Snapshot.Version, s.TargetsRole.Version, s.Delegations[0].Role.Version = 1_670_000_003, 1_670_000_002, 1_670_000_001, 1_670_000_000
		}},
		{name: "custom data and unknown fields everywhere", spec: strange},
		{name: "two hundred roots", spec: func(s *demo.Spec) { s.Roots, s.Rotate = 200, []string{} }},
		{name: "one hash bin", spec: inBins(1, false, 9), says: []string{"gotuf-hash-prefix targets"}, verdict: engine.Warned},
		{name: "two hash bins", spec: inBins(2, false, 9), says: []string{"gotuf-hash-prefix targets"}, verdict: engine.Warned},
		{name: "256 hash bins", spec: inBins(256, false, 300), says: []string{"gotuf-hash-prefix targets"}, verdict: engine.Warned},
		{name: "two succinct bins", spec: inBins(2, true, 9)},
		{name: "256 succinct bins", spec: inBins(256, true, 300)},
		{name: "four thousand million succinct bins, of which two are there", spec: func(s *demo.Spec) {
			s.Delegations, s.Bins = nil, &demo.Bins{Count: 2, Succinct: true, Role: signedByTwo("bins")}
			s.Tamper = demo.OnRole("targets", func(o map[string]any) {
				demo.Sub(o, "delegations", "succinct_roles")["bit_length"] = 32
			})
		}, says: []string{"bin-missing targets", "undelegated-role bin-0", "undelegated-role bin-1"}, verdict: engine.Warned},
	}
	// Names of roles are escaped in the names of their files.
	for i, name := range []string{"a/b/c", "..", ".", "a?b", "a#b", "a%2Fb", "100%", "größe", "a b", "a+b", "文", ".json"} {
		for _, plain := range []bool{false, true} {
			form := "consistent"
			if plain {
				form = "plain"
			}
			list = append(list, truth{name: fmt.Sprintf("a role called %q, %s names", name, form), spec: func(s *demo.Spec) {
				s.PlainNames = plain
				dir := fmt.Sprint("x", i)
				s.Delegations = append(s.Delegations, part(name, dir+"/*", dir+"/y"))
			}})
		}
	}
	return list
}

// strange puts fields that nobody knows wherever there may be some. Keys are left as
// they are: a field more would give them another id.
func strange(s *demo.Spec) {
	s.Targets[0].Custom = json.RawMessage(`{"a":[1,{"b":null}],"size":"ü"}`)
	s.Tamper = func(_ string, o map[string]any) {
		extra := map[string]any{"list": []any{int64(1), "two", map[string]any{}}, "text": "ü"}
		o["x-top"] = extra
		for _, part := range []string{"meta", "roles", "targets"} {
			m, ok := o[part].(map[string]any)
			if !ok {
				continue
			}
			for _, v := range m {
				if entry, ok := v.(map[string]any); ok {
					entry["x-entry"] = extra
				}
			}
		}
		if d, ok := o["delegations"].(map[string]any); ok {
			d["x-delegations"] = extra
			for _, r := range d["roles"].([]any) {
				r.(map[string]any)["x-role"] = extra
			}
		}
	}
}

// largeTruths are repositories of a size at which time and memory count.
func largeTruths() []truth {
	return []truth{
		{name: "1,024 roots", spec: func(s *demo.Spec) { s.Roots, s.Rotate = 1024, []string{} }, config: fromTheFirst, says: []string{"root-limit root"}, verdict: engine.Warned},
		{name: "16,384 hash bins", spec: inBins(16384, false, 2000), says: []string{"gotuf-hash-prefix targets"}, verdict: engine.Warned},
		{name: "16,384 succinct bins", spec: inBins(16384, true, 2000)},
		{name: "10,000 delegated roles", spec: func(s *demo.Spec) {
			role := signedByTwo("team")
			for i := range 10_000 {
				dir := fmt.Sprintf("r%05d", i)
				s.Delegations = append(s.Delegations, demo.Delegation{Name: dir, Paths: []string{dir + "/*"}, Role: role, Targets: many(dir, 1)})
			}
		}},
	}
}

// fromTheFirst starts from the oldest root; all the others are gone through.
func fromTheFirst(_ *testing.T, r *demo.Repository, cfg *engine.Config) { cfg.Root = r.Root(1) }

// A large repository takes some memory for itself, and as much for its server, which
// is in this process.
const largeMemory = 1 << 30

func TestLargeRepositories(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("takes half a minute of two processors that do nothing else")
	}
	for _, c := range largeTruths() {
		t.Run(strings.ReplaceAll(c.name, ",", ""), func(t *testing.T) {
			var served time.Time
			config := c.config
			c.config = func(t *testing.T, r *demo.Repository, cfg *engine.Config) {
				// Time is bounded by the run's own limit: it says so if it is reached.
				cfg.Deadline = 8 * time.Minute
				if config != nil {
					config(t, r, cfg)
				}
				runtime.GC()
				served = time.Now()
			}
			c.check(t)
			took := time.Since(served)
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			t.Logf("took %s, with a heap of %d MiB", took.Round(time.Millisecond), m.HeapSys>>20)
			if m.HeapSys > largeMemory {
				t.Errorf("the heap is %d MiB", m.HeapSys>>20)
			}
		})
	}
}
