package trust

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/finding"
)

// judge has clients look at a walk that is done.
func judge(t *testing.T, d *driver) (list []ClientVerdict, notes []Note) {
	t.Helper()
	run, _, ok := d.w.Clients()
	if !ok {
		t.Fatal("the clients cannot be asked")
	}
	s := d.w.Apply(run())
	return s.Clients, s.Notes
}

func TestClients(t *testing.T) {
	type verdict struct {
		state ClientState
		role  string
		why   string // a part of it
	}
	ok := verdict{}
	ok.state = ClientAccepts
	no := func(role, why string) verdict { return verdict{ClientRefuses, role, why} }
	many := func(n int) demo.Spec {
		s := demo.Spec{}
		for i := range n {
			s.Targets = append(s.Targets, demo.Target{Path: strings.Repeat("p", i+1)})
		}
		return s
	}
	var below []demo.Delegation
	for i := 40; i > 0; i-- {
		name := fmt.Sprintf("c%02d", i)
		below = []demo.Delegation{{Name: name, Paths: []string{"*"}, Targets: target(name), Delegations: below}}
	}
	for _, c := range []struct {
		name   string
		spec   demo.Spec
		except map[string]Answer
		edit   func(*Config)
		want   [3]verdict // go-tuf, python-tuf, tough
		partly [3]int     // targets that are refused
	}{
		{name: "nothing is wrong", spec: many(7), want: [3]verdict{ok, ok, ok}},
		{name: "the timestamp has expired", spec: demo.Spec{Timestamp: demo.Role{Expires: -time.Hour}}, want: [3]verdict{no("timestamp", "expired"), no("timestamp", "expired"), no("timestamp", "expired")}},
		{name: "the root has expired", spec: demo.Spec{Root: demo.Role{Expires: -time.Hour}}, want: [3]verdict{no("root v1", "expired"), no("root v1", "expired"), no("root v1", "expired")}},
		{name: "the snapshot is not signed", spec: demo.Spec{Snapshot: demo.Role{Signatures: []demo.Signature{}}}, want: [3]verdict{no("snapshot", "signatures"), no("snapshot", "not signed"), no("snapshot", "not signed")}},
		{name: "the timestamp is missing", except: map[string]Answer{"timestamp.json": {Absent: true, Status: 404}}, want: [3]verdict{no("timestamp", "404"), no("timestamp", "missing"), no("timestamp", "missing")}},
		{name: "the snapshot was not fetched", except: map[string]Answer{"1.snapshot.json": {Reason: "reset"}},
			want: [3]verdict{{ClientUnknown, "snapshot", "not asked: could not be fetched: reset"}, {ClientUnknown, "snapshot", "could not be fetched"}, {ClientUnknown, "snapshot", "could not be fetched"}}},
		{name: "403 behind the last root", except: map[string]Answer{"2.root.json": {Status: 403, Reason: "403"}}, want: [3]verdict{no("root v2", "403"), ok, ok}},
		{name: "410 behind the last root", except: map[string]Answer{"2.root.json": {Absent: true, Status: 410}}, want: [3]verdict{no("root v2", "410"), no("root v1", "410"), ok}},
		{name: "a timestamp above the limit of go-tuf and python-tuf", spec: demo.Spec{Timestamp: demo.Role{Extra: map[string]any{"x": strings.Repeat("x", 17_000)}}},
			want: [3]verdict{no("timestamp", "reads at most 16384"), no("timestamp", "bytes long"), ok}},
		{name: "succinct roles", spec: demo.Spec{Bins: &demo.Bins{Count: 2, Succinct: true, Targets: target("a")}}, want: [3]verdict{ok, ok, no("targets", "succinct")}},
		{name: "hash prefixes", spec: demo.Spec{Bins: &demo.Bins{Count: 2, Targets: target("a")}}, want: [3]verdict{ok, ok, ok}, partly: [3]int{1, 0, 0}},
		{name: "one more role in the root", spec: demo.Spec{Tamper: demo.OnRole("1.root", func(s map[string]any) { demo.Sub(s, "roles")["mirrors"] = demo.Sub(s, "roles", "targets") })},
			want: [3]verdict{ok, no("root v1", "mirrors"), no("root v1", "mirrors")}},
		{name: "a delegated role has expired", spec: demo.Spec{Targets: target("t"), Delegations: []demo.Delegation{{Name: "a", Paths: []string{"a/*"}, Targets: target("a/f"), Role: demo.Role{Expires: -time.Hour}}}},
			want: [3]verdict{ok, ok, no("a", "expired")}, partly: [3]int{1, 1, 0}},
		{name: "one side of a diamond is refused, and no search goes there", spec: demo.Spec{Delegations: []demo.Delegation{
			{Name: "a", Paths: []string{"a/*"}, Targets: target("a/f")},
			{Name: "b", Paths: []string{"b/*"}, Targets: target("b/f"), Delegations: []demo.Delegation{{Name: "a", Same: true, Paths: []string{"b/*"}, Role: demo.Role{Keys: demo.NewKeys("other", 1)}}}},
		}}, want: [3]verdict{ok, ok, {ClientUnknown, "a", "may refuse"}}},
		{name: "one side of a diamond is refused, and a search goes there first", spec: demo.Spec{Delegations: []demo.Delegation{
			{Name: "b", Paths: []string{"a/*"}, Delegations: []demo.Delegation{{Name: "a", Same: true, Paths: []string{"a/*"}, Role: demo.Role{Keys: demo.NewKeys("other", 1)}}}},
			{Name: "a", Paths: []string{"a/*"}, Targets: target("a/f")},
		}}, want: [3]verdict{ok, ok, no("a", "not signed by enough keys")}, partly: [3]int{1, 1, 0}},
		{name: "a delegated role and the one below it have expired", spec: demo.Spec{Targets: target("t"), Delegations: []demo.Delegation{{Name: "a", Paths: []string{"a/*"}, Targets: target("a/f"), Role: demo.Role{Expires: -time.Hour},
			Delegations: []demo.Delegation{{Name: "b", Paths: []string{"a/*"}, Targets: target("a/g"), Role: demo.Role{Expires: -time.Hour}}}}}},
			want: [3]verdict{ok, ok, no("a", "expired")}, partly: [3]int{2, 2, 0}},
		{name: "more roles one below the other than clients visit", spec: demo.Spec{Delegations: below}, want: [3]verdict{ok, ok, ok}, partly: [3]int{8, 8, 0}},
		{name: "version 0", spec: demo.Spec{Tamper: demo.OnRole("targets", func(s map[string]any) { s["version"] = 0 }), PlainNames: true}, want: [3]verdict{no("targets", ""), {ClientRefuses, "targets", ""}, {ClientRefuses, "targets", ""}}},
		{name: "a key id twice", spec: demo.Spec{Tamper: demo.OnRole("1.root", func(s map[string]any) {
			r := demo.Sub(s, "roles", "snapshot")
			ids := r["keyids"].([]any)
			r["keyids"] = append(ids, ids[0])
		})}, want: [3]verdict{ok, no("root v1", "twice"), ok}},
		{name: "a role whose name leads out of a folder", spec: demo.Spec{Delegations: []demo.Delegation{{Name: "../../x", Paths: []string{"a/*"}}}}, want: [3]verdict{{ClientUnknown, "", "leads out"}, ok, ok}},
		{name: "the timestamp lists more", spec: demo.Spec{Tamper: demo.OnRole("timestamp", func(s map[string]any) { demo.Sub(s, "meta")["x.json"] = map[string]any{"version": 1} })}, want: [3]verdict{ok, ok, no("timestamp", "more than")}},
		{name: "a root of first use", spec: many(2), edit: func(cfg *Config) { cfg.Root = nil }, want: [3]verdict{ok, ok, ok}},
		{name: "a target with a length below zero", spec: demo.Spec{Targets: target("t"), Tamper: demo.OnRole("targets", func(s map[string]any) { demo.Sub(s, "targets", "t")["length"] = -1 })},
			want: [3]verdict{ok, no("targets", "below 0"), no("targets", "below 0")}},
		{name: "500 behind the last root", except: map[string]Answer{"2.root.json": {Status: 500, Reason: "500"}},
			want: [3]verdict{{ClientUnknown, "root v2", "could not be fetched"}, {ClientUnknown, "root v1", "root v2 could not be fetched"}, {ClientUnknown, "root v1", "root v2 could not be fetched"}}},
		{name: "a root that cannot be read, and whether the timestamp is good depends on it", spec: demo.Spec{Roots: 2, Rotate: []string{"timestamp"}, Tamper: demo.OnRole("2.root", func(s map[string]any) {
			s["keys"] = map[string]any{"x": 3}
		})}, want: [3]verdict{no("root v2", ""), {ClientUnknown, "root v2", "may refuse"}, {ClientUnknown, "root v2", "may refuse"}}},
		{name: "a delegated role whose expiry is written otherwise", spec: demo.Spec{Targets: target("t"), Delegations: []demo.Delegation{{Name: "a", Paths: []string{"a/*"}, Targets: target("a/f")}},
			Tamper: demo.OnRole("a", func(s map[string]any) { s["expires"] = "2030-01-01T14:00:00+02:00" })},
			want: [3]verdict{ok, ok, {ClientUnknown, "a", "may refuse"}}, partly: [3]int{0, 1, 0}},
		{name: "such a role, and behind it one that lists the target", spec: demo.Spec{Delegations: []demo.Delegation{{Name: "a", Paths: []string{"*/*"}}, {Name: "b", Paths: []string{"b/*"}, Targets: target("b/f")}},
			Tamper: demo.OnRole("a", func(s map[string]any) { s["expires"] = "2030-01-01T14:00:00+02:00" })},
			want: [3]verdict{ok, ok, {ClientUnknown, "a", "may refuse"}}, partly: [3]int{0, 1, 0}},
		{name: "a target to which no delegation leads", spec: demo.Spec{Targets: target("t"), Delegations: []demo.Delegation{{Name: "a", Paths: []string{"a/*"}, Targets: target("b/f")}}},
			want: [3]verdict{ok, ok, ok}, partly: [3]int{1, 1, 0}},
		{name: "a pattern that Go reads as every character but one", spec: demo.Spec{Delegations: []demo.Delegation{{Name: "a", Paths: []string{"[^b]"}, Targets: target("a")}}},
			want: [3]verdict{ok, ok, ok}, partly: [3]int{0, 1, 0}},
		{name: "a bin that is missing, and nothing is in it", spec: demo.Spec{Bins: &demo.Bins{Count: 2, Succinct: true, Targets: target("a")},
			Tamper: demo.OnRole("snapshot", func(s map[string]any) { delete(demo.Sub(s, "meta"), "bin-0.json") })},
			want: [3]verdict{ok, ok, no("targets", "succinct")}},
		{name: "a key of a type that is not known, which no role names", spec: demo.Spec{Tamper: demo.OnRole("1.root", func(s map[string]any) {
			demo.Sub(s, "keys")["x"] = map[string]any{"keytype": "sphincs", "scheme": "sphincs-shake-128s", "keyval": map[string]any{"public": "00"}}
		})}, want: [3]verdict{ok, no("root v1", "cannot be read"), {ClientUnknown, "root v1", "cannot be read"}}},
		{name: "a snapshot that lists a version of 0", spec: demo.Spec{Tamper: demo.OnRole("snapshot", func(s map[string]any) { demo.Sub(s, "meta")["old.json"] = map[string]any{"version": 0} })},
			want: [3]verdict{ok, no("snapshot", "not above 0"), no("snapshot", "not above 0")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := build(t, c.spec)
			cfg := Config{Root: repo.Root(1)}
			if c.edit != nil {
				c.edit(&cfg)
			}
			d := drive(t, cfg, served(repo, c.except), 1)
			list, notes := judge(t, d)
			for i, v := range list {
				w := c.want[i]
				if v.State != w.state || v.Role != w.role || !strings.Contains(v.Why, w.why) {
					t.Errorf("%s %s at %q: %q, want %s at %q: %q", v.Client, v.State, v.Role, v.Why, w.state, w.role, w.why)
				}
				if v.State == ClientAccepts && v.Refused != c.partly[i] {
					t.Errorf("%s refuses %d targets, want %d: %+v", v.Client, v.Refused, c.partly[i], v)
				}
			}
			if len(notes) > 0 {
				t.Errorf("the verdicts differ: %+v", notes)
			}
		})
	}
}

