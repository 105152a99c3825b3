package trust

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/demo"
	"example.com/tufinspect/internal/finding"
)

// reasons are what is said of signers, by owner.
func reasons(list []Signer) map[string]string {
	out := map[string]string{}
	for _, s := range list {
		out[s.Owner] = s.Reason
		if s.Valid {
			out[s.Owner] = "valid"
		}
	}
	return out
}

func TestARootSaysWhoOfTheRootBeforeHasSigned(t *testing.T) {
	old, fresh := demo.OwnedKeys("old", "@ana", "@ben", "@cid"), demo.OwnedKeys("new", "@dee", "@eva", "@fay")
	spec := func(by ...demo.Signature) demo.Spec {
		return demo.Spec{Roots: 2, Rotate: []string{}, EditRoot: func(v *demo.RootVersion) {
			v.Root = demo.Role{Keys: old, Threshold: 2, Expires: 365 * day}
			if v.Version == 2 {
				v.Root = demo.Role{Keys: fresh, Threshold: 2, Signatures: by, Expires: 365 * day}
			}
		}}
	}
	for _, c := range []struct {
		name  string
		by    []demo.Signature
		state RoleState
		want  map[string]string
	}{
		{"all", demo.SignedBy(slices.Concat(old, fresh)...), Accepted, map[string]string{"@ana": "valid", "@ben": "valid", "@cid": "valid"}},
		{"just enough", demo.SignedBy(old[0], old[2], fresh[0], fresh[1]), Accepted, map[string]string{"@ana": "valid", "@ben": "has not signed", "@cid": "valid"}},
		{"one is bad, and enough others are good", append(demo.SignedBy(old[0], old[2], fresh[0], fresh[1]), demo.Signature{By: old[1], Kind: demo.Bad}), Accepted, map[string]string{"@ana": "valid", "@ben": "does not verify", "@cid": "valid"}},
		{"too few", demo.SignedBy(old[0], fresh[0], fresh[1]), Refused, map[string]string{"@ana": "valid", "@ben": "has not signed", "@cid": "has not signed"}},
		{"none", demo.SignedBy(fresh...), Refused, map[string]string{"@ana": "has not signed", "@ben": "has not signed", "@cid": "has not signed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := build(t, spec(c.by...))
			for seed := range uint64(3) {
				d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), seed)
				if r := d.role("root v1", ""); r.Before != nil || r.BeforeThreshold != 0 {
					t.Errorf("the trusted root was judged by another: %+v", r)
				}
				r := d.role("root v2", "")
				if got := reasons(r.Before); fmt.Sprint(got) != fmt.Sprint(c.want) || r.BeforeThreshold != 2 || r.State != c.state {
					t.Errorf("%s; of the root before: %v, %d required; want %s, %v", r.State, got, r.BeforeThreshold, c.state, c.want)
				}
			}
		})
	}
}

func TestThePageOfARootHasTheKeysOfTheRootBefore(t *testing.T) {
	for _, pad := range []int{0, keepRoot} { // the root before is kept, or is too large
		repo := build(t, demo.Spec{Roots: 2, Root: demo.Role{Keys: demo.OwnedKeys("r", "@ana", "@ben"), Extra: map[string]any{"x-pad": strings.Repeat("x", pad)}}, EditRoot: func(v *demo.RootVersion) {
			if v.Version == 2 {
				v.Root.Keys = []demo.Key{v.Root.Keys[0], {Name: "r/@ben", Owner: "@ben"}}
				v.Root.Signatures = demo.SignedBy(v.Root.Keys...)
			}
		}})
		d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
		reading, err := d.w.Read(d.role("root v2", "").ID)
		must(t, err)
		var got []string
		for _, k := range reading.Run().Keys {
			got = append(got, fmt.Sprint(k.Owner, " ", k.Lister, " ", k.Valid, k.Reason))
		}
		want := []string{"@ana root v2 true", "@ben root v2 true", "@ana root v1 falsehas not signed"}
		if !slices.Equal(got, want) {
			t.Errorf("padded with %d: %q, want %q", pad, got, want)
		}
	}
}

