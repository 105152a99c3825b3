// Package truth holds the whole inspector against repositories of which it is known
// what is wrong: each case breaks one thing, and the run has to say exactly that, in
// all that it says, and nothing else. A finding too many is a false alarm, and fails
// as a missing one does.
//
// The repositories are served over loopback and inspected by the real engine over real
// sockets. [healthy] has nothing to be said about; a case changes one thing of it.
package truth

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/fetch"
	"example.com/tufinspect/internal/finding"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start is when the repositories were published, and now when they are looked at.
var (
	start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	now   = start.Add(time.Hour)
)

const day = 24 * time.Hour

// truth is a repository and what there is to say about it.
type truth struct {
	// name is a sentence.
	name string
	// spec changes the healthy repository before it is built.
	spec func(*demo.Spec)
	// edit changes it afterwards.
	edit func(*testing.T, *demo.Repository)
	// serve are faults of its server.
	serve []demo.Option
	// config changes the run; its Source and Repository are set.
	config func(*testing.T, *demo.Repository, *engine.Config)
	// says are all findings and problems: "id subject".
	says []string
	// verified are the targets that a client would accept; nil means all.
	verified []string
	// verdict is that of the whole run.
	verdict engine.Verdict
}

// healthy is a repository that has nothing to be said about: two of three keys for
// what people sign, all of them used, lengths and hashes everywhere.
func healthy() demo.Spec {
	return demo.Spec{
		Seed: 5, Start: start,
		Root:        demo.Role{Keys: demo.NewKeys("root", 3), Threshold: 2},
		TargetsRole: demo.Role{Keys: demo.NewKeys("targets", 3), Threshold: 2},
		Targets:     []demo.Target{{Path: "a.txt", Size: 100}},
		Delegations: []demo.Delegation{{
			Name: "team", Paths: []string{"team/*"},
			Role:    demo.Role{Keys: demo.NewKeys("team", 3), Threshold: 2},
			Targets: []demo.Target{{Path: "team/b.txt", Size: 100}},
		}},
	}
}

// all are the cases, by what they are about.
func all() []truth {
	return slices.Concat(
		[]truth{{name: "a healthy repository"}},
		ruleTruths(), keyTruths(), formTruths(), delegationTruths(), targetTruths(), transportTruths(), memoryTruths(),
		oddTruths(),
	)
}

func TestEveryCaseSaysTheTruthAndNothingElse(t *testing.T) {
	names := map[string]bool{}
	for _, c := range all() {
		if names[c.name] {
			t.Errorf("two cases are called %q", c.name)
		}
		names[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.check(t)
		})
	}
}

