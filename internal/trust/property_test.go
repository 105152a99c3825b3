package trust

import (
	"fmt"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/demo/mutant"
	"example.com/tufinspect/internal/finding"
)

// excuses are the known differences between this package's verdict and that of
// go-tuf's client, by the finding that says so, with the reason of each.
var excuses = map[finding.ID]string{
	finding.HashPrefixClients: "go-tuf compares hash prefixes wrongly and passes the role over, which other clients visit",
	finding.RootEndStatus:     "go-tuf stops at any status but 404 behind the last root, which other clients take for the end",
}

// agreement holds the verdicts on one case against go-tuf's client.
type agreement struct {
	t    testing.TB
	c    *mutant.Case
	d    *driver
	seen map[finding.ID]bool // what was said, and which excuses were needed
	used map[finding.ID]int
}

// seeded prefixes what a test says with the case.
type seeded struct {
	testing.TB
	c *mutant.Case
}

func (s seeded) Errorf(format string, args ...any) {
	s.Helper()
	s.TB.Errorf("%s: %s", s.c, fmt.Sprintf(format, args...))
}

func (s seeded) Fatalf(format string, args ...any) {
	s.Helper()
	s.TB.Fatalf("%s: %s", s.c, fmt.Sprintf(format, args...))
}

func (s seeded) Error(args ...any) { s.Helper(); s.Errorf("%s", fmt.Sprint(args...)) }

// agree makes the case of a seed and checks it. It tells whether go-tuf's client gets
// through the top-level roles.
func agree(t testing.TB, seed uint64, used map[finding.ID]int) (accepted bool) {
	t.Helper()
	c, err := mutant.New(seed)
	if err != nil {
		t.Fatal(err)
	}
	tb := seeded{t, c}
	src := func(name string) Answer {
		data, status := c.Get(name)
		if status == http.StatusOK {
			return Answer{Bytes: data}
		}
		gone := status == http.StatusNotFound || status == http.StatusGone
		return Answer{Absent: gone, Status: status, Reason: http.StatusText(status)}
	}
	a := &agreement{t: tb, c: c, d: drive(tb, Config{Root: c.Root, At: c.At}, src, seed), seen: map[finding.ID]bool{}, used: used}
	for _, n := range a.d.notes {
		a.seen[n.Finding.ID] = true
	}
	return a.check()
}

// excused tells whether a known difference applies.
func (a *agreement) excused(ids ...finding.ID) bool {
	for _, id := range ids {
		if _, known := excuses[id]; known && a.seen[id] {
			a.used[id]++
			return true
		}
	}
	return false
}

func (a *agreement) check() bool {
	client, err := a.c.Client()
	if err == nil {
		err = client.Refresh()
	}
	a.refreshed(err)
	a.clients(err)
	for _, path := range append(a.paths(), "none", "r0/none") {
		switch {
		case err != nil:
			a.refused(path, err)
		case a.diamond():
			client, err := a.c.Client() // one that keeps no verdict of another path
			if err != nil {
				a.t.Fatalf("the second client: %v", err)
			}
			a.target(client, path)
			a.visited(client)
		default:
			a.target(client, path)
		}
	}
	if err == nil {
		a.visited(client)
	}
	return err == nil
}

// clients checks what is said of go-tuf's client against the client itself.
func (a *agreement) clients(err error) {
	run, _, ok := a.d.w.Clients()
	if !ok {
		if err == nil {
			a.t.Errorf("go-tuf accepts it, and its verdict cannot be asked for")
		}
		return
	}
	step := a.d.w.Apply(run())
	if len(step.Clients) != 3 {
		a.t.Fatalf("verdicts of %d clients", len(step.Clients))
	}
	v := step.Clients[0]
	if v.State == ClientAccepts != (err == nil) && v.State != ClientUnknown || v.State == ClientUnknown && err == nil {
		a.t.Errorf("go-tuf's client: %v, and it is said: %+v", err, v)
	}
	for _, v := range step.Clients {
		if (v.State == ClientAccepts) != (v.Why == "") || v.Refused > v.Listed || v.Asked > v.Listed || v.Refused > v.Asked && v.State == ClientAccepts && v.Measured {
			a.t.Errorf("a verdict contradicts itself: %+v", v)
		}
	}
	for _, n := range step.Notes {
		a.t.Errorf("%s %s: %s", n.Finding.ID, n.Finding.Subject, n.Finding.Message)
	}
}

// diamond tells whether go-tuf's answer depends on what it was asked before.
func (a *agreement) diamond() bool {
	for _, f := range a.d.w.files {
		if len(f.in) > 1 {
			return true
		}
	}
	return false
}

