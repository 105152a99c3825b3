package ui

import (
	"fmt"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/trust"
)

// roleVerdict is what has become of a role, as the trust view has it.
type roleVerdict uint8

const (
	roleAccepted roleVerdict = iota
	roleSoon
	roleFetching
	roleSkipped
	roleUnfetched
	roleMissing
	roleExpired
	roleRefused
	numRoleVerdicts
)

var roleWords = [numRoleVerdicts]string{"accepted", "expires soon", "fetching", "skipped", "not fetched", "missing", "expired", "refused"}

var roleStyles = [numRoleVerdicts]style{good, warn, busy, faint, odd, bad, bad, bad}

// verdictOf says what has become of a role. That an older root has expired is as it
// should be.
func verdictOf(r *trust.Role) roleVerdict {
	switch r.State {
	case trust.Fetching:
		return roleFetching
	case trust.Refused:
		return roleRefused
	case trust.Absent:
		return roleMissing
	case trust.Unfetched:
		return roleUnfetched
	case trust.Skipped:
		return roleSkipped
	}
	switch {
	case r.State == trust.Expired:
		return roleExpired
	case r.Soon && r.Current:
		return roleSoon
	}
	return roleAccepted
}

// glyphOf is the glyph of a verdict.
func (g *glyphs) glyphOf(v roleVerdict) string {
	switch v {
	case roleAccepted:
		return g.state[engine.Verified]
	case roleSoon:
		return g.soon
	case roleFetching:
		return g.state[engine.Connecting]
	case roleSkipped:
		return g.state[engine.Skipped]
	case roleUnfetched:
		return g.state[engine.Untrusted]
	}
	return g.state[engine.Failed]
}

// inTrouble tells whether a role is one that a person may want to do something about.
// A root that could not be had is one: nobody knows whether it is the current one. A
// role that will end is not, before it does: its line says so.
func inTrouble(r *trust.Role) bool {
	return roleTrouble(r) != "" || r.State == trust.Unfetched
}

// cause is a text below a role that is not as it should be.
type cause struct {
	text  string
	style style
}

// causes say why a role is not accepted and what that leads to, and the worst finding
// about it that its line does not say.
func (g *grower) causes(r *trust.Role) []cause {
	var out []cause
	s := roleStyles[verdictOf(r)]
	if r.State != trust.Accepted && r.Problem != "" && !(r.Parent == "" && r.State == trust.Skipped) {
		text := r.Problem
		if r.State == trust.Expired {
			text = fmt.Sprintf("it ended on %s: clients refuse it and everything below it", dateOf(r))
		}
		if r.State == trust.Absent && text == "not there" {
			text = "its file is not there"
		}
		out = append(out, cause{text, s})
	}
	switch {
	case r.State == trust.Expired, r.State == trust.Refused && !onlyBelow(r):
		if n := g.untrusted(r.ID, map[string]bool{}); n == 1 {
			out = append(out, cause{"the one target below is checked but not trusted", normal})
		} else if n > 1 {
			out = append(out, cause{fmt.Sprintf("the %s targets below are checked but not trusted", measure.Digits(n)), normal})
		}
	}
	if !g.noted(r.ID) {
		return out
	}
	o := g.notes[r.ID]
	f := &o.worst.Finding
	text := g.m.p.g.severity(f.Severity) + " " + f.Message
	if o.n > 1 {
		text += fmt.Sprintf(" (+%d: enter shows them)", o.n-1)
	}
	return append(out, cause{text, severityStyle(f.Severity)})
}

// severity is the glyph of a finding.
func (g *glyphs) severity(s finding.Severity) string {
	switch s {
	case finding.Critical:
		return g.state[engine.Failed]
	case finding.Unknown:
		return g.state[engine.Untrusted]
	case finding.Warning:
		return g.soon
	}
	return g.state[engine.Queued]
}

func severityStyle(s finding.Severity) style {
	switch s {
	case finding.Critical:
		return bad
	case finding.Unknown:
		return odd
	case finding.Warning:
		return warn
	}
	return normal
}

// untrusted counts the targets that a refused role and those refused below it list,
// and that nobody else may be trusted for.
func (g *grower) untrusted(id trust.RoleID, names map[string]bool) int {
	r := &g.st.Roles[id]
	if r.State != trust.Refused && r.State != trust.Expired || g.trusted[r.Name] || names[r.Name] {
		return 0
	}
	names[r.Name] = true
	n := r.Targets
	for _, k := range g.kids[id] {
		n += g.untrusted(k, names)
	}
	return n
}

func dateOf(r *trust.Role) string { return r.Expires.UTC().Format("2006-01-02 15:04") + " UTC" }
