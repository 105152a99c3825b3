package trust

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
)

// advance goes as far along the chain as the answers allow.
func (w *Walk) advance(s *Step) {
	c := &w.roots
	if c.ended || c.down > 0 {
		return
	}
	if c.next-c.anchor.Version > int64(w.limits.Roots) && !c.search || c.search && c.next-c.downFrom > int64(w.limits.Roots) {
		w.say(s, aboutEnd, finding.New(finding.WalkLimit, "root", "more than %d versions of the root; the rest was not looked at", w.limits.Roots), c.role)
		c.limited = true
		if c.search {
			w.endSearch(s)
			return
		}
		w.endRoots(s, nil)
		return
	}
	gone := int64(0) // the first that is known not to be there
	for v := c.next; v < c.next+c.window && (gone == 0 || v <= gone+gapMost); v++ {
		if w.askRoot(s, v).state == slotAbsent && gone == 0 {
			gone = v
		}
	}
	slot := c.slots[c.next]
	switch slot.state {
	case slotBeyond: // the chain gets here after all
		slot.state = slotWaiting
		w.askAgain(s, slot.need)
	case slotHere:
		if c.search {
			w.tryFirst(s, slot)
		} else {
			w.judgeRoot(s, slot)
		}
	case slotAbsent:
		switch {
		case c.search:
			w.nothingAt(s, slot)
		case w.endsEarly() && !c.again:
			// It was there before: look again before that is said.
			c.again = true
			w.verdict(s, slot.need, false, nil, "not there; looked for once more, because it was there before")
			slot.state = slotWaiting
			w.askAgain(s, slot.need)
		default:
			w.endRoots(s, slot)
		}
	case slotFailed:
		if c.search {
			w.searchFailed(s, reasonText(slot.answer))
			return
		}
		w.endRoots(s, slot)
	}
}

// judgeRoot has go-tuf verify the next root by the one before it and by itself
// (5.3.4, 5.3.5).
func (w *Walk) judgeRoot(s *Step, slot *rootSlot) {
	slot.state = slotBusy
	slot.before = w.roots.current
	before, data, limits := slot.before, slot.answer.Bytes, w.limits
	w.job(s, slot.need, func() func(w *Walk, s *Step) {
		v := verifyRoot(before, data, slot.version, limits)
		x := excerptOf(data, signaturesOf(v.md))
		return func(w *Walk, s *Step) {
			slot.shown = w.show(slot.shown, x, len(data) <= keepRoot)
			w.rootJudged(s, slot, v)
		}
	})
}

// rootJudged takes the verdict on the next root.
func (w *Walk) rootJudged(s *Step, slot *rootSlot, v rootVerdict) {
	c := &w.roots
	w.takeBack(s, slot)
	slot.state, slot.refused = slotJudged, v.problem != nil
	r := w.roleOf(slot)
	data := slot.answer.Bytes
	if v.md != nil {
		fillRoot(r, v.md, data, v.signers)
		r.Before, r.BeforeThreshold = v.before, v.quorum
	} else {
		fillFile(r, data)
	}
	w.checkSize(s, slot, rootName(slot.version), slot.role, int64(len(data)), -1, w.limits.RootMax)
	w.remark(s, slot, v.changes, slot.role)
	switch {
	case v.problem != nil:
		r.State, r.Problem = Refused, v.problem.Message
		w.say(s, slot, *v.problem, slot.role)
		w.verdict(s, slot.need, false, v.problem, "")
		if c.broken == "" {
			c.broken = rootName(slot.version)
		}
	case c.broken != "":
		r.State, r.Problem = Refused, "below "+c.broken+", which was refused"
		w.verdict(s, slot.need, false, untrusted(rootName(slot.version), obstacle{name: c.broken}), "")
	default:
		r.State, r.Problem = Accepted, ""
		w.verdict(s, slot.need, true, nil, "")
		w.compareRoot(s, slot, slot.version, r.SHA256, slot.role)
	}
	if len(data) > keepRoot {
		slot.answer.Bytes = nil
	}
	if next := c.slots[slot.version-1]; next != nil && next.answer.Bytes == nil {
		slot.before = nil // as large as the file that is not kept
	}
	if v.problem != nil && !v.usable {
		w.endRoots(s, nil) // nothing to go on from
		return
	}
	// After a refusal the walk goes on from this root, for diagnosis only; what
	// follows is numbered by the files' names.
	if v.md.Signed.Version != slot.version {
		renumbered := *v.md
		renumbered.Signed.Version = slot.version
		v.md = &renumbered
	}
	w.role(c.role).Current = false
	c.current, c.data, c.role = v.md, data, slot.role
	c.bystands = append(bystanders(rootName(slot.version), v.signers, rootDuty(v.md, metadata.ROOT)), v.remarks...)
	w.role(c.role).Current = true
	c.next++
	c.window = min(c.window*2, windowMost)
	w.advance(s)
}