// A client that accepts the top-level roles has not accepted a delegated one that is
// missing, or refused under one of its delegators.
func TestClientsOfARepositoryWithHoles(t *testing.T) {
	team := demo.Delegation{Name: "team", Paths: []string{"team/*"}, Targets: target("team/x")}
	repo := build(t, demo.Spec{Targets: target("t"), Delegations: []demo.Delegation{team}})
	for _, c := range []struct {
		name   string
		except map[string]Answer
		want   bool
	}{
		{"nothing is wrong", nil, false},
		{"missing", map[string]Answer{"1.team.json": {Absent: true, Status: 404}}, true},
		{"not fetched", map[string]Answer{"1.team.json": {Reason: "reset"}}, true},
	} {
		list, _ := judge(t, drive(t, Config{Root: repo.Root(1)}, served(repo, c.except), 1))
		for _, v := range list {
			if v.Holes != c.want {
				t.Errorf("%s: %+v", c.name, v)
			}
		}
	}
}

// What go-tuf's client would get has to be known, or it is not asked.
func TestFilesThatWereNotKept(t *testing.T) {
	big := demo.Target{Path: "big", Custom: []byte(`"` + strings.Repeat("x", 2*keepFile) + `"`)}
	repo := build(t, demo.Spec{Targets: []demo.Target{{Path: "a"}}, Delegations: []demo.Delegation{{Name: "b", Paths: []string{"*"}, Targets: []demo.Target{big}}}})
	list, notes := judge(t, drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1))
	if v := list[0]; v.State != ClientAccepts || v.Listed != 2 || v.Asked != 1 || v.Refused != 0 || len(notes) > 0 {
		t.Errorf("%+v, %+v", v, notes)
	}
	repo = build(t, demo.Spec{Targets: []demo.Target{big}, Delegations: []demo.Delegation{{Name: "b", Paths: []string{"*"}}}})
	list, notes = judge(t, drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1))
	if v := list[0]; v.State != ClientUnknown || v.Role != "targets" || v.Why != "not asked: its file was too large to be kept" || len(notes) > 0 {
		t.Errorf("%+v, %+v", v, notes)
	}
}

