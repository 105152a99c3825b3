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
		w.takeBack(s, siblingsOf{f})
		if f.content == nil || len(f.out) == 0 {
			continue
		}
		edges := make([]*edge, 0, len(f.out))
		for _, name := range slices.Sorted(maps.Keys(f.out)) {
			if e := f.out[name]; e.judged && e.ok && e.child.content != nil {
				edges = append(edges, e)
			}
		}
		w.reportTurnout(s, f, edges)
		w.reportOutlived(s, f, edges)
	}
}

// reportTurnout says who has not signed, of roles in the same situation together.
func (w *Walk) reportTurnout(s *Step, f *file, edges []*edge) {
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
	said, left := 0, map[finding.ID]int{}
	for _, k := range order {
		roles := alike[k]
		switch {
		case said >= maxSiblings:
			left[k.id] += len(roles)
		case len(roles) <= maxAlike:
			for _, e := range roles {
				w.say(s, siblingsOf{f}, finding.New(k.id, safe.Text(e.child.name), "%s", k.text), e.role)
				said++
			}
		default:
			said++
			w.say(s, siblingsOf{f}, finding.New(k.id, safe.Text(f.name), "%s that it delegates to, %s: in each, %s", measure.Count(len(roles), "role"), namesOf(roles), k.text), f.in[0].role)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(left)) {
		w.say(s, siblingsOf{f}, finding.New(id, safe.Text(f.name), "… and %s more that it delegates to", measure.Count(left[id], "role")), f.in[0].role)
	}
}

// reportOutlived names the roles that end before the role that delegates to them. A
// day more or less is no difference, and what has expired is told elsewhere.
func (w *Walk) reportOutlived(s *Step, f *file, edges []*edge) {
	end := f.content.expires
	var early []*edge
	for _, e := range edges {
		if x := e.child.content.expires; end.Sub(x) >= day && !w.cfg.At.After(x) {
			early = append(early, e)
		}
	}
	if len(early) == 0 {
		return
	}
	slices.SortStableFunc(early, func(a, b *edge) int { return a.child.content.expires.Compare(b.child.content.expires) })
	var when []string
	for _, e := range early[:min(len(early), maxAlike)] {
		when = append(when, fmt.Sprintf("%s on %s", cutTo(safe.Text(e.child.name), 100), e.child.content.expires.UTC().Format(time.DateOnly)))
	}
	if more := len(early) - len(when); more > 0 {
		when = append(when, measure.Count(more, "more role"))
	}
	w.say(s, siblingsOf{f}, finding.New(finding.DelegationOutlived, safe.Text(f.name), "it ends on %s, and before it end %s", end.UTC().Format(time.DateOnly), lint.Enumerate(when)), f.in[0].role)
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
