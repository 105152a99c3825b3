package trust

import (
	"fmt"
	"maps"
	"slices"

	"example.com/tufinspect/internal/finding"
)

// askOlder asks for the roots before the trusted one: clients that ship one of them
// need it.
func (w *Walk) askOlder(s *Step) {
	c := &w.roots
	if c.older {
		return
	}
	c.older = true
	lowest := max(1, c.anchor.Version-int64(w.limits.Roots))
	for v := c.anchor.Version - 1; v >= lowest; v-- {
		if c.slots[v] == nil {
			w.askRoot(s, v).older = true
		}
	}
	if c.anchor.Version > 1 && !c.anchor.FirstUse {
		w.askRoot(s, c.anchor.Version) // what clients that ship an older one get
	}
	// Some were asked for while the first root was looked for.
	for _, v := range slices.Sorted(maps.Keys(c.slots)) {
		slot := c.slots[v]
		if v >= c.anchor.Version || slot.older || slot.state == slotJudged {
			continue
		}
		// One that is not there may turn out to be the first when it is.
		slot.older = slot.state != slotAbsent && slot.state != slotFailed
		w.takeOlder(s, slot)
	}
	w.checkGaps(s)
	w.linkOlder(s)
}

// takeOlder looks at a root before the trusted one: can a client start from it?
func (w *Walk) takeOlder(s *Step, slot *rootSlot) {
	w.forgetLinks(s)
	switch slot.state {
	case slotAbsent:
		w.verdict(s, slot.need, false, nil, "not there")
		w.checkGaps(s)
		w.linkOlder(s)
	case slotFailed:
		w.checkGaps(s)
		w.linkOlder(s)
	case slotBeyond:
		slot.state = slotWaiting
		w.askAgain(s, slot.need)
	case slotHere:
		data, limits := slot.answer.Bytes, w.limits
		slot.state, slot.answer.Bytes = slotBusy, nil
		w.job(s, slot.need, func() func(w *Walk, s *Step) {
			o := openRoot(data, limits)
			x := excerptOf(data, signaturesOf(o.md))
			return func(w *Walk, s *Step) {
				slot.shown = w.show(slot.shown, x, false)
				w.olderJudged(s, slot, data, o)
			}
		})
	}
}

func (w *Walk) olderJudged(s *Step, slot *rootSlot, data []byte, o openedRoot) {
	md, problem := o.md, o.problem
	w.takeBack(s, slot)
	slot.state = slotJudged
	r := w.roleOf(slot)
	r.State, r.Problem, r.Shipped = Skipped, "an older root, for clients that ship it", ShippedUnknown
	if md != nil {
		fillRoot(r, md, data, o.signers)
	} else {
		fillFile(r, data)
	}
	if problem == nil && md.Signed.Version != slot.version {
		f := finding.New(finding.VersionMismatch, rootName(slot.version), "the file says version %d", md.Signed.Version)
		problem = &f
	}
	note := "an older root; clients can start from it"
	w.keepOlder(slot, data)
	slot.usable = problem == nil
	if problem != nil {
		r.Shipped = ShippedUnusable
		r.Problem = "an older root, not usable: " + problem.Message
		note = "an older root; clients based on go-tuf cannot start from it: " + problem.Message
		w.say(s, slot, finding.New(finding.OldRootUnreadable, rootName(slot.version), "%s", problem.Message), slot.role)
	}
	if problem == nil {
		w.compareRoot(s, slot, slot.version, r.SHA256, slot.role)
	}
	w.verdict(s, slot.need, false, nil, note)
	w.checkGaps(s)
	w.linkOlder(s)
}

// checkGaps notes versions that are missing between older roots, once all of those
// have been answered.
func (w *Walk) checkGaps(s *Step) {
	c := &w.roots
	var missing []int64
	seen, failed := false, false
	last := int64(0) // up to this one, from version 1, none is there
	for _, v := range slices.Sorted(maps.Keys(c.slots)) {
		if v >= c.anchor.Version {
			break
		}
		switch c.slots[v].state {
		case slotWaiting, slotHere, slotBusy:
			return
		case slotJudged:
			seen = true
		case slotAbsent:
			switch {
			case seen:
				missing = append(missing, v)
			case v == last+1:
				last = v
			}
		default:
			failed = failed || !seen
		}
	}
	w.takeBack(s, aboutGaps)
	if last > 0 && !failed {
		what := "version 1 is not there"
		if last > 1 {
			what = fmt.Sprintf("versions 1 to %d are not there", last)
		}
		w.say(s, aboutGaps, finding.New(finding.OlderRootsMissing, "root", "%s; the oldest is version %d", what, last+1), c.first)
	}
	for _, v := range missing {
		w.say(s, aboutGaps, finding.New(finding.RootGap, rootName(v), "version %d is missing, and an older one is there", v), c.first)
	}
}
