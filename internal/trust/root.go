package trust

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
	"net/http"

	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/trustedmetadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/safe"
)

const (
	// windowFirst and windowMost bound how many roots are asked for ahead.
	windowFirst = 2
	windowMost  = 8
	// keepRoot is the largest root whose bytes are kept after it was judged, so
	// that a thousand roots cannot fill the memory.
	keepRoot = 128 << 10
)

// rootChain is the walk's first part (5.2, 5.3): from the trusted root to the
// newest one, in order, each signed by the one before it and by itself.
type rootChain struct {
	current *metadata.Metadata[metadata.RootType] // nil until there is one
	role    RoleID                                // of current; before that, of what is looked for
	anchor  Anchor
	slots   map[int64]*rootSlot
	next    int64 // the version that decides what happens next
	window  int64
	search  bool   // trust on first use: no root is trusted yet
	plain   bool   // root.json without a version has been asked for
	ended   bool   // the chain has an end, for now
	broken  string // the first root that a client would refuse, printable; "" if none
	older   bool   // older roots have been asked for
	oldOpen int    // of them, not answered
}

type slotState uint8

const (
	slotWaiting slotState = iota
	slotAbsent
	slotFailed
	slotHere
	slotBusy
	slotJudged
	slotBeyond // it came, and the chain ends before it
)

// rootSlot is one version of the root.
type rootSlot struct {
	version int64
	need    NeedID
	role    RoleID
	hasRole bool
	state   slotState
	answer  Answer
	before  *metadata.Metadata[metadata.RootType] // what it was judged by
}

// startRoots takes the trusted root, or looks for one.
func (w *Walk) startRoots(s *Step) {
	c := &w.roots
	c.slots = map[int64]*rootSlot{}
	c.window = windowFirst
	c.role = w.newRole(Role{Name: "root", State: Fetching, Current: true})
	if w.cfg.Root == nil {
		c.search, c.next = true, 1
		w.advance(s)
		return
	}
	md, signers, f := openRoot(w.cfg.Root, w.limits.Signers)
	if f != nil {
		f.ID, f.Severity = finding.RootUnusable, finding.Critical
		f.Message = "the trusted root cannot be used: " + f.Message
		w.noRoot(s, *f)
		return
	}
	w.anchorAt(md, w.cfg.Root, signers, false)
	w.advance(s)
}

// openRoot loads a root as a client loads the one that it ships: go-tuf's verdict
// on its own signatures. It is expensive.
func openRoot(data []byte, limit int) (*metadata.Metadata[metadata.RootType], []Signer, *finding.Finding) {
	var md *metadata.Metadata[metadata.RootType]
	if err := guard(func() (err error) { md, err = metadata.Root().FromBytes(data); return }); err != nil {
		f := unparsable("root", err)
		return nil, nil, &f
	}
	err := guard(func() error { _, err := trustedmetadata.New(data); return err })
	signers, unreadable := signed(rootDuty(md, metadata.ROOT), metadata.ROOT, md, err == nil, limit)
	if err != nil {
		f := counted(refusal(rootName(md.Signed.Version), err, unreadable), tally(signers, rootDuty(md, metadata.ROOT).threshold))
		return md, signers, &f
	}
	return md, signers, nil
}

func rootName(version int64) string { return fmt.Sprintf("root v%d", version) }

