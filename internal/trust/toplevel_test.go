package trust

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/finding"
)

func TestATopLevelRoleIsRefused(t *testing.T) {
	const day = 24 * time.Hour
	two := demo.NewKeys("role", 3)
	for _, c := range []struct {
		name    string
		spec    demo.Spec
		edit    func(t *testing.T, r *demo.Repository)
		role    string
		id      finding.ID
		message string
	}{
		{"timestamp signed by a stranger", demo.Spec{}, resignBy("timestamp", "stranger"), "timestamp", finding.BadSignatures, "not signed by enough keys: 0 of 1 signed, 1 required"},
		{"timestamp signed by too few", demo.Spec{Timestamp: demo.Role{Keys: two, Threshold: 2, Signatures: demo.SignedBy(two[0])}}, nil, "timestamp", finding.BadSignatures, "1 of 3 signed, 2 required"},
		{"timestamp with a signature that does not verify", demo.Spec{Timestamp: demo.Role{Keys: two, Threshold: 2, Signatures: []demo.Signature{{By: two[0]}, {By: two[1], Kind: demo.Bad}, {By: two[2], Kind: demo.Empty}}}}, nil, "timestamp", finding.BadSignatures, "1 of 3 signed, 2 required"},
		{"timestamp with one key under two ids", demo.Spec{Timestamp: demo.Role{Keys: []demo.Key{{Name: "k"}, {Name: "k", ID: strings.Repeat("ab", 32)}}, Threshold: 2}}, nil, "timestamp", finding.ThresholdUnreachable, "the root sets a threshold of 2 and lists 1 key, under 2 ids; 1 of 2 signed, 2 required"},
		{"timestamp without snapshot.json", demo.Spec{Tamper: demo.OnRole("timestamp", func(s map[string]any) { delete(demo.Sub(s, "meta"), "snapshot.json") })}, nil, "timestamp", finding.Unparsable, "it does not list snapshot.json"},
		{"timestamp with snapshot.json null", demo.Spec{Tamper: demo.OnRole("timestamp", func(s map[string]any) { demo.Sub(s, "meta")["snapshot.json"] = nil })}, nil, "timestamp", finding.Unparsable, "it lists snapshot.json as null"},
		{"timestamp without a key", demo.Spec{Tamper: demo.OnRole("1.root", func(s map[string]any) { demo.Sub(s, "roles", "timestamp")["keyids"] = []any{} })}, nil, "timestamp", finding.BadSignatures, "the root names no key"},
		{"timestamp with threshold 0", demo.Spec{Tamper: demo.OnRole("1.root", func(s map[string]any) { demo.Sub(s, "roles", "timestamp")["threshold"] = 0 })}, nil, "timestamp", finding.BadSignatures, "the root sets a threshold of 0"},
		{"timestamp with an unknown key id", demo.Spec{Tamper: demo.OnRole("1.root", func(s map[string]any) { demo.Sub(s, "roles", "timestamp")["keyids"] = []any{"feedfacefeed"} })}, nil, "timestamp", finding.KeyNotListed, "the root names the key feedface… and does not list it"},
		{"snapshot signed by a stranger", demo.Spec{Meta: demo.ListNeither}, resignBy("snapshot", "stranger"), "snapshot", finding.BadSignatures, "0 of 1 signed"},
		{"snapshot of another length", demo.Spec{Meta: demo.ListLength}, resign("snapshot", func(s map[string]any) { s["x-new"] = "long" }), "snapshot", finding.MetadataHash, "and the timestamp lists "},
		{"snapshot of another hash", demo.Spec{Meta: demo.ListHashes}, resign("snapshot", func(s map[string]any) { s["x-new"] = "long" }), "snapshot", finding.MetadataHash, "its sha256 differs from the one that the timestamp lists"},
		{"snapshot of another version", demo.Spec{Meta: demo.ListNeither}, resign("snapshot", func(s map[string]any) { s["version"] = 9 }), "snapshot", finding.VersionMismatch, "the file says version 9, and the timestamp announces version 1"},
		{"snapshot with a null", demo.Spec{Meta: demo.ListNeither}, resign("snapshot", func(s map[string]any) { s["meta"] = 3 }), "snapshot", finding.Unparsable, "cannot be read"},
		{"targets signed by a stranger", demo.Spec{Meta: demo.ListNeither}, resignBy("targets", "stranger"), "targets", finding.BadSignatures, "0 of 1 signed"},
		{"targets of another length", demo.Spec{Meta: demo.ListLength}, resign("targets", func(s map[string]any) { s["x-new"] = "long" }), "targets", finding.MetadataHash, "and the snapshot lists "},
		{"targets of another hash", demo.Spec{Meta: demo.ListHashes}, resign("targets", func(s map[string]any) { s["x-new"] = "long" }), "targets", finding.MetadataHash, "its sha256 differs from the one that the snapshot lists"},
		{"targets of another version", demo.Spec{Tamper: demo.OnRole("snapshot", func(s map[string]any) { demo.Sub(s, "meta", "targets.json")["version"] = 3 }), PlainNames: true}, nil, "targets", finding.VersionMismatch, "the file says version 1, and the snapshot announces version 3"},
		{"targets that the snapshot does not list", demo.Spec{Tamper: demo.OnRole("snapshot", func(s map[string]any) { delete(demo.Sub(s, "meta"), "targets.json") })}, nil, "targets", finding.NotInSnapshot, "the snapshot does not list it, and root delegates to it"},
		{"targets listed as null", demo.Spec{Tamper: demo.OnRole("snapshot", func(s map[string]any) { demo.Sub(s, "meta")["targets.json"] = nil })}, nil, "targets", finding.NotInSnapshot, "the snapshot lists it as null, on which go-tuf crashes"},
		{"targets listed with an unknown hash", demo.Spec{Tamper: demo.OnRole("snapshot", func(s map[string]any) {
			demo.Sub(s, "meta", "targets.json")["hashes"] = map[string]any{"md5": strings.Repeat("00", 16)}
		})}, nil, "targets", finding.MetadataHash, "the snapshot lists a hash of a kind that clients do not know: md5"},
		{"timestamp expired", demo.Spec{Timestamp: demo.Role{Expires: time.Minute}}, nil, "timestamp", finding.Expired, "version 1 expired on 2026-03-01 12:01 UTC, 59 minutes ago"},
		{"snapshot expired", demo.Spec{Snapshot: demo.Role{Expires: -3 * day}}, nil, "snapshot", finding.Expired, "3 days ago"},
		{"targets expired", demo.Spec{TargetsRole: demo.Role{Expires: time.Minute}}, nil, "targets", finding.Expired, "59 minutes ago"},
		{"root expired", demo.Spec{Root: demo.Role{Expires: time.Minute}}, nil, "root", finding.Expired, "59 minutes ago"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.spec.Targets = append(oneTarget, c.spec.Targets...)
			c.spec.Delegations = []demo.Delegation{{Name: "below", Paths: []string{"b/*"}, Targets: target("b/1")}}
			repo := build(t, c.spec)
			if c.edit != nil {
				c.edit(t, repo)
			}
			for seed := range uint64(3) {
				d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), seed)
				if got := d.message(c.id, c.role); !strings.Contains(got, c.message) {
					t.Errorf("the finding says %q, want %q", got, c.message)
				}
				order := []string{"timestamp", "snapshot", "targets", "below"}
				from := slices.Index(order, c.role)
				ended := slices.ContainsFunc(d.roles, func(r Role) bool { return r.Name == c.role && r.State == Expired })
				if ended != (c.id == finding.Expired) {
					t.Errorf("%s: its time is over is %t", c.role, ended)
				}
				for i, name := range order {
					parent := "root"
					if name == "below" {
						parent = "targets"
						if !slices.ContainsFunc(d.roles, func(r Role) bool { return r.Name == name }) {
							continue // nobody could say that it exists
						}
					}
					if r := d.role(name, parent); (r.State == Accepted) != (i < from) {
						t.Errorf("%s is %s: %s", name, r.State, r.Problem)
					}
				}
				if d.w.Reach("targets", "a.txt").State == Found {
					t.Errorf("a.txt: %+v", d.w.Reach("targets", "a.txt"))
				}
				goesOn := c.id != finding.Unparsable && c.id != finding.NotInSnapshot
				if goesOn && len(d.lists) != 2 {
					t.Errorf("the walk did not go on below: %q", slices.Collect(maps.Keys(d.lists)))
				}
			}
		})
	}
}

