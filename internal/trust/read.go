package trust

import (
	"errors"
	"strconv"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

// Reading is a role's file, ready to be looked at.
type Reading struct {
	// Need is whose answer the file was; Fetched is false for the trusted root, which
	// was handed over.
	Need    NeedID
	Fetched bool
	// Run looks at it, on any goroutine: it shares nothing that changes. It takes some
	// ten milliseconds for the largest files that are kept whole.
	Run func() RoleFile
}

// Read prepares a role's file for a person to look at, accepted or not. It only
// looks up what was kept, and changes nothing. The error says in words for people why
// there is no file: it is on its way, missing, was never fetched.
func (w *Walk) Read(id RoleID) (Reading, error) {
	if int(id) >= len(w.roles) {
		return Reading{}, errors.New("there is no such role")
	}
	q := question{role: w.roles[id], limits: w.limits}
	need, fetched, named := w.fileOf(id, &q)
	if !named || q.kept == nil {
		return Reading{}, errors.New(q.role.lack())
	}
	if fetched {
		n := &w.needs[need]
		q.file, q.versioned = n.Name+".json", n.Version > 0
		if q.versioned {
			q.file = strconv.FormatInt(n.Version, 10) + "." + q.file
		}
	}
	return Reading{Need: need, Fetched: fetched, Run: q.answer}, nil
}

// lack says why a role has no file.
func (r *Role) lack() string {
	switch r.State {
	case Fetching:
		return "its file is on its way"
	case Absent:
		return "its file is missing: " + r.Problem
	case Unfetched:
		return "its file was not fetched: " + r.Problem
	case Skipped:
		return r.Problem
	}
	return "nothing of its file was kept"
}

// fileOf completes the question about a role with what was kept of its file and with
// who may sign it. It tells whose answer the file was, and whether there is one.
func (w *Walk) fileOf(id RoleID, q *question) (need NeedID, fetched, ok bool) {
	switch t := &w.timestamp; {
	case t.hasRole && t.role == id:
		w.askTop(metadata.TIMESTAMP, q, t)
		return t.need, true, t.asked
	case w.snapshot.hasRole && w.snapshot.role == id:
		t = &w.snapshot
		w.askTop(metadata.SNAPSHOT, q, t)
		return t.need, true, t.asked
	}
	if e := w.edgeOf(id); e != nil {
		f := e.child
		q.name, q.lister, q.duty, q.hasDuty = f.name, w.parentName(e), e.duty, true
		if e.parent == nil {
			q.duty, q.hasDuty = w.rootDuty(f.name)
		}
		if q.kept = f.shown; f.data != nil {
			q.kept = &excerpt{size: f.size, data: f.data}
		}
		if f.content != nil {
			q.delegations = f.content.delegations
		}
		return f.need, true, f.asked
	}
	c := &w.roots
	q.name, q.root = metadata.ROOT, true
	for _, slot := range c.slots {
		if slot.hasRole && slot.role == id {
			if q.kept = slot.shown; slot.answer.Bytes != nil {
				q.kept = &excerpt{size: int64(len(slot.answer.Bytes)), data: slot.answer.Bytes}
			}
			q.before = slot.before
			return slot.need, true, slot.state != slotBeyond // it was let go of
		}
	}
	if id == c.first && !c.anchor.FirstUse && c.trustedData != nil {
		q.kept = &excerpt{size: int64(len(c.trustedData)), data: c.trustedData}
	} else if id == c.first && w.cfg.Root != nil {
		q.kept = &excerpt{size: int64(len(w.cfg.Root)), data: w.cfg.Root}
	}
	return 0, false, true
}

func (w *Walk) askTop(name string, q *question, t *topFile) {
	q.name, q.lister, q.kept = name, "root", t.shown
	q.duty, q.hasDuty = w.rootDuty(name)
}

// rootDuty is what the current root says of a top-level role, if there is one.
func (w *Walk) rootDuty(role string) (duty, bool) {
	if w.roots.current == nil {
		return duty{}, false
	}
	return rootDuty(w.roots.current, role), true
}

// edgeOf finds the delegation that a role stands for. There are no more of them than
// the walk's limit, so that it takes a millisecond at the most.
func (w *Walk) edgeOf(id RoleID) *edge {
	among := func(f *file) *edge {
		if f != nil {
			for _, e := range f.in {
				if e.role == id && !e.gone {
					return e
				}
			}
		}
		return nil
	}
	if e := among(w.files[w.roles[id].Name]); e != nil {
		return e
	}
	if w.roles[id].Parent == "" {
		return nil // a root
	}
	for _, f := range w.files { // its name is not printable
		if e := among(f); e != nil {
			return e
		}
	}
	return nil
}

// listerOf names a root for the list of its keys.
func listerOf(root *metadata.Metadata[metadata.RootType]) string {
	return rootName(root.Signed.Version)
}