func TestAPublicKeyWithTwoIDsIsToldOnce(t *testing.T) {
	ana, ben, again := demo.Key{Name: "ana", Owner: "@ana"}, demo.Key{Name: "ben", Owner: "@ben"}, demo.Key{Name: "ana", Owner: "@ana-again"}
	for _, c := range []struct {
		name string
		keys []demo.Key
		by   []demo.Signature
		want map[string]string
		id   finding.ID
		says string
	}{
		{"the first has signed", []demo.Key{ana, again, ben}, demo.SignedBy(ana), map[string]string{"@ana": "valid", "@ana-again": "the same key as", "@ben": "has not signed"}, finding.ExactlyThreshold, "1 of 2 keys signed, exactly as many as required; not signed: "},
		{"the second has signed", []demo.Key{ana, again, ben}, demo.SignedBy(again), map[string]string{"@ana": "the same key as", "@ana-again": "valid", "@ben": "has not signed"}, finding.ExactlyThreshold, "1 of 2 keys signed"},
		{"both have", []demo.Key{ana, again, ben}, demo.SignedBy(ana, again), map[string]string{"@ana": "valid", "@ana-again": "the same key as", "@ben": "has not signed"}, finding.ExactlyThreshold, "1 of 2 keys signed"},
		{"neither has", []demo.Key{ana, again, ben}, demo.SignedBy(ben), map[string]string{"@ana": "has not signed", "@ana-again": "the same key as", "@ben": "valid"}, finding.ExactlyThreshold, "1 of 2 keys signed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := build(t, demo.Spec{Timestamp: demo.Role{Keys: c.keys, Signatures: c.by}})
			d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
			got := reasons(d.role("timestamp", "root").Signers)
			for owner, why := range got {
				got[owner], _, _ = strings.Cut(why, " as ")
			}
			for owner, why := range c.want {
				c.want[owner], _, _ = strings.Cut(why, " as")
			}
			if fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("signers %v, want %v", got, c.want)
			}
			if text := d.message(c.id, "timestamp"); !strings.Contains(text, c.says) {
				t.Errorf("says %q, want %q", text, c.says)
			}
		})
	}
}

func TestWhoHasNotSignedIsToldTogetherForManyRoles(t *testing.T) {
	keys := demo.OwnedKeys("bins", "@ana", "@ben")
	role := demo.Role{Keys: keys, Signatures: demo.SignedBy(keys[0]), Expires: 30 * day}
	for _, succinct := range []bool{true, false} {
		repo := build(t, demo.Spec{Bins: &demo.Bins{Count: 256, Succinct: succinct, Role: role}, TargetsRole: demo.Role{Expires: 60 * day}})
		for seed := range uint64(2) {
			d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), seed)
			var got []string
			for _, n := range d.notes {
				if id := n.Finding.ID; id == finding.ExactlyThreshold || id == finding.NotSigned || id == finding.DelegationOutlived {
					got = append(got, n.Finding.Subject+": "+n.Finding.Message)
				}
			}
			slices.Sort(got)
			if len(got) != 2 || !strings.HasPrefix(got[0], "targets: 256 roles that it delegates to, bin-00, bin-01, bin-02, …: in each, 1 of 2 keys signed, exactly as many as required; not signed: ") ||
				!strings.HasSuffix(got[0], "(@ben)") || got[1] != "targets: it ends on 2026-04-30, and before it end bin-00 on 2026-03-31, bin-01 on 2026-03-31, bin-02 on 2026-03-31 and 253 more roles" {
				t.Errorf("succinct %v: %q", succinct, got)
			}
		}
	}
}

