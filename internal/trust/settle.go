package trust

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"time"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

// fileJudged takes what verification found.
func (w *Walk) fileJudged(s *Step, f *file, edges []*edge, data []byte, digest [sha256.Size]byte, x *excerpt, c *content, verdicts []edgeVerdict) {
	again, same := f.judged, f.judged && f.digest == digest && f.content != nil && c != nil
	if same {
		// Nothing in it has changed: its edges stay, and who holds on to its targets
		// does not keep another copy of all of them.
		c.out, c.targets = f.content.out, f.content.targets
	}
	f.judged, f.waiting, f.told, f.content = true, false, false, c
	f.digest, f.size = digest, int64(len(data))
	w.changed = true
	w.keep(f, data, x)
	turned := w.judgeEdges(s, f, edges, verdicts)
	first := f.in[0].role
	w.checkSize(s, f, safe.Text(f.name), first, int64(len(data)), w.needs[f.need].Length, w.limits.TargsMax)
	before := f.accepted
	f.accepted = w.acceptable(f)
	if again && (turned || before != f.accepted) && w.upholds(f) {
		w.resettle(s, true)
	}
	f.told = true
	w.verdict(s, f.need, f.accepted, w.problemOf(f, edges, verdicts), "")
	s.Reach = true
	if f.accepted {
		w.sameVersion(s, f)
	}
	if c != nil {
		w.remark(s, f, c.remarks, first)
		c.remarks = nil
	}
	if c != nil && !same {
		s.Lists = append(s.Lists, TargetList{Role: first, Name: f.name, Targets: c.targets})
		w.delegate(s, f, true)
	}
	w.verifyLate(s, f)
}

// lateJudged takes what verification found on edges that turned up later.
func (w *Walk) lateJudged(s *Step, f *file, edges []*edge, verdicts []edgeVerdict) {
	w.judgeEdges(s, f, edges, verdicts)
	s.Reach = true
	if !f.accepted && w.acceptable(f) {
		// The verdict on its file, and on all below it, is another one now.
		f.waiting = true
		w.askAgain(s, f.need)
		return
	}
	w.verifyLate(s, f)
}

// problemOf is why a file is not accepted on any edge, or nil: the reason of the
// first edge, one that is about the file itself before one about what is above it.
func (w *Walk) problemOf(f *file, edges []*edge, verdicts []edgeVerdict) *finding.Finding {
	if f.accepted {
		return nil
	}
	for i, e := range edges {
		if !e.gone && verdicts[i].problem != nil {
			return verdicts[i].problem
		}
	}
	for _, e := range edges {
		if above := w.obstacleAbove(e); !e.gone && !above.none() {
			above.unproved = w.unprovedAbove(e, map[*file]bool{})
			return untrusted(safe.Text(f.name), above)
		}
	}
	return untrusted(safe.Text(f.name), obstacle{name: "what delegated to it"})
}

// judgeEdges fills in the roles of a file's edges. It tells whether go-tuf's
// verdict on one of them is another one than before.
func (w *Walk) judgeEdges(s *Step, f *file, edges []*edge, verdicts []edgeVerdict) (turned bool) {
	w.graph.touch()
	for i, e := range edges {
		if e.gone {
			continue
		}
		w.takeBackEdge(s, e)
		if f.content != nil && verdicts[i].problem == nil {
			verdicts[i].problem = w.ended(f)
		}
		v := verdicts[i]
		turned = turned || e.judged && e.ok != (v.problem == nil)
		e.judged, e.ok, e.why, e.turnout = true, v.problem == nil, "", v.turnout
		r := w.role(e.role)
		w.describe(s, f, e, r)
		r.Signers, r.Threshold = v.signers, v.threshold
		if v.problem != nil {
			e.why, e.state = v.problem.Message, refusal(v.problem)
			if e.state == Expired {
				w.say(s, e, *v.problem, e.role) // as it was said above
			} else {
				e.problem = v.problem
				w.say(s, refusalOf{e}, *v.problem, e.role)
			}
		} else {
			w.remark(s, e, invalid(r.Name, v.signers), e.role)
			if b, ok := v.turnout.finding(r.Name); ok && e.parent == nil {
				w.say(s, e, b, e.role)
			}
		}
		w.settle(e)
	}
	return turned
}