// end says of the version behind the last that it is the end.
func (c *rootChain) end() string {
	return fmt.Sprintf("not there: the root chain ends at version %d", c.current.Signed.Version)
}

// lookAhead looks for a later root once more when the timestamp comes anew: a client
// begins every update there (5.3.3), and what mends an expired root, or a timestamp that
// other keys have signed, is one.
func (w *Walk) lookAhead(s *Step) {
	c := &w.roots
	if c.looked {
		c.looked = false
		return
	}
	if slot := c.slots[c.next]; c.ended && slot != nil && slot.state == slotAbsent {
		w.askAgain(s, slot.need)
	}
}

// endRoots is the end of the chain: at a version that is absent, that could not be
// had, or (slot nil) that nothing can follow.
func (w *Walk) endRoots(s *Step, slot *rootSlot) {
	c := &w.roots
	c.ended, c.looked = true, true
	if slot != nil {
		end := c.end()
		switch slot.state {
		case slotAbsent:
			w.endStatus(s, slot)
			if w.endsEarly() {
				w.say(s, aboutEnd, finding.New(finding.Rollback, "root", "the chain ends at version %d, and version %d was verified on %s", c.current.Signed.Version, w.before.root.Signed.Version, moment(w.before.At)), c.role)
			}
			w.verdict(s, slot.need, false, nil, end)
			if slot.hasRole { // it could not be had before
				r := w.role(slot.role)
				r.State, r.Problem = Skipped, end
			}
		case slotFailed:
			r := w.roleOf(slot)
			r.State, r.Problem = Unfetched, reasonText(slot.answer)
			w.verdict(s, slot.need, false, nil, "")
		}
	}
	w.endBehind(s)
	r := w.role(c.role)
	if f, ok := w.judgeExpiry(r, c.current.Signed.UnrecognizedFields); ok {
		w.say(s, aboutEnd, f, c.role)
		if c.expired = r.Expired; c.expired && r.State == Accepted {
			r.State, r.Problem = Expired, f.Message // 5.3.10: the last one alone
		}
	}
	w.remark(s, aboutEnd, w.judgeValidity(r, c.current.Signed.UnrecognizedFields), c.role)
	for _, f := range c.bystands {
		w.say(s, aboutEnd, f, c.role)
	}
	w.checkLength(s)
	w.topLevel(s)
	w.askOlder(s)
}

// maxRotations is how many roots clients based on go-tuf and python-tuf take after the
// one that they start from, before they go on with the last of them.
const maxRotations = 256

// checkLength notes a chain that is longer than clients follow. Where it is broken they
// stop there.
func (w *Walk) checkLength(s *Step) {
	c := &w.roots
	if n := c.current.Signed.Version - c.anchor.Version; n > maxRotations && c.broken == "" {
		f := finding.New(finding.RootLimit, "root", "%d versions follow the trusted one, and clients based on go-tuf and python-tuf take %d at a time", n, maxRotations)
		w.say(s, aboutEnd, f, c.role)
	}
}

// endStatus notes an end of the chain that some clients take for an error.
func (w *Walk) endStatus(s *Step, slot *rootSlot) {
	if st := slot.answer.Status; st != 0 && st != http.StatusNotFound {
		w.say(s, aboutEnd, finding.New(finding.RootEndStatus, rootName(slot.version), "the server answers %d for it, not 404", st), w.roots.role)
	}
}

// endBehind ends the versions that were asked for ahead and are not needed.
func (w *Walk) endBehind(s *Step) {
	c := &w.roots
	for _, v := range slices.Sorted(maps.Keys(c.slots)) {
		if slot := c.slots[v]; v > c.next || v == c.next && slot.state == slotHere {
			w.beyond(s, slot)
		}
	}
}

// beyond is an answer for a version behind the end of the chain, asked for ahead.
func (w *Walk) beyond(s *Step, slot *rootSlot) {
	c := &w.roots
	why := "the root chain does not get so far"
	switch slot.state {
	case slotAbsent:
		w.verdict(s, slot.need, false, nil, fmt.Sprintf("not needed: the root chain ends before version %d", slot.version))
	case slotFailed:
		// No harm done: it is not needed, unless the chain gets here later.
		slot.state = slotBeyond
		s.Outdated = append(s.Outdated, slot.need)
	case slotHere:
		slot.state, slot.answer.Bytes = slotBeyond, nil
		if end := c.slots[c.next]; end != nil && end.state == slotAbsent && !c.search {
			why = fmt.Sprintf("not reached: version %d is not there", c.next)
			w.say(s, aboutEnd, finding.New(finding.RootGap, rootName(c.next), "version %d is missing, and %d is there", c.next, slot.version), c.role)
		}
		w.verdict(s, slot.need, false, nil, why)
	}
	if slot.hasRole {
		r := w.role(slot.role)
		r.State, r.Problem, r.Current = Skipped, why, false
	}
}
