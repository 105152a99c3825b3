package trust

import (
	"fmt"
	"maps"
	"slices"

	"github.com/theupdateframework/go-tuf/v2/metadata"

	"example.com/tufinspect/internal/finding"
	"example.com/tufinspect/internal/measure"
	"example.com/tufinspect/internal/word"
)

// Shipped says what becomes of a client based on go-tuf that ships an older root.
type Shipped uint8

const (
	// ShippedUnknown: not an older root, or not known.
	ShippedUnknown Shipped = iota
	// ShippedWorks: step by step, it gets to the root that this walk stands on.
	ShippedWorks
	// ShippedStranded: it can start, and stops at a version that is missing or that it refuses.
	ShippedStranded
	// ShippedUnusable: it cannot start.
	ShippedUnusable
)

var shippedNames = [...]string{"", "works", "stranded", "unusable"}

// String gives the word used in reports; "" if nothing is known.
func (s Shipped) String() string {
	if int(s) < len(shippedNames) {
		return shippedNames[s]
	}
	return ""
}

// MarshalText writes the word of [Shipped.String].
func (s Shipped) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads what MarshalText wrote.
func (s *Shipped) UnmarshalText(b []byte) error {
	return word.Read(s, shippedNames[:], "fate of clients that ship a root", b)
}

// olderKept is how many bytes of older roots are kept to be verified one after the
// other.
const olderKept = 16 << 20

// olderRoot is one version before the trusted root as the repository serves it.
type olderRoot struct {
	data   []byte // nil if it is not there, or not kept
	absent bool
	lack   string // why nobody knows what it is, if neither data nor absent say
	usable bool   // a client can start from it
}

// fate is what becomes of a client that stands on a version.
type fate struct {
	shipped Shipped
	stop    int64  // the last version that it gets to, if stranded
	why     string // why no further; or why nothing is known
	missing bool   // the version behind stop is not there
}

// keepOlder keeps the bytes of an older root for linkOlder, as far as there is room.
func (w *Walk) keepOlder(slot *rootSlot, data []byte) {
	c := &w.roots
	c.olderKept -= len(slot.kept)
	slot.kept = nil
	if len(data) <= keepRoot && c.olderKept+len(data) <= olderKept {
		slot.kept = data
		c.olderKept += len(data)
	}
}

// takeServed is the trusted root as the repository serves it: clients that ship an older
// one get that, and not the one that was handed over.
func (w *Walk) takeServed(s *Step, slot *rootSlot) {
	w.forgetLinks(s)
	switch slot.state {
	case slotAbsent:
		w.verdict(s, slot.need, false, nil, "not there")
	case slotHere:
		var r Role
		fillFile(&r, slot.answer.Bytes)
		slot.state, slot.answer.Bytes = slotJudged, nil
		slot.same = r.SHA256 == w.roots.anchor.SHA256
		note := ""
		if !slot.same {
			note = "not the trusted root, although its version is the same"
		}
		w.verdict(s, slot.need, slot.same, nil, note)
	}
	w.linkOlder(s)
}

// forgetLinks takes back what was said of the links between older roots.
func (w *Walk) forgetLinks(s *Step) {
	w.roots.links++
	w.takeBack(s, aboutOlder)
}

