package trust

import (
	"slices"
	"strings"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/lint"
	"example.com/tufinspect/internal/safe"
)

// patternWork bounds how many patterns are looked at for all listed targets together:
// some seconds of one processor.
const patternWork = 4 << 20

// lookAtPatterns has all that is listed held against all patterns: two that cover the
// same target, and those that cover a target only where a star crosses a slash. It
// costs about as much as a search for each target, and is a job.
func (w *Walk) lookAtPatterns(s *Step, g *liveGraph) {
	l := patternLook{root: w.targets, nodes: map[*file]patternNode{}, left: patternWork, said: map[patternPair]bool{}}
	patterns := false
	for _, f := range g.files {
		if !f.accepted || f.content == nil {
			continue
		}
		n := patternNode{name: f.name, role: f.in[0].role, targets: f.content.targets, out: f.content.out}
		l.nodes[f] = n
		l.files = append(l.files, f)
		patterns = patterns || slices.ContainsFunc(n.out.list, func(d *out) bool { return len(d.paths) > 0 })
	}
	if !patterns {
		return
	}
	now := w.graph.now
	w.job(s, w.targets.need, func() func(w *Walk, s *Step) {
		if err := guard("comparing patterns", func() error { l.run(); return nil }); err != nil {
			l.notes = nil
		}
		return func(w *Walk, s *Step) {
			if w.graph.now != now {
				return // it is looked at once more
			}
			for _, n := range l.notes {
				w.say(s, aboutPatterns, n.f, n.role)
			}
		}
	})
}

// patternNode is a role in a look at patterns; nothing in it changes.
type patternNode struct {
	name    string // raw
	role    RoleID
	targets []Target
	out     *outEdges
}

// patternPair is two delegations of a role, by their indices.
type patternPair struct {
	of   *outEdges
	a, b int
}

// patternLook is a look at all patterns.
type patternLook struct {
	root    *file
	files   []*file
	nodes   map[*file]patternNode
	left    int // work
	said    map[patternPair]bool
	crossed map[crossing]bool
	notes   []graphNote
	counts  [2]int // overlaps and crossings
}

// crossing is a pattern that covers a target only where a star crosses a slash.
type crossing struct {
	of      *outEdges
	child   *file
	pattern string
}

func (l *patternLook) run() {
	l.crossed = map[crossing]bool{}
	for _, f := range l.files {
		n := l.nodes[f]
		for i := range n.targets {
			path := n.targets[i].Path
			if l.left < 0 {
				break
			}
			// What the targets role lists is found there, whatever it delegates.
			if f != l.root && !l.reach(f, path) {
				l.cross(f, path)
			}
		}
	}
	if n := l.counts[0] - maxGraph; n > 0 {
		l.notes = append(l.notes, graphNote{finding.New(finding.OverlappingPatterns, "delegations", "… and %d more pairs of delegations that cover the same listed target", n), l.nodes[l.root].role})
	}
	if n := l.counts[1] - maxGraph; n > 0 {
		l.notes = append(l.notes, graphNote{finding.New(finding.PatternCrossesSlash, "delegations", "… and %d more patterns", n), l.nodes[l.root].role})
	}
}

// reach tells whether delegations that cover the path lead to the role, whichever of
// them a search would take. On its way it notes where two cover the path.
func (l *patternLook) reach(to *file, path string) bool {
	reached := false
	digest := ""
	var room [8]*file
	seen := append(room[:0], l.root)
	for i := 0; i < len(seen) && len(seen) <= maxVisits; i++ {
		n, ok := l.nodes[seen[i]]
		reached = reached || seen[i] == to
		if l.left--; !ok || l.left < 0 {
			continue
		}
		o := n.out
		if o.succinct != nil {
			if e := o.bins[bin(o.succinct, path)]; e != nil && !slices.Contains(seen, e.child) {
				seen = append(seen, e.child)
			}
			continue
		}
		if digest == "" && o.hashed {
			digest = pathDigest(path)
		}
		first := -1
		for k := range o.covered(path, digest, &l.left) {
			l.left--
			if first < 0 {
				first = k
			} else {
				l.overlap(&n, first, k, path)
			}
			if len(seen) > maxVisits {
				break
			}
			if c := o.list[k].edge.child; !slices.Contains(seen, c) {
				seen = append(seen, c)
			}
		}
	}
	return reached || l.left < 0 || len(seen) > maxVisits
}

