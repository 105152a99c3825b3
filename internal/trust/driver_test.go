package trust

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/finding"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// thorough tells whether there is time for all combinations: under the race
// detector everything here takes ten times as long, and a sample has to do.
func thorough() bool { return !raceDetector && !testing.Short() }

// most gives n, or fewer when there is no time.
func most(n, fewer int) uint64 {
	if thorough() {
		return uint64(n)
	}
	return uint64(fewer)
}

// start is when the repositories of these tests were published, and now when they
// are looked at.
var (
	start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	now   = start.Add(time.Hour)
)

// source gives the answer for a metadata file by its name, "2.root.json".
type source func(name string) Answer

// served is what a repository answers, with exceptions by name.
func served(repo *demo.Repository, except map[string]Answer) source {
	return func(name string) Answer {
		if a, ok := except[name]; ok {
			return a
		}
		data, err := repo.ReadFile(name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return Answer{Absent: true, Status: 404, Reason: "not found"}
		case err != nil:
			return Answer{Reason: err.Error()}
		}
		return Answer{Bytes: data}
	}
}

func files(m map[string][]byte) source {
	return func(name string) Answer {
		if data, ok := m[name]; ok {
			return Answer{Bytes: data}
		}
		return Answer{Absent: true, Status: 404, Reason: "not found"}
	}
}

func fileName(n Need) string {
	name := strings.NewReplacer("/", "%2F", "?", "%3F", "%", "%25").Replace(n.Name) + ".json"
	if n.Version > 0 {
		name = strconv.FormatInt(n.Version, 10) + "." + name
	}
	return name
}

// driver runs a walk as its owner would, in an order that a seed decides, and
// holds it to its contract.
type driver struct {
	t       testing.TB
	w       *Walk
	src     source
	rnd     *rand.Rand
	needs   []Need
	open    []NeedID // needs without an answer
	jobs    []Job
	last    map[NeedID]Answer
	verdict map[NeedID]Verdict // since the last delivery
	dead    map[NeedID]bool
	roles   []Role
	notes   []Note
	lists   map[string]TargetList
	applied int
	// lose makes some jobs crash: the driver loses their results.
	lose func(n Need) bool
}

func drive(t testing.TB, cfg Config, src source, seed uint64) *driver {
	t.Helper()
	d := newDriver(t, cfg, src, seed)
	d.run()
	return d
}

func newDriver(t testing.TB, cfg Config, src source, seed uint64) *driver {
	t.Helper()
	if cfg.At.IsZero() {
		cfg.At = now
	}
	d := &driver{
		t: t, src: src, rnd: rand.New(rand.NewPCG(seed, 7)),
		last: map[NeedID]Answer{}, verdict: map[NeedID]Verdict{}, dead: map[NeedID]bool{}, lists: map[string]TargetList{},
	}
	w, s := New(cfg)
	d.w = w
	d.take(s)
	return d
}

// take is a step.
func (d *driver) take(s Step) {
	for _, n := range s.Needs {
		if int(n.ID) != len(d.needs) {
			d.t.Fatalf("need %d comes after %d needs", n.ID, len(d.needs))
		}
		d.needs = append(d.needs, n)
		d.open = append(d.open, n.ID)
	}
	for _, id := range s.Refetch {
		if slices.Contains(d.open, id) {
			d.t.Fatalf("%s is asked for again, and has not been answered", fileName(d.needs[id]))
		}
		delete(d.dead, id)
		d.open = append(d.open, id)
	}
	for _, id := range s.Outdated {
		d.dead[id] = true
		d.open = slices.DeleteFunc(d.open, func(o NeedID) bool { return o == id })
	}
	d.jobs = append(d.jobs, s.Jobs...)
	for _, r := range s.Roles {
		switch {
		case int(r.ID) < len(d.roles):
			d.roles[r.ID] = r
		case int(r.ID) == len(d.roles):
			d.roles = append(d.roles, r)
		default:
			d.t.Fatalf("role %d comes after %d roles", r.ID, len(d.roles))
		}
	}
	for _, n := range s.Withdrawn {
		i := slices.IndexFunc(d.notes, func(o Note) bool { return keyOf(o) == keyOf(n) })
		if i < 0 {
			d.t.Fatalf("withdrawn without having been said: %+v", n.Finding)
		}
		d.notes = slices.Delete(d.notes, i, i+1)
	}
	for _, n := range s.Notes {
		if slices.ContainsFunc(d.notes, func(o Note) bool { return keyOf(o) == keyOf(n) }) {
			d.t.Fatalf("said twice: %+v", n.Finding)
		}
		if n.About && int(n.Role) >= len(d.roles) {
			d.t.Fatalf("about an unknown role: %+v", n)
		}
		d.notes = append(d.notes, n)
	}
	for _, v := range s.Verdicts {
		if v.Accepted && v.Problem != nil {
			d.t.Fatalf("accepted, with a problem: %+v", v)
		}
		d.verdict[v.Need] = v
	}
	for _, l := range s.Lists {
		d.lists[l.Name] = l
	}
}