func resignBy(role, by string) func(*testing.T, *demo.Repository) {
	return func(t *testing.T, r *demo.Repository) { must(t, r.ResignBy(role, nil, demo.SignedBy(key(by))...)) }
}

func resign(role string, edit func(map[string]any)) func(*testing.T, *demo.Repository) {
	return func(t *testing.T, r *demo.Repository) { must(t, r.Resign(role, edit)) }
}

func TestATopLevelFileThatCannotBeHad(t *testing.T) {
	repo := build(t, demo.Spec{Targets: oneTarget})
	for name, skipped := range map[string][]string{"timestamp": {"snapshot", "targets"}, "snapshot": {"targets"}, "targets": nil} {
		for _, a := range []Answer{{Absent: true, Status: 404}, {Reason: "no route to host"}, {}} {
			file := repo.MetaFile(name)
			d := drive(t, Config{Root: repo.Root(1)}, served(repo, map[string]Answer{file: a}), 1)
			r := d.role(name, "root")
			state, why := Unfetched, "the "+name+" was not fetched"
			if a.Absent {
				state, why = Absent, "the "+name+" is missing"
			}
			if r.State != state || r.Problem == "" {
				t.Errorf("%s is %s: %q", name, r.State, r.Problem)
			}
			for _, below := range skipped {
				if r := d.role(below, "root"); r.State != Skipped || !strings.Contains(r.Problem, why) {
					t.Errorf("%s below %s is %s: %q", below, name, r.State, r.Problem)
				}
			}
			if got := d.w.Reach("targets", "a.txt"); got.State != Broken {
				t.Errorf("%s could not be had, and a.txt is %+v", name, got)
			}
		}
	}
}

