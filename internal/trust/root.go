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
	// gapMost is how many versions behind one that is not there are asked for all the
	// same: whether a gap is seen must not depend on which answer comes first.
	gapMost = 2
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
	current         *metadata.Metadata[metadata.RootType] // nil until there is one
	role            RoleID                                // of current; before that, of what is looked for
	anchor          Anchor
	trusted         *metadata.Metadata[metadata.RootType] // what anchor stands for
	data            []byte                                // the file of current; nil if it was not kept
	trustedData     []byte                                // likewise, of trusted
	again           bool                                  // the end of the chain, before the remembered root, was looked at once more
	first           RoleID                                // of anchor
	bystands        []finding.Finding                     // about the current root, beside its acceptance
	trustedBystands []finding.Finding                     // likewise, about the one that anchor stands for
	slots           map[int64]*rootSlot
	next            int64 // the version that decides what happens next
	window          int64
	search          bool   // trust on first use: no root is trusted yet
	plain           bool   // root.json without a version has been asked for
	down            int64  // the lowest version found so far, while searching downwards; else 0
	downFrom        int64  // where that search began
	ended           bool   // the chain has an end, for now
	limited         bool   // the walk's limit is that end
	expired         bool   // the root at that end has expired
	looked          bool   // the end was looked for since the timestamp was delivered last
	broken          string // the first root that a client would refuse, printable; "" if none
	older           bool   // older roots have been asked for
	links           int    // counts up whenever the links between them have to be verified anew
	olderKept       int    // bytes of them that are kept
	firstData       []byte // of the anchor, if the repository served it and From asked for it
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
	kept    []byte   // of an older root: its bytes, to verify those around it
	usable  bool     // of an older root: a client can start from it
	same    bool     // of the trusted root's version: the repository serves the same bytes
	shown   *excerpt // what is kept of it to be shown, unless the answer has its bytes
}

// startRoots takes the trusted root, or looks for one.
func (w *Walk) startRoots(s *Step) {
	c := &w.roots
	c.slots = map[int64]*rootSlot{}
	c.window = windowFirst
	c.role = w.newRole(Role{Name: "root", State: Fetching, Current: true})
	c.first = c.role
	if w.cfg.Root == nil {
		if w.cfg.From > 0 || !w.rememberedRoot(s) {
			c.search, c.next = true, max(1, w.cfg.From)
			c.downFrom = c.next - 1
		}
		w.advance(s)
		return
	}
	o := openRoot(w.cfg.Root, w.limits)
	if f := o.problem; f != nil {
		g := finding.New(finding.RootUnusable, f.Subject, "the trusted root cannot be used: %s", f.Message)
		g.Evidence = f.Evidence
		w.noRoot(s, g)
		return
	}
	w.anchorAt(o, w.cfg.Root, false)
	w.compareRoot(s, aboutMemory, c.anchor.Version, c.anchor.SHA256, c.first)
	w.advance(s)
}

func rootName(version int64) string { return fmt.Sprintf("root v%d", version) }

// anchorAt makes a root the one that the walk stands on.
func (w *Walk) anchorAt(o openedRoot, data []byte, firstUse bool) {
	c, md := &w.roots, o.md
	s256, s512 := sha256.Sum256(data), sha512.Sum512(data)
	c.anchor = Anchor{Version: md.Signed.Version, SHA256: hex.EncodeToString(s256[:]), SHA512: hex.EncodeToString(s512[:]), FirstUse: firstUse}
	c.data, c.trustedData = data, data
	c.current, c.trusted, c.search, c.next = md, md, false, md.Signed.Version+1
	r := w.role(c.role)
	r.State, r.Current, r.Problem = Accepted, true, ""
	c.trustedBystands = append(bystanders(rootName(md.Signed.Version), o.signers, rootDuty(md, metadata.ROOT)), o.remarks...)
	c.bystands = c.trustedBystands
	fillRoot(r, md, data, o.signers)
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
	case slot.version == c.anchor.Version && !c.anchor.FirstUse && c.older:
		w.takeServed(s, slot)
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
	case c.ended && was == slotAbsent && now == slotAbsent && slot.version == c.next:
		w.verdict(s, slot.need, false, nil, c.end())
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
	w.roots.ended, w.roots.limited, w.roots.expired = false, false, false
	r := w.role(w.roots.role)
	r.Expired, r.Soon = false, false
	if r.State == Expired {
		r.State, r.Problem = Accepted, ""
	}
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
		c.current, c.data, c.bystands = c.trusted, c.trustedData, c.trustedBystands
	} else {
		c.data = c.slots[version-1].answer.Bytes
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
