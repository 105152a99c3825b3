package ui

import (
	"fmt"
	"slices"
	"strings"

	"example.com/tufinspect/internal/engine"
	"example.com/tufinspect/internal/trust"
)

// chain says of the current root how trust came to it, and of another one which keys
// it changed.
func (v *trustView) chain(m *model, r *trust.Role) string {
	var chain []int64
	for _, id := range v.tree.roots {
		if o := m.st.Role(id); o != nil && o.State == trust.Accepted && o.Version > 0 && o.Version < r.Version {
			chain = append(chain, o.Version)
		}
	}
	if !r.Current || r.State != trust.Accepted {
		if keys := keysChanged(v.rootBefore(m, r), r, m.p.g); keys != "" || r.State != trust.Skipped {
			return keys
		}
		return r.Problem
	}
	slices.Sort(chain)
	arrow := " " + m.p.g.arrow + " "
	text := ""
	switch n := len(chain); {
	case n == 1:
		text = fmt.Sprintf("v%d%sv%d", chain[0], arrow, r.Version)
	case n == 2:
		text = fmt.Sprintf("v%d%sv%d%sv%d", chain[0], arrow, chain[1], arrow, r.Version)
	case n > 2:
		text = fmt.Sprintf("v%d%s%s%sv%d", chain[0], arrow, m.p.g.ellipsis, arrow, r.Version)
	}
	if word := anchorWord(m.st); word != "" {
		if text != "" {
			word = "  " + word
		}
		text += word
	}
	return text
}

// rootBefore is the root whose version is one lower, or nil.
func (v *trustView) rootBefore(m *model, r *trust.Role) *trust.Role {
	for _, id := range v.tree.roots {
		if o := m.st.Role(id); o != nil && o.Version > 0 && o.Version == r.Version-1 {
			return o
		}
	}
	return nil
}

// anchorWord says where the first root of the chain came from.
func anchorWord(st *engine.State) string {
	switch st.Anchor.Source {
	case engine.RootPinned:
		return "pinned"
	case engine.RootFile:
		return "given"
	case engine.RootFirstUse:
		return "first use"
	case engine.RootRemembered:
		return "remembered"
	}
	return ""
}

// keysChanged says which keys a root has that the one before it does not have, and the
// other way round; "" if they are the same, or not known.
func keysChanged(before, r *trust.Role, g *glyphs) string {
	if before == nil || len(before.Signers) == 0 || len(r.Signers) == 0 {
		return ""
	}
	came, gone := keysOnlyOf(r, before), keysOnlyOf(before, r)
	joined, left := ownersOf(came), ownersOf(gone)
	var words []string
	add := func(sign string, keys []*trust.Signer, twice map[string]bool) {
		for _, k := range keys {
			word := sign + keyName(k)
			if k.Owner != "" && twice[k.Owner] { // the same person, with another key
				word += " " + cut(k.KeyID, 8, "")
			}
			words = append(words, word)
		}
	}
	add("+", came, left)
	add("-", gone, joined)
	if r.Threshold != before.Threshold {
		words = append(words, fmt.Sprintf("threshold %d %s %d", before.Threshold, g.arrow, r.Threshold))
	}
	return strings.Join(words, " ")
}

// keysOnlyOf are the keys of a role that another one does not have.
func keysOnlyOf(r, other *trust.Role) []*trust.Signer {
	var out []*trust.Signer
	for i := range r.Signers {
		id := r.Signers[i].KeyID
		if !slices.ContainsFunc(other.Signers, func(s trust.Signer) bool { return s.KeyID == id }) {
			out = append(out, &r.Signers[i])
		}
	}
	return out
}

func ownersOf(keys []*trust.Signer) map[string]bool {
	out := map[string]bool{}
	for _, k := range keys {
		out[k.Owner] = true
	}
	return out
}