// What the walk has accepted is not verified once more where nothing else can come of it:
// a large targets role that lists all by itself, and all but the end of a long chain of
// roots. What go-tuf's client does not take it is still asked about.
func TestWhatClientsOnlyRepeat(t *testing.T) {
	large := demo.Target{Path: "large", Custom: []byte(`"` + strings.Repeat("x", mostRepeated) + `"`)}
	for _, c := range []struct {
		name     string
		spec     demo.Spec
		edit     func(*Limits)
		measured bool
		state    ClientState
		start    int64
	}{
		{"a small targets role", demo.Spec{Targets: target("t")}, nil, true, ClientAccepts, 1},
		{"a large one", demo.Spec{Targets: []demo.Target{large}}, nil, false, ClientAccepts, 1},
		{"a large one that delegates", demo.Spec{Targets: []demo.Target{large}, Delegations: beside(1)}, nil, true, ClientAccepts, 1},
		{"a large one that has expired", demo.Spec{Targets: []demo.Target{large}, TargetsRole: demo.Role{Expires: time.Minute}}, nil, true, ClientRefuses, 1},
		{"a few roots", demo.Spec{Targets: target("t"), Roots: linksAgain + 1}, nil, true, ClientAccepts, 1},
		{"many roots", demo.Spec{Targets: target("t"), Roots: 20}, nil, true, ClientAccepts, 20 - linksAgain},
		{"as many roots as it takes, and not the answer behind them", demo.Spec{Targets: target("t"), Roots: maxRotations + 1}, nil, true, ClientAccepts, 1},
		{"many roots, one of them large", demo.Spec{Targets: target("t"), Roots: 20}, func(l *Limits) { l.RootMax = 100 }, true, ClientAccepts, 1},
	} {
		repo := build(t, c.spec)
		cfg := Config{Root: repo.Root(1), Limits: DefaultLimits()}
		if c.edit != nil {
			c.edit(&cfg.Limits)
		}
		d := drive(t, cfg, served(repo, nil), 1)
		root, err := metadata.Root().FromBytes(d.w.clientAsk().root)
		if err != nil {
			t.Fatal(err)
		}
		list, notes := judge(t, d)
		if v := list[0]; v.State != c.state || v.Measured != c.measured || root.Signed.Version != c.start || len(notes) > 0 {
			t.Errorf("%s: from root v%d: %+v, %+v", c.name, root.Signed.Version, v, notes)
		}
	}
}