// overlap notes that two delegations of a role cover the same listed target, if
// nothing else says so.
func (l *patternLook) overlap(n *patternNode, i, k int, path string) {
	a, b := n.out.list[i], n.out.list[k]
	pair := patternPair{n.out, i, k}
	if l.said[pair] || a.edge.child == b.edge.child || len(a.paths)+len(b.paths) == 0 {
		return
	}
	l.said[pair] = true
	l.left -= len(a.paths) * len(b.paths)
	if l.left < 0 || lint.Overlap(a.paths, b.paths) {
		return
	}
	if l.counts[0]++; l.counts[0] > maxGraph {
		return
	}
	text := "%s and %s both cover %s, which is listed"
	if a.terminating {
		text = "%s and %s both cover %s, which is listed, and the first one is terminating"
	}
	l.notes = append(l.notes, graphNote{finding.New(finding.OverlappingPatterns, safe.Text(n.name), text, safe.Cut(a.edge.child.name, 60), safe.Cut(b.edge.child.name, 60), safe.Cut(path, 100)), n.role})
}

// cross looks whether a client whose stars cross slashes would find the path in the
// role, and says over which patterns. It searches as clients do.
func (l *patternLook) cross(to *file, path string) {
	type step struct {
		of   *outEdges
		d    *out
		from *file
	}
	digest := pathDigest(path)
	came := map[*file]step{l.root: {}}
	stack := []*file{l.root}
	done := map[*file]bool{}
	for len(stack) > 0 {
		f := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		n, ok := l.nodes[f]
		if done[f] {
			continue
		}
		done[f] = true
		if f == to {
			break
		}
		if !ok || n.out.succinct != nil || (&content{targets: n.targets}).target(path) != nil {
			return
		}
		first := len(stack)
		for _, d := range n.out.list {
			if l.left -= 1 + 2*len(d.paths) + len(d.prefixes); l.left < 0 {
				return
			}
			if !d.covers(path, digest) && crossingPattern(d, path) == "" {
				continue
			}
			c := d.edge.child
			if _, ok := came[c]; !ok {
				came[c] = step{n.out, d, f}
			}
			stack = append(stack, c)
			if d.terminating {
				stack = append(stack[:0], stack[first:]...)
				first = 0
				break
			}
		}
		slices.Reverse(stack[first:])
	}
	if !done[to] {
		return
	}
	for at := to; at != l.root; {
		s := came[at]
		if !s.d.covers(path, digest) {
			l.crossing(s.from, s.of, s.d, path)
		}
		at = s.from
	}
}

func (l *patternLook) crossing(from *file, of *outEdges, d *out, path string) {
	p := crossingPattern(d, path)
	c := crossing{of, d.edge.child, p}
	if l.crossed[c] {
		return
	}
	l.crossed[c] = true
	if l.counts[1]++; l.counts[1] > maxGraph {
		return
	}
	n := l.nodes[from]
	f := finding.New(finding.PatternCrossesSlash, safe.Text(n.name), "it delegates %s to %s, which covers %s only where * crosses a slash", safe.Cut(p, 60), safe.Cut(d.edge.child.name, 60), safe.Cut(path, 100))
	l.notes = append(l.notes, graphNote{f, n.role})
}

// crossingPattern gives a pattern of a delegation that covers a path if wildcards
// cross slashes, or "".
func crossingPattern(d *out, path string) string {
	for _, p := range d.paths {
		if crosses(p, path) {
			return p
		}
	}
	return ""
}

// crosses tells whether a pattern covers a path if wildcards cross slashes, as those
// of tough do (Rust's globset). Where its patterns have more in them than those of
// other clients, nothing is said.
func crosses(pattern, path string) bool {
	const slash = "\x01"
	if strings.ContainsAny(pattern, `{}[]\`+slash) || strings.Contains(path, slash) {
		return false
	}
	for _, part := range strings.Split(pattern, "/") {
		if part != "**" && strings.Contains(part, "**") {
			return false
		}
	}
	return matchPath(strings.ReplaceAll(pattern, "/", slash), strings.ReplaceAll(path, "/", slash))
}
