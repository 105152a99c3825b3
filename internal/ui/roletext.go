package ui

import (
	"fmt"
	"strings"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/trust"
)

// lineOf says of a role in one line what is known.
func (v *trustView) lineOf(m *model, r *trust.Role) string {
	text := roleWords[verdictOf(r)] + "  " + r.Name
	if r.Version > 0 {
		text += fmt.Sprintf(" v%d", r.Version)
	}
	if r.Parent != "" {
		text += ", listed by " + r.Parent
	}
	if len(r.Signers) > 0 {
		text += fmt.Sprintf(", signed by %d of %d, %d needed", r.ValidSigners(), len(r.Signers), r.Threshold)
	}
	if !r.Expires.IsZero() {
		text += ", expires " + dateOf(r)
	}
	if r.Problem != "" {
		text += ": " + r.Problem
	}
	if url := v.urlOf(m, r); url != "" {
		text += "  " + url
	}
	return text
}

// urlOf is where a role's file came from, or is to come from; "" if that is not known.
func (v *trustView) urlOf(m *model, r *trust.Role) string {
	if f := v.page.file; f != nil && v.page.role == r.ID && f.URL != "" {
		return f.URL
	}
	if it := v.fileOf(m, r); it != nil {
		return it.URL()
	}
	return ""
}

// fileOf finds the metadata file of a role. A file names only the first role that
// wants it, and a root's the root that was current then; so it is found by its name.
func (v *trustView) fileOf(m *model, r *trust.Role) *engine.Item {
	for ; v.filed < m.st.Items.Len(); v.filed++ {
		if it := m.st.Items.At(v.filed); it.Kind == engine.Metadata {
			if v.files == nil {
				v.files = map[string][]engine.ItemID{}
			}
			v.files[it.RoleName] = append(v.files[it.RoleName], it.ID)
		}
	}
	version := fmt.Sprintf("%d.", r.Version)
	var best *engine.Item
	for _, id := range v.files[r.Name] {
		it := m.st.Item(id)
		switch {
		case it == nil:
		case r.Version > 0 && strings.HasPrefix(it.Path, version):
			return it
		case r.Parent == "" && r.Version > 0: // another version of the root
		default:
			best = it
		}
	}
	return best
}