// run goes on until nothing is left to do.
func (d *driver) run() {
	d.t.Helper()
	for len(d.open)+len(d.jobs) > 0 {
		i := d.rnd.IntN(len(d.open) + len(d.jobs))
		if i < len(d.open) {
			id := d.open[i]
			d.open = slices.Delete(d.open, i, i+1)
			d.deliver(id, d.src(fileName(d.needs[id])))
			continue
		}
		i -= len(d.open)
		j := d.jobs[i]
		d.jobs = slices.Delete(d.jobs, i, i+1)
		if d.lose != nil && d.lose(d.needs[j.Need]) {
			d.w.LostJob()
			if !slices.Contains(d.open, j.Need) && !d.dead[j.Need] {
				d.deliver(j.Need, Answer{Reason: "verification failed"})
			}
			continue
		}
		d.applied++
		d.take(d.w.Apply(j.Run()))
	}
	d.check()
}

func (d *driver) deliver(id NeedID, a Answer) {
	d.last[id] = a
	delete(d.verdict, id)
	d.take(d.w.Deliver(id, a))
}

// redeliver hands over a file once more and runs on.
func (d *driver) redeliver(id NeedID) {
	d.t.Helper()
	d.open = slices.DeleteFunc(d.open, func(o NeedID) bool { return o == id })
	d.deliver(id, d.src(fileName(d.needs[id])))
	d.run()
}

// check is what holds at the end of every walk.
func (d *driver) check() {
	d.t.Helper()
	if !d.w.Done() {
		d.t.Fatalf("nothing is left to do and the walk is not done: %d open, %d jobs", d.w.open, d.w.jobs)
	}
	for id := range d.needs {
		id := NeedID(id)
		a, ok := d.last[id]
		v, judged := d.verdict[id]
		switch {
		case d.dead[id]:
		case !ok:
			d.t.Errorf("%s was never delivered", fileName(d.needs[id]))
		case !judged && (a.Bytes != nil || a.Absent && d.needs[id].Optional):
			d.t.Errorf("%s has no verdict", fileName(d.needs[id]))
		case v.Accepted && a.Bytes == nil:
			d.t.Errorf("%s is accepted without bytes", fileName(d.needs[id]))
		}
	}
	for _, r := range d.roles {
		if r.State == Fetching {
			d.t.Errorf("%s under %s is still being fetched at the end", r.Name, r.Parent)
		}
		if r.State == Accepted && r.Problem != "" || r.State != Accepted && r.Problem == "" {
			d.t.Errorf("%s under %s is %s: %q", r.Name, r.Parent, r.State, r.Problem)
		}
		if r.State == Accepted && r.ValidSigners() < min(r.Threshold, d.w.limits.Signers) {
			d.t.Errorf("%s under %s is accepted with %d of %d", r.Name, r.Parent, r.ValidSigners(), r.Threshold)
		}
	}
	if len(d.w.said) > 0 && len(d.notes) == 0 {
		d.t.Error("the walk remembers notes that it has not said")
	}
	for name, l := range d.lists {
		for i, t := range l.Targets {
			if i > 20 {
				break
			}
			if r := d.w.Reach(name, t.Path); r.State == Pending {
				d.t.Errorf("%q in %s waits for %s at the end", t.Path, name, r.By)
			}
		}
	}
}

// runConcurrently does what run does with every job on a goroutine of its own, as
// the engine does.
func (d *driver) runConcurrently() {
	d.t.Helper()
	results := make(chan Result)
	running := 0
	for len(d.open)+len(d.jobs)+running > 0 {
		for _, j := range d.jobs {
			running++
			go func() { results <- j.Run() }()
		}
		d.jobs = nil
		if len(d.open) > 0 && (running == 0 || d.rnd.IntN(3) > 0) {
			i := d.rnd.IntN(len(d.open))
			id := d.open[i]
			d.open = slices.Delete(d.open, i, i+1)
			d.deliver(id, d.src(fileName(d.needs[id])))
			continue
		}
		r := <-results
		running--
		d.take(d.w.Apply(r))
	}
	d.check()
}

