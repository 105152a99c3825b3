package ui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/trust"
)

// roles plays a chain of five roots and delegations of which one is refused, with what
// is below it, one is missing, one was not fetched and one has expired.
func (s *scene) roles() {
	s.t.Helper()
	s.metadata()
	var bodies []engine.Body
	add := func(r trust.Role) { bodies = append(bodies, engine.RoleChanged{Role: r}) }
	change := func(r trust.Role, f func(*trust.Role)) {
		f(&r)
		add(r)
	}
	for v, id := int64(1), trust.RoleID(7); v <= 4; v, id = v+1, id+1 {
		change(role(id, "root", "", 0, v, time.Duration(v)*20*day, 2, 2), func(r *trust.Role) {
			r.Current = false
			if v == 2 {
				r.Signers[1].KeyID = "9a" + r.Signers[1].KeyID
			}
			if v > 1 {
				r.Before, r.BeforeThreshold = r.Signers, 2
			}
		})
	}
	change(role(3, "targets", "root", 0, 77, 61*day, 2, 3), func(r *trust.Role) { r.Targets = 702 })
	change(role(4, "releases", "targets", 3, 31, 61*day, 1, 1), func(r *trust.Role) {
		r.Targets, r.Paths = 1204, []string{"releases/*"}
	})
	change(role(5, "releases/sbom", "releases", 4, 12, 40*day, 0, 1), func(r *trust.Role) {
		r.State, r.Targets, r.Paths, r.Threshold, r.Signers = trust.Refused, 390, []string{"releases/*/sbom*"}, 1, r.Signers[:1]
		r.Problem = "threshold not met: key 3f9c24d1 is not one of the keys that releases v31 names for this role"
		r.Signers[0].Reason = "does not verify"
	})
	change(role(6, "agents", "targets", 3, 9, 90*day, 2, 3), func(r *trust.Role) {
		r.Targets, r.Paths, r.Terminating = 190, []string{"agents/*"}, true
	})
	change(role(11, "releases/sbom/old", "releases/sbom", 5, 3, 40*day, 1, 1), func(r *trust.Role) {
		r.State, r.Targets, r.Problem, r.Paths = trust.Refused, 20, "below releases/sbom, which was not accepted", []string{"releases/1.*/sbom*"}
	})
	add(trust.Role{ID: 12, Name: "plugins", Parent: "targets", ParentID: 3, State: trust.Absent, Current: true, Threshold: 1,
		Problem: "not listed in the snapshot", Paths: []string{"plugins/*"}})
	add(trust.Role{ID: 13, Name: "charts", Parent: "targets", ParentID: 3, State: trust.Unfetched, Current: true, Threshold: 1,
		Problem: "503 Service Unavailable", Paths: []string{"charts/*"}})
	change(role(14, "firmware", "targets", 3, 4, -3*day, 1, 2), func(r *trust.Role) {
		r.State, r.Problem = trust.Expired, "expired 3 days ago"
		r.Expired, r.Targets, r.Paths = true, 12, []string{"firmware/*"}
	})
	add(trust.Role{ID: 15, Name: "images", Parent: "targets", ParentID: 3, State: trust.Fetching, Current: true, Threshold: 1, Paths: []string{"images/*"}})
	bodies = append(bodies,
		engine.FindingRaised{Finding: finding.New(finding.BadSignatures, "releases/sbom", "threshold not met: key 3f9c24d1 is not one of the keys that releases v31 names for this role"), Role: 5, About: true},
		engine.FindingRaised{Finding: finding.New(finding.Expired, "firmware", "expired 3 days ago"), Role: 14, About: true},
		engine.FindingRaised{Finding: finding.New(finding.InvalidSignature, "agents", "the signature of @cy does not verify"), Role: 6, About: true},
		engine.FindingRaised{Finding: finding.New(finding.RootEndStatus, "root v6", "the server answers 403 for it, not 404"), Role: 0, About: true},
	)
	s.fold(bodies...)
	s.wait(time.Second)
	s.keys("4")
}

// bins plays a role that delegates to so many bins, of which one is refused and one
// ends soon.
func (s *scene) bins(n int) {
	s.t.Helper()
	s.metadata()
	var bodies []engine.Body
	for i := range n {
		r := role(trust.RoleID(7+i), fmt.Sprintf("bins-%04x", i), "targets", 3, int64(1+i%7), time.Duration(30+i%5)*day, 1, 1)
		r.Targets, r.Terminating, r.Paths = 60, true, []string{fmt.Sprintf("one of %d bins", n)}
		switch i {
		case n * 5 / 8:
			r.State, r.Problem, r.Signers[0].Valid = trust.Refused, "0 of 1 signed, 1 required", false
		case n / 8:
			r.Soon, r.Expires = true, started.Add(20*time.Hour)
		}
		bodies = append(bodies, engine.RoleChanged{Role: r})
	}
	s.fold(bodies...)
	s.keys("4")
}

