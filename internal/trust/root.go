package trust

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

const (
	// windowFirst and windowMost bound how many roots are asked for ahead.
	windowFirst = 2
	windowMost  = 8
	// keepRoot is the largest root whose bytes and parsed form are kept after it
	// was judged, so that a thousand roots cannot fill the memory.
	keepRoot = 64 << 10
	// maxVersion is the largest version that is believed: beyond it, JSON readers
	// begin to disagree about whole numbers.
	maxVersion = 1 << 53
)

// rootChain is the walk's first part (5.2, 5.3): from the trusted root to the
// newest one, in order, each signed by the one before it and by itself.
type rootChain struct {
	current  *metadata.Metadata[metadata.RootType] // nil until there is one
	role     RoleID                                // of current; before that, of what is looked for
	anchor   Anchor
	trusted  *metadata.Metadata[metadata.RootType] // what anchor stands for
	first    RoleID                                // of anchor
	bystands []finding.Finding                     // about signatures on the current root
	slots    map[int64]*rootSlot
	next     int64 // the version that decides what happens next
	window   int64
	search   bool   // trust on first use: no root is trusted yet
	plain    bool   // root.json without a version has been asked for
	down     int64  // the lowest version found so far, while searching downwards; else 0
	downFrom int64  // where that search began
	ended    bool   // the chain has an end, for now
	limited  bool   // the walk's limit is that end
	broken   string // the first root that a client would refuse, printable; "" if none
	older    bool   // older roots have been asked for
}

type slotState uint8

const (
	slotWaiting slotState = iota
	slotAbsent
	slotFailed
	slotHere
	slotBusy
	slotJudged
	slotBeyond // it came, and the chain ends before it; its bytes are not kept
)

// rootSlot is one version of the root.
type rootSlot struct {
	version int64
	need    NeedID
	role    RoleID
	hasRole bool
	older   bool // looked at for clients that ship it, no part of the chain
	state   slotState
	answer  Answer
	before  *metadata.Metadata[metadata.RootType] // what it was judged by; nil if not kept
	refused bool
}

// startRoots takes the trusted root, or looks for one.
func (w *Walk) startRoots(s *Step) {
	c := &w.roots
	c.slots = map[int64]*rootSlot{}
	c.window = windowFirst
	c.role = w.newRole(Role{Name: "root", State: Fetching, Current: true})
	c.first = c.role
	if w.cfg.Root == nil {
		c.search, c.next = true, 1
		w.advance(s)
		return
	}
	md, signers, f := openRoot(w.cfg.Root, w.limits)
	if f != nil {
		g := finding.New(finding.RootUnusable, f.Subject, "the trusted root cannot be used: %s", f.Message)
		g.Evidence = f.Evidence
		w.noRoot(s, g)
		return
	}
	w.anchorAt(md, w.cfg.Root, signers, false)
	w.advance(s)
}

func rootName(version int64) string { return fmt.Sprintf("root v%d", version) }

// anchorAt makes a root the one that the walk stands on.
func (w *Walk) anchorAt(md *metadata.Metadata[metadata.RootType], data []byte, signers []Signer, firstUse bool) {
	c := &w.roots
	s256, s512 := sha256.Sum256(data), sha512.Sum512(data)
	c.anchor = Anchor{md.Signed.Version, hex.EncodeToString(s256[:]), hex.EncodeToString(s512[:]), firstUse}
	c.current, c.trusted, c.search, c.next = md, md, false, md.Signed.Version+1
	r := w.role(c.role)
	r.State, r.Current, r.Problem = Accepted, true, ""
	c.bystands = bystanders(rootName(md.Signed.Version), signers)
	fillRoot(r, md, data, signers)
}

func fillRoot(r *Role, md *metadata.Metadata[metadata.RootType], data []byte, signers []Signer) {
	r.Version, r.Expires = md.Signed.Version, md.Signed.Expires
	r.Threshold, r.Signers = rootDuty(md, metadata.ROOT).threshold, signers
	fillFile(r, data)
}

// fillFile notes the size and digest of a role's file.
func fillFile(r *Role, data []byte) {
	sum := sha256.Sum256(data)
	r.Size, r.SHA256 = int64(len(data)), hex.EncodeToString(sum[:])
}

// askRoot asks for one version of the root. Its absence is an answer.
func (w *Walk) askRoot(s *Step, version int64) *rootSlot {
	c := &w.roots
	if slot := c.slots[version]; slot != nil {
		return slot
	}
	slot := &rootSlot{version: version}
	c.slots[version] = slot
	n := Need{Role: c.role, Name: "root", Version: version, Length: -1, Limit: w.limits.File, Optional: true}
	slot.need = w.ask(s, n, func(w *Walk, s *Step, a Answer) { w.takeRoot(s, slot, a) })
	return slot
}

// roleOf gives the role of a version of the root, made if need be.
func (w *Walk) roleOf(slot *rootSlot) *Role {
	if !slot.hasRole {
		slot.role, slot.hasRole = w.newRole(Role{Name: "root", Version: slot.version}), true
	}
	return w.role(slot.role)
}

// answered is the state that an answer puts a slot into.
func answered(a Answer) slotState {
	switch {
	case a.Bytes != nil:
		return slotHere
	case a.Absent || a.Status == http.StatusForbidden:
		return slotAbsent
	}
	return slotFailed
}