// What is said of delegations together has to follow when one of them is delivered again.
func TestWhoHasNotSignedFollowsASecondDelivery(t *testing.T) {
	keys := demo.NewKeys("a", 3)
	role := demo.Role{Keys: keys, Threshold: 2, Signatures: demo.SignedBy(keys[:2]...), Expires: 30 * day}
	repo := build(t, demo.Spec{Meta: demo.ListNeither, Delegations: []demo.Delegation{{Name: "a", Paths: []string{"*"}, Role: role}}})
	d := drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)
	if !d.has(finding.ExactlyThreshold, "a") || !d.has(finding.DelegationOutlived, "targets") {
		t.Fatalf("%+v", d.notes)
	}
	var need NeedID
	for _, n := range d.needs {
		if n.Name == "a" {
			need = n.ID
		}
	}
	must(t, repo.ResignBy("a", func(s map[string]any) { s["expires"] = start.Add(90 * day).Format(time.RFC3339) }, demo.SignedBy(keys...)...))
	d.redeliver(need)
	if d.has(finding.ExactlyThreshold, "a") || d.has(finding.DelegationOutlived, "targets") {
		t.Errorf("they still hold: %+v", d.notes)
	}
	must(t, repo.ResignBy("a", nil, demo.SignedBy(keys[1:]...)...))
	d.redeliver(need)
	if text := d.message(finding.ExactlyThreshold, "a"); !strings.Contains(text, "not signed: ") {
		t.Errorf("says %q", text)
	}
	repo.Remove("1.a.json")
	d.redeliver(need)
	if d.has(finding.ExactlyThreshold, "a") {
		t.Errorf("nothing is known of it, and it is said who signed: %+v", d.notes)
	}
}

func TestHowLongARoleIsValid(t *testing.T) {
	states := func(name string, days any) map[string]any { return map[string]any{name: days} }
	long := func(d *driver) []string {
		var out []string
		for _, n := range d.notes {
			if id := n.Finding.ID; id == finding.ValidTooLong || id == finding.TimestampLongLived {
				out = append(out, string(id)+" "+n.Finding.Subject+": "+n.Finding.Message)
			}
		}
		slices.Sort(out)
		return out
	}
	for _, c := range []struct {
		name string
		spec demo.Spec
		want []string
	}{
		{"as long as stated", demo.Spec{TargetsRole: demo.Role{Expires: 90 * day, Extra: states("x-tuf-on-ci-expiry-period", 90)}}, nil},
		{"longer than stated", demo.Spec{TargetsRole: demo.Role{Expires: 90 * day, Extra: states("x-tuf-on-ci-expiry-period", 60)}}, []string{"valid-too-long targets: version 1 is valid for 89 days from now; the repository states 60 days"}},
		{"the root, longer than stated", demo.Spec{Root: demo.Role{Extra: states("x-playground-expiry-period", 30)}}, []string{"valid-too-long root: version 1 is valid for 364 days from now; the repository states 30 days"}},
		{"the snapshot, longer than the root states", demo.Spec{Tamper: demo.OnRole("1.root", func(s map[string]any) {
			demo.Sub(s, "roles", "snapshot")["x-tuf-on-ci-expiry-period"] = 3
		})}, []string{"valid-too-long snapshot: version 1 is valid for 13 days from now; the repository states 3 days"}},
		{"a senseless period", demo.Spec{TargetsRole: demo.Role{Extra: states("x-tuf-on-ci-expiry-period", -3)}}, nil},
		{"a period that is no number", demo.Spec{TargetsRole: demo.Role{Extra: states("x-tuf-on-ci-expiry-period", "3 days")}}, nil},
		{"the timestamp, for a week", demo.Spec{Timestamp: demo.Role{Expires: 7*day + time.Hour}}, nil},
		{"the timestamp, for ten days", demo.Spec{Timestamp: demo.Role{Expires: 10 * day}}, []string{"timestamp-long-lived timestamp: version 1 is valid for 9 days from now"}},
		{"a delegated role called timestamp", demo.Spec{Delegations: []demo.Delegation{numbered(leaf("timestamp"), 7)}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			repo := build(t, c.spec)
			if got := long(drive(t, Config{Root: repo.Root(1)}, served(repo, nil), 1)); !slices.Equal(got, c.want) {
				t.Errorf("says %q, want %q", got, c.want)
			}
		})
	}
}