// describe fills in what is the same on all edges of a file.
func (w *Walk) describe(s *Step, f *file, e *edge, r *Role) {
	r.Size, r.SHA256 = 0, ""
	r.Version, r.Expires, r.Expired, r.Soon, r.Targets = 0, time.Time{}, false, false, 0
	if f.absent != "" {
		return
	}
	r.SHA256 = hex.EncodeToString(f.digest[:])
	r.Size = f.size
	if c := f.content; c != nil {
		r.Version, r.Expires, r.Targets = c.version, c.expires, len(c.targets)
		if n, ok := w.judgeExpiry(r, c.fields); ok {
			w.say(s, e, n, e.role)
		}
		w.remark(s, e, w.judgeValidity(r, c.fields), e.role)
	}
}

// settle says what a judged edge comes to, with what is above it.
func (w *Walk) settle(e *edge) {
	if !e.judged || e.child.absent != "" {
		return
	}
	state, problem := Accepted, ""
	if above := w.obstacleAbove(e); !e.ok {
		state, problem = e.state, e.why
	} else if !above.none() {
		state, problem = Refused, above.below()
	}
	if r := &w.roles[e.role]; r.State != state || r.Problem != problem {
		r = w.role(e.role)
		r.State, r.Problem = state, problem
	}
}

// acceptable tells whether a file is accepted on one of its edges, if what was
// settled about the roles above it holds.
func (w *Walk) acceptable(f *file) bool {
	return f.content != nil && slices.ContainsFunc(f.in, func(e *edge) bool { return e.ok && w.obstacleAbove(e).none() })
}

// upholds tells whether what becomes of a file means anything for other files. To
// settle all of them takes as long as there are roles, and there may be tens of
// thousands that delegate to nobody, each with a file that is missing.
func (w *Walk) upholds(f *file) bool { return f == w.targets || len(f.out) > 0 }

// gone settles what hangs on a file that is not there, or not any more.
func (w *Walk) gone(s *Step, f *file) {
	f.accepted = false
	if w.upholds(f) {
		w.resettle(s, true)
	}
	s.Reach = true
}

// resettle decides anew which files are accepted along the whole chain, after
// something was delivered again. It starts from the top, so that roles which
// delegate to each other cannot hold each other up. Files whose verdict is another
// one now are asked for again. changed says that one file's verdict is known to be
// another one already.
func (w *Walk) resettle(s *Step, changed bool) {
	accepted := map[*file]bool{}
	if w.targets != nil && w.obstacleTop(belowSnapshot).none() {
		queue := []*edge{w.targets.in[0]}
		for len(queue) > 0 {
			e := queue[0]
			queue = queue[1:]
			if !e.ok || accepted[e.child] || e.child.content == nil {
				continue
			}
			accepted[e.child] = true
			for _, next := range e.child.out {
				queue = append(queue, next)
			}
		}
	}
	var turned []*file
	for _, f := range w.files {
		if f.accepted != accepted[f] {
			f.accepted = accepted[f]
			turned = append(turned, f)
		}
	}
	if len(turned) == 0 && !changed && w.settledTop == w.obstacleTop(belowSnapshot) {
		return
	}
	w.settledTop = w.obstacleTop(belowSnapshot)
	w.graph.touch()
	for _, f := range w.files {
		for _, e := range f.in {
			w.settle(e)
		}
	}
	slices.SortFunc(turned, func(a, b *file) int { return int(a.need) - int(b.need) })
	for _, f := range turned {
		if f.told && f.asked && !f.waiting {
			f.waiting = true
			w.askAgain(s, f.need)
		}
	}
	s.Reach = true
}
