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
	data, limit := slot.answer.Bytes, w.limits.Signers
	w.job(s, slot.need, func() func(w *Walk, s *Step) {
		md, signers, problem := openRoot(data, limit)
		return func(w *Walk, s *Step) { w.firstTried(s, slot, md, signers, problem) }
	})
}

func (w *Walk) firstTried(s *Step, slot *rootSlot, md *metadata.Metadata[metadata.RootType], signers []Signer, problem *finding.Finding) {
	c := &w.roots
	slot.state = slotJudged
	data := slot.answer.Bytes
	if problem == nil {
		w.anchorAt(md, data, signers, true)
		slot.role, slot.hasRole = c.role, true
		f := finding.New(finding.FirstUse, rootName(md.Signed.Version), "version %d was trusted because the repository serves it", md.Signed.Version)
		w.note(s, f.With("sha256", c.anchor.SHA256).With("sha512", c.anchor.SHA512), c.role)
		w.verdict(s, slot.need, true, nil, "trusted on first use")
		w.advance(s)
		return
	}
	slot.role, slot.hasRole = w.newRole(Role{Name: "root", Version: slot.version, State: Skipped, Problem: "passed over: " + problem.Message}), true
	if md != nil {
		fillRoot(w.role(slot.role), md, data, signers)
	} else {
		fillFile(w.role(slot.role), data)
	}
	w.note(s, finding.New(finding.RootPassedOver, rootName(slot.version), "%s", problem.Message), slot.role)
	w.verdict(s, slot.need, false, nil, "passed over: "+problem.Message)
	c.next++
	c.window = min(c.window*2, windowMost)
	w.advance(s)
}

// nothingAt is the end of the search for a first root: either none of those there
// can be used, or they do not begin at 1.
func (w *Walk) nothingAt(s *Step, slot *rootSlot) {
	c := &w.roots
	w.verdict(s, slot.need, false, nil, "not there")
	if slot.version > 1 {
		c.ended = true
		for v, later := range c.slots {
			if v > slot.version {
				w.beyond(s, later)
			}
		}
		w.noRoot(s, finding.New(finding.RootUnusable, "root", "none of the %d roots that the repository serves can be used as the first one", slot.version-1))
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

// takePlain is the answer for root.json without a version: it tells from which
// version to look for older ones.
func (w *Walk) takePlain(s *Step, unversioned *rootSlot) {
	a := unversioned.answer
	if a.Bytes == nil {
		w.verdict(s, unversioned.need, false, nil, "not there")
		if !a.Absent {
			r := w.role(w.roots.role)
			r.State, r.Problem = Absent, reasonText(a)
			w.roots.ended = true
			w.skipBelow(s, "no root could be had")
			return
		}
		w.noRoot(s, finding.New(finding.RootUnusable, "root", "the repository serves neither 1.root.json nor root.json"))
		return
	}
	w.job(s, unversioned.need, func() func(w *Walk, s *Step) {
		var md *metadata.Metadata[metadata.RootType]
		err := guard(func() (err error) { md, err = metadata.Root().FromBytes(a.Bytes); return })
		return func(w *Walk, s *Step) {
			if err != nil || md.Signed.Version < 1 {
				f := finding.New(finding.RootUnusable, "root", "root.json cannot be read")
				if err != nil {
					f = f.With("reason", plain(err))
				}
				w.verdict(s, unversioned.need, false, &f, "")
				w.noRoot(s, f)
				return
			}
			w.searchDown(s, unversioned, md.Signed.Version)
		}
	})
}

// searchDown looks for the oldest root below one whose version is known, one after
// the other, and begins the chain there.
func (w *Walk) searchDown(s *Step, unversioned *rootSlot, version int64) {
	c := &w.roots
	// The versions that were asked for ahead of the search are no longer part of it.
	for v, slot := range c.slots {
		if v > 1 && slot.state != slotWaiting && v != version {
			w.verdict(s, slot.need, false, nil, "not there")
		}
	}
	top := &rootSlot{version: version, need: unversioned.need, state: slotHere, answer: unversioned.answer}
	c.slots[version] = top
	w.stepDown(s, version)
}

// stepDown asks for the version below v; when it is not there, v is the oldest.
func (w *Walk) stepDown(s *Step, v int64) {
	c := &w.roots
	below := v - 1
	if old := c.slots[below]; below >= 1 && (old == nil || old.state == slotWaiting) && v > 2 {
		slot := &rootSlot{version: below}
		c.slots[below] = slot
		n := Need{Role: c.role, Name: "root", Version: below, Length: -1, Limit: w.limits.File, Optional: true}
		slot.need = w.ask(s, n, func(w *Walk, s *Step, a Answer) {
			slot.answer = a
			if c.anchor.Version > 0 {
				w.takeRoot(s, slot, a)
				return
			}
			if a.Bytes != nil {
				slot.state = slotHere
				w.stepDown(s, below)
				return
			}
			slot.state = slotAbsent
			w.verdict(s, slot.need, false, nil, fmt.Sprintf("not there: the oldest root is version %d", v))
			c.next = v
			w.advance(s)
		})
		return
	}
	c.next = v
	w.advance(s)
}

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
			c.oldOpen++
			w.askRoot(s, v)
		}
	}
}

// takeOlder looks at a root before the trusted one: can a client start from it?
func (w *Walk) takeOlder(s *Step, slot *rootSlot) {
	switch slot.state {
	case slotAbsent:
		w.verdict(s, slot.need, false, nil, "not there")
		w.olderDone(s, slot)
	case slotFailed:
		w.olderDone(s, slot)
	case slotHere:
		data, limit := slot.answer.Bytes, w.limits.Signers
		slot.answer.Bytes = nil
		w.job(s, slot.need, func() func(w *Walk, s *Step) {
			md, signers, problem := openRoot(data, limit)
			return func(w *Walk, s *Step) {
				w.olderJudged(s, slot, data, md, signers, problem)
			}
		})
	}
}

func (w *Walk) olderJudged(s *Step, slot *rootSlot, data []byte, md *metadata.Metadata[metadata.RootType], signers []Signer, problem *finding.Finding) {
	slot.state = slotJudged
	if !slot.hasRole {
		slot.role, slot.hasRole = w.newRole(Role{Name: "root", Version: slot.version}), true
	}
	r := w.role(slot.role)
	r.State, r.Problem = Skipped, "an older root, for clients that ship it"
	if md != nil {
		fillRoot(r, md, data, signers)
	} else {
		fillFile(r, data)
	}
	note := "an older root; clients can start from it"
	if problem != nil {
		r.Problem = problem.Message
		note = "an older root; go-tuf cannot start from it: " + problem.Message
		w.note(s, finding.New(finding.OldRootUnreadable, rootName(slot.version), "%s", problem.Message), slot.role)
	}
	w.verdict(s, slot.need, false, nil, note)
	w.olderDone(s, slot)
}

// olderDone notes gaps once all older roots have been answered.
func (w *Walk) olderDone(s *Step, slot *rootSlot) {
	c := &w.roots
	if c.oldOpen == 0 {
		return
	}
	if c.oldOpen--; c.oldOpen > 0 {
		return
	}
	seen := false
	for v := int64(1); v < c.anchor.Version; v++ {
		old := c.slots[v]
		switch {
		case old == nil:
		case old.state == slotJudged:
			seen = true
		case old.state == slotAbsent && seen:
			w.note(s, finding.New(finding.RootGap, rootName(v), "version %d is missing, and an older one is there", v), c.role)
		}
	}
}
