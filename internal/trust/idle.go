package trust

import (
	"sync"

	"example.com/tufinspect/internal/finding"
)

const (
	// maxIdle is how many refusals under one of several delegators are looked at: each
	// costs a walk through all delegations.
	maxIdle = 64
	// idleWork bounds a search for all that is listed, in delegations that it may have
	// to look at.
	idleWork = 1 << 19
)

// refusalOf is the topic of why a role is refused under a delegator.
type refusalOf struct{ e *edge }

// takeBackEdge withdraws all that was said about an edge.
func (w *Walk) takeBackEdge(s *Step, e *edge) {
	w.takeBack(s, e)
	w.takeBack(s, refusalOf{e})
	e.problem, e.idle = nil, false
}

// reportIdle makes less of the refusals under a delegator that mean nothing to clients,
// because the role is accepted under another one and no search for anything that is
// listed comes to it over the former. The others are said in full.
func (w *Walk) reportIdle(s *Step) {
	looked := 0
	breaks := sync.OnceValue(w.breaks)
	for _, f := range w.byNeed() {
		if len(f.in) < 2 {
			continue
		}
		for _, e := range f.in {
			if e.problem == nil {
				continue
			}
			idle := false
			if f.accepted && e.parent != nil && e.parent.accepted && looked < maxIdle {
				looked++
				idle = !w.leads(e.parent, f)
				if at := breaks(); !idle && at != nil {
					idle = !at[e]
				}
			}
			if idle == e.idle {
				continue
			}
			e.idle = idle
			w.takeBack(s, refusalOf{e})
			p := *e.problem
			if idle {
				p.Severity = finding.Warning
				p.Message += "; it is accepted under another role, and no search for anything that is listed comes to it this way"
			}
			w.say(s, refusalOf{e}, p, e.role)
		}
	}
}

// breaks are the delegations at which searches for what accepted roles list end. It is
// nil where there is too much to search for.
func (w *Walk) breaks() map[*edge]bool {
	listed := 0
	for _, f := range w.files {
		if f.accepted {
			listed += len(f.content.targets)
		}
	}
	if listed > idleWork/(w.edges+1) {
		return nil
	}
	at := map[*edge]bool{}
	for _, f := range w.files {
		if !f.accepted {
			continue
		}
		for i := range f.content.targets {
			if _, e := w.search(f.name, f.content.targets[i].Path); e != nil {
				at[e] = true
			}
		}
	}
	return at
}

// leads tells whether a search can come from the top to a role without another one
// on its way. Where it cannot, a search for any path has visited that one before, and
// visits each role once (5.6.7): what is delegated back to it is never followed.
func (w *Walk) leads(to, without *file) bool {
	if w.targets == without {
		return false
	}
	seen := map[*file]bool{without: true, w.targets: true}
	queue := []*file{w.targets}
	for len(queue) > 0 {
		f := queue[0]
		queue = queue[1:]
		if f == to && f != without {
			return true
		}
		for _, e := range f.out {
			if c := e.child; e.ok && !seen[c] {
				seen[c] = true
				queue = append(queue, c)
			}
		}
	}
	return false
}