// role gives the one role with this name, version for roots, and delegator.
func (d *driver) role(name, parent string) Role {
	d.t.Helper()
	var found []Role
	for _, r := range d.roles {
		n := r.Name
		if r.Parent == "" && r.Version > 0 {
			n = rootName(r.Version)
		}
		if n == name && r.Parent == parent {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		d.t.Fatalf("%d roles are called %s under %q", len(found), name, parent)
	}
	return found[0]
}

// hygiene tells whether a finding is about what could be better in a repository that
// works: the small ones of these tests have one key for everything. The tests of the
// whole, which know all that there is to say, hold these to it too.
func hygiene(f finding.Finding) bool {
	return f.Severity == finding.Info && f.ID != finding.RootPassedOver && f.ID != finding.RootEndStatus && f.ID != finding.UndelegatedRole
}

// ids are the findings as "subject: id", sorted.
func (d *driver) ids() []string {
	var out []string
	for _, n := range d.notes {
		if hygiene(n.Finding) {
			continue
		}
		out = append(out, n.Finding.Subject+": "+string(n.Finding.ID))
	}
	slices.Sort(out)
	return out
}

func (d *driver) has(id finding.ID, subject string) bool {
	return slices.ContainsFunc(d.notes, func(n Note) bool { return n.Finding.ID == id && n.Finding.Subject == subject })
}

// message gives the text of a finding.
func (d *driver) message(id finding.ID, subject string) string {
	d.t.Helper()
	for _, n := range d.notes {
		if n.Finding.ID == id && n.Finding.Subject == subject {
			return n.Finding.Message
		}
	}
	d.t.Fatalf("no finding %s about %s; there are %q", id, subject, d.ids())
	return ""
}

// end is all that a walk came to, in a form that does not depend on the order in
// which things came.
func (d *driver) end() string {
	var out []string
	for _, r := range d.roles {
		if r.State == Skipped && !r.Current && r.Size == 0 {
			continue // what a second look left behind
		}
		var signers []string
		for _, s := range r.Signers {
			signers = append(signers, fmt.Sprint(s.KeyID[:8], s.Valid, s.Reason))
		}
		slices.Sort(signers)
		for _, s := range r.Before {
			signers = append(signers, fmt.Sprint("before ", s.KeyID, s.Valid, s.Reason))
		}
		out = append(out, fmt.Sprintf("role %s/%s v%d %s exp=%v soon=%v %d of %v size %d targets %d %v term=%v current=%v %q",
			r.Parent, r.Name, r.Version, r.State, r.Expired, r.Soon, r.Threshold, signers, r.Size, r.Targets, r.Paths, r.Terminating, r.Current, r.Problem))
	}
	for _, n := range d.notes {
		out = append(out, fmt.Sprintf("note %s %s %q %v", n.Finding.ID, n.Finding.Subject, n.Finding.Message, n.Finding.Evidence))
	}
	for id, v := range d.verdict {
		if d.dead[id] || !v.Accepted && v.Problem == nil && d.last[id].Bytes == nil {
			continue // how far ahead roots were asked for depends on the order
		}
		out = append(out, fmt.Sprintf("verdict %s %v %v", fileName(d.needs[id]), v.Accepted, v.Problem != nil))
	}
	for name, l := range d.lists {
		for _, t := range l.Targets {
			r := d.w.Reach(name, t.Path)
			out = append(out, fmt.Sprintf("target %s %s %d %s", name, t.Path, r.State, r.By))
		}
	}
	if a, ok := d.w.Anchor(); ok {
		out = append(out, fmt.Sprintf("anchor %d %s %v", a.Version, a.SHA256, a.FirstUse))
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), "\n")
}

// differ gives the lines that only one of two ends has.
func differ(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	var out []string
	for _, l := range x {
		if !slices.Contains(y, l) {
			out = append(out, "- "+l)
		}
	}
	for _, l := range y {
		if !slices.Contains(x, l) {
			out = append(out, "+ "+l)
		}
	}
	return strings.Join(out, "\n")
}

// build makes a repository or fails the test.
func build(t testing.TB, s demo.Spec) *demo.Repository {
	t.Helper()
	s.Start = start
	s.Seed = cmp.Or(s.Seed, 1)
	repo, err := s.Build()
	if err != nil {
		t.Fatal(err)
	}
	return repo
}

// accepted names the roles that are accepted, sorted.
func (d *driver) accepted() []string {
	var out []string
	for _, r := range d.roles {
		if r.State == Accepted {
			out = append(out, r.Parent+"/"+r.Name)
		}
	}
	slices.Sort(out)
	return out
}