// takeRoot is an answer for one version of the root.
func (w *Walk) takeRoot(s *Step, slot *rootSlot, a Answer) {
	c := &w.roots
	was, now := slot.state, answered(a)
	if was == slotJudged && now != slotHere {
		// It was here before and was judged: that a second look brings nothing
		// changes nothing.
		w.verdict(s, slot.need, false, nil, "not there any more; the one that came first was judged")
		return
	}
	slot.state, slot.answer = now, a
	switch {
	case c.down > 0:
		w.stepDown(s)
	case c.anchor.FirstUse && slot.version == c.anchor.Version:
		w.anchorAgain(s, slot)
	case slot.version < c.anchor.Version && (slot.older || !c.anchor.FirstUse || now != slotHere):
		w.takeOlder(s, slot)
	case slot.version < c.anchor.Version:
		w.searchAgain(s, slot)
	case was == slotJudged || was == slotBusy:
		w.rewind(s, slot.version)
	case c.ended && (slot.version > c.next || c.limited):
		w.beyond(s, slot)
	case c.ended && was == slotFailed && now == slotFailed:
		// Still the same end.
	case c.ended && slot.version == c.next:
		w.reopen(s) // the end was not one: it could not be had before
		w.advance(s)
	default:
		w.advance(s)
	}
}

// reopen takes back that the chain has ended.
func (w *Walk) reopen(s *Step) {
	w.takeBack(s, aboutEnd)
	w.roots.ended, w.roots.limited = false, false
	r := w.role(w.roots.role)
	r.Expired, r.Soon = false, false
}

// rewind judges a version of the root again that was judged before, and all that
// came after it.
func (w *Walk) rewind(s *Step, version int64) {
	c := &w.roots
	w.reopen(s)
	if c.search {
		w.judgeAnew(s, version)
		c.next = version
		w.advance(s)
		return
	}
	first := c.anchor.Version + 1
	// What a large root was judged by is not kept: begin where it is known.
	for version > first && c.slots[version].before == nil {
		version--
	}
	w.role(c.role).Current = false
	c.current, c.role, c.broken = c.slots[version].before, c.first, ""
	if version == first {
		c.current = c.trusted
	}
	for v := first; v < version; v++ {
		if c.slots[v].refused && c.broken == "" {
			c.broken = rootName(v)
		}
		c.role = c.slots[v].role
	}
	w.role(c.role).Current = true
	w.judgeAnew(s, version)
	c.next = version
	w.advance(s)
}

// judgeAnew puts all versions from this one on back to where they can be judged.
func (w *Walk) judgeAnew(s *Step, version int64) {
	c := &w.roots
	for _, v := range slices.Sorted(maps.Keys(c.slots)) {
		slot := c.slots[v]
		if v < version || slot.state != slotJudged && slot.state != slotBusy {
			continue
		}
		slot.older = false
		if slot.answer.Bytes != nil {
			slot.state = slotHere
			w.needs[slot.need].gen++
		} else {
			slot.state = slotWaiting
			w.askAgain(s, slot.need)
		}
	}
}

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
	for v := c.next; v < c.next+c.window; v++ {
		w.askRoot(s, v)
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
		if c.search {
			w.nothingAt(s, slot)
		} else {
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
		return func(w *Walk, s *Step) { w.rootJudged(s, slot, v) }
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
	} else {
		fillFile(r, data)
	}
	w.checkSize(s, slot, rootName(slot.version), slot.role, int64(len(data)), -1, w.limits.RootMax)
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
		w.verdict(s, slot.need, false, untrusted(rootName(slot.version), c.broken), "")
	default:
		r.State, r.Problem = Accepted, ""
		w.verdict(s, slot.need, true, nil, "")
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
	c.current, c.role = v.md, slot.role
	c.bystands = bystanders(rootName(slot.version), v.signers)
	w.role(c.role).Current = true
	c.next++
	c.window = min(c.window*2, windowMost)
	w.advance(s)
}

// endRoots is the end of the chain: at a version that is absent, that could not be
// had, or (slot nil) that nothing can follow.
func (w *Walk) endRoots(s *Step, slot *rootSlot) {
	c := &w.roots
	c.ended = true
	if slot != nil {
		end := fmt.Sprintf("not there: the root chain ends at version %d", c.current.Signed.Version)
		switch slot.state {
		case slotAbsent:
			w.endStatus(s, slot)
			w.verdict(s, slot.need, false, nil, end)
			if slot.hasRole { // it could not be had before
				r := w.role(slot.role)
				r.State, r.Problem = Skipped, end
			}
		case slotFailed:
			r := w.roleOf(slot)
			r.State, r.Problem = Absent, reasonText(slot.answer)
			w.verdict(s, slot.need, false, nil, "")
		}
	}
	w.endBehind(s)
	r := w.role(c.role)
	if f, ok := w.judgeExpiry(r, c.current.Signed.UnrecognizedFields); ok {
		w.say(s, aboutEnd, f, c.role)
	}
	for _, f := range c.bystands {
		w.say(s, aboutEnd, f, c.role)
	}
	w.topLevel(s)
	w.askOlder(s)
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

// checkSize notes a file that common clients refuse for its size.
func (w *Walk) checkSize(s *Step, about topic, subject string, role RoleID, size, listed, most int64) {
	if listed < 0 && size > most {
		w.say(s, about, finding.New(finding.OverClientLimit, subject, "%d bytes long, and clients based on go-tuf read at most %d", size, most), role)
	}
}

// noRoot ends the walk: there is nothing to verify with.
func (w *Walk) noRoot(s *Step, f finding.Finding) {
	c := &w.roots
	c.ended = true
	w.endBehind(s)
	r := w.role(c.role)
	r.State, r.Problem = Refused, f.Message
	w.say(s, aboutEnd, f, c.role)
	w.skipBelow(s, "no usable root")
}

// reasonText makes a foreign reason printable; most are already.
func reasonText(a Answer) string {
	switch {
	case a.Absent:
		return "not there"
	case a.Reason == "":
		return "could not be had"
	}
	return safe.Text(a.Reason)
}
