package trust

import (
	"fmt"
	"slices"
	"strings"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

const (
	// maxGraph is how many findings of a kind about all delegations together are made.
	maxGraph = 20
	// maxNamed is how many roles a finding names.
	maxNamed = 5
)

// graphReport is what was last reported about all delegations together.
type graphReport struct {
	seen int // the walk's count of judgements then
	now  int // and at present
}

// touch says that something about the delegations is another now.
func (g *graphReport) touch() { g.now++ }

// reportGraph says what only shows in all delegations together, once the walk has
// come to an end: roles with several delegators, and delegations that come back to
// where they started. Only what clients would follow counts.
func (w *Walk) reportGraph(s *Step) {
	if w.graph.seen == w.graph.now {
		return
	}
	w.graph.seen = w.graph.now
	w.takeBack(s, aboutGraph)
	w.takeBack(s, aboutPatterns)
	w.reportIdle(s)
	if w.targets == nil || !w.targets.accepted {
		return
	}
	g := w.liveGraph()
	w.sayGraph(s, g.diamonds(w), finding.Diamond, "roles that several others delegate to")
	w.sayGraph(s, g.cycles(), finding.DelegationCycle, "cycles")
	w.lookAtPatterns(s, g)
}

// graphNote is something to be said about a role.
type graphNote struct {
	f    finding.Finding
	role RoleID
}

func (w *Walk) sayGraph(s *Step, notes []graphNote, id finding.ID, what string) {
	for i, n := range notes {
		if i == maxGraph {
			w.sayAll(s, aboutGraph, finding.New(id, "delegations", "… and %d more %s", len(notes)-i, what))
			return
		}
		w.say(s, aboutGraph, n.f, n.role)
	}
}

// liveGraph is the delegations that are in force: those by roles that are accepted.
type liveGraph struct {
	files []*file // all that are delegated to, breadth first and by name: the order does not depend on how they came
	out   map[*file][]*edge
	in    map[*file][]*edge
	comp  map[*file]int // files that can reach each other have the same number
}

func (w *Walk) liveGraph() *liveGraph {
	g := &liveGraph{out: map[*file][]*edge{}, in: map[*file][]*edge{}}
	seen := map[*file]bool{w.targets: true}
	g.files = []*file{w.targets}
	for i := 0; i < len(g.files); i++ {
		f := g.files[i]
		if !f.accepted {
			continue
		}
		edges := make([]*edge, 0, len(f.out))
		for _, e := range f.out {
			edges = append(edges, e)
		}
		slices.SortFunc(edges, func(a, b *edge) int { return strings.Compare(a.child.name, b.child.name) })
		g.out[f] = edges
		for _, e := range edges {
			g.in[e.child] = append(g.in[e.child], e)
			if c := e.child; !seen[c] {
				seen[c] = true
				g.files = append(g.files, c)
			}
		}
	}
	g.components()
	return g
}

// components finds the files that can reach each other (Tarjan), without recursion:
// a chain may be as long as the walk's limits allow.
func (g *liveGraph) components() {
	g.comp = map[*file]int{}
	index, low := map[*file]int{}, map[*file]int{}
	var stack []*file
	on := map[*file]bool{}
	type frame struct {
		f    *file
		next int
	}
	for _, start := range g.files {
		if _, ok := index[start]; ok {
			continue
		}
		frames := []frame{{f: start}}
		for len(frames) > 0 {
			top := &frames[len(frames)-1]
			f := top.f
			if top.next == 0 {
				index[f] = len(index)
				low[f] = index[f]
				stack = append(stack, f)
				on[f] = true
			}
			if edges := g.out[f]; top.next < len(edges) {
				c := edges[top.next].child
				top.next++
				if _, ok := index[c]; !ok {
					frames = append(frames, frame{f: c})
				} else if on[c] {
					low[f] = min(low[f], index[c])
				}
				continue
			}
			if low[f] == index[f] {
				for {
					c := stack[len(stack)-1]
					stack = stack[:len(stack)-1]
					on[c] = false
					g.comp[c] = index[f]
					if c == f {
						break
					}
				}
			}
			frames = frames[:len(frames)-1]
			if len(frames) > 0 {
				up := frames[len(frames)-1].f
				low[up] = min(low[up], low[f])
			}
		}
	}
}

// diamonds are the roles that several others delegate to. What comes back to a role
// from below is a cycle, and counts only where it is judged otherwise.
func (g *liveGraph) diamonds(w *Walk) []graphNote {
	var out []graphNote
	for _, f := range g.files {
		in := g.in[f]
		if len(in) < 2 {
			continue
		}
		outside, refused, accepted := 0, []string(nil), []string(nil)
		names := make([]string, 0, len(in))
		duties, why := true, ""
		for _, e := range in {
			name := w.parentName(e)
			names = append(names, name)
			if g.comp[e.parent] != g.comp[f] {
				outside++
			}
			duties = duties && e.duty.same(in[0].duty)
			if e.ok {
				accepted = append(accepted, name)
			} else {
				refused = append(refused, name)
				why = e.why
			}
		}
		split := len(accepted) > 0 && len(refused) > 0
		if outside < 2 && !split {
			continue
		}
		text := listOf(names) + " delegate to it"
		switch {
		case split:
			text += fmt.Sprintf(" with different keys or thresholds: it is accepted under %s, and refused under %s (%s)", listOf(accepted), listOf(refused), why)
		case !duties:
			text += " with different keys or thresholds"
		}
		n := finding.New(finding.Diamond, safe.Text(f.name), "%s", text)
		out = append(out, graphNote{n, in[0].role})
	}
	return out
}

// same tells whether two delegators ask for the same.
func (d duty) same(o duty) bool {
	if d.threshold != o.threshold || len(d.ids) != len(o.ids) {
		return false
	}
	for _, id := range d.ids {
		a, b := d.keys[id], o.keys[id]
		if !slices.Contains(o.ids, id) || (a == nil) != (b == nil) || a != nil && (a.Type != b.Type || a.Value.PublicKey != b.Value.PublicKey) {
			return false
		}
	}
	return true
}

// cycles are chains of delegations that come back to where they started, one for each
// group of roles that can all reach each other.
func (g *liveGraph) cycles() []graphNote {
	var out []graphNote
	said := map[int]bool{}
	for _, f := range g.files {
		if said[g.comp[f]] {
			continue
		}
		if round := g.round(f); round != nil {
			said[g.comp[f]] = true
			names := make([]string, 0, len(round))
			for _, e := range round {
				names = append(names, safe.Cut(e.child.name, 60))
			}
			n := finding.New(finding.DelegationCycle, safe.Text(f.name), "it delegates to %s", goRound(names))
			out = append(out, graphNote{n, round[0].role})
		}
	}
	return out
}

// round is the shortest chain of delegations from a role back to itself, or nil.
func (g *liveGraph) round(f *file) []*edge {
	from := map[*file]*edge{}
	queue := []*file{f}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, e := range g.out[at] {
			c := e.child
			if g.comp[c] != g.comp[f] || from[c] != nil {
				continue
			}
			from[c] = e
			if c != f {
				queue = append(queue, c)
				continue
			}
			var round []*edge
			for {
				e := from[c]
				round = append(round, e)
				if c = e.parent; c == f {
					slices.Reverse(round)
					return round
				}
			}
		}
	}
	return nil
}

// goRound says which way a cycle goes: the names are in order, and the last one is
// where it began.
func goRound(names []string) string {
	last := len(names) - 1
	switch {
	case last == 0:
		return "itself"
	case last > maxNamed:
		names = append(names[:maxNamed:maxNamed], fmt.Sprintf("%d more", last-maxNamed), names[last])
		last = len(names) - 1
	}
	return strings.Join(names[:last], ", that to ") + ", and that to " + names[last] + " again"
}

// listOf names a few roles.
func listOf(names []string) string {
	for i := range names {
		names[i] = safe.Cut(names[i], 60)
	}
	if n := len(names); n > maxNamed {
		names = append(names[:maxNamed:maxNamed], fmt.Sprintf("%d more", n-maxNamed))
	}
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
