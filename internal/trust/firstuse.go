package trust

import (
	"fmt"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
)

// tryFirst takes a root that the repository serves as the trusted one, if go-tuf
// can load it; else it is passed over.
func (w *Walk) tryFirst(s *Step, slot *rootSlot) {
	slot.state = slotBusy
	data, limits := slot.answer.Bytes, w.limits
	w.job(s, slot.need, func() func(w *Walk, s *Step) {
		o := openRoot(data, limits)
		x := excerptOf(data, signaturesOf(o.md))
		return func(w *Walk, s *Step) {
			slot.shown = w.show(slot.shown, x, len(data) <= keepRoot)
			w.firstTried(s, slot, o)
		}
	})
}

func (w *Walk) firstTried(s *Step, slot *rootSlot, o openedRoot) {
	c, md, problem := &w.roots, o.md, o.problem
	w.takeBack(s, slot)
	slot.state = slotJudged
	data := slot.answer.Bytes
	if len(data) > keepRoot {
		slot.answer.Bytes = nil
	}
	if problem == nil && md.Signed.Version != slot.version {
		f := finding.New(finding.VersionMismatch, rootName(slot.version), "the file says version %d", md.Signed.Version)
		problem = &f
	}
	if problem == nil {
		if slot.hasRole && slot.role != c.role { // it was passed over before
			r := w.role(slot.role)
			*r = Role{ID: r.ID, Name: r.Name, Version: slot.version, State: Skipped, Problem: "looked at again"}
		}
		w.anchorAt(o, data, true)
		slot.role, slot.hasRole = c.role, true
		f := finding.New(finding.FirstUse, rootName(md.Signed.Version), "version %d was trusted because the repository serves it", md.Signed.Version)
		if w.cfg.From > 0 {
			c.firstData = data
			f.Message = fmt.Sprintf("version %d was trusted as the repository serves it, like a client that ships it", md.Signed.Version)
		}
		w.say(s, slot, f.With("sha256", c.anchor.SHA256).With("sha512", c.anchor.SHA512), c.role)
		w.verdict(s, slot.need, true, nil, "trusted on first use")
		w.advance(s)
		return
	}
	if w.cfg.From > 0 {
		w.cannotStart(s, slot, data, o, *problem)
		return
	}
	r := w.roleOf(slot)
	r.State, r.Problem = Skipped, "passed over: "+problem.Message
	if md != nil {
		fillRoot(r, md, data, o.signers)
	} else {
		fillFile(r, data)
	}
	r.Shipped = ShippedUnusable
	w.say(s, slot, finding.New(finding.RootPassedOver, rootName(slot.version), "%s", problem.Message), slot.role)
	w.verdict(s, slot.need, false, nil, "passed over: "+problem.Message)
	c.next++
	c.window = min(c.window*2, windowMost)
	w.advance(s)
}

// cannotStart is the end of a walk from a version that a client cannot start from.
func (w *Walk) cannotStart(s *Step, slot *rootSlot, data []byte, o openedRoot, why finding.Finding) {
	if r := w.role(w.roots.role); o.md != nil {
		fillRoot(r, o.md, data, o.signers)
	} else {
		fillFile(r, data)
	}
	f := finding.New(finding.RootUnusable, rootName(slot.version), "version %d cannot be started from: %s", slot.version, why.Message)
	f.Evidence = why.Evidence
	w.verdict(s, slot.need, false, &f, "")
	w.noRoot(s, f)
}

// anchorAgain is the root that is trusted on first use, delivered once more.
func (w *Walk) anchorAgain(s *Step, slot *rootSlot) {
	slot.state = slotJudged
	var r Role
	if slot.answer.Bytes != nil {
		fillFile(&r, slot.answer.Bytes)
	}
	if r.SHA256 == w.roots.anchor.SHA256 {
		w.verdict(s, slot.need, true, nil, "trusted on first use")
		return
	}
	slot.answer.Bytes = nil
	w.verdict(s, slot.need, false, nil, "not the one that came first, which stays trusted")
}

// searchAgain looks for the first root anew, from a version below the one that
// was found, because that one could not be had or used before.
func (w *Walk) searchAgain(s *Step, slot *rootSlot) {
	c := &w.roots
	w.reopen(s)
	w.role(c.role).Current = false
	found := c.slots[c.anchor.Version]
	w.takeBack(s, found)
	found.hasRole = false
	c.role = c.first
	r := w.role(c.role)
	*r = Role{ID: r.ID, Name: r.Name, State: Fetching, Current: true}
	c.anchor, c.current, c.trusted, c.bystands = Anchor{}, nil, nil, nil
	c.search, c.broken = true, ""
	w.judgeAnew(s, slot.version)
	c.next = slot.version
	w.advance(s)
}

// searchFailed ends the search for a first root, for now, at a file that could
// not be had.
func (w *Walk) searchFailed(s *Step, why string) {
	w.roots.ended = true
	w.endBehind(s)
	r := w.role(w.roots.role)
	r.State, r.Problem = Unfetched, why
	w.skipBelow(s, "no root could be had")
}

