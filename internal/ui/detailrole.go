package ui

import (
	"fmt"
	"strings"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/trust"
)

// signedBy is the chain of roles that stand for a target.
func (d *detail) signedBy() {
	st := d.m.st
	r := st.Role(d.it.Role)
	if r == nil {
		d.text("signed by", normal, d.it.RoleName)
		return
	}
	text := fmt.Sprintf("%s v%d (%d of %d", r.Name, r.Version, r.ValidSigners(), len(r.Signers))
	if names := signers(r); names != "" {
		text += ": " + names
	}
	text += ")"
	s := normal
	if word := roleTrouble(r); word != "" {
		text, s = text+" "+word, roleStyle(r)
	}
	// At most as many steps as there are roles: parents may not be a loop, and this
	// must not hang if they are.
	for range st.Roles {
		if r.Parent == "" || r.Parent == "root" {
			break
		}
		parent := st.Role(r.ParentID)
		if parent == nil || parent.ID == r.ID {
			break
		}
		r = parent
		text += fmt.Sprintf(", via %s v%d", r.Name, r.Version)
		if word := roleTrouble(r); word != "" {
			text += " " + word
			if s != bad { // the worst of the chain
				s = roleStyle(r)
			}
		}
	}
	d.wrapped("signed by", s, text, 2)
	if r := st.Role(d.it.Role); r.Problem != "" {
		d.wrapped("", roleStyle(r), r.Problem, 2)
	}
}

// signers names the keys whose signatures are valid.
func signers(r *trust.Role) string {
	var names []string
	for i := range r.Signers {
		if r.Signers[i].Valid {
			names = append(names, keyName(&r.Signers[i]))
		}
	}
	if len(names) > 6 {
		names = append(names[:5], fmt.Sprintf("and %d more", len(names)-5))
	}
	return strings.Join(names, " ")
}

func keyName(s *trust.Signer) string {
	if s.Owner != "" {
		return s.Owner
	}
	return cut(s.KeyID, 8, "")
}

// role is what a metadata file says of its role.
func (d *detail) role() {
	st, g := d.m.st, d.m.p.g
	r := st.Role(d.it.Role)
	if r == nil {
		d.text("role", normal, d.it.RoleName)
		return
	}
	text := r.Name
	if r.Version > 0 {
		text += fmt.Sprintf(" v%d", r.Version)
	}
	text += " " + r.State.String()
	if r.Parent != "" {
		text += ", listed by " + r.Parent
	}
	s := normal
	if roleTrouble(r) != "" {
		s = roleStyle(r)
	}
	d.text("role", s, text)
	if r.Problem != "" && (d.it.Problem == nil || r.Problem != d.it.Problem.Text) {
		d.wrapped("", roleStyle(r), r.Problem, 3)
	}
	if !r.Expires.IsZero() {
		left := r.Expires.Sub(st.Run.ReferenceTime)
		when := r.Expires.UTC().Format("2006-01-02 15:04") + " UTC"
		switch {
		case r.Expired:
			d.text("expires", bad, fmt.Sprintf("%s EXPIRED %s %s ago", g.state[engine.Failed], when, measure.Left(left)))
		case r.Soon:
			d.text("expires", warn, fmt.Sprintf("%s %s, in %s", g.soon, when, measure.Left(left)))
		default:
			d.text("expires", normal, fmt.Sprintf("%s, in %s", when, measure.Left(left)))
		}
	}
	if len(r.Signers) > 0 {
		d.text("signed by", normal, fmt.Sprintf("%d of %s, %d needed", r.ValidSigners(), measure.Count(len(r.Signers), "key"), r.Threshold))
		for i := range r.Signers {
			k := &r.Signers[i]
			line, ks := g.state[engine.Verified]+" "+keyName(k), normal
			if !k.Valid {
				line, ks = g.state[engine.Failed]+" "+keyName(k)+": "+k.Reason, faint
			}
			d.text("", ks, line)
			if i == 7 && len(r.Signers) > 8 {
				d.text("", faint, fmt.Sprintf("and %d more", len(r.Signers)-8))
				break
			}
		}
	}
}
