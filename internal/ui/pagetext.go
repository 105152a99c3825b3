package ui

import (
	"fmt"
	"slices"
	"strings"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/trust"
)

// pageWriter puts into words what is known of a role. What matters most comes first.
type pageWriter struct {
	m   *model
	g   *rolePage
	r   *trust.Role
	out []textLine
}

func (w *pageWriter) write() []textLine {
	if w.r == nil {
		return []textLine{{text: "there is no such role"}}
	}
	w.head()
	w.findings()
	w.keys()
	if f := w.g.file; f != nil {
		w.others(f)
		w.delegations(f)
	}
	w.raw()
	return w.out
}

func (w *pageWriter) line(label string, s style, text string) {
	if text != "" {
		w.out = append(w.out, textLine{label: label, text: text, style: s})
	}
}

// title begins a part of the page.
func (w *pageWriter) title(text string) {
	w.out = append(w.out, textLine{whole: true}, textLine{whole: true, text: text, style: bold})
}

func (w *pageWriter) head() {
	r, gl := w.r, w.m.p.g
	v := verdictOf(r)
	text := gl.glyphOf(v) + " " + roleWords[v]
	if r.State != trust.Accepted && r.Problem != "" {
		text += ": " + r.Problem
	}
	w.line("verdict", roleStyles[v], text)
	if f := w.reason(); f != nil {
		w.line("hint", normal, f.Hint)
	}
	if !r.Expires.IsZero() {
		when, s := ends(w.m, r)
		w.line("expires", s, when)
	}
	if r.Parent != "" {
		w.line("listed by", normal, w.via())
	} else {
		v := w.m.trustView()
		keys := keysChanged(v.rootBefore(w.m, r), r, gl)
		if chain := v.chain(w.m, r); chain != keys && r.Current {
			w.line("chain", normal, chain)
		}
		if keys != "" {
			w.line("changes", normal, keys)
		}
	}
	paths := strings.Join(r.Paths, "  ")
	switch {
	case r.Terminating && paths != "":
		paths += "  (terminating: a search goes no further)"
	case r.Terminating:
		paths = "none; terminating"
	}
	w.line("paths", normal, paths)
	if len(r.Signers) > 0 {
		s := normal
		if r.ValidSigners() < r.Threshold {
			s = bad
		}
		w.line("signed by", s, fmt.Sprintf("%d of %s, %d needed", r.ValidSigners(), measure.Count(len(r.Signers), "key"), r.Threshold))
	} else if r.Threshold > 0 {
		w.line("signed by", normal, fmt.Sprintf("%s needed", measure.Count(r.Threshold, "key")))
	}
	if len(r.Before) > 0 {
		s := normal
		if r.ValidBefore() < r.BeforeThreshold {
			s = bad
		}
		w.line("and by", s, fmt.Sprintf("%d of %s of the root before, %d needed", r.ValidBefore(), measure.Count(len(r.Before), "key"), r.BeforeThreshold))
	}
	if r.Targets > 0 {
		text := measure.Count(r.Targets, "target") + " listed"
		if r.State == trust.Refused || r.State == trust.Expired {
			text += "; they are checked but not trusted"
		}
		w.line("targets", normal, text)
	}
	name, size, sum := "", r.Size, r.SHA256
	if f := w.g.file; f != nil {
		name, size, sum = f.File, f.Size, f.SHA256
		if name == "" {
			name = "the trusted root that was handed over"
		}
	} else if it := w.m.trustView().fileOf(w.m, r); it != nil {
		name = it.Path
	}
	if size > 0 {
		if name != "" {
			name += ", "
		}
		name += measure.Count(size, "byte")
	}
	w.line("file", normal, name)
	w.line("sha256", normal, sum)
	w.line("url", normal, w.m.trustView().urlOf(w.m, r))
	if f := w.g.file; f != nil && f.SHA256 != r.SHA256 && r.SHA256 != "" {
		w.line("", warn, "the file was fetched again and has not been judged yet")
	}
	if it := w.m.trustView().fileOf(w.m, r); it != nil && r.State == trust.Fetching {
		w.line("fetch", styleOf[faceOf(it)], gl.state[faceOf(it)]+" "+faceOf(it).String())
	}
}

// via names the roles through which a search comes to this one.
func (w *pageWriter) via() string {
	st := w.m.st
	r := w.r
	text := ""
	// At most as many steps as there are roles: parents may be a loop.
	for range st.Roles {
		parent := st.Role(r.ParentID)
		if r.Parent == "" || parent == nil || parent.ID == r.ID {
			break
		}
		if text != "" {
			text += ", via "
		}
		if len(text) > 1000 {
			return text + w.m.p.g.ellipsis
		}
		text += parent.Name
		if parent.Version > 0 {
			text += fmt.Sprintf(" v%d", parent.Version)
		}
		if word := roleTrouble(parent); word != "" {
			text += " (" + word + ")"
		}
		r = parent
	}
	if text == "" {
		return r.Parent
	}
	return text
}

// reason is the finding that the verdict says already, or nil.
func (w *pageWriter) reason() *finding.Finding {
	if w.r.State == trust.Accepted || w.r.Problem == "" {
		return nil
	}
	for n := range w.m.st.Notes.All() {
		if n.About && n.Role == w.r.ID && n.Finding.Message == w.r.Problem {
			return &n.Finding
		}
	}
	return nil
}