// linkOlder has each older root verified by the one before it, once all of them are
// there: does a client that ships one of them get to the trusted one?
func (w *Walk) linkOlder(s *Step) {
	c := &w.roots
	if c.anchor.FirstUse && w.cfg.From == 0 {
		return // the older ones were passed over: none can be begun with
	}
	trusted := c.anchor.Version
	list := map[int64]olderRoot{}
	var usable *rootSlot
	for _, v := range slices.Sorted(maps.Keys(c.slots)) {
		slot := c.slots[v]
		if v > trusted {
			break
		}
		var o olderRoot
		switch slot.state {
		case slotWaiting, slotHere, slotBusy, slotBeyond:
			return
		case slotAbsent:
			o.absent = true
		case slotFailed:
			o.lack = fmt.Sprintf("version %d could not be had", v)
		case slotJudged:
			o.data, o.usable = slot.kept, slot.usable
			switch {
			case v == trusted && !c.anchor.FirstUse && !slot.same:
				o.lack = fmt.Sprintf("the repository serves another version %d than the trusted one", v)
			case v == trusted && !c.anchor.FirstUse:
				o.data = w.cfg.Root
			case v == trusted:
				o.data = c.firstData
			}
			if o.data == nil && o.lack == "" {
				o.lack = fmt.Sprintf("version %d was too large to be kept", v)
			}
			if o.usable && v < trusted {
				usable = slot
			}
		}
		list[v] = o
	}
	if usable == nil {
		return
	}
	w.forgetLinks(s)
	links, limits := c.links, w.limits
	w.job(s, usable.need, func() func(w *Walk, s *Step) {
		fates := fatesOf(list, trusted, limits)
		return func(w *Walk, s *Step) {
			if w.roots.links == links { // else one of them was delivered again meanwhile
				w.tellFates(s, fates)
			}
		}
	})
}

// fatesOf verifies all links, from the trusted root down. It is expensive.
func fatesOf(list map[int64]olderRoot, trusted int64, limits Limits) map[int64]fate {
	fates := map[int64]fate{trusted: {shipped: ShippedWorks}}
	for v := trusted - 1; v >= 1; v-- {
		this, here := list[v]
		next, there := list[v+1]
		if !here || this.data == nil {
			continue
		}
		switch {
		case !there || next.lack != "":
			fates[v] = fate{why: next.lack}
			continue
		case next.absent:
			fates[v] = fate{shipped: ShippedStranded, stop: v, missing: true, why: fmt.Sprintf("version %d is not there", v+1)}
			continue
		}
		var before *metadata.Metadata[metadata.RootType]
		if err := guard(reading, func() (err error) { before, err = metadata.Root().FromBytes(this.data); return }); err != nil {
			continue // it is not usable, which is said
		}
		if p := verifyRoot(before, next.data, v+1, limits).problem; p != nil {
			fates[v] = fate{shipped: ShippedStranded, stop: v, why: fmt.Sprintf("version %d is refused: %s", v+1, p.Message)}
			continue
		}
		fates[v] = fates[v+1]
	}
	return fates
}

// tellFates says what becomes of clients that ship older roots.
func (w *Walk) tellFates(s *Step, fates map[int64]fate) {
	c := &w.roots
	stops := map[int64][]int64{}
	for _, v := range slices.Sorted(maps.Keys(c.slots)) {
		slot := c.slots[v]
		if v >= c.anchor.Version {
			break
		}
		if slot.state != slotJudged || !slot.usable {
			continue
		}
		f := fates[v]
		r := w.roleOf(slot)
		r.Shipped = f.shipped
		switch f.shipped {
		case ShippedWorks:
			r.Problem = fmt.Sprintf("an older root; clients that ship it get to version %d", c.anchor.Version)
		case ShippedStranded:
			r.Problem = fmt.Sprintf("an older root; clients that ship it stop at version %d: %s", f.stop, f.why)
			if !f.missing || f.stop+1 == c.anchor.Version { // another gap is said already
				stops[f.stop] = append(stops[f.stop], v)
			}
		default:
			r.Problem = "an older root; nobody knows where clients that ship it get to"
			if f.why != "" {
				r.Problem += ": " + f.why
			}
		}
	}
	for _, at := range slices.Sorted(maps.Keys(stops)) {
		from, slot := stops[at], c.slots[at]
		w.say(s, aboutOlder, finding.New(finding.OldRootStranded, rootName(at), "%s; clients that ship %s stop there", fates[at].why, versions(from)), slot.role)
	}
}

// versions writes a few versions: "version 3", "versions 1 to 3", "2 versions from 1 to 3".
func versions(list []int64) string {
	first, last := list[0], list[len(list)-1]
	switch {
	case len(list) == 1:
		return fmt.Sprintf("version %d", first)
	case last-first == int64(len(list)-1):
		return fmt.Sprintf("versions %d to %d", first, last)
	}
	return fmt.Sprintf("%s from %d to %d", measure.Count(len(list), "version"), first, last)
}