// paths are all that is listed, before the change and after it, and by whom ever.
func (a *agreement) paths() []string {
	all := slices.Clone(a.c.Listed)
	for _, l := range a.d.lists {
		for _, t := range l.Targets {
			all = append(all, t.Path)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// undecided tells whether the end of the root chain is open: the run is then unknown,
// whatever stands below.
func (a *agreement) undecided() bool {
	return slices.ContainsFunc(a.d.roles, func(r Role) bool { return r.Name == "root" && r.State == Unfetched })
}

// refreshed compares the top-level roles.
func (a *agreement) refreshed(err error) {
	if err == nil {
		for _, name := range []string{"root", "timestamp", "snapshot", "targets"} {
			for _, r := range a.d.roles {
				if r.Name == name && r.Current && (r.Parent == "root" || r.Parent == "") && r.State != Accepted {
					a.t.Errorf("go-tuf accepts %s, and it is %s: %s", name, r.State, r.Problem)
				}
			}
		}
		a.critical(map[string]bool{"root": true, "timestamp": true, "snapshot": true, "targets": true})
	}
}

// critical checks that nothing critical is said of roles that go-tuf accepts.
func (a *agreement) critical(accepted map[string]bool) {
	for _, n := range a.d.notes {
		if n.Finding.Severity != finding.Critical || !n.About {
			continue
		}
		r := a.d.roles[n.Role]
		if accepted[r.Name] && r.Current && r.State == Accepted {
			a.t.Errorf("go-tuf accepts %s, and of it is said: %s %s: %s", r.Name, n.Finding.ID, n.Finding.Subject, n.Finding.Message)
		}
	}
}

// found gives the target that this package calls found for a path, and in which role.
func (a *agreement) found(path string) (t *Target, role string) {
	for name, l := range a.d.lists {
		for i := range l.Targets {
			if l.Targets[i].Path == path && a.d.w.Reach(name, path).State == Found {
				return &l.Targets[i], name
			}
		}
	}
	return nil, ""
}

// refused checks a path of which go-tuf does not get as far.
func (a *agreement) refused(path string, err error) {
	if _, role := a.found(path); role != "" && !a.undecided() && !a.excused(finding.RootEndStatus) {
		a.t.Errorf("%s is found in %s, and go-tuf refuses: %v", path, role, err)
	}
}

// target compares a path where the top-level roles are accepted.
func (a *agreement) target(client *mutant.Client, path string) {
	theirs, err := client.Target(path)
	ours, role := a.found(path)
	switch {
	case ((err == nil) != (ours != nil) || ours != nil && !alike(ours, theirs)) && a.excused(finding.HashPrefixClients):
	case err == nil && ours == nil:
		a.t.Errorf("go-tuf finds %q, and here it is not: %v", path, a.reaches(path))
	case err == nil && !alike(ours, theirs):
		a.t.Errorf("go-tuf finds %q with other hashes than %s lists", path, role)
	case err != nil && ours != nil:
		a.t.Errorf("%q is found in %s, and go-tuf refuses it: %v", path, role, err)
	}
}

// visited checks the roles that go-tuf has accepted on its ways.
func (a *agreement) visited(client *mutant.Client) {
	for _, name := range client.Accepted() {
		// On one edge it is accepted; there may be others on which it is not.
		ok := slices.ContainsFunc(a.d.roles, func(r Role) bool { return r.Name == name && r.State == Accepted })
		if !ok {
			a.t.Errorf("go-tuf accepts %s on its way, and here it is not accepted", name)
		}
		a.critical(map[string]bool{name: true})
	}
}

func (a *agreement) reaches(path string) (out []string) {
	for name, l := range a.d.lists {
		if slices.ContainsFunc(l.Targets, func(t Target) bool { return t.Path == path }) {
			out = append(out, name+": "+a.d.w.Reach(name, path).Why)
		}
	}
	return out
}

func alike(ours *Target, theirs *metadata.TargetFiles) bool {
	if ours.Length != theirs.Length || len(ours.Hashes) != len(theirs.Hashes) {
		return false
	}
	for _, h := range ours.Hashes {
		if !slices.Equal(h.Sum, theirs.Hashes[h.Algorithm]) {
			return false
		}
	}
	return true
}

// number reads a number from the environment, for long runs and for one seed again.
func number(t *testing.T, name string, usual uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestNothingIsVerifiedThatGoTUFRefuses makes small repositories with one thing wrong in
// each. What go-tuf's client refuses must not be called found through accepted roles,
// and what it accepts must not be called critical. TUFINSPECT_SEED names the first seed,
// TUFINSPECT_MUTATIONS how many follow.
func TestNothingIsVerifiedThatGoTUFRefuses(t *testing.T) {
	first, n := number(t, "TUFINSPECT_SEED", 1), number(t, "TUFINSPECT_MUTATIONS", most(2000, 100))
	shards := uint64(min(4, runtime.GOMAXPROCS(0)))
	used := make([]map[finding.ID]int, shards)
	accepted := make([]uint64, shards)
	t.Run("seeds", func(t *testing.T) {
		for k := range shards {
			t.Run(fmt.Sprint(k), func(t *testing.T) {
				t.Parallel()
				used[k] = map[finding.ID]int{}
				for seed := first + k; seed < first+n && !t.Failed(); seed += shards {
					if agree(t, seed, used[k]) {
						accepted[k]++
					}
				}
			})
		}
	})
	total, through := map[finding.ID]int{}, uint64(0)
	for k := range shards {
		through += accepted[k]
		for id, times := range used[k] {
			total[id] += times
		}
	}
	t.Logf("%d mutations, go-tuf's client accepts the top of %d; differences that are known: %v", n, through, total)
	if n >= 1000 && !t.Failed() && (through < n/10 || through > n-n/10) {
		t.Errorf("go-tuf accepts %d of %d at the top: the mutations prove little", through, n)
	}
}

// FuzzNothingIsVerifiedThatGoTUFRefuses does the same with seeds of the fuzzer.
func FuzzNothingIsVerifiedThatGoTUFRefuses(f *testing.F) {
	for seed := range uint64(5) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) { agree(t, seed, map[finding.ID]int{}) })
}