// run has the engine inspect the repository of the case, over a server that ends with
// the test. The configuration is the one that it ran with.
func (c *truth) run(t *testing.T) (*engine.State, *engine.Config, *demo.Repository) {
	t.Helper()
	spec := healthy()
	if c.spec != nil {
		c.spec(&spec)
	}
	repo, err := spec.Build()
	if err != nil {
		t.Fatal(err)
	}
	if c.edit != nil {
		c.edit(t, repo)
	}
	source, err := fetch.New(fetch.Options{Proxy: "none"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(source.Close)
	cfg := engine.DefaultConfig()
	cfg.Source, cfg.Repository, cfg.At = source, c.server(t, repo), now
	cfg.Root, cfg.RootSource = repo.Root(1), engine.RootPinned
	cfg.StallAfter, cfg.StallTimeout, cfg.Retries, cfg.Deadline = time.Second, time.Second, 0, time.Minute
	if c.config != nil {
		c.config(t, repo, &cfg)
	}
	st, err := engine.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return st, &cfg, repo
}

// server serves a repository with the faults of the case until the test ends.
func (c *truth) server(t *testing.T, repo *demo.Repository) string {
	t.Helper()
	server, err := demo.Serve(repo, c.serve...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return server.URL()
}

func (c *truth) check(t *testing.T) {
	st, _, _ := c.run(t)
	if st.Violations != 0 || len(st.Faults) != 0 {
		t.Errorf("%d events broke the protocol, faults: %+v", st.Violations, st.Faults)
	}
	got, want := said(st), slices.Sorted(slices.Values(c.says))
	also := slices.DeleteFunc(slices.Clone(got), func(f string) bool { return slices.Contains(want, f) })
	not := slices.DeleteFunc(slices.Clone(want), func(f string) bool { return slices.Contains(got, f) })
	if len(also)+len(not) > 0 {
		t.Errorf("it says also %q, and it does not say %q\n%s", also[:min(20, len(also))], not, show(st))
	}
	verified, total := outcome(st)
	if c.verified == nil {
		c.verified = total
	}
	if !slices.Equal(verified, slices.Sorted(slices.Values(c.verified))) {
		t.Errorf("verified %v, want %v\n%s", verified, c.verified, show(st))
	}
	if st.Verdict() != c.verdict {
		t.Errorf("the verdict is %s, want %s", st.Verdict(), c.verdict)
	}
}

// port is the server with its port, which is another one each time.
var port = regexp.MustCompile(`127\.0\.0\.1:\d+`)

// said is all that a run says: its findings, and the problems of its items that are
// not the findings once more.
func said(st *engine.State) []string {
	set := map[string]bool{}
	for n := range st.Notes.All() {
		f := &n.Finding
		set[string(f.ID)+" "+port.ReplaceAllString(f.Subject, "127.0.0.1")] = true
	}
	for i := range st.Items.Len() {
		it := st.Items.At(i)
		if it.Problem == nil {
			continue
		}
		subject := it.Path
		if it.Kind == engine.Metadata {
			subject = it.RoleName
			if n, _, ok := strings.Cut(it.Path, ".root.json"); ok {
				subject = "root v" + n
			}
		}
		set[string(it.Problem.Kind)+" "+subject] = true
	}
	var list []string
	for s := range set {
		list = append(list, s)
	}
	slices.Sort(list)
	return list
}

// outcome gives the paths of the targets that were verified, with all their copies,
// and of all targets.
func outcome(st *engine.State) (verified, total []string) {
	bad := map[string]bool{}
	for i := range st.Items.Len() {
		it := st.Items.At(i)
		if it.Kind == engine.Metadata {
			continue
		}
		total = append(total, it.Path)
		if it.State != engine.Verified {
			bad[it.Path] = true
		}
	}
	slices.Sort(total)
	total = slices.Compact(total)
	for _, p := range total {
		if !bad[p] {
			verified = append(verified, p)
		}
	}
	return verified, total
}

// show is a run for the log of a failed case, or its beginning.
func show(st *engine.State) string {
	var b strings.Builder
	for i := range min(50, st.Items.Len()) {
		it := st.Items.At(i)
		fmt.Fprintf(&b, "  %-24s %-10s %s\n", it.Path, it.State, it.Reason)
	}
	for i := range st.Roles[:min(50, len(st.Roles))] {
		r := &st.Roles[i]
		fmt.Fprintf(&b, "  role %s v%d %s: %s\n", r.Name, r.Version, r.State, r.Problem)
	}
	said := slices.Collect(st.Notes.All())
	for _, n := range said[:min(50, len(said))] {
		f := &n.Finding
		fmt.Fprintf(&b, "  %s %s %s: %s %v\n", f.Severity, f.ID, f.Subject, f.Message, f.Evidence)
	}
	return b.String()
}

// elsewhere are kinds that no repository by itself can raise, and where they are
// tested.
var elsewhere = map[finding.ID]string{
	finding.Cancelled:      "a person's choice: internal/engine",
	finding.InspectorFault: "a fault of the inspector: internal/engine",
	finding.RoleRefused:    "for errors that go-tuf does not have yet: internal/trust",
	finding.VerdictDiffers: "no repository is known on which the two verdicts differ, and thousands are tried: internal/trust makes up a wrong one",
}

func TestEveryFindingIsRaisedBySomeRepository(t *testing.T) {
	raised := map[finding.ID]bool{}
	for _, c := range all() {
		for _, s := range c.says {
			id, subject, ok := strings.Cut(s, " ")
			if _, known := finding.Lookup(finding.ID(id)); !known || !ok || subject == "" {
				t.Errorf("%s: %q is no finding", c.name, s)
			}
			raised[finding.ID(id)] = true
		}
	}
	for _, k := range finding.All() {
		if where, ok := elsewhere[k.ID]; ok == raised[k.ID] {
			t.Errorf("%s: raised here is %t, elsewhere is %q", k.ID, raised[k.ID], where)
		}
	}
}