// findings are those about the role, the worst first.
func (w *pageWriter) findings() {
	var found []*finding.Finding
	said := w.reason()
	for n := range w.m.st.Notes.All() {
		if n.About && n.Role == w.r.ID && &n.Finding != said {
			found = append(found, &n.Finding)
		}
	}
	if len(found) == 0 {
		return
	}
	slices.SortStableFunc(found, func(a, b *finding.Finding) int { return int(b.Severity) - int(a.Severity) })
	w.title("FINDINGS")
	for _, f := range found {
		w.line(f.Severity.String(), severityStyle(f.Severity), w.m.p.g.severity(f.Severity)+" "+f.Message)
		w.line("", faint, f.Hint)
	}
}

// keys are the role's keys and what came of their signatures.
func (w *pageWriter) keys() {
	gl := w.m.p.g
	key := func(owner string, valid bool, reason, lister string) {
		glyph, s := gl.state[engine.Failed], bad
		switch {
		case valid:
			glyph, s, reason = gl.state[engine.Verified], good, "valid"
		case reason == "has not signed":
			s = normal
		}
		if owner != "" {
			owner += ": "
		}
		if lister != "" {
			reason += ", listed by " + lister
		}
		w.line("key", s, glyph+" "+owner+reason)
	}
	f := w.g.file
	if f == nil || len(f.Keys) == 0 {
		if len(w.r.Signers) == 0 {
			return
		}
		w.title("KEYS")
		for i := range w.r.Signers {
			k := &w.r.Signers[i]
			key(k.Owner, k.Valid, k.Reason, "")
			w.line("id", normal, k.KeyID)
		}
		for _, k := range keysOnlyOf(&trust.Role{Signers: w.r.Before}, w.r) {
			key(k.Owner, k.Valid, k.Reason, fmt.Sprintf("root v%d", w.r.Version-1))
			w.line("id", normal, k.KeyID)
		}
		return
	}
	w.title("KEYS")
	for i := range f.Keys {
		k := &f.Keys[i]
		if i > 0 {
			w.out = append(w.out, textLine{whole: true})
		}
		key(k.Owner, k.Valid, k.Reason, k.Lister)
		w.line("id", normal, k.ID)
		kind := k.Type
		if k.Scheme != "" && k.Scheme != k.Type {
			kind += ", " + k.Scheme
		}
		w.line("type", normal, kind)
		w.line("public", normal, k.Public)
		if k.SHA256 != k.ID {
			w.line("key sha256", normal, k.SHA256)
		}
		w.line("signature", normal, k.Signature)
	}
	if f.KeysLeft > 0 {
		w.line("", faint, measure.Count(f.KeysLeft, "more key"))
	}
}

// others are the signatures that count for nothing.
func (w *pageWriter) others(f *trust.RoleFile) {
	if len(f.Others) == 0 {
		return
	}
	w.title("OTHER SIGNATURES, which count for nothing")
	for i := range f.Others {
		o := &f.Others[i]
		w.line("key", odd, w.m.p.g.state[engine.Untrusted]+" "+o.Reason)
		w.line("id", normal, o.KeyID)
		w.line("signature", normal, o.Signature)
	}
	if f.OthersLeft > 0 {
		w.line("", faint, measure.Count(f.OthersLeft, "more signature"))
	}
}

// delegations are the roles that the file names, and what became of them.
func (w *pageWriter) delegations(f *trust.RoleFile) {
	if len(f.Delegations) == 0 {
		return
	}
	w.title("DELEGATES TO")
	below := map[string]*trust.Role{}
	for i := range w.m.st.Roles {
		r := &w.m.st.Roles[i]
		if r.Parent != "" && r.Parent == w.r.Name && (r.ParentID == w.r.ID || w.r.Parent == "") {
			below[r.Name] = r
		}
	}
	for i := range f.Delegations {
		d := &f.Delegations[i]
		text, s := d.Name, normal
		if r := below[d.Name]; r != nil && (w.r.Parent != "" || w.r.Current) {
			v := verdictOf(r)
			text = w.m.p.g.glyphOf(v) + " " + text
			if v != roleAccepted {
				text += " " + roleWords[v]
				s = roleStyles[v]
			}
		}
		text += fmt.Sprintf(": %d of %s", d.Threshold, measure.Count(len(d.Keys), "key"))
		if len(d.Keys) > 0 {
			text += " (" + strings.Join(d.Keys, " ") + ")"
		}
		if len(d.Paths) > 0 {
			text += "  " + strings.Join(d.Paths, " ")
		}
		if d.Terminating {
			text += "  terminating"
		}
		w.out = append(w.out, textLine{whole: true, text: text, style: s})
	}
	if f.DelegationsLeft > 0 {
		w.out = append(w.out, textLine{whole: true, text: measure.Count(f.DelegationsLeft, "more role"), style: faint})
	}
}

// raw is the file itself.
func (w *pageWriter) raw() {
	f := w.g.file
	switch {
	case f == nil && w.g.why != "":
		w.title("FILE")
		w.out = append(w.out, textLine{whole: true, text: w.g.why, style: warn})
		return
	case f == nil:
		w.title("FILE")
		w.out = append(w.out, textLine{whole: true, text: "reading the file" + w.m.p.g.ellipsis, style: faint})
		return
	case w.g.why != "":
		w.title("FILE, as it was read before: " + w.g.why)
	case f.JSON:
		w.title("FILE, indented")
	default:
		w.title("FILE, which is no JSON")
	}
	if f.Left != "" {
		w.out = append(w.out, textLine{whole: true, text: f.Left, style: warn})
	}
	for _, l := range f.Lines {
		w.out = append(w.out, textLine{whole: true, text: l, style: normal})
	}
}
