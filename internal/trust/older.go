package trust

import (
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
}

// takeOlder looks at a root before the trusted one: can a client start from it?
func (w *Walk) takeOlder(s *Step, slot *rootSlot) {
	switch slot.state {
	case slotAbsent:
		w.verdict(s, slot.need, false, nil, "not there")
		w.checkGaps(s)
	case slotFailed:
		w.checkGaps(s)
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
	r.State, r.Problem = Skipped, "an older root, for clients that ship it"
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
	if problem != nil {
		r.Problem = "an older root, not usable: " + problem.Message
		note = "an older root; clients based on go-tuf cannot start from it: " + problem.Message
		w.say(s, slot, finding.New(finding.OldRootUnreadable, rootName(slot.version), "%s", problem.Message), slot.role)
	}
	if problem == nil {
		w.compareRoot(s, slot, slot.version, r.SHA256, slot.role)
	}
	w.verdict(s, slot.need, false, nil, note)
	w.checkGaps(s)
}

// checkGaps notes versions that are missing between older roots, once all of those
// have been answered.
func (w *Walk) checkGaps(s *Step) {
	c := &w.roots
	var missing []int64
	seen := false
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
			if seen {
				missing = append(missing, v)
			}
		}
	}
	w.takeBack(s, aboutGaps)
	for _, v := range missing {
		w.say(s, aboutGaps, finding.New(finding.RootGap, rootName(v), "version %d is missing, and an older one is there", v), c.first)
	}
}
