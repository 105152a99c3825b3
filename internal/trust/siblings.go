package trust

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/lint"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/safe"
)

const (
	// maxAlike is how many roles of one delegator with the same to be said are told one
	// by one, and not together: hash bins may be tens of thousands.
	maxAlike = 3
	// maxSiblings is how many findings are made about the signatures of one role's
	// delegations.
	maxSiblings = 20
)

// siblingsOf is the topic of what is said about the roles that a file delegates to,
// all together.
type siblingsOf struct{ f *file }

// reportSiblings says what can only be said when all delegations of a role are there:
// who has not signed, and which roles end before the role that delegates to them.
func (w *Walk) reportSiblings(s *Step) {
	if !w.changed {
		return
	}
	for _, f := range w.byNeed() {
		var notes []Note
		if f.content != nil && len(f.out) > 0 {
			edges := make([]*edge, 0, len(f.out))
			for _, name := range slices.Sorted(maps.Keys(f.out)) {
				if e := f.out[name]; e.judged && e.ok && e.child.content != nil {
					edges = append(edges, e)
				}
			}
			notes = append(f.absentees(edges), w.outlived(f, edges)...)
		}
		if slices.EqualFunc(w.said[siblingsOf{f}], notes, func(a, b Note) bool { return keyOf(a) == keyOf(b) }) {
			continue
		}
		w.takeBack(s, siblingsOf{f})
		for _, n := range notes {
			w.sayNote(s, siblingsOf{f}, n)
		}
	}
}

// about makes a note about a role.
func about(role RoleID, f finding.Finding) Note { return Note{Finding: f, Role: role, About: true} }

// absentees say who has not signed, of roles in the same situation together.
func (f *file) absentees(edges []*edge) (notes []Note) {
	type situation struct {
		id   finding.ID
		text string
	}
	alike := map[situation][]*edge{}
	var order []situation
	for _, e := range edges {
		id, text := e.turnout.said()
		if id == "" {
			continue
		}
		k := situation{id, text}
		if alike[k] == nil {
			order = append(order, k)
		}
		alike[k] = append(alike[k], e)
	}
	subject, own := safe.Text(f.name), f.in[0].role
	left := map[finding.ID]int{}
	for _, k := range order {
		roles := alike[k]
		switch {
		case len(notes) >= maxSiblings:
			left[k.id] += len(roles)
		case len(roles) <= maxAlike:
			for _, e := range roles {
				notes = append(notes, about(e.role, finding.New(k.id, safe.Text(e.child.name), "%s", k.text)))
			}
		default:
			notes = append(notes, about(own, finding.New(k.id, subject, "%s that it delegates to, %s: in each, %s", measure.Count(len(roles), "role"), namesOf(roles), k.text)))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(left)) {
		notes = append(notes, about(own, finding.New(id, subject, "… and %s that it delegates to", measure.Count(left[id], "more role"))))
	}
	return notes
}

// outlived names the roles that end before the role that delegates to them. A
// day more or less is no difference, and what has expired is told elsewhere.
func (w *Walk) outlived(f *file, edges []*edge) []Note {
	end := f.content.expires
	var early []*edge
	for _, e := range edges {
		if x := e.child.content.expires; end.Sub(x) >= day && !w.cfg.At.After(x) {
			early = append(early, e)
		}
	}
	if len(early) == 0 {
		return nil
	}
	slices.SortStableFunc(early, func(a, b *edge) int { return a.child.content.expires.Compare(b.child.content.expires) })
	var when []string
	for _, e := range early[:min(len(early), maxAlike)] {
		when = append(when, fmt.Sprintf("%s on %s", cutTo(safe.Text(e.child.name), 100), e.child.content.expires.UTC().Format(time.DateOnly)))
	}
	if more := len(early) - len(when); more > 0 {
		when = append(when, measure.Count(more, "more role"))
	}
	return []Note{about(f.in[0].role, finding.New(finding.DelegationOutlived, safe.Text(f.name), "it ends on %s, and before it end %s", end.UTC().Format(time.DateOnly), lint.Enumerate(when)))}
}

// namesOf names a few of many roles.
func namesOf(edges []*edge) string {
	var names []string
	for _, e := range edges[:min(len(edges), maxAlike)] {
		names = append(names, cutTo(safe.Text(e.child.name), 100))
	}
	if len(edges) > maxAlike {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}