// nothingAt is the end of the search for a first root: either none of those there
// can be used, or they do not begin at 1.
func (w *Walk) nothingAt(s *Step, slot *rootSlot) {
	c := &w.roots
	w.verdict(s, slot.need, false, nil, "not there")
	if w.cfg.From > 0 {
		w.noRoot(s, finding.New(finding.RootUnusable, rootName(slot.version), "the repository does not serve version %d of the root", slot.version))
		return
	}
	if slot.version > 1 {
		w.endSearch(s)
		return
	}
	if c.plain {
		return
	}
	c.plain = true
	n := Need{Role: c.role, Name: "root", Length: -1, Limit: w.limits.File, Optional: true}
	unversioned := &rootSlot{}
	unversioned.need = w.ask(s, n, func(w *Walk, s *Step, a Answer) {
		unversioned.answer = a
		w.takePlain(s, unversioned)
	})
}

// endSearch says that none of the roots that are there can be used.
func (w *Walk) endSearch(s *Step) {
	c := &w.roots
	c.ended = true
	tried := 0
	for _, slot := range c.slots {
		if slot.state == slotJudged {
			tried++
		}
	}
	w.noRoot(s, finding.New(finding.RootUnusable, "root", "none of the %d versions of the root that the repository serves can be used as the first one", tried))
}

// takePlain is the answer for root.json without a version: it tells from which
// version to look for older ones.
func (w *Walk) takePlain(s *Step, unversioned *rootSlot) {
	c := &w.roots
	a := unversioned.answer
	if c.anchor.Version > 0 || c.down > 0 {
		w.verdict(s, unversioned.need, false, nil, "not needed: the versions of the root are there")
		return
	}
	if c.ended {
		w.reopen(s)
	}
	switch answered(a) {
	case slotFailed:
		w.searchFailed(s, reasonText(a))
		return
	case slotAbsent:
		w.verdict(s, unversioned.need, false, nil, "not there")
		w.noRoot(s, finding.New(finding.RootUnusable, "root", "the repository serves neither 1.root.json nor root.json"))
		return
	}
	w.job(s, unversioned.need, func() func(w *Walk, s *Step) {
		var md *metadata.Metadata[metadata.RootType]
		err := guard(reading, func() (err error) { md, err = metadata.Root().FromBytes(a.Bytes); return })
		return func(w *Walk, s *Step) {
			f := finding.New(finding.RootUnusable, "root", "1.root.json is not there, and root.json is not usable")
			switch {
			case err != nil:
				f = f.With("reason", plain(err))
			case md.Signed.Version < 1 || md.Signed.Version > maxVersion:
				f = f.With("reason", fmt.Sprintf("its version is %d", md.Signed.Version))
			default:
				w.searchDown(s, unversioned, md.Signed.Version)
				return
			}
			w.verdict(s, unversioned.need, false, &f, "")
			w.noRoot(s, f)
		}
	})
}

// searchDown looks for the oldest root below one whose version is known, and
// begins the chain there.
func (w *Walk) searchDown(s *Step, unversioned *rootSlot, version int64) {
	c := &w.roots
	slot := c.slots[version]
	switch {
	case slot == nil || slot.state == slotAbsent || slot.state == slotFailed:
		// The file without a version stands in for the one with it.
		if slot == nil {
			slot = &rootSlot{version: version}
			c.slots[version] = slot
		} else if slot.state == slotAbsent {
			w.verdict(s, slot.need, false, nil, "not there; root.json is that version")
		}
		slot.need, slot.answer, slot.state = unversioned.need, unversioned.answer, slotHere
		w.needs[slot.need].take = func(w *Walk, s *Step, a Answer) { w.takeRoot(s, slot, a) }
	default:
		// It was asked for ahead.
		w.verdict(s, unversioned.need, false, nil, fmt.Sprintf("the same as version %d, which is looked at under its own name", version))
	}
	c.down, c.downFrom = version, version
	w.stepDown(s)
}

// stepDown goes down as far as the answers allow. A version that is not there
// makes the one above it the oldest.
func (w *Walk) stepDown(s *Step) {
	c := &w.roots
	lowest := max(2, c.downFrom-int64(w.limits.Roots)) // 1 is known not to be there
	for v := c.down - 1; v >= max(lowest, c.down-windowMost); v-- {
		w.askRoot(s, v)
	}
	for ; c.down > lowest; c.down-- {
		slot := c.slots[c.down-1]
		if slot == nil || slot.state == slotWaiting {
			w.askRoot(s, c.down-1)
			return
		}
		if slot.state != slotHere && slot.state != slotBeyond {
			if slot.state == slotAbsent {
				w.verdict(s, slot.need, false, nil, fmt.Sprintf("not there: the oldest root is version %d", c.down))
			}
			break
		}
		if slot.state == slotHere && len(slot.answer.Bytes) > keepRoot {
			slot.state, slot.answer.Bytes = slotBeyond, nil
			w.verdict(s, slot.need, false, nil, "looked at when the chain gets here")
		}
	}
	c.next, c.down = c.down, 0
	w.advance(s)
}