// No repository is known on which the verdicts differ: here the one of this package is
// made a wrong one.
func TestADifferentVerdictIsSaid(t *testing.T) {
	repo := build(t, demo.Spec{Targets: []demo.Target{{Path: "a"}, {Path: "b", Size: 1}}})
	for _, c := range []struct {
		name   string
		change func(q *clientAsk)
		want   string // subject: a part of the message
	}{
		{"nothing", func(*clientAsk) {}, ""},
		{"the snapshot is called refused", func(q *clientAsk) { q.top = "snapshot" }, "snapshot: client accepts it"},
		{"other bytes are called accepted", func(q *clientAsk) {
			s := q.files["timestamp.json"]
			s.data = []byte("{}")
			q.files["timestamp.json"] = s
		}, "timestamp: client refuses it"},
		{"a target is not found", func(q *clientAsk) { q.probes[0].target = nil }, "a: client finds it, and no search"},
		{"a target is another one", func(q *clientAsk) { q.probes[0].target = q.probes[1].target }, "a: client finds it with another length"},
		{"a target that is not there is found", func(q *clientAsk) { q.probes[0].path = "none" }, "none: client refuses it: target none not found"},
		{"what decides was not fetched", func(q *clientAsk) { q.probes[0].target, q.probes[0].unproved = nil, true }, ""},
		{"a root could not be fetched", func(q *clientAsk) { q.files["2.root.json"] = serving{role: "root v2", status: http.StatusForbidden} }, ""},
	} {
		d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
		q := d.w.clientAsk()
		c.change(q)
		m := measured{q: q, at: now}
		m.ask()
		got := ""
		if len(m.differs) > 0 {
			got = m.differs[0].Subject + ": " + strings.TrimPrefix(m.differs[0].Message, "go-tuf's ")
			if m.differs[0].ID != finding.VerdictDiffers {
				t.Errorf("%s: %s", c.name, m.differs[0].ID)
			}
		}
		if !strings.HasPrefix(got, c.want) || c.want == "" && got != "" {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// Looking for targets ends when its time is over: what was asked until then counts.
func TestLookingForTargetsIsLimited(t *testing.T) {
	d := drive(t, Config{Root: build(t, demo.Spec{}).Root(1)}, served(build(t, demo.Spec{}), nil), 1)
	q := d.w.clientAsk()
	q.probes = make([]probe, 3)
	m := measured{q: q, at: now}
	up, err := m.client()
	if err != nil {
		t.Fatal(err)
	}
	m.work = clientWork + 1
	if m.targets(up); m.verdict.Asked != 0 || len(m.differs) > 0 {
		t.Errorf("%+v", m.verdict)
	}
	m.work, m.until = 0, time.Now().Add(-time.Second)
	if _, err := m.DownloadFile(nowhere+"/timestamp.json", 1<<20, 0); err == nil || !strings.Contains(err.Error(), "too much to verify") {
		t.Errorf("a file is given after the time is over: %v", err)
	}
}

// Verdicts of what has been delivered anew since are dropped.
func TestVerdictsOfAnotherStateAreDropped(t *testing.T) {
	repo := build(t, demo.Spec{Roots: 2})
	d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
	run, _, ok := d.w.Clients()
	if !ok {
		t.Fatal("the clients cannot be asked")
	}
	r := run()
	for _, n := range d.needs {
		if n.Name == "timestamp" {
			d.redeliver(n.ID)
		}
	}
	if s := d.w.Apply(r); s.Clients != nil {
		t.Errorf("they are said: %+v", s.Clients)
	}
	if list, _ := judge(t, d); len(list) != 3 {
		t.Errorf("%+v", list)
	}
	if _, _, ok := newDriver(t, Config{Root: repo.Root(1)}, served(repo, nil), 1).w.Clients(); ok {
		t.Error("clients can be asked before the walk is done")
	}
}

func TestStatesOfClientsHaveWords(t *testing.T) {
	for s := range numClientStates {
		b, err := s.MarshalText()
		var back ClientState
		if err != nil || back.UnmarshalText(b) != nil || back != s {
			t.Errorf("%d is %q and comes back as %d", s, b, back)
		}
	}
	if new(ClientState).UnmarshalText([]byte("fine")) == nil || ClientState(9).String() != "state(9)" {
		t.Error("an unknown state has a word")
	}
	if u := Unasked("why", []ClientVerdict{{Client: "x", Listed: 3}}); len(u) != 2 || u[0].State != ClientUnknown || !u[0].Measured || u[0].Why != "why" || u[0].Listed != 3 {
		t.Errorf("%+v", u)
	}
}