func TestRolesThatExpireSoon(t *testing.T) {
	const day = 24 * time.Hour
	period := map[string]any{"x-tuf-on-ci-signing-period": 40}
	for _, c := range []struct {
		name string
		spec demo.Spec
		soon time.Duration
		want []string
	}{
		{"none by default", demo.Spec{}, 0, nil},
		{"timestamp below a day", demo.Spec{Timestamp: demo.Role{Expires: day}}, 0, []string{"timestamp: expires-soon"}},
		{"timestamp above a day", demo.Spec{Timestamp: demo.Role{Expires: day + 2*time.Hour}}, 0, nil},
		{"snapshot below three days", demo.Spec{Snapshot: demo.Role{Expires: 3 * day}}, 0, []string{"snapshot: expires-soon"}},
		{"targets below fifteen days", demo.Spec{TargetsRole: demo.Role{Expires: 15 * day}}, 0, []string{"targets: expires-soon"}},
		{"a delegated role below fifteen days", demo.Spec{Delegations: []demo.Delegation{{Name: "x", Paths: []string{"*"}, Role: demo.Role{Expires: 15 * day}}}}, 0, []string{"x: expires-soon"}},
		{"root below thirty days", demo.Spec{Root: demo.Role{Expires: 30 * day}}, 0, []string{"root: expires-soon"}},
		{"what the caller says wins", demo.Spec{Root: demo.Role{Extra: period}, Timestamp: demo.Role{Expires: 6 * day}}, 5 * day, nil},
		{"what the caller says holds for all", demo.Spec{Snapshot: demo.Role{Expires: 6 * day}, Timestamp: demo.Role{Expires: 6 * day}}, 7 * day, []string{"snapshot: expires-soon", "timestamp: expires-soon"}},
		{"the repository's own signing period", demo.Spec{TargetsRole: demo.Role{Expires: 39 * day, Extra: period}}, 0, []string{"targets: signing-overdue"}},
		{"the signing period that the root states for online roles", demo.Spec{Snapshot: demo.Role{Expires: 39 * day}, Tamper: demo.OnRole("1.root", func(s map[string]any) {
			demo.Sub(s, "roles", "snapshot")["x-tuf-on-ci-signing-period"] = 40
		})}, 0, []string{"snapshot: signing-overdue"}},
		{"a senseless signing period", demo.Spec{TargetsRole: demo.Role{Extra: map[string]any{"x-tuf-on-ci-signing-period": -5}}}, 0, nil},
		{"an expired role is not also about to", demo.Spec{Timestamp: demo.Role{Expires: -day}}, 0, []string{"timestamp: expired"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := build(t, c.spec)
			d := drive(t, Config{Root: repo.Root(1), Soon: c.soon}, served(repo, nil), 1)
			if got := d.ids(); !slices.Equal(got, c.want) {
				t.Errorf("findings %q, want %q", got, c.want)
			}
			for _, r := range d.roles {
				name := r.Name + ": "
				soon := slices.Contains(c.want, name+"expires-soon") || slices.Contains(c.want, name+"signing-overdue")
				if r.Soon != soon || r.Expired != slices.Contains(c.want, name+"expired") {
					t.Errorf("%s: soon %v, expired %v", r.Name, r.Soon, r.Expired)
				}
				if ended := slices.Contains(c.want, "timestamp: expired"); !ended && r.State != Accepted {
					t.Errorf("%s is %s", r.Name, r.State)
				}
			}
		})
	}
	repo := build(t, demo.Spec{})
	for _, at := range []time.Time{time.Unix(0, 0), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), {}} {
		d := newDriver(t, Config{Root: repo.Root(1), At: at}, served(repo, nil), 1)
		d.run()
		for _, n := range d.notes {
			if strings.Contains(n.Finding.Message, "-") && strings.Contains(n.Finding.Message, " -") {
				t.Errorf("at %s: %q", at, n.Finding.Message)
			}
		}
	}
}