// anchorAt makes a root the one that the walk stands on.
func (w *Walk) anchorAt(md *metadata.Metadata[metadata.RootType], data []byte, signers []Signer, firstUse bool) {
	c := &w.roots
	s256, s512 := sha256.Sum256(data), sha512.Sum512(data)
	c.anchor = Anchor{md.Signed.Version, hex.EncodeToString(s256[:]), hex.EncodeToString(s512[:]), firstUse}
	c.current, c.search, c.next = md, false, md.Signed.Version+1
	r := w.role(c.role)
	r.State, r.Current, r.Problem = Accepted, true, ""
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

// takeRoot is an answer for one version of the root.
func (w *Walk) takeRoot(s *Step, slot *rootSlot, a Answer) {
	c := &w.roots
	again := slot.state == slotJudged || slot.state == slotBusy
	slot.answer = a
	switch {
	case a.Bytes != nil:
		slot.state = slotHere
	case a.Absent || a.Status == http.StatusForbidden:
		slot.state = slotAbsent
	default:
		slot.state = slotFailed
	}
	switch {
	case c.anchor.Version > 0 && slot.version < c.anchor.Version:
		w.takeOlder(s, slot)
	case again:
		w.rewind(s, slot)
	case c.ended && slot.version > c.next:
		w.beyond(s, slot)
	case c.ended && slot.version == c.next && slot.state != slotFailed:
		c.ended = false // the end was not one: it could not be had before
		w.advance(s)
	default:
		w.advance(s)
	}
}

// rewind judges a root again that was judged before, and all that came after it.
func (w *Walk) rewind(s *Step, slot *rootSlot) {
	c := &w.roots
	if slot.before == nil || slot.state != slotHere {
		return
	}
	c.current, c.next, c.ended = slot.before, slot.version, false
	if c.broken != "" {
		c.broken = "" // judging on finds the next break, if there is one
	}
	for v := slot.version + 1; c.slots[v] != nil; v++ {
		later := c.slots[v]
		if later.state != slotJudged && later.state != slotBusy {
			continue
		}
		if later.answer.Bytes != nil {
			later.state = slotHere
			w.needs[later.need].gen++
		} else {
			later.state = slotWaiting
			w.askAgain(s, later.need)
		}
	}
	w.advance(s)
}

// advance goes as far along the chain as the answers allow.
func (w *Walk) advance(s *Step) {
	c := &w.roots
	if c.ended {
		return
	}
	if c.next-c.anchor.Version > int64(w.limits.Roots) {
		w.note(s, finding.New(finding.WalkLimit, "root", "more than %d versions of the root; the rest was not looked at", w.limits.Roots), c.role)
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
			c.ended = true
			r := w.role(c.role)
			r.State, r.Problem = Absent, slot.answer.Reason
			w.skipBelow(s, "no root could be had")
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
	before, data, limit := slot.before, slot.answer.Bytes, w.limits.Signers
	w.job(s, slot.need, func() func(w *Walk, s *Step) {
		v := verifyRoot(before, data, slot.version, limit)
		return func(w *Walk, s *Step) { w.rootJudged(s, slot, v) }
	})
}

// rootVerdict is what is known of a root after it was verified.
type rootVerdict struct {
	md      *metadata.Metadata[metadata.RootType] // nil if it cannot be parsed
	signers []Signer                              // by its own keys
	problem *finding.Finding
	usable  bool // go-tuf would take it as a trusted root by itself
}

func verifyRoot(before *metadata.Metadata[metadata.RootType], data []byte, version int64, limit int) rootVerdict {
	subject := rootName(version)
	var v rootVerdict
	if err := guard(func() (err error) { v.md, err = metadata.Root().FromBytes(data); return }); err != nil {
		f := unparsable(subject, err)
		return rootVerdict{problem: &f}
	}
	tm := trustedmetadata.TrustedMetadata{Root: before, Targets: map[string]*metadata.Metadata[metadata.TargetsType]{}}
	err := guard(func() error { _, err := tm.UpdateRoot(data); return err })
	var unreadable string
	v.signers, unreadable = signed(rootDuty(v.md, metadata.ROOT), metadata.ROOT, v.md, err == nil, limit)
	if err == nil {
		v.usable = true
		return v
	}
	old, oldUnreadable := signed(rootDuty(before, metadata.ROOT), metadata.ROOT, v.md, false, limit)
	if unreadable == "" {
		unreadable = oldUnreadable
	}
	byOld, byNew := tally(old, rootDuty(before, metadata.ROOT).threshold), tally(v.signers, rootDuty(v.md, metadata.ROOT).threshold)
	f := counted(refusal(subject, err, unreadable), "of the root before, "+byOld+"; of its own, "+byNew)
	f = f.With("by the root before", byOld).With("by itself", byNew)
	v.problem = &f
	v.usable = guard(func() error { _, err := trustedmetadata.New(data); return err }) == nil
	return v
}

// tally says how many keys signed and how many have to.
func tally(list []Signer, threshold int) string {
	r := Role{Signers: list}
	return fmt.Sprintf("%d of %d, %d required", r.ValidSigners(), len(list), threshold)
}

// rootJudged takes the verdict on the next root.
func (w *Walk) rootJudged(s *Step, slot *rootSlot, v rootVerdict) {
	c := &w.roots
	slot.state = slotJudged
	if !slot.hasRole {
		slot.role, slot.hasRole = w.newRole(Role{Name: "root", Version: slot.version}), true
	}
	r := w.role(slot.role)
	data := slot.answer.Bytes
	if v.md != nil {
		fillRoot(r, v.md, data, v.signers)
	}
	w.checkSize(s, rootName(slot.version), slot.role, int64(len(data)), -1, w.limits.RootMax)
	if v.problem == nil {
		r.State, r.Problem = Accepted, ""
		if c.broken != "" {
			r.State, r.Problem = Refused, "below "+c.broken+", which was refused"
			w.verdict(s, slot.need, false, untrusted(rootName(slot.version), c.broken), "")
		} else {
			w.verdict(s, slot.need, true, nil, "")
		}
	} else {
		r.State, r.Problem = Refused, v.problem.Message
		w.note(s, *v.problem, slot.role)
		w.verdict(s, slot.need, false, v.problem, "")
		if c.broken == "" {
			c.broken = rootName(slot.version)
		}
	}
	if len(data) > keepRoot {
		slot.answer.Bytes = nil
	}
	if v.problem != nil && !v.usable {
		w.endRoots(s, nil) // nothing to go on from
		return
	}
	// After a refusal the walk goes on from this root, for diagnosis only.
	w.role(c.role).Current = false
	c.current, c.role = v.md, slot.role
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
		switch slot.state {
		case slotAbsent:
			w.endStatus(s, slot)
			w.verdict(s, slot.need, false, nil, fmt.Sprintf("not there: the root chain ends at version %d", c.current.Signed.Version))
		case slotFailed:
			if !slot.hasRole {
				slot.role, slot.hasRole = w.newRole(Role{Name: "root", Version: slot.version}), true
			}
			r := w.role(slot.role)
			r.State, r.Problem = Absent, slot.answer.Reason
			w.verdict(s, slot.need, false, nil, "")
		}
	}
	for v, later := range c.slots {
		if v > c.next {
			w.beyond(s, later)
		}
	}
	r := w.role(c.role)
	if f, ok := w.judgeExpiry(r, c.current.Signed.UnrecognizedFields); ok {
		w.note(s, f, c.role)
	}
	w.topLevel(s)
	w.askOlder(s)
}

// endStatus notes an end of the chain that some clients take for an error.
func (w *Walk) endStatus(s *Step, slot *rootSlot) {
	if st := slot.answer.Status; st != 0 && st != http.StatusNotFound {
		w.note(s, finding.New(finding.RootEndStatus, rootName(slot.version), "answered with %d, not 404", st), w.roots.role)
	}
}

// beyond is an answer for a version behind the end of the chain, asked for ahead.
func (w *Walk) beyond(s *Step, slot *rootSlot) {
	c := &w.roots
	switch slot.state {
	case slotAbsent:
		w.verdict(s, slot.need, false, nil, fmt.Sprintf("not needed: the root chain ends before version %d", slot.version))
	case slotFailed:
		s.Outdated = append(s.Outdated, slot.need) // no harm done: it is not needed
	case slotHere:
		slot.state = slotBeyond
		why := "the root chain does not get so far"
		if end := c.slots[c.next]; end != nil && end.state == slotAbsent {
			why = fmt.Sprintf("not reached: version %d is not there", c.next)
			w.note(s, finding.New(finding.RootGap, rootName(c.next), "version %d is missing, and %d is there", c.next, slot.version), c.role)
		}
		w.verdict(s, slot.need, false, nil, why)
	}
}

// checkSize notes a file that common clients refuse for its size.
func (w *Walk) checkSize(s *Step, subject string, role RoleID, size, listed, most int64) {
	if listed < 0 && size > most {
		w.note(s, finding.New(finding.OverClientLimit, subject, "%d bytes, and go-tuf's default limit is %d", size, most), role)
	}
}

// level is how far down the chain of top-level roles something hangs.
type level uint8

const (
	belowRoots level = iota
	belowTimestamp
	belowSnapshot
)

// refusedTop names the first role above a level that is not accepted, printable,
// or gives "".
func (w *Walk) refusedTop(l level) string {
	switch {
	case w.roots.broken != "":
		return w.roots.broken
	case l >= belowTimestamp && !w.tsOK:
		return "timestamp"
	case l >= belowSnapshot && !w.snOK:
		return "snapshot"
	}
	return ""
}

// untrusted is the problem of a file that verifies below something that was not
// accepted.
func untrusted(subject, above string) *finding.Finding {
	f := finding.New(finding.UntrustedRole, subject, "verifies, but %s above it was not accepted", above)
	return &f
}

// noRoot ends the walk: there is nothing to verify with.
func (w *Walk) noRoot(s *Step, f finding.Finding) {
	c := &w.roots
	c.ended = true
	r := w.role(c.role)
	r.State, r.Problem = Refused, f.Message
	w.note(s, f, c.role)
	w.skipBelow(s, "no usable root")
}

// reasonText makes a foreign reason printable; most are already.
func reasonText(a Answer) string {
	if a.Absent {
		return "not there"
	}
	return safe.Text(a.Reason)
}