// read is a role's file as the engine hands it over, of so many lines.
func (s *scene) read(id trust.RoleID, lines int) {
	s.t.Helper()
	r := s.m.st.Role(id)
	f := trust.RoleFile{
		Name: r.Name, Parent: r.Parent, File: fmt.Sprintf("%d.%s.json", r.Version, r.Name), Versioned: true,
		URL:     "https://tuf.example.org/metadata/" + fmt.Sprintf("%d.%s.json", r.Version, r.Name),
		Version: r.Version, Size: r.Size, SHA256: wantSHA, Threshold: r.Threshold, JSON: true, Left: "200 targets are left out",
		Keys: []trust.FileKey{
			{ID: strings.Repeat("1", 64), Lister: "releases", Owner: "@ana", Type: "ed25519", Scheme: "ed25519", Public: strings.Repeat("ab", 32),
				SHA256: strings.Repeat("7", 64), Reason: "does not verify", Signature: strings.Repeat("5c", 64)},
			{ID: strings.Repeat("2", 64), Lister: "releases", Type: "rsa", Scheme: "rsassa-pss-sha256", Public: strings.Repeat("MIIBojAN", 50),
				SHA256: strings.Repeat("2", 64), Reason: "has not signed"},
		},
		Others:      []trust.FileSignature{{KeyID: "3f9c24d1" + strings.Repeat("0", 56), Signature: strings.Repeat("9e", 64), Reason: "not one of the keys of this role"}},
		Delegations: []trust.FileDelegation{{Name: "releases/sbom/old", Keys: []string{"11111111"}, Threshold: 1, Paths: []string{"releases/1.*/sbom*"}, Terminating: true}},
		Lines:       []string{"{", `  "signatures": [`, `    {`, `      "keyid": "` + strings.Repeat("1", 64) + `",`, `      "sig": "` + strings.Repeat("5c", 64) + `"`, "    }", "  ],"},
	}
	for i := len(f.Lines); i < lines; i++ {
		f.Lines = append(f.Lines, fmt.Sprintf(`    "releases/1.20.%d/sbom.json": {"length": %d},`, i, i*17))
	}
	s.fold(engine.RoleRead{Role: id, File: f}, engine.CommandDone{Command: engine.ReadRole{Role: id}, Accepted: 1})
}

// onRole puts the cursor on a role.
func (s *scene) onRole(id trust.RoleID) {
	s.t.Helper()
	s.m.showRole(id)
	if row := s.m.trustView().at(); row == nil || row.id != id || row.kind != roleRow {
		s.t.Fatalf("the cursor is on %+v and not on role %d", row, id)
	}
}

func TestTrustScreens(t *testing.T) {
	plain, mono, ascii := look{theme: Dark}, look{theme: Mono}, look{theme: Dark, ascii: true}
	roles := (*scene).roles
	page := func(s *scene) { s.roles(); s.onRole(5); s.keys("enter"); s.read(5, 40) }
	found := func(s *scene) { page(s); s.keys("/", "sbom", "enter", "n", "n") }
	type shot struct {
		name          string
		width, height int
		look          look
		styled        bool
		play          func(*scene)
	}
	var tests []shot
	for _, size := range [][2]int{{120, 36}, {80, 24}, {60, 12}, {200, 60}} {
		for name, play := range map[string]func(*scene){"trust": roles, "trust-page": page} {
			tests = append(tests, shot{fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), size[0], size[1], plain, false, play})
		}
	}
	tests = append(tests,
		shot{"trust-mono-80x24", 80, 24, mono, true, roles},
		shot{"trust-ascii-120x36", 120, 36, ascii, false, roles},
		shot{"trust-page-mono-80x24", 80, 24, mono, true, found},
		shot{"trust-page-ascii-80x24", 80, 24, ascii, false, page},
		shot{"trust-page-found-120x36", 120, 36, plain, false, found},
		shot{"trust-page-reading-120x36", 120, 36, plain, false, func(s *scene) { s.roles(); s.onRole(6); s.keys("enter") }},
		shot{"trust-page-refused-80x24", 80, 24, plain, false, func(s *scene) {
			s.roles()
			s.onRole(12)
			s.keys("enter")
			s.fold(engine.CommandDone{Command: engine.ReadRole{Role: 12}, Err: "its file is missing: not listed in the snapshot"})
		}},
		shot{"trust-page-root-120x36", 120, 36, plain, false, func(s *scene) { s.roles(); s.onRole(8); s.keys("enter") }},
		shot{"trust-roots-120x36", 120, 36, plain, false, func(s *scene) { s.roles(); s.keys("down", "enter") }},
		shot{"trust-problems-120x36", 120, 36, plain, false, func(s *scene) { s.roles(); s.keys("!") }},
		shot{"trust-filter-80x24", 80, 24, plain, false, func(s *scene) { s.roles(); s.keys("/", "sbom") }},
		shot{"trust-filter-60x12", 60, 12, plain, false, func(s *scene) { s.roles(); s.keys("/", "sbom", "enter") }},
		shot{"trust-bins-120x36", 120, 36, plain, false, func(s *scene) { s.bins(16384) }},
		shot{"trust-bins-80x24", 80, 24, plain, false, func(s *scene) { s.bins(256) }},
		shot{"trust-bins-open-80x24", 80, 24, plain, false, func(s *scene) { s.bins(256); s.onRole(70) }},
		shot{"trust-empty-80x24", 80, 24, plain, false, func(s *scene) { s.start(); s.keys("4") }},
	)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newScene(t, tt.look, tt.width, tt.height)
			tt.play(s)
			golden(t, tt.name, s, tt.styled)
		})
	}
}