func TestALargeFileIsOverTheLimitOfClients(t *testing.T) {
	pad := demo.Role{Extra: map[string]any{"x-pad": strings.Repeat("x", 600_000)}}
	repo := build(t, demo.Spec{Root: pad, Timestamp: pad, Snapshot: demo.Role{Extra: map[string]any{"x-pad": strings.Repeat("x", 3_000_000)}}, Meta: demo.ListNeither, Roots: 2})
	d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
	want := []string{"root v2: over-client-limit", "snapshot: over-client-limit", "timestamp: over-client-limit"}
	if got := d.ids(); !slices.Equal(got, want) {
		t.Errorf("findings %q, want %q", got, want)
	}
	repo = build(t, demo.Spec{Snapshot: demo.Role{Extra: map[string]any{"x-pad": strings.Repeat("x", 3_000_000)}}})
	if d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1); len(d.ids()) > 0 {
		t.Errorf("a file whose length is listed: %q", d.ids())
	}
}

func TestAKeyOfTheRoleSaysWhyItIsNotValid(t *testing.T) {
	keys := demo.OwnedKeys("ts", "@good", "@bad", "@empty", "@silent")
	again := demo.Key{Name: keys[0].Name, ID: strings.Repeat("cd", 32)}
	role := demo.Role{Keys: append(keys, again), Signatures: []demo.Signature{{By: keys[0]}, {By: keys[1], Kind: demo.Bad}, {By: keys[2], Kind: demo.Empty}, {By: again}}}
	repo := build(t, demo.Spec{Timestamp: role})
	d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
	got := map[string]string{}
	for _, s := range d.role("timestamp", "root").Signers {
		why := s.Reason
		if s.Valid {
			why = "valid"
		}
		why, _, _ = strings.Cut(why, " as ")
		got[s.Owner] = why
	}
	want := map[string]string{"@good": "valid", "@bad": "does not verify", "@empty": "has not signed", "@silent": "has not signed", "": "the same key"}
	if got["@good"] == "the same key" { // the ids are sorted: either may come first
		got["@good"], got[""] = got[""], got["@good"]
	}
	if !maps.Equal(got, want) {
		t.Errorf("signers %q, want %q", got, want)
	}
	if ids := d.ids(); !slices.Equal(ids, []string{"root v1: duplicate-key", "root v1: keyid-mismatch", "timestamp: invalid-signature"}) {
		t.Errorf("findings %q", ids)
	}
}
