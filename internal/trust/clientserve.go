package trust

import (
	"cmp"
	"net/http"
	"net/url"
	"strconv"

	"example.com/tufinspect/internal/safe"
)

// servedName is the file that go-tuf's client asks for.
func servedName(role string, version int64) string {
	name := url.PathEscape(role) + ".json"
	if version > 0 {
		name = strconv.FormatInt(version, 10) + "." + name
	}
	return name
}

// serveRoots gathers the root to start from and those that follow.
func (w *Walk) serveRoots(q *clientAsk) {
	c := &w.roots
	bytesOf := func(slot *rootSlot) serving {
		s := serving{role: rootName(slot.version), data: slot.answer.Bytes, keys: int64(2 * len(rootDuty(c.current, "root").ids))}
		if s.size = int64(len(s.data)); s.data == nil && slot.shown != nil {
			s.data, s.size = slot.shown.data, slot.shown.size
		}
		return s
	}
	q.root = w.cfg.Root
	switch {
	case c.anchor.Remembered:
		q.root = w.before.Root
	case c.anchor.FirstUse:
		if slot := c.slots[c.anchor.Version]; slot != nil {
			q.root = bytesOf(slot).data
		}
		if q.root == nil {
			q.rootErr = "the root to start from was too large to be kept"
		}
	}
	for v, slot := range c.slots {
		if v <= c.anchor.Version {
			continue
		}
		s := bytesOf(slot)
		switch slot.state {
		case slotAbsent:
			s.status = cmp.Or(slot.answer.Status, http.StatusNotFound)
		case slotJudged:
		default:
			s.lack = "could not be fetched"
		}
		q.files[servedName("root", v)] = s
	}
	if v := w.lateStart(q); v > 0 {
		q.root = q.files[servedName("root", v)].data
	}
}

// lateStart is the version of the root that go-tuf's client may start from to come to
// the same end as from the trusted one, or 0. Of a long chain that go-tuf has accepted
// link by link it verifies the last links once more, and not all. After as many as it
// takes at a time it would not ask for another one, and from a later start it would.
func (w *Walk) lateStart(q *clientAsk) int64 {
	c := &w.roots
	last := c.current.Signed.Version
	if n := last - c.anchor.Version; q.top != "" || q.lowered || q.rootErr != "" || n <= linksAgain || n >= maxRotations {
		return 0
	}
	for v := c.anchor.Version + 1; v <= last; v++ {
		if s, ok := q.files[servedName("root", v)]; !ok || s.data == nil || s.size > w.limits.RootMax {
			return 0
		}
	}
	return last - linksAgain
}

// serveFile gathers a targets role.
func (w *Walk) serveFile(q *clientAsk, f *file) {
	q.diamond = q.diamond || len(f.in) > 1
	q.climbs = q.climbs || climbs(f.name)
	if c := f.content; c != nil {
		q.listed += len(c.targets)
		if c.out != nil {
			q.hashed = q.hashed || c.out.hashed
		}
	}
	if !f.asked {
		return
	}
	s := serving{role: safe.Text(f.name), data: f.data, size: f.size}
	for _, e := range f.in {
		d := e.duty
		if e.parent == nil {
			d, _ = w.rootDuty(f.name)
		}
		s.keys = max(s.keys, int64(len(d.ids)))
	}
	switch {
	case f.absent != "" && f.lack == Absent:
		s.status = http.StatusNotFound
	case f.absent != "":
		s.lack = f.absent
	case s.data == nil && f.shown != nil:
		s.data = f.shown.data
	}
	q.files[servedName(f.name, f.version)] = s
}
