package ui

import (
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/internal/trust"
)

// groupKey names roles that are shown as one line: those below one role whose names
// are alike.
type groupKey struct {
	parent trust.RoleID
	stem   string
}

// Which roles are summed up.
const (
	alikeLeast = 5   // neighbours with names that are alike
	crowdLeast = 100 // any neighbours
	crowd      = "*" // the stem of these
	oldRoots   = "root"
)

// bunch sums up neighbours that are well.
type bunch struct {
	key            groupKey
	ids            []trust.RoleID
	open           bool
	count          [numRoleVerdicts]int
	targets        int
	oldest, newest int64     // versions
	first          time.Time // when the first of them ends
}

// stems are those of all roles below one. Where there is a crowd, neighbours that are
// well go together whatever they are called.
func (g *grower) stems(kids []trust.RoleID) []string {
	stems := make([]string, len(kids))
	for i, id := range kids {
		stems[i] = g.stem(id)
	}
	for i := 0; i < len(stems); {
		n := 1
		for i+n < len(stems) && stems[i+n] == stems[i] {
			n++
		}
		if n < alikeLeast && stems[i] != "" {
			stem := ""
			if len(kids) >= crowdLeast {
				stem = crowd
			}
			for k := range n {
				stems[i+k] = stem
			}
		}
		i += n
	}
	return stems
}

// stem is what the names of neighbours that are alike have in common: all before a
// number. It is "" for a role that has to be seen for itself.
func (g *grower) stem(id trust.RoleID) string {
	r := &g.st.Roles[id]
	if inTrouble(r) || len(g.kids[id]) > 0 || g.noted(id) {
		return ""
	}
	if len(r.Paths) == 1 && (strings.HasPrefix(r.Paths[0], "one of ") || strings.HasPrefix(r.Paths[0], "hash prefixes ")) {
		return "#" // a bin, however it is called
	}
	if i := strings.LastIndexAny(r.Name, "-_./"); i >= 0 && strings.Trim(r.Name[i+1:], "0123456789abcdef") == "" {
		return r.Name[:i+1]
	}
	return strings.TrimRight(r.Name, "0123456789") + "0"
}

// sum sums up neighbours.
func (g *grower) sum(ids []trust.RoleID, key groupKey) *bunch {
	gr := &bunch{key: key, ids: slices.Clone(ids), open: g.t.opened[key]}
	for _, id := range ids {
		r := &g.st.Roles[id]
		w := verdictOf(r)
		gr.count[w]++
		gr.targets += r.Targets
		if !r.Expires.IsZero() && (gr.first.IsZero() || r.Expires.Before(gr.first)) {
			gr.first = r.Expires
		}
		if r.Version > 0 {
			if gr.oldest == 0 || r.Version < gr.oldest {
				gr.oldest = r.Version
			}
			gr.newest = max(gr.newest, r.Version)
		}
	}
	return gr
}
